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

/* ---- as a graph ---- */

#define NEVER (-1e9f)

/* (K+1,K+1), from the row to the column; K is what stands before and behind a chain, and nowhere else. */
static kd_wire ladder_graph(const kd_crf *crf, kd_graph *g)
{
    const kd_crf_weights *w = &crf->weights;
    int                   k = w->start->d, side = k + 1;
    float                *to = kd_onnx_memory(g->onnx, (size_t)side * (size_t)side, sizeof *to);

    for (int i = 0; i < k; i++) {
        memcpy(to + i * side, kd_tensor_row(w->transitions, i), (size_t)k * sizeof *to);
        to[i * side + k] = w->end->x[i];
    }
    memcpy(to + k * side, w->start->x, (size_t)k * sizeof *to);
    to[k * side + k] = NEVER;
    for (int i = 0; w->forbidden && i < side * side; i++)
        if (w->forbidden[i]) to[i] = NEVER;
    return kd_onnx_constant(g->onnx, "crf.ladder", KD_ONNX_FLOAT, 2, (int[]){ side, side }, to);
}

/* Before the first word: (batch, K+1). */
static kd_wire border_graph(kd_graph *g, int k)
{
    int    side = k + 1;
    float *to = kd_onnx_memory(g->onnx, (size_t)side, sizeof *to);

    for (int i = 0; i < k; i++) to[i] = NEVER;
    to[k] = 0.0f;
    kd_wire one = kd_onnx_constant(g->onnx, "crf.border", KD_ONNX_FLOAT, 2, (int[]){ 1, side }, to);
    kd_wire shape = kd_onnx_node(g->onnx, "Concat", kd_graph_batch(g), kd_onnx_ints_of(g->onnx, 1));
    kd_onnx_set_int(g->onnx, "axis", 0);
    return kd_onnx_node(g->onnx, "Expand", one, shape);
}

/* The largest along an axis, and which it is. */
static kd_wire most(kd_graph *g, kd_wire x, int axis, bool keeps)
{
    x = kd_onnx_node(g->onnx, "ReduceMax", x);
    kd_onnx_set_ints(g->onnx, "axes", 1, (const int64_t[]){ axis });
    kd_onnx_set_int(g->onnx, "keepdims", keeps);
    return x;
}

static kd_wire which(kd_graph *g, kd_wire x, int axis, bool keeps)
{
    x = kd_onnx_node(g->onnx, "ArgMax", x);
    kd_onnx_set_int(g->onnx, "axis", axis);
    kd_onnx_set_int(g->onnx, "keepdims", keeps);
    return x;
}

/* Scores of the best way to each tag, word after word; out[0] (batch, K+1) those of the last word, out[1] (length,
 * batch, K+1) the tag before each. Pieces that begin no word hand on what they get. */
static void onward_graph(kd_graph *g, kd_wire x, kd_wire starts, kd_wire ladder, int k,
                         kd_wire out[2])
{
    kd_onnx *o = g->onnx;
    kd_wire  first = border_graph(g, k);
    int64_t *same = kd_onnx_memory(o, (size_t)k + 1, sizeof *same);

    for (int i = 0; i <= k; i++) same[i] = i;
    kd_wire stay = kd_onnx_constant(o, "crf.same", KD_ONNX_INT64, 2, (int[]){ 1, k + 1 }, same);
    kd_graph_scan_begin(g);
    kd_wire score = kd_onnx_scan_state(o, first, KD_ONNX_FLOAT);
    kd_wire here = kd_onnx_scan_part(o, x, KD_ONNX_FLOAT, false);
    kd_wire is_word = kd_onnx_scan_part(o, starts, KD_ONNX_BOOL, false);
    kd_wire ways =
        kd_onnx_node(o, "Add", kd_onnx_node(o, "Unsqueeze", score, kd_onnx_ints_of(o, 2)), ladder);
    kd_wire next = kd_onnx_node(o, "Add", most(g, ways, 1, false), here);
    next = kd_onnx_node(o, "Sub", next, most(g, next, -1, true));
    kd_wire from = kd_onnx_node(o, "Where", is_word, which(g, ways, 1, false), stay);
    kd_onnx_scan_next(o, kd_onnx_node(o, "Where", is_word, next, score), KD_ONNX_FLOAT);
    kd_onnx_scan_collect(o, from, KD_ONNX_INT64, false);
    kd_graph_scan_end(g, out);
}

/* From the last tag (batch, 1) back along what came before: (length, batch, 1). */
static kd_wire back_graph(kd_graph *g, kd_wire last, kd_wire from)
{
    kd_onnx *o = g->onnx;
    kd_wire  out[2];

    kd_graph_scan_begin(g);
    kd_wire tag = kd_onnx_scan_state(o, last, KD_ONNX_INT64);
    kd_wire before = kd_onnx_scan_part(o, from, KD_ONNX_INT64, true);
    kd_wire next = kd_onnx_node(o, "GatherElements", before, tag);
    kd_onnx_set_int(o, "axis", 1);
    kd_onnx_scan_next(o, next, KD_ONNX_INT64);
    kd_onnx_scan_collect(o, tag, KD_ONNX_INT64, true);
    kd_graph_scan_end(g, out);
    return out[1];
}

kd_wire kd_crf_graph(const kd_crf *crf, kd_graph *g, kd_wire logits)
{
    static const char *const axes[] = { "batch", "length", NULL };
    kd_onnx                 *o = g->onnx;
    int                      k = crf->weights.start->d;
    kd_wire                  ladder = ladder_graph(crf, g), out[2];
    kd_wire                  is_word =
        kd_graph_cast(g, kd_onnx_input(o, "word_starts", KD_ONNX_INT64, axes), KD_ONNX_BOOL);
    /* (length, batch, K+1): no piece is the border */
    kd_wire x = kd_onnx_node(o, "Pad", logits, kd_onnx_ints_of(o, 0, 0, 0, 0, 0, 1),
                             kd_onnx_scalar(o, NEVER));
    kd_wire walked = kd_onnx_node(o, "Unsqueeze", kd_graph_transpose_of(g, is_word, 1, 0),
                                  kd_onnx_ints_of(o, 2));

    onward_graph(g, kd_graph_transpose_of(g, x, 1, 0, 2), walked, ladder, k, out);
    kd_wire ends = kd_graph_slice(g, ladder, 1, kd_onnx_ints_of(o, k), kd_onnx_ints_of(o, k + 1));
    kd_wire last = kd_onnx_node(o, "Add", out[0], kd_graph_reshape(g, ends, 1, k + 1));
    kd_wire tags = back_graph(g, which(g, last, 1, true), out[1]);
    tags = kd_graph_transpose_of(g, kd_onnx_node(o, "Squeeze", tags, kd_onnx_ints_of(o, 2)), 1, 0);
    return kd_onnx_node(o, "Where", is_word, tags, kd_onnx_ints_of(o, -1));
}
