/* method_kl.c - divergence from the teacher's softened distribution.
 *
 *     L = alpha * CE(student, labels) + (1 - alpha) * T^2 mean_n KL(q || p)
 *     q = softmax(z_t / T), p = softmax(z_s / T)
 *
 * The mean is over the rows that have a label, or all (rows). T^2 keeps the size of the gradient
 * when T changes (Hinton et al. 2015). */
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
                      kd_op_kl(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                               o->temperature, kd_lesson_soft_rows(lesson)),
                      1 - o->alpha);
}

const kd_method kd_method_kl = {
    .name = "kl",
    .about = "divergence from the teacher's softened distribution",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .teach = teach,
};
