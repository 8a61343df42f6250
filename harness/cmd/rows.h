/* rows.h - cells as lines on stdout: for a reader, as CSV, as JSON; what `ls` and `export` share.
 *
 * A line is written when it is made, so a million of them need no memory.
 */
#ifndef KD_CMD_ROWS_H
#define KD_CMD_ROWS_H

#include "harness/review/listing.h"

/* A table with a line of titles. Columns that do not fit into `width` are left out, settings from the
 * right first, and told on stderr; 0 takes all. A long text ends with "...". */
void kd_rows_text(const kd_listing *listing, const kd_listing_columns *columns, size_t width);

/* A header and a line a cell; a number has all its digits, and what a cell does not have is empty. */
void kd_rows_csv(const kd_listing *listing, const kd_listing_columns *columns, bool is_raw);

/* An object a cell, flat: numbers and truths as such, null for what a cell does not have. Lines; or the
 * items of an array, with commas between. */
void kd_rows_json(const kd_listing *listing, const kd_listing_columns *columns, bool are_items);

/* Columns of the terminal that stdout is; 80 where it is none. */
size_t kd_rows_terminal(void);

#endif
