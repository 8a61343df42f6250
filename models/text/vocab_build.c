/* vocab_build.c - a WordPiece vocabulary from word counts, by joining frequent neighbours.
 *
 * Every word is a row of symbols, at first its characters; all words lie in one array and a
 * symbol knows its neighbours, so that a join is local:
 *
 *     g ##e ##n ##e  x 12      the pair (##e, ##n) occurs 12 times in this word, so
 *     g ##en    ##e  x 12      joining it takes 12 from (g, ##e) and (##n, ##e)
 *                              and gives 12 to (g, ##en) and (##en, ##e)
 *
 * This is byte-pair encoding (Sennrich, Haddow and Birch 2016) on WordPiece's two alphabets.
 * A heap holds the pairs with the count they had when they were put there; an entry whose
 * count has changed since is put back with the new one when it comes up.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/unicode.h"
#include "models/text/vocab.h"

#define WORD_MAX 100 /* characters; the tokenizer makes [UNK] of longer words anyway */

static const char *const special_pieces[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
#define SPECIALS ((int)(sizeof special_pieces / sizeof *special_pieces))

/* A symbol in its word; `before` and `after` are places in the array of all symbols, -1 at the
 * word's ends. A symbol that was joined to the one before it has piece -1. */
typedef struct {
    int32_t piece, before, after;
    int32_t word;
} symbol;

typedef KD_VEC(int32_t) place_vec;

typedef struct {
    int32_t     left, right; /* pieces */
    const char *text;        /* of both, joined: "##en" and "##e" give "##ene" */
    int64_t     count;
    place_vec   places; /* where the left symbol is, or was */
    bool        is_touched;
} pair;

typedef struct {
    int64_t count;
    int32_t pair;
} heap_entry;

typedef struct {
    kd_map *pieces; /* text -> its number: characters first, then what is joined */
    KD_VEC(symbol) symbols;
    KD_VEC(int64_t) word_counts;
    kd_map *pair_index; /* "left right" -> index in `pairs` */
    KD_VEC(pair) pairs;
    KD_VEC(heap_entry) heap;
    KD_VEC(int32_t) touched; /* pairs that the present join makes more frequent */
    kd_arena *texts;
    kd_str    key;
} builder;

static const char *piece_text(const builder *b, int32_t piece)
{
    return kd_map_key(b->pieces, (size_t)piece);
}

/* The piece with this text, which may be a new one. */
static int32_t piece_of(builder *b, const char *text)
{
    const kd_map_value *known = kd_map_get(b->pieces, text);
    if (known) return (int32_t)known->number;
    return (int32_t)kd_map_put_number(b->pieces, text, (int64_t)kd_map_count(b->pieces));
}

/* ---- the heap of pairs: most frequent first, then by text ---- */

/* Two pairs may spell the same text; the one with the shorter left part then goes first. */
static bool goes_first(const builder *b, heap_entry x, heap_entry y)
{
    if (x.count != y.count) return x.count > y.count;
    const pair *p = &b->pairs.items[x.pair], *q = &b->pairs.items[y.pair];
    int         order = strcmp(p->text, q->text);
    if (order != 0) return order < 0;
    return strlen(piece_text(b, p->left)) < strlen(piece_text(b, q->left));
}

static void heap_push(builder *b, int32_t pair_index)
{
    heap_entry entry = { b->pairs.items[pair_index].count, pair_index };
    if (entry.count < 2) return;
    kd_vec_push(&b->heap, entry);
    heap_entry *heap = b->heap.items;
    size_t      at = b->heap.count - 1;
    for (; at > 0 && goes_first(b, entry, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
}

static heap_entry heap_pop(builder *b)
{
    heap_entry *heap = b->heap.items;
    heap_entry  top = heap[0], last = heap[--b->heap.count];
    size_t      at = 0, count = b->heap.count;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && goes_first(b, heap[child + 1], heap[child])) child++;
        if (!goes_first(b, heap[child], last)) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* ---- pairs and joins ---- */

/* The pair of the symbol at `place` and the one after it. A blank parts the two texts in the
 * key, since no word has a blank inside. */
static int32_t pair_at(builder *b, int32_t place)
{
    const symbol *s = &b->symbols.items[place];
    int32_t       left = s->piece, right = b->symbols.items[s->after].piece;

    kd_str_reset(&b->key);
    kd_str_addf(&b->key, "%s %s", piece_text(b, left), piece_text(b, right));
    const kd_map_value *index = kd_map_get_n(b->pair_index, b->key.text, b->key.length);
    if (index) return (int32_t)index->number;

    char *text = kd_arena_sprintf(b->texts, "%s%s", piece_text(b, left), piece_text(b, right) + 2);
    kd_map_put_number(b->pair_index, b->key.text, (int64_t)b->pairs.count);
    kd_vec_push(&b->pairs, (pair){ .left = left, .right = right, .text = text });
    return (int32_t)b->pairs.count - 1;
}

static void gain_pair(builder *b, int32_t place)
{
    int32_t index = pair_at(b, place);
    pair   *p = &b->pairs.items[index];
    p->count += b->word_counts.items[b->symbols.items[place].word];
    kd_vec_push(&p->places, place);
    if (p->is_touched) return;
    p->is_touched = true;
    kd_vec_push(&b->touched, index);
}

static void lose_pair(builder *b, int32_t place)
{
    int64_t count = b->word_counts.items[b->symbols.items[place].word];
    b->pairs.items[pair_at(b, place)].count -= count;
}

static void push_touched(builder *b)
{
    for (size_t i = 0; i < b->touched.count; i++) {
        b->pairs.items[b->touched.items[i]].is_touched = false;
        heap_push(b, b->touched.items[i]);
    }
    kd_vec_reset(&b->touched);
}

/* Join the symbol at `place` with the one after it. */
static void join_at(builder *b, int32_t place, int32_t piece)
{
    symbol *s = b->symbols.items;
    int32_t gone = s[place].after, before = s[place].before, after = s[gone].after;

    if (before >= 0) lose_pair(b, before);
    if (after >= 0) lose_pair(b, gone);
    s[place].piece = piece;
    s[place].after = after;
    s[gone].piece = -1;
    if (after >= 0) s[after].before = place;
    if (before >= 0) gain_pair(b, before);
    if (after >= 0) gain_pair(b, place);
}

/* Join a pair wherever it still stands. */
static void join_everywhere(builder *b, int32_t index)
{
    pair    p = b->pairs.items[index]; /* a copy: `pairs` grows below */
    int32_t piece = piece_of(b, p.text);

    b->pairs.items[index].places = (place_vec)KD_VEC_INIT;
    for (size_t i = 0; i < p.places.count; i++) {
        const symbol *s = &b->symbols.items[p.places.items[i]];
        if (s->piece == p.left && s->after >= 0 && b->symbols.items[s->after].piece == p.right)
            join_at(b, p.places.items[i], piece);
    }
    kd_vec_fini(&p.places);
    b->pairs.items[index].count = 0;
    push_touched(b);
}

/* ---- from counts to symbols, from joins to a vocabulary ---- */

static void add_word(builder *b, const char *word, int64_t count)
{
    size_t length = strlen(word);
    if (count <= 0 || kd_utf8_count(word, length) > WORD_MAX) return;
    kd_vec_push(&b->word_counts, count);
    int32_t first = (int32_t)b->symbols.count;
    for (size_t at = 0; at < length;) {
        size_t here = at;
        kd_utf8_next(word, length, &at);
        kd_str_reset(&b->key);
        kd_str_add(&b->key, here == 0 ? "" : "##");
        kd_str_add_bytes(&b->key, word + here, at - here);

        int32_t place = (int32_t)b->symbols.count;
        symbol s = { .piece = piece_of(b, b->key.text), .word = (int32_t)b->word_counts.count - 1 };
        s.before = place > first ? place - 1 : -1;
        s.after = at < length ? place + 1 : -1;
        kd_vec_push(&b->symbols, s);
    }
}

typedef struct {
    const char *text;
    int64_t     count;
} character;

static int by_count_then_text(const void *a, const void *b)
{
    const character *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

/* The specials, then the characters. All pieces are characters as long as none are joined. */
static void start_vocab(const builder *b, kd_vocab *vocab, int size)
{
    size_t     count = kd_map_count(b->pieces);
    character *characters = kd_alloc(count, sizeof *characters);
    for (size_t i = 0; i < count; i++) characters[i].text = piece_text(b, (int32_t)i);
    for (size_t i = 0; i < b->symbols.count; i++) {
        const symbol *s = &b->symbols.items[i];
        characters[s->piece].count += b->word_counts.items[s->word];
    }
    qsort(characters, count, sizeof *characters, by_count_then_text);

    for (int i = 0; i < SPECIALS; i++)
        kd_vocab_add(vocab, special_pieces[i], strlen(special_pieces[i]));
    for (size_t i = 0; i < count && kd_vocab_size(vocab) < size; i++)
        kd_vocab_add(vocab, characters[i].text, strlen(characters[i].text));
    free(characters);
}

static void join_pairs(builder *b, kd_vocab *vocab, int size)
{
    for (int32_t i = 0; i < (int32_t)b->symbols.count; i++)
        if (b->symbols.items[i].after >= 0) gain_pair(b, i);
    push_touched(b);
    while (kd_vocab_size(vocab) < size && b->heap.count > 0) {
        heap_entry top = heap_pop(b);
        if (b->pairs.items[top.pair].count != top.count) {
            heap_push(b, top.pair);
            continue;
        }
        const char *text = b->pairs.items[top.pair].text;
        join_everywhere(b, top.pair);
        kd_vocab_add(vocab, text, strlen(text));
    }
}

static void fini(builder *b)
{
    for (size_t i = 0; i < b->pairs.count; i++) kd_vec_fini(&b->pairs.items[i].places);
    kd_vec_fini(&b->pairs);
    kd_vec_fini(&b->symbols);
    kd_vec_fini(&b->word_counts);
    kd_vec_fini(&b->heap);
    kd_vec_fini(&b->touched);
    kd_map_destroy(b->pieces);
    kd_map_destroy(b->pair_index);
    kd_arena_destroy(b->texts);
    kd_str_fini(&b->key);
}

kd_status kd_vocab_build(kd_vocab **out, const kd_map *counts, int size, kd_error *err)
{
    if (size <= SPECIALS)
        return kd_fail(err, KD_EDATA,
                       "a vocabulary of %d pieces has no room beside its %d specials", size,
                       SPECIALS);

    builder   b = { .pieces = kd_map_create(),
                    .pair_index = kd_map_create(),
                    .texts = kd_arena_create(0),
                    .key = KD_STR_INIT };
    kd_status status = KD_OK;
    for (size_t i = 0; i < kd_map_count(counts); i++)
        add_word(&b, kd_map_key(counts, i), kd_map_at(counts, i)->number);
    if (b.symbols.count == 0) {
        status = kd_fail(err, KD_EDATA, "no words to build a vocabulary from");
    } else {
        *out = kd_vocab_create();
        start_vocab(&b, *out, size);
        join_pairs(&b, *out, size);
    }
    fini(&b);
    return status;
}
