/* tokenizer.c - finds the kind that reads a file, settles the question of case, and passes on. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/tokenizer_internal.h"
#include "models/text/unicode.h"

/* In the order in which a folder is searched. */
static const struct {
    kd_tokenizer_choice      choice;
    const kd_tokenizer_kind *kind;
} kinds[] = {
    { KD_TOKENIZER_WORDPIECE, &kd_wordpiece },
    { KD_TOKENIZER_BPE, &kd_bpe },
    { KD_TOKENIZER_UNIGRAM, &kd_unigram },
    { KD_TOKENIZER_JSON, &kd_one_file },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const kd_choice tokenizers[] = {
    { "auto", KD_TOKENIZER_AUTO }, { "wordpiece", KD_TOKENIZER_WORDPIECE },
    { "bpe", KD_TOKENIZER_BPE },   { "unigram", KD_TOKENIZER_UNIGRAM },
    { "json", KD_TOKENIZER_JSON }, KD_CHOICE_END
};

static const kd_choice letters_of[] = { { "auto", KD_LETTERS_AUTO },
                                        { "cased", KD_LETTERS_CASED },
                                        { "uncased", KD_LETTERS_UNCASED },
                                        KD_CHOICE_END };

const kd_setting kd_token_settings[] = {
    KD_CHOICE_ROW(kd_token_options, tokenizer, "tokenizer", "auto", tokenizers, NULL,
                  "how words become pieces; auto goes by the name of the vocabulary file",
                  .flags = KD_ROW_SIZE),
    KD_CHOICE_ROW(kd_token_options, letters, "letters", "auto", letters_of, NULL,
                  "what the vocabulary was made for; auto is uncased when no piece has a capital"),
    KD_BOOL_ROW(kd_token_options, lowercase, "lowercase", "false", NULL,
                "lower every word before it is cut into pieces, keeping accents"),
    KD_INT_ROW(kd_token_options, max_pieces, "max_pieces", "512", 0, 1 << 20, NULL,
               "longest row in pieces, [CLS] and [SEP] included; 0 for no limit"),
    KD_BOOL_ROW(kd_token_options, keep_sep, "keep_sep", "true", NULL,
                "a row that max_pieces cuts ends with [SEP]; false: it loses that like its last "
                "words, as DoKTra's code has it",
                .before = "true"),
    KD_BOOL_ROW(kd_token_options, inherit, "inherit", "true", NULL,
                "every piece carries its word's tag; else only the first piece does"),
    KD_BOOL_ROW(kd_token_options, tag_specials, "tag_specials", "false", NULL,
                "[CLS] and [SEP] are learned and scored as the labels START and END"),
    KD_INT_ROW(kd_token_options, question_pieces, "question_pieces", "64", 0, 1 << 20, NULL,
               "task qa: a question is cut behind so many pieces; 0 for no limit", .before = "64"),
    KD_INT_ROW(kd_token_options, stride, "stride", "128", 1, 1 << 20, NULL,
               "task qa: a text longer than its window has another one so many pieces later",
               .before = "128"),
    KD_INT_ROW(kd_token_options, answer_pieces, "answer_pieces", "30", 1, 1 << 20, NULL,
               "task qa: pieces of the longest answer that is given", .before = "30"),
    KD_SETTING_END,
};

/* The kind that was chosen, or the one whose files are named like `path`. */
static const kd_tokenizer_kind *find_kind(kd_tokenizer_choice choice, const char *path)
{
    if (kd_ends_with(path, kd_one_file.suffix)) return &kd_one_file;
    for (int i = 0; i < KINDS; i++)
        if (kinds[i].choice == choice) return kinds[i].kind;
    for (int i = 0; i < KINDS; i++)
        if (kd_ends_with(path, kinds[i].kind->suffix)) return kinds[i].kind;
    return NULL;
}

/* The vocabulary file in a folder: the caller frees it. NULL when there is none. */
static char *find_file(const char *folder, kd_tokenizer_choice choice)
{
    for (int i = 0; i < KINDS; i++) {
        bool  is_wanted = choice == KD_TOKENIZER_AUTO || choice == kinds[i].choice;
        char *path = kd_fs_join(folder, kinds[i].kind->file);
        if (is_wanted && kd_fs_exists(path)) return path;
        free(path);
    }
    return NULL;
}

const char *kd_tokenizer_file(int index)
{
    for (int i = 0; i < KINDS; i++) {
        if (index-- == 0) return kinds[i].kind->file;
        if (kinds[i].kind->beside && index-- == 0) return kinds[i].kind->beside;
    }
    return NULL;
}

char *kd_tokenizer_beside(const char *path)
{
    char *beside = NULL;
    for (int i = 0; i < KINDS && !beside; i++)
        beside = kd_tokenizer_kind_beside(kinds[i].kind, path);
    return beside;
}

static bool has_capital(const char *piece)
{
    size_t length = strlen(piece);
    for (size_t at = 0; at < length;)
        if (kd_unicode_is_capital(kd_utf8_next(piece, length, &at))) return true;
    return false;
}

/* Special pieces ([CLS], <S>) say nothing about the text. */
static bool is_special(const char *piece)
{
    return (piece[0] == '[' && kd_ends_with(piece, "]")) ||
           (piece[0] == '<' && kd_ends_with(piece, ">"));
}

static bool has_capitals(const kd_vocab *vocab)
{
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++) {
        const char *piece = kd_vocab_piece(vocab, id);
        if (!is_special(piece) && has_capital(piece)) return true;
    }
    return false;
}

/* A tokenizer.json says itself whether it lowers. */
static kd_status settle_case_of_pipeline(kd_tokenizer *t, kd_letters letters, kd_error *err)
{
    t->is_uncased = kd_pipeline_lowers(t->pipeline);
    kd_letters own = t->is_uncased ? KD_LETTERS_UNCASED : KD_LETTERS_CASED;
    if (letters == KD_LETTERS_AUTO || letters == own) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "letters: %s, but the normalizer of the file is %s",
                   kd_choice_word(letters_of, (int)letters), kd_choice_word(letters_of, (int)own));
}

static kd_status settle_case(kd_tokenizer *t, kd_letters letters, kd_error *err)
{
    bool is_asked = letters == KD_LETTERS_UNCASED;
    if (t->pipeline) return settle_case_of_pipeline(t, letters, err);
    if (is_asked && !t->kind->has_uncased)
        return kd_fail(err, KD_ECONFIG,
                       "letters: %s has no uncased form; lowercase = true lowers text",
                       t->kind->name);
    bool is_auto = letters == KD_LETTERS_AUTO;
    t->is_uncased = is_asked || (is_auto && t->kind->has_uncased && !has_capitals(t->vocab));
    return KD_OK;
}

static kd_tokenizer *create(const kd_tokenizer_kind *kind, const kd_token_options *options)
{
    kd_tokenizer *t = kd_alloc(1, sizeof *t);
    t->kind = kind;
    t->lowercase = options->lowercase;
    kd_str_init(&t->lowered);
    return t;
}

/* What opening has in common once there is a vocabulary: finish, or take it all back. */
static kd_status finish(kd_tokenizer **out, kd_tokenizer *t, kd_status status,
                        const kd_token_options *options, kd_error *err)
{
    if (status == KD_OK) status = settle_case(t, options->letters, err);
    if (status != KD_OK) {
        kd_tokenizer_destroy(t);
        return status;
    }
    *out = t;
    return KD_OK;
}

/* Of a folder that has both a vocabulary and a tokenizer.json the vocabulary counts, for readers and
 * for ids of cells alike; who means the other names the file. */
static kd_status check_folder(const char *folder, const char *found, kd_error *err)
{
    kd_status status = KD_OK;
    char     *usual = find_file(folder, KD_TOKENIZER_AUTO);
    if (usual && strcmp(usual, found) != 0 && kd_ends_with(found, KD_TOKENIZER_FILE))
        status = kd_fail(err, KD_ECONFIG, "tokenizer: %s has a vocabulary too; name %s itself",
                         folder, found);
    free(usual);
    return status;
}

/* A tokenizer.json may hold another kind than the one asked for. */
static kd_status check_kind(const kd_tokenizer *t, kd_tokenizer_choice choice, const char *path,
                            kd_error *err)
{
    bool fits = !t->pipeline || choice == KD_TOKENIZER_AUTO || choice == KD_TOKENIZER_JSON ||
                find_kind(choice, "") == t->kind;
    if (fits) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "tokenizer: %s, but %s holds %s",
                   kd_choice_word(tokenizers, (int)choice), path, t->kind->name);
}

kd_status kd_tokenizer_open(kd_tokenizer **out, const char *path, const kd_token_options *options,
                            kd_error *err)
{
    char *found = kd_fs_is_folder(path) ? find_file(path, options->tokenizer) : kd_strdup(path);
    if (!found)
        return kd_fail(err, KD_ENOINPUT,
                       "%s: no vocab.txt, vocab.json, spiece.model or tokenizer.json here", path);

    kd_status status = kd_fs_is_folder(path) ? check_folder(path, found, err) : KD_OK;
    const kd_tokenizer_kind *kind = find_kind(options->tokenizer, found);
    if (status != KD_OK) {
        free(found);
        return status;
    }
    if (kind) {
        kd_tokenizer *t = create(kind, options);
        status = kind->open(t, found, err);
        if (status == KD_OK) status = check_kind(t, options->tokenizer, found, err);
        status = finish(out, t, status, options, err);
    } else {
        status = kd_fail(err, KD_ECONFIG,
                         "%s: neither .txt, .json nor .model: say which tokenizer reads it", found);
    }
    free(found);
    return status;
}

static kd_status copy_file(const char *path, const char *folder, const char *name, kd_error *err)
{
    kd_str    bytes = KD_STR_INIT;
    char     *to = kd_fs_join(folder, name);
    kd_status status = kd_fs_read(path, &bytes, err);
    if (status == KD_OK) status = kd_fs_write(to, bytes.text, bytes.length, err);
    kd_str_fini(&bytes);
    free(to);
    return status;
}

kd_status kd_tokenizer_copy(const char *path, const kd_token_options *options, const char *folder,
                            kd_error *err)
{
    char *found = kd_fs_is_folder(path) ? find_file(path, options->tokenizer) : kd_strdup(path);
    const kd_tokenizer_kind *kind = found ? find_kind(options->tokenizer, found) : NULL;
    char                    *beside = found ? kd_tokenizer_beside(found) : NULL;
    kd_status                status = KD_OK;
    if (!kind) status = kd_fail(err, KD_ENOINPUT, "%s: no tokenizer is here", path);
    if (status == KD_OK && kind != &kd_one_file) status = copy_file(found, folder, kind->file, err);
    if (status == KD_OK && kind != &kd_one_file && kind->beside)
        status = copy_file(beside, folder, kind->beside, err);
    free(beside);
    free(found);
    return status;
}

kd_status kd_tokenizer_from_vocab(kd_tokenizer **out, kd_vocab *vocab,
                                  const kd_token_options *options, kd_error *err)
{
    kd_tokenizer *t = create(&kd_wordpiece, options);
    t->vocab = vocab;
    kd_status status =
        kd_vocab_specials(vocab).unk < 0
            ? kd_fail(err, KD_EDATA, "no [UNK] among %d pieces", kd_vocab_size(vocab))
            : kd_wordpiece_index(t, kd_vocab_size(vocab), err);
    return finish(out, t, status, options, err);
}

void kd_tokenizer_destroy(kd_tokenizer *tokenizer)
{
    if (!tokenizer) return;
    tokenizer->kind->close(tokenizer->state);
    kd_vocab_destroy(tokenizer->vocab);
    kd_pipeline_destroy(tokenizer->pipeline);
    kd_map_destroy(tokenizer->special);
    kd_str_fini(&tokenizer->lowered);
    free(tokenizer->cut_words);
    free(tokenizer);
}

/* ---- encoding ---- */

#define CUT_WORDS_LOG2 14 /* slots of 64 bytes: 1 MiB, which stays near the processor */

static size_t slot_of(const char *word, size_t length)
{
    uint64_t hash = length, part;
    for (; length >= 8; word += 8, length -= 8) {
        memcpy(&part, word, 8);
        hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    part = 0;
    memcpy(&part, word, length);
    return (size_t)(((hash ^ part) * 0x9E3779B97F4A7C15u) >> (64 - CUT_WORDS_LOG2));
}

typedef struct {
    kd_tokenizer *tokenizer;
    kd_ids       *out;
} cutter;

static void cut_chunk(const char *chunk, size_t length, int32_t id, void *user)
{
    cutter *c = user;
    if (id >= 0)
        kd_vec_push(c->out, id);
    else
        c->tokenizer->kind->cut(c->tokenizer, chunk, length, c->out);
}

static void encode(kd_tokenizer *t, const char *text, size_t length, bool is_word, kd_ids *out)
{
    if (t->lowercase) {
        kd_str_reset(&t->lowered);
        kd_unicode_lower(&t->lowered, text, length);
        text = t->lowered.text;
        length = t->lowered.length;
    }
    if (t->pipeline)
        kd_pipeline_run(t->pipeline, text, length, is_word, cut_chunk, &(cutter){ t, out });
    else
        t->kind->encode(t, text, length, is_word, out);
}

/* Cut a word and remember it in `slot` if it fits there. */
static void encode_new(kd_tokenizer *t, kd_cut_word *slot, const char *word, size_t length,
                       kd_ids *out)
{
    size_t before = out->count;
    encode(t, word, length, true, out);
    size_t count = out->count - before;
    if (count == 0 || count > sizeof slot->ids / sizeof *slot->ids) return;
    slot->length = (uint8_t)length;
    slot->count = (uint8_t)count;
    memcpy(slot->word, word, length);
    memcpy(slot->ids, out->items + before, count * sizeof *slot->ids);
}

void kd_tokenizer_encode(kd_tokenizer *tokenizer, const char *text, size_t length, kd_ids *out)
{
    encode(tokenizer, text, length, false, out);
}

void kd_tokenizer_encode_word(kd_tokenizer *t, const char *word, size_t length, kd_ids *out)
{
    if (length == 0 || length > sizeof t->cut_words->word) {
        encode(t, word, length, true, out);
        return;
    }
    if (!t->cut_words) t->cut_words = kd_alloc((size_t)1 << CUT_WORDS_LOG2, sizeof *t->cut_words);
    kd_cut_word *slot = &t->cut_words[slot_of(word, length)];
    if (slot->length != length || memcmp(slot->word, word, length) != 0) {
        encode_new(t, slot, word, length, out);
        return;
    }
    kd_vec_reserve(out, slot->count);
    memcpy(out->items + out->count, slot->ids, slot->count * sizeof *slot->ids);
    out->count += slot->count;
}

void kd_tokenizer_decode(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count,
                         kd_str *out)
{
    tokenizer->kind->decode(tokenizer, ids, count, out);
}

const kd_vocab *kd_tokenizer_vocab(const kd_tokenizer *tokenizer)
{
    return tokenizer->vocab;
}

const char *kd_tokenizer_kind_name(const kd_tokenizer *tokenizer)
{
    return tokenizer->kind->name;
}

bool kd_tokenizer_is_uncased(const kd_tokenizer *tokenizer)
{
    return tokenizer->is_uncased;
}
