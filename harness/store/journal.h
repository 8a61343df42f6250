/* journal.h - what was tried, what was acknowledged: an append-only file for each run.
 *
 *     STORE/journal/0003:  header | record | record | record | (torn tail)
 *                                  checksum seeded by its place; 8-byte aligned
 *
 * The coordinator appends to memory, commits in groups (one write, one fdatasync) and only
 * then acknowledges: what kd_journal_durable has passed survives kill -9 and a power cut. A
 * failed commit keeps what was appended, and the next commit writes it again at the same place.
 *
 * Reading stops nowhere: bytes that are no record are skipped up to the next one that is, and
 * are reported. At the end of a file they are a write that was cut short; only the next
 * writer removes them. docs/FORMATS.md has the bytes.
 */
#ifndef KD_STORE_JOURNAL_H
#define KD_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/cause.h"
#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/store/lock.h"
#include "harness/store/store.h"

/* clang-format off */
/*    type      number word              value        text                   meaning            */
#define KD_JOURNAL_TYPES(X)                                                                       \
    X(RUN_BEGIN,  1, "run-begin")  /* nodes to do the study's name       a coordinator opens; `beside`: see below */ \
    X(ASSIGNED,   2, "assigned")   /*             the cell, for people   a worker has it       */ \
    X(DONE,       3, "done")       /* seconds                            its object is there   */ \
    X(FAILED,     4, "failed")     /* seconds     the error's line       it ended with `status`*/ \
    X(ADOPTED,    5, "adopted")    /*                                    an object was found   */ \
    X(LOST,       6, "lost")       /* seconds     why                    its worker is gone    */ \
    X(STOPPED,    7, "stopped")    /* seconds                            a checkpoint is there */ \
    X(GIVEN_UP,   8, "given-up")   /*             the last error's line  it is not tried again */ \
    X(RUN_END,    9, "run-end")    /* exit code   in words               a coordinator closes  */ \
    X(REMOVED,   10, "removed")    /*             why                    its object is gone    */
/* clang-format on */

typedef enum {
#define X(name, number, word) KD_JOURNAL_##name = number,
    KD_JOURNAL_TYPES(X)
#undef X
} kd_journal_type;

const char *kd_journal_type_word(kd_journal_type type); /* "unknown" for one of a later version */

/* The writer sets run, sequence and time. */
typedef struct {
    kd_journal_type type;
    kd_status       status;  /* FAILED, LOST, GIVEN_UP: what kind of failure; REMOVED: KD_OK on
                             * purpose, KD_EDATA set aside as damaged, KD_ENOINPUT found missing */
    kd_cause        cause;   /* the same and STOPPED: why the attempt ended */
    kd_id           id;      /* of the cell; none for a run */
    uint32_t        attempt; /* at the cell: the number of its lease; 0 for a run */
    uint32_t    beside;   /* RUN_BEGIN: the lowest number of a journal that another coordinator may
                              * still be writing: records of that one and of later ones have no order
                              * in time with those of this run. 0 (in journals of older programs), or
                              * this run's own number, when there was no other */
    uint32_t    blocked;  /* RUN_END: nodes that were not begun because what they stand on failed */
    int32_t     worker;   /* rank; -1 for none */
    double      value;    /* see the table */
    const char *text;     /* borrowed; NULL is "" to write, never NULL when read */
    uint32_t    run;      /* the number of the file */
    uint64_t    sequence; /* 1, 2, ... in the file */
    double      time_s;   /* since 1970 */
} kd_journal_entry;

#define KD_JOURNAL_TEXT_MAX 65000 /* longer texts are cut */

/* ---- write ---- */

typedef struct kd_journal kd_journal;

/* Begin the journal of a new run, after cutting torn tails off the ones before. Its number is the
 * next after those of all journals; a file that only has such a name does not count.
 * The caller has the store alone (lock.h) and owns the journal, which borrows the store. */
kd_status kd_journal_open(kd_journal **out, const kd_store *store, kd_error *err);

/* The same for a member of the store (lock.h), and no tail is cut: others may be writing theirs. A member
 * that finds itself alone calls kd_journal_mend. */
kd_status kd_journal_join(kd_journal **out, const kd_store *store, kd_error *err);

/* From now on a commit counts only while this lock (borrowed) is ours, before the write and after it. */
void kd_journal_guard(kd_journal *journal, kd_lock *lock);

uint32_t kd_journal_run(const kd_journal *journal); /* its number */

/* Add a record in memory and return its sequence number. */
uint64_t kd_journal_append(kd_journal *journal, const kd_journal_entry *entry);

/* Write and fdatasync all that was appended: then kd_journal_durable has reached it. On failure
 * (KD_EIO, a full disk) nothing is lost and the call may be repeated. KD_ESTOPPED, or KD_EIO without
 * the store, when the lock is lost: what was appended is not acknowledged then, and never will be. */
kd_status kd_journal_commit(kd_journal *journal, kd_error *err);

size_t   kd_journal_pending(const kd_journal *journal); /* records that are not durable yet */
uint64_t kd_journal_durable(const kd_journal *journal); /* the last sequence number that is */
uint64_t kd_journal_bytes(const kd_journal *journal);   /* of the file that are */

/* How many seconds the oldest pending record waits; 0 when none does. The coordinator commits when
 * this passes its interval, or at once when it has nothing better to do. */
double kd_journal_waiting_s(const kd_journal *journal);

/* Close without committing what is pending. NULL is fine. */
void kd_journal_close(kd_journal *journal);

/* ---- read ---- */

/* A stretch of bytes that are no record. */
typedef struct {
    uint32_t run;
    uint64_t offset, length;
    bool     is_tail; /* nothing comes after it, and the file was begun as a journal */
} kd_journal_damage;

/* Called for each record in the order of writing; the entry's text lives during the call. Any
 * status but KD_OK ends the replay with it. */
typedef kd_status (*kd_journal_visit)(void *user, const kd_journal_entry *entry, kd_error *err);
typedef void (*kd_journal_complaint)(void *user, const kd_journal_damage *damage);

/* Every record of every run, oldest first. `complain` may be NULL. Works beside a writer. */
kd_status kd_journal_replay(const kd_store *store, kd_journal_visit visit,
                            kd_journal_complaint complain, void *user, kd_error *err);

/* Cut the torn tails off all journals with numbers below `below`, which nobody writes any more. */
kd_status kd_journal_mend(const kd_store *store, uint32_t below, kd_error *err);

/* Write the file of one run again from its whole records, and keep a copy of what it was in
 * STORE/damaged/; one that has none goes. Only for who has the store alone. */
kd_status kd_journal_rebuild(const kd_store *store, uint32_t run, kd_error *err);

#endif
