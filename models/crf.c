/* crf.c - the rules of a scheme for the CRF's ops, and whole packs through them. */
#include "models/crf.h"

#include <stdlib.h>
#include <string.h>

/* ---- declaring ---- */

kd_crf kd_crf_declare(kd_declare *declare, const char *prefix, int tags)
{
    const kd_init init = { KD_INIT_UNIFORM, 0.1f };
    kd_crf        crf = { 0 };

    if (declare->status == KD_OK && tags > KD_CRF_TAGS_MAX)
        declare->status =
            kd_fail(declare->err, KD_ECONFIG, "crf: %d labels, at most %d", tags, KD_CRF_TAGS_MAX);
    crf.weights.transitions = kd_declare_matrix(declare, prefix, "transitions", tags, tags, init);
    crf.weights.start = kd_declare_vector(declare, prefix, "start", tags, init);
    crf.weights.end = kd_declare_vector(declare, prefix, "end", tags, init);
    return crf;
}

void kd_crf_obey(kd_crf *crf, const kd_labels *labels)
{
    int           k = kd_labels_count(labels), side = k + 1;
    const kd_tag *tags = kd_labels_tags(labels);
    kd_scheme     scheme = kd_labels_scheme(labels);

    KD_CHECK(k == crf->weights.start->d, "crf: of %d tags, not %d", crf->weights.start->d, k);
    kd_crf_fini(crf);
    crf->forbidden = kd_alloc((size_t)side * (size_t)side, sizeof *crf->forbidden);
    for (int i = 0; i <= k; i++)
        for (int j = 0; j <= k; j++)
            crf->forbidden[i * side + j] = !kd_tags_may_follow(
                scheme, kd_tag_of(tags, i < k ? i : -1), kd_tag_of(tags, j < k ? j : -1));
    crf->weights.forbidden = crf->forbidden;
}

void kd_crf_fini(kd_crf *crf)
{
    free(crf->forbidden);
    crf->forbidden = NULL;
    crf->weights.forbidden = NULL;
}

/* ---- batches ---- */

void kd_crf_keep_firsts(int32_t *labels, const kd_rows *rows, const int32_t *word)
{
    for (int b = 0; b < rows->count; b++)
        for (int n = rows->begin[b]; n < rows->begin[b + 1]; n++)
            if (word[n] < 0 || (n > rows->begin[b] && word[n - 1] == word[n])) labels[n] = -1;
}

kd_tensor *kd_crf_loss(const kd_crf *crf, kd_tape *tape, kd_tensor *logits, const kd_rows *rows,
                       const int32_t *labels)
{
    return kd_op_crf_loss(tape, logits, &crf->weights, rows, labels);
}

kd_tensor *kd_crf_marginals(const kd_crf *crf, kd_tape *tape, kd_tensor *logits,
                            const kd_rows *rows, const int32_t *labels, kd_pick *firsts)
{
    kd_chains chains = kd_chains_of(tape, rows, labels);

    *firsts = (kd_pick){ .count = kd_rows_total(&chains.rows), .row = chains.row };
    return kd_op_crf_marginals(tape, logits, &crf->weights, &chains);
}

/* ---- packs ---- */

/* The first pieces of the words of each sentence. */
static kd_chains chains_of(kd_tape *tape, const kd_pack *pack)
{
    kd_rows  rows = { pack->sentences, pack->piece_begin };
    int32_t *labels = kd_tape_alloc(tape, (size_t)pack->pieces, sizeof *labels);

    memset(labels, 0, (size_t)pack->pieces * sizeof *labels);
    kd_crf_keep_firsts(labels, &rows, pack->word);
    return kd_chains_of(tape, &rows, labels);
}

static kd_tape *make_tape(int threads)
{
    return kd_tape_create(&(kd_tape_options){ .threads = threads });
}

void kd_crf_tag_words(const kd_crf *crf, const kd_pack *pack, const float *logits, int threads,
                      int32_t *tags)
{
    kd_tape   *tape = make_tape(threads);
    kd_chains  chains = chains_of(tape, pack);
    kd_tensor *x = kd_tape_constant(tape, pack->pieces, crf->weights.start->d, logits);

    kd_op_crf_decode(tape, x, &crf->weights, &chains, tags);
    for (int n = 1; n < pack->pieces; n++)
        if (pack->word[n] >= 0 && !kd_pack_is_first(pack, n)) tags[n] = tags[n - 1];
    kd_tape_destroy(tape);
}

void kd_crf_say_posteriors(const kd_crf *crf, const kd_pack *pack, int threads, float *logits)
{
    kd_tape   *tape = make_tape(threads);
    kd_chains  chains = chains_of(tape, pack);
    kd_tensor *x = kd_tape_constant(tape, pack->pieces, crf->weights.start->d, logits);
    kd_tensor *says = kd_op_crf_marginals(tape, x, &crf->weights, &chains);

    for (int i = 0; i < kd_rows_total(&chains.rows); i++)
        memcpy(kd_tensor_row(x, chains.row[i]), kd_tensor_row(says, chains.row[i]),
               (size_t)x->d * sizeof *logits);
    kd_tape_destroy(tape);
}
