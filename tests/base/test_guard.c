/* test_guard.c - the end of guarded work becomes its parent's: an exit code, a signal, or a crash in words. */
#include "harness/base/guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

/* How a process ends that enters a guard and then does `work`; what its parent has to say is in `said`. */
static int end_of(void (*work)(void), char *said, size_t size)
{
    int ends[2], how;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGCHLD, SIG_IGN); /* as a parent may leave it */
        kd_error  err = { "" };
        kd_status status = kd_guard_enter(&err);
        if (status == KD_OK) work();
        ssize_t ignored = write(ends[1], err.text, strlen(err.text));
        (void)ignored;
        _exit(kd_status_exit(status));
    }
    close(ends[1]);
    ssize_t length = read(ends[0], said, size - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    return how;
}

static void crash(void)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit code of it */
    raise(SIGSEGV);
}

static void crash_in_a_file(void)
{
    kd_guard_reading("a.h5");
    kd_guard_reading("b.h5");
    kd_guard_done("b.h5");
    crash();
}

static void crash_elsewhere(void)
{
    kd_guard_reading("a.h5");
    kd_guard_done("a.h5");
    crash();
}

static void leave_with_3(void)
{
    _exit(3);
}

static void end_by_a_signal(void)
{
    raise(SIGKILL);
}

/* A signal for the process that was started reaches the one that works. */
static void be_told_to_end(void)
{
    kill(getppid(), SIGTERM);
    for (;;) pause();
}

static void test_ends_as_the_work_did(void **state)
{
    (void)state;
    char said[256];
    int  how = end_of(leave_with_3, said, sizeof said);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 3);
    how = end_of(end_by_a_signal, said, sizeof said);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGKILL);
    how = end_of(be_told_to_end, said, sizeof said);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGTERM);
}

static void test_says_which_file_crashed_the_library(void **state)
{
    (void)state;
    char said[256];
    int  how = end_of(crash_in_a_file, said, sizeof said);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 65);
    assert_non_null(strstr(said, "a.h5: ended the library that reads it with signal 11"));
    how = end_of(crash_elsewhere, said, sizeof said);
    assert_int_equal(WEXITSTATUS(how), 70);
    assert_non_null(strstr(said, "ended by signal 11"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_as_the_work_did),
        cmocka_unit_test(test_says_which_file_crashed_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
