/* score_candidates.c - answers beside the right ones: as SQuAD compares them, and as BioASQ does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/candidates.h"
#include "models/text/unicode.h"

/* ---- SQuAD's normal form ---- */

static bool is_ascii_punctuation(int32_t c)
{
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126);
}

/* What \w takes in Python. */
static bool is_of_word(int32_t c)
{
    return kd_unicode_is_letter(c) || kd_unicode_is_number(c) || c == '_';
}

static bool is_article(const char *word, size_t length)
{
    return (length == 1 && memcmp(word, "a", 1) == 0) ||
           (length == 2 && memcmp(word, "an", 2) == 0) ||
           (length == 3 && memcmp(word, "the", 3) == 0);
}

static void drop_punctuation(kd_str *out, const kd_str *text)
{
    for (size_t at = 0; at < text->length;) {
        size_t here = at;
        if (!is_ascii_punctuation(kd_utf8_next(text->text, text->length, &at)))
            kd_str_add_bytes(out, text->text + here, at - here);
    }
}

/* An article is a whole run of letters and digits; a blank stands in its place, and one blank for several. */
static void put_words(kd_str *out, const kd_str *text)
{
    bool is_apart = false, is_first = true;
    for (size_t at = 0; at < text->length;) {
        size_t  here = at, before;
        int32_t c = kd_utf8_next(text->text, text->length, &at);
        for (before = at; is_of_word(c) && before < text->length; at = before)
            if (!is_of_word(kd_utf8_next(text->text, text->length, &before))) break;
        if (kd_unicode_is_space(c) || (is_of_word(c) && is_article(text->text + here, at - here))) {
            is_apart = true;
            continue;
        }
        if (is_apart && !is_first) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, text->text + here, at - here);
        is_apart = is_first = false;
    }
}

void kd_answer_normalise(kd_str *out, const char *text, size_t length)
{
    kd_str lowered = KD_STR_INIT, plain = KD_STR_INIT;
    kd_unicode_lower(&lowered, text, length);
    drop_punctuation(&plain, &lowered);
    put_words(out, &plain);
    kd_str_fini(&lowered);
    kd_str_fini(&plain);
}

/* ---- words in common ---- */

typedef KD_VEC(const char *) words;

/* Cuts `text` in place. */
static void cut_words(words *out, char *text)
{
    kd_vec_reset(out);
    for (char *word, *rest = text; (word = strsep(&rest, " "));)
        if (*word) kd_vec_push(out, word);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_words(words *w)
{
    if (w->count) qsort(w->items, w->count, sizeof *w->items, compare_words);
}

/* Each word as often as both have it. */
static size_t count_common(const words *a, const words *b)
{
    size_t common = 0;
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        int order = strcmp(a->items[i], b->items[k]);
        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return common;
}

static double f1_of(char *gold, char *said)
{
    words  g = KD_VEC_INIT, s = KD_VEC_INIT;
    double f1;
    cut_words(&g, gold);
    cut_words(&s, said);
    sort_words(&g);
    sort_words(&s);
    if (g.count == 0 || s.count == 0)
        f1 = g.count == s.count;
    else
        f1 = 2.0 * (double)count_common(&g, &s) / (double)(g.count + s.count);
    kd_vec_fini(&g);
    kd_vec_fini(&s);
    return f1;
}

/* ---- one answer ---- */

static kd_answer_worth weigh(const char *gold, size_t gold_length, const char *said, size_t length)
{
    kd_str          g = KD_STR_INIT, s = KD_STR_INIT;
    kd_answer_worth worth;
    kd_str_reserve(&g, 1);
    kd_str_reserve(&s, 1);
    kd_answer_normalise(&g, gold, gold_length);
    kd_answer_normalise(&s, said, length);
    worth.exact = strcmp(g.text, s.text) == 0;
    worth.f1 = f1_of(g.text, s.text);
    kd_str_fini(&g);
    kd_str_fini(&s);
    return worth;
}

static bool has_words(const char *text)
{
    kd_str normal = KD_STR_INIT;
    kd_answer_normalise(&normal, text, strlen(text));
    bool has = normal.length > 0;
    kd_str_fini(&normal);
    return has;
}

kd_answer_worth kd_answer_weigh(const kd_questions *questions, int32_t question, const char *text,
                                size_t length)
{
    kd_answer_worth best = { 0, 0 };
    bool            has_gold = false;
    for (int32_t r = questions->first.items[question]; r >= 0; r = questions->rows.items[r].next) {
        const kd_question *row = &questions->rows.items[r];
        for (int i = 0; i < row->count; i++) {
            const char *gold = row->answers[i].text;
            if (!has_words(gold)) continue;
            kd_answer_worth worth = weigh(gold, strlen(gold), text, length);
            best.exact = fmax(best.exact, worth.exact);
            best.f1 = fmax(best.f1, worth.f1);
            has_gold = true;
        }
    }
    return has_gold ? best : weigh("", 0, text, length);
}

/* ---- as BioASQ compares ---- */

static bool is_same(const char *gold, const char *said, size_t length)
{
    kd_str a = KD_STR_INIT, b = KD_STR_INIT;
    kd_unicode_lower(&a, gold, strlen(gold));
    kd_unicode_lower(&b, said, length);
    bool is = a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
    kd_str_fini(&a);
    kd_str_fini(&b);
    return is;
}

static bool is_right(const kd_question *row, const char *said, size_t length)
{
    for (int i = 0; i < row->count; i++)
        if (is_same(row->answers[i].text, said, length)) return true;
    return false;
}

/* The rank, from 1, of the first right answer; 0 without one, -1 for a question without an answer. */
static int rank_of(const kd_answer_text *said, int count, const kd_questions *questions,
                   int32_t question)
{
    bool can_be_answered = false;
    int  first = 0;
    for (int32_t r = questions->first.items[question]; r >= 0; r = questions->rows.items[r].next) {
        const kd_question *row = &questions->rows.items[r];
        can_be_answered |= row->count > 0;
        for (int i = 0; i < count && (first == 0 || i + 1 < first); i++)
            if (is_right(row, said[i].text, said[i].length)) first = i + 1;
    }
    return can_be_answered ? first : -1;
}

/* ---- all ---- */

kd_counts kd_question_counts(const kd_question_worth *question)
{
    return (kd_counts){ (int32_t)lround(1000 * question->best.f1), 1000, 1000 };
}

kd_answer_scores kd_answers_score(const kd_answer_lists *said, const kd_questions *questions,
                                  kd_question_worth *by_question)
{
    static const kd_answer_text none = { "", 0 };
    kd_answer_scores            sum = { 0, 0, 0, 0, 0 };
    int                         answered = 0, n = said->questions;
    for (int q = 0; q < n; q++) {
        const kd_answer_text *list = said->items + (size_t)q * (size_t)said->most;
        int count = said->count[q] < KD_CANDIDATES ? said->count[q] : KD_CANDIDATES;
        const kd_answer_text *best = count > 0 ? list : &none;
        kd_answer_worth       worth = kd_answer_weigh(questions, q, best->text, best->length);
        int                   rank = rank_of(list, count, questions, q);
        sum.em += worth.exact;
        sum.f1 += worth.f1;
        sum.strict += rank == 1;
        sum.lenient += rank > 0;
        sum.mrr += rank > 0 ? 1.0 / rank : 0;
        answered += rank >= 0;
        if (by_question) by_question[q] = (kd_question_worth){ worth, rank };
    }
    double of_all = n > 0 ? n : 1, of_answered = answered > 0 ? answered : 1;
    return (kd_answer_scores){ sum.em / of_all, sum.f1 / of_all, sum.strict / of_answered,
                               sum.lenient / of_answered, sum.mrr / of_answered };
}

kd_answer_scores kd_candidates_score(const kd_candidates *candidates, const kd_questions *questions,
                                     kd_question_worth *by_question)
{
    size_t          count = (size_t)candidates->questions * (size_t)candidates->most;
    kd_answer_lists said = { candidates->questions, candidates->most, candidates->count,
                             kd_alloc(count + 1, sizeof *said.items) };
    for (size_t i = 0; i < count; i++)
        if ((int32_t)(i % (size_t)said.most) < said.count[i / (size_t)said.most])
            said.items[i].text =
                kd_candidate_text(questions, &candidates->items[i], &said.items[i].length);
    kd_answer_scores scores = kd_answers_score(&said, questions, by_question);
    free(said.items);
    return scores;
}
