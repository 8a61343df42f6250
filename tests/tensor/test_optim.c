/* AdamW in both forms, decay, clipping, accumulation, schedules. */
#include <math.h>
#include <string.h>

#include "models/tensor/gemm.h"
#include "models/tensor/optim.h"
#include "tests/support/support.h"

static kd_optim_options defaults(void)
{
    kd_optim_options options;
    kd_setting_defaults(kd_optim_settings, &options);
    return options;
}

/* A matrix of `length` weights and, if `bias` is more than 0, a bias of so many. */
static kd_params *make_params(int length, int bias)
{
    kd_params *params = kd_params_create();
    kd_param  *param;
    kd_error   err;

    assert_ok(kd_params_add(&param, params, "matrix", 2, (int[]){ 1, length }, true,
                            (kd_init){ KD_INIT_CONSTANT, 0.0f }, &err),
              &err);
    if (bias > 0)
        assert_ok(kd_params_add(&param, params, "bias", 1, &bias, false,
                                (kd_init){ KD_INIT_CONSTANT, 0.0f }, &err),
                  &err);
    kd_params_allocate(params, true);
    return params;
}

static float *values(const kd_params *params, int i)
{
    return kd_params_at(params, i)->value.x;
}
static float *gradients(const kd_params *params, int i)
{
    return kd_param_block(params, kd_params_at(params, i), KD_GRADIENTS);
}

static double real_at(const kd_json *array, size_t i)
{
    return kd_json_to_real(kd_json_at(array, i), NAN);
}

/* ---- AdamW ---- */

static void assert_golden_adamw(const char *form, kd_eps_style style)
{
    kd_json_document *golden = kd_golden_open("optim.json");
    const kd_json *doc = kd_json_get(kd_json_root(golden), "adamw"), *want = kd_json_get(doc, form);
    const kd_json *start = kd_json_get(doc, "p0"), *grads = kd_json_get(doc, "grads");
    kd_optim_options options = defaults();
    kd_params       *params = make_params(2, 0);
    kd_error         err;

    options.eps_style = style;
    options.lr = 1e-3;
    options.eps = kd_json_to_real(kd_json_get(want, "eps"), NAN);
    options.weight_decay = kd_json_to_real(kd_json_get(want, "weight_decay"), NAN);
    options.clip = 0.0;
    kd_optim *optim = kd_optim_create(&options, params, 10);
    for (size_t i = 0; i < 2; i++) values(params, 0)[i] = (float)real_at(start, i);
    assert_int_equal(kd_json_count(grads), 3);
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < 2; i++)
            gradients(params, 0)[i] = (float)real_at(kd_json_at(grads, t), i);
        assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
        for (size_t i = 0; i < 2; i++)
            assert_close(values(params, 0)[i],
                         real_at(kd_json_at(kd_json_get(want, "params"), t), i),
                         2e-7); /* 3 roundings */
    }
    kd_optim_destroy(optim);
    kd_params_destroy(params);
    kd_json_close(golden);
}

static void test_updates_as_the_published_recipes(void **state)
{
    (void)state;
    assert_golden_adamw("style_pre", KD_EPS_PRE);
}

static void test_updates_as_current_pytorch(void **state)
{
    (void)state;
    assert_golden_adamw("style_post", KD_EPS_POST);
}

/* Over many weights and updates, against the formulas in double. */
static void test_stays_with_the_formulas_over_many_updates(void **state)
{
    (void)state;
    enum { COUNT = 200001, UPDATES = 5 };
    kd_optim_options options = defaults();
    kd_params       *params = make_params(COUNT, 0);
    kd_error         err;
    static double    p[COUNT], m[COUNT], v[COUNT];

    options.clip = 0.0;
    kd_optim *optim = kd_optim_create(&options, params, 10);
    for (int i = 0; i < COUNT; i++) {
        p[i] = values(params, 0)[i] = (float)sin(i);
        m[i] = v[i] = 0.0;
    }
    for (int t = 1; t <= UPDATES; t++) {
        for (int i = 0; i < COUNT; i++) {
            double g = gradients(params, 0)[i] = (float)cos(i * t);
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            p[i] -=
                1e-3 * sqrt(1.0 - pow(0.999, t)) / (1.0 - pow(0.9, t)) * m[i] / (sqrt(v[i]) + 1e-6);
            p[i] -= 1e-3 * 1e-2 * p[i];
        }
        assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
    }
    for (int i = 0; i < COUNT; i++) assert_close(values(params, 0)[i], p[i], 1e-6);
    assert_int_equal(kd_optim_updates(optim), UPDATES);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

static void assert_decay(kd_decay decay, float want_bias)
{
    kd_optim_options options = defaults();
    kd_params       *params = make_params(3, 3);
    kd_error         err;

    options.decay = decay;
    options.lr = 0.5;
    options.weight_decay = 0.5;
    kd_optim *optim = kd_optim_create(&options, params, 10);
    values(params, 0)[1] = values(params, 1)[1] = 1.0f;
    assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
    assert_close(values(params, 0)[1], 0.75f, 1e-7); /* no gradient: 1 - lr decay */
    assert_close(values(params, 1)[1], want_bias, 1e-7);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

static void test_decays_all_or_only_matrices(void **state)
{
    (void)state;
    assert_decay(KD_DECAY_ALL, 0.75f);
    assert_decay(KD_DECAY_MATRICES, 1.0f);
}

static void test_leaves_frozen_weights_and_empty_places_alone(void **state)
{
    (void)state;
    kd_optim_options options = defaults();
    kd_params       *params = kd_params_create();
    kd_param        *frozen, *free_one;
    kd_error         err;

    assert_ok(kd_params_add(&frozen, params, "frozen", 1, (int[]){ 3 }, false,
                            (kd_init){ KD_INIT_CONSTANT, 0.0f }, &err),
              &err);
    assert_ok(kd_params_add(&free_one, params, "free", 1, (int[]){ 3 }, false,
                            (kd_init){ KD_INIT_CONSTANT, 0.0f }, &err),
              &err);
    frozen->is_frozen = true;
    kd_params_allocate(params, true);
    kd_optim *optim = kd_optim_create(&options, params, 10);
    frozen->value.x[0] = free_one->value.x[0] = 1.0f;
    float *block = kd_params_block(params, KD_GRADIENTS);
    block[free_one->offset] = 1.0f;
    assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
    assert_true(frozen->value.x[0] == 1.0f);
    assert_true(free_one->value.x[0] < 1.0f);
    for (size_t i = frozen->length; i < free_one->offset; i++)
        assert_true(kd_params_block(params, KD_VALUES)[i] == 0.0f);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

/* ---- gradients ---- */

static void test_clips_the_whole_gradient(void **state)
{
    (void)state;
    kd_json_document *golden = kd_golden_open("optim.json");
    const kd_json    *doc = kd_json_get(kd_json_root(golden), "grad_clip"),
                  *grad = kd_json_get(doc, "grad");
    kd_optim_options options = defaults();
    kd_params       *params = make_params(2, 1);
    kd_optim_report  report;
    kd_error         err;

    options.clip = kd_json_to_real(kd_json_get(doc, "max_norm"), NAN);
    kd_optim *optim = kd_optim_create(&options, params, 10);
    gradients(params, 0)[0] = (float)real_at(grad, 0);
    gradients(params, 0)[1] = (float)real_at(grad, 1);
    gradients(params, 1)[0] = (float)real_at(grad, 2);
    assert_ok(kd_optim_step(optim, 1.0, &report, &err), &err);
    assert_close(report.norm, kd_json_to_real(kd_json_get(doc, "norm"), NAN), 1e-12);
    assert_close(report.clip * real_at(grad, 2), real_at(kd_json_get(doc, "clipped"), 2), 1e-12);
    /* the first moment after one update is a tenth of the clipped gradient */
    assert_close(kd_param_block(params, kd_params_at(params, 1), KD_FIRST)[0],
                 0.1 * real_at(kd_json_get(doc, "clipped"), 2), 1e-7);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
    kd_json_close(golden);
}

static void test_does_not_clip_a_small_gradient(void **state)
{
    (void)state;
    kd_optim_options options = defaults();
    kd_params       *params = make_params(1, 0);
    kd_optim_report  report;
    kd_error         err;
    kd_optim        *optim = kd_optim_create(&options, params, 10);

    gradients(params, 0)[0] = 0.5f;
    assert_ok(kd_optim_step(optim, 1.0, &report, &err), &err);
    assert_true(report.clip == 1.0 && report.norm == 0.5 && report.rate == 1e-3);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

static void test_averages_what_was_accumulated_and_clears_it(void **state)
{
    (void)state;
    kd_optim_options options = defaults();
    kd_params       *params = make_params(1, 0);
    kd_optim_report  report;
    kd_error         err;
    kd_optim        *optim = kd_optim_create(&options, params, 10);
    uint64_t         version = kd_params_version(params);

    gradients(params, 0)[0] = 0.5f + 0.25f + 0.5f + 0.25f;
    assert_ok(kd_optim_step(optim, 0.25, &report, &err), &err);
    assert_close(report.norm, 0.375, 1e-12);
    assert_close(kd_param_block(params, kd_params_at(params, 0), KD_FIRST)[0], 0.0375, 1e-7);
    assert_true(gradients(params, 0)[0] == 0.0f);
    assert_true(kd_params_version(params) != version);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

static void test_refuses_a_gradient_that_is_not_finite(void **state)
{
    (void)state;
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    kd_optim_options   options = defaults();
    kd_error           err;

    for (int i = 0; i < 3; i++) {
        kd_params *params = make_params(4, 2);
        kd_optim  *optim = kd_optim_create(&options, params, 10);
        values(params, 0)[0] = 1.0f;
        gradients(params, 0)[0] = 1.0f;
        gradients(params, 1)[1] = bad[i];
        assert_fails(KD_EDIVERGED, "update 1: the gradient of bias is not finite",
                     kd_optim_step(optim, 1.0, NULL, &err), &err);
        assert_true(values(params, 0)[0] == 1.0f && kd_optim_updates(optim) == 0);
        kd_optim_destroy(optim);
        kd_params_destroy(params);
    }
}

static void test_gives_the_same_bits_at_any_count_of_threads(void **state)
{
    (void)state;
    enum { COUNT = 700001 };
    static float     got[2][COUNT];
    kd_optim_options options = defaults();
    kd_optim_report  report[2];
    kd_error         err;

    for (int i = 0; i < 2; i++) {
        kd_params *params = make_params(COUNT, 0);
        kd_optim  *optim = kd_optim_create(&options, params, 10);
        kd_gemm_set_threads(1 + i);
        for (int j = 0; j < COUNT; j++) gradients(params, 0)[j] = (float)sin(j);
        assert_ok(kd_optim_step(optim, 1.0, &report[i], &err), &err);
        memcpy(got[i], values(params, 0), sizeof got[i]);
        kd_optim_destroy(optim);
        kd_params_destroy(params);
    }
    kd_gemm_set_threads(1);
    assert_true(report[0].norm == report[1].norm);
    assert_memory_equal(got[0], got[1], sizeof got[0]);
}

/* ---- the schedule ---- */

static void assert_schedule(const kd_json *cases, kd_rate_schedule schedule)
{
    kd_optim_options options = defaults();

    options.schedule = schedule;
    assert_true(kd_json_count(cases) > 0);
    for (size_t i = 0; i < kd_json_count(cases); i++) {
        const kd_json *row = kd_json_at(cases, i);
        options.warmup = (int)kd_json_to_int(kd_json_get(row, "w"), -1);
        assert_close(kd_optim_schedule(&options, kd_json_to_int(kd_json_get(row, "s"), -1),
                                       kd_json_to_int(kd_json_get(row, "T"), -1)),
                     kd_json_to_real(kd_json_get(row, "mult"), NAN), 1e-12);
    }
}

static void test_follows_the_schedules(void **state)
{
    (void)state;
    kd_json_document *golden = kd_golden_open("optim.json");
    const kd_json    *doc = kd_json_get(kd_json_root(golden), "lr_schedules");
    kd_optim_options  options = defaults();

    assert_schedule(kd_json_get(doc, "linear"), KD_RATE_LINEAR);
    assert_schedule(kd_json_get(doc, "cosine"), KD_RATE_COSINE);
    kd_json_close(golden);
    options.warmup = 4;
    assert_true(kd_optim_schedule(&options, 1, 100) == 0.25);
    assert_true(kd_optim_schedule(&options, 4, 100) == 1.0);
    assert_true(kd_optim_schedule(&options, 99, 100) == 1.0);
}

static void test_resumes_where_it_stopped(void **state)
{
    (void)state;
    kd_optim_options options = defaults();
    kd_params       *params = make_params(1, 0);
    kd_optim_report  report;
    kd_error         err;

    options.schedule = KD_RATE_LINEAR;
    kd_optim *optim = kd_optim_create(&options, params, 10);
    kd_optim_resume(optim, 5);
    assert_ok(kd_optim_step(optim, 1.0, &report, &err), &err);
    assert_close(report.rate, 0.5e-3, 1e-15);
    assert_int_equal(kd_optim_updates(optim), 6);
    kd_optim_destroy(optim);
    kd_params_destroy(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates_as_the_published_recipes),
        cmocka_unit_test(test_updates_as_current_pytorch),
        cmocka_unit_test(test_stays_with_the_formulas_over_many_updates),
        cmocka_unit_test(test_decays_all_or_only_matrices),
        cmocka_unit_test(test_leaves_frozen_weights_and_empty_places_alone),
        cmocka_unit_test(test_clips_the_whole_gradient),
        cmocka_unit_test(test_does_not_clip_a_small_gradient),
        cmocka_unit_test(test_averages_what_was_accumulated_and_clears_it),
        cmocka_unit_test(test_refuses_a_gradient_that_is_not_finite),
        cmocka_unit_test(test_gives_the_same_bits_at_any_count_of_threads),
        cmocka_unit_test(test_follows_the_schedules),
        cmocka_unit_test(test_resumes_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
