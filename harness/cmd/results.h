/* results.h - what the verbs that read stores share; aggregate.c has it. */
#ifndef KD_CMD_RESULTS_H
#define KD_CMD_RESULTS_H

#include "harness/base/arena.h"
#include "harness/base/args.h"
#include "results/best_of.h"
#include "results/stores.h"
#include "results/writer.h"

/* clang-format off */
/* Options that these verbs have, as rows of their tables (harness/base/args.h). */
#define KD_ARG_WHERE(out) { 'w', "where", KD_ARG_LIST, &(out), "KEY=VALUE", "only cells with this value; repeatable" }
#define KD_ARG_ROLE(out) { 0, "role", KD_ARG_TEXT, &(out), "ROLE", "student (where there is one), teacher, start, all", "student teacher start all" }
#define KD_ARG_METRIC(out, help) { 'm', "metric", KD_ARG_LIST, &(out), "NAME,...", help }
#define KD_ARG_SPLIT(out) { 0, "split", KD_ARG_TEXT, &(out), "NAME", "the split that f1 is of: devel or test (test)", "devel test" }
#define KD_ARG_FORMAT(out) { 'f', "format", KD_ARG_TEXT, &(out), "FORM", "md, tex, html, csv, csv-raw or json (md)", "md tex html csv csv-raw json" }
#define KD_ARG_FORMAT_JSON(out) { 0, "json", KD_ARG_FLAG, &(out), NULL, "the same as --format json" }
#define KD_ARG_BEST_OF(out) { 0, "best-of", KD_ARG_TEXT, &(out), "KEY,...", "only what devel chose among the values of these settings" }
#define KD_ARG_BEST_BY(out) { 0, "best-by", KD_ARG_TEXT, &(out), "NAME", "with --best-of: the metric that chooses (devel.f1)" }
#define KD_ARG_WIDE(out) { 0, "wide", KD_ARG_FLAG, &(out), NULL, "all columns, however narrow the terminal is" }
/* clang-format on */

/* Open the folders and warn about what is odd. The caller closes `out` in any case. */
kd_status kd_cmd_stores_open(kd_stores *out, char **folders, int count, kd_error *err);

/* "a,b,c" as its items, in the arena; empty ones are left out. */
const char **kd_cmd_split_list(kd_arena *arena, const char *text, size_t *count);

/* The table on stdout. */
void kd_cmd_print_table(const kd_table *table, const kd_writer *writer);

/* Add the table as a reader at a terminal wants it: no wider than that, or than 80 columns where there is none; what is
 * left out is told on stderr, unless it is what `told` says, which holds the last that was told; NULL: always. */
void kd_cmd_add_fitting(kd_table *table, kd_str *told, kd_str *out);

/* What --best-of and --best-by say, in the arena; NULL where nothing is chosen. KD_EUSAGE when the second stands alone. */
kd_status kd_cmd_best_of(const kd_best_of **out, const char *best_of, const char *best_by,
                         kd_arena *arena, kd_error *err);

/* Where --best-of was asked for and --by names a metric: that --best-by is meant. KD_OK otherwise. */
kd_status kd_cmd_check_by(const kd_cells *cells, const char *by, const char *best_of,
                          kd_error *err);

#endif
