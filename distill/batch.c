/* batch.c - gather, without padding: sentence after sentence. */
#include "distill/batch.h"

#include <stdlib.h>
#include <string.h>

struct kd_batcher {
    const kd_pack    *pack;
    const kd_targets *targets;
    int               labels;
    int32_t          *begin;  /* (batch+1) */
    int32_t          *ids;    /* (N) of the largest batch */
    int32_t          *gold;   /* (N) tags, or (B) classes */
    float            *bits;   /* (B,K) */
    float            *logits; /* (N,K), or (B,K) */
};

static int length_of(const kd_pack *pack, int sentence)
{
    return pack->piece_begin[sentence + 1] - pack->piece_begin[sentence];
}

static int by_length_down(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* Pieces of the longest `batch` sentences: no batch has more. */
static size_t most_pieces(const kd_pack *pack, int batch)
{
    int   *lengths = kd_alloc((size_t)pack->sentences, sizeof *lengths);
    size_t sum = 0;
    for (int b = 0; b < pack->sentences; b++) lengths[b] = length_of(pack, b);
    qsort(lengths, (size_t)pack->sentences, sizeof *lengths, by_length_down);
    for (int b = 0; b < batch && b < pack->sentences; b++) sum += (size_t)lengths[b];
    free(lengths);
    return sum;
}

kd_batcher *kd_batcher_create(const kd_pack *pack, const kd_targets *targets, int batch, int labels)
{
    kd_batcher *b = kd_alloc(1, sizeof *b);
    size_t      pieces = most_pieces(pack, batch), sentences = (size_t)batch, k = (size_t)labels;
    size_t      rows = pack->task == KD_TASK_NER ? pieces : sentences;
    *b = (kd_batcher){ .pack = pack, .targets = targets, .labels = labels };
    b->begin = kd_alloc(sentences + 1, sizeof *b->begin);
    b->ids = kd_alloc(pieces, sizeof *b->ids);
    b->gold = kd_alloc(rows, sizeof *b->gold);
    if (pack->task == KD_TASK_HOC) b->bits = kd_alloc(sentences * k, sizeof *b->bits);
    if (targets) b->logits = kd_alloc(rows * k, sizeof *b->logits);
    return b;
}

void kd_batcher_destroy(kd_batcher *b)
{
    if (!b) return;
    free(b->begin);
    free(b->ids);
    free(b->gold);
    free(b->bits);
    free(b->logits);
    free(b);
}

/* Copy `count` rows of the targets that begin at `from` to row `at` of the batch. */
static void gather_targets(kd_batcher *b, int at, int from, int count)
{
    if (!b->targets) return;
    size_t k = (size_t)b->labels;
    memcpy(b->logits + (size_t)at * k, b->targets->logits + (size_t)from * k,
           (size_t)count * k * sizeof *b->logits);
}

static void gather_tags(kd_batcher *b, int at, int from, int count)
{
    for (int i = 0; i < count; i++) b->gold[at + i] = b->pack->tags[from + i];
    gather_targets(b, at, from, count);
}

static void gather_label(kd_batcher *b, int at, int sentence)
{
    int32_t label = b->pack->labels[sentence];
    b->gold[at] = label;
    for (int k = 0; b->bits && k < b->labels; k++)
        b->bits[(size_t)at * (size_t)b->labels + (size_t)k] = (float)(label >> k & 1);
    gather_targets(b, at, sentence, 1);
}

kd_batch kd_batcher_gather(kd_batcher *b, const int32_t *sentences, int count, kd_lesson *lesson)
{
    const kd_pack *pack = b->pack;
    int            n = 0;
    for (int i = 0; i < count; i++) {
        int from = pack->piece_begin[sentences[i]], length = length_of(pack, sentences[i]);
        b->begin[i] = n;
        memcpy(b->ids + n, pack->ids + from, (size_t)length * sizeof *b->ids);
        if (pack->task == KD_TASK_NER)
            gather_tags(b, n, from, length);
        else if (pack->labels)
            gather_label(b, i, sentences[i]);
        n += length;
    }
    b->begin[count] = n;
    lesson->rows = (kd_rows){ count, b->begin };
    lesson->labels = b->gold;
    lesson->bits = b->bits;
    lesson->teacher_logits = b->logits;
    return (kd_batch){ .ids = b->ids, .rows = lesson->rows };
}
