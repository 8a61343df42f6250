/* method_pkd.c - patient distillation: normalised states of every layer but the last.
 *
 *     L = alpha * CE + (1 - alpha) * T^2 mean KL(softmax(z_t/T) || softmax(z_s/T))
 *           + hidden_weight * sum_{l<L} mean_n | h_s[l]/|h_s[l]| - h_t[r l]/|h_t[r l]| |^2
 *
 * Sun et al. 2019. They look at the first state of a sequence; where every piece has a label, so
 * does every piece's state have a pair. As |a - b|^2 = 2 (1 - a b) for vectors of length 1, a
 * pair's loss is twice its cosine loss. The last layer is left to the logits, whose mean is over
 * the rows that have a label, or all (rows). */
#include "distill/method_internal.h"

typedef struct {
    kd_distill_shared shared;
    double            alpha;         /* share of the hard loss */
    double            temperature;   /* of both sides of the soft loss */
    double            hidden_weight; /* of the states, beside both */
} options;

KD_METHOD_OPTIONS(options)

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    KD_ALPHA_ROW(options),
    KD_TEMPERATURE_ROW(options),
    KD_HIDDEN_WEIGHT_ROW(options),
    KD_SOFT_ROWS_ROW(options),
    KD_TEACHER_MODE_ROW(options),
    KD_SETTING_END,
};

static kd_tensor *of_all_pieces(kd_lesson *lesson, int count)
{
    return kd_lesson_pairs(lesson, count, lesson->student.hidden + 1,
                           lesson->teacher->hidden + kd_lesson_stride(lesson), kd_pair_cosine, 2);
}

/* The first row of each sentence. */
static const kd_pick *pick_firsts(const kd_lesson *lesson)
{
    kd_pick *pick = kd_tape_alloc(lesson->tape, 1, sizeof *pick);
    *pick = (kd_pick){ .count = lesson->rows.count, .row = lesson->rows.begin };
    return pick;
}

static kd_tensor *of_first_pieces(kd_lesson *lesson, int count)
{
    const kd_pick *firsts = pick_firsts(lesson);
    kd_tensor    **terms = kd_tape_alloc(lesson->tape, (size_t)count, sizeof *terms);
    double        *weights = kd_tape_alloc(lesson->tape, (size_t)count, sizeof *weights);
    int            stride = kd_lesson_stride(lesson);
    for (int l = 0; l < count; l++) {
        terms[l] = kd_op_cosine(lesson->tape, lesson->student.hidden[l + 1],
                                lesson->teacher->hidden[(l + 1) * stride]->x, firsts);
        weights[l] = 2;
    }
    return kd_op_weighted_sum(lesson->tape, count, terms, weights);
}

static void teach(kd_lesson *lesson)
{
    const options *o = own(lesson->options);
    int            count = kd_lesson_layers(lesson) - 1;
    if (o->alpha > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), o->alpha);
    if (o->alpha < 1)
        kd_lesson_add(lesson, "soft",
                      kd_op_kl(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                               o->temperature, kd_lesson_soft_rows(lesson)),
                      1 - o->alpha);
    if (o->hidden_weight > 0)
        kd_lesson_add(lesson, "hidden",
                      kd_task_is_of_pieces(lesson->task) ? of_all_pieces(lesson, count)
                                                         : of_first_pieces(lesson, count),
                      o->hidden_weight);
}

static void looks(kd_inside *inside, const kd_distill_options *o, kd_task task, int layers, int of)
{
    int stride = of / layers;
    inside->is_of_firsts = !kd_task_is_of_pieces(task);
    if (own(o)->hidden_weight > 0)
        kd_inside_add(inside, KD_INSIDE_HIDDEN, stride, stride, layers - 1);
}

const kd_method kd_method_pkd = {
    .name = "pkd",
    .about = "patient: softened logits and the normalised states of every layer but the last",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_HIDDEN,
    .fits = KD_PAIRS_LAYERS | KD_SAME_WIDTH | KD_SPARES_LAST,
    .tasks = KD_FOR_CLASSES,
    .teach = teach,
    .looks = looks,
};
