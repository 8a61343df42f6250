/* options.h - the settings that belong to a cell as a whole, and to where its data come from.
 *
 * A corpus, a vocabulary and initial weights may be files. A node then names them in its
 * `file` lines, by contents, and the setting that held the path is only told to people:
 *
 *     data.corpus   files train, devel, test       or the word "synth"
 *     data.unlabelled files unlabelled, unlabelled2 ...  or "synth", or empty
 *     data.vocab    file vocab                     or "built": learned from the training split
 *     teacher.data.vocab  the same of a teacher    or empty: it reads as the student does
 *     *.init        file init                      or "scratch", "teacher-layers", ...; no file of an experiment file's
 *                                                  model, which is an input
 *     student.vectors file vectors                 or empty
 *     targets.file  file targets                   or empty: a teacher is asked
 */
#ifndef KD_CONFIG_OPTIONS_H
#define KD_CONFIG_OPTIONS_H

#include "distill/by_word.h"
#include "harness/base/setting.h"
#include "models/tensor/gemm.h"
#include "models/text/task.h"
#include "models/text/text_pack.h"

typedef enum {
    KD_LABELS_CORPUS,
    KD_LABELS_SOURCE, /* the first source's: PAD, START, END, UNK before the corpus's own */
} kd_label_set;

typedef struct {
    char corpus[512]; /* "synth", a folder with train.tsv, devel.tsv and test.tsv, or a text */
    char train[512];  /* a file that stands in for that one of the folder; empty for none */
    char devel[512];
    char test[512];
    int  train_sentences; /* so many from the beginning of the split; 0 for all */
    int  devel_sentences;
    int  test_sentences;
    char vocab[512]; /* "built", or a vocabulary file or folder */
    int  vocab_size; /* pieces of a built one */
    kd_label_set labels;
    double       held_out;    /* share of a text's documents that are devel or test */
    kd_documents documents;   /* how those of a text become rows */
    int          part_pieces; /* of a text in one array */
    char         report[16];  /* the split whose figures tables print */
} kd_data_options;

extern const kd_setting kd_data_settings[];

/* Sentences without labels, for students that learn of a teacher's logits; the rest have no use for them, and neither they
 * nor their ids know of these rows. */
typedef struct {
    char unlabelled[4096]; /* files and folders with commas between, or "synth"; empty for none */
    int  unlabelled_sentences; /* so many from their beginning; 0 for all */
    double
        unlabelled_share; /* of the sentences of a batch; 0: as they come when all are shuffled */
} kd_unlabelled_options;

extern const kd_setting kd_unlabelled_settings[];

/* The next name of a list with commas between, without the blanks around it; false behind the last. */
bool kd_option_next_name(const char **list, const char **name, size_t *length);

/* The pieces in which a teacher reads; the rest is kd_token_options. A corpus that is read so has these rows under
 * "data.", as if no other vocabulary were in the study. */
typedef struct {
    char vocab[512]; /* empty: those of the student */
    int  vocab_size;
} kd_reading_options;

extern const kd_setting kd_reading_settings[];

/* How a trained network multiplies: as it was trained, or in a precision of its own. */
typedef enum {
    KD_INFERENCE_SAME = -1,
    KD_INFERENCE_F32 = KD_F32,
    KD_INFERENCE_BF16 = KD_BF16,
    KD_INFERENCE_INT8 = KD_INT8,
} kd_inference;

typedef struct {
    kd_task      task;
    kd_precision precision;
    kd_inference inference;
    int          threads;
    int          seed;
} kd_cell_options;

extern const kd_setting kd_cell_settings[];

/* The precision that `inference` comes to. */
kd_precision kd_cell_inference(const kd_cell_options *options);

/* One of these tables for the student, one for the teacher, one for what the student may be before
 * distillation begins. */
typedef struct {
    char init[512];
    char init_where[512];   /* which cell, when init is an experiment file */
    char init_layers[512];  /* of the teacher's, when init is teacher-layers */
    char vectors[512];      /* word vectors of a student's embedding; empty for none */
    char label_names[4096]; /* of the head of init, in its order; empty: its own */
} kd_init_options;

extern const kd_setting kd_student_init_settings[];
extern const kd_setting kd_teacher_init_settings[];
extern const kd_setting kd_finetune_init_settings[];

typedef struct {
    int seed;
    int count; /* of teachers: the next one has the next seed */
} kd_teacher_options;

extern const kd_setting kd_teacher_settings[];

/* What a teacher says of a corpus. */
typedef enum { KD_TARGETS_F32, KD_TARGETS_F16 } kd_targets_format;

typedef struct {
    kd_targets_format format;
    bool              padding;         /* also what it says of a PAD behind each sentence */
    char              file[512];       /* logits that were computed elsewhere; empty for none */
    char              file_where[512]; /* which cell, when it is an experiment file */
    double            states_gib; /* disk for states and maps of one corpus; 0: none are kept */
} kd_targets_options;

extern const kd_setting kd_targets_settings[];

/* What is said of a word where teacher and student cut it into pieces of their own. A node of targets has the row
 * just then, and its targets are keyed by words (distill/by_word.h). */
typedef struct {
    kd_word_rule words;
} kd_word_options;

extern const kd_setting kd_word_settings[];

#define KD_WORDS_KEY "targets.words"

/* What is measured of a trained network beside its scores. */
typedef struct {
    int  latency; /* sentences timed one by one; 0 for none */
    bool int8;    /* also with products of bytes */
} kd_measure_options;

extern const kd_setting kd_measure_settings[];

/* Words that stand for no file. */
#define KD_CORPUS_SYNTH            "synth"
#define KD_VOCAB_BUILT             "built"
#define KD_INIT_SCRATCH            "scratch"
#define KD_INIT_TEACHER_LAYERS     "teacher-layers"     /* its embeddings, and layers of it */
#define KD_INIT_TEACHER_EMBEDDINGS "teacher-embeddings" /* its embedding block alone */
#define KD_INIT_FINE_TUNED         "fine-tuned"         /* the student itself, after `finetune` */

/* Whether a student that begins so takes weights of its teacher. */
bool kd_init_is_of_teacher(const char *init);

/* Which layer of a teacher's `of` (from 0) each of `layers` begins as, by the text of init_layers:
 * spread, even, odd, or their numbers from 1 as people write them. KD_ECONFIG when the teacher has
 * too few, or the numbers are not as many. */
#define KD_INIT_LAYERS_SPREAD "spread"
kd_status kd_init_layers(int *out, const char *text, int layers, int of, kd_error *err);

/* Whether the value of such a setting is a path. The empty text is none. */
bool kd_option_is_path(const char *value);

/* Whether that path is one of an experiment file, a model of which is meant. */
bool kd_option_is_study(const char *value);

#endif
