/* stores.h - the cells of several stores as one list.
 *
 *     open stores --> catalogues --> records --merge--> cells, each once
 *
 * What is odd but no failure (an object that cannot be read, a cell that two stores hold with
 * different numbers, cells of several versions of the settings) becomes a line of `notice`, for
 * whoever talks to people.
 */
#ifndef KD_RESULTS_STORES_H
#define KD_RESULTS_STORES_H

#include "harness/store/catalogue.h"
#include "results/aggregate.h"
#include "results/answers.h"

typedef struct {
    kd_cells cells;  /* borrowed from the catalogues; may be filtered in place */
    kd_str   notice; /* lines, each ended by a newline; may be empty */
    /* private */
    KD_VEC(kd_store *) stores;
    KD_VEC(kd_catalogue *) catalogues;
} kd_stores;

/* Open every folder for reading. `out` is initialised in any case; the caller closes it.
 * KD_ENOINPUT or KD_EDATA names the folder that is no store. */
kd_status kd_stores_open(kd_stores *out, const char *const *folders, size_t count, kd_error *err);

/* How many entities of each sentence of `split` a cell got right, predicted and should have found,
 * from its object; in the arena. *n is 0 when the object keeps no such counts. */
kd_status kd_stores_counts(const kd_stores *stores, const kd_record *cell, const char *split,
                           kd_arena *arena, kd_counts **out, size_t *n, kd_error *err);

void kd_stores_close(kd_stores *stores);

#endif
