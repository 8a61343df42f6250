/* The sweep without processes: leases and results by hand, and what the journal says afterwards. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/dispatch/sweep.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "harness/store/tally.h"
#include "tests/dispatch/double.h"
#include "tests/support/support.h"

static kd_progress *silent;

static kd_sweep *open_sweep(const kd_store *store, kd_double *study)
{
    kd_sweep        *sweep;
    kd_error         err;
    kd_sweep_options options = kd_double_options(store, study, silent);
    assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
    kd_sweep_hear(sweep, 0, 0);
    kd_sweep_hear(sweep, 1, 0);
    return sweep;
}

static kd_assignment next(kd_sweep *sweep, int worker, double now_s)
{
    kd_assignment assign;
    assert_true(kd_sweep_next(sweep, worker, now_s, &assign));
    return assign;
}

static kd_outcome done(void)
{
    return (kd_outcome){ .is_done = true, .wall_s = 1, .point = { .loss = NAN, .score = 0.5 } };
}

static kd_outcome failed(kd_cause cause, kd_status status)
{
    kd_error err = { "made up" };
    return kd_outcome_of(cause, status, &err);
}

static void leave_object(const kd_store *store, size_t node)
{
    char    *path = kd_store_object_path(store, kd_double_id(node));
    char    *folder = kd_fs_folder(path);
    kd_error err;
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_fs_write(path, "x", 1, &err), &err);
    free(path);
    free(folder);
}

static void test_writes_the_cell_before_it_is_given(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 3, .input = -1 };
    kd_sweep     *sweep = open_sweep(store, &study);
    kd_assignment assign = next(sweep, 0, 0);
    char         *path = kd_store_work_path(store, assign.id, "cell");
    kd_str        text = KD_STR_INIT;
    kd_error      err;
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, "0\n");
    assert_int_equal(assign.threads, 1);
    assert_int_equal(assign.lease.attempt, 1);
    kd_sweep_halt(sweep, "the test is over");
    kd_outcome stopped = failed(KD_CAUSE_STOPPED, KD_ESTOPPED);
    kd_sweep_result(sweep, 0, assign.lease, &stopped, 1);
    assert_true(kd_sweep_is_over(sweep));
    assert_fails(KD_ESTOPPED, "3 of 3 are left to do (the test is over)",
                 kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_STOPPED, 0), 1);
    free(path);
    kd_str_fini(&text);
}

/* Node 0 is what the three cells stand on. */
static void test_counts_cells_apart_from_what_they_stand_on(void **state)
{
    (void)state;
    static const char *const wants[] = { "\"cells\": 3, \"cells_done\": 0, \"cells_failed\": 0",
                                         "\"cells\": 3, \"cells_done\": 1, \"cells_failed\": 0",
                                         "\"cells\": 3, \"cells_done\": 1, \"cells_failed\": 1",
                                         "\"cells\": 3, \"cells_done\": 0, \"cells_failed\": 3" };
    const kd_outcome outcomes[] = { done(), done(), failed(KD_CAUSE_DIVERGED, KD_EDIVERGED) };
    char            *text;
    size_t           length;
    FILE            *stream = open_memstream(&text, &length);
    kd_progress     *usual = silent;
    kd_error         err;
    silent = kd_progress_create(KD_PROGRESS_JSON, stream);
    kd_store *store = kd_double_store();
    kd_double study = { .count = 4, .input = 0 };
    kd_sweep *sweep = open_sweep(store, &study);
    for (int n = 0; n < 3; n++) {
        kd_assignment assign = next(sweep, 0, n);
        kd_sweep_result(sweep, 0, assign.lease, &outcomes[n], n);
        assert_non_null(strstr(text, wants[n]));
    }
    kd_sweep_halt(sweep, "the test is over");
    assert_fails(KD_ESTOPPED, "1 of 4 are left", kd_sweep_close(sweep, &err), &err);

    store = kd_double_store();
    sweep = open_sweep(store, &study);
    kd_assignment assign = next(sweep, 0, 0);
    kd_sweep_result(sweep, 0, assign.lease, &outcomes[2], 1);
    assert_non_null(strstr(text, wants[3]));
    assert_fails(KD_EFAILED, "1 of 4 failed", kd_sweep_close(sweep, &err), &err);
    kd_tally *tally;
    assert_ok(kd_tally_open(&tally, store, NULL, NULL, &err), &err);
    assert_int_equal(kd_tally_last_run(tally).blocked, 3);
    kd_tally_close(tally);
    kd_progress_destroy(silent);
    fclose(stream);
    free(text);
    silent = usual;
}

static void test_records_each_result_once(void **state)
{
    (void)state;
    kd_store  *store = kd_double_store();
    kd_double  study = { .count = 4, .input = 0 };
    kd_sweep  *sweep = open_sweep(store, &study);
    kd_outcome good = done();
    kd_error   err;
    for (int n = 0; n < 4; n++) {
        kd_assignment assign = next(sweep, n % 2, 0);
        kd_sweep_result(sweep, n % 2, assign.lease, &good, 1);
        kd_sweep_result(sweep, n % 2, assign.lease, &good, 1); /* told twice */
    }
    assert_true(kd_sweep_is_over(sweep));
    assert_false(kd_sweep_is_durable(sweep));
    kd_sweep_commit(sweep, true);
    assert_true(kd_sweep_is_durable(sweep));
    assert_ok(kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 4);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ASSIGNED, SIZE_MAX), 4);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_RUN_END, SIZE_MAX), 1);
}

static void test_gives_a_lost_cell_to_another_and_refuses_the_old_result(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 1, .input = -1 };
    kd_sweep     *sweep = open_sweep(store, &study);
    kd_outcome    good = done();
    kd_error      err;
    kd_assignment old = next(sweep, 0, 0);
    kd_sweep_lose(sweep, 0, "fell silent", 1);
    kd_assignment new = next(sweep, 1, 2);
    assert_int_equal(new.lease.attempt, old.lease.attempt + 1);
    kd_sweep_result(sweep, 0, old.lease, &good, 3);
    assert_false(kd_sweep_is_over(sweep));
    kd_sweep_result(sweep, 1, new.lease, &good, 3);
    kd_sweep_result(sweep, 0, old.lease, &good, 3);
    assert_true(kd_sweep_is_over(sweep));
    assert_ok(kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, 0), 1);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, 0), 1);
}

/* The old worker's object came, its message did not count: nobody computes it again. */
static void test_adopts_an_object_that_came_meanwhile(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 1, .input = -1 };
    kd_sweep     *sweep = open_sweep(store, &study);
    kd_assignment assign;
    kd_error      err;
    next(sweep, 0, 0);
    kd_sweep_lose(sweep, 0, "fell silent", 1);
    leave_object(store, 0);
    assert_false(kd_sweep_next(sweep, 1, 2, &assign));
    assert_true(kd_sweep_is_over(sweep));
    assert_ok(kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, 0), 1);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, 0), 0);
}

static bool only_first(size_t node)
{
    return node == 0;
}

static void test_adopts_what_an_earlier_run_left_without_a_record(void **state)
{
    (void)state;
    kd_store  *store = kd_double_store();
    kd_double  study = { .count = 2, .input = 0, .is_done = only_first };
    kd_outcome good = done();
    kd_error   err;
    for (int run = 0; run < 2; run++) { /* the second run finds the record */
        kd_sweep *sweep = open_sweep(store, &study);
        kd_sweep_result(sweep, 0, next(sweep, 0, 0).lease, &good, 1);
        assert_ok(kd_sweep_close(sweep, &err), &err);
        assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, 0), 1);
    }
}

static kd_status keep_failure(void *user, const kd_journal_entry *entry, kd_error *err)
{
    if (entry->type == KD_JOURNAL_LOST) *(kd_cause *)user = entry->cause;
    if (entry->type == KD_JOURNAL_FAILED || entry->type == KD_JOURNAL_GIVEN_UP)
        if (entry->cause != KD_CAUSE_BAD || strcmp(entry->text, "made up") != 0)
            return kd_fail(err, KD_ECHECK, "%s: %s: %s", kd_journal_type_word(entry->type),
                           kd_cause_word(entry->cause), entry->text);
    return KD_OK;
}

static void test_records_causes(void **state)
{
    (void)state;
    kd_store  *store = kd_double_store();
    kd_double  study = { .count = 2, .input = -1 };
    kd_sweep  *sweep = open_sweep(store, &study);
    kd_outcome bad = failed(KD_CAUSE_BAD, KD_EDATA);
    kd_cause   lost = KD_CAUSE_NONE;
    kd_error   err;
    kd_sweep_result(sweep, 0, next(sweep, 0, 0).lease, &bad, 1);
    next(sweep, 1, 0);
    kd_sweep_lose(sweep, 1, "died", 1);
    kd_sweep_halt(sweep, "enough");
    assert_fails(KD_ESTOPPED, "left to do", kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_GIVEN_UP, SIZE_MAX), 1);
    assert_ok(kd_journal_replay(store, keep_failure, NULL, &lost, &err), &err);
    assert_int_equal(lost, KD_CAUSE_LOST);
}

static void test_counts_leases_over_runs(void **state)
{
    (void)state;
    kd_store  *store = kd_double_store();
    kd_double  study = { .count = 1, .input = -1 };
    kd_outcome lost = failed(KD_CAUSE_CRASH, KD_EBUG);
    kd_error   err;
    for (uint32_t run = 0; run < 3; run++) {
        kd_sweep     *sweep = open_sweep(store, &study);
        kd_assignment assign = next(sweep, 0, 0);
        assert_int_equal(assign.lease.attempt, run + 1);
        kd_sweep_result(sweep, 0, assign.lease, &lost, 0);
        kd_sweep_halt(sweep, "enough");
        assert_fails(KD_ESTOPPED, "left to do", kd_sweep_close(sweep, &err), &err);
    }
}

static void test_gives_up_in_words_and_takes_what_needs_it_along(void **state)
{
    (void)state;
    kd_store  *store = kd_double_store();
    kd_double  study = { .count = 3, .input = 0 };
    kd_sweep  *sweep = open_sweep(store, &study);
    kd_outcome bad = failed(KD_CAUSE_BAD, KD_EDATA);
    kd_error   err;
    kd_sweep_result(sweep, 0, next(sweep, 0, 0).lease, &bad, 1);
    assert_true(kd_sweep_is_over(sweep));
    assert_fails(KD_EFAILED, "1 of 3 failed; the first was double 0: made up",
                 kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_GIVEN_UP, 0), 1);
}

/* Divergence is remembered, since the same cell gives the same bits; bad luck is not. */
static void test_remembers_divergence_and_forgets_crashes(void **state)
{
    (void)state;
    static const struct {
        kd_cause  cause;
        kd_status status;
        bool      retries_failed, is_given;
    } cases[] = {
        { KD_CAUSE_DIVERGED, KD_EDIVERGED, false, false },
        { KD_CAUSE_DIVERGED, KD_EDIVERGED, true, true },
        { KD_CAUSE_BAD, KD_EDATA, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_store        *store = kd_double_store();
        kd_double        study = { .count = 1, .input = -1 };
        kd_sweep        *sweep = open_sweep(store, &study);
        kd_outcome       bad = failed(cases[i].cause, cases[i].status);
        kd_sweep_options options = kd_double_options(store, &study, silent);
        kd_assignment    assign;
        kd_error         err;
        kd_sweep_result(sweep, 0, next(sweep, 0, 0).lease, &bad, 1);
        assert_fails(KD_EFAILED, "1 of 1 failed", kd_sweep_close(sweep, &err), &err);

        options.retries_failed = cases[i].retries_failed;
        assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
        kd_sweep_hear(sweep, 0, 0);
        assert_int_equal(kd_sweep_next(sweep, 0, 0, &assign), cases[i].is_given);
        if (cases[i].is_given) kd_sweep_result(sweep, 0, assign.lease, &bad, 1);
        assert_fails(KD_EFAILED, cases[i].is_given ? "the first was" : "in an earlier run",
                     kd_sweep_close(sweep, &err), &err);
    }
}

static void test_refuses_a_store_that_somebody_has_alone(void **state)
{
    (void)state;
    kd_store        *store = kd_double_store();
    kd_double        study = { .count = 1, .input = -1 };
    kd_lock         *lock;
    kd_sweep        *sweep;
    kd_sweep_options options = kd_double_options(store, &study, silent);
    kd_error         err;
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    assert_fails(KD_EIO, "is held by process", kd_sweep_open(&sweep, &options, &err), &err);
    kd_lock_release(lock);
}

/* While this run slept another member took its cell over, finished it and removed what is in its work
 * folder: a failure of ours says nothing of the cell. */
static void test_leaves_a_failure_to_who_has_taken_the_cell_over(void **state)
{
    (void)state;
    static const char theirs[] = "kdgrid-claim 1 other-7-0123\n";
    kd_store         *store = kd_double_store();
    kd_double         study = { .count = 1, .input = -1 };
    kd_sweep         *sweep = open_sweep(store, &study);
    kd_outcome        bad = failed(KD_CAUSE_BAD, KD_ENOINPUT);
    kd_assignment     cell = next(sweep, 0, 1);
    char              id[KD_ID_TEXT];
    kd_error          err;
    kd_id_text(id, cell.id);
    char *claim = kd_sprintf("%s/claims/%s", kd_store_folder(store), id);
    assert_ok(kd_fs_write(claim, theirs, strlen(theirs), &err), &err);
    kd_sweep_result(sweep, 0, cell.lease, &bad, 2);
    assert_false(kd_sweep_is_over(sweep));
    leave_object(store, 0);
    kd_assignment none;
    assert_false(kd_sweep_next(sweep, 0, 10, &none));
    assert_true(kd_sweep_is_over(sweep));
    assert_ok(kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, 0), 0);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, 0), 1);
    free(claim);
}

/* Its file is gone: somebody has had the store alone. Nothing is recorded any more, and all stops. */
static void test_stops_at_once_when_it_was_taken_for_dead(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 2, .input = -1 };
    kd_sweep     *sweep = open_sweep(store, &study);
    kd_outcome    good = done(), bad = failed(KD_CAUSE_BAD, KD_ENOINPUT);
    kd_assignment first = next(sweep, 0, 1), second = next(sweep, 1, 1);
    char         *members = kd_fs_join(kd_store_folder(store), "members");
    kd_error      err;
    assert_ok(kd_fs_remove(members, &err), &err);
    kd_sweep_result(sweep, 0, first.lease, &bad, 2);
    assert_int_equal(kd_sweep_urgency(sweep, 2), 2);
    leave_object(store, second.lease.node);
    kd_sweep_result(sweep, 1, second.lease, &good, 2);
    kd_sweep_commit(sweep, true);
    assert_false(kd_sweep_is_durable(sweep));
    assert_true(kd_sweep_is_over(sweep));
    assert_fails(KD_ESTOPPED, "was taken for dead", kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, SIZE_MAX), 0);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 0);
    free(members);
}

/* What the store has as the plan saw it, and as it is once somebody had the store alone. */
static bool all_was_there = true;

static bool was_there(size_t node)
{
    return all_was_there || node > 1;
}

static kd_status look_again(void *self, const kd_store *store, kd_error *err)
{
    (void)self, (void)store, (void)err;
    all_was_there = false;
    return KD_OK;
}

static void test_looks_again_when_it_has_joined(void **state)
{
    (void)state;
    kd_store        *store = kd_double_store();
    kd_double        study = { .count = 3, .input = 0, .is_done = was_there };
    kd_sweep_options options = kd_double_options(store, &study, silent);
    kd_sweep        *sweep;
    kd_error         err;
    options.work.look = look_again;
    assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
    kd_sweep_hear(sweep, 0, 0);
    assert_int_equal(next(sweep, 0, 0).lease.node, 0);
    kd_sweep_lose(sweep, 0, "the test is over", 1);
    kd_sweep_halt(sweep, "the test is over");
    assert_fails(KD_ESTOPPED, "2 of 3 are left", kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, 2), 1);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, SIZE_MAX), 1);
}

/* Two sweeps of one study: each takes what the other has not, and adopts what the other made. */
static void test_shares_a_store_with_another(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 3, .input = 0 };
    kd_sweep     *first = open_sweep(store, &study), *second = open_sweep(store, &study);
    kd_outcome    good = done();
    kd_assignment other;
    kd_error      err;
    kd_assignment teacher = next(first, 0, 1);
    assert_false(kd_sweep_next(second, 0, 1, &other)); /* all stands on the teacher */
    assert_false(kd_sweep_is_over(second));
    leave_object(store, 0);
    kd_sweep_result(first, 0, teacher.lease, &good, 2);
    kd_assignment student = next(first, 0, 2);
    other = next(second, 0, 2);
    assert_false(kd_id_equal(student.id, other.id));
    leave_object(store, student.lease.node);
    leave_object(store, other.lease.node);
    kd_sweep_result(first, 0, student.lease, &good, 3);
    kd_sweep_result(second, 0, other.lease, &good, 3);
    assert_false(kd_sweep_is_over(first));
    assert_false(kd_sweep_next(first, 0, 4, &student)); /* the second one's is there */
    assert_false(kd_sweep_next(second, 0, 4, &other));
    assert_true(kd_sweep_is_over(first) && kd_sweep_is_over(second));
    assert_ok(kd_sweep_close(first, &err), &err);
    assert_ok(kd_sweep_close(second, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 3);
    for (size_t n = 0; n < 3; n++)
        assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, n), 1);
}

static int threads_of(size_t node)
{
    return node == 1 ? 8 : 1;
}

/* Of two members the smaller leaves a cell that is too wide for it, as long as the larger one is there. */
static void test_leaves_a_wide_cell_to_a_larger_member(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 3, .input = -1, .threads = threads_of };
    kd_sweep     *small = open_sweep(store, &study), *large = open_sweep(store, &study);
    kd_outcome    good = done();
    kd_assignment none;
    kd_error      err;
    for (int w = 0; w < 2; w++) {
        kd_sweep_seat(small, w, 0, 4);
        kd_sweep_seat(large, w, 0, 16);
    }
    for (int w = 0; w < 2; w++) {
        kd_assignment cell = next(small, w, 1);
        assert_int_not_equal(cell.lease.node, 1);
        leave_object(store, cell.lease.node);
        kd_sweep_result(small, w, cell.lease, &good, 2);
    }
    assert_false(kd_sweep_next(small, 0, 3, &none));
    assert_int_equal(next(large, 0, 4).lease.node, 1);
    kd_sweep_halt(large, "the test is over");
    assert_int_equal(kd_sweep_close(large, &err), KD_ESTOPPED);
    kd_sweep_hear(small, 0, 100);
    assert_int_equal(next(small, 0, 100).lease.node, 1); /* on the cores that there are */
    kd_sweep_halt(small, "the test is over");
    assert_int_equal(kd_sweep_close(small, &err), KD_ESTOPPED);
}

/* A sweep that was away so long that another took its cell over and made it does not count it. */
static void test_adopts_what_was_taken_over_from_it(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 1, .input = -1 };
    kd_sweep     *sweep = open_sweep(store, &study);
    kd_outcome    good = done();
    kd_assignment assign = next(sweep, 0, 0);
    kd_error      err;
    char          id[KD_ID_TEXT];
    kd_id_text(id, assign.id);
    char *claim = kd_sprintf("%s/claims/%s", kd_store_folder(store), id);
    assert_ok(kd_fs_remove(claim, &err), &err);
    leave_object(store, 0);
    kd_sweep_result(sweep, 0, assign.lease, &good, 100);
    assert_ok(kd_sweep_close(sweep, &err), &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, 0), 0);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ADOPTED, 0), 1);
    free(claim);
}

/* ---- wide cells ---- */

enum { MACHINES = 3 };

static int ranks_of(size_t node)
{
    return node == 0 ? 5 : 1;
}

static int cores_of(size_t node)
{
    return node == 0 ? 5 : 1;
}

/* A worker on each of three machines, n10 behind n9, of so many cores. */
static kd_sweep *open_over_machines(const kd_store *store, kd_double *study, int cores)
{
    static const char *const names[MACHINES] = { "n10", "n9", "n8" };
    kd_sweep                *sweep;
    kd_error                 err;
    kd_sweep_options         options = kd_double_options(store, study, silent);
    options.workers = MACHINES;
    assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
    assert_true(kd_sweep_has_wide(sweep));
    for (int w = 0; w < MACHINES; w++) {
        kd_sweep_hear(sweep, w, 0);
        kd_sweep_seat(sweep, w, w, cores);
        kd_sweep_name_place(sweep, w, names[w]);
    }
    return sweep;
}

static void test_spreads_a_wide_cell_and_says_where(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 2, .input = -1, .threads = cores_of, .ranks = ranks_of };
    kd_sweep *sweep = open_over_machines(store, &study, 2);
    kd_str    text = KD_STR_INIT;
    kd_error  err;
    assert_true(kd_sweep_has_room(sweep));
    kd_assignment wide = next(sweep, 1, 0);
    assert_int_equal(wide.lease.node, 0);
    assert_true(wide.is_spread);
    char *path = kd_store_work_path(store, wide.id, "hosts");
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, "n8 slots=1\nn9 slots=2\nn10 slots=2\n");
    kd_assignment narrow = next(sweep, 2, 0);
    assert_false(narrow.is_spread);
    kd_sweep_lose(sweep, 0, "fell silent", 1);
    assert_int_equal(kd_ledger_broken(kd_sweep_ledger(sweep)), 1);
    kd_sweep_break(sweep, 1, 1);
    assert_int_equal(kd_ledger_held_by(kd_sweep_ledger(sweep), 1), KD_NO_NODE);
    assert_int_equal(kd_ledger_held_by(kd_sweep_ledger(sweep), 2), narrow.lease.node);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, 0), 0); /* not durable yet */
    kd_sweep_commit(sweep, true);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, 0), 1);
    kd_sweep_halt(sweep, "the test is over");
    assert_int_equal(kd_sweep_close(sweep, &err), KD_ESTOPPED);
    kd_str_fini(&text);
    free(path);
}

static void test_refuses_a_wide_cell_without_room(void **state)
{
    (void)state;
    kd_store     *store = kd_double_store();
    kd_double     study = { .count = 2, .input = -1, .threads = cores_of, .ranks = ranks_of };
    kd_sweep     *sweep = open_over_machines(store, &study, 1);
    kd_assignment none;
    kd_error      err;
    assert_false(kd_sweep_has_room(sweep));
    assert_false(kd_sweep_next(sweep, 0, 0, &none));
    assert_true(kd_sweep_is_over(sweep));
    assert_fails(KD_ECONFIG, "double 0 finds no room: its workers have 3 x 1",
                 kd_sweep_close(sweep, &err), &err);
}

static void test_ends_a_sweep_of_nothing_well(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 0, .input = -1 };
    kd_sweep *sweep = open_sweep(store, &study);
    kd_error  err;
    assert_true(kd_sweep_is_over(sweep));
    assert_ok(kd_sweep_close(sweep, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_the_cell_before_it_is_given),
        cmocka_unit_test(test_counts_cells_apart_from_what_they_stand_on),
        cmocka_unit_test(test_records_each_result_once),
        cmocka_unit_test(test_gives_a_lost_cell_to_another_and_refuses_the_old_result),
        cmocka_unit_test(test_adopts_an_object_that_came_meanwhile),
        cmocka_unit_test(test_adopts_what_an_earlier_run_left_without_a_record),
        cmocka_unit_test(test_records_causes),
        cmocka_unit_test(test_counts_leases_over_runs),
        cmocka_unit_test(test_gives_up_in_words_and_takes_what_needs_it_along),
        cmocka_unit_test(test_remembers_divergence_and_forgets_crashes),
        cmocka_unit_test(test_refuses_a_store_that_somebody_has_alone),
        cmocka_unit_test(test_leaves_a_failure_to_who_has_taken_the_cell_over),
        cmocka_unit_test(test_stops_at_once_when_it_was_taken_for_dead),
        cmocka_unit_test(test_looks_again_when_it_has_joined),
        cmocka_unit_test(test_shares_a_store_with_another),
        cmocka_unit_test(test_leaves_a_wide_cell_to_a_larger_member),
        cmocka_unit_test(test_adopts_what_was_taken_over_from_it),
        cmocka_unit_test(test_spreads_a_wide_cell_and_says_where),
        cmocka_unit_test(test_refuses_a_wide_cell_without_room),
        cmocka_unit_test(test_ends_a_sweep_of_nothing_well),
    };
    silent = kd_progress_create(KD_PROGRESS_NONE, stderr);
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    kd_progress_destroy(silent);
    return bad;
}
