/* table.h - a study's tables, as `table` prints them and `run` ends with them. */
#ifndef KD_CMD_TABLE_H
#define KD_CMD_TABLE_H

#include "harness/base/vec.h"
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
} kd_cmd_tables;

kd_status kd_cmd_tables_open_kept(kd_cmd_tables *out, const kd_kept_study *kept,
                                  const kd_store *store, kd_cmd_figures figures, kd_error *err);
kd_status kd_cmd_tables_open(kd_cmd_tables *out, const kd_study *study, const kd_plan *plan,
                             const kd_store *store, kd_cmd_figures figures, kd_error *err);
void      kd_cmd_tables_close(kd_cmd_tables *tables);

/* ---- the studies that a store keeps ---- */

typedef struct {
    kd_id         id;
    int64_t       run_s;         /* of its last run */
    bool          is_superseded; /* one of the same name was run later */
    kd_kept_study kept;
    kd_cmd_tables tables;
} kd_cmd_study;
typedef KD_VEC(kd_cmd_study) kd_cmd_studies; /* the one that was run last first */

/* Open those that the word means: the beginning of an id, or a name, whose latest one is meant; NULL
 * for all. One that cannot be read is warned of and left out, unless it alone is meant. KD_EUSAGE
 * when there is none of that name. The caller closes it, also after a failure; the store must outlive it. */
kd_status kd_cmd_studies_open(kd_cmd_studies *out, const kd_store *store, const char *word,
                              kd_cmd_figures figures, kd_error *err);
void      kd_cmd_studies_close(kd_cmd_studies *studies);

/* A row for each: id, name, cells and how many of them are done, tables, when it was run. The caller destroys it. */
kd_table *kd_cmd_studies_table(const kd_cmd_studies *studies);

/* All of that at once: add the study's tables in Markdown. */
kd_status kd_cmd_tables_print(kd_str *out, const kd_study *study, const kd_plan *plan,
                              const kd_store *store, kd_error *err);

#endif
