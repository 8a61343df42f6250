/* method_kl.c - divergence from the teacher's softened distribution.
 *
 *     L = alpha * CE(student, labels) + (1 - alpha) * T^2 mean_n KL(q || p)
 *     q = softmax(z_t / T), p = softmax(z_s / T)
 *
 * T^2 keeps the size of the gradient when T changes (Hinton et al. 2015). */
#include "distill/method_internal.h"

static void teach(kd_lesson *lesson)
{
    const kd_distill_options *o = lesson->options;
    if (o->alpha > 0) kd_lesson_add(lesson, "hard", kd_lesson_hard_loss(lesson), o->alpha);
    if (o->alpha < 1)
        kd_lesson_add(lesson, "soft",
                      kd_op_kl(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                               o->temperature, NULL),
                      1 - o->alpha);
}

const kd_method kd_method_kl = {
    .name = "kl",
    .about = "divergence from the teacher's softened distribution",
    .needs = KD_NEEDS_LOGITS,
    .tasks = KD_FOR_CLASSES,
    .teach = teach,
};
