/* augment.c - the order of the copies, and the stock that all three ways draw from: tokens by their tag,
 * mentions, segments of a sentence. */
#include "distill/augment.h"

#include <stdlib.h>
#include <string.h>

#include "distill/augment_internal.h"
#include "harness/base/map.h"

static const kd_choice modes[] = { { "source", KD_AUGMENT_SOURCE },
                                   { "fixed", KD_AUGMENT_FIXED },
                                   { "paper", KD_AUGMENT_PAPER },
                                   KD_CHOICE_END };

const kd_setting kd_augment_settings[] = {
    KD_CHOICE_ROW(
        kd_augment_options, mode, "mode", "fixed", modes, NULL,
        "as the published code does, the same without losing mentions, or as its paper says"),
    KD_INT_ROW(kd_augment_options, passes, "passes", "0", 0, 1000, NULL,
               "copies of each sentence by each of the three ways"),
    KD_INT_ROW(kd_augment_options, seed, "seed", "1", 0, 2147483647, NULL,
               "another seed, other copies"),
    KD_SETTING_END
};

/* The three ways, in the order of their copies. A new one is one file and one row. */
static const struct {
    const char *name; /* of its random stream */
    void (*add)(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng);
} ways[] = {
    { "label", kd_augment_label },
    { "mention", kd_augment_mention },
    { "shuffle", kd_augment_shuffle },
};

/* ---- the stock ---- */

/* The tags that copies are made of: those of the corpus, or for `fixed` and `paper`, whose
 * copies are always well-formed, what conlleval reads in them. */
static int16_t *take_tags(const kd_stock *stock)
{
    const kd_corpus *in = stock->corpus;
    int16_t         *tags = kd_alloc(in->tags.count + 1, sizeof *tags);

    memcpy(tags, in->tags.items, in->tags.count * sizeof *tags);
    for (int s = 0; stock->mode != KD_AUGMENT_SOURCE && s < kd_corpus_sentences(in); s++) {
        int begin = in->begin.items[s];

        kd_tags_convert(in->labels, tags + begin, in->labels, in->tags.items + begin,
                        in->begin.items[s + 1] - begin);
    }
    return tags;
}

/* Cut a sentence into mentions and what is between them. Malformed tags are read leniently, so
 * every word is in one segment. */
static void cut_sentence(kd_stock *stock, int sentence)
{
    const kd_corpus *in = stock->corpus;
    int              begin = in->begin.items[sentence], end = in->begin.items[sentence + 1];
    int              next = begin;
    kd_span          span;
    kd_spans walk = kd_spans_of(in->labels, KD_READ_SEQEVAL, stock->tags + begin, end - begin);

    kd_vec_reset(&stock->segments);
    while (kd_spans_next(&walk, &span)) {
        int first = begin + span.first, last = begin + span.last;

        if (first > next) kd_vec_push(&stock->segments, (kd_segment){ next, first - 1, false });
        kd_vec_push(&stock->segments, (kd_segment){ first, last, true });
        next = last + 1;
    }
    if (next < end) kd_vec_push(&stock->segments, (kd_segment){ next, end - 1, false });
}

static void collect_mentions(kd_stock *stock, int sentences)
{
    KD_VEC(kd_segment) mentions = KD_VEC_INIT;

    for (int s = 0; s < sentences; s++) {
        cut_sentence(stock, s);
        for (size_t i = 0; i < stock->segments.count; i++)
            if (stock->segments.items[i].is_mention)
                kd_vec_push(&mentions, stock->segments.items[i]);
    }
    stock->mentions = mentions.items;
    stock->mention_count = mentions.count;
}

/* Tokens by label: each occurrence for a draw by frequency, else the first of each kind. */
static void collect_tokens(kd_stock *stock, int sentences)
{
    const kd_corpus *in = stock->corpus;
    int              labels = kd_labels_count(in->labels), end = in->begin.items[sentences];
    kd_map         **known = kd_alloc((size_t)labels, sizeof *known);
    kd_str           text = KD_STR_INIT;

    for (int k = 0; k < labels; k++) known[k] = kd_map_create();
    for (int i = 0; i < end; i++) {
        kd_word word = in->words.items[i];
        int     tag = stock->tags[i];

        if (stock->mode != KD_AUGMENT_PAPER) {
            if (kd_map_get_n(known[tag], word.text, word.length) != NULL) continue;
            kd_str_reset(&text);
            kd_str_add_bytes(&text, word.text, word.length);
            kd_map_put_number(known[tag], text.text, i);
        }
        kd_vec_push(&stock->tokens[tag], i);
    }
    for (int k = 0; k < labels; k++) kd_map_destroy(known[k]);
    free(known);
    kd_str_fini(&text);
}

static void fini_stock(kd_stock *stock)
{
    for (int k = 0; k < kd_labels_count(stock->corpus->labels); k++) kd_vec_fini(&stock->tokens[k]);
    free(stock->tokens);
    free(stock->tags);
    kd_vec_free(stock->mentions);
    kd_vec_fini(&stock->segments);
    kd_vec_fini(&stock->order);
}

/* ---- passes ---- */

static void add_copies(kd_corpus *out, kd_stock *stock, int sentence,
                       const kd_augment_options *options, const kd_rng *root)
{
    const kd_corpus *in = stock->corpus;
    kd_segment whole = { in->begin.items[sentence], in->begin.items[sentence + 1] - 1, false };

    kd_augment_copy(out, stock, whole);
    kd_corpus_end_sentence(out);
    if (options->passes == 0) return;
    cut_sentence(stock, sentence);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        kd_rng rng = kd_rng_split(root, ways[w].name, (uint64_t)sentence);

        for (int pass = 0; pass < options->passes; pass++) ways[w].add(out, stock, sentence, &rng);
    }
}

kd_status kd_augment(kd_corpus *out, const kd_corpus *in, const kd_augment_options *options,
                     kd_error *err)
{
    kd_stock stock = { .corpus = in, .mode = options->mode };
    kd_rng   root = kd_rng_root((uint64_t)options->seed);
    int      sentences = kd_corpus_sentences(in);

    if (in->task != KD_TASK_NER)
        return kd_fail(err, KD_ECONFIG, "%s: only tagged corpora can be augmented, this one is %s",
                       in->name, kd_task_name(in->task));
    if (stock.mode == KD_AUGMENT_SOURCE && in->notes[KD_NOTE_UNTERMINATED].count > 0) sentences--;
    stock.tags = take_tags(&stock);
    stock.tokens = kd_alloc((size_t)kd_labels_count(in->labels), sizeof *stock.tokens);
    collect_tokens(&stock, sentences);
    collect_mentions(&stock, sentences);
    kd_corpus_init(out, KD_TASK_NER, in->name, in->labels);
    for (int s = 0; s < sentences; s++) add_copies(out, &stock, s, options, &root);
    fini_stock(&stock);
    return KD_OK;
}
