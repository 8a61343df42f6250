/* method_none.c - no teacher: the true labels alone.
 *
 *     L = CE(student, labels)     with label smoothing: 0.1 in the first source's runs */
#include "distill/method_internal.h"

static const kd_setting settings[] = {
    KD_HARD_ROWS(kd_distill_options),
    KD_SETTING_END,
};

static void teach(kd_lesson *lesson)
{
    kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 1.0);
}

const kd_method kd_method_none = {
    .name = "none",
    .about = "hard labels alone, no teacher",
    .settings = settings,
    .needs = KD_NEEDS_NOTHING,
    .tasks = KD_FOR_LABELS | KD_FOR_WORDS,
    .teach = teach,
};
