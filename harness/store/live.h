/* live.h - what runs right now, for those who watch.
 *
 *     STORE/members/RUN.live    written every two seconds by the coordinator of that run, removed at its end
 *
 * Nothing depends on it: it is not durable, may be old, torn by a crash or absent, and a reader
 * believes it only while that coordinator is a member of the store (lock.h). The truth about cells is in the journal.
 */
#ifndef KD_STORE_LIVE_H
#define KD_STORE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/progress_point.h"
#include "harness/base/status.h"
#include "harness/base/vec.h"
#include "harness/store/store.h"

typedef struct {
    kd_id             id;
    int32_t           worker;
    kd_progress_point point;
    double            since_s;    /* 1970 */
    double            expected_s; /* what such cells take; 0 while unknown */
} kd_live_cell;

typedef struct {
    double written_s; /* since 1970 */
    double eta_s;     /* of the whole; negative while unknown */
    int    workers;   /* alive */
    size_t blocked;   /* nodes that cannot be begun, for what they stand on failed */
    KD_VEC(kd_live_cell) cells;
} kd_live;

/* Replace the picture of a run. A failure is nobody's trouble: the next one may succeed. */
void kd_live_write(const kd_store *store, uint32_t run, const kd_live *live);
void kd_live_remove(const kd_store *store, uint32_t run);

/* Fill `out`, which is empty when there is nothing to read; the caller calls kd_live_fini. */
void kd_live_read(const kd_store *store, uint32_t run, kd_live *out);

/* Add what another coordinator tells: their cells, their workers, and how long it takes them together. */
void                kd_live_add(kd_live *sum, const kd_live *other);
const kd_live_cell *kd_live_find(const kd_live *live, kd_id id); /* or NULL */
void                kd_live_fini(kd_live *live);

/* How long a cell will still take, from its epochs, else from what such cells took; negative while
 * nothing is known. */
double kd_live_eta_s(const kd_live_cell *cell, double now_s);

#endif
