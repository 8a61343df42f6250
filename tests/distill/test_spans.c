/* test_spans.c - starts and ends: losses beside PyTorch's, gradients by differences, what methods see. */
#include <math.h>
#include <string.h>

#include "distill/method_internal.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

enum { PIECES = 8, WINDOWS = 3, K = 2 };
#define WITHIN 1e-6

static kd_json_document *document;
static int32_t           begin[WINDOWS + 1], spans[2 * WINDOWS];
static float             said[PIECES * K], taught[PIECES * K];

static const kd_json *get(const char *key)
{
    return kd_json_get(kd_json_root(document), key);
}

static void read_floats(const char *key, float *out, size_t count)
{
    assert_int_equal(kd_json_count(get(key)), count);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)kd_json_to_real(kd_json_at(get(key), i), NAN);
}

static void read_ints(const char *key, int32_t *out, size_t count)
{
    assert_int_equal(kd_json_count(get(key)), count);
    for (size_t i = 0; i < count; i++)
        out[i] = (int32_t)kd_json_to_int(kd_json_at(get(key), i), -1);
}

/* ---- beside PyTorch ---- */

/* Weights that are the student's numbers, so that a gradient reaches them; and a lesson of them. */
typedef struct {
    kd_params         *params;
    kd_tape           *tape;
    kd_tensor         *x;
    kd_distill_options options;
    kd_lesson          lesson;
} scene;

static void set_scene(scene *s, const char *method)
{
    kd_param *param;
    kd_error  err;
    *s = (scene){ .params = kd_params_create() };
    kd_distill_defaults(&s->options, kd_method_find(method));
    s->tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    assert_ok(kd_params_add(&param, s->params, "x", 2, (int[]){ PIECES, K }, true,
                            (kd_init){ 0, 0.0f }, &err),
              &err);
    kd_params_allocate(s->params, true);
    s->x = &param->value;
    memcpy(s->x->x, said, sizeof said);
    s->options.shared.smoothing = 0;
    s->lesson = (kd_lesson){ .tape = s->tape,
                             .options = &s->options,
                             .task = KD_TASK_QA,
                             .rows = { WINDOWS, begin },
                             .student = { .logits = s->x },
                             .labels = spans,
                             .teacher_logits = taught };
    kd_lesson_turn(&s->lesson);
}

static void clear_scene(scene *s)
{
    kd_tape_destroy(s->tape);
    kd_params_destroy(s->params);
}

static void assert_as_pytorch(scene *s, kd_tensor *loss, const char *key)
{
    const kd_json *want = get(key), *gradient = kd_json_get(want, "gradient");
    assert_close(loss->x[0], kd_json_to_real(kd_json_get(want, "loss"), NAN), WITHIN);
    kd_tape_backward(s->tape, loss, 1.0f);
    for (int i = 0; i < PIECES * K; i++)
        assert_close(s->x->g[i], kd_json_to_real(kd_json_at(gradient, (size_t)i), NAN), WITHIN);
    clear_scene(s);
}

static void test_the_hard_loss_is_the_mean_of_starts_and_ends(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "none");
    assert_as_pytorch(&s, kd_lesson_hard_loss(&s.lesson), "hard");
}

/* The setting `rows` makes no difference: every window has a start and an end. */
static void test_soft_losses_compare_each_windows_distributions(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        scene  s;
        double t = kd_json_to_real(get("temperature"), NAN);
        set_scene(&s, "kl");
        s.options.shared.rows = all ? KD_ROWS_ALL : KD_ROWS_LABELLED;
        assert_as_pytorch(&s,
                          kd_op_kl(s.tape, s.lesson.student.logits, s.lesson.teacher_logits, t,
                                   kd_lesson_soft_rows(&s.lesson)),
                          "kl");
        set_scene(&s, "soft-ce");
        s.options.shared.rows = all ? KD_ROWS_ALL : KD_ROWS_LABELLED;
        assert_as_pytorch(&s,
                          kd_op_soft_cross_entropy(s.tape, s.lesson.student.logits,
                                                   s.lesson.teacher_logits, t,
                                                   kd_lesson_soft_rows(&s.lesson)),
                          "soft_ce");
    }
}

static void test_squared_error_is_over_pieces_and_not_over_what_fills_rows(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "logit-mse");
    assert_as_pytorch(&s,
                      kd_op_mse(s.tape, s.lesson.student.logits, s.lesson.teacher_logits,
                                kd_lesson_soft_rows(&s.lesson)),
                      "mse");
}

static void test_the_confidence_penalty_is_each_distributions_entropy(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "none");
    assert_as_pytorch(&s, kd_op_entropy(s.tape, s.lesson.student.logits, s.lesson.turned),
                      "entropy");
}

/* ---- by differences ---- */

static kd_tensor *build_smoothed(kd_tape *t, void *user)
{
    static const int32_t longer[] = { 0, 5, 8 }, golds[] = { 1, 3, 0, 2 };
    static const kd_rows rows = { 2, longer };
    return kd_op_cross_entropy_of(t, kd_op_turn(t, user, &rows), golds, 0.1,
                                  kd_turn_widths(t, &rows, K));
}

static kd_tensor *build_turned(kd_tape *t, void *user)
{
    static const kd_rows rows = { WINDOWS, begin };
    return kd_op_turn(t, user, &rows);
}

static void test_gradients_are_those_of_differences(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "none");
    kd_assert_gradients(s.params, build_turned, s.x, 1e-3);
    kd_assert_gradients(s.params, build_smoothed, s.x, 1e-3);
    clear_scene(&s);
}

/* ---- which methods ---- */

static void test_logits_are_turned_for_questions_alone(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "kl");
    assert_int_equal(s.lesson.student.logits->n, 2 * WINDOWS);
    assert_int_equal(s.lesson.student.logits->d, 4);
    clear_scene(&s);
    s.lesson = (kd_lesson){ .task = KD_TASK_NER };
    kd_lesson_turn(&s.lesson);
    assert_null(s.lesson.turned);
}

static void test_methods_of_one_state_a_sentence_refuse_questions(void **state)
{
    (void)state;
    kd_error err;
    assert_fails(KD_ECONFIG, "distill.method: doktra is not defined for answers in a text",
                 kd_method_check(kd_method_find("doktra"), KD_TASK_QA, &err), &err);
    assert_fails(KD_ECONFIG, "distill.method: crf-posterior is not defined for answers in a text",
                 kd_method_check(kd_method_find("crf-posterior"), KD_TASK_QA, &err), &err);
    assert_ok(kd_method_check(kd_method_find("pkd"), KD_TASK_QA, &err), &err);
}

static int set_up(void **state)
{
    (void)state;
    document = kd_golden_open("spans.json");
    read_ints("begin", begin, WINDOWS + 1);
    read_ints("spans", spans, 2 * WINDOWS);
    read_floats("student", said, PIECES * K);
    read_floats("teacher", taught, PIECES * K);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_json_close(document);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_hard_loss_is_the_mean_of_starts_and_ends),
        cmocka_unit_test(test_soft_losses_compare_each_windows_distributions),
        cmocka_unit_test(test_squared_error_is_over_pieces_and_not_over_what_fills_rows),
        cmocka_unit_test(test_the_confidence_penalty_is_each_distributions_entropy),
        cmocka_unit_test(test_gradients_are_those_of_differences),
        cmocka_unit_test(test_logits_are_turned_for_questions_alone),
        cmocka_unit_test(test_methods_of_one_state_a_sentence_refuse_questions),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
