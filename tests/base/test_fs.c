/* test_fs.c - files appear whole, folders come and go, failures name the path. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

static void test_writes_and_reads_whole_files(void **state)
{
    (void)state;
    kd_error err;
    kd_str   text = KD_STR_INIT;
    char    *path = kd_fs_join(kd_test_folder(), "a");
    assert_ok(kd_fs_write(path, "one\0two", 7, &err), &err);
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_int_equal(text.length, 7);
    assert_ok(kd_fs_write(path, "", 0, &err), &err);
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_int_equal(text.length, 0);
    assert_int_equal(kd_fs_size(path), 0);
    kd_str_fini(&text);
    free(path);
}

static void test_leaves_the_old_file_when_the_disk_is_full(void **state)
{
    (void)state;
    kd_error      err;
    char         *path = kd_fs_join(kd_test_folder(), "full");
    struct rlimit kept, small;
    kd_str        big = KD_STR_INIT;
    assert_ok(kd_fs_write(path, "old", 3, &err), &err);
    for (int i = 0; i < 10000; i++) kd_str_add(&big, "0123456789");

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &kept);
    small = (struct rlimit){ 4096, kept.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    kd_status status = kd_fs_write(path, big.text, big.length, &err);
    setrlimit(RLIMIT_FSIZE, &kept);

    assert_fails(KD_EIO, "full: cannot write", status, &err);
    assert_int_equal(kd_fs_size(path), 3);
    char **names;
    size_t count;
    assert_ok(kd_fs_list(kd_test_folder(), &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) assert_null(strstr(names[i], ".tmp."));
    kd_fs_free_names(names, count);
    kd_str_fini(&big);
    free(path);
}

static void test_names_what_is_missing(void **state)
{
    (void)state;
    kd_error err;
    kd_str   text = KD_STR_INIT;
    assert_fails(KD_ENOINPUT, "/no/such/file: No such file",
                 kd_fs_read("/no/such/file", &text, &err), &err);
    assert_fails(KD_ENOINPUT, "is a folder", kd_fs_read(kd_test_folder(), &text, &err), &err);
    assert_fails(KD_ECREATE, "/proc/x: cannot create", kd_fs_write("/proc/x", "", 0, &err), &err);
    kd_str_fini(&text);
}

static void test_makes_lists_and_removes_folders(void **state)
{
    (void)state;
    kd_error err;
    char    *deep = kd_fs_join(kd_test_folder(), "d/e/f");
    char    *top = kd_fs_join(kd_test_folder(), "d");
    assert_ok(kd_fs_make_folders(deep, &err), &err);
    assert_ok(kd_fs_make_folders(deep, &err), &err);
    kd_test_file("d/e/b", "1");
    kd_test_file("d/e/a", "2");
    char  *middle = kd_fs_join(top, "e");
    char **names;
    size_t count;
    assert_ok(kd_fs_list(middle, &names, &count, &err), &err);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[2], "f");
    kd_fs_free_names(names, count);
    kd_test_file("x", "");
    char *under = kd_fs_join(kd_test_folder(), "x/y");
    assert_fails(KD_ECREATE, "x: cannot create the folder", kd_fs_make_folders(under, &err), &err);
    assert_ok(kd_fs_remove(top, &err), &err);
    assert_false(kd_fs_exists(top));
    assert_ok(kd_fs_remove(top, &err), &err);
    free(under);
    free(middle);
    free(top);
    free(deep);
}

static void test_takes_paths_apart(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder, *name;
    } cases[] = { { "a/b/c", "a/b", "c" }, { "c", ".", "c" }, { "/c", "/", "c" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = kd_fs_folder(cases[i].path);
        assert_string_equal(folder, cases[i].folder);
        assert_string_equal(kd_fs_name(cases[i].path), cases[i].name);
        free(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_and_reads_whole_files),
        cmocka_unit_test(test_leaves_the_old_file_when_the_disk_is_full),
        cmocka_unit_test(test_names_what_is_missing),
        cmocka_unit_test(test_makes_lists_and_removes_folders),
        cmocka_unit_test(test_takes_paths_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
