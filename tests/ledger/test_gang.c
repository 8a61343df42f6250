/* Wide cells: where their ranks go, and that nobody waits for ever, whatever the order in which workers ask. */
#include <string.h>

#include "harness/base/rng.h"
#include "harness/ledger/gang.h"
#include "harness/ledger/ledger_rehearse.h"
#include "tests/ledger/taking.h"
#include "tests/support/support.h"

/* ---- places in, ranks out ---- */

enum { PLACES = 4 };

static void test_puts_ranks_on_places(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int         cores[PLACES], free[PLACES];
        int         hand; /* who has one; -1 for all */
        int         first;
        kd_gang_ask ask;
        bool        fits;
        int         ranks[PLACES];
    } rows[] = {
        { "one place that has all",
          { 4, 4, 4, 4 },
          { 4, 4, 4, 4 },
          2,
          2,
          { 4, 1 },
          true,
          { 0, 0, 4, 0 } },
        { "not spread where one is large enough",
          { 4, 4, 4, 4 },
          { 2, 2, 2, 2 },
          -1,
          0,
          { 4, 1 },
          false,
          { 0 } },
        { "nor on another's without a hand",
          { 4, 4, 4, 4 },
          { 2, 4, 4, 4 },
          0,
          0,
          { 4, 1 },
          false,
          { 0 } },
        { "on the one that is large enough",
          { 2, 8, 2, 2 },
          { 2, 8, 2, 2 },
          -1,
          0,
          { 3, 2 },
          true,
          { 0, 3, 0, 0 } },
        { "over three", { 2, 2, 2, 2 }, { 2, 2, 2, 2 }, -1, 1, { 3, 2 }, true, { 1, 1, 1, 0 } },
        { "over as few as it takes",
          { 4, 4, 4, 4 },
          { 1, 3, 4, 4 },
          -1,
          -1,
          { 8, 1 },
          true,
          { 0, 0, 4, 4 } },
        { "first where it is asked for",
          { 4, 4, 4, 4 },
          { 1, 3, 4, 4 },
          -1,
          0,
          { 8, 1 },
          true,
          { 1, 0, 4, 3 } },
        { "not where there is no room",
          { 4, 4, 4, 4 },
          { 0, 4, 4, 4 },
          -1,
          0,
          { 8, 1 },
          true,
          { 0, 4, 4, 0 } },
        { "whole ranks only",
          { 3, 3, 3, 3 },
          { 3, 3, 3, 3 },
          -1,
          0,
          { 4, 2 },
          true,
          { 1, 1, 1, 1 } },
        { "a core too few", { 3, 3, 3, 3 }, { 3, 3, 3, 1 }, -1, 0, { 4, 2 }, false, { 0 } },
        { "nobody there", { 4, 0, 4, 0 }, { 4, 0, 4, 0 }, -1, 0, { 9, 1 }, false, { 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_gang_place places[PLACES];
        int           ranks[PLACES];
        for (int p = 0; p < PLACES; p++)
            places[p] = (kd_gang_place){ rows[i].cores[p], rows[i].free[p],
                                         rows[i].hand < 0 || rows[i].hand == p };
        if (kd_gang_put(places, PLACES, rows[i].first, rows[i].ask, ranks) != rows[i].fits)
            fail_msg("%s: it says that it %s", rows[i].what,
                     rows[i].fits ? "does not fit" : "fits");
        if (rows[i].fits && memcmp(ranks, rows[i].ranks, sizeof ranks) != 0)
            fail_msg("%s: %d %d %d %d", rows[i].what, ranks[0], ranks[1], ranks[2], ranks[3]);
    }
}

static void test_knows_what_will_never_fit(void **state)
{
    (void)state;
    const kd_gang_place places[] = { { 3, 0, false }, { 3, 0, false }, { 0, 0, false } };
    assert_true(kd_gang_has_room(places, 3, (kd_gang_ask){ 6, 1 }));
    assert_false(kd_gang_has_room(places, 3, (kd_gang_ask){ 7, 1 }));
    assert_true(kd_gang_has_room(places, 3, (kd_gang_ask){ 2, 2 }));
    assert_false(kd_gang_has_room(places, 3, (kd_gang_ask){ 3, 2 }));
}

/* ---- in the ledger ---- */

static const kd_ledger_rules rules = { .own_retries = 1, .ground_retries = 2, .rest_s = 1 };

typedef struct {
    double cost_s;
    int    ranks, cores;
    int    input; /* it stands on the node before so many; 0 for none */
} gang_node;

/* `places` machines of `cores` each, with a worker for each core: worker w sits at machine w / cores. */
static kd_ledger *machines_by(const kd_ledger_rules *by, const gang_node *nodes, size_t count,
                              int places, int cores)
{
    kd_ledger *l = kd_ledger_create(by, places * cores);
    kd_error   err;
    for (size_t n = 0; n < count; n++) {
        uint32_t node = kd_ledger_add(l, 0, nodes[n].cost_s, 0);
        kd_ledger_ask(l, node, nodes[n].cores);
        kd_ledger_share(l, node, nodes[n].ranks);
        if (nodes[n].input > 0) kd_ledger_need(l, node, node - (uint32_t)nodes[n].input);
    }
    assert_ok(kd_ledger_seal(l, &err), &err);
    for (int w = 0; w < places * cores; w++) {
        kd_ledger_seat(l, w, w / cores * cores, cores);
        kd_ledger_hear(l, w, 0);
    }
    return l;
}

static kd_ledger *machines(const gang_node *nodes, size_t count, int places, int cores)
{
    return machines_by(&rules, nodes, count, places, cores);
}

/* Of five cores' worth on three machines of two the sixth core is left for a narrow one. */
static void test_takes_all_its_cores_at_once(void **state)
{
    (void)state;
    static const gang_node nodes[] = { { 9, 5, 1, 0 }, { 8, 1, 1, 0 }, { 7, 1, 1, 0 } };
    kd_ledger             *l = machines(nodes, 3, 3, 2);
    kd_ledger_stretch      at[4];
    kd_lease               wide = take(l, 2, 0);
    assert_int_equal(wide.node, 0);
    assert_int_equal(kd_ledger_stretches(l, 2, at, 4), 3);
    int ranks[6] = { 0 };
    for (int i = 0; i < 3; i++) ranks[at[i].place] = at[i].ranks;
    assert_int_equal(ranks[2], 2); /* where it was asked for */
    assert_int_equal(ranks[0] + ranks[2] + ranks[4], 5);
    int narrow = ranks[0] == 1 ? 1 : 4;
    assert_false(can_take(l, 3, 0));
    kd_lease other = take(l, narrow, 0);
    assert_int_equal(other.node, 1);
    for (int w = 0; w < 6; w++)
        if (w != 2 && w != narrow) assert_false(can_take(l, w, 0));
    kd_ledger_done(l, wide, 9);
    assert_int_equal(kd_ledger_stretches(l, 2, at, 4), 0);
    assert_int_equal(take(l, 3, 9).node, 2);
    kd_ledger_destroy(l);
}

/* Node 0 runs on one of four cores. Node 1 wants all of them; 2 would be over by then, 3 would not. */
static void test_lets_narrow_ones_fill_the_gaps_of_all_machines(void **state)
{
    (void)state;
    static const gang_node nodes[] = {
        { 30, 1, 1, 0 }, { 22, 4, 1, 0 }, { 12, 1, 1, 0 }, { 10, 1, 1, 0 }, { 21, 1, 1, 0 }
    };
    kd_ledger *l = machines(nodes, 5, 2, 2);
    kd_lease   first = take(l, 0, 0);
    assert_int_equal(first.node, 0);
    kd_lease long_filler = take(l, 2, 0); /* on the other machine: 21 s of 30 */
    assert_int_equal(long_filler.node, 4);
    assert_int_equal(take(l, 1, 0).node, 2);
    kd_ledger_done(l, long_filler, -1);
    assert_false(can_take(l, 2, 22)); /* 10 s would keep node 1 waiting */
    kd_ledger_done(l, (kd_lease){ 2, 1 }, -1);
    assert_false(can_take(l, 1, 25));
    kd_ledger_done(l, first, -1);
    assert_int_equal(take(l, 3, 30).node, 1);
    kd_ledger_destroy(l);
}

/* Three ranks of four cores: the fourth core is nobody's meanwhile, whatever that takes. */
static void test_leaves_over_what_a_wide_cell_does_not_want(void **state)
{
    (void)state;
    static const gang_node nodes[] = {
        { 30, 1, 1, 0 }, { 22, 3, 1, 0 }, { 12, 1, 1, 0 }, { 21, 1, 1, 0 }
    };
    kd_ledger *l = machines(nodes, 4, 2, 2);
    assert_int_equal(take(l, 0, 0).node, 0);
    assert_int_equal(take(l, 1, 0).node, 1); /* on the other three */
    assert_false(can_take(l, 2, 0));
    kd_ledger_destroy(l);
}

/* Narrow nodes that take ten times what was thought of them do not keep a wide one waiting for more than those that ran when
 * it became ready, and one after each. */
static void test_is_not_starved_by_narrow_ones(void **state)
{
    (void)state;
    enum { NARROW = 400, WORKERS = 6 };
    gang_node nodes[NARROW + 2] = { [0] = { 1, 1, 1, 0 }, [1] = { 1000, 6, 1, 1 } };
    for (int n = 2; n < NARROW + 2; n++) nodes[n] = (gang_node){ 4 + n % 7, 1, 1, 0 };
    kd_ledger *l = machines(nodes, NARROW + 2, 3, 2);
    kd_lease   held[WORKERS];
    double     ends[WORKERS] = { 0 }, wide_s = 0;
    for (double now_s = 0.5; wide_s == 0; now_s += 0.5) {
        assert_true(now_s < 250);
        for (int w = 0; w < WORKERS && wide_s == 0; w++) {
            if (ends[w] > 0 && now_s >= ends[w]) {
                kd_ledger_done(l, held[w], -1);
                ends[w] = 0;
            }
            if (ends[w] > 0 || !kd_ledger_take(l, w, now_s, &held[w])) continue;
            if (held[w].node == 1) wide_s = now_s;
            ends[w] = now_s + (held[w].node == 0 ? 1 : 10 * nodes[held[w].node].cost_s);
        }
    }
    assert_true(wide_s < 1 + 2 * 10 * 10 + 1);
    kd_ledger_destroy(l);
}

/* Wide ones of several sizes and narrow ones, workers that ask and end by chance. */
static void test_wide_cells_never_hold_halves(void **state)
{
    (void)state;
    static const gang_node nodes[] = { { 5, 5, 1, 0 }, { 5, 2, 2, 0 }, { 4, 1, 1, 0 },
                                       { 1, 1, 2, 0 }, { 6, 6, 1, 1 }, { 1, 1, 1, 0 },
                                       { 3, 3, 2, 0 }, { 2, 2, 1, 0 }, { 7, 3, 1, 2 } };
    enum { NODES = sizeof nodes / sizeof *nodes, PLACE = 2, WORKERS = 6 };
    kd_rng rng = kd_rng_root(12);
    for (int round = 0; round < 400; round++) {
        kd_ledger *l = machines(nodes, NODES, WORKERS / PLACE, PLACE);
        kd_lease   held[WORKERS];
        double     ends[WORKERS] = { 0 }, now_s = 1;
        int        used[WORKERS] = { 0 }, done = 0;
        for (int turn = 0; done < NODES; turn++) {
            int w = (int)kd_rng_below(&rng, WORKERS), sign = 0;
            assert_true(turn < 20000);
            now_s += 0.1;
            kd_ledger_stretch at[WORKERS];
            size_t            count = 0;
            const gang_node  *node = NULL;
            if (ends[w] > 0 && now_s >= ends[w]) {
                sign = -1;
                node = &nodes[held[w].node];
                count = kd_ledger_stretches(l, w, at, WORKERS);
                kd_ledger_done(l, held[w], -1);
                ends[w] = 0;
                done++;
            } else if (ends[w] == 0 && (round % 2 ? kd_ledger_take(l, w, now_s, &held[w])
                                                  : kd_ledger_rehearse(l, w, now_s, &held[w]))) {
                sign = 1;
                node = &nodes[held[w].node];
                count = kd_ledger_stretches(l, w, at, WORKERS);
                ends[w] = now_s + node->cost_s;
            }
            if (!node) continue;
            int ranks = 0;
            for (size_t i = 0; i < count; i++) {
                used[at[i].place] += sign * at[i].ranks * node->cores;
                ranks += at[i].ranks;
            }
            if (node->ranks == 1)
                used[w / PLACE * PLACE] += sign * node->cores;
            else
                assert_int_equal(ranks, node->ranks);
            for (int p = 0; p < WORKERS; p++) assert_in_range(used[p], 0, PLACE);
        }
        assert_true(kd_ledger_is_over(l));
        kd_ledger_destroy(l);
    }
}

/* Four machines; the wide cell is on three of them, a narrow one on the fourth. One of the three is lost. */
static void test_outlives_a_lost_machine(void **state)
{
    (void)state;
    static const gang_node nodes[] = { { 9, 3, 2, 0 }, { 8, 1, 2, 0 } };
    kd_ledger             *l = machines(nodes, 2, 4, 2);
    kd_ledger_stretch      at[4];
    kd_lease               lost;
    kd_verdict             verdict;
    kd_lease               wide = take(l, 0, 0);
    assert_int_equal(kd_ledger_stretches(l, 0, at, 4), 3);
    assert_int_equal(at[2].place, 4);
    kd_lease narrow = take(l, 6, 0);
    assert_int_equal(narrow.node, 1);
    assert_int_equal(kd_ledger_broken(l), -1);
    assert_false(kd_ledger_lose(l, 4, 5, &lost, &verdict));
    assert_int_equal(kd_ledger_broken(l), -1); /* one of its workers still lives */
    assert_false(kd_ledger_lose(l, 5, 5, &lost, &verdict));
    assert_int_equal(kd_ledger_broken(l), 0);
    assert_int_equal(kd_ledger_failed(l, wide, KD_CAUSE_LOST, 5), KD_VERDICT_RETRY);
    assert_int_equal(kd_ledger_broken(l), -1);
    assert_int_equal(kd_ledger_held_by(l, 6), 1); /* the narrow one goes on */
    assert_false(can_take(l, 0, 7));              /* two machines are too few for now */
    assert_true(kd_ledger_has_room(l, 0));
    kd_ledger_done(l, narrow, 8);
    assert_int_equal(take(l, 6, 8).attempt, 2);
    assert_int_equal(kd_ledger_stretches(l, 6, at, 4), 3);
    for (int i = 0; i < 3; i++) assert_int_not_equal(at[i].place, 4);
    kd_ledger_destroy(l);
}

/* Before its workers are lost their silence tells: the next attempt waits, and does not meet the same end there. */
static void test_goes_to_no_machine_that_is_silent(void **state)
{
    (void)state;
    static const gang_node       nodes[] = { { 9, 3, 1, 0 }, { 8, 1, 1, 0 } };
    static const kd_ledger_rules hearing = { .ground_retries = 2, .rest_s = 1, .silence_s = 20 };
    kd_ledger                   *l = machines_by(&hearing, nodes, 2, 3, 1);
    kd_ledger_stretch            at[3];
    assert_int_equal(kd_ledger_failed(l, take(l, 0, 0), KD_CAUSE_LOST, 3), KD_VERDICT_RETRY);
    kd_ledger_hear(l, 0, 4);
    kd_ledger_hear(l, 1, 4);
    assert_int_equal(take(l, 1, 4).node,
                     1); /* who waits for a silent machine keeps nobody else waiting */
    kd_ledger_done(l, (kd_lease){ 1, 1 }, -1);
    assert_false(can_take(l, 0, 4));
    assert_false(can_take(l, 2, 4)); /* not that it had asked */
    assert_false(kd_ledger_is_stuck(l));
    kd_ledger_hear(l, 2, 5); /* it was only slow */
    assert_int_equal(take(l, 0, 5).node, 0);
    assert_int_equal(kd_ledger_stretches(l, 0, at, 3), 3);
    kd_ledger_destroy(l);
}

/* What has no room any more keeps nobody waiting. */
static void test_goes_on_without_room(void **state)
{
    (void)state;
    static const gang_node nodes[] = { { 9, 4, 1, 0 }, { 8, 1, 1, 0 }, { 7, 3, 1, 0 } };
    kd_ledger             *l = machines(nodes, 3, 3, 1);
    assert_false(kd_ledger_has_room(l, 0));
    assert_true(kd_ledger_has_room(l, 2));
    assert_int_equal(take(l, 1, 0).node, 1);
    kd_ledger_done(l, (kd_lease){ 1, 1 }, -1);
    assert_int_equal(take(l, 1, 0).node, 2);
    assert_false(kd_ledger_is_stuck(l));
    kd_ledger_done(l, (kd_lease){ 2, 1 }, -1);
    assert_true(kd_ledger_is_stuck(l)); /* node 0 alone is left */
    kd_ledger_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_puts_ranks_on_places),
        cmocka_unit_test(test_knows_what_will_never_fit),
        cmocka_unit_test(test_takes_all_its_cores_at_once),
        cmocka_unit_test(test_lets_narrow_ones_fill_the_gaps_of_all_machines),
        cmocka_unit_test(test_leaves_over_what_a_wide_cell_does_not_want),
        cmocka_unit_test(test_is_not_starved_by_narrow_ones),
        cmocka_unit_test(test_wide_cells_never_hold_halves),
        cmocka_unit_test(test_outlives_a_lost_machine),
        cmocka_unit_test(test_goes_to_no_machine_that_is_silent),
        cmocka_unit_test(test_goes_on_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
