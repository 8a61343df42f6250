/* unlabelled.h - sentences that nobody has labelled, for a student to learn of its teacher there.
 *
 *     task   what a file has                               what becomes of it
 *     ner    a text, a sentence or more a line             words, as `predict` cuts a text (sentences.h)
 *            *.tsv, *.conll, *.iob: words with tags        its words; the tags are not looked at
 *     re     a sentence a line, with both of its marks     the line; of columns between tabs the one with both marks
 *
 * They become rows of the very corpus whose labelled sentences stand before them, with KD_UNTOLD (pack.h) in the place of
 * every label. So there is one numbering of sentences, and whatever goes over a corpus goes over these too: augmentation
 * ends before them, a teacher's targets and states have rows for them, a vocabulary of the teacher's own reads them, batches
 * mix them. Losses against labels pass over a row without one as they always did; a loss against a teacher looks at every row
 * but those that have no label by their nature (KD_NO_TAG). A corpus of their own would have had its own pack, targets, states
 * and reading, and each of these would have needed a second place wherever the first one has one.
 */
#ifndef KD_TEXT_UNLABELLED_H
#define KD_TEXT_UNLABELLED_H

#include "models/text/corpus.h"

/* Whether there are such sentences for the task. */
bool kd_unlabelled_suits(kd_task task);

/* Add the sentences of a file (plain, gzip or zstd) or of a folder (text_files.h) to a corpus that was begun for NER or RE,
 * until it has `most`; 0: all. Words are copied. KD_ENOINPUT when there is nothing; KD_EDATA, with file and line, for what is
 * no text, for a line of KD_LINE_LIMIT bytes, for columns of which none has both marks; and when no sentence is found. */
kd_status kd_unlabelled_read(kd_corpus *corpus, const char *path, int most, kd_error *err);

/* Put all sentences behind those of `to`; their words are borrowed. */
void kd_unlabelled_append(kd_corpus *to, const kd_corpus *unlabelled);

#endif
