/* test_process.c - children are started, bounded, watched and ended with all they started. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "tests/support/support.h"

static const char *const *shell(const char *script)
{
    static const char *argv[4];
    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = script;
    return argv;
}

static kd_process_end run(kd_process_options options)
{
    kd_error       err;
    kd_process     process;
    kd_process_end end;
    assert_ok(kd_process_spawn(&process, &options, &err), &err);
    assert_true(kd_process_wait(&process, 20, &end));
    kd_process_close(&process);
    return end;
}

/* Whether the process ends within five seconds; a zombie that nobody reaped has ended. */
static bool goes_away(pid_t pid)
{
    char  *stat = kd_sprintf("/proc/%d/stat", pid);
    kd_str line = KD_STR_INIT;
    bool   is_gone = false;
    for (int i = 0; i < 500 && !is_gone; i++) {
        is_gone = kd_fs_read(stat, &line, NULL) != KD_OK || strstr(line.text, ") Z");
        if (!is_gone) kd_sleep_s(0.01);
    }
    kd_str_fini(&line);
    free(stat);
    return is_gone;
}

static void test_tells_how_a_child_ended(void **state)
{
    (void)state;
    char           words[64];
    kd_process_end end = run((kd_process_options){ .argv = shell("exit 3") });
    assert_true(end.exited);
    assert_string_equal(kd_process_end_words(words, sizeof words, &end), "exit 3");
    end = run((kd_process_options){ .argv = shell("kill -SEGV $$") });
    assert_false(end.exited);
    assert_string_equal(kd_process_end_words(words, sizeof words, &end),
                        "signal 11 (Segmentation fault)");
}

static void test_names_a_program_that_is_not_there(void **state)
{
    (void)state;
    kd_error           err;
    kd_process         process;
    const char *const  argv[] = { "no-such-program-of-ours", NULL };
    kd_process_options options = { .argv = argv };
    assert_fails(KD_ENOINPUT, "no-such-program-of-ours: no such program",
                 kd_process_spawn(&process, &options, &err), &err);
}

static void test_changes_the_environment_and_keeps_the_log(void **state)
{
    (void)state;
    kd_error          err;
    kd_str            text = KD_STR_INIT;
    char             *log = kd_fs_join(kd_test_folder(), "log");
    const char *const extra[] = { "KD_TEST_A=new", NULL }, *const drop[] = { "KD_TEST_B", NULL };
    setenv("KD_TEST_A", "old", 1);
    setenv("KD_TEST_B1", "there", 1);
    setenv("KD_TEST_C", "kept", 1);
    run((kd_process_options){ .argv = shell("echo $KD_TEST_A-$KD_TEST_B1-$KD_TEST_C; echo e >&2"),
                              .extra_env = extra,
                              .drop_env = drop,
                              .output = log });
    assert_ok(kd_fs_read(log, &text, &err), &err);
    assert_string_equal(text.text, "new--kept\ne\n");
    kd_str_fini(&text);
    free(log);
}

static void test_waits_no_longer_than_asked_and_ends_the_group(void **state)
{
    (void)state;
    kd_error       err;
    kd_process     process;
    kd_process_end end;
    char           script[256];
    char          *pid_file = kd_fs_join(kd_test_folder(), "grandchild");
    snprintf(script, sizeof script, "sleep 60 & echo $! > %s.part; mv %s.part %s; wait", pid_file,
             pid_file, pid_file);
    kd_process_options options = { .argv = shell(script) };
    assert_ok(kd_process_spawn(&process, &options, &err), &err);
    assert_false(kd_process_wait(&process, 0.05, &end));
    for (int i = 0; i < 500 && !kd_fs_exists(pid_file); i++) kd_sleep_s(0.01);

    kd_str text = KD_STR_INIT;
    assert_ok(kd_fs_read(pid_file, &text, &err), &err);
    kd_process_close(&process);
    pid_t grandchild = atoi(text.text);
    assert_true(goes_away(grandchild));
    kd_process_close(&process); /* safe to repeat */
    kd_str_fini(&text);
    free(pid_file);
}

static void test_bounds_files(void **state)
{
    (void)state;
    char              *log = kd_fs_join(kd_test_folder(), "long");
    kd_process_options options = { .argv = shell("yes"), .output = log, .file_bytes = 10000 };
    kd_process_end     end = run(options);
    assert_int_equal(end.signal, SIGXFSZ);
    assert_true(kd_fs_size(log) <= 10000);
    free(log);
}

#ifndef __SANITIZE_ADDRESS__
static void test_bounds_memory(void **state)
{
    (void)state;
    const char *const  argv[] = { "perl", "-e", "my $x = 'a' x 500_000_000; exit 0", NULL };
    kd_process_options options = { .argv = argv, .memory_bytes = 100 << 20, .output = "/dev/null" };
    kd_process_end     end = run(options);
    assert_false(end.exited && end.code == 0);
    options.memory_bytes = 0;
    end = run(options);
    assert_true(end.exited && end.code == 0);
    assert_true(end.peak_bytes > 400 << 20);
}
#endif

static void test_hears_a_child_through_its_pipe(void **state)
{
    (void)state;
    kd_error           err;
    kd_process         process;
    kd_process_end     end;
    char               bytes[64];
    kd_process_options options = { .argv = shell("echo epoch 1 >&5"), .pipe_fd = 5 };
    assert_ok(kd_process_spawn(&process, &options, &err), &err);
    assert_true(kd_process_wait(&process, 20, &end));
    ssize_t got = read(process.pipe, bytes, sizeof bytes);
    assert_int_equal(got, 8);
    assert_memory_equal(bytes, "epoch 1\n", 8);
    kd_process_close(&process);
}

static void test_captures_output_within_its_time(void **state)
{
    (void)state;
    kd_error       err;
    kd_process_end end;
    kd_str         out = KD_STR_INIT, errors = KD_STR_INIT;
    assert_ok(
        kd_process_capture(shell("echo out; echo no >&2; exit 4"), 20, &out, &errors, &end, &err),
        &err);
    assert_string_equal(out.text, "out\n");
    assert_string_equal(errors.text, "no\n");
    assert_int_equal(end.code, 4);
    assert_fails(KD_EIO, "no answer within",
                 kd_process_capture(shell("sleep 30"), 0.1, &out, NULL, &end, &err), &err);
    kd_str_fini(&out);
    kd_str_fini(&errors);
}

static void test_dies_with_its_parent(void **state)
{
    (void)state;
    /* the middle process starts a child bound to it, tells its pid and is killed */
    int   tell[2];
    pid_t child = 0;
    assert_int_equal(pipe(tell), 0);
    pid_t middle = fork();
    if (middle == 0) {
        kd_process         process;
        kd_process_options options = { .argv = shell("exec sleep 60"), .dies_with_parent = true };
        if (kd_process_spawn(&process, &options, NULL) != KD_OK) _exit(1);
        if (write(tell[1], &process.pid, sizeof process.pid) < 0) _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(tell[0], &child, sizeof child), sizeof child);
    kill(middle, SIGKILL);
    assert_true(goes_away(child));
    close(tell[0]);
    close(tell[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_how_a_child_ended),
        cmocka_unit_test(test_names_a_program_that_is_not_there),
        cmocka_unit_test(test_changes_the_environment_and_keeps_the_log),
        cmocka_unit_test(test_waits_no_longer_than_asked_and_ends_the_group),
        cmocka_unit_test(test_bounds_files),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_bounds_memory),
#endif
        cmocka_unit_test(test_hears_a_child_through_its_pipe),
        cmocka_unit_test(test_captures_output_within_its_time),
        cmocka_unit_test(test_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
