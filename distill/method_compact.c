/* method_compact.c - CompactBioBERT's loss, over masked words as published or on a task in their place.
 *
 *     L = CE + 3 * sum_l (mean KL(A_t[r l] || A_s[l]) + mean (1 - cos(h_s[l], h_t[r l])))
 *            + 5 * mean KL(softmax(z_t) || softmax(z_s))
 *
 * A map's divergence is a mean over every element, with 1e-12 added to both sides. CE and the last
 * term are over the rows that have a label, or ask for a word. */
#include "distill/method_internal.h"

static const kd_setting settings[] = {
    KD_HARD_ROWS(kd_distill_options),
    KD_TEACHER_MODE_ROW(kd_distill_options),
    KD_ATTENTION_MAPS_ROW(kd_distill_options),
    KD_SETTING_END,
};

static void teach(kd_lesson *lesson)
{
    int               layers = kd_lesson_layers(lesson), stride = kd_lesson_stride(lesson);
    const kd_outputs *t = lesson->teacher, *s = &lesson->student;
    kd_tensor        *maps =
        kd_lesson_pairs(lesson, layers, s->probs, t->probs + stride - 1, kd_pair_map_kl, 1);
    kd_tensor *cosines =
        kd_lesson_pairs(lesson, layers, s->hidden + 1, t->hidden + stride, kd_pair_cosine, 1);
    kd_tensor *soft =
        kd_op_kl(lesson->tape, s->logits, lesson->teacher_logits, 1.0, kd_lesson_taught(lesson));
    kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 1);
    kd_lesson_add(lesson, "attention", maps, 3);
    kd_lesson_add(lesson, "cosine", cosines, 3);
    kd_lesson_add(lesson, "soft", soft, 5);
}

static void looks(kd_inside *inside, const kd_distill_options *o, kd_task task, int layers, int of)
{
    int stride = of / layers;
    (void)o, (void)task;
    kd_inside_add(inside, KD_INSIDE_HIDDEN, stride, stride, layers);
    kd_inside_add(inside, KD_INSIDE_PROBS, stride, stride, layers);
}

const kd_method kd_method_compact = {
    .name = "compact",
    .about = "hard labels, attention maps and direction of every layer, and logits, 1 : 3 : 3 : 5",
    .settings = settings,
    .needs = KD_NEEDS_LOGITS | KD_NEEDS_HIDDEN | KD_NEEDS_MAPS,
    .fits = KD_PAIRS_LAYERS | KD_SAME_WIDTH,
    .tasks = KD_FOR_CLASSES | KD_FOR_WORDS,
    .teach = teach,
    .looks = looks,
};
