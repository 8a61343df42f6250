#include "tests/models/small.h"

#include <string.h>

#include "tests/support/support.h"

enum { POOL = 4, MOST = 4096 };

kd_arch kd_small_arch(kd_kind kind)
{
    kd_arch arch;

    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = kind;
    arch.vocab = 30;
    arch.labels = 4;
    arch.embedding = 5;
    arch.hidden = 8;
    arch.encoder.heads = 2;
    arch.encoder.ffn = 10;
    arch.mobilebert = (kd_mobilebert_arch){ .bottleneck = 6, .feedforwards = 2 };
    arch.positions = 64;
    arch.dropout = arch.encoder.attention_dropout = arch.bilstm.embedding_dropout = 0.0;
    arch.albert.classifier_dropout = 0.0;
    return arch;
}

kd_small kd_small_make(const kd_arch *arch, kd_tape_options options)
{
    kd_small small = { kd_params_create(), NULL, kd_tape_create(&options) };
    kd_rng   rng = kd_rng_root(1);
    kd_error err;

    assert_ok(kd_model_create(&small.model, small.params, arch, &err), &err);
    for (int i = 0; i < kd_params_count(small.params); i++) {
        kd_param *param = kd_params_at(small.params, i);
        if (param->init.rule == KD_INIT_NORMAL && param->init.scale < 0.1f)
            param->init.scale = 0.3f;
    }
    kd_params_allocate(small.params, options.is_training);
    kd_params_init(small.params, &rng);
    return small;
}

void kd_small_drop(kd_small *small)
{
    kd_tape_destroy(small->tape);
    kd_model_destroy(small->model);
    kd_params_destroy(small->params);
}

kd_batch kd_small_batch(int count, const int *lengths)
{
    static int32_t begin[POOL][MOST], ids[POOL][MOST], segments[POOL][MOST];
    static int32_t marks[POOL][2 * MOST];
    static int     turn;
    int            p = turn++ % POOL, n = 0;

    for (int b = 0; b < count; b++) {
        begin[p][b] = n;
        marks[p][2 * b] = lengths[b] / 2;
        marks[p][2 * b + 1] = lengths[b] > 1 ? lengths[b] - 1 : -1;
        for (int t = 0; t < lengths[b]; t++, n++) {
            assert_true(n < MOST);
            /* depends on the place in the sentence and its length alone */
            ids[p][n] = (7 * t + 3 * lengths[b] + t * t) % 30;
            segments[p][n] = 2 * t > lengths[b];
        }
    }
    begin[p][count] = n;
    return (kd_batch){
        .ids = ids[p], .segments = segments[p], .rows = { count, begin[p] }, .marks = marks[p]
    };
}
