/* questions.c - the published forms, read as JSON; the place of a mistake is a path in it. */
#include "models/text/questions.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/base/json.h"
#include "harness/base/map.h"
#include "models/text/unicode.h"

typedef KD_VEC(const char *) names;

enum { LONGEST = 1 << 20 /* bytes of a text; a longer one is refused */ };

typedef struct {
    kd_questions *out;
    kd_arena     *arena;
    const char   *name;
    kd_map       *numbers; /* id -> number of the question */
    int64_t      *nowhere;
    bool          is_verdict; /* what is answered with yes or no, and not by a part of the text */
    kd_status     status;     /* of PubMedQA, whose questions are visited */
    char          place[160]; /* "data[0].paragraphs[2].qas[1]" */
    kd_error     *err;
} reader;

__attribute__((format(printf, 2, 3))) static kd_status fail(const reader *r, const char *fmt, ...)
{
    char    text[sizeof r->err->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return kd_fail(r->err, KD_EDATA, "%s: %s: %s", r->name, r->place, text);
}

/* ---- texts ---- */

static kd_status take_text(const reader *r, const kd_json *object, const char *key,
                           const char **out)
{
    const char *text = kd_json_to_text(kd_json_get(object, key), NULL);
    if (!text) return fail(r, "%s: expected a text", key);
    if (text[strspn(text, " \t\r\n")] == '\0') return fail(r, "%s: is empty", key);
    if (strlen(text) >= LONGEST) return fail(r, "%s: longer than %d bytes", key, LONGEST);
    *out = kd_arena_strdup(r->arena, text);
    return KD_OK;
}

size_t kd_characters(const char *text, int32_t *begin, int32_t end)
{
    size_t  length = strlen(text), at = 0, first = 0;
    int32_t c = 0;
    for (; at < length && c < end; c++) {
        if (c == *begin) first = at;
        kd_utf8_next(text, length, &at);
    }
    if (c <= *begin) first = at;
    *begin = (int32_t)first;
    return at - first;
}

/* Where the answer stands first; in any case when in no other way. NULL when nowhere. */
static const char *find(const char *context, const char *answer)
{
    const char *found = strstr(context, answer);
    size_t      length = strlen(answer);
    for (const char *at = context; !found && *at; at++)
        if (strncasecmp(at, answer, length) == 0) found = at;
    return found;
}

static void set_place(kd_gold *gold, const char *context, const char *found)
{
    gold->begin = (int32_t)kd_utf8_count(context, (size_t)(found - context));
    gold->end = gold->begin + (int32_t)kd_utf8_count(found, strlen(gold->text));
}

static kd_status check_place(const reader *r, kd_gold *gold, const char *context, int64_t start)
{
    int32_t characters = (int32_t)kd_utf8_count(context, strlen(context));
    int32_t byte = (int32_t)(start < 0 || start > characters ? characters : start);
    kd_characters(context, &byte, byte);
    if (strncmp(context + byte, gold->text, strlen(gold->text)) == 0) {
        set_place(gold, context, context + byte);
        return KD_OK;
    }
    return fail(r, "the answer \"%.60s\" does not stand at character %lld of its context%s",
                gold->text, (long long)start,
                find(context, gold->text) ? "" : ", nor anywhere in it");
}

static void look_for(kd_gold *gold, const char *context)
{
    const char *found = find(context, gold->text);
    gold->begin = gold->end = -1;
    if (found) set_place(gold, context, found);
}

/* ---- rows ---- */

/* Length of the id without the number of a snippet. */
static size_t stem(const char *id)
{
    size_t length = strlen(id);
    bool   is_numbered = length > 4 && id[length - 4] == '_';
    for (int i = 1; i <= 3 && is_numbered; i++)
        is_numbered = isdigit((unsigned char)id[length - (size_t)i]);
    return is_numbered ? length - 4 : length;
}

static void push_row(reader *r, kd_question row)
{
    size_t              length = stem(row.id);
    const kd_map_value *known = kd_map_get_n(r->numbers, row.id, length);
    bool                has_place = row.count == 0;
    row.id = kd_arena_strndup(r->arena, row.id, length);
    row.number = known ? (int32_t)known->number : r->out->count;
    if (!known) kd_map_put_number(r->numbers, row.id, r->out->count);
    for (int i = 0; i < row.count; i++) has_place |= row.answers[i].begin >= 0;
    if (!has_place && r->nowhere) ++*r->nowhere;
    kd_questions_add(r->out, row);
}

static kd_status read_answer(const reader *r, const kd_json *answer, const char *context,
                             kd_gold *out)
{
    const kd_json *start = kd_json_get(answer, "answer_start");
    kd_status      status = take_text(r, answer, "text", &out->text);
    if (status != KD_OK) return status;
    if (kd_json_type_of(start) == KD_JSON_INT)
        return check_place(r, out, context, kd_json_to_int(start, -1));
    if (kd_json_type_of(start) != KD_JSON_NULL)
        return fail(r, "answer_start: expected the number of a character");
    look_for(out, context);
    return KD_OK;
}

/* Yes or no in any case: a text, the only one of a list, or the text of an object. */
static kd_status read_verdict(const reader *r, const kd_json *said, const char *key,
                              const char **out)
{
    if (kd_json_type_of(said) == KD_JSON_ARRAY && kd_json_count(said) == 1)
        said = kd_json_at(said, 0);
    if (kd_json_type_of(said) == KD_JSON_OBJECT) said = kd_json_get(said, "text");
    const char *text = kd_json_to_text(said, "");
    *out = strcasecmp(text, "yes") == 0 ? "yes" : "no";
    if (strcasecmp(text, *out) == 0) return KD_OK;
    return fail(r, "%s: expected yes or no", key);
}

static kd_status read_yes_no(const reader *r, const kd_json *question, kd_question *row)
{
    kd_gold *gold = kd_arena_zero(r->arena, 1, sizeof *gold);
    gold->begin = gold->end = -1;
    row->count = 1;
    row->answers = gold;
    return read_verdict(r, kd_json_get(question, "answers"), "answers", &gold->text);
}

static kd_status read_answers(const reader *r, const kd_json *question, kd_question *row)
{
    const kd_json *answers = kd_json_get(question, "answers");
    bool           has_none = kd_json_to_bool(kd_json_get(question, "is_impossible"), false);
    size_t         count = kd_json_type_of(answers) == KD_JSON_ARRAY ? kd_json_count(answers) : 0;
    if (has_none && count > 0) return fail(r, "is_impossible, and it has answers");
    if (!has_none && count == 0)
        return fail(r, "no answers; is_impossible = true would say that it has none");
    kd_gold  *gold = kd_arena_zero(r->arena, count + 1, sizeof *gold);
    kd_status status = KD_OK;
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = read_answer(r, kd_json_at(answers, i), row->context, &gold[i]);
    row->count = (int)count;
    row->answers = gold;
    return status;
}

/* ---- SQuAD: data[].paragraphs[]{context, qas[]{id, question, answers[]{text, answer_start}}} ---- */

static kd_status read_paragraph(reader *r, const kd_json *paragraph, const char *place)
{
    const kd_json *asked = kd_json_get(paragraph, "qas");
    const char    *context;
    snprintf(r->place, sizeof r->place, "%s", place);
    kd_status status = take_text(r, paragraph, "context", &context);
    if (status == KD_OK && kd_json_type_of(asked) != KD_JSON_ARRAY)
        status = fail(r, "qas: expected a list of questions");
    for (size_t q = 0; q < kd_json_count(asked) && status == KD_OK; q++) {
        const kd_json *question = kd_json_at(asked, q);
        kd_question    row = { .context = context };
        snprintf(r->place, sizeof r->place, "%s.qas[%zu]", place, q);
        if ((status = take_text(r, question, "id", &row.id)) == KD_OK &&
            (status = take_text(r, question, "question", &row.question)) == KD_OK &&
            (status = (r->is_verdict ? read_yes_no : read_answers)(r, question, &row)) == KD_OK)
            push_row(r, row);
    }
    return status;
}

static kd_status read_articles(reader *r, const kd_json *data)
{
    kd_status status = KD_OK;
    for (size_t a = 0; a < kd_json_count(data) && status == KD_OK; a++) {
        const kd_json *paragraphs = kd_json_get(kd_json_at(data, a), "paragraphs");
        snprintf(r->place, sizeof r->place, "data[%zu]", a);
        if (kd_json_type_of(paragraphs) != KD_JSON_ARRAY)
            return fail(r, "paragraphs: expected a list");
        for (size_t p = 0; p < kd_json_count(paragraphs) && status == KD_OK; p++) {
            char place[64];
            snprintf(place, sizeof place, "data[%zu].paragraphs[%zu]", a, p);
            status = read_paragraph(r, kd_json_at(paragraphs, p), place);
        }
    }
    return status;
}

/* ---- BioASQ: questions[]{id, type, body, snippets[]{text}, exact_answer} ---- */

/* Names of the answer, in the flat form of early years or the lists of synonyms of later ones. */
static kd_status add_names(const reader *r, const kd_json *exact, names *out)
{
    const char *text = kd_json_to_text(exact, NULL);
    kd_status   status = KD_OK;
    if (text && text[strspn(text, " \t\r\n")]) {
        kd_vec_push(out, kd_arena_strdup(r->arena, text));
        return KD_OK;
    }
    if (kd_json_type_of(exact) != KD_JSON_ARRAY || kd_json_count(exact) == 0)
        return fail(r, "exact_answer: expected a text or lists of them");
    for (size_t i = 0; i < kd_json_count(exact) && status == KD_OK; i++)
        status = add_names(r, kd_json_at(exact, i), out);
    return status;
}

/* The same names are looked for in each snippet. */
static void push_snippet(reader *r, kd_question row, const names *exact)
{
    kd_gold *gold = kd_arena_zero(r->arena, exact->count, sizeof *gold);
    for (size_t i = 0; i < exact->count; i++) {
        gold[i].text = exact->items[i];
        look_for(&gold[i], row.context);
    }
    row.count = (int)exact->count;
    row.answers = gold;
    push_row(r, row);
}

static kd_status read_snippets(reader *r, const kd_json *question, const char *place,
                               const names *exact)
{
    const kd_json *snippets = kd_json_get(question, "snippets");
    kd_question    row = { 0 };
    kd_status      status;
    if ((status = take_text(r, question, "id", &row.id)) != KD_OK ||
        (status = take_text(r, question, "body", &row.question)) != KD_OK)
        return status;
    if (kd_json_type_of(snippets) != KD_JSON_ARRAY || kd_json_count(snippets) == 0)
        return fail(r, "snippets: expected a list of texts");
    for (size_t i = 0; i < kd_json_count(snippets) && status == KD_OK; i++) {
        snprintf(r->place, sizeof r->place, "%s.snippets[%zu]", place, i);
        status = take_text(r, kd_json_at(snippets, i), "text", &row.context);
        if (status == KD_OK) push_snippet(r, row, exact);
    }
    return status;
}

static kd_status add_exact(const reader *r, const kd_json *exact, names *out)
{
    const char *verdict;
    if (!r->is_verdict) return add_names(r, exact, out);
    kd_status status = read_verdict(r, exact, "exact_answer", &verdict);
    if (status == KD_OK) kd_vec_push(out, verdict);
    return status;
}

static kd_status read_typed(reader *r, const kd_json *questions)
{
    const char *type = r->is_verdict ? "yesno" : "factoid";
    kd_status   status = KD_OK;
    for (size_t q = 0; q < kd_json_count(questions) && status == KD_OK; q++) {
        const kd_json *question = kd_json_at(questions, q);
        names          exact = KD_VEC_INIT;
        char           place[64];
        if (strcmp(kd_json_to_text(kd_json_get(question, "type"), ""), type) != 0) continue;
        snprintf(place, sizeof place, "questions[%zu]", q);
        snprintf(r->place, sizeof r->place, "%s", place);
        status = add_exact(r, kd_json_get(question, "exact_answer"), &exact);
        if (status == KD_OK) status = read_snippets(r, question, place, &exact);
        kd_vec_fini(&exact);
    }
    return status;
}

/* ---- PubMedQA: {id: {QUESTION, CONTEXTS[], final_decision}} ---- */

static kd_status read_decision(const reader *r, const kd_json *article, kd_gold *out)
{
    static const char *const verdicts[] = { "yes", "no", "maybe" };
    const char              *said = kd_json_to_text(kd_json_get(article, "final_decision"), "");
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (strcasecmp(said, verdicts[i]) == 0) out->text = verdicts[i];
    out->begin = out->end = -1;
    return out->text ? KD_OK : fail(r, "final_decision: expected yes, no or maybe");
}

static kd_status read_contexts(reader *r, const kd_json *article, kd_question row)
{
    const kd_json *contexts = kd_json_get(article, "CONTEXTS");
    if (kd_json_type_of(contexts) != KD_JSON_ARRAY || kd_json_count(contexts) == 0)
        return fail(r, "CONTEXTS: expected a list of texts");
    for (size_t i = 0; i < kd_json_count(contexts); i++) {
        const char *text = kd_json_to_text(kd_json_at(contexts, i), "");
        if (text[strspn(text, " \t\r\n")] == '\0')
            return fail(r, "CONTEXTS[%zu]: expected a text", i);
        if (strlen(text) >= LONGEST)
            return fail(r, "CONTEXTS[%zu]: longer than %d bytes", i, LONGEST);
        row.context = kd_arena_strdup(r->arena, text);
        push_row(r, row);
    }
    return KD_OK;
}

static void read_article(const char *id, const kd_json *article, void *user)
{
    reader     *r = user;
    kd_gold    *gold = kd_arena_zero(r->arena, 1, sizeof *gold);
    kd_question row = { .id = kd_arena_strdup(r->arena, id), .count = 1, .answers = gold };
    if (r->status != KD_OK) return;
    snprintf(r->place, sizeof r->place, "%.100s", id);
    r->status = take_text(r, article, "QUESTION", &row.question);
    if (r->status == KD_OK) r->status = read_decision(r, article, gold);
    if (r->status == KD_OK) r->status = read_contexts(r, article, row);
}

static void look_for_decision(const char *id, const kd_json *article, void *user)
{
    (void)id;
    *(bool *)user |= kd_json_get(article, "final_decision") != NULL;
}

static bool has_decisions(const kd_json *root)
{
    bool has = false;
    if (kd_json_type_of(root) == KD_JSON_OBJECT) kd_json_each(root, look_for_decision, &has);
    return has;
}

static kd_status read_decided(reader *r, const kd_json *root)
{
    kd_json_each(root, read_article, r);
    return r->status;
}

static kd_status parse(reader *r, const char *bytes, size_t length)
{
    kd_json_document *document;
    kd_error         *err = r->err;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    kd_status status = kd_json_parse(&document, bytes, length, r->name, err);
    if (status != KD_OK) return status;
    const kd_json *root = kd_json_root(document);
    const kd_json *squad = kd_json_get(root, "data"), *bioasq = kd_json_get(root, "questions");
    size_t         before = r->out->rows.count;
    r->numbers = kd_map_create();
    if (kd_json_type_of(squad) == KD_JSON_ARRAY)
        status = read_articles(r, squad);
    else if (kd_json_type_of(bioasq) == KD_JSON_ARRAY)
        status = read_typed(r, bioasq);
    else if (r->is_verdict && has_decisions(root))
        status = read_decided(r, root);
    else
        status = kd_fail(
            err, KD_EDATA, "%s: neither SQuAD's \"data\" nor BioASQ's \"questions\" is here%s",
            r->name, has_decisions(root) ? ", but PubMedQA's, which are pairs: task = pair" : "");
    if (status == KD_OK && r->out->rows.count == before)
        status = kd_fail(err, KD_EDATA, "%s: no question that is answered %s", r->name,
                         r->is_verdict ? "with yes or no" : "in a text");
    kd_map_destroy(r->numbers);
    kd_json_close(document);
    return status;
}

kd_status kd_questions_parse(kd_questions *out, kd_arena *arena, const char *bytes, size_t length,
                             const char *name, int64_t *nowhere, kd_error *err)
{
    return parse(
        &(reader){ .out = out, .arena = arena, .name = name, .nowhere = nowhere, .err = err },
        bytes, length);
}

kd_status kd_questions_parse_verdicts(kd_questions *out, kd_arena *arena, const char *bytes,
                                      size_t length, const char *name, kd_error *err)
{
    return parse(
        &(reader){ .out = out, .arena = arena, .name = name, .is_verdict = true, .err = err },
        bytes, length);
}

/* ---- as a whole ---- */

/* In these letters: what was found in other ones has no place of its own, and is found there again. */
static bool stands(const kd_gold *gold, const char *context)
{
    int32_t byte = gold->begin;
    if (byte < 0) return false;
    kd_characters(context, &byte, gold->end);
    return strncmp(context + byte, gold->text, strlen(gold->text)) == 0;
}

static void print_answers(const kd_question *row, kd_json_writer *w)
{
    kd_json_key(w, "answers");
    kd_json_begin(w, '[');
    for (int i = 0; i < row->count; i++) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "text", row->answers[i].text);
        if (stands(&row->answers[i], row->context))
            kd_json_put_int(w, "answer_start", row->answers[i].begin);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
    if (row->count == 0) kd_json_put_bool(w, "is_impossible", true);
}

static void print_row(const kd_question *row, kd_json_writer *w)
{
    kd_json_begin(w, '{');
    kd_json_put_text(w, "context", row->context);
    kd_json_key(w, "qas");
    kd_json_begin(w, '[');
    kd_json_begin(w, '{');
    kd_json_put_text(w, "id", row->id);
    kd_json_put_text(w, "question", row->question);
    print_answers(row, w);
    kd_json_end(w, '}');
    kd_json_end(w, ']');
    kd_json_end(w, '}');
}

void kd_questions_print(const kd_questions *questions, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "version", questions->has_none ? "v2.0" : "1.1");
    kd_json_key(&w, "data");
    kd_json_begin(&w, '[');
    kd_json_begin(&w, '{');
    kd_json_key(&w, "paragraphs");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < questions->rows.count; i++) print_row(&questions->rows.items[i], &w);
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
}

/* A question's rows are a list in the order of the file; its end is known by the last row added. */
void kd_questions_add(kd_questions *questions, kd_question row)
{
    int32_t at = (int32_t)questions->rows.count;
    row.next = -1;
    if (row.number == questions->count) {
        questions->count++;
        kd_vec_push(&questions->first, at);
        kd_vec_push(&questions->last, at);
    } else {
        questions->rows.items[questions->last.items[row.number]].next = at;
        questions->last.items[row.number] = at;
    }
    questions->has_none |= row.count == 0;
    kd_vec_push(&questions->rows, row);
}

void kd_questions_keep(kd_questions *questions, int rows)
{
    kd_questions kept = { .count = 0 };
    for (int i = 0; i < rows; i++) kd_questions_add(&kept, questions->rows.items[i]);
    kd_questions_fini(questions);
    *questions = kept;
}

void kd_questions_fini(kd_questions *questions)
{
    kd_vec_fini(&questions->rows);
    kd_vec_fini(&questions->first);
    kd_vec_fini(&questions->last);
    *questions = (kd_questions){ .count = 0 };
}
