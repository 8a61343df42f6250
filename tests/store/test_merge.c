/* It brings objects together, and says where equal ids do not agree. */
#include "harness/store/merge.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/fsck.h"
#include "harness/store/lock.h"
#include "tests/store/fixture.h"

static kd_store *store_with(const char *name, unsigned from, unsigned to)
{
    kd_error  err;
    kd_store *store = fixture_store(name);
    for (unsigned i = from; i < to; i++) {
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
        assert_ok(kd_store_drop_work(store, fixture_id(i), &err), &err);
    }
    return store;
}

static void append_line(void *user, const char *text)
{
    kd_str_addf(user, "%s\n", text);
}

static kd_merge_counts merge(const kd_store *store, const kd_store *a, const kd_store *b,
                             kd_str *lines)
{
    kd_error              err;
    kd_merge_counts       counts;
    const kd_store *const sources[] = { a, b };
    assert_ok(kd_merge_run(store, sources, b ? 2 : 1, append_line, lines, &counts, &err), &err);
    return counts;
}

static void test_copies_what_is_new(void **state)
{
    (void)state;
    kd_error  err;
    kd_str    lines = KD_STR_INIT;
    kd_store *a = store_with("a", 0, 6), *b = store_with("b", 4, 10), *both = fixture_store("both");
    kd_merge_counts counts = merge(both, a, b, &lines);
    kd_fsck_counts  checked;
    assert_int_equal(counts.copied, 10);
    assert_int_equal(counts.equal, 2);
    counts = merge(both, a, b, &lines);
    assert_int_equal(counts.copied, 0);
    assert_int_equal(counts.equal, 12);
    assert_string_equal(lines.text, "");
    assert_ok(kd_fsck_run(both, false, NULL, NULL, &checked, &err), &err);
    assert_int_equal(checked.objects, 10);
    assert_int_equal(checked.problems + checked.notes, 0);
    kd_str_fini(&lines);
    kd_store_close(a);
    kd_store_close(b);
    kd_store_close(both);
}

static void test_catalogues_what_it_copied(void **state)
{
    (void)state;
    kd_str    lines = KD_STR_INIT;
    kd_store *a = store_with("first", 0, 3), *b = store_with("second", 3, 5),
             *both = fixture_store("catalogued");
    merge(both, a, b, &lines);
    assert_int_equal(fixture_rows(both), 5);
    kd_str_fini(&lines);
    kd_store_close(a);
    kd_store_close(b);
    kd_store_close(both);
}

/* What was set aside here comes again from elsewhere, with the figures that it has there. */
static void test_shows_what_it_copied_in_place_of_what_was_there(void **state)
{
    (void)state;
    kd_error      err;
    kd_str        lines = KD_STR_INIT;
    kd_store     *a = store_with("mine", 0, 3), *b = fixture_store("theirs");
    kd_catalogue *catalogue;
    assert_ok(fixture_commit(b, fixture_id(1), 88, &err), &err);
    fixture_date(a, fixture_id(1), 1000000000);
    assert_ok(kd_catalogue_update(a, &err), &err);
    char *path = kd_store_object_path(a, fixture_id(1));
    assert_ok(kd_store_set_aside(a, path, &err), &err);
    merge(a, b, NULL, &lines);
    assert_ok(kd_catalogue_open(&catalogue, a, NULL, &err), &err);
    const kd_record *row = kd_catalogue_find(catalogue, fixture_id(1));
    assert_true(*kd_record_number(row, "test.entity_strict.f1") == 0.588);
    kd_catalogue_close(catalogue);
    free(path);
    kd_str_fini(&lines);
    kd_store_close(a);
    kd_store_close(b);
}

static void test_tells_of_unequal_contents(void **state)
{
    (void)state;
    kd_error  err;
    kd_str    lines = KD_STR_INIT;
    kd_store *a = store_with("here", 0, 2), *b = fixture_store("there");
    char      id[KD_ID_TEXT];
    kd_id_text(id, fixture_id(1));
    assert_ok(fixture_commit(b, fixture_id(1), 99, &err), &err);
    kd_merge_counts counts = merge(a, b, NULL, &lines);
    assert_int_equal(counts.unequal, 1);
    assert_int_equal(counts.copied, 0);
    assert_true(kd_starts_with(lines.text, id));
    assert_non_null(strstr(lines.text, "there differ from those in "));
    kd_str_fini(&lines);
    kd_store_close(a);
    kd_store_close(b);
}

static void test_leaves_damaged_objects_behind(void **state)
{
    (void)state;
    kd_str    lines = KD_STR_INIT;
    kd_store *a = store_with("bad", 0, 3), *b = fixture_store("good");
    char     *path = kd_store_object_path(a, fixture_id(1));
    fixture_flip(path, (size_t)kd_fs_size(path) / 2, 1);
    kd_merge_counts counts = merge(b, a, NULL, &lines);
    assert_int_equal(counts.copied, 2);
    assert_int_equal(counts.damaged, 1);
    assert_non_null(strstr(lines.text, path));
    assert_false(kd_store_has(b, fixture_id(1)));
    free(path);
    kd_str_fini(&lines);
    kd_store_close(a);
    kd_store_close(b);
}

static void test_keeps_out_of_a_held_store(void **state)
{
    (void)state;
    kd_error              err;
    kd_merge_counts       counts;
    kd_store             *a = store_with("source", 0, 1), *b = fixture_store("held");
    kd_lock              *lock;
    const kd_store *const sources[] = { a };
    assert_ok(kd_lock_acquire(&lock, b, &err), &err);
    assert_fails(KD_EIO, "is held by process",
                 kd_merge_run(b, sources, 1, NULL, NULL, &counts, &err), &err);
    assert_false(kd_store_has(b, fixture_id(0)));
    kd_lock_release(lock);
    kd_store_close(a);
    kd_store_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_what_is_new),
        cmocka_unit_test(test_catalogues_what_it_copied),
        cmocka_unit_test(test_shows_what_it_copied_in_place_of_what_was_there),
        cmocka_unit_test(test_tells_of_unequal_contents),
        cmocka_unit_test(test_leaves_damaged_objects_behind),
        cmocka_unit_test(test_keeps_out_of_a_held_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
