/* test_status.c - failures carry their place; kinds and exit codes agree both ways. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

static void test_fail_sets_text_and_returns_the_kind(void **state)
{
    (void)state;
    kd_error err;
    assert_fails(KD_EDATA, "train.tsv:7: expected 2 columns",
                 kd_fail(&err, KD_EDATA, "%s:%d: expected 2 columns", "train.tsv", 7), &err);
    assert_int_equal(kd_fail(NULL, KD_EIO, "nobody listens"), KD_EIO);
}

static void test_while_puts_its_context_before(void **state)
{
    (void)state;
    kd_error err;
    kd_fail(&err, KD_EDATA, "line 3 is bad");
    assert_int_equal(kd_while(&err, KD_EDATA, "cell %d", 5), KD_EDATA);
    assert_string_equal(err.text, "cell 5: line 3 is bad");
}

static void test_while_cuts_a_text_that_is_too_long(void **state)
{
    (void)state;
    kd_error err;
    char     wide[600];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    kd_fail(&err, KD_EIO, "%s", wide);
    kd_while(&err, KD_EIO, "context");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_memory_equal(err.text, "context: xxx", 12);
    kd_while(&err, KD_EIO, "%s", wide);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_errno_chooses_the_kind(void **state)
{
    (void)state;
    kd_error err;
    assert_fails(KD_ENOINPUT, "x.cfg: No such file", kd_fail_errno(&err, ENOENT, "x.cfg"), &err);
    assert_fails(KD_ECREATE, "denied", kd_fail_errno(&err, EACCES, "x"), &err);
    assert_fails(KD_EIO, "No space", kd_fail_errno(&err, ENOSPC, "x"), &err);
}

static void test_exit_codes_come_back_as_the_same_kind(void **state)
{
    (void)state;
    for (int i = 0; i < KD_STATUS_COUNT; i++) {
        assert_int_equal(kd_status_of_exit(kd_status_exit((kd_status)i)), i);
        assert_true(*kd_status_word((kd_status)i) && *kd_status_meaning((kd_status)i));
    }
    assert_int_equal(kd_status_of_exit(255), KD_EBUG);
}

static void test_tells_want_of_memory_from_a_bug(void **state)
{
    (void)state;
    int   end = 0;
    pid_t pid = KD_SANITIZED ? -1 : fork(); /* a sanitizer has its own words for it */
    if (pid < 0) skip();
    if (pid == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 28, 1 << 28 });
        free(kd_alloc(1 << 30, 1));
        _exit(0);
    }
    waitpid(pid, &end, 0);
    assert_true(WIFEXITED(end));
    assert_int_equal(WEXITSTATUS(end), 71);
}

/* A function that runs at exit(3) and never returns, as OpenBLAS' own does when memory is short. */
static void hang(void)
{
    for (;;) pause();
}

static void test_leaves_whatever_waits_at_exit(void **state)
{
    (void)state;
    int   end = 0;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(30);
        atexit(hang);
        kd_leave(5);
    }
    waitpid(pid, &end, 0);
    assert_true(WIFEXITED(end));
    assert_int_equal(WEXITSTATUS(end), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_sets_text_and_returns_the_kind),
        cmocka_unit_test(test_while_puts_its_context_before),
        cmocka_unit_test(test_while_cuts_a_text_that_is_too_long),
        cmocka_unit_test(test_errno_chooses_the_kind),
        cmocka_unit_test(test_exit_codes_come_back_as_the_same_kind),
        cmocka_unit_test(test_tells_want_of_memory_from_a_bug),
        cmocka_unit_test(test_leaves_whatever_waits_at_exit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
