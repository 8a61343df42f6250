/* table.h - a study's tables, as `table` prints them and `run` ends with them. */
#ifndef KD_CMD_TABLE_H
#define KD_CMD_TABLE_H

#include "harness/config/study.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"
#include "results/study_table.h"

/* What the tables of a planned study are made from: the ids of its cells, and the store's
 * catalogue. The caller closes it; study, plan and store must outlive it. */
typedef struct {
    kd_table_source source;
    kd_id          *ids;       /* private */
    kd_catalogue   *catalogue; /* private */
} kd_cmd_tables;

kd_status kd_cmd_tables_open(kd_cmd_tables *out, const kd_study *study, const kd_plan *plan,
                             const kd_store *store, kd_error *err);
void      kd_cmd_tables_close(kd_cmd_tables *tables);

/* All of that at once: add the study's tables in Markdown. */
kd_status kd_cmd_tables_print(kd_str *out, const kd_study *study, const kd_plan *plan,
                              const kd_store *store, kd_error *err);

#endif
