/* batch.c - gather, sentence after sentence; without padding unless it is asked for. */
#include "distill/batch.h"

#include <stdlib.h>
#include <string.h>

#include "distill/by_word.h"
#include "harness/base/half.h"
#include "models/text/corpus.h"

struct kd_batcher {
    const kd_pack    *pack;
    const kd_targets *targets;
    int               labels;
    int               told; /* sentences with labels, of the pack */
    size_t            batch;
    bool              pads;
    int32_t           pad;
    int               real;     /* pieces of the batch at hand, without PAD */
    int32_t          *begin;    /* (batch+1) */
    int32_t          *ids;      /* (N) of the largest batch */
    int32_t          *segments; /* (N); NULL where the pack has none */
    int32_t          *gold;     /* (N) tags, (B) classes, or (2B) rows of a window */
    int32_t          *marks;    /* (2B); NULL where the pack has none */
    int32_t          *firsts;   /* (N) tags of first pieces */
    float            *bits;     /* (B,K) */
    float            *logits;   /* (N,K), or (B,K) */
    uint8_t          *said;     /* (N) of targets by word; NULL: something is said everywhere */
};

static int by_length_down(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* Pieces of the longest `batch` sentences, or that many of the longest: no batch has more. */
static size_t most_pieces(const kd_pack *pack, int batch, bool pads)
{
    if (pack->parts)
        return (size_t)batch * (size_t)pack->longest; /* to look at each row takes too long */
    int   *lengths = kd_alloc((size_t)pack->sentences, sizeof *lengths);
    size_t sum = 0;
    for (int b = 0; b < pack->sentences; b++) lengths[b] = kd_pack_length(pack, b);
    qsort(lengths, (size_t)pack->sentences, sizeof *lengths, by_length_down);
    for (int b = 0; b < batch && b < pack->sentences; b++) sum += (size_t)lengths[pads ? 0 : b];
    free(lengths);
    return sum;
}

static void allocate(kd_batcher *b)
{
    size_t sentences = b->batch, k = (size_t)b->labels;
    size_t pieces = most_pieces(b->pack, (int)b->batch, b->pads);
    size_t rows = kd_task_is_of_pieces(b->pack->task) ? pieces : sentences;
    b->begin = kd_alloc(sentences + 1, sizeof *b->begin);
    b->ids = kd_alloc(pieces, sizeof *b->ids);
    b->gold = kd_alloc(b->pack->spans ? 2 * sentences : rows, sizeof *b->gold);
    if (b->pack->segments) b->segments = kd_alloc(pieces, sizeof *b->segments);
    if (b->pack->task == KD_TASK_NER) b->firsts = kd_alloc(rows, sizeof *b->firsts);
    if (b->pack->task == KD_TASK_HOC) b->bits = kd_alloc(sentences * k, sizeof *b->bits);
    if (b->pack->marks) b->marks = kd_alloc(2 * sentences, sizeof *b->marks);
    if (b->targets) b->logits = kd_alloc(rows * k, sizeof *b->logits);
    if (b->targets && b->targets->is_by_word) b->said = kd_alloc(rows, sizeof *b->said);
}

static void release(kd_batcher *b)
{
    free(b->begin);
    free(b->ids);
    free(b->segments);
    free(b->gold);
    free(b->marks);
    free(b->firsts);
    free(b->bits);
    free(b->logits);
    free(b->said);
}

kd_batcher *kd_batcher_create(const kd_pack *pack, const kd_targets *targets, int batch, int labels)
{
    kd_batcher *b = kd_alloc(1, sizeof *b);
    *b = (kd_batcher){ .pack = pack,
                       .targets = targets,
                       .labels = labels,
                       .told = kd_pack_told(pack),
                       .batch = (size_t)batch };
    allocate(b);
    return b;
}

void kd_batcher_pad(kd_batcher *b, int32_t pad)
{
    release(b);
    b->pads = true;
    b->pad = pad;
    allocate(b);
}

int kd_batcher_pieces(const kd_batcher *b)
{
    return b->real;
}

void kd_batcher_destroy(kd_batcher *b)
{
    if (!b) return;
    release(b);
    free(b);
}

/* Copy `count` rows of the targets that begin at `from` to row `at` of the batch. */
static void gather_targets(kd_batcher *b, int at, int from, int count)
{
    if (!b->targets) return;
    size_t k = (size_t)b->labels, length = (size_t)count * k, place = (size_t)from * k;
    float *to = b->logits + (size_t)at * k;
    if (b->targets->halves)
        kd_halves_decode(length, b->targets->halves + place, to);
    else
        memcpy(to, b->targets->logits + place, length * sizeof *to);
}

/* Every piece of a word learns what is said of the word. A row of which nothing is said is zeroes, for whoever looks
 * at all rows. */
static void gather_words(kd_batcher *b, int at, int sentence, int from, int count)
{
    size_t k = (size_t)b->labels;
    for (int i = 0; i < count; i++) {
        float *to = b->logits + (size_t)(at + i) * k;
        int    word = kd_word_of_piece(b->pack, sentence, from + i);
        if (word >= 0) gather_targets(b, at + i, word, 1);
        b->said[at + i] = word >= 0 && kd_word_is_said(to);
        if (!b->said[at + i]) memset(to, 0, k * sizeof *to);
    }
}

static void gather_tags(kd_batcher *b, int at, int sentence, int from, int count)
{
    for (int i = 0; i < count; i++) {
        int16_t tag = b->pack->tags[from + i];
        b->gold[at + i] = tag;
        b->firsts[at + i] = kd_pack_is_first(b->pack, from + i) ? tag : KD_NO_TAG;
    }
    if (b->said)
        gather_words(b, at, sentence, from, count);
    else
        gather_targets(b, at, from, count);
}

static void gather_label(kd_batcher *b, int at, int sentence)
{
    int32_t label = b->pack->labels[sentence];
    b->gold[at] = label;
    for (int k = 0; b->bits && k < b->labels; k++)
        b->bits[(size_t)at * (size_t)b->labels + (size_t)k] =
            (float)kd_hallmark_holds(b->labels, label, k);
    gather_targets(b, at, sentence, 1);
}

static void gather_span(kd_batcher *b, int i, int at, int sentence)
{
    memcpy(b->gold + 2 * (size_t)i, b->pack->spans + 2 * (size_t)sentence, 2 * sizeof *b->gold);
    gather_targets(b, at, b->pack->piece_begin[sentence], kd_pack_length(b->pack, sentence));
}

static int longest_of(const kd_batcher *b, const int32_t *sentences, int count)
{
    int longest = 0;
    for (int i = 0; i < count; i++)
        if (kd_pack_length(b->pack, sentences[i]) > longest)
            longest = kd_pack_length(b->pack, sentences[i]);
    return longest;
}

/* PAD from row `at` to row `end`. */
static void lengthen(kd_batcher *b, int at, int end, int sentence)
{
    size_t k = (size_t)b->labels;
    for (; at < end; at++) {
        b->ids[at] = b->pad;
        if (b->pack->task != KD_TASK_NER) continue;
        b->gold[at] = b->firsts[at] = KD_NO_TAG;
        if (b->targets)
            memcpy(b->logits + (size_t)at * k, b->targets->padding + (size_t)sentence * k,
                   k * sizeof *b->logits);
    }
}

static void gather_sentence(kd_batcher *b, int i, int at, int sentence)
{
    const kd_pack *pack = b->pack;
    int            length = kd_pack_length(pack, sentence);
    kd_pack_copy(pack, sentence, b->ids + at);
    if (pack->task == KD_TASK_NER)
        gather_tags(b, at, sentence, pack->piece_begin[sentence], length);
    else if (pack->spans)
        gather_span(b, i, at, sentence);
    else if (pack->labels)
        gather_label(b, i, sentence);
    if (b->segments)
        memcpy(b->segments + at, pack->segments + pack->piece_begin[sentence],
               (size_t)length * sizeof *b->segments);
    if (b->marks)
        memcpy(b->marks + 2 * (size_t)i, pack->marks + 2 * (size_t)sentence, 2 * sizeof *b->marks);
    b->real += length;
}

/* Sentences are lengthened to `longest`, unless it is 0. */
static kd_batch gather(kd_batcher *b, const int32_t *sentences, int count, int longest,
                       kd_lesson *lesson)
{
    int n = 0;
    b->real = 0;
    for (int i = 0; i < count; i++) {
        int length = kd_pack_length(b->pack, sentences[i]);
        b->begin[i] = n;
        gather_sentence(b, i, n, sentences[i]);
        if (longest) lengthen(b, n + length, n + longest, sentences[i]);
        n += longest ? longest : length;
    }
    b->begin[count] = n;
    lesson->rows = (kd_rows){ count, b->begin };
    lesson->labels = b->gold;
    lesson->firsts = b->firsts;
    lesson->bits = b->bits;
    lesson->teacher_logits = b->logits;
    lesson->said = b->said;
    if (b->targets) lesson->teacher_crf = b->targets->crf;
    return (kd_batch){
        .ids = b->ids, .segments = b->segments, .rows = lesson->rows, .marks = b->marks
    };
}

static bool is_untold(const kd_batcher *b, const int32_t *sentences, int count)
{
    for (int i = 0; i < count; i++)
        if (sentences[i] < b->told) return false;
    return b->told < b->pack->sentences;
}

kd_batch kd_batcher_gather(kd_batcher *b, const int32_t *sentences, int count, kd_lesson *lesson)
{
    lesson->is_untold = is_untold(b, sentences, count);
    return gather(b, sentences, count, b->pads ? longest_of(b, sentences, count) : 0, lesson);
}

/* ---- cuts ---- */

/* The first sentence of a rank: each rank before it takes one, and more while its pieces are then nearer to its share. */
static int begin_of(const kd_batcher *b, const int32_t *sentences, int count, int rank, int ranks)
{
    int64_t all = 0, before = 0;
    int     first = 0;
    for (int i = 0; i < count; i++) all += kd_pack_length(b->pack, sentences[i]);
    for (int r = 1; r <= rank; r++) {
        before += kd_pack_length(b->pack, sentences[first++]);
        for (; first < count - (ranks - r); first++) {
            int64_t next = before + kd_pack_length(b->pack, sentences[first]);
            if ((before + next) * ranks > 2 * all * r) break;
            before = next;
        }
    }
    return first;
}

kd_cut kd_batcher_cut(const kd_batcher *b, const int32_t *sentences, int count, int rank, int ranks)
{
    if (count < ranks) return rank < count ? (kd_cut){ rank, 1 } : (kd_cut){ count, 0 };
    int first = begin_of(b, sentences, count, rank, ranks);
    int end = rank + 1 == ranks ? count : begin_of(b, sentences, count, rank + 1, ranks);
    return (kd_cut){ first, end - first };
}

kd_batch kd_batcher_gather_cut(kd_batcher *b, const int32_t *sentences, int count, kd_cut cut,
                               size_t before[KD_OF_COUNT], kd_lesson *lesson)
{
    int longest = b->pads ? longest_of(b, sentences, count) : 0;
    lesson->is_untold = is_untold(b, sentences, count);
    before[KD_OF_SENTENCES] = (size_t)cut.first;
    before[KD_OF_PIECES] = before[KD_OF_SQUARES] = 0;
    for (int i = 0; i < cut.first; i++) {
        size_t length = (size_t)(longest ? longest : kd_pack_length(b->pack, sentences[i]));
        before[KD_OF_PIECES] += length;
        before[KD_OF_SQUARES] += length * length;
    }
    return gather(b, sentences + cut.first, cut.count, longest, lesson);
}
