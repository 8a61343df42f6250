/* best_of.c - places, candidates, runs for tune.h. */
#include "results/best_of.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One place in hand. */
typedef struct {
    const kd_best_of *choice;
    const kd_metric  *by, *report;
    kd_groups         candidates;
    kd_tune_run      *runs; /* of all candidates */
    size_t            run_count;
    kd_arena         *arena;
} choosing;

kd_status kd_best_of_resolve(kd_metric *out, const kd_best_of *choice, const kd_cells *cells,
                             kd_error *err)
{
    const char *word = choice->by != NULL ? choice->by : KD_BEST_OF_DEVEL;
    kd_status   status = KD_OK;

    for (size_t k = 0; status == KD_OK && k < choice->key_count; k++)
        status = kd_cells_check_key(cells, choice->keys[k], err);
    if (status == KD_OK) status = kd_metric_resolve(out, cells, word, "devel", err);
    if (status != KD_OK) return status;
    if (kd_starts_with(out->name, "test."))
        return kd_fail(err, KD_EUSAGE,
                       "%s is a figure on test: what was picked by it has it because it was "
                       "picked; choose by devel",
                       word);
    if (out->better == 0)
        return kd_fail(err, KD_EUSAGE, "%s: neither more nor less of it is better", word);
    return KD_OK;
}

kd_status kd_best_of_check_place(const kd_best_of *choice, const char *const *place,
                                 size_t place_count, kd_error *err)
{
    for (size_t c = 0; c < choice->key_count; c++)
        for (size_t k = 0; k < place_count; k++)
            if (strcmp(choice->keys[c], place[k]) == 0)
                return kd_fail(err, KD_EUSAGE,
                               "%s is chosen, so nothing is told apart by it; leave it out of "
                               "--best-of or of the keys",
                               place[k]);
    return KD_OK;
}

/* ---- one place ---- */

static void read_runs(choosing *p, size_t cells)
{
    p->runs = kd_arena_alloc(p->arena, cells + 1, sizeof *p->runs);
    p->run_count = 0;
    for (size_t c = 0; c < p->candidates.count; c++)
        for (size_t i = 0; i < p->candidates.groups[c].count; i++) {
            const kd_record *cell = p->candidates.groups[c].cells[i];
            kd_tune_run     *run = &p->runs[p->run_count++];
            *run = (kd_tune_run){ c, NAN, NAN };
            kd_metric_read(p->by, cell, &run->devel);
            if (p->report != NULL) kd_metric_read(p->report, cell, &run->test);
        }
}

static bool has_values_but(const choosing *p, const kd_group *a, const kd_group *b, size_t but)
{
    for (size_t k = 0; k < p->choice->key_count; k++)
        if (k != but && kd_value_compare(a->values[k], b->values[k]) != 0) return false;
    return true;
}

static bool are_numbers(const choosing *p, size_t key)
{
    double number;

    for (size_t c = 0; c < p->candidates.count; c++) {
        const char *value = p->candidates.groups[c].values[key];
        if (value == NULL || !kd_parse_real(value, &number)) return false;
    }
    return true;
}

/* Whether the chosen value of one key is the first or last of those tried with the chosen values of the others:
 * candidates come in the order of their values, and so do those of such a line. */
static bool is_at_edge(const choosing *p, size_t chosen, size_t key)
{
    kd_tune_run *line = kd_alloc(p->run_count + 1, sizeof *line);
    size_t       count = 0;
    bool         is;

    for (size_t i = 0; i < p->run_count; i++)
        if (has_values_but(p, &p->candidates.groups[p->runs[i].candidate],
                           &p->candidates.groups[chosen], key))
            line[count++] = p->runs[i];
    is = kd_tune_choose(line, count, p->candidates.count, p->by->better, are_numbers(p, key))
             .is_at_edge;
    free(line);
    return is;
}

/* The mean of each candidate is a trial: of as many as were tried the best one, expected. */
static double *expect(const choosing *p, size_t tried)
{
    size_t  count = p->candidates.count;
    double *by = kd_alloc(count + 1, sizeof *by), *report = kd_alloc(count + 1, sizeof *report);
    double *curve = kd_arena_alloc(p->arena, tried + 1, sizeof *curve);

    for (size_t c = 0; c < count; c++) {
        by[c] = kd_group_measure(&p->candidates.groups[c], p->by).sample.mean;
        report[c] = p->report != NULL
                        ? kd_group_measure(&p->candidates.groups[c], p->report).sample.mean
                        : NAN;
    }
    kd_tune_expect(curve, NULL, tried, by, report, count, p->by->better);
    free(by);
    free(report);
    return curve;
}

/* "train.lr = 0.01, train.epochs = 20"; the keys alone where nothing was chosen. */
static void add_values(kd_str *out, const choosing *p, const char *const *values)
{
    for (size_t k = 0; k < p->choice->key_count; k++) {
        kd_str_addf(out, "%s%s", k > 0 ? ", " : "", p->choice->keys[k]);
        if (values != NULL) kd_str_addf(out, " = %s", values[k] != NULL ? values[k] : "-");
    }
}

/* "; tried 0.003 (3 runs), 0.01 (2 runs)", those that could be chosen. */
static void add_tried(kd_str *out, const choosing *p)
{
    enum { SHOWN = 12 };
    size_t shown = 0, tried = 0;

    for (size_t c = 0; c < p->candidates.count; c++) {
        size_t runs = kd_group_measure(&p->candidates.groups[c], p->by).sample.n;
        if (runs == 0 || ++tried > SHOWN) continue;
        kd_str_add(out, shown++ == 0 ? "; tried " : ", ");
        for (size_t k = 0; k < p->choice->key_count; k++) {
            const char *value = p->candidates.groups[c].values[k];
            kd_str_addf(out, "%s%s", k > 0 ? " with " : "", value != NULL ? value : "-");
        }
        kd_str_addf(out, " (%zu run%s)", runs, runs == 1 ? "" : "s");
    }
    if (tried > shown) kd_str_addf(out, " and %zu more", tried - shown);
}

static void say(const choosing *p, kd_chosen *out)
{
    kd_str what = KD_STR_INIT, words = KD_STR_INIT;

    add_values(&what, p, out->values);
    kd_tuned_say(&words, &out->tuned, what.text, p->by->name);
    if (out->values != NULL) add_tried(&words, p);
    out->words = kd_arena_strdup(p->arena, words.text);
    kd_str_fini(&what);
    kd_str_fini(&words);
}

static bool has_any(const kd_best_of *choice, const kd_record *cell)
{
    for (size_t k = 0; k < choice->key_count; k++)
        if (kd_record_value(cell, choice->keys[k]) != NULL) return true;
    return false;
}

/* The cells that have what is chosen, by its values. */
static void find_candidates(choosing *p, const kd_group *place)
{
    kd_cells cells = KD_VEC_INIT;

    for (size_t i = 0; i < place->count; i++)
        if (has_any(p->choice, place->cells[i])) kd_vec_push(&cells, place->cells[i]);
    kd_cells_group(&cells, p->choice->keys, p->choice->key_count, KD_ORDER_OF_VALUES, p->arena,
                   &p->candidates);
    kd_vec_fini(&cells);
}

static void choose(choosing *p, const kd_group *place, kd_chosen *out)
{
    find_candidates(p, place);
    read_runs(p, place->count);
    *out = (kd_chosen){ .place = place->values };
    out->tuned = kd_tune_choose(p->runs, p->run_count, p->candidates.count, p->by->better, false);
    if (out->tuned.chosen != KD_TUNE_NONE) {
        out->values = p->candidates.groups[out->tuned.chosen].values;
        for (size_t k = 0; k < p->choice->key_count; k++)
            out->tuned.is_at_edge |= is_at_edge(p, out->tuned.chosen, k);
    }
    out->curve = expect(p, out->tuned.tried);
    say(p, out);
}

/* ---- all of them ---- */

static bool is_chosen(const kd_best_of *choice, const kd_chosen *chosen, const kd_record *cell)
{
    if (!has_any(choice, cell)) return true;
    if (chosen->values == NULL) return cell->metric_count == 0;
    for (size_t k = 0; k < choice->key_count; k++)
        if (kd_value_compare(kd_record_value(cell, choice->keys[k]), chosen->values[k]) != 0)
            return false;
    return true;
}

static int by_address(const void *a, const void *b)
{
    const kd_record *x = *(const kd_record *const *)a, *y = *(const kd_record *const *)b;

    return (x > y) - (x < y);
}

/* Leave those cells, in their order, that are among `kept`. */
static void leave(kd_cells *cells, kd_cells *kept)
{
    size_t count = 0;

    if (kept->count > 0) qsort(kept->items, kept->count, sizeof *kept->items, by_address);
    for (size_t i = 0; i < cells->count; i++)
        if (kept->count > 0 && bsearch(&cells->items[i], kept->items, kept->count,
                                       sizeof *kept->items, by_address) != NULL)
            cells->items[count++] = cells->items[i];
    cells->count = count;
}

void kd_best_of_keep(kd_cells *cells, const kd_best_of *choice, const kd_metric *by,
                     const kd_metric *report, const char *const *place, size_t place_count,
                     kd_arena *arena, kd_chosens *out)
{
    choosing  p = { .choice = choice, .by = by, .report = report, .arena = arena };
    kd_cells  kept = KD_VEC_INIT;
    kd_groups places;

    kd_cells_group(cells, place, place_count, KD_ORDER_OF_VALUES, arena, &places);
    out->items = kd_arena_zero(arena, places.count + 1, sizeof *out->items);
    out->count = 0;
    for (size_t g = 0; g < places.count; g++) {
        const kd_group *group = &places.groups[g];
        kd_chosen      *chosen = &out->items[out->count];
        choose(&p, group, chosen);
        for (size_t i = 0; i < group->count; i++)
            if (is_chosen(choice, chosen, group->cells[i])) kd_vec_push(&kept, group->cells[i]);
        out->count += p.candidates.count > 0;
    }
    leave(cells, &kept);
    kd_vec_fini(&kept);
}

/* They come in the order of their values. */
const kd_chosen *kd_best_of_find(const kd_chosens *all, const char *const *place,
                                 size_t place_count)
{
    size_t from = 0, to = all->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int    order =
            kd_values_compare((const char *const *)all->items[middle].place, place, place_count);
        if (order == 0) return &all->items[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

void kd_best_of_note(const kd_chosens *all, const char *whose, const char *const *place,
                     size_t place_count, kd_table *table)
{
    enum { SHOWN = 24 };
    kd_str text = KD_STR_INIT;

    if (all->count > SHOWN)
        kd_table_note(table, "Of %zu choices the first %d are told here.", all->count, (int)SHOWN);
    for (size_t i = 0; i < all->count && i < SHOWN; i++) {
        kd_str_reset(&text);
        if (whose != NULL) kd_str_addf(&text, " for %s", whose);
        for (size_t k = 0; k < place_count; k++) {
            const char *value = all->items[i].place[k];
            kd_str_addf(&text, "%s%s %s", text.length > 0 ? ", " : " for ", place[k],
                        value != NULL && *value != '\0' ? value : "-");
        }
        kd_table_note(table, "Chosen%s: %s.", text.text, all->items[i].words);
    }
    kd_str_fini(&text);
}

void kd_best_of_note_luck(const kd_metric *by, const kd_metric *reported, kd_table *table)
{
    size_t length = strcspn(by->name, ".") + 1;

    if (reported->better == 0 || strncmp(by->name, reported->name, length) != 0) return;
    kd_table_note(table,
                  "%s is of the split that chose, and too high by what chance gave the luckiest.",
                  reported->name);
}
