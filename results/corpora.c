/* corpora.c - a set of answers for each gold. */
#include "results/corpora.h"

#include <stdlib.h>

typedef struct {
    kd_split_counts first; /* whose gold the others have */
    kd_answers     *answers;
    size_t         *runs; /* (sides) */
} corpus;

struct kd_corpora {
    size_t sides;
    KD_VEC(corpus) all;
};

kd_corpora *kd_corpora_create(size_t sides)
{
    kd_corpora *corpora = kd_alloc(1, sizeof *corpora);

    corpora->sides = sides;
    return corpora;
}

static corpus *corpus_of(kd_corpora *corpora, const kd_split_counts *counts)
{
    for (size_t i = 0; i < corpora->all.count; i++)
        if (kd_split_counts_agree(&corpora->all.items[i].first, counts))
            return &corpora->all.items[i];
    kd_vec_push(&corpora->all,
                (corpus){ *counts, kd_answers_create(counts->n, counts->parts, corpora->sides),
                          kd_alloc(corpora->sides + 1, sizeof(size_t)) });
    return &corpora->all.items[corpora->all.count - 1];
}

void kd_corpora_add(kd_corpora *corpora, size_t side, const kd_split_counts *counts)
{
    corpus *c = corpus_of(corpora, counts);

    kd_answers_add(c->answers, side, counts->counts);
    c->runs[side]++;
}

/* Of corpus number `which` of each that has so many those of as many sentences, each once. */
static void draw_corpus(kd_corpora *const *all, size_t count, size_t which, size_t draws,
                        const kd_rng *rng)
{
    kd_answers **alike = kd_alloc(count + 1, sizeof *alike);
    bool        *is_drawn = kd_alloc(count + 1, sizeof *is_drawn);

    for (size_t i = 0; i < count; i++) {
        size_t found = 0, sentences;
        if (is_drawn[i] || which >= all[i]->all.count) continue;
        sentences = all[i]->all.items[which].first.n;
        for (size_t k = i; k < count; k++) {
            if (which >= all[k]->all.count || all[k]->all.items[which].first.n != sentences)
                continue;
            alike[found++] = all[k]->all.items[which].answers;
            is_drawn[k] = true;
        }
        kd_answers_draw_all(alike, found, draws, rng);
    }
    free(is_drawn);
    free(alike);
}

/* Each corpus has streams of its own; the first those that it has alone. */
void kd_corpora_draw_all(kd_corpora *const *all, size_t count, size_t draws, const kd_rng *rng)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++)
        if (all[i]->all.count > most) most = all[i]->all.count;
    for (size_t which = 0; which < most; which++) {
        kd_rng own = which == 0 ? *rng : kd_rng_split(rng, "corpus", which);
        draw_corpus(all, count, which, draws, &own);
    }
}

void kd_corpora_draw(kd_corpora *corpora, size_t draws, const kd_rng *rng)
{
    kd_corpora_draw_all(&corpora, 1, draws, rng);
}

bool kd_corpora_shared(const kd_corpora *corpora, size_t a, size_t b)
{
    size_t shared = 0;

    for (size_t i = 0; i < corpora->all.count; i++) {
        const size_t *runs = corpora->all.items[i].runs;
        if ((runs[a] > 0) != (runs[b] > 0)) return false;
        shared += runs[a] > 0;
    }
    return shared > 0;
}

size_t kd_corpora_count(const kd_corpora *corpora, size_t a, size_t b)
{
    size_t count = 0;

    for (size_t i = 0; i < corpora->all.count; i++)
        count += corpora->all.items[i].runs[a] > 0 && corpora->all.items[i].runs[b] > 0;
    return count;
}

size_t kd_corpora_sentences(const kd_corpora *corpora, size_t a, size_t b)
{
    size_t sentences = 0;

    for (size_t i = 0; i < corpora->all.count; i++)
        if (corpora->all.items[i].runs[a] > 0 && corpora->all.items[i].runs[b] > 0)
            sentences += corpora->all.items[i].first.n;
    return sentences;
}

/* Those that both have, with their weights; the caller frees the array. */
static kd_weighed_answers *weigh(const kd_corpora *corpora, size_t a, size_t b, size_t *count)
{
    kd_weighed_answers *all = kd_alloc(corpora->all.count + 1, sizeof *all);
    size_t              runs = 0;

    *count = 0;
    for (size_t i = 0; i < corpora->all.count; i++) {
        const corpus *c = &corpora->all.items[i];
        if (c->runs[a] == 0 || c->runs[b] == 0) continue;
        runs += c->runs[a] + c->runs[b];
        all[(*count)++] = (kd_weighed_answers){ c->answers, (double)(c->runs[a] + c->runs[b]) };
    }
    for (size_t i = 0; i < *count; i++) all[i].weight /= (double)runs;
    return all;
}

kd_exchange kd_corpora_exchange(const kd_corpora *corpora, size_t a, size_t b)
{
    size_t              count;
    kd_weighed_answers *all = weigh(corpora, a, b, &count);
    kd_exchange         exchange = kd_answers_exchange_all(all, count, a, b);

    free(all);
    return exchange;
}

kd_two_level kd_corpora_interval(const kd_corpora *corpora, size_t a, size_t b, double level)
{
    size_t              count;
    kd_weighed_answers *all = weigh(corpora, a, b, &count);
    kd_two_level        interval = kd_answers_interval_all(all, count, a, b, level);

    free(all);
    return interval;
}

void kd_corpora_destroy(kd_corpora *corpora)
{
    if (corpora == NULL) return;
    for (size_t i = 0; i < corpora->all.count; i++) {
        kd_answers_destroy(corpora->all.items[i].answers);
        free(corpora->all.items[i].runs);
    }
    kd_vec_fini(&corpora->all);
    free(corpora);
}
