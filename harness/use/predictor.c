/* predictor.c - rows become windows, windows batches, logits answers. */
#include "harness/use/predictor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/use/windows.h"

/* A batch has so few pieces that what its layers leave stays in the core's own cache, and so many windows that products of
 * one step of a BiLSTM have rows enough. */
#define PIECES       256
#define FEWEST       8
#define LONGEST_MOST 4096 /* pieces of a window, where neither network nor settings have less */

struct kd_predictor {
    kd_trained   trained;
    kd_precision precision;
    int          longest; /* pieces of a window */
    bool         cuts;    /* rows end with the first window */
    kd_no_answer none;
};

struct kd_asker {
    const kd_predictor *predictor;
    kd_tokenizer       *tokenizer;
    kd_tape            *tape;
    kd_windows          windows;
    kd_ids              ids; /* (N) of a batch */
    KD_VEC(int32_t) begin;   /* (B+1) of it */
    KD_VEC(int32_t) marks;   /* (2B) */
    kd_ids segments;         /* (N) */
    KD_VEC(float) logits;    /* of a pack */
};

/* ---- the predictor ---- */

static int longest_of(const kd_trained *t)
{
    int longest = kd_arch_longest(kd_model_arch(t->network.model));
    int most = t->tokens.max_pieces;
    if (most > 0 && most < longest) longest = most;
    return longest < LONGEST_MOST ? longest : LONGEST_MOST;
}

static kd_status settle_precision(kd_predictor *p, const char *word, kd_error *err)
{
    p->precision = p->trained.precision;
    if (word && !kd_precision_parse(word, &p->precision))
        return kd_fail(err, KD_EUSAGE, "--precision is f32, bf16 or int8, not %s", word);
    return kd_gemm_require(p->precision, err);
}

static kd_status settle_none(kd_predictor *p, double above, kd_error *err)
{
    const kd_trained *t = &p->trained;
    bool              is_asked = !isnan(above);
    if (is_asked && t->task != KD_TASK_QA)
        return kd_fail(err, KD_EUSAGE, "--none-above is for models of questions");
    if (is_asked && t->knows_none && !t->has_none)
        return kd_fail(
            err, KD_EUSAGE,
            "--none-above: each question that the model learned from has an answer, so it "
            "cannot tell where there is none");
    p->none =
        (kd_no_answer){ .may_be = is_asked || t->has_none, .above = is_asked ? (float)above : 0 };
    return KD_OK;
}

/* Forms of weights that are made when they are first used are made here, by one thread. */
static void warm_up(const kd_predictor *p)
{
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .precision = p->precision, .threads = 1 });
    int32_t  ids[] = { 0, 0, 0 }, begin[] = { 0, 3 };
    kd_batch batch = { .ids = ids, .rows = { 1, begin } };
    kd_model_apply(p->trained.network.model, tape, &batch, NULL);
    kd_tape_destroy(tape);
}

static kd_status settle(kd_predictor *p, const kd_predictor_options *options, kd_error *err)
{
    kd_status status = settle_precision(p, options->precision, err);
    if (status == KD_OK) status = settle_none(p, options->none_above, err);
    if (status != KD_OK) return status;
    p->longest = longest_of(&p->trained);
    p->cuts = options->cuts || (p->trained.task != KD_TASK_NER && p->trained.task != KD_TASK_HOC);
    if (p->longest < 3)
        return kd_fail(err, KD_EDATA, "its longest row has %d pieces, two of them special",
                       p->longest);
    kd_params_seal(p->trained.network.params, p->precision);
    warm_up(p);
    return KD_OK;
}

kd_status kd_predictor_open(kd_predictor **out, const char *path,
                            const kd_predictor_options *options, kd_error *err)
{
    kd_predictor *p = kd_alloc(1, sizeof *p);
    kd_status status = kd_trained_open(&p->trained, path, options->tokenizer, options->task, err);
    if (status == KD_OK) status = settle(p, options, err);
    *out = status == KD_OK ? p : NULL;
    if (status != KD_OK) kd_predictor_close(p);
    return status;
}

void kd_predictor_close(kd_predictor *p)
{
    if (!p) return;
    kd_trained_fini(&p->trained);
    free(p);
}

const kd_trained *kd_predictor_trained(const kd_predictor *p)
{
    return &p->trained;
}

int kd_predictor_longest(const kd_predictor *p)
{
    return p->longest;
}

/* ---- logits ---- */

kd_status kd_asker_create(kd_asker **out, const kd_predictor *predictor, kd_error *err)
{
    kd_asker *a = kd_alloc(1, sizeof *a);
    a->predictor = predictor;
    kd_status status = kd_trained_tokenizer(&a->tokenizer, &predictor->trained, err);
    if (status != KD_OK) {
        free(a);
        return status;
    }
    a->tape = kd_tape_create(&(kd_tape_options){ .precision = predictor->precision, .threads = 1 });
    *out = a;
    return KD_OK;
}

void kd_asker_destroy(kd_asker *a)
{
    if (!a) return;
    kd_tokenizer_destroy(a->tokenizer);
    kd_tape_destroy(a->tape);
    kd_vec_fini(&a->windows);
    kd_vec_fini(&a->ids);
    kd_vec_fini(&a->begin);
    kd_vec_fini(&a->marks);
    kd_vec_fini(&a->segments);
    kd_vec_fini(&a->logits);
    free(a);
}

kd_status kd_asker_pack(kd_asker *a, const kd_corpus *corpus, kd_pack *out, kd_pack_stats *stats,
                        kd_error *err)
{
    kd_token_options options = a->predictor->trained.tokens;
    options.max_pieces = a->predictor->cuts ? a->predictor->longest : 0;
    return kd_pack_build(out, corpus, a->tokenizer, &options, stats, err);
}

static int by_length(const void *x, const void *y)
{
    const kd_window *a = x, *b = y;
    if (a->length != b->length) return a->length - b->length;
    return a->row != b->row ? a->row - b->row : a->from - b->from;
}

static void append(kd_ids *to, const int32_t *from, int count)
{
    kd_vec_reserve(to, (size_t)count);
    memcpy(to->items + to->count, from, (size_t)count * sizeof *from);
    to->count += (size_t)count;
}

/* The pieces from..from+count-1 of the pack. */
static void add_pieces(kd_asker *a, const kd_pack *pack, int from, int count)
{
    append(&a->ids, pack->ids + from, count);
    if (pack->segments) append(&a->segments, pack->segments + from, count);
}

/* A mention is where it was in its row, less what the window leaves out before it. */
static void add_marks(kd_asker *a, const kd_pack *pack, const kd_window *w)
{
    int before = w->from - pack->piece_begin[w->row] - 1, length = w->end - w->from;

    for (int i = 0; i < 2 && pack->marks; i++) {
        int at = pack->marks[2 * w->row + i] - before;
        kd_vec_push(&a->marks, at > 0 && at <= length ? at : -1);
    }
}

/* The windows first..end-1 beside each other, each between the special pieces of its row. */
static kd_batch gather(kd_asker *a, const kd_pack *pack, size_t first, size_t end)
{
    kd_vec_reset(&a->ids);
    kd_vec_reset(&a->begin);
    kd_vec_reset(&a->marks);
    kd_vec_reset(&a->segments);
    for (size_t i = first; i < end; i++) {
        const kd_window *w = &a->windows.items[i];
        kd_vec_push(&a->begin, (int32_t)a->ids.count);
        add_pieces(a, pack, pack->piece_begin[w->row], 1);
        add_pieces(a, pack, w->from, w->end - w->from);
        add_pieces(a, pack, pack->piece_begin[w->row + 1] - 1, 1);
        add_marks(a, pack, w);
    }
    kd_vec_push(&a->begin, (int32_t)a->ids.count);
    return (kd_batch){ .ids = a->ids.items,
                       .segments = pack->segments ? a->segments.items : NULL,
                       .rows = { (int)(end - first), a->begin.items },
                       .marks = pack->marks ? a->marks.items : NULL };
}

/* A row of the network's columns as a row of labels. */
static void put_columns(const kd_trained *t, const float *from, int k, float *to, int labels)
{
    if (t->columns.count == 0) {
        memcpy(to, from, (size_t)k * sizeof *to);
        return;
    }
    for (int l = 0; l < labels; l++) to[l] = -INFINITY;
    for (int i = 0; i < k; i++) to[t->columns.items[i]] = from[i];
}

/* What a window says of the pieces that it answers for. */
static void scatter_pieces(const kd_asker *a, const kd_window *w, const kd_tensor *x, int begin,
                           float *logits, int labels)
{
    int offset = begin + 1 - w->from; /* of a piece of the pack in the batch */
    for (int n = w->keep; n < w->done; n++)
        put_columns(&a->predictor->trained, kd_tensor_row(x, n + offset), x->d,
                    logits + (size_t)n * (size_t)labels, labels);
}

/* Raise the logits of a row, which begin below all numbers, to what this window says. */
static void scatter_row(const kd_asker *a, const kd_window *w, const kd_tensor *x, int i,
                        float *logits, int labels)
{
    const kd_trained *t = &a->predictor->trained;
    float            *to = logits + (size_t)w->row * (size_t)labels;
    const float      *from = kd_tensor_row(x, i);
    for (int k = 0; k < x->d; k++) {
        int l = t->columns.count ? t->columns.items[k] : k;
        if (from[k] > to[l]) to[l] = from[k];
    }
}

static void run_batch(kd_asker *a, const kd_pack *pack, size_t first, size_t end, float *logits)
{
    int        labels = kd_labels_count(a->predictor->trained.labels);
    kd_batch   batch = gather(a, pack, first, end);
    kd_outputs out = kd_model_apply(a->predictor->trained.network.model, a->tape, &batch, NULL);
    for (size_t i = first; i < end; i++) {
        const kd_window *w = &a->windows.items[i];
        if (kd_task_is_of_pieces(pack->task))
            scatter_pieces(a, w, out.logits, batch.rows.begin[i - first], logits, labels);
        else
            scatter_row(a, w, out.logits, (int)(i - first), logits, labels);
    }
    kd_tape_reset(a->tape);
}

static void clear_rows(const kd_asker *a, const kd_pack *pack, int first, int end, float *logits)
{
    size_t labels = (size_t)kd_labels_count(a->predictor->trained.labels);
    if (kd_task_is_of_pieces(pack->task)) return;
    for (size_t i = (size_t)first * labels; i < (size_t)end * labels; i++) logits[i] = -INFINITY;
}

void kd_asker_logits(kd_asker *a, const kd_pack *pack, int first, int end, float *logits)
{
    kd_vec_reset(&a->windows);
    clear_rows(a, pack, first, end, logits);
    for (int b = first; b < end; b++) kd_windows_of(&a->windows, pack, b, a->predictor->longest);
    if (a->windows.count > 0)
        qsort(a->windows.items, a->windows.count, sizeof *a->windows.items, by_length);
    for (size_t at = 0, stop; at < a->windows.count; at = stop) {
        int pieces = a->windows.items[at].length;
        for (stop = at + 1; stop < a->windows.count; stop++) {
            pieces += a->windows.items[stop].length;
            if (pieces > PIECES && stop - at >= FEWEST) break;
        }
        run_batch(a, pack, at, stop, logits);
    }
}

/* ---- answers ---- */

void kd_replies_fini(kd_replies *replies)
{
    kd_vec_fini(&replies->tags);
    kd_vec_fini(&replies->sure);
    kd_vec_fini(&replies->classes);
    kd_vec_fini(&replies->odds);
    kd_candidates_fini(&replies->answers);
}

/* exp(x[at]) / sum exp(x) */
static float softmax_at(const float *x, int k, int at)
{
    float highest = x[0], sum = 0;
    for (int i = 1; i < k; i++)
        if (x[i] > highest) highest = x[i];
    for (int i = 0; i < k; i++) sum += expf(x[i] - highest);
    return expf(x[at] - highest) / sum;
}

/* The probability of each word's tag, at its first piece; a CRF's is that of its posterior. A word without
 * pieces is outside for certain. */
static void put_sure(kd_replies *out, const kd_pack *pack, const kd_crf *crf, float *logits,
                     int labels)
{
    if (crf) kd_crf_say_posteriors(crf, pack, 1, logits);
    for (int w = 0; w < pack->words; w++) out->sure.items[w] = 1;
    for (int b = 0; b < pack->sentences; b++)
        for (int n = pack->piece_begin[b]; n < pack->piece_begin[b + 1]; n++) {
            if (!kd_pack_is_first(pack, n)) continue;
            int word = pack->word_begin[b] + pack->word[n];
            out->sure.items[word] =
                softmax_at(logits + (size_t)n * (size_t)labels, labels, out->tags.items[word]);
        }
}

static void put_tags(kd_replies *out, const kd_pack *pack, const kd_said *said)
{
    size_t words = (size_t)pack->words;
    if (words == 0) return;
    kd_vec_reserve(&out->tags, words);
    kd_vec_reserve(&out->sure, words);
    memcpy(out->tags.items, said->words, words * sizeof *said->words);
    out->tags.count = out->sure.count = words;
}

/* How sure a network is of the k-th of a set: where two outputs stand for one thing, of this one and not the other. */
static float sure_of(const float *row, int k, bool are_two)
{
    float against = are_two ? row[k ^ 1] : 0;
    return 1 / (1 + expf(against - row[k]));
}

static void put_classes(kd_replies *out, const kd_pack *pack, const kd_labels *names,
                        const kd_said *said, const float *logits, int labels)
{
    bool are_two = kd_hallmarks_are_two(names);
    for (int b = 0; b < pack->sentences; b++) {
        const float *row = logits + (size_t)b * (size_t)labels;
        kd_vec_push(&out->classes, said->rows[b]);
        for (int k = 0; k < labels; k++)
            kd_vec_push(&out->odds, pack->task == KD_TASK_HOC ? sure_of(row, k, are_two)
                                                              : softmax_at(row, labels, k));
    }
}

static void reset(kd_replies *replies)
{
    kd_vec_reset(&replies->tags);
    kd_vec_reset(&replies->sure);
    kd_vec_reset(&replies->classes);
    kd_vec_reset(&replies->odds);
    kd_candidates_fini(&replies->answers);
}

/* Where a corpus has questions without an answer, that may be one of any model. */
static void read_answers(kd_replies *out, kd_said *said, const kd_predictor *p, const kd_pack *pack,
                         const float *logits)
{
    kd_no_answer none = p->none;
    none.may_be |= pack->questions->has_none;
    *said = (kd_said){ .rows = NULL };
    kd_candidates_find(&said->answers, pack, logits, KD_CANDIDATES, none);
    kd_candidates_find(&out->answers, pack, logits, KD_PREDICTED, none);
    out->may_be_none = none.may_be;
}

void kd_replies_read(kd_replies *out, kd_said *said, const kd_predictor *p, const kd_pack *pack,
                     float *logits)
{
    const kd_crf *crf = kd_model_crf(p->trained.network.model);
    int           labels = kd_labels_count(p->trained.labels);
    reset(out);
    if (pack->questions) {
        read_answers(out, said, p, pack, logits);
        return;
    }
    *said = kd_said_read(pack, p->trained.labels, crf, logits, labels);
    if (pack->task == KD_TASK_NER) {
        put_tags(out, pack, said);
        put_sure(out, pack, crf, logits, labels);
    } else {
        put_classes(out, pack, p->trained.labels, said, logits, labels);
    }
}

static void count_long(const kd_asker *a, const kd_pack *pack, const kd_pack_stats *stats,
                       kd_replies *out)
{
    out->long_rows += stats->cut_sentences;
    for (int b = 0; b < pack->sentences && !a->predictor->cuts; b++)
        out->long_rows += pack->piece_begin[b + 1] - pack->piece_begin[b] > a->predictor->longest;
}

kd_status kd_asker_answer(kd_asker *a, const kd_corpus *corpus, kd_replies *out, kd_error *err)
{
    const kd_trained *t = &a->predictor->trained;
    int               labels = kd_labels_count(t->labels);
    kd_pack           pack;
    kd_pack_stats     stats;

    kd_status status = kd_asker_pack(a, corpus, &pack, &stats, err);
    if (status != KD_OK) return status;
    count_long(a, &pack, &stats, out);
    size_t rows = (size_t)kd_pack_rows(&pack);
    kd_vec_reset(&a->logits);
    kd_vec_reserve(&a->logits, rows * (size_t)labels + 1);
    float *logits = a->logits.items;
    kd_asker_logits(a, &pack, 0, pack.sentences, logits);
    kd_said said;
    kd_replies_read(out, &said, a->predictor, &pack, logits);
    kd_said_fini(&said);
    kd_pack_fini(&pack);
    return KD_OK;
}
