/* table_text.h - what a reader sees of a table, whatever form it is written in. */
#ifndef KD_RESULTS_TABLE_TEXT_H
#define KD_RESULTS_TABLE_TEXT_H

#include "harness/base/str.h"
#include "results/table.h"

/* Add an entry as a reader sees it, "0.8123 ± 0.0042": `plus_minus` stands between the two.
 * Nothing is escaped but what `escape` (may be NULL) does to a text. */
void kd_entry_print(const kd_column *column, const kd_entry *entry, const char *plus_minus,
                    void (*escape)(kd_str *out, const char *text), kd_str *out);

/* The head of a column where columns have groups: `top` spans so many columns, 0 where it began before;
 * NULL for none. One row of heads is enough when no top spans two. */
typedef struct {
    const char *top, *bottom;
    size_t      span;
} kd_table_head;
bool kd_table_heads(const kd_table *table,
                    kd_table_head  *out); /* one for each column; whether there are tops */

/* Whether a column stands on the left: numbers and numeric labels stand on the right. */
bool kd_column_is_left(const kd_table *table, size_t column);

#endif
