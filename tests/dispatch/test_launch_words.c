/* What a coordinator tells is what its launcher hears, however the bytes arrive; results pass through. */
#include "harness/dispatch/launch_words.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/dispatch/run.h"
#include "tests/support/support.h"

static int             ends[2], kept; /* a pipe in place of stdout */
static kd_launch_words heard;

static int begin(void **state)
{
    (void)state;
    heard = (kd_launch_words){ .line = KD_STR_INIT };
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    setenv(KD_LAUNCH_WATCHED, "1", 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    kd_str_fini(&heard.line);
    close(ends[0]);
    close(ends[1]);
    unsetenv(KD_LAUNCH_WATCHED);
    unsetenv("OMPI_COMM_WORLD_RANK");
    return 0;
}

static void stdout_to(int fd)
{
    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
}

static void stdout_back(void)
{
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
}

static void say(const char *bytes)
{
    assert_int_equal(write(ends[1], bytes, strlen(bytes)), strlen(bytes));
}

static void test_hears_what_is_told(void **state)
{
    (void)state;
    setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    stdout_to(ends[1]);
    kd_launch_tell_up();
    stdout_back();
    kd_launch_hear(&heard, ends[0], 1);
    assert_true(heard.is_up && !heard.is_ready && !heard.is_at_work && !heard.has_ended);
    assert_int_equal(heard.pid, getpid());
    stdout_to(ends[1]);
    kd_launch_tell_ready();
    kd_launch_tell_beat();
    kd_launch_tell_end(KD_EIO, "no disk\nat all");
    stdout_back();
    kd_launch_hear(&heard, ends[0], 2);
    assert_true(heard.is_ready && heard.is_at_work && heard.has_ended);
    assert_int_equal(heard.status, KD_EIO);
    assert_string_equal(heard.text.text, "no disk at all");
    assert_close(heard.heard_s, 2, 0);
    kd_launch_hear(&heard, ends[0], 3); /* nothing came */
    assert_close(heard.heard_s, 2, 0);
}

static void test_says_nothing_unasked(void **state)
{
    (void)state;
    char byte;
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    stdout_to(ends[1]);
    kd_launch_tell_up(); /* rank 0 does it */
    unsetenv(KD_LAUNCH_WATCHED);
    kd_launch_tell_beat(); /* nobody watches */
    stdout_back();
    assert_int_equal(read(ends[0], &byte, 1), -1);
}

static void test_puts_words_together_that_come_in_pieces(void **state)
{
    (void)state;
    say("kdgrid-word: en");
    kd_launch_hear(&heard, ends[0], 1);
    assert_false(heard.has_ended);
    say("d 75 stopped; run");
    kd_launch_hear(&heard, ends[0], 2);
    assert_false(heard.has_ended);
    say(" again\r\n");
    kd_launch_hear(&heard, ends[0], 3);
    assert_true(heard.has_ended);
    assert_int_equal(heard.status, KD_ESTOPPED);
    assert_string_equal(heard.text.text, "stopped; run again");
}

static void test_knows_no_process_of_another_machine(void **state)
{
    (void)state;
    say("kdgrid-word: ready 4711 some-other-host\n");
    kd_launch_hear(&heard, ends[0], 1);
    assert_true(heard.is_ready);
    assert_int_equal(heard.pid, 0);
}

static void test_passes_results_on(void **state)
{
    (void)state;
    int  results[2];
    char got[64] = "";
    assert_int_equal(pipe(results), 0);
    say("| kind |\nkdgrid-word: beat\n| bert |\n");
    stdout_to(results[1]);
    kd_launch_hear(&heard, ends[0], 1);
    stdout_back();
    assert_true(read(results[0], got, sizeof got - 1) > 0);
    assert_string_equal(got, "| kind |\n| bert |\n");
    assert_true(heard.is_at_work);
    close(results[0]);
    close(results[1]);
}

static void take_point(void *user, const kd_progress_point *point)
{
    *(kd_progress_point *)user = *point;
}

static void test_tells_how_far_a_wide_cell_is(void **state)
{
    (void)state;
    kd_progress_point told = { .loss = 0.25, .score = NAN, .epoch = 3, .epochs = 50 }, got = { 0 };
    heard.on_point = take_point;
    heard.user = &got;
    stdout_to(ends[1]);
    kd_launch_tell_point(&told);
    stdout_back();
    kd_launch_hear(&heard, ends[0], 1);
    assert_int_equal(got.epoch, 3);
    assert_int_equal(got.epochs, 50);
    assert_close(got.loss, 0.25, 1e-9);
    assert_true(isnan(got.score));
    assert_false(heard.is_up || heard.is_ready || heard.has_ended);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_hears_what_is_told),
        EACH(test_tells_how_far_a_wide_cell_is),
        EACH(test_says_nothing_unasked),
        EACH(test_puts_words_together_that_come_in_pieces),
        EACH(test_knows_no_process_of_another_machine),
        EACH(test_passes_results_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
