/* unigram.c - SentencePiece's unigram model (Kudo 2018), as ALBERT uses it.
 *
 *     "Gene  ﬁnger"  -normalise->  ▁gene▁finger  -best sum of scores->  ▁gene ▁finger
 *
 * Each piece has a log-probability; the pieces of a text are the path of greatest sum. A
 * character that no piece covers costs ten more than the rarest piece, and neighbours of that
 * sort are one <unk>. Blanks become U+2581, one is put in front, the others shrink to one.
 *
 * An uncased model is fed what ALBERT's authors fed it: `` and '' become ", letters are
 * decomposed (NFKD), lose their marks (Mn) and their case; then the model's own map of
 * characters is applied. And a piece that ends in a digit and a comma ("▁1,") is cut again
 * without its comma: the model has such pieces but never saw them in training.
 *
 * spiece.model is a protocol buffer. The reader below knows the wire format and the few fields
 * that decide the pieces; it skips what it does not know and never reads outside the file.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/charsmap.h"
#include "models/text/tokenizer_internal.h"
#include "models/text/trie.h"
#include "models/text/unicode.h"

#define BLANK           "\xE2\x96\x81" /* U+2581 */
#define BLANK_LENGTH    3
#define UNKNOWN_PENALTY 10.0f /* how much less likely <unk> is than the rarest piece */

/* The types of a piece in the model's file. */
enum { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5, BYTE = 6 };

/* The best way to cover the text up to here. */
typedef struct {
    float   score;
    int32_t piece;
    int32_t begin; /* where that piece begins; -1 when nothing ends here */
} path_end;

typedef struct {
    kd_trie trie;  /* pieces that text can become */
    kd_trie whole; /* user-defined pieces, which normalisation leaves as they are */
    KD_VEC(float) scores;
    KD_VEC(uint8_t) types;
    int32_t     unknown;
    float       lowest, highest; /* scores of normal pieces; the highest is at least 0 */
    kd_charsmap charsmap;
    bool        adds_blank, shrinks_blanks;
    kd_str      lowered, stripped, normal;
    KD_VEC(path_end) ends;
    kd_ids reversed, first_cut;
} unigram;

/* ---- protocol buffers ---- */

typedef struct {
    const unsigned char *at, *end;
} message;

typedef struct {
    uint32_t number; /* which field */
    uint64_t value;  /* of a varint, or the bits of a fixed field */
    message  bytes;  /* of text, bytes or a message */
} field;

static bool read_varint(message *m, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && m->at < m->end; shift += 7) {
        unsigned char byte = *m->at++;
        *out |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool read_fixed(message *m, size_t size, uint64_t *out)
{
    if ((size_t)(m->end - m->at) < size) return false;
    *out = 0;
    for (size_t i = 0; i < size; i++) *out |= (uint64_t)m->at[i] << 8 * i;
    m->at += size;
    return true;
}

static bool read_bytes(message *m, message *out)
{
    uint64_t length;
    if (!read_varint(m, &length) || length > (uint64_t)(m->end - m->at)) return false;
    *out = (message){ m->at, m->at + length };
    m->at += length;
    return true;
}

/* The next field; false when what stands there is none. The caller stops at the end. */
static bool read_field(message *m, field *out)
{
    uint64_t key;
    *out = (field){ 0 };
    if (!read_varint(m, &key) || key >> 3 == 0 || key >> 3 > UINT32_MAX) return false;
    out->number = (uint32_t)(key >> 3);
    switch (key & 7) {
    case 0:
        return read_varint(m, &out->value);
    case 1:
        return read_fixed(m, 8, &out->value);
    case 2:
        return read_bytes(m, &out->bytes);
    case 5:
        return read_fixed(m, 4, &out->value);
    default:
        return false; /* groups, which no model has */
    }
}

/* ---- spiece.model ---- */

static kd_status check_piece(const unigram *u, const message *text, float score, uint64_t type,
                             kd_error *err)
{
    size_t length = (size_t)(text->end - text->at), bad_at;
    if (length == 0 || memchr(text->at, 0, length) ||
        !kd_utf8_check((const char *)text->at, length, &bad_at))
        return kd_fail(err, KD_EDATA, "it is empty, holds a NUL, or is not UTF-8");
    if (!isfinite(score)) return kd_fail(err, KD_EDATA, "its score is not finite");
    if (type < NORMAL || type > UNUSED)
        return kd_fail(err, KD_EDATA, "it has type %llu; models with byte pieces are not read",
                       (unsigned long long)type);
    if (type == UNKNOWN && u->unknown >= 0) return kd_fail(err, KD_EDATA, "a second unknown piece");
    return KD_OK;
}

static void keep_piece(unigram *u, const char *text, size_t length, int32_t id, float score,
                       uint64_t type)
{
    kd_vec_push(&u->scores, score);
    kd_vec_push(&u->types, (uint8_t)type);
    if (type == UNKNOWN) u->unknown = id;
    if (type == NORMAL || type == USER_DEFINED) kd_trie_put(&u->trie, text, length, id);
    if (type == USER_DEFINED) kd_trie_put(&u->whole, text, length, id);
    if (type != NORMAL) return;
    if (score < u->lowest) u->lowest = score;
    if (score > u->highest) u->highest = score;
}

/* SentencePiece { 1: text, 2: score, 3: type } */
static kd_status read_piece(unigram *u, kd_vocab *vocab, message m, kd_error *err)
{
    message  text = { m.at, m.at };
    float    score = 0.0f;
    uint64_t type = NORMAL;
    for (field f; m.at < m.end;) {
        if (!read_field(&m, &f)) return kd_fail(err, KD_EDATA, "its bytes are damaged");
        if (f.number == 1 && f.bytes.at) text = f.bytes;
        if (f.number == 3) type = f.value;
        uint32_t bits = (uint32_t)f.value;
        if (f.number == 2) memcpy(&score, &bits, 4);
    }
    kd_status status = check_piece(u, &text, score, type, err);
    if (status != KD_OK) return status;

    size_t  length = (size_t)(text.end - text.at);
    int32_t id = kd_vocab_add(vocab, (const char *)text.at, length);
    if (id < 0)
        return kd_fail(err, KD_EDATA, "'%.*s' is there already", length > 80 ? 80 : (int)length,
                       (const char *)text.at);
    keep_piece(u, (const char *)text.at, length, id, score, type);
    return KD_OK;
}

/* TrainerSpec { 3: model type, 1 for unigram; 24: blanks end words instead of beginning them } */
static kd_status read_trainer(message m, kd_error *err)
{
    for (field f; m.at < m.end;) {
        if (!read_field(&m, &f)) return kd_fail(err, KD_EDATA, "its training settings are damaged");
        if (f.number == 3 && f.value != 1)
            return kd_fail(err, KD_EDATA, "a SentencePiece model of type %llu, not unigram",
                           (unsigned long long)f.value);
        if (f.number == 24 && f.value != 0)
            return kd_fail(err, KD_EDATA, "models whose blanks end words are not read");
    }
    return KD_OK;
}

/* NormalizerSpec { 2: map of characters, 3: blank in front, 4: shrink blanks, 5: U+2581 } */
static kd_status read_normalizer(unigram *u, message m, kd_error *err)
{
    for (field f; m.at < m.end;) {
        if (!read_field(&m, &f)) return kd_fail(err, KD_EDATA, "its normalisation is damaged");
        if (f.number == 3) u->adds_blank = f.value != 0;
        if (f.number == 4) u->shrinks_blanks = f.value != 0;
        if (f.number == 5 && f.value == 0)
            return kd_fail(err, KD_EDATA, "models that keep blanks as they are are not read");
        if (f.number != 2 || !f.bytes.at) continue;
        kd_charsmap_fini(&u->charsmap);
        kd_status status = kd_charsmap_read(&u->charsmap, (const char *)f.bytes.at,
                                            (size_t)(f.bytes.end - f.bytes.at), err);
        if (status != KD_OK) return status;
    }
    return KD_OK;
}

/* ModelProto { 1: pieces, one by one; 2: trainer; 3: normalizer } */
static kd_status read_proto(unigram *u, kd_vocab *vocab, message m, kd_error *err)
{
    const unsigned char *begin = m.at;
    while (m.at < m.end) {
        field     f;
        long      place = (long)(m.at - begin);
        kd_status status = KD_OK;
        if (!read_field(&m, &f))
            return kd_fail(err, KD_EDATA, "byte %ld: not a SentencePiece model, or a damaged one",
                           place);
        if (f.number == 1) {
            status = read_piece(u, vocab, f.bytes, err);
            if (status != KD_OK) kd_while(err, status, "piece %d", kd_vocab_size(vocab));
        } else if (f.number == 2) {
            status = read_trainer(f.bytes, err);
        } else if (f.number == 3) {
            status = read_normalizer(u, f.bytes, err);
        }
        if (status != KD_OK) return status;
    }
    kd_status status = kd_trie_check(&u->trie, err);
    if (status == KD_OK) status = kd_trie_check(&u->whole, err);
    if (status != KD_OK) return status;
    if (isinf(u->lowest)) return kd_fail(err, KD_EDATA, "a model without pieces");
    if (u->unknown < 0) return kd_fail(err, KD_EDATA, "no unknown piece");
    return KD_OK;
}

static unigram *create(void)
{
    unigram *u = kd_alloc(1, sizeof *u);
    u->unknown = -1;
    u->lowest = INFINITY;
    u->adds_blank = u->shrinks_blanks = true;
    kd_trie_init(&u->trie);
    kd_trie_init(&u->whole);
    kd_str_init(&u->lowered);
    kd_str_init(&u->stripped);
    kd_str_init(&u->normal);
    return u;
}

static kd_status open_unigram(kd_tokenizer *tokenizer, const char *path, kd_error *err)
{
    kd_fs_view file;
    kd_status  status = kd_fs_map(&file, path, err);
    if (status != KD_OK) return status;

    unigram *u = create();
    tokenizer->state = u;
    tokenizer->vocab = kd_vocab_create();

    const unsigned char *bytes = (const unsigned char *)file.bytes;
    status = read_proto(u, tokenizer->vocab, (message){ bytes, bytes + file.length }, err);
    if (status != KD_OK) kd_while(err, status, "%s", path);
    kd_fs_unmap(&file);
    return status;
}

/* ---- tokenizer.json ---- */

/* [["piece", score], ...], the first pieces of the vocabulary; special ones among them are never
 * cut from text. */
static kd_status read_scores(unigram *u, const kd_json *model, int64_t unknown,
                             const kd_map *special, kd_error *err)
{
    const kd_json *list = kd_json_get(model, "vocab");
    size_t         count = kd_json_count(list);
    if (unknown < 0 || (size_t)unknown >= count)
        return kd_fail(err, KD_EDATA, "unk_id: not one of 0 to %zu", count - 1);
    for (size_t id = 0; id < count; id++) {
        const kd_json *pair = kd_json_at(list, id);
        const char    *piece = kd_json_to_text(kd_json_at(pair, 0), "");
        double         score = kd_json_to_real(kd_json_at(pair, 1), NAN);
        bool           is_control = kd_map_get(special, piece) != NULL;
        if (!isfinite((float)score))
            return kd_fail(err, KD_EDATA, "vocab[%zu]: its score is no finite number", id);
        keep_piece(u, piece, strlen(piece), (int32_t)id, (float)score,
                   (int64_t)id == unknown ? UNKNOWN
                   : is_control           ? CONTROL
                                          : NORMAL);
    }
    kd_status status = kd_trie_check(&u->trie, err);
    if (status == KD_OK) status = kd_trie_check(&u->whole, err);
    if (status != KD_OK) return status;
    if (isinf(u->lowest)) return kd_fail(err, KD_EDATA, "vocab: a model without pieces");
    return KD_OK;
}

static kd_status read_model(kd_tokenizer *tokenizer, const kd_json *model, kd_error *err)
{
    kd_status status = kd_json_refuse(model, "byte_fallback", err);
    if (status != KD_OK) return status;
    unigram *u = create();
    tokenizer->state = u;
    return read_scores(u, model, kd_json_to_int(kd_json_get(model, "unk_id"), -1),
                       tokenizer->special, err);
}

static void write_model(const kd_tokenizer *tokenizer, kd_json_writer *w)
{
    const unigram *u = tokenizer->state;
    kd_json_put_text(w, "type", "Unigram");
    kd_json_put_int(w, "unk_id", u->unknown);
    kd_json_key(w, "vocab");
    kd_json_begin(w, '[');
    for (size_t id = 0; id < u->scores.count; id++) {
        kd_json_begin(w, '[');
        kd_json_text(w, kd_vocab_piece(tokenizer->vocab, (int32_t)id));
        kd_json_real(w, (double)u->scores.items[id]);
        kd_json_end(w, ']');
    }
    kd_json_end(w, ']');
    kd_json_put_bool(w, "byte_fallback", false);
}

static void add_replace(kd_pipeline *out, const char *from, const char *to)
{
    kd_step *step = kd_pipeline_add(out, KD_STEP_REPLACE);
    step->is_run = from == NULL;
    step->from = from ? kd_strdup(from) : NULL;
    step->to = kd_strdup(to);
}

static void describe(const kd_tokenizer *tokenizer, kd_pipeline *out)
{
    const unigram *u = tokenizer->state;
    if (tokenizer->is_uncased) {
        add_replace(out, "``", "\"");
        add_replace(out, "''", "\"");
        kd_pipeline_add(out, KD_STEP_NFKD);
        kd_pipeline_add(out, KD_STEP_STRIP_ACCENTS);
        kd_pipeline_add(out, KD_STEP_LOWERCASE);
    }
    if (u->charsmap.unit_count > 0)
        kd_charsmap_copy(&kd_pipeline_add(out, KD_STEP_PRECOMPILED)->map, &u->charsmap);
    if (u->shrinks_blanks) {
        add_replace(out, NULL, " ");
        kd_pipeline_add(out, KD_STEP_STRIP)->is_right = true;
    }
    kd_step *marks = kd_pipeline_add(out, KD_STEP_METASPACE);
    marks->to = kd_strdup(BLANK);
    marks->prepend = u->adds_blank ? KD_PREPEND_ALWAYS : KD_PREPEND_NEVER;
}

static void close_unigram(void *state)
{
    unigram *u = state;
    if (!u) return;
    kd_trie_fini(&u->trie);
    kd_trie_fini(&u->whole);
    kd_vec_fini(&u->scores);
    kd_vec_fini(&u->types);
    kd_charsmap_fini(&u->charsmap);
    kd_str_fini(&u->lowered);
    kd_str_fini(&u->stripped);
    kd_str_fini(&u->normal);
    kd_vec_fini(&u->ends);
    kd_vec_fini(&u->reversed);
    kd_vec_fini(&u->first_cut);
    free(u);
}

/* ---- normalisation ---- */

/* `` and '' become ", the rest is copied. */
static void copy_quotes(kd_str *out, const char *text, size_t length)
{
    kd_str_reserve(out, length + 1);
    for (size_t i = 0; i < length; i++) {
        bool is_quote =
            (text[i] == '`' || text[i] == '\'') && i + 1 < length && text[i + 1] == text[i];
        kd_str_add_char(out, is_quote ? '"' : text[i]);
        i += is_quote;
    }
}

/* What ALBERT does before the model sees the text; the result is in u->stripped. */
static void prepare(unigram *u, const char *text, size_t length)
{
    kd_str_reset(&u->stripped);
    copy_quotes(&u->stripped, text, length);
    kd_str_reset(&u->lowered);
    kd_unicode_strip(&u->lowered, u->stripped.text, u->stripped.length, true);
    kd_str_reset(&u->stripped);
    kd_unicode_lower(&u->stripped, u->lowered.text, u->lowered.length);
}

/* The longest user-defined piece that `text` begins with; 0 when there is none. */
static size_t match_whole(const kd_trie *trie, const char *text, size_t length)
{
    size_t  longest = 0;
    int32_t node = KD_TRIE_ROOT;
    for (size_t i = 0; i < length; i++) {
        node = kd_trie_step(trie, node, (unsigned char)text[i]);
        if (node == KD_TRIE_NONE) break;
        if (trie->values.items[node] != KD_TRIE_NONE) longest = i + 1;
    }
    return longest;
}

/* Normalise what stands at the beginning of `text`: how much that is, and in *out and
 * *out_length what it becomes. */
static size_t normalise_next(const unigram *u, const char *text, size_t length, const char **out,
                             size_t *out_length)
{
    size_t used = match_whole(&u->whole, text, length);
    *out = text;
    *out_length = used;
    if (used > 0) return used;

    const char *mapped = kd_charsmap_find(&u->charsmap, text, length, &used);
    if (mapped) {
        *out = mapped;
        *out_length = strlen(mapped);
        return used;
    }
    bool is_bad = kd_utf8_next(text, length, &used) == KD_UNICODE_BAD;
    *out = is_bad ? "\xEF\xBF\xBD" : text;
    *out_length = is_bad ? 3 : used;
    return used;
}

/* Append normalised text, each blank as U+2581; `after_blank` says that blanks at its
 * beginning are too many. Returns whether it ends in a blank. */
static bool append(unigram *u, const char *text, size_t length, bool after_blank)
{
    while (after_blank && length > 0 && *text == ' ') text++, length--;
    if (length == 0) return after_blank;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ' ')
            kd_str_add(&u->normal, BLANK);
        else
            kd_str_add_char(&u->normal, text[i]);
    }
    return u->shrinks_blanks && text[length - 1] == ' ';
}

/* Fill u->normal. The blank in front is only put there once there is text to stand before. */
static void normalise(unigram *u, const char *text, size_t length)
{
    const char *part;
    size_t      part_length;
    bool        after_blank = u->shrinks_blanks, has_begun = false;

    kd_str_reset(&u->normal);
    for (size_t at = 0; at < length;) {
        at += normalise_next(u, text + at, length - at, &part, &part_length);
        bool is_skipped = u->shrinks_blanks && part_length == 1 && *part == ' ';
        if (!has_begun && is_skipped) continue;
        if (!has_begun && u->adds_blank) kd_str_add(&u->normal, BLANK);
        has_begun = true;
        after_blank = append(u, part, part_length, after_blank);
    }
    while (u->shrinks_blanks && kd_ends_with(u->normal.text, BLANK))
        kd_str_cut(&u->normal, u->normal.length - BLANK_LENGTH);
}

/* ---- the best path ---- */

/* A user-defined piece always wins: it costs 0.1, whatever its length. */
static double score_of(const unigram *u, int32_t piece, size_t length)
{
    if (u->types.items[piece] != USER_DEFINED) return u->scores.items[piece];
    return (double)((float)length * u->highest) - 0.1;
}

static void offer(unigram *u, size_t begin, size_t end, int32_t piece, double score)
{
    path_end *target = &u->ends.items[end];
    double    sum = score + (double)u->ends.items[begin].score;
    if (target->begin >= 0 && sum <= (double)target->score) return;
    *target = (path_end){ (float)sum, piece, (int32_t)begin };
}

/* Offer every piece that begins at `begin`, and <unk> for its first character if no piece is
 * exactly that. Returns where the next character begins. */
static size_t offer_pieces(unigram *u, size_t begin)
{
    const char *text = u->normal.text;
    size_t      length = u->normal.length, next = begin;
    bool        has_character = false;
    int32_t     node = KD_TRIE_ROOT;

    kd_utf8_next(text, length, &next);
    for (size_t i = begin; i < length; i++) {
        node = kd_trie_step(&u->trie, node, (unsigned char)text[i]);
        if (node == KD_TRIE_NONE) break;
        int32_t piece = u->trie.values.items[node];
        if (piece == KD_TRIE_NONE) continue;
        offer(u, begin, i + 1, piece, score_of(u, piece, i + 1 - begin));
        has_character |= i + 1 == next;
    }
    if (!has_character) offer(u, begin, next, u->unknown, (double)(u->lowest - UNKNOWN_PENALTY));
    return next;
}

static void find_path(unigram *u)
{
    size_t length = u->normal.length;
    KD_CHECK(length < INT32_MAX, "unigram: a text of %zu bytes", length);
    kd_vec_reset(&u->ends);
    kd_vec_reserve(&u->ends, length + 1);
    for (size_t i = 0; i <= length; i++) u->ends.items[i] = (path_end){ 0.0f, -1, -1 };
    for (size_t at = 0; at < length;) at = offer_pieces(u, at);
}

/* Walk back from the end; neighbouring unknowns become one. */
static void collect_path(unigram *u, kd_ids *out)
{
    kd_vec_reset(&u->reversed);
    for (int32_t at = (int32_t)u->normal.length; at > 0; at = u->ends.items[at].begin) {
        int32_t piece = u->ends.items[at].piece;
        size_t  count = u->reversed.count;
        if (piece == u->unknown && count > 0 && u->reversed.items[count - 1] == piece) continue;
        kd_vec_push(&u->reversed, piece);
    }
    for (size_t i = u->reversed.count; i > 0; i--) kd_vec_push(out, u->reversed.items[i - 1]);
}

static void cut(unigram *u, const char *text, size_t length, kd_ids *out)
{
    normalise(u, text, length);
    find_path(u);
    collect_path(u, out);
}

static bool is_number_with_comma(const char *piece)
{
    size_t length = strlen(piece);
    return length > 1 && piece[length - 1] == ',' && piece[length - 2] >= '0' &&
           piece[length - 2] <= '9';
}

/* The id of a piece's text, <unk> when there is no such piece. */
static int32_t id_of(const unigram *u, const kd_vocab *vocab, const char *text)
{
    int32_t id = kd_vocab_find(vocab, text, strlen(text));
    return id >= 0 ? id : u->unknown;
}

/* Take the blank away that cutting put before the piece at `first`. */
static void drop_blank(const unigram *u, const kd_vocab *vocab, kd_ids *out, size_t first)
{
    const char *text = kd_vocab_piece(vocab, out->items[first]);
    if (strcmp(text, BLANK) == 0)
        memmove(out->items + first, out->items + first + 1,
                (--out->count - first) * sizeof *out->items);
    else if (kd_starts_with(text, BLANK))
        out->items[first] = id_of(u, vocab, text + BLANK_LENGTH);
}

/* Cut "▁1," into "▁1" and ",", and "1," into "1" and ",". */
static void cut_number(unigram *u, const kd_vocab *vocab, const char *piece, kd_ids *out)
{
    bool        has_blank = kd_starts_with(piece, BLANK);
    const char *number = has_blank ? piece + BLANK_LENGTH : piece;
    size_t      first = out->count;

    cut(u, number, strlen(number) - 1, out);
    if (!has_blank && out->count > first) drop_blank(u, vocab, out, first);
    kd_vec_push(out, id_of(u, vocab, ","));
}

static void cut_uncased(unigram *u, const kd_vocab *vocab, const char *text, size_t length,
                        kd_ids *out)
{
    prepare(u, text, length);
    kd_vec_reset(&u->first_cut);
    cut(u, u->stripped.text, u->stripped.length, &u->first_cut);
    for (size_t i = 0; i < u->first_cut.count; i++) {
        const char *piece = kd_vocab_piece(vocab, u->first_cut.items[i]);
        if (is_number_with_comma(piece))
            cut_number(u, vocab, piece, out);
        else
            kd_vec_push(out, u->first_cut.items[i]);
    }
}

/* Every word begins with the model's blank, so a word needs no other treatment than a text. */
static void encode(kd_tokenizer *tokenizer, const char *text, size_t length, bool is_word,
                   kd_ids *out)
{
    (void)is_word;
    if (tokenizer->is_uncased)
        cut_uncased(tokenizer->state, tokenizer->vocab, text, length, out);
    else
        cut(tokenizer->state, text, length, out);
}

static void cut_chunk(kd_tokenizer *tokenizer, const char *chunk, size_t length, kd_ids *out)
{
    unigram *u = tokenizer->state;
    kd_str_reset(&u->normal);
    kd_str_add_bytes(&u->normal, chunk, length);
    find_path(u);
    collect_path(u, out);
}

static void decode(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count, kd_str *out)
{
    for (size_t i = 0; i < count; i++) {
        const char *piece = kd_vocab_piece(tokenizer->vocab, ids[i]);
        bool        is_first = i == 0 && kd_starts_with(piece, BLANK);
        for (piece += is_first ? BLANK_LENGTH : 0; *piece;) {
            bool is_blank = kd_starts_with(piece, BLANK);
            kd_str_add_char(out, is_blank ? ' ' : *piece);
            piece += is_blank ? BLANK_LENGTH : 1;
        }
    }
}

const kd_tokenizer_kind kd_unigram = {
    .name = "unigram",
    .file = "spiece.model",
    .suffix = ".model",
    .has_uncased = true,
    .open = open_unigram,
    .encode = encode,
    .cut = cut_chunk,
    .read_model = read_model,
    .write_model = write_model,
    .describe = describe,
    .decode = decode,
    .close = close_unigram,
};
