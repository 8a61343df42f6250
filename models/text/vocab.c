/* vocab.c - pieces by id and by text. A kd_map keeps its keys in order of insertion, so the
 * index of a key is the id of its piece. */
#include "models/text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "models/text/unicode.h"

struct kd_vocab {
    kd_map *pieces;
    kd_str  key; /* a piece with a NUL behind it, while it is added */
};

kd_vocab *kd_vocab_create(void)
{
    kd_vocab *vocab = kd_alloc(1, sizeof *vocab);
    vocab->pieces = kd_map_create();
    kd_str_init(&vocab->key);
    return vocab;
}

int32_t kd_vocab_add(kd_vocab *vocab, const char *piece, size_t length)
{
    KD_CHECK(memchr(piece, 0, length) == NULL, "vocab: a piece with a NUL inside");
    if (kd_map_get_n(vocab->pieces, piece, length)) return -1;
    kd_str_reset(&vocab->key);
    kd_str_add_bytes(&vocab->key, piece, length);
    int32_t id = kd_vocab_size(vocab);
    kd_map_put_number(vocab->pieces, vocab->key.text, id);
    return id;
}

int kd_vocab_size(const kd_vocab *vocab)
{
    return (int)kd_map_count(vocab->pieces);
}

const char *kd_vocab_piece(const kd_vocab *vocab, int32_t id)
{
    KD_CHECK(id >= 0 && id < kd_vocab_size(vocab), "vocab: no piece %d among %d", id,
             kd_vocab_size(vocab));
    return kd_map_key(vocab->pieces, (size_t)id);
}

int32_t kd_vocab_find(const kd_vocab *vocab, const char *piece, size_t length)
{
    const kd_map_value *id = kd_map_get_n(vocab->pieces, piece, length);
    return id ? (int32_t)id->number : -1;
}

/* The first of two spellings that the vocabulary has. */
static int32_t find_either(const kd_vocab *vocab, const char *a, const char *b)
{
    int32_t id = kd_vocab_find(vocab, a, strlen(a));
    return id >= 0 ? id : kd_vocab_find(vocab, b, strlen(b));
}

kd_specials kd_vocab_specials(const kd_vocab *vocab)
{
    return (kd_specials){
        .pad = find_either(vocab, "[PAD]", "<pad>"),
        .unk = find_either(vocab, "[UNK]", "<unk>"),
        .cls = find_either(vocab, "[CLS]", "<s>"),
        .sep = find_either(vocab, "[SEP]", "</s>"),
        .mask = find_either(vocab, "[MASK]", "<mask>"),
    };
}

int kd_vocab_separators(const kd_vocab *vocab)
{
    int32_t sep = kd_vocab_specials(vocab).sep;
    if (sep < 0) return 0;
    return strcmp(kd_vocab_piece(vocab, sep), "</s>") == 0 ? 2 : 1;
}

void kd_vocab_destroy(kd_vocab *vocab)
{
    if (!vocab) return;
    kd_map_destroy(vocab->pieces);
    kd_str_fini(&vocab->key);
    free(vocab);
}

/* ---- vocab.txt ---- */

static kd_status add_line(kd_vocab *vocab, const char *piece, size_t length, const char *path,
                          int line, kd_error *err)
{
    size_t bad_at;
    if (length == 0) return kd_fail(err, KD_EDATA, "%s:%d: an empty piece", path, line);
    if (memchr(piece, 0, length)) return kd_fail(err, KD_EDATA, "%s:%d: a NUL byte", path, line);
    if (!kd_utf8_check(piece, length, &bad_at))
        return kd_fail(err, KD_EDATA, "%s:%d: byte %zu is not UTF-8", path, line, bad_at + 1);
    if (kd_vocab_add(vocab, piece, length) < 0)
        return kd_fail(err, KD_EDATA, "%s:%d: piece '%.*s' is already in line %d", path, line,
                       length > 80 ? 80 : (int)length, piece,
                       kd_vocab_find(vocab, piece, length) + 1);
    return KD_OK;
}

static kd_status add_lines(kd_vocab *vocab, const kd_fs_view *file, const char *path, kd_error *err)
{
    const char *at = file->bytes, *end = file->bytes + file->length;
    int         line = 1;
    for (; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        size_t      length = (size_t)(stop - at);
        if (length > 0 && stop[-1] == '\r') length--;
        kd_status status = add_line(vocab, at, length, path, line, err);
        if (status != KD_OK) return status;
        at = newline ? newline + 1 : end;
    }
    if (kd_vocab_size(vocab) == 0) return kd_fail(err, KD_EDATA, "%s:1: an empty vocabulary", path);
    if (kd_vocab_specials(vocab).unk < 0)
        return kd_fail(err, KD_EDATA, "%s:%d: no [UNK] until here", path, line - 1);
    return KD_OK;
}

kd_vocab *kd_vocab_of_lines(const char *text)
{
    kd_vocab *vocab = kd_vocab_create();
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        kd_vocab_add(vocab, text, (size_t)(end - text));
    return vocab;
}

kd_status kd_vocab_read(kd_vocab **out, const char *path, kd_error *err)
{
    kd_fs_view file;
    kd_status  status = kd_fs_map(&file, path, err);
    if (status != KD_OK) return status;

    kd_vocab *vocab = kd_vocab_create();
    status = add_lines(vocab, &file, path, err);
    kd_fs_unmap(&file);
    if (status != KD_OK) {
        kd_vocab_destroy(vocab);
        return status;
    }
    *out = vocab;
    return KD_OK;
}

void kd_vocab_print(const kd_vocab *vocab, kd_str *out)
{
    for (int id = 0; id < kd_vocab_size(vocab); id++) {
        kd_str_add(out, kd_vocab_piece(vocab, id));
        kd_str_add_char(out, '\n');
    }
}

kd_status kd_vocab_check_pieces(const kd_vocab *vocab, const char *lines, int32_t *count,
                                kd_error *err)
{
    int32_t id = 0;
    for (const char *line = lines; *line; id++) {
        const char *piece = id < kd_vocab_size(vocab) ? kd_vocab_piece(vocab, id) : "(none)";
        size_t      length = strlen(piece); /* a piece may be a line end itself */
        if (strncmp(piece, line, length) != 0 || (line[length] && line[length] != '\n'))
            return kd_fail(err, KD_EDATA, "piece %d of the tokenizer is %s, the model's is %.*s",
                           id, piece, (int)strcspn(line, "\n"), line);
        line += length + (line[length] == '\n');
    }
    if (count) *count = id;
    return KD_OK;
}

kd_status kd_vocab_write(const kd_vocab *vocab, const char *path, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    kd_vocab_print(vocab, &text);
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}
