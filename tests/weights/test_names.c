/* Published names and ours. */
#include "models/weights/names.h"
#include "tests/support/support.h"

static void test_knows_every_published_form(void **state)
{
    (void)state;
    static const struct {
        kd_layout   layout;
        const char *published, *ours;
    } cases[] = {
        { KD_LAYOUT_BERT, "bert.pooler.dense.weight", "bert.pooler.dense.weight" },
        { KD_LAYOUT_BERT, "embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight" },
        { KD_LAYOUT_BERT, "encoder.layer.11.output.LayerNorm.beta",
          "bert.encoder.layer.11.output.LayerNorm.bias" },
        { KD_LAYOUT_BERT, "classifier.bias", "classifier.bias" },
        { KD_LAYOUT_DISTILBERT, "transformer.layer.5.attention.out_lin.bias",
          "bert.encoder.layer.5.attention.output.dense.bias" },
        { KD_LAYOUT_DISTILBERT, "distilbert.transformer.layer.10.ffn.lin2.weight",
          "bert.encoder.layer.10.output.dense.weight" },
        { KD_LAYOUT_DISTILBERT, "vocab_projector.bias", "cls.predictions.bias" },
        { KD_LAYOUT_DISTILBERT, "pre_classifier.weight", "bert.pooler.dense.weight" },
        { KD_LAYOUT_OWN, "embeddings.LayerNorm.bias", "embeddings.LayerNorm.bias" },
        { KD_LAYOUT_DISTILBERT, "distilbert.transformer.layer.x.ffn.lin2.weight",
          "distilbert.transformer.layer.x.ffn.lin2.weight" },
    };
    kd_str out = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(kd_name_ours(cases[i].published, cases[i].layout, &out));
        assert_string_equal(out.text, cases[i].ours);
    }
    kd_str_fini(&out);
}

static void test_sets_aside_what_loaders_ignore(void **state)
{
    (void)state;
    static const char *const names[] = { "bert.embeddings.position_ids",
                                         "cls.predictions.decoder.weight",
                                         "cls.seq_relationship.bias", "vocab_projector.weight" };
    kd_str                   out = KD_STR_INIT;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(kd_name_ours(names[i], KD_LAYOUT_BERT, &out));
    kd_str_fini(&out);
}

static void test_gives_published_names_back(void **state)
{
    (void)state;
    kd_str out = KD_STR_INIT;
    kd_name_published("bert.encoder.layer.3.attention.self.query.weight", KD_LAYOUT_DISTILBERT,
                      false, &out);
    assert_string_equal(out.text, "distilbert.transformer.layer.3.attention.q_lin.weight");
    kd_name_published("bert.encoder.layer.3.output.dense.bias", KD_LAYOUT_BERT, false, &out);
    assert_string_equal(out.text, "bert.encoder.layer.3.output.dense.bias");
    kd_name_published("bert.pooler.dense.bias", KD_LAYOUT_DISTILBERT, false, &out);
    assert_string_equal(out.text, "pre_classifier.bias");
    kd_name_published("bert.pooler.dense.bias", KD_LAYOUT_BERT, true, &out);
    assert_string_equal(out.text, "pooler.dense.bias");
    kd_name_published("lstm.bias_hh_l0", KD_LAYOUT_OWN, false, &out);
    assert_string_equal(out.text, "lstm.bias_hh_l0");
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_every_published_form),
        cmocka_unit_test(test_sets_aside_what_loaders_ignore),
        cmocka_unit_test(test_gives_published_names_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
