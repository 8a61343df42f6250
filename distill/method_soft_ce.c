/* method_soft_ce.c - cross-entropy with the teacher's softened distribution.
 *
 *     L = alpha * CE(student, labels) + (1 - alpha) * mean_n -sum_c q_c log p_c
 *     q = softmax(z_t / T), p = softmax(z_s / T)
 *
 * The mean is over the rows that have a label, or all (rows). The output term of TinyBioBERT at T
 * = 1. It differs from `kl` at T = 1 by the teacher's entropy and so has the same gradient; at
 * other temperatures it lacks the factor T^2. */
#include "distill/method_internal.h"

typedef struct {
    kd_distill_shared shared;
    double            alpha;       /* share of the hard loss */
    double            temperature; /* of both sides */
} options;

KD_METHOD_OPTIONS(options)

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),     KD_ALPHA_ROW(options),        KD_TEMPERATURE_ROW(options),
    KD_SOFT_ROWS_ROW(options), KD_TEACHER_MODE_ROW(options), KD_SETTING_END,
};

static void teach(kd_lesson *lesson)
{
    const options *o = own(lesson->options);
    if (o->alpha > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), o->alpha);
    if (o->alpha < 1)
        kd_lesson_add(lesson, "soft",
                      kd_op_soft_cross_entropy(lesson->tape, lesson->student.logits,
                                               lesson->teacher_logits, o->temperature,
                                               kd_lesson_soft_rows(lesson)),
                      1 - o->alpha);
}

const kd_method kd_method_soft_ce = {
    .name = "soft-ce",
    .about = "cross-entropy with the teacher's softened distribution",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .teach = teach,
};
