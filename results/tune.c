/* tune.c - means by candidate; chances by rank. */
#include "results/tune.h"

#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"

/* ---- choosing ---- */

/* What is known of one candidate. */
typedef struct {
    double sum;
    size_t runs;
} candidate;

static double mean_of(const candidate *c)
{
    return c->sum / (double)c->runs;
}

static void describe_chosen(kd_tuned *choice, const kd_tune_run *runs, size_t count)
{
    double *devel = kd_alloc(count + 1, sizeof *devel), *test = kd_alloc(count + 1, sizeof *test);
    size_t  devels = 0, tests = 0;

    for (size_t i = 0; i < count; i++) {
        if (runs[i].candidate != choice->chosen || isnan(runs[i].devel)) continue;
        devel[devels++] = runs[i].devel;
        if (!isnan(runs[i].test)) test[tests++] = runs[i].test;
    }
    choice->devel = kd_stats_describe(devel, devels);
    choice->test = kd_stats_describe(test, tests);
    free(devel);
    free(test);
}

static void choose(kd_tuned *choice, const candidate *all, size_t candidates, int better,
                   bool is_ordered)
{
    size_t first = KD_TUNE_NONE, last = KD_TUNE_NONE;

    for (size_t c = 0; c < candidates; c++) {
        if (all[c].runs == 0) continue;
        if (first == KD_TUNE_NONE) first = choice->chosen = c;
        if (better * mean_of(&all[c]) > better * mean_of(&all[choice->chosen])) choice->chosen = c;
        choice->is_uneven |= all[c].runs != all[first].runs;
        choice->tried++;
        choice->runs += all[c].runs;
        last = c;
    }
    choice->is_at_edge =
        is_ordered && choice->tried > 1 && (choice->chosen == first || choice->chosen == last);
}

kd_tuned kd_tune_choose(const kd_tune_run *runs, size_t count, size_t candidates, int better,
                        bool is_ordered)
{
    kd_tuned   choice = { .chosen = KD_TUNE_NONE };
    candidate *all = kd_alloc(candidates + 1, sizeof *all);

    for (size_t i = 0; i < count; i++) {
        KD_CHECK(runs[i].candidate < candidates, "tune: candidate %zu of %zu", runs[i].candidate,
                 candidates);
        if (isnan(runs[i].devel)) continue;
        all[runs[i].candidate].sum += runs[i].devel;
        all[runs[i].candidate].runs++;
    }
    choose(&choice, all, candidates, better, is_ordered);
    describe_chosen(&choice, runs, count);
    free(all);
    return choice;
}

void kd_tuned_say(kd_str *out, const kd_tuned *choice, const char *what, const char *by)
{
    if (choice->chosen == KD_TUNE_NONE) {
        kd_str_addf(out, "%s: nothing to choose from, no run has %s", what, by);
        return;
    }
    kd_str_addf(out, "%s by %s, of %zu value%s in %zu run%s", what, by, choice->tried,
                choice->tried == 1 ? "" : "s", choice->runs, choice->runs == 1 ? "" : "s");
    if (choice->is_at_edge)
        kd_str_add(out, "; the edge of what was tried: a better one may lie beyond");
    if (choice->is_uneven) kd_str_add(out, "; values were run unequally often");
}

/* ---- expected best ---- */

typedef struct {
    double by, report;
} scored;

static int compare_scored(const void *a, const void *b)
{
    double x = ((const scored *)a)->by, y = ((const scored *)b)->by;

    return (x > y) - (x < y);
}

/* The pairs that are whole, the worst first. */
static scored *sort_whole(const double *by, const double *report, size_t n, int better,
                          size_t *count)
{
    scored *s = kd_alloc(n + 1, sizeof *s);

    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(by[i]) && !isnan(report[i]))
            s[(*count)++] = (scored){ better * by[i], report[i] };
    qsort(s, *count, sizeof *s, compare_scored);
    return s;
}

/* The best of `draws` is among the places from .. to-1 with chance (to/n)^draws - (from/n)^draws.
 */
static void expect_best(double *mean, double *sd, const scored *s, size_t n, double draws)
{
    double first = 0, second = 0;

    for (size_t from = 0, to; from < n; from = to) {
        double chance, sum = 0, squares = 0;
        for (to = from; to < n && s[to].by == s[from].by; to++) {
            sum += s[to].report;
            squares += s[to].report * s[to].report;
        }
        chance = pow((double)to / (double)n, draws) - pow((double)from / (double)n, draws);
        first += chance * sum / (double)(to - from);
        second += chance * squares / (double)(to - from);
    }
    *mean = n > 0 ? first : NAN;
    *sd = n > 0 ? sqrt(fmax(0.0, second - first * first)) : NAN;
}

void kd_tune_expect(double *curve, double *sd, size_t most, const double *by, const double *report,
                    size_t n, int better)
{
    size_t  count;
    scored *s = sort_whole(by, report, n, better, &count);

    for (size_t i = 0; i < most; i++) {
        double spread;
        expect_best(&curve[i], &spread, s, count, (double)(i + 1));
        if (sd != NULL) sd[i] = spread;
    }
    free(s);
}
