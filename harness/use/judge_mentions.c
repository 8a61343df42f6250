/* judge_mentions.c - mentions of both sides: which are the same, which training had. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/base/map.h"
#include "harness/use/judge_internal.h"

static float sure_of(const kd_judging *j, int begin, const kd_span *span)
{
    float sum = 0;
    for (int w = span->first; w <= span->last; w++) sum += j->replies.sure.items[begin + w];
    return sum / (float)(span->last - span->first + 1);
}

static void list(const kd_judging *j, kd_judged_mentions *out, const int16_t *tags, bool is_said)
{
    for (int b = 0; b < j->pack.sentences; b++) {
        int      begin = j->pack.word_begin[b], end = j->pack.word_begin[b + 1];
        kd_spans walk = kd_spans_of(j->out->labels, KD_READ_STRICT, tags + begin, end - begin);
        for (kd_span span; kd_spans_next(&walk, &span);)
            kd_vec_push(out, (kd_judged_mention){ .sentence = b,
                                                  .span = span,
                                                  .sure = is_said ? sure_of(j, begin, &span) : 0 });
    }
}

/* Before, at or behind each other; neither side overlaps itself. */
static int order(const kd_judged_mention *a, const kd_judged_mention *b)
{
    if (a->sentence != b->sentence) return a->sentence - b->sentence;
    return a->span.first - b->span.first;
}

static void match(kd_judging *j)
{
    size_t g = 0, f = 0;
    while (g < j->gold.count && f < j->found.count) {
        kd_judged_mention *gold = &j->gold.items[g], *found = &j->found.items[f];
        int                which = order(gold, found);
        if (which == 0 && gold->span.last == found->span.last &&
            gold->span.type == found->span.type)
            gold->is_hit = found->is_hit = true;
        g += which <= 0;
        f += which >= 0;
    }
}

/* ---- seen ---- */

/* "type<TAB>word word" */
static void add_key(kd_str *out, const kd_corpus *corpus, int begin, const kd_labels *labels,
                    const kd_span *span)
{
    kd_str_reset(out);
    kd_str_add(out, kd_labels_type(labels, span->type));
    kd_str_add_char(out, '\t');
    for (int w = span->first; w <= span->last; w++) {
        const kd_word *word = &corpus->words.items[begin + w];
        if (w > span->first) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, word->text, word->length);
    }
}

static void learn(kd_map *seen, const kd_corpus *train)
{
    kd_str key = KD_STR_INIT;
    for (int b = 0; b < kd_corpus_sentences(train); b++) {
        int      begin = train->begin.items[b], end = train->begin.items[b + 1];
        kd_spans walk =
            kd_spans_of(train->labels, KD_READ_STRICT, train->tags.items + begin, end - begin);
        for (kd_span span; kd_spans_next(&walk, &span);) {
            add_key(&key, train, begin, train->labels, &span);
            kd_map_put_number(seen, key.text, 1);
        }
    }
    kd_str_fini(&key);
}

static void mark_seen(const kd_judging *j, kd_judged_mentions *mentions, const kd_map *seen)
{
    kd_str key = KD_STR_INIT;
    for (size_t i = 0; i < mentions->count; i++) {
        kd_judged_mention *m = &mentions->items[i];
        add_key(&key, &j->out->corpus, j->pack.word_begin[m->sentence], j->out->labels, &m->span);
        m->is_seen = kd_map_get(seen, key.text) != NULL;
    }
    kd_str_fini(&key);
}

static kd_status learn_named(kd_map *seen, const kd_judging *j, kd_error *err)
{
    kd_corpus  train;
    kd_labels *labels = kd_labels_create();
    kd_status  status =
        kd_corpus_read(&train, j->options->train, KD_TASK_NER, &j->reading, labels, err);
    if (status == KD_OK) {
        learn(seen, &train);
        kd_corpus_fini(&train);
    }
    kd_labels_destroy(labels);
    return status;
}

/* The corpus that the model learned from, made again from its files or its grammar. */
static bool learn_own(kd_map *seen, const kd_judging *j)
{
    const kd_trained *t = kd_predictor_trained(j->predictor);
    kd_source_corpus  source;
    kd_error          why;
    if (!t->has_corpus) return false;
    bool is_there = kd_source_corpus_open(&source, &t->corpus, &why) == KD_OK;
    if (is_there)
        learn(seen, &source.split[KD_TRAIN]);
    else
        kd_log_warning("what the model has seen is not known (--train): %s", why.text);
    kd_source_corpus_close(&source);
    return is_there;
}

kd_status kd_judge_mentions(kd_judging *j, kd_error *err)
{
    kd_status status = KD_OK;
    if (j->pack.task != KD_TASK_NER) return KD_OK;
    list(j, &j->gold, j->pack.word_tags, false);
    list(j, &j->found, j->said.words, true);
    match(j);
    kd_map *seen = kd_map_create();
    if (j->options->train) {
        status = learn_named(seen, j, err);
        j->knows_seen = status == KD_OK;
    } else {
        j->knows_seen = learn_own(seen, j);
    }
    if (j->knows_seen) {
        mark_seen(j, &j->gold, seen);
        mark_seen(j, &j->found, seen);
    }
    kd_map_destroy(seen);
    return status;
}
