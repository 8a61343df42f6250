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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
