/* It counts what was acknowledged and is not there, and nothing that went on purpose. */
#include "harness/store/missing.h"

#include <stdlib.h>
#include <unistd.h>

#include "harness/store/fsck.h"
#include "harness/store/gc.h"
#include "harness/store/journal.h"
#include "tests/store/fixture.h"

/* Objects 0 to 5, all acknowledged; cell 9 failed, and never had one. */
static kd_store *filled_store(const char *name)
{
    kd_error    err;
    kd_journal *journal;
    kd_store   *store = fixture_store(name);
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    for (unsigned i = 0; i < 6; i++) {
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
        assert_ok(kd_store_drop_work(store, fixture_id(i), &err), &err);
        kd_journal_append(journal,
                          &(kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = fixture_id(i) });
    }
    kd_journal_append(
        journal,
        &(kd_journal_entry){ .type = KD_JOURNAL_FAILED, .status = KD_EDATA, .id = fixture_id(9) });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    return store;
}

/* The words about all that is missing; the caller frees them. */
static char *words_of(const kd_store *store)
{
    kd_error          err;
    kd_catalogue     *catalogue;
    kd_missing        missing;
    kd_missing_counts counts = { 0 };
    kd_str            words = KD_STR_INIT;
    assert_ok(kd_catalogue_open(&catalogue, store, NULL, &err), &err);
    assert_ok(kd_missing_find(&missing, store, catalogue, &err), &err);
    for (size_t i = 0; i < missing.count; i++) {
        assert_ptr_equal(kd_missing_get(&missing, missing.items[i].id), &missing.items[i]);
        kd_missing_count(&counts, missing.items[i].why);
    }
    assert_null(kd_missing_get(&missing, fixture_id(5)));
    assert_null(kd_missing_get(&missing, fixture_id(9)));
    kd_missing_add_words(&words, &counts);
    kd_vec_fini(&missing);
    kd_catalogue_close(catalogue);
    return kd_str_take(&words);
}

static void assert_says(const kd_store *store, const char *want)
{
    char *words = words_of(store);
    assert_string_equal(words, want);
    free(words);
}

static void remove_object(const kd_store *store, unsigned n)
{
    char *path = kd_store_object_path(store, fixture_id(n));
    assert_int_equal(unlink(path), 0);
    free(path);
}

static void cut_object(const kd_store *store, unsigned n)
{
    char *path = kd_store_object_path(store, fixture_id(n));
    assert_int_equal(truncate(path, 500), 0);
    free(path);
}

static void repair(const kd_store *store)
{
    kd_error       err;
    kd_fsck_counts counts;
    assert_ok(kd_fsck_run(store, true, NULL, NULL, &counts, &err), &err);
}

static void test_says_nothing_of_a_whole_store(void **state)
{
    (void)state;
    kd_store *store = filled_store("whole");
    assert_says(store, "");
    kd_store_close(store);
}

static void test_counts_what_is_gone_and_what_cannot_be_read(void **state)
{
    (void)state;
    kd_store *store = filled_store("gone");
    remove_object(store, 0);
    remove_object(store, 3);
    cut_object(store, 1);
    assert_says(store, "2 acknowledged and not there, 1 unreadable");
    kd_store_close(store);
}

static void test_still_counts_them_when_fsck_has_mended_the_store(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = filled_store("mended");
    remove_object(store, 0);
    cut_object(store, 1);
    cut_object(store, 2);
    repair(store);
    assert_says(store, "1 acknowledged and not there, 2 set aside as damaged");
    for (unsigned i = 0; i < 2; i++)
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
    assert_says(store, "1 set aside as damaged");
    kd_store_close(store);
}

static void test_does_not_count_what_gc_removed(void **state)
{
    (void)state;
    kd_error      err;
    kd_gc_counts  counts;
    kd_store     *store = filled_store("purpose");
    const kd_id   wanted[] = { fixture_id(5) };
    kd_gc_options options = { .wanted = wanted, .wanted_count = 1, .budget_bytes = -1 };
    assert_ok(kd_gc_run(store, &options, NULL, NULL, &counts, &err), &err);
    assert_int_equal(counts.items[KD_GC_UNWANTED], 5);
    assert_says(store, "");
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_nothing_of_a_whole_store),
        cmocka_unit_test(test_counts_what_is_gone_and_what_cannot_be_read),
        cmocka_unit_test(test_still_counts_them_when_fsck_has_mended_the_store),
        cmocka_unit_test(test_does_not_count_what_gc_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
