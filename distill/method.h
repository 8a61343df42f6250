/* method.h - what a student learns from: one row for each method of distillation.
 *
 * For every batch the trainer makes a kd_lesson: what the student said, what is true, what
 * the teacher said. The method answers with the parts of its loss, each with a name and a
 * weight; the trainer sums them, walks back and keeps the history of every part.
 *
 *     batch -> student -> kd_lesson -> method->teach -> { "hard" x 0.5, "soft" x 0.5 } -> loss
 *
 * A method is one file, method_<name>.c, with its formula, its settings and its name, and one row
 * in methods.h. Nobody else knows any of them by name: they ask for what a method needs, where it
 * is defined and what it is called.
 */
#ifndef KD_DISTILL_METHOD_H
#define KD_DISTILL_METHOD_H

#include <stddef.h>

#include "distill/inside.h"
#include "distill/targets.h"
#include "harness/base/setting.h"
#include "models/model.h"
#include "models/text/pack.h"

typedef enum { KD_TEACHER_EVAL, KD_TEACHER_TRAIN } kd_teacher_mode;
typedef enum { KD_MAPS_BEFORE, KD_MAPS_AFTER } kd_maps_place;
typedef enum { KD_ROWS_LABELLED, KD_ROWS_ALL } kd_soft_rows;
typedef enum { KD_PADDING_NONE, KD_PADDING_SOURCE } kd_padding;

/* What others than the method itself read of its settings. Where a method has no such row, the
 * zeroes stand that the options began with. */
typedef struct {
    double          smoothing;          /* label smoothing of the hard loss */
    double          confidence_penalty; /* beta: the hard loss is CE - beta * entropy */
    kd_teacher_mode teacher_mode;       /* train: its dropout is active */
    kd_maps_place   attention_maps;     /* of their dropout */
    kd_soft_rows    rows;               /* of the logits, where a soft loss looks */
    kd_padding      padding;            /* source: sentences are lengthened by PAD */
} kd_distill_shared;

/* Settings of a method: its own struct, which begins with the shared ones, in a place that has room
 * for any. */
typedef union {
    kd_distill_shared shared;
    max_align_t       align;
    unsigned char     room[512];
} kd_distill_options;

/* What a method has to be given of the teacher. */
typedef enum {
    KD_NEEDS_NOTHING = 0,
    KD_NEEDS_LOGITS = 1 << 0, /* a targets object */
    KD_NEEDS_HIDDEN = 1 << 1, /* hidden states: the teacher's weights */
    KD_NEEDS_MAPS = 1 << 2,   /* attention probabilities: the teacher's weights */
    KD_NEEDS_SCORES = 1 << 3, /* attention scores before the softmax: the teacher's weights */
    KD_NEEDS_LIVE = 1 << 4,   /* logits as the teacher says them in this step: its weights */
    KD_NEEDS_INSIDE = KD_NEEDS_HIDDEN | KD_NEEDS_MAPS | KD_NEEDS_SCORES,
    KD_NEEDS_NETWORK = KD_NEEDS_INSIDE | KD_NEEDS_LIVE,
} kd_needs;

/* What has to agree between the networks of a method that looks inside them. */
typedef enum {
    KD_PAIRS_LAYERS = 1 << 0, /* the teacher's layers are a multiple of the student's */
    KD_SAME_WIDTH = 1 << 1,   /* hidden states are compared as they are */
    KD_SPARES_LAST = 1 << 2,  /* the last layer has no pair, so there must be another */
    KD_BOTH_CRF = 1 << 3,     /* tags are compared as a CRF on either side has them */
    KD_ONE_STATE = 1 << 4,    /* of the student, just the state that stands for a sentence */
} kd_fit;

#define KD_LOSS_PARTS_MAX 8
#define KD_PART_HARD      "hard" /* what methods call the loss against labels */

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
    const int32_t            *labels; /* a row of logits each: (N) tags, (B) classes, words
                                                 that are asked for, -1 where none, KD_UNTOLD; or (2B) rows */
    const kd_pick            *turned; /* of answers to questions: see kd_lesson_turn; NULL else */
    const int32_t            *firsts; /* (N) tags of words' first pieces, KD_UNTOLD; -1 elsewhere */
    const float              *bits;   /* (B,K) for a set of classes, else NULL */
    const float              *teacher_logits; /* (N,K) or (B,K); NULL unless it needs them */
    const uint8_t            *said;      /* (N) whether they say anything there; NULL: everywhere */
    bool                      is_untold; /* no sentence of the batch has labels */
    kd_targets_crf            teacher_crf; /* over teacher_logits */
    const kd_outputs         *teacher;     /* hidden states and maps; NULL unless needed */
    const kd_params          *params;      /* where a method finds weights of its own */
    int                       batch;       /* sentences a batch nominally has */
    int                       epoch, epochs;
    int                       update, updates; /* of all epochs */
    /* the answer */
    int                       part_count;
    kd_loss_part              parts[KD_LOSS_PARTS_MAX];
} kd_lesson;

/* Add a part to the answer. A method does not compute a part whose weight is 0. */
void kd_lesson_add(kd_lesson *lesson, const char *name, kd_tensor *value, double weight);

/* Where an answer is a pair of rows (KD_ANSWER_SPAN), a start and an end among the rows of a window, logits are
 * turned before a method sees them: (N,2) becomes (2B,T), a row for each start and each end, of which as many columns
 * count as the window has rows. So it is a choice of one among classes as any other, the loss against the labels is
 * the mean of those of start and end (Devlin et al. 2019), and soft losses compare two distributions over rows. Does
 * nothing for other tasks. */
void kd_lesson_turn(kd_lesson *lesson);

/* The loss against the true labels that the task calls for, with the set smoothing and
 * confidence penalty. Rows whose label nobody told are no part of it; a batch without any has 0. */
kd_tensor *kd_lesson_hard_loss(kd_lesson *lesson);

typedef struct {
    const char       *name;  /* "logit-mse" */
    const char       *about; /* one line for help and docs */
    /* Its rows, of a struct that fits into kd_distill_options. What two methods call alike is one
     * setting, and reads alike in both. */
    const kd_setting *settings;
    unsigned          needs; /* of kd_needs; the most when settings can spare some */
    unsigned          fits;  /* of kd_fit */
    unsigned          tasks; /* 1 << kd_task for each task where it is defined */
    const char       *label; /* "reconstruction" where tables must say so, else NULL */
    void (*teach)(kd_lesson *lesson);
    /* What it needs with these settings; NULL: always `needs`. */
    unsigned (*needs_with)(const kd_distill_options *options);
    /* Which of a teacher's layers it compares, when it needs what is inside at all. `layers` are
     * the student's, `of` the teacher's; `inside` is empty before. NULL: it never looks inside. */
    void (*looks)(kd_inside *inside, const kd_distill_options *options, kd_task task, int layers,
                  int of);
    /* Declare weights of its own, trained or frozen, under KD_METHOD_PREFIX; NULL: none. */
    kd_status (*declare)(kd_params *params, const kd_distill_options *options,
                         const kd_arch *student, const kd_arch *teacher, kd_error *err);
} kd_method;

/* Weights of methods begin so; they belong to the training and not to the student. */
#define KD_METHOD_PREFIX "distill."

extern const kd_method *const kd_methods[]; /* ends with NULL; the first one is the default */

const kd_method *kd_method_find(const char *name); /* NULL when absent */

/* The first method that needs just this; for those to whom all such are alike. */
const kd_method *kd_method_that_needs(unsigned needs);

/* The settings of all methods as one table, for who checks and documents them: each key once,
 * `used_by` naming the methods that have it, and the row "method" before them. Options are filled
 * by the method's own table. */
const kd_setting *kd_distill_settings(void);

/* Those of them that a method without a teacher has, for networks that have none. */
const kd_setting *kd_distill_settings_alone(void);

/* Fill with the method's defaults. */
void kd_distill_defaults(kd_distill_options *options, const kd_method *method);

/* Give the network the head that learns the task: of tags, of a class, of several, of words. `tags`, the
 * default of a network, stands for whatever that is; KD_ECONFIG, with "head: ...", for another one. */
kd_status kd_task_choose_head(kd_task task, kd_arch *arch, kd_error *err);

/* KD_ECONFIG, naming what is missing, when the method is not defined for the task. */
kd_status kd_method_check(const kd_method *method, kd_task task, kd_error *err);

/* What the method needs with these settings. A teacher in training mode says something else in
 * every step, and of a text other words are asked for each time, so its logits are then needed live. */
unsigned kd_method_needs(const kd_method *method, const kd_distill_options *options, kd_task task);

/* What the method compares of the inside of such a teacher; all of it can be kept once for all
 * steps. Empty when the teacher has to be asked in every step, because it says something else each
 * time. */
void kd_method_inside(kd_inside *out, const kd_method *method, const kd_distill_options *options,
                      kd_task task, const kd_arch *student, const kd_arch *teacher);

/* KD_ECONFIG, naming what is missing, when the method compares CRFs and one side has none, or when
 * it asks for what a CRF's likelihood has not. */
kd_status kd_method_suits(const kd_method *method, const kd_distill_options *options,
                          bool student_has_crf, bool teacher_has_crf, kd_error *err);

/* KD_ECONFIG, naming what is missing, when the method cannot compare these two networks. Beyond
 * their CRFs both are looked at only when it needs more than logits. */
kd_status kd_method_fits(const kd_method *method, const kd_distill_options *options,
                         const kd_arch *student, const kd_arch *teacher, kd_error *err);

/* KD_ECONFIG, naming what is missing, when the method compares piece with piece while the teacher reads the task's
 * sentences in pieces of its own. What it says of words or sentences can be learned, and the state that stands for a
 * sentence. */
kd_status kd_method_fits_apart(const kd_method *method, const kd_distill_options *options,
                               kd_task task, const kd_arch *student, const kd_arch *teacher,
                               kd_error *err);

/* Add the method's own weights to the student's, before kd_params_allocate. */
kd_status kd_method_declare(const kd_method *method, kd_params *params,
                            const kd_distill_options *options, const kd_arch *student,
                            const kd_arch *teacher, kd_error *err);

/* Whether sentences of a batch are lengthened by PAD, as the first source's code has them. What the
 * teacher says there is learned with rows = all alone, for a PAD has no label. */
bool kd_method_pads(const kd_distill_options *options);

/* What a network has to give so that these needs are met. */
kd_wants kd_needs_wants(unsigned needs);

#endif
