/* pack_questions.c - a question and a window of its text, again and again, until the text is covered. */
#include <stdlib.h>
#include <string.h>

#include "models/text/pack_build.h"
#include "models/text/unicode.h"

typedef struct {
    const kd_corpus        *corpus;
    kd_tokenizer           *tokenizer;
    const kd_token_options *options;
    kd_specials             specials;
    int                     separators;     /* between the two texts */
    kd_ids                  question, text; /* pieces of the row at hand */
    kd_ids                  text_places;    /* two for each piece of the text */
    kd_str                  decoded;
    kd_ids                  ids, word, places, begin, spans, rows; /* of all windows */
    kd_pack_stats           stats;
} packer;

/* ---- which characters a piece stands for ---- */

/* Characters of pieces put together, without the blanks between them. */
static int32_t characters_of(packer *p, const int32_t *ids, size_t count)
{
    int32_t characters = 0;
    kd_str_reset(&p->decoded);
    kd_tokenizer_decode(p->tokenizer, ids, count, &p->decoded);
    for (size_t at = 0; at < p->decoded.length;)
        characters += !kd_unicode_is_space(kd_utf8_next(p->decoded.text, p->decoded.length, &at));
    return characters;
}

static void set_place(packer *p, size_t piece, int32_t from, int32_t to)
{
    p->text_places.items[2 * piece] = from;
    p->text_places.items[2 * piece + 1] = to;
}

/* Pieces first..last-1 from character `begin` on, one after another; returns where they end. A
 * piece that adds no character is a part of the one before it. */
static int32_t place_row(packer *p, size_t first, size_t last, int32_t begin)
{
    int32_t from = begin;
    for (size_t i = first; i < last; i++) {
        int32_t to = begin + characters_of(p, p->text.items + first, i - first + 1);
        set_place(p, i, to > from ? from : to - 1, to);
        from = to;
    }
    return from;
}

/* Places for the pieces from `first` on, which stand for the characters begin..end-1 between two blanks. What is
 * unknown stands for all that those before and behind it leave. */
static void place_chunk(packer *p, size_t first, int32_t begin, int32_t end)
{
    size_t last = p->text.count, unknown = first, behind = last;
    while (unknown < last && p->text.items[unknown] != p->specials.unk) unknown++;
    while (behind > unknown && p->text.items[behind - 1] != p->specials.unk) behind--;
    for (size_t i = first; i < last; i++) set_place(p, i, begin, end);
    if (last - first < 2) return;
    int32_t from = begin + characters_of(p, p->text.items + first, unknown - first);
    int32_t to = end - characters_of(p, p->text.items + behind, last - behind);
    bool    is_exact = unknown == last ? from == end : from < to;
    if (!is_exact) return;
    place_row(p, first, unknown, begin);
    for (size_t i = unknown; i < behind; i++) set_place(p, i, from, to);
    place_row(p, behind, last, to);
}

static void encode_chunk(packer *p, const char *chunk, size_t length, int32_t begin)
{
    size_t first = p->text.count;
    if (first == 0)
        kd_tokenizer_encode(p->tokenizer, chunk, length, &p->text);
    else
        kd_tokenizer_encode_word(p->tokenizer, chunk, length, &p->text);
    kd_vec_reserve(&p->text_places, 2 * (p->text.count - first));
    p->text_places.count = 2 * p->text.count;
    place_chunk(p, first, begin, begin + (int32_t)kd_utf8_count(chunk, length));
}

static void encode_text(packer *p, const char *text)
{
    size_t  length = strlen(text), chunk = 0;
    int32_t character = 0, begin = 0;
    kd_vec_reset(&p->text);
    kd_vec_reset(&p->text_places);
    for (size_t at = 0; at < length; character++) {
        size_t here = at;
        if (!kd_unicode_is_space(kd_utf8_next(text, length, &at))) continue;
        if (here > chunk) encode_chunk(p, text + chunk, here - chunk, begin);
        chunk = at;
        begin = character + 1;
    }
    if (length > chunk) encode_chunk(p, text + chunk, length - chunk, begin);
    if (p->text.count > 0) return;
    kd_vec_push(&p->text, p->specials.unk); /* nothing but control characters */
    kd_vec_push(&p->text_places, 0);
    kd_vec_push(&p->text_places, character);
    p->stats.empty_words++;
}

static void encode_question(packer *p, const char *text)
{
    size_t most = (size_t)p->options->question_pieces;
    kd_vec_reset(&p->question);
    kd_tokenizer_encode(p->tokenizer, text, strlen(text), &p->question);
    if (p->question.count == 0) kd_vec_push(&p->question, p->specials.unk);
    if (most == 0 || p->question.count <= most) return;
    p->question.count = most;
    p->stats.cut_questions++;
}

/* ---- windows ---- */

static void push(packer *p, int32_t id, int32_t word, int32_t from, int32_t to)
{
    kd_vec_push(&p->ids, id);
    kd_vec_push(&p->word, word);
    kd_vec_push(&p->places, from);
    kd_vec_push(&p->places, to);
    p->stats.unknown += word >= 0 && id == p->specials.unk;
    p->stats.pieces += word >= 0;
}

/* Pieces of the text that the answer takes: the first that ends behind its beginning, to the last that
 * begins before its end. False without one. */
static bool find_answer(const packer *p, const kd_question *row, size_t *first, size_t *last)
{
    const int32_t *place = p->text_places.items;
    const kd_gold *gold = NULL;
    for (int i = row->count; i-- > 0;)
        if (row->answers[i].begin >= 0) gold = &row->answers[i];
    if (!gold) return false;
    for (*first = 0; *first < p->text.count && place[2 * *first + 1] <= gold->begin;) ++*first;
    for (*last = p->text.count; *last > *first && place[2 * (*last - 1)] >= gold->end;) --*last;
    if (*last <= *first) return false;
    --*last;
    return true;
}

/* The window over the pieces from..to-1 of the text. */
static void push_window(packer *p, int row, size_t from, size_t to)
{
    const kd_question *question = &p->corpus->questions.rows.items[row];
    size_t             begin = p->ids.count, first, last;
    kd_vec_push(&p->begin, (int32_t)begin);
    kd_vec_push(&p->rows, row);
    push(p, p->specials.cls, -1, -1, -1);
    for (size_t i = 0; i < p->question.count; i++) push(p, p->question.items[i], 0, -1, -1);
    for (int i = 0; i < p->separators; i++) push(p, p->specials.sep, -1, -1, -1);
    size_t text = p->ids.count - begin;
    for (size_t i = from; i < to; i++)
        push(p, p->text.items[i], 1, p->text_places.items[2 * i], p->text_places.items[2 * i + 1]);
    push(p, p->specials.sep, -1, -1, -1);
    bool has = find_answer(p, question, &first, &last) && first >= from && last < to;
    kd_vec_push(&p->spans, has ? (int32_t)(text + first - from) : 0);
    kd_vec_push(&p->spans, has ? (int32_t)(text + last - from) : 0);
}

static kd_status push_row(packer *p, int row, kd_error *err)
{
    const kd_question *question = &p->corpus->questions.rows.items[row];
    size_t             most = (size_t)p->options->max_pieces, stride = (size_t)p->options->stride;
    encode_question(p, question->question);
    encode_text(p, question->context);
    size_t around = p->question.count + 2 + (size_t)p->separators, room = p->text.count;
    if (around + room > (size_t)p->stats.longest) p->stats.longest = (int)(around + room);
    if (most > 0 && most <= around)
        return kd_fail(err, KD_EDATA,
                       "%s: question %s has %zu pieces, which with max_pieces = %zu leaves no room "
                       "for its text",
                       p->corpus->name, question->id, p->question.count, most);
    if (most > 0 && room > most - around) room = most - around;
    for (size_t from = 0; p->ids.count <= INT32_MAX; from += stride < room ? stride : room) {
        size_t left = p->text.count - from;
        push_window(p, row, from, from + (left < room ? left : room));
        if (left <= room) break;
    }
    return KD_OK;
}

/* ---- the pack ---- */

void kd_pack_find_segments(const kd_pack *pack, int32_t *segments)
{
    for (int b = 0; b < pack->sentences; b++) {
        bool is_second = false;
        for (int i = pack->piece_begin[b]; i < pack->piece_begin[b + 1]; i++) {
            is_second |= pack->word[i] > 0;
            segments[i] = is_second;
        }
    }
}

/* A window has two words of its own. */
static int32_t *number_words(int windows)
{
    int32_t *begin = kd_alloc((size_t)windows + 1, sizeof *begin);
    for (int b = 0; b <= windows; b++) begin[b] = 2 * b;
    return begin;
}

static kd_status finish(kd_pack *out, packer *p, kd_error *err)
{
    if (p->ids.count > INT32_MAX / 2)
        return kd_fail(err, KD_EDATA, "%s: more than %d pieces", p->corpus->name, INT32_MAX / 2);
    int windows = (int)p->begin.count;
    kd_vec_push(&p->begin, (int32_t)p->ids.count);
    *out = (kd_pack){
        .task = p->corpus->task,
        .sentences = windows,
        .pieces = (int)p->ids.count,
        .words = 2 * windows,
        .ids = p->ids.items,
        .word = p->word.items,
        .piece_begin = p->begin.items,
        .word_begin = number_words(windows),
        .documents = p->rows.items,
        .segments = kd_alloc(p->ids.count + 1, sizeof *out->segments),
        .spans = p->spans.items,
        .places = p->places.items,
        .answer_pieces = p->options->answer_pieces,
        .questions = &p->corpus->questions,
    };
    kd_pack_find_segments(out, out->segments);
    return KD_OK;
}

static void release(packer *p)
{
    kd_vec_fini(&p->ids);
    kd_vec_fini(&p->word);
    kd_vec_fini(&p->places);
    kd_vec_fini(&p->begin);
    kd_vec_fini(&p->spans);
    kd_vec_fini(&p->rows);
}

kd_status kd_pack_questions(kd_pack *out, const kd_corpus *corpus, kd_tokenizer *tokenizer,
                            const kd_token_options *options, kd_pack_stats *stats, kd_error *err)
{
    const kd_vocab *vocab = kd_tokenizer_vocab(tokenizer);
    packer          p = { .corpus = corpus, .tokenizer = tokenizer, .options = options };
    kd_status       status = KD_OK;
    p.specials = kd_vocab_specials(vocab);
    p.separators = kd_vocab_separators(vocab);
    kd_str_init(&p.decoded);
    for (int row = 0; row < kd_corpus_sentences(corpus) && status == KD_OK; row++)
        status = push_row(&p, row, err);
    if (status == KD_OK) status = finish(out, &p, err);
    if (status == KD_OK && stats) *stats = p.stats;
    if (status != KD_OK) release(&p);
    kd_vec_fini(&p.question);
    kd_vec_fini(&p.text);
    kd_vec_fini(&p.text_places);
    kd_str_fini(&p.decoded);
    return status;
}
