/* predict.c - a network over a whole pack, without dropout and without padding.
 *
 * Sentences go in batches of about PIECES pieces: large enough for full speed, small enough for
 * the memory of a large teacher. Results do not depend on which sentences share a batch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/states.h"
#include "distill/trainer.h"

#define PIECES 2048

/* The first sentence that begins at this piece or behind it. */
static int sentence_at(const kd_pack *pack, int64_t piece)
{
    int first = 0;
    while (first < pack->sentences && pack->piece_begin[first] < piece) first++;
    return first;
}

kd_stretch kd_stretch_of(const kd_pack *pack, int part, int parts)
{
    int64_t pieces = pack->pieces;
    bool    is_last = part + 1 == parts;
    return (kd_stretch){ sentence_at(pack, pieces * part / parts),
                         is_last ? pack->sentences
                                 : sentence_at(pack, pieces * (part + 1) / parts) };
}

/* The sentence after the batch that begins at `first`. */
static int batch_end(const kd_pack *pack, int first, int last)
{
    int end = first + 1;
    while (end < last && pack->piece_begin[end + 1] - pack->piece_begin[first] <= PIECES) end++;
    return end;
}

/* The sentences first..end-1 as a batch; `begin` is the caller's, with room for them all. */
static kd_batch stretch(const kd_pack *pack, int first, int end, int32_t *begin)
{
    int from = pack->piece_begin[first];
    for (int b = first; b <= end; b++) begin[b - first] = pack->piece_begin[b] - from;
    return (kd_batch){ .ids = pack->ids + from,
                       .segments = pack->segments ? pack->segments + from : NULL,
                       .rows = { end - first, begin },
                       .marks = pack->marks ? pack->marks + 2 * (size_t)first : NULL };
}

void kd_predict_stretch(const kd_model *model, const kd_pack *pack, kd_stretch of,
                        kd_precision precision, int threads, float **logits, int *rows, int *labels)
{
    size_t   k = (size_t)kd_model_arch(model)->labels;
    bool     is_of_pieces = kd_task_is_of_pieces(pack->task);
    int32_t *begin = kd_alloc((size_t)pack->sentences + 1, sizeof *begin);
    kd_tape *tape =
        kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = threads });
    *rows = kd_pack_rows(pack);
    *labels = (int)k;
    *logits = kd_alloc((size_t)*rows * k, sizeof **logits);
    for (int first = of.first, end; first < of.end; first = end) {
        end = batch_end(pack, first, of.end);
        kd_batch   batch = stretch(pack, first, end, begin);
        kd_outputs out = kd_model_apply(model, tape, &batch, NULL);
        memcpy(*logits + (size_t)(is_of_pieces ? pack->piece_begin[first] : first) * k,
               out.logits->x, kd_tensor_len(out.logits) * sizeof **logits);
        kd_tape_reset(tape);
    }
    kd_tape_destroy(tape);
    free(begin);
}

void kd_predict_logits(const kd_model *model, const kd_pack *pack, kd_precision precision,
                       int threads, float **logits, int *rows, int *labels)
{
    kd_predict_stretch(model, pack, kd_stretch_of(pack, 0, 1), precision, threads, logits, rows,
                       labels);
}

/* -log of what softmax gives to `label`, and whether nothing has more. */
static double surprise(const float *row, int labels, int32_t label, bool *is_right)
{
    double sum = 0;
    int    best = 0;
    for (int k = 1; k < labels; k++)
        if (row[k] > row[best]) best = k;
    double most = (double)row[best];
    for (int k = 0; k < labels; k++) sum += exp((double)row[k] - most);
    *is_right = best == label;
    return most + log(sum) - (double)row[label];
}

static void count_words(const kd_tensor *logits, const kd_masked *asked, const kd_rows *rows,
                        kd_counts *by_row, kd_masked_score *out)
{
    int b = 0;
    for (int i = 0; i < asked->at.count; i++) {
        bool is_right;
        while (asked->at.row[i] >= rows->begin[b + 1]) b++;
        out->loss += surprise(logits->x + (size_t)i * (size_t)logits->d, logits->d, asked->asked[i],
                              &is_right);
        out->right += is_right;
        out->asked++;
        if (!by_row) continue;
        by_row[b].tp += is_right;
        by_row[b].predicted++;
        by_row[b].gold++;
    }
}

void kd_predict_masked_stretch(const kd_model *model, const kd_pack *pack, kd_stretch of,
                               kd_masker *masker, kd_precision precision, int threads,
                               kd_counts *by_row, kd_masked_score *out)
{
    kd_rng   stream = kd_masked_held_out();
    int32_t *begin = kd_alloc((size_t)pack->sentences + 1, sizeof *begin);
    int32_t *number = kd_alloc((size_t)pack->sentences + 1, sizeof *number);
    kd_tape *tape =
        kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = threads });
    *out = (kd_masked_score){ 0 };
    for (int first = of.first, end; first < of.end; first = end) {
        kd_masked masked;
        end = batch_end(pack, first, of.end);
        kd_batch batch = stretch(pack, first, end, begin);
        for (int b = first; b < end; b++) number[b - first] = b;
        kd_masker_hide(masker, &stream, &batch, number, &masked);
        kd_outputs said = kd_model_apply(model, tape, &masked.batch, NULL);
        count_words(said.logits, &masked, &batch.rows, by_row ? by_row + first : NULL, out);
        kd_tape_reset(tape);
    }
    kd_tape_destroy(tape);
    free(number);
    free(begin);
}

void kd_predict_masked(const kd_model *model, const kd_pack *pack, kd_masker *masker,
                       kd_precision precision, int threads, kd_counts *by_row, kd_masked_score *out)
{
    kd_predict_masked_stretch(model, pack, kd_stretch_of(pack, 0, 1), masker, precision, threads,
                              by_row, out);
}

/* One array of a batch, or the first row of each of its sentences. */
static kd_status hand_over(const kd_inside_taker *taker, kd_inside_kind kind, int layer,
                           const kd_tensor *x, const kd_rows *firsts, kd_error *err)
{
    kd_status status = KD_OK;
    size_t    d = (size_t)x->d;
    if (!firsts) return taker->take(taker->user, kind, layer, x->x, kd_tensor_len(x), err);
    for (int i = 0; i < firsts->count && status == KD_OK; i++)
        status = taker->take(taker->user, kind, layer, x->x + (size_t)firsts->begin[i] * d, d, err);
    return status;
}

static kd_status hand_over_batch(const kd_inside_taker *taker, const kd_inside *inside,
                                 const kd_outputs *out, const kd_rows *rows, kd_error *err)
{
    kd_tensor *const *const kinds[] = { [KD_INSIDE_HIDDEN] = out->hidden,
                                        [KD_INSIDE_PROBS] = out->probs,
                                        [KD_INSIDE_SCORES] = out->scores };
    kd_status               status = KD_OK;
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX && status == KD_OK; l++) {
            if (!inside->has[k][l]) continue;
            bool is_hidden = k == KD_INSIDE_HIDDEN;
            status = hand_over(taker, k, l, kinds[k][is_hidden ? l : l - 1],
                               is_hidden && inside->is_of_firsts ? rows : NULL, err);
        }
    return status;
}

kd_status kd_predict_inside(const kd_model *model, const kd_pack *pack, const kd_inside *inside,
                            kd_precision precision, int threads, const kd_inside_taker *taker,
                            kd_error *err)
{
    int32_t  *begin = kd_alloc((size_t)pack->sentences + 1, sizeof *begin);
    kd_wants  wants = kd_inside_wants(inside);
    kd_status status = KD_OK;
    kd_tape  *tape =
        kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = threads });
    for (int first = 0, end; first < pack->sentences && status == KD_OK; first = end) {
        end = batch_end(pack, first, pack->sentences);
        kd_batch   batch = stretch(pack, first, end, begin);
        kd_outputs out = kd_model_apply(model, tape, &batch, &wants);
        status = hand_over_batch(taker, inside, &out, &batch.rows, err);
        kd_tape_reset(tape);
    }
    kd_tape_destroy(tape);
    free(begin);
    return status;
}

/* The sentences first..last-1 with one more piece each; returns the batch, in the caller's arrays.
 */
static kd_batch lengthened(const kd_pack *pack, int first, int end, int32_t pad, int32_t *ids,
                           int32_t *begin)
{
    int n = 0;
    for (int b = first; b < end; b++) {
        int from = pack->piece_begin[b], length = pack->piece_begin[b + 1] - from;
        begin[b - first] = n;
        memcpy(ids + n, pack->ids + from, (size_t)length * sizeof *ids);
        ids[n + length] = pad;
        n += length + 1;
    }
    begin[end - first] = n;
    return (kd_batch){ .ids = ids, .rows = { end - first, begin } };
}

void kd_predict_padding(const kd_model *model, const kd_pack *pack, int32_t pad,
                        kd_precision precision, int threads, float **logits)
{
    size_t   k = (size_t)kd_model_arch(model)->labels, count = (size_t)pack->sentences;
    int32_t *begin = kd_alloc(count + 1, sizeof *begin);
    int32_t *ids = kd_alloc((size_t)pack->pieces + count, sizeof *ids);
    kd_tape *tape =
        kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = threads });
    *logits = kd_alloc(count * k, sizeof **logits);
    for (int first = 0, end; first < pack->sentences; first = end) {
        end = batch_end(pack, first, pack->sentences);
        kd_batch   batch = lengthened(pack, first, end, pad, ids, begin);
        kd_outputs out = kd_model_apply(model, tape, &batch, NULL);
        for (int b = first; b < end; b++)
            memcpy(*logits + (size_t)b * k, out.logits->x + (size_t)(begin[b - first + 1] - 1) * k,
                   k * sizeof **logits);
        kd_tape_reset(tape);
    }
    kd_tape_destroy(tape);
    free(ids);
    free(begin);
}

void kd_predict_labels(const float *logits, int rows, int labels, int32_t *out)
{
    for (int n = 0; n < rows; n++) {
        const float *row = logits + (size_t)n * (size_t)labels;
        int          best = 0;
        for (int k = 1; k < labels; k++)
            if (row[k] > row[best]) best = k;
        out[n] = best;
    }
}
