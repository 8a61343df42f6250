/* table_studies.h - the studies that a store keeps, with what their tables are made from. */
#ifndef KD_CMD_TABLE_STUDIES_H
#define KD_CMD_TABLE_STUDIES_H

#include "harness/base/vec.h"
#include "harness/cmd/tables.h"

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

#endif
