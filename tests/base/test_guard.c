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

/* ---- one by one ---- */

typedef struct {
    int       crashes, leaves; /* which looks; -1 for none */
    int       heeded[8];
    kd_status status[8];
    char      why[8][256];
    int       count, refuses; /* what heed fails at; -1 */
} looks;

static void look(void *user, size_t i, kd_guard_answer *answer)
{
    const looks *all = user;
    kd_guard_reading("number.h5");
    if ((int)i == all->crashes) crash();
    if ((int)i == all->leaves) _exit(71);
    kd_guard_done("number.h5");
    answer->found = (unsigned)i * 10;
    answer->status = i == 1 ? kd_fail(&answer->why, KD_EIO, "no disk") : KD_OK;
}

static kd_status heed(void *user, size_t i, const kd_guard_answer *answer, kd_error *err)
{
    looks *all = user;
    all->heeded[all->count] = (int)i;
    all->status[all->count] = answer->status;
    if (answer->status == KD_OK) assert_int_equal(answer->found, i * 10);
    snprintf(all->why[all->count], sizeof all->why[0], "%.255s", answer->why.text);
    all->count++;
    return (int)i == all->refuses ? kd_fail(err, KD_ESTOPPED, "enough") : KD_OK;
}

static const kd_guard_work work = { look, heed };

static void test_goes_on_behind_a_crash(void **state)
{
    (void)state;
    kd_error err;
    for (int victim = 0; victim < 5; victim++) {
        looks all = { .crashes = victim, .leaves = -1, .refuses = -1 };
        kd_guard_reading("held.h5"); /* open here all the while, and not to blame */
        assert_ok(kd_guard_each(5, &work, &all, &err), &err);
        kd_guard_done("held.h5");
        assert_int_equal(all.count, 5);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(all.heeded[i], i);
            assert_int_equal(all.status[i], i == victim ? KD_EDATA : i == 1 ? KD_EIO : KD_OK);
        }
        assert_non_null(strstr(all.why[victim], "number.h5: ended the library that reads it"));
        if (victim != 1) assert_string_equal(all.why[1], "no disk");
    }
}

static void test_takes_no_other_end_for_a_damaged_file(void **state)
{
    (void)state;
    kd_error err;
    looks    all = { .crashes = -1, .leaves = 2, .refuses = -1 };
    assert_fails(KD_EMEMORY, "exit code 71", kd_guard_each(5, &work, &all, &err), &err);
    assert_int_equal(all.count, 2);
}

static void test_stops_where_its_caller_says_so(void **state)
{
    (void)state;
    kd_error err;
    looks    all = { .crashes = -1, .leaves = -1, .refuses = 3 };
    assert_fails(KD_ESTOPPED, "enough", kd_guard_each(8, &work, &all, &err), &err);
    assert_int_equal(all.count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_as_the_work_did),
        cmocka_unit_test(test_says_which_file_crashed_the_library),
        cmocka_unit_test(test_goes_on_behind_a_crash),
        cmocka_unit_test(test_takes_no_other_end_for_a_damaged_file),
        cmocka_unit_test(test_stops_where_its_caller_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
