/* Sizes are those of published tables; the parameter counts give 4 P / 2^20. */
#include <math.h>

#include "results/format.h"
#include "tests/support/support.h"

static void test_prints_published_sizes_by_their_rule(void **state)
{
    static const struct {
        double      parameters;
        int         decimals;
        kd_rounding rounding;
        const char *printed;
    } rows[] = {
        { 12313809, 0, KD_ROUND_HALF_UP_2STAGE, "47" }, /* 46.9735 */
        { 12313809, 1, KD_ROUND_TRUNC, "46.9" },
        { 12313809, 1, KD_ROUND_HALF_UP_2STAGE, "47.0" },
        { 12464569, 1, KD_ROUND_HALF_UP_2STAGE, "47.6" }, /* 47.5486, by way of 47.55 */
        { 12464569, 1, KD_ROUND_TRUNC, "47.5" },
        { 10570169, 1, KD_ROUND_HALF_UP_2STAGE, "40.3" }, /* 40.3220 */
        { 27554185, 0, KD_ROUND_HALF_UP_2STAGE, "105" },  /* 105.1109 */
        { 14260065, 0, KD_ROUND_HALF_UP_2STAGE, "54" },   /* 54.3978 */
        { 107726601, 0, KD_ROUND_HALF_UP_2STAGE, "411" }, /* 410.9444 */
        { 107726601, 3, KD_ROUND_HALF_UP_2STAGE, "410.944" },
        { 107726601, 2, KD_ROUND_TRUNC, "410.94" },
        { 0, 1, KD_ROUND_HALF_UP_2STAGE, "0.0" },
        { 5000, 2, KD_ROUND_TRUNC, "0.01" },
    };
    kd_str out = KD_STR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_str_reset(&out);
        kd_format_size(&out, 4 * rows[i].parameters / 1048576, rows[i].decimals, rows[i].rounding);
        assert_string_equal(out.text, rows[i].printed);
    }
    kd_str_fini(&out);
}

static void test_knows_rules_by_their_words(void **state)
{
    kd_rounding rounding;

    (void)state;
    assert_true(kd_rounding_parse("trunc", &rounding));
    assert_int_equal(rounding, KD_ROUND_TRUNC);
    assert_true(kd_rounding_parse("half_up_2stage", &rounding));
    assert_int_equal(rounding, KD_ROUND_HALF_UP_2STAGE);
    assert_false(kd_rounding_parse("up", &rounding));
}

static void test_prints_numbers_for_readers_and_for_programs(void **state)
{
    kd_str out = KD_STR_INIT;

    (void)state;
    kd_format_real(&out, 0.81237, 4);
    kd_str_add_char(&out, ' ');
    kd_format_real(&out, -0.00004, 4);
    kd_str_add_char(&out, ' ');
    kd_format_real(&out, -0.00006, 4);
    kd_str_add_char(&out, ' ');
    kd_format_exact(&out, 0.1);
    kd_str_add_char(&out, ' ');
    kd_format_exact(&out, 1.0 / 3.0);
    kd_str_add_char(&out, ' ');
    kd_format_exact(&out, NAN);
    assert_string_equal(out.text, "0.8124 0.0000 -0.0001 0.1 0.3333333333333333 ");
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_published_sizes_by_their_rule),
        cmocka_unit_test(test_knows_rules_by_their_words),
        cmocka_unit_test(test_prints_numbers_for_readers_and_for_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
