/* judge_groups.c - counts of each sentence, group by group, and what they say of the whole. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/use/judge_internal.h"

#define LEVEL        0.95
#define LENGTHS_MOST 5 /* words: this and more are one group */

/* ---- figures of the sums of counts ---- */

static double ratio(double part, double of)
{
    return of > 0 ? part / of : 0;
}

static double precision_of(const double *sums, size_t columns)
{
    (void)columns;
    return ratio(sums[0], sums[1]);
}

static double recall_of(const double *sums, size_t columns)
{
    (void)columns;
    return ratio(sums[0], sums[2]);
}

static double f1_of(const double *sums, size_t columns)
{
    (void)columns;
    return ratio(2 * sums[0], sums[1] + sums[2]);
}

/* Of documents: sums of their precisions and recalls, and how many they are. */
static double mean_precision_of(const double *sums, size_t columns)
{
    (void)columns;
    return ratio(sums[0], sums[2]);
}

static double mean_recall_of(const double *sums, size_t columns)
{
    (void)columns;
    return ratio(sums[1], sums[2]);
}

static double f1_of_means(const double *sums, size_t columns)
{
    (void)columns;
    double p = mean_precision_of(sums, columns), r = mean_recall_of(sums, columns);
    return ratio(2 * p * r, p + r);
}

kd_interval kd_judge_draw(const kd_judging *j, const double *rows, size_t n, size_t columns,
                          kd_sums_figure *figure)
{
    kd_rng rng = kd_rng_root(0);
    return kd_stats_bootstrap_sums(rows, n, columns, figure, LEVEL, j->options->draws, &rng);
}

/* ---- a group ---- */

kd_judged_group kd_judge_counts(const kd_judging *j, const char *name, const kd_counts *counts,
                                size_t n)
{
    kd_judged_group g = { .name = kd_strdup(name) };
    double         *rows = kd_alloc(n * KD_COUNT_COLUMNS, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        double *row = rows + i * KD_COUNT_COLUMNS;
        row[0] = counts[i].tp;
        row[1] = counts[i].predicted;
        row[2] = counts[i].gold;
        g.tally.tp += counts[i].tp;
        g.tally.predicted += counts[i].predicted;
        g.tally.gold += counts[i].gold;
    }
    g.prf = kd_prf_of(g.tally);
    g.precision = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, precision_of);
    g.recall = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, recall_of);
    g.f1 = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, f1_of);
    free(rows);
    return g;
}

static void add_group(const kd_judging *j, kd_judged_groups *out, const char *name,
                      const kd_counts *counts, size_t n)
{
    kd_judged_group g = kd_judge_counts(j, name, counts, n);
    if (g.tally.predicted + g.tally.gold > 0)
        kd_vec_push(out, g);
    else
        free(g.name);
}

/* ---- mentions ---- */

typedef enum { ALL, TYPE, LENGTH, SEEN } sort;

static int number_of(const kd_judged_mention *m, sort by)
{
    int words = m->span.last - m->span.first + 1;
    switch (by) {
    case TYPE:
        return m->span.type;
    case LENGTH:
        return words < LENGTHS_MOST ? words : LENGTHS_MOST;
    case SEEN:
        return m->is_seen;
    case ALL:
        break;
    }
    return 0;
}

/* Counts (B) of the mentions whose number by this sort is `number`. */
static kd_counts *count_mentions(const kd_judging *j, sort by, int number)
{
    kd_counts *counts = kd_alloc((size_t)j->pack.sentences, sizeof *counts);
    for (size_t i = 0; i < j->gold.count; i++) {
        const kd_judged_mention *m = &j->gold.items[i];
        if (number_of(m, by) != number) continue;
        counts[m->sentence].gold++;
        counts[m->sentence].tp += m->is_hit;
    }
    for (size_t i = 0; i < j->found.count; i++)
        if (number_of(&j->found.items[i], by) == number)
            counts[j->found.items[i].sentence].predicted++;
    return counts;
}

static void add_mentions(const kd_judging *j, kd_judged_groups *out, sort by, int number,
                         const char *name)
{
    kd_counts *counts = count_mentions(j, by, number);
    add_group(j, out, name, counts, (size_t)j->pack.sentences);
    free(counts);
}

static void group_mentions(kd_judging *j)
{
    kd_judgement *out = j->out;
    kd_counts    *counts = count_mentions(j, ALL, 0);
    out->whole = kd_judge_counts(j, "entity_strict", counts, (size_t)j->pack.sentences);
    free(counts);
    for (int t = 0; t < kd_labels_types(out->labels); t++)
        add_mentions(j, &out->by_type, TYPE, t, kd_labels_type(out->labels, t));
    for (int words = 1; words <= LENGTHS_MOST; words++) {
        char name[32];
        snprintf(name, sizeof name, "%d word%s%s", words, words == 1 ? "" : "s",
                 words == LENGTHS_MOST ? " or more" : "");
        add_mentions(j, &out->by_length, LENGTH, words, name);
    }
    if (!j->knows_seen) return;
    add_mentions(j, &out->by_seen, SEEN, 1, "seen");
    add_mentions(j, &out->by_seen, SEEN, 0, "unseen");
}

/* ---- classes ---- */

/* All classes together: of relations the negative ones are none, and of pairs what is right of all is the accuracy. */
static void group_classes(kd_judging *j)
{
    kd_judgement *out = j->out;
    bool          are_relations = j->pack.task == KD_TASK_RE;
    size_t        n = (size_t)j->pack.sentences;
    kd_counts    *all = kd_alloc(n, sizeof *all);
    for (int k = 0; k < kd_labels_count(out->labels); k++) {
        kd_counts *counts = kd_alloc(n, sizeof *counts);
        bool counts_all = !are_relations || kd_relation_is_positive(kd_labels_name(out->labels, k));
        for (size_t i = 0; i < n; i++) {
            bool gold = j->pack.labels[i] == k, said = j->said.rows[i] == k;
            counts[i] = (kd_counts){ gold && said, said, gold };
            if (!counts_all) continue;
            all[i].tp += gold && said;
            all[i].predicted += said;
            all[i].gold += gold;
        }
        add_group(j, &out->by_type, kd_labels_name(out->labels, k), counts, n);
        free(counts);
    }
    out->whole = kd_judge_counts(j, are_relations ? "relation" : "accuracy", all, n);
    free(all);
}

/* The classes of a document are those of its sentences. */
static void join_documents(const kd_judging *j, int32_t *gold, int32_t *said)
{
    for (int b = 0; b < j->pack.sentences; b++) {
        gold[j->pack.documents[b]] |= j->pack.labels[b];
        said[j->pack.documents[b]] |= j->said.rows[b];
    }
}

static double share(int part, int of, int other)
{
    if (of > 0) return (double)part / of;
    return other == 0 ? 1 : 0; /* neither side has any: right */
}

static kd_judged_group judge_documents(const kd_judging *j, const int32_t *gold,
                                       const int32_t *said, size_t n)
{
    kd_judged_group g = { .name = kd_strdup("document") };
    double         *rows = kd_alloc(n * KD_COUNT_COLUMNS, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        int     right = __builtin_popcount((unsigned)(gold[i] & said[i]));
        int     predicted = __builtin_popcount((unsigned)said[i]);
        int     wanted = __builtin_popcount((unsigned)gold[i]);
        double *row = rows + i * KD_COUNT_COLUMNS;
        row[0] = share(right, predicted, wanted);
        row[1] = share(right, wanted, predicted);
        row[2] = 1;
    }
    g.prf = kd_score_documents(j->pack.labels, j->said.rows, j->pack.documents, j->pack.sentences,
                               (kd_detail){ NULL, NULL });
    g.precision = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, mean_precision_of);
    g.recall = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, mean_recall_of);
    g.f1 = kd_judge_draw(j, rows, n, KD_COUNT_COLUMNS, f1_of_means);
    free(rows);
    return g;
}

static void group_documents(kd_judging *j)
{
    size_t   n = (size_t)j->out->documents;
    int32_t *gold = kd_alloc(n, sizeof *gold), *said = kd_alloc(n, sizeof *said);
    join_documents(j, gold, said);
    bool are_two = kd_hallmarks_are_two(j->out->labels);
    for (int k = are_two; k < kd_labels_count(j->out->labels) && k < KD_TRAINED_CLASSES;
         k += 1 + are_two) {
        kd_counts *counts = kd_alloc(n, sizeof *counts);
        for (size_t i = 0; i < n; i++) {
            int has = gold[i] >> k & 1, says = said[i] >> k & 1;
            counts[i] = (kd_counts){ has && says, says, has };
        }
        add_group(j, &j->out->by_type, kd_labels_name(j->out->labels, k), counts, n);
        free(counts);
    }
    j->out->whole = judge_documents(j, gold, said, n);
    free(gold);
    free(said);
}

/* ---- questions ---- */

/* Of questions that have an answer and of those that have none, as SQuAD 2.0 tells them apart. */
static void group_by_answer(kd_judging *j, const kd_counts *counts)
{
    const kd_questions *questions = j->pack.questions;
    size_t              n = (size_t)questions->count;
    for (int has = 1; has >= 0; has--) {
        kd_counts *of = kd_alloc(n + 1, sizeof *of);
        for (size_t q = 0; q < n; q++)
            if ((questions->rows.items[questions->first.items[q]].count > 0) == has)
                of[q] = counts[q];
        add_group(j, &j->out->by_type, has ? "with an answer" : "without", of, n);
        free(of);
    }
}

/* The F1 of each in thousandths adds up to the mean; right are those that match exactly. */
static void group_questions(kd_judging *j)
{
    int32_t    n = j->pack.questions->count;
    kd_counts *counts = kd_alloc((size_t)n + 1, sizeof *counts);
    j->worth = kd_alloc((size_t)n + 1, sizeof *j->worth);
    kd_answer_scores got = kd_candidates_score(&j->said.answers, j->pack.questions, j->worth);
    for (int32_t q = 0; q < n; q++) counts[q] = kd_question_counts(&j->worth[q]);
    j->out->whole = kd_judge_counts(j, "f1", counts, (size_t)n);
    j->out->whole.tally = (kd_counts){ (int32_t)lround(got.em * n), n, n };
    if (j->pack.questions->has_none) group_by_answer(j, counts);
    free(counts);
}

void kd_judge_groups(kd_judging *j)
{
    if (j->pack.task == KD_TASK_NER) group_mentions(j);
    if (kd_task_is_of_class(j->pack.task)) group_classes(j);
    if (j->pack.task == KD_TASK_HOC) group_documents(j);
    if (j->pack.task == KD_TASK_QA) group_questions(j);
}

/* ---- reliability ---- */

static void add_to_bin(kd_reliability *r, double sure, bool is_right)
{
    int bin = (int)(sure * KD_BINS);
    if (bin >= KD_BINS) bin = KD_BINS - 1;
    r->count[bin]++;
    r->sure[bin] += sure;
    r->right[bin] += is_right;
}

/* Sums become means, and their distances one number. */
static void push_reliability(kd_judging *j, kd_reliability r)
{
    int64_t all = 0;
    for (int b = 0; b < KD_BINS; b++) all += r.count[b];
    if (all == 0) return;
    for (int b = 0; b < KD_BINS; b++) {
        if (r.count[b] == 0) continue;
        r.sure[b] /= (double)r.count[b];
        r.right[b] /= (double)r.count[b];
        double distance = r.sure[b] > r.right[b] ? r.sure[b] - r.right[b] : r.right[b] - r.sure[b];
        r.ece += distance * (double)r.count[b] / (double)all;
    }
    kd_vec_push(&j->out->reliability, r);
}

static void rely_on_tags(kd_judging *j)
{
    kd_reliability words = { .of = "words" }, mentions = { .of = "mentions" };
    for (int w = 0; w < j->pack.words; w++)
        add_to_bin(&words, (double)j->replies.sure.items[w],
                   j->said.words[w] == j->pack.word_tags[w]);
    for (size_t i = 0; i < j->found.count; i++)
        add_to_bin(&mentions, (double)j->found.items[i].sure, j->found.items[i].is_hit);
    push_reliability(j, words);
    push_reliability(j, mentions);
}

/* Of a row, what is said of it; of a set, each class' yes or no, once where two labels stand for one thing. */
static void rely_on_classes(kd_judging *j)
{
    bool           are_two = kd_hallmarks_are_two(kd_predictor_trained(j->predictor)->labels);
    int            k = kd_labels_count(kd_predictor_trained(j->predictor)->labels);
    bool           is_set = j->pack.task == KD_TASK_HOC;
    kd_reliability rows = { .of = is_set ? "answers" : "rows" };
    for (int b = 0; b < j->pack.sentences; b++) {
        const float *odds = j->replies.odds.items + (size_t)b * (size_t)k;
        int32_t      gold = j->pack.labels[b], said = j->said.rows[b];
        if (!is_set) add_to_bin(&rows, (double)odds[said], said == gold);
        for (int i = are_two; i < k && is_set; i += 1 + are_two)
            add_to_bin(&rows, (double)(said >> i & 1 ? odds[i] : 1 - odds[i]),
                       (said >> i & 1) == (gold >> i & 1));
    }
    push_reliability(j, rows);
}

/* Of each question's best answer, its share of all candidates beside whether it is right. */
static void rely_on_answers(kd_judging *j)
{
    kd_reliability       best = { .of = "answers" };
    const kd_candidates *all = &j->replies.answers;
    for (int q = 0; q < all->questions; q++) {
        const kd_candidate *of = all->items + (size_t)q * (size_t)all->most;
        double              sum = 0;
        size_t              length;
        const char         *text = kd_candidate_text(j->pack.questions, of, &length);
        for (int i = 0; i < all->count[q]; i++) sum += exp((double)of[i].score - (double)of->score);
        add_to_bin(&best, 1 / sum, kd_answer_weigh(j->pack.questions, q, text, length).exact > 0);
    }
    push_reliability(j, best);
}

void kd_judge_reliability(kd_judging *j)
{
    if (j->pack.questions)
        rely_on_answers(j);
    else if (j->pack.task == KD_TASK_NER)
        rely_on_tags(j);
    else
        rely_on_classes(j);
}
