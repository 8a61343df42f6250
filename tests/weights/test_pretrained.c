/* Networks out as published checkpoints and in again; what does not fit is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"
#include "models/weights/safetensors.h"
#include "models/weights/weights.h"
#include "tests/support/support.h"
#include "tests/weights/same.h"

static kd_arch small_arch(kd_head_kind head, int segments)
{
    kd_arch arch;
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = KD_KIND_BERT;
    arch.head = head;
    arch.vocab = 11;
    arch.hidden = 8;
    arch.encoder.heads = 2;
    arch.encoder.ffn = 12;
    arch.positions = 6;
    arch.segments = segments;
    arch.labels = 3;
    arch.encoder.pooler = kd_head_is_of_sentence(head) || (segments && head == KD_HEAD_NONE);
    if (segments == 0) arch.encoder.pooler_activation = KD_RELU;
    return arch;
}

static kd_pretrained make(const kd_arch *arch)
{
    kd_pretrained made = { .params = kd_params_create() };
    kd_rng        rng = kd_rng_root(7);
    kd_error      err;
    assert_ok(kd_model_create(&made.model, made.params, arch, &err), &err);
    kd_params_allocate(made.params, false);
    kd_params_init(made.params, &rng);
    return made;
}

static char *save(const kd_arch *arch, const char *name)
{
    kd_pretrained             made = make(arch);
    char                     *folder = kd_fs_join(kd_test_folder(), name);
    kd_error                  err;
    const kd_pretrained_words words = { "O\nB-Gene\nI-Gene\n", "[UNK]\nb\n", true, false };
    assert_ok(kd_pretrained_save(folder, made.model, made.params, &words, &err), &err);
    kd_pretrained_fini(&made);
    return folder;
}

static void test_returns_every_network_it_wrote(void **state)
{
    (void)state;
    static const struct {
        kd_head_kind head;
        int          segments;
    } cases[] = { { KD_HEAD_TAGS, 2 },       { KD_HEAD_CLASS, 2 }, { KD_HEAD_MULTILABEL, 2 },
                  { KD_HEAD_MLM, 2 },        { KD_HEAD_SPAN, 2 },  { KD_HEAD_NONE, 2 },
                  { KD_HEAD_TAGS, 0 },       { KD_HEAD_MLM, 0 },   { KD_HEAD_CLASS, 0 },
                  { KD_HEAD_MULTILABEL, 0 }, { KD_HEAD_SPAN, 0 },  { KD_HEAD_NONE, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch       arch = small_arch(cases[i].head, cases[i].segments);
        kd_pretrained made = make(&arch), loaded;
        char         *folder = save(&arch, "round");
        kd_error      err;
        assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
        assert_same(&made, &loaded);
        assert_int_equal(kd_model_arch(loaded.model)->head, cases[i].head);
        kd_pretrained_fini(&loaded);
        kd_pretrained_fini(&made);
        free(folder);
    }
}

static void test_writes_the_names_of_distilbert(void **state)
{
    (void)state;
    kd_arch     arch = small_arch(KD_HEAD_TAGS, 0);
    char       *folder = save(&arch, "distil");
    kd_weights *weights;
    kd_error    err;
    assert_ok(kd_weights_open(&weights, folder, &err), &err);
    assert_non_null(
        kd_weights_find(weights, "distilbert.transformer.layer.1.attention.q_lin.weight"));
    for (size_t i = 0; i < kd_weights_count(weights); i++)
        assert_null(strstr(kd_weights_at(weights, i)->name, "bert.encoder"));
    kd_weights_close(weights);
    free(folder);
}

static void test_leaves_out_a_pooler_that_the_class_has_not(void **state)
{
    (void)state;
    kd_arch arch = small_arch(KD_HEAD_TAGS, 2);
    arch.encoder.pooler = true;
    char         *folder = save(&arch, "pooler");
    kd_pretrained loaded;
    kd_error      err;
    assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
    assert_false(kd_model_arch(loaded.model)->encoder.pooler);
    kd_pretrained_fini(&loaded);
    free(folder);
}

/* The same config.json with one text in place of another. */
static void change_config(const char *folder, const char *from, const char *to)
{
    char    *path = kd_fs_join(folder, "config.json");
    kd_str   text = KD_STR_INIT, changed = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_fs_read(path, &text, &err), &err);
    char *place = strstr(text.text, from);
    assert_non_null(place);
    kd_str_add_bytes(&changed, text.text, (size_t)(place - text.text));
    kd_str_add(&changed, to);
    kd_str_add(&changed, place + strlen(from));
    assert_ok(kd_fs_write(path, changed.text, changed.length, &err), &err);
    kd_str_fini(&text);
    kd_str_fini(&changed);
    free(path);
}

static void test_refuses_a_config_that_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        { "\"vocab_size\": 11", "\"vocab_size\": 12",
          "word_embeddings.weight: shape is [11, 8], config.json makes it [12, 8]" },
        { "\"vocab_size\": 11", "\"vocab_size\": -1", "vocab_size: expected" },
        { "\"vocab_size\": 11", "\"vocab_size\": \"x\"", "vocab_size: expected" },
        { "\"vocab_size\": 11", "\"size\": 11", "vocab_size: is missing" },
        { "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "layer.2." },
        { "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1",
          "is no weight of the network of config.json" },
        { "\"bert\"", "\"electra\"", "model_type: electra" },
        { "\"gelu\"", "\"swish\"", "hidden_act: there is no activation swish" },
        { "ForTokenClassification", "ForMultipleChoice", "architectures: BertForMultipleChoice" },
        { "ForTokenClassification", "ForMaskedLM", "cls.predictions" },
        { "\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "heads" },
        { "\"vocab_size\": 11", "\"is_decoder\": true, \"vocab_size\": 11", "is_decoder" },
        { "\"vocab_size\": 11", "\"position_embedding_type\": \"relative\", \"vocab_size\": 11",
          "position_embedding_type" },
        { "\"2\": \"I-Gene\"", "\"2\": \"I-Gene\", \"3\": \"x\"",
          "id2label: names 4 labels, the head has 3" },
        { "\"2\": \"I-Gene\"", "\"2\": \"I\\nGene\"", "id2label: 2 has no name" },
        { "\"2\": \"I-Gene\"", "\"7\": \"I-Gene\"", "id2label: 2 has no name" },
        { "{", "{ \"vocab_size\": 11,", "duplicate" },
    };
    kd_arch arch = small_arch(KD_HEAD_TAGS, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char         *folder = save(&arch, "bad");
        kd_pretrained loaded;
        kd_error      err;
        change_config(folder, cases[i].from, cases[i].to);
        assert_fails(KD_EDATA, cases[i].words, kd_pretrained_load(&loaded, folder, &err), &err);
        free(folder);
    }
}

/* A decoder of its own would be dropped without a word. */
static void test_refuses_an_untied_decoder(void **state)
{
    (void)state;
    kd_arch       arch = small_arch(KD_HEAD_MLM, 2);
    char         *folder = save(&arch, "untied");
    kd_pretrained loaded;
    kd_error      err;
    change_config(folder, "{", "{ \"tie_word_embeddings\": true,");
    assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
    kd_pretrained_fini(&loaded);
    change_config(folder, "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    assert_fails(KD_EDATA, "tie_word_embeddings: the decoder of these networks is tied",
                 kd_pretrained_load(&loaded, folder, &err), &err);
    free(folder);
}

/* Each of these would be another network under a class of the usual library. */
static void test_knows_what_has_no_class(void **state)
{
    (void)state;
    kd_arch  arch[8];
    kd_error err;
    for (int i = 0; i < 6; i++) arch[i] = small_arch(i == 4 ? KD_HEAD_NONE : KD_HEAD_CLASS, 2);
    arch[0].classifier = 4;
    arch[1].segments = 0; /* DistilBERT's head has a ReLU */
    arch[2].encoder.pooler_activation = KD_RELU;
    arch[3] = small_arch(KD_HEAD_TAGS, 0);
    arch[3].norm_eps = 1e-5;
    arch[4].encoder.pooler = false;
    arch[5].kind = KD_KIND_BILSTM;
    arch[5].head = KD_HEAD_TAGS;
    for (int i = 6; i < 8; i++) {
        arch[i] = small_arch(i == 6 ? KD_HEAD_CLASS : KD_HEAD_NONE, 1);
        arch[i].kind = KD_KIND_ROBERTA;
        arch[i].encoder.pooler = false;
    }
    arch[6].classifier = 4; /* and the states are of 8 */
    static const char *const words[] = { "classifier: ",
                                         "pooler_activation: ",
                                         "pooler_activation: ",
                                         "norm_eps: ",
                                         "pooler: ",
                                         "kind: ",
                                         "classifier: ",
                                         "pooler: " };
    for (int i = 0; i < 8; i++) {
        kd_pretrained made = make(&arch[i]), loaded;
        char         *folder = save(&arch[i], "own");
        assert_fails(KD_ECONFIG, words[i], kd_layout_check(&arch[i], &err), &err);
        assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
        assert_same(&made, &loaded);
        assert_int_equal(kd_model_arch(loaded.model)->encoder.pooler_activation,
                         arch[i].encoder.pooler_activation);
        kd_pretrained_fini(&made);
        kd_pretrained_fini(&loaded);
        free(folder);
    }
}

/* The same tensors under other names: what begins with from[i] begins with to[i]. */
static void rename_tensors(const char *folder, const char *const from[], const char *const to[])
{
    char       *path = kd_fs_join(folder, KD_WEIGHTS_FILE);
    kd_weights *weights;
    kd_weight   renamed[64];
    kd_error    err;
    assert_ok(kd_weights_open(&weights, folder, &err), &err);
    size_t count = kd_weights_count(weights);
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        renamed[i] = *kd_weights_at(weights, i);
        int row = 0;
        while (from[row] && !kd_starts_with(renamed[i].name, from[row])) row++;
        const char *rest = renamed[i].name + (from[row] ? strlen(from[row]) : 0);
        renamed[i].name = kd_sprintf("%s%s", from[row] ? to[row] : "", rest);
    }
    char *made = kd_sprintf("%s.made", path);
    assert_ok(kd_safetensors_write(made, renamed, count, &err), &err);
    for (size_t i = 0; i < count; i++) free((char *)renamed[i].name);
    kd_weights_close(weights);
    assert_int_equal(rename(made, path), 0);
    free(made);
    free(path);
}

static void remove_config(const char *folder)
{
    char *path = kd_fs_join(folder, "config.json");
    assert_int_equal(remove(path), 0);
    free(path);
}

/* As programs save them that hold such a network in a module of their own. */
static void test_reads_what_training_programs_wrap(void **state)
{
    (void)state;
    static const struct {
        kd_kind     kind;
        int         classifier;
        const char *from[3], *to[3];
    } cases[] = {
        { KD_KIND_BILSTM,
          5,
          { "classifier.dense", "classifier.out_proj" },
          { "linear.0", "linear.3" } },
        { KD_KIND_BILSTM, 0, { "classifier" }, { "linear" } },
        { KD_KIND_BERT, 0, { "bert.", "classifier." }, { "bert.bert.", "bert.classifier." } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch arch = small_arch(KD_HEAD_TAGS, 2);
        arch.kind = cases[i].kind;
        arch.classifier = cases[i].classifier;
        kd_pretrained made = make(&arch), loaded;
        char         *folder = save(&arch, "wrapped");
        kd_error      err;
        rename_tensors(folder, cases[i].from, cases[i].to);
        assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
        assert_same(&made, &loaded);
        kd_pretrained_fini(&loaded);
        remove_config(folder);
        if (arch.kind == KD_KIND_BILSTM) {
            assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
            assert_same(&made, &loaded);
            assert_int_equal(kd_model_arch(loaded.model)->classifier, cases[i].classifier);
            assert_string_equal(loaded.labels, "LABEL_0\nLABEL_1\nLABEL_2\n");
            kd_pretrained_fini(&loaded);
        } else {
            assert_fails(KD_EDATA, "there is no config.json, and only a BiLSTM's tensors show",
                         kd_pretrained_load(&loaded, folder, &err), &err);
        }
        kd_pretrained_fini(&made);
        free(folder);
    }
}

static void test_refuses_a_bare_file_whose_sizes_do_not_meet(void **state)
{
    (void)state;
    static const struct {
        const char *from[2], *to[2], *words;
    } cases[] = {
        { { "embedding.weight" }, { "words.weight" }, "embedding.weight: is missing" },
        { { "classifier.dense.weight" }, { "linear.0.gain" }, "classifier.weight: is missing" },
        { { "lstm.weight_hh_l0_reverse" },
          { "lstm.other" },
          "lstm.weight_hh_l0_reverse: is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch       arch = small_arch(KD_HEAD_TAGS, 2);
        kd_pretrained loaded;
        kd_error      err;
        arch.kind = KD_KIND_BILSTM;
        arch.classifier = 5;
        char *folder = save(&arch, "sizes");
        remove_config(folder);
        rename_tensors(folder, cases[i].from, cases[i].to);
        assert_fails(KD_EDATA, cases[i].words, kd_pretrained_load(&loaded, folder, &err), &err);
        free(folder);
    }
}

static void test_refuses_positions_that_begin_elsewhere(void **state)
{
    (void)state;
    kd_arch       arch = small_arch(KD_HEAD_TAGS, 1);
    kd_pretrained loaded;
    kd_error      err;
    arch.kind = KD_KIND_ROBERTA;
    char *folder = save(&arch, "padding");
    assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
    kd_pretrained_fini(&loaded);
    change_config(folder, "\"pad_token_id\": 1", "\"pad_token_id\": 0");
    assert_fails(KD_EDATA, "pad_token_id: is not 1", kd_pretrained_load(&loaded, folder, &err),
                 &err);
    free(folder);
}

static void test_refuses_what_its_family_could_do_otherwise(void **state)
{
    (void)state;
    static const struct {
        kd_kind      kind;
        kd_head_kind head;
        const char  *from, *to, *words;
    } cases[] = {
        { KD_KIND_ALBERT, KD_HEAD_TAGS, "\"num_hidden_groups\": 1", "\"num_hidden_groups\": 2",
          "num_hidden_groups: only 1 is built here" },
        { KD_KIND_ALBERT, KD_HEAD_TAGS, "\"inner_group_num\": 1", "\"inner_group_num\": true",
          "inner_group_num: only 1 is built here" },
        { KD_KIND_ALBERT, KD_HEAD_TAGS, "\"embedding_size\": 4", "\"embedding_size\": 5",
          "shape is [11, 4], config.json makes it [11, 5]" },
        { KD_KIND_MOBILEBERT, KD_HEAD_TAGS, "\"no_norm\"", "\"layer_norm\"",
          "normalization_type: only no_norm is built here" },
        { KD_KIND_MOBILEBERT, KD_HEAD_TAGS, "\"trigram_input\": true", "\"trigram_input\": false",
          "trigram_input: only true is built here" },
        { KD_KIND_MOBILEBERT, KD_HEAD_MLM, "\"num_feedforward_networks\": 4",
          "\"num_feedforward_networks\": 5",
          "layer.0.ffn.3.intermediate.dense.weight: is missing" },
        { KD_KIND_MOBILEBERT, KD_HEAD_CLASS, "\"classifier_activation\": true",
          "\"classifier_activation\": false",
          "classifier_activation: is false, and a pooler is there" },
        { KD_KIND_MOBILEBERT, KD_HEAD_NONE, "\"classifier_activation\": false",
          "\"classifier_activation\": true",
          "classifier_activation: is true, and a pooler is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch       arch = small_arch(cases[i].head, 2);
        kd_pretrained loaded;
        kd_error      err;
        arch.kind = cases[i].kind;
        arch.embedding = 4;
        if (cases[i].head == KD_HEAD_NONE) arch.encoder.pooler = false;
        char *folder = save(&arch, "otherwise");
        assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
        kd_pretrained_fini(&loaded);
        change_config(folder, cases[i].from, cases[i].to);
        assert_fails(KD_EDATA, cases[i].words, kd_pretrained_load(&loaded, folder, &err), &err);
        free(folder);
    }
}

static void test_describes_the_tokenizer(void **state)
{
    (void)state;
    kd_arch arch = small_arch(KD_HEAD_TAGS, 0);
    char   *folder = save(&arch, "words"), *path = kd_fs_join(folder, "tokenizer_config.json");
    kd_json_document *document;
    kd_error          err;
    assert_ok(kd_json_open(&document, path, &err), &err);
    const kd_json *root = kd_json_root(document);
    assert_string_equal(kd_json_to_text(kd_json_get(root, "tokenizer_class"), ""),
                        "DistilBertTokenizer");
    assert_true(kd_json_to_bool(kd_json_get(root, "do_lower_case"), false));
    assert_true(kd_json_to_bool(kd_json_get(root, "strip_accents"), false));
    assert_int_equal(kd_json_to_int(kd_json_get(root, "model_max_length"), 0), 6);
    kd_json_close(document);
    free(path);
    free(folder);
}

static void test_refuses_a_vocabulary_of_another_network(void **state)
{
    (void)state;
    kd_arch       arch = small_arch(KD_HEAD_TAGS, 2);
    char         *folder = save(&arch, "vocab"), *path = kd_fs_join(folder, "vocab.txt");
    kd_pretrained made = make(&arch);
    kd_str        vocab = KD_STR_INIT;
    kd_error      err;
    assert_ok(kd_fs_write(path, "[UNK]\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n", 28, &err), &err);
    assert_fails(KD_EDATA, "vocab.txt: has 12 pieces, the network has 11 words",
                 kd_pretrained_vocab(&vocab, folder, made.model, &err), &err);
    kd_str_fini(&vocab);
    kd_pretrained_fini(&made);
    free(path);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_returns_every_network_it_wrote),
        cmocka_unit_test(test_writes_the_names_of_distilbert),
        cmocka_unit_test(test_leaves_out_a_pooler_that_the_class_has_not),
        cmocka_unit_test(test_refuses_a_config_that_does_not_fit),
        cmocka_unit_test(test_refuses_an_untied_decoder),
        cmocka_unit_test(test_knows_what_has_no_class),
        cmocka_unit_test(test_reads_what_training_programs_wrap),
        cmocka_unit_test(test_refuses_a_bare_file_whose_sizes_do_not_meet),
        cmocka_unit_test(test_refuses_positions_that_begin_elsewhere),
        cmocka_unit_test(test_refuses_what_its_family_could_do_otherwise),
        cmocka_unit_test(test_describes_the_tokenizer),
        cmocka_unit_test(test_refuses_a_vocabulary_of_another_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
