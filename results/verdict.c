/* verdict.c - sentences from figures. */
#include "results/verdict.h"

#include <math.h>

#include "results/format.h"
#include "results/power.h"

kd_basis kd_verdict_basis(const kd_evidence *e)
{
    if (e->sentences > 0 && !isnan(e->two_level.p)) return KD_BASIS_TWO_LEVEL;
    if (!isnan(e->welch.p)) return KD_BASIS_WELCH;
    if (e->sentences > 0 && !isnan(e->exchange.p)) return KD_BASIS_EXCHANGE;
    return KD_BASIS_NONE;
}

double kd_verdict_p(const kd_evidence *e)
{
    switch (kd_verdict_basis(e)) {
    case KD_BASIS_TWO_LEVEL:
        return e->two_level.p;
    case KD_BASIS_WELCH:
        return e->welch.p;
    case KD_BASIS_EXCHANGE:
        return e->exchange.p;
    case KD_BASIS_NONE:
        break;
    }
    return NAN;
}

const char *kd_basis_word(kd_basis basis)
{
    static const char *const words[] = { [KD_BASIS_NONE] = "",
                                         [KD_BASIS_TWO_LEVEL] = "two-level",
                                         [KD_BASIS_WELCH] = "Welch",
                                         [KD_BASIS_EXCHANGE] = "exchange" };

    return words[basis];
}

bool kd_verdict_differs(const kd_evidence *e)
{
    return e->p_adjusted <= 1.0 - e->level;
}

/* ---- figures ---- */

static void add_figure(kd_str *out, const kd_evidence *e, double x)
{
    kd_format_real(out, x * e->scale, e->decimals);
}

/* "2.1 points" */
static void add_amount(kd_str *out, const kd_evidence *e, double x)
{
    add_figure(out, e, x);
    kd_str_addf(out, "%s%s", e->unit[0] ? " " : "", e->unit);
}

static void add_p(kd_str *out, double p)
{
    if (p < 0.0001)
        kd_str_add(out, "p < 0.0001");
    else
        kd_str_addf(out, "p = %.*f", p < 0.1 ? 4 : 2, p);
}

static void add_interval(kd_str *out, const kd_evidence *e, kd_interval i)
{
    kd_str_addf(out, "%.3g %% interval ", 100.0 * e->level);
    add_figure(out, e, i.low);
    kd_str_add(out, " to ");
    add_figure(out, e, i.high);
}

/* "5 runs a side", "3 and 5 runs" */
static void add_runs(kd_str *out, const kd_evidence *e)
{
    size_t a = e->sample_a.n, b = e->sample_b.n;

    if (a == b)
        kd_str_addf(out, "%zu run%s a side", a, a == 1 ? "" : "s");
    else
        kd_str_addf(out, "%zu and %zu runs", a, b);
}

/* ---- the verdict ---- */

static double difference_of(const kd_evidence *e)
{
    return e->sample_a.mean - e->sample_b.mean;
}

static kd_interval interval_of(const kd_evidence *e, kd_basis basis)
{
    return basis == KD_BASIS_TWO_LEVEL ? e->two_level.interval : e->welch.interval;
}

/* "p = 0.0040, 0.0120 after Holm's correction for 3 comparisons, by Welch's test over 5 runs a
 * side" */
static void add_basis(kd_str *out, const kd_evidence *e, kd_basis basis)
{
    add_p(out, kd_verdict_p(e));
    if (e->family > 1) {
        kd_str_add(out, ", and ");
        add_p(out, e->p_adjusted);
        kd_str_addf(out, " after Holm's correction for %zu comparisons", e->family);
    }
    kd_str_addf(out, ", by %s over ",
                basis == KD_BASIS_TWO_LEVEL ? "the two-level test"
                : basis == KD_BASIS_WELCH   ? "Welch's test"
                                            : "exchanging answers");
    add_runs(out, e);
    if (basis != KD_BASIS_WELCH) kd_str_addf(out, " and %zu sentences", e->sentences);
}

/* "soft is better than none by 2.1 points (95 % interval 0.8 to 3.4)" */
static void add_order(kd_str *out, const kd_evidence *e, kd_basis basis)
{
    double      difference = difference_of(e);
    bool        a_first = e->better < 0 ? difference < 0 : difference >= 0;
    const char *word = e->better == 0 ? "higher" : "better";
    kd_interval i = interval_of(e, basis);

    if (difference < 0) i = (kd_interval){ -i.high, -i.low };
    kd_str_addf(out, "%s is %s than %s by ", a_first ? e->a : e->b, word, a_first ? e->b : e->a);
    add_amount(out, e, fabs(difference));
    if (basis == KD_BASIS_EXCHANGE) return;
    kd_str_add(out, " (");
    add_interval(out, e, i);
    kd_str_add(out, ")");
}

/* "soft - none is 0.4 points" */
static void add_difference(kd_str *out, const kd_evidence *e)
{
    kd_str_addf(out, "%s - %s is ", e->a, e->b);
    add_amount(out, e, difference_of(e));
}

static void add_reach(kd_str *out, kd_basis basis)
{
    static const char *const reach[] = {
        [KD_BASIS_TWO_LEVEL] =
            "It speaks of other seeds and of other sentences of this kind, not of "
            "other corpora.",
        [KD_BASIS_WELCH] = "It speaks of other seeds on this test split, not of other sentences or "
                           "corpora.",
        [KD_BASIS_EXCHANGE] = "It speaks of these trained models on sentences of this kind, not of "
                              "other seeds.",
    };

    kd_str_addf(out, " %s", reach[basis]);
}

static void say_difference(kd_str *out, const kd_evidence *e, kd_basis basis)
{
    add_order(out, e, basis);
    kd_str_add(out, ": ");
    add_basis(out, e, basis);
    kd_str_add(out, ".");
    add_reach(out, basis);
}

/* What comes out significant is what the interval around it leaves 0 out of: half its width. */
static void add_limit(kd_str *out, const kd_evidence *e, kd_basis basis)
{
    kd_interval i = interval_of(e, basis);

    kd_str_add(out, " With this spread ");
    add_runs(out, e);
    kd_str_add(out, " cannot show less than ");
    add_amount(out, e, 0.5 * (i.high - i.low));
    kd_str_add(out, "; that none is shown does not make them alike.");
}

static void say_nothing_shown(kd_str *out, const kd_evidence *e, kd_basis basis)
{
    kd_str_addf(out, "No difference between %s and %s is shown: ", e->a, e->b);
    add_difference(out, e);
    if (basis != KD_BASIS_EXCHANGE) {
        kd_str_add(out, " (");
        add_interval(out, e, interval_of(e, basis));
        kd_str_add(out, ")");
    }
    kd_str_add(out, ", ");
    add_basis(out, e, basis);
    kd_str_add(out, ".");
    if (basis == KD_BASIS_EXCHANGE)
        add_reach(out, basis);
    else
        add_limit(out, e, basis);
}

static void say_no_test(kd_str *out, const kd_evidence *e)
{
    if (e->sample_a.n == 0 || e->sample_b.n == 0) {
        kd_str_addf(out, "There is nothing to compare: %s has no run.",
                    e->sample_a.n == 0 ? e->a : e->b);
        return;
    }
    kd_str_addf(out, "Nothing can be said of %s and %s: ", e->a, e->b);
    add_difference(out, e);
    kd_str_add(out, ", and ");
    if (e->sample_a.n < 2 || e->sample_b.n < 2)
        kd_str_add(out, "a side with one run has no spread to hold it against.");
    else
        kd_str_add(out,
                   "no run differs from the others of its side, so there is no spread to hold it "
                   "against.");
}

void kd_verdict_say(kd_str *out, const kd_evidence *evidence)
{
    kd_basis basis = kd_verdict_basis(evidence);

    if (basis == KD_BASIS_NONE)
        say_no_test(out, evidence);
    else if (kd_verdict_differs(evidence))
        say_difference(out, evidence, basis);
    else
        say_nothing_shown(out, evidence, basis);
}

/* ---- the reasoning ---- */

static void add_sample(kd_str *out, const kd_evidence *e, const char *name, const kd_sample *s)
{
    kd_str_addf(out, "%s ", name);
    add_figure(out, e, s->mean);
    kd_str_addf(out, " (n %zu", s->n);
    if (s->n > 1) {
        kd_str_add(out, ", sd ");
        kd_format_real(out, s->sd * e->scale, e->decimals + 1);
    }
    kd_str_add(out, ")");
}

static void explain_means(kd_str *out, const kd_evidence *e)
{
    kd_str_add(out, "means: ");
    add_sample(out, e, e->a, &e->sample_a);
    kd_str_add(out, ", ");
    add_sample(out, e, e->b, &e->sample_b);
    kd_str_add(out, "; ");
    add_difference(out, e);
    kd_str_add(out, "\n");
}

static void explain_two_level(kd_str *out, const kd_evidence *e)
{
    kd_str_add(out, "two-level: ");
    add_interval(out, e, e->two_level.interval);
    kd_str_add(out, ", ");
    add_p(out, e->two_level.p);
    kd_str_add(out, "; other seeds move the difference by ");
    kd_format_real(out, e->two_level.seeds_sd * e->scale, e->decimals + 1);
    kd_str_add(out, ", other sentences by ");
    kd_format_real(out, e->two_level.sentences_sd * e->scale, e->decimals + 1);
    kd_str_add(out, " more (sd)\n");
}

static void explain_welch(kd_str *out, const kd_evidence *e)
{
    kd_design design = { false, e->sample_a.sd, e->sample_b.sd, e->sample_a.n, e->sample_b.n };

    kd_str_addf(out, "Welch: t = %.2f, df = %.1f, ", e->welch.t, e->welch.df);
    add_interval(out, e, e->welch.interval);
    kd_str_add(out, ", ");
    add_p(out, e->welch.p);
    kd_str_add(out, "; takes the test split as it is; finds a difference of ");
    add_amount(out, e, kd_power_found(&design, 1.0 - e->level, 0.8));
    kd_str_add(out, " four times in five\n");
}

static void explain_exchange(kd_str *out, const kd_evidence *e)
{
    kd_str_addf(out, "exchange of answers to %zu sentences: ", e->sentences);
    add_p(out, e->exchange.p);
    kd_str_add(out, "; takes the trained models as they are\n");
}

static void explain_pairs(kd_str *out, const kd_evidence *e)
{
    kd_str_addf(out, "%zu pairs of runs: ", e->pairs);
    if (!isnan(e->paired.p)) {
        kd_str_add(out, "paired t ");
        add_p(out, e->paired.p);
        kd_str_add(out, "; ");
    }
    kd_str_add(out, "Wilcoxon ");
    add_p(out, e->wilcoxon.p);
    kd_str_addf(out, ", which so many cannot bring below %.2g\n", kd_power_least_p(e->wilcoxon.n));
}

static void explain_order(kd_str *out, const kd_evidence *e)
{
    kd_str_addf(out, "chance that a run of %s lies above one of %s: %.2f (%.2f to %.2f)\n", e->a,
                e->b, e->chance.chance, e->chance.interval.low, e->chance.interval.high);
    if (isnan(e->almost.bound)) return;
    kd_str_addf(out, "almost stochastic order of %s above %s: violation %.2f, bound %.2f (%s)\n",
                e->a, e->b, e->almost.violation, e->almost.bound,
                e->almost.bound < 0.2   ? "below 0.2: above almost everywhere"
                : e->almost.bound < 0.5 ? "below 0.5, as chance gives one time in five"
                                        : "0.5 or more: no such order");
}

static void explain_basis(kd_str *out, const kd_evidence *e)
{
    static const char *const words[] = {
        [KD_BASIS_NONE] = "no test: there is no spread",
        [KD_BASIS_TWO_LEVEL] =
            "the two-level test decides: there are runs, and counts of sentences",
        [KD_BASIS_WELCH] = "Welch's test decides: there are runs, but no counts of sentences",
        [KD_BASIS_EXCHANGE] = "the exchange of answers decides: runs have no spread",
    };

    kd_str_addf(out, "%s", words[kd_verdict_basis(e)]);
    if (!isnan(e->p_adjusted))
        kd_str_addf(out, "; %s among %zu comparison%s is held against %.2g",
                    e->family > 1 ? "its p after Holm's correction" : "its p", e->family,
                    e->family == 1 ? "" : "s", 1.0 - e->level);
    kd_str_add(out, "\n");
}

void kd_verdict_explain(kd_str *out, const kd_evidence *evidence)
{
    const kd_evidence *e = evidence;

    if (e->sample_a.n == 0 || e->sample_b.n == 0) return;
    explain_means(out, e);
    if (e->sentences > 0 && !isnan(e->two_level.p)) explain_two_level(out, e);
    if (!isnan(e->welch.p)) explain_welch(out, e);
    if (e->sentences > 0 && !isnan(e->exchange.p)) explain_exchange(out, e);
    if (e->pairs > 0) explain_pairs(out, e);
    if (!isnan(e->chance.chance)) explain_order(out, e);
    explain_basis(out, e);
}
