/* vectors.h - word vectors of a file as a student's embedding.
 *
 *     GloVe or word2vec, as text --by piece--> the table of word vectors (V,E)
 *
 * A piece that begins a word ("kinase") has the vector of that word, as it is written or else in
 * lower case. Pieces without one, also those that continue a word ("##ase"), keep what they had.
 */
#ifndef KD_CELL_VECTORS_H
#define KD_CELL_VECTORS_H

#include "models/model.h"

/* `vocab` is a piece a line, in the order of the rows. `filled` counts the pieces that have a
 * vector. KD_ECONFIG when the network has no table of word vectors, the vectors have another width,
 * or no piece has one; KD_EDATA, with file:line, when the file is bad. */
kd_status kd_vectors_fill(kd_params *params, const kd_arch *arch, const char *vocab,
                          const char *path, int *filled, kd_error *err);

#endif
