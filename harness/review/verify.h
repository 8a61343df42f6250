/* verify.h - a cell of a store, run again from what its object keeps: does it come out the same?
 *
 *     object --> its settings, its inputs --> a store of its own below $TMPDIR, where the inputs are
 *                                             links --> kdgrid cell --> the two objects compared
 *
 * The store itself is only read.
 */
#ifndef KD_REVIEW_VERIFY_H
#define KD_REVIEW_VERIFY_H

#include <stdbool.h>

#include "harness/base/vec.h"
#include "harness/store/store.h"

typedef KD_VEC(char *) kd_verify_lines;

typedef struct {
    char            id[KD_ID_TEXT];
    char            kind[32]; /* "model" */
    double          wall_s;   /* of the second run */
    bool            is_same;  /* bit for bit, but for times */
    kd_verify_lines differences;
    kd_verify_lines reasons; /* what could be why: another program, library, CPU */
} kd_verification;

/* Run the cell again, by the program `kdgrid` at this path. The caller calls kd_verification_fini in
 * any case. KD_ENOINPUT when it has no object or an input is gone, KD_EDATA when the object was made under other versions of settings or
 * numerics. Signals stop the run (harness/child/stop.h). */
kd_status kd_verify(kd_verification *out, const kd_store *store, kd_id id, const char *program,
                    kd_error *err);
void      kd_verification_fini(kd_verification *verification);

#endif
