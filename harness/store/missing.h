/* missing.h - results that a store had and cannot show.
 *
 *     journals    what was acknowledged  --+
 *     objects/    what is there            +-->  gone, set aside, unreadable
 *     catalogue   what cannot be read    --+
 *
 * Who prints figures from a store says how many these are, so that none is dropped silently. What
 * `gc` removed went on purpose and is not missing; what was set aside is, until it is made again.
 */
#ifndef KD_STORE_MISSING_H
#define KD_STORE_MISSING_H

#include <stddef.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/store/catalogue.h"
#include "harness/store/store.h"

/*    name        words                                                      */
#define KD_MISSING_WHYS(X)                \
    X(GONE, "acknowledged and not there") \
    X(ASIDE, "set aside as damaged")      \
    X(UNREADABLE, "unreadable")

typedef enum {
#define X(name, words) KD_MISSING_##name,
    KD_MISSING_WHYS(X)
#undef X
        KD_MISSING_WHY_COUNT
} kd_missing_why;

typedef struct {
    kd_id          id;
    kd_missing_why why;
} kd_missing_object;

typedef KD_VEC(kd_missing_object) kd_missing; /* sorted by id */

/* Find what a store lacks; the catalogue is its, opened before. The caller frees *out with
 * kd_vec_fini. Fails as reading the journals does. */
kd_status kd_missing_find(kd_missing *out, const kd_store *store, const kd_catalogue *catalogue,
                          kd_error *err);

const kd_missing_object *kd_missing_get(const kd_missing *missing, kd_id id); /* or NULL */

typedef struct {
    size_t total, of[KD_MISSING_WHY_COUNT];
} kd_missing_counts;

void kd_missing_count(kd_missing_counts *counts, kd_missing_why why); /* one more */

/* Add "2 acknowledged and not there, 1 unreadable". */
void kd_missing_add_words(kd_str *out, const kd_missing_counts *counts);

#endif
