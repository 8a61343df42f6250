/* method_logit_mse.c - the student's logits are drawn to the teacher's.
 *
 *     L = alpha * CE(student, labels) + (1 - alpha) * mean (z_t - z_s)^2
 *
 * alpha is 0 in the published runs, so their students see no gold label. The mean is over the rows
 * that have a label; the published one is over all (rows = all), padding too (padding = source). */
#include "distill/method_internal.h"

typedef struct {
    kd_distill_shared shared;
    double            alpha; /* share of the hard loss */
} options;

KD_METHOD_OPTIONS(options)

static const kd_choice paddings[] = { { "none", KD_PADDING_NONE },
                                      { "source", KD_PADDING_SOURCE },
                                      KD_CHOICE_END };

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    KD_ALPHA_ROW(options),
    KD_SOFT_ROWS_ROW(options),
    KD_TEACHER_MODE_ROW(options),
    KD_CHOICE_ROW(
        options, shared.padding, "padding", "none", paddings, NULL,
        "source: sentences are lengthened by PAD to the batch's longest, and learned there too",
        .flags = KD_ROW_KIND),
    KD_SETTING_END,
};

static void teach(kd_lesson *lesson)
{
    double alpha = own(lesson->options)->alpha;
    if (alpha > 0) kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), alpha);
    if (alpha < 1)
        kd_lesson_add(lesson, "soft",
                      kd_op_mse(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                                kd_lesson_soft_rows(lesson)),
                      1 - alpha);
}

const kd_method kd_method_logit_mse = {
    .name = "logit-mse",
    .about = "mean squared error between the logits of teacher and student",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS,
    .tasks = KD_FOR_LABELS,
    .teach = teach,
};
