/* It knows every object that can be read, whatever became of its own file. */
#include "harness/store/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/h5.h"
#include "tests/store/fixture.h"

static kd_catalogue *open_catalogue(const kd_store *store, kd_str *notice)
{
    kd_error      err;
    kd_catalogue *catalogue;
    assert_ok(kd_catalogue_open(&catalogue, store, notice, &err), &err);
    return catalogue;
}

static void commit(const kd_store *store, unsigned from, unsigned to)
{
    kd_error err;
    for (unsigned i = from; i < to; i++)
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
}

/* Records 0 .. count-1 as the fixture made them, and nothing else. */
static void assert_holds(const kd_store *store, unsigned count)
{
    size_t           found;
    kd_catalogue    *catalogue = open_catalogue(store, NULL);
    const kd_record *records = kd_catalogue_records(catalogue, &found);
    assert_int_equal(found, count);
    for (size_t i = 1; i < found; i++)
        assert_true(kd_id_compare(records[i - 1].id, records[i].id) < 0);
    for (unsigned i = 0; i < count; i++) {
        const kd_record *record = kd_catalogue_find(catalogue, fixture_id(i));
        char             seed[16];
        snprintf(seed, sizeof seed, "%u", i);
        assert_non_null(record);
        assert_string_equal(record->kind, "model");
        assert_string_equal(record->store, kd_store_folder(store));
        assert_int_equal(record->setting_count, 2);
        assert_string_equal(kd_record_value(record, "train.seed"), seed);
        assert_string_equal(kd_record_value(record, "student.hidden"), "300");
        assert_true(*kd_record_number(record, "test.entity_strict.f1") == 0.5 + 0.001 * (int)i);
        assert_true(*kd_record_number(record, "time.train_s") == 1.5);
    }
    assert_null(kd_catalogue_find(catalogue, fixture_id(count)));
    kd_catalogue_close(catalogue);
}

static void test_is_empty_for_an_empty_store(void **state)
{
    (void)state;
    kd_store *store = fixture_store("empty");
    assert_holds(store, 0);
    kd_store_close(store);
}

static void test_follows_the_objects(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("follow");
    for (unsigned count = 0; count < 12; count += 3) {
        commit(store, count, count + 3);
        assert_holds(store, count + 3);
        assert_holds(store, count + 3);
    }
    char *gone = kd_store_object_path(store, fixture_id(11));
    assert_ok(kd_fs_remove(gone, &err), &err);
    assert_holds(store, 11);
    free(gone);
    kd_store_close(store);
}

static ino_t inode(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_ino;
}

static void test_writes_only_what_is_worth_it(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("worth");
    const char *path = fixture_path(store, "catalogue.h5");
    commit(store, 0, 150);
    assert_holds(store, 150);
    ino_t before = inode(path);
    assert_holds(store, 150);
    commit(store, 150, 151); /* one in 150 is read again instead */
    assert_holds(store, 151);
    assert_true(inode(path) == before);
    commit(store, 151, 153);
    assert_holds(store, 153);
    assert_true(inode(path) != before);
    kd_store_close(store);
}

static void test_is_rebuilt_when_it_is_damaged(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("rebuilt");
    const char *path = fixture_path(store, "catalogue.h5");
    commit(store, 0, 3);
    assert_holds(store, 3);
    size_t length = (size_t)kd_fs_size(path);
    for (size_t i = 0; i < length; i += 41) {
        fixture_flip(path, i, 0x10);
        assert_holds(store, 3);
        if (i % 2 == 0) assert_int_equal(truncate(path, (off_t)i), 0);
        assert_holds(store, 3);
        assert_int_equal(unlink(path), 0);
        assert_holds(store, 3);
    }
    fixture_write(path, "", 0);
    assert_holds(store, 3);
    kd_store_close(store);
}

static void test_names_and_leaves_out_damaged_objects(void **state)
{
    (void)state;
    kd_store *store = fixture_store("damaged");
    kd_str    notice = KD_STR_INIT;
    commit(store, 0, 4);
    char *path = kd_store_object_path(store, fixture_id(3));
    assert_int_equal(truncate(path, 1000), 0);
    for (int i = 0; i < 2; i++) {
        kd_catalogue_close(open_catalogue(store, &notice));
        assert_non_null(strstr(notice.text, path));
        assert_non_null(strstr(notice.text, "is not a whole HDF5 file"));
    }
    assert_holds(store, 3);
    commit(store, 3, 4);
    assert_holds(store, 4);
    free(path);
    kd_str_fini(&notice);
    kd_store_close(store);
}

static void test_sees_an_object_that_was_replaced(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("replaced");
    commit(store, 0, 2);
    assert_ok(fixture_commit(store, fixture_id(2), 77, &err), &err);
    kd_catalogue_close(open_catalogue(store, NULL));
    commit(store, 2, 3);
    assert_holds(store, 3);
    kd_store_close(store);
}

static double f1_of(const kd_catalogue *catalogue, unsigned n)
{
    return *kd_record_number(kd_catalogue_find(catalogue, fixture_id(n)), "test.entity_strict.f1");
}

/* Put the object that another store has under the same id in the place of this one's. */
static void replace_object(const kd_store *store, const kd_store *other, kd_id id)
{
    size_t length;
    char  *from = kd_store_object_path(other, id), *to = kd_store_object_path(store, id);
    char  *bytes = fixture_read(from, &length);
    assert_int_equal(unlink(to), 0);
    fixture_write(to, bytes, length);
    free(bytes);
    free(from);
    free(to);
}

static void test_shows_no_row_of_an_object_that_was_replaced(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("swapped"), *other = fixture_store("other");
    commit(store, 0, 3);
    assert_ok(fixture_commit(other, fixture_id(1), 8, &err), &err);
    fixture_date(store, fixture_id(1), 1000000000);
    assert_holds(store, 3);
    replace_object(store, other, fixture_id(1));
    for (int i = 0; i < 2; i++) {
        kd_catalogue *catalogue = open_catalogue(store, NULL);
        assert_true(f1_of(catalogue, 1) == 0.508);
        assert_true(f1_of(catalogue, 2) == 0.502);
        kd_catalogue_close(catalogue);
    }
    kd_store_close(other);
    kd_store_close(store);
}

static void test_shows_no_row_of_an_object_that_was_damaged(void **state)
{
    (void)state;
    kd_store *store = fixture_store("broken");
    kd_str    notice = KD_STR_INIT;
    size_t    count;
    commit(store, 0, 3);
    fixture_date(store, fixture_id(1), 1000000000);
    assert_holds(store, 3);
    char *path = kd_store_object_path(store, fixture_id(1));
    fixture_flip(path, 20, 1);
    kd_catalogue *catalogue = open_catalogue(store, &notice);
    assert_null(kd_catalogue_find(catalogue, fixture_id(1)));
    assert_non_null(strstr(notice.text, path));
    assert_true(kd_id_equal(*kd_catalogue_unreadable(catalogue, &count), fixture_id(1)));
    assert_int_equal(count, 1);
    assert_int_equal(fixture_rows(store), 2);
    kd_catalogue_close(catalogue);
    free(path);
    kd_str_fini(&notice);
    kd_store_close(store);
}

/* What is gone leaves the file, however little it is of it. */
static void test_keeps_no_stale_row_in_its_file(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("stale");
    commit(store, 0, 150);
    assert_holds(store, 150);
    char *gone = kd_store_object_path(store, fixture_id(149));
    assert_ok(kd_fs_remove(gone, &err), &err);
    assert_int_equal(fixture_rows(store), 150);
    assert_ok(kd_catalogue_update(store, &err), &err);
    assert_int_equal(fixture_rows(store), 149);
    free(gone);
    kd_store_close(store);
}

/* A store that was copied with its times needs none of its objects to be read: here they cannot. */
static void test_believes_what_has_its_size_and_time(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("copied");
    kd_str      notice = KD_STR_INIT;
    const kd_id ids[] = { fixture_id(2), fixture_id(7), fixture_id(1), fixture_id(2) };
    size_t      length, count;
    commit(store, 0, 4);
    fixture_date(store, fixture_id(1), 1000000000);
    assert_holds(store, 4);
    char *path = kd_store_object_path(store, fixture_id(1)), *bytes = fixture_read(path, &length);
    assert_int_equal(unlink(path), 0);
    memset(bytes, 0, length);
    fixture_write(path, bytes, length);
    fixture_date(store, fixture_id(1), 1000000000);
    assert_holds(store, 4);

    kd_catalogue *catalogue; /* and who asks the objects is told what became of them */
    assert_ok(kd_catalogue_read(&catalogue, store, ids, 4, &notice, &err), &err);
    kd_catalogue_records(catalogue, &count);
    assert_int_equal(count, 1);
    assert_true(f1_of(catalogue, 2) == 0.502);
    assert_non_null(strstr(notice.text, path));
    assert_int_equal(fixture_rows(store), 4);
    kd_catalogue_close(catalogue);
    free(bytes);
    free(path);
    kd_str_fini(&notice);
    kd_store_close(store);
}

/* As the version before wrote it: no stamps, and here a figure that no object holds. */
static void write_version_2(const kd_store *store, kd_id id)
{
    kd_error       err;
    kd_h5         *h5;
    const uint32_t kind = 1, name = 7;
    const uint64_t none[] = { 0, 0 }, one[] = { 0, 1 };
    const double   value = 0.99;
    const char     texts[] = "\0model\0test.entity_strict.f1";
    assert_ok(kd_h5_create(&h5, fixture_path(store, "catalogue.h5"), NULL, &err), &err);
    assert_ok(kd_h5_put_mark(h5, "format", "kdgrid catalogue", &err), &err);
    assert_ok(kd_h5_put_count(h5, "version", 2, &err), &err);
    assert_ok(kd_h5_put(h5, "ids", KD_H5_U64, &id, 1, 2, &err), &err);
    assert_ok(kd_h5_put(h5, "kinds", KD_H5_U32, &kind, 1, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "settings/first", KD_H5_U64, none, 2, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "settings/key", KD_H5_U32, NULL, 0, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "settings/value", KD_H5_U32, NULL, 0, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "metrics/first", KD_H5_U64, one, 2, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "metrics/name", KD_H5_U32, &name, 1, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "metrics/value", KD_H5_F64, &value, 1, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "texts", KD_H5_U8, texts, sizeof texts, 0, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);
}

static void test_is_rebuilt_when_it_is_of_the_version_before(void **state)
{
    (void)state;
    kd_store *store = fixture_store("old");
    commit(store, 0, 1);
    write_version_2(store, fixture_id(0));
    assert_holds(store, 1);
    assert_int_equal(fixture_rows(store), 1);
    kd_store_close(store);
}

static void test_writes_nothing_into_a_read_only_store(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("readonly"), *reader;
    commit(store, 0, 3);
    assert_ok(kd_store_open(&reader, kd_store_folder(store), KD_STORE_READ, &err), &err);
    assert_holds(reader, 3);
    assert_false(kd_fs_exists(fixture_path(store, "catalogue.h5")));
    kd_store_close(reader);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_empty_for_an_empty_store),
        cmocka_unit_test(test_follows_the_objects),
        cmocka_unit_test(test_writes_only_what_is_worth_it),
        cmocka_unit_test(test_is_rebuilt_when_it_is_damaged),
        cmocka_unit_test(test_names_and_leaves_out_damaged_objects),
        cmocka_unit_test(test_sees_an_object_that_was_replaced),
        cmocka_unit_test(test_shows_no_row_of_an_object_that_was_replaced),
        cmocka_unit_test(test_shows_no_row_of_an_object_that_was_damaged),
        cmocka_unit_test(test_keeps_no_stale_row_in_its_file),
        cmocka_unit_test(test_believes_what_has_its_size_and_time),
        cmocka_unit_test(test_is_rebuilt_when_it_is_of_the_version_before),
        cmocka_unit_test(test_writes_nothing_into_a_read_only_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
