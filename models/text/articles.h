/* articles.h - published articles in XML become documents: a title and an abstract, on one line.
 *
 *     pubmed    <PubmedArticle> of MEDLINE's files        ArticleTitle, AbstractText
 *     jats      <article> of journals and PubMed Central  article-title, the paragraphs of abstract [and of body]
 *
 * As the compact models were trained: square brackets of a title are taken away, then a blank and the abstract. An article
 * without an abstract is left out. Labels of an abstract's sections, and abstracts in other languages or of another sort, are not taken.
 * Of a body each paragraph is a document; tables, figures, formulas and citations are cut out.
 */
#ifndef KD_TEXT_ARTICLES_H
#define KD_TEXT_ARTICLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

#define KD_ARTICLE_FORMS(X) \
    X(PUBMED, "pubmed")     \
    X(JATS, "jats")

typedef enum {
#define X(name, word) KD_ARTICLES_##name,
    KD_ARTICLE_FORMS(X)
#undef X
} kd_article_form;

bool kd_article_form_parse(kd_article_form *out, const char *word);

typedef struct {
    int64_t articles, documents;
    int64_t without_abstract; /* articles that are left out */
} kd_article_counts;

/* A document, without its line end; borrowed until it returns. */
typedef kd_status kd_article_take(void *user, const char *text, size_t length, kd_error *err);

/* Go through a file, adding to `counts`. KD_EDATA as kd_xml_next, and when there is no article in it, or one is larger than
 * a line may be. */
kd_status kd_articles_read(const char *path, kd_article_form form, bool takes_body,
                           kd_article_take *take, void *user, kd_article_counts *counts,
                           kd_error *err);

#endif
