/* Children of a nursery: how they end, what they say, what they die with. The program is this test
 * itself, started again with "--nursery". */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/nursery.h"
#include "harness/base/str.h"
#include "tests/support/support.h"

static const char *self;

/* What the children do: "exit N", "signal N", "say WORDS", "env NAME", "sleep SECONDS", "size". */
static int child(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *value = argc > 2 ? argv[2] : "";
    if (strcmp(what, "exit") == 0) return atoi(value);
    if (strcmp(what, "signal") == 0) raise(atoi(value));
    if (strcmp(what, "env") == 0) printf("%s\n", getenv(value) ? getenv(value) : "(none)");
    if (strcmp(what, "sleep") == 0) kd_sleep_s(atof(value));
    if (strcmp(what, "size") == 0) return malloc((size_t)1 << 34) ? 0 : 3;
    if (strcmp(what, "say") == 0) {
        printf("%s\n", value);
        if (write(3, value, strlen(value)) < 0) return 1;
    }
    return 0;
}

static kd_nursery *new_nursery(void)
{
    return kd_nursery_create((const char *[]){ self, "--nursery", NULL }, NULL, NULL);
}

static kd_process spawn(kd_nursery *nursery, const char *what, const char *value,
                        kd_process_options options)
{
    const char *argv[] = { self, what, value, NULL };
    kd_process  process;
    kd_error    err;
    options.argv = argv;
    options.dies_with_parent = true;
    assert_ok(kd_nursery_spawn(nursery, &process, &options, &err), &err);
    return process;
}

static kd_process_end end_of(kd_process *process)
{
    kd_process_end end;
    assert_true(kd_process_wait(process, 60, &end));
    kd_process_close(process);
    return end;
}

static pid_t parent_of(pid_t pid)
{
    int   parent = 0;
    char *path = kd_sprintf("/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%*d %*s %*c %d", &parent) != 1) parent = 0;
    if (file) fclose(file);
    free(path);
    return parent;
}

static void test_says_how_children_end(void **state)
{
    (void)state;
    kd_nursery    *nursery = new_nursery();
    kd_process     process = spawn(nursery, "exit", "7", (kd_process_options){ 0 });
    kd_process_end end = end_of(&process);
    assert_true(end.exited);
    assert_int_equal(end.code, 7);
    assert_true(end.peak_bytes > 0);
    process = spawn(nursery, "signal", "6", (kd_process_options){ 0 });
    end = end_of(&process);
    assert_false(end.exited);
    assert_int_equal(end.signal, 6);
    kd_nursery_destroy(nursery);
}

static void test_runs_many_at_a_time(void **state)
{
    (void)state;
    enum { MANY = 40 };
    kd_process  process[MANY];
    kd_nursery *nursery = new_nursery();
    for (int i = 0; i < MANY; i++) {
        char code[8];
        snprintf(code, sizeof code, "%d", i);
        process[i] = spawn(nursery, "exit", code, (kd_process_options){ 0 });
    }
    for (int i = MANY; i-- > 0;) assert_int_equal(end_of(&process[i]).code, i);
    kd_nursery_destroy(nursery);
}

static void test_gives_a_child_its_log_and_its_pipe(void **state)
{
    (void)state;
    char        said[64] = "";
    char       *log = kd_fs_join(kd_test_folder(), "log");
    kd_str      text = KD_STR_INIT;
    kd_error    err;
    kd_nursery *nursery = new_nursery();
    kd_process  process =
        spawn(nursery, "say", "hello", (kd_process_options){ .output = log, .pipe_fd = 3 });
    kd_process_end end;
    assert_true(kd_process_wait(&process, 60, &end));
    assert_int_equal(end.code, 0);
    assert_int_equal(read(process.pipe, said, sizeof said), 5);
    assert_string_equal(said, "hello");
    assert_int_equal(read(process.pipe, said, sizeof said), 0); /* nobody else holds it */
    kd_process_close(&process);
    assert_ok(kd_fs_read(log, &text, &err), &err);
    assert_string_equal(text.text, "hello\n");
    kd_str_fini(&text);
    kd_nursery_destroy(nursery);
    free(log);
}

static void test_gives_all_children_one_environment(void **state)
{
    (void)state;
    static const char *const extra[] = { "KD_TEST_THREADS=1", NULL }, *const drop[] = { "KD_HIDE",
                                                                                        NULL };
    static const char *const asked[] = { "KD_TEST_THREADS", "KD_HIDE_ME", "KD_TEST_THREADS" };
    char                    *log = kd_fs_join(kd_test_folder(), "environment");
    kd_str                   text = KD_STR_INIT;
    kd_error                 err;
    setenv("KD_HIDE_ME", "seen", 1);
    kd_nursery *nursery =
        kd_nursery_create((const char *[]){ self, "--nursery", NULL }, extra, drop);
    for (int i = 0; i < 3; i++) {
        kd_process process = spawn(nursery, "env", asked[i], (kd_process_options){ .output = log });
        assert_int_equal(end_of(&process).code, 0);
    }
    assert_ok(kd_fs_read(log, &text, &err), &err);
    assert_string_equal(text.text, "1\n(none)\n1\n");
    unsetenv("KD_HIDE_ME");
    kd_str_fini(&text);
    kd_nursery_destroy(nursery);
    free(log);
}

/* Started ahead or not, there is one process, and it serves. */
static void test_can_be_started_ahead(void **state)
{
    (void)state;
    kd_nursery *nursery = new_nursery();
    kd_nursery_warm(nursery);
    kd_process one = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    kd_nursery_warm(nursery);
    kd_process two = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    assert_int_equal(parent_of(one.pid), parent_of(two.pid));
    kd_nursery_destroy(nursery);
    assert_int_equal(end_of(&one).signal, SIGKILL);
    assert_int_equal(end_of(&two).signal, SIGKILL);
}

static void test_limits_memory(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its own shadow is larger than any limit */
#endif
    kd_nursery *nursery = new_nursery();
    kd_process  process =
        spawn(nursery, "size", "", (kd_process_options){ .memory_bytes = (int64_t)1 << 32 });
    assert_int_equal(end_of(&process).code, 3);
    kd_nursery_destroy(nursery);
}

static void test_ends_a_child_that_is_signalled(void **state)
{
    (void)state;
    kd_nursery *nursery = new_nursery();
    kd_process  process = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    kd_process_signal(&process, SIGTERM);
    assert_int_equal(end_of(&process).signal, SIGTERM);
    kd_nursery_destroy(nursery);
}

/* The child of a nursery that is killed is told as killed, and the next child gets a new one. */
static void test_outlives_a_nursery_that_is_killed(void **state)
{
    (void)state;
    kd_nursery *nursery = new_nursery();
    kd_process  process = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    pid_t       nest = parent_of(process.pid);
    assert_true(nest > 1 && nest != getpid());
    kill(nest, SIGKILL);
    assert_int_equal(end_of(&process).signal, SIGKILL);
    process = spawn(nursery, "exit", "5", (kd_process_options){ 0 });
    assert_int_equal(end_of(&process).code, 5);
    kd_nursery_destroy(nursery);
}

static pid_t stop_nest_of(const kd_process *process)
{
    pid_t nest = parent_of(process->pid);
    assert_true(nest > 1 && nest != getpid());
    kill(nest, SIGSTOP);
    return nest;
}

/* What a child did while its nursery slept is told when the nursery wakes. */
static void test_waits_for_a_nursery_that_is_stopped_for_a_moment(void **state)
{
    (void)state;
    kd_nursery    *nursery = new_nursery();
    kd_process     process = spawn(nursery, "sleep", "0.1", (kd_process_options){ 0 });
    kd_process_end end;
    pid_t          nest = stop_nest_of(&process);
    assert_false(kd_process_wait(&process, 0.5, &end));
    kill(nest, SIGCONT);
    end = end_of(&process);
    assert_true(end.exited);
    assert_int_equal(end.code, 0);
    kd_nursery_destroy(nursery);
}

/* One that stays stopped hangs nobody: a child that died under it counts as killed, one that runs
 * can be ended, and the next one gets a nursery that is awake. */
static void test_waits_in_vain_only_for_so_long(void **state)
{
    (void)state;
    kd_nursery    *nursery = new_nursery();
    kd_process     one = spawn(nursery, "sleep", "0.1", (kd_process_options){ 0 });
    kd_process     two = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    kd_process_end end;
    pid_t          nest = stop_nest_of(&one);
    assert_true(kd_process_wait(&one, 60, &end));
    assert_int_equal(end.signal, SIGKILL);
    kd_process_close(&one);
    kd_process_close(&two);
    kd_process three = spawn(nursery, "exit", "5", (kd_process_options){ 0 });
    assert_int_equal(end_of(&three).code, 5);
    assert_int_not_equal(kill(nest, 0), 0);
    kd_nursery_destroy(nursery);
}

static void test_destroys_a_nursery_that_is_stopped(void **state)
{
    (void)state;
    kd_nursery *nursery = new_nursery();
    kd_process  process = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    stop_nest_of(&process);
    kd_nursery_destroy(nursery);
    assert_int_equal(end_of(&process).signal, SIGKILL);
}

static void test_takes_its_children_with_it(void **state)
{
    (void)state;
    kd_nursery *nursery = new_nursery();
    kd_process  process = spawn(nursery, "sleep", "600", (kd_process_options){ 0 });
    kd_nursery_destroy(nursery);
    assert_int_equal(end_of(&process).signal, SIGKILL);
}

static void test_refuses_what_does_not_start(void **state)
{
    (void)state;
    const char *argv[] = { "nowhere", "exit", "0", NULL };
    kd_process  process;
    kd_error    err;
    kd_nursery *nursery =
        kd_nursery_create((const char *[]){ "/nowhere/kdgrid", "--nursery", NULL }, NULL, NULL);
    kd_process_options options = { .argv = argv };
    kd_nursery_warm(nursery); /* says nothing */
    assert_int_not_equal(kd_nursery_spawn(nursery, &process, &options, &err), KD_OK);
    assert_non_null(strstr(err.text, "/nowhere/kdgrid: no such program"));
    kd_nursery_destroy(nursery);
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc == 3 && strcmp(argv[1], "--nursery") == 0)
        return kd_nursery_serve(atoi(argv[2]), child);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return 1;
    path[length] = 0;
    self = path;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_how_children_end),
        cmocka_unit_test(test_runs_many_at_a_time),
        cmocka_unit_test(test_gives_a_child_its_log_and_its_pipe),
        cmocka_unit_test(test_gives_all_children_one_environment),
        cmocka_unit_test(test_can_be_started_ahead),
        cmocka_unit_test(test_limits_memory),
        cmocka_unit_test(test_ends_a_child_that_is_signalled),
        cmocka_unit_test(test_outlives_a_nursery_that_is_killed),
        cmocka_unit_test(test_waits_for_a_nursery_that_is_stopped_for_a_moment),
        cmocka_unit_test(test_waits_in_vain_only_for_so_long),
        cmocka_unit_test(test_destroys_a_nursery_that_is_stopped),
        cmocka_unit_test(test_takes_its_children_with_it),
        cmocka_unit_test(test_refuses_what_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
