/* guard.h - a process of its own for work in which files of others may crash a library.
 *
 *     kd_guard_enter --fork--> the child goes on with the work: kd_guard_reading, kd_guard_done
 *           |
 *           '-- waits: the child's exit code or signal becomes ours; a crash becomes a failure that names the file
 *
 * HDF5 1.10.8 trusts its own structures once their checksums are right, and whoever makes a file can make those.
 * What we read of a file is checked first (harness/store/h5.h), but the library reads before we can: its crash
 * must be an end in words, not one of the program. The child is the program in all else: it has the terminal, prints,
 * gets the signals, and ends with its parent.
 *
 * Where one file of many must not keep the others from being looked at, kd_guard_each goes on behind it:
 *
 *     looks in a child: 0 1 2 3 *crash*     in the next: 5 6 7
 *     heeded here:      0 1 2 3   KD_EDATA for 4         5 6 7
 */
#ifndef KD_BASE_GUARD_H
#define KD_BASE_GUARD_H

#include <stddef.h>

#include "harness/base/status.h"

/* KD_OK in the child, and where no child can be made or address space is limited: go on. Returns in the parent only when the child
 * crashed: KD_EDATA with the file that was being read, KD_EBUG when none was. Called once, before threads. */
kd_status kd_guard_enter(kd_error *err);

/* A library is reading this file from now on; and no more. Nothing outside of a guard. */
void kd_guard_reading(const char *path);
void kd_guard_done(const char *path);

/* ---- one by one ---- */

typedef struct {
    kd_status status;
    unsigned  found; /* what else a look has to say, in bits of its own */
    kd_error  why;
} kd_guard_answer;

/* `look` is called in a child: nothing but its answer outlives it. `heed` is called here, with one answer for each
 * number in turn, while the child may be some looks ahead; what it fails with ends the work. */
typedef struct {
    void (*look)(void *user, size_t i, kd_guard_answer *answer);
    kd_status (*heed)(void *user, size_t i, const kd_guard_answer *answer, kd_error *err);
} kd_guard_work;

/* Look at 0 .. count - 1. A look that crashes is answered with KD_EDATA (KD_EBUG when no file was being
 * read), and another child goes on behind it. One that ends its child in another way, for want of memory say, is
 * no word about a file: the work ends with that status. Where no child can be made the looks are made here. */
kd_status kd_guard_each(size_t count, const kd_guard_work *work, void *user, kd_error *err);

/* The same for one piece of work, whose status and text are those of the answer. It may print. */
kd_status kd_guard_one(kd_status (*work)(void *user, kd_error *err), void *user, kd_error *err);

#endif
