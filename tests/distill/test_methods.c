/* test_methods.c - every method's parts and total are the published ones.
 *
 * Figures: golden/losses.json and golden/methods.json, computed in double precision. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/schedule.h"
#include "distill/trainer.h"
#include "tests/distill/boundary.h"
#include "tests/distill/recipe.h"
#include "tests/support/support.h"

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
    recipe     recipe;
    kd_outputs teacher;
    kd_tensor *hidden[2][3], *maps[2][2]; /* of student, teacher */
    int32_t    begin[MOST], labels[MOST];
    kd_params *params;
    kd_lesson  lesson;
} scene;

static void put_number(scene *s, const char *key, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    put(&s->recipe, key, text);
}

static void set_scene(scene *s, const char *method)
{
    *s = (scene){ .params = kd_params_create() };
    set_method(&s->recipe, method);
    for (int i = 0; i < MOST; i++) s->begin[i] = i;
    s->lesson = (kd_lesson){
        .tape = kd_tape_create(&(kd_tape_options){ .is_training = true }),
        .options = &s->recipe.options,
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
    s->recipe.method->teach(&s->lesson);
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
    put(&s.recipe, "rows", "all");
    give_logits(&s);
    put_number(&s, "temperature", figure(losses, "kd_kl_temperature", "temperature"));
    assert_close(total(&s), figure(losses, "kd_kl_temperature", "loss"), WITHIN);
    put(&s.recipe, "temperature", "1");
    assert_close(total(&s), figure(losses, "kd_kl_temperature", "loss_T1"), WITHIN);
    set_method(&s.recipe, "soft-ce");
    put(&s.recipe, "rows", "all");
    put(&s.recipe, "temperature", "1");
    assert_close(total(&s), figure(losses, "soft_ce", "loss"), WITHIN);
    put(&s.recipe, "alpha", "0.25");
    assert_close(total(&s),
                 0.75 * figure(losses, "soft_ce", "loss") +
                     0.25 * figure(losses, "hard_ce_ignore", "loss"),
                 WITHIN);
    end_scene(&s);
}

/* The middle row has no label: what the teacher says there is what no loss has taught it. */
static void test_learns_soft_targets_where_there_is_a_label(void **state)
{
    (void)state;
    static const char *const names[] = { "logit-mse", "soft-ce", "kl", "pkd", "tinybert" };
    static const char *const weights[] = { "embedding_weight", "hidden_weight",
                                           "attention_weight" };
    for (size_t i = 0; i < 5; i++) {
        scene s;
        set_scene(&s, names[i]);
        for (size_t w = 0; w < 3; w++) /* the logits alone */
            if (kd_setting_find(s.recipe.method->settings, weights[w]))
                put(&s.recipe, weights[w], "0");
        give_logits(&s);
        float other[15];
        memcpy(other, s.lesson.teacher_logits, sizeof other);
        for (int k = 5; k < 10; k++) other[k] = (float)(10 * k);
        double labelled = total(&s);
        put(&s.recipe, "rows", "all");
        double all = total(&s);
        s.lesson.teacher_logits = other;
        assert_true(fabs(total(&s) - all) > 0.1);
        put(&s.recipe, "rows", "labelled");
        assert_close(total(&s), labelled, 0);
        assert_true(labelled != all);
        end_scene(&s);
    }
}

/* A row whose label nobody told is learned of the teacher, and is nothing to the loss against labels. */
static void test_learns_of_the_teacher_where_nobody_told(void **state)
{
    (void)state;
    static const char *const names[] = { "logit-mse", "soft-ce", "kl" };
    for (size_t i = 0; i < 3; i++) {
        scene s;
        set_scene(&s, names[i]);
        give_logits(&s);
        put(&s.recipe, "rows", "all");
        double all = total(&s);
        put(&s.recipe, "rows", "labelled");
        assert_true(total(&s) != all);
        s.labels[1] = KD_UNTOLD;
        assert_close(total(&s), all, 0);
        put(&s.recipe, "alpha", "0.5");
        total(&s);
        assert_close(part(&s, KD_PART_HARD), figure(losses, "hard_ce_ignore", "loss"), WITHIN);
        s.labels[0] = s.labels[2] = KD_UNTOLD;
        total(&s);
        assert_close(part(&s, KD_PART_HARD), 0, 0);
        assert_close(part(&s, "soft"), all, 0);
        end_scene(&s);
    }
}

static void test_means_soft_targets_over_labelled_rows(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "kl");
    give_logits(&s);
    assert_close(total(&s), figure(methods, "distilbiobert_total", "kl_selected"), WITHIN);
    put(&s.recipe, "temperature", "1");
    assert_close(total(&s), figure(methods, "compactbiobert_total", "kl_T1_selected"), WITHIN);
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
    put(&s.recipe, "output", "none");
    put(&s.recipe, "embedding_weight", "0");
    put(&s.recipe, "attention_weight", "0");
    assert_ok(kd_method_declare(kd_method_find("tinybert"), s.params, &s.recipe.options, &narrow,
                                &wide, &err),
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
    put(&s.recipe, "output", "none");
    put(&s.recipe, "embedding_weight", "0");
    put(&s.recipe, "hidden_weight", "0");
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
    put(&s.recipe, "output", "none");
    put(&s.recipe, "attention_target", "scores");
    put(&s.recipe, "embedding_weight", "0");
    put(&s.recipe, "hidden_weight", "0");
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
        put(&s.recipe, "output", "none");
        put(&s.recipe, "pairing", cases[c].pairing);
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
    const kd_json   *all = find(methods, "fastbioner_dynamic_weights", "shapes");
    kd_part_schedule hard = { KD_SHAPE_LINEAR, 0, 1 }, soft = { KD_SHAPE_LINEAR, 1, 0 };
    for (kd_shape_kind shape = KD_SHAPE_LINEAR; shape < KD_SHAPE_OFF; shape++) {
        const kd_json *rows = kd_json_get(all, kd_choice_word(kd_shape_words, (int)shape));
        hard.shape = soft.shape = shape;
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
    hard.shape = soft.shape = KD_SHAPE_LINEAR;
    const kd_json *example = find(methods, "fastbioner_dynamic_weights", "loss_example");
    for (int u = 0; u < 5; u++) { /* hard 0.8, soft 0.5, feature 1.25 */
        double a = kd_schedule_weight(&hard, u / 4.0), b = kd_schedule_weight(&soft, u / 4.0);
        const kd_json *totals = kd_json_get(example, "linear_totals");
        assert_close(0.8 * a + 1.75 * b, kd_json_to_real(kd_json_at(totals, (size_t)u), NAN), 1e-9);
    }
    assert_close(kd_schedule_progress(0, 1), 0, 0);
    soft.shape = KD_SHAPE_OFF;
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
    kd_arch          student = { .kind = KD_KIND_BERT, .hidden = 3 };
    kd_arch          teacher = { .kind = KD_KIND_BERT, .hidden = 2 };
    const kd_method *doktra = kd_method_find("doktra");
    for (size_t i = 0; i < 6; i++)
        weight[i] = (float)kd_json_to_real(kd_json_at(kd_json_get(want, "weight"), i), NAN);
    for (size_t i = 0; i < 4; i++)
        hidden[i] = (float)kd_json_to_real(kd_json_at(kd_json_get(want, "teacher_hidden"), i), NAN);
    give_boundary(&s);
    assert_ok(kd_method_declare(doktra, s.params, &s.recipe.options, &student, &teacher, &err),
              &err);
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
        kd_arch  student = { .kind = KD_KIND_BERT, .hidden = cases[i].width };
        kd_arch  teacher = { .kind = KD_KIND_BERT, .hidden = 768 };
        set_scene(&s, "doktra");
        assert_ok(kd_method_declare(kd_method_find("doktra"), s.params, &s.recipe.options, &student,
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
        put_number(&s, "loss_switch", kd_json_to_real(kd_json_get(row, "rate"), NAN));
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
    put(&s.recipe, "first_phase", "kl");
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
        set_method(&s.recipe, "none");
        put_number(&s, "confidence_penalty", cases[i].beta);
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
    set_method(&s.recipe, "none");
    double plain = total(&s);
    put(&s.recipe, "confidence_penalty", "1");
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
    put(&s.recipe, "rows", "all");
    give_logits(&s);
    put(&s.recipe, "temperature", "1");
    double soft = total(&s);
    set_method(&s.recipe, "kl");
    put(&s.recipe, "rows", "all");
    put(&s.recipe, "temperature", "1");
    assert_close(soft - total(&s), figure(losses, "soft_ce", "teacher_entropy"), WITHIN);
    end_scene(&s);
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
        cmocka_unit_test(test_learns_soft_targets_where_there_is_a_label),
        cmocka_unit_test(test_learns_of_the_teacher_where_nobody_told),
        cmocka_unit_test(test_means_soft_targets_over_labelled_rows),
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
    };
    return cmocka_run_group_tests(tests, open_figures, close_figures);
}
