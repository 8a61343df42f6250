/* nursery.h - children that need not be linked: forked from a process that is there already.
 *
 *     us --- what to do, where to --> nursery (the program, started once, all libraries linked)
 *        <-- its process id --------     |
 *        <-- how it ended --- pipe ---- fork: the child
 *
 * Starting kdgrid by exec costs 50 ms, most of it for linking fifty libraries; a fork of one that
 * is started costs a third of a millisecond. The child is what an exec'ed one would be: a process
 * of its own, leader of a group, with its limits, its log and its pipe, and it dies with the
 * nursery, which dies with us. Its memory is a copy of a process that has done nothing yet.
 *
 * A nursery that is gone is started again, and so is one that does not answer, because it is
 * stopped.
 */
#ifndef KD_BASE_NURSERY_H
#define KD_BASE_NURSERY_H

#include "harness/base/process.h"

typedef struct kd_nursery kd_nursery;

/* `verb` is NULL-ended: the program and the words that make it call kd_nursery_serve with the
 * number that follows them. All children have our environment as it is now, without `drop_env` and
 * with `extra_env`, as in kd_process_options. The words and both lists are borrowed, `verb` itself
 * is not. Nothing is started yet. */
kd_nursery *kd_nursery_create(const char *const *verb, const char *const *extra_env,
                              const char *const *drop_env);

/* Start it while there is time, so that the first child need not wait. When that fails, the first
 * child says so. */
void kd_nursery_warm(kd_nursery *nursery);

/* As kd_process_spawn, with the words of options->argv after the program's name, and without its
 * environment. */
kd_status kd_nursery_spawn(kd_nursery *nursery, kd_process *out, const kd_process_options *options,
                           kd_error *err);

/* Ends all children that still run. NULL is fine. */
void kd_nursery_destroy(kd_nursery *nursery);

/* The other side: fork for each request on the socket `fd` until its other end is closed. In each
 * child `run` is called with argv of the request, and its result is the child's exit code. */
typedef int (*kd_nursery_run)(int argc, char **argv);
int kd_nursery_serve(int fd, kd_nursery_run run);

#endif
