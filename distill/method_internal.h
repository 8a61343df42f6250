/* method_internal.h - what the files of methods share. */
#ifndef KD_DISTILL_METHOD_INTERNAL_H
#define KD_DISTILL_METHOD_INTERNAL_H

#include "distill/method.h"
#include "distill/methods.h"

#define X(row) extern const kd_method kd_method_##row;
KD_METHODS(X)
#undef X

/* Sets of tasks, for the rows. A soft loss needs classes that exclude each other. */
enum {
    KD_FOR_TAGS = 1 << KD_TASK_NER,
    KD_FOR_SEQUENCES = 1 << KD_TASK_RE | 1 << KD_TASK_PAIR | 1 << KD_TASK_HOC,
    KD_FOR_CLASSES = 1 << KD_TASK_NER | 1 << KD_TASK_RE | 1 << KD_TASK_PAIR | 1 << KD_TASK_QA,
    KD_FOR_LABELS = KD_FOR_CLASSES | KD_FOR_SEQUENCES,
    KD_FOR_WORDS = 1 << KD_TASK_TEXT,
};

/* ---- settings ---- */

/* `type`, a struct that begins with `kd_distill_shared shared`, as a method's own options. */
#define KD_METHOD_OPTIONS(type)                                                               \
    _Static_assert(sizeof(type) <= sizeof(kd_distill_options) && offsetof(type, shared) == 0, \
                   "a method's options begin with the shared ones and fit into the room");    \
    static const type *own(const kd_distill_options *all)                                     \
    {                                                                                         \
        return (const void *)all;                                                             \
    }

extern const kd_choice kd_teacher_modes[], kd_maps_places[], kd_soft_rows_words[];

/* Rows that several methods have; `type` has a member of that name, its own or a shared one. */
#define KD_HARD_ROWS(type)                                                                    \
    KD_REAL_ROW(type, shared.smoothing, "smoothing", "0.1", 0, 0.999, NULL,                   \
                "label smoothing of the hard loss"),                                          \
        KD_REAL_ROW(type, shared.confidence_penalty, "confidence_penalty", "0", 0, 100, NULL, \
                    "beta: the hard loss is reduced by beta times the entropy of what is "    \
                    "predicted")
#define KD_ALPHA_ROW(type)                             \
    KD_REAL_ROW(type, alpha, "alpha", "0", 0, 1, NULL, \
                "share of the hard loss; the rest is the teacher's")
#define KD_TEMPERATURE_ROW(type)                                         \
    KD_REAL_ROW(type, temperature, "temperature", "2", 0.01, 1000, NULL, \
                "logits of both sides are divided by it before the softmax")
#define KD_SOFT_ROWS_ROW(own_type)                                                                 \
    {                                                                                              \
        .key = "rows", .type = KD_SETTING_CHOICE, .offset = offsetof(own_type, shared.rows),       \
        .size = sizeof(kd_soft_rows), .fallback = "labelled", .before = "all",                     \
        .words = kd_soft_rows_words, .flags = KD_ROW_KIND,                                         \
        .help = "where the teacher's logits are learned: at pieces that have a label, or at all, " \
                "with [CLS] and [SEP], where no loss has trained the teacher"                      \
    }
#define KD_TEACHER_MODE_ROW(type)                                                                \
    KD_CHOICE_ROW(type, shared.teacher_mode, "teacher_mode", "eval", kd_teacher_modes, NULL,     \
                  "train: the teacher is asked in every step, with its dropout, as the compact " \
                  "models' code has it",                                                         \
                  .flags = KD_ROW_KIND)
#define KD_ATTENTION_MAPS_ROW(type)                                                              \
    KD_CHOICE_ROW(type, shared.attention_maps, "attention_maps", "before", kd_maps_places, NULL, \
                  "attention probabilities before a dropout, or after one as the sources' code " \
                  "has them")
#define KD_HIDDEN_WEIGHT_ROW(type)                                       \
    KD_REAL_ROW(type, hidden_weight, "hidden_weight", "1", 0, 1e6, NULL, \
                "weight of the hidden states' loss", .flags = KD_ROW_LAYERS)

/* ---- lessons (lesson.c) ---- */

/* The rows of the logits that have a true label; lives until the tape is reset. */
const kd_pick *kd_lesson_labelled(const kd_lesson *lesson);

/* The rows that have a label, told or not, of which the teacher says anything. */
const kd_pick *kd_lesson_taught(const kd_lesson *lesson);

/* Those where a soft loss looks by the setting `rows`; NULL for all. */
const kd_pick *kd_lesson_soft_rows(const kd_lesson *lesson);

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
