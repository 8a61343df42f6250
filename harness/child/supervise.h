/* supervise.h - one cell in a process of its own, watched from outside.
 *
 *     start -> wait (a deadline, its words, its end) -> classify
 *                 \-> stop: SIGTERM, and SIGKILL when the grace is over
 *
 * A cell cannot hurt who watches it: it leads its own process group, has limits, dies with its
 * parent, and whatever becomes of it ends up as a kd_outcome. Watching costs no CPU: one
 * poll(2) over the pidfds and pipes of all children.
 *
 * A cell tells how far it is through the pipe KD_CHILD_PIPE, one line each time
 * (harness/base/progress_point.h). Every line is a sign of life.
 */
#ifndef KD_CHILD_SUPERVISE_H
#define KD_CHILD_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/cause.h"
#include "harness/base/nursery.h"
#include "harness/base/process.h"
#include "harness/base/progress_point.h"
#include "harness/base/status.h"

#define KD_CHILD_PIPE 3 /* the descriptor that a cell writes its progress to */
#define KD_CHILD_LOST \
    76 /* it leaves with this code when machines that helped it are lost: KD_CAUSE_LOST */

typedef struct {
    const char *const *argv;
    const char        *log;          /* stdout and stderr, appended to */
    int64_t            memory_bytes; /* 0 for no limit */
    double             time_s;       /* 0 for no limit */
    double             silence_s;    /* without a line for so long it hangs; 0 for never */
    double             grace_s;      /* between SIGTERM and SIGKILL */
    kd_nursery        *nursery;      /* to be forked from; NULL to be exec'ed. Borrowed. */
} kd_child_options;

/* A nursery whose children have the environment of a cell: without MPI's variables, and with one
 * thread for BLAS and OpenMP until it tells them another number. `verb` as in nursery.h. */
kd_nursery *kd_child_nursery(const char *const *verb);

typedef struct kd_child kd_child;

/* How it ended. */
typedef struct {
    bool              is_done;
    kd_cause          cause; /* unless done */
    kd_status         status;
    kd_progress_point point; /* its last words */
    double            wall_s, cpu_s;
    int64_t           peak_bytes;
    char              text[512]; /* one line: "signal 11 (Segmentation fault); log ends: ..." */
} kd_outcome;

/* Start it. The strings of `options` are borrowed until it is closed. KD_EIO or KD_ENOINPUT when
 * the system or a missing program refuses. */
kd_status kd_child_start(kd_child **out, const kd_child_options *options, kd_error *err);

/* Sleep until a child says or does something, or the descriptor `other` (-1 for none) is readable,
 * `timeout_s` at most; then enforce limits. Also returns when a signal arrives. */
void kd_child_wait(kd_child *const *children, size_t count, int other, double timeout_s);

/* What it told last; whether it has ended, and then `out` is filled. */
kd_progress_point kd_child_point(const kd_child *child);
bool              kd_child_ended(kd_child *child, kd_outcome *out);

/* Ask it to stop at its next safe point; or end it at once. */
void kd_child_stop(kd_child *child, bool is_urgent);

/* End it if it still runs, and free. NULL is fine. */
void kd_child_close(kd_child *child);

/* An outcome for an attempt that never got a process: `err` says why. */
kd_outcome kd_outcome_of(kd_cause cause, kd_status status, const kd_error *err);

#endif
