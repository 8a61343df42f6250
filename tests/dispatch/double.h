/* double.h - a made-up study: a few nodes, and a shell script that stands in for `kdgrid cell`.
 *
 * The script finds its node's number in $node and how often it was started before in $tries;
 * `leave` puts an (empty) object in place. What follows is up to the test:
 *
 *     kd_double_program("cell", "[ $node = 3 ] && kill -9 $$; leave")
 */
#ifndef KD_TESTS_DISPATCH_DOUBLE_H
#define KD_TESTS_DISPATCH_DOUBLE_H

#include "harness/dispatch/sweep.h"
#include "harness/dispatch/work.h"

typedef struct {
    size_t  count;
    int32_t input;                /* every other node stands on this one; -1 for none */
    bool (*is_done)(size_t node); /* NULL when none is */
    int (*threads)(size_t node);  /* NULL when each takes one core */
    int (*ranks)(size_t node);    /* NULL when none is a wide cell */
} kd_double;

kd_work kd_double_work(kd_double *study);
kd_id   kd_double_id(size_t node);

/* A script of this name in a folder of its own; the path lives until the program ends. */
const char *kd_double_program(const char *name, const char *body);

/* A new store; closed and removed when the program ends. */
kd_store *kd_double_store(void);

/* A file of this name in the store's folder: put it there; wait until somebody has. */
void kd_double_put(const kd_store *store, const char *name);
void kd_double_wait(const kd_store *store, const char *name);

/* How many records of a type the journal of the store holds, for a node or (SIZE_MAX) for all. */
size_t kd_double_records(const kd_store *store, int type, size_t node);

/* Options that a test starts from: two workers, two retries, no rest. */
kd_sweep_options kd_double_options(const kd_store *store, kd_double *study, kd_progress *progress);

#endif
