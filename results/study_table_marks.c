/* study_table_marks.c - which figures are the best, and which a test tells from the baseline's.
 *
 * All comparisons of a table are one family, so that of a table in which nothing differs one in twenty has a sign, and not
 * one figure in twenty. Answers are drawn once for all places of a metric.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/evidence.h"
#include "results/study_table_internal.h"

/* ---- the best ---- */

/* Mark the best among one metric's figures in these rows and columns. */
static void mark_part(kd_study_builder *b, const size_t *columns, size_t column_count,
                      size_t first_row, size_t row_count, int better)
{
    size_t *entries = kd_alloc(column_count * row_count + 1, sizeof *entries), count = 0;

    for (size_t row = first_row; row < first_row + row_count; row++)
        for (size_t c = 0; c < column_count; c++)
            entries[count++] = row * b->table->columns.count + columns[c];
    kd_table_mark_among(b->table, entries, count, better, b->spec->marks_second);
    free(entries);
}

/* Of the cells' rows: a teacher is no competitor. */
static void mark_metric(kd_study_builder *b, const size_t *columns, size_t count, int better)
{
    size_t first = b->spec->extra_count, rows = b->rows.count;

    if (b->spec->best == KD_BEST_OF_BLOCK) mark_part(b, columns, count, first, rows, better);
    for (size_t c = 0; c < count && b->spec->best == KD_BEST_OF_COLUMN; c++)
        mark_part(b, &columns[c], 1, first, rows, better);
    for (size_t row = first; row < first + rows && b->spec->best == KD_BEST_OF_ROW; row++)
        mark_part(b, columns, count, row, 1, better);
}

void kd_study_table_mark_best(kd_study_builder *b)
{
    size_t *columns = kd_alloc(b->slots.count + 1, sizeof *columns), count = 0;

    for (size_t i = 0; i < b->slots.count; i++) {
        const kd_study_slot *s = &b->slots.items[i];
        columns[count++] = s->first;
        if (i + 1 < b->slots.count && b->slots.items[i + 1].metric == s->metric) continue;
        if (s->metric->better > 0) mark_metric(b, columns, count, s->metric->better);
        count = 0;
    }
    free(columns);
}

/* ---- against the baseline ---- */

enum { DRAWS = 10000 };

/* One figure and the baseline's. */
typedef struct {
    size_t      row, slot, ref_row, ref_slot;
    kd_evidence evidence;
} test;

typedef KD_VEC(test) tests;

/* The cells of all places of one metric: side row * slots + (slot - first). */
typedef struct {
    kd_study_builder *b;
    size_t            first, slots; /* of the metric */
    kd_group         *places;       /* one for each side */
    kd_corpora       *corpora;      /* their answers; NULL for none */
} sides;

static size_t side_of(const sides *s, size_t row, size_t slot)
{
    return row * s->slots + (slot - s->first);
}

/* The cells of each place that have the metric. */
static void gather_places(sides *s)
{
    kd_study_builder *b = s->b;
    const kd_metric  *metric = b->slots.items[s->first].metric;
    kd_cells          cells = KD_VEC_INIT;

    s->places = kd_arena_zero(b->arena, b->rows.count * s->slots + 1, sizeof *s->places);
    for (size_t row = 0; row < b->rows.count; row++)
        for (size_t slot = s->first; slot < s->first + s->slots; slot++) {
            kd_group *place = &s->places[side_of(s, row, slot)];
            double    number;
            kd_study_table_place(b, &b->rows.groups[row], &b->slots.items[slot], &cells);
            place->cells = kd_arena_alloc(b->arena, cells.count + 1, sizeof *place->cells);
            for (size_t i = 0; i < cells.count; i++)
                if (kd_metric_read(metric, cells.items[i], &number))
                    place->cells[place->count++] = cells.items[i];
        }
    kd_vec_fini(&cells);
}

static kd_status add_answers(sides *s, size_t side, kd_counted what, bool *have_all, kd_error *err)
{
    const kd_group *place = &s->places[side];

    for (size_t i = 0; i < place->count && *have_all; i++) {
        kd_split_counts counts;
        kd_status status = kd_split_counts_read(s->b->source->store, place->cells[i]->id, what,
                                                s->b->arena, &counts, err);
        if (status != KD_OK) return status;
        *have_all = counts.n > 0;
        if (*have_all) kd_corpora_add(s->corpora, side, &counts);
    }
    return KD_OK;
}

/* The answers of all places, or none when a run has no counts. */
static kd_status gather_answers(sides *s, kd_error *err)
{
    kd_counted what = kd_counted_of(s->b->slots.items[s->first].metric, s->b->arena);
    size_t     count = s->b->rows.count * s->slots;
    bool       have_all = true;
    kd_rng     root = kd_rng_root(0);
    kd_status  status = KD_OK;

    if (what.split == NULL || s->b->source->store == NULL) return KD_OK;
    s->corpora = kd_corpora_create(count);
    for (size_t side = 0; side < count && have_all && status == KD_OK; side++)
        status = add_answers(s, side, what, &have_all, err);
    if (status == KD_OK && have_all) {
        kd_corpora_draw(s->corpora, DRAWS, &root);
        return KD_OK;
    }
    kd_corpora_destroy(s->corpora);
    s->corpora = NULL;
    return status;
}

static void test_places(sides *s, tests *all)
{
    kd_study_builder     *b = s->b;
    const kd_study_table *spec = b->spec;

    for (size_t row = 0; row < b->rows.count; row++)
        for (size_t slot = s->first; slot < s->first + s->slots; slot++) {
            test   t = { .row = row, .slot = slot };
            size_t side = side_of(s, row, slot), ref;
            if (!kd_study_table_find_place(b, row, slot, spec->baseline, spec->baseline_count,
                                           &t.ref_row, &t.ref_slot))
                continue;
            ref = side_of(s, t.ref_row, t.ref_slot);
            if (ref == side || s->places[side].count == 0 || s->places[ref].count == 0) continue;
            kd_evidence_of_runs(&t.evidence, "a", &s->places[side], "b", &s->places[ref],
                                b->slots.items[slot].metric, b->arena);
            kd_evidence_of_answers(&t.evidence, s->corpora, side, ref);
            if (kd_verdict_basis(&t.evidence) != KD_BASIS_NONE) kd_vec_push(all, t);
        }
}

static kd_status test_metric(kd_study_builder *b, size_t first, size_t slots, tests *all,
                             kd_error *err)
{
    sides     s = { .b = b, .first = first, .slots = slots };
    kd_status status;

    gather_places(&s);
    status = gather_answers(&s, err);
    if (status == KD_OK) test_places(&s, all);
    kd_corpora_destroy(s.corpora);
    return status;
}

/* Scores and losses: a difference of times is the machine's as much as the method's. */
static kd_status test_all(kd_study_builder *b, tests *all, kd_error *err)
{
    kd_status status = KD_OK;

    for (size_t i = 0, next; i < b->slots.count && status == KD_OK; i = next) {
        const kd_metric *metric = b->slots.items[i].metric;
        for (next = i + 1; next < b->slots.count && b->slots.items[next].metric == metric;) next++;
        if (metric->better != 0 && kd_study_table_kind(metric) == KD_COLUMN_SPREAD)
            status = test_metric(b, i, next - i, all, err);
    }
    return status;
}

static void set_mark(kd_study_builder *b, const test *t)
{
    const kd_evidence *e = &t->evidence;
    kd_mark           *mark = kd_arena_zero(b->arena, 1, sizeof *mark);
    size_t             row = b->spec->extra_count + t->row;
    double             difference = (e->sample_a.mean - e->sample_b.mean) * e->better;

    mark->sign = !kd_verdict_differs(e) ? "" : difference > 0 ? "†" : "‡";
    mark->p = e->p_adjusted;
    mark->test = kd_basis_word(kd_verdict_basis(e));
    b->table->entries.items[row * b->table->columns.count + b->slots.items[t->slot].first].mark =
        mark;
}

/* "† better, ‡ worse than none at 5 %, by the two-level test with Holm's correction for 6 comparisons" */
static void explain(kd_study_builder *b, const tests *all)
{
    static const kd_basis bases[] = { KD_BASIS_TWO_LEVEL, KD_BASIS_WELCH, KD_BASIS_EXCHANGE };
    kd_str                text = KD_STR_INIT;
    const char           *before = ", by the ";

    kd_str_add(&text, "† better, ‡ worse than ");
    for (size_t i = 0; i < b->spec->baseline_count; i++)
        kd_str_addf(&text, "%s%s", i > 0 ? ", " : "",
                    kd_study_table_label(b, b->spec->baseline[i].key, b->spec->baseline[i].value));
    kd_str_add(&text, " at 5 %");
    for (size_t k = 0; k < sizeof bases / sizeof *bases; k++)
        for (size_t i = 0; i < all->count; i++) {
            if (kd_verdict_basis(&all->items[i].evidence) != bases[k]) continue;
            kd_str_addf(&text, "%s%s test", before, kd_basis_word(bases[k]));
            before = " or ";
            break;
        }
    kd_str_addf(&text, " with Holm's correction for %zu comparison%s", all->count,
                all->count == 1 ? "" : "s");
    kd_table_explain_marks(b->table, text.text);
    kd_str_fini(&text);
}

kd_status kd_study_table_mark_tested(kd_study_builder *b, kd_error *err)
{
    tests         all = KD_VEC_INIT;
    kd_evidence **evidence;
    kd_status     status;

    if (b->spec->baseline_count == 0) return KD_OK;
    status = test_all(b, &all, err);
    if (status == KD_OK && all.count > 0) {
        evidence = kd_alloc(all.count, sizeof *evidence);
        for (size_t i = 0; i < all.count; i++) evidence[i] = &all.items[i].evidence;
        kd_evidence_correct(evidence, all.count);
        for (size_t i = 0; i < all.count; i++) set_mark(b, &all.items[i]);
        explain(b, &all);
        free(evidence);
    } else if (status == KD_OK) {
        kd_table_note(b->table, "No marks: no place has enough runs beside the baseline to test.");
    }
    kd_vec_fini(&all);
    return status;
}
