/* predictions.c - answers from the cell, gold from its corpus, words from the corpus's files. */
#include "harness/review/predictions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/candidates.h"
#include "harness/base/json.h"
#include "harness/base/vec.h"
#include "harness/cell/source_corpus.h"

/* One split of one cell. */
typedef struct kd_predictions {
    const kd_store  *store;
    kd_split         split;
    kd_arena        *arena;
    kd_object       *object; /* of the cell */
    kd_resolved      corpus; /* the node that it learned from */
    kd_dataset       dataset;
    bool             has_dataset;
    kd_source_corpus source;
    bool             has_source; /* it was opened, and is to be closed */
    const kd_corpus *words;      /* NULL when they are not to be had */
    KD_VEC(const char *) pieces; /* then these, by number */
    const int16_t *tags;         /* (words) */
    const int32_t *classes;      /* (B) */
    const int32_t *answers;      /* (questions, 5, 3) row, begin and end of each candidate */
} job;

/* ---- reading ---- */

static kd_status resolve(job *j, kd_object *object, kd_resolved *out, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_object_get_text(object, "resolved", &text, err);
    if (status == KD_OK) status = kd_resolved_parse(out, j->arena, text.text, "its text", err);
    kd_str_fini(&text);
    return status;
}

/* From 0, never back, to the end. */
static bool are_bounds(const int32_t *begin, int sentences, int end)
{
    for (int b = 0; b < sentences; b++)
        if (begin[b] > begin[b + 1]) return false;
    return begin[0] == 0 && begin[sentences] == end;
}

/* What the lines are made from: an object may hold anything. */
static kd_status check_pack(const kd_pack *pack, kd_error *err)
{
    bool is_whole = pack->sentences > 0 && pack->ids && pack->word &&
                    are_bounds(pack->piece_begin, pack->sentences, pack->pieces);
    if (is_whole && pack->task == KD_TASK_NER)
        is_whole = pack->word_begin && pack->word_tags &&
                   are_bounds(pack->word_begin, pack->sentences, pack->words);
    if (is_whole && pack->task != KD_TASK_NER) is_whole = pack->labels || pack->questions;
    return is_whole ? KD_OK : kd_fail(err, KD_EDATA, "its corpus has no such split");
}

static kd_status open_corpus(job *j, kd_error *err)
{
    kd_resolved cell;
    kd_object  *corpus;
    kd_status   status = resolve(j, j->object, &cell, err);
    if (status != KD_OK) return status;
    kd_id id = kd_resolved_input_id(&cell, KD_INPUT_CORPUS);
    if (kd_id_is_none(id)) return kd_fail(err, KD_EDATA, "it has no corpus");
    status = kd_dataset_load(&j->dataset, j->store, id, 1u << j->split, err);
    if (status != KD_OK) return status;
    j->has_dataset = true;
    if ((status = check_pack(&j->dataset.split[j->split], err)) != KD_OK) return status;
    if ((status = kd_object_open(&corpus, j->store, id, err)) != KD_OK) return status;
    status = resolve(j, corpus, &j->corpus, err);
    kd_object_close(corpus);
    return status;
}

enum { ANSWERS = 5, OF_ANSWER = 3, PLACES = ANSWERS * OF_ANSWER };

/* Whether each stands in a text of the questions; -1 is none. */
static bool are_answers(const kd_questions *questions, const int32_t *places, size_t columns)
{
    if (columns != PLACES) return false;
    for (size_t i = 0; i < (size_t)questions->count * ANSWERS; i++) {
        const int32_t *p = places + i * OF_ANSWER;
        if (p[0] < -1 || p[0] >= (int32_t)questions->rows.count || p[1] < -1 || p[2] < p[1])
            return false;
    }
    return true;
}

static kd_status take_answers(job *j, kd_error *err)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    bool           are_tags = pack->task == KD_TASK_NER;
    size_t         want = (size_t)(are_tags ? pack->words : pack->sentences), rows, columns;
    if (pack->questions) want = (size_t)pack->questions->count;
    char  name[64];
    void *data;
    bool  has;
    snprintf(name, sizeof name, "predictions/%s", kd_split_word(j->split));
    kd_status status = kd_object_has(j->object, name, &has, err);
    if (status == KD_OK && !has)
        return kd_fail(err, KD_EDATA, "it kept no answers of %s", kd_split_word(j->split));
    if (status == KD_OK)
        status = kd_object_take(j->object, name, are_tags ? KD_H5_I16 : KD_H5_I32, j->arena, &data,
                                &rows, &columns, err);
    if (status == KD_OK && rows != want)
        status =
            kd_fail(err, KD_EDATA, "%s: %zu answers, and its corpus has %zu", name, rows, want);
    j->tags = are_tags ? data : NULL;
    j->classes = are_tags || pack->questions ? NULL : data;
    j->answers = pack->questions ? data : NULL;
    if (status == KD_OK && j->answers && !are_answers(pack->questions, data, columns))
        status = kd_fail(err, KD_EDATA, "%s: no answers to its questions", name);
    return status;
}

/* ---- words ---- */

/* The files, when they still are what the corpus was made from. */
static kd_status find_words(job *j, kd_error *err)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    j->has_source = true;
    kd_status status = kd_source_corpus_open(&j->source, &j->corpus, err);
    if (status != KD_OK) return status;
    const kd_corpus *words = &j->source.split[j->split];
    size_t           want = (size_t)(pack->task == KD_TASK_NER ? pack->words : pack->sentences);
    if (pack->task == KD_TASK_PAIR) want *= 2;
    if (words->words.count != want)
        return kd_fail(err, KD_EDATA, "%s: has %zu words, and the corpus object %zu", words->name,
                       words->words.count, want);
    j->words = words;
    return KD_OK;
}

static void list_pieces(job *j)
{
    char *text = kd_arena_strdup(j->arena, j->dataset.vocab_text), *line;
    while ((line = strsep(&text, "\n")) != NULL) kd_vec_push(&j->pieces, line);
}

static const char *piece_of(const job *j, int n)
{
    int32_t id = j->dataset.split[j->split].ids[n];
    return id >= 0 && (size_t)id < j->pieces.count ? j->pieces.items[id] : "[UNK]";
}

/* The pieces of a sentence's word or text, or of all of it; *n is where to look, and where to go on. */
static void add_pieces(const job *j, int *n, int end, int word, kd_str *out)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    size_t         before = out->length;
    for (; *n < end && (word < 0 || pack->word[*n] <= word); ++*n) {
        const char *piece = piece_of(j, *n);
        bool        goes_on = kd_starts_with(piece, "##");
        if (pack->word[*n] < 0) continue;
        if (pack->task != KD_TASK_NER && !goes_on && out->length > before)
            kd_str_add_char(out, ' ');
        kd_str_add(out, goes_on ? piece + 2 : piece);
    }
    if (out->length == before) kd_str_add(out, "[CUT]");
}

/* A word of one field, whatever is in it. */
static void add_word(const job *j, int number, kd_str *out)
{
    const kd_word *word = &j->words->words.items[number];
    for (uint32_t i = 0; i < word->length; i++)
        kd_str_add_char(out, strchr("\t\r\n", word->text[i]) ? ' ' : word->text[i]);
}

/* ---- lines ---- */

static const char *label_of(const job *j, int id)
{
    return id >= 0 && id < kd_labels_count(j->dataset.labels)
               ? kd_labels_name(j->dataset.labels, id)
               : "?";
}

static void add_tagged(const job *j, kd_str *out)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    for (int b = 0; b < pack->sentences; b++) {
        int n = pack->piece_begin[b];
        for (int w = pack->word_begin[b]; w < pack->word_begin[b + 1]; w++) {
            if (j->words)
                add_word(j, w, out);
            else
                add_pieces(j, &n, pack->piece_begin[b + 1], w - pack->word_begin[b], out);
            kd_str_addf(out, "\t%s\t%s\n", label_of(j, pack->word_tags[w]),
                        label_of(j, j->tags[w]));
        }
        kd_str_add_char(out, '\n');
    }
}

/* A class by its name; a set as its names with commas between, or "-". */
static void add_classes(const job *j, int32_t value, kd_str *out)
{
    size_t before = out->length;
    if (j->dataset.task != KD_TASK_HOC) {
        kd_str_add(out, label_of(j, value));
        return;
    }
    for (int k = 0; k < kd_labels_count(j->dataset.labels); k++)
        if (value >> k & 1)
            kd_str_addf(out, "%s%s", out->length > before ? "," : "", label_of(j, k));
    if (out->length == before) kd_str_add_char(out, '-');
}

/* The text of a sentence, or its two with a tab between. */
static void add_texts(const job *j, int sentence, kd_str *out)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    int            texts = kd_task_of(pack->task)->texts, n = pack->piece_begin[sentence];
    for (int t = 0; t < texts; t++) {
        if (t > 0) kd_str_add_char(out, '\t');
        if (j->words)
            add_word(j, texts * sentence + t, out);
        else
            add_pieces(j, &n, pack->piece_begin[sentence + 1], texts == 2 ? t : -1, out);
    }
}

static void add_classed(const job *j, kd_str *out)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    for (int b = 0; b < pack->sentences; b++) {
        add_texts(j, b, out);
        kd_str_add_char(out, '\t');
        add_classes(j, pack->labels[b], out);
        kd_str_add_char(out, '\t');
        add_classes(j, j->classes[b], out);
        kd_str_add_char(out, '\n');
    }
}

/* A line a question, as predict has it; places are of the text that `row` says. */
static void add_answered(const job *j, kd_str *out)
{
    const kd_questions *questions = j->dataset.split[j->split].questions;
    kd_json_writer      w;
    for (int32_t q = 0; q < questions->count; q++) {
        kd_json_start(&w, out, 0);
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "id", questions->rows.items[questions->first.items[q]].id);
        kd_json_key(&w, "answers");
        kd_json_begin(&w, '[');
        for (int i = 0; i < ANSWERS; i++) {
            const int32_t *p = j->answers + ((size_t)q * ANSWERS + (size_t)i) * OF_ANSWER;
            kd_candidate   c = { .row = p[0], .begin = p[1], .end = p[2] };
            size_t         length;
            if (p[0] < 0) break;
            char *text = kd_strdup(kd_candidate_text(questions, &c, &length));
            text[length] = '\0';
            kd_json_begin(&w, '{');
            kd_json_put_int(&w, "row", p[0]);
            kd_json_put_int(&w, "begin", p[1]);
            kd_json_put_int(&w, "end", p[2]);
            kd_json_put_text(&w, "text", text);
            kd_json_end(&w, '}');
            free(text);
        }
        kd_json_end(&w, ']');
        kd_json_end(&w, '}');
        kd_str_add_char(out, '\n');
    }
}

/* ---- the whole ---- */

static void close_job(job *j)
{
    if (j->has_source) kd_source_corpus_close(&j->source);
    if (j->has_dataset) kd_dataset_fini(&j->dataset);
    kd_object_close(j->object);
    kd_vec_fini(&j->pieces);
    kd_arena_destroy(j->arena);
}

/* Of what was said and of what is so; a set of classes has a bit for each. */
static bool are_labels(const job *j)
{
    const kd_pack *pack = &j->dataset.split[j->split];
    int            k = kd_labels_count(j->dataset.labels);
    bool           are_sets = j->dataset.task == KD_TASK_HOC;
    int64_t        end = are_sets && k < 32 ? (int64_t)1 << k : are_sets ? INT32_MAX : k;
    for (int w = 0; j->tags && w < pack->words; w++)
        if (j->tags[w] >= k || pack->word_tags[w] >= k) return false;
    for (int b = 0; j->classes && b < pack->sentences; b++)
        if (j->classes[b] < 0 || j->classes[b] >= end || pack->labels[b] < 0 ||
            pack->labels[b] >= end)
            return false;
    return true;
}

kd_status kd_predictions_open(kd_predictions **out, const kd_store *store, kd_id cell,
                              kd_split split, kd_error *err)
{
    job      *j = kd_alloc(1, sizeof *j);
    char      id[KD_ID_TEXT];
    kd_status status;
    *j = (job){ .store = store, .split = split, .arena = kd_arena_create(0) };
    status = kd_object_open(&j->object, store, cell, err);
    if (status == KD_OK) status = open_corpus(j, err);
    if (status == KD_OK) status = take_answers(j, err);
    if (status == KD_OK && !are_labels(j))
        status = kd_fail(err, KD_EDATA, "its answers are no labels of its corpus");
    if (status == KD_OK) {
        *out = j;
        return KD_OK;
    }
    kd_predictions_close(j);
    kd_id_text(id, cell);
    return kd_while(err, status, "cell %s", id);
}

kd_predicted kd_predictions_look(const kd_predictions *predictions)
{
    return (kd_predicted){ .labels = predictions->dataset.labels,
                           .pack = &predictions->dataset.split[predictions->split],
                           .tags = predictions->tags,
                           .classes = predictions->classes };
}

void kd_predictions_close(kd_predictions *predictions)
{
    if (predictions == NULL) return;
    close_job(predictions);
    free(predictions);
}

kd_status kd_predictions_conll(kd_str *out, const kd_store *store, kd_id cell, kd_split split,
                               kd_str *notice, kd_error *err)
{
    job       j = { .store = store, .split = split, .arena = kd_arena_create(0) };
    char      id[KD_ID_TEXT];
    kd_error  why;
    kd_status status = kd_object_open(&j.object, store, cell, err);
    if (status == KD_OK) status = open_corpus(&j, err);
    if (status == KD_OK) status = take_answers(&j, err);
    if (status == KD_OK && !j.answers && find_words(&j, &why) != KD_OK) {
        kd_str_addf(notice, "%s; words are put together from pieces\n", why.text);
        list_pieces(&j);
    }
    if (status == KD_OK && j.answers)
        add_answered(&j, out);
    else if (status == KD_OK && j.tags)
        add_tagged(&j, out);
    else if (status == KD_OK)
        add_classed(&j, out);
    close_job(&j);
    if (status == KD_OK) return KD_OK;
    kd_id_text(id, cell);
    return kd_while(err, status, "cell %s", id);
}

kd_status kd_predictions_counts(kd_str *out, const kd_store *store, kd_id cell, kd_split split,
                                kd_error *err)
{
    kd_object *object;
    kd_arena  *arena = kd_arena_create(0);
    char       name[64], id[KD_ID_TEXT];
    void      *data = NULL;
    bool       has = false;
    size_t     rows = 0, columns;
    kd_status  status = kd_object_open(&object, store, cell, err);
    snprintf(name, sizeof name, "counts/%s", kd_split_word(split));
    if (status == KD_OK) status = kd_object_has(object, name, &has, err);
    if (status == KD_OK && !has)
        status = kd_fail(err, KD_EDATA, "it kept no counts of %s", kd_split_word(split));
    if (status == KD_OK)
        status = kd_object_take(object, name, KD_H5_I32, arena, &data, &rows, &columns, err);
    if (status == KD_OK && columns != 3)
        status = kd_fail(err, KD_EDATA, "%s: expected 3 columns, found %zu", name, columns);
    const int32_t *counts = data;
    for (size_t i = 0; status == KD_OK && i < rows; i++)
        kd_str_addf(out, "%d\t%d\t%d\n", counts[3 * i], counts[3 * i + 1], counts[3 * i + 2]);
    kd_object_close(object);
    kd_arena_destroy(arena);
    if (status == KD_OK) return KD_OK;
    kd_id_text(id, cell);
    return kd_while(err, status, "cell %s", id);
}
