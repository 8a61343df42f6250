/* piece_vectors.c - the words of a pack, each with its pieces and how often it occurs; then sums over them. */
#include "models/text/piece_vectors.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/vec.h"
#include "models/text/embeddings.h"

static const kd_choice rules[] = { { "words", KD_VECTORS_WORDS },
                                   { "parts", KD_VECTORS_PARTS },
                                   KD_CHOICE_END };

const kd_setting kd_vectors_settings[] = {
    KD_CHOICE_ROW(kd_vectors_options, vectors_rule, "vectors_rule", "words", rules, NULL,
                  "pieces that begin with a vector: words, those that are a word of the file; "
                  "parts, also those that are part of one, with the mean over the corpus",
                  .before = "words"),
    KD_SETTING_END,
};

#define CONTINUES "##"
static const char *const begins[] = { "\xc4\xa0",
                                      "\xe2\x96\x81" }; /* byte BPE's, SentencePiece's */

/* ---- pieces ---- */

/* A piece without what it says of its place. */
static const char *text_of(const char *piece)
{
    size_t length = strlen(CONTINUES);
    if (kd_starts_with(piece, CONTINUES) && piece[length]) return piece + length;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (kd_starts_with(piece, begins[i])) return piece + strlen(begins[i]);
    return piece;
}

static bool is_marked(const char *piece)
{
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (kd_starts_with(piece, begins[i])) return true;
    return false;
}

static bool marks_begins(const kd_vocab *vocab)
{
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++)
        if (is_marked(kd_vocab_piece(vocab, id))) return true;
    return false;
}

static bool is_special(const kd_specials *s, int32_t id)
{
    return id == s->pad || id == s->unk || id == s->cls || id == s->sep || id == s->mask;
}

/* ---- words ---- */

typedef struct {
    size_t  first; /* of its pieces in `pieces` */
    int     count; /* of them */
    int64_t times;
} word;

typedef struct {
    const kd_vocab *vocab;
    kd_specials     specials;
    bool            marks_begins;
    int64_t        *uses; /* (V) */
    kd_map         *numbers;
    KD_VEC(word) words;
    KD_VEC(int32_t) pieces;
    KD_VEC(int32_t) open; /* pieces of the word at hand */
    kd_str text;
} gatherer;

static void close_word(gatherer *g)
{
    if (g->open.count == 0) return;
    kd_str_reset(&g->text);
    for (size_t i = 0; i < g->open.count; i++)
        kd_str_add(&g->text, text_of(kd_vocab_piece(g->vocab, g->open.items[i])));
    int64_t number = kd_map_number(g->numbers, g->text.text, -1);
    if (number < 0) {
        number = (int64_t)g->words.count;
        kd_map_put_number(g->numbers, g->text.text, number);
        kd_vec_push(&g->words, (word){ g->pieces.count, (int)g->open.count, 0 });
        for (size_t i = 0; i < g->open.count; i++) kd_vec_push(&g->pieces, g->open.items[i]);
    }
    g->words.items[number].times++;
    kd_vec_reset(&g->open);
}

static bool continues(const gatherer *g, int32_t id, bool is_same_word)
{
    const char *piece = kd_vocab_piece(g->vocab, id);
    if (g->open.count == 0) return false;
    if (!g->marks_begins) return kd_starts_with(piece, CONTINUES);
    return is_same_word && !is_marked(piece);
}

static void gather_sentence(gatherer *g, const int32_t *ids, const int32_t *word_of, int length)
{
    for (int i = 0; i < length; i++) {
        bool is_same_word = !word_of || (i > 0 && word_of[i] == word_of[i - 1]);
        bool is_part = !is_special(&g->specials, ids[i]);
        if (!is_part || !continues(g, ids[i], is_same_word)) close_word(g);
        if (!is_part) continue;
        g->uses[ids[i]]++;
        kd_vec_push(&g->open, ids[i]);
    }
    close_word(g);
}

static void gather(gatherer *g, const kd_vocab *vocab, const kd_pack *pack)
{
    int32_t *ids = kd_alloc((size_t)kd_pack_longest(pack) + 1, sizeof *ids);
    *g = (gatherer){ .vocab = vocab,
                     .specials = kd_vocab_specials(vocab),
                     .marks_begins = marks_begins(vocab),
                     .uses = kd_alloc((size_t)kd_vocab_size(vocab), sizeof *g->uses),
                     .numbers = kd_map_create(),
                     .text = KD_STR_INIT };
    for (int b = 0; b < pack->sentences; b++) {
        kd_pack_copy(pack, b, ids);
        gather_sentence(g, ids, pack->word ? pack->word + pack->piece_begin[b] : NULL,
                        kd_pack_length(pack, b));
    }
    free(ids);
}

static void release(gatherer *g)
{
    free(g->uses);
    kd_map_destroy(g->numbers);
    kd_vec_fini(&g->words);
    kd_vec_fini(&g->pieces);
    kd_vec_fini(&g->open);
    kd_str_fini(&g->text);
}

/* ---- vectors ---- */

static void want(kd_map *wanted, const char *text)
{
    kd_embeddings_want(wanted, text, strlen(text));
}

static kd_status read_wanted(kd_embeddings **out, const gatherer *g, const char *path,
                             kd_error *err)
{
    kd_map *wanted = kd_map_create();
    for (int32_t id = 0; id < kd_vocab_size(g->vocab); id++) {
        want(wanted, kd_vocab_piece(g->vocab, id));
        want(wanted, text_of(kd_vocab_piece(g->vocab, id)));
    }
    for (size_t w = 0; w < g->words.count; w++) want(wanted, kd_map_key(g->numbers, w));
    kd_status status = kd_embeddings_read(out, path, wanted, err);
    kd_map_destroy(wanted);
    return status;
}

/* That of the word that a piece is. By `parts` a mark of its begin is none of its letters. */
static const float *own_vector(const kd_embeddings *e, const char *piece, kd_vectors_rule rule)
{
    const float *own = kd_embeddings_find(e, piece, strlen(piece));
    if (own || rule == KD_VECTORS_WORDS || !is_marked(piece)) return own;
    return kd_embeddings_find(e, text_of(piece), strlen(text_of(piece)));
}

/* Sums (V,D) over words that have a vector, and of how many words each is. */
typedef struct {
    double  *sum;
    int64_t *times;
} means;

static means sum_parts(const gatherer *g, const kd_embeddings *e, size_t dim)
{
    size_t v = (size_t)kd_vocab_size(g->vocab);
    means  m = { kd_alloc(v * dim, sizeof *m.sum), kd_alloc(v, sizeof *m.times) };
    for (size_t i = 0; i < g->words.count; i++) {
        const word  *w = &g->words.items[i];
        const char  *text = kd_map_key(g->numbers, i);
        const float *vector = kd_embeddings_find(e, text, strlen(text));
        if (!vector) continue;
        for (int p = 0; p < w->count; p++) {
            int32_t id = g->pieces.items[w->first + (size_t)p];
            m.times[id] += w->times;
            for (size_t d = 0; d < dim; d++)
                m.sum[(size_t)id * dim + d] += (double)w->times * (double)vector[d];
        }
    }
    return m;
}

static void fill(float *matrix, const gatherer *g, const kd_embeddings *e, kd_vectors_rule rule,
                 kd_vectors_hits *hits)
{
    size_t dim = (size_t)kd_embeddings_about(e).dim;
    means  m = rule == KD_VECTORS_PARTS ? sum_parts(g, e, dim) : (means){ NULL, NULL };
    for (int32_t id = 0; id < kd_vocab_size(g->vocab); id++) {
        const float *own = own_vector(e, kd_vocab_piece(g->vocab, id), rule);
        float       *row = matrix ? matrix + (size_t)id * dim : NULL;
        bool         has_mean = !own && m.times && m.times[id] > 0;
        if (own && row) memcpy(row, own, dim * sizeof *row);
        for (size_t d = 0; has_mean && row && d < dim; d++)
            row[d] = (float)(m.sum[(size_t)id * dim + d] / (double)m.times[id]);
        hits->own += own != NULL;
        hits->mean += has_mean;
        hits->uses += g->uses[id];
        hits->uses_own += own ? g->uses[id] : 0;
        hits->uses_mean += has_mean ? g->uses[id] : 0;
    }
    free(m.sum);
    free(m.times);
}

kd_status kd_piece_vectors(float *matrix, int dim, const char *path, const kd_vocab *vocab,
                           const kd_pack *pack, kd_vectors_rule rule, kd_vectors_hits *hits,
                           kd_error *err)
{
    gatherer       g;
    kd_embeddings *vectors = NULL;
    *hits = (kd_vectors_hits){ .pieces = kd_vocab_size(vocab) };
    gather(&g, vocab, pack);
    kd_status status = read_wanted(&vectors, &g, path, err);
    if (status == KD_OK && kd_embeddings_about(vectors).dim != dim)
        status = kd_fail(err, KD_ECONFIG, "%s has vectors of %d numbers, the embedding has %d",
                         path, kd_embeddings_about(vectors).dim, dim);
    if (status == KD_OK) fill(matrix, &g, vectors, rule, hits);
    if (status == KD_OK && hits->own + hits->mean == 0)
        status =
            kd_fail(err, KD_ECONFIG, "%s has a vector for none of %d pieces", path, hits->pieces);
    kd_embeddings_destroy(vectors);
    release(&g);
    return status;
}
