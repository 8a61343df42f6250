/* judge_intervals.c - where the metrics of a judgement lie, each from its counts of every sentence.
 *
 * A macro mean is no figure of such sums, and neither are ranks of answers to questions: these have none.
 */
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
    if (j->pack.questions) return;
    keep_types(j);
    draw_accuracy(j);
    if (j->pack.task != KD_TASK_NER) return;
    draw_lenient(j);
    draw_pieces(j);
    draw_tags(j);
}
