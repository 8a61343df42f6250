/* Any bytes as XML: refused with their line, or elements that close in the order in which they opened, inside of all bounds. The
 * same as articles: documents of one line that are UTF-8. */
#include <string.h>

#include "models/text/articles.h"
#include "models/text/corpus.h"
#include "models/text/unicode.h"
#include "models/text/xml.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e "
    "\"]>\">]><PubmedArticleSet><PubmedArticle><Article>"
    "<ArticleTitle>[On <i>p53</i>.]</ArticleTitle><Abstract><AbstractText Label='AIM'>It &amp; "
    "&#233;</AbstractText></Abstract></Article></PubmedArticle></PubmedArticleSet>",
    "<article><title-group><article-title>A</article-title></title-group><abstract><p>b "
    "<xref>1</xref></p></abstract><body><p><![CDATA[x]]]]><!-- y --></p></body></article>",
    "<a k='1'><b/>t</a>",
    "",
};

static void check_events(const char *path)
{
    kd_error     err;
    kd_xml      *xml;
    kd_xml_event event = { .kind = KD_XML_OPEN };
    int          depth = 0;
    kd_status    status = kd_xml_open(&xml, path, &err);
    if (status != KD_OK) return;
    while ((status = kd_xml_next(xml, &event, &err)) == KD_OK && event.kind != KD_XML_END) {
        depth += (event.kind == KD_XML_OPEN) - (event.kind == KD_XML_CLOSE);
        KD_CHECK(depth >= 0 && depth <= KD_XML_DEPTH && depth == kd_xml_depth(xml), "depth %d",
                 depth);
        if (event.kind == KD_XML_TEXT)
            KD_CHECK(depth > 0 && event.length > 0 && event.length <= 2 * KD_XML_TEXT_PIECE,
                     "a text of %zu bytes", event.length);
        else
            KD_CHECK(*event.name && strlen(event.name) <= KD_XML_NAME, "a name");
    }
    if (status == KD_OK) KD_CHECK(depth == 0, "ends at depth %d", depth);
    if (status != KD_OK) KD_CHECK(strstr(err.text, ".xml:") != NULL, "no place in: %s", err.text);
    kd_xml_close(xml);
}

static kd_status check_document(void *user, const char *text, size_t length, kd_error *err)
{
    size_t bad_at;
    (void)user, (void)err;
    KD_CHECK(length > 0 && length < KD_LINE_LIMIT && !memchr(text, '\n', length), "no line");
    KD_CHECK(kd_utf8_check(text, length, &bad_at), "no text");
    return KD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char       *path = kd_fuzz_file(".xml", data, size);
    kd_error          err;
    kd_article_counts counts = { 0 };
    check_events(path);
    for (int form = KD_ARTICLES_PUBMED; form <= KD_ARTICLES_JATS; form++)
        kd_articles_read(path, (kd_article_form)form, true, check_document, NULL, &counts, &err);
    return 0;
}
