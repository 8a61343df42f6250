/* cell_corpus.c - files or a grammar become packed splits.
 *
 *     read -> vocabulary -> augment the training split -> tokenise -> pack
 *
 * A built vocabulary is learned before augmentation, so that a teacher's corpus and a student's
 * augmented one number their pieces alike. */
#include "harness/cell/cell_internal.h"

#include <stdio.h>
#include <string.h>

#include "distill/augment.h"
#include "harness/base/log.h"
#include "harness/cell/dataset.h"
#include "harness/config/options.h"
#include "models/text/basic.h"
#include "models/text/pack_build.h"
#include "models/text/synth.h"

/* Everything on the way from words to packs. */
typedef struct {
    const kd_resolved *node;
    kd_cell_options    options;
    kd_data_options    data;
    kd_corpus_options  reading;
    kd_token_options   tokens;
    kd_synth_options   synth;
    kd_augment_options augment;
    bool               tells_notes; /* what readers accepted by a rule of theirs */

    kd_task       task;
    kd_labels    *labels;
    kd_corpus     split[KD_SPLITS];
    int           splits; /* that have been read and must be freed */
    kd_corpus     augmented;
    bool          is_augmented;
    kd_tokenizer *tokenizer;
    kd_pack       pack[KD_SPLITS];
} job;

static kd_status read_settings(job *j, kd_error *err)
{
    kd_status status;
    if ((status = kd_resolved_fill(j->node, "", kd_cell_settings, &j->options, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, "data.", kd_data_settings, &j->data, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, "data.", kd_corpus_settings, &j->reading, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(j->node, "data.", kd_token_settings, &j->tokens, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(j->node, "data.synth.", kd_synth_settings, &j->synth, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(j->node, "augment.", kd_augment_settings, &j->augment, err)) !=
            KD_OK)
        return status;
    kd_task_parse(&j->task, j->options.task);
    return KD_OK;
}

/* ---- words ---- */

/* A file that has changed since the plan digested it would be another corpus under this id. */
static kd_status check_contents(const kd_resolved_file *file, kd_error *err)
{
    kd_id     now;
    kd_status status = kd_id_of_file(&now, file->path, err);
    if (status == KD_OK && !kd_id_equal(now, file->contents))
        return kd_fail(err, KD_EDATA, "%s: has changed since the study was planned; run it again",
                       file->path);
    return status;
}

static kd_status read_split(job *j, kd_split split, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, kd_split_word(split));
    if (!file) return kd_fail(err, KD_EDATA, "the corpus has no file for %s", kd_split_word(split));
    kd_status status = check_contents(file, err);
    if (status == KD_OK)
        status = kd_corpus_read(&j->split[split], file->path, j->task, &j->reading, j->labels, err);
    if (status != KD_OK) return status;
    j->splits++;

    if (!j->tells_notes) return KD_OK;
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(&j->split[split], &notes);
    if (notes.length) kd_log_warning("%s", notes.text);
    kd_str_fini(&notes);
    return KD_OK;
}

static kd_status read_words(job *j, kd_error *err)
{
    if (strcmp(j->data.corpus, KD_CORPUS_SYNTH) == 0 && !kd_resolved_file_of(j->node, "train")) {
        kd_synth_make(&j->split[KD_TRAIN], &j->split[KD_DEVEL], &j->split[KD_TEST], j->task,
                      &j->synth, j->labels, NULL);
        j->splits = KD_SPLITS;
        return KD_OK;
    }
    kd_status status = KD_OK;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK; s++)
        status = read_split(j, s, err);
    return status;
}

/* ---- vocabulary ---- */

static kd_status build_vocabulary(job *j, kd_error *err)
{
    kd_map          *counts = kd_map_create();
    kd_basic         basic = KD_BASIC_INIT;
    const kd_corpus *train = &j->split[KD_TRAIN];
    kd_vocab        *vocab;
    for (size_t i = 0; i < train->words.count; i++)
        kd_basic_count(&basic, train->words.items[i].text, train->words.items[i].length,
                       j->tokens.lowercase, counts);
    kd_status status = kd_vocab_build(&vocab, counts, j->data.vocab_size, err);
    if (status == KD_OK) status = kd_tokenizer_from_vocab(&j->tokenizer, vocab, &j->tokens, err);
    kd_basic_fini(&basic);
    kd_map_destroy(counts);
    return status;
}

static kd_status open_tokenizer(job *j, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, "vocab");
    if (!file) return build_vocabulary(j, err);
    kd_status status = check_contents(file, err);
    return status == KD_OK ? kd_tokenizer_open(&j->tokenizer, file->path, &j->tokens, err) : status;
}

static void vocabulary_to_text(const kd_vocab *vocab, kd_str *out)
{
    for (int i = 0; i < kd_vocab_size(vocab); i++)
        kd_str_addf(out, "%s\n", kd_vocab_piece(vocab, i));
}

/* ---- packs ---- */

static const kd_corpus *source_of(const job *j, kd_split split)
{
    return split == KD_TRAIN && j->is_augmented ? &j->augmented : &j->split[split];
}

static kd_status augment_training(job *j, kd_error *err)
{
    if (j->augment.passes == 0) return KD_OK;
    kd_status status = kd_augment(&j->augmented, &j->split[KD_TRAIN], &j->augment, err);
    j->is_augmented = status == KD_OK;
    return status;
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
        status = kd_pack_build(&j->pack[s], source_of(j, s), j->tokenizer, &j->tokens, &stats, err);
        if (status != KD_OK) break;
        put_counts(draft, s, &j->pack[s], &stats);
        if (stats.cut_words)
            kd_log_warning(
                "%s: %lld sentences are longer than %d pieces; %lld words of them are cut",
                kd_split_word(s), (long long)stats.cut_sentences, j->tokens.max_pieces,
                (long long)stats.cut_words);
    }
    return status;
}

static kd_status put(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_str vocab = KD_STR_INIT;
    vocabulary_to_text(kd_tokenizer_vocab(j->tokenizer), &vocab);
    kd_status status = kd_dataset_put(draft, j->labels, vocab.text, j->pack, err);
    kd_str_fini(&vocab);
    return status;
}

static void release(job *j)
{
    for (int s = 0; s < KD_SPLITS; s++) kd_pack_fini(&j->pack[s]);
    if (j->is_augmented) kd_corpus_fini(&j->augmented);
    for (int s = 0; s < j->splits; s++) kd_corpus_fini(&j->split[s]);
    kd_tokenizer_destroy(j->tokenizer);
    kd_labels_destroy(j->labels);
}

kd_status kd_cell_make_corpus(const kd_resolved *node, const kd_cell_context *context,
                              kd_object_draft *draft, kd_error *err)
{
    job       j = { .node = node, .labels = kd_labels_create(), .tells_notes = true };
    kd_status status;
    (void)context;
    if ((status = read_settings(&j, err)) == KD_OK && (status = read_words(&j, err)) == KD_OK &&
        (status = open_tokenizer(&j, err)) == KD_OK &&
        (status = augment_training(&j, err)) == KD_OK &&
        (status = pack_splits(&j, draft, err)) == KD_OK)
        status = put(&j, draft, err);
    release(&j);
    return status;
}

kd_status kd_cell_check(const kd_resolved *node, kd_error *err)
{
    if (node->kind != KD_NODE_CORPUS) return KD_OK;
    job       j = { .node = node, .labels = kd_labels_create() };
    kd_status status;
    if ((status = read_settings(&j, err)) == KD_OK && (status = read_words(&j, err)) == KD_OK)
        status = open_tokenizer(&j, err);
    release(&j);
    return status;
}
