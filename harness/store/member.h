/* member.h - those who work on a store at the same time, and whether each is still there.
 *
 *     STORE/members/NAME     who it is (holder.h), which journal it writes, on how many cores its widest
 *                            cell may run, and a number that grows every few seconds: its heartbeat
 *
 *     enter -> tell (its journal) -> keep, keep, ... -> leave
 *
 * A member that died leaves its file. On its own machine the kernel says so at once. From elsewhere a
 * member is dead when its file has not changed while somebody watched it for KD_MEMBER_SILENT_S seconds of
 * his own time: no clock is compared with another one, and time in which the watcher was away counts as one
 * look. Whoever wants the store alone buries the dead: their files are removed. A member whose file is gone
 * is one no more, however it came to be away: its file is its right to write, it beats into
 * that file and never makes another. One that was taken for dead and was not buried goes on.
 *
 * The file system has to give what every one with POSIX names does: who opens a file sees, after some
 * seconds, what another machine wrote there, or that it removed it. No lock and no link is
 * needed, and no time stamp is read.
 */
#ifndef KD_STORE_MEMBER_H
#define KD_STORE_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/vec.h"
#include "harness/store/holder.h"
#include "harness/store/store.h"

#define KD_MEMBER_BEAT_S   5.0
#define KD_MEMBER_SILENT_S 60.0
#define KD_MEMBER_NAME     112 /* bytes of a name, with its end */

/* ---- being one ---- */

typedef struct kd_member kd_member;

/* The caller leaves. KD_ECREATE or KD_EIO when the folder or the file cannot be made. */
kd_status kd_member_enter(kd_member **out, const kd_store *store, kd_error *err);

const char *kd_member_name(const kd_member *member);

/* It writes the journal of this number. */
kd_status kd_member_tell(kd_member *member, uint32_t run, kd_error *err);

/* A cell of it may run on so many cores. Who reads it has seen another one or none before; a failure to write it is mended by
 * the next beat. */
void kd_member_tell_cores(kd_member *member, int cores);

/* Whether it still is a member, and a sign of life when it is time for one: KD_ESTOPPED when its file is
 * gone, KD_EIO when that cannot be known now. */
kd_status kd_member_keep(kd_member *member, double now_s, kd_error *err);

void kd_member_leave(kd_member *member); /* NULL is fine */

/* ---- looking at the others ---- */

typedef struct {
    char      name[KD_MEMBER_NAME];
    kd_holder who;     /* of pid 0 when the file cannot be understood */
    uint32_t  run;     /* 0 before it has told */
    int       cores;   /* the same */
    bool      is_gone; /* for certain */
} kd_member_seen;

typedef KD_VEC(kd_member_seen) kd_members;

/* All whose file is there, also of those who are gone; `me` (may be NULL) is left out. The caller calls
 * kd_vec_fini. Nothing when the folder cannot be read. */
void kd_members_list(const kd_store *store, const char *me, kd_members *out);

/* Remove the file of one that is dead, and with it what it told of its cells. */
void kd_members_bury(const kd_store *store, const kd_member_seen *dead);

/* Remove what processes of this machine were writing there when they were killed. */
void kd_members_clear_drafts(const kd_store *store);

/* ---- watching one ---- */

/* Silence, counted by whoever looks. */
typedef struct {
    uint64_t seen;     /* a digest of the text at the last look */
    double   looked_s; /* when that was; 0 before the first */
    double   silent_s; /* for how long it was the same */
    int      beats;    /* how often it had changed */
} kd_watch;

/* A look at a text that should change: true when it was the same for too long. */
bool kd_watch_look(kd_watch *watch, const char *text, size_t length, double now_s);

/* A look at the member of this name: true when it is dead. One without a file is. */
bool kd_member_is_dead(const kd_store *store, const char *name, kd_watch *watch, double now_s);

#endif
