/* Once a loop has seen its batches, no step of training and no sentence asks for memory. malloc and
 * its family are counted by standing in front of the C library's; under the sanitizers they are
 * theirs. Only calls from this program count: oneDNN makes small objects and scratch inside every
 * product and gives them back before it returns. */
#include <stdlib.h>

#include "models/tensor/optim.h"
#include "tests/models/small.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"

static size_t calls;

#ifndef __SANITIZE_ADDRESS__
extern char __executable_start, etext; /* where this program's own code begins and ends */

static void count_call(const void *from)
{
    uintptr_t at = (uintptr_t)from;
    calls += at >= (uintptr_t)&__executable_start && at < (uintptr_t)&etext;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count_call(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}
#endif

/* Two batches of different sizes, as an epoch has them. */
static void train_an_epoch(kd_small *small, kd_optim *optim, const kd_batch *batches)
{
    static int32_t labels[100];
    kd_wants       wants = { true, true, true };
    kd_error       err;

    for (int i = 0; i < 2; i++) {
        kd_outputs out = kd_model_apply(small->model, small->tape, &batches[i], &wants);
        kd_tensor *loss = kd_op_cross_entropy(small->tape, out.logits, labels, 0.1);
        kd_tape_backward(small->tape, loss, 1.0f);
        assert_true(kd_optim_step(optim, 1.0, NULL, &err) == KD_OK);
        kd_tape_reset(small->tape);
    }
}

static void check(kd_kind kind, kd_precision precision)
{
    kd_arch          arch = kd_small_arch(kind);
    kd_optim_options options;

    arch.dropout = 0.1;
    kd_small small = kd_small_make(&arch, (kd_tape_options){ true, precision, 1 });
    kd_batch batches[2] = { kd_small_batch(3, (int[]){ 20, 4, 9 }),
                            kd_small_batch(2, (int[]){ 8, 40 }) };

    kd_setting_defaults(kd_optim_settings, &options);
    kd_optim *optim = kd_optim_create(&options, small.params, 6);
    train_an_epoch(&small, optim, batches);
    size_t before = calls, capacity = kd_tape_capacity(small.tape);
    train_an_epoch(&small, optim, batches);
    train_an_epoch(&small, optim, batches);
    assert_int_equal(calls - before, 0);
    assert_int_equal(kd_tape_capacity(small.tape), capacity);
    kd_optim_destroy(optim);
    kd_small_drop(&small);
}

static void test_a_step_asks_for_no_memory_after_the_first_epoch(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(KD_ARENA_MALLOC)
    skip(); /* here every piece of an arena is a malloc on purpose */
#endif
    check(KD_KIND_BILSTM, KD_F32);
    check(KD_KIND_BERT, KD_F32);
    if (kd_test_lacks(KD_BF16)) return;
    check(KD_KIND_BILSTM, KD_BF16);
    check(KD_KIND_BERT, KD_BF16);
}

static void apply_sentences(kd_small *small, const kd_batch *batches)
{
    for (int i = 0; i < 2; i++) {
        kd_model_apply(small->model, small->tape, &batches[i], NULL);
        kd_tape_reset(small->tape);
    }
}

static void test_a_sentence_asks_for_no_memory_once_its_length_was_seen(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(KD_ARENA_MALLOC)
    skip();
#endif
    for (int k = 0; k < KD_KIND_COUNT; k++)
        for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++) {
            kd_arch  arch = kd_small_arch((kd_kind)k);
            kd_small small = kd_small_make(&arch, (kd_tape_options){ .precision = p });
            kd_batch batches[2] = { kd_small_batch(1, (int[]){ 35 }),
                                    kd_small_batch(1, (int[]){ 8 }) };
            kd_params_seal(small.params, (kd_precision)p);
            apply_sentences(&small, batches);
            size_t before = calls, capacity = kd_tape_capacity(small.tape);
            apply_sentences(&small, batches);
            assert_int_equal(calls - before, 0);
            assert_int_equal(kd_tape_capacity(small.tape), capacity);
            kd_small_drop(&small);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_asks_for_no_memory_after_the_first_epoch),
        cmocka_unit_test(test_a_sentence_asks_for_no_memory_once_its_length_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
