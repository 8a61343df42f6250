/* stats.c - counts in one walk; sentences that two corpora share by a digest of each. */
#include "models/text/stats.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/digest.h"

/* ---- counts ---- */

static int count_blank_separated(kd_word word)
{
    int  count = 0;
    bool in_word = false;

    for (uint32_t i = 0; i < word.length; i++) {
        bool is_blank = word.text[i] == ' ' || word.text[i] == '\t' || word.text[i] == '\n';

        count += !is_blank && !in_word;
        in_word = !is_blank;
    }
    return count;
}

static int count_in_texts(const kd_corpus *corpus, int begin, int texts)
{
    int count = 0;

    for (int i = begin; i < begin + texts; i++)
        count += count_blank_separated(corpus->words.items[i]);
    return count;
}

static void count_question(kd_corpus_stats *out, const kd_question *row)
{
    bool is_answered = false;

    for (int i = 0; i < row->count; i++) is_answered |= row->answers[i].begin >= 0;
    if (row->number >= out->questions) out->questions = row->number + 1;
    out->answers += row->count;
    out->unanswered += !is_answered;
}

static void count_mentions(kd_corpus_stats *out, const kd_corpus *corpus, int begin, int length)
{
    kd_spans walk =
        kd_spans_of(corpus->labels, KD_READ_CONLLEVAL, corpus->tags.items + begin, length);
    kd_span span;

    while (kd_spans_next(&walk, &span)) {
        int words = span.last - span.first + 1;

        out->mentions++;
        out->single += words == 1;
        out->by_kind[span.type]++;
        if (words > out->longest_mention) out->longest_mention = words;
    }
}

static void count_bits(kd_corpus_stats *out, uint32_t bits)
{
    out->by_set_size[__builtin_popcount(bits)]++;
    for (int k = 0; k < KD_HALLMARKS; k++) out->by_kind[k] += bits >> k & 1;
}

static void count_sentence(kd_corpus_stats *out, const kd_corpus *corpus, int s)
{
    int begin = corpus->begin.items[s], length = corpus->begin.items[s + 1] - begin;

    switch (corpus->task) {
    case KD_TASK_NER:
        if (corpus->labels) count_mentions(out, corpus, begin, length);
        break;
    case KD_TASK_RE:
    case KD_TASK_PAIR:
        if (corpus->labels) out->by_kind[corpus->classes.items[s]]++;
        break;
    case KD_TASK_HOC:
        count_bits(out, (uint32_t)corpus->classes.items[s]);
        if (corpus->documents.items[s] >= out->documents)
            out->documents = corpus->documents.items[s] + 1;
        break;
    case KD_TASK_QA:
        count_question(out, &corpus->questions.rows.items[s]);
        break;
    case KD_TASK_TEXT:
        break;
    }
    if (corpus->task != KD_TASK_NER) length = count_in_texts(corpus, begin, length);
    out->words += length;
    if (length > out->longest) out->longest = length;
    if (length > KD_LONG_SENTENCE && out->long_ones++ == 0)
        out->long_line = corpus->words.items[begin].line;
}

static int count_kinds(const kd_corpus *corpus)
{
    if (!corpus->labels) return 0;
    switch (corpus->task) {
    case KD_TASK_NER:
        return kd_labels_types(corpus->labels);
    case KD_TASK_RE:
    case KD_TASK_PAIR:
        return kd_labels_count(corpus->labels);
    case KD_TASK_HOC:
        return KD_HALLMARKS;
    case KD_TASK_QA:
    case KD_TASK_TEXT:
        break;
    }
    return 0;
}

void kd_corpus_stats_make(kd_corpus_stats *out, const kd_corpus *corpus)
{
    *out =
        (kd_corpus_stats){ .sentences = kd_corpus_sentences(corpus), .kinds = count_kinds(corpus) };
    out->by_kind = kd_alloc((size_t)out->kinds + 1, sizeof *out->by_kind);
    for (int s = 0; s < out->sentences; s++) count_sentence(out, corpus, s);
    out->repeated = kd_corpus_duplicates(corpus, corpus).count;
}

void kd_corpus_stats_fini(kd_corpus_stats *stats)
{
    free(stats->by_kind);
}

const char *kd_corpus_stats_kind(const kd_corpus *corpus, int kind)
{
    return corpus->task == KD_TASK_NER ? kd_labels_type(corpus->labels, kind)
                                       : kd_labels_name(corpus->labels, kind);
}

/* ---- duplicates ---- */

typedef struct {
    kd_id   id; /* of the sentence's words */
    int32_t sentence;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *left = a, *right = b;
    int          by_id = kd_id_compare(left->id, right->id);

    return by_id != 0 ? by_id : left->sentence - right->sentence;
}

static entry *digest_sentences(const kd_corpus *corpus)
{
    int        sentences = kd_corpus_sentences(corpus);
    entry     *entries = kd_alloc((size_t)sentences + 1, sizeof *entries);
    kd_digest *digest = kd_digest_create();

    for (int s = 0; s < sentences; s++) {
        kd_digest_reset(digest);
        for (int i = corpus->begin.items[s]; i < corpus->begin.items[s + 1]; i++) {
            kd_word word = corpus->words.items[i];

            kd_digest_add_bytes(digest, word.text, word.length);
            kd_digest_add_bytes(digest, "\n", 1); /* no word has one */
        }
        entries[s] = (entry){ kd_digest_id(digest), s };
    }
    kd_digest_destroy(digest);
    qsort(entries, (size_t)sentences, sizeof *entries, compare_entries);
    return entries;
}

static int32_t line_of(const kd_corpus *corpus, int sentence)
{
    return corpus->words.items[corpus->begin.items[sentence]].line;
}

/* Both lists are sorted by id, so one walk through them finds all that is in both. Within one
 * corpus a sentence is a duplicate of the first of its equals, not of itself. */
kd_duplicates kd_corpus_duplicates(const kd_corpus *earlier, const kd_corpus *later)
{
    entry        *seen = digest_sentences(earlier), *asked = digest_sentences(later);
    int           seen_count = kd_corpus_sentences(earlier), at = 0, first = -1;
    kd_duplicates found = { 0, 0, 0 };

    for (int i = 0; i < kd_corpus_sentences(later); i++) {
        while (at < seen_count && kd_id_compare(seen[at].id, asked[i].id) < 0) at++;
        if (at == seen_count || !kd_id_equal(seen[at].id, asked[i].id)) continue;
        if (earlier == later && seen[at].sentence == asked[i].sentence) continue;
        found.count++;
        if (first >= 0 && asked[i].sentence > first) continue;
        first = asked[i].sentence;
        found.line = line_of(later, first);
        found.earlier_line = line_of(earlier, seen[at].sentence);
    }
    free(seen);
    free(asked);
    return found;
}
