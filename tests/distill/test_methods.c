/* test_methods.c - every method's total is the published one, its gradient is its slope, and a
 * student learns by it.
 *
 * Figures: golden/losses.json and golden/methods.json, computed in double precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/schedule.h"
#include "distill/trainer.h"
#include "harness/base/half.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

#define WITHIN 1e-5

/* ---- one lesson of given numbers ---- */

enum { MOST = 64 };

static kd_json_document *losses, *methods;

static const kd_json *find(const kd_json_document *document, const char *entry, const char *key)
{
    const kd_json *value = kd_json_get(kd_json_get(kd_json_root(document), entry), key);
    if (!value) fail_msg("no figure %s.%s", entry, key);
    return value;
}

static double figure(const kd_json_document *document, const char *entry, const char *key)
{
    return kd_json_to_real(find(document, entry, key), NAN);
}

/* A lesson of a tape and settings of its own, to be filled. */
typedef struct {
    kd_distill_options options;
    kd_outputs         teacher;
    kd_tensor         *hidden[2][3], *maps[2][2]; /* of student, teacher */
    int32_t            begin[MOST], labels[MOST];
    kd_params         *params;
    kd_lesson          lesson;
} scene;

static void set_scene(scene *s, const char *method)
{
    *s = (scene){ .params = kd_params_create() };
    kd_setting_defaults(kd_distill_settings, &s->options);
    strcpy(s->options.method, method);
    s->options.smoothing = 0;
    for (int i = 0; i < MOST; i++) s->begin[i] = i;
    s->lesson = (kd_lesson){
        .tape = kd_tape_create(&(kd_tape_options){ .is_training = true }),
        .options = &s->options,
        .task = KD_TASK_NER,
        .labels = s->labels,
        .teacher = &s->teacher,
        .params = s->params,
        .batch = 2,
        .epochs = 10,
        .updates = 5,
    };
    s->lesson.student.hidden = s->hidden[0];
    s->teacher.hidden = s->hidden[1];
    s->lesson.student.probs = s->maps[0];
    s->teacher.probs = s->maps[1];
}

static void end_scene(scene *s)
{
    kd_tape_destroy(s->lesson.tape);
    kd_params_destroy(s->params);
}

/* The first n*d figures of an array as a tensor of the lesson's tape. */
static kd_tensor *tensor(scene *s, const char *entry, const char *key, int n, int d)
{
    const kd_json *array = find(losses, entry, key);
    kd_tensor     *t = kd_tape_variable(s->lesson.tape, n, d);
    assert_true((int)kd_json_count(array) >= n * d);
    for (int i = 0; i < n * d; i++)
        t->x[i] = (float)kd_json_to_real(kd_json_at(array, (size_t)i), NAN);
    return t;
}

static double total(scene *s)
{
    double sum = 0;
    s->lesson.part_count = 0;
    kd_method_find(s->options.method)->teach(&s->lesson);
    for (int i = 0; i < s->lesson.part_count; i++)
        sum += s->lesson.parts[i].weight * (double)s->lesson.parts[i].value->x[0];
    return sum;
}

static double part(const scene *s, const char *name)
{
    for (int i = 0; i < s->lesson.part_count; i++)
        if (strcmp(s->lesson.parts[i].name, name) == 0)
            return (double)s->lesson.parts[i].value->x[0];
    fail_msg("no part %s", name);
    return NAN;
}

/* Three rows of logits over five classes, the middle one without a label. */
static void give_logits(scene *s)
{
    const kd_json *labels = find(losses, "hard_ce_ignore", "labels");
    s->lesson.student.logits = tensor(s, "hard_ce_ignore", "logits", 3, 5);
    s->lesson.teacher_logits = tensor(s, "kd_kl_temperature", "teacher_logits", 3, 5)->x;
    for (size_t i = 0; i < 3; i++)
        s->labels[i] = (int32_t)fmax(kd_json_to_real(kd_json_at(labels, i), NAN), -1);
}

/* One layer's states of two real pieces. */
static void give_states(scene *s)
{
    s->lesson.student.hidden_count = s->teacher.hidden_count = 2;
    s->lesson.student.last = s->hidden[0][1] = tensor(s, "cosine_alignment", "student", 2, 4);
    s->teacher.last = s->hidden[1][1] = tensor(s, "cosine_alignment", "teacher", 2, 4);
}

/* Two heads' maps of three keys, of the two queries that are no padding. */
static kd_tensor *real_queries(scene *s, const char *key)
{
    const kd_json *array = find(losses, "attention_losses", key);
    kd_tensor     *t = kd_tape_variable(s->lesson.tape, 1, 12);
    for (int i = 0; i < 12; i++)
        t->x[i] = (float)kd_json_to_real(kd_json_at(array, (size_t)(i / 6 * 9 + i % 6)), NAN);
    return t;
}

static void give_maps(scene *s)
{
    s->lesson.student.map_count = s->teacher.map_count = 1;
    s->maps[0][0] = real_queries(s, "probs_student");
    s->maps[1][0] = real_queries(s, "probs_teacher");
}

static void test_gives_the_soft_losses(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "kl");
    give_logits(&s);
    s.options.temperature = figure(losses, "kd_kl_temperature", "temperature");
    assert_close(total(&s), figure(losses, "kd_kl_temperature", "loss"), WITHIN);
    s.options.temperature = 1;
    assert_close(total(&s), figure(losses, "kd_kl_temperature", "loss_T1"), WITHIN);
    strcpy(s.options.method, "soft-ce");
    assert_close(total(&s), figure(losses, "soft_ce", "loss"), WITHIN);
    s.options.alpha = 0.25;
    assert_close(total(&s),
                 0.75 * figure(losses, "soft_ce", "loss") +
                     0.25 * figure(losses, "hard_ce_ignore", "loss"),
                 WITHIN);
    end_scene(&s);
}

static void test_gives_distilbiobert_s_total(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "distilbert");
    give_logits(&s);
    give_states(&s);
    assert_close(total(&s), figure(methods, "distilbiobert_total", "total"), WITHIN);
    assert_close(part(&s, "soft"), figure(methods, "distilbiobert_total", "kl_selected"), WITHIN);
    assert_close(part(&s, "cosine"), figure(methods, "distilbiobert_total", "cos"), WITHIN);
    end_scene(&s);
}

static void test_gives_compactbiobert_s_total(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "compact");
    give_logits(&s);
    give_states(&s);
    give_maps(&s);
    assert_close(total(&s), figure(methods, "compactbiobert_total", "total"), WITHIN);
    assert_close(part(&s, "soft"), figure(methods, "compactbiobert_total", "kl_T1_selected"),
                 WITHIN);
    assert_close(part(&s, "attention"), figure(losses, "attention_losses", "kl_rowmask_mean"),
                 WITHIN);
    end_scene(&s);
}

static void test_projects_the_states_of_a_narrower_student(void **state)
{
    (void)state;
    scene    s;
    kd_error err;
    kd_arch  narrow = { .hidden = 3, .init_range = 0.02 }, wide = { .hidden = 4 };
    set_scene(&s, "tinybert");
    strcpy(s.options.output, "none");
    s.options.embedding_weight = s.options.attention_weight = 0;
    assert_ok(
        kd_method_declare(kd_method_find("tinybert"), s.params, &s.options, &narrow, &wide, &err),
        &err);
    kd_params_allocate(s.params, true);
    memcpy(kd_params_find(s.params, "distill.hidden.weight")->value.x,
           tensor(&s, "hidden_mse_projection", "weight", 4, 3)->x, 12 * sizeof(float));
    memcpy(kd_params_find(s.params, "distill.hidden.bias")->value.x,
           tensor(&s, "hidden_mse_projection", "bias", 1, 4)->x, 4 * sizeof(float));
    s.lesson.student.hidden_count = s.teacher.hidden_count = 2;
    for (int i = 0; i < 2; i++) {
        s.hidden[0][i] = tensor(&s, "hidden_mse_projection", "student", 4, 3);
        s.hidden[1][i] = tensor(&s, "hidden_mse_projection", "teacher", 4, 4);
    }
    assert_close(total(&s), figure(losses, "hidden_mse_projection", "loss"), WITHIN);
    assert_int_equal(s.lesson.part_count, 1);
    kd_tape_backward(s.lesson.tape, s.lesson.parts[0].value, 1);
    const kd_tensor *weight = &kd_params_find(s.params, "distill.hidden.weight")->value;
    const kd_tensor *bias = &kd_params_find(s.params, "distill.hidden.bias")->value;
    const kd_tensor *slope = tensor(&s, "hidden_mse_projection", "grad_weight", 4, 3);
    const kd_tensor *of_bias = tensor(&s, "hidden_mse_projection", "grad_bias", 1, 4);
    for (int i = 0; i < 12; i++) assert_close(weight->g[i], slope->x[i], WITHIN);
    for (int i = 0; i < 4; i++) assert_close(bias->g[i], of_bias->x[i], WITHIN);
    end_scene(&s);
}

static void test_compares_maps_over_every_element(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "tinybert");
    strcpy(s.options.output, "none");
    s.options.embedding_weight = s.options.hidden_weight = 0;
    give_states(&s);
    s.hidden[0][0] = s.hidden[0][1];
    s.hidden[1][0] = s.hidden[1][1];
    s.maps[0][0] = tensor(&s, "attention_losses", "probs_student", 1, 18);
    s.maps[1][0] = tensor(&s, "attention_losses", "probs_teacher", 1, 18);
    assert_close(total(&s), figure(losses, "attention_losses", "mse_prob"), WITHIN);
    end_scene(&s);
}

/* The figure has keys that are padding, whose scores are 0 on both sides. */
static void test_compares_scores_before_the_softmax(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "tinybert");
    strcpy(s.options.output, "none");
    strcpy(s.options.attention_target, "scores");
    s.options.embedding_weight = s.options.hidden_weight = 0;
    give_states(&s);
    s.hidden[0][0] = s.hidden[0][1];
    s.hidden[1][0] = s.hidden[1][1];
    s.maps[0][0] = tensor(&s, "attention_losses", "scores_student", 1, 18);
    s.maps[1][0] = tensor(&s, "attention_losses", "scores_teacher", 1, 18);
    const kd_json *mask = find(losses, "attention_losses", "key_mask");
    for (size_t i = 0; i < 18; i++)
        if (kd_json_to_real(kd_json_at(mask, i % 3), NAN) == 0)
            s.maps[0][0]->x[i] = s.maps[1][0]->x[i] = 0;
    s.lesson.student.probs = s.teacher.probs = NULL;
    s.lesson.student.scores = s.maps[0];
    s.teacher.scores = s.maps[1];
    assert_close(total(&s), figure(losses, "attention_losses", "mse_raw"), WITHIN);
    end_scene(&s);
}

/* ---- which layers pair ---- */

/* Student states are all 0 and teacher layer i is i everywhere, so a pair's MSE is i squared. */
static void test_pairs_layers_as_set(void **state)
{
    (void)state;
    static const struct {
        const char *pairing;
        double      embedding, hidden, attention;
    } cases[] = { { "aligned", 0, 3 * 3 + 6 * 6, 2 * 2 + 5 * 5 },
                  { "source", 0, 1 * 1 + 4 * 4, 0 * 0 + 3 * 3 } };
    for (size_t c = 0; c < 2; c++) {
        scene      s;
        kd_tensor *hidden[7], *maps[6];
        set_scene(&s, "tinybert");
        strcpy(s.options.output, "none");
        strcpy(s.options.pairing, cases[c].pairing);
        for (int i = 0; i < 7; i++) {
            hidden[i] = kd_tape_variable(s.lesson.tape, 1, 2);
            hidden[i]->x[0] = hidden[i]->x[1] = (float)i;
        }
        for (int i = 0; i < 6; i++) maps[i] = hidden[i];
        for (int i = 0; i < 3; i++) s.hidden[0][i] = hidden[0];
        for (int i = 0; i < 2; i++) s.maps[0][i] = hidden[0];
        s.lesson.student.hidden_count = 3;
        s.teacher.hidden_count = 7;
        s.teacher.hidden = hidden;
        s.teacher.probs = maps;
        total(&s);
        assert_close(part(&s, "embedding"), cases[c].embedding, WITHIN);
        assert_close(part(&s, "hidden"), cases[c].hidden, WITHIN);
        assert_close(part(&s, "attention"), cases[c].attention, WITHIN);
        end_scene(&s);
    }
}

static void test_gives_the_patient_distance(void **state)
{
    (void)state;
    static const float own[] = { 3, 4 }, of[] = { 0, 2 }; /* (.6,.8) and (0,1): .36 + .04 */
    scene              s;
    set_scene(&s, "pkd");
    give_logits(&s);
    s.hidden[0][1] = kd_tape_constant(s.lesson.tape, 1, 2, own);
    s.hidden[1][1] = kd_tape_constant(s.lesson.tape, 1, 2, of);
    s.lesson.student.hidden_count = s.teacher.hidden_count = 3;
    total(&s);
    assert_close(part(&s, "hidden"), 0.4, WITHIN);
    end_scene(&s);
}

/* ---- schedules ---- */

static void test_follows_the_dynamic_weights(void **state)
{
    (void)state;
    static const char *const shapes[] = { "linear", "cosine", "exp", "step", "const" };
    const kd_json           *all = find(methods, "fastbioner_dynamic_weights", "shapes");
    kd_part_schedule         hard = { "", 0, 1 }, soft = { "", 1, 0 };
    for (size_t i = 0; i < 5; i++) {
        const kd_json *rows = kd_json_get(all, shapes[i]);
        strcpy(hard.schedule, shapes[i]);
        strcpy(soft.schedule, shapes[i]);
        assert_int_equal(kd_json_count(rows), 5);
        for (int u = 0; u < 5; u++) {
            const kd_json *row = kd_json_at(rows, (size_t)u);
            double         tau = kd_schedule_progress(u, 5);
            assert_close(tau, kd_json_to_real(kd_json_get(row, "tau"), NAN), 1e-12);
            assert_close(kd_schedule_weight(&hard, tau),
                         kd_json_to_real(kd_json_get(row, "hard"), NAN), 1e-9);
            assert_close(kd_schedule_weight(&soft, tau),
                         kd_json_to_real(kd_json_get(row, "feature"), NAN), 1e-9);
        }
    }
    strcpy(hard.schedule, "linear");
    strcpy(soft.schedule, "linear");
    const kd_json *example = find(methods, "fastbioner_dynamic_weights", "loss_example");
    for (int u = 0; u < 5; u++) { /* hard 0.8, soft 0.5, feature 1.25 */
        double a = kd_schedule_weight(&hard, u / 4.0), b = kd_schedule_weight(&soft, u / 4.0);
        const kd_json *totals = kd_json_get(example, "linear_totals");
        assert_close(0.8 * a + 1.75 * b, kd_json_to_real(kd_json_at(totals, (size_t)u), NAN), 1e-9);
    }
    assert_close(kd_schedule_progress(0, 1), 0, 0);
    strcpy(soft.schedule, "off");
    assert_close(kd_schedule_weight(&soft, 0), 0, 0);
}

static void test_goes_from_imitation_to_labels(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "fastbioner");
    give_logits(&s);
    give_states(&s);
    total(&s);
    assert_int_equal(s.lesson.part_count, 2); /* soft and hidden: the hard weight is still 0 */
    s.lesson.update = 1;
    total(&s);
    assert_int_equal(s.lesson.part_count, 3);
    assert_close(s.lesson.parts[0].weight, 0.25, 1e-12);
    assert_close(s.lesson.parts[2].weight, 0.75, 1e-12);
    s.lesson.update = 4;
    assert_close(total(&s), figure(losses, "hard_ce_ignore", "loss"), WITHIN);
    end_scene(&s);
}

/* ---- DoKTra ---- */

static void give_boundary(scene *s)
{
    set_scene(s, "doktra");
    s->lesson.task = KD_TASK_RE;
    s->lesson.rows = (kd_rows){ 2, s->begin };
    s->lesson.student.last = tensor(s, "ab_loss_2x3", "student", 2, 3);
    s->teacher.last = tensor(s, "ab_loss_2x3", "teacher", 2, 3);
    s->lesson.student.logits = tensor(s, "confidence_penalty_ce", "logits", 2, 3);
    s->labels[1] = 2;
}

static void test_draws_activations_across_the_boundary(void **state)
{
    (void)state;
    scene s;
    give_boundary(&s);
    assert_close(total(&s), figure(losses, "ab_loss_2x3", "loss_scaled_batch2"), 1e-9);
    assert_close(part(&s, "boundary"), figure(losses, "ab_loss_2x3", "raw_sum"), WITHIN);
    end_scene(&s);
}

static double mismatch(const float *s, const float *t, size_t count)
{
    size_t apart = 0;
    for (size_t i = 0; i < count; i++) apart += (s[i] > 0) != (t[i] > 0);
    return (double)apart / (double)count;
}

static void test_counts_activations_on_the_wrong_side(void **state)
{
    (void)state;
    scene s;
    give_boundary(&s);
    double rate = mismatch(s.lesson.student.last->x, s.teacher.last->x, 6);
    assert_close(rate, figure(losses, "ab_loss_2x3", "mismatch_rate"), 1e-9);
    assert_close(rate * 3, figure(losses, "ab_loss_2x3", "hamming_mean"), 1e-9); /* of 3 units */
    end_scene(&s);
}

/* The n-th figure of an array. */
static double at(const kd_json_document *document, const char *entry, const char *key, size_t n)
{
    return kd_json_to_real(kd_json_at(find(document, entry, key), n), NAN);
}

/* One sentence of one unit at a time. */
static void test_counts_each_activation_for_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        scene       s;
        const float own = (float)at(losses, "ab_loss_2x3", "student", i);
        const float of = (float)at(losses, "ab_loss_2x3", "teacher", i);
        give_boundary(&s);
        s.lesson.rows.count = 1;
        s.lesson.student.last = kd_tape_constant(s.lesson.tape, 1, 1, &own);
        s.teacher.last = kd_tape_constant(s.lesson.tape, 1, 1, &of);
        total(&s);
        assert_close(part(&s, "boundary"), at(losses, "ab_loss_2x3", "elementwise", i), WITHIN);
        end_scene(&s);
    }
}

/* What the weighted total moves a weight (n,d) of these figures by. */
static kd_tensor *make_weight(scene *s, const char *entry, const char *key, int n, int d)
{
    kd_error  err;
    kd_param *param;
    assert_ok(
        kd_params_add(&param, s->params, "x", 2, (int[]){ n, d }, true, (kd_init){ 0, 0 }, &err),
        &err);
    kd_params_allocate(s->params, true);
    memcpy(param->value.x, tensor(s, entry, key, n, d)->x, (size_t)(n * d) * sizeof(float));
    return &param->value;
}

static void walk_back(scene *s)
{
    kd_tensor *terms[KD_LOSS_PARTS_MAX];
    double     weights[KD_LOSS_PARTS_MAX];
    total(s);
    for (int i = 0; i < s->lesson.part_count; i++) {
        terms[i] = s->lesson.parts[i].value;
        weights[i] = s->lesson.parts[i].weight;
    }
    kd_tape_backward(s->lesson.tape,
                     kd_op_weighted_sum(s->lesson.tape, s->lesson.part_count, terms, weights), 1);
}

static void test_scales_the_boundary_by_the_nominal_batch(void **state)
{
    (void)state;
    scene s;
    give_boundary(&s);
    s.lesson.student.last = make_weight(&s, "ab_loss_2x3", "student", 2, 3);
    walk_back(&s);
    for (size_t i = 0; i < 6; i++)
        assert_close(s.lesson.student.last->g[i],
                     at(losses, "ab_loss_2x3", "grad_scaled_batch2", i), 1e-8);
    end_scene(&s);
}

static void test_connects_a_teacher_of_another_width(void **state)
{
    (void)state;
    const kd_json   *want = find(losses, "ab_loss_2x3", "connector");
    float            weight[6], hidden[4];
    scene            s;
    kd_error         err;
    kd_arch          student = { .hidden = 3 }, teacher = { .hidden = 2 };
    const kd_method *doktra = kd_method_find("doktra");
    for (size_t i = 0; i < 6; i++)
        weight[i] = (float)kd_json_to_real(kd_json_at(kd_json_get(want, "weight"), i), NAN);
    for (size_t i = 0; i < 4; i++)
        hidden[i] = (float)kd_json_to_real(kd_json_at(kd_json_get(want, "teacher_hidden"), i), NAN);
    give_boundary(&s);
    assert_ok(kd_method_declare(doktra, s.params, &s.options, &student, &teacher, &err), &err);
    kd_params_allocate(s.params, true);
    kd_rng root = kd_rng_root(1);
    kd_params_init(s.params, &root);
    memcpy(kd_params_find(s.params, "distill.connector.weight")->value.x, weight, sizeof weight);
    s.teacher.last = kd_tape_constant(s.lesson.tape, 2, 2, hidden);
    total(&s);
    assert_close(part(&s, "boundary"), kd_json_to_real(kd_json_get(want, "raw_sum"), NAN), WITHIN);
    assert_close(kd_params_find(s.params, "distill.connector.bias")->value.x[0],
                 kd_json_to_real(kd_json_get(want, "bias"), NAN), 1e-9);
    kd_tensor *expanded = kd_op_linear(
        s.lesson.tape, s.teacher.last, &kd_params_find(s.params, "distill.connector.weight")->value,
        &kd_params_find(s.params, "distill.connector.bias")->value, KD_IDENTITY);
    for (size_t i = 0; i < 6; i++)
        assert_close(expanded->x[i],
                     kd_json_to_real(kd_json_at(kd_json_get(want, "teacher_expanded"), i), NAN),
                     WITHIN);
    end_scene(&s);
}

static void test_draws_the_connector_by_xavier_and_never_trains_it(void **state)
{
    (void)state;
    static const struct {
        int         width;
        const char *key;
    } cases[] = { { 1024, "bound_768_1024" }, { 2048, "bound_768_2048" } };
    for (size_t i = 0; i < 2; i++) {
        scene    s;
        kd_error err;
        kd_arch  student = { .hidden = cases[i].width }, teacher = { .hidden = 768 };
        set_scene(&s, "doktra");
        assert_ok(kd_method_declare(kd_method_find("doktra"), s.params, &s.options, &student,
                                    &teacher, &err),
                  &err);
        const kd_param *weight = kd_params_find(s.params, "distill.connector.weight");
        const kd_param *bias = kd_params_find(s.params, "distill.connector.bias");
        assert_close(weight->init.scale, figure(methods, "connector_init", cases[i].key), 1e-7);
        assert_close(bias->init.scale, 0.01, 1e-7);
        assert_true(weight->is_frozen && bias->is_frozen);
        end_scene(&s);
    }
}

static void test_switches_by_epoch(void **state)
{
    (void)state;
    const kd_json *cases = kd_json_get(kd_json_root(methods), "loss_switch");
    assert_int_equal(kd_json_count(cases), 7);
    for (size_t i = 0; i < kd_json_count(cases); i++) {
        const kd_json *row = kd_json_at(cases, i);
        scene          s;
        int            before = 0;
        give_boundary(&s);
        s.options.loss_switch = kd_json_to_real(kd_json_get(row, "rate"), NAN);
        s.lesson.epochs = (int)kd_json_to_real(kd_json_get(row, "epochs"), NAN);
        for (s.lesson.epoch = 0; s.lesson.epoch < s.lesson.epochs; s.lesson.epoch++) {
            total(&s);
            before += strcmp(s.lesson.parts[0].name, "boundary") == 0;
        }
        assert_int_equal(before, (int)kd_json_to_real(kd_json_get(row, "boundary_epochs"), NAN));
        end_scene(&s);
    }
}

static void test_can_learn_logits_before_the_switch(void **state)
{
    (void)state;
    scene          s;
    float          logits[6];
    const kd_json *probs = find(methods, "probklab_kl", "teacher_probs");
    give_boundary(&s);
    strcpy(s.options.first_phase, "kl");
    for (size_t i = 0; i < 6; i++)
        logits[i] = (float)log(kd_json_to_real(kd_json_at(kd_json_at(probs, i / 3), i % 3), NAN));
    s.lesson.teacher_logits = logits;
    assert_close(total(&s), figure(methods, "probklab_kl", "loss"), WITHIN);
    end_scene(&s);
}

static void test_rewards_entropy_in_the_hard_loss(void **state)
{
    (void)state;
    static const struct {
        double beta, loss; /* golden confidence_penalty_ce.cases */
    } cases[] = { { 0, 0.6216270724432006 },
                  { 0.3, 0.3640962914432508 },
                  { 0.5, 0.19240910410995093 } };
    for (size_t i = 0; i < 3; i++) {
        scene s;
        give_boundary(&s);
        strcpy(s.options.method, "none");
        s.options.confidence_penalty = cases[i].beta;
        assert_close(total(&s), cases[i].loss, WITHIN);
        end_scene(&s);
    }
}

/* With beta = 1 the loss is less by the mean entropy of what is predicted. */
static void test_means_the_entropy_of_rows(void **state)
{
    (void)state;
    const char *e = "confidence_penalty_ce";
    scene       s;
    give_boundary(&s);
    strcpy(s.options.method, "none");
    double plain = total(&s);
    s.options.confidence_penalty = 1;
    assert_close(plain, figure(losses, e, "ce_mean"), WITHIN);
    assert_close(plain - total(&s),
                 (at(losses, e, "entropy_per_row", 0) + at(losses, e, "entropy_per_row", 1)) / 2,
                 WITHIN);
    end_scene(&s);
}

/* The soft cross-entropy is the divergence and the teacher's own entropy. */
static void test_adds_the_teachers_entropy_to_the_divergence(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "soft-ce");
    give_logits(&s);
    s.options.temperature = 1;
    double soft = total(&s);
    strcpy(s.options.method, "kl");
    assert_close(soft - total(&s), figure(losses, "soft_ce", "teacher_entropy"), WITHIN);
    end_scene(&s);
}

/* ---- real networks ---- */

enum { SENTENCES = 20, LABELS = 3, VOCAB = 12 };

/* Sentences of 3 to 7 pieces; a piece's tag is its id modulo 3, a sentence's class that of its
 * first piece. */
static kd_pack make_pack(kd_task task)
{
    kd_rng  rng = kd_rng_root(1);
    kd_pack pack = { .task = task, .sentences = SENTENCES };
    pack.piece_begin = kd_alloc(SENTENCES + 1, sizeof *pack.piece_begin);
    pack.word_begin = kd_alloc(SENTENCES + 1, sizeof *pack.word_begin);
    pack.ids = kd_alloc(SENTENCES * 7, sizeof *pack.ids);
    pack.word = kd_alloc(SENTENCES * 7, sizeof *pack.word);
    pack.tags = kd_alloc(SENTENCES * 7, sizeof *pack.tags);
    pack.word_tags = kd_alloc(SENTENCES * 7, sizeof *pack.word_tags);
    pack.labels = kd_alloc(SENTENCES, sizeof *pack.labels);
    for (int b = 0; b < SENTENCES; b++) {
        int length = 3 + (int)kd_rng_below(&rng, 5);
        for (int i = 0; i < length; i++) {
            int n = pack.pieces++;
            pack.ids[n] = (int32_t)kd_rng_below(&rng, VOCAB);
            pack.word[n] = i;
            pack.tags[n] = pack.word_tags[n] = (int16_t)(pack.ids[n] % LABELS);
        }
        pack.labels[b] = pack.tags[pack.piece_begin[b]];
        pack.piece_begin[b + 1] = pack.word_begin[b + 1] = pack.words = pack.pieces;
    }
    return pack;
}

static double accuracy(void *user, const float *logits, int rows, int labels)
{
    const kd_pack *pack = user;
    int32_t       *best = kd_alloc((size_t)rows, sizeof *best);
    int            right = 0;
    kd_predict_labels(logits, rows, labels, best);
    for (int n = 0; n < rows; n++)
        right += best[n] == (pack->task == KD_TASK_NER ? pack->tags[n] : pack->labels[n]);
    free(best);
    return (double)right / rows;
}

static double net_dropout;     /* of the networks that `encoder` describes */
static double student_dropout; /* of a student beside a teacher that has none */

static kd_arch encoder(kd_task task, int layers, int hidden)
{
    kd_arch arch;
    kd_setting_defaults(kd_arch_settings, &arch);
    strcpy(arch.kind, "bert");
    strcpy(arch.head, task == KD_TASK_NER ? "tags" : "class");
    arch.vocab = VOCAB;
    arch.labels = LABELS;
    arch.hidden = hidden;
    arch.layers = layers;
    arch.heads = 2;
    arch.ffn = 16;
    arch.positions = 8;
    arch.pooler = task != KD_TASK_NER;
    arch.dropout = arch.attention_dropout = net_dropout;
    arch.init_range = 0.3;
    return arch;
}

typedef struct {
    const char *method;
    kd_task     task;
    int         width;       /* of the teacher; the student's is 8 */
    const char *key, *value; /* one setting more */
} run;

static const run runs[] = {
    { "soft-ce", KD_TASK_NER, 8, NULL, NULL },
    { "kl", KD_TASK_NER, 8, NULL, NULL },
    { "kl", KD_TASK_RE, 8, "alpha", "0.5" },
    { "tinybert", KD_TASK_NER, 8, NULL, NULL },
    { "tinybert", KD_TASK_NER, 12, NULL, NULL },
    { "tinybert", KD_TASK_NER, 12, "pairing", "source" },
    { "tinybert", KD_TASK_RE, 12, "attention_target", "scores" },
    { "distilbert", KD_TASK_NER, 8, NULL, NULL },
    { "compact", KD_TASK_NER, 8, NULL, NULL },
    { "pkd", KD_TASK_NER, 8, NULL, NULL },
    { "pkd", KD_TASK_RE, 8, NULL, NULL },
    { "fastbioner", KD_TASK_NER, 8, NULL, NULL },
    { "fastbioner", KD_TASK_NER, 8, "attention_schedule", "exp" },
    { "doktra", KD_TASK_RE, 8, NULL, NULL },
    { "doktra", KD_TASK_RE, 12, "confidence_penalty", "0.1" },
    { "doktra", KD_TASK_RE, 12, "first_phase", "kl" },
    { "kl", KD_TASK_NER, 12, "teacher_mode", "train" },
    { "compact", KD_TASK_NER, 8, "attention_maps", "after" },
};

enum { RUNS = sizeof runs / sizeof *runs };

/* A student beside a teacher, over one pack. */
typedef struct {
    kd_pack            pack;
    kd_params         *params, *teacher_params;
    kd_model          *model, *teacher;
    kd_train_options   train;
    kd_optim_options   optim;
    kd_distill_options distill;
    kd_targets         targets;
    float             *logits;
    kd_training        training;
    int                stop_at;
    kd_str             saved;
    float             *blocks[4];
} bench;

static void train_once(kd_training *training)
{
    kd_error    err;
    kd_trainer *trainer;
    assert_ok(kd_trainer_create(&trainer, training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static bool stop_and_save(void *user, kd_trainer *trainer)
{
    bench *b = user;
    if (!b->stop_at || kd_trainer_updates(trainer) != b->stop_at) return false;
    size_t       span = kd_params_span(b->params);
    const float *from[4] = { kd_params_block(b->params, KD_VALUES),
                             kd_params_block(b->params, KD_FIRST),
                             kd_params_block(b->params, KD_SECOND),
                             kd_trainer_best_weights(trainer) };
    kd_trainer_save(trainer, &b->saved);
    for (int i = 0; i < 4; i++) {
        b->blocks[i] = kd_alloc(span, sizeof(float));
        memcpy(b->blocks[i], from[i], span * sizeof(float));
    }
    return true;
}

static void make_teacher(bench *b, const run *r)
{
    kd_error err;
    kd_arch  arch = encoder(r->task, 4, r->width);
    kd_rng   root = kd_rng_root(7);
    int      rows, labels;
    b->teacher_params = kd_params_create();
    assert_ok(kd_model_create(&b->teacher, b->teacher_params, &arch, &err), &err);
    kd_params_allocate(b->teacher_params, true);
    kd_params_init(b->teacher_params, &root);
    kd_training training = b->training;
    training.model = b->teacher;
    training.params = b->teacher_params;
    training.watch = (kd_watch){ NULL, NULL, NULL };
    strcpy(b->distill.method, "none");
    train_once(&training);
    kd_predict_logits(b->teacher, &b->pack, KD_F32, 1, &b->logits, &rows, &labels);
    assert_close(accuracy(&b->pack, b->logits, rows, labels), 1.0, 0);
    b->targets = (kd_targets){ rows, labels, b->logits };
}

static void put_setting(kd_distill_options *options, const char *key, const char *value)
{
    kd_error err;
    if (key)
        assert_ok(kd_setting_put(kd_setting_find(kd_distill_settings, key), options, value, &err),
                  &err);
}

static void make_student(bench *b, const run *r)
{
    kd_error         err;
    kd_arch          arch = encoder(r->task, 2, 8);
    kd_rng           root = kd_rng_root(3);
    const kd_method *method = kd_method_find(r->method);
    if (student_dropout > 0) arch.dropout = arch.attention_dropout = student_dropout;
    b->params = kd_params_create();
    assert_ok(kd_model_create(&b->model, b->params, &arch, &err), &err);
    assert_ok(kd_method_declare(method, b->params, &b->distill, kd_model_arch(b->model),
                                kd_model_arch(b->teacher), &err),
              &err);
    kd_params_allocate(b->params, true);
    kd_params_init(b->params, &root);
    b->training.model = b->model;
    b->training.params = b->params;
    b->training.targets = &b->targets;
    b->training.teacher = b->teacher;
}

static void set_up(bench *b, const run *r)
{
    *b = (bench){ .pack = make_pack(r->task) };
    kd_str_init(&b->saved);
    kd_setting_defaults(kd_train_settings, &b->train);
    kd_setting_defaults(kd_optim_settings, &b->optim);
    kd_setting_defaults(kd_distill_settings, &b->distill);
    b->distill.smoothing = 0;
    b->train.epochs = 80;
    b->train.batch = 6;
    b->optim.lr = 0.01;
    b->training = (kd_training){ .train = &b->pack,
                                 .devel = &b->pack,
                                 .judge = { accuracy, &b->pack },
                                 .train_options = &b->train,
                                 .optim_options = &b->optim,
                                 .distill_options = &b->distill,
                                 .threads = 1,
                                 .root = kd_rng_root(3),
                                 .watch = { NULL, stop_and_save, b } };
    make_teacher(b, r);
    strcpy(b->distill.method, r->method);
    put_setting(&b->distill, r->key, r->value);
    make_student(b, r);
}

static void tear_down(bench *b)
{
    kd_model_destroy(b->model);
    kd_model_destroy(b->teacher);
    kd_params_destroy(b->params);
    kd_params_destroy(b->teacher_params);
    kd_pack_fini(&b->pack);
    kd_str_fini(&b->saved);
    free(b->logits);
    for (int i = 0; i < 4; i++) free(b->blocks[i]);
}

static void test_overfits_twenty_sentences_by_every_method(void **state)
{
    (void)state;
    for (int i = 0; i < RUNS; i++) {
        kd_error    err;
        bench       b;
        kd_trainer *trainer;
        set_up(&b, &runs[i]);
        b.train.epochs = 200;
        assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
        assert_ok(kd_trainer_run(trainer, &err), &err);
        kd_history history = kd_trainer_history(trainer);
        if (history.moments[history.best].score < 1)
            fail_msg("run %d, %s: only %g", i, runs[i].method, history.moments[history.best].score);
        kd_trainer_destroy(trainer);
        tear_down(&b);
    }
}

/* ---- across the boundary ---- */

/* How many of the first pieces' activations are on the other side than the teacher's. */
static double mismatch_of(const bench *b)
{
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ 0 });
    kd_batch batch = { .ids = b->pack.ids, .rows = { SENTENCES, b->pack.piece_begin } };
    kd_rows  rows = batch.rows;
    float   *own = kd_op_first(tape, kd_model_apply(b->model, tape, &batch, NULL).last, &rows)->x;
    float   *of = kd_op_first(tape, kd_model_apply(b->teacher, tape, &batch, NULL).last, &rows)->x;
    double   rate = mismatch(own, of, (size_t)SENTENCES * 8);
    kd_tape_destroy(tape);
    return rate;
}

static void test_moves_activations_across_the_boundary(void **state)
{
    (void)state;
    bench b;
    set_up(&b, &runs[13]);
    b.train.epochs = 200;
    strcpy(b.train.select, "last");
    b.distill.loss_switch = 1; /* the boundary alone */
    double before = mismatch_of(&b);
    train_once(&b.training);
    assert_true(before > 0.3);
    assert_true(mismatch_of(&b) < 0.1);
    tear_down(&b);
}

/* ---- how the teacher is asked ---- */

/* The last epoch's loss of ten, with this setting and dropout in both networks. */
static double loss_with(const char *method, const char *key, const char *value, double dropout)
{
    run         r = { method, KD_TASK_NER, 8, NULL, NULL };
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    net_dropout = dropout;
    set_up(&b, &r);
    net_dropout = 0;
    put_setting(&b.distill, key, value);
    b.train.epochs = 10;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    double loss = kd_trainer_history(trainer).moments[9].loss;
    kd_trainer_destroy(trainer);
    tear_down(&b);
    return loss;
}

static void test_asks_a_teacher_in_training_mode_in_every_step(void **state)
{
    (void)state;
    double stored = loss_with("kl", NULL, NULL, 0);
    assert_close(loss_with("kl", "teacher_mode", "train", 0), stored, 1e-4); /* nothing drops out */
    double eval = loss_with("kl", NULL, NULL, 0.2);
    double train = loss_with("kl", "teacher_mode", "train", 0.2);
    assert_true(fabs(train - eval) > 1e-3 * eval);
    assert_true(loss_with("kl", "teacher_mode", "train", 0.2) == train);
}

static void test_can_compare_maps_after_a_dropout(void **state)
{
    (void)state;
    double before = loss_with("compact", NULL, NULL, 0);
    assert_true(loss_with("compact", "attention_maps", "after", 0) == before);
    assert_true(loss_with("compact", "attention_maps", "after", 0.2) !=
                loss_with("compact", NULL, NULL, 0.2));
}

/* ---- gradients ---- */

typedef struct {
    bench     *b;
    kd_lesson  lesson; /* everything but the tape and what the student says */
    kd_batch   batch;
    kd_outputs teacher;
    double     scale; /* the boundary has a weight of 1/1000, too small to be checked */
} piece_of;

static kd_tensor *whole_loss(kd_tape *tape, void *user)
{
    const piece_of *p = user;
    kd_lesson       lesson = p->lesson;
    unsigned        needs = kd_method_needs(kd_method_find(p->b->distill.method), &p->b->distill);
    kd_wants        wants = kd_needs_wants(needs);
    kd_tensor      *terms[KD_LOSS_PARTS_MAX];
    double          weights[KD_LOSS_PARTS_MAX];
    lesson.tape = tape;
    lesson.student = kd_model_apply(p->b->model, tape, &p->batch, &wants);
    kd_method_find(p->b->distill.method)->teach(&lesson);
    for (int i = 0; i < lesson.part_count; i++) {
        terms[i] = lesson.parts[i].value;
        weights[i] = lesson.parts[i].weight * p->scale;
    }
    return kd_op_weighted_sum(tape, lesson.part_count, terms, weights);
}

static void test_has_the_gradient_that_differences_say(void **state)
{
    (void)state;
    kd_wants all = { true, true, true };
    for (int i = 0; i < RUNS; i++) {
        bench    b;
        piece_of p = { .b = &b };
        int32_t  labels[14];
        set_up(&b, &runs[i]);
        kd_tape *tape = kd_tape_create(&(kd_tape_options){ 0 });
        p.batch = (kd_batch){ .ids = b.pack.ids, .rows = { 2, b.pack.piece_begin } };
        p.teacher = kd_model_apply(b.teacher, tape, &p.batch, &all);
        for (int n = 0; n < 14; n++)
            labels[n] = runs[i].task == KD_TASK_NER ? b.pack.tags[n] : b.pack.labels[n];
        p.lesson = (kd_lesson){ .options = &b.distill,
                                .task = runs[i].task,
                                .rows = p.batch.rows,
                                .labels = labels,
                                .teacher_logits = b.logits,
                                .teacher = &p.teacher,
                                .params = b.params,
                                .batch = 1,
                                .epochs = 10,
                                .update = 3,
                                .updates = 10 };
        p.scale = strcmp(runs[i].method, "doktra") == 0 ? 1000 : 1;
        kd_assert_gradients(b.params, whole_loss, &p, 2e-2);
        kd_tape_destroy(tape);
        tear_down(&b);
    }
}

/* ---- the same bits ---- */

static void continue_from(bench *first, bench *second)
{
    kd_error    err;
    kd_trainer *trainer;
    size_t      span = kd_params_span(second->params) * sizeof(float);
    assert_ok(kd_trainer_create(&trainer, &second->training, &err), &err);
    memcpy(kd_params_block(second->params, KD_VALUES), first->blocks[0], span);
    memcpy(kd_params_block(second->params, KD_FIRST), first->blocks[1], span);
    memcpy(kd_params_block(second->params, KD_SECOND), first->blocks[2], span);
    memcpy(kd_trainer_best_weights(trainer), first->blocks[3], span);
    assert_ok(kd_trainer_restore(trainer, first->saved.text, first->saved.length, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static void test_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const int with_weights[] = { 5, 11, 14 }; /* projections, schedules, connector */
    for (int i = 0; i < 3; i++) {
        const run  *r = &runs[with_weights[i]];
        kd_error    err;
        bench       whole, first, second;
        kd_trainer *trainer;
        set_up(&whole, r);
        set_up(&first, r);
        set_up(&second, r);
        whole.train.epochs = first.train.epochs = second.train.epochs = 10;
        train_once(&whole.training);
        first.stop_at = 35; /* of 40, in doktra's second phase */
        assert_ok(kd_trainer_create(&trainer, &first.training, &err), &err);
        assert_fails(KD_ESTOPPED, "stopped in epoch", kd_trainer_run(trainer, &err), &err);
        kd_trainer_destroy(trainer);
        continue_from(&first, &second);
        assert_memory_equal(kd_params_block(second.params, KD_VALUES),
                            kd_params_block(whole.params, KD_VALUES),
                            kd_params_span(whole.params) * sizeof(float));
        tear_down(&whole);
        tear_down(&first);
        tear_down(&second);
    }
}

/* ---- a teacher's inside that is kept ---- */

/* Arrays as a store would keep them, in memory. */
typedef struct {
    kd_states states;
    float    *floats[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    uint16_t *halves[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    size_t    filled[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
} shelf;

static kd_status put_on_shelf(void *user, kd_inside_kind kind, int layer, const float *numbers,
                              size_t count, kd_error *err)
{
    shelf *s = user;
    (void)err;
    memcpy(s->floats[kind][layer] + s->filled[kind][layer], numbers, count * sizeof *numbers);
    s->filled[kind][layer] += count;
    return KD_OK;
}

/* What the bench's method compares, asked once. */
static void fill_shelf(shelf *s, const bench *b, bool is_half)
{
    kd_error         err;
    const kd_arch   *teacher = kd_model_arch(b->teacher);
    const kd_method *method = kd_method_find(b->distill.method);
    size_t           rows, cols, length[KD_INSIDE_KINDS];
    *s = (shelf){ .states = { .teacher = *teacher } };
    kd_method_inside(&s->states.inside, method, &b->distill, b->pack.task, kd_model_arch(b->model),
                     teacher);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        kd_states_shape(&rows, &cols, k, s->states.inside.is_of_firsts, teacher, &b->pack);
        length[k] = rows * (cols ? cols : 1);
        for (int l = 0; l <= KD_LAYERS_MAX; l++)
            if (s->states.inside.has[k][l]) s->floats[k][l] = kd_alloc(length[k], sizeof(float));
    }
    kd_inside_taker taker = { put_on_shelf, s };
    assert_ok(kd_predict_inside(b->teacher, &b->pack, &s->states.inside, KD_F32, 1, &taker, &err),
              &err);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++) {
            if (!s->floats[k][l]) continue;
            assert_int_equal(s->filled[k][l], length[k]);
            s->states.kept[k][l].floats = s->floats[k][l];
            if (!is_half) continue;
            s->halves[k][l] = kd_alloc(length[k], sizeof(uint16_t));
            kd_halves_encode(length[k], s->floats[k][l], s->halves[k][l]);
            s->states.kept[k][l] = (kd_kept){ NULL, s->halves[k][l] };
        }
}

static void clear_shelf(shelf *s)
{
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++) {
            free(s->floats[k][l]);
            free(s->halves[k][l]);
        }
}

/* The weights that a run ends with, by a teacher that is asked or one whose inside is kept. */
static void train_by(bench *b, const run *r, shelf *s, bool is_half)
{
    set_up(b, r);
    b->train.epochs = 5; /* shuffled, 20 sentences by 6: the last batch is smaller */
    if (s) {
        fill_shelf(s, b, is_half);
        b->training.states = &s->states;
        b->training.teacher = NULL;
    }
    train_once(&b->training);
}

/* Runs whose method compares what is inside the teacher, and that can be kept. */
static bool looks_inside(const run *r)
{
    kd_distill_options options;
    kd_inside          inside;
    kd_arch            student = encoder(r->task, 2, 8), teacher = encoder(r->task, 4, r->width);
    kd_setting_defaults(kd_distill_settings, &options);
    put_setting(&options, r->key, r->value);
    kd_method_inside(&inside, kd_method_find(r->method), &options, r->task, &student, &teacher);
    return !kd_inside_is_empty(&inside);
}

static void test_learns_the_same_bits_from_kept_states(void **state)
{
    (void)state;
    int kept_runs = 0;
    student_dropout = 0.1; /* its streams must not notice where the teacher's side comes from */
    for (int i = 0; i < RUNS; i++) {
        bench asked, kept;
        shelf s;
        if (!looks_inside(&runs[i])) continue;
        train_by(&asked, &runs[i], NULL, false);
        train_by(&kept, &runs[i], &s, false);
        if (memcmp(kd_params_block(asked.params, KD_VALUES),
                   kd_params_block(kept.params, KD_VALUES),
                   kd_params_span(asked.params) * sizeof(float)) != 0)
            fail_msg("run %d, %s: other weights", i, runs[i].method);
        kept_runs++;
        clear_shelf(&s);
        tear_down(&asked);
        tear_down(&kept);
    }
    student_dropout = 0;
    assert_int_equal(kept_runs, 13); /* all but kl, soft-ce and doktra's ablation */
}

/* Halves are off by at most 2^-11 of a number; after five epochs a weight is off by little more. */
static void test_learns_nearly_the_same_from_halves(void **state)
{
    (void)state;
    for (int i = 3; i < RUNS; i++) {
        bench asked, kept;
        shelf s;
        if (!looks_inside(&runs[i])) continue;
        train_by(&asked, &runs[i], NULL, false);
        train_by(&kept, &runs[i], &s, true);
        const float *a = kd_params_block(asked.params, KD_VALUES);
        const float *b = kd_params_block(kept.params, KD_VALUES);
        double       square = 0, difference = 0;
        for (size_t k = 0; k < kd_params_span(asked.params); k++) {
            square += (double)a[k] * (double)a[k];
            difference += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
        }
        bool is_of_signs = strcmp(runs[i].method, "doktra") == 0; /* which halves keep */
        if (difference == 0 && !is_of_signs)
            fail_msg("run %d, %s: halves made no difference", i, runs[i].method);
        if (sqrt(difference / square) > 5e-3)
            fail_msg("run %d, %s: weights are off by %g", i, runs[i].method,
                     sqrt(difference / square));
        clear_shelf(&s);
        tear_down(&asked);
        tear_down(&kept);
    }
}

static void test_keeps_just_the_layers_that_are_compared(void **state)
{
    (void)state;
    static const struct {
        run         of;
        const char *hidden, *probs, *scores;
        bool        is_of_firsts;
    } cases[] = {
        { { "tinybert", KD_TASK_NER, 8, NULL, NULL }, "0 2 4", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "pairing", "source" }, "0 1 3", "1 3", "", false },
        { { "tinybert", KD_TASK_NER, 8, "attention_target", "scores" }, "0 2 4", "", "2 4", false },
        { { "tinybert", KD_TASK_NER, 8, "embedding_weight", "0" }, "2 4", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "hidden_weight", "0" }, "0", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "attention_weight", "0" }, "0 2 4", "", "", false },
        { { "tinybert", KD_TASK_NER, 8, "teacher_mode", "train" }, "", "", "", false },
        { { "distilbert", KD_TASK_NER, 8, NULL, NULL }, "4", "", "", false },
        { { "compact", KD_TASK_NER, 8, NULL, NULL }, "2 4", "2 4", "", false },
        { { "pkd", KD_TASK_NER, 8, NULL, NULL }, "2", "", "", false },
        { { "pkd", KD_TASK_RE, 8, NULL, NULL }, "2", "", "", true },
        { { "pkd", KD_TASK_RE, 8, "hidden_weight", "0" }, "", "", "", true },
        { { "fastbioner", KD_TASK_NER, 8, NULL, NULL }, "2 4", "", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "attention_schedule", "exp" }, "2 4", "2 4", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "embedding_schedule", "exp" }, "0 2 4", "", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "hidden_schedule", "off" }, "", "", "", false },
        { { "doktra", KD_TASK_RE, 8, NULL, NULL }, "4", "", "", true },
        { { "doktra", KD_TASK_RE, 8, "first_phase", "kl" }, "", "", "", false },
        { { "kl", KD_TASK_NER, 8, NULL, NULL }, "", "", "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const run         *r = &cases[i].of;
        const char *const  want[] = { cases[i].hidden, cases[i].probs, cases[i].scores };
        kd_distill_options options;
        kd_inside          inside, back = { .is_of_firsts = cases[i].is_of_firsts };
        kd_arch student = encoder(r->task, 2, 8), teacher = encoder(r->task, 4, r->width);
        kd_setting_defaults(kd_distill_settings, &options);
        put_setting(&options, r->key, r->value);
        kd_method_inside(&inside, kd_method_find(r->method), &options, r->task, &student, &teacher);
        for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
            kd_str text = KD_STR_INIT;
            kd_inside_print(&inside, k, &text);
            if (strcmp(text.text, want[k]) != 0)
                fail_msg("case %zu, %s: %s layers '%s'", i, r->method, kd_inside_word(k),
                         text.text);
            assert_true(kd_inside_parse(&back, k, text.text));
            kd_str_fini(&text);
        }
        assert_int_equal(inside.is_of_firsts, cases[i].is_of_firsts);
        assert_memory_equal(&inside, &back, sizeof inside);
    }
    kd_inside inside = { .is_of_firsts = false };
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "1 x"));
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "257"));
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "-1"));
}

static void test_refuses_states_that_lack_a_layer(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    shelf       s;
    kd_trainer *trainer;
    set_up(&b, &runs[8]); /* compact */
    fill_shelf(&s, &b, false);
    b.training.states = &s.states;
    s.states.inside.has[KD_INSIDE_PROBS][4] = false;
    assert_fails(KD_EDATA, "the kept states have no probs of layer 4, which compact compares",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    s.states.inside.has[KD_INSIDE_PROBS][4] = true;
    s.states.inside.is_of_firsts = true;
    assert_fails(KD_EDATA, "of first pieces alone, and compact compares all",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    s.states.inside.is_of_firsts = false;
    s.states.teacher.hidden = 12;
    assert_fails(KD_ECONFIG, "student.hidden = 8, teacher.hidden = 12",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    clear_shelf(&s);
    tear_down(&b);
}

static void test_keeps_the_history_of_parts_that_come_and_go(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, &runs[13]);
    b.train.epochs = 10;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_int_equal(history.part_count, 2);
    assert_string_equal(history.part_names[0], "boundary");
    assert_string_equal(history.part_names[1], "hard");
    assert_true(isfinite(history.moments[7].part[0]) && isnan(history.moments[7].part[1]));
    assert_true(isnan(history.moments[8].part[0]) && isfinite(history.moments[8].part[1]));
    assert_true(history.moments[7].part[0] < history.moments[0].part[0]);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

/* ---- what does not fit ---- */

static void test_says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int         layers, hidden, heads; /* of a student below 4 layers, 8 wide, of 2 heads */
        const char *words;
    } cases[] = {
        { "compact", 3, 8, 2, "teacher.layers = 4 is no multiple of student.layers = 3" },
        { "compact", 2, 4, 2, "student.hidden = 4, teacher.hidden = 8" },
        { "compact", 2, 8, 4, "student.heads = 4, teacher.heads = 2" },
        { "tinybert", 2, 4, 4, "compares attention head by head" },
        { "pkd", 1, 8, 2, "every layer but the last, and student.layers = 1" },
        { "distilbert", 3, 6, 2, "compares states of one width" },
    };
    kd_error           err;
    kd_distill_options options;
    kd_arch            teacher = encoder(KD_TASK_NER, 4, 8), student = teacher;
    kd_setting_defaults(kd_distill_settings, &options);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        student.layers = cases[i].layers;
        student.hidden = cases[i].hidden;
        student.heads = cases[i].heads;
        assert_fails(
            KD_ECONFIG, cases[i].words,
            kd_method_fits(kd_method_find(cases[i].method), &options, &student, &teacher, &err),
            &err);
    }
    strcpy(student.kind, "bilstm");
    assert_fails(
        KD_ECONFIG, "tinybert needs the student's attention maps, which a bilstm does not have",
        kd_method_fits(kd_method_find("tinybert"), &options, &student, &teacher, &err), &err);
    assert_fails(KD_ECONFIG, "fastbioner needs the student's hidden states",
                 kd_method_fits(kd_method_find("fastbioner"), &options, &student, &teacher, &err),
                 &err);
    strcpy(options.hidden.schedule, "off");
    assert_ok(kd_method_fits(kd_method_find("fastbioner"), &options, &student, &teacher, &err),
              &err);
    assert_fails(KD_ECONFIG,
                 "doktra is not defined for named entities: it learns from one label a sentence",
                 kd_method_check(kd_method_find("doktra"), KD_TASK_NER, &err), &err);
}

static int open_figures(void **state)
{
    (void)state;
    losses = kd_golden_open("losses.json");
    methods = kd_golden_open("methods.json");
    return 0;
}

static int close_figures(void **state)
{
    (void)state;
    kd_json_close(losses);
    kd_json_close(methods);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_the_soft_losses),
        cmocka_unit_test(test_gives_distilbiobert_s_total),
        cmocka_unit_test(test_gives_compactbiobert_s_total),
        cmocka_unit_test(test_projects_the_states_of_a_narrower_student),
        cmocka_unit_test(test_compares_maps_over_every_element),
        cmocka_unit_test(test_compares_scores_before_the_softmax),
        cmocka_unit_test(test_pairs_layers_as_set),
        cmocka_unit_test(test_gives_the_patient_distance),
        cmocka_unit_test(test_follows_the_dynamic_weights),
        cmocka_unit_test(test_goes_from_imitation_to_labels),
        cmocka_unit_test(test_draws_activations_across_the_boundary),
        cmocka_unit_test(test_counts_activations_on_the_wrong_side),
        cmocka_unit_test(test_counts_each_activation_for_itself),
        cmocka_unit_test(test_scales_the_boundary_by_the_nominal_batch),
        cmocka_unit_test(test_connects_a_teacher_of_another_width),
        cmocka_unit_test(test_draws_the_connector_by_xavier_and_never_trains_it),
        cmocka_unit_test(test_switches_by_epoch),
        cmocka_unit_test(test_can_learn_logits_before_the_switch),
        cmocka_unit_test(test_rewards_entropy_in_the_hard_loss),
        cmocka_unit_test(test_means_the_entropy_of_rows),
        cmocka_unit_test(test_adds_the_teachers_entropy_to_the_divergence),
        cmocka_unit_test(test_overfits_twenty_sentences_by_every_method),
        cmocka_unit_test(test_moves_activations_across_the_boundary),
        cmocka_unit_test(test_asks_a_teacher_in_training_mode_in_every_step),
        cmocka_unit_test(test_can_compare_maps_after_a_dropout),
        cmocka_unit_test(test_has_the_gradient_that_differences_say),
        cmocka_unit_test(test_goes_on_to_the_same_bits),
        cmocka_unit_test(test_learns_the_same_bits_from_kept_states),
        cmocka_unit_test(test_learns_nearly_the_same_from_halves),
        cmocka_unit_test(test_keeps_just_the_layers_that_are_compared),
        cmocka_unit_test(test_refuses_states_that_lack_a_layer),
        cmocka_unit_test(test_keeps_the_history_of_parts_that_come_and_go),
        cmocka_unit_test(test_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, open_figures, close_figures);
}
