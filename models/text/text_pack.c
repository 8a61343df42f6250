/* text_pack.c - pieces of a document, in rows. */
#include "models/text/text_pack.h"

#include <string.h>

#include "harness/base/digest.h"

kd_status kd_text_packer_init(kd_text_packer *out, kd_tokenizer *tokenizer,
                              const kd_token_options *options, kd_documents documents,
                              kd_error *err)
{
    int most = options->max_pieces;
    *out = (kd_text_packer){ .tokenizer = tokenizer,
                             .specials = kd_vocab_specials(kd_tokenizer_vocab(tokenizer)),
                             .documents = documents };
    out->takes_words = strcmp(kd_tokenizer_kind_name(tokenizer), "wordpiece") == 0;
    if (out->specials.cls < 0 || out->specials.sep < 0 || out->specials.unk < 0)
        return kd_fail(err, KD_EDATA,
                       "the vocabulary lacks [CLS], [SEP] or [UNK] (<s>, </s>, <unk>)");
    if (most != 0 && most < 4)
        return kd_fail(err, KD_ECONFIG,
                       "max_pieces: %d leaves no room for two pieces beside [CLS] and [SEP]", most);
    out->most = most ? (size_t)most - 2 : 0;
    return KD_OK;
}

void kd_text_packer_fini(kd_text_packer *p)
{
    kd_vec_fini(&p->pieces);
}

/* Blanks end a word of WordPiece whatever is around them; other tokenizers cut them as well. */
static void encode(kd_text_packer *p, const char *text, size_t length)
{
    const char *end = text + length;
    p->pieces.count = 0;
    if (!p->takes_words) {
        kd_tokenizer_encode(p->tokenizer, text, length, &p->pieces);
        return;
    }
    while (text < end) {
        const char *blank = memchr(text, ' ', (size_t)(end - text));
        if (!blank) blank = end;
        if (blank > text)
            kd_tokenizer_encode_word(p->tokenizer, text, (size_t)(blank - text), &p->pieces);
        text = blank + 1;
    }
}

static void add_row(kd_text_packer *p, size_t from, size_t count, kd_ids *ids, kd_ids *ends,
                    kd_text_stats *stats)
{
    const int32_t *piece = p->pieces.items + from;
    size_t         unknown = 0;
    for (size_t i = 0; i < count; i++) unknown += piece[i] == p->specials.unk;
    if (unknown == count) {
        stats->left_out++;
        return;
    }
    kd_vec_reserve(ids, count + 2);
    ids->items[ids->count++] = p->specials.cls;
    memcpy(ids->items + ids->count, piece, count * sizeof *piece);
    ids->count += count;
    ids->items[ids->count++] = p->specials.sep;
    kd_vec_push(ends, (int32_t)ids->count);
    stats->rows++;
    stats->pieces += (int64_t)count;
    stats->unknown += (int64_t)unknown;
    if ((int)count + 2 > stats->longest) stats->longest = (int)count + 2;
}

void kd_text_packer_add(kd_text_packer *p, const char *text, size_t length, kd_ids *ids,
                        kd_ids *ends, kd_text_stats *stats)
{
    encode(p, text, length);
    size_t all = p->pieces.count, most = p->most ? p->most : all;
    stats->documents++;
    for (size_t at = 0; at < all; at += most) {
        size_t count = all - at < most ? all - at : most;
        add_row(p, at, count, ids, ends, stats);
        if (p->documents == KD_DOCUMENTS_SPLIT || count == all) continue;
        stats->cut++;
        return;
    }
}

double kd_text_place(const char *text, size_t length)
{
    return (double)(kd_checksum(text, length, 0) >> 11) * 0x1p-53;
}
