/* method.h - what a student learns from: one row for each method of distillation.
 *
 * For every batch the trainer makes a kd_lesson: what the student said, what is true, what
 * the teacher said. The method answers with the parts of its loss, each with a name and a
 * weight; the trainer sums them, walks back and keeps the history of every part.
 *
 *     batch -> student -> kd_lesson -> method->teach -> { "hard" x 0.5, "soft" x 0.5 } -> loss
 *
 * A method is one file, method_<name>.c, and one row in method.c. The trainer knows none of
 * them by name.
 */
#ifndef KD_DISTILL_METHOD_H
#define KD_DISTILL_METHOD_H

#include "harness/base/setting.h"
#include "models/model.h"
#include "models/text/pack.h"

/* Settings of all methods; `used_by` in the table says which of them read a key. */
typedef struct {
    char   method[24];
    double alpha;     /* share of the hard loss */
    double smoothing; /* label smoothing of the hard loss */
} kd_distill_options;

extern const kd_setting kd_distill_settings[];

/* What a method has to be given of the teacher. */
typedef enum {
    KD_NEEDS_NOTHING = 0,
    KD_NEEDS_LOGITS = 1 << 0, /* a targets object */
    KD_NEEDS_HIDDEN = 1 << 1, /* hidden states: the teacher's weights */
    KD_NEEDS_MAPS = 1 << 2,   /* attention maps: the teacher's weights */
} kd_needs;

#define KD_LOSS_PARTS_MAX 8

/* One part of a loss. */
typedef struct {
    const char *name;
    kd_tensor  *value; /* (1,1) */
    double      weight;
} kd_loss_part;

/* One batch, as a method sees it. Everything is borrowed until the tape is reset. */
typedef struct {
    kd_tape                  *tape;
    const kd_distill_options *options;
    kd_task                   task;
    kd_rows                   rows;
    kd_outputs                student;
    const int32_t            *labels;         /* (N) tags or (B) classes, -1 where none */
    const float              *bits;           /* (B,K) for a set of classes, else NULL */
    const float              *teacher_logits; /* (N,K) or (B,K); NULL unless it needs them */
    const kd_outputs         *teacher;        /* hidden states and maps; NULL unless needed */
    int                       batch;          /* sentences a batch nominally has */
    int                       epoch, epochs;
    int                       update, updates; /* of all epochs */
    /* the answer */
    int                       part_count;
    kd_loss_part              parts[KD_LOSS_PARTS_MAX];
} kd_lesson;

/* Add a part to the answer. A method does not compute a part whose weight is 0. */
void kd_lesson_add(kd_lesson *lesson, const char *name, kd_tensor *value, double weight);

/* The loss against the true labels that the task calls for, with the set smoothing. */
kd_tensor *kd_lesson_hard_loss(kd_lesson *lesson);

typedef struct {
    const char *name;
    const char *about; /* one line for help and docs */
    unsigned    needs; /* of kd_needs */
    unsigned    tasks; /* 1 << kd_task for each task where it is defined */
    const char *label; /* "reconstruction" where tables must say so, else NULL */
    void (*teach)(kd_lesson *lesson);
} kd_method;

extern const kd_method *const kd_methods[]; /* ends with NULL */

const kd_method *kd_method_find(const char *name); /* NULL when absent */

/* KD_ECONFIG, naming what is missing, when the method is not defined for the task. */
kd_status kd_method_check(const kd_method *method, kd_task task, kd_error *err);

#endif
