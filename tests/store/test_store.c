/* It makes the folders, knows its objects, and refuses what is no store. */
#include "harness/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "tests/store/fixture.h"

static void test_makes_its_folders_and_opens_again(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("new"), *again;
    assert_true(kd_fs_is_folder(fixture_path(store, "journal")));
    assert_true(kd_fs_is_folder(fixture_path(store, "objects")));
    assert_true(kd_fs_is_folder(fixture_path(store, "work")));
    assert_ok(kd_store_open(&again, kd_store_folder(store), KD_STORE_READ, &err), &err);
    assert_true(kd_store_is_writable(store));
    assert_false(kd_store_is_writable(again));
    kd_store_close(again);
    kd_store_close(store);
}

static void test_refuses_what_is_no_store(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store;
    char     *file = kd_fs_join(kd_test_folder(), "plain"), *below = kd_fs_join(file, "store");
    fixture_write(file, "text", 4);
    assert_fails(KD_ENOINPUT, "/nowhere: there is no such store",
                 kd_store_open(&store, "/nowhere", KD_STORE_READ, &err), &err);
    assert_fails(KD_EDATA, "is not a store",
                 kd_store_open(&store, kd_test_folder(), KD_STORE_WRITE, &err), &err);
    assert_fails(KD_ECREATE, "cannot create", kd_store_open(&store, below, KD_STORE_CREATE, &err),
                 &err);
    assert_null(store);
    free(below);
    free(file);
}

static void test_lists_what_it_has(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("list");
    kd_id    *ids;
    size_t    count;
    for (unsigned i = 0; i < 20; i++) {
        assert_false(kd_store_has(store, fixture_id(i)));
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
        assert_true(kd_store_has(store, fixture_id(i)));
    }
    assert_ok(kd_store_list(store, &ids, &count, &err), &err);
    assert_int_equal(count, 20);
    for (size_t i = 1; i < count; i++) assert_true(kd_id_compare(ids[i - 1], ids[i]) < 0);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(kd_store_list_has(ids, count, fixture_id(i)), i < 20);
    free(ids);
    kd_store_close(store);
}

static kd_store_stamp stamp_of_only(const kd_store *store)
{
    kd_error        err;
    kd_store_entry *entries;
    size_t          count;
    assert_ok(kd_store_list_stamped(store, &entries, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_true(kd_id_equal(entries[0].id, fixture_id(0)));
    kd_store_stamp stamp = entries[0].stamp;
    free(entries);
    return stamp;
}

/* The stamp is the file's: another size, another time, no file behind the name. */
static void test_tells_a_file_from_another_in_its_place(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("stamps");
    char     *path = kd_store_object_path(store, fixture_id(0));
    assert_ok(kd_store_make_shard(store, fixture_id(0), &err), &err);
    fixture_write(path, "one", 3);
    fixture_date(store, fixture_id(0), 1000000000);
    kd_store_stamp first = stamp_of_only(store);
    assert_int_equal(first.size, 3);
    assert_true(first.mtime_ns == 1000000000 * INT64_C(1000000000));
    assert_int_equal(unlink(path), 0);
    fixture_write(path, "two", 3);
    fixture_date(store, fixture_id(0), 1000000000);
    assert_true(kd_store_stamp_equal(first, stamp_of_only(store)));
    fixture_date(store, fixture_id(0), 1000000001);
    assert_false(kd_store_stamp_equal(first, stamp_of_only(store)));
    fixture_write(path, "three", 5);
    fixture_date(store, fixture_id(0), 1000000000);
    assert_false(kd_store_stamp_equal(first, stamp_of_only(store)));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_false(kd_store_stamp_equal(stamp_of_only(store), stamp_of_only(store)));
    free(path);
    kd_store_close(store);
}

static void test_ignores_foreign_names(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("foreign");
    kd_id    *ids;
    size_t    count;
    assert_ok(kd_fs_make_folders(fixture_path(store, "objects/ab"), &err), &err);
    fixture_write(fixture_path(store, "objects/stray"), "x", 1);
    fixture_write(fixture_path(store, "objects/zz"), "x", 1);
    fixture_write(fixture_path(store, "objects/ab/notes.txt"), "x", 1);
    fixture_write(fixture_path(store, "objects/ab/cd000000000000000000000000000000.h5"), "x", 1);
    fixture_write(fixture_path(store, "objects/ab/ab000000000000000000000000000000.h5.tmp.7"), "x",
                  1);
    assert_ok(kd_store_list(store, &ids, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_false(kd_store_list_has(ids, count, fixture_id(0)));
    free(ids);
    kd_store_close(store);
}

static void test_makes_and_drops_work(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("work");
    char     *path = kd_store_work_path(store, fixture_id(1), "log");
    assert_ok(kd_store_make_work(store, fixture_id(1), &err), &err);
    assert_ok(kd_store_make_work(store, fixture_id(1), &err), &err);
    fixture_write(path, "line\n", 5);
    assert_ok(kd_store_drop_work(store, fixture_id(1), &err), &err);
    assert_false(kd_fs_exists(path));
    assert_ok(kd_store_drop_work(store, fixture_id(1), &err), &err);
    free(path);
    kd_store_close(store);
}

static void test_sweeps_drafts_of_dead_processes_of_this_host(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("sweep");
    char      host[65], dead[128], live[128];
    gethostname(host, sizeof host);
    snprintf(dead, sizeof dead, "object.h5.tmp.%s-999999999", host);
    snprintf(live, sizeof live, "object.h5.tmp.%s-%ld-0", host, (long)getpid());
    const struct {
        char *path;
        bool  stays;
    } cases[] = {
        { kd_store_work_path(store, fixture_id(1), dead), false },
        { kd_store_work_path(store, fixture_id(1), "object.h5.tmp.elsewhere-999999999"), true },
        { kd_store_work_path(store, fixture_id(1), "cell.log"), true },
        { kd_store_work_path(store, fixture_id(1), live), true },
    };
    assert_ok(kd_store_make_work(store, fixture_id(1), &err), &err);
    for (int i = 0; i < 4; i++) fixture_write(cases[i].path, "x", 1);
    assert_ok(kd_store_make_work(store, fixture_id(1), &err), &err);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(kd_fs_exists(cases[i].path), cases[i].stays);
        free(cases[i].path);
    }
    kd_store_close(store);
}

/* Folders of a store that lead elsewhere get no objects, no work, and nothing damaged. */
static void test_makes_nothing_behind_links(void **state)
{
    (void)state;
    kd_error    err;
    size_t      count;
    char      **names, text[KD_ID_TEXT];
    kd_store   *store = fixture_store("behind");
    const char *outside = fixture_path(store, "../elsewhere");
    kd_id_text(text, fixture_id(1));
    char *shard = kd_sprintf("objects/%.2s", text);
    assert_ok(kd_fs_make_folders(outside, &err), &err);
    assert_int_equal(symlink(outside, fixture_path(store, shard)), 0);
    assert_int_equal(symlink(outside, fixture_path(store, "damaged")), 0);
    fixture_write(fixture_path(store, "bad"), "x", 1);
    assert_fails(KD_EDATA, "is a link, and none is followed below ",
                 fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_fails(KD_EDATA, "'damaged' is a link",
                 kd_store_set_aside(store, fixture_path(store, "bad"), &err), &err);
    assert_ok(kd_fs_remove(fixture_path(store, "work"), &err), &err);
    assert_int_equal(symlink(outside, fixture_path(store, "work")), 0);
    assert_fails(KD_EDATA, "'work' is a link", kd_store_make_work(store, fixture_id(1), &err),
                 &err);
    assert_fails(KD_EDATA, "'work' is a link", kd_store_drop_work(store, fixture_id(1), &err),
                 &err);
    assert_ok(kd_fs_list(outside, &names, &count, &err), &err);
    assert_int_equal(count, 0);
    kd_fs_free_names(names, count);
    free(shard);
    kd_store_close(store);
}

static void test_sets_aside_without_overwriting(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("aside");
    const char *path = fixture_path(store, "work/bad.h5");
    for (int i = 0; i < 3; i++) {
        fixture_write(path, "bad", 3);
        assert_ok(kd_store_set_aside(store, path, &err), &err);
    }
    assert_true(kd_fs_exists(fixture_path(store, "damaged/work-bad.h5")));
    assert_true(kd_fs_exists(fixture_path(store, "damaged/work-bad.h5.2")));
    assert_true(kd_fs_exists(fixture_path(store, "damaged/work-bad.h5.3")));
    assert_fails(KD_ENOINPUT, "bad.h5: cannot be moved to ", kd_store_set_aside(store, path, &err),
                 &err);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_its_folders_and_opens_again),
        cmocka_unit_test(test_refuses_what_is_no_store),
        cmocka_unit_test(test_lists_what_it_has),
        cmocka_unit_test(test_tells_a_file_from_another_in_its_place),
        cmocka_unit_test(test_ignores_foreign_names),
        cmocka_unit_test(test_makes_and_drops_work),
        cmocka_unit_test(test_sweeps_drafts_of_dead_processes_of_this_host),
        cmocka_unit_test(test_makes_nothing_behind_links),
        cmocka_unit_test(test_sets_aside_without_overwriting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
