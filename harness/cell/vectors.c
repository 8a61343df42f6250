/* vectors.c - a vocabulary asks a file for its words. */
#include "harness/cell/vectors.h"

#include <string.h>

#include "models/text/embeddings.h"

static kd_status read_wanted(kd_embeddings **out, const kd_vocab *vocab, const char *path,
                             kd_error *err)
{
    kd_map *wanted = kd_map_create();
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++)
        kd_embeddings_want(wanted, kd_vocab_piece(vocab, id), strlen(kd_vocab_piece(vocab, id)));
    kd_status status = kd_embeddings_read(out, path, wanted, err);
    kd_map_destroy(wanted);
    return status;
}

static kd_status fill(kd_params *params, const kd_param *table, const kd_vocab *vocab,
                      const char *path, int *filled, kd_error *err)
{
    kd_embeddings *vectors;
    kd_status      status = read_wanted(&vectors, vocab, path, err);
    if (status != KD_OK) return status;
    int dim = kd_embeddings_about(vectors).dim;
    if (dim != table->dim[1])
        status = kd_fail(err, KD_ECONFIG, "%s has vectors of %d numbers, the embedding has %d",
                         path, dim, table->dim[1]);
    else if (!(*filled =
                   kd_embeddings_fill(vectors, vocab, kd_param_block(params, table, KD_VALUES))))
        status = kd_fail(err, KD_ECONFIG, "%s has a vector for none of %d pieces", path,
                         kd_vocab_size(vocab));
    kd_embeddings_destroy(vectors);
    kd_params_touch(params);
    return status;
}

kd_status kd_vectors_fill(kd_params *params, const kd_arch *arch, const char *vocab,
                          const char *path, int *filled, kd_error *err)
{
    const char     *name = kd_arch_kind(arch)->vectors;
    const kd_param *table = name ? kd_params_find(params, name) : NULL;
    kd_status       status;
    *filled = 0;
    if (!table)
        return kd_fail(err, KD_ECONFIG,
                       "the network, a %s, has no table of its own for word vectors",
                       kd_arch_kind(arch)->name);
    kd_vocab *pieces = kd_vocab_of_lines(vocab);
    if (kd_vocab_size(pieces) != table->dim[0])
        status = kd_fail(err, KD_EDATA, "the vocabulary has %d pieces, the embedding %d rows",
                         kd_vocab_size(pieces), table->dim[0]);
    else
        status = fill(params, table, pieces, path, filled, err);
    kd_vocab_destroy(pieces);
    return status;
}
