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
    assert_ok(kd_merge_run(store, sources, b ? 2 : 1,
                           &(kd_merge_options){ .visit = append_line, .user = lines }, &counts,
                           &err),
              &err);
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
                 kd_merge_run(b, sources, 1, &(kd_merge_options){ 0 }, &counts, &err), &err);
    assert_false(kd_store_has(b, fixture_id(0)));
    kd_lock_release(lock);
    kd_store_close(a);
    kd_store_close(b);
}

/* ---- without weights ---- */

static void keep(const kd_store *into, const kd_store *from, kd_merge_counts *counts)
{
    kd_error err;
    assert_ok(kd_merge_run(into, (const kd_store *const[]){ from }, 1,
                           &(kd_merge_options){ .without_weights = true }, counts, &err),
              &err);
}

static kd_object *object_of(const kd_store *store, unsigned n)
{
    kd_error   err;
    kd_object *object;
    assert_ok(kd_object_open(&object, store, fixture_id(n), &err), &err);
    return object;
}

static void test_keeps_what_tables_are_made_from(void **state)
{
    (void)state;
    kd_error        err;
    kd_merge_counts counts;
    kd_fsck_counts  checked;
    kd_id          *ids;
    size_t          count;
    float           weights[6];
    double          losses[3];
    kd_store       *whole = store_with("whole", 0, 3), *kept = fixture_store("kept");
    keep(kept, whole, &counts);
    assert_int_equal(counts.copied, 3);
    assert_int_equal(fixture_rows(kept), 3);
    assert_ok(kd_fsck_run(kept, false, NULL, NULL, &checked, &err), &err);
    assert_int_equal(checked.problems + checked.notes, 0);

    kd_object *a = object_of(whole, 1), *b = object_of(kept, 1);
    assert_true(kd_object_is_kept(b) && !kd_object_is_kept(a));
    assert_true(kd_id_equal(kd_object_contents(a), kd_object_contents(b)));
    assert_ok(kd_object_verify(b, &err), &err);
    assert_ok(kd_object_get(b, "history/loss", KD_H5_F64, losses, 3, 0, &err), &err);
    assert_fails(KD_EDATA, "weights/lstm.bias was left out when it was kept",
                 kd_object_get(b, "weights/lstm.bias", KD_H5_F32, weights, 2, 3, &err), &err);
    kd_object_close(a);
    kd_object_close(b);

    /* it is shown, and a run makes it again */
    assert_true(kd_store_shows(kept, fixture_id(1)) && !kd_store_has(kept, fixture_id(1)));
    assert_ok(kd_store_list_whole(kept, &ids, &count, &err), &err);
    assert_int_equal(count, 0);
    free(ids);
    assert_ok(fixture_commit(kept, fixture_id(1), 1, &err), &err);
    b = object_of(kept, 1);
    assert_false(kd_object_is_kept(b));
    kd_object_close(b);
    kd_store_close(whole);
    kd_store_close(kept);
}

static void test_puts_whole_objects_in_the_place_of_kept_ones(void **state)
{
    (void)state;
    kd_error        err;
    kd_merge_counts counts;
    kd_str          lines = KD_STR_INIT;
    kd_store       *whole = store_with("w", 0, 2), *kept = fixture_store("k"),
             *both = fixture_store("kw");
    keep(kept, whole, &counts);
    counts = merge(both, kept, whole, &lines);
    assert_int_equal(counts.copied, 4);
    assert_true(kd_store_has(both, fixture_id(0)) && kd_store_has(both, fixture_id(1)));
    counts = merge(both, kept, NULL, &lines); /* and not the other way */
    assert_int_equal(counts.equal, 2);
    assert_true(kd_store_has(both, fixture_id(0)));

    /* another one under its id is told of */
    assert_ok(fixture_commit(whole, fixture_id(0), 7, &err), &err);
    counts = merge(kept, whole, NULL, &lines);
    assert_int_equal(counts.unequal, 1);
    assert_int_equal(counts.copied, 1);
    assert_false(kd_store_has(kept, fixture_id(0)));
    kd_str_fini(&lines);
    kd_store_close(whole);
    kd_store_close(kept);
    kd_store_close(both);
}

static void test_finds_damage_in_what_was_kept(void **state)
{
    (void)state;
    kd_error        err;
    kd_merge_counts counts;
    kd_store       *whole = store_with("sound", 0, 1), *kept = fixture_store("spoilt");
    keep(kept, whole, &counts);
    char  *path = kd_store_kept_path(kept, fixture_id(0)), *bytes;
    size_t length, at = 0;
    bytes = fixture_read(path, &length);
    while (memcmp(bytes + at, "f32 2 3 ", 8) != 0) at++;
    fixture_flip(path, at + 10, 1); /* in the checksum of what was left out */
    kd_object *object = NULL;
    kd_status  status = kd_object_open(&object, kept, fixture_id(0), &err);
    if (status == KD_OK) status = kd_object_verify(object, &err);
    assert_int_equal(status, KD_EDATA);
    kd_object_close(object);
    free(bytes);
    free(path);
    kd_store_close(whole);
    kd_store_close(kept);
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
        cmocka_unit_test(test_keeps_what_tables_are_made_from),
        cmocka_unit_test(test_puts_whole_objects_in_the_place_of_kept_ones),
        cmocka_unit_test(test_finds_damage_in_what_was_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
