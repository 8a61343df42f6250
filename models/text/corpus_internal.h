/* corpus_internal.h - what the readers of corpora share: lines, columns and the place of a
 * mistake.
 *
 *     map -> kd_lines_next -> one line, checked: UTF-8, no NUL, not too long, no CR at the end
 *                               -> kd_columns -> its columns between tabs
 */
#ifndef KD_TEXT_CORPUS_INTERNAL_H
#define KD_TEXT_CORPUS_INTERNAL_H

#include "harness/base/map.h"
#include "models/text/corpus.h"

#define KD_COLUMNS_MOST 16
#define KD_DOCUMENT_LARGEST \
    (512 << 20) /* bytes: the tree of a larger one would take too much memory */

typedef struct {
    const char *text;
    size_t      length;
} kd_slice;

typedef struct {
    kd_corpus  *corpus; /* whose notes are kept */
    const char *at, *end;
    int32_t     number; /* of the line given last, from 1 */
    kd_slice    line;
} kd_lines;

/* Begin at the top of corpus->map. KD_EDATA for UTF-16 and for an empty file. */
kd_status kd_lines_open(kd_lines *out, kd_corpus *corpus, kd_error *err);

/* The next line goes to lines->line; `more` is false at the end of the file. */
kd_status kd_lines_next(kd_lines *lines, bool *more, kd_error *err);

/* KD_EDATA with "file:line: " before the text. */
__attribute__((format(printf, 3, 4))) kd_status kd_lines_fail(const kd_lines *lines, kd_error *err,
                                                              const char *fmt, ...);

/* Split the line at tabs; returns how many columns it has. What is beyond the last place stays
 * in the last column. */
int kd_lines_columns(const kd_lines *lines, kd_slice columns[KD_COLUMNS_MOST]);

/* The column of the present line whose text is one of `names` (blanks between), or -1. */
int kd_lines_find_column(const kd_lines *lines, const char *names);

/* Whether the present line is a header of pairs. */
bool kd_lines_name_pairs(const kd_lines *lines);

/* A table, line by line: `first` says of the first one whether it names the columns, and `row` reads each that does not and is
 * not empty. The first failure ends it. */
kd_status kd_lines_read_table(kd_lines *lines,
                              kd_status (*first)(void *user, bool *is_header, kd_error *err),
                              kd_status (*row)(void *user, kd_error *err), void *user,
                              kd_error *err);

bool kd_slice_is(kd_slice slice, const char *text);
bool kd_slice_is_blank(kd_slice slice);

/* Whether the map is a JSON object and no lines, behind a byte order mark or not. */
bool kd_corpus_is_document(const kd_corpus *corpus);

/* Count a note; the first one's line is remembered. */
void kd_corpus_note(kd_corpus *corpus, kd_note note, int32_t line);

/* End a row that has its words already. */
void kd_corpus_end_row(kd_corpus *corpus, int32_t class_or_bits, int32_t document);

/* ---- the classes of rows ---- */

/* Classes in the order of meeting, which rows are numbered by until all are known. */
typedef struct {
    kd_map *numbers;       /* class -> its number */
    KD_VEC(int32_t) lines; /* where each was met first */
} kd_class_table;

void kd_classes_init(kd_class_table *table);
void kd_classes_fini(kd_class_table *table);

/* The number of a class. KD_EDATA for the class after a thousand: then the column is none of labels. */
kd_status kd_classes_number(kd_class_table *table, const kd_lines *lines, kd_slice label,
                            int32_t *out, kd_error *err);

/* At the end: corpus->labels gets those that it lacks, in byte order or, with `negative_last`, relations before what is
 * none (kd_relation_is_positive); rows get their labels' ids. A class that earlier splits lack is noted. */
void kd_classes_settle(const kd_class_table *table, kd_corpus *corpus, bool negative_last);

kd_status kd_corpus_read_ner(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                             kd_error *err);
kd_status kd_corpus_read_brat(kd_corpus *corpus, const kd_corpus_options *options, kd_error *err);
kd_status kd_corpus_read_re(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                            kd_error *err);
kd_status kd_corpus_read_hoc(kd_corpus *corpus, kd_lines *lines, const kd_corpus_options *options,
                             kd_error *err);
/* Of QA and PAIR: the whole map, or the folder that the corpus is named for. */
kd_status kd_corpus_read_documents(kd_corpus *corpus, kd_error *err);
kd_status kd_corpus_read_pairs(kd_corpus *corpus, kd_lines *lines, kd_error *err);
kd_status kd_corpus_read_text(kd_corpus *corpus, kd_lines *lines, kd_error *err);

#endif
