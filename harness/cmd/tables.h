/* tables.h - a study's tables, as `table` prints them and `run` ends with them. */
#ifndef KD_CMD_TABLES_H
#define KD_CMD_TABLES_H

#include "harness/config/kept.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"
#include "results/study_table.h"

/* Where figures come from: the store's catalogue, or the objects themselves, for who has to be sure
 * that they are whole; that is a sixth of a millisecond for each cell of the study. */
typedef enum { KD_CMD_FROM_CATALOGUE, KD_CMD_FROM_OBJECTS } kd_cmd_figures;

/* What the tables of a planned study are made from: the ids of its cells, what the store has of
 * them, and what it lacks, which is warned of. The caller closes it; study, plan and store must
 * outlive it; `store` is NULL where there is none. */
typedef struct {
    kd_table_source source;
    kd_id          *ids;       /* private */
    kd_catalogue   *catalogue; /* private */
    kd_missing      missing;   /* private */
    char           *note;      /* private */
    kd_plan        *bare;      /* private */
} kd_cmd_tables;

kd_status kd_cmd_tables_open_kept(kd_cmd_tables *out, const kd_kept_study *kept,
                                  const kd_store *store, kd_cmd_figures figures, kd_error *err);
kd_status kd_cmd_tables_open(kd_cmd_tables *out, const kd_study *study, kd_plan *plan,
                             const kd_store *store, kd_cmd_figures figures, kd_error *err);
void      kd_cmd_tables_close(kd_cmd_tables *tables);

/* The same of a study that lacks files, so that its cells have no ids and nothing is measured: every place is empty, and
 * a note says why. */
void kd_cmd_tables_open_lacking(kd_cmd_tables *out, const kd_study *study, const kd_lacks *lacks);

/* All of that at once: add the study's tables in Markdown. */
kd_status kd_cmd_tables_print(kd_str *out, const kd_study *study, kd_plan *plan,
                              const kd_store *store, kd_error *err);

#endif
