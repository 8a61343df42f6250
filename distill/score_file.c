/* score_file.c - what two files, or one with three columns, say about each other. */
#include <string.h>
#include <strings.h>

#include "distill/score.h"

static bool is_same_word(kd_word a, kd_word b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* The first place where the files part, if there is one. */
static kd_status check_same(const kd_corpus *gold, const kd_corpus *predicted, kd_error *err)
{
    int sentences = kd_corpus_sentences(gold);

    for (int s = 0; s < sentences && s < kd_corpus_sentences(predicted); s++) {
        int end = gold->begin.items[s + 1], other_end = predicted->begin.items[s + 1];

        for (int i = gold->begin.items[s]; i < end && i < other_end; i++) {
            kd_word a = gold->words.items[i], b = predicted->words.items[i];

            if (!is_same_word(a, b))
                return kd_fail(err, KD_EDATA, "%s:%d: '%.*s', but %s:%d has '%.*s'",
                               predicted->name, b.line, (int)(b.length < 40 ? b.length : 40),
                               b.text, gold->name, a.line, (int)(a.length < 40 ? a.length : 40),
                               a.text);
        }
        if (end != other_end)
            return kd_fail(err, KD_EDATA, "%s:%d: a sentence of %d words, but %s:%d has %d",
                           predicted->name, predicted->words.items[other_end - 1].line,
                           other_end - predicted->begin.items[s], gold->name,
                           gold->words.items[end - 1].line, end - gold->begin.items[s]);
    }
    if (sentences != kd_corpus_sentences(predicted))
        return kd_fail(err, KD_EDATA, "%s:%d: %d sentences, but %s has %d", predicted->name,
                       predicted->words.items[predicted->words.count - 1].line,
                       kd_corpus_sentences(predicted), gold->name, sentences);
    return KD_OK;
}

/* Predicted tags are read in the scheme of gold: what it forbids is the model's mistake, not
 * another scheme. Only E and S where gold has none say that the files differ in scheme. */
static void settle_scheme(kd_corpus_options *options, const kd_corpus *gold)
{
    if (options->scheme == KD_SCHEME_NONE && gold->scheme == KD_SCHEME_IOBES)
        options->scheme = KD_SCHEME_IOBES;
}

kd_status kd_score_open(kd_score_pair *out, const char *gold, const char *predicted, kd_task task,
                        const kd_corpus_options *options, kd_error *err)
{
    kd_corpus_options reading = *options;
    kd_status         status;

    memset(out, 0, sizeof *out);
    out->labels = kd_labels_create();
    if (predicted == NULL) reading.tag_column = 2;
    if ((status = kd_corpus_read(&out->gold, gold, task, &reading, out->labels, err)) != KD_OK)
        goto done;
    if (predicted == NULL) reading.tag_column = 3;
    settle_scheme(&reading, &out->gold);
    status = kd_corpus_read(&out->predicted, predicted != NULL ? predicted : gold, task, &reading,
                            out->labels, err);
    if (status == KD_OK) status = check_same(&out->gold, &out->predicted, err);
done:
    if (status != KD_OK) kd_score_close(out);
    return status;
}

/* A sentence keeps its first token, so none becomes empty. */
static void drop_continuations(kd_corpus *corpus)
{
    size_t kept = 0;

    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int first = corpus->begin.items[s], end = corpus->begin.items[s + 1];

        corpus->begin.items[s] = (int32_t)kept;
        for (int i = first; i < end; i++) {
            kd_word word = corpus->words.items[i];

            if (i > first && word.length > 2 && memcmp(word.text, "##", 2) == 0) continue;
            corpus->words.items[kept] = word;
            corpus->tags.items[kept++] = corpus->tags.items[i];
        }
    }
    corpus->begin.items[kd_corpus_sentences(corpus)] = (int32_t)kept;
    corpus->words.count = corpus->tags.count = kept;
}

void kd_score_by_word(kd_score_pair *pair)
{
    drop_continuations(&pair->gold);
    drop_continuations(&pair->predicted);
}

void kd_score_close(kd_score_pair *pair)
{
    kd_corpus_fini(&pair->gold);
    kd_corpus_fini(&pair->predicted);
    kd_labels_destroy(pair->labels);
    memset(pair, 0, sizeof *pair);
}
