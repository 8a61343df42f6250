/* compare.c - two sides, cut by the same keys, matched group by group. */
#include "results/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/beside.h"
#include "results/corpora.h"
#include "results/family.h"
#include "results/pairs.h"
#include "results/role.h"

#define LEVEL 0.95
#define DRAWS 10000

enum {
    COLUMN_A_N,
    COLUMN_B_N,
    COLUMN_A,
    COLUMN_B,
    COLUMN_DIFFERENCE,
    COLUMN_LOW,
    COLUMN_HIGH,
    COLUMN_WELCH,
    COLUMN_WELCH_HOLM,
    COLUMN_PAIRS,
    COLUMN_WILCOXON,
    COLUMN_WILCOXON_HOLM,
    COLUMN_ANSWERS,
    COLUMN_ANSWERS_HOLM,
    COLUMNS
};

/* Where there is no room, a test goes with all that belongs to it. */
static const struct {
    const char *name, *title;
    int         spare;
} columns[COLUMNS] = {
    [COLUMN_A_N] = { "a.n", "n a", 4 },
    [COLUMN_B_N] = { "b.n", "n b", 4 },
    [COLUMN_A] = { "a.mean", "mean a", 2 },
    [COLUMN_B] = { "b.mean", "mean b", 2 },
    [COLUMN_DIFFERENCE] = { "difference", "a - b", 0 },
    [COLUMN_LOW] = { "low", "low", 3 },
    [COLUMN_HIGH] = { "high", "high", 3 },
    [COLUMN_WELCH] = { "p.welch", "p Welch", 0 },
    [COLUMN_WELCH_HOLM] = { "p.welch.holm", "Holm", 0 },
    [COLUMN_PAIRS] = { "pairs", "pairs", 6 },
    [COLUMN_WILCOXON] = { "p.wilcoxon", "p Wilcoxon", 6 },
    [COLUMN_WILCOXON_HOLM] = { "p.wilcoxon.holm", "Holm", 6 },
    [COLUMN_ANSWERS] = { "p.answers", "p answers", 5 },
    [COLUMN_ANSWERS_HOLM] = { "p.answers.holm", "Holm", 5 },
};

/* One comparison in numbers, column by column; what is not defined is NaN. */
typedef struct {
    const kd_group *by; /* whose values stand before the row */
    const kd_group *a, *b;
    double          value[COLUMNS];
    bool            is_other_gold; /* cells did not answer the same sentences */
    size_t          corpora;       /* within each of which answers were exchanged */
} comparison;

/* The cells of a side, by the values of the keys, and those that lack some of them. */
typedef struct {
    const kd_cells *cells;
    kd_groups       groups;
    kd_beside      *beside;
} grouped;

/* What all comparisons share. */
typedef struct {
    const kd_stores        *stores;
    const kd_compare_query *query;
    kd_arena               *arena;
    kd_metric               metric;
    const char            **pair_keys;
    size_t                  pair_key_count;
    kd_left_out             left_out;
    kd_chosens              chosens_a, chosens_b;
    kd_metric               chosen_by;
    bool has_beside; /* a side does not read a key of `by`, and stands beside its values */
} comparer;

/* ---- sides ---- */

static kd_status keep_all(kd_cells *cells, const kd_arg_list *conditions, kd_error *err)
{
    kd_status status = KD_OK;

    for (size_t i = 0; status == KD_OK && i < conditions->count; i++)
        status = kd_cells_keep(cells, conditions->items[i], err);
    return status;
}

static kd_status take_side(kd_cells *side, const kd_cells *cells, const kd_arg_list *conditions,
                           const char *name, kd_error *err)
{
    kd_status status;

    if (conditions->count == 0)
        return kd_fail(err, KD_EUSAGE, "compare: --%s KEY=VALUE is missing", name);
    if (cells->count == 0) return kd_fail(err, KD_EUSAGE, "compare: there is no cell");
    for (size_t i = 0; i < cells->count; i++) kd_vec_push(side, cells->items[i]);
    if ((status = keep_all(side, conditions, err)) != KD_OK) kd_while(err, status, "--%s", name);
    return status;
}

/* ---- one comparison ---- */

static double p_of_differences(const comparer *x, const kd_pairs *all)
{
    double *difference = kd_pairs_differences(all, &x->metric);
    double  p = all->count > 0 ? kd_stats_wilcoxon(difference, all->count).p : NAN;

    free(difference);
    return p;
}

/* Add the counts of all pairs to the two sides. Without answers there is NULL; where the two cells of a pair
 * were held against other gold, `is_other` is set as well. */
static kd_status gather_answers(const comparer *x, const kd_pairs *all, kd_counted what,
                                kd_corpora **out, bool *is_other, kd_error *err)
{
    kd_corpora *corpora = kd_corpora_create(2);
    kd_status   status = KD_OK;
    bool        have_all = all->count > 0;

    for (size_t i = 0; have_all && i < all->count; i++) {
        kd_split_counts a, b;
        status = kd_stores_counts(x->stores, all->items[i].a, what, x->arena, &a, err);
        if (status == KD_OK)
            status = kd_stores_counts(x->stores, all->items[i].b, what, x->arena, &b, err);
        if (status != KD_OK) break;
        *is_other = a.n > 0 && b.n > 0 && !kd_split_counts_agree(&a, &b);
        have_all = a.n > 0 && b.n > 0 && !*is_other;
        if (!have_all) break;
        kd_corpora_add(corpora, 0, &a);
        kd_corpora_add(corpora, 1, &b);
    }
    if (status == KD_OK && have_all)
        *out = corpora;
    else
        kd_corpora_destroy(corpora);
    return status;
}

/* The p of the answers of all pairs, NaN where they are not to be had. */
static kd_status p_of_answers(const comparer *x, const kd_pairs *all, comparison *c, kd_error *err)
{
    kd_rng      root = kd_rng_root(0);
    kd_counted  what = kd_counted_of(&x->metric, x->arena);
    kd_corpora *corpora = NULL;
    kd_status   status = KD_OK;

    c->value[COLUMN_ANSWERS] = NAN;
    if (what.split != NULL) status = gather_answers(x, all, what, &corpora, &c->is_other_gold, err);
    if (status == KD_OK && corpora != NULL) {
        kd_corpora_draw(corpora, DRAWS, &root);
        c->value[COLUMN_ANSWERS] = kd_corpora_exchange(corpora, 0, 1).p;
        c->corpora = kd_corpora_count(corpora, 0, 1);
    }
    kd_corpora_destroy(corpora);
    return status;
}

static kd_status compare_groups(const comparer *x, comparison *c, kd_error *err)
{
    kd_sample a = kd_group_measure(c->a, &x->metric).sample;
    kd_sample b = kd_group_measure(c->b, &x->metric).sample;
    kd_welch  welch = kd_stats_welch(&a, &b, LEVEL);
    kd_pairs  all = KD_VEC_INIT;
    kd_status status;

    kd_pairs_find(&all, c->a, c->b, x->pair_keys, x->pair_key_count, &x->metric);
    c->value[COLUMN_A_N] = (double)a.n;
    c->value[COLUMN_B_N] = (double)b.n;
    c->value[COLUMN_A] = a.mean;
    c->value[COLUMN_B] = b.mean;
    c->value[COLUMN_DIFFERENCE] = welch.difference;
    c->value[COLUMN_LOW] = welch.interval.low;
    c->value[COLUMN_HIGH] = welch.interval.high;
    c->value[COLUMN_WELCH] = welch.p;
    c->value[COLUMN_PAIRS] = (double)all.count;
    c->value[COLUMN_WILCOXON] = p_of_differences(x, &all);
    status = p_of_answers(x, &all, c, err);
    kd_vec_fini(&all);
    return status;
}

/* Put Holm's adjusted p-values of one column into another. */
static void correct(comparison *all, size_t count, int from, int to)
{
    double *p = kd_alloc(count + 1, sizeof *p);

    for (size_t i = 0; i < count; i++) p[i] = all[i].value[from];
    kd_family_holm(p, count);
    for (size_t i = 0; i < count; i++) all[i].value[to] = p[i];
    free(p);
}

/* ---- groups of both sides ---- */

/* The other side's cells that lack some of the keys and stand beside the group, as one; NULL for none. */
static const kd_group *find_beside(comparer *x, const grouped *other, const kd_group *group)
{
    kd_cells  cells = KD_VEC_INIT;
    kd_groups one;

    kd_beside_group(other->beside, group, &cells);
    kd_cells_group(&cells, NULL, 0, KD_ORDER_OF_CELLS, x->arena, &one);
    x->has_beside |= one.count > 0;
    kd_vec_fini(&cells);
    return one.count > 0 ? one.groups : NULL;
}

/* Pairs of groups of the same values, in the order of side a, and those where one side has no such setting; then what only b
 * has values for. */
static size_t match_groups(comparer *x, comparison *all, const grouped *a, const grouped *b)
{
    size_t count = 0, keys = x->query->by_count;

    for (size_t i = 0; i < a->groups.count; i++) {
        const kd_group *group = &a->groups.groups[i],
                       *other = kd_groups_find(&b->groups, group, keys);
        if (other == NULL) other = find_beside(x, b, group);
        if (other != NULL) all[count++] = (comparison){ .by = group, .a = group, .b = other };
    }
    for (size_t i = 0; i < b->groups.count; i++) {
        const kd_group *group = &b->groups.groups[i], *other = NULL;
        if (kd_groups_find(&a->groups, group, keys) == NULL) other = find_beside(x, a, group);
        if (other != NULL) all[count++] = (comparison){ .by = group, .a = other, .b = group };
    }
    return count;
}

/* ---- the table ---- */

/* "a is distill.method=none student.hidden=16" */
static void add_side(kd_str *out, const char *name, const kd_arg_list *conditions)
{
    kd_str_addf(out, "%s is", name);
    for (size_t i = 0; i < conditions->count; i++) kd_str_addf(out, " %s", conditions->items[i]);
}

static kd_table *create_table(const comparer *x)
{
    kd_str    caption = KD_STR_INIT;
    kd_table *table;

    kd_str_addf(&caption, "%s: ", x->metric.name);
    add_side(&caption, "a", &x->query->a);
    add_side(&caption, ", b", &x->query->b);
    table = kd_table_create(caption.text);
    kd_str_fini(&caption);
    for (size_t k = 0; k < x->query->by_count; k++)
        kd_table_add_column(table, KD_COLUMN_LABEL, x->query->by[k], x->query->by[k], -1);
    for (int c = 0; c < COLUMNS; c++) {
        bool is_count = c == COLUMN_A_N || c == COLUMN_B_N || c == COLUMN_PAIRS;
        int  decimals = is_count ? 0 : c >= COLUMN_WELCH ? 4 : x->metric.decimals;
        kd_table_add_column(table, KD_COLUMN_NUMBER, columns[c].name, columns[c].title, decimals);
        table->columns.items[table->columns.count - 1].spare = columns[c].spare;
    }
    kd_table_note(table,
                  "low and high: 95 %% interval of a - b and p Welch, Welch's t over the runs.");
    kd_table_note(table,
                  "p Wilcoxon: signed ranks over pairs of runs that share all other settings.");
    kd_table_note(table, "p answers: %d random exchanges of the two sides' answers to a sentence.",
                  DRAWS);
    kd_table_note(table, "Holm: the p before it, corrected for the number of rows.");
    return table;
}

static void add_row(kd_table *table, const comparer *x, const comparison *c)
{
    kd_entry *row = kd_table_add_row(table);

    for (size_t k = 0; k < x->query->by_count; k++, row++)
        if (c->by->values[k] != NULL) kd_entry_set_text(table, row, c->by->values[k]);
    for (int i = 0; i < COLUMNS; i++) {
        if (i >= COLUMN_WELCH && i != COLUMN_PAIRS)
            kd_entry_set_p(&row[i], c->value[i]);
        else
            kd_entry_set_number(&row[i], c->value[i]);
    }
    row[COLUMN_A].sources = c->a->ids;
    row[COLUMN_A].source_count = c->a->count;
    row[COLUMN_B].sources = c->b->ids;
    row[COLUMN_B].source_count = c->b->count;
}

static void note_other_gold(kd_table *table, const comparison *all, size_t count)
{
    size_t rows = 0;

    for (size_t i = 0; i < count; i++) rows += all[i].is_other_gold;
    if (rows > 0)
        kd_table_note(table,
                      "%zu row%s without p answers: cells were held against other gold labels.",
                      rows, rows == 1 ? "" : "s");
}

static void note_corpora(kd_table *table, const comparison *all, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++)
        if (all[i].corpora > most) most = all[i].corpora;
    if (most > 1)
        kd_table_note(table,
                      "p answers: cells were held against up to %zu corpora, and answers are "
                      "exchanged within each.",
                      most);
}

static void note_varying(kd_table *table, const char *whose, const char *keys)
{
    if (keys[0] == '\0') return;
    kd_table_note(table,
                  "means%s run over cells that differ in more than the seed: %s; --by tells them "
                  "apart",
                  whose, keys);
}

/* The groups of one side that are in a row; in the arena. */
static kd_groups list_side(const comparer *x, const comparison *all, size_t count, bool is_a)
{
    kd_groups in = { kd_arena_alloc(x->arena, count + 1, sizeof *in.groups), count };

    for (size_t i = 0; i < count; i++) in.groups[i] = is_a ? *all[i].a : *all[i].b;
    return in;
}

static void note_what_is_measured(kd_table *table, const comparer *x, const kd_groups *a,
                                  const kd_groups *b)
{
    kd_str left_out = KD_STR_INIT, of_a = KD_STR_INIT, of_b = KD_STR_INIT;

    kd_left_out_say(&left_out, &x->left_out);
    if (x->has_beside) kd_beside_note(table);
    if (left_out.length > 0) kd_table_note(table, "%s", left_out.text);
    kd_groups_list_varying(a, &of_a);
    kd_groups_list_varying(b, &of_b);
    if (strcmp(of_a.text, of_b.text) == 0) {
        note_varying(table, "", of_a.text);
    } else {
        note_varying(table, " of a", of_a.text);
        note_varying(table, " of b", of_b.text);
    }
    kd_str_fini(&left_out);
    kd_str_fini(&of_a);
    kd_str_fini(&of_b);
}

static void open_side(grouped *out, comparer *x, const kd_cells *cells)
{
    const kd_compare_query *q = x->query;

    out->cells = cells;
    kd_cells_group(cells, q->by, q->by_count, KD_ORDER_OF_VALUES, x->arena, &out->groups);
    out->beside = kd_beside_create(cells, q->by, q->by_count);
}

static void add_notes(kd_table *table, const comparer *x, const comparison *all, size_t count,
                      const grouped *a, const grouped *b)
{
    const kd_compare_query *q = x->query;
    kd_groups in_a = list_side(x, all, count, true), in_b = list_side(x, all, count, false);

    note_other_gold(table, all, count);
    note_corpora(table, all, count);
    kd_best_of_note(&x->chosens_a, "a", q->by, q->by_count, table);
    kd_best_of_note(&x->chosens_b, "b", q->by, q->by_count, table);
    if (q->choice != NULL) kd_best_of_note_luck(&x->chosen_by, &x->metric, table);
    kd_beside_note_alone(table, &in_a, a->cells, " of a");
    kd_beside_note_alone(table, &in_b, b->cells, " of b");
    note_what_is_measured(table, x, &in_a, &in_b);
}

static kd_status compare_matched(comparer *x, const grouped *a, const grouped *b, kd_table **out,
                                 kd_error *err)
{
    comparison *all = kd_arena_alloc(x->arena, a->groups.count + b->groups.count + 1, sizeof *all);
    size_t      count = match_groups(x, all, a, b);
    kd_status   status = KD_OK;

    if (count == 0)
        return kd_fail(err, KD_EUSAGE, "compare: no group of --by has cells of both sides");
    for (size_t i = 0; status == KD_OK && i < count; i++) status = compare_groups(x, &all[i], err);
    if (status != KD_OK) return status;
    correct(all, count, COLUMN_WELCH, COLUMN_WELCH_HOLM);
    correct(all, count, COLUMN_WILCOXON, COLUMN_WILCOXON_HOLM);
    correct(all, count, COLUMN_ANSWERS, COLUMN_ANSWERS_HOLM);
    *out = create_table(x);
    for (size_t i = 0; i < count; i++) add_row(*out, x, &all[i]);
    add_notes(*out, x, all, count, a, b);
    return KD_OK;
}

static kd_status compare_all(comparer *x, const kd_cells *a_cells, const kd_cells *b_cells,
                             kd_table **out, kd_error *err)
{
    grouped   a, b;
    kd_status status;

    open_side(&a, x, a_cells);
    open_side(&b, x, b_cells);
    status = compare_matched(x, &a, &b, out, err);
    kd_beside_destroy(a.beside);
    kd_beside_destroy(b.beside);
    return status;
}

/* Of each group of both sides the cells that devel chose. */
static kd_status choose(comparer *x, kd_cells *a, kd_cells *b, kd_error *err)
{
    const kd_compare_query *query = x->query;
    const kd_best_of       *choice = query->choice;
    kd_metric               by_a, by_b;
    kd_status               status;

    if (choice == NULL) return KD_OK;
    status = kd_best_of_check_place(choice, query->by, query->by_count, err);
    if (status == KD_OK) status = kd_best_of_resolve(&by_a, choice, a, err);
    if (status == KD_OK) status = kd_best_of_resolve(&by_b, choice, b, err);
    if (status != KD_OK) return status;
    kd_best_of_keep(a, choice, &by_a, NULL, query->by, query->by_count, x->arena, &x->chosens_a);
    x->chosen_by = by_a;
    kd_best_of_keep(b, choice, &by_b, NULL, query->by, query->by_count, x->arena, &x->chosens_b);
    return KD_OK;
}

/* What each side has chosen for itself makes no pairs. */
static void find_pair_keys(comparer *x, const kd_cells *a, const kd_cells *b)
{
    const kd_best_of *choice = x->query->choice;
    size_t            count, kept = 0;

    x->pair_keys = kd_pairs_keys(a, b, x->arena, &count);
    for (size_t i = 0; i < count; i++) {
        bool is_chosen = false;
        for (size_t k = 0; choice != NULL && k < choice->key_count; k++)
            is_chosen |= strcmp(choice->keys[k], x->pair_keys[i]) == 0;
        if (!is_chosen) x->pair_keys[kept++] = x->pair_keys[i];
    }
    x->pair_key_count = kept;
}

/* A run that is held against itself says nothing. */
static kd_status check_sides(const kd_cells *a, const kd_cells *b, kd_error *err)
{
    kd_group  side = { .cells = a->items, .count = a->count };
    kd_groups one = { &side, 1 };
    size_t    both = b->count - kd_groups_count_others(&one, b);

    if (both == 0) return KD_OK;
    return kd_fail(err, KD_EUSAGE,
                   "compare: %zu cell%s on both sides; --a and --b have to say what tells them "
                   "apart",
                   both, both == 1 ? " is" : "s are");
}

/* Both sides, of the cells that are asked about. */
static kd_status compare_cells(comparer *x, const kd_cells *cells, kd_table **out, kd_error *err)
{
    const kd_compare_query *query = x->query;
    kd_cells                a = KD_VEC_INIT, b = KD_VEC_INIT;
    kd_status               status;

    if ((status = take_side(&a, cells, &query->a, "a", err)) != KD_OK) goto done;
    if ((status = take_side(&b, cells, &query->b, "b", err)) != KD_OK) goto done;
    if ((status = check_sides(&a, &b, err)) != KD_OK) goto done;
    for (size_t k = 0; status == KD_OK && k < query->by_count; k++)
        status = kd_cells_check_key(cells, query->by[k], err);
    if (status == KD_OK)
        status = kd_metric_resolve(&x->metric, cells, query->metric, query->split, err);
    if (status != KD_OK) goto done;
    if ((status = choose(x, &a, &b, err)) != KD_OK) goto done;
    find_pair_keys(x, &a, &b);
    status = compare_all(x, &a, &b, out, err);
done:
    kd_vec_fini(&a);
    kd_vec_fini(&b);
    return status;
}

kd_status kd_compare_table(kd_table **out, const kd_stores *stores, const kd_compare_query *query,
                           kd_arena *arena, kd_error *err)
{
    comparer  x = { .stores = stores, .query = query, .arena = arena };
    kd_cells  asked = KD_VEC_INIT;
    kd_status status;

    for (size_t i = 0; i < stores->cells.count; i++) kd_vec_push(&asked, stores->cells.items[i]);
    status = keep_all(&asked, &query->where, err);
    if (status == KD_OK) status = kd_cells_keep_role(&asked, query->role, &x.left_out, err);
    if (status == KD_OK) status = compare_cells(&x, &asked, out, err);
    kd_vec_fini(&asked);
    return status;
}
