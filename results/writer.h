/* writer.h - the forms a table can take.
 *
 *     md     aligned Markdown, for a terminal, a README
 *     tex    a booktabs table with its caption, for a paper
 *     html   a piece of HTML without style or script
 *     csv    one header, one line a row, full precision, for other programs; a text that a spreadsheet
 *            would compute ("=1+2") has an apostrophe before it
 *     csv-raw  the same without apostrophes
 *     json   everything, with the cells behind each number
 *
 * A form is one file, write_<form>.c, and one row in writer.c.
 */
#ifndef KD_RESULTS_WRITER_H
#define KD_RESULTS_WRITER_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "results/table.h"

typedef struct {
    const char *name;                   /* "md" */
    const char *ending;                 /* of file names: ".md" */
    const char *first, *between, *last; /* around several tables in one text */
    bool        folds_counts;           /* for print, where one n stands in the caption */
    const char *source_prefix; /* of lines below that name cells; NULL: the form has them inside */
    /* Add the table, ended by a newline. */
    void (*write)(const kd_table *table, kd_str *out);
} kd_writer;

extern const kd_writer kd_writer_markdown, kd_writer_latex, kd_writer_html, kd_writer_csv,
    kd_writer_csv_raw, kd_writer_json;

/* By name; KD_EUSAGE with the list when there is none. */
kd_status kd_writer_find(const kd_writer **out, const char *name, kd_error *err);

/* By the ending of a file's name, or NULL. */
const kd_writer *kd_writer_for_file(const char *path);

/* How many characters a column is wide in Markdown, without the bars. */
size_t kd_markdown_width(const kd_table *table, size_t column);

#endif
