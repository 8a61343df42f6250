/* fit.h - a table in the room that there is.
 *
 * Columns whose `spare` is not 0 are left out, the largest number first, until the Markdown is no wider; lines of
 * words are broken. A caller says what was left out, so that nobody takes it for all there is.
 */
#ifndef KD_RESULTS_FIT_H
#define KD_RESULTS_FIT_H

#include "results/table.h"

/* Take columns out until the table is no wider than `width` characters, and add their titles to `left_out`, with ", "
 * between. Returns how many there were. */
size_t kd_table_fit(kd_table *table, size_t width, kd_str *left_out);

/* Add a line of words in lines of `width`, at blanks; what follows the first line of an item ("- ") stands below its words. */
void kd_fit_words(kd_str *out, const char *line, size_t length, size_t width);

/* Add the table in Markdown, its caption and notes in lines of `width`. */
void kd_table_write_fitting(const kd_table *table, size_t width, kd_str *out);

#endif
