/* Published names and ours. */
#include "models/weights/names.h"
#include "tests/support/support.h"

static void test_knows_every_published_form(void **state)
{
    (void)state;
    static const struct {
        const kd_layout *layout;
        const char      *published, *ours;
    } cases[] = {
        { &kd_layout_bert, "bert.pooler.dense.weight", "bert.pooler.dense.weight" },
        { &kd_layout_bert, "embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight" },
        { &kd_layout_bert, "encoder.layer.11.output.LayerNorm.beta",
          "bert.encoder.layer.11.output.LayerNorm.bias" },
        { &kd_layout_bert, "classifier.bias", "classifier.bias" },
        { &kd_layout_distilbert, "transformer.layer.5.attention.out_lin.bias",
          "bert.encoder.layer.5.attention.output.dense.bias" },
        { &kd_layout_distilbert, "distilbert.transformer.layer.10.ffn.lin2.weight",
          "bert.encoder.layer.10.output.dense.weight" },
        { &kd_layout_distilbert, "vocab_projector.bias", "cls.predictions.bias" },
        { &kd_layout_distilbert, "pre_classifier.weight", "bert.pooler.dense.weight" },
        { &kd_layout_roberta, "lm_head.layer_norm.weight",
          "cls.predictions.transform.LayerNorm.weight" },
        { &kd_layout_roberta, "encoder.layer.1.output.LayerNorm.beta",
          "roberta.encoder.layer.1.output.LayerNorm.bias" },
        { &kd_layout_albert, "encoder.albert_layer_groups.0.albert_layers.0.ffn.bias",
          "albert.encoder.albert_layer_groups.0.albert_layers.0.ffn.bias" },
        { &kd_layout_albert, "predictions.dense.weight", "cls.predictions.transform.dense.weight" },
        { &kd_layout_mobilebert, "encoder.layer.23.ffn.2.output.LayerNorm.weight",
          "mobilebert.encoder.layer.23.ffn.2.output.LayerNorm.weight" },
        { &kd_layout_mobilebert, "cls.predictions.dense.weight", "cls.predictions.dense.weight" },
        { &kd_layout_own, "linear.0.bias", "classifier.dense.bias" },
        { &kd_layout_own, "linear.3.weight", "classifier.out_proj.weight" },
        { &kd_layout_own, "linear.weight", "classifier.weight" },
        { &kd_layout_own, "lstm.weight_hh_l1_reverse", "lstm.weight_hh_l1_reverse" },
        { &kd_layout_bert, "bert.bert.encoder.layer.3.output.LayerNorm.gamma",
          "bert.encoder.layer.3.output.LayerNorm.weight" },
        { &kd_layout_bert, "bert.classifier.bias", "classifier.bias" },
        { &kd_layout_own, "embeddings.LayerNorm.bias", "embeddings.LayerNorm.bias" },
        { &kd_layout_distilbert, "distilbert.transformer.layer.x.ffn.lin2.weight",
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
    static const struct {
        const kd_layout *layout;
        const char      *name;
    } cases[] = {
        { &kd_layout_bert, "bert.embeddings.position_ids" },
        { &kd_layout_bert, "cls.predictions.decoder.weight" },
        { &kd_layout_bert, "cls.seq_relationship.bias" },
        { &kd_layout_distilbert, "distilbert.embeddings.position_ids" },
        { &kd_layout_distilbert, "vocab_projector.weight" },
        { &kd_layout_mobilebert, "cls.predictions.decoder.weight" },
        { &kd_layout_bert, "W_emb.weight" },
        { &kd_layout_bert, "W_hidden.bias" },
        { &kd_layout_bert, "fit_dense.weight" },
        { &kd_layout_bert, "fit_denses.4.bias" },
        { &kd_layout_roberta, "lm_head.decoder.bias" },
        { &kd_layout_albert, "predictions.decoder.bias" },
        { &kd_layout_albert, "sop_classifier.classifier.weight" },
    };
    kd_str out = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_false(kd_name_ours(cases[i].name, cases[i].layout, &out));
    assert_true(kd_name_ours("vocab_projector.weight", &kd_layout_bert, &out)); /* which has none */
    kd_str_fini(&out);
}

static void test_gives_published_names_back(void **state)
{
    (void)state;
    kd_str out = KD_STR_INIT;
    kd_name_published("bert.encoder.layer.3.attention.self.query.weight", &kd_layout_distilbert,
                      false, &out);
    assert_string_equal(out.text, "distilbert.transformer.layer.3.attention.q_lin.weight");
    kd_name_published("bert.encoder.layer.3.output.dense.bias", &kd_layout_bert, false, &out);
    assert_string_equal(out.text, "bert.encoder.layer.3.output.dense.bias");
    kd_name_published("bert.pooler.dense.bias", &kd_layout_distilbert, false, &out);
    assert_string_equal(out.text, "pre_classifier.bias");
    kd_name_published("bert.pooler.dense.bias", &kd_layout_bert, true, &out);
    assert_string_equal(out.text, "pooler.dense.bias");
    kd_name_published("lstm.bias_hh_l0", &kd_layout_own, false, &out);
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
