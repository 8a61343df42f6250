/* cell_corpus.c - files or a grammar become packed splits.
 *
 *     read -> vocabulary (source_corpus.h) -> augment the training split -> unlabelled sentences behind it -> tokenise -> pack */
#include "harness/cell/cell_internal.h"

#include <stdio.h>

#include "distill/augment.h"
#include "harness/base/log.h"
#include "harness/cell/cell_text.h"
#include "harness/cell/source_corpus.h"
#include "harness/objects/dataset.h"
#include "harness/store/keys.h"
#include "models/text/pack_build.h"
#include "models/text/unlabelled.h"

/* From words to packs. */
typedef struct {
    kd_source_corpus source;
    kd_corpus        augmented;
    bool             is_augmented;
    kd_pack          pack[KD_SPLITS];
} job;

/* ---- packs ---- */

static const kd_corpus *source_of(const job *j, kd_split split)
{
    return split == KD_TRAIN && j->is_augmented ? &j->augmented : &j->source.split[split];
}

static kd_status augment_training(job *j, kd_error *err)
{
    if (j->source.augment.passes == 0) return KD_OK;
    kd_status status =
        kd_augment(&j->augmented, &j->source.split[KD_TRAIN], &j->source.augment, err);
    j->is_augmented = status == KD_OK;
    return status;
}

static void add_unlabelled(job *j)
{
    if (kd_source_corpus_unlabelled(&j->source) == 0) return;
    kd_unlabelled_append(j->is_augmented ? &j->augmented : &j->source.split[KD_TRAIN],
                         &j->source.unlabelled);
}

/* Part of what is told of train. */
static void put_unlabelled(const job *j, kd_object_draft *draft)
{
    const kd_pack *train = &j->pack[KD_TRAIN];
    int            told = kd_pack_told(train), pieces = 0;
    if (told == train->sentences) return;
    for (int n = train->piece_begin[told]; n < train->pieces; n++) pieces += train->word[n] >= 0;
    kd_object_put_metric(draft, KD_KEY_UNLABELLED, train->sentences - told);
    kd_object_put_metric(draft, KD_KEY_UNLABELLED_PIECES, pieces);
}

/* What doctor and tables may want to know of a split. */
static void put_counts(kd_object_draft *draft, kd_split split, const kd_pack *pack,
                       const kd_pack_stats *stats)
{
    const struct {
        const char *name;
        double      value;
    } counts[] = {
        { "sentences", pack->sentences },
        { "words", pack->words },
        { "pieces", (double)stats->pieces },
        { "unknown_pieces", (double)stats->unknown },
        { "cut_sentences", (double)stats->cut_sentences },
        { "cut_words", (double)stats->cut_words },
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", kd_split_word(split), counts[i].name);
        kd_object_put_metric(draft, name, counts[i].value);
    }
}

static kd_status pack_splits(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_status status = KD_OK;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK; s++) {
        kd_pack_stats stats;
        status = kd_pack_build(&j->pack[s], source_of(j, s), j->source.tokenizer, &j->source.tokens,
                               &stats, err);
        if (status != KD_OK) break;
        put_counts(draft, s, &j->pack[s], &stats);
        if (stats.cut_words)
            kd_log_warning(
                "%s: %lld sentences are longer than %d pieces; %lld words of them are cut",
                kd_split_word(s), (long long)stats.cut_sentences, j->source.tokens.max_pieces,
                (long long)stats.cut_words);
    }
    return status;
}

static kd_status put(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_str vocab = KD_STR_INIT;
    put_unlabelled(j, draft);
    kd_vocab_print(kd_tokenizer_vocab(j->source.tokenizer), &vocab);
    kd_status status = kd_dataset_put(draft, j->source.labels, vocab.text, j->pack, err);
    kd_str_fini(&vocab);
    return status;
}

static void release(job *j)
{
    for (int s = 0; s < KD_SPLITS; s++) kd_pack_fini(&j->pack[s]);
    if (j->is_augmented) kd_corpus_fini(&j->augmented);
    kd_source_corpus_close(&j->source);
}

/* Where the pieces are those of another corpus, they come from its object. */
static kd_status take_vocabulary(job *j, const kd_store *store, kd_error *err)
{
    kd_id      id = kd_resolved_input_id(j->source.node, KD_INPUT_VOCAB);
    kd_object *object = NULL;
    kd_str     vocab = KD_STR_INIT;
    if (kd_id_is_none(id)) return KD_OK;
    kd_status status = kd_object_open(&object, store, id, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_VOCAB, &vocab, err);
    if (status == KD_OK) status = kd_source_corpus_read_by(&j->source, vocab.text, err);
    kd_object_close(object);
    kd_str_fini(&vocab);
    return status;
}

kd_status kd_cell_make_corpus(const kd_resolved *node, const kd_cell_context *context,
                              kd_object_draft *draft, kd_error *err)
{
    job       j = { .is_augmented = false };
    kd_status status;
    if ((status = kd_source_corpus_open(&j.source, node, err)) == KD_OK)
        status = take_vocabulary(&j, context->store, err);
    if (status == KD_OK && j.source.is_streamed)
        status = kd_cell_pack_text(&j.source, context, draft, err);
    else if (status == KD_OK && (status = augment_training(&j, err)) == KD_OK) {
        add_unlabelled(&j);
        status = pack_splits(&j, draft, err);
        if (status == KD_OK) status = put(&j, draft, err);
    }
    release(&j);
    return status;
}
