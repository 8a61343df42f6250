/* lacks.h - the files and folders that a study names and that are not there, to be told at once.
 *
 *     planning               kd_lacks_add     one for each setting and name
 *     its caller             kd_lacks_fail    err: "s.cfg:3: data.corpus: there is no BC2GM/train.tsv ... (and 4 more)"
 *     who talks to a person  kd_lacks_tell    a line for each; err: "s.cfg: 5 files are missing: `kdgrid data fetch BC2GM` ..."
 */
#ifndef KD_PLAN_LACKS_H
#define KD_PLAN_LACKS_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/config/study.h"

typedef struct {
    char       *place; /* "s.cfg:3: data.corpus" */
    char       *name;  /* "BC2GM/train.tsv" */
    char       *where; /* " in experiments or in /data (KDGRID_DATA)" */
    const char *set;   /* what `kdgrid data fetch` calls it; NULL: it knows no such name */
} kd_lack;
typedef KD_VEC(kd_lack) kd_lacks; /* open for reading; kd_lacks_fini */

/* The setting `key` names a file that is nowhere. Nothing happens when that is known. */
void kd_lacks_add(kd_lacks *lacks, const kd_study *study, const char *key, const char *name);

/* KD_OK when there are none; else KD_ENOINPUT with the first one and how many more there are. */
kd_status kd_lacks_fail(const kd_lacks *lacks, kd_error *err);

/* Log each as an error when there are several, and let `err` say how many the file `what` lacks, and what fetches them.
 * KD_ENOINPUT; there must be some. */
kd_status kd_lacks_tell(const kd_lacks *lacks, const char *what, kd_error *err);

/* Add their names, each once: "BC2GM/train.tsv, BC2GM/devel.tsv, biobert-base-cased-v1.1". */
void kd_lacks_names(const kd_lacks *lacks, kd_str *out);

void kd_lacks_fini(kd_lacks *lacks);

#endif
