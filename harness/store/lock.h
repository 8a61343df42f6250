/* lock.h - a store is worked on by members, any number of them, or changed by one alone.
 *
 *     kd_lock_join       run                     beside other members; never beside one alone
 *     kd_lock_acquire    fsck --repair, gc,      alone
 *                        merge
 *
 * A member has a file in STORE/members (member.h). Who wants to be alone writes STORE/lock, a small text
 * that says who he is, and then looks at the members; a member enters its file and then looks at
 * STORE/lock. Whatever the order of these four steps, one of the two sees the other, and whoever
 * sees the other steps back.
 *
 * STORE/lock is under a lock of the kernel, too, which goes with its holder however it ends. The text
 * decides where that is not enough: some cluster file systems keep such locks on one node only.
 *
 *     kernel lock taken by another            -> refused
 *     same host, that process still runs      -> refused
 *     another host, touched in the last 60 s  -> refused, unless this SLURM job was requeued since
 *     otherwise                               -> its holder is gone; the lock is ours
 *     a member on this machine runs           -> refused
 *     a member elsewhere                      -> watched: refused once its heart beats; after
 *                                                KD_MEMBER_SILENT_S without a beat it is gone
 *
 * Who is gone for others may only have slept. So each file is a fence, too: a member goes by its file in
 * STORE/members, who is alone by the text in STORE/lock, and both look (kd_lock_keep) before they
 * write to the store and once more before they believe what they wrote. Whoever takes a place over
 * removes the file, or writes another text, before he does anything else; of what he does and what the sleeper
 * still writes, one comes after the other's mark, and sees it.
 */
#ifndef KD_STORE_LOCK_H
#define KD_STORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/vec.h"
#include "harness/store/store.h"

typedef struct kd_lock kd_lock;

/* Have the store alone, or be one of its members; the caller releases it. KD_EIO when another
 * stands against it, with words who that is. */
kd_status kd_lock_acquire(kd_lock **out, const kd_store *store, kd_error *err);
kd_status kd_lock_join(kd_lock **out, const kd_store *store, kd_error *err);

/* What a member is called, for its claims (claim.h). */
const char *kd_lock_name(const kd_lock *lock);

/* Tell the others on how many cores a cell of this member may run (member.h). */
void kd_lock_tell_cores(kd_lock *lock, int cores);

/* Tell the others which journal this member writes. Then `*beside` is the lowest number of a journal
 * that another member may be writing, or `run` when there is no other: all below it are complete. */
kd_status kd_lock_tell(kd_lock *lock, uint32_t run, uint32_t *beside, kd_error *err);

/* Whether it is still ours, and a sign of life for others on the way: to be called before and after whatever
 * must not happen beside somebody else, and once in a few seconds anyhow. Who was away for long
 * (stopped, suspended) may have been taken for dead meanwhile: KD_ESTOPPED. KD_EIO when the store is gone, or when
 * it cannot be known now. */
kd_status kd_lock_keep(kd_lock *lock, kd_error *err);

/* Whether it is ours no more, for good. */
bool kd_lock_is_lost(const kd_lock *lock);

/* Who holds the store now, without disturbing anyone. */
typedef struct {
    bool     is_held;
    bool     is_alone; /* else it is a member */
    uint32_t run;      /* the journal of a member; 0 when it has told none */
    char     host[65];
    long     pid;
    char     job[32]; /* SLURM job id, "" for none */
    double   since_s; /* since 1970 */
} kd_lock_holder;
typedef KD_VEC(kd_lock_holder) kd_lock_holders;

void kd_lock_look(const kd_store *store, kd_lock_holder *first);
void kd_lock_look_all(const kd_store  *store,
                      kd_lock_holders *out); /* the caller calls kd_vec_fini */

void kd_lock_release(kd_lock *lock); /* NULL is fine */

#endif
