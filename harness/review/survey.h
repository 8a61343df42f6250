/* survey.h - a corpus that nobody prepared: which files are its splits, what is in them, what is wrong.
 *
 *     a folder with train.tsv, devel.tsv, test.tsv     as a study names it
 *     with training.conll, dev.conll, test.conll       files that are found by the names of splits
 *     with train/, dev/, test/ in BRAT's form          the same with folders
 *     without devel or test, or one file, or BRAT      the missing ones are cut from the training split
 *
 * What is cut is cut in blocks of neighbouring sentences, for neighbours are often of one document: of each ten blocks
 * the ninth is devel and the tenth is test, where those are missing. Where a corpus says which documents there are
 * (documents.h), and there are ten or more, a block is one of them.
 */
#ifndef KD_REVIEW_SURVEY_H
#define KD_REVIEW_SURVEY_H

#include "harness/objects/dataset.h"
#include "models/text/corpus.h"
#include "models/text/stats.h"

/* Open for reading. */
typedef struct {
    char   *path; /* as it was given, without a slash at its end */
    kd_task task;
    char   *file[KD_SPLITS]; /* NULL: the split is cut from train's */
    bool    is_plain;        /* the files are path/train.tsv and so on */
    bool    is_cut;          /* some split is, */
    bool    cuts_documents;  /* between documents */
    int     tag_column;      /* NER: from 1; 0: the last one */
    int     verdicts; /* questions of yes and no in the files of another task, which was guessed */
    kd_labels      *labels; /* of all splits; train's come first */
    kd_corpus       split[KD_SPLITS];
    kd_corpus_stats stats[KD_SPLITS];
    int             splits; /* private: that are there */
    kd_corpus       whole;  /* private: what train was before the others were cut from it */
} kd_survey;

/* Read the corpus at `path`. `task` is a task's name, or NULL: it is guessed. `tag_column` is that of tags (corpus.h). KD_EDATA
 * when no file is a training split, or when there is too little of it to be cut; the caller closes it
 * also after a failure. */
kd_status kd_survey_open(kd_survey *out, const char *path, const char *task, int tag_column,
                         kd_error *err);

/* Add what was found, a line each: form and files, sizes, kinds, duplicates, what a reader accepted by a rule. */
void kd_survey_tell(const kd_survey *survey, kd_str *out);

/* Write the splits of a corpus that was cut as `folder`/train.tsv and so on. */
kd_status kd_survey_write(const kd_survey *survey, const char *folder, kd_error *err);

void kd_survey_close(kd_survey *survey);

#endif
