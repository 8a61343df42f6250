/* Every kind says of itself what is true of it: a new one is held to this by its row alone. */
#include <limits.h>
#include <string.h>

#include "tests/models/small.h"
#include "tests/support/support.h"

static const kd_model_kind *kind_at(int k)
{
    return kd_model_kind_at((kd_kind)k);
}

static void test_is_called_as_its_row(void **state)
{
    (void)state;
    const kd_setting *row = kd_setting_find(kd_arch_settings(), "kind");
    for (int k = 0; k < KD_KIND_COUNT; k++)
        assert_string_equal(kind_at(k)->name, kd_choice_word(row->words, k));
}

/* A small network of kind `k` with this head, and whatever that head asks for. */
static kd_arch arch_of(int k, int head)
{
    kd_arch arch = kd_small_arch((kd_kind)k);
    arch.head = (kd_head_kind)head;
    arch.encoder.pooler = true;
    return arch;
}

static void test_has_the_heads_it_says_and_no_other(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++)
        for (int h = 0; h < KD_HEAD_COUNT; h++) {
            kd_arch       arch = arch_of(k, h);
            kd_model_size size;
            kd_error      err;
            kd_status     status = kd_model_measure(&size, &arch, 5, &err);
            if (kind_at(k)->heads & 1u << h)
                assert_ok(status, &err);
            else
                assert_fails(KD_ECONFIG, kind_at(k)->name, status, &err);
        }
}

static int count_of(const kd_params *params, const char *prefix)
{
    int count = 0;
    for (int i = 0; i < kd_params_count(params); i++)
        count += kd_starts_with(kd_params_at(params, i)->name, prefix);
    return count;
}

/* What begins so is there: at least one weight, unless another setting would make it. */
static void test_names_parts_that_it_has(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch              plain = arch_of(k, KD_HEAD_TAGS), with_block = plain;
        const kd_model_kind *kind = kind_at(k);
        with_block.bilstm.embeddings = KD_VECTORS_BLOCK;
        kd_small of_plain = kd_small_make(&plain, (kd_tape_options){ 0 });
        kd_small of_block = kd_small_make(&with_block, (kd_tape_options){ 0 });
        if (kind->vectors) assert_non_null(kd_params_find(of_plain.params, kind->vectors));
        if (kind->embeddings) assert_true(count_of(of_block.params, kind->embeddings) >= 3);
        if (kind->layer) assert_true(count_of(of_plain.params, kind->layer) >= plain.layers);
        if (kind->pooler) assert_true(count_of(of_plain.params, kind->pooler) > 0);
        assert_true(count_of(of_plain.params, "classifier") > 0);
        kd_small_drop(&of_plain);
        kd_small_drop(&of_block);
    }
}

/* Weights are taken over only where these agree; one that the kind does not read would never be
 * compared rightly. */
static void test_agrees_in_settings_that_it_reads(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        char  words[256], *rest = words;
        char *word;
        strcpy(words, kind_at(k)->agreeing);
        while ((word = strsep(&rest, " "))) {
            const kd_setting *row = kd_setting_find(kd_arch_settings(), word);
            assert_non_null(row);
            assert_true(kd_setting_used_by(row, kind_at(k)->name));
        }
    }
}

static void test_says_how_long_a_sentence_may_be(void **state)
{
    (void)state;
    kd_arch lstm = kd_small_arch(KD_KIND_BILSTM), bert = kd_small_arch(KD_KIND_BERT);
    assert_int_equal(kd_arch_longest(&lstm), INT_MAX);
    lstm.bilstm.embeddings = KD_VECTORS_MULTICHANNEL;
    assert_int_equal(kd_arch_longest(&lstm), INT_MAX);
    lstm.bilstm.embeddings = KD_VECTORS_BLOCK; /* which has a table of positions */
    assert_int_equal(kd_arch_longest(&lstm), 64);
    assert_int_equal(kd_arch_longest(&bert), 64);
}

/* Every kind on the longest sentence that it takes. */
static void test_takes_its_longest_sentence(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch  arch = arch_of(k, KD_HEAD_TAGS);
        int      longest = kd_arch_longest(&arch) < INT_MAX ? kd_arch_longest(&arch) : 100;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch batch = kd_small_batch(1, &longest);
        assert_int_equal(kd_model_apply(small.model, small.tape, &batch, NULL).logits->n, longest);
        kd_small_drop(&small);
    }
}

static void test_joins_the_tables_of_its_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        bool        has_bilstm, has_bert;
    } cases[] = { { "hidden", true, true },     { "positions", true, true },
                  { "embedding", true, false }, { "embeddings", true, false },
                  { "heads", false, true },     { "pooler_activation", false, true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kd_setting *row = kd_setting_find(kd_arch_settings(), cases[i].key);
        assert_non_null(row);
        assert_int_equal(kd_setting_used_by(row, "bilstm"), cases[i].has_bilstm);
        assert_int_equal(kd_setting_used_by(row, "bert"), cases[i].has_bert);
    }
    assert_non_null(strstr(kd_setting_find(kd_arch_settings(), "dropout")->help,
                           "was published with (bilstm 0.5, bert 0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_called_as_its_row),
        cmocka_unit_test(test_has_the_heads_it_says_and_no_other),
        cmocka_unit_test(test_names_parts_that_it_has),
        cmocka_unit_test(test_agrees_in_settings_that_it_reads),
        cmocka_unit_test(test_says_how_long_a_sentence_may_be),
        cmocka_unit_test(test_takes_its_longest_sentence),
        cmocka_unit_test(test_joins_the_tables_of_its_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
