/* process_internal.h - what a child does between its start and its work, shared by who execs
 * (process.c) and who does not (nursery.c). */
#ifndef KD_BASE_PROCESS_INTERNAL_H
#define KD_BASE_PROCESS_INTERNAL_H

#include <signal.h>

#include "harness/base/process.h"

/* In the child: its own process group, signals as they were, limits, stdout and stderr into
 * `output` unless that is -1, `pipe` at options->pipe_fd. Nothing but system calls. `parent` is who
 * started it. */
void kd_process_enter(const kd_process_options *options, int output, int pipe, pid_t parent,
                      const sigset_t *mask);

/* A descriptor that is readable when the process is dead; -1 when the kernel has none. */
int kd_process_open_pidfd(pid_t pid);

/* How a process ended, from what wait4 says. */
struct rusage;
void kd_process_describe(kd_process_end *end, int wait_status, const struct rusage *use);

#endif
