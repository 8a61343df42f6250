/* convert.c - `kdgrid data convert`: articles in XML to texts, a document a line; documents of questions to lines of JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"
#include "models/text/articles.h"
#include "models/text/corpus.h"

enum { AT_ONCE = 1 << 20 }; /* bytes that are written together */

/* Where lines go: a draft that becomes the file when all is well, or stdout. */
typedef struct {
    const char       *path; /* NULL: stdout */
    kd_fs_draft       draft;
    kd_str            lines;
    kd_article_counts counts;
    int64_t           questions; /* rows of them */
} output;

static kd_status flush(output *o, kd_error *err)
{
    kd_status status = KD_OK;
    if (o->path)
        status = kd_fs_draft_write(&o->draft, o->lines.text, o->lines.length, err);
    else if (fwrite(o->lines.text, 1, o->lines.length, stdout) != o->lines.length)
        status = kd_fail_errno(err, errno, "standard output");
    kd_str_reset(&o->lines);
    return status;
}

static kd_status take(void *user, const char *text, size_t length, kd_error *err)
{
    output *o = user;
    kd_str_add_bytes(&o->lines, text, length);
    kd_str_add_char(&o->lines, '\n');
    return o->lines.length >= AT_ONCE ? flush(o, err) : KD_OK;
}

/* ---- questions ---- */

/* As `predict` reads it; a pair has no id. */
static kd_status take_question(output *o, const char *id, kd_word asked, kd_word of, kd_error *err)
{
    char  *texts[] = { kd_strndup(asked.text, asked.length), kd_strndup(of.text, of.length) };
    kd_str line = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &line, 0);
    kd_json_begin(&w, '{');
    if (id) kd_json_put_text(&w, "id", id);
    kd_json_put_text(&w, "question", texts[0]);
    kd_json_put_text(&w, "context", texts[1]);
    kd_json_end(&w, '}');
    o->questions++;
    kd_status status = take(o, line.text, line.length, err);
    kd_str_fini(&line);
    free(texts[0]);
    free(texts[1]);
    return status;
}

static bool is_of_questions(kd_task task)
{
    return task == KD_TASK_QA || task == KD_TASK_PAIR;
}

/* A part of a text answers them, or yes and no. A file may have both sorts, as BioASQ's have. */
static kd_status choose_task(kd_task *out, const char *asked, const char *path, kd_error *err)
{
    if (asked) return kd_task_choose(out, asked, is_of_questions, err);
    kd_status status = kd_corpus_guess_task(out, path, err);
    if (*out != KD_TASK_PAIR) *out = KD_TASK_QA;
    return status;
}

/* Who asked for neither sort hears of the one that is left out. */
static void tell_others(const char *path)
{
    kd_corpus  corpus;
    kd_error   none;
    kd_labels *labels = kd_labels_create();
    if (kd_corpus_read(&corpus, path, KD_TASK_PAIR, NULL, labels, &none) == KD_OK) {
        kd_log_warning(
            "%s: questions of yes and no that are passed over: %d; --task pair takes them", path,
            kd_corpus_sentences(&corpus));
        kd_corpus_fini(&corpus);
    }
    kd_labels_destroy(labels);
}

/* A file or folder of questions. */
static kd_status convert_questions(output *o, const char *path, const char *asked, kd_error *err)
{
    kd_corpus  corpus;
    kd_task    task;
    kd_labels *labels = kd_labels_create();
    kd_status  status = choose_task(&task, asked, path, err);
    if (status == KD_OK) status = kd_corpus_read(&corpus, path, task, NULL, labels, err);
    if (status == KD_OK) {
        if (!asked && task == KD_TASK_QA) tell_others(path);
        const kd_word *words = corpus.words.items;
        for (int b = 0; b < kd_corpus_sentences(&corpus) && status == KD_OK; b++)
            status = take_question(o, task == KD_TASK_QA ? corpus.questions.rows.items[b].id : NULL,
                                   words[2 * b], words[2 * b + 1], err);
        kd_corpus_fini(&corpus);
    }
    kd_labels_destroy(labels);
    return status;
}

/* ---- the verb ---- */

/* What is read; articles where they are no questions. */
typedef struct {
    bool            are_questions, takes_body;
    const char     *task; /* of questions; NULL: guessed */
    kd_article_form form;
} wish;

static kd_status convert_all(output *o, wish w, const kd_args *args, kd_error *err)
{
    kd_status status = KD_OK;
    if (o->path && (status = kd_fs_draft_open(&o->draft, o->path, err)) != KD_OK) return status;
    for (int i = 1; i < args->count && status == KD_OK; i++)
        status = w.are_questions ? convert_questions(o, args->words[i], w.task, err)
                                 : kd_articles_read(args->words[i], w.form, w.takes_body, take, o,
                                                    &o->counts, err);
    if (status == KD_OK && o->lines.length) status = flush(o, err);
    if (!o->path) return status == KD_OK ? kd_data_finish(err) : status;
    if (status == KD_OK) return kd_fs_draft_commit(&o->draft, o->path, err);
    kd_fs_draft_discard(&o->draft);
    return status;
}

static void write_counts(const output *o, bool are_questions, kd_str *out)
{
    const kd_article_counts *c = &o->counts;
    kd_json_writer           w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    if (are_questions) {
        kd_json_put_int(&w, "questions", o->questions);
    } else {
        kd_json_put_int(&w, "articles", c->articles);
        kd_json_put_int(&w, "documents", c->documents);
        kd_json_put_int(&w, "without_abstract", c->without_abstract);
    }
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* To stderr where the lines themselves are on stdout. */
static void tell(const output *o, bool are_questions, bool as_json)
{
    kd_str                   out = KD_STR_INIT;
    const kd_article_counts *c = &o->counts;
    if (as_json)
        write_counts(o, are_questions, &out);
    else if (are_questions)
        kd_str_addf(&out, "%lld questions, each beside one text\n", (long long)o->questions);
    else
        kd_str_addf(&out, "%lld articles, %lld without an abstract: %lld lines\n",
                    (long long)c->articles, (long long)c->without_abstract,
                    (long long)c->documents);
    fputs(out.text, o->path ? stdout : stderr);
    kd_str_fini(&out);
}

kd_status kd_cmd_data_convert(int argc, char **argv, kd_error *err)
{
    output       o = { .draft = { .fd = -1 }, .lines = KD_STR_INIT };
    wish         w = { .are_questions = false };
    bool         as_json = false;
    const kd_arg table[] = { { 'o', "output", KD_ARG_TEXT, &o.path, "FILE",
                               "the text to write; else standard output" },
                             { 0, "body", KD_ARG_FLAG, &w.takes_body, NULL,
                               "jats: also each paragraph of the body, a line each" },
                             { 0, "task", KD_ARG_TEXT, &w.task, "TASK",
                               "questions: qa takes those that a part of a text answers, pair "
                               "those of yes and no; else guessed",
                               "qa pair" },
                             { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print the counts as JSON" },
                             KD_ARG_END };
    kd_args      args = {
             "data convert", "pubmed|jats|questions FILE...",
             "Writes articles in XML as a text for pre-training (task text): a line each, title\n"
                  "and abstract, as docs/PRETRAINING.md says. pubmed reads MEDLINE's files, jats those\n"
                  "of journals and of PubMed Central. A FILE may be packed (gzip, zstd). questions reads\n"
                  "SQuAD's, BioASQ's and PubMedQA's documents, and folders of them, and writes the lines\n"
                  "that `kdgrid predict` takes: an object with a question and a text each.",
             table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    status = kd_args_expect(&args, 2, -1, err);
    if (status == KD_OK) w.are_questions = strcmp(args.words[0], "questions") == 0;
    if (status == KD_OK && !w.are_questions && !kd_article_form_parse(&w.form, args.words[0]))
        status =
            kd_fail(err, KD_EUSAGE, "data convert: expected pubmed, jats or questions, found '%s'",
                    args.words[0]);
    if (status == KD_OK && w.task && !w.are_questions)
        status = kd_fail(err, KD_EUSAGE, "data convert: --task is for questions");
    if (status == KD_OK) status = convert_all(&o, w, &args, err);
    if (status == KD_OK) tell(&o, w.are_questions, as_json);
    kd_str_fini(&o.lines);
    kd_args_fini(&args);
    return status;
}
