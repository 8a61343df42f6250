/* html.h - paragraphs, tables and figures as HTML. */
#ifndef KD_PAGE_HTML_H
#define KD_PAGE_HTML_H

#include "results/chart/chart.h"
#include "results/table.h"

/* A paragraph; the words are escaped. */
__attribute__((format(printf, 2, 3))) void kd_html_say(kd_str *out, const char *fmt, ...);

/* A line each, as a list of notes, folded where they are many; nothing where there are none. */
void kd_html_lines(kd_str *out, const char *lines);

/* The table with its caption and notes. Numbers stand on the right and are sorted by what they are, not by
 * what is shown; entries name their cells on hover. `is_long`: with a field to filter its rows. */
void kd_html_table(kd_str *out, const kd_table *table, bool is_long);

/* Figures beside each other as far as there is room, each with its numbers folded below it. */
void kd_html_figures(kd_str *out, const kd_charts *charts);

#endif
