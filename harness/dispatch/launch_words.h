/* launch_words.h - what a coordinator says to the launcher that watches it.
 *
 *     up PID HOST        rank 0 is there, and MPI has not started
 *     ready PID HOST     it has
 *     point WORDS        how far a wide cell is (harness/base/progress_point.h)
 *     beat               the study is planned, is under way; every few seconds
 *     end CODE TEXT      the exit code, and why
 *
 * Words are lines on rank 0's standard output, which mpirun brings here from whatever machine that is on:
 * a disk that is full, read-only or gone keeps no word back. Each begins with a mark; all other lines of that
 * output are results, and go on as they are.
 */
#ifndef KD_DISPATCH_LAUNCH_WORDS_H
#define KD_DISPATCH_LAUNCH_WORDS_H

#include <stdbool.h>

#include "harness/base/progress_point.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

#define KD_LAUNCH_WATCHED \
    "KDGRID_WATCHED" /* in the environment: a launcher reads what rank 0 writes */

/* The coordinator's side; nothing happens unless a launcher watches. */
bool kd_launch_is_watched(void);
void kd_launch_tell_up(void); /* every rank, before MPI starts; rank 0 does it */
void kd_launch_tell_ready(void);
void kd_launch_tell_beat(void);
void kd_launch_tell_point(const kd_progress_point *point);
void kd_launch_tell_end(kd_status status, const char *text);

/* What the launcher has heard so far: begin with zeros and an empty line. */
typedef struct {
    bool      is_up, is_ready, is_at_work, has_ended;
    long      pid;     /* of the coordinator, when it is on this machine, else 0 */
    double    heard_s; /* the last word; 0 before the first */
    kd_status status;
    kd_error  text;
    kd_str    line;                                               /* that has no end yet */
    void (*on_point)(void *user, const kd_progress_point *point); /* NULL: nobody asks */
    void *user;
} kd_launch_words;

/* Take what there is in a pipe that does not block. Lines that are no words are printed. */
void kd_launch_hear(kd_launch_words *w, int pipe, double now_s);

#endif
