/* judge_intervals.c - where the metrics of a judgement lie, each from its counts of every sentence or question. */
#include <stdlib.h>
#include <string.h>

#include "harness/use/judge_internal.h"

/* The metrics "NAME.f1", "NAME.precision", "NAME.recall", or "NAME", get those of the group. */
static void keep(kd_judging *j, const char *name, const kd_judged_group *g)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < j->out->metrics.count; i++) {
        kd_judged_metric *m = &j->out->metrics.items[i];
        if (strncmp(m->name, name, length) != 0) continue;
        const char *rest = m->name + length;
        if (!strcmp(rest, "") || !strcmp(rest, ".f1"))
            m->interval = g->f1;
        else if (!strcmp(rest, ".precision"))
            m->interval = g->precision;
        else if (!strcmp(rest, ".recall"))
            m->interval = g->recall;
    }
}

/* Counts (B), which are freed. */
static void draw(kd_judging *j, const char *name, kd_counts *counts)
{
    kd_judged_group g = kd_judge_counts(j, name, counts, (size_t)j->pack.sentences);
    keep(j, name, &g);
    free(g.name);
    free(counts);
}

static kd_counts *new_counts(const kd_judging *j)
{
    return kd_alloc((size_t)j->pack.sentences, sizeof(kd_counts));
}

/* ---- tags ---- */

static void draw_lenient(kd_judging *j)
{
    kd_counts *counts = new_counts(j);
    kd_score_spans(j->out->labels, KD_READ_CONLLEVAL, j->pack.word_tags, j->said.words,
                   j->pack.word_begin, j->pack.sentences, (kd_detail){ NULL, counts });
    draw(j, "entity_lenient", counts);
}

static void draw_tags(kd_judging *j)
{
    kd_counts *counts = new_counts(j);
    kd_score_tags(j->out->labels, j->pack.tags, j->said.pieces, j->pack.piece_begin,
                  j->pack.sentences, (kd_detail){ NULL, counts });
    draw(j, "token_micro", counts);
}

/* Each piece for itself, but for those without a tag of a word, as the measure has them. */
static void draw_pieces(kd_judging *j)
{
    kd_counts *counts = new_counts(j);
    int16_t   *said = kd_alloc((size_t)j->pack.pieces, sizeof *said);
    for (int n = 0; n < j->pack.pieces; n++)
        said[n] =
            j->pack.tags[n] == KD_NO_TAG || j->pack.word[n] < 0 ? KD_NO_TAG : j->said.pieces[n];
    kd_score_spans(j->out->labels, KD_READ_CONLLEVAL, j->pack.tags, said, j->pack.piece_begin,
                   j->pack.sentences, (kd_detail){ NULL, counts });
    free(said);
    draw(j, "entity_lenient.piece", counts);
}

/* ---- what is right of all ---- */

static void draw_accuracy(kd_judging *j)
{
    kd_counts *counts = new_counts(j);
    bool       are_tags = j->pack.task == KD_TASK_NER;
    for (int b = 0; b < j->pack.sentences; b++) {
        int first = are_tags ? j->pack.word_begin[b] : b;
        int end = are_tags ? j->pack.word_begin[b + 1] : b + 1;
        for (int i = first; i < end; i++) {
            bool is_right = are_tags ? j->pack.word_tags[i] == j->said.words[i]
                                     : j->pack.labels[i] == j->said.rows[i];
            counts[b].tp += is_right;
            counts[b].predicted++;
            counts[b].gold++;
        }
    }
    draw(j, "accuracy", counts);
}

/* ---- means over types ---- */

static kd_prf macro_of(const double *sums, size_t columns)
{
    size_t     types = columns / KD_COUNT_COLUMNS;
    kd_counts *counts = kd_alloc(types + 1, sizeof *counts);
    for (size_t t = 0; t < types; t++)
        counts[t] = (kd_counts){ (int32_t)sums[KD_COUNT_COLUMNS * t],
                                 (int32_t)sums[KD_COUNT_COLUMNS * t + 1],
                                 (int32_t)sums[KD_COUNT_COLUMNS * t + 2] };
    kd_prf macro = kd_prf_macro(counts, (int)types);
    free(counts);
    return macro;
}

static double macro_precision_of(const double *sums, size_t columns)
{
    return macro_of(sums, columns).precision;
}

static double macro_recall_of(const double *sums, size_t columns)
{
    return macro_of(sums, columns).recall;
}

static double macro_f1_of(const double *sums, size_t columns)
{
    return macro_of(sums, columns).f1;
}

/* Rows of sentences (B, types, right and predicted and gold). */
static void draw_macro(kd_judging *j, const char *name, const double *rows, size_t types)
{
    size_t          n = (size_t)j->pack.sentences, columns = KD_COUNT_COLUMNS * types;
    kd_judged_group g = {
        .precision = kd_judge_draw(j, rows, n, columns, macro_precision_of),
        .recall = kd_judge_draw(j, rows, n, columns, macro_recall_of),
        .f1 = kd_judge_draw(j, rows, n, columns, macro_f1_of),
    };
    keep(j, name, &g);
}

static void draw_macro_of_types(kd_judging *j)
{
    size_t  types = (size_t)kd_labels_types(j->out->labels);
    double *rows = kd_alloc((size_t)j->pack.sentences * types * KD_COUNT_COLUMNS + 1, sizeof *rows);
    for (size_t i = 0; i < j->gold.count; i++) {
        const kd_judged_mention *m = &j->gold.items[i];
        double *of = rows + ((size_t)m->sentence * types + (size_t)m->span.type) * KD_COUNT_COLUMNS;
        of[0] += m->is_hit;
        of[2]++;
    }
    for (size_t i = 0; i < j->found.count; i++) {
        const kd_judged_mention *m = &j->found.items[i];
        rows[((size_t)m->sentence * types + (size_t)m->span.type) * KD_COUNT_COLUMNS + 1]++;
    }
    draw_macro(j, "entity_strict.macro", rows, types);
    free(rows);
}

static void draw_macro_of_pairs(kd_judging *j)
{
    size_t  classes = (size_t)kd_labels_count(j->out->labels);
    double *rows =
        kd_alloc((size_t)j->pack.sentences * classes * KD_COUNT_COLUMNS + 1, sizeof *rows);
    for (int b = 0; b < j->pack.sentences; b++) {
        double *row = rows + (size_t)b * classes * KD_COUNT_COLUMNS;
        int32_t gold = j->pack.labels[b], said = j->said.rows[b];
        row[KD_COUNT_COLUMNS * said] += said == gold;
        row[KD_COUNT_COLUMNS * said + 1]++;
        row[KD_COUNT_COLUMNS * gold + 2]++;
    }
    draw_macro(j, "pair.macro", rows, classes);
    free(rows);
}

/* ---- answers to questions ---- */

static double mean_of(const double *sums, size_t columns)
{
    (void)columns;
    return sums[1] > 0 ? sums[0] / sums[1] : 0;
}

/* What a question adds to a mean, and whether it counts there. */
typedef struct {
    double value;
    bool   counts;
} share;

static share exact_of(const kd_question_worth *q)
{
    return (share){ q->best.exact, true };
}

static share strict_of(const kd_question_worth *q)
{
    return (share){ q->rank == 1, q->rank >= 0 };
}

static share lenient_of(const kd_question_worth *q)
{
    return (share){ q->rank > 0, q->rank >= 0 };
}

static share reciprocal_of(const kd_question_worth *q)
{
    return (share){ q->rank > 0 ? 1.0 / q->rank : 0, q->rank >= 0 };
}

static void draw_answers(kd_judging *j)
{
    static const struct {
        const char *name;
        share (*of)(const kd_question_worth *question);
    } figures[] = {
        { "em", exact_of },
        { "strict", strict_of },
        { "lenient", lenient_of },
        { "mrr", reciprocal_of },
    };
    size_t  n = (size_t)j->pack.questions->count;
    double *rows = kd_alloc(2 * n + 1, sizeof *rows);
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        for (size_t q = 0; q < n; q++) {
            share s = figures[f].of(&j->worth[q]);
            rows[2 * q] = s.counts ? s.value : 0;
            rows[2 * q + 1] = s.counts;
        }
        kd_judged_group g = { .f1 = kd_judge_draw(j, rows, n, 2, mean_of) };
        keep(j, figures[f].name, &g);
    }
    free(rows);
}

/* ---- all ---- */

/* Of tags "entity_strict.Gene", of pairs "pair.yes". */
static void keep_types(kd_judging *j)
{
    const char *of = j->pack.task == KD_TASK_NER ? "entity_strict" : "pair";
    for (size_t i = 0; i < j->out->by_type.count; i++) {
        char *name = kd_sprintf("%s.%s", of, j->out->by_type.items[i].name);
        keep(j, name, &j->out->by_type.items[i]);
        free(name);
    }
}

void kd_judge_intervals(kd_judging *j)
{
    keep(j, j->out->whole.name, &j->out->whole);
    if (j->pack.questions) {
        draw_answers(j);
        return;
    }
    keep_types(j);
    draw_accuracy(j);
    if (j->pack.task == KD_TASK_PAIR) draw_macro_of_pairs(j);
    if (j->pack.task != KD_TASK_NER) return;
    draw_macro_of_types(j);
    draw_lenient(j);
    draw_pieces(j);
    draw_tags(j);
}
