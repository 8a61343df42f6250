/* articles.c - which elements of an article are its title, its abstract and its paragraphs. */
#include "models/text/articles.h"

#include <string.h>

#include "harness/base/setting.h"
#include "harness/base/str.h"
#include "models/text/corpus.h"
#include "models/text/unicode.h"
#include "models/text/xml.h"

/* How a form names things. */
typedef struct {
    const char *word;
    const char *article;
    const char *title, *title_in;      /* the title is an element directly in this one */
    const char *abstract;              /* the whole of it, */
    const char *paragraph;             /* and a part, which is text */
    const char *of_another_sort;       /* an attribute of abstracts that are not taken; or NULL */
    const char *body, *body_paragraph; /* NULL: there is none */
    const char *cut;                   /* elements whose text is no text of theirs */
} article_names;

static const article_names forms[] = {
    [KD_ARTICLES_PUBMED] = { "pubmed", "PubmedArticle", "ArticleTitle", "Article", "Abstract",
                             "AbstractText", NULL, NULL, NULL, "" },
    [KD_ARTICLES_JATS] = { "jats", "article", "article-title", "title-group", "abstract", "p",
                           "abstract-type", "body", "p",
                           "xref table-wrap fig disp-formula inline-formula ref-list sub-article "
                           "response back fn media supplementary-material tex-math mml:math" },
};

bool kd_article_form_parse(kd_article_form *out, const char *word)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].word, word) == 0) {
            *out = (kd_article_form)i;
            return true;
        }
    return false;
}

typedef struct {
    const char          *path;
    const article_names *form;
    bool                 takes_body;
    kd_xml              *xml;
    kd_article_take     *take;
    void                *user;
    kd_article_counts   *counts;
    kd_str               title, abstract, paragraph;
    kd_str              *into;       /* where text goes now; NULL: nowhere */
    int                  from;       /* the depth of the element for which it does */
    int                  cut_from;   /* of one whose text is cut out, 0: none */
    int                  other_from; /* of an abstract that is not taken, 0: none */
} reader;

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* ---- text ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One blank for any number of them, and none at the beginning. */
static void add_text(kd_str *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool follows_blank = out->length == 0 || out->text[out->length - 1] == ' ';
        if (!is_blank(text[i]))
            kd_str_add_char(out, text[i]);
        else if (!follows_blank)
            kd_str_add_char(out, ' ');
    }
}

static void trim_end(kd_str *text)
{
    while (text->length > 0 && text->text[text->length - 1] == ' ')
        kd_str_cut(text, text->length - 1);
}

static kd_status hand_over(reader *r, const kd_str *text, kd_error *err)
{
    size_t bad_at;
    if (text->length >= KD_LINE_LIMIT)
        return kd_fail(err, KD_EDATA, "%s:%lld: a document of %zu bytes, the limit is %d", r->path,
                       (long long)kd_xml_line(r->xml), text->length, KD_LINE_LIMIT - 1);
    if (!kd_utf8_check(text->text, text->length, &bad_at))
        return kd_fail(err, KD_EDATA, "%s:%lld: 0x%02x in the document that ends here is not UTF-8",
                       r->path, (long long)kd_xml_line(r->xml), (unsigned char)text->text[bad_at]);
    r->counts->documents++;
    return r->take(r->user, text->text, text->length, err);
}

/* "[A title.]" -> "A title." */
static void take_brackets_away(kd_str *title)
{
    size_t kept = 0;
    for (size_t i = 0; i < title->length; i++)
        if (!strchr("[]", title->text[i]) && (kept > 0 || title->text[i] != ' '))
            title->text[kept++] = title->text[i];
    kd_str_cut(title, kept);
    trim_end(title);
}

static kd_status finish_article(reader *r, kd_error *err)
{
    kd_status status = KD_OK;
    trim_end(&r->abstract);
    take_brackets_away(&r->title);
    r->counts->articles++;
    if (r->abstract.length == 0) {
        r->counts->without_abstract++;
    } else {
        if (r->title.length) kd_str_add_char(&r->title, ' ');
        kd_str_add_bytes(&r->title, r->abstract.text, r->abstract.length);
        status = hand_over(r, &r->title, err);
    }
    kd_str_reset(&r->title);
    kd_str_reset(&r->abstract);
    return status;
}

/* ---- elements ---- */

/* Where the text of the element that just opened goes. */
static kd_str *place_of(const reader *r, const char *name)
{
    const article_names *f = r->form;
    bool                 in_abstract = kd_xml_within(r->xml, f->abstract);
    if (is(name, f->title) && is(kd_xml_above(r->xml, 1), f->title_in))
        return r->title.length == 0 ? (kd_str *)&r->title : NULL;
    if (is(name, f->paragraph) && in_abstract && !r->other_from) return (kd_str *)&r->abstract;
    if (r->takes_body && is(name, f->body_paragraph) && kd_xml_within(r->xml, f->body))
        return (kd_str *)&r->paragraph;
    return NULL;
}

static void open_element(reader *r, const char *name)
{
    const article_names *f = r->form;
    int                  depth = kd_xml_depth(r->xml);
    if (!r->cut_from && kd_list_has(f->cut, name)) r->cut_from = depth;
    if (r->cut_from) return;
    if (is(name, f->abstract) && f->of_another_sort && !r->other_from &&
        kd_xml_attribute(r->xml, f->of_another_sort))
        r->other_from = depth;
    if (r->into) return; /* what is inside belongs to it */
    r->into = place_of(r, name);
    r->from = depth;
    if (r->into && r->into->length) add_text(r->into, " ", 1);
}

static kd_status close_element(reader *r, const char *name, kd_error *err)
{
    int       depth = kd_xml_depth(r->xml) + 1;
    kd_status status = KD_OK;
    if (r->cut_from == depth) r->cut_from = 0;
    if (r->other_from == depth) r->other_from = 0;
    if (r->into && r->from == depth) {
        bool is_document = r->into == &r->paragraph;
        r->into = NULL;
        trim_end(&r->paragraph);
        if (is_document && r->paragraph.length) status = hand_over(r, &r->paragraph, err);
        kd_str_reset(&r->paragraph);
    }
    if (status == KD_OK && is(name, r->form->article) && !kd_xml_within(r->xml, r->form->article))
        status = finish_article(r, err);
    return status;
}

static kd_status add_piece(reader *r, const kd_xml_event *event, kd_error *err)
{
    if (!r->into || r->cut_from) return KD_OK;
    add_text(r->into, event->text, event->length);
    return r->into->length < KD_LINE_LIMIT ? KD_OK : hand_over(r, r->into, err);
}

static kd_status read_elements(reader *r, kd_error *err)
{
    kd_xml_event event = { .kind = KD_XML_OPEN };
    kd_status    status = KD_OK;
    while ((status = kd_xml_next(r->xml, &event, err)) == KD_OK && event.kind != KD_XML_END) {
        if (event.kind == KD_XML_OPEN) open_element(r, event.name);
        if (event.kind == KD_XML_TEXT) status = add_piece(r, &event, err);
        if (event.kind == KD_XML_CLOSE) status = close_element(r, event.name, err);
        if (status != KD_OK) break;
    }
    return status;
}

kd_status kd_articles_read(const char *path, kd_article_form form, bool takes_body,
                           kd_article_take *take, void *user, kd_article_counts *counts,
                           kd_error *err)
{
    int64_t   before = counts->articles;
    reader    r = { .path = path,
                    .form = &forms[form],
                    .takes_body = takes_body && forms[form].body,
                    .take = take,
                    .user = user,
                    .counts = counts,
                    .title = KD_STR_INIT,
                    .abstract = KD_STR_INIT,
                    .paragraph = KD_STR_INIT };
    kd_status status = kd_xml_open(&r.xml, path, err);
    if (status == KD_OK) status = read_elements(&r, err);
    if (status == KD_OK && counts->articles == before)
        status = kd_fail(err, KD_EDATA, "%s: has no <%s>", path, r.form->article);
    kd_xml_close(r.xml);
    kd_str_fini(&r.title);
    kd_str_fini(&r.abstract);
    kd_str_fini(&r.paragraph);
    return status;
}
