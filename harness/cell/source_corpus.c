/* source_corpus.c - the corpus that a node names, as words. */
#include "harness/cell/source_corpus.h"

#include <string.h>

#include "harness/config/contents.h"
#include "models/text/basic.h"
#include "models/text/unlabelled.h"

/* The first source numbers its special labels before those of the corpus, which gives a published
 * teacher's columns their order. */
static kd_status settle_labels(kd_source_corpus *s, kd_error *err)
{
    static const char *const specials[] = { "PAD", "START", "END", "UNK" };
    if (s->data.labels == KD_LABELS_CORPUS) return KD_OK;
    if (s->task != KD_TASK_NER)
        return kd_fail(err, KD_ECONFIG, "data.labels: source is for the task ner");
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        kd_labels_add_class(s->labels, specials[i], strlen(specials[i]));
    s->tokens.tag_specials = true;
    return KD_OK;
}

static kd_status read_settings(kd_source_corpus *s, kd_error *err)
{
    kd_status status;
    if ((status = kd_resolved_fill(s->node, "", kd_cell_settings, &s->options, err)) != KD_OK ||
        (status = kd_resolved_fill(s->node, "data.", kd_data_settings, &s->data, err)) != KD_OK ||
        (status = kd_resolved_fill(s->node, "data.", kd_corpus_settings, &s->reading, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(s->node, "data.", kd_unlabelled_settings, &s->with, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(s->node, "data.", kd_token_settings, &s->tokens, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(s->node, "data.synth.", kd_synth_settings, &s->synth, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(s->node, "augment.", kd_augment_settings, &s->augment, err)) !=
            KD_OK)
        return status;
    s->task = s->options.task;
    s->is_streamed = s->task == KD_TASK_TEXT && kd_resolved_file_of(s->node, KD_FILE_TRAIN);
    return settle_labels(s, err);
}

/* ---- words ---- */

static kd_status read_split(kd_source_corpus *s, kd_split split, kd_error *err)
{
    static const kd_file_role roles[KD_SPLITS] = {
        [KD_TRAIN] = KD_FILE_TRAIN, [KD_DEVEL] = KD_FILE_DEVEL, [KD_TEST] = KD_FILE_TEST
    };
    const kd_resolved_file *file = kd_resolved_file_of(s->node, roles[split]);
    if (!file) return kd_fail(err, KD_EDATA, "the corpus has no file for %s", kd_split_word(split));
    kd_status status = kd_contents_check(file->path, file->contents, err);
    if (status == KD_OK)
        status = kd_corpus_read(&s->split[split], file->path, s->task, &s->reading, s->labels, err);
    if (status != KD_OK) return status;
    s->splits++;
    return KD_OK;
}

static kd_status read_splits(kd_source_corpus *s, kd_error *err)
{
    if (strcmp(s->data.corpus, KD_CORPUS_SYNTH) == 0 &&
        !kd_resolved_file_of(s->node, KD_FILE_TRAIN)) {
        if (s->task == KD_TASK_HOC) kd_hallmarks_add(s->labels, s->reading.hallmarks);
        kd_synth_make(&s->split[KD_TRAIN], &s->split[KD_DEVEL], &s->split[KD_TEST], s->task,
                      &s->synth, s->labels, NULL);
        s->splits = KD_SPLITS;
        return KD_OK;
    }
    kd_status status = KD_OK;
    for (kd_split split = KD_TRAIN; split < KD_SPLITS && status == KD_OK && !s->is_streamed;
         split++)
        status = read_split(s, split, err);
    return status;
}

/* A study that takes a part of a split says how much; taking less would make that untrue. */
static kd_status keep_part(kd_corpus *corpus, int sentences, kd_split split, kd_error *err)
{
    int have = kd_corpus_sentences(corpus);
    if (sentences > have)
        return kd_fail(err, KD_ECONFIG,
                       "data.%s_sentences: asks for %d sentences of %s, which has %d",
                       kd_split_word(split), sentences, corpus->name, have);
    if (sentences > 0) kd_corpus_keep(corpus, sentences);
    return KD_OK;
}

static kd_status read_words(kd_source_corpus *s, kd_error *err)
{
    const int sentences[KD_SPLITS] = { [KD_TRAIN] = s->data.train_sentences,
                                       [KD_DEVEL] = s->data.devel_sentences,
                                       [KD_TEST] = s->data.test_sentences };
    kd_status status = read_splits(s, err);
    for (kd_split split = KD_TRAIN; (int)split < s->splits && status == KD_OK; split++)
        status = keep_part(&s->split[split], sentences[split], split, err);
    return status;
}

/* ---- sentences without labels ---- */

static kd_status read_unlabelled_files(kd_source_corpus *s, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < KD_UNLABELLED_MAX && status == KD_OK; i++) {
        const kd_resolved_file *file = kd_resolved_file_of(s->node, kd_file_unlabelled(i));
        if (!file) break;
        status = kd_contents_check(file->path, file->contents, err);
        if (status == KD_OK)
            status =
                kd_unlabelled_read(&s->unlabelled, file->path, s->with.unlabelled_sentences, err);
    }
    return status;
}

/* Fewer than the study says would make that untrue. */
static kd_status check_unlabelled(const kd_source_corpus *s, kd_error *err)
{
    int have = kd_corpus_sentences(&s->unlabelled), asked = s->with.unlabelled_sentences;
    if (have >= asked) return KD_OK;
    return kd_fail(err, KD_ECONFIG,
                   "data.unlabelled_sentences: asks for %d sentences without labels, and there are "
                   "%d",
                   asked, have);
}

static kd_status read_unlabelled(kd_source_corpus *s, kd_error *err)
{
    if (!*s->with.unlabelled) return KD_OK;
    if (strcmp(s->with.unlabelled, KD_CORPUS_SYNTH) == 0) {
        kd_synth_unlabelled(&s->unlabelled, s->task, &s->synth, s->with.unlabelled_sentences);
        return KD_OK;
    }
    kd_corpus_init(&s->unlabelled, s->task, "unlabelled", NULL);
    kd_status status = read_unlabelled_files(s, err);
    if (status != KD_OK) return kd_while(err, status, "data.unlabelled");
    return check_unlabelled(s, err);
}

/* ---- vocabulary ---- */

static kd_status build_vocabulary(kd_source_corpus *s, kd_error *err)
{
    kd_map          *counts = kd_map_create();
    kd_basic         basic = KD_BASIC_INIT;
    const kd_corpus *train = &s->split[KD_TRAIN];
    kd_vocab        *vocab;
    for (size_t i = 0; i < train->words.count; i++)
        kd_basic_count(&basic, train->words.items[i].text, train->words.items[i].length,
                       s->tokens.lowercase, counts);
    kd_status status = kd_vocab_build(&vocab, counts, s->data.vocab_size, err);
    if (status == KD_OK) status = kd_tokenizer_from_vocab(&s->tokenizer, vocab, &s->tokens, err);
    kd_basic_fini(&basic);
    kd_map_destroy(counts);
    return status;
}

static kd_status open_tokenizer(kd_source_corpus *s, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(s->node, KD_FILE_VOCAB);
    bool is_others = !kd_id_is_none(kd_resolved_input_id(s->node, KD_INPUT_VOCAB));
    if (!file) return s->is_streamed || is_others ? KD_OK : build_vocabulary(s, err);
    kd_status status = kd_contents_check(file->path, file->contents, err);
    return status == KD_OK ? kd_tokenizer_open(&s->tokenizer, file->path, &s->tokens, err) : status;
}

kd_status kd_source_corpus_open(kd_source_corpus *out, const kd_resolved *node, kd_error *err)
{
    kd_status status;
    *out = (kd_source_corpus){ .node = node, .labels = kd_labels_create() };
    if ((status = read_settings(out, err)) == KD_OK && (status = read_words(out, err)) == KD_OK)
        status = open_tokenizer(out, err);
    if (status == KD_OK) status = read_unlabelled(out, err);
    return status;
}

kd_status kd_source_corpus_read_by(kd_source_corpus *source, const char *vocab_text, kd_error *err)
{
    return kd_tokenizer_from_vocab(&source->tokenizer, kd_vocab_of_lines(vocab_text),
                                   &source->tokens, err);
}

void kd_source_corpus_tell(const kd_source_corpus *source, kd_str *out)
{
    for (int s = 0; s < source->splits; s++) kd_corpus_tell(&source->split[s], out);
}

int kd_source_corpus_unlabelled(const kd_source_corpus *source)
{
    return source->unlabelled.name ? kd_corpus_sentences(&source->unlabelled) : 0;
}

void kd_source_corpus_close(kd_source_corpus *source)
{
    for (int s = 0; s < source->splits; s++) kd_corpus_fini(&source->split[s]);
    if (source->unlabelled.name) kd_corpus_fini(&source->unlabelled);
    kd_tokenizer_destroy(source->tokenizer);
    kd_labels_destroy(source->labels);
}
