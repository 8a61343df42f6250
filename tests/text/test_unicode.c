/* Lower case, decomposition and UTF-8, against values of Python's str and unicodedata. */
#include "models/text/unicode.h"

#include <string.h>

#include "tests/support/support.h"

typedef struct {
    const char *text, *want;
} text_case;

static void test_lowers_as_python_does(void **state)
{
    (void)state;
    static const text_case cases[] = {
        { "", "" },
        { "IL-2 mRNA", "il-2 mrna" },
        { "\xC3\x85NGSTR\xC3\x96M", "\xC3\xA5ngstr\xC3\xB6m" },
        { "\xC4\xB0stanbul", "i\xCC\x87stanbul" },          /* I with a dot becomes two */
        { "WEI\xE1\xBA\x9E", "wei\xC3\x9F" },               /* capital sharp s */
        { "\xCE\x9F\xCE\xA3", "\xCE\xBF\xCF\x82" },         /* a sigma that ends a word */
        { "\xCE\xA3\xCE\x9F", "\xCF\x83\xCE\xBF" },         /* that begins one */
        { "\xCE\xA3", "\xCF\x83" },                         /* that is one */
        { "A\xCE\xA3'B", "a\xCF\x83'b" },                   /* with a letter behind the mark */
        { "A'\xCE\xA3 B", "a'\xCF\x82 b" },                 /* with a mark between */
        { "1\xCE\xA3", "1\xCF\x83" },                       /* a digit is no letter */
        { "\xE2\x85\xA3\xCE\xA3", "\xE2\x85\xB3\xCF\x82" }, /* a Roman four has case */
        { "a\xFFZ", "a\xEF\xBF\xBDz" },                     /* a stray byte */
    };
    kd_str got = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_str_reset(&got);
        kd_unicode_lower(&got, cases[i].text, strlen(cases[i].text));
        assert_string_equal(got.text, cases[i].want);
    }
    kd_str_fini(&got);
}

static void test_strips_marks_after_decomposing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical, *compatible;
    } cases[] = {
        { "Sj\xC3\xB6gren", "Sjogren", "Sjogren" },
        { "e\xCC\x81", "e", "e" },
        { "\xE1\xBA\x9B\xCC\xA3", "\xC5\xBF", "s" }, /* long s with dots above and below */
        { "\xEF\xAC\x81", "\xEF\xAC\x81", "fi" },    /* the ligature is not canonical */
        { "\xC5\x81", "\xC5\x81", "\xC5\x81" },      /* L with stroke has no parts */
        { "\xEC\x9D\xB8", "\xE1\x84\x8B\xE1\x85\xB5\xE1\x86\xAB", /* hangul falls into letters */
          "\xE1\x84\x8B\xE1\x85\xB5\xE1\x86\xAB" },
        { "\xCC\x81\xCC\x88", "", "" },
        /* Devanagari ka, vowel sign u (Mn, no class), virama (Mn, class 9) */
        { "\xE0\xA4\x95\xE0\xA5\x81\xE0\xA5\x8D", "\xE0\xA4\x95", "\xE0\xA4\x95\xE0\xA5\x81" },
    };
    kd_str got = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_str_reset(&got);
        kd_unicode_strip(&got, cases[i].text, strlen(cases[i].text), false);
        assert_string_equal(got.text, cases[i].canonical);
        kd_str_reset(&got);
        kd_unicode_strip(&got, cases[i].text, strlen(cases[i].text), true);
        assert_string_equal(got.text, cases[i].compatible);
    }
    kd_str_fini(&got);
}

static void test_knows_the_longest_decomposition(void **state)
{
    (void)state;
    kd_str got = KD_STR_INIT;
    kd_unicode_strip(&got, "\xEF\xB7\xBA", 3, true); /* U+FDFA becomes 18 */
    assert_int_equal(kd_utf8_count(got.text, got.length), 18);
    kd_str_fini(&got);
}

static void test_reads_every_code_point_it_writes(void **state)
{
    (void)state;
    kd_str text = KD_STR_INIT;
    for (int32_t c = 0; c < 0x110000; c++) {
        if (c >= 0xD800 && c < 0xE000) continue; /* surrogates are no characters */
        size_t at = 0;
        kd_str_reset(&text);
        kd_utf8_add(&text, c);
        assert_int_equal(kd_utf8_next(text.text, text.length, &at), c);
        assert_int_equal(at, text.length);
        assert_true(kd_utf8_check(text.text, text.length, &at));
    }
    kd_str_fini(&text);
}

static void test_names_the_first_byte_that_is_not_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t      bad_at;
    } cases[] = {
        { "\xFF", 0 },
        { "ab\x80", 2 },           /* a continuation alone */
        { "a\xC3", 1 },            /* cut short */
        { "\xC0\xAF", 0 },         /* overlong */
        { "ok\xED\xA0\x80", 2 },   /* a surrogate */
        { "\xF4\x90\x80\x80", 0 }, /* above U+10FFFF */
        { "\xC3\xA9\xE2\x82", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bad_at = 99;
        assert_false(kd_utf8_check(cases[i].text, strlen(cases[i].text), &bad_at));
        assert_int_equal(bad_at, cases[i].bad_at);
    }
}

static void test_reads_a_stray_byte_as_one_replacement(void **state)
{
    (void)state;
    static const char text[] = "\xE2\x82"
                               "a";
    size_t            at = 0;
    assert_int_equal(kd_utf8_next(text, 3, &at), KD_UNICODE_BAD);
    assert_int_equal(at, 1);
    assert_int_equal(kd_utf8_next(text, 3, &at), KD_UNICODE_BAD);
    assert_int_equal(kd_utf8_next(text, 3, &at), 'a');
    assert_int_equal(at, 3);
}

static void test_sorts_characters_into_classes(void **state)
{
    (void)state;
    assert_true(kd_unicode_is_letter(0x3B1) && !kd_unicode_is_letter('1'));
    assert_true(kd_unicode_is_number(0xBD) && kd_unicode_is_number(0x2163));
    assert_true(kd_unicode_is_punctuation(0x2013) && !kd_unicode_is_punctuation('$'));
    assert_true(kd_unicode_is_other(0x200B) && kd_unicode_is_other(0xE000));
    assert_true(kd_unicode_is_mark(0x301) && !kd_unicode_is_mark('e'));
    assert_true(kd_unicode_is_capital('A') && !kd_unicode_is_capital(0x211D));
    assert_true(kd_unicode_is_space(0x85) && kd_unicode_is_space(0x3000));
    assert_false(kd_unicode_is_space(0x200B) || kd_unicode_is_space(0x1C));
}

/* Python's unicodedata: NFD, NFC, NFKD, NFKC. */
static void test_makes_the_normal_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *forms[4];
    } cases[] = {
        { "\x65\xCC\xA3\xCC\x82\xCC\x87\x20\xE1\xB9\xA9",
          { "\x65\xCC\xA3\xCC\x82\xCC\x87\x20\x73\xCC\xA3\xCC\x87",
            "\xE1\xBB\x87\xCC\x87\x20\xE1\xB9\xA9",
            "\x65\xCC\xA3\xCC\x82\xCC\x87\x20\x73\xCC\xA3\xCC\x87",
            "\xE1\xBB\x87\xCC\x87\x20\xE1\xB9\xA9" } },
        { "\xEF\xAC\x81\xC2\xBD\xE2\x85\xA7",
          { "\xEF\xAC\x81\xC2\xBD\xE2\x85\xA7", "\xEF\xAC\x81\xC2\xBD\xE2\x85\xA7",
            "\x66\x69\x31\xE2\x81\x84\x32\x56\x49\x49\x49",
            "\x66\x69\x31\xE2\x81\x84\x32\x56\x49\x49\x49" } },
        { "\xEA\xB0\x80\xE1\x84\x80\xE1\x85\xA1",
          { "\xE1\x84\x80\xE1\x85\xA1\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80\xEA\xB0\x80",
            "\xE1\x84\x80\xE1\x85\xA1\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80\xEA\xB0\x80" } },
        { "\x61\xCC\x95\xCC\x80\xD6\xAE\xCC\x80\x62",
          { "\x61\xD6\xAE\xCC\x80\xCC\x80\xCC\x95\x62", "\xC3\xA0\xD6\xAE\xCC\x80\xCC\x95\x62",
            "\x61\xD6\xAE\xCC\x80\xCC\x80\xCC\x95\x62", "\xC3\xA0\xD6\xAE\xCC\x80\xCC\x95\x62" } },
        { "\xE2\x84\xAB\xE2\x84\xA6",
          { "\x41\xCC\x8A\xCE\xA9", "\xC3\x85\xCE\xA9", "\x41\xCC\x8A\xCE\xA9",
            "\xC3\x85\xCE\xA9" } },
    };
    kd_str out = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int form = 0; form < 4; form++) {
            kd_str_reset(&out);
            kd_unicode_normalise(&out, cases[i].text, strlen(cases[i].text), form % 2, form / 2);
            assert_string_equal(out.text, cases[i].forms[form]);
        }
    kd_str_fini(&out);
}

/* Sorting marks one by one would not end. */
static void test_sorts_a_million_marks(void **state)
{
    (void)state;
    kd_str text = KD_STR_INIT, out = KD_STR_INIT;
    while (text.length < 1 << 20) kd_str_add(&text, "\xCC\x95\xCC\x80");
    kd_unicode_normalise(&out, text.text, text.length, false, false);
    assert_int_equal(out.length, text.length);
    assert_memory_equal(out.text, "\xCC\x80\xCC\x80", 4);
    assert_memory_equal(out.text + out.length - 4, "\xCC\x95\xCC\x95", 4);
    kd_str_fini(&text);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lowers_as_python_does),
        cmocka_unit_test(test_strips_marks_after_decomposing),
        cmocka_unit_test(test_knows_the_longest_decomposition),
        cmocka_unit_test(test_reads_every_code_point_it_writes),
        cmocka_unit_test(test_names_the_first_byte_that_is_not_utf8),
        cmocka_unit_test(test_reads_a_stray_byte_as_one_replacement),
        cmocka_unit_test(test_sorts_characters_into_classes),
        cmocka_unit_test(test_makes_the_normal_forms),
        cmocka_unit_test(test_sorts_a_million_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
