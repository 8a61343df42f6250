/* proof.h - what must hold of a store after anything, checked against what its runs claimed.
 *
 *     log of the runs: "durable 3 118 9664"   run 3 said that its records up to 118 are on disk,
 *                                             which are 9664 bytes
 *     journal                                 so all of them are there, now and ever after
 *     objects                                 so each cell that was acknowledged has one
 *
 * The log is written by the runs themselves, outside the store (harness/base/fault.h), each line
 * after the fact that it claims; the journal is not its own witness.
 */
#ifndef KD_CHAOS_PROOF_H
#define KD_CHAOS_PROOF_H

#include <stddef.h>

#include "harness/base/fault.h"
#include "harness/base/status.h"
#include "harness/store/store.h"

/*    name      words                                   */
#define KD_PROOFS(X)                                         \
    X(LOST, "acknowledged and lost")                         \
    X(TWICE, "counted twice")                                \
    X(CLOSED, "times that the store did not open")           \
    X(DAMAGED, "damaged places")                             \
    X(ORPHANS, "processes that outlived their run")          \
    X(LITTER, "files left in shared places")                 \
    X(HANGS, "runs that did not end")                        \
    X(ENDINGS, "endings that no table of exit codes has")    \
    X(MISSING, "objects that the undisturbed run has alone") \
    X(UNEQUAL, "objects with other contents")                \
    X(TABLES, "tables that differ")

typedef enum {
#define X(name, words) KD_PROOF_##name,
    KD_PROOFS(X)
#undef X
        KD_PROOF_COUNT
} kd_proof;

const char *kd_proof_words(kd_proof proof);

/* How often each was found, which has to be 0, and the first in words. */
typedef struct {
    size_t   failed[KD_PROOF_COUNT];
    kd_error first[KD_PROOF_COUNT];
    size_t   faults[KD_FAULT_COUNT]; /* that happened, from the log */
    size_t   acknowledged;           /* records that were claimed to be durable */
    size_t   cells;                  /* that were acknowledged */
} kd_proofs;

/* Say that one failed; the first text stays. */
__attribute__((format(printf, 4, 5))) void kd_proof_fail(kd_proofs *proofs, kd_proof proof,
                                                         size_t count, const char *fmt, ...);

/* Read the store and the log of all its runs so far, of which so many were at it at a time. Beside no run. */
void kd_proof_store(kd_proofs *proofs, const char *store, const char *log, size_t members);

/* The same after the last run, when nothing may be left over: fsck finds no problem. */
void kd_proof_whole(kd_proofs *proofs, const char *store);

/* Each object of the undisturbed store is in the other one, with the same contents. */
void kd_proof_equal(kd_proofs *proofs, const char *store, const char *undisturbed);

/* Of two looks at one store and its log: the newer figures, and what failed in either. */
void kd_proof_renew(kd_proofs *kept, const kd_proofs *look);

/* Add the figures of one store and its log to those of all. */
void kd_proof_sum(kd_proofs *total, const kd_proofs *one);

#endif
