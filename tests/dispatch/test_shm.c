/* Folders of ours in shared places: made, held, removed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "harness/base/fs.h"
#include "harness/child/scratch.h"
#include "harness/dispatch/shm.h"
#include "tests/support/support.h"

static void make_old(const char *path)
{
    struct utimbuf then = { 1, 1 };
    utime(path, &then);
}

static void test_makes_a_folder_and_tells_open_mpi(void **state)
{
    (void)state;
    char *path = kd_scratch_path("/dev/shm", "test.1");
    setenv(KD_SHM_JOB, "test.1", 1);
    kd_shm_enter();
    assert_true(kd_fs_is_folder(path));
    assert_string_equal(getenv("OMPI_MCA_btl_vader_backing_directory"), path);
    kd_shm_leave();
    assert_false(kd_fs_exists(path));
    unsetenv("OMPI_MCA_btl_vader_backing_directory");
    unsetenv(KD_SHM_JOB);
    free(path);
}

static void test_leaves_everything_to_open_mpi_without_a_job(void **state)
{
    (void)state;
    kd_shm_enter();
    assert_null(getenv("OMPI_MCA_btl_vader_backing_directory"));
    kd_shm_leave();
}

/* Held by a process: kept. Held by none and old: removed. */
static void test_removes_only_what_nobody_holds(void **state)
{
    (void)state;
    char *held = kd_scratch_path("/dev/shm", "test.2"),
         *young = kd_scratch_path("/dev/shm", "test.3");
    int  up[2], down[2];
    char byte;
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setenv(KD_SHM_JOB, "test.2", 1);
        kd_shm_enter();
        make_old(held);
        _exit(write(up[1], "x", 1) != 1 || read(down[0], &byte, 1) != 1);
    }
    assert_int_equal(read(up[0], &byte, 1), 1);
    assert_int_equal(mkdir(young, 0700), 0);
    kd_scratch_clean("/dev/shm");
    assert_true(kd_fs_exists(held));
    assert_true(kd_fs_exists(young));
    assert_int_equal(write(down[1], "x", 1), 1);
    waitpid(pid, NULL, 0);
    kd_scratch_clean("/dev/shm");
    kd_shm_remove("test.3"); /* by name, however young */
    assert_false(kd_fs_exists(held));
    assert_false(kd_fs_exists(young));
    free(held);
    free(young);
}

/* ---- neighbours ---- */

#define NEIGHBOUR 65534

/* What a neighbour gives our name stays his: it is not used, and nothing in it is removed. */
static void test_leaves_a_neighbours_folder_alone(void **state)
{
    (void)state;
    if (geteuid() != 0) skip();
    char *path = kd_scratch_path("/dev/shm", "test.4");
    char *inside = kd_fs_join(path, "his");
    pid_t pid = fork();
    if (pid == 0) {
        if (setuid(NEIGHBOUR) != 0 || mkdir(path, 0700) != 0) _exit(1);
        _exit(chmod(path, 0777) != 0 || kd_fs_write(inside, "x", 1, NULL) != KD_OK);
    }
    int end;
    waitpid(pid, &end, 0);
    assert_int_equal(end, 0);
    make_old(path);
    assert_int_equal(kd_scratch_hold(path), -1);
    setenv(KD_SHM_JOB, "test.4", 1);
    kd_shm_enter();
    assert_null(getenv("OMPI_MCA_btl_vader_backing_directory"));
    kd_shm_leave();
    unsetenv(KD_SHM_JOB);
    kd_scratch_clean("/dev/shm");
    kd_shm_remove("test.4");
    assert_true(kd_fs_exists(inside));
    kd_fs_remove(path, NULL);
    free(inside);
    free(path);
}

/* Nor is our own when others may write to it, or a link to it. */
static void test_uses_no_open_folder_and_no_link(void **state)
{
    (void)state;
    char *open = kd_scratch_path("/dev/shm", "test.5"),
         *linked = kd_scratch_path("/dev/shm", "test.6");
    char *mine = kd_fs_join(kd_test_folder(), "mine");
    assert_int_equal(mkdir(open, 0700), 0);
    assert_int_equal(chmod(open, 0777), 0);
    assert_int_equal(kd_fs_make_folders(mine, NULL), KD_OK);
    assert_int_equal(chmod(mine, 0700), 0);
    assert_int_equal(symlink(mine, linked), 0);
    assert_int_equal(kd_scratch_hold(open), -1);
    assert_int_equal(kd_scratch_hold(linked), -1);
    make_old(open);
    make_old(mine);
    kd_scratch_clean("/dev/shm");
    kd_scratch_remove(linked);
    assert_true(kd_fs_exists(open));
    assert_true(kd_fs_exists(mine));
    kd_fs_remove(open, NULL);
    kd_fs_remove(linked, NULL);
    assert_true(kd_fs_exists(mine));
    free(mine);
    free(linked);
    free(open);
}

static void test_makes_folders_only_where_nobody_renames_them(void **state)
{
    (void)state;
    kd_error    err;
    struct stat info;
    int         fd;
    char       *path, *place = kd_fs_join(kd_test_folder(), "place");
    assert_int_equal(mkdir(place, 0700), 0);
    assert_int_equal(chmod(place, 0777), 0);
    assert_fails(KD_ECREATE, "/place: others may rename what is in it (mode 777 without",
                 kd_scratch_make(&path, &fd, place, &err), &err);
    free(path);
    assert_int_equal(chmod(place, 01777), 0);
    mode_t kept = umask(0);
    assert_ok(kd_scratch_make(&path, &fd, place, &err), &err);
    umask(kept);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    close(fd);
    kd_scratch_remove(path);
    assert_false(kd_fs_exists(path));
    free(path);
    free(place);
}

int main(void)
{
    if (!kd_fs_is_folder("/dev/shm")) {
        puts("skipped: there is no /dev/shm");
        return 77;
    }
    unsetenv("PMIX_NAMESPACE");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_a_folder_and_tells_open_mpi),
        cmocka_unit_test(test_leaves_everything_to_open_mpi_without_a_job),
        cmocka_unit_test(test_removes_only_what_nobody_holds),
        cmocka_unit_test(test_leaves_a_neighbours_folder_alone),
        cmocka_unit_test(test_uses_no_open_folder_and_no_link),
        cmocka_unit_test(test_makes_folders_only_where_nobody_renames_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
