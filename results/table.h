/* table.h - a table before it is written: columns, rows, marks, notes.
 *
 *     create -> columns -> add_row, fill entries -> mark_best, note -> a writer -> destroy
 *
 * A table knows numbers as numbers: how many decimals a reader sees is the column's affair,
 * and machine formats get the full double. Each entry can name the cells it was made from.
 * Texts are copied into the table unless said otherwise; the table frees everything.
 */
#ifndef KD_RESULTS_TABLE_H
#define KD_RESULTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

typedef enum {
    KD_COLUMN_LABEL,  /* a text that tells this row from the others */
    KD_COLUMN_NUMBER, /* one number */
    KD_COLUMN_SPREAD, /* mean and standard deviation of n runs */
    KD_COLUMN_TEXT,   /* a remark */
} kd_column_kind;

typedef struct {
    const char    *title; /* for readers: "F1 (test)" */
    const char    *name;  /* for programs: "test.entity_strict.f1" */
    kd_column_kind kind;
    int            decimals; /* that readers see; -1 for as many as the number has */
    double         scale;    /* of what readers see: 100 for percent */
    const char    *group;    /* what it shares with its neighbours: "NCBI"; NULL for none */
    const char    *head;     /* and then its own part: "F1 (test)" */
    bool           is_count; /* says how many runs are behind the column before it */
    int spare; /* where there is no room the largest go first; 0 is always there (fit.h) */
} kd_column;

typedef enum {
    KD_ENTRY_ABSENT, /* shown as "-" */
    KD_ENTRY_TEXT,
    KD_ENTRY_NUMBER,
    KD_ENTRY_SPREAD,
} kd_entry_kind;

/* What a test against a baseline says of a figure. */
typedef struct {
    const char *sign; /* "†" better, "‡" worse; "" where no difference is shown */
    double      p;    /* after the correction for its family */
    const char *test; /* "two-level" */
} kd_mark;

typedef struct {
    kd_entry_kind  kind;
    const char    *text; /* of a text; of a number, how a rule of its own prints it, or NULL */
    const char    *raw;  /* of a text: what programs read in its place, or NULL for the same */
    double         value;
    double         sd; /* NaN for a single run */
    size_t         n;
    bool           is_best, is_second;
    const kd_mark *mark;    /* or NULL: nothing was tested */
    const kd_id   *sources; /* the cells behind it; borrowed, must outlive the table */
    size_t         source_count;
} kd_entry;

typedef struct {
    kd_arena   *arena;         /* for what entries point to */
    const char *caption;       /* NULL for none */
    const char *title, *tests; /* its parts: how it begins, what its marks mean; NULL for none */
    const char *label;         /* what LaTeX refers to it by, or NULL */
    bool        is_aligned;    /* by siunitx, in LaTeX */
    bool        names_sources; /* the cells behind each figure are asked for */
    double      folded_n;      /* that the caption says; 0 while counts have columns */
    size_t      beside;        /* rows at the top that all others are set beside: teachers */
    KD_VEC(kd_column) columns;
    KD_VEC(kd_entry) entries; /* row by row */
    KD_VEC(const char *) notes;
} kd_table;

/* An empty table; the caller destroys it. */
kd_table *kd_table_create(const char *caption);

/* Add a column, before any row; its number is returned. */
size_t kd_table_add_column(kd_table *table, kd_column_kind kind, const char *name,
                           const char *title, int decimals);

/* Add a row of absent entries; they may be filled until the next row comes. */
kd_entry *kd_table_add_row(kd_table *table);

/* Entries. A number that is NaN stays absent; texts are copied. */
void kd_entry_set_text(kd_table *table, kd_entry *entry, const char *text);
void kd_entry_set_number(kd_entry *entry, double value);
/* A p-value: one below 0.0001 is shown as that, for it is never 0. */
void kd_entry_set_p(kd_entry *entry, double p);
void kd_entry_set_spread(kd_entry *entry, double mean, double sd, size_t n);

/* Mark the best entries of a column, ties included: the largest for `better` > 0, the smallest
 * for < 0. Ties are what a reader cannot tell apart. A column whose values are all the same has no best. */
void kd_table_mark_best(kd_table *table, size_t column, int better);

/* The same among any entries, whose numbers (row by row) are given, of columns that are alike; `marks_second` marks those
 * that come next too. */
void kd_table_mark_among(kd_table *table, const size_t *entries, size_t count, int better,
                         bool marks_second);

/* The caption's beginning, and what the marks mean, which stands behind it. */
void kd_table_set_caption(kd_table *table, const char *title);
void kd_table_explain_marks(kd_table *table, const char *words);

/* Where all counts are one number, say it once in the caption, and take their columns out. A row that others are set
 * beside may have another one, which its label says then. */
void kd_table_fold_counts(kd_table *table);

/* Leave the columns that `keep`, one for each, says. */
void kd_table_keep_columns(kd_table *table, const bool *keep);

/* A remark below the table; the same text twice is one note. */
__attribute__((format(printf, 2, 3))) void kd_table_note(kd_table *table, const char *fmt, ...);

size_t          kd_table_row_count(const kd_table *table);
const kd_entry *kd_table_entry(const kd_table *table, size_t row, size_t column);

/* Add what tells a row from the others: "hidden 16, method none". */
void kd_table_add_row_words(kd_str *out, const kd_table *table, size_t row);

void kd_table_destroy(kd_table *table); /* NULL is fine */

#endif
