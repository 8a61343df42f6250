/* Word vectors of a file become rows of a network's table, or it is said why not. */
#include "harness/cell/vectors.h"

#include <string.h>

#include "harness/base/str.h"
#include "tests/models/small.h"
#include "tests/support/support.h"

enum { PIECES = 30 };

/* "[UNK]", "gene", "Kinase", "##ase", and pieces that no file has. */
static char vocab[PIECES * 8];

static int make_vocab(void **state)
{
    (void)state;
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, "[UNK]\ngene\nKinase\n##ase\n");
    for (int i = 4; i < PIECES; i++) kd_str_addf(&text, "[x%d]\n", i);
    assert_true(text.length < sizeof vocab);
    memcpy(vocab, text.text, text.length + 1);
    kd_str_fini(&text);
    return 0;
}

static float *row_of(kd_small *small, int piece)
{
    const kd_param *table = kd_params_find(small->params, "embedding.weight");
    assert_non_null(table);
    return kd_param_block(small->params, table, KD_VALUES) + piece * table->dim[1];
}

static kd_small make_bilstm(kd_arch *arch)
{
    *arch = kd_small_arch(KD_KIND_BILSTM);
    arch->embedding = 3;
    return kd_small_make(arch, (kd_tape_options){ 0 });
}

/* By the rule of words, of which a corpus knows nothing. */
static kd_status fill(kd_small *small, const kd_arch *arch, const char *pieces, const char *path,
                      kd_vectors_hits *hits, kd_error *err)
{
    static int32_t begin[] = { 0 };
    const kd_pack  none = { .task = KD_TASK_NER, .piece_begin = begin };
    return kd_vectors_fill(small->params, arch, pieces, &none, path, KD_VECTORS_WORDS, hits, err);
}

static void test_fills_rows_by_words_and_leaves_the_others(void **state)
{
    (void)state;
    kd_arch         arch;
    kd_error        err;
    kd_small        small = make_bilstm(&arch);
    kd_vectors_hits hits;
    float           before[2] = { row_of(&small, 3)[0], row_of(&small, 4)[2] };
    const char     *path = kd_test_file("three.txt", "gene 1 2 3\nkinase 4 5 6\nase 7 8 9\n");
    assert_ok(fill(&small, &arch, vocab, path, &hits, &err), &err);
    assert_int_equal(hits.own, 2);
    assert_int_equal(hits.mean, 0);
    for (int d = 0; d < 3; d++) {
        assert_true(row_of(&small, 1)[d] == (float)(1 + d));
        assert_true(row_of(&small, 2)[d] ==
                    (float)(4 + d)); /* "Kinase" is there as "kinase" alone */
    }
    assert_true(row_of(&small, 3)[0] == before[0]); /* "##ase" is no word */
    assert_true(row_of(&small, 4)[2] == before[1]);
    kd_small_drop(&small);
}

static void test_says_what_does_not_fit(void **state)
{
    (void)state;
    kd_arch  arch, bert = kd_small_arch(KD_KIND_BERT);
    kd_error err;
    kd_small small = make_bilstm(&arch), other = kd_small_make(&bert, (kd_tape_options){ 0 });
    kd_vectors_hits hits = { .own = 7 };
    const char     *three = kd_test_file("gene.txt", "gene 1 2 3\n");
    assert_fails(KD_ECONFIG, "vectors of 2 numbers, the embedding has 3",
                 fill(&small, &arch, vocab, kd_test_file("two.txt", "gene 1 2\n"), &hits, &err),
                 &err);
    assert_int_equal(hits.own, 0);
    assert_fails(KD_ECONFIG, "has a vector for none of 30 pieces",
                 fill(&small, &arch, vocab, kd_test_file("none.txt", "virus 1 2 3\n"), &hits, &err),
                 &err);
    assert_fails(KD_EDATA, "the vocabulary has 2 pieces, the embedding 30 rows",
                 fill(&small, &arch, "[UNK]\ngene\n", three, &hits, &err), &err);
    assert_fails(KD_EDATA, "bad.txt:2",
                 fill(&small, &arch, vocab, kd_test_file("bad.txt", "gene 1 2 3\nkinase 1 2\n"),
                      &hits, &err),
                 &err);
    assert_fails(KD_ECONFIG, "a bert, has no table of its own for word vectors",
                 fill(&other, &bert, vocab, three, &hits, &err), &err);
    kd_small_drop(&small);
    kd_small_drop(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_rows_by_words_and_leaves_the_others),
        cmocka_unit_test(test_says_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, make_vocab, NULL);
}
