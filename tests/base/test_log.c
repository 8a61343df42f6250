/* test_log.c - lines for people: with their level and name, and one warning for each line of many.
 */
#include <fcntl.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "tests/support/support.h"

/* What the calls in between write to stderr. */
static int  kept;
static void hear(const char *path)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    kept = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void assert_heard(const char *path, const char *want)
{
    kd_error err;
    kd_str   text = KD_STR_INIT;
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, want);
    kd_str_fini(&text);
}

static void test_says_level_and_name(void **state)
{
    (void)state;
    const char *path = kd_test_file("heard", "");
    kd_log_set_level(KD_LOG_WARNING);
    kd_log_set_name("worker 2");
    hear(path);
    kd_log_warning("disk is %d %% full", 95);
    kd_log_info("not shown");
    kd_log_set_name("");
    kd_log_error("no");
    kd_log_set_level(KD_LOG_INFO);
    assert_heard(path, "kdgrid: warning: worker 2: disk is 95 % full\nkdgrid: error: no\n");
}

static void test_warns_line_by_line(void **state)
{
    (void)state;
    const char *path = kd_test_file("heard", "");
    hear(path);
    kd_log_warnings("");
    kd_log_warnings("one\n\ntwo %s\nthree");
    assert_heard(path, "kdgrid: warning: one\nkdgrid: warning: two %s\nkdgrid: warning: three\n");
}

static void test_shows_what_would_act_on_a_terminal(void **state)
{
    (void)state;
    const char *path = kd_test_file("heard", "");
    hear(path);
    kd_log_error("%s", "tag \x1b[31mB-\xce\xb1\x07 \xff\n2\xe2\x80\xae \xc2\x9b"
                       "1m \xc0\xaf \xed\xa0\x80");
    assert_heard(path, "kdgrid: error: tag \\x1b[31mB-\xce\xb1\\x07 \\xff\\n2\\u202e \\u009b1m "
                       "\\xc0\\xaf \\xed\\xa0\\x80\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_level_and_name),
        cmocka_unit_test(test_warns_line_by_line),
        cmocka_unit_test(test_shows_what_would_act_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
