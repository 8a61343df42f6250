/* corpus_json.c - questions about texts, answered by a part of them or with yes, no or maybe, as JSON documents (questions.h).
 *
 * A document has no lines; the place of a mistake is a path in it. A folder has several, in the order of their names,
 * as BioASQ publishes the batches of a year.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/corpus_internal.h"

typedef struct {
    kd_corpus   *corpus;
    kd_questions questions; /* of all documents */
    kd_map      *ids;       /* of the documents before */
    int64_t      nowhere;
} reader;

/* One id in two documents is two questions of one name, and a mistake in one of them. */
static kd_status check_ids(reader *r, int32_t first, const char *name, kd_error *err)
{
    for (int32_t q = first; q < r->questions.count; q++) {
        const char *id = r->questions.rows.items[r->questions.first.items[q]].id;
        if (kd_map_get(r->ids, id))
            return kd_fail(err, KD_EDATA, "%s: question %s is in an earlier file, too", name, id);
        kd_map_put_number(r->ids, id, q);
    }
    return KD_OK;
}

static kd_status read_document(reader *r, kd_fs_view map, const char *name, kd_error *err)
{
    kd_arena *arena = r->corpus->arena;
    int32_t   first = r->questions.count;
    if (map.length > KD_DOCUMENT_LARGEST)
        return kd_fail(err, KD_EDATA, "%s: has %zu bytes, more than the %d that are read", name,
                       map.length, KD_DOCUMENT_LARGEST);
    kd_status status =
        r->corpus->task == KD_TASK_QA
            ? kd_questions_parse(&r->questions, arena, map.bytes, map.length, name, &r->nowhere,
                                 err)
            : kd_questions_parse_verdicts(&r->questions, arena, map.bytes, map.length, name, err);
    return status == KD_OK ? check_ids(r, first, name, err) : status;
}

static kd_status read_file(reader *r, const char *name, kd_error *err)
{
    char      *path = kd_fs_join(r->corpus->name, name);
    kd_fs_view map = { .length = 0 };
    kd_status  status = kd_fs_map(&map, path, err);
    if (status == KD_OK) status = read_document(r, map, path, err);
    kd_fs_unmap(&map);
    free(path);
    return status;
}

static kd_status read_folder(reader *r, kd_error *err)
{
    char    **names;
    size_t    count, documents = 0;
    kd_status status = kd_fs_list(r->corpus->name, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (!kd_ends_with(names[i], KD_DOCUMENT_END)) continue;
        status = read_file(r, names[i], err);
        documents++;
    }
    kd_fs_free_names(names, count);
    if (status == KD_OK && documents == 0)
        status = kd_fail(err, KD_ENOINPUT, "%s: no " KD_DOCUMENT_END " file here", r->corpus->name);
    return status;
}

/* ---- a class of two texts ---- */

static void add_text(kd_corpus *corpus, const char *text)
{
    kd_corpus_add_borrowed(corpus, (kd_word){ .text = text, .length = (uint32_t)strlen(text) }, 0);
}

/* All texts of a question become one, so that it is asked once and scored once; its rows have to agree. */
static kd_status add_pair(reader *r, int32_t first, kd_error *err)
{
    const kd_question *row = &r->questions.rows.items[first];
    const char        *verdict = row->answers->text;
    kd_corpus         *corpus = r->corpus;
    kd_str             context = KD_STR_INIT;
    kd_status          status = KD_OK;

    for (int32_t at = first; at >= 0 && status == KD_OK; at = r->questions.rows.items[at].next) {
        const kd_question *part = &r->questions.rows.items[at];
        if (context.length > 0) kd_str_add_char(&context, ' ');
        kd_str_add(&context, part->context);
        if (strcmp(part->answers->text, verdict) != 0)
            status = kd_fail(err, KD_EDATA, "%s: question %s is answered with %s and with %s",
                             corpus->name, row->id, verdict, part->answers->text);
    }
    add_text(corpus, row->question);
    add_text(corpus, kd_arena_strndup(corpus->arena, context.text, context.length));
    kd_corpus_end_row(corpus, kd_labels_find(corpus->labels, verdict, strlen(verdict)), 0);
    kd_str_fini(&context);
    return status;
}

/* No and yes are always there; maybe where a question is answered so. */
static void add_verdicts(reader *r)
{
    kd_labels *labels = r->corpus->labels;
    bool       has_maybe = false, is_first = kd_labels_count(labels) == 0;

    kd_labels_add_class(labels, "no", 2);
    kd_labels_add_class(labels, "yes", 3);
    for (size_t i = 0; i < r->questions.rows.count; i++)
        has_maybe |= strcmp(r->questions.rows.items[i].answers->text, "maybe") == 0;
    if (!has_maybe) return;
    if (!is_first && kd_labels_find(labels, "maybe", 5) < 0)
        kd_corpus_note(r->corpus, KD_NOTE_NEW_LABEL, 0);
    kd_labels_add_class(labels, "maybe", 5);
}

static kd_status add_pairs(reader *r, kd_error *err)
{
    kd_status status = KD_OK;

    KD_CHECK(r->corpus->labels != NULL, "corpus: pairs need a table of labels");
    add_verdicts(r);
    for (int32_t q = 0; q < r->questions.count && status == KD_OK; q++)
        status = add_pair(r, r->questions.first.items[q], err);
    kd_questions_fini(&r->questions);
    return status;
}

kd_status kd_corpus_read_documents(kd_corpus *corpus, kd_error *err)
{
    reader r = { .corpus = corpus, .ids = kd_map_create() };

    corpus->arena = kd_arena_create(0);
    kd_status status = kd_fs_is_folder(corpus->name)
                           ? read_folder(&r, err)
                           : read_document(&r, corpus->map, corpus->name, err);
    kd_map_destroy(r.ids);
    if (status != KD_OK) {
        kd_questions_fini(&r.questions);
        return status;
    }
    if (corpus->task == KD_TASK_PAIR) return add_pairs(&r, err);
    corpus->questions = r.questions;
    for (int64_t i = 0; i < r.nowhere; i++) kd_corpus_note(corpus, KD_NOTE_NOWHERE, 0);
    kd_corpus_settle_questions(corpus);
    return KD_OK;
}
