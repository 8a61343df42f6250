/* Nothing fails unless the environment asks for it, and then as often as it asks. */
#include "harness/base/fault.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "tests/support/support.h"

static void ask_for(const char *text)
{
    if (text)
        setenv(KD_FAULTS_ENV, text, 1);
    else
        unsetenv(KD_FAULTS_ENV);
    kd_fault_reset();
}

static void test_leaves_everything_alone_by_default(void **state)
{
    (void)state;
    static const char *const nothing[] = { NULL, "", "seed=3", "write", "write=x wrote=1" };
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        ask_for(nothing[i]);
        for (int n = 0; n < 1000; n++)
            for (int fault = 0; fault < KD_FAULT_COUNT; fault++)
                assert_int_equal(kd_fault_errno((kd_fault)fault), 0);
        kd_fault_witness("nobody hears this");
    }
}

static void test_fails_as_often_as_it_is_asked_to(void **state)
{
    (void)state;
    int full = 0, broken = 0;
    ask_for("seed=5 write=0.25");
    for (int n = 0; n < 4000; n++) {
        int number = kd_fault_errno(KD_FAULT_WRITE);
        full += number == ENOSPC;
        broken += number == EIO;
        assert_int_equal(kd_fault_errno(KD_FAULT_SYNC), 0);
    }
    assert_in_range(full, 350, 650); /* of 500: five standard deviations and more */
    assert_in_range(broken, 350, 650);
    for (int n = 0; n < 100; n++) assert_true(kd_fault_part(7) < 7);
    assert_int_equal(kd_fault_part(0), 0);
}

static void test_hastens_only_when_asked(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        double      want;
    } cases[] = { { NULL, 1 }, { "haste=6", 6 }, { "haste=0.5", 1 }, { "seed=1 haste=x", 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_for(cases[i].asked);
        assert_true(kd_fault_haste() == cases[i].want);
    }
}

static void test_tells_its_log_of_each(void **state)
{
    (void)state;
    char *path = kd_fs_join(kd_test_folder(), "a log"),
         *asked = kd_sprintf("seed=1 tear=1 log=%s", path);
    kd_str   text = KD_STR_INIT;
    kd_error err;
    ask_for(asked);
    assert_true(kd_fault_happens(KD_FAULT_TEAR));
    kd_fault_witness("durable %d %d", 3, 118);
    assert_true(kd_fault_happens(KD_FAULT_TEAR));
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, "tear\ndurable 3 118\ntear\n");
    kd_str_fini(&text);
    free(asked);
    free(path);
}

/* Writers fail as they would on a full disk: said in one line, and nothing half-written stays. */
static void test_makes_writers_fail_cleanly(void **state)
{
    (void)state;
    static const char *const rates[] = { "write=1", "sync=1" };
    char                    *path = kd_fs_join(kd_test_folder(), "target");
    char                   **names;
    size_t                   before, after;
    kd_error                 err;
    for (int i = 0; i < 2; i++) {
        ask_for(NULL);
        assert_ok(kd_fs_list(kd_test_folder(), &names, &before, &err), &err);
        kd_fs_free_names(names, before);
        ask_for(rates[i]);
        kd_status status = kd_fs_write(path, "text", 4, &err);
        assert_fails(status == KD_ECREATE ? status : KD_EIO, path, status, &err);
        assert_false(kd_fs_exists(path));
        assert_ok(kd_fs_list(kd_test_folder(), &names, &after, &err), &err);
        kd_fs_free_names(names, after);
        assert_int_equal(before, after);
    }
    ask_for(NULL);
    assert_ok(kd_fs_write(path, "text", 4, &err), &err);
    free(path);
}

static void test_fails_the_kth_and_counts_all(void **state)
{
    (void)state;
    ask_for("fail=write:3x2 fail=read:2");
    for (int n = 1; n <= 6; n++) {
        assert_int_equal(kd_fault_errno(KD_FAULT_WRITE), n == 3 || n == 4 ? ENOSPC : 0);
        assert_int_equal(kd_fault_errno(KD_FAULT_READ), n == 2 ? EIO : 0);
        assert_int_equal(kd_fault_errno(KD_FAULT_SYNC), 0);
    }
}

static void test_fails_between_two_records(void **state)
{
    (void)state;
    ask_for("fail=write@2-4");
    for (int records = 0; records < 6; records++) {
        for (int n = 0; n < 3; n++)
            assert_int_equal(kd_fault_errno(KD_FAULT_WRITE),
                             records == 2 || records == 3 ? ENOSPC : 0);
        kd_fault_record();
    }
}

/* Two processes, one sequence: the third read is the parent's second. */
static void test_counts_for_all_processes_together(void **state)
{
    (void)state;
    char *path = kd_fs_join(kd_test_folder(), "shared"),
         *asked = kd_sprintf("fail=read:3 log=%s", path);
    assert_int_equal(kd_fault_counted(path, KD_FAULT_READ), 0);
    ask_for(asked);
    assert_int_equal(kd_fault_errno(KD_FAULT_READ), 0);
    pid_t child = fork();
    if (child == 0) {
        kd_fault_reset();
        _exit(kd_fault_errno(KD_FAULT_READ));
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_int_equal(end, 0);
    assert_int_equal(kd_fault_errno(KD_FAULT_READ), EIO);
    ask_for(NULL);
    assert_int_equal(kd_fault_counted(path, KD_FAULT_READ), 3);
    assert_int_equal(kd_fault_counted(path, KD_FAULT_SYNC), 0);
    free(asked);
    free(path);
}

static void take_memory(void)
{
    free(kd_alloc(1, 1));
    free(kd_sprintf("%d", 1));
    free(kd_realloc(NULL, 1, 1));
    free(kd_alloc_aligned(64));
    _exit(0);
}

static void test_ends_a_process_that_gets_no_memory(void **state)
{
    (void)state;
    for (int n = 1; n <= 5; n++) {
        char *asked = kd_sprintf("fail=alloc:%d", n);
        pid_t child = fork();
        if (child == 0) {
            ask_for(asked);
            if (freopen("/dev/null", "w", stderr)) take_memory();
        }
        int end;
        assert_int_equal(waitpid(child, &end, 0), child);
        assert_true(WIFEXITED(end));
        assert_int_equal(WEXITSTATUS(end), n < 5 ? kd_status_exit(KD_EMEMORY) : 0);
        free(asked);
    }
}

static void test_makes_readers_fail_in_words(void **state)
{
    (void)state;
    char      *path = kd_fs_join(kd_test_folder(), "read me");
    char     **names;
    size_t     count;
    kd_str     text = KD_STR_INIT;
    kd_fs_view view;
    kd_error   err;
    assert_ok(kd_fs_write(path, "text", 4, &err), &err);
    ask_for("read=1");
    assert_fails(KD_EIO, "read me: Input/output error", kd_fs_read(path, &text, &err), &err);
    assert_fails(KD_EIO, "read me: Input/output error", kd_fs_map(&view, path, &err), &err);
    assert_fails(KD_EIO, "cannot be listed", kd_fs_list(kd_test_folder(), &names, &count, &err),
                 &err);
    ask_for("fail=read:2"); /* it is open, and then the disk fails */
    assert_fails(KD_EIO, "cannot read", kd_fs_read(path, &text, &err), &err);
    ask_for("fail=read:2");
    assert_fails(KD_EIO, "cannot be mapped", kd_fs_map(&view, path, &err), &err);
    kd_str_fini(&text);
    free(path);
}

static void test_lets_the_date_jump_at_a_record(void **state)
{
    (void)state;
    ask_for("jump=2:-3600");
    double before_s = kd_clock_unix_s();
    kd_fault_record();
    assert_true(fabs(kd_clock_unix_s() - before_s) < 60);
    kd_fault_record();
    assert_true(fabs(kd_clock_unix_s() + 3600 - before_s) < 60);
}

static void test_halts_before_a_record(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        ask_for("halt=2,4");
        for (int n = 0; n < 5; n++) kd_fault_record();
        _exit(0);
    }
    int end;
    for (int halts = 0; halts < 2; halts++) {
        assert_int_equal(waitpid(child, &end, WUNTRACED), child);
        assert_true(WIFSTOPPED(end));
        kill(child, SIGCONT);
    }
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_int_equal(end, 0);
}

static int forget(void **state)
{
    (void)state;
    ask_for(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_leaves_everything_alone_by_default, forget),
        cmocka_unit_test_teardown(test_fails_as_often_as_it_is_asked_to, forget),
        cmocka_unit_test_teardown(test_hastens_only_when_asked, forget),
        cmocka_unit_test_teardown(test_tells_its_log_of_each, forget),
        cmocka_unit_test_teardown(test_makes_writers_fail_cleanly, forget),
        cmocka_unit_test_teardown(test_fails_the_kth_and_counts_all, forget),
        cmocka_unit_test_teardown(test_counts_for_all_processes_together, forget),
        cmocka_unit_test_teardown(test_fails_between_two_records, forget),
        cmocka_unit_test_teardown(test_ends_a_process_that_gets_no_memory, forget),
        cmocka_unit_test_teardown(test_makes_readers_fail_in_words, forget),
        cmocka_unit_test_teardown(test_lets_the_date_jump_at_a_record, forget),
        cmocka_unit_test_teardown(test_halts_before_a_record, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
