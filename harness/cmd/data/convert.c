/* convert.c - `kdgrid data convert`: articles in XML to texts, a document a line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"
#include "models/text/articles.h"

enum { AT_ONCE = 1 << 20 }; /* bytes that are written together */

/* Where lines go: a draft that becomes the file when all is well, or stdout. */
typedef struct {
    const char       *path; /* NULL: stdout */
    kd_fs_draft       draft;
    kd_str            lines;
    kd_article_counts counts;
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

static kd_status convert_all(output *o, kd_article_form form, bool takes_body, const kd_args *args,
                             kd_error *err)
{
    kd_status status = KD_OK;
    if (o->path && (status = kd_fs_draft_open(&o->draft, o->path, err)) != KD_OK) return status;
    for (int i = 1; i < args->count && status == KD_OK; i++)
        status = kd_articles_read(args->words[i], form, takes_body, take, o, &o->counts, err);
    if (status == KD_OK && o->lines.length) status = flush(o, err);
    if (!o->path) return status == KD_OK ? kd_data_finish(err) : status;
    if (status == KD_OK) return kd_fs_draft_commit(&o->draft, o->path, err);
    kd_fs_draft_discard(&o->draft);
    return status;
}

static void write_counts(const kd_article_counts *c, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_int(&w, "articles", c->articles);
    kd_json_put_int(&w, "documents", c->documents);
    kd_json_put_int(&w, "without_abstract", c->without_abstract);
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* To stderr where the lines themselves are on stdout. */
static void tell(const output *o, bool as_json)
{
    kd_str                   out = KD_STR_INIT;
    const kd_article_counts *c = &o->counts;
    if (as_json)
        write_counts(c, &out);
    else
        kd_str_addf(&out, "%lld articles, %lld without an abstract: %lld lines\n",
                    (long long)c->articles, (long long)c->without_abstract,
                    (long long)c->documents);
    fputs(out.text, o->path ? stdout : stderr);
    kd_str_fini(&out);
}

kd_status kd_cmd_data_convert(int argc, char **argv, kd_error *err)
{
    output          o = { .draft = { .fd = -1 }, .lines = KD_STR_INIT };
    bool            takes_body = false, as_json = false;
    kd_article_form form;
    const kd_arg    table[] = { { 'o', "output", KD_ARG_TEXT, &o.path, "FILE",
                                  "the text to write; else standard output" },
                                { 0, "body", KD_ARG_FLAG, &takes_body, NULL,
                                  "jats: also each paragraph of the body, a line each" },
                                { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print the counts as JSON" },
                                KD_ARG_END };
    kd_args         args = {
                "data convert", "pubmed|jats FILE...",
                "Writes articles in XML as a text for pre-training (task text): a line each, title\n"
                        "and abstract, as docs/PRETRAINING.md says. pubmed reads MEDLINE's files, jats those\n"
                        "of journals and of PubMed Central. A FILE may be packed (gzip, zstd).",
                table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    status = kd_args_expect(&args, 2, -1, err);
    if (status == KD_OK && !kd_article_form_parse(&form, args.words[0]))
        status = kd_fail(err, KD_EUSAGE, "data convert: expected pubmed or jats, found '%s'",
                         args.words[0]);
    if (status == KD_OK) status = convert_all(&o, form, takes_body, &args, err);
    if (status == KD_OK) tell(&o, as_json);
    kd_str_fini(&o.lines);
    kd_args_fini(&args);
    return status;
}
