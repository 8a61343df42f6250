/* process.h - other programs: start, watch, bound, end.
 *
 *     spawn -> wait with a deadline -> how it ended
 *        \-> kill the whole group when it must go
 *
 * Started by vfork, not fork: a rank with a large address space starts a child in half a
 * millisecond. A child leads a process group of its own, so that its children go with it,
 * and dies with its parent. Waiting uses a pidfd and costs no CPU.
 */
#ifndef KD_BASE_PROCESS_H
#define KD_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

typedef struct {
    const char *const *argv;      /* argv[0] is looked up in PATH; ends with NULL */
    const char *const *extra_env; /* "NAME=value" that replace or add; NULL for none */
    const char *const *drop_env;  /* prefixes of names to leave out ("OMPI_"); NULL for none */
    const char        *output;    /* file for stdout and stderr, appended to; NULL inherits */
    int                pipe_fd;   /* descriptor number in the child for its end of a pipe back to
                                     us; 0 for no pipe */
    bool               dies_with_parent; /* SIGKILL when this process ends, however it ends */
    int64_t            memory_bytes;     /* RLIMIT_AS; 0 for no limit */
    int64_t            file_bytes;       /* RLIMIT_FSIZE; 0 for no limit */
} kd_process_options;

typedef struct {
    pid_t  pid;         /* also the process group */
    int    pidfd;       /* readable when it ended; -1 when the kernel has none */
    int    pipe;        /* our end of the pipe, non-blocking; -1 for none */
    bool   is_fostered; /* the child of a nursery, which reports its end through `pidfd` */
    int    own_pidfd;   /* of a fostered one, readable when it is dead; -1 when it is none */
    double dead_s;      /* of a fostered one: when it was seen to be dead; 0 before that */
} kd_process;

typedef struct {
    bool    exited; /* it ended by itself with `code`, else by `signal` */
    int     code;
    int     signal;
    double  seconds;    /* computing time, user and system */
    int64_t peak_bytes; /* largest resident size */
} kd_process_end;

/* The largest resident size that this process has had. */
int64_t kd_process_peak_bytes(void);

/* Start it. KD_ENOINPUT when there is no such program, KD_EIO when the system refuses. */
kd_status kd_process_spawn(kd_process *out, const kd_process_options *options, kd_error *err);

/* Wait at most `timeout_s` (0 only looks, negative waits for ever). True when it ended: `end`
 * is filled and the process reaped. */
bool kd_process_wait(kd_process *process, double timeout_s, kd_process_end *end);

/* Send `signal` to the whole group. */
void kd_process_signal(const kd_process *process, int signal);

/* End the group with SIGKILL if it still runs, reap it, close what is open. Safe to repeat. */
void kd_process_close(kd_process *process);

/* Run a command to its end and take what it wrote to stdout (and stderr into `errors` unless
 * NULL), for at most `timeout_s`. */
kd_status kd_process_capture(const char *const *argv, double timeout_s, kd_str *output,
                             kd_str *errors, kd_process_end *end, kd_error *err);

/* The same with the environment that `options` say; of the rest of them only argv counts. */
kd_status kd_process_capture_with(const kd_process_options *options, double timeout_s,
                                  kd_str *output, kd_str *errors, kd_process_end *end,
                                  kd_error *err);

/* "exit 3", "signal 11 (Segmentation fault)" in `out`, which it returns. */
const char *kd_process_end_words(char *out, size_t size, const kd_process_end *end);

#endif
