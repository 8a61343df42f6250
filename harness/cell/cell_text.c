/* cell_text.c - documents -> rows -> parts. */
#include "harness/cell/cell_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BETWEEN_LOOKS = 256 }; /* documents, until it is asked whether to stop */

typedef struct {
    const kd_source_corpus *source;
    const kd_cell_context  *context;
    kd_object_draft        *draft;
    kd_text_packer          packer;
    kd_ids                  ids[KD_SPLITS], ends[KD_SPLITS]; /* train: of the part at hand */
    kd_text_stats           stats[KD_SPLITS];
    int                     parts;
} job;

static kd_status put_part(job *j, kd_error *err)
{
    kd_ids *ids = &j->ids[KD_TRAIN], *ends = &j->ends[KD_TRAIN];
    if (ends->count == 0) return KD_OK;
    int       vocab = kd_vocab_size(kd_tokenizer_vocab(j->source->tokenizer));
    kd_status status =
        kd_dataset_put_part(j->draft, j->parts++, vocab, ids->items, ends->items, ends->count, err);
    kd_vec_reset(ids);
    kd_vec_reset(ends);
    return status;
}

static bool should_stop(const job *j)
{
    const kd_cell_context *c = j->context;
    return j->stats[KD_TRAIN].documents % BETWEEN_LOOKS == 0 && c->should_stop &&
           c->should_stop(c->user);
}

static kd_status take(void *user, kd_split split, const char *text, size_t length, kd_error *err)
{
    job *j = user;
    kd_text_packer_add(&j->packer, text, length, &j->ids[split], &j->ends[split], &j->stats[split]);
    if (should_stop(j)) return kd_fail(err, KD_ESTOPPED, "stopped while a text was packed");
    if (split == KD_TRAIN)
        return j->ids[split].count >= (size_t)j->source->data.part_pieces ? put_part(j, err)
                                                                          : KD_OK;
    if (j->ids[split].count <= INT_MAX / 2) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "data.held_out: %s has more than %d pieces: hold out less",
                   kd_split_word(split), INT_MAX / 2);
}

/* ---- what is put at the end ---- */

static kd_pack pack_of(job *j, kd_split split)
{
    kd_pack pack = { .task = KD_TASK_TEXT };
    if (split == KD_TRAIN || j->ends[split].count == 0) return pack;
    pack.sentences = (int)j->ends[split].count;
    pack.pieces = (int)j->ids[split].count;
    pack.ids = j->ids[split].items;
    pack.piece_begin = kd_alloc((size_t)pack.sentences + 1, sizeof *pack.piece_begin);
    memcpy(pack.piece_begin + 1, j->ends[split].items,
           (size_t)pack.sentences * sizeof *pack.piece_begin);
    return pack;
}

static kd_status put_rest(job *j, kd_error *err)
{
    kd_str  vocab = KD_STR_INIT;
    kd_pack packs[KD_SPLITS];
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) packs[s] = pack_of(j, s);
    kd_vocab_print(kd_tokenizer_vocab(j->source->tokenizer), &vocab);
    kd_status status = kd_dataset_put(j->draft, j->source->labels, vocab.text, packs, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) free(packs[s].piece_begin);
    kd_str_fini(&vocab);
    return status;
}

static void put_counts(job *j, kd_split split)
{
    const kd_text_stats *stats = &j->stats[split];
    const struct {
        const char *name;
        int64_t     value;
    } counts[] = {
        { "sentences", stats->rows },
        { "documents", stats->documents },
        { "pieces", stats->pieces },
        { "unknown_pieces", stats->unknown },
        { "cut_sentences", stats->cut },
        { "left_out_sentences", stats->left_out },
        { "longest_sentence", stats->longest },
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", kd_split_word(split), counts[i].name);
        kd_object_put_metric(j->draft, name, (double)counts[i].value);
    }
}

static kd_status check_rows(const job *j, kd_error *err)
{
    if (j->stats[KD_TRAIN].rows > 0) return KD_OK;
    return kd_fail(err, KD_EDATA, "no piece of any document is in the vocabulary");
}

kd_status kd_cell_pack_text(kd_source_corpus *source, const kd_cell_context *context,
                            kd_object_draft *draft, kd_error *err)
{
    job       j = { .source = source, .context = context, .draft = draft };
    kd_status status = source->tokenizer ? KD_OK : kd_source_text_vocabulary(source, err);
    if (status == KD_OK) status = kd_source_text_check(source, err);
    if (status == KD_OK)
        status = kd_text_packer_init(&j.packer, source->tokenizer, &source->tokens,
                                     source->data.documents, err);
    if (status == KD_OK) status = kd_source_text_walk(source, take, &j, err);
    if (status == KD_OK) status = put_part(&j, err);
    if (status == KD_OK) status = check_rows(&j, err);
    if (status == KD_OK) status = put_rest(&j, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        if (status == KD_OK) put_counts(&j, s);
        kd_vec_fini(&j.ids[s]);
        kd_vec_fini(&j.ends[s]);
    }
    kd_text_packer_fini(&j.packer);
    return status;
}
