/* method_internal.h - every method there is, for the table, and what their files share. */
#ifndef KD_DISTILL_METHOD_INTERNAL_H
#define KD_DISTILL_METHOD_INTERNAL_H

#include "distill/method.h"

#define KD_METHOD_NAMES \
    "none logit-mse soft-ce kl tinybert distilbert compact pkd fastbioner doktra"

extern const kd_method kd_method_none;
extern const kd_method kd_method_logit_mse;
extern const kd_method kd_method_soft_ce;
extern const kd_method kd_method_kl;
extern const kd_method kd_method_tinybert;
extern const kd_method kd_method_distilbert;
extern const kd_method kd_method_compact;
extern const kd_method kd_method_pkd;
extern const kd_method kd_method_fastbioner;
extern const kd_method kd_method_doktra;

/* Sets of tasks, for the rows. A soft loss needs classes that exclude each other. */
enum {
    KD_FOR_TAGS = 1 << KD_TASK_NER,
    KD_FOR_SEQUENCES = 1 << KD_TASK_RE | 1 << KD_TASK_HOC,
    KD_FOR_CLASSES = 1 << KD_TASK_NER | 1 << KD_TASK_RE,
    KD_FOR_LABELS = KD_FOR_TAGS | KD_FOR_SEQUENCES,
};

/* The rows of the logits that have a true label; lives until the tape is reset. */
const kd_pick *kd_lesson_labelled(const kd_lesson *lesson);

/* ---- student layers beside teacher layers (method_layers.c) ---- */

/* Student layers, and how many teacher layers stand behind each. */
int kd_lesson_layers(const kd_lesson *lesson);
int kd_lesson_stride(const kd_lesson *lesson);

/* One pair's loss; the teacher's side is plain numbers. */
typedef kd_tensor *kd_pair_loss(kd_tape *tape, kd_tensor *student, const float *teacher);

kd_pair_loss kd_pair_mse, kd_pair_cosine, kd_pair_map_kl;

/* factor * sum over i < count of loss(student[i], teacher[i * stride]) */
kd_tensor *kd_lesson_pairs(const kd_lesson *lesson, int count, kd_tensor *const *student,
                           kd_tensor *const *teacher, kd_pair_loss *loss, double factor);

#endif
