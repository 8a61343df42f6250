/* rank_table.c - means by setting and corpus, then ranks.h. */
#include "results/rank_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/family.h"
#include "results/format.h"
#include "results/ranks.h"

#define LEVEL 0.95

static const char corpus_key[] = "data.corpus";

/* One table in the making: k settings, n corpora. */
typedef struct {
    const kd_rank_query *query;
    kd_arena            *arena;
    kd_groups            settings, corpora;
    double              *score;   /* (n,k) */
    double              *rank;    /* (k) */
    size_t              *order;   /* (k): settings by rank */
    size_t               counted; /* corpora that every setting has a run on */
    size_t against; /* the setting that p is about: the baseline, or the first in order */
} ranking;

/* ---- scores and ranks ---- */

static double mean_of(const kd_group *setting, const char *corpus, const kd_metric *metric)
{
    double sum = 0, number;
    size_t n = 0;

    for (size_t i = 0; i < setting->count; i++) {
        const char *value = kd_record_value(setting->cells[i], corpus_key);
        if (kd_value_compare(value, corpus) != 0) continue;
        if (!kd_metric_read(metric, setting->cells[i], &number)) continue;
        sum += number;
        n++;
    }
    return n > 0 ? sum / (double)n : NAN;
}

/* Ranks are of what is larger; where less is better the signs are turned for them. */
static void rank_all(ranking *r)
{
    size_t  k = r->settings.count, n = r->corpora.count;
    double *better = kd_alloc(n * k + 1, sizeof *better);
    double  sign = r->query->metric->better < 0 ? -1 : 1;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) {
            const char *corpus = r->corpora.groups[i].values[0];
            r->score[i * k + j] = mean_of(&r->settings.groups[j], corpus, r->query->metric);
            better[i * k + j] = sign * r->score[i * k + j];
        }
    r->counted = kd_ranks_mean(r->rank, better, n, k);
    free(better);
}

static int by_rank(const void *a, const void *b, void *user)
{
    const ranking *r = user;
    double         x = r->rank[*(const size_t *)a], y = r->rank[*(const size_t *)b];

    if (x != y) return x < y ? -1 : 1;
    return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

static void put_in_order(ranking *r)
{
    size_t k = r->settings.count;

    for (size_t j = 0; j < k; j++) r->order[j] = j;
    if (r->counted > 1) qsort_r(r->order, k, sizeof *r->order, by_rank, r);
    r->against = r->order[0];
    for (size_t j = 0; j < k && r->query->baseline != NULL; j++)
        if (kd_value_meets(r->settings.groups[j].values[0], r->query->baseline)) r->against = j;
}

/* Of each setting against the one that `against` is: by Nemenyi, or by itself and then Holm. */
static void test_each(const ranking *r, double *p)
{
    size_t k = r->settings.count;

    for (size_t j = 0; j < k; j++) {
        double apart = r->rank[j] - r->rank[r->against];
        p[j] = r->query->baseline != NULL ? kd_ranks_single(apart, r->counted, k)
                                          : kd_ranks_nemenyi(apart, r->counted, k);
        if (j == r->against || isnan(apart)) p[j] = NAN;
    }
    if (r->query->baseline != NULL) kd_family_holm(p, k);
}

/* ---- the table ---- */

/* What a setting is called; "-" where its cells do not have it. */
static const char *name_of(const ranking *r, size_t setting)
{
    const char *value = r->settings.groups[setting].values[0];

    return value != NULL ? value : "-";
}

static kd_table *create_table(const ranking *r)
{
    const kd_metric *metric = r->query->metric;
    kd_table        *table =
        kd_table_create(kd_arena_sprintf(r->arena, "Ranks of %s by %s over %zu corpora",
                                         r->query->among, metric->name, r->corpora.count));

    kd_table_add_column(table, KD_COLUMN_LABEL, r->query->among, r->query->among, -1);
    for (size_t i = 0; i < r->corpora.count; i++) {
        const char *corpus = r->corpora.groups[i].values[0], *slash = strrchr(corpus, '/');
        bool        is_named = slash != NULL && slash[1] != '\0';
        kd_table_add_column(table, KD_COLUMN_NUMBER, corpus, is_named ? slash + 1 : corpus,
                            metric->decimals);
    }
    kd_table_add_column(table, KD_COLUMN_NUMBER, "rank", "rank", 2);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "p", "p", 4);
    return table;
}

static void add_row(kd_table *table, const ranking *r, size_t setting, double p)
{
    const kd_group *group = &r->settings.groups[setting];
    size_t          k = r->settings.count, n = r->corpora.count;
    kd_entry       *row = kd_table_add_row(table);

    if (group->values[0] != NULL) kd_entry_set_text(table, &row[0], group->values[0]);
    for (size_t i = 0; i < n; i++) kd_entry_set_number(&row[1 + i], r->score[i * k + setting]);
    kd_entry_set_number(&row[1 + n], r->rank[setting]);
    kd_entry_set_p(&row[2 + n], p);
    row[1 + n].sources = group->ids;
    row[1 + n].source_count = group->count;
}

static void add_p(kd_str *out, double p)
{
    kd_str_addf(out, p < 0.0001 ? "p < 0.0001" : "p = %.4f", p);
}

static void note_friedman(kd_table *table, const ranking *r)
{
    size_t      k = r->settings.count, n = r->corpora.count;
    kd_friedman f = kd_ranks_friedman(r->score, n, k); /* the same whichever end is better */
    kd_str      text = KD_STR_INIT;

    if (isnan(f.p_f)) {
        kd_table_note(table, "Friedman: all settings are tied on every corpus.");
        return;
    }
    kd_str_addf(&text, "Friedman over %zu corpora: chi-squared = %.2f, ", r->counted,
                f.chi_squared);
    add_p(&text, f.p_chi_squared);
    if (isinf(f.f))
        kd_str_add(&text, "; all corpora agree, ");
    else
        kd_str_addf(&text, "; F of Iman and Davenport = %.2f, ", f.f);
    add_p(&text, f.p_f);
    kd_str_add(&text, f.p_f <= 1 - LEVEL ? ": some setting is apart from the rest."
                                         : ": none is shown to be apart from the rest.");
    kd_table_note(table, "%s", text.text);
    kd_str_fini(&text);
}

/* The pairs whose ranks are further apart than the critical difference. */
static void note_pairs(kd_table *table, const ranking *r, double critical)
{
    size_t k = r->settings.count;
    kd_str text = KD_STR_INIT;

    for (size_t i = 0; i < k; i++)
        for (size_t j = i + 1; j < k; j++) {
            size_t a = r->order[i], b = r->order[j];
            if (!(r->rank[b] - r->rank[a] >= critical)) continue;
            kd_str_addf(&text, "%s%s and %s", text.length > 0 ? "; " : "", name_of(r, a),
                        name_of(r, b));
        }
    kd_table_note(table, "Nemenyi: mean ranks that lie %.2f apart or more differ at 5 %%: %s.",
                  critical, text.length > 0 ? text.text : "none do");
    kd_str_fini(&text);
}

static void add_notes(kd_table *table, const ranking *r)
{
    size_t      k = r->settings.count, n = r->corpora.count;
    const char *against = name_of(r, r->against);

    if (r->counted < 2) {
        kd_table_note(table, "No ranks: fewer than two corpora have a run of every setting.");
        return;
    }
    if (r->counted < n)
        kd_table_note(table, "%zu of %zu corpora lack a run of some setting and are not ranked.",
                      n - r->counted, n);
    note_friedman(table, r);
    note_pairs(table, r, kd_ranks_critical_difference(r->counted, k, LEVEL));
    if (r->query->baseline != NULL)
        kd_table_note(table, "p: against %s, after Holm's correction for %zu comparison%s.",
                      against, k - 1, k == 2 ? "" : "s");
    else
        kd_table_note(table, "p: against %s, the first, corrected for all pairs (Nemenyi).",
                      against);
    kd_table_note(table, "Ranks know the order of the scores of a corpus, and nothing of seeds.");
}

void kd_rank_table(kd_table **out, const kd_cells *cells, const kd_rank_query *query,
                   kd_arena *arena)
{
    ranking     r = { .query = query, .arena = arena };
    const char *corpus = corpus_key;
    double     *p;
    size_t      k, n;

    *out = NULL;
    kd_cells_group(cells, &query->among, 1, KD_ORDER_OF_VALUES, arena, &r.settings);
    kd_cells_group(cells, &corpus, 1, KD_ORDER_OF_VALUES, arena, &r.corpora);
    k = r.settings.count, n = r.corpora.count;
    if (k < 2 || n < 2) return;
    r.score = kd_arena_alloc(arena, n * k, sizeof *r.score);
    r.rank = kd_arena_alloc(arena, k, sizeof *r.rank);
    r.order = kd_arena_alloc(arena, k, sizeof *r.order);
    p = kd_arena_alloc(arena, k, sizeof *p);
    rank_all(&r);
    if (r.counted < 2)
        for (size_t j = 0; j < k; j++) r.rank[j] = NAN;
    put_in_order(&r);
    test_each(&r, p);
    *out = create_table(&r);
    for (size_t j = 0; j < k; j++) add_row(*out, &r, r.order[j], p[r.order[j]]);
    add_notes(*out, &r);
}
