/* Sentences are timed one by one, on one core, and all is as it was. */
#include "harness/cell/latency.h"

#include "tests/models/small.h"
#include "tests/support/support.h"

enum { SENTENCES = 5 };

static kd_pack make_pack(void)
{
    static int32_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    static int32_t begin[SENTENCES + 1] = { 0, 3, 4, 8, 10, 12 };
    return (kd_pack){
        .task = KD_TASK_NER, .sentences = SENTENCES, .pieces = 12, .ids = ids, .piece_begin = begin
    };
}

static void test_orders_its_three_numbers(void **state)
{
    (void)state;
    kd_arch    arch = kd_small_arch(KD_KIND_BILSTM);
    kd_small   small = kd_small_make(&arch, (kd_tape_options){ 0 });
    kd_pack    pack = make_pack();
    kd_latency all, one;
    kd_latency_measure(&all, small.model, &pack, 100, KD_F32);
    assert_true(all.median_ms > 0);
    assert_true(all.median_ms <= all.p95_ms);
    assert_true(all.mean_ms <= all.p95_ms &&
                SENTENCES * all.mean_ms >= all.p95_ms + 2 * all.median_ms);
    kd_latency_measure(&one, small.model, &pack, 1,
                       KD_F32); /* of one sentence all are that one's */
    assert_true(one.median_ms == one.p95_ms && one.median_ms == one.mean_ms);
    kd_small_drop(&small);
}

static void test_leaves_threads_as_they_were(void **state)
{
    (void)state;
    kd_arch    arch = kd_small_arch(KD_KIND_BERT);
    kd_small   small = kd_small_make(&arch, (kd_tape_options){ 0 });
    kd_pack    pack = make_pack();
    kd_latency latency;
    kd_gemm_set_threads(2);
    kd_latency_measure(&latency, small.model, &pack, 2, KD_F32);
    assert_int_equal(kd_gemm_threads(), 2);
    kd_gemm_set_threads(1);
    kd_small_drop(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_its_three_numbers),
        cmocka_unit_test(test_leaves_threads_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
