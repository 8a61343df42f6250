/* doctor_corpus.c - sentences, labels, pieces and vectors of a corpus, each corpus once. */
#include "harness/review/doctor_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/cell/source_corpus.h"
#include "models/text/basic.h"
#include "models/text/embeddings.h"
#include "models/text/pack_build.h"
#include "models/text/stats.h"

void kd_doctor_corpus_fini(kd_doctor_corpus *e)
{
    free(e->labels);
    free(e->name);
    kd_map_destroy(e->words);
}

const kd_doctor_corpus *kd_doctor_corpus_of(const kd_doctor *d, const kd_resolved *node)
{
    int32_t number = kd_id_map_get(&d->numbers, kd_resolved_input_id(node, KD_INPUT_CORPUS));
    return number < 0 ? NULL : &d->corpora.items[number];
}

/* How a corpus is looked at: in a teacher's own pieces the sentences are what they were in the student's, and where its
 * labelled sentences were told of, which another one shares, only the unlabelled ones are new. */
typedef struct {
    bool is_apart, is_told;
} looking;

/* ---- one split ---- */

static void check_labels(kd_doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (corpus->task == KD_TASK_NER) {
        kd_doctor_share_at_most(
            d, "invalid", corpus->name, "tags that their scheme forbids",
            kd_doctor_share(corpus->notes[KD_NOTE_INVALID].count, (int64_t)corpus->tags.count),
            d->limits->max_invalid);
        if (s != KD_TRAIN)
            kd_doctor_count_at_most(d, "scheme", corpus->name,
                                    "schemes that train is not written in",
                                    corpus->scheme != source->split[KD_TRAIN].scheme, 0);
    }
    if (s != KD_TRAIN && corpus->task != KD_TASK_TEXT)
        kd_doctor_count_at_most(d, "labels", corpus->name, "labels that earlier splits do not have",
                                corpus->notes[KD_NOTE_NEW_LABEL].count, d->limits->max_labels);
}

static void check_duplicates(kd_doctor *d, const kd_source_corpus *source, kd_split s)
{
    const kd_corpus *corpus = &source->split[s];
    if (s == KD_TRAIN) return;
    kd_duplicates same = kd_corpus_duplicates(&source->split[KD_TRAIN], corpus);
    kd_doctor_share_at_most(d, "duplicates", corpus->name, "sentences that train has too",
                            kd_doctor_share(same.count, kd_corpus_sentences(corpus)),
                            d->limits->max_duplicates);
}

static kd_map *count_words(const kd_corpus *corpus, bool is_uncased)
{
    kd_map  *counts = kd_map_create();
    kd_basic basic = KD_BASIC_INIT;
    for (size_t i = 0; i < corpus->words.count; i++)
        kd_basic_count(&basic, corpus->words.items[i].text, corpus->words.items[i].length,
                       is_uncased, counts);
    kd_basic_fini(&basic);
    return counts;
}

static double coverage(const kd_map *known, const kd_map *counts)
{
    int64_t found = 0, all = 0;
    for (size_t i = 0; i < kd_map_count(counts); i++) {
        int64_t number = kd_map_at(counts, i)->number;
        all += number;
        if (kd_map_get(known, kd_map_key(counts, i))) found += number;
    }
    return all ? kd_doctor_share(found, all) : 1.0;
}

/* `words` are those of train, as they are written. */
static void check_coverage(kd_doctor *d, const kd_source_corpus *source, const kd_map *words)
{
    bool    is_uncased = source->tokenizer && kd_tokenizer_is_uncased(source->tokenizer);
    kd_map *folded = is_uncased ? count_words(&source->split[KD_TRAIN], true) : NULL;
    for (int s = KD_DEVEL; s < source->splits; s++) {
        kd_map *counts = count_words(&source->split[s], is_uncased);
        kd_doctor_share_at_least(d, "coverage", source->split[s].name, "words that train has too",
                                 coverage(folded ? folded : words, counts),
                                 d->limits->min_coverage);
        kd_map_destroy(counts);
    }
    kd_map_destroy(folded);
}

static void tell_pieces(kd_doctor *d, const kd_corpus *corpus, bool is_apart, const kd_pack *pack,
                        const kd_pack_stats *stats)
{
    char *where = kd_sprintf("%s%s", corpus->name, is_apart ? " as the teacher reads it" : "");
    kd_doctor_share_at_most(d, "unknown", where, "pieces that are [UNK]",
                            kd_doctor_share(stats->unknown, stats->pieces), d->limits->max_unknown);
    kd_doctor_share_at_most(d, "cut", where, "words cut by the length limit",
                            kd_doctor_share(stats->cut_words, pack->words), d->limits->max_cut);
    free(where);
}

static kd_status check_pieces(kd_doctor *d, const kd_source_corpus *source, const kd_corpus *corpus,
                              const looking *how, int *longest, kd_error *err)
{
    kd_pack       pack;
    kd_pack_stats stats;
    if (!source->tokenizer) return KD_OK; /* another study's, which is not built yet */
    kd_status status =
        kd_pack_build(&pack, corpus, source->tokenizer, &source->tokens, &stats, err);
    if (status != KD_OK) return status;
    if (!how->is_told || corpus == &source->unlabelled)
        tell_pieces(d, corpus, how->is_apart, &pack, &stats);
    int most = source->tokens.max_pieces;
    int row = most > 0 && stats.longest > most ? most : stats.longest;
    if (row > *longest) *longest = row;
    kd_pack_fini(&pack);
    return KD_OK;
}

/* ---- word vectors ---- */

kd_status kd_doctor_check_vectors(kd_doctor *d, const kd_map *counts, const char *where,
                                  const char *path, kd_error *err)
{
    kd_map        *wanted = kd_map_create();
    kd_embeddings *embeddings;
    for (size_t i = 0; i < kd_map_count(counts); i++) {
        const char *word = kd_map_key(counts, i);
        kd_embeddings_want(wanted, word, strlen(word));
    }
    kd_status status = kd_embeddings_read(&embeddings, path, wanted, err);
    if (status == KD_OK) {
        kd_embeddings_hits hits = kd_embeddings_cover(embeddings, counts);
        kd_doctor_share_at_least(d, "vectors", where, "words that have a vector",
                                 kd_doctor_share(hits.tokens_found, hits.tokens),
                                 d->limits->min_hits);
        kd_embeddings_destroy(embeddings);
    }
    kd_map_destroy(wanted);
    return status;
}

/* ---- sentences without labels ---- */

static void add_without_blanks(kd_str *out, kd_word word)
{
    for (uint32_t i = 0; i < word.length; i++)
        if (word.text[i] != ' ') kd_str_add_char(out, word.text[i]);
}

/* Sentences as rows without blanks: who cuts words otherwise still has the same sentence. */
static kd_corpus glue(const kd_corpus *corpus)
{
    kd_corpus out;
    kd_str    text = KD_STR_INIT;
    kd_corpus_init(&out, KD_TASK_TEXT, corpus->name, NULL);
    for (int b = 0; b < kd_corpus_sentences(corpus); b++) {
        kd_str_reset(&text);
        for (int i = corpus->begin.items[b]; i < corpus->begin.items[b + 1]; i++)
            add_without_blanks(&text, corpus->words.items[i]);
        kd_corpus_add_row(&out, text.text, text.length, 0, 0);
    }
    kd_str_fini(&text);
    return out;
}

/* What is evaluated should not be what a teacher labelled for its student. */
static void check_unlabelled(kd_doctor *d, const kd_source_corpus *source)
{
    kd_corpus text = glue(&source->unlabelled);
    kd_doctor_count_at_least(d, "unlabelled", "data.unlabelled", "sentences without labels",
                             kd_corpus_sentences(&source->unlabelled), 1);
    for (int s = KD_DEVEL; s < source->splits; s++) {
        kd_corpus     split = glue(&source->split[s]);
        kd_duplicates same = kd_corpus_duplicates(&text, &split);
        kd_doctor_share_at_most(
            d, "duplicates", split.name, "sentences that data.unlabelled has too",
            kd_doctor_share(same.count, kd_corpus_sentences(&split)), d->limits->max_duplicates);
        kd_corpus_fini(&split);
    }
    kd_corpus_fini(&text);
}

/* ---- a corpus ---- */

static kd_status check_source(kd_doctor *d, const kd_source_corpus *source, const looking *how,
                              kd_doctor_corpus *out, kd_error *err)
{
    kd_status status = KD_OK;
    kd_str    labels = KD_STR_INIT;
    int       unlabelled = kd_source_corpus_unlabelled(source);
    kd_labels_to_text(source->labels, &labels);
    out->labels = kd_str_take(&labels);
    out->sentences = kd_corpus_sentences(&source->split[KD_TRAIN]) + unlabelled;
    out->name = kd_strdup(source->split[KD_TRAIN].name);
    out->words = count_words(&source->split[KD_TRAIN], false);
    bool tells_words = !how->is_apart && !how->is_told;
    for (kd_split s = KD_TRAIN; (int)s < source->splits && status == KD_OK; s++) {
        if (tells_words) check_labels(d, source, s);
        if (tells_words) check_duplicates(d, source, s);
        status = check_pieces(d, source, &source->split[s], how, &out->longest, err);
    }
    if (tells_words) check_coverage(d, source, out->words);
    if (status == KD_OK && unlabelled > 0)
        status = check_pieces(d, source, &source->unlabelled, how, &out->longest, err);
    if (status == KD_OK && unlabelled > 0 && !how->is_apart) check_unlabelled(d, source);
    if (status != KD_OK || !d->limits->vectors || !tells_words) return status;
    return kd_doctor_check_vectors(d, out->words, out->name, d->limits->vectors, err);
}

/* A text is as large as it likes, and has no labels that could be wrong. */
static void examine_text(const kd_source_corpus *source, kd_doctor_corpus *out)
{
    out->labels = kd_strdup("");
    out->name = kd_strdup(kd_resolved_file_of(source->node, KD_FILE_TRAIN)->path);
    out->words = kd_map_create();
    out->sentences = INT_MAX;
    out->longest = source->tokens.max_pieces;
}

/* The node without its augmentation, which changes none of the checks; and without its unlabelled text, of which some are
 * not. */
static void describe_source(const kd_resolved *node, bool has_unlabelled, kd_str *out)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (!kd_starts_with(node->set[i].key, "augment.") &&
            (has_unlabelled || !kd_starts_with(node->set[i].key, "data.unlabelled")))
            kd_str_addf(out, "\n%s=%s", node->set[i].key, node->set[i].value);
    for (size_t i = 0; i < node->file_count; i++)
        if (has_unlabelled || node->files[i].role < KD_FILE_UNLABELLED ||
            node->files[i].role >= kd_file_unlabelled(KD_UNLABELLED_MAX))
            kd_str_addf(out, "\n%s %s", kd_file_role_word(node->files[i].role),
                        node->files[i].path);
    if (node->input_count > 0) kd_str_add(out, "\nin another's pieces");
}

static kd_status examine_source(kd_doctor *d, const kd_resolved *node, const looking *how,
                                kd_doctor_corpus *out, kd_error *err)
{
    kd_source_corpus source;
    kd_str           notes = KD_STR_INIT;
    kd_status        status = kd_source_corpus_open(&source, node, err);
    if (status == KD_OK && !how->is_told) kd_source_corpus_tell(&source, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
    if (status == KD_OK && source.is_streamed)
        examine_text(&source, out);
    else if (status == KD_OK)
        status = check_source(d, &source, how, out, err);
    kd_source_corpus_close(&source);
    return status;
}

kd_status kd_doctor_examine_corpus(kd_doctor *d, const kd_resolved *node, bool is_apart,
                                   kd_error *err)
{
    kd_str           key = KD_STR_INIT, labelled = KD_STR_INIT;
    kd_doctor_corpus found = { .sentences = 0 };
    kd_status        status = KD_OK;
    kd_str_add(&key, "corpus");
    describe_source(node, true, &key);
    kd_str_add(&labelled, "labelled");
    describe_source(node, false, &labelled);
    looking how = { is_apart, kd_map_get(d->seen, labelled.text) };
    int64_t number = kd_map_number(d->seen, key.text, -1);
    if (number < 0 && (status = examine_source(d, node, &how, &found, err)) == KD_OK) {
        number = (int64_t)d->corpora.count;
        kd_map_put_number(d->seen, key.text, number);
        kd_map_put_number(d->seen, labelled.text, number);
        kd_vec_push(&d->corpora, found);
    } else if (status != KD_OK) {
        kd_doctor_corpus_fini(&found);
    }
    if (status == KD_OK) kd_id_map_put(&d->numbers, node->id, (int32_t)number);
    kd_str_fini(&key);
    kd_str_fini(&labelled);
    return status;
}
