/* Whole networks against PyTorch: logits, loss, every gradient by name, ten steps of AdamW. And
 * what a network must do whatever its numbers are. The figures come from
 * tests/golden/make_reference.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/model.h"
#include "models/tensor/optim.h"
#include "tests/support/support.h"

enum { SENTENCES = 3, TOKENS = 9, STEPS = 10 };

/* float32 against float64: relative to the largest figure of a tensor, which is below 1. */
#define LOGITS_WITHIN    3e-6
#define GRADIENTS_WITHIN 3e-6
#define LOSSES_WITHIN    5e-6
#define WEIGHTS_WITHIN   2e-5 /* after ten steps */

typedef struct {
    int32_t begin[SENTENCES + 1], ids[TOKENS], segments[TOKENS];
    int32_t tags[TOKENS], words[TOKENS], classes[SENTENCES], ends[TOKENS];
    int32_t marks[2 * SENTENCES];
    float   sets[SENTENCES * 4];
} sentences;

typedef struct {
    kd_params *params;
    kd_model  *model;
    kd_tape   *tape;
    kd_batch   batch;
} network;

static void read_ints(const kd_json *object, const char *key, int32_t *out)
{
    const kd_json *array = kd_json_get(object, key);
    for (size_t i = 0; i < kd_json_count(array); i++)
        out[i] = (int32_t)kd_json_to_int(kd_json_at(array, i), -99);
}

static sentences read_sentences(const kd_json *root)
{
    const kd_json *batch = kd_json_get(root, "batch");
    sentences      s;

    read_ints(batch, "begin", s.begin);
    read_ints(batch, "ids", s.ids);
    read_ints(batch, "segments", s.segments);
    read_ints(batch, "tags", s.tags);
    read_ints(batch, "words", s.words);
    read_ints(batch, "classes", s.classes);
    read_ints(batch, "ends", s.ends);
    read_ints(batch, "marks", s.marks);
    for (size_t b = 0; b < SENTENCES; b++)
        for (size_t k = 0; k < 4; k++)
            s.sets[4 * b + k] = (float)kd_json_to_real(
                kd_json_at(kd_json_at(kd_json_get(batch, "sets"), b), k), NAN);
    return s;
}

static void put_setting(const char *key, const kd_json *value, void *user)
{
    const kd_setting *row = kd_setting_find(kd_arch_settings(), key);
    kd_error          err;

    assert_non_null(row);
    assert_ok(kd_setting_put(row, user, kd_json_to_text(value, ""), &err), &err);
}

static kd_arch read_arch(const kd_json *object)
{
    kd_arch arch;

    kd_setting_defaults(kd_arch_settings(), &arch);
    put_setting("kind", kd_json_get(object, "kind"), &arch);
    kd_arch_begin(&arch, arch.kind);
    kd_json_each(object, put_setting, &arch);
    arch.dropout = arch.encoder.attention_dropout = arch.bilstm.embedding_dropout = 0.0;
    arch.albert.classifier_dropout = 0.0;
    return arch;
}

static network make_network(const kd_arch *arch, const sentences *s, kd_tape_options options)
{
    network  net = { .params = kd_params_create(),
                     .tape = kd_tape_create(&options),
                     .batch = { s->ids, s->segments, { SENTENCES, s->begin }, s->marks, NULL } };
    kd_error err;

    assert_ok(kd_model_create(&net.model, net.params, arch, &err), &err);
    kd_params_allocate(net.params, options.is_training);
    return net;
}

static void drop_network(network *net)
{
    kd_tape_destroy(net->tape);
    kd_model_destroy(net->model);
    kd_params_destroy(net->params);
}

/* Element i of the j-th weight in the order of the fixture: 0.2 sin(0.9 i + 1.3 j + 0.5). */
static void set_weights(const network *net, const kd_json *names)
{
    assert_int_equal(kd_json_count(names), kd_params_count(net->params));
    for (size_t j = 0; j < kd_json_count(names); j++) {
        const char *name = kd_json_to_text(kd_json_at(names, j), "");
        kd_param   *param = kd_params_find(net->params, name);

        if (!param) fail_msg("the network has no %s", name);
        for (size_t i = 0; i < param->length; i++)
            param->value.x[i] = (float)(0.2 * sin(0.9 * (double)i + 1.3 * (double)j + 0.5) +
                                        (kd_ends_with(name, "LayerNorm.weight") ? 1.0 : 0.0));
    }
    kd_params_touch(net->params);
}

static void assert_array(const char *what, const float *got, size_t len, const kd_json *want,
                         double tolerance)
{
    assert_int_equal(kd_json_count(want), len);
    for (size_t i = 0; i < len; i++) {
        double expected = kd_json_to_real(kd_json_at(want, i), NAN);
        if (!(fabs((double)got[i] - expected) <= tolerance))
            fail_msg("%s[%zu] is %.9g, PyTorch has %.9g", what, i, (double)got[i], expected);
    }
}

static kd_tensor *record_loss(const network *net, const sentences *s, kd_tensor **logits)
{
    kd_head_kind   head = kd_model_arch(net->model)->head;
    const int32_t *labels = head == KD_HEAD_MLM     ? s->words
                            : head == KD_HEAD_CLASS ? s->classes
                            : head == KD_HEAD_SPAN  ? s->ends
                                                    : s->tags;

    *logits = kd_model_apply(net->model, net->tape, &net->batch, NULL).logits;
    if (head == KD_HEAD_MULTILABEL)
        return kd_op_binary_cross_entropy(net->tape, *logits, s->sets, NULL);
    return kd_op_cross_entropy(net->tape, *logits, labels, 0.1);
}

static void check_gradients(const network *net, const kd_json *want)
{
    for (int i = 0; i < kd_params_count(net->params); i++) {
        const kd_param *param = kd_params_at(net->params, i);
        assert_array(param->name, param->value.g, param->length, kd_json_get(want, param->name),
                     GRADIENTS_WITHIN);
    }
}

static void check_weights(const network *net, const kd_json *want)
{
    for (int i = 0; i < kd_params_count(net->params); i++) {
        const kd_param *param = kd_params_at(net->params, i);
        assert_array(param->name, param->value.x, param->length, kd_json_get(want, param->name),
                     WEIGHTS_WITHIN);
    }
}

static kd_optim *make_optim(kd_params *params)
{
    kd_optim_options options;

    kd_setting_defaults(kd_optim_settings, &options);
    options.lr = options.weight_decay = 1e-2;
    options.beta1 = 0.9;
    options.beta2 = 0.999;
    options.eps = 1e-3;
    options.clip = 0.5;
    options.eps_style = KD_EPS_POST;
    options.decay = KD_DECAY_ALL;
    options.schedule = KD_RATE_CONSTANT;
    options.warmup = 0;
    return kd_optim_create(&options, params, STEPS);
}

static void check_network(const kd_json *want, const sentences *s)
{
    kd_arch        arch = read_arch(kd_json_get(want, "arch"));
    network        net = make_network(&arch, s, (kd_tape_options){ true, KD_F32, 1 });
    kd_optim      *optim = make_optim(net.params);
    const kd_json *losses = kd_json_get(want, "losses");
    kd_tensor     *logits;
    kd_error       err;

    set_weights(&net, kd_json_get(want, "names"));
    for (int step = 0; step < STEPS; step++) {
        kd_tensor *loss = record_loss(&net, s, &logits);
        kd_tape_backward(net.tape, loss, 1.0f);
        if (step == 0) {
            assert_array("logits", logits->x, kd_tensor_len(logits), kd_json_get(want, "logits"),
                         LOGITS_WITHIN);
            check_gradients(&net, kd_json_get(want, "gradients"));
        }
        assert_close(loss->x[0], kd_json_to_real(kd_json_at(losses, (size_t)step), NAN),
                     LOSSES_WITHIN);
        assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
        kd_tape_reset(net.tape);
    }
    check_weights(&net, kd_json_get(want, "after"));
    kd_optim_destroy(optim);
    drop_network(&net);
}

static void test_agrees_with_pytorch(void **state)
{
    (void)state;
    kd_json_document *document = kd_golden_open("networks.json");
    const kd_json    *root = kd_json_root(document);
    const kd_json    *networks = kd_json_get(root, "networks");
    sentences         s = read_sentences(root);

    assert_int_equal(kd_json_count(networks), 30);
    for (size_t i = 0; i < kd_json_count(networks); i++) {
        const kd_json *want = kd_json_at(networks, i);
        print_message("           %s\n", kd_json_to_text(kd_json_get(want, "name"), "?"));
        check_network(want, &s);
    }
    kd_json_close(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
