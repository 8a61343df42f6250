/* source_text.c - documents of files, split by the files or by their own bytes. */
#include "harness/cell/source_text.h"

#include <stdlib.h>

#include "distill/masked.h"
#include "harness/base/fs.h"
#include "harness/config/contents.h"
#include "models/text/basic.h"
#include "models/text/text_files.h"
#include "models/weights/folder.h"

typedef struct {
    const kd_source_corpus *source;
    double                  held_out;
    int64_t                 most[KD_SPLITS]; /* documents; 0: all */
    kd_text_progress       *progress;
    int64_t                 done; /* documents of the train file that are passed over */
    kd_text_take           *take;
    void                   *user;
} walk;

static const kd_resolved_file *file_of(const kd_source_corpus *source, kd_split split)
{
    static const kd_file_role roles[KD_SPLITS] = {
        [KD_TRAIN] = KD_FILE_TRAIN, [KD_DEVEL] = KD_FILE_DEVEL, [KD_TEST] = KD_FILE_TEST
    };
    return kd_resolved_file_of(source->node, roles[split]);
}

static bool is_full(const walk *w, kd_split split)
{
    return w->most[split] > 0 && w->progress->count[split] >= w->most[split];
}

static kd_split split_of(const walk *w, kd_split of_file, const char *text, size_t length)
{
    if (of_file != KD_TRAIN || w->held_out == 0) return of_file;
    double place = kd_text_place(text, length);
    if (place < w->held_out / 2) return KD_DEVEL;
    return place < w->held_out ? KD_TEST : KD_TRAIN;
}

/* A folder counts by a vocabulary and weights where there are any: its texts would not be part of the id. */
static kd_status check_folder(const char *path, kd_error *err)
{
    if (!kd_fs_is_folder(path)) return KD_OK;
    kd_map   *names = kd_map_create();
    kd_status status = kd_folder_list(names, path, err);
    if (status == KD_OK && kd_map_count(names) > 0)
        status = kd_fail(err, KD_EDATA, "%s: is a folder of texts with %s in it: take that out",
                         path, kd_map_key(names, 0));
    kd_map_destroy(names);
    return status;
}

static kd_status walk_file(walk *w, kd_split of_file, kd_error *err)
{
    const kd_resolved_file *file = file_of(w->source, of_file);
    kd_text_files          *files;
    const char             *text;
    size_t                  length;
    bool                    more = true;
    if (!file) return KD_OK;
    kd_status status = check_folder(file->path, err);
    if (status == KD_OK) status = kd_contents_check(file->path, file->contents, err);
    if (status == KD_OK) status = kd_text_files_open(&files, file->path, err);
    if (status != KD_OK) return status;
    while (!is_full(w, of_file) &&
           (status = kd_text_files_next(files, &text, &length, &more, err)) == KD_OK && more) {
        if (of_file == KD_TRAIN && w->done > 0) {
            w->done--;
            continue;
        }
        w->progress->documents += of_file == KD_TRAIN;
        kd_split split = split_of(w, of_file, text, length);
        if (is_full(w, split)) continue;
        w->progress->count[split]++;
        if ((status = w->take(w->user, split, text, length, err)) != KD_OK) break;
    }
    kd_text_files_close(files);
    return status;
}

static kd_status check_counts(const walk *w, kd_error *err)
{
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++)
        if (w->most[s] > w->progress->count[s])
            return kd_fail(err, KD_ECONFIG,
                           "data.%s_sentences: asks for %lld documents of %s, and there are %lld",
                           kd_split_word(s), (long long)w->most[s], kd_split_word(s),
                           (long long)w->progress->count[s]);
    if (w->progress->count[KD_TRAIN] > 0) return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: has no documents to learn from",
                   file_of(w->source, KD_TRAIN)->path);
}

kd_status kd_source_text_walk(const kd_source_corpus *source, kd_text_progress *progress,
                              kd_text_take *take, void *user, kd_error *err)
{
    const kd_data_options *data = &source->data;
    bool                   names_others = file_of(source, KD_DEVEL) || file_of(source, KD_TEST);
    walk                   w = { .source = source,
                                 .held_out = names_others ? 0 : data->held_out,
                                 .most = { data->train_sentences, data->devel_sentences, data->test_sentences },
                                 .progress = progress,
                                 .done = progress->documents,
                                 .take = take,
                                 .user = user };
    kd_status              status = KD_OK;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS && status == KD_OK; s++)
        status = walk_file(&w, s, err);
    return status == KD_OK ? check_counts(&w, err) : status;
}

kd_status kd_source_text_check(const kd_source_corpus *source, kd_error *err)
{
    kd_mask_options options;
    kd_masker      *masker = NULL;
    kd_text_packer  packer;
    kd_status       status = check_folder(file_of(source, KD_TRAIN)->path, err);
    if (status != KD_OK || !source->tokenizer) return status;
    kd_setting_defaults(kd_mask_settings, &options);
    status = kd_masker_create(&masker, &options, kd_tokenizer_vocab(source->tokenizer), err);
    kd_masker_destroy(masker);
    if (status != KD_OK) return status;
    return kd_text_packer_init(&packer, source->tokenizer, &source->tokens, source->data.documents,
                               err);
}

/* ---- vocabulary ---- */

/* A text has ever new words, most of them once. When there are so many, those met only once so far are forgotten. */
enum { WORDS_MOST = 4000000 };

typedef struct {
    kd_map  *counts;
    kd_basic basic;
    bool     lowers;
} counter;

static void forget_rare(counter *c)
{
    kd_map *kept = kd_map_create();
    for (size_t i = 0; i < kd_map_count(c->counts); i++) {
        const char *word = kd_map_key(c->counts, i);
        int64_t     count = kd_map_number(c->counts, word, 0);
        if (count > 1) kd_map_put_number(kept, word, count);
    }
    kd_map_destroy(c->counts);
    c->counts = kept;
}

static kd_status count_words(void *user, kd_split split, const char *text, size_t length,
                             kd_error *err)
{
    counter *c = user;
    (void)err;
    if (split != KD_TRAIN) return KD_OK;
    kd_basic_count(&c->basic, text, length, c->lowers, c->counts);
    if (kd_map_count(c->counts) > WORDS_MOST) forget_rare(c);
    return KD_OK;
}

kd_status kd_source_text_vocabulary(kd_source_corpus *source, kd_error *err)
{
    counter          c = { kd_map_create(), KD_BASIC_INIT, source->tokens.lowercase };
    kd_vocab        *vocab;
    kd_text_progress progress = { 0 };
    kd_status        status = kd_source_text_walk(source, &progress, count_words, &c, err);
    if (status == KD_OK) status = kd_vocab_build(&vocab, c.counts, source->data.vocab_size, err);
    if (status == KD_OK)
        status = kd_tokenizer_from_vocab(&source->tokenizer, vocab, &source->tokens, err);
    kd_basic_fini(&c.basic);
    kd_map_destroy(c.counts);
    return status;
}
