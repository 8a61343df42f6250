/* evidence.c - each test once, for whoever compares. */
#include "results/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "results/family.h"
#include "results/pairs.h"

#define LEVEL 0.95
enum { ORDER_DRAWS = 1000 };

/* The numbers of a side's runs; the caller frees them. */
static double *read_runs(const kd_group *side, const kd_metric *metric, size_t *n)
{
    double *x = kd_alloc(side->count + 1, sizeof *x);

    *n = 0;
    for (size_t i = 0; i < side->count; i++) *n += kd_metric_read(metric, side->cells[i], &x[*n]);
    return x;
}

static void compare_runs(kd_evidence *e, const kd_group *side_a, const kd_group *side_b,
                         const kd_metric *metric)
{
    size_t  na, nb;
    double *a = read_runs(side_a, metric, &na), *b = read_runs(side_b, metric, &nb);
    kd_rng  root = kd_rng_root(0), rng = kd_rng_split(&root, "order", 0);

    e->sample_a = kd_stats_describe(a, na);
    e->sample_b = kd_stats_describe(b, nb);
    e->welch = kd_stats_welch(&e->sample_a, &e->sample_b, e->level);
    e->chance = kd_dominance_chance(a, na, b, nb, e->level);
    e->almost = kd_dominance_almost(a, na, b, nb, e->level, ORDER_DRAWS, &rng);
    free(a);
    free(b);
}

static void compare_pairs(kd_evidence *e, const kd_group *side_a, const kd_group *side_b,
                          const kd_metric *metric, kd_arena *arena)
{
    kd_cells     a = { side_a->cells, side_a->count, 0 }, b = { side_b->cells, side_b->count, 0 };
    kd_pairs     pairs = KD_VEC_INIT;
    size_t       key_count;
    const char **keys = kd_pairs_keys(&a, &b, arena, &key_count);
    double      *difference;

    kd_pairs_find(&pairs, side_a, side_b, keys, key_count, metric);
    difference = kd_pairs_differences(&pairs, metric);
    e->pairs = pairs.count;
    e->paired = kd_stats_paired(difference, pairs.count, e->level);
    e->wilcoxon = kd_stats_wilcoxon(difference, pairs.count);
    free(difference);
    kd_vec_fini(&pairs);
}

void kd_evidence_of_runs(kd_evidence *out, const char *a_name, const kd_group *a,
                         const char *b_name, const kd_group *b, const kd_metric *metric,
                         kd_arena *arena)
{
    bool in_points = kd_metric_is_score(metric);

    *out = (kd_evidence){ .a = a_name,
                          .b = b_name,
                          .scale = in_points ? 100.0 : 1.0,
                          .unit = in_points ? "points" : metric->unit,
                          .decimals = in_points ? 2 : metric->decimals,
                          .better = metric->better,
                          .level = LEVEL };
    compare_runs(out, a, b, metric);
    compare_pairs(out, a, b, metric, arena);
    kd_evidence_of_answers(out, NULL, 0, 0);
}

bool kd_evidence_of_answers(kd_evidence *out, const kd_corpora *corpora, size_t a, size_t b)
{
    static const kd_interval none = { NAN, NAN };
    bool                     is_shared = corpora != NULL && kd_corpora_shared(corpora, a, b);

    out->two_level = (kd_two_level){ NAN, NAN, NAN, NAN, NAN, none };
    out->exchange = (kd_exchange){ NAN, NAN };
    if (!is_shared) return false;
    out->sentences = kd_corpora_sentences(corpora, a, b);
    out->two_level = kd_corpora_interval(corpora, a, b, out->level);
    out->exchange = kd_corpora_exchange(corpora, a, b);
    return true;
}

void kd_evidence_correct(kd_evidence *const *all, size_t count)
{
    size_t  tests = 0;
    double *p = kd_alloc(count + 1, sizeof *p);

    for (size_t i = 0; i < count; i++) {
        p[i] = kd_verdict_p(all[i]);
        tests += !isnan(p[i]);
    }
    kd_family_holm(p, count);
    for (size_t i = 0; i < count; i++) {
        all[i]->p_adjusted = p[i];
        all[i]->family = tests;
    }
    free(p);
}
