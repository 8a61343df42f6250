/* Whole networks and layers come from elsewhere when all they depend on agrees; else it is said what does not. */
#include "harness/cell/first_weights.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

#define LABELS "O\nB-Gene\nI-Gene\n" /* as tests/golden/checkpoints/bert-tags has them */

/* A network to fill, all of whose weights are 9. */
typedef struct {
    kd_arch          arch;
    kd_params       *params;
    kd_model        *model;
    kd_dataset       dataset;
    kd_first_weights to;
} target;

static kd_loaded_model published;
static char           *vocab; /* its own */

static int open_published(void **state)
{
    (void)state;
    kd_error    err;
    const char *path = kd_golden_path("checkpoints/bert-tags");
    kd_str      text = KD_STR_INIT;
    assert_ok(kd_loaded_model_open(&published, path, &err), &err);
    assert_ok(kd_fs_read(kd_golden_path("checkpoints/bert-tags/vocab.txt"), &text, &err), &err);
    vocab = kd_str_take(&text);
    return 0;
}

static int close_published(void **state)
{
    (void)state;
    kd_loaded_model_fini(&published);
    free(vocab);
    return 0;
}

static void make(target *t, const kd_arch *arch)
{
    kd_error err;
    *t = (target){ .arch = *arch, .params = kd_params_create() };
    assert_ok(kd_model_create(&t->model, t->params, &t->arch, &err), &err);
    kd_params_allocate(t->params, false);
    for (int i = 0; i < kd_params_count(t->params); i++) {
        kd_param *p = kd_params_at(t->params, i);
        float    *values = kd_param_block(t->params, p, KD_VALUES);
        for (size_t v = 0; v < p->length; v++) values[v] = 9;
    }
    t->dataset = (kd_dataset){ .labels_text = LABELS, .vocab_text = vocab };
    t->to = (kd_first_weights){ .whose = "student.",
                                .init = "student.init",
                                .train = "train.",
                                .arch = &t->arch,
                                .params = t->params,
                                .dataset = &t->dataset,
                                .label_names = "" };
}

static void drop(target *t)
{
    kd_model_destroy(t->model);
    kd_params_destroy(t->params);
}

static const float *values_of(kd_params *params, const char *name, size_t *length)
{
    const kd_param *p = kd_params_find(params, name);
    assert_non_null(p);
    *length = p->length;
    return kd_param_block(params, p, KD_VALUES);
}

/* Whether a weight is now that of the network there (of another name, perhaps), or still as it was. */
static bool came(target *t, const char *name, const char *there)
{
    size_t       length, other;
    const float *here = values_of(t->params, name, &length);
    const float *from = values_of(published.params, there, &other);
    if (length == other && memcmp(here, from, length * sizeof *here) == 0) return true;
    for (size_t v = 0; v < length; v++) assert_close(here[v], 9, 0);
    return false;
}

static kd_status fill(target *t, kd_error *err)
{
    return kd_first_weights_of_path(&t->to, kd_golden_path("checkpoints/bert-tags"), err);
}

static void test_copies_a_network_with_its_head(void **state)
{
    (void)state;
    target   t;
    kd_error err;
    make(&t, kd_model_arch(published.model));
    assert_ok(fill(&t, &err), &err);
    for (int i = 0; i < kd_params_count(t.params); i++) {
        const char *name = kd_params_at(t.params, i)->name;
        assert_true(came(&t, name, name));
    }
    drop(&t);
}

/* Other labels: what is trained begins its head anew; what is not has to have all of them, in any order. */
static void test_matches_labels_by_name(void **state)
{
    (void)state;
    target   t;
    kd_error err;
    make(&t, kd_model_arch(published.model));
    t.dataset.labels_text = "O\nB-Drug\nI-Drug\n";
    assert_ok(fill(&t, &err), &err);
    assert_false(came(&t, "classifier.bias", "classifier.bias"));
    t.to.is_final = true;
    assert_fails(KD_EDATA, "train.epochs = 0 leaves its head as it is", fill(&t, &err), &err);
    t.dataset.labels_text = "O\nI-Gene\nB-Gene\n";
    assert_ok(fill(&t, &err), &err);
    size_t       length;
    const float *here = values_of(t.params, "classifier.bias", &length);
    const float *there = values_of(published.params, "classifier.bias", &length);
    assert_int_equal(length, 3);
    assert_close(here[0], there[0], 0);
    assert_close(here[1], there[2], 0);
    assert_close(here[2], there[1], 0);
    drop(&t);
}

static void test_says_what_does_not_agree(void **state)
{
    (void)state;
    target   t;
    kd_error err;
    kd_arch  arch = *kd_model_arch(published.model);
    arch.encoder.heads = 1;
    make(&t, &arch);
    assert_fails(KD_ECONFIG, "heads is 2 there, and student.heads = 1", fill(&t, &err), &err);
    drop(&t);

    arch = *kd_model_arch(published.model);
    arch.vocab = 12;
    make(&t, &arch);
    assert_fails(KD_EDATA, "it knows 13 pieces and the corpus has 12", fill(&t, &err), &err);
    drop(&t);

    make(&t, kd_model_arch(published.model));
    t.dataset.vocab_text = "another\n";
    assert_fails(KD_EDATA, "its vocabulary is not the corpus's", fill(&t, &err), &err);
    assert_false(came(&t, "classifier.bias", "classifier.bias")); /* nothing was copied before */
    drop(&t);
}

static void test_takes_chosen_layers_of_a_teacher(void **state)
{
    (void)state;
    target   t;
    kd_error err;
    kd_arch  arch = *kd_model_arch(published.model);
    char    *layer = kd_sprintf("%s0.", kd_arch_kind(&arch)->layer);
    char    *second = kd_sprintf("%s1.", kd_arch_kind(&arch)->layer);
    int      weights = 0;
    arch.layers = 1;
    make(&t, &arch);
    assert_ok(kd_first_weights_of_layers(&t.to, &published, "2", &err), &err);
    for (int i = 0; i < kd_params_count(t.params); i++) {
        const char *name = kd_params_at(t.params, i)->name;
        if (!kd_starts_with(name, layer)) continue;
        char *there = kd_sprintf("%s%s", second, name + strlen(layer));
        assert_true(came(&t, name, there));
        free(there);
        weights++;
    }
    assert_true(weights > 10);
    assert_false(came(&t, "classifier.bias", "classifier.bias"));
    free(layer);
    free(second);
    drop(&t);
}

static void test_takes_an_embedding_block_that_fits(void **state)
{
    (void)state;
    target   t;
    kd_error err;
    kd_arch  arch;
    make(&t, kd_model_arch(published.model));
    assert_ok(kd_first_weights_of_embeddings(&t.to, &published, &err), &err);
    assert_false(came(&t, "classifier.bias", "classifier.bias"));
    drop(&t);
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = KD_KIND_BILSTM;
    arch.vocab = 13;
    arch.labels = 3;
    make(&t, &arch);
    assert_fails(KD_ECONFIG, "the student, a bilstm, has no embedding block",
                 kd_first_weights_of_embeddings(&t.to, &published, &err), &err);
    drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_a_network_with_its_head),
        cmocka_unit_test(test_matches_labels_by_name),
        cmocka_unit_test(test_says_what_does_not_agree),
        cmocka_unit_test(test_takes_chosen_layers_of_a_teacher),
        cmocka_unit_test(test_takes_an_embedding_block_that_fits),
    };
    return cmocka_run_group_tests(tests, open_published, close_published);
}
