/* results.h - what the verbs that read stores share; aggregate.c has it. */
#ifndef KD_CMD_RESULTS_H
#define KD_CMD_RESULTS_H

#include "harness/base/arena.h"
#include "harness/base/args.h"
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
/* clang-format on */

/* Open the folders and warn about what is odd. The caller closes `out` in any case. */
kd_status kd_cmd_stores_open(kd_stores *out, char **folders, int count, kd_error *err);

/* "a,b,c" as its items, in the arena; empty ones are left out. */
const char **kd_cmd_split_list(kd_arena *arena, const char *text, size_t *count);

/* The table on stdout. */
void kd_cmd_print_table(const kd_table *table, const kd_writer *writer);

#endif
