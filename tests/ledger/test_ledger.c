/* The ledger, told what happens as a table of moves; and by chance, against what must always hold.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/rng.h"
#include "harness/ledger/ledger_rehearse.h"
#include "tests/ledger/taking.h"
#include "tests/support/support.h"

static const kd_ledger_rules rules = {
    .own_retries = 1, .ground_retries = 2, .rest_s = 1, .silence_s = 10, .checkpoint_s = 60
};

/* teacher 0 -> targets 1 -> students 2, 3; and a lonely node 4 */
static kd_ledger *small_graph(const kd_ledger_rules *with, int workers)
{
    kd_ledger *l = kd_ledger_create(with, workers);
    kd_error   err;
    kd_ledger_add(l, 0, 10, 0);
    kd_ledger_add(l, 1, 1, 0);
    kd_ledger_add(l, 2, 5, 0);
    kd_ledger_add(l, 2, 6, 0);
    kd_ledger_add(l, 2, 2, 0);
    kd_ledger_need(l, 1, 0);
    kd_ledger_need(l, 2, 1);
    kd_ledger_need(l, 3, 1);
    assert_ok(kd_ledger_seal(l, &err), &err);
    for (int w = 0; w < workers; w++) kd_ledger_hear(l, w, 0);
    return l;
}

/* ---- other hands ---- */

static void test_waits_for_what_is_elsewhere(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    kd_lease   teacher = take(l, 0, 0);
    kd_ledger_elsewhere(l, teacher, 5);
    assert_int_equal(kd_ledger_state_of(l, 0), KD_LEDGER_ELSEWHERE);
    assert_int_equal(kd_ledger_held_by(l, 0), KD_NO_NODE);
    assert_int_equal(take(l, 0, 1).node, 4); /* the others go on */
    kd_ledger_done(l, (kd_lease){ 4, 1 }, 1);
    assert_false(can_take(l, 0, 4));
    assert_false(kd_ledger_is_over(l));
    assert_true(kd_ledger_wakes_s(l) == 5);
    kd_lease again = take(l, 1, 5);
    assert_int_equal(again.node, 0);
    assert_int_equal(again.attempt, teacher.attempt); /* the first was no attempt */
    assert_int_equal(kd_ledger_done(l, again, -1), KD_VERDICT_DONE);
    assert_int_equal(take(l, 0, 6).node, 1);
    kd_ledger_destroy(l);
}

static void test_ends_when_halted_whatever_is_elsewhere(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 1);
    kd_ledger_elsewhere(l, take(l, 0, 0), 5);
    kd_ledger_halt(l);
    assert_true(kd_ledger_is_over(l));
    kd_ledger_destroy(l);
}

static void test_takes_what_was_made_elsewhere_for_done(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 1);
    kd_ledger_elsewhere(l, take(l, 0, 0), 5);
    assert_true(kd_ledger_found(l, 4)); /* ready */
    assert_true(kd_ledger_found(l, 2)); /* waiting */
    assert_true(kd_ledger_found(l, 0)); /* elsewhere */
    assert_false(kd_ledger_found(l, 0));
    kd_lease targets = take(l, 0, 0);
    assert_int_equal(targets.node, 1);
    assert_false(kd_ledger_found(l, 1)); /* held */
    kd_ledger_done(l, targets, 1);
    assert_int_equal(take(l, 0, 1).node, 3);
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_DONE), 4);
    assert_true(kd_ledger_wakes_s(l) == 0);
    kd_ledger_destroy(l);
}

/* ---- order ---- */

static void test_gives_the_longest_path_first(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    assert_int_equal(take(l, 0, 0).node, 0); /* 10 + 1 + 6 */
    assert_int_equal(take(l, 1, 0).node, 4);
    kd_ledger_done(l, (kd_lease){ 0, 1 }, 10);
    assert_int_equal(take(l, 0, 10).node, 1);
    kd_ledger_done(l, (kd_lease){ 4, 1 }, 2);
    assert_false(can_take(l, 1, 10));
    kd_ledger_done(l, (kd_lease){ 1, 1 }, 1);
    assert_int_equal(take(l, 0, 11).node, 3);
    assert_int_equal(take(l, 1, 11).node, 2);
    assert_false(kd_ledger_is_over(l));
    kd_ledger_done(l, (kd_lease){ 3, 1 }, 1);
    kd_ledger_done(l, (kd_lease){ 2, 1 }, 1);
    assert_true(kd_ledger_is_over(l));
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_DONE), 5);
    kd_ledger_destroy(l);
}

static void test_gives_equal_paths_in_the_order_of_numbers(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    for (int n = 0; n < 100; n++) kd_ledger_add(l, 0, 1, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    for (uint32_t n = 0; n < 100; n++) {
        kd_lease lease = take(l, 0, 0);
        assert_int_equal(lease.node, n);
        kd_ledger_done(l, lease, 1);
    }
    kd_ledger_destroy(l);
}

static void test_starts_where_an_earlier_run_ended(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    kd_ledger_add(l, 0, 1, 3);
    kd_ledger_add(l, 0, 1, 7);
    kd_ledger_add(l, 0, 1, 0);
    kd_ledger_need(l, 1, 0);
    kd_ledger_need(l, 2, 1);
    kd_ledger_settle(l, 0, true);
    assert_ok(kd_ledger_seal(l, &err), &err);
    kd_lease lease = take(l, 0, 0);
    assert_int_equal(lease.node, 1);
    assert_int_equal(lease.attempt, 8);
    kd_ledger_destroy(l);
}

static void test_blocks_what_stands_on_an_earlier_failure(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    for (int n = 0; n < 3; n++) kd_ledger_add(l, 0, 1, 0);
    kd_ledger_need(l, 1, 0);
    kd_ledger_need(l, 2, 1);
    kd_ledger_settle(l, 0, false);
    assert_ok(kd_ledger_seal(l, &err), &err);
    assert_true(kd_ledger_is_over(l));
    assert_int_equal(kd_ledger_state_of(l, 2), KD_LEDGER_BLOCKED);
    kd_ledger_destroy(l);
}

static void test_refuses_a_circle(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    kd_ledger_add(l, 0, 1, 0);
    kd_ledger_add(l, 0, 1, 0);
    kd_ledger_need(l, 0, 1);
    kd_ledger_need(l, 1, 0);
    assert_fails(KD_EBUG, "circle", kd_ledger_seal(l, &err), &err);
    kd_ledger_destroy(l);
}

static void test_counts_a_need_that_is_told_twice_once(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    kd_ledger_add(l, 0, 1, 0);
    kd_ledger_add(l, 0, 1, 0);
    kd_ledger_need(l, 1, 0);
    kd_ledger_need(l, 1, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    kd_ledger_done(l, take(l, 0, 0), 1);
    assert_int_equal(take(l, 0, 0).node, 1);
    kd_ledger_destroy(l);
}

/* ---- results that come twice, late, or from nowhere ---- */

static void test_tells_a_result_from_its_echo(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    kd_lease   lease = take(l, 0, 0);
    static const struct {
        const char *what;
        kd_lease    lease;
        kd_verdict  want;
    } cases[] = {
        { "an attempt that never was", { 0, 2 }, KD_VERDICT_STALE },
        { "a node that nobody holds", { 4, 1 }, KD_VERDICT_STALE },
        { "no node at all", { 99, 1 }, KD_VERDICT_STALE },
        { "an idle worker's pulse", { KD_NO_NODE, 0 }, KD_VERDICT_STALE },
        { "the result", { 0, 1 }, KD_VERDICT_DONE },
        { "its echo", { 0, 1 }, KD_VERDICT_SAME },
        { "an echo from an old lease", { 0, 0 }, KD_VERDICT_SAME },
    };
    assert_int_equal(lease.node, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_verdict got = kd_ledger_done(l, cases[i].lease, 1);
        if (got != cases[i].want) fail_msg("%s: verdict %d", cases[i].what, got);
    }
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_DONE), 1);
    assert_int_equal(kd_ledger_held_by(l, 0), KD_NO_NODE);
    kd_ledger_destroy(l);
}

static void test_refuses_the_result_of_a_worker_that_was_given_up(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    kd_lease   old = take(l, 0, 0), lost;
    kd_verdict verdict;
    assert_int_equal(kd_ledger_silent(l, 9), -1);
    kd_ledger_hear(l, 1, 9);
    assert_int_equal(kd_ledger_silent(l, 11), 0);
    assert_true(kd_ledger_lose(l, 0, 11, &lost, &verdict));
    assert_int_equal(lost.node, 0);
    assert_int_equal(verdict, KD_VERDICT_RETRY);
    assert_int_equal(kd_ledger_workers(l), 1);

    assert_int_equal(kd_ledger_done(l, old, 1), KD_VERDICT_STALE); /* while it rests */
    kd_lease new = take(l, 1, 13);
    assert_int_equal(new.node, 0);
    assert_int_equal(new.attempt, old.attempt + 1);
    assert_int_equal(kd_ledger_done(l, old, 1), KD_VERDICT_STALE); /* while another holds it */
    assert_int_equal(kd_ledger_failed(l, old, KD_CAUSE_CRASH, 14), KD_VERDICT_STALE);
    assert_int_equal(kd_ledger_done(l, new, 1), KD_VERDICT_DONE);
    assert_int_equal(kd_ledger_done(l, old, 1), KD_VERDICT_SAME);

    kd_ledger_hear(l, 0, 20); /* it was only stopped for a while */
    assert_int_equal(kd_ledger_workers(l), 2);
    assert_int_equal(take(l, 0, 20).node, 1);
    kd_ledger_destroy(l);
}

/* ---- budgets ---- */

typedef struct {
    const char *what;
    kd_cause    causes[8];
    int         count;
    kd_verdict  want; /* of the last */
} budget_case;

static void test_keeps_two_budgets_apart(void **state)
{
    (void)state;
    static const budget_case cases[] = {
        { "one crash", { KD_CAUSE_CRASH }, 1, KD_VERDICT_RETRY },
        { "a second failure of its own", { KD_CAUSE_CRASH, KD_CAUSE_HANG }, 2, KD_VERDICT_FAILED },
        { "losses do not use up its own",
          { KD_CAUSE_LOST, KD_CAUSE_LOST, KD_CAUSE_CRASH },
          3,
          KD_VERDICT_RETRY },
        { "its own do not use up losses",
          { KD_CAUSE_CRASH, KD_CAUSE_LOST, KD_CAUSE_SYSTEM },
          3,
          KD_VERDICT_RETRY },
        { "too many losses",
          { KD_CAUSE_LOST, KD_CAUSE_SYSTEM, KD_CAUSE_LOST },
          3,
          KD_VERDICT_FAILED },
        { "bad data at once", { KD_CAUSE_BAD }, 1, KD_VERDICT_FAILED },
        { "divergence at once", { KD_CAUSE_DIVERGED }, 1, KD_VERDICT_FAILED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_ledger *l = small_graph(&rules, 1);
        double     now_s = 0;
        kd_verdict verdict = KD_VERDICT_DONE;
        for (int f = 0; f < cases[i].count; f++) {
            kd_lease lease = take(l, 0, now_s);
            assert_int_equal(lease.node, 0);
            assert_int_equal(lease.attempt, f + 1);
            verdict = kd_ledger_failed(l, lease, cases[i].causes[f], now_s);
            now_s += 1000;
        }
        if (verdict != cases[i].want) fail_msg("%s: verdict %d", cases[i].what, verdict);
        kd_ledger_destroy(l);
    }
}

static void test_rests_twice_as_long_each_time(void **state)
{
    (void)state;
    kd_ledger_rules patient = rules;
    patient.ground_retries = 3;
    kd_ledger *l = kd_ledger_create(&patient, 1);
    kd_error   err;
    double     now_s = 100;
    kd_ledger_add(l, 0, 1, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    for (double pause_s = 1; pause_s <= 4; pause_s *= 2) {
        kd_ledger_failed(l, take(l, 0, now_s), KD_CAUSE_SYSTEM, now_s);
        assert_close(kd_ledger_wakes_s(l), now_s + pause_s, 1e-9);
        assert_false(can_take(l, 0, now_s + pause_s - 0.01));
        assert_false(kd_ledger_is_over(l));
        now_s += pause_s;
    }
    kd_ledger_destroy(l);
}

static void test_blocks_all_that_stands_on_a_failure(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 1);
    kd_ledger_failed(l, take(l, 0, 0), KD_CAUSE_BAD, 0);
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_FAILED), 1);
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_BLOCKED), 3);
    size_t          blocked;
    const uint32_t *list = kd_ledger_blocked(l, &blocked);
    assert_int_equal(blocked, kd_ledger_count(l, KD_LEDGER_BLOCKED));
    for (size_t i = 0; i < blocked; i++)
        assert_int_equal(kd_ledger_state_of(l, list[i]), KD_LEDGER_BLOCKED);
    kd_ledger_done(l, take(l, 0, 0), 1);
    assert_true(kd_ledger_is_over(l));
    kd_ledger_destroy(l);
}

/* ---- stopping and the deadline ---- */

static void test_gives_nothing_after_a_halt(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    kd_lease   lease = take(l, 0, 0);
    kd_ledger_halt(l);
    assert_false(can_take(l, 1, 0));
    assert_false(kd_ledger_is_over(l));
    assert_int_equal(kd_ledger_failed(l, lease, KD_CAUSE_STOPPED, 1), KD_VERDICT_RETRY);
    assert_true(kd_ledger_is_over(l));
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_FAILED), 0);
    kd_ledger_destroy(l);
}

/* A cell that stops though nobody asked may do so only as often as a worker may be lost. */
static void test_does_not_loop_over_a_cell_that_always_stops(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 1);
    kd_verdict verdict = KD_VERDICT_RETRY;
    int        tries = 0;
    for (double now_s = 0; verdict == KD_VERDICT_RETRY && tries < 10; now_s += 100, tries++)
        verdict = kd_ledger_failed(l, take(l, 0, now_s), KD_CAUSE_STOPPED, now_s);
    assert_int_equal(verdict, KD_VERDICT_FAILED);
    assert_int_equal(tries, 3);
    kd_ledger_destroy(l);
}

static void test_starts_only_what_can_end_or_save_by_the_deadline(void **state)
{
    (void)state;
    static const struct {
        double   deadline_s, now_s, checkpoint_s;
        uint32_t want; /* the node that is given; KD_NO_NODE for none */
    } cases[] = {
        { 0, 1e9, 60, 0 },           /* no deadline */
        { 100, 80, 60, 0 },          /* 10 s fit into 20 */
        { 100, 95, 60, 4 },          /* only the 2-s node does */
        { 100, 95, 3, 0 },           /* but a checkpoint after 3 s is enough */
        { 100, 99, 60, KD_NO_NODE }, /* nothing fits */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_ledger_rules late = rules;
        kd_lease        got = { KD_NO_NODE, 0 };
        late.deadline_s = cases[i].deadline_s;
        late.checkpoint_s = cases[i].checkpoint_s;
        kd_ledger *l = small_graph(&late, 1);
        if (!kd_ledger_take(l, 0, cases[i].now_s, &got)) assert_true(kd_ledger_is_over(l));
        assert_int_equal(got.node, cases[i].want);
        kd_ledger_destroy(l);
    }
}

/* A coordinator that was away heard nobody. */
static void test_counts_silence_anew_after_an_absence(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    kd_lease   lost;
    kd_verdict verdict;
    take(l, 0, 0);
    kd_ledger_hear(l, 1, 0);
    assert_int_equal(kd_ledger_silent(l, 100), 0);
    kd_ledger_forgive(l, 100);
    assert_int_equal(kd_ledger_silent(l, 109), -1);
    kd_ledger_hear(l, 1, 109);
    assert_int_equal(kd_ledger_silent(l, 111), 0);
    assert_true(kd_ledger_lose(l, 0, 111, &lost, &verdict));
    kd_ledger_forgive(l, 120);
    assert_int_equal(kd_ledger_workers(l), 1); /* who was lost stays lost */
    kd_ledger_destroy(l);
}

/* ---- looking ---- */

static void test_learns_how_long_it_will_take(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 2);
    kd_error   err;
    for (int n = 0; n < 6; n++) kd_ledger_add(l, 0, 1, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    kd_ledger_hear(l, 0, 0);
    kd_ledger_hear(l, 1, 0);
    assert_true(kd_ledger_eta_s(l, 0) < 0);
    kd_lease a = take(l, 0, 0), b = take(l, 1, 0);
    kd_ledger_done(l, a, 10); /* ten times what was thought */
    assert_close(kd_ledger_eta_s(l, 10), (4 * 10 + 0) / 2.0, 1e-6);
    kd_ledger_done(l, b, 10);
    assert_close(kd_ledger_eta_s(l, 10), 4 * 10 / 2.0, 1e-6);
    kd_ledger_destroy(l);
}

/* Kind 0 makes one second of expected work, kind 1 nine or more. */
static void test_says_nothing_of_kinds_that_it_does_not_know(void **state)
{
    (void)state;
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    kd_lease   lease;
    kd_ledger_add(l, 0, 1, 0);
    for (int n = 0; n < 2; n++) kd_ledger_add(l, 1, 20, 0);
    kd_ledger_need(l, 1, 0);
    kd_ledger_need(l, 2, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    kd_ledger_hear(l, 0, 0);
    kd_ledger_done(l, take(l, 0, 0), 100);
    assert_true(kd_ledger_eta_s(l, 100) < 0); /* not 4000 s: kind 1 is another matter */
    assert_true(kd_ledger_expected_s(l, 1) < 0);

    lease = take(l, 0, 100);
    kd_ledger_progress(l, 0, 0.5, 110); /* perhaps resumed there: says nothing yet */
    assert_true(kd_ledger_eta_s(l, 110) < 0);
    kd_ledger_progress(l, 0, 0.75, 120); /* a quarter in 10 s */
    assert_close(kd_ledger_expected_s(l, 2), 40, 1e-4);
    assert_close(kd_ledger_eta_s(l, 120), 40 - 20 + 40, 1e-4);
    kd_ledger_done(l, lease, 40); /* its second half in 30 s: more than what it told before */
    assert_close(kd_ledger_eta_s(l, 140), 60, 1e-4);
    kd_ledger_destroy(l);
}

static void test_knows_that_a_chain_cannot_be_shared(void **state)
{
    (void)state;
    kd_ledger *l = small_graph(&rules, 2);
    take(l, 0, 0);
    kd_ledger_done(l, take(l, 1, 0), 2); /* node 4, as expected */
    assert_true(kd_ledger_eta_s(l, 2) < 0);
    kd_ledger_progress(l, 0, 0.1, 1);
    kd_ledger_progress(l, 0, 0.2, 2); /* node 0 too */
    assert_close(kd_ledger_eta_s(l, 2), 10 + 1 + 6 - 2, 1e-6);
    kd_ledger_destroy(l);
}

/* ---- cores ---- */

typedef struct {
    double cost_s;
    int    cores;
} wide_node;

/* Workers that share the cores of one place, and are there. */
static void seat_together(kd_ledger *l, int workers, int cores)
{
    for (int w = 0; w < workers; w++) {
        kd_ledger_seat(l, w, 0, cores);
        kd_ledger_hear(l, w, 0);
    }
}

/* A place of `cores` with `workers` at it, and independent nodes. */
static kd_ledger *one_place(const wide_node *nodes, size_t count, int workers, int cores)
{
    kd_ledger *l = kd_ledger_create(&rules, workers);
    kd_error   err;
    for (size_t n = 0; n < count; n++)
        kd_ledger_ask(l, kd_ledger_add(l, 0, nodes[n].cost_s, 0), nodes[n].cores);
    assert_ok(kd_ledger_seal(l, &err), &err);
    seat_together(l, workers, cores);
    return l;
}

static void test_gives_no_more_cores_than_there_are(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 9, 2 }, { 8, 2 }, { 7, 1 }, { 6, 1 } };
    kd_ledger             *l = one_place(nodes, 4, 4, 4);
    kd_lease               first = take(l, 0, 0);
    assert_int_equal(first.node, 0);
    assert_int_equal(take(l, 1, 0).node, 1);
    assert_false(can_take(l, 2, 0)); /* four of four cores are used */
    kd_ledger_done(l, first, 9);
    assert_int_equal(take(l, 0, 9).node, 2);
    assert_int_equal(take(l, 2, 9).node, 3);
    kd_ledger_destroy(l);
}

static void test_counts_the_cores_of_each_place(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 9, 4 }, { 8, 4 } };
    kd_ledger             *l = one_place(nodes, 2, 4, 4);
    kd_ledger_seat(l, 2, 2, 4);
    kd_ledger_seat(l, 3, 2, 4);
    assert_int_equal(take(l, 0, 0).node, 0);
    assert_false(can_take(l, 1, 0));
    assert_int_equal(take(l, 2, 0).node, 1);
    kd_ledger_destroy(l);
}

/* As many as asked for run, also on a machine with fewer cores. */
static void test_has_a_core_for_each_worker(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 9, 1 }, { 8, 1 }, { 7, 1 } };
    kd_ledger             *l = one_place(nodes, 3, 3, 2);
    for (int w = 0; w < 3; w++) assert_int_equal(take(l, w, 0).node, w);
    kd_ledger_destroy(l);
}

static void test_runs_a_node_that_is_too_wide_alone(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 9, 64 }, { 8, 1 } };
    kd_ledger             *l = one_place(nodes, 2, 2, 2);
    kd_lease               wide = take(l, 0, 0);
    assert_int_equal(wide.node, 0);
    assert_false(can_take(l, 1, 0));
    kd_ledger_done(l, wide, 9);
    assert_int_equal(take(l, 1, 9).node, 1);
    kd_ledger_destroy(l);
}

/* Places of two and of four cores. Where the larger one is lost, the other has to do. */
static void test_sends_a_wide_node_where_there_are_cores(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 9, 4 }, { 8, 1 } };
    kd_ledger             *l = one_place(nodes, 2, 2, 2);
    kd_lease               lease;
    kd_verdict             verdict;
    kd_ledger_seat(l, 1, 1, 4);
    kd_ledger_hear(l, 1, 0);
    kd_lease narrow = take(l, 0, 0);
    assert_int_equal(narrow.node, 1);
    kd_ledger_done(l, narrow, 8);
    assert_false(can_take(l, 0, 8));
    assert_int_equal(take(l, 1, 8).node, 0);
    assert_true(kd_ledger_lose(l, 1, 9, &lease, &verdict));
    assert_int_equal(take(l, 0, 100).node, 0);
    kd_ledger_destroy(l);
}

/* Each wants three of four cores: neither holds what the other lacks while it waits, and all come to an end, whatever the
 * order in which workers ask. */
static void test_wide_nodes_never_hold_halves(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 5, 3 }, { 5, 3 }, { 4, 1 }, { 1, 1 },
                                       { 1, 2 }, { 2, 1 }, { 3, 3 } };
    enum { NODES = sizeof nodes / sizeof *nodes, WORKERS = 4, CORES = 4 };
    kd_rng rng = kd_rng_root(11);
    for (int round = 0; round < 200; round++) {
        kd_ledger *l = one_place(nodes, NODES, WORKERS, CORES);
        kd_lease   held[WORKERS];
        double     ends[WORKERS] = { 0 }; /* 0: nothing is held */
        double     now_s = 1;
        int        used = 0, done = 0;
        for (int turn = 0; done < NODES; turn++) {
            int w = (int)kd_rng_below(&rng, WORKERS);
            assert_true(turn < 10000);
            now_s += 0.1;
            if (ends[w] > 0 && now_s >= ends[w]) {
                used -= nodes[held[w].node].cores;
                kd_ledger_done(l, held[w], -1);
                ends[w] = 0;
                done++;
            } else if (ends[w] == 0 && kd_ledger_take(l, w, now_s, &held[w])) {
                used += nodes[held[w].node].cores;
                ends[w] = now_s + nodes[held[w].node].cost_s;
            }
            assert_true(used <= CORES);
        }
        assert_true(kd_ledger_is_over(l));
        kd_ledger_destroy(l);
    }
}

/* Node 1 wants more cores than node 0 leaves: others go while it waits, if they are over by then.
 */
static void test_fills_the_gap_before_a_wide_node(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 30, 1 }, { 22, 2 }, { 12, 1 }, { 2, 1 } };
    kd_ledger             *l = one_place(nodes, 4, 2, 2);
    kd_lease               first = take(l, 0, 0);
    assert_int_equal(first.node, 0);
    kd_lease filler = take(l, 1, 0); /* until 12, when node 0 still runs */
    assert_int_equal(filler.node, 2);
    kd_ledger_done(l, filler, 12);
    assert_int_equal(take(l, 1, 12).node, 3);
    kd_ledger_destroy(l);

    static const wide_node tight[] = { { 10, 1 }, { 9, 4 }, { 8, 1 }, { 4, 1 } };
    l = one_place(tight, 4, 2, 4);
    first = take(l, 0, 0);
    filler = take(l, 1, 0); /* 8 s are over before node 0 is */
    assert_int_equal(filler.node, 2);
    kd_ledger_done(l, filler, 8);
    assert_false(can_take(l, 1, 8)); /* 4 s would keep node 1 waiting */
    kd_ledger_done(l, first, 10);
    assert_int_equal(take(l, 1, 10).node, 1);
    kd_ledger_destroy(l);
}

/* Node 1 wants both cores, and is the longest of all when node 0 is done; but what is left takes
 * far longer, so no core waits for it, and it goes when both are free. */
static void test_lets_a_wide_node_wait_for_an_empty_place(void **state)
{
    (void)state;
    enum { NARROW = 8 };
    kd_ledger *l = kd_ledger_create(&rules, 2);
    kd_error   err;
    uint32_t   base = kd_ledger_add(l, 0, 2, 0), wide = kd_ledger_add(l, 0, 4.5, 0);
    for (int n = 0; n < NARROW; n++) kd_ledger_ask(l, kd_ledger_add(l, 0, 4, 0), 1);
    kd_ledger_need(l, wide, base);
    kd_ledger_ask(l, base, 1);
    kd_ledger_ask(l, wide, 2);
    assert_ok(kd_ledger_seal(l, &err), &err);
    seat_together(l, 2, 2);
    kd_lease first = take(l, 0, 0), second = take(l, 1, 0);
    assert_int_equal(first.node, base);
    kd_ledger_done(l, first, 2);
    first = take(l, 0, 2);
    assert_int_not_equal(first.node, wide);
    kd_ledger_done(l, first, 4);
    kd_ledger_done(l, second, 4);
    assert_int_equal(take(l, 1, 4).node, wide);
    kd_ledger_destroy(l);
}

/* Two nodes that end 0.05 s after each other; one of both cores that stands on the first; and far
 * more work than that. The first is done at 9 s. */
static kd_ledger *a_moment_before(kd_lease *second)
{
    enum { NARROW = 8 };
    kd_ledger *l = kd_ledger_create(&rules, 2);
    kd_error   err;
    kd_ledger_add(l, 0, 9, 0);
    kd_ledger_add(l, 0, 9.05, 0);
    kd_ledger_add(l, 0, 5, 0);
    kd_ledger_ask(l, 2, 2);
    kd_ledger_need(l, 2, 0);
    for (int n = 0; n < NARROW; n++) kd_ledger_add(l, 0, 8, 0);
    assert_ok(kd_ledger_seal(l, &err), &err);
    seat_together(l, 2, 2);
    kd_lease first = take(l, 0, 0);
    assert_int_equal(first.node, 0);
    *second = take(l, 1, 0);
    assert_int_equal(second->node, 1);
    kd_ledger_done(l, first, 9);
    return l;
}

/* The wide node could wait for an empty place; but a core that waits for it 0.05 s loses less than
 * a hundredth of its 10 core-seconds. */
static void test_waits_a_moment_for_a_wide_node(void **state)
{
    (void)state;
    kd_lease   second;
    kd_ledger *l = a_moment_before(&second);
    assert_false(can_take(l, 0, 9));
    kd_ledger_done(l, second, 9.05);
    assert_int_equal(take(l, 0, 9.05).node, 2);
    kd_ledger_destroy(l);
}

/* The second does not end when it should: nobody waits for what is not known. */
static void test_does_not_wait_for_a_node_that_is_overdue(void **state)
{
    (void)state;
    kd_lease   second;
    kd_ledger *l = a_moment_before(&second);
    assert_false(can_take(l, 0, 9));
    assert_int_equal(take(l, 0, 9.1).node, 3);
    kd_ledger_destroy(l);
}

/* ---- rehearsals ---- */

typedef struct {
    double end_s;
    size_t count;
} played;

typedef bool (*taking)(kd_ledger *ledger, int worker, double now_s, kd_lease *out);

/* Two workers at one place of two cores do all nodes, each in exactly the time expected. */
static played play(const wide_node *nodes, size_t count, taking how)
{
    kd_ledger *l = kd_ledger_create(&(kd_ledger_rules){ 0 }, 2);
    kd_error   err;
    kd_lease   leases[2];
    double     ends[2] = { -1, -1 };
    played     p = { 0, 0 };
    for (size_t n = 0; n < count; n++)
        kd_ledger_ask(l, kd_ledger_add(l, 0, nodes[n].cost_s, 0), nodes[n].cores);
    for (uint32_t n = 1; n < count; n += 3) kd_ledger_need(l, n, n - 1);
    assert_ok(kd_ledger_seal(l, &err), &err);
    seat_together(l, 2, 2);
    while (!kd_ledger_is_over(l)) {
        for (int w = 0; w < 2; w++) {
            if (ends[w] >= 0 || !how(l, w, p.end_s, &leases[w])) continue;
            ends[w] = p.end_s + nodes[leases[w].node].cost_s;
            p.count++;
        }
        int next = ends[1] < 0 || (ends[0] >= 0 && ends[0] <= ends[1]) ? 0 : 1;
        p.end_s = ends[next];
        kd_ledger_done(l, leases[next], nodes[leases[next].node].cost_s);
        ends[next] = -1;
    }
    kd_ledger_destroy(l);
    return p;
}

/* Longest first is 8 + 5 + 4 beside 7 + 6: 17 s. Half of all is 15. */
static void test_finds_a_better_end(void **state)
{
    (void)state;
    static const wide_node nodes[] = { { 4, 1 }, { 0, 1 }, { 5, 1 }, { 8, 1 },
                                       { 0, 1 }, { 6, 1 }, { 7, 1 }, { 0, 1 } };
    assert_int_equal(lrint(1000 * play(nodes, 8, kd_ledger_take).end_s), 17000);
    assert_int_equal(lrint(1000 * play(nodes, 8, kd_ledger_rehearse).end_s), 15000);
}

/* Chains of two, single nodes, narrow and wide, by chance. */
static void test_never_ends_later_for_a_rehearsal(void **state)
{
    (void)state;
    enum { GRAPHS = 200, NODES = 12 };
    kd_rng rng = kd_rng_root(11);
    double plain_s = 0, rehearsed_s = 0; /* beyond what two full cores take */
    for (int g = 0; g < GRAPHS; g++) {
        wide_node nodes[NODES];
        double    work_s = 0;
        for (int n = 0; n < NODES; work_s += nodes[n].cost_s * nodes[n].cores, n++)
            nodes[n] =
                (wide_node){ 1 + 9 * kd_rng_uniform(&rng), kd_rng_uniform(&rng) < 0.2 ? 2 : 1 };
        played plain = play(nodes, NODES, kd_ledger_take),
               rehearsed = play(nodes, NODES, kd_ledger_rehearse);
        assert_int_equal(rehearsed.count, NODES);
        assert_true(rehearsed.end_s <= plain.end_s + 1e-4); /* costs are kept as floats */
        plain_s += plain.end_s - work_s / 2;
        rehearsed_s += rehearsed.end_s - work_s / 2;
    }
    assert_true(rehearsed_s < 0.5 * plain_s);
}

/* ---- by chance ---- */

enum { NODES = 400, WORKERS = 5 };

typedef struct {
    kd_ledger *l;
    kd_lease   held[WORKERS];
    bool       holds[WORKERS];
    int        done[NODES]; /* how often a result counted */
    int        attempts[NODES];
    double     now_s;
} chance;

static void one_move(chance *c, kd_rng *rng)
{
    int        w = (int)kd_rng_below(rng, WORKERS);
    kd_lease   lease;
    kd_verdict verdict;
    c->now_s += 0.1;
    kd_ledger_hear(c->l, w, c->now_s);
    if (!c->holds[w]) {
        if (!kd_ledger_rehearse(c->l, w, c->now_s, &lease)) return;
        assert_true((int)lease.attempt > c->attempts[lease.node]);
        c->attempts[lease.node] = (int)lease.attempt;
        c->held[w] = lease;
        c->holds[w] = true;
        return;
    }
    uint64_t dice = kd_rng_below(rng, 10);
    if (dice == 0 && kd_ledger_lose(c->l, w, c->now_s, &lease, &verdict)) {
        if (kd_rng_below(rng, 2)) /* the lost worker's result comes all the same */
            c->done[lease.node] += kd_ledger_done(c->l, lease, 1) == KD_VERDICT_DONE;
    } else if (dice == 1) {
        kd_ledger_failed(c->l, c->held[w], KD_CAUSE_CRASH, c->now_s);
    } else {
        c->done[c->held[w].node] += kd_ledger_done(c->l, c->held[w], 1) == KD_VERDICT_DONE;
        kd_ledger_done(c->l, c->held[w], 1); /* and its echo */
    }
    c->holds[w] = false;
}

static void test_counts_each_node_once_whatever_happens(void **state)
{
    (void)state;
    kd_ledger_rules hardy = { .own_retries = 50, .ground_retries = 50, .rest_s = 0.01 };
    for (uint64_t seed = 0; seed < 20; seed++) {
        kd_rng   rng = kd_rng_root(seed);
        chance   c = { .l = kd_ledger_create(&hardy, WORKERS) };
        kd_error err;
        for (uint32_t n = 0; n < NODES; n++) {
            kd_ledger_add(c.l, 0, 1, 0);
            for (int k = 0; n > 0 && k < 2; k++)
                kd_ledger_need(c.l, n, (uint32_t)kd_rng_below(&rng, n));
        }
        assert_ok(kd_ledger_seal(c.l, &err), &err);
        for (int moves = 0; !kd_ledger_is_over(c.l); moves++) {
            assert_true(moves < 100 * NODES);
            one_move(&c, &rng);
        }
        assert_int_equal(kd_ledger_count(c.l, KD_LEDGER_DONE), NODES);
        for (int n = 0; n < NODES; n++) assert_int_equal(c.done[n], 1);
        kd_ledger_destroy(c.l);
    }
}

/* In less than a second; whoever makes it quadratic meets the limit of the test. */
static void test_takes_a_million_nodes(void **state)
{
    (void)state;
    enum { MILLION = 1000000 };
    kd_ledger *l = kd_ledger_create(&rules, 1);
    kd_error   err;
    for (uint32_t n = 0; n < MILLION; n++) {
        kd_ledger_add(l, 0, 1 + n % 97, 0);
        if (n > 0) kd_ledger_need(l, n, n / 10);
    }
    assert_ok(kd_ledger_seal(l, &err), &err);
    for (kd_lease lease; kd_ledger_take(l, 0, 0, &lease);) kd_ledger_done(l, lease, 1);
    assert_int_equal(kd_ledger_count(l, KD_LEDGER_DONE), MILLION);
    kd_ledger_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_for_what_is_elsewhere),
        cmocka_unit_test(test_ends_when_halted_whatever_is_elsewhere),
        cmocka_unit_test(test_takes_what_was_made_elsewhere_for_done),
        cmocka_unit_test(test_gives_the_longest_path_first),
        cmocka_unit_test(test_gives_equal_paths_in_the_order_of_numbers),
        cmocka_unit_test(test_starts_where_an_earlier_run_ended),
        cmocka_unit_test(test_blocks_what_stands_on_an_earlier_failure),
        cmocka_unit_test(test_refuses_a_circle),
        cmocka_unit_test(test_counts_a_need_that_is_told_twice_once),
        cmocka_unit_test(test_tells_a_result_from_its_echo),
        cmocka_unit_test(test_refuses_the_result_of_a_worker_that_was_given_up),
        cmocka_unit_test(test_keeps_two_budgets_apart),
        cmocka_unit_test(test_rests_twice_as_long_each_time),
        cmocka_unit_test(test_blocks_all_that_stands_on_a_failure),
        cmocka_unit_test(test_gives_nothing_after_a_halt),
        cmocka_unit_test(test_does_not_loop_over_a_cell_that_always_stops),
        cmocka_unit_test(test_starts_only_what_can_end_or_save_by_the_deadline),
        cmocka_unit_test(test_counts_silence_anew_after_an_absence),
        cmocka_unit_test(test_learns_how_long_it_will_take),
        cmocka_unit_test(test_says_nothing_of_kinds_that_it_does_not_know),
        cmocka_unit_test(test_knows_that_a_chain_cannot_be_shared),
        cmocka_unit_test(test_counts_each_node_once_whatever_happens),
        cmocka_unit_test(test_gives_no_more_cores_than_there_are),
        cmocka_unit_test(test_counts_the_cores_of_each_place),
        cmocka_unit_test(test_has_a_core_for_each_worker),
        cmocka_unit_test(test_runs_a_node_that_is_too_wide_alone),
        cmocka_unit_test(test_sends_a_wide_node_where_there_are_cores),
        cmocka_unit_test(test_wide_nodes_never_hold_halves),
        cmocka_unit_test(test_fills_the_gap_before_a_wide_node),
        cmocka_unit_test(test_lets_a_wide_node_wait_for_an_empty_place),
        cmocka_unit_test(test_waits_a_moment_for_a_wide_node),
        cmocka_unit_test(test_does_not_wait_for_a_node_that_is_overdue),
        cmocka_unit_test(test_finds_a_better_end),
        cmocka_unit_test(test_never_ends_later_for_a_rehearsal),
        cmocka_unit_test(test_takes_a_million_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
