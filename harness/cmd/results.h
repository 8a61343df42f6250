/* results.h - what the verbs that read stores share; aggregate.c has it. */
#ifndef KD_CMD_RESULTS_H
#define KD_CMD_RESULTS_H

#include "harness/base/arena.h"
#include "results/stores.h"
#include "results/writer.h"

/* Open the folders and warn about what is odd. The caller closes `out` in any case. */
kd_status kd_cmd_stores_open(kd_stores *out, char **folders, int count, kd_error *err);

/* "a,b,c" as its items, in the arena; empty ones are left out. */
const char **kd_cmd_split_list(kd_arena *arena, const char *text, size_t *count);

/* The table on stdout. */
void kd_cmd_print_table(const kd_table *table, const kd_writer *writer);

#endif
