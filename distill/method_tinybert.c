/* method_tinybert.c - embeddings, hidden states, attention and logits of a deeper, wider teacher.
 *
 *     L = alpha * CE + (1 - alpha) * (w_o L_out + w_e L_emb + w_h L_hid + w_a L_att)
 *     L_emb = MSE(W h_s[0], h_t[0])      L_hid = sum over pairs MSE(W h_s, h_t)
 *     L_att = sum over pairs MSE(A_s, A_t)   of probabilities, or of scores before the softmax
 *     L_out = MSE or soft cross-entropy (T = 1) of the logits, where there is a label (rows)
 *
 * With r teacher layers behind each of L student layers, layers counted from 1 and 0 being the
 * embeddings:
 *
 *     pairing   hidden states                      attention
 *     aligned   h_s[l] <- h_t[r l]                 A_s[l] <- A_t[r l]                 l = 1..L
 *     source    h_s[l-1] <- h_t[r (l-1) + 1]       A_s[l] <- A_t[r (l-1) + 1]
 *
 * `source` is what the first source's code does, shifted by one: its embeddings have two targets
 * and its last layer none. Projections exist when the widths differ: one W, trained and shared by
 * all layers; `source` has another one for the embeddings. */
#include <string.h>

#include "distill/method_internal.h"

typedef enum { ALIGNED, SOURCE } pairing;
typedef enum { PROBS, SCORES } attention_target;
typedef enum { MSE, SOFT_CE, NO_OUTPUT } output;

typedef struct {
    kd_distill_shared shared;
    double            alpha; /* share of the hard loss */
    pairing           pairing;
    attention_target  attention_target;
    output            output;
    double            output_weight, embedding_weight, hidden_weight, attention_weight;
} options;

KD_METHOD_OPTIONS(options)

static const kd_choice pairings[] = { { "aligned", ALIGNED }, { "source", SOURCE }, KD_CHOICE_END };
static const kd_choice targets[] = { { "probs", PROBS }, { "scores", SCORES }, KD_CHOICE_END };
static const kd_choice outputs[] = {
    { "mse", MSE }, { "soft-ce", SOFT_CE }, { "none", NO_OUTPUT }, KD_CHOICE_END
};

#define ROW(kind, member, ...) KD_##kind##_ROW(options, member, #member, __VA_ARGS__)

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    KD_ALPHA_ROW(options),
    ROW(CHOICE, pairing, "aligned", pairings, NULL,
        "last layer to last layer, or shifted by one as in the first source's code",
        .flags = KD_ROW_LAYERS),
    ROW(CHOICE, attention_target, "probs", targets, NULL,
        "attention probabilities, or scores before the softmax",
        .flags = KD_ROW_KIND | KD_ROW_LAYERS),
    ROW(CHOICE, output, "mse", outputs, NULL, "loss between the logits", .flags = KD_ROW_KIND),
    ROW(REAL, output_weight, "1", 0, 1e6, NULL, "weight of the loss between the logits"),
    ROW(REAL, embedding_weight, "1", 0, 1e6, NULL, "weight of the embeddings' loss",
        .flags = KD_ROW_LAYERS),
    KD_HIDDEN_WEIGHT_ROW(options),
    ROW(REAL, attention_weight, "1", 0, 1e6, NULL, "weight of the attention maps' loss",
        .flags = KD_ROW_LAYERS),
    KD_SOFT_ROWS_ROW(options),
    KD_TEACHER_MODE_ROW(options),
    KD_ATTENTION_MAPS_ROW(options),
    KD_SETTING_END,
};

#define HIDDEN    KD_METHOD_PREFIX "hidden"
#define EMBEDDING KD_METHOD_PREFIX "embedding"

static bool is_source(const options *o)
{
    return o->pairing == SOURCE;
}

static bool is_of_scores(const options *o)
{
    return o->attention_target == SCORES;
}

/* ---- projections ---- */

static kd_status declare_projection(kd_params *params, const char *name, int from, int to,
                                    const kd_arch *student, kd_error *err)
{
    char      weight[64], bias[64];
    kd_param *out;
    strcat(strcpy(weight, name), ".weight");
    strcat(strcpy(bias, name), ".bias");
    kd_status status = kd_params_add(&out, params, weight, 2, (int[]){ to, from }, true,
                                     (kd_init){ KD_INIT_NORMAL, (float)student->init_range }, err);
    if (status != KD_OK) return status;
    return kd_params_add(&out, params, bias, 1, &to, false, (kd_init){ KD_INIT_CONSTANT, 0 }, err);
}

static kd_status declare(kd_params *params, const kd_distill_options *o, const kd_arch *student,
                         const kd_arch *teacher, kd_error *err)
{
    int from = student->hidden, to = teacher->hidden;
    if (from == to) return KD_OK;
    kd_status status = declare_projection(params, HIDDEN, from, to, student, err);
    if (status == KD_OK && is_source(own(o)))
        status = declare_projection(params, EMBEDDING, from, to, student, err);
    return status;
}

static kd_tensor *project(const kd_lesson *lesson, const char *name, kd_tensor *x)
{
    char weight[64], bias[64];
    strcat(strcpy(weight, name), ".weight");
    strcat(strcpy(bias, name), ".bias");
    kd_param *w = kd_params_find(lesson->params, weight);
    if (!w) return x; /* equal widths */
    return kd_op_linear(lesson->tape, x, &w->value, &kd_params_find(lesson->params, bias)->value,
                        KD_IDENTITY);
}

/* Every hidden state of the student, as wide as the teacher's. */
static kd_tensor **widened(const kd_lesson *lesson)
{
    int         count = lesson->student.hidden_count;
    kd_tensor **out = kd_tape_alloc(lesson->tape, (size_t)count, sizeof *out);
    for (int i = 0; i < count; i++)
        out[i] = project(lesson, i == 0 && is_source(own(lesson->options)) ? EMBEDDING : HIDDEN,
                         lesson->student.hidden[i]);
    return out;
}

/* ---- the parts ---- */

static void teach_output(kd_lesson *lesson, double share)
{
    const options *o = own(lesson->options);
    double         weight = share * o->output_weight;
    if (weight == 0 || o->output == NO_OUTPUT) return;
    const kd_pick *rows = kd_lesson_soft_rows(lesson);
    kd_tensor     *z = lesson->student.logits;
    kd_lesson_add(lesson, "soft",
                  o->output == MSE
                      ? kd_op_mse(lesson->tape, z, lesson->teacher_logits, rows)
                      : kd_op_soft_cross_entropy(lesson->tape, z, lesson->teacher_logits, 1, rows),
                  weight);
}

static void teach_states(kd_lesson *lesson, double share)
{
    const options *o = own(lesson->options);
    kd_tensor    **wide = widened(lesson), **of = lesson->teacher->hidden;
    int            layers = kd_lesson_layers(lesson);
    int            first = is_source(o) ? 0 : 1;
    int            behind = is_source(o) ? 1 : kd_lesson_stride(lesson);
    if (share * o->embedding_weight > 0)
        kd_lesson_add(lesson, "embedding", kd_pair_mse(lesson->tape, wide[0], of[0]->x),
                      share * o->embedding_weight);
    if (share * o->hidden_weight > 0)
        kd_lesson_add(lesson, "hidden",
                      kd_lesson_pairs(lesson, layers, wide + first, of + behind, kd_pair_mse, 1),
                      share * o->hidden_weight);
}

static void teach_attention(kd_lesson *lesson, double share)
{
    const options    *o = own(lesson->options);
    const kd_outputs *s = &lesson->student, *t = lesson->teacher;
    int               behind = is_source(o) ? 0 : kd_lesson_stride(lesson) - 1;
    bool              scores = is_of_scores(o);
    if (share * o->attention_weight == 0) return;
    kd_lesson_add(lesson, "attention",
                  kd_lesson_pairs(lesson, kd_lesson_layers(lesson), scores ? s->scores : s->probs,
                                  (scores ? t->scores : t->probs) + behind, kd_pair_mse, 1),
                  share * o->attention_weight);
}

static void teach(kd_lesson *lesson)
{
    double alpha = own(lesson->options)->alpha;
    if (alpha > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), alpha);
    teach_output(lesson, 1 - alpha);
    teach_states(lesson, 1 - alpha);
    teach_attention(lesson, 1 - alpha);
}

static unsigned needs_with(const kd_distill_options *of)
{
    const options *o = own(of);
    unsigned       logits = o->output == NO_OUTPUT ? 0 : KD_NEEDS_LOGITS;
    return logits | KD_NEEDS_HIDDEN | (is_of_scores(o) ? KD_NEEDS_SCORES : KD_NEEDS_MAPS);
}

static void looks(kd_inside *inside, const kd_distill_options *all, kd_task task, int layers,
                  int of)
{
    const options *o = own(all);
    int            stride = of / layers, first = is_source(o) ? 1 : stride;
    kd_inside_kind maps = is_of_scores(o) ? KD_INSIDE_SCORES : KD_INSIDE_PROBS;
    (void)task;
    if (o->embedding_weight > 0) kd_inside_add(inside, KD_INSIDE_HIDDEN, 0, 1, 1);
    if (o->hidden_weight > 0) kd_inside_add(inside, KD_INSIDE_HIDDEN, first, stride, layers);
    if (o->attention_weight > 0) kd_inside_add(inside, maps, first, stride, layers);
}

const kd_method kd_method_tinybert = {
    .name = "tinybert",
    .about = "embeddings, hidden states, attention and logits, through projections",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_NETWORK,
    .fits = KD_PAIRS_LAYERS,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .teach = teach,
    .needs_with = needs_with,
    .looks = looks,
    .declare = declare,
};
