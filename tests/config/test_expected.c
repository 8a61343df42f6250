/* test_expected.c - what a table may ask of cells that have not run. */
#include "harness/config/expected.h"

#include <string.h>

#include "tests/support/support.h"

static const char study_text[] =
    "study = { name = \"s\"; seeds = [1, 2]; data = { corpus = \"synth\"; };\n"
    "  student = { kind = \"bilstm\"; };\n"
    "  axes = ( { key = \"distill.method\"; values = [\"none\", \"kl\"]; },\n"
    "           { key = \"student.init\"; values = [\"scratch\", \"teacher-layers\"]; } ); };\n";

static kd_study *open_study(void)
{
    kd_study *study;
    kd_error  err;
    assert_ok(
        kd_study_open(&study, kd_test_file("s.cfg", study_text), &(kd_study_options){ 0 }, &err),
        &err);
    return study;
}

static void test_cells_differ_along_axes_and_seeds(void **state)
{
    kd_study          *study = open_study();
    kd_expected       *e = kd_expected_create(study);
    size_t             count;
    const char *const *keys = kd_expected_varying(e, &count);
    (void)state;
    assert_int_equal(kd_expected_count(e), 8);
    assert_int_equal(count, 3);
    assert_string_equal(keys[0], "distill.method");
    assert_string_equal(keys[1], "student.init");
    assert_string_equal(keys[2], "seed");
    kd_expected_destroy(e);
    kd_study_close(study);
}

/* A temperature is read where something is distilled; a teacher also where its weights are taken. */
static void test_only_what_a_cell_reads_is_a_value_of_it(void **state)
{
    kd_study    *study = open_study();
    kd_expected *e = kd_expected_create(study);
    (void)state;
    for (size_t i = 0; i < kd_expected_count(e); i++) {
        kd_expected_take(e, i);
        bool distils = strcmp(kd_expected_said(e, "distill.method"), "kl") == 0;
        bool takes = strcmp(kd_expected_said(e, "student.init"), "teacher-layers") == 0;
        assert_non_null(kd_expected_said(e, "distill.temperature"));
        assert_int_equal(kd_expected_read(e, "distill.temperature") != NULL, distils);
        assert_int_equal(kd_expected_read(e, "teacher.train.epochs") != NULL, distils || takes);
        assert_non_null(kd_expected_read(e, "train.epochs"));
        assert_null(kd_expected_said(e, "train.epoch"));
        assert_null(kd_expected_read(e, "train.epoch"));
    }
    kd_expected_destroy(e);
    kd_study_close(study);
}

static void test_a_wrong_key_is_told_with_the_nearest(void **state)
{
    kd_error err;
    (void)state;
    assert_true(kd_expected_is_setting("student.hidden"));
    assert_int_equal(kd_expected_check_setting("student.hidden", "--rows", &err), KD_OK);
    assert_int_equal(kd_expected_check_setting("student.hiden", "--rows", &err), KD_EUSAGE);
    assert_string_equal(err.text, "--rows: no setting is called student.hiden; did you mean "
                                  "student.hidden?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_differ_along_axes_and_seeds),
        cmocka_unit_test(test_only_what_a_cell_reads_is_a_value_of_it),
        cmocka_unit_test(test_a_wrong_key_is_told_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
