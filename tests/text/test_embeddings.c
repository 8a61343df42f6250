#include "models/text/embeddings.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

static kd_map *wanting(const char *const *words, size_t n)
{
    kd_map *wanted = kd_map_create();
    for (size_t i = 0; i < n; i++) kd_embeddings_want(wanted, words[i], strlen(words[i]));
    return wanted;
}

static const char *const three[] = { "the", "Gene", "new york" };

static void assert_vector(const kd_embeddings *e, const char *word, const float *want)
{
    const float *got = kd_embeddings_find(e, word, strlen(word));
    assert_non_null(got);
    for (int d = 0; d < kd_embeddings_about(e).dim; d++) assert_close(got[d], want[d], 1e-7);
}

static void test_reads_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *contents;
        bool        has_header;
    } cases[] = {
        { "glove.txt", "the 1 -2.5 3e-2\ngene .5 0.25 -1E1\nzzz 1 1 1\nnew york 7 8 9\n", false },
        { "w2v.txt",
          "4 3\r\nthe 1 -2.5 3e-2 \r\ngene\t.5\t0.25 -1E1\r\nzzz 1 1 1\r\nnew york 7 8 9", true },
    };
    kd_map *wanted = wanting(three, 3);
    for (int i = 0; i < 2; i++) {
        kd_error       err;
        kd_embeddings *e;
        const char    *path = kd_test_file(cases[i].name, cases[i].contents);
        assert_ok(kd_embeddings_read(&e, path, wanted, &err), &err);
        kd_embeddings_info info = kd_embeddings_about(e);
        assert_int_equal(info.rows, 4);
        assert_int_equal(info.dim, 3);
        assert_int_equal(info.has_header, cases[i].has_header);
        assert_int_equal(info.spaced, 1);
        assert_vector(e, "the", (const float[]){ 1.0f, -2.5f, 0.03f });
        assert_vector(e, "Gene", (const float[]){ 0.5f, 0.25f, -10.0f }); /* by its lower case */
        assert_vector(e, "new york", (const float[]){ 7, 8, 9 });
        assert_null(kd_embeddings_find(e, "zzz", 3)); /* there, but not wanted */
        kd_embeddings_destroy(e);
    }
    kd_map_destroy(wanted);
}

static void test_keeps_the_first_of_two_rows(void **state)
{
    (void)state;
    kd_error       err;
    kd_embeddings *e;
    kd_map        *wanted = wanting(three, 3);
    const char    *path = kd_test_file("twice.txt", "the 1\na\xFF 5\nthe 2\nx 3\nx 4\n");
    assert_ok(kd_embeddings_read(&e, path, wanted, &err), &err);
    assert_vector(e, "the", (const float[]){ 1.0f });
    assert_int_equal(kd_embeddings_about(e).repeated, 1);
    assert_int_equal(kd_embeddings_about(e).not_utf8, 1);
    assert_int_equal(kd_embeddings_about(e).rows, 5);
    kd_embeddings_destroy(e);
    kd_map_destroy(wanted);
}

static void test_prefers_the_word_as_it_is_written(void **state)
{
    (void)state;
    kd_error       err;
    kd_embeddings *e;
    kd_map        *wanted = wanting(three, 3);
    const char    *path = kd_test_file("case.txt", "gene 1\nGene 2\n");
    assert_ok(kd_embeddings_read(&e, path, wanted, &err), &err);
    assert_vector(e, "Gene", (const float[]){ 2.0f });
    assert_vector(e, "GENE", (const float[]){ 1.0f });
    kd_embeddings_destroy(e);
    kd_map_destroy(wanted);
}

static void test_names_the_line_of_a_bad_row(void **state)
{
    (void)state;
    static const struct {
        const char *contents, *words;
    } cases[] = {
        { "", "bad.txt:1: no word vectors" },
        { "10 3\n", "bad.txt:1: no word vectors" },
        { "the\n", "bad.txt:1: expected a word and its vector" },
        { "a 1 2\nb 1\n", "bad.txt:2: expected a word and 2 numbers, found 2 columns" },
        { "a 1 2\n\nb 1 2\n", "bad.txt:2: expected a word and 2 numbers, found 0 columns" },
        { "a 1 2\nb 1 zwei\n", "bad.txt:2: number 2: 'zwei' is none" },
        { "a 1 2\nb nan 2\n", "bad.txt:2: number 1: 'nan' is none" },
        { "a 1 2\nb 1e999 2\n", "bad.txt:2: number 1: '1e999' is none" },
        { "a 1 2\nb 1e39 2\n", "bad.txt:2: number 1: '1e39' is none" },
        { "a 1 2\nb - 2\n", "bad.txt:2: number 1: '-' is none" },
        { "a 1 2\n 1 2\n", "bad.txt:2: expected a word and 2 numbers, found 2 columns" },
        { "2 10000\na 1 2\n", "bad.txt:2: expected a word and 10000 numbers, found 3 columns" },
        { "2 1000000\na 1 2\n", "bad.txt:2: vectors of more than 16384 numbers" },
        { "a 1 2\nb 1 0x2\n", "bad.txt:2: number 2: '0x2' is none" },
        { "3 2\na 1 2\nb 1 2\n", "bad.txt:1: the header promises 3 rows, found 2" },
    };
    kd_map *wanted = wanting(three, 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_error       err;
        kd_embeddings *e;
        const char    *path = kd_test_file("bad.txt", cases[i].contents);
        assert_fails(KD_EDATA, cases[i].words, kd_embeddings_read(&e, path, wanted, &err), &err);
    }
    kd_map_destroy(wanted);
}

/* Numbers of every length, by both ways of reading one, against strtof. */
static void test_reads_numbers_as_the_c_library_does(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",
        "-0.0",
        "0.1",
        "123456789012345",
        "0.000000000000001",
        "-6.3371",
        "1e-30",
        "+1.5",
        "3.4028235e38",
        "1.17549435e-38",
        "0.123456789012345678901234567890",
        "16777217",
        ".5",
        "5.",
    };
    kd_map *wanted = wanting((const char *const[]){ "w" }, 1);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        kd_error       err;
        kd_embeddings *e;
        kd_str         row = KD_STR_INIT;
        kd_str_addf(&row, "w %s", numbers[i]);
        assert_ok(kd_embeddings_read(&e, kd_test_file("number.txt", row.text), wanted, &err), &err);
        assert_true(*kd_embeddings_find(e, "w", 1) == strtof(numbers[i], NULL));
        kd_embeddings_destroy(e);
        kd_str_fini(&row);
    }
    kd_map_destroy(wanted);
}

static void test_says_how_many_words_have_a_vector(void **state)
{
    (void)state;
    kd_error       err;
    kd_embeddings *e;
    kd_map        *wanted = kd_map_create(), *counts = kd_map_create();
    kd_embeddings_want(wanted, "the", 3);
    const char *path = kd_test_file("cover.txt", "the 1 2\ngene 3 4\ns 5 6\n");
    assert_ok(kd_embeddings_read(&e, path, wanted, &err), &err);
    kd_map_put_number(counts, "THE", 10);
    kd_map_put_number(counts, "fever", 3);
    kd_embeddings_hits hits = kd_embeddings_cover(e, counts);
    assert_int_equal(hits.words, 2);
    assert_int_equal(hits.words_found, 1);
    assert_int_equal(hits.tokens, 13);
    assert_int_equal(hits.tokens_found, 10);
    kd_map_destroy(counts);
    kd_map_destroy(wanted);
    kd_embeddings_destroy(e);
}

static void test_reads_published_vectors(void **state)
{
    (void)state;
    const char *path = kd_shared_path("data/embeddings/glove.twitter.27B.25d.top12k.txt");
    if (!path) {
        print_message("the published vectors are not here: skipped\n");
        return;
    }
    kd_error       err;
    kd_embeddings *e;
    kd_map        *wanted = wanting(three, 3);
    assert_ok(kd_embeddings_read(&e, path, wanted, &err), &err);
    assert_int_equal(kd_embeddings_about(e).rows, 11925);
    assert_int_equal(kd_embeddings_about(e).dim, 25);
    assert_close(kd_embeddings_find(e, "the", 3)[12], -6.3371, 1e-6);
    kd_embeddings_destroy(e);
    kd_map_destroy(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_both_forms),
        cmocka_unit_test(test_keeps_the_first_of_two_rows),
        cmocka_unit_test(test_prefers_the_word_as_it_is_written),
        cmocka_unit_test(test_names_the_line_of_a_bad_row),
        cmocka_unit_test(test_reads_numbers_as_the_c_library_does),
        cmocka_unit_test(test_says_how_many_words_have_a_vector),
        cmocka_unit_test(test_reads_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
