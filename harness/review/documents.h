/* documents.h - which document each sentence of a corpus is of, where somebody says so.
 *
 *     hallmarks          the index of each row
 *     a folder of BRAT   a text is a document
 *     words and tags     -DOCSTART- stands before each
 *
 * Neighbours of one document repeat each other's names, so a split that is cut through documents is measured too well.
 */
#ifndef KD_REVIEW_DOCUMENTS_H
#define KD_REVIEW_DOCUMENTS_H

#include "models/text/corpus.h"

/* Fill `out` (B) with running numbers from 0 and `*count` with how many documents have a sentence: 0 where nothing says which
 * there are. `path` is what the corpus was read from, which is read again; KD_EIO or KD_ENOINPUT when it cannot be. */
kd_status kd_documents_find(int32_t *out, int *count, const kd_corpus *corpus, const char *path,
                            kd_error *err);

#endif
