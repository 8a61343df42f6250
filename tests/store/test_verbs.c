/* `kdgrid status` and `kdgrid fsck` say how a store stands, to people and to programs. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/cmd/cmd.h"
#include "harness/store/journal.h"
#include "harness/store/live.h"
#include "harness/store/lock.h"
#include "tests/store/fixture.h"

typedef kd_status (*verb)(int argc, char **argv, kd_error *err);

/* Run a verb with up to two words; what it prints to stdout goes to *output, which the caller
 * frees. */
static kd_status run(verb v, const char *first, const char *second, char **output, kd_error *err)
{
    char  *argv[] = { kd_strdup("verb"), kd_strdup(first), kd_strdup(second ? second : ""), NULL };
    char  *path = kd_fs_join(kd_test_folder(), "stdout");
    size_t length;
    int    kept = dup(STDOUT_FILENO), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    kd_status status = v(second ? 3 : 2, argv, err);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    *output = fixture_read(path, &length);
    for (int i = 0; i < 3; i++) free(argv[i]);
    free(path);
    return status;
}

static void assert_says(const char *output, const char *words)
{
    if (!strstr(output, words)) fail_msg("expected \"%s\" in:\n%s", words, output);
}

static void assert_status_says(const kd_store *store, const char *words)
{
    kd_error err;
    char    *output;
    assert_ok(run(kd_cmd_status, kd_store_folder(store), NULL, &output, &err), &err);
    assert_says(output, words);
    free(output);
}

static void say_why(kd_journal *journal, kd_journal_type type, unsigned cell, kd_status status,
                    kd_cause cause, const char *text)
{
    kd_journal_append(journal, &(kd_journal_entry){ .type = type,
                                                    .status = status,
                                                    .cause = cause,
                                                    .id = fixture_id(cell),
                                                    .attempt = 1,
                                                    .worker = (int)cell,
                                                    .text = text });
}

/* As an older program did, that did not tell causes. */
static void say(kd_journal *journal, kd_journal_type type, unsigned cell, kd_status status,
                const char *text)
{
    say_why(journal, type, cell, status, KD_CAUSE_NONE, text);
}

/* Seven nodes to do: 1 is done, 2 fails for good, 3 was lost, 4 stopped, 5 runs, two wait. */
static kd_journal *half_a_run(const kd_store *store)
{
    kd_error    err;
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    kd_journal_append(
        journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .value = 7, .text = "study" });
    static const char *const labels[] = { "",         "hidden=1", "hidden=2",
                                          "hidden=3", "hidden=4", "hidden=5" };
    for (unsigned i = 1; i <= 5; i++) say(journal, KD_JOURNAL_ASSIGNED, i, KD_OK, labels[i]);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_ok(kd_store_drop_work(store, fixture_id(1), &err), &err);
    say(journal, KD_JOURNAL_DONE, 1, KD_OK, NULL);
    say(journal, KD_JOURNAL_FAILED, 2, KD_EDATA, "train.tsv:7: expected 2 columns");
    say(journal, KD_JOURNAL_GIVEN_UP, 2, KD_EDATA, "train.tsv:7: expected 2 columns");
    say(journal, KD_JOURNAL_LOST, 3, KD_EIO, "its worker is gone");
    say(journal, KD_JOURNAL_STOPPED, 4, KD_OK, NULL);
    assert_ok(kd_journal_commit(journal, &err), &err);
    return journal;
}

static void test_status_of_a_new_store(void **state)
{
    (void)state;
    kd_store *store = fixture_store("new");
    assert_status_says(store, "no run yet\n  done          0\n");
    assert_false(kd_fs_exists(fixture_path(store, "lock")));
    assert_false(kd_fs_exists(fixture_path(store, "catalogue.h5")));
    kd_store_close(store);
}

static void test_status_beside_a_run(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("live");
    kd_lock  *lock;
    char      words[64];
    uint32_t  beside;
    assert_ok(kd_lock_join(&lock, store, &err), &err);
    kd_journal *journal = half_a_run(store);
    assert_ok(kd_lock_tell(lock, 1, &beside, &err), &err);
    assert_int_equal(beside, 1);
    kd_live live = { .written_s = kd_clock_unix_s(), .eta_s = 90, .workers = 3, .blocked = 1 };
    kd_vec_push(
        &live.cells,
        (kd_live_cell){ fixture_id(5), 5, { 0.4134, 0.8123, 12, 50 }, live.written_s - 120, 0 });
    kd_live_write(store, 1, &live);
    kd_live_fini(&live);
    snprintf(words, sizeof words, ", at work: process %ld on ", (long)getpid());
    assert_status_says(store, "run 1: study, begun ");
    assert_status_says(store, words);
    assert_status_says(store, "  done          1\n"
                              "  running       1\n"
                              "  stopped       1\n"
                              "  retry         1\n"
                              "  failed        1\n"
                              "  blocked       1: what they stand on failed\n"
                              "  waiting       1\n"
                              "  left          1 min 30 s with 3 workers\n"
                              "running  worker 5 for ");
    assert_status_says(store, ": hidden=5, epoch 12 of 50, loss 0.4134, devel f1 0.8123, ");
    assert_status_says(store, " left\n");
    assert_status_says(store,
                       "failed   1 by data, the last: hidden=2: train.tsv:7: expected 2 columns\n");
    kd_journal_close(journal);
    kd_lock_release(lock);
    kd_store_close(store);
}

static void test_status_after_a_run(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("over");
    kd_journal *journal = half_a_run(store);
    assert_status_says(store, "gone without an end");
    assert_status_says(store, "  interrupted   1\n");
    kd_journal_append(
        journal,
        &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END, .blocked = 4, .text = "stopped early" });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_status_says(store, ": stopped early\n");
    assert_status_says(store, "  blocked       4: what they stand on failed\n");
    fixture_flip(fixture_path(store, "journal/0001"), 100, 1);
    assert_status_says(store, "damage   in 1 places of the journals: see kdgrid fsck\n");
    kd_store_close(store);
}

/* Cells 10 to 19 of two settings: all with method=b fail, of those with hidden=1 every second. A
 * corpus that is done beside them has none of these settings.
 *
 * p of method=b: C(5,5) C(5,0) / C(10,5) = 1/252. Four settings could come below 0.05 at best,
 * four of them below 0.05 / 2 (hidden with 5/210), two below 0.05 / 3: so 3 are compared. */
static void test_status_groups_failures(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("failures");
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    for (unsigned i = 10; i < 20; i++) {
        char label[64];
        snprintf(label, sizeof label, "hidden=%u method=%s seed=%u", i < 14 ? 1 : 2,
                 i % 2 ? "b" : "a", i);
        say(journal, KD_JOURNAL_ASSIGNED, i, KD_OK, label);
        if (i % 2 == 0)
            say(journal, KD_JOURNAL_DONE, i, KD_OK, NULL);
        else if (i == 11)
            say_why(journal, KD_JOURNAL_GIVEN_UP, i, KD_EBUG, KD_CAUSE_MEMORY, "signal 9 (Killed)");
        else
            say_why(journal, KD_JOURNAL_GIVEN_UP, i, KD_EBUG, KD_CAUSE_CRASH, "crash course");
    }
    say(journal, KD_JOURNAL_ASSIGNED, 20, KD_OK, "corpus synth");
    say(journal, KD_JOURNAL_DONE, 20, KD_OK, NULL);
    say(journal, KD_JOURNAL_ASSIGNED, 21, KD_OK,
        "hidden=2 method=b seed=21"); /* says nothing yet */
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_status_says(
        store, "failed   4 by crash, the last: hidden=2 method=b seed=19: crash course\n"
               "failed   1 by memory, the last: hidden=1 method=b seed=11: signal 9 (Killed)\n"
               "failed   more often than by chance (hypergeometric p up to 0.05 / 3 compared):\n"
               "failed   5 of 5 with method=b; with any method 5 of 10; p 0.004\n"
               "failed   no more than by chance with the other settings of these cells: 7\n");
    kd_store_close(store);
}

static kd_json_document *run_json(verb v, const kd_store *store)
{
    kd_error          err;
    kd_json_document *document;
    char             *output;
    assert_ok(run(v, kd_store_folder(store), "--json", &output, &err), &err);
    assert_ok(kd_json_parse(&document, output, strlen(output), "output", &err), &err);
    free(output);
    return document;
}

static void test_status_for_programs(void **state)
{
    (void)state;
    kd_store *store = fixture_store("json");
    kd_journal_close(half_a_run(store));
    kd_json_document *document = run_json(kd_cmd_status, store);
    const kd_json    *root = kd_json_root(document), *cells = kd_json_get(root, "cells"),
                  *open = kd_json_get(root, "open");
    assert_false(kd_json_to_bool(kd_json_get(kd_json_get(root, "run"), "live"), true));
    assert_string_equal(kd_json_to_text(kd_json_get(kd_json_get(root, "run"), "name"), ""),
                        "study");
    assert_int_equal(kd_json_to_int(kd_json_get(cells, "done"), -1), 1);
    assert_int_equal(kd_json_to_int(kd_json_get(cells, "interrupted"), -1), 1);
    assert_int_equal(kd_json_to_int(kd_json_get(cells, "waiting"), -1), 0);
    assert_int_equal(
        kd_json_to_int(kd_json_get(kd_json_get(kd_json_get(root, "failures"), "by_class"), "data"),
                       -1),
        1);
    assert_int_equal(kd_json_count(open), 4);
    assert_string_equal(kd_json_to_text(kd_json_get(kd_json_at(open, 0), "failure"), ""), "data");
    assert_string_equal(kd_json_to_text(kd_json_get(kd_json_at(open, 3), "state"), ""),
                        "interrupted");
    kd_json_close(document);
    kd_store_close(store);
}

static void test_fsck_says_yes_or_no(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("check");
    char       *output, *path = kd_store_object_path(store, fixture_id(1));
    const char *folder = kd_store_folder(store);
    kd_journal_close(half_a_run(store));
    assert_ok(run(kd_cmd_fsck, folder, NULL, &output, &err), &err);
    assert_says(
        output,
        ": 1 objects, 11 journal records, 0 checkpoints; problems: 0, mended: 0, notes: 0\n");
    free(output);

    assert_int_equal(truncate(path, 700), 0);
    assert_fails(KD_ECHECK, ": 1 problem; --repair mends",
                 run(kd_cmd_fsck, folder, NULL, &output, &err), &err);
    assert_says(output, "problem: damaged: ");
    assert_says(output, path);
    free(output);
    assert_ok(run(kd_cmd_fsck, folder, "--repair", &output, &err), &err);
    assert_says(output, " [mended]\n");
    free(output);
    assert_ok(run(kd_cmd_fsck, folder, NULL, &output, &err), &err);
    free(output);
    assert_status_says(store, "  removed       1\n");
    free(path);
    kd_store_close(store);
}

static void test_fsck_for_programs(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("checkjson");
    assert_ok(fixture_commit(store, fixture_id(0), 0, &err), &err);
    assert_ok(kd_store_drop_work(store, fixture_id(0), &err), &err);
    kd_json_document *document = run_json(kd_cmd_fsck, store);
    const kd_json    *root = kd_json_root(document),
                  *finding = kd_json_at(kd_json_get(root, "findings"), 0);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "objects"), -1), 1);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "problems"), -1), 0);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "notes"), -1), 1);
    assert_string_equal(kd_json_to_text(kd_json_get(finding, "kind"), ""), "unrecorded");
    assert_false(kd_json_to_bool(kd_json_get(finding, "problem"), true));
    kd_json_close(document);
    kd_store_close(store);
}

static void test_both_refuse_what_is_no_store(void **state)
{
    (void)state;
    kd_error          err;
    static const verb verbs[] = { kd_cmd_status, kd_cmd_fsck };
    for (int i = 0; i < 2; i++) {
        char *output;
        assert_fails(KD_ENOINPUT, "/nowhere: there is no such store",
                     run(verbs[i], "/nowhere", NULL, &output, &err), &err);
        free(output);
        assert_fails(KD_EDATA, "is not a store",
                     run(verbs[i], kd_test_folder(), NULL, &output, &err), &err);
        free(output);
        assert_fails(KD_EUSAGE, "", run(verbs[i], "a", "b", &output, &err), &err);
        free(output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_of_a_new_store),
        cmocka_unit_test(test_status_beside_a_run),
        cmocka_unit_test(test_status_after_a_run),
        cmocka_unit_test(test_status_groups_failures),
        cmocka_unit_test(test_status_for_programs),
        cmocka_unit_test(test_fsck_says_yes_or_no),
        cmocka_unit_test(test_fsck_for_programs),
        cmocka_unit_test(test_both_refuse_what_is_no_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
