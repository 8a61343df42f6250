/* failures.h - failed cells by what ended them, and the settings that fail more often than others.
 *
 *     failed   12 by diverged, the last: hidden=64 method=fitnet seed=2: ...
 *     failed   12 of 12 with method=fitnet; with any method 14 of 48; p 1.3e-09
 *
 * A cell's settings are read from its name, "hidden=64 method=none seed=2". Of all settings that a
 * failed cell has, most mean nothing: each seed fails in some cell. Which ones stand out:
 *
 *   - A setting, say hidden=64, is held against all cells that have its key, whatever the value: of
 *     `peers` such cells `peers_failed` failed. If the value did not matter, the failures among its
 *     own `all` cells would be drawn from them by chance, which gives `p` for `failed` or more
 *     (hypergeometric, one-sided).
 *   - It stands out when p <= KD_FAILURES_CHANCE / compared. That bounds the chance of even one
 *     false word about a store. `compared` counts as Tarone's correction does: it leaves out
 *     settings that with so few cells could not come below that bound in any case, such as seeds of
 *     one cell each.
 */
#ifndef KD_REVIEW_FAILURES_H
#define KD_REVIEW_FAILURES_H

#include <stdbool.h>

#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/store/tally.h"

#define KD_FAILURES_CHANCE 0.05

typedef struct {
    const char          *word; /* "memory", "diverged" */
    size_t               count;
    const kd_tally_cell *last;
} kd_failure_class;

typedef struct {
    const char *setting; /* "method=fitnet" */
    size_t      failed, all;
    size_t      key; /* in `keys` */
    double      p;
    bool        stands_out;
} kd_failure_share;

/* Cells that have a key. */
typedef struct {
    const char *name; /* "method" */
    size_t      failed, all;
} kd_failure_key;

typedef struct {
    KD_VEC(kd_failure_class) classes;
    KD_VEC(kd_failure_share) shares;
    KD_VEC(kd_failure_key) keys;
    kd_map *numbers, *key_numbers; /* of settings in `shares`, of names in `keys` */
    size_t  compared;
    size_t  standing_out, others; /* of settings with a failed cell */
} kd_failures;

void kd_failures_init(kd_failures *failures);

/* Add every cell that has ended, well or for good; it is borrowed. Then find what stands out: the
 * largest class comes first, and the setting with the smallest p. */
void kd_failures_add(kd_failures *failures, const kd_tally_cell *cell, bool has_failed);
void kd_failures_find(kd_failures *failures);
void kd_failures_fini(kd_failures *failures);

/* What ended a cell, in the word of its cause; where an older journal has none, of its status. */
const char *kd_failure_word(const kd_tally_cell *cell);

#endif
