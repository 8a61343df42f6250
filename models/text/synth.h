/* synth.h - invented corpora with a known best score, for tests and for studies that run in
 * seconds.
 *
 *     the expression of soluble morakin receptor was lower in treated mice , but
 *     O   O          O  B-Gene  I-Gene  E-Gene   O   O     O  O       O    O O
 *     cases of brunta were seen in cells
 *     O     O  S-Dis  O    O    O  O
 *
 * Sentences come from a grammar of our own; names are built from syllables. What makes them
 * hard is what makes real ones hard:
 *
 *   - shared names are a gene here, a disease there and a plain word elsewhere; only a cue
 *     word, near or several words away, on either side, tells which;
 *   - part of the names in devel and test never occur in train;
 *   - words that open or close a mention (soluble, receptor, 2) also stand outside mentions;
 *   - mentions nest (the gene morakin in the disease "morakin deficiency"); the outer counts;
 *   - a known share of the mentions is labelled wrongly (half with the other type, half not at
 *     all), so the best reachable F1 is below 1 and known exactly.
 *
 * The same options give the same corpora on every machine.
 */
#ifndef KD_TEXT_SYNTH_H
#define KD_TEXT_SYNTH_H

#include "harness/base/setting.h"
#include "models/text/corpus.h"

typedef struct {
    int    sentences; /* of train */
    int    devel;
    int    test;
    int    seed;
    int    names;     /* distinct names of each kind that train may use */
    double ambiguity; /* share of names drawn from those that all kinds use */
    double unseen;    /* share of names in devel and test that train never has */
    double noise;     /* share of mentions (NER) or rows (RE, HOC, PAIR) with a wrong label */
} kd_synth_options;

extern const kd_setting kd_synth_settings[];

typedef struct {
    int64_t mentions;  /* as they should be labelled; rows for RE, HOC, QA and PAIR */
    int64_t wrong;     /* of them labelled otherwise */
    int64_t ambiguous; /* of them with a shared name */
    int64_t unseen;    /* of them with a name that train never has */
    double  best_f1;   /* what a reader who knows the grammar scores: strict spans, or micro F1
                          over the relations, over the hallmarks of documents, or over
                          questions, or accuracy */
} kd_synth_split;

typedef struct {
    kd_synth_split train, devel, test;
} kd_synth_report;

/* Make the three splits, which share `labels` (an empty table, or of HOC one with its labels; NULL for text). The caller
 * finis them. `report` may be NULL. */
void kd_synth_make(kd_corpus *train, kd_corpus *devel, kd_corpus *test, kd_task task,
                   const kd_synth_options *options, kd_labels *labels, kd_synth_report *report);

/* Make more sentences of the same language, without labels (unlabelled.h), that suit the task: as devel's and test's they
 * have names that train never has, and none of them is in a split. The caller finis them. */
void kd_synth_unlabelled(kd_corpus *out, kd_task task, const kd_synth_options *options,
                         int sentences);

#endif
