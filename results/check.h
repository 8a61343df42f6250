/* check.h - does a file still say what the store says?
 *
 *     table --writer--> text     the file holds it as it is: nothing drifted
 *       `-- row by row --------> a row of a Markdown, LaTeX or HTML file with the same labels must
 *                                show the same numbers, as far as it prints digits
 *
 * So a paper may round, set in bold and reorder its rows, and may say other things around them. The signs of tests have to
 * stand where they do in the store's table, and a caption, a head or a note that the file has word by word has to have the
 * same digits.
 */
#ifndef KD_RESULTS_CHECK_H
#define KD_RESULTS_CHECK_H

#include "harness/base/str.h"
#include "results/table.h"
#include "results/writer.h"

/* Add a line for every place where `text`, the contents of the file `path` in this form, disagrees
 * with the table: "paper.tex:41: hidden 16, method none: F1 (test) is 0.8120 here, 0.8153 in the
 * store". Returns how many there are. */
size_t kd_table_check(const kd_table *table, const kd_writer *form, const char *path,
                      const char *text, kd_str *drift);

#endif
