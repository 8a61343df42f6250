/* failures.h - failed cells by what ended them, and by the settings that they share.
 *
 *     failed   12 by diverged, the last: hidden=64 method=fitnet seed=2: ...
 *     failed   12 of 12 with method=fitnet
 *     failed   6 of 24 with hidden=64
 *
 * A cell's settings are read from its name, "hidden=64 method=none seed=2".
 */
#ifndef KD_FAILURES_H
#define KD_FAILURES_H

#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/store/tally.h"

typedef struct {
    const char          *word; /* "memory", "diverged" */
    size_t               count;
    const kd_tally_cell *last;
} kd_failure_class;

typedef struct {
    const char *setting;     /* "method=fitnet" */
    size_t      failed, all; /* cells that have it */
} kd_failure_share;

typedef struct {
    KD_VEC(kd_failure_class) classes;
    KD_VEC(kd_failure_share) shares;
    kd_map *numbers; /* of settings, in `shares` */
} kd_failures;

void kd_failures_init(kd_failures *failures);

/* Add each failed cell first; then compare with all cells, failed or not; then sort: the largest
 * class, and the largest share of failed cells, first. The cells are borrowed. */
void kd_failures_add(kd_failures *failures, const kd_tally_cell *cell);
void kd_failures_compare(kd_failures *failures, const kd_tally_cell *cell);
void kd_failures_sort(kd_failures *failures);
void kd_failures_fini(kd_failures *failures);

/* What ended a cell, in the word of its cause; where an older journal has none, of its status. */
const char *kd_failure_word(const kd_tally_cell *cell);

#endif
