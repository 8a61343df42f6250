#include <string.h>

#include "results/role.h"
#include "tests/support/support.h"

#define MODEL(...)                                                                                \
    {                                                                                             \
        .kind = "model", .settings = (kd_record_setting[]){ __VA_ARGS__ },                        \
        .setting_count = sizeof((kd_record_setting[]){ __VA_ARGS__ }) / sizeof(kd_record_setting) \
    }

/* As the plan resolves them: a student tells all that it stands on, a teacher its corpus. */
static const kd_record taught = MODEL({ "distill.method", "logit-mse" }, { "student.hidden", "16" },
                                      { "teacher.hidden", "64" }),
                       alone = MODEL({ "distill.method", "none" }, { "student.hidden", "16" }),
                       teacher = MODEL({ "data.corpus", "x" }, { "teacher.hidden", "64" }),
                       start = MODEL({ "finetune.epochs", "3" }, { "student.hidden", "16" }),
                       begun = MODEL({ "distill.method", "none" }, { "finetune.epochs", "3" },
                                     { "student.hidden", "16" }),
                       imported = MODEL({ "task", "ner" });

static void fill(kd_cells *cells, const kd_record *const *records, size_t count)
{
    *cells = (kd_cells)KD_VEC_INIT;
    for (size_t i = 0; i < count; i++) kd_vec_push(cells, records[i]);
}

static void test_tells_roles_by_settings(void **state)
{
    (void)state;
    assert_int_equal(kd_record_role(&taught), KD_ROLE_STUDENT);
    assert_int_equal(kd_record_role(&alone), KD_ROLE_STUDENT);
    assert_int_equal(kd_record_role(&begun), KD_ROLE_STUDENT);
    assert_int_equal(kd_record_role(&imported), KD_ROLE_STUDENT);
    assert_int_equal(kd_record_role(&teacher), KD_ROLE_TEACHER);
    assert_int_equal(kd_record_role(&start), KD_ROLE_START);
}

static void test_keeps_the_role_that_is_asked_for_and_counts_the_rest(void **state)
{
    static const kd_record *const all[] = { &teacher, &taught, &start, &alone, &start };
    static const struct {
        const char *role;
        size_t      kept;
        const char *said;
    } cases[] = {
        { NULL, 2, "left out: 1 teacher, 2 starts (--role all has them)" },
        { "student", 2, "left out: 1 teacher, 2 starts (--role all has them)" },
        { "teacher", 1, "left out: 2 students, 2 starts (--role all has them)" },
        { "start", 2, "left out: 2 students, 1 teacher (--role all has them)" },
        { "all", 5, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_cells    cells;
        kd_left_out left_out;
        kd_str      said = KD_STR_INIT;
        kd_error    err;
        fill(&cells, all, 5);
        assert_ok(kd_cells_keep_role(&cells, cases[i].role, &left_out, &err), &err);
        assert_int_equal(cells.count, cases[i].kept);
        kd_left_out_say(&said, &left_out);
        assert_string_equal(said.text, cases[i].said);
        kd_str_fini(&said);
        kd_vec_fini(&cells);
    }
}

static void test_keeps_teachers_where_there_is_nothing_else(void **state)
{
    static const kd_record *const all[] = { &teacher, &start };
    kd_cells                      cells;
    kd_left_out                   left_out;
    kd_error                      err;

    (void)state;
    fill(&cells, all, 2);
    assert_ok(kd_cells_keep_role(&cells, NULL, &left_out, &err), &err);
    assert_int_equal(cells.count, 2);
    assert_fails(KD_EUSAGE, "--role student: no cell is a student",
                 kd_cells_keep_role(&cells, "student", &left_out, &err), &err);
    kd_vec_reset(&cells);
    assert_ok(kd_cells_keep_role(&cells, "student", &left_out, &err), &err);
    kd_vec_fini(&cells);
}

static void test_suggests_a_word(void **state)
{
    static const kd_record *const all[] = { &teacher };
    kd_cells                      cells;
    kd_left_out                   left_out;
    kd_error                      err;

    (void)state;
    fill(&cells, all, 1);
    assert_fails(KD_EUSAGE,
                 "--role is student, teacher, start or all, not techer; did you mean teacher?",
                 kd_cells_keep_role(&cells, "techer", &left_out, &err), &err);
    kd_vec_fini(&cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_roles_by_settings),
        cmocka_unit_test(test_keeps_the_role_that_is_asked_for_and_counts_the_rest),
        cmocka_unit_test(test_keeps_teachers_where_there_is_nothing_else),
        cmocka_unit_test(test_suggests_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
