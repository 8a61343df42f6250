/* method_distilbert.c - DistilBioBERT's triple loss, over masked words as published or on a task in their place.
 *
 *     L = 5 * T^2 mean KL(softmax(z_t/T) || softmax(z_s/T)) + 2 * CE + 1 * mean (1 - cos(h_s, h_t))
 *
 * KL and CE over the rows that have a label, or ask for a word; the cosine, of the last layers' states,
 * over all. T = 2 in the source. */
#include "distill/method_internal.h"

typedef struct {
    kd_distill_shared shared;
    double            temperature; /* of both sides */
} options;

KD_METHOD_OPTIONS(options)

static const kd_setting settings[] = {
    KD_HARD_ROWS(options),
    KD_TEMPERATURE_ROW(options),
    KD_TEACHER_MODE_ROW(options),
    KD_SETTING_END,
};

static void teach(kd_lesson *lesson)
{
    kd_tensor *soft = kd_op_kl(lesson->tape, lesson->student.logits, lesson->teacher_logits,
                               own(lesson->options)->temperature, kd_lesson_taught(lesson));
    kd_tensor *cosine =
        kd_op_cosine(lesson->tape, lesson->student.last, lesson->teacher->last->x, NULL);
    kd_lesson_add(lesson, "soft", soft, 5);
    kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 2);
    kd_lesson_add(lesson, "cosine", cosine, 1);
}

static void looks(kd_inside *inside, const kd_distill_options *o, kd_task task, int layers, int of)
{
    (void)o, (void)task, (void)layers;
    kd_inside_add(inside, KD_INSIDE_HIDDEN, of, 1, 1);
}

const kd_method kd_method_distilbert = {
    .name = "distilbert",
    .about = "softened logits, hard labels and the direction of the last states, 5 : 2 : 1",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_HIDDEN,
    .fits = KD_SAME_WIDTH,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .teach = teach,
    .looks = looks,
};
