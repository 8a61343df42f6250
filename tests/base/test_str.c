/* test_str.c - text grows, numbers are whole or refused, near words are found. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "tests/support/support.h"

static void test_grows_cuts_and_hands_over(void **state)
{
    (void)state;
    kd_str str = KD_STR_INIT;
    assert_string_equal(str.text, "");
    for (int i = 0; i < 1000; i++) kd_str_addf(&str, "%d,", i);
    assert_int_equal(str.length, 10 * 2 + 90 * 3 + 900 * 4);
    kd_str_cut(&str, 5);
    assert_string_equal(str.text, "0,1,2");
    char *taken = kd_str_take(&str);
    assert_string_equal(taken, "0,1,2");
    assert_string_equal(str.text, "");
    free(taken);
    kd_str_add_bytes(&str, "a\0b", 3);
    assert_int_equal(str.length, 3);
    kd_str_fini(&str);
    taken = kd_str_take(&str);
    assert_string_equal(taken, "");
    free(taken);
}

static void test_keeps_text_in_its_line_and_word(void **state)
{
    (void)state;
    kd_str str = KD_STR_INIT;
    kd_str_add_plain(&str, "a\tb\r\nc\x01", 7);
    assert_string_equal(str.text, "a b  c ");
    kd_str_reset(&str);
    kd_str_add_shell(&str, "store/x-1.cfg");
    kd_str_add_char(&str, ' ');
    kd_str_add_shell(&str, "it's $HOME");
    kd_str_add_char(&str, ' ');
    kd_str_add_shell(&str, "");
    assert_string_equal(str.text, "store/x-1.cfg 'it'\\''s $HOME' ''");
    kd_str_fini(&str);
}

static void test_fills_lines_between_words(void **state)
{
    (void)state;
    kd_str str = KD_STR_INIT;
    kd_str_add_filled(&str, "a", 0, 70, "one two three four-and-more");
    assert_string_equal(
        str.text,
        "a                                                                     one two"
        "\n                                                                      three"
        "\n                                                                      four-and-more"
        "\n"); /* a word that is longer than the line has one of its own */
    kd_str_fini(&str);
}

static void test_reads_whole_numbers_or_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool        is_int, is_real;
    } cases[] = {
        { "0", 1, 1 },   { "-12", 1, 1 }, { "+3", 1, 1 },   { "1e3", 0, 1 },
        { "1.5", 0, 1 }, { "", 0, 0 },    { " 1", 0, 0 },   { "1 ", 0, 0 },
        { "12x", 0, 0 }, { "nan", 0, 0 }, { "inf", 0, 0 },  { "1e999", 0, 0 },
        { "-", 0, 0 },   { ".5", 0, 1 },  { "0x10", 0, 1 }, { "99999999999999999999", 0, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long long whole;
        double    real;
        assert_int_equal(kd_parse_int(cases[i].text, &whole), cases[i].is_int);
        assert_int_equal(kd_parse_real(cases[i].text, &real), cases[i].is_real);
    }
}

static void test_finds_what_a_person_meant(void **state)
{
    (void)state;
    static const char *const keys[] = { "student.hidden", "student.layers", "train.lr", "seed" };
    assert_string_equal(kd_nearest("student.hiden", keys, 4), "student.hidden");
    assert_string_equal(kd_nearest("sede", keys, 4), "seed");
    assert_null(kd_nearest("temperature", keys, 4));
    assert_null(kd_nearest("x", keys, 0));
}

static void test_knows_beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(kd_starts_with("OMPI_COMM", "OMPI_") && !kd_starts_with("OM", "OMPI"));
    assert_true(kd_ends_with("a.cfg", ".cfg") && !kd_ends_with("g", ".cfg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_cuts_and_hands_over),
        cmocka_unit_test(test_keeps_text_in_its_line_and_word),
        cmocka_unit_test(test_fills_lines_between_words),
        cmocka_unit_test(test_reads_whole_numbers_or_refuses),
        cmocka_unit_test(test_finds_what_a_person_meant),
        cmocka_unit_test(test_knows_beginnings_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
