/* lock.h - one coordinator at a time.
 *
 * STORE/lock is a small text that says who holds the store (host, process, SLURM job) under a
 * lock of the kernel, which goes with its holder however it ends. The text decides where
 * that is not enough: some cluster file systems keep such locks on one node only.
 *
 *     kernel lock taken by another            -> refused
 *     same host, that process still runs      -> refused
 *     another host, touched in the last 60 s  -> refused, unless this SLURM job was requeued since
 *     otherwise                               -> its holder is gone; the lock is ours
 */
#ifndef KD_STORE_LOCK_H
#define KD_STORE_LOCK_H

#include <stdbool.h>

#include "harness/base/status.h"
#include "harness/store/store.h"

typedef struct kd_lock kd_lock;

/* Take it; the caller releases it. KD_EIO when another holds it, with words who that is. */
kd_status kd_lock_acquire(kd_lock **out, const kd_store *store, kd_error *err);

/* A sign of life for other hosts; once in ten seconds is plenty. Never fails. */
void kd_lock_refresh(kd_lock *lock);

/* Whether somebody holds it now, and who, without disturbing anyone. */
typedef struct {
    bool   is_held;
    char   host[65];
    long   pid;
    char   job[32]; /* SLURM job id, "" for none */
    double since_s; /* since 1970 */
} kd_lock_holder;
void kd_lock_look(const kd_store *store, kd_lock_holder *holder);

void kd_lock_release(kd_lock *lock); /* NULL is fine */

#endif
