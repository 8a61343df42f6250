/* vectors.h - word vectors of a file as a student's embedding.
 *
 *     GloVe or word2vec, as text --by piece--> the table of word vectors (V,E)
 *
 * Which pieces have one, and which that is, models/text/piece_vectors.h says. Pieces without one keep what they had.
 */
#ifndef KD_CELL_VECTORS_H
#define KD_CELL_VECTORS_H

#include "models/model.h"
#include "models/text/piece_vectors.h"

/* `vocab` is a piece a line, in the order of the rows; `train` is what the words are of. `hits` tells what was found.
 * KD_ECONFIG when the network has no table of word vectors, the vectors have another width, or no piece has one; KD_EDATA,
 * with file:line, when the file is bad. */
kd_status kd_vectors_fill(kd_params *params, const kd_arch *arch, const char *vocab,
                          const kd_pack *train, const char *path, kd_vectors_rule rule,
                          kd_vectors_hits *hits, kd_error *err);

#endif
