/* gc.h - give back disk that nobody needs, and never what a table needs.
 *
 *     left-over      work of cells whose object is there; half-written files    always
 *     unwanted       objects and work that no wanted cell has or stands on      when wants are told
 *     damaged        what fsck and readers set aside                            over the budget
 *     intermediate   corpora and targets: tables stand on models alone          over the budget
 *
 * Over the budget the intermediates go first that took the least time to make for their size; a run
 * that needs one again makes it again. Those that an unfinished cell stands on stay. Each object
 * that goes is recorded as removed, durably, before it goes.
 */
#ifndef KD_STORE_GC_H
#define KD_STORE_GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/store/store.h"

/*    name           word            why                                          */
#define KD_GC_CLASSES(X)                                                       \
    X(LEFT_OVER, "left-over", "its object is there, or it was never finished") \
    X(UNWANTED, "unwanted", "none of the studies needs it")                    \
    X(DAMAGED, "damaged", "it was set aside")                                  \
    X(INTERMEDIATE, "intermediate", "no table needs it, and it can be made again")

typedef enum {
#define X(name, word, why) KD_GC_##name,
    KD_GC_CLASSES(X)
#undef X
        KD_GC_CLASS_COUNT
} kd_gc_class;

const char *kd_gc_word(kd_gc_class class);

/* Calls `see` with the id of each input that a resolved text names. */
typedef void (*kd_gc_read_inputs)(const char *text, void (*see)(void *user, kd_id id), void *user);

typedef struct {
    const kd_id      *wanted; /* sorted ids of all nodes of the studies; NULL when none are told */
    size_t            wanted_count;
    const kd_id      *awaited; /* sorted: what nodes stand on that are still to be made */
    size_t            awaited_count;
    int64_t           budget_bytes; /* for the whole store; -1 for none */
    bool              is_dry;       /* only say what would go */
    kd_gc_read_inputs read_inputs;
} kd_gc_options;

typedef struct {
    kd_gc_class class;
    const char *path;
    int64_t     bytes;
} kd_gc_item;

/* Called for each thing that goes, or would. */
typedef void (*kd_gc_visit)(void *user, const kd_gc_item *item);

typedef struct {
    int64_t before_bytes, freed_bytes;
    size_t  items[KD_GC_CLASS_COUNT];
} kd_gc_counts;

/* KD_EIO while a coordinator holds the store, also when dry: what it is about to need cannot be
 * known. A dry run removes nothing. KD_ECHECK when the budget cannot be met without what must stay.
 */
kd_status kd_gc_run(const kd_store *store, const kd_gc_options *options, kd_gc_visit visit,
                    void *user, kd_gc_counts *counts, kd_error *err);

#endif
