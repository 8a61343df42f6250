/* missing.c - what the journals promise, held against what is there. */
#include "harness/store/missing.h"

#include <stdlib.h>

#include "harness/store/tally.h"

static void add(kd_missing *missing, kd_id id, kd_missing_why why)
{
    kd_vec_push(missing, (kd_missing_object){ id, why });
}

/* A file that is there is no loss to the journals: it can be read, or the catalogue has told. */
static void add_lost_cells(kd_missing *missing, const kd_tally *tally, const kd_store *store,
                           const kd_catalogue *catalogue)
{
    size_t               count;
    const kd_tally_cell *cells = kd_tally_cells(tally, &count);
    for (size_t i = 0; i < count; i++)
        if (cells[i].had_object && !kd_catalogue_find(catalogue, cells[i].id) &&
            !kd_store_shows(store, cells[i].id))
            add(missing, cells[i].id,
                cells[i].loss == KD_EDATA ? KD_MISSING_ASIDE : KD_MISSING_GONE);
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(((const kd_missing_object *)a)->id, ((const kd_missing_object *)b)->id);
}

kd_status kd_missing_find(kd_missing *out, const kd_store *store, const kd_catalogue *catalogue,
                          kd_error *err)
{
    kd_tally *tally;
    size_t    count;
    kd_status status = kd_tally_open(&tally, store, NULL, NULL, err);
    *out = (kd_missing)KD_VEC_INIT;
    if (status != KD_OK) return status;
    add_lost_cells(out, tally, store, catalogue);
    const kd_id *unreadable = kd_catalogue_unreadable(catalogue, &count);
    for (size_t i = 0; i < count; i++) add(out, unreadable[i], KD_MISSING_UNREADABLE);
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_id);
    kd_tally_close(tally);
    return KD_OK;
}

const kd_missing_object *kd_missing_get(const kd_missing *missing, kd_id id)
{
    const kd_missing_object key = { .id = id };
    if (!missing->count) return NULL;
    return bsearch(&key, missing->items, missing->count, sizeof key, by_id);
}

void kd_missing_count(kd_missing_counts *counts, kd_missing_why why)
{
    counts->total++;
    counts->of[why]++;
}

void kd_missing_add_words(kd_str *out, const kd_missing_counts *counts)
{
    static const char *const words[] = {
#define X(name, text) text,
        KD_MISSING_WHYS(X)
#undef X
    };
    const char *between = "";
    for (int why = 0; why < KD_MISSING_WHY_COUNT; why++) {
        if (!counts->of[why]) continue;
        kd_str_addf(out, "%s%zu %s", between, counts->of[why], words[why]);
        between = ", ";
    }
}
