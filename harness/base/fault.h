/* fault.h - failures of the ground, made on purpose: how a run shows that it survives them.
 *
 *     KDGRID_FAULTS="seed=7 write=0.01 tear=0.01 log=/tmp/x/log"      by chance
 *     KDGRID_FAULTS="fail=read:17 log=/tmp/x/log"                     the 17th read
 *     KDGRID_FAULTS="fail=write:40x9 log=/tmp/x/log"                  the 40th write and 8 more
 *     KDGRID_FAULTS="fail=alloc:0 log=/tmp/x/log"                     none; all are counted
 *     KDGRID_FAULTS="fail=write@7-9 log=/tmp/x/log"                   all, from record 7 to record 9
 *     KDGRID_FAULTS="halt=12,30 jump=20:-3600 log=/tmp/x/log"         at such records
 *
 * The log stands at the end. `fail`, `halt` and `jump` may come more than once; what they count is
 * counted together by all processes that have the variable, in the file "<log>.counts", so a k-th
 * read is one of a run, whichever of its processes does it. Without a log each counts for itself.
 *
 *     @N-M         while there are N records in the run's journal or more, and fewer than M
 *     halt=N       the process that appends the N-th record stops (SIGSTOP) before it does
 *     jump=N:S     from the N-th record on, the clock that tells the date is S seconds further
 *     haste=H      the clock that waits are measured by runs H times as fast
 *
 * Nothing fails here unless the environment asks for it, and without it a question costs one
 * comparison. Whoever is about to read, to write or to take memory asks first and then does what
 * a real failure would make it do; so the code that is tried is the code that runs on a full
 * disk. `kdgrid run --chaos` sets the variable for the runs that it starts.
 */
#ifndef KD_BASE_FAULT_H
#define KD_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KD_FAULTS_ENV "KDGRID_FAULTS"

/*    name   word     at such a place                                              */
#define KD_FAULTS(X)                                                               \
    X(WRITE, "write", "a write ends with ENOSPC or EIO, perhaps after some bytes") \
    X(SYNC, "sync", "a sync or a rename ends with ENOSPC or EIO")                  \
    X(TEAR, "tear", "the process ends amid the journal record it writes")          \
    X(ACK, "ack", "what is durable is acknowledged up to a second later")          \
    X(READ, "read", "a file or a folder cannot be read: EIO")                      \
    X(ALLOC, "alloc", "there is no memory")

typedef enum {
#define X(name, word, meaning) KD_FAULT_##name,
    KD_FAULTS(X)
#undef X
        KD_FAULT_COUNT
} kd_fault;

const char *kd_fault_word(kd_fault fault); /* "write" */
const char *kd_fault_meaning(kd_fault fault);

/* Whether anything is asked for. */
bool kd_fault_is_asked(void);

/* Whether some are asked for by count or by records. */
bool kd_fault_is_counted(void);

/* Whether it happens here and now; then the log gets a line with its word. */
bool kd_fault_happens(kd_fault fault);

/* The same for a system call: 0, or the errno that it shall seem to end with. By count, a write
 * ends with ENOSPC and a sync with EIO. */
int kd_fault_errno(kd_fault fault);

/* How many of `length` bytes are written before the failure: 0 .. length - 1. */
size_t kd_fault_part(size_t length);

/* A random time of at most `most_s`. */
double kd_fault_time_s(double most_s);

/* How many times as fast as time kd_clock_s runs: 1, unless the environment asks for more. So what
 * is patient for a minute can be tried in ten seconds. */
double kd_fault_haste(void);

/* A record is about to be appended to a journal: here a process halts. */
void kd_fault_record(void);

/* How far the date has jumped by now, in seconds. */
double kd_fault_jump_s(void);

/* Of all processes with this log: how often each fault was asked for, and how many records there
 * were. 0 when nobody counted. */
uint64_t kd_fault_counted(const char *log, kd_fault fault);
uint64_t kd_fault_records(const char *log);

/* Tell the log what is claimed here, for whoever checks later whether it was true. Nothing
 * happens without a log. A line is one write(2), so it outlives a process that is killed. */
__attribute__((format(printf, 1, 2))) void kd_fault_witness(const char *fmt, ...);

/* Read the environment again, for tests. Otherwise it is read once, at the first question. */
void kd_fault_reset(void);

#endif
