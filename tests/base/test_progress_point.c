/* It says as a line how far a cell is, and understands such a line, also one of another version. */
#include "harness/base/progress_point.h"

#include <string.h>

#include "tests/support/support.h"

static void test_comes_back_from_its_line(void **state)
{
    (void)state;
    kd_progress_point told = { .loss = 0.41, .score = 0.7253, .epoch = 3, .epochs = 50 },
                      heard = KD_PROGRESS_POINT_INIT;
    kd_str line = KD_STR_INIT;
    kd_progress_point_print(&told, &line);
    assert_string_equal(line.text, "epoch 3 epochs 50 loss 0.41 score 0.725300");
    kd_progress_point_read(&heard, line.text);
    assert_memory_equal(&heard, &told, sizeof told);
    kd_str_fini(&line);
}

static void test_leaves_out_what_is_not_known(void **state)
{
    (void)state;
    kd_progress_point none = KD_PROGRESS_POINT_INIT;
    kd_str            line = KD_STR_INIT;
    kd_progress_point_print(&none, &line);
    assert_string_equal(line.text, "epoch 0 epochs 0");
    kd_str_fini(&line);
}

static void test_passes_over_other_words(void **state)
{
    (void)state;
    static const char *const lines[] = { "epoch 4 mood good score 0.5 loss",
                                         "score 0.5 epoch 4 epochs many",
                                         "epoch 4 score 0.5 tail" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        kd_progress_point heard = KD_PROGRESS_POINT_INIT;
        char              line[64];
        strcpy(line, lines[i]);
        kd_progress_point_read(&heard, line);
        assert_int_equal(heard.epoch, 4);
        assert_int_equal(heard.epochs, 0);
        assert_true(heard.score == 0.5 && isnan(heard.loss));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back_from_its_line),
        cmocka_unit_test(test_leaves_out_what_is_not_known),
        cmocka_unit_test(test_passes_over_other_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
