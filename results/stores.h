/* stores.h - the cells of several stores as one list.
 *
 *     open stores --> catalogues --> records --merge--> cells, each once
 *
 * What is odd but no failure (an object that cannot be read or is missing, a cell that two stores
 * hold with different numbers, cells of several versions of the settings) becomes a line of
 * `notice`, for whoever talks to people.
 */
#ifndef KD_RESULTS_STORES_H
#define KD_RESULTS_STORES_H

#include "harness/store/catalogue.h"
#include "harness/store/missing.h"
#include "results/aggregate.h"
#include "results/answers.h"

typedef struct {
    kd_cells          cells;   /* borrowed from the catalogues; may be filtered in place */
    kd_str            notice;  /* lines, each ended by a newline; may be empty */
    kd_missing_counts missing; /* objects that a store lacks and none of the others has */
    /* private */
    KD_VEC(kd_store *) stores;
    KD_VEC(kd_catalogue *) catalogues;
    KD_VEC(kd_missing) lacks; /* of each */
} kd_stores;

/* Open every folder for reading. `out` is initialised in any case; the caller closes it.
 * KD_ENOINPUT or KD_EDATA names the folder that is no store. */
kd_status kd_stores_open(kd_stores *out, const char *const *folders, size_t count, kd_error *err);

/* How many entities of each sentence of a split a cell got right, predicted and should have found; of each
 * class by itself where the metric is a mean over classes.
 */
typedef struct {
    kd_counts  *counts; /* (n, parts) */
    size_t      n;      /* sentences; 0 when the object keeps no counts of the split */
    const char *gold;   /* digest of the gold labels; NULL in an object that has none */
    size_t      parts;  /* classes, or 1 */
} kd_split_counts;

/* Which counts a metric is made of. */
typedef struct {
    const char
        *split; /* "test" of "test.entity_strict.f1"; NULL for a metric that is of no counts */
    bool by_class;
} kd_counted;

kd_counted kd_counted_of(const kd_metric *metric, kd_arena *arena);

/* From an object of a store that is open; in the arena. */
kd_status kd_split_counts_read(const kd_store *store, kd_id id, kd_counted what, kd_arena *arena,
                               kd_split_counts *out, kd_error *err);

/* The same of one of these cells. */
kd_status kd_stores_counts(const kd_stores *stores, const kd_record *cell, kd_counted what,
                           kd_arena *arena, kd_split_counts *out, kd_error *err);

/* Whether both were held against the same gold: by the digests, or, where one has none, by what
 * there was to find in each sentence. */
bool kd_split_counts_agree(const kd_split_counts *a, const kd_split_counts *b);

void kd_stores_close(kd_stores *stores);

#endif
