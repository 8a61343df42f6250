/* measure.c - from logits to every metric of the task. */
#include "harness/cell/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/store/keys.h"
#include "models/text/corpus.h"
#include "models/text/pack_build.h"

static kd_said tags_of(const kd_pack *pack, const kd_labels *names, const kd_crf *crf,
                       const float *logits, int labels)
{
    kd_said  s = { .pieces = kd_alloc((size_t)pack->pieces, sizeof *s.pieces),
                   .words = kd_alloc((size_t)pack->words, sizeof *s.words) };
    int32_t *best = kd_alloc((size_t)pack->pieces, sizeof *best);
    kd_predict_labels(logits, pack->pieces, labels, best);
    if (crf) kd_crf_tag_words(crf, pack, logits, 1, best);
    for (int n = 0; n < pack->pieces; n++) s.pieces[n] = (int16_t)best[n];
    kd_pack_words(pack, s.pieces, (int16_t)kd_labels_outside(names), s.words);
    free(best);
    return s;
}

/* Of two outputs for one thing the larger is right, and what it says is told by the second. */
static int32_t set_of(const float *row, int labels, bool are_two)
{
    int32_t bits = 0;
    for (int k = are_two; k < labels; k += 1 + are_two)
        if (row[k] > (are_two ? row[k - 1] : 0)) bits |= 1 << k;
    return bits;
}

static kd_said classes_of(const kd_pack *pack, const kd_labels *names, const float *logits,
                          int labels)
{
    kd_said s = { .rows = kd_alloc((size_t)pack->sentences, sizeof *s.rows) };
    bool    are_two = kd_hallmarks_are_two(names);
    if (pack->task != KD_TASK_HOC) {
        kd_predict_labels(logits, pack->sentences, labels, s.rows);
        return s;
    }
    for (int b = 0; b < pack->sentences; b++)
        s.rows[b] = set_of(logits + (size_t)b * (size_t)labels, labels, are_two);
    return s;
}

kd_said kd_said_read(const kd_pack *pack, const kd_labels *labels, const kd_crf *crf,
                     const float *logits, int k)
{
    if (pack->questions) {
        kd_said s = { .rows = NULL };
        kd_candidates_find(&s.answers, pack, logits, KD_CANDIDATES,
                           (kd_no_answer){ .may_be = pack->questions->has_none });
        return s;
    }
    return pack->task == KD_TASK_NER ? tags_of(pack, labels, crf, logits, k)
                                     : classes_of(pack, labels, logits, k);
}

void kd_said_fini(kd_said *s)
{
    free(s->pieces);
    free(s->words);
    free(s->rows);
    kd_candidates_fini(&s->answers);
}

static const kd_detail no_detail = { NULL, NULL };

static kd_counts strict_spans(const kd_labels *labels, const kd_pack *pack, const kd_said *s,
                              kd_detail detail)
{
    return kd_score_spans(labels, KD_READ_STRICT, pack->word_tags, s->words, pack->word_begin,
                          pack->sentences, detail);
}

/* Counts of each class (K), which the caller frees; those of sentences are added where they are asked for. */
static kd_counts *count_classes(const kd_labels *labels, const kd_pack *pack, const kd_said *s,
                                kd_counts *by_sentence)
{
    kd_counts *by_class = kd_alloc((size_t)kd_labels_count(labels), sizeof *by_class);
    kd_score_classes(labels, false, pack->labels, s->rows, pack->sentences,
                     (kd_detail){ by_class, by_sentence });
    return by_class;
}

static kd_prf macro_of_classes(const kd_labels *labels, const kd_pack *pack, const kd_said *s)
{
    kd_counts *by_class = count_classes(labels, pack, s, NULL);
    kd_prf     macro = kd_prf_macro(by_class, kd_labels_count(labels));
    free(by_class);
    return macro;
}

double kd_measure_main(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                       const float *logits, int labels)
{
    const kd_pack *pack = &dataset->split[split];
    kd_said        s = kd_said_read(pack, dataset->labels, crf, logits, labels);
    kd_prf         got;
    if (pack->task == KD_TASK_NER)
        got = kd_prf_of(strict_spans(dataset->labels, pack, &s, no_detail));
    else if (pack->questions)
        got = (kd_prf){ .f1 = kd_candidates_score(&s.answers, pack->questions, NULL).f1 };
    else if (pack->task == KD_TASK_HOC)
        got = kd_score_documents(pack->labels, s.rows, pack->documents, pack->sentences, no_detail);
    else if (pack->task == KD_TASK_PAIR)
        got = macro_of_classes(dataset->labels, pack, &s);
    else
        got = kd_prf_of(kd_score_classes(dataset->labels, true, pack->labels, s.rows,
                                         pack->sentences, no_detail));
    kd_said_fini(&s);
    return got.f1;
}

/* ---- every number ---- */

/* Who takes numbers, by the names that score_names.c has. */
typedef struct {
    kd_metric_take take;
    void          *user;
} taker;

static void put_prf(const taker *to, const char *metric, kd_prf prf)
{
    char name[128];
    const struct {
        const char *part;
        double      value;
    } parts[] = { { "f1", prf.f1 }, { "precision", prf.precision }, { "recall", prf.recall } };
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s.%s", metric, parts[i].part);
        to->take(to->user, name, parts[i].value);
    }
}

static void put_types(const taker *to, const kd_labels *labels, const kd_counts *by_type)
{
    for (int t = 0; t < kd_labels_types(labels) && kd_labels_types(labels) > 1; t++) {
        char metric[96];
        snprintf(metric, sizeof metric, "entity_strict.%s", kd_labels_type(labels, t));
        put_prf(to, metric, kd_prf_of(by_type[t]));
    }
}

/* As the second source scores: each piece stands for itself, so a word in three pieces that opens
 * a mention opens three. Pieces without a gold tag of a word ([CLS]) are left out on both sides. */
static kd_prf lenient_pieces(const kd_labels *labels, const kd_pack *pack, const kd_said *s)
{
    int16_t *said_of = kd_alloc((size_t)pack->pieces, sizeof *said_of);
    for (int n = 0; n < pack->pieces; n++)
        said_of[n] = pack->tags[n] == KD_NO_TAG || pack->word[n] < 0 ? KD_NO_TAG : s->pieces[n];
    kd_counts got = kd_score_spans(labels, KD_READ_CONLLEVAL, pack->tags, said_of,
                                   pack->piece_begin, pack->sentences, no_detail);
    free(said_of);
    return kd_prf_of(got);
}

static void put_tag_scores(const taker *to, const kd_labels *labels, const kd_pack *pack,
                           const kd_said *s, kd_counts *by_sentence)
{
    kd_counts *by_type = kd_alloc((size_t)kd_labels_types(labels), sizeof *by_type);
    put_prf(to, "entity_strict",
            kd_prf_of(strict_spans(labels, pack, s, (kd_detail){ by_type, by_sentence })));
    put_prf(to, "entity_strict.macro", kd_prf_macro(by_type, kd_labels_types(labels)));
    put_types(to, labels, by_type);
    put_prf(to, "entity_lenient",
            kd_prf_of(kd_score_spans(labels, KD_READ_CONLLEVAL, pack->word_tags, s->words,
                                     pack->word_begin, pack->sentences, no_detail)));
    put_prf(to, "entity_lenient.piece", lenient_pieces(labels, pack, s));
    put_prf(to, "token_micro",
            kd_prf_of(kd_score_tags(labels, pack->tags, s->pieces, pack->piece_begin,
                                    pack->sentences, no_detail)));
    to->take(to->user, "accuracy", kd_score_tag_accuracy(pack->word_tags, s->words, pack->words));
    free(by_type);
}

static void put_pair_scores(const taker *to, const kd_labels *labels, const kd_pack *pack,
                            const kd_said *s, kd_counts *by_sentence)
{
    kd_counts *by_class = count_classes(labels, pack, s, by_sentence);
    put_prf(to, "pair.macro", kd_prf_macro(by_class, kd_labels_count(labels)));
    for (int c = 0; c < kd_labels_count(labels); c++) {
        char metric[96];
        snprintf(metric, sizeof metric, "pair.%s", kd_labels_name(labels, c));
        put_prf(to, metric, kd_prf_of(by_class[c]));
    }
    free(by_class);
}

static void put_class_scores(const taker *to, const kd_labels *labels, const kd_pack *pack,
                             const kd_said *s, kd_counts *by_sentence)
{
    kd_detail detail = { NULL, by_sentence };
    if (pack->task == KD_TASK_HOC)
        put_prf(
            to, "document",
            kd_score_documents(pack->labels, s->rows, pack->documents, pack->sentences, detail));
    else if (pack->task == KD_TASK_PAIR)
        put_pair_scores(to, labels, pack, s, by_sentence);
    else
        put_prf(to, "relation",
                kd_prf_of(kd_score_classes(labels, true, pack->labels, s->rows, pack->sentences,
                                           detail)));
    to->take(to->user, "accuracy", kd_score_class_accuracy(pack->labels, s->rows, pack->sentences));
}

static void put_answer_scores(const taker *to, const kd_pack *pack, const kd_said *s,
                              kd_counts *by_question)
{
    size_t             n = (size_t)pack->questions->count;
    kd_question_worth *worth = kd_alloc(n + 1, sizeof *worth);
    kd_answer_scores   got = kd_candidates_score(&s->answers, pack->questions, worth);
    for (size_t q = 0; q < n; q++) by_question[q] = kd_question_counts(&worth[q]);
    free(worth);
    to->take(to->user, "em", got.em);
    to->take(to->user, "f1", got.f1);
    to->take(to->user, "strict", got.strict);
    to->take(to->user, "lenient", got.lenient);
    to->take(to->user, "mrr", got.mrr);
}

static void put_scores(const taker *to, const kd_labels *labels, const kd_pack *pack,
                       const kd_said *s, kd_counts *by_sentence)
{
    if (pack->task == KD_TASK_NER)
        put_tag_scores(to, labels, pack, s, by_sentence);
    else if (pack->questions)
        put_answer_scores(to, pack, s, by_sentence);
    else
        put_class_scores(to, labels, pack, s, by_sentence);
}

void kd_measure_each(const kd_labels *labels, const kd_pack *pack, const kd_said *said,
                     kd_counts *by_sentence, kd_metric_take take, void *user)
{
    put_scores(&(taker){ take, user }, labels, pack, said, by_sentence);
}

/* ---- one of them ---- */

typedef struct {
    const char *name;
    double      value;
    const char *main_name;
    double      main;
} wanted;

static void take_wanted(void *user, const char *name, double value)
{
    wanted *w = user;
    if (strcmp(w->name, name) == 0) w->value = value;
    if (strcmp(w->main_name, name) == 0) w->main = value;
}

/* What kd_measure_main measures is called so. */
static const char *const mains[] = {
    [KD_TASK_NER] = "entity_strict.f1", [KD_TASK_RE] = "relation.f1",
    [KD_TASK_HOC] = "document.f1",      [KD_TASK_QA] = "f1",
    [KD_TASK_TEXT] = "masked.accuracy", [KD_TASK_PAIR] = "pair.macro.f1"
};

double kd_measure_by(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                     const float *logits, int labels, const char *name, double *main)
{
    const kd_pack *pack = &dataset->split[split];
    wanted         w = { name, NAN, mains[pack->task], NAN };
    kd_said        s = kd_said_read(pack, dataset->labels, crf, logits, labels);
    int            count = pack->questions ? pack->questions->count : pack->sentences;
    kd_counts     *by_sentence = kd_alloc((size_t)count, sizeof *by_sentence);
    put_scores(&(taker){ take_wanted, &w }, dataset->labels, pack, &s, by_sentence);
    if (main) *main = w.main;
    free(by_sentence);
    kd_said_fini(&s);
    return w.value;
}

/* ---- everything, into an object ---- */

typedef struct {
    kd_object_draft *draft;
    kd_split         split;
} place;

static void take_metric(void *user, const char *name, double value)
{
    const place *p = user;
    char         full[160];
    snprintf(full, sizeof full, "%s.%s", kd_split_word(p->split), name);
    kd_object_put_metric(p->draft, full, value);
}

/* Where the candidates stand, and their scores. */
static kd_status put_answers(kd_object_draft *draft, kd_split split, const kd_candidates *answers,
                             kd_error *err)
{
    char      name[64];
    size_t    questions = (size_t)answers->questions, most = (size_t)answers->most;
    int32_t  *places = kd_alloc(questions * most * 3 + 1, sizeof *places);
    float    *scores = kd_alloc(questions * most + 1, sizeof *scores);
    kd_status status;
    for (size_t i = 0; i < questions * most; i++) {
        bool                is = (int32_t)(i % most) < answers->count[i / most];
        const kd_candidate *c = &answers->items[i];
        places[3 * i] = is ? c->row : -1;
        places[3 * i + 1] = is ? c->begin : -1;
        places[3 * i + 2] = is ? c->end : -1;
        scores[i] = is ? c->score : 0;
    }
    snprintf(name, sizeof name, "predictions/%s", kd_split_word(split));
    status = kd_object_put_i32(draft, name, places, questions, 3 * most, err);
    snprintf(name, sizeof name, "scores/%s", kd_split_word(split));
    if (status == KD_OK) status = kd_object_put_f32(draft, name, scores, questions, most, err);
    free(places);
    free(scores);
    return status;
}

static kd_status put_counts(kd_object_draft *draft, kd_split split, int count,
                            const kd_counts *by_sentence, kd_error *err)
{
    char name[64];
    snprintf(name, sizeof name, KD_KEY_COUNTS "%s", kd_split_word(split));
    return kd_object_put_i32(draft, name, &by_sentence->tp, (size_t)count, 3, err);
}

/* Of pairs, whose F1 is a mean over classes. */
static kd_status put_classes(kd_object_draft *draft, kd_split split, const kd_pack *pack,
                             const kd_said *s, kd_error *err)
{
    char   name[64];
    size_t b = (size_t)pack->sentences;
    if (pack->task != KD_TASK_PAIR) return KD_OK;
    int32_t *classes = kd_alloc(2 * b + 1, sizeof *classes);
    for (size_t i = 0; i < b; i++) {
        classes[2 * i] = pack->labels[i];
        classes[2 * i + 1] = s->rows[i];
    }
    snprintf(name, sizeof name, KD_KEY_CLASSES "%s", kd_split_word(split));
    kd_status status = kd_object_put_i32(draft, name, classes, b, 2, err);
    free(classes);
    return status;
}

static kd_status put_predictions(kd_object_draft *draft, kd_split split, const kd_pack *pack,
                                 const kd_said *s, kd_error *err)
{
    char name[64];
    if (pack->questions) return put_answers(draft, split, &s->answers, err);
    snprintf(name, sizeof name, "predictions/%s", kd_split_word(split));
    if (s->words)
        return kd_object_put(draft, name, KD_H5_I16, s->words, (size_t)pack->words, 0, err);
    return kd_object_put_i32(draft, name, s->rows, (size_t)pack->sentences, 0, err);
}

static void digest_questions(kd_digest *digest, const kd_questions *questions)
{
    kd_str text = KD_STR_INIT;
    kd_questions_print(questions, &text);
    kd_digest_add_text(digest, text.text);
    kd_str_fini(&text);
}

/* What the answers were held against, and nothing of how the words were cut: two models of one
 * split agree in it whatever their vocabularies. */
static kd_id digest_gold(const kd_dataset *dataset, const kd_pack *pack)
{
    kd_digest *digest = kd_digest_create();
    kd_str     labels = KD_STR_INIT;
    size_t     b = (size_t)pack->sentences;
    kd_labels_to_text(dataset->labels, &labels);
    kd_digest_add_text(digest, labels.text);
    kd_digest_add_bytes(digest, &pack->task, sizeof pack->task);
    if (pack->task == KD_TASK_NER) {
        kd_digest_add_bytes(digest, pack->word_begin, (b + 1) * sizeof *pack->word_begin);
        kd_digest_add_bytes(digest, pack->word_tags, (size_t)pack->words * sizeof *pack->word_tags);
    } else if (pack->task == KD_TASK_TEXT) { /* what is asked for follows from the pieces */
        kd_digest_add_bytes(digest, pack->piece_begin, (b + 1) * sizeof *pack->piece_begin);
        kd_digest_add_bytes(digest, pack->ids, (size_t)pack->pieces * sizeof *pack->ids);
    } else if (pack->questions) {
        digest_questions(digest, pack->questions);
    } else {
        kd_digest_add_bytes(digest, pack->labels, b * sizeof *pack->labels);
    }
    if (pack->task == KD_TASK_HOC)
        kd_digest_add_bytes(digest, pack->documents, b * sizeof *pack->documents);
    kd_id id = kd_digest_id(digest);
    kd_digest_destroy(digest);
    kd_str_fini(&labels);
    return id;
}

static void put_gold(kd_object_draft *draft, const kd_dataset *dataset, kd_split split)
{
    char name[16], text[KD_ID_TEXT];
    snprintf(name, sizeof name, KD_KEY_GOLD "%s", kd_split_word(split));
    kd_id_text(text, digest_gold(dataset, &dataset->split[split]));
    kd_object_put_fact(draft, name, text);
}

kd_status kd_measure_put(kd_object_draft *draft, const kd_dataset *dataset, kd_split split,
                         const kd_crf *crf, const float *logits, int labels, kd_error *err)
{
    const kd_pack *pack = &dataset->split[split];
    kd_said        s = kd_said_read(pack, dataset->labels, crf, logits, labels);
    int            count = pack->questions ? pack->questions->count : pack->sentences;
    kd_counts     *by_sentence = kd_alloc((size_t)count, sizeof *by_sentence);
    put_scores(&(taker){ take_metric, &(place){ draft, split } }, dataset->labels, pack, &s,
               by_sentence);
    put_gold(draft, dataset, split);
    kd_status status = put_counts(draft, split, count, by_sentence, err);
    if (status == KD_OK) status = put_classes(draft, split, pack, &s, err);
    if (status == KD_OK) status = put_predictions(draft, split, pack, &s, err);
    free(by_sentence);
    kd_said_fini(&s);
    return status;
}

/* ---- masked words ---- */

static const struct {
    const char *name;
    double (*of)(const kd_masked_score *score);
    int sign; /* of better */
} word_figures[] = {
    { "masked.accuracy", kd_masked_accuracy, +1 },
    { "masked.loss", kd_masked_loss, -1 },
    { "masked.perplexity", kd_masked_perplexity, -1 },
};

enum { WORD_FIGURES = sizeof word_figures / sizeof *word_figures };

double kd_measure_words_by(const kd_masked_score *score, const char *name)
{
    for (int i = 0; i < WORD_FIGURES; i++)
        if (strcmp(word_figures[i].name, name) == 0)
            return word_figures[i].sign * word_figures[i].of(score);
    return NAN;
}

kd_status kd_measure_put_words(kd_object_draft *draft, const kd_dataset *dataset, kd_split split,
                               const kd_masked_score *score, const kd_counts *by_row, kd_error *err)
{
    place to = { draft, split };
    for (int i = 0; i < WORD_FIGURES; i++)
        take_metric(&to, word_figures[i].name, word_figures[i].of(score));
    take_metric(&to, "masked.asked", (double)score->asked);
    put_gold(draft, dataset, split);
    return put_counts(draft, split, dataset->split[split].sentences, by_row, err);
}
