/* test_say.c - what an argument holds is seen and does nothing; what the format says stays. */
#include "harness/base/say.h"
#include "tests/support/support.h"

static void assert_says(const char *want, kd_str *said)
{
    assert_string_equal(said->text, want);
    kd_str_reset(said);
}

static void test_shows_what_would_act_and_keeps_its_own_line_ends(void **state)
{
    (void)state;
    kd_str said = KD_STR_INIT;
    kd_str_say(&said, "%s: %d of %s\n", "a\x1b[2J", 7, "b\n");
    assert_says("a\\x1b[2J: 7 of b\\n\n", &said);
    kd_str_say(&said, "\n  %s", "\n");
    assert_says("\n  \\n", &said);
    kd_str_say(&said, "%s", "\xce\xb1\xff");
    assert_says("\xce\xb1\\xff", &said);
    kd_str_say(&said, "\n");
    assert_says("\n", &said);
    kd_str_say(&said, "%s\n\n", "");
    assert_says("\n\n", &said);
    kd_str_fini(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shows_what_would_act_and_keeps_its_own_line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
