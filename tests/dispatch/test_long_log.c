/* A cell that writes a log of 10 GB, for real: the store grows by little, and nobody else suffers.
 *
 *     ctest --preset release -C long -R long_log -V
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/dispatch/local.h"
#include "harness/store/journal.h"
#include "tests/dispatch/double.h"
#include "tests/support/support.h"

#define WRITTEN "10000000000"
/* What a cell writes between two looks comes on top of the 16 MB that a log may have. */
#define MOST    ((int64_t)1 << 30)

/* Looks at a file until it is told to end. */
typedef struct {
    volatile bool    is_over;
    volatile int64_t most; /* bytes on disk */
} look;

static pid_t start_looking(look *at, const char *path)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    while (!at->is_over) {
        struct stat info;
        if (stat(path, &info) == 0 && (int64_t)info.st_blocks * 512 > at->most)
            at->most = (int64_t)info.st_blocks * 512;
        kd_sleep_s(0.001);
    }
    _exit(0);
}

static void test_bounds_a_log_of_ten_gigabytes(void **state)
{
    (void)state;
    kd_store        *store = kd_double_store();
    kd_double        study = { .count = 20, .input = -1 };
    kd_progress     *silent = kd_progress_create(KD_PROGRESS_NONE, stderr);
    kd_sweep        *sweep;
    kd_error         err;
    const char      *program = kd_double_program("talks", "[ $node = 0 ] && { head -c " WRITTEN
                                                          " /dev/zero || exit 1; echo; echo last; }\n"
                                                               "sleep 0.1; leave");
    kd_sweep_options options = kd_double_options(store, &study, silent);
    kd_site site = { .store = store, .program = program, .grace_s = 5, .keeps_work = true };
    char   *log = kd_store_work_path(store, kd_double_id(0), "log");
    look   *at = mmap(NULL, sizeof *at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    pid_t  looker = start_looking(at, log);
    double started_s = kd_clock_s();
    assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
    kd_local_run(sweep, &site, 2);
    assert_ok(kd_sweep_close(sweep, &err), &err);
    double took_s = kd_clock_s() - started_s;
    at->is_over = true;
    waitpid(looker, NULL, 0);

    printf(WRITTEN " bytes of log in %.1f s: at most %.0f MB of it on disk, %.1f MB at the end\n",
           took_s, (double)at->most / 1e6, (double)kd_fs_size(log) / 1e6);
    assert_true(at->most > 0 && at->most < MOST);
    assert_true(kd_fs_size(log) <= (17 << 20));
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 20);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ASSIGNED, SIZE_MAX), 20);
    for (size_t n = 0; n < study.count; n++) assert_true(kd_store_has(store, kd_double_id(n)));
    munmap(at, sizeof *at);
    kd_progress_destroy(silent);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_a_log_of_ten_gigabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
