/* test_xml.c - elements and texts in their order; what is not well formed, or too large, is named. */
#include <stdlib.h>
#include <string.h>

#include "models/text/articles.h"
#include "models/text/xml.h"
#include "tests/support/support.h"

/* "<a>text|</a>" for each event in turn. */
static kd_status read_all(const char *path, kd_str *out, kd_error *err)
{
    kd_xml      *xml;
    kd_xml_event event = { .kind = KD_XML_OPEN };
    kd_str_reset(out);
    kd_status status = kd_xml_open(&xml, path, err);
    if (status != KD_OK) return status;
    while ((status = kd_xml_next(xml, &event, err)) == KD_OK && event.kind != KD_XML_END) {
        if (event.kind == KD_XML_TEXT) kd_str_add_bytes(out, event.text, event.length);
        if (event.kind != KD_XML_TEXT)
            kd_str_addf(out, event.kind == KD_XML_OPEN ? "<%s>" : "</%s>", event.name);
        if (event.kind == KD_XML_OPEN && kd_xml_attribute(xml, "k"))
            kd_str_addf(out, "{%s}", kd_xml_attribute(xml, "k"));
    }
    kd_xml_close(xml);
    return status;
}

static void test_gives_elements_and_texts(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *want;
    } cases[] = {
        { "<a>x</a>", "<a>x</a>" },
        { "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY e \"]>\">]>\n<a/>\n", "<a></a>" },
        { "<a><b k='1 &lt; 2' l=\"\"/>t</a>", "<a><b>{1 < 2}</b>t</a>" },
        { "<a>&amp;&#233;&#x1F600;&quot;</a>", "<a>&\xc3\xa9\xf0\x9f\x98\x80\"</a>" },
        { "<a><![CDATA[<b>]]]]><!-- no -- > -->x</a>", "<a><b>]]x</a>" },
        { "\xef\xbb\xbf<a>x<!---->y</a>", "<a>xy</a>" },
        { "<a\n k = 'v' >x</a >", "<a>{v}x</a>" },
    };
    kd_str   out = KD_STR_INIT;
    kd_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(read_all(kd_test_file("a.xml", cases[i].xml), &out, &err), &err);
        assert_string_equal(out.text, cases[i].want);
    }
    kd_str_fini(&out);
}

static void test_refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *words;
    } cases[] = {
        { "", "a.xml:1: has no element" },
        { "text", "text outside of the first element" },
        { "<a>\n<b></a>", "a.xml:2: </a> inside <b>" },
        { "<a>", "ends inside <a>" },
        { "</a>", "</a> closes nothing" },
        { "<a/><b/>", "a second element beside the first" },
        { "<a/>x", "text outside of the first element" },
        { "<a>&e;</a>", "&e; is not known without its document type" },
        { "<a>&#0;</a>", "&#0; is no character" },
        { "<a>&#xD800;</a>", "is no character" },
        { "<a>&#99999999999999999999;</a>", "is no character" },
        { "<a>&amp</a>", "expected ; behind &amp" },
        { "<a k=1/>", "k: its value has no quotes" },
        { "<a k='1", "k: its value does not end" },
        { "<a k>", "expected = behind the attribute k" },
        { "<>", "expected a name" },
        { "<a><!-- x", "a comment that does not end" },
        { "<a><![CDATA[ x", "a CDATA that does not end" },
        { "<!DOCTYPE a [", "a document type that does not end" },
        { "<?xml", "an instruction that does not end" },
    };
    kd_str   out = KD_STR_INIT;
    kd_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(KD_EDATA, cases[i].words,
                     read_all(kd_test_file("a.xml", cases[i].xml), &out, &err), &err);
    kd_str_fini(&out);
}

/* `count` times `piece` between two texts. */
static char *repeated(const char *before, const char *piece, int count, const char *after)
{
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, before);
    for (int i = 0; i < count; i++) kd_str_add(&text, piece);
    kd_str_add(&text, after);
    return kd_str_take(&text);
}

static void assert_refused(char *xml, const char *words)
{
    kd_str   out = KD_STR_INIT;
    kd_error err;
    assert_fails(KD_EDATA, words, read_all(kd_test_file("large.xml", xml), &out, &err), &err);
    kd_str_fini(&out);
    free(xml);
}

static void test_has_bounds(void **state)
{
    (void)state;
    assert_refused(repeated("", "<a>", KD_XML_DEPTH + 1, ""), "inside each other more than 200");
    assert_refused(repeated("<", "a", KD_XML_NAME + 1, "/>"), "a name of more than 100 bytes");
    assert_refused(repeated("<a k='", "v", KD_XML_ATTRIBUTES + 1, "'/>"),
                   "attributes of more than");
    assert_refused(repeated("<!DOCTYPE a [", "x", 70000, "]><a/>"),
                   "a document type that does not");
    /* A text has none: it comes in pieces, and no character is torn. */
    kd_str   out = KD_STR_INIT;
    kd_error err;
    char    *long_text = repeated("<a>", "\xc3\xa9", 3 * KD_XML_TEXT_PIECE, "</a>");
    char    *cdata = repeated("<a><![CDATA[", "]]x", KD_XML_TEXT_PIECE, "]]></a>");
    assert_ok(read_all(kd_test_file("long.xml", long_text), &out, &err), &err);
    assert_string_equal(out.text, long_text);
    assert_ok(read_all(kd_test_file("cdata.xml", cdata), &out, &err), &err);
    assert_int_equal(out.length, 3 * KD_XML_TEXT_PIECE + 7);
    kd_str_fini(&out);
    free(long_text);
    free(cdata);
}

/* ---- articles ---- */

static kd_status add_line(void *user, const char *text, size_t length, kd_error *err)
{
    (void)err;
    kd_str_add_bytes(user, text, length);
    kd_str_add_char(user, '|');
    return KD_OK;
}

static const char pubmed[] =
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><Article>\n"
    "<ArticleTitle>[On <i>BRCA1</i> &amp; p53.]</ArticleTitle>\n"
    "<Abstract><AbstractText Label=\"AIM\">First\n part.</AbstractText>"
    "<AbstractText>10<sup>3</sup> cells.</AbstractText>"
    "<CopyrightInformation>All rights</CopyrightInformation></Abstract></Article>"
    "<OtherAbstract><AbstractText>Andere Sprache</AbstractText></OtherAbstract>"
    "</MedlineCitation></PubmedArticle>"
    "<PubmedArticle><Article><ArticleTitle>A title alone.</ArticleTitle></Article></PubmedArticle>"
    "</PubmedArticleSet>";

static const char jats[] =
    "<article><front><article-meta><title-group><article-title>A [new] gene</article-title>"
    "</title-group><abstract abstract-type=\"teaser\"><p>Not this.</p></abstract>"
    "<abstract><sec><title>Aim</title><p>We looked <xref>[1]</xref>at it.</p></sec>"
    "<p>It is.</p></abstract></article-meta></front>"
    "<body><sec><title>Methods</title><p>Cells <italic>in vitro</italic>.</p>"
    "<table-wrap><p>1 2 3</p></table-wrap></sec></body>"
    "<back><ref-list><title-group><article-title>Other</article-title></title-group></ref-list></"
    "back>"
    "</article>";

static void assert_articles(const char *xml, kd_article_form form, bool body, const char *want,
                            int without)
{
    kd_str            out = KD_STR_INIT;
    kd_article_counts counts = { 0 };
    kd_error          err;
    assert_ok(kd_articles_read(kd_test_file("articles.xml", xml), form, body, add_line, &out,
                               &counts, &err),
              &err);
    assert_string_equal(out.text, want);
    assert_int_equal(counts.without_abstract, without);
    kd_str_fini(&out);
}

static void test_takes_title_and_abstract(void **state)
{
    (void)state;
    assert_articles(pubmed, KD_ARTICLES_PUBMED, false,
                    "On BRCA1 & p53. First part. 10"
                    "3 cells.|",
                    1);
    assert_articles(jats, KD_ARTICLES_JATS, false, "A new gene We looked at it. It is.|", 0);
    assert_articles(jats, KD_ARTICLES_JATS, true,
                    "Cells in vitro.|A new gene We looked at it. It is.|", 0);
}

static void test_refuses_what_is_no_article(void **state)
{
    (void)state;
    kd_str            out = KD_STR_INIT;
    kd_article_counts counts = { 0 };
    kd_error          err;
    assert_fails(KD_EDATA, "has no <PubmedArticle>",
                 kd_articles_read(kd_test_file("a.xml", jats), KD_ARTICLES_PUBMED, false, add_line,
                                  &out, &counts, &err),
                 &err);
    char *large = repeated("<PubmedArticle><Article><ArticleTitle>", "word ", 250000,
                           "</ArticleTitle></Article></PubmedArticle>");
    assert_fails(KD_EDATA, "the limit is",
                 kd_articles_read(kd_test_file("b.xml", large), KD_ARTICLES_PUBMED, false, add_line,
                                  &out, &counts, &err),
                 &err);
    free(large);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_elements_and_texts),
        cmocka_unit_test(test_refuses_what_is_not_well_formed),
        cmocka_unit_test(test_has_bounds),
        cmocka_unit_test(test_takes_title_and_abstract),
        cmocka_unit_test(test_refuses_what_is_no_article),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
