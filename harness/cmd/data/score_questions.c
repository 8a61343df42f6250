/* score_questions.c - `kdgrid data score` of answers: GOLD as SQuAD or BioASQ has it, PREDICTED in one of three forms.
 *
 *     {"q1": "FBN1", "q2": ""}                             one answer each, as SQuAD's evaluation takes them
 *     {"q1": ["FBN1", "fibrillin"], "q2": []}              the best first
 *     {"id": "q1", "answers": [{"text": "FBN1"}, ...]}     a line each, as `kdgrid predict` writes
 */
#include <stdlib.h>
#include <string.h>

#include "distill/candidates.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/map.h"
#include "harness/cmd/data/data.h"

typedef struct {
    kd_corpus       gold;
    const char     *path;    /* of the predictions */
    kd_map         *numbers; /* id -> question */
    kd_answer_lists said;
    bool           *has; /* (questions) an answer was read */
    kd_arena       *arena;
} job;

/* ---- reading ---- */

static void add_answer(job *j, int64_t question, const char *text)
{
    int32_t *count = &j->said.count[question];
    if (*count == j->said.most) return;
    j->said.items[question * j->said.most + (*count)++] =
        (kd_answer_text){ kd_arena_strdup(j->arena, text), strlen(text) };
}

/* Its text, or that of an object with one; those of a list. */
static kd_status add_answers(job *j, const char *id, const kd_json *value, kd_error *err)
{
    int64_t question = kd_map_number(j->numbers, id, -1);
    bool    is_list = kd_json_type_of(value) == KD_JSON_ARRAY;
    if (question < 0)
        return kd_fail(err, KD_EDATA, "%s: no question %s in %s", j->path, id, j->gold.name);
    if (j->has[question])
        return kd_fail(err, KD_EDATA, "%s: question %s is answered twice", j->path, id);
    j->has[question] = true;
    for (size_t i = 0; i < (is_list ? kd_json_count(value) : 1); i++) {
        const kd_json *one = is_list ? kd_json_at(value, i) : value;
        if (kd_json_type_of(one) == KD_JSON_OBJECT) one = kd_json_get(one, "text");
        if (kd_json_type_of(one) != KD_JSON_TEXT)
            return kd_fail(err, KD_EDATA, "%s: question %s: expected the text of an answer",
                           j->path, id);
        add_answer(j, question, kd_json_to_text(one, ""));
    }
    return KD_OK;
}

typedef struct {
    job      *job;
    kd_status status;
    kd_error *err;
} walking;

static void visit(const char *id, const kd_json *value, void *user)
{
    walking *w = user;
    if (w->status == KD_OK) w->status = add_answers(w->job, id, value, w->err);
}

static kd_status take_object(job *j, const kd_json *root, kd_error *err)
{
    const kd_json *id = kd_json_get(root, "id"), *answers = kd_json_get(root, "answers");
    walking        w = { j, KD_OK, err };
    if (kd_json_type_of(root) != KD_JSON_OBJECT)
        return kd_fail(err, KD_EDATA, "%s: expected an object of answers", j->path);
    if (kd_json_type_of(id) == KD_JSON_TEXT && kd_json_type_of(answers) == KD_JSON_ARRAY)
        return add_answers(j, kd_json_to_text(id, ""), answers, err);
    kd_json_each(root, visit, &w);
    return w.status;
}

static kd_status take_text(job *j, const char *text, size_t length, const char *name, kd_error *err)
{
    kd_json_document *document;
    kd_status         status = kd_json_parse(&document, text, length, name, err);
    if (status != KD_OK) return status;
    status = take_object(j, kd_json_root(document), err);
    kd_json_close(document);
    return status;
}

/* One object, or one a line: where the first line is no whole object, the file is one. */
static kd_status read_predicted(job *j, kd_error *err)
{
    enum { LARGEST = 512 << 20 };
    kd_fs_view        map;
    kd_json_document *first;
    kd_status         status = kd_fs_map(&map, j->path, err);
    if (status != KD_OK) return status;
    const char *end = map.bytes + map.length, *stop = memchr(map.bytes, '\n', map.length);
    bool        are_lines =
        stop && kd_json_parse(&first, map.bytes, (size_t)(stop - map.bytes), "", NULL) == KD_OK;
    if (are_lines) kd_json_close(first);
    if (map.length > LARGEST)
        status = kd_fail(err, KD_EDATA, "%s: has %zu bytes, more than the %d that are read",
                         j->path, map.length, LARGEST);
    else if (!are_lines)
        status = take_text(j, map.bytes, map.length, j->path, err);
    int line = 0;
    for (const char *at = map.bytes; are_lines && status == KD_OK && at < end; at = stop + 1) {
        char *name = kd_sprintf("%s:%d", j->path, ++line);
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        if (stop > at) status = take_text(j, at, (size_t)(stop - at), name, err);
        free(name);
    }
    kd_fs_unmap(&map);
    return status;
}

/* ---- scores ---- */

static void print_scores(const kd_answer_scores *s, const job *j, bool as_json, kd_str *out)
{
    const struct {
        const char *name;
        double      value;
    } rows[] = { { "em", s->em },
                 { "f1", s->f1 },
                 { "strict", s->strict },
                 { "lenient", s->lenient },
                 { "mrr", s->mrr } };
    kd_json_writer w;
    if (as_json) {
        kd_json_start(&w, out, 2);
        kd_json_begin(&w, '{');
        kd_json_put_int(&w, "questions", j->gold.questions.count);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (as_json)
            kd_json_put_real(&w, rows[i].name, rows[i].value);
        else
            kd_str_addf(out, "%-24s %9.6f\n", rows[i].name, rows[i].value);
    if (!as_json) return;
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

static void score(const job *j, bool as_json, bool wants_counts, kd_str *out)
{
    size_t             n = (size_t)j->gold.questions.count;
    kd_question_worth *worth = kd_alloc(n + 1, sizeof *worth);
    kd_answer_scores   scores = kd_answers_score(&j->said, &j->gold.questions, worth);
    for (size_t q = 0; q < n && wants_counts; q++) {
        kd_counts c = kd_question_counts(&worth[q]);
        kd_str_addf(out, "%d\t%d\t%d\n", c.tp, c.predicted, c.gold);
    }
    if (!wants_counts) print_scores(&scores, j, as_json, out);
    free(worth);
}

static void number_questions(job *j)
{
    const kd_questions *q = &j->gold.questions;
    j->numbers = kd_map_create();
    for (size_t i = 0; i < q->rows.count; i++)
        kd_map_put_number(j->numbers, q->rows.items[i].id, q->rows.items[i].number);
    size_t n = (size_t)q->count;
    j->said = (kd_answer_lists){ .questions = q->count, .most = KD_CANDIDATES };
    j->said.count = kd_alloc(n + 1, sizeof *j->said.count);
    j->said.items = kd_alloc(n * KD_CANDIDATES + 1, sizeof *j->said.items);
    j->has = kd_alloc(n + 1, sizeof *j->has);
}

static void tell_missing(const job *j)
{
    int missing = 0;
    for (int q = 0; q < j->said.questions; q++) missing += !j->has[q];
    if (missing > 0)
        kd_log_warning("%s: %d of %d questions have no answer there, which counts as an empty one",
                       j->path, missing, j->said.questions);
}

kd_status kd_data_score_questions(const char *gold, const char *predicted, bool as_json,
                                  bool wants_counts, kd_str *out, kd_error *err)
{
    job       j = { .path = predicted };
    kd_status status = kd_corpus_read(&j.gold, gold, KD_TASK_QA, NULL, NULL, err);
    if (status != KD_OK) return status;
    j.arena = kd_arena_create(0);
    number_questions(&j);
    kd_data_tell_notes(&j.gold);
    if ((status = read_predicted(&j, err)) == KD_OK) {
        tell_missing(&j);
        score(&j, as_json, wants_counts, out);
    }
    free(j.said.count);
    free(j.said.items);
    free(j.has);
    kd_map_destroy(j.numbers);
    kd_arena_destroy(j.arena);
    kd_corpus_fini(&j.gold);
    return status;
}
