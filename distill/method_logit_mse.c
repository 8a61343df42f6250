/* method_logit_mse.c - the student's logits are drawn to the teacher's.
 *
 *     L = alpha * CE(student, labels) + (1 - alpha) * mean (z_t - z_s)^2
 *
 * alpha is 0 in the published runs, so their students see no gold label. The published mean also
 * runs over padding; ours is over real pieces. */
#include "distill/method_internal.h"

static void teach(kd_lesson *lesson)
{
    double alpha = lesson->options->alpha;
    if (alpha > 0) kd_lesson_add(lesson, "hard", kd_lesson_hard_loss(lesson), alpha);
    if (alpha < 1)
        kd_lesson_add(lesson, "soft",
                      kd_op_mse(lesson->tape, lesson->student.logits, lesson->teacher_logits, NULL),
                      1 - alpha);
}

const kd_method kd_method_logit_mse = {
    .name = "logit-mse",
    .about = "mean squared error between the logits of teacher and student",
    .needs = KD_NEEDS_LOGITS,
    .tasks = KD_FOR_LABELS,
    .teach = teach,
};
