/* Networks out as published checkpoints and in again; what does not fit is refused. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/checkpoint.h"
#include "models/weights/weights.h"
#include "tests/support/support.h"

static kd_arch small_arch(const char *head, int segments)
{
    kd_arch arch;
    kd_setting_defaults(kd_arch_settings, &arch);
    strcpy(arch.kind, "bert");
    strcpy(arch.head, head);
    arch.vocab = 11;
    arch.hidden = 8;
    arch.heads = 2;
    arch.ffn = 12;
    arch.positions = 6;
    arch.segments = segments;
    arch.labels = 3;
    arch.pooler = strcmp(head, "class") == 0 || strcmp(head, "multilabel") == 0;
    return arch;
}

static kd_checkpoint make(const kd_arch *arch)
{
    kd_checkpoint made = { NULL, kd_params_create() };
    kd_rng        rng = kd_rng_root(7);
    kd_error      err;
    assert_ok(kd_model_create(&made.model, made.params, arch, &err), &err);
    kd_params_allocate(made.params, false);
    kd_params_init(made.params, &rng);
    return made;
}

static char *save(const kd_arch *arch, const char *name)
{
    kd_checkpoint made = make(arch);
    char         *folder = kd_fs_join(kd_test_folder(), name);
    kd_error      err;
    assert_ok(
        kd_checkpoint_save(folder, made.model, made.params, "O\nB-Gene\nI-Gene\n", "a\nb\n", &err),
        &err);
    kd_checkpoint_fini(&made);
    return folder;
}

static void assert_same(const kd_checkpoint *a, const kd_checkpoint *b)
{
    assert_int_equal(kd_params_count(a->params), kd_params_count(b->params));
    for (int i = 0; i < kd_params_count(a->params); i++) {
        const kd_param *p = kd_params_at(a->params, i), *q = kd_params_at(b->params, i);
        assert_string_equal(p->name, q->name);
        assert_memory_equal(kd_param_block(a->params, p, KD_VALUES),
                            kd_param_block(b->params, q, KD_VALUES), p->length * sizeof(float));
    }
}

static void test_returns_every_network_it_wrote(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        int         segments;
    } cases[] = { { "tags", 2 }, { "class", 2 }, { "multilabel", 2 }, { "mlm", 2 },
                  { "span", 2 }, { "none", 2 },  { "tags", 0 },       { "mlm", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch       arch = small_arch(cases[i].head, cases[i].segments);
        kd_checkpoint made = make(&arch), loaded;
        char         *folder = save(&arch, "round");
        kd_error      err;
        assert_ok(kd_checkpoint_load(&loaded, folder, &err), &err);
        assert_same(&made, &loaded);
        assert_string_equal(kd_model_arch(loaded.model)->head, cases[i].head);
        kd_checkpoint_fini(&loaded);
        kd_checkpoint_fini(&made);
        free(folder);
    }
}

static void test_writes_the_names_of_distilbert(void **state)
{
    (void)state;
    kd_arch     arch = small_arch("tags", 0);
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
    kd_arch arch = small_arch("tags", 2);
    arch.pooler = true;
    char         *folder = save(&arch, "pooler");
    kd_checkpoint loaded;
    kd_error      err;
    assert_ok(kd_checkpoint_load(&loaded, folder, &err), &err);
    assert_false(kd_model_arch(loaded.model)->pooler);
    kd_checkpoint_fini(&loaded);
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
        { "\"bert\"", "\"roberta\"", "model_type: roberta" },
        { "\"gelu\"", "\"swish\"", "hidden_act: there is no activation swish" },
        { "ForTokenClassification", "ForMultipleChoice", "architectures: BertForMultipleChoice" },
        { "ForTokenClassification", "ForMaskedLM", "cls.predictions" },
        { "\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "heads" },
        { "\"vocab_size\": 11", "\"is_decoder\": true, \"vocab_size\": 11", "is_decoder" },
    };
    kd_arch arch = small_arch("tags", 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char         *folder = save(&arch, "bad");
        kd_checkpoint loaded;
        kd_error      err;
        change_config(folder, cases[i].from, cases[i].to);
        assert_fails(KD_EDATA, cases[i].words, kd_checkpoint_load(&loaded, folder, &err), &err);
        free(folder);
    }
}

static void test_refuses_to_publish_what_has_no_class(void **state)
{
    (void)state;
    kd_arch  arch = small_arch("tags", 2);
    kd_error err;
    arch.classifier = 4;
    kd_checkpoint made = make(&arch);
    assert_fails(KD_ECONFIG, "classifier: ",
                 kd_checkpoint_save(kd_test_folder(), made.model, made.params, NULL, NULL, &err),
                 &err);
    kd_checkpoint_fini(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_returns_every_network_it_wrote),
        cmocka_unit_test(test_writes_the_names_of_distilbert),
        cmocka_unit_test(test_leaves_out_a_pooler_that_the_class_has_not),
        cmocka_unit_test(test_refuses_a_config_that_does_not_fit),
        cmocka_unit_test(test_refuses_to_publish_what_has_no_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
