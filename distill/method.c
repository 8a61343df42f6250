/* method.c - the table of methods, their settings, and what they share. */
#include "distill/method.h"

#include <string.h>

#include "distill/method_internal.h"

#define ROW(kind, member, ...) KD_##kind##_ROW(kd_distill_options, member, #member, __VA_ARGS__)

const kd_setting kd_distill_settings[] = {
    ROW(TEXT, method, "none", KD_METHOD_NAMES, NULL, "what the student learns from"),
    ROW(REAL, alpha, "0", 0, 1, "logit-mse", "share of the hard loss; the rest is the teacher's"),
    ROW(REAL, smoothing, "0.1", 0, 0.999, NULL, "label smoothing of the hard loss"),
    KD_SETTING_END,
};

const kd_method *const kd_methods[] = { &kd_method_none, &kd_method_logit_mse, NULL };

const kd_method *kd_method_find(const char *name)
{
    for (int i = 0; kd_methods[i]; i++)
        if (strcmp(kd_methods[i]->name, name) == 0) return kd_methods[i];
    return NULL;
}

static const char *const task_words[] = {
    [KD_TASK_NER] = "named entities",
    [KD_TASK_RE] = "relations",
    [KD_TASK_HOC] = "sets of classes",
    [KD_TASK_TEXT] = "plain text",
};

kd_status kd_method_check(const kd_method *method, kd_task task, kd_error *err)
{
    if (method->tasks & 1u << task) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "distill.method: %s is not defined for %s", method->name,
                   task_words[task]);
}

void kd_lesson_add(kd_lesson *lesson, const char *name, kd_tensor *value, double weight)
{
    KD_CHECK(lesson->part_count < KD_LOSS_PARTS_MAX, "a lesson has at most %d parts",
             KD_LOSS_PARTS_MAX);
    lesson->parts[lesson->part_count++] = (kd_loss_part){ name, value, weight };
}

kd_tensor *kd_lesson_hard_loss(kd_lesson *lesson)
{
    if (lesson->task == KD_TASK_HOC)
        return kd_op_binary_cross_entropy(lesson->tape, lesson->student.logits, lesson->bits, NULL);
    return kd_op_cross_entropy(lesson->tape, lesson->student.logits, lesson->labels,
                               lesson->options->smoothing);
}
