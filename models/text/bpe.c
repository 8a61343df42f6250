/* bpe.c - byte-level byte-pair encoding, as GPT-2 made it and RoBERTa took it over.
 *
 * Three steps (Radford et al. 2019):
 *
 *     " p53's"  ->  " p" "53" "'s"      a pattern cuts text into chunks, over Unicode classes
 *               ->  Ġ p | 5 3 | ' s     each byte of a chunk is one character of the alphabet
 *               ->  Ġp | 53 | 's        the earliest merge of merges.txt first, until none fits
 *
 * The pattern is bpe_chunk.h's, and the alphabet gives bytes that cannot be seen (blanks, controls) the characters from
 * U+0100 on; a blank is Ġ. Nothing is normalised, so ids decode to the very bytes of the text.
 *
 * Unicode categories relied on: L*, N*, and the property White_Space.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "models/text/bpe_chunk.h"
#include "models/text/tokenizer_internal.h"
#include "models/text/unicode.h"

#define VOCAB    "vocab.json"
#define MERGES   "merges.txt"
#define ALPHABET 256

typedef struct {
    uint64_t pair;         /* left id + 1, right id; 0 where the slot is empty */
    int32_t  rank, joined; /* which line of merges.txt; the id that both become */
} merge;

/* One of the two pieces of a merge, while it is read. */
typedef struct {
    const char *text;
    size_t      length;
} part;

/* A piece in its chunk; `before` and `after` are indices, -1 at the ends. A piece that was
 * joined to the one before it has id -1. */
typedef struct {
    int32_t id, before, after;
} symbol;

/* A merge that may be possible at `place`. */
typedef struct {
    int32_t rank, place;
} candidate;

typedef struct {
    int32_t alphabet[ALPHABET]; /* id of each byte */
    merge  *merges;             /* open addressing, at most half full */
    size_t  mask;
    kd_str  text; /* a word with its blank before it */
    KD_VEC(symbol) symbols;
    KD_VEC(candidate) heap;
} bpe;

/* ---- the alphabet ---- */

static bool is_visible(int byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

/* The character that stands for a byte: itself when it can be seen, else the next from U+0100. */
static int32_t character_of(int byte)
{
    int32_t hidden = 0;
    if (is_visible(byte)) return byte;
    for (int i = 0; i < byte; i++) hidden += !is_visible(i);
    return 0x100 + hidden;
}

static kd_status find_alphabet(bpe *b, const kd_vocab *vocab, const char *path, kd_error *err)
{
    kd_str piece = KD_STR_INIT;
    int    missing = -1;
    for (int byte = 0; byte < ALPHABET; byte++) {
        kd_str_reset(&piece);
        kd_utf8_add(&piece, character_of(byte));
        b->alphabet[byte] = kd_vocab_find(vocab, piece.text, piece.length);
        if (b->alphabet[byte] < 0 && missing < 0) missing = byte;
    }
    kd_str_fini(&piece);
    if (missing < 0) return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: no piece for the byte 0x%02X, which text may hold", path,
                   (unsigned)missing);
}

/* ---- vocab.json: {"piece": id, ...} ---- */

static kd_status read_vocab(kd_vocab *vocab, const char *path, kd_error *err)
{
    kd_json_document *document;
    kd_status         status = kd_json_open(&document, path, err);
    if (status != KD_OK) return status;
    status = kd_pieces_read(vocab, kd_json_root(document), path, err);
    kd_json_close(document);
    return status;
}

/* ---- merges.txt: "left right" a line, the most urgent first ---- */

static uint64_t pair_of(int32_t left, int32_t right)
{
    return ((uint64_t)left + 1) << 32 | (uint32_t)right;
}

static merge *find_slot(const bpe *b, uint64_t pair)
{
    for (size_t at = (size_t)((pair ^ pair >> 29) * 0x9E3779B97F4A7C15u >> 20);; at++) {
        merge *slot = &b->merges[at & b->mask];
        if (slot->pair == pair || slot->pair == 0) return slot;
    }
}

static void make_slots(bpe *b, size_t merges)
{
    size_t slots = 16;
    while (slots < 2 * merges) slots *= 2;
    b->merges = kd_alloc(slots, sizeof *b->merges);
    b->mask = slots - 1;
}

static kd_status add_merge(bpe *b, const kd_vocab *vocab, kd_str *joined, const part parts[2],
                           int32_t rank, kd_error *err)
{
    kd_str_reset(joined);
    kd_str_add_bytes(joined, parts[0].text, parts[0].length);
    kd_str_add_bytes(joined, parts[1].text, parts[1].length);
    int32_t left = kd_vocab_find(vocab, parts[0].text, parts[0].length);
    int32_t right = kd_vocab_find(vocab, parts[1].text, parts[1].length);
    int32_t both = kd_vocab_find(vocab, joined->text, joined->length);
    if (left < 0 || right < 0 || both < 0)
        return kd_fail(err, KD_EDATA,
                       "'%.*s %.*s': the vocabulary lacks one of the parts or the whole",
                       parts[0].length > 40 ? 40 : (int)parts[0].length, parts[0].text,
                       parts[1].length > 40 ? 40 : (int)parts[1].length, parts[1].text);

    merge *slot = find_slot(b, pair_of(left, right));
    if (slot->pair != 0) return kd_fail(err, KD_EDATA, "a merge that an earlier line has");
    *slot = (merge){ pair_of(left, right), rank, both };
    return KD_OK;
}

/* "left right" as its two parts. */
static kd_status part_merge(part parts[2], const char *text, size_t length, kd_error *err)
{
    const char *blank = memchr(text, ' ', length);
    if (!blank || memchr(blank + 1, ' ', length - (size_t)(blank + 1 - text)))
        return kd_fail(err, KD_EDATA, "expected two pieces with one blank between");
    parts[0] = (part){ text, (size_t)(blank - text) };
    parts[1] = (part){ blank + 1, length - parts[0].length - 1 };
    return KD_OK;
}

static kd_status add_merges(bpe *b, const kd_vocab *vocab, const kd_fs_view *file, const char *path,
                            kd_error *err)
{
    const char *at = file->bytes, *end = at + file->length;
    kd_str      joined = KD_STR_INIT;
    kd_status   status = KD_OK;

    size_t lines = 1;
    for (size_t i = 0; i < file->length; i++) lines += at[i] == '\n';
    make_slots(b, lines);
    for (int32_t line = 1; at < end && status == KD_OK; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        size_t      length = (size_t)(stop - at);
        if (length > 0 && stop[-1] == '\r') length--;
        bool is_version = line == 1 && length > 8 && memcmp(at, "#version", 8) == 0;
        part parts[2];
        if (length > 0 && !is_version && (status = part_merge(parts, at, length, err)) == KD_OK)
            status = add_merge(b, vocab, &joined, parts, line, err);
        if (status != KD_OK) kd_while(err, status, "%s:%d", path, line);
        at = newline ? newline + 1 : end;
    }
    kd_str_fini(&joined);
    return status;
}

static kd_status read_merges(bpe *b, const kd_vocab *vocab, const char *path, kd_error *err)
{
    char *merges = kd_tokenizer_kind_beside(&kd_bpe, path);
    if (!merges)
        return kd_fail(err, KD_ECONFIG,
                       "%s: a name that ends in " VOCAB " tells where " MERGES " is", path);
    kd_fs_view file;
    kd_status  status = kd_fs_map(&file, merges, err);
    if (status == KD_OK) {
        status = add_merges(b, vocab, &file, merges, err);
        kd_fs_unmap(&file);
    }
    free(merges);
    return status;
}

static kd_status open_bpe(kd_tokenizer *tokenizer, const char *path, kd_error *err)
{
    bpe *b = kd_alloc(1, sizeof *b);
    kd_str_init(&b->text);
    tokenizer->state = b;
    tokenizer->vocab = kd_vocab_create();

    kd_status status = read_vocab(tokenizer->vocab, path, err);
    if (status == KD_OK) status = find_alphabet(b, tokenizer->vocab, path, err);
    if (status == KD_OK) status = read_merges(b, tokenizer->vocab, path, err);
    return status;
}

/* ---- tokenizer.json ---- */

/* A merge is a text with a blank, or, in newer files, an array of two. */
static kd_status read_merge(part parts[2], const kd_json *value, kd_error *err)
{
    if (kd_json_type_of(value) == KD_JSON_TEXT) {
        const char *text = kd_json_to_text(value, "");
        return part_merge(parts, text, strlen(text), err);
    }
    bool is_pair = kd_json_type_of(value) == KD_JSON_ARRAY && kd_json_count(value) == 2;
    for (size_t i = 0; i < 2; i++) {
        const char *text = is_pair ? kd_json_to_text(kd_json_at(value, i), NULL) : NULL;
        if (!text) return kd_fail(err, KD_EDATA, "expected two pieces");
        parts[i] = (part){ text, strlen(text) };
    }
    return KD_OK;
}

static kd_status read_listed_merges(bpe *b, const kd_vocab *vocab, const kd_json *merges,
                                    kd_error *err)
{
    if (kd_json_type_of(merges) != KD_JSON_ARRAY)
        return kd_fail(err, KD_EDATA, "merges: expected an array");
    kd_str    joined = KD_STR_INIT;
    kd_status status = KD_OK;
    make_slots(b, kd_json_count(merges));
    for (size_t i = 0; i < kd_json_count(merges) && status == KD_OK; i++) {
        part parts[2];
        status = read_merge(parts, kd_json_at(merges, i), err);
        if (status == KD_OK) status = add_merge(b, vocab, &joined, parts, (int32_t)i, err);
        if (status != KD_OK) kd_while(err, status, "merges[%zu]", i);
    }
    kd_str_fini(&joined);
    return status;
}

static kd_status read_model(kd_tokenizer *tokenizer, const kd_json *model, kd_error *err)
{
    static const char *const not_built[] = { "dropout", "continuing_subword_prefix",
                                             "end_of_word_suffix", "byte_fallback",
                                             "ignore_merges" };
    for (size_t i = 0; i < sizeof not_built / sizeof *not_built; i++) {
        kd_status status = kd_json_refuse(model, not_built[i], err);
        if (status != KD_OK) return status;
    }
    if (!kd_pipeline_has(tokenizer->pipeline, KD_STEP_BYTE_LEVEL))
        return kd_fail(err, KD_EDATA, "type: BPE without the pre-tokenizer ByteLevel is not built");

    bpe *b = kd_alloc(1, sizeof *b);
    kd_str_init(&b->text);
    tokenizer->state = b;
    kd_status status = find_alphabet(b, tokenizer->vocab, "vocab", err);
    if (status != KD_OK) return status;
    return read_listed_merges(b, tokenizer->vocab, kd_json_get(model, "merges"), err);
}

static int by_rank(const void *a, const void *b)
{
    const merge *const *x = a, *const *y = b;
    return ((*x)->rank > (*y)->rank) - ((*x)->rank < (*y)->rank);
}

static void write_merges(const bpe *b, const kd_vocab *vocab, kd_json_writer *w)
{
    KD_VEC(const merge *) list = KD_VEC_INIT;
    for (size_t i = 0; i <= b->mask; i++)
        if (b->merges[i].pair != 0) kd_vec_push(&list, &b->merges[i]);
    if (list.count > 0) qsort(list.items, list.count, sizeof *list.items, by_rank);
    for (size_t i = 0; i < list.count; i++) {
        uint64_t pair = list.items[i]->pair;
        char    *text = kd_sprintf("%s %s", kd_vocab_piece(vocab, (int32_t)(pair >> 32) - 1),
                                   kd_vocab_piece(vocab, (int32_t)(uint32_t)pair));
        kd_json_text(w, text);
        free(text);
    }
    kd_vec_fini(&list);
}

static void write_model(const kd_tokenizer *tokenizer, kd_json_writer *w)
{
    const kd_vocab *vocab = tokenizer->vocab;
    kd_json_put_text(w, "type", "BPE");
    kd_json_put_text(w, "dropout", NULL);
    kd_json_put_text(w, "unk_token", NULL);
    kd_json_put_text(w, "continuing_subword_prefix", "");
    kd_json_put_text(w, "end_of_word_suffix", "");
    kd_json_put_bool(w, "fuse_unk", false);
    kd_json_put_bool(w, "byte_fallback", false);
    kd_json_key(w, "vocab");
    kd_json_begin(w, '{');
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++)
        kd_json_put_int(w, kd_vocab_piece(vocab, id), id);
    kd_json_end(w, '}');
    kd_json_key(w, "merges");
    kd_json_begin(w, '[');
    write_merges(tokenizer->state, vocab, w);
    kd_json_end(w, ']');
}

static void describe(const kd_tokenizer *tokenizer, kd_pipeline *out)
{
    (void)tokenizer;
    kd_pipeline_add(out, KD_STEP_BYTE_LEVEL);
}

static void close_bpe(void *state)
{
    bpe *b = state;
    if (!b) return;
    free(b->merges);
    kd_str_fini(&b->text);
    kd_vec_fini(&b->symbols);
    kd_vec_fini(&b->heap);
    free(b);
}

/* ---- merging a chunk ---- */

static bool is_urgent(candidate x, candidate y)
{
    return x.rank != y.rank ? x.rank < y.rank : x.place < y.place;
}

static void heap_push(bpe *b, candidate entry)
{
    kd_vec_push(&b->heap, entry);
    candidate *heap = b->heap.items;
    size_t     at = b->heap.count - 1;
    for (; at > 0 && is_urgent(entry, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
}

static candidate heap_pop(bpe *b)
{
    candidate *heap = b->heap.items;
    candidate  top = heap[0], last = heap[--b->heap.count];
    size_t     at = 0, count = b->heap.count;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_urgent(heap[child + 1], heap[child])) child++;
        if (!is_urgent(heap[child], last)) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* The merge of the piece at `place` and the one after it, or NULL. */
static const merge *merge_at(const bpe *b, int32_t place)
{
    const symbol *s = &b->symbols.items[place];
    if (s->id < 0 || s->after < 0) return NULL;
    const merge *found = find_slot(b, pair_of(s->id, b->symbols.items[s->after].id));
    return found->pair ? found : NULL;
}

static void consider(bpe *b, int32_t place)
{
    const merge *found = place >= 0 ? merge_at(b, place) : NULL;
    if (found) heap_push(b, (candidate){ found->rank, place });
}

static void join(bpe *b, int32_t place, int32_t id)
{
    symbol *s = b->symbols.items;
    int32_t gone = s[place].after;
    s[place].id = id;
    s[place].after = s[gone].after;
    s[gone].id = -1;
    if (s[place].after >= 0) s[s[place].after].before = place;
    consider(b, s[place].before);
    consider(b, place);
}

/* A candidate is stale when its place has changed since: then the merge there, if any, has
 * another rank and a candidate of its own. */
static void encode_chunk(bpe *b, const char *text, size_t length, kd_ids *out)
{
    KD_CHECK(length < INT32_MAX, "bpe: a chunk of %zu bytes", length);
    int32_t count = (int32_t)length;
    kd_vec_reset(&b->symbols);
    kd_vec_reset(&b->heap);
    for (int32_t i = 0; i < count; i++)
        kd_vec_push(&b->symbols, (symbol){ b->alphabet[(unsigned char)text[i]], i - 1,
                                           i + 1 < count ? i + 1 : -1 });
    for (int32_t i = 0; i < count; i++) consider(b, i);
    while (b->heap.count > 0) {
        candidate    best = heap_pop(b);
        const merge *found = merge_at(b, best.place);
        if (found && found->rank == best.rank) join(b, best.place, found->joined);
    }
    for (int32_t i = 0; i >= 0; i = b->symbols.items[i].after)
        kd_vec_push(out, b->symbols.items[i].id);
}

/* ---- a text ---- */

static void encode(kd_tokenizer *tokenizer, const char *text, size_t length, bool is_word,
                   kd_ids *out)
{
    bpe *b = tokenizer->state;
    if (is_word && length > 0) {
        kd_str_reset(&b->text);
        kd_str_add_char(&b->text, ' ');
        kd_str_add_bytes(&b->text, text, length);
        text = b->text.text;
        length = b->text.length;
    }
    for (size_t at = 0, size; at < length; at += size) {
        size = kd_bpe_chunk(text + at, length - at);
        encode_chunk(b, text + at, size, out);
    }
}

static void cut(kd_tokenizer *tokenizer, const char *chunk, size_t length, kd_ids *out)
{
    encode_chunk(tokenizer->state, chunk, length, out);
}

/* ---- back to bytes ---- */

/* A character outside the alphabet stands in pieces that are no text (<mask>): it stays. */
static void decode(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count, kd_str *out)
{
    unsigned char hidden[ALPHABET]; /* byte of the character U+0100 + i */
    int32_t       hidden_count = 0;
    for (int byte = 0; byte < ALPHABET; byte++)
        if (!is_visible(byte)) hidden[hidden_count++] = (unsigned char)byte;

    for (size_t i = 0; i < count; i++) {
        const char *piece = kd_vocab_piece(tokenizer->vocab, ids[i]);
        size_t      length = strlen(piece);
        for (size_t at = 0; at < length;) {
            int32_t c = kd_utf8_next(piece, length, &at);
            if (c >= 0x100 && c < 0x100 + hidden_count)
                kd_str_add_char(out, (char)hidden[c - 0x100]);
            else if (c < 0x100 && is_visible(c))
                kd_str_add_char(out, (char)c);
            else
                kd_utf8_add(out, c);
        }
    }
}

const kd_tokenizer_kind kd_bpe = {
    .name = "bpe",
    .file = VOCAB,
    .beside = MERGES,
    .suffix = ".json",
    .has_uncased = false,
    .open = open_bpe,
    .encode = encode,
    .cut = cut,
    .read_model = read_model,
    .write_model = write_model,
    .describe = describe,
    .decode = decode,
    .close = close_bpe,
};
