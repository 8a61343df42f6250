/* schema.h - every setting of a cell, from the tables of the rooms that read them.
 *
 *     rooms:  { "student.", kd_arch_settings() }  { "train.", kd_train_settings }  ...
 *     rows:   student.kind  student.hidden ...  train.epochs  train.lr ...       one list
 *
 * A row's number is its place in the list; a cell is one text per row (grid.h). Adding a
 * room is one line in schema.c, and adding a setting one row in its own room.
 */
#ifndef KD_CONFIG_SCHEMA_H
#define KD_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/setting.h"
#include "harness/base/str.h"

/* Which node of the graph reads a row. */
typedef enum {
    KD_READ_CORPUS = 1,   /* the corpus: data, tokenizer, augmentation */
    KD_READ_STUDENT = 2,  /* the cell's own model */
    KD_READ_TEACHER = 4,  /* the teacher model */
    KD_READ_TARGETS = 8,  /* the teacher's logits over a corpus */
    KD_READ_STATES = 128, /* its hidden states and maps over a corpus */
    KD_READ_START = 64,   /* the student before distillation begins */
    KD_READ_READING =
        256, /* the corpus, as a teacher with a vocabulary of its own reads it; told to
                              all who stand on that, for there it is said by the rows of data */
} kd_read;

typedef struct {
    const char       *key;      /* "student.hidden" */
    const kd_setting *setting;  /* the room's own row, "hidden" */
    unsigned          readers;  /* kd_read flags */
    int               selector; /* the row whose value `used_by` speaks of, -1 for none */
    int               gate;     /* the row without whose right value nobody reads this one, or -1 */
    const char *gate_words;     /* its right values; after a '!' all others are; "*": any at all */
    const char *follows;        /* what its value comes from, where no study sets it; or NULL */
} kd_schema_row;

/* All rows, in the order of documentation. `count` may be NULL. */
const kd_schema_row *kd_schema_rows(size_t *count);

/* The number of a row by full key, or -1. */
int kd_schema_find(const char *key);

/* The full key that `key` may have been meant to be, or NULL; also finds keys whose last part
 * is right and whose group is not. */
const char *kd_schema_nearest(const char *key);

/* Whether a group of this name exists ("student", "data.synth"). */
bool kd_schema_has_group(const char *name);

/* Whether row `row` of a cell with these values is read by `reader`: it is one of the row's
 * readers, and the row's kind or method is the cell's. */
bool kd_schema_reads(int row, unsigned reader, const char *const *values);

/* The built-in default of every row, canonical. */
const char *const *kd_schema_defaults(void);

/* Where a cell's value is the built-in default itself, put the default of its kind of network:
 * `values` hold the pointers of kd_schema_defaults() where nobody said anything. */
void kd_schema_complete(const char **values);

/* Add what there is to say of `word`, the key of a setting ("student.hidden", also of the job:
 * "slurm.time"), or of all settings of a group ("train", "train."). False when it is neither. */
bool kd_schema_explain(const char *word, kd_str *out);

/* docs/CONFIG.md, made from the rows. */
void kd_schema_document(kd_str *out);

#endif
