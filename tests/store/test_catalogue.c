/* It knows every object that can be read, whatever became of its own file. */
#include "harness/store/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
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
        cmocka_unit_test(test_writes_nothing_into_a_read_only_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
