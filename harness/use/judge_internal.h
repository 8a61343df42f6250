/* judge_internal.h - what the parts of a judgement share. */
#ifndef KD_USE_JUDGE_INTERNAL_H
#define KD_USE_JUDGE_INTERNAL_H

#include "harness/use/judge.h"

/* A mention of the corpus or of the model. */
typedef struct {
    int     sentence;
    kd_span span;
    float   sure;   /* of one that was said */
    bool    is_hit; /* the other side has it too */
    bool    is_seen;
} kd_judged_mention;

typedef KD_VEC(kd_judged_mention) kd_judged_mentions;

typedef struct {
    kd_judgement           *out;
    const kd_predictor     *predictor;
    const kd_judge_options *options;
    kd_corpus_options       reading; /* of files */
    kd_pack                 pack;
    kd_replies              replies;
    kd_said                 said;
    kd_judged_mentions      gold, found; /* NER */
    bool                    knows_seen;
    kd_question_worth      *worth; /* (questions), QA */
} kd_judging;

/* The mentions of both sides, and which of them training had. */
kd_status kd_judge_mentions(kd_judging *j, kd_error *err);

/* Columns of rows of counts: right, predicted, gold. */
enum { KD_COUNT_COLUMNS = 3 };

/* Where a figure of sums lies, from rows (n, columns): the same draws for all, so that equal rows have equal intervals. */
kd_interval kd_judge_draw(const kd_judging *j, const double *rows, size_t n, size_t columns,
                          kd_sums_figure *figure);

/* Figures of counts (n) of sentences, with their intervals; the caller frees its name. */
kd_judged_group kd_judge_counts(const kd_judging *j, const char *name, const kd_counts *counts,
                                size_t n);

/* by_type, by_length, by_seen and the whole; the intervals of metrics, behind these; kinds and slips; reliability. */
void kd_judge_groups(kd_judging *j);
void kd_judge_intervals(kd_judging *j);
void kd_judge_slips(kd_judging *j);
void kd_judge_reliability(kd_judging *j);

#endif
