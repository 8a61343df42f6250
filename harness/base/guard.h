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
 */
#ifndef KD_BASE_GUARD_H
#define KD_BASE_GUARD_H

#include "harness/base/status.h"

/* KD_OK in the child, and where no child can be made or address space is limited: go on. Returns in the parent only when the child
 * crashed: KD_EDATA with the file that was being read, KD_EBUG when none was. Called once, before threads. */
kd_status kd_guard_enter(kd_error *err);

/* A library is reading this file from now on; and no more. Nothing outside of a guarded process. */
void kd_guard_reading(const char *path);
void kd_guard_done(const char *path);

#endif
