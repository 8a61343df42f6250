/* compare.c - `kdgrid bench compare`: what the sentences say of many pairs of sides. */
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "results/answers.h"
#include "results/family.h"

typedef struct {
    int  sides, runs, sentences, draws, repeats;
    bool as_json;
} compare_options;

enum { DRAW, PAIRS, FIGURES };

static const kd_figure blank[FIGURES] = {
    [DRAW] = { "draw_s", "draws of all runs", "s" },
    [PAIRS] = { "pairs_s", "p and interval of all pairs", "s" },
};

/* Up to four entities a sentence, of which one in five is missed. */
static kd_answers *make_answers(const compare_options *o)
{
    size_t      n = (size_t)o->sentences;
    kd_rng      root = kd_rng_root(1);
    kd_counts  *counts = kd_alloc(n, sizeof *counts);
    kd_answers *answers = kd_answers_create(n, 1, (size_t)o->sides);

    for (int s = 0; s < o->sides; s++)
        for (int r = 0; r < o->runs; r++) {
            kd_rng gold = kd_rng_split(&root, "gold", 0);
            kd_rng said =
                kd_rng_split(&root, "said", (uint64_t)s * (uint64_t)o->runs + (uint64_t)r);
            for (size_t i = 0; i < n; i++) {
                int32_t has = (int32_t)kd_rng_below(&gold, 5), found = 0;
                for (int32_t e = 0; e < has; e++) found += kd_rng_below(&said, 5) > 0;
                counts[i] = (kd_counts){ found, found + (int32_t)kd_rng_below(&said, 2), has };
            }
            kd_answers_add(answers, (size_t)s, counts);
        }
    free(counts);
    return answers;
}

static void time_once(const compare_options *o, kd_figure *figures)
{
    size_t          sides = (size_t)o->sides;
    kd_answers     *answers = make_answers(o);
    kd_family_pair *pair = kd_alloc(sides * sides, sizeof *pair);
    size_t          count = kd_family_pairs(pair, sides, KD_FAMILY_ALL);
    kd_rng          rng = kd_rng_root(0);
    double          begin_s = kd_clock_cpu_s(), drawn_s;

    kd_answers_draw(answers, (size_t)o->draws, &rng);
    drawn_s = kd_clock_cpu_s();
    for (size_t i = 0; i < count; i++) {
        kd_answers_exchange(answers, pair[i].a, pair[i].b);
        kd_answers_interval(answers, pair[i].a, pair[i].b, 0.95);
    }
    kd_figure_add(&figures[DRAW], drawn_s - begin_s);
    kd_figure_add(&figures[PAIRS], kd_clock_cpu_s() - drawn_s);
    free(pair);
    kd_answers_destroy(answers);
}

kd_status kd_bench_compare(int argc, char **argv, kd_error *err)
{
    compare_options o = { .sides = 11, .runs = 5, .sentences = 5000, .draws = 10000, .repeats = 3 };
    const kd_arg    table[] = {
           { 0, "sides", KD_ARG_INT, &o.sides, "N", "to compare, each with each (11, 55 pairs)" },
           { 0, "runs", KD_ARG_INT, &o.runs, "N", "of each side (5)" },
           { 0, "sentences", KD_ARG_INT, &o.sentences, "N", "that all runs answered (5000)" },
           { 0, "draws", KD_ARG_INT, &o.draws, "N", "of each of the two tests (10000)" },
           { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of the bench (3)" },
           KD_ARG_JSON(o.as_json),
           KD_ARG_END
    };
    kd_args args = {
        "bench compare", "[OPTION]...",
        "Seconds of one processor that answers cost, exchanged and drawn again, for all\n"
        "pairs of sides.",
        table
    };
    kd_figure figures[FIGURES] = { blank[DRAW], blank[PAIRS] };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    if (status != KD_OK || args.helped) return status;
    if (o.sides < 1 || o.runs < 1 || o.sentences < 1 || o.draws < 2 || o.repeats < 1)
        return kd_fail(err, KD_EUSAGE, "bench compare: expected numbers of 1 or more, 2 draws");
    for (int i = 0; i < o.repeats; i++) time_once(&o, figures);
    kd_figures_print(figures, FIGURES, o.as_json);
    return KD_OK;
}
