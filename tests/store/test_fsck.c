/* It finds what is wrong with a store, says so once, and mends it so that nothing is left to say.
 */
#include "harness/store/fsck.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/checkpoint.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "tests/store/fixture.h"

static void append_finding(void *user, const kd_fsck_finding *finding)
{
    kd_str_addf(user, "%s %s%s: %s\n", finding->is_problem ? "problem" : "note", finding->kind,
                finding->is_mended ? " mended" : "", finding->text);
}

/* All findings, a line each; the caller frees them. */
static char *findings(const kd_store *store, bool repair, kd_fsck_counts *counts)
{
    kd_error err;
    kd_str   lines = KD_STR_INIT;
    assert_ok(kd_fsck_run(store, repair, append_finding, &lines, counts, &err), &err);
    return kd_str_take(&lines);
}

static void assert_clean(const kd_store *store)
{
    kd_fsck_counts counts;
    char          *lines = findings(store, false, &counts);
    assert_string_equal(lines, "");
    free(lines);
}

/* One finding that begins with `kind`, one whose words are these; mended by the repair, then gone.
 */
static void assert_finds_and_mends(const kd_store *store, const char *kind, const char *words)
{
    kd_fsck_counts counts;
    for (int repair = 0; repair <= 1; repair++) {
        char *lines = findings(store, repair, &counts);
        if (!kd_starts_with(lines, kind) || !strstr(lines, words) ||
            (!strstr(lines, " mended: ") && repair) || counts.problems + counts.notes != 1)
            fail_msg("expected \"%s ... %s\", found \"%s\"", kind, words, lines);
        free(lines);
    }
    assert_clean(store);
}

/* Objects 0 .. count-1 and a journal that tells of them. */
static void fill(const kd_store *store, unsigned count)
{
    kd_error          err;
    kd_journal_entry *entries = kd_alloc(count + 2, sizeof *entries);
    entries[0] = (kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .text = "study" };
    for (unsigned i = 0; i < count; i++) {
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
        assert_ok(kd_store_drop_work(store, fixture_id(i), &err), &err);
        entries[i + 1] = (kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = fixture_id(i) };
    }
    entries[count + 1] = (kd_journal_entry){ .type = KD_JOURNAL_RUN_END };
    fixture_record(store, entries, count + 2);
    free(entries);
}

static kd_store *filled_store(const char *name, unsigned count)
{
    kd_store *store = fixture_store(name);
    fill(store, count);
    return store;
}

static void test_finds_nothing_in_a_whole_store(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = filled_store("whole", 5);
    kd_catalogue  *catalogue;
    kd_fsck_counts counts;
    assert_ok(kd_catalogue_open(&catalogue, store, NULL, &err), &err);
    kd_catalogue_close(catalogue);
    for (int repair = 0; repair <= 1; repair++) {
        free(findings(store, repair, &counts));
        assert_int_equal(counts.objects, 5);
        assert_int_equal(counts.records, 7);
        assert_int_equal(counts.problems + counts.notes, 0);
    }
    kd_store_close(store);
}

static void test_sets_a_damaged_object_aside(void **state)
{
    (void)state;
    kd_store *store = filled_store("object", 3);
    char     *path = kd_store_object_path(store, fixture_id(1));
    assert_int_equal(truncate(path, 500), 0);
    assert_finds_and_mends(store, "problem damaged", path);
    assert_false(kd_store_has(store, fixture_id(1)));
    assert_true(kd_store_has(store, fixture_id(2)));
    free(path);
    kd_store_close(store);
}

/* Instead of a file that crashes one version of HDF5: the linker puts this before the function of that name. */
static kd_id poison;

kd_status __real_kd_object_verify(kd_object *object, kd_error *err);
kd_status __wrap_kd_object_verify(kd_object *object, kd_error *err);
kd_status __wrap_kd_object_verify(kd_object *object, kd_error *err)
{
    if (!kd_id_equal(kd_object_id(object), poison)) return __real_kd_object_verify(object, err);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit code of it */
    raise(SIGSEGV);
    return KD_OK;
}

static void test_goes_on_behind_an_object_that_crashes_its_reader(void **state)
{
    (void)state;
    kd_fsck_counts counts;
    kd_store      *store = filled_store("poison", 5);
    poison = fixture_id(1);
    free(findings(store, false, &counts));
    assert_int_equal(counts.objects, 5);
    assert_finds_and_mends(store, "problem damaged", "ended the library that reads it with signal");
    poison = (kd_id){ 0 };
    assert_false(kd_store_has(store, fixture_id(1)));
    kd_store_close(store);
}

static void test_sets_aside_what_can_never_be_read(void **state)
{
    (void)state;
    for (int way = 0;; way++) {
        char name[32];
        snprintf(name, sizeof name, "spoilt%d", way);
        kd_store *store = filled_store(name, 3);
        char     *path = kd_store_object_path(store, fixture_id(1));
        bool      is_spoilt = fixture_spoil(path, way);
        if (is_spoilt) assert_finds_and_mends(store, "problem damaged", path);
        assert_int_equal(kd_store_has(store, fixture_id(1)), !is_spoilt);
        free(path);
        kd_store_close(store);
        if (!is_spoilt) break;
    }
}

static void test_sets_a_foreign_object_aside(void **state)
{
    (void)state;
    kd_store *store = filled_store("foreign", 3);
    char     *path = kd_store_object_path(store, fixture_id(1));
    fixture_write(path, "not ours", 8);
    assert_finds_and_mends(store, "problem damaged", "is not a whole HDF5 file");
    free(path);
    kd_store_close(store);
}

static void test_names_what_is_missing(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("missing", 3);
    char     *path = kd_store_object_path(store, fixture_id(2)), id[KD_ID_TEXT];
    kd_id_text(id, fixture_id(2));
    assert_ok(kd_fs_remove(path, &err), &err);
    assert_finds_and_mends(store, "problem missing", id);
    free(path);
    kd_store_close(store);
}

static void test_records_what_no_journal_tells_of(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("unrecorded", 2);
    assert_ok(fixture_commit(store, fixture_id(9), 9, &err), &err);
    assert_ok(kd_store_drop_work(store, fixture_id(9), &err), &err);
    assert_finds_and_mends(store, "note unrecorded", "no journal tells of it");
    kd_store_close(store);
}

static void test_cuts_a_torn_journal(void **state)
{
    (void)state;
    kd_store   *store = filled_store("torn", 4);
    const char *path = fixture_path(store, "journal/0001");
    assert_int_equal(truncate(path, (off_t)kd_fs_size(path) - 10), 0);
    assert_finds_and_mends(store, "problem torn", "journal/0001: 62 bytes at ");
    kd_store_close(store);
}

static void test_writes_a_damaged_journal_again(void **state)
{
    (void)state;
    kd_store      *store = filled_store("journal", 4);
    kd_fsck_counts counts;
    fixture_flip(fixture_path(store, "journal/0001"), 32 + 80 + 72 + 30, 4); /* the second DONE */
    char *lines = findings(store, true, &counts);
    assert_non_null(strstr(lines, "problem damaged mended: "));
    assert_non_null(strstr(lines, "journal/0001: 72 bytes at 184 are no record\n"));
    assert_non_null(strstr(lines, "note unrecorded mended: "));
    assert_int_equal(counts.problems + counts.notes, 2);
    assert_true(kd_fs_exists(fixture_path(store, "damaged/journal-0001")));
    assert_clean(store);
    free(lines);
    kd_store_close(store);
}

static void test_sets_a_damaged_checkpoint_aside(void **state)
{
    (void)state;
    kd_error             err;
    kd_store            *store = filled_store("checkpoint", 1);
    kd_checkpoint_draft *draft;
    char                *path = kd_store_work_path(store, fixture_id(7), "checkpoint-00000001.h5");
    assert_ok(kd_checkpoint_create(&draft, store, fixture_id(7), 1, &err), &err);
    assert_ok(kd_checkpoint_commit(draft, &err), &err);
    assert_clean(store);
    fixture_flip(path, 60, 1);
    assert_finds_and_mends(store, "problem damaged", "checkpoint-00000001.h5");
    free(path);
    kd_store_close(store);
}

static void test_removes_what_was_never_finished(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("stray", 1);
    char     *draft = kd_store_work_path(store, fixture_id(7), "object.h5.tmp.node3-12");
    assert_ok(kd_store_make_work(store, fixture_id(7), &err), &err);
    const char *const strays[] = { draft, fixture_path(store, "catalogue.h5.tmp.12"),
                                   fixture_path(store, "objects/ab.tmp.1") };
    for (int i = 0; i < 3; i++) {
        fixture_write(strays[i], "half", 4);
        assert_finds_and_mends(store, "note stray", strays[i]);
    }
    free(draft);
    kd_store_close(store);
}

static void test_sets_aside_what_only_has_the_name_of_a_journal(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = filled_store("number", 2);
    kd_journal *journal;
    fixture_write(fixture_path(store, "journal/4294967294"), "nothing of ours, and longer than 32",
                  35);
    assert_finds_and_mends(store, "problem damaged", "journal/4294967294: 35 bytes at 0");
    assert_false(kd_fs_exists(fixture_path(store, "journal/4294967294")));
    assert_true(kd_fs_exists(fixture_path(store, "damaged/journal-4294967294")));
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    kd_journal_close(journal);
    kd_store_close(store);
}

static void test_removes_the_work_of_finished_cells(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("left", 1);
    assert_ok(kd_store_make_work(store, fixture_id(0), &err), &err);
    assert_finds_and_mends(store, "note left-over", "its object is there");
    kd_store_close(store);
}

static void test_removes_a_damaged_catalogue(void **state)
{
    (void)state;
    kd_error      err;
    kd_store     *store = filled_store("catalogue", 3);
    kd_catalogue *catalogue;
    assert_ok(kd_catalogue_open(&catalogue, store, NULL, &err), &err);
    kd_catalogue_close(catalogue);
    fixture_flip(fixture_path(store, "catalogue.h5"), 20, 1);
    assert_finds_and_mends(store, "problem damaged", "it can be rebuilt");
    kd_store_close(store);
}

static void catalogue(const kd_store *store)
{
    kd_error err;
    assert_ok(kd_catalogue_update(store, &err), &err);
}

static void test_forgets_the_row_of_what_it_sets_aside(void **state)
{
    (void)state;
    kd_store      *store = filled_store("forget", 3);
    kd_fsck_counts counts;
    char          *path = kd_store_object_path(store, fixture_id(1));
    catalogue(store);
    assert_int_equal(truncate(path, 500), 0);
    char *lines = findings(store, true, &counts);
    assert_non_null(strstr(lines, "problem damaged mended: "));
    assert_int_equal(fixture_rows(store), 2);
    assert_clean(store);
    free(lines);
    free(path);
    kd_store_close(store);
}

static void test_counts_stale_rows(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("rows", 3);
    catalogue(store);
    fixture_date(store, fixture_id(0), 1000000000);
    assert_finds_and_mends(store, "note stale", "catalogue.h5: of its 3 rows 1 tell of objects");
    assert_int_equal(fixture_rows(store), 3);
    catalogue(store);
    assert_ok(fixture_commit(store, fixture_id(7), 7, &err), &err); /* lacking one is no finding */
    assert_ok(kd_store_drop_work(store, fixture_id(7), &err), &err);
    assert_finds_and_mends(store, "note unrecorded", "no journal tells of it");
    kd_store_close(store);
}

/* What a table would print, with the object's size and time, and no object holds it. */
static void test_compares_figures_with_the_objects(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = filled_store("figures", 3);
    kd_catalogue    *rows;
    kd_record_metric metrics[8];
    char             id[KD_ID_TEXT];
    size_t           count;
    kd_id_text(id, fixture_id(1));
    assert_ok(kd_catalogue_open(&rows, store, NULL, &err), &err);
    const kd_record *records = kd_catalogue_records(rows, &count);
    kd_record        wrong[3];
    for (size_t i = 0; i < 3; i++) {
        wrong[i] = records[i];
        if (!kd_id_equal(wrong[i].id, fixture_id(1))) continue;
        memcpy(metrics, wrong[i].metrics, wrong[i].metric_count * sizeof *metrics);
        metrics[0].value = 0.99;
        wrong[i].metrics = metrics;
    }
    assert_ok(kd_catalogue_write(store, wrong, 3, &err), &err);
    kd_catalogue_close(rows);
    assert_finds_and_mends(store, "problem stale", id);
    assert_int_equal(fixture_rows(store), 3);
    kd_store_close(store);
}

static void test_leaves_foreign_files_alone(void **state)
{
    (void)state;
    kd_store      *store = filled_store("notes", 1);
    kd_fsck_counts counts;
    fixture_write(fixture_path(store, "objects/notes.txt"), "mine", 4);
    fixture_write(fixture_path(store, "work/notes.txt"), "mine", 4);
    free(findings(store, true, &counts));
    assert_int_equal(counts.problems, 0);
    assert_int_equal(counts.notes, 2);
    assert_true(kd_fs_exists(fixture_path(store, "objects/notes.txt")));
    kd_store_close(store);
}

static void test_leaves_a_live_store_alone(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = filled_store("live", 2);
    kd_lock       *lock;
    kd_fsck_counts counts;
    char          *draft = kd_store_work_path(store, fixture_id(7), "checkpoint-00000001.h5.tmp.5");
    const char    *journal = fixture_path(store, "journal/0001");
    assert_ok(kd_store_make_work(store, fixture_id(7), &err), &err);
    fixture_write(draft, "half", 4);
    assert_int_equal(truncate(journal, (off_t)kd_fs_size(journal) - 10), 0);
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    assert_clean(store);
    assert_fails(KD_EIO, "is held by process", kd_fsck_run(store, true, NULL, NULL, &counts, &err),
                 &err);
    kd_lock_release(lock);
    free(findings(store, false, &counts));
    assert_int_equal(counts.problems, 1);
    assert_int_equal(counts.notes, 1);
    free(draft);
    kd_store_close(store);
}

static void test_finds_many_things_at_once(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = filled_store("many", 10);
    kd_fsck_counts counts;
    for (unsigned i = 0; i < 4; i++) {
        char *path = kd_store_object_path(store, fixture_id(i));
        if (i % 2)
            assert_int_equal(truncate(path, 300), 0);
        else
            assert_ok(kd_fs_remove(path, &err), &err);
        free(path);
    }
    free(findings(store, false, &counts));
    assert_int_equal(counts.problems, 4);
    assert_int_equal(counts.mended, 0);
    free(findings(store, true, &counts));
    assert_int_equal(counts.problems, 4);
    assert_int_equal(counts.mended, 4);
    assert_clean(store);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_nothing_in_a_whole_store),
        cmocka_unit_test(test_sets_a_damaged_object_aside),
        cmocka_unit_test(test_goes_on_behind_an_object_that_crashes_its_reader),
        cmocka_unit_test(test_sets_aside_what_can_never_be_read),
        cmocka_unit_test(test_sets_a_foreign_object_aside),
        cmocka_unit_test(test_names_what_is_missing),
        cmocka_unit_test(test_records_what_no_journal_tells_of),
        cmocka_unit_test(test_cuts_a_torn_journal),
        cmocka_unit_test(test_writes_a_damaged_journal_again),
        cmocka_unit_test(test_sets_a_damaged_checkpoint_aside),
        cmocka_unit_test(test_removes_what_was_never_finished),
        cmocka_unit_test(test_sets_aside_what_only_has_the_name_of_a_journal),
        cmocka_unit_test(test_removes_the_work_of_finished_cells),
        cmocka_unit_test(test_removes_a_damaged_catalogue),
        cmocka_unit_test(test_forgets_the_row_of_what_it_sets_aside),
        cmocka_unit_test(test_counts_stale_rows),
        cmocka_unit_test(test_compares_figures_with_the_objects),
        cmocka_unit_test(test_leaves_foreign_files_alone),
        cmocka_unit_test(test_leaves_a_live_store_alone),
        cmocka_unit_test(test_finds_many_things_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
