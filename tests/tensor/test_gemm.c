/* Products of every shape and precision, against sums in double. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "harness/base/interrupt.h"
#include "harness/base/rng.h"
#include "models/tensor/gemm.h"
#include "models/tensor/gemm_block.h"
#include "models/tensor/simd.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"

static float *make_floats(size_t count, uint64_t seed)
{
    float *x = malloc((count + 1) * sizeof *x);
    kd_rng rng = kd_rng_root(seed);

    for (size_t i = 0; i < count; i++) x[i] = (float)kd_rng_normal(&rng);
    return x;
}

static float rounded(kd_precision precision, float x)
{
    return precision == KD_BF16 ? kd_round_bf16(x) : x;
}

/* ---- plain ---- */

typedef struct {
    kd_precision precision;
    bool         transpose_a, transpose_b;
    int          m, n, k;
    float        alpha, beta;
    int          slack; /* floats between stored rows */
} plain_case;

static void assert_plain(const plain_case *t)
{
    int lda = (t->transpose_a ? t->m : t->k) + t->slack,
        ldb = (t->transpose_b ? t->k : t->n) + t->slack;
    int    ldc = t->n + t->slack;
    float *a = make_floats((size_t)lda * (size_t)(t->transpose_a ? t->k : t->m), 1);
    float *b = make_floats((size_t)ldb * (size_t)(t->transpose_b ? t->n : t->k), 2);
    float *c = make_floats((size_t)ldc * (size_t)t->m, 3),
          *before = make_floats((size_t)ldc * (size_t)t->m, 3);

    if (t->beta == 0.0f)
        for (int i = 0; i < t->m * ldc; i++) c[i] = NAN; /* must not be read */
    kd_gemm(t->precision, t->transpose_a, t->transpose_b, t->m, t->n, t->k, t->alpha, a, lda, b,
            ldb, t->beta, c, ldc);
    for (int i = 0; i < t->m; i++)
        for (int j = 0; j < t->n; j++) {
            double sum = 0.0, size = 1.0;
            for (int p = 0; p < t->k; p++) {
                double left =
                    rounded(t->precision, t->transpose_a ? a[p * lda + i] : a[i * lda + p]);
                double right =
                    rounded(t->precision, t->transpose_b ? b[j * ldb + p] : b[p * ldb + j]);
                sum += left * right;
                size += fabs(left * right);
            }
            double want =
                t->alpha * sum + (t->beta != 0.0f ? t->beta * (double)before[i * ldc + j] : 0.0);
            assert_true(fabs(c[i * ldc + j] - want) <= 1e-6 * size);
        }
    free(a), free(b), free(c), free(before);
}

static void assert_all_plain(kd_precision precision)
{
    static const int shapes[][3] = { { 1, 1, 1 },     { 1, 40, 30 },  { 7, 5, 3 },
                                     { 33, 17, 65 },  { 64, 96, 40 }, { 3, 130, 20 },
                                     { 20, 30, 300 }, { 5, 5, 0 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int flags = 0; flags < 16; flags++) {
            plain_case t = {
                precision,        flags & 1,    (flags & 2) != 0,        shapes[s][0],
                shapes[s][1],     shapes[s][2], flags & 4 ? 0.5f : 1.0f, flags & 8 ? 1.0f : 0.0f,
                flags & 1 ? 3 : 0
            };
            assert_plain(&t);
        }
}

static void test_multiplies_any_shape_in_f32(void **state)
{
    (void)state;
    assert_all_plain(KD_F32);
}

static void test_multiplies_any_shape_in_bf16(void **state)
{
    (void)state;
    if (kd_test_lacks(KD_BF16)) skip();
    assert_all_plain(KD_BF16);
}

/* ---- packed ---- */

static const int row_counts[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 33, 64, 100, 520 };
static const int weight_shapes[][2] = { { 1, 1 },   { 3, 5 },     { 32, 16 },  { 33, 17 },
                                        { 100, 7 }, { 130, 129 }, { 257, 64 }, { 1040, 1030 } };

/* y = x W^T + bias + beta y, and dx = dy W + beta dx, by sums in double at some places. */
static void assert_product(kd_precision precision, bool is_forward, int m, int n, int k,
                           const float *w, const float *a, int lda, const float *bias, float beta,
                           const float *before, const float *c, int ldc)
{
    int outputs = is_forward ? n : k, terms = is_forward ? k : n;

    for (int i = 0; i<m; i += m> 20 ? 13 : 1)
        for (int j = 0; j<outputs; j += outputs> 200 ? 29 : 1) {
            double sum = bias ? (double)bias[j] : 0.0, size = 1.0;
            for (int p = 0; p < terms; p++) {
                float  weight = is_forward ? w[(size_t)j * (size_t)k + (size_t)p]
                                           : w[(size_t)p * (size_t)k + (size_t)j];
                double term =
                    (double)rounded(precision, a[i * lda + p]) * (double)rounded(precision, weight);
                sum += term;
                size += fabs(term);
            }
            if (beta != 0.0f) sum += (double)before[i * ldc + j];
            assert_true(fabs(c[i * ldc + j] - sum) <= 1e-6 * size);
        }
}

static void assert_packed(kd_precision precision, int m, int n, int k, int slack, float beta)
{
    kd_packed *packed = kd_packed_create(n, k, precision);
    float     *w = make_floats((size_t)n * (size_t)k, 4), *bias = make_floats((size_t)n, 5);
    int        ldx = k + slack, ldy = n + slack;
    float     *x = make_floats((size_t)m * (size_t)ldx, 6),
          *dy = make_floats((size_t)m * (size_t)ldy, 7);
    float *y = make_floats((size_t)m * (size_t)ldy, 8),
          *y_before = make_floats((size_t)m * (size_t)ldy, 8);
    float *dx = make_floats((size_t)m * (size_t)ldx, 9),
          *dx_before = make_floats((size_t)m * (size_t)ldx, 9);

    kd_packed_set(packed, w, 1);
    kd_packed_apply(packed, m, x, ldx, slack ? NULL : bias, beta, y, ldy);
    assert_product(precision, true, m, n, k, w, x, ldx, slack ? NULL : bias, beta, y_before, y,
                   ldy);
    kd_packed_apply_transposed(packed, m, dy, ldy, beta, dx, ldx);
    assert_product(precision, false, m, n, k, w, dy, ldy, NULL, beta, dx_before, dx, ldx);
    free(w), free(bias), free(x), free(dy), free(y), free(y_before), free(dx), free(dx_before);
    kd_packed_destroy(packed);
}

static void assert_all_packed(kd_precision precision)
{
    for (size_t s = 0; s < sizeof weight_shapes / sizeof *weight_shapes; s++)
        for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; r++)
            assert_packed(precision, row_counts[r], weight_shapes[s][0], weight_shapes[s][1],
                          r % 3 == 2 ? 4 : 0, r % 2 ? 1.0f : 0.0f);
}

static void test_multiplies_with_packed_weights_in_f32(void **state)
{
    (void)state;
    assert_all_packed(KD_F32);
}

static void test_multiplies_with_packed_weights_in_bf16(void **state)
{
    (void)state;
    if (kd_test_lacks(KD_BF16)) skip();
    assert_all_packed(KD_BF16);
}

static void test_takes_new_values_when_the_version_moves(void **state)
{
    (void)state;
    float      w[] = { 1.0f, 2.0f }, x[] = { 3.0f, 5.0f }, y;
    kd_packed *packed = kd_packed_create(1, 2, KD_F32);

    kd_packed_set(packed, w, 1);
    kd_packed_apply(packed, 1, x, 2, NULL, 0.0f, &y, 1);
    assert_true(y == 13.0f);
    w[0] = 2.0f;
    kd_packed_set(packed, w, 2);
    kd_packed_apply(packed, 1, x, 2, NULL, 0.0f, &y, 1);
    assert_true(y == 16.0f);
    w[0] = 4.0f;
    kd_packed_set(packed, w, 0);
    kd_packed_apply(packed, 1, x, 2, NULL, 0.0f, &y, 1);
    assert_true(y == 22.0f);
    kd_packed_destroy(packed);
}

/* Below 512 rows each row is summed in the same order whatever else is there. */
static void test_gives_a_row_the_same_bits_among_any_others(void **state)
{
    (void)state;
    enum { M = 100, N = 150, K = 70 };
    float     *w = make_floats(N * K, 1), *x = make_floats(M * K, 2), *y = make_floats(M * N, 3);
    float      alone[N];
    kd_packed *packed = kd_packed_create(N, K, KD_F32);

    kd_packed_set(packed, w, 1);
    kd_packed_apply(packed, M, x, K, NULL, 0.0f, y, N);
    for (int r = 0; r < M; r++) {
        kd_packed_apply(packed, 1, x + r * K, K, NULL, 0.0f, alone, N);
        assert_memory_equal(alone, y + r * N, sizeof alone);
    }
    kd_packed_destroy(packed);
    free(w), free(x), free(y);
}

static void test_gives_the_same_bits_at_any_count_of_threads(void **state)
{
    (void)state;
    enum { M = 20, N = 300, K = 90 };
    float     *w = make_floats(N * K, 1), *x = make_floats(M * K, 2);
    float     *y[2] = { make_floats(M * N, 3), make_floats(M * N, 4) };
    kd_packed *packed = kd_packed_create(N, K, KD_F32);

    kd_packed_set(packed, w, 1);
    for (int i = 0; i < 2; i++) {
        kd_gemm_set_threads(1 + i);
        kd_packed_apply(packed, M, x, K, NULL, 0.0f, y[i], N);
    }
    kd_gemm_set_threads(1);
    assert_memory_equal(y[0], y[1], M * N * sizeof(float));
    kd_packed_destroy(packed);
    free(w), free(x), free(y[0]), free(y[1]);
}

/* What a sealed matrix multiplies is what it would have, also with gaps between rows and for many
 * rows, where an open one may use W as it is. */
static void assert_sealed(kd_precision precision, int m, int n, int k, int slack)
{
    kd_packed *open = kd_packed_create(n, k, precision);
    kd_packed *sealed = kd_packed_create(n, k, precision);
    int        ldx = k + slack, ldy = n + slack;
    float     *w = make_floats((size_t)n * (size_t)k, 4), *bias = make_floats((size_t)n, 5);
    float     *x = make_floats((size_t)m * (size_t)ldx, 6);
    float     *y = make_floats((size_t)m * (size_t)ldy, 7),
          *z = make_floats((size_t)m * (size_t)ldy, 7);

    kd_packed_set(open, w, 1);
    kd_packed_set(sealed, w, 1);
    kd_packed_seal(sealed);
    kd_packed_apply(open, m, x, ldx, bias, 1.0f, y, ldy);
    for (int i = 0; i < n * k; i++) w[i] = NAN; /* is borrowed no longer */
    kd_packed_apply(sealed, m, x, ldx, bias, 1.0f, z, ldy);
    for (int i = 0; i < m * ldy; i++) assert_close(z[i], y[i], 1e-4);
    free(w), free(bias), free(x), free(y), free(z);
    kd_packed_destroy(open);
    kd_packed_destroy(sealed);
}

static void test_multiplies_the_same_when_sealed(void **state)
{
    (void)state;
    static const int shapes[][4] = { { 1, 40, 30, 0 },
                                     { 9, 33, 17, 4 },
                                     { 44, 120, 300, 3 },
                                     { 520, 64, 70, 0 },
                                     { 3, 1040, 1030, 0 } };
    for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            assert_sealed((kd_precision)p, shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3]);
}

/* Blocks: more than one part of K, group of columns and slab of rows, nothing a whole number. */
static void test_gives_a_row_the_same_bits_in_any_block_and_at_any_count_of_threads(void **state)
{
    (void)state;
    enum { M = 270, N = 1030, K = 1301, ONE = 261 };
    float *a = make_floats((size_t)M * K, 1), *b = make_floats((size_t)N * K, 2);
    float *c[3] = { make_floats((size_t)M * N, 3), make_floats((size_t)M * N, 4),
                    make_floats((size_t)N, 5) };

    for (int is_bf16 = 0; is_bf16 < 2; is_bf16++) {
        if (!kd_block_has(is_bf16)) continue;
        kd_operand all = { is_bf16, false, M, K, a, K }, right = { is_bf16, true, N, K, b, N };
        kd_operand one = { is_bf16, false, 1, K, a + (size_t)ONE * K, K };
        kd_block_multiply(&all, &right, 1, NULL, 0.0f, c[0], N);
        kd_block_multiply(&all, &right, 3, NULL, 0.0f, c[1], N);
        kd_block_multiply(&one, &right, 1, NULL, 0.0f, c[2], N);
        assert_memory_equal(c[0], c[1], sizeof(float) * M * N);
        assert_memory_equal(c[0] + (size_t)ONE * N, c[2], sizeof(float) * N);
    }
    free(a), free(b), free(c[0]), free(c[1]), free(c[2]);
}

/* ---- int8 ---- */

/* The error of a sum of K products of numbers rounded to 1/127 of their row's largest grows
 * like sqrt(K): 4 sigma of sqrt(K/12 (s^2 |v|^2 + t^2 |u|^2)), with room. */
static void assert_int8(int m, int n, int k)
{
    kd_packed *packed = kd_packed_create(n, k, KD_INT8);
    float     *w = make_floats((size_t)n * (size_t)k, 4), *bias = make_floats((size_t)n, 5);
    float *x = make_floats((size_t)m * (size_t)k, 6), *y = make_floats((size_t)m * (size_t)n, 7);

    for (int i = 0; i < k; i++) x[i] = 0.0f; /* a row without a scale */
    kd_packed_set(packed, w, 1);
    kd_packed_apply(packed, m, x, k, bias, 0.0f, y, n);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = (double)bias[j], xx = 0.0, ww = 0.0, x_most = 0.0, w_most = 0.0;
            for (int p = 0; p < k; p++) {
                double u = x[i * k + p], v = w[j * k + p];
                sum += u * v;
                xx += u * u;
                ww += v * v;
                x_most = fmax(x_most, fabs(u));
                w_most = fmax(w_most, fabs(v));
            }
            double sigma = sqrt((x_most * x_most * ww + w_most * w_most * xx) / 12.0) / 63.0;
            assert_true(fabs(y[i * n + j] - sum) <= 5.0 * sigma + 1e-5);
        }
    free(w), free(bias), free(x), free(y);
    kd_packed_destroy(packed);
}

static void test_multiplies_in_int8_within_its_rounding(void **state)
{
    (void)state;
    if (kd_test_lacks(KD_INT8)) skip();
    static const int shapes[][3] = {
        { 1, 9, 256 }, { 3, 33, 17 }, { 44, 120, 300 }, { 100, 64, 64 }, { 2, 1, 1 }
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        assert_int8(shapes[s][0], shapes[s][1], shapes[s][2]);
}

/* Sums of bytes are exact, so a row of the network's own numbers is the same alone, among others, in other tiles, with gaps
 * between rows, and however many threads share the work. */
static void test_gives_a_row_the_same_bits_in_int8_however_it_is_computed(void **state)
{
    (void)state;
    enum { N = 145, K = 61, M = 150, LDX = K + 3, LDY = N + 2, THREADS = 3 };
    static const int counts[] = { 1, 2, 3, 4, 5, 11, 13, 40, 63, 64, 100, M };
    if (kd_test_lacks(KD_INT8)) skip();
    kd_packed *packed = kd_packed_create(N, K, KD_INT8);
    float     *w = make_floats(N * K, 1), *bias = make_floats(N, 2), *x = make_floats(M * LDX, 3);
    float     *y = make_floats(M * LDY, 4), *want = make_floats(M * LDY, 5);

    kd_packed_set(packed, w, 1);
    for (int r = 0; r < M; r++) {
        memset(want + r * LDY, 0, sizeof(float) * N);
        kd_packed_apply(packed, 1, x + r * LDX, LDX, bias, 1.0f, want + r * LDY, LDY);
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int threads = 1; threads <= THREADS; threads++) {
            kd_gemm_set_threads(threads);
            kd_packed_apply(packed, counts[i], x, LDX, bias, 0.0f, y, LDY);
            for (int r = 0; r < counts[i]; r++)
                assert_memory_equal(y + r * LDY, want + r * LDY, sizeof(float) * N);
        }
    kd_gemm_set_threads(1);
    kd_packed_destroy(packed);
    free(w), free(bias), free(x), free(y), free(want);
}

/* ---- what follows a product ---- */

static void count_rows(void *user, int begin, int end)
{
    for (int r = begin; r < end; r++) ((int *)user)[r]++;
}

static void test_gives_each_row_once_to_what_follows(void **state)
{
    (void)state;
    enum { N = 70, K = 40, M = 200 };
    static const int counts[] = { 1, 30, M };
    float *w = make_floats(N * K, 1), *x = make_floats(M * K, 3), *y = make_floats(M * N, 4);

    for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++)
        for (int i = 0; i < 6; i++) {
            int        seen[M] = { 0 }, m = counts[i / 2];
            kd_packed *packed = kd_packed_create(N, K, (kd_precision)p);

            kd_packed_set(packed, w, 1);
            kd_gemm_set_threads(1 + i % 2);
            kd_packed_apply_then(packed, m, x, K, NULL, 0.0f, y, N, count_rows, seen);
            for (int r = 0; r < M; r++) assert_int_equal(seen[r], r < m);
            kd_packed_destroy(packed);
        }
    kd_gemm_set_threads(1);
    free(w), free(x), free(y);
}

/* Whole numbers up to 127 lose nothing: largest sums, where 16-bit halves would saturate. */
static void test_does_not_saturate_in_int8(void **state)
{
    (void)state;
    enum { N = 40, K = 300 };
    if (kd_test_lacks(KD_INT8)) skip();
    static float w[N * K], x[K], y[N];
    kd_packed   *packed = kd_packed_create(N, K, KD_INT8);

    for (int i = 0; i < N * K; i++) w[i] = 127.0f;
    for (int i = 0; i < K; i++) x[i] = i % 2 ? 127.0f : 126.0f / 2.0f;
    kd_packed_set(packed, w, 1);
    kd_packed_apply(packed, 1, x, K, NULL, 0.0f, y, N);
    for (int j = 0; j < N; j++) assert_close(y[j], 127.0 * (150 * 127.0 + 150 * 63.0), 0.006);
    kd_packed_destroy(packed);
}

/* A network that has run away must not look sane in bytes. */
static void test_shows_nan_and_infinity_in_every_precision(void **state)
{
    (void)state;
    enum { M = 3, N = 5, K = 20 };
    static const float bad[] = { NAN, INFINITY };

    for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++)
        for (int i = 0; i < 2; i++) {
            float     *w = make_floats(N * K, 1), *x = make_floats(M * K, 2), y[M * N];
            kd_packed *packed = kd_packed_create(N, K, (kd_precision)p);

            x[K + 3] = bad[i];     /* in the second row */
            w[4 * K + 7] = bad[i]; /* in the last output */
            kd_packed_set(packed, w, 1);
            kd_packed_apply(packed, M, x, K, NULL, 0.0f, y, N);
            for (int j = 0; j < M * N; j++)
                assert_true(isfinite(y[j]) == (j / N != 1 && j % N != 4));
            kd_packed_destroy(packed);
            free(w), free(x);
        }
}

/* ---- words ---- */

static void test_knows_the_words_of_precisions(void **state)
{
    (void)state;
    kd_precision p = KD_F32;

    assert_true(kd_precision_parse("int8", &p) && p == KD_INT8);
    assert_true(kd_precision_parse("bf16", &p) && p == KD_BF16);
    assert_true(kd_precision_parse("f32", &p) && p == KD_F32);
    assert_false(kd_precision_parse("fp16", &p));
    assert_string_equal(kd_precision_word(KD_BF16), "bf16");
}

static void test_says_what_is_missing_for_a_precision(void **state)
{
    (void)state;
    kd_error err;

    assert_ok(kd_gemm_require(KD_F32, &err), &err);
    if (kd_gemm_has(KD_BF16))
        assert_ok(kd_gemm_require(KD_BF16, &err), &err);
    else
        assert_fails(KD_EUNAVAILABLE, "bf16 needs oneDNN", kd_gemm_require(KD_BF16, &err), &err);
    assert_non_null(strstr(kd_gemm_backend_words(), "OpenBLAS"));
}

/* ---- interrupted ---- */

static volatile sig_atomic_t interrupts;

static void note(int number)
{
    (void)number;
    interrupts = interrupts + 1;
}

/* oneDNN's products of many terms use the stack pointer for their work space: a handler's frame must not be written there. */
static void test_multiplies_the_same_when_interrupted(void **state)
{
    enum { M = 96, N = 96, K = 6000, TIMES = 40 };
    static const int       alarms[] = { SIGALRM };
    const struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
    float                 *a = make_floats((size_t)M * K, 1), *b = make_floats((size_t)N * K, 2);
    float *want = make_floats((size_t)M * N, 3), *got = make_floats((size_t)M * N, 3);

    (void)state;
    kd_gemm(KD_F32, true, false, M, N, K, 1.0f, a, M, b, N, 0.0f, want, N);
    kd_interrupt_catch(alarms, 1, note, SA_RESTART);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    for (int i = 0; i < TIMES; i++) {
        kd_gemm(KD_F32, true, false, M, N, K, 1.0f, a, M, b, N, 0.0f, got, N);
        assert_memory_equal(got, want, (size_t)M * N * sizeof *got);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    assert_true(interrupts > 0);
    free(a);
    free(b);
    free(want);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiplies_any_shape_in_f32),
        cmocka_unit_test(test_multiplies_any_shape_in_bf16),
        cmocka_unit_test(test_multiplies_with_packed_weights_in_f32),
        cmocka_unit_test(test_multiplies_with_packed_weights_in_bf16),
        cmocka_unit_test(test_takes_new_values_when_the_version_moves),
        cmocka_unit_test(test_gives_a_row_the_same_bits_among_any_others),
        cmocka_unit_test(test_gives_the_same_bits_at_any_count_of_threads),
        cmocka_unit_test(test_multiplies_the_same_when_sealed),
        cmocka_unit_test(test_gives_a_row_the_same_bits_in_any_block_and_at_any_count_of_threads),
        cmocka_unit_test(test_multiplies_in_int8_within_its_rounding),
        cmocka_unit_test(test_gives_a_row_the_same_bits_in_int8_however_it_is_computed),
        cmocka_unit_test(test_gives_each_row_once_to_what_follows),
        cmocka_unit_test(test_does_not_saturate_in_int8),
        cmocka_unit_test(test_shows_nan_and_infinity_in_every_precision),
        cmocka_unit_test(test_knows_the_words_of_precisions),
        cmocka_unit_test(test_says_what_is_missing_for_a_precision),
        cmocka_unit_test(test_multiplies_the_same_when_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
