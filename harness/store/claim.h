/* claim.h - which member of a store is at which cell, so that two are not at the same.
 *
 *     STORE/claims/<id>    "kdgrid-claim 1 NAME": the member of that name (member.h) is at it
 *
 *     take --> it is not there        made (O_CREAT | O_EXCL): OURS
 *          --> it names us            OURS
 *          --> it names a live one    ELSEWHERE: ask again later
 *          --> it names a dead one    moved away, then made: OURS
 *     drop --> removed, if it still is ours
 *
 * A claim saves work and decides nothing. What counts is the object, which is renamed into place under
 * the id of its cell: a cell that two make is one cell. So whatever goes wrong here costs time at
 * most. Where no claim can be written (a full disk), work goes on without; a claim that says
 * nothing (damaged, of a later version) holds as long as one whose heart does not beat
 * (KD_MEMBER_SILENT_S of the asker's own time), one that is cut short for a quarter of that: its writer was killed
 * between making it and writing its line; two who take over one dead claim at the same moment may
 * both have it.
 *
 * The file system has to make files exclusively, as POSIX, NFS from version 3 on and Lustre do. Without
 * that two may take one cell. kd_claims_probe tries it.
 */
#ifndef KD_STORE_CLAIM_H
#define KD_STORE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/store/store.h"

typedef struct kd_claims kd_claims;

/* The claims of the member `name`; store and name are borrowed. The caller closes them. What
 * members who are gone for certain have left is removed, and what says nothing at a cell that is done. */
kd_claims *kd_claims_open(const kd_store *store, const char *name);

/* Claim a cell: false when another member is at it. */
bool kd_claims_take(kd_claims *claims, kd_id id, double now_s);

/* Whether a cell of another member that lives may run on more cores than these (kd_member_tell_cores). */
bool kd_claims_has_wider(kd_claims *claims, int cores, double now_s);

/* Whether nobody at all is at a cell, as far as one look tells. */
bool kd_claims_is_free(const kd_claims *claims, kd_id id);

/* Whether a claim that was taken is still ours, and was not given to another while this process was
 * away. */
bool kd_claims_holds(const kd_claims *claims, kd_id id);

/* Give it up; one that is not held is fine. True when it was still ours. */
bool kd_claims_drop(kd_claims *claims, kd_id id);

/* How often another member was found at a cell. */
size_t kd_claims_met(const kd_claims *claims);

/* Drop what is held, and free. NULL is fine. */
void kd_claims_close(kd_claims *claims);

/* Whether this file system makes a file for one of several who ask at once: KD_EIO when it does not,
 * with what happened. */
kd_status kd_claims_probe(const kd_claims *claims, kd_error *err);

#endif
