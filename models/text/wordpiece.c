/* wordpiece.c - BERT's tokenizer: basic.h splits text into words, and each word is cut into the
 * longest pieces that the vocabulary has, from left to right (Schuster and Nakajima 2012, in
 * the greedy form of Devlin et al. 2019):
 *
 *     unaffable  ->  una ##ffa ##ble
 *
 * A word whose rest matches no piece, or of more than 100 characters, is one [UNK]. All pieces
 * stand in one trie; "##" leads to the node from which continuations are matched, so a word
 * costs one walk over its bytes plus what a failed longer match has to step back.
 */
#include <stdlib.h>
#include <string.h>

#include "models/text/basic.h"
#include "models/text/tokenizer_internal.h"
#include "models/text/trie.h"
#include "models/text/unicode.h"

#define WORD_MAX 100 /* characters; the published code that all checkpoints are used with */

typedef struct {
    kd_trie  trie;
    int32_t  continued; /* the node behind "##" */
    int32_t  unknown;
    int32_t  count;    /* of the pieces that words are cut into */
    size_t   word_max; /* characters */
    kd_basic basic;
    kd_ids  *out; /* while a text is encoded */
} wordpiece;

kd_status kd_wordpiece_index(kd_tokenizer *tokenizer, int32_t count, kd_error *err)
{
    const kd_vocab *vocab = tokenizer->vocab;
    wordpiece      *w = kd_alloc(1, sizeof *w);

    kd_trie_init(&w->trie);
    for (int32_t id = 0; id < count; id++) {
        const char *piece = kd_vocab_piece(vocab, id);
        kd_trie_put(&w->trie, piece, strlen(piece), id);
    }
    w->continued = kd_trie_find(&w->trie, "##", 2);
    w->unknown = kd_vocab_specials(vocab).unk;
    w->count = count;
    w->word_max = WORD_MAX;
    w->basic = (kd_basic)KD_BASIC_INIT;
    tokenizer->state = w;
    return kd_trie_check(&w->trie, err);
}

static kd_status open_wordpiece(kd_tokenizer *tokenizer, const char *path, kd_error *err)
{
    kd_status status = kd_vocab_read(&tokenizer->vocab, path, err);
    if (status != KD_OK) return status;
    status = kd_wordpiece_index(tokenizer, kd_vocab_size(tokenizer->vocab), err);
    return status == KD_OK ? status : kd_while(err, status, "%s", path);
}

/* The longest piece that `word` begins with, read from `node` on; its length in *matched. */
static int32_t match(const kd_trie *trie, int32_t node, const char *word, size_t length,
                     size_t *matched)
{
    int32_t best = KD_TRIE_NONE;
    for (size_t i = 0; i < length && node != KD_TRIE_NONE; i++) {
        node = kd_trie_step(trie, node, (unsigned char)word[i]);
        if (node == KD_TRIE_NONE || trie->values.items[node] == KD_TRIE_NONE) continue;
        best = trie->values.items[node];
        *matched = i + 1;
    }
    return best;
}

static void encode_word(const char *word, size_t length, void *user)
{
    wordpiece *w = user;
    size_t     mark = w->out->count;
    bool       fits = length <= w->word_max || kd_utf8_count(word, length) <= w->word_max;

    for (size_t at = 0, matched = 0; fits && at < length; at += matched) {
        int32_t node = at == 0 ? KD_TRIE_ROOT : w->continued;
        int32_t piece = match(&w->trie, node, word + at, length - at, &matched);
        fits = piece != KD_TRIE_NONE;
        if (fits) kd_vec_push(w->out, piece);
    }
    if (fits) return;
    w->out->count = mark;
    kd_vec_push(w->out, w->unknown);
}

static void encode(kd_tokenizer *tokenizer, const char *text, size_t length, bool is_word,
                   kd_ids *out)
{
    (void)is_word; /* a word is cut the same way wherever it stands */
    wordpiece *w = tokenizer->state;
    w->out = out;
    kd_basic_split(&w->basic, text, length, tokenizer->is_uncased, encode_word, w);
}

static void cut(kd_tokenizer *tokenizer, const char *chunk, size_t length, kd_ids *out)
{
    wordpiece *w = tokenizer->state;
    w->out = out;
    encode_word(chunk, length, w);
}

static void decode(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count, kd_str *out)
{
    for (size_t i = 0; i < count; i++) {
        const char *piece = kd_vocab_piece(tokenizer->vocab, ids[i]);
        bool        continues = i > 0 && kd_starts_with(piece, "##");
        if (i > 0 && !continues) kd_str_add_char(out, ' ');
        kd_str_add(out, continues ? piece + 2 : piece);
    }
}

/* ---- tokenizer.json ---- */

static kd_status read_model(kd_tokenizer *tokenizer, const kd_json *model, kd_error *err)
{
    const char *prefix = kd_json_to_text(kd_json_get(model, "continuing_subword_prefix"), "##");
    const char *unknown = kd_json_to_text(kd_json_get(model, "unk_token"), "[UNK]");
    int64_t     most = kd_json_to_int(kd_json_get(model, "max_input_chars_per_word"), WORD_MAX);

    if (strcmp(prefix, "##") != 0)
        return kd_fail(err, KD_EDATA, "continuing_subword_prefix: '%.20s' is not built, ## is",
                       prefix);
    if (kd_vocab_find(tokenizer->vocab, unknown, strlen(unknown)) < 0)
        return kd_fail(err, KD_EDATA, "unk_token: '%.80s' is not in the vocabulary", unknown);
    if (most < 1)
        return kd_fail(err, KD_EDATA, "max_input_chars_per_word: %lld, expected 1 or more",
                       (long long)most);
    int32_t   count = (int32_t)kd_json_count(kd_json_get(model, "vocab"));
    kd_status status = kd_wordpiece_index(tokenizer, count, err);
    if (status != KD_OK) return status;
    wordpiece *w = tokenizer->state;
    w->unknown = kd_vocab_find(tokenizer->vocab, unknown, strlen(unknown));
    w->word_max = (size_t)most;
    return KD_OK;
}

static void write_model(const kd_tokenizer *tokenizer, kd_json_writer *w)
{
    const wordpiece *own = tokenizer->state;
    kd_json_put_text(w, "type", "WordPiece");
    kd_json_put_text(w, "unk_token", kd_vocab_piece(tokenizer->vocab, own->unknown));
    kd_json_put_text(w, "continuing_subword_prefix", "##");
    kd_json_put_int(w, "max_input_chars_per_word", (int64_t)own->word_max);
    kd_json_key(w, "vocab");
    kd_json_begin(w, '{');
    for (int32_t id = 0; id < own->count; id++)
        kd_json_put_int(w, kd_vocab_piece(tokenizer->vocab, id), id);
    kd_json_end(w, '}');
}

static void describe(const kd_tokenizer *tokenizer, kd_pipeline *out)
{
    kd_step *step = kd_pipeline_add(out, KD_STEP_BERT_NORMALIZER);
    step->cleans = step->parts_ideographs = true;
    step->strips_accents = step->lowers = tokenizer->is_uncased;
    kd_pipeline_add(out, KD_STEP_BERT_SPLIT);
}

static void close_wordpiece(void *state)
{
    wordpiece *w = state;
    if (!w) return;
    kd_trie_fini(&w->trie);
    kd_basic_fini(&w->basic);
    free(w);
}

const kd_tokenizer_kind kd_wordpiece = {
    .name = "wordpiece",
    .file = KD_VOCAB_FILE,
    .suffix = ".txt",
    .has_uncased = true,
    .open = open_wordpiece,
    .encode = encode,
    .cut = cut,
    .read_model = read_model,
    .write_model = write_model,
    .describe = describe,
    .decode = decode,
    .close = close_wordpiece,
};
