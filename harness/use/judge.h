/* judge.h - how right a model is on a corpus that has the answers, where it errs, and how well it knows.
 *
 *     predictor + corpus --> every metric of a split          as its cell was measured
 *                            groups with intervals            by type, by length, by seen or not
 *                            slips, by their kind             "Gene missed", "Gene as Disease", ...
 *                            reliability                      what it says beside how often it is right
 *
 * Spans are read strictly. Intervals are those of 95 % that drawing sentences (documents) again gives
 * (results/stats.h); always the same for the same answers. A mention is seen when training had one of its
 * type with the same words.
 */
#ifndef KD_USE_JUDGE_H
#define KD_USE_JUDGE_H

#include "harness/use/predictor.h"
#include "results/stats.h"

typedef struct {
    const char *train; /* a corpus to have seen; NULL: that of the model, where it can be had */
    const char
          *tag_column; /* the value of data.tag_column; NULL: as the model's own corpus was read */
    int    threads;    /* that ask */
    size_t draws;      /* of each interval */
} kd_judge_options;

typedef struct {
    char       *name; /* "entity_strict.f1" */
    double      value;
    kd_interval interval;
} kd_judged_metric;

/* Figures of some mentions, relations or classes. */
typedef struct {
    char       *name; /* "Gene", "2 words", "seen" */
    kd_counts   tally;
    kd_prf      prf;
    kd_interval precision, recall, f1;
} kd_judged_group;

typedef KD_VEC(kd_judged_group) kd_judged_groups;

/* One error; spans are words of the sentence, first -1 for none. */
typedef struct {
    int     kind; /* of `kinds` */
    int     sentence;
    kd_span gold, said;
    float   sure; /* of what was said; NAN where nothing was */
} kd_slip;

typedef struct {
    char   *name; /* "Gene missed" */
    int64_t count;
} kd_slip_kind;

enum { KD_BINS = 10 };

/* How often it is right beside how sure it is; bin b holds what was said with b/10 to (b+1)/10. */
typedef struct {
    const char *of; /* "words", "mentions", "rows" */
    int64_t     count[KD_BINS];
    double      sure[KD_BINS], right[KD_BINS]; /* means */
    double      ece;                           /* sum over bins of share |sure - right| */
} kd_reliability;

/* Open for reading; kd_judgement_fini frees all of it. */
typedef struct {
    kd_corpus     corpus;
    kd_labels    *labels; /* the model's, and behind them what only the corpus has */
    int           documents;
    kd_pack_stats stats;

    KD_VEC(kd_judged_metric) metrics;
    kd_judged_group  whole; /* the main figure */
    kd_judged_groups by_type, by_length,
        by_seen;                /* the last two of mentions; by_seen may be empty */
    KD_VEC(kd_slip_kind) kinds; /* the most frequent first */
    KD_VEC(kd_slip) slips;      /* in the order of the corpus */
    KD_VEC(kd_reliability) reliability;
} kd_judgement;

/* KD_EDATA or KD_ENOINPUT as the corpus' reader says it, or when the corpus has no sentence. */
kd_status kd_judge_run(kd_judgement *out, const kd_predictor *predictor, const char *corpus,
                       const kd_judge_options *options, kd_error *err);
void      kd_judgement_fini(kd_judgement *judgement);

#endif
