/* lesson.c - the parts of a lesson, and the loss against the true labels. */
#include "distill/method_internal.h"

void kd_lesson_add(kd_lesson *lesson, const char *name, kd_tensor *value, double weight)
{
    KD_CHECK(lesson->part_count < KD_LOSS_PARTS_MAX, "a lesson has at most %d parts",
             KD_LOSS_PARTS_MAX);
    lesson->parts[lesson->part_count++] = (kd_loss_part){ name, value, weight };
}

void kd_lesson_turn(kd_lesson *lesson)
{
    kd_tensor *z = lesson->student.logits;
    if (kd_task_of(lesson->task)->answer != KD_ANSWER_SPAN) return;
    lesson->turned = kd_turn_widths(lesson->tape, &lesson->rows, z->d);
    if (lesson->teacher_logits)
        lesson->teacher_logits = kd_turn(lesson->tape, lesson->teacher_logits, z->d, &lesson->rows);
    lesson->student.logits = kd_op_turn(lesson->tape, z, &lesson->rows);
}

/* Which labels a row may have. */
typedef enum { TOLD, TOLD_OR_NOT, ANY } label_test;

static bool passes(label_test test, int32_t label)
{
    if (test == TOLD) return label >= 0;
    return test == ANY || label != KD_NO_TAG;
}

static const kd_pick *pick_rows(const kd_lesson *lesson, label_test test, const uint8_t *said)
{
    if (lesson->turned) return lesson->turned;
    int      n = lesson->student.logits->n;
    kd_pick *pick = kd_tape_alloc(lesson->tape, 1, sizeof *pick);
    int32_t *row = kd_tape_alloc(lesson->tape, (size_t)n, sizeof *row);
    *pick = (kd_pick){ .row = row };
    for (int i = 0; i < n; i++)
        if (passes(test, lesson->labels[i]) && (!said || said[i])) row[pick->count++] = i;
    return pick;
}

const kd_pick *kd_lesson_labelled(const kd_lesson *lesson)
{
    return pick_rows(lesson, TOLD, NULL);
}

const kd_pick *kd_lesson_taught(const kd_lesson *lesson)
{
    return pick_rows(lesson, TOLD_OR_NOT, lesson->said);
}

const kd_pick *kd_lesson_soft_rows(const kd_lesson *lesson)
{
    if (lesson->turned) return lesson->turned;
    if (lesson->options->shared.rows != KD_ROWS_ALL) return kd_lesson_taught(lesson);
    return lesson->said ? pick_rows(lesson, ANY, lesson->said) : NULL;
}

/* Of tags under a CRF, its likelihood; of classes, CE; of a set of classes, CE of each for itself:
 * loss, and entropy in *entropy. */
static kd_tensor *task_loss(kd_lesson *lesson, kd_tensor **entropy)
{
    kd_tensor *z = lesson->student.logits;
    bool       is_set = lesson->task == KD_TASK_HOC;
    *entropy = NULL;
    if (lesson->student.crf)
        return kd_crf_loss(lesson->student.crf, lesson->tape, z, &lesson->rows, lesson->firsts);
    if (lesson->options->shared.confidence_penalty > 0)
        *entropy = is_set ? kd_op_binary_entropy(lesson->tape, z, NULL)
                          : kd_op_entropy(lesson->tape, z, kd_lesson_labelled(lesson));
    if (lesson->turned)
        return kd_op_cross_entropy_of(lesson->tape, z, lesson->labels,
                                      lesson->options->shared.smoothing, lesson->turned);
    return is_set ? kd_op_binary_cross_entropy(lesson->tape, z, lesson->bits, NULL)
                  : kd_op_cross_entropy(lesson->tape, z, lesson->labels,
                                        lesson->options->shared.smoothing);
}

kd_tensor *kd_lesson_hard_loss(kd_lesson *lesson)
{
    kd_tensor *terms[2];
    terms[0] = task_loss(lesson, &terms[1]);
    if (!terms[1]) return terms[0];
    return kd_op_weighted_sum(lesson->tape, 2, terms,
                              (double[]){ 1, -lesson->options->shared.confidence_penalty });
}
