/* cell_text.c - documents -> rows -> parts. */
#include "harness/cell/cell_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/cell/text_saved.h"

enum { BETWEEN_LOOKS = 256 }; /* documents, until it is asked whether to stop */

typedef struct {
    const kd_source_corpus *source;
    const kd_cell_context  *context;
    kd_object_draft        *draft;
    kd_text_packer          packer;
    kd_text_progress        progress;
    kd_ids                  ids[KD_SPLITS], ends[KD_SPLITS]; /* train: of the part at hand */
    kd_text_stats           stats[KD_SPLITS];
    size_t                  saved_ids[KD_SPLITS], saved_ends[KD_SPLITS]; /* of what is held out */
    int                     parts;
} job;

/* ---- parts ---- */

static kd_status put_rows(job *j, const int32_t *ids, const int32_t *ends, size_t rows,
                          kd_error *err)
{
    int vocab = kd_vocab_size(kd_tokenizer_vocab(j->source->tokenizer));
    return kd_dataset_put_part(j->draft, j->parts++, vocab, ids, ends, rows, err);
}

static kd_status put_part(job *j, kd_error *err)
{
    kd_ids   *ids = &j->ids[KD_TRAIN], *ends = &j->ends[KD_TRAIN];
    kd_status status = ends->count ? put_rows(j, ids->items, ends->items, ends->count, err) : KD_OK;
    kd_vec_reset(ids);
    kd_vec_reset(ends);
    return status;
}

/* What is new of a split since the last part. */
static kd_saved_rows new_rows(job *j, kd_split split)
{
    size_t        ids = j->saved_ids[split], ends = j->saved_ends[split];
    kd_saved_rows rows = { j->ids[split].items + ids, j->ends[split].items + ends,
                           (int64_t)(j->ids[split].count - ids),
                           (int64_t)(j->ends[split].count - ends) };
    j->saved_ids[split] = split == KD_TRAIN ? 0 : j->ids[split].count;
    j->saved_ends[split] = split == KD_TRAIN ? 0 : j->ends[split].count;
    return rows;
}

static kd_status finish_part(job *j, kd_error *err)
{
    kd_saved_part part = { .progress = j->progress };
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        part.stats[s] = j->stats[s];
        part.rows[s] = new_rows(j, s);
    }
    kd_status status =
        kd_saved_part_put(j->context->store, j->source->node->id, j->parts, &part, err);
    return status == KD_OK ? put_part(j, err) : status;
}

static void append(kd_ids *to, const int32_t *from, int64_t count)
{
    kd_vec_reserve(to, (size_t)count);
    if (count) memcpy(to->items + to->count, from, (size_t)count * sizeof *from);
    to->count += (size_t)count;
}

static kd_status take_over(job *j, const kd_saved_part *part, kd_error *err)
{
    const kd_saved_rows *train = &part->rows[KD_TRAIN];
    j->progress = part->progress;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        j->stats[s] = part->stats[s];
        if (s == KD_TRAIN) continue;
        append(&j->ids[s], part->rows[s].ids, part->rows[s].pieces);
        append(&j->ends[s], part->rows[s].ends, part->rows[s].rows);
        j->saved_ids[s] = j->ids[s].count;
        j->saved_ends[s] = j->ends[s].count;
    }
    return put_rows(j, train->ids, train->ends, (size_t)train->rows, err);
}

/* All parts that an earlier attempt has left. */
static kd_status go_on(job *j, kd_error *err)
{
    kd_status status = KD_OK;
    for (bool has = true; status == KD_OK && has;) {
        kd_saved_part part;
        kd_fs_view    view;
        status = kd_saved_part_get(&part, &view, j->context->store, j->source->node->id, j->parts,
                                   &has, err);
        if (status != KD_OK || !has) break;
        status = take_over(j, &part, err);
        kd_fs_unmap(&view);
    }
    if (j->parts)
        kd_log_info("goes on behind %d parts and %lld documents", j->parts,
                    (long long)j->progress.documents);
    return status;
}

/* ---- documents ---- */

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
        return j->ids[split].count >= (size_t)j->source->data.part_pieces ? finish_part(j, err)
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
    if (status == KD_OK) status = go_on(&j, err);
    if (status == KD_OK) status = kd_source_text_walk(source, &j.progress, take, &j, err);
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
