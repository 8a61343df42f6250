/* test_tags.c - tags are parsed, tables have a fixed order, sequences are judged and read, and
 * schemes convert into each other and back. */
#include <stdio.h>
#include <string.h>

#include "harness/base/rng.h"
#include "models/text/tags.h"
#include "tests/support/support.h"

enum { WORDS = 16 };

static void test_parses_what_is_a_tag_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        bool        is_tag;
        kd_part     part;
        const char *type;
    } cases[] = {
        { "O", true, KD_PART_O, "" },
        { "B", true, KD_PART_B, "" },
        { "S", true, KD_PART_S, "" },
        { "B-G", true, KD_PART_B, "G" },
        { "E-a-b", true, KD_PART_E, "a-b" },
        { "I-cell_line", true, KD_PART_I, "cell_line" },
        { "", false, 0, "" },
        { "o", false, 0, "" },
        { "Q-GENE", false, 0, "" },
        { "B-", false, 0, "" },
        { "BGENE", false, 0, "" },
        { "O-GENE", false, 0, "" },
        { "b-G", false, 0, "" },
        { "-G", false, 0, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *type;
        size_t      length;
        kd_part     part;

        assert_int_equal(kd_tag_parse(cases[i].text, strlen(cases[i].text), &part, &type, &length),
                         cases[i].is_tag);
        if (!cases[i].is_tag) continue;
        assert_int_equal(part, cases[i].part);
        assert_int_equal(length, strlen(cases[i].type));
        assert_memory_equal(type, cases[i].type, length);
    }
}

static kd_labels *labels_of(kd_scheme scheme)
{
    kd_labels *labels = kd_labels_create();

    kd_labels_add_type(labels, scheme, "a", 1);
    kd_labels_add_type(labels, scheme, "b", 1);
    return labels;
}

static void test_numbers_labels_in_the_order_of_adding(void **state)
{
    kd_labels  *labels = kd_labels_create();
    const char *names[] = { "START", "O", "B-a", "I-a", "E-a", "S-a", "B", "I", "E", "S" };

    (void)state;
    assert_int_equal(kd_labels_outside(labels), -1);
    assert_int_equal(kd_labels_add_class(labels, "START", 5), 0);
    assert_int_equal(kd_labels_add_type(labels, KD_SCHEME_IOBES, "a", 1), 0);
    assert_int_equal(kd_labels_add_type(labels, KD_SCHEME_IOBES, "", 0), 1);
    assert_int_equal(kd_labels_add_type(labels, KD_SCHEME_IOBES, "a", 1), 0);
    assert_int_equal(kd_labels_count(labels), 10);
    for (int id = 0; id < 10; id++) {
        kd_tag tag = kd_labels_tags(labels)[id];

        assert_string_equal(kd_labels_name(labels, id), names[id]);
        assert_int_equal(kd_labels_find(labels, names[id], strlen(names[id])), id);
        if (id > 0) assert_int_equal(kd_labels_tag_id(labels, (kd_part)tag.part, tag.type), id);
    }
    assert_int_equal(kd_labels_find(labels, "B-c", 3), -1);
    assert_int_equal(kd_labels_find_type(labels, "", 0), 1);
    assert_int_equal(kd_labels_outside(labels), 1);
    assert_int_equal(kd_tag_of(kd_labels_tags(labels), -1).part, KD_PART_O);
    kd_labels_destroy(labels);
    kd_labels_destroy(NULL);
}

/* Letters: o is O, upper case B I E S of type a, lower case b i e s of type b. */
static int read_letters(const kd_labels *labels, const char *text, int16_t *out)
{
    static const char parts[] = "OBIES", lower[] = "obies";
    int               count = 0;

    for (; *text; text++) {
        bool    is_upper = strchr(parts, *text) != NULL && *text != 'O';
        kd_part part =
            (kd_part)(strchr(is_upper ? parts : lower, *text) - (is_upper ? parts : lower));

        out[count++] = (int16_t)kd_labels_tag_id(labels, part, is_upper ? 0 : 1);
    }
    return count;
}

static void test_counts_neighbours_that_a_scheme_forbids(void **state)
{
    static const struct {
        kd_scheme   scheme;
        const char *tags;
        int         invalid;
    } cases[] = {
        { KD_SCHEME_IOBES, "BIEoS", 0 }, { KD_SCHEME_IOBES, "B", 1 },
        { KD_SCHEME_IOBES, "E", 1 },     { KD_SCHEME_IOBES, "BB", 2 },
        { KD_SCHEME_IOBES, "BEI", 2 },   { KD_SCHEME_IOBES, "Be", 1 },
        { KD_SCHEME_IOBES, "EE", 2 },    { KD_SCHEME_IOBES, "Bo", 1 },
        { KD_SCHEME_IOBES, "", 0 },      { KD_SCHEME_IOBES, "SSs", 0 },
        { KD_SCHEME_IOB2, "BIIoB", 0 },  { KD_SCHEME_IOB2, "I", 1 },
        { KD_SCHEME_IOB2, "Bi", 1 },     { KD_SCHEME_IOB2, "oIo", 1 },
        { KD_SCHEME_IOB2, "BBbB", 0 },   { KD_SCHEME_IOB1, "IIBIo", 0 },
        { KD_SCHEME_IOB1, "B", 1 },      { KD_SCHEME_IOB1, "iB", 1 },
        { KD_SCHEME_IOB1, "oBo", 1 },    { KD_SCHEME_IOB1, "Iib", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_labels *labels = labels_of(cases[i].scheme);
        int16_t    ids[WORDS];
        int        length = read_letters(labels, cases[i].tags, ids),
            got = kd_tags_invalid(labels, ids, length);

        if (got != cases[i].invalid) fail_msg("%s: %d", cases[i].tags, got);
        kd_labels_destroy(labels);
    }
}

/* Spans as text: "01a 3-3b" is written 0-1a 3-3b. */
static void print_spans(const kd_labels *labels, kd_reading reading, const int16_t *ids, int length,
                        char *out)
{
    kd_spans walk = kd_spans_of(labels, reading, ids, length);
    kd_span  span;

    *out = 0;
    while (kd_spans_next(&walk, &span))
        out += sprintf(out, "%d-%d%s ", span.first, span.last, kd_labels_type(labels, span.type));
}

static void test_reads_malformed_sequences_in_three_ways(void **state)
{
    static const struct {
        kd_scheme   scheme;
        const char *tags, *strict, *conlleval, *seqeval;
    } cases[] = {
        { KD_SCHEME_IOBES, "BIEoS", "0-2a 4-4a ", "0-2a 4-4a ", "0-2a 4-4a " },
        { KD_SCHEME_IOBES, "BEI", "0-1a ", "0-2a ", "0-1a 2-2a " },
        { KD_SCHEME_IOBES, "SE", "0-0a ", "0-1a ", "0-0a 1-1a " },
        { KD_SCHEME_IOBES, "EE", "", "0-1a ", "0-0a 1-1a " },
        { KD_SCHEME_IOBES, "BBE", "1-2a ", "0-0a 1-2a ", "0-0a 1-2a " },
        { KD_SCHEME_IOBES, "BIo", "", "0-1a ", "0-1a " },
        { KD_SCHEME_IOBES, "Be", "", "0-0a 1-1b ", "0-0a 1-1b " },
        { KD_SCHEME_IOBES, "BIS", "2-2a ", "0-1a 2-2a ", "0-1a 2-2a " },
        { KD_SCHEME_IOB2, "oIIb", "3-3b ", "1-2a 3-3b ", "1-2a 3-3b " },
        { KD_SCHEME_IOB2, "BiI", "0-0a ", "0-0a 1-1b 2-2a ", "0-0a 1-1b 2-2a " },
        { KD_SCHEME_IOB1, "IIBi", "0-1a 2-2a 3-3b ", "0-1a 2-2a 3-3b ", "0-1a 2-2a 3-3b " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_labels  *labels = labels_of(cases[i].scheme);
        const char *want[] = { cases[i].strict, cases[i].conlleval, cases[i].seqeval };
        int16_t     ids[WORDS];
        int         length = read_letters(labels, cases[i].tags, ids);

        for (kd_reading reading = KD_READ_STRICT; reading <= KD_READ_SEQEVAL; reading++) {
            char got[128];

            print_spans(labels, reading, ids, length, got);
            assert_string_equal(got, want[reading]);
        }
        kd_labels_destroy(labels);
    }
}

static const kd_scheme schemes[] = { KD_SCHEME_IOB1, KD_SCHEME_IOB2, KD_SCHEME_IOBES };

/* Random spans, written in one scheme: well-formed there, the same when converted to another
 * and back, and the same spans all the way. */
static void test_converts_there_and_back(void **state)
{
    kd_rng rng = kd_rng_root(3);

    (void)state;
    for (int round = 0; round < 2000; round++)
        for (int one = 0; one < 3; one++)
            for (int other = 0; other < 3; other++) {
                kd_labels *from = labels_of(schemes[one]), *to = labels_of(schemes[other]);
                int16_t    ids[WORDS], there[WORDS], back[WORDS];
                char       before[128], after[128];

                for (int i = 0; i < WORDS; i++) ids[i] = (int16_t)kd_labels_outside(from);
                for (int i = 0; i < WORDS;) {
                    int last = i + (int)kd_rng_below(&rng, 3);

                    if (kd_rng_below(&rng, 2) && last < WORDS)
                        kd_tags_write_span(from, (kd_span){ i, last, (int)kd_rng_below(&rng, 2) },
                                           ids);
                    i = last + 1;
                }
                assert_int_equal(kd_tags_invalid(from, ids, WORDS), 0);
                kd_tags_convert(to, there, from, ids, WORDS);
                kd_tags_convert(from, back, to, there, WORDS);
                assert_memory_equal(ids, back, sizeof ids);
                assert_int_equal(kd_tags_invalid(to, there, WORDS), 0);
                print_spans(from, KD_READ_STRICT, ids, WORDS, before);
                print_spans(to, KD_READ_STRICT, there, WORDS, after);
                assert_string_equal(before, after);
                kd_labels_destroy(from);
                kd_labels_destroy(to);
            }
}

static void test_converts_any_sequence_to_a_well_formed_one(void **state)
{
    kd_labels *from = labels_of(KD_SCHEME_IOBES), *to = labels_of(KD_SCHEME_IOB2);
    kd_rng     rng = kd_rng_root(4);

    (void)state;
    for (int round = 0; round < 5000; round++) {
        int16_t ids[WORDS], out[WORDS];
        char    before[128], after[128];

        for (int i = 0; i < WORDS; i++) ids[i] = (int16_t)kd_rng_below(&rng, 9);
        kd_tags_convert(to, out, from, ids, WORDS);
        assert_int_equal(kd_tags_invalid(to, out, WORDS), 0);
        print_spans(from, KD_READ_CONLLEVAL, ids, WORDS, before);
        print_spans(to, KD_READ_STRICT, out, WORDS, after);
        assert_string_equal(before, after);
    }
    kd_labels_destroy(from);
    kd_labels_destroy(to);
}

static void test_knows_schemes_by_name(void **state)
{
    kd_scheme scheme;

    (void)state;
    assert_true(kd_scheme_parse(&scheme, "iobes"));
    assert_int_equal(scheme, KD_SCHEME_IOBES);
    assert_true(kd_scheme_parse(&scheme, kd_scheme_name(KD_SCHEME_IOB1)));
    assert_int_equal(scheme, KD_SCHEME_IOB1);
    assert_false(kd_scheme_parse(&scheme, "auto"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses_what_is_a_tag_and_nothing_else),
        cmocka_unit_test(test_numbers_labels_in_the_order_of_adding),
        cmocka_unit_test(test_counts_neighbours_that_a_scheme_forbids),
        cmocka_unit_test(test_reads_malformed_sequences_in_three_ways),
        cmocka_unit_test(test_converts_there_and_back),
        cmocka_unit_test(test_converts_any_sequence_to_a_well_formed_one),
        cmocka_unit_test(test_knows_schemes_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
