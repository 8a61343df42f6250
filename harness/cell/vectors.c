/* vectors.c - a network's table of word vectors, filled. */
#include "harness/cell/vectors.h"

kd_status kd_vectors_fill(kd_params *params, const kd_arch *arch, const char *vocab,
                          const kd_pack *train, const char *path, kd_vectors_rule rule,
                          kd_vectors_hits *hits, kd_error *err)
{
    const char     *name = kd_arch_kind(arch)->vectors;
    const kd_param *table = name ? kd_params_find(params, name) : NULL;
    kd_status       status;
    *hits = (kd_vectors_hits){ 0 };
    if (!table)
        return kd_fail(err, KD_ECONFIG,
                       "the network, a %s, has no table of its own for word vectors",
                       kd_arch_kind(arch)->name);
    kd_vocab *pieces = kd_vocab_of_lines(vocab);
    if (kd_vocab_size(pieces) != table->dim[0])
        status = kd_fail(err, KD_EDATA, "the vocabulary has %d pieces, the embedding %d rows",
                         kd_vocab_size(pieces), table->dim[0]);
    else
        status = kd_piece_vectors(kd_param_block(params, table, KD_VALUES), table->dim[1], path,
                                  pieces, train, rule, hits, err);
    kd_params_touch(params);
    kd_vocab_destroy(pieces);
    return status;
}
