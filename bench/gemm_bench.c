/* gemm_bench.c - what products reach here, in thousand million operations a second.
 *
 *     gemm_bench [THREADS]
 *
 * Each line is one shape, y (M,N) = x (M,K) W^T: the plain f32 product, then packed weights in
 * every precision that this build has. Each figure is the best of five spans of time, because
 * others use the machine too. M = 1 and 35 are what a recurrence and short sentences ask for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "models/tensor/gemm.h"

enum { PLAIN = -1, REPEATS = 5 };

static const double span_s = 0.05;

typedef struct {
    int    m, n, k;
    float *x, *w, *y;
} shape;

static float *make_floats(size_t count)
{
    float *x = kd_alloc(count, sizeof *x);
    kd_rng rng = kd_rng_root(count);

    for (size_t i = 0; i < count; i++) x[i] = (float)kd_rng_normal(&rng);
    return x;
}

static void multiply(const shape *s, kd_packed *packed)
{
    if (packed)
        kd_packed_apply(packed, s->m, s->x, s->k, NULL, 0.0f, s->y, s->n);
    else
        kd_gemm(KD_F32, false, true, s->m, s->n, s->k, 1.0f, s->x, s->k, s->w, s->k, 0.0f, s->y,
                s->n);
}

/* Operations a second, 1e9 of them; a multiplication and an addition are two. */
static double measure(const shape *s, int precision)
{
    kd_packed *packed =
        precision == PLAIN ? NULL : kd_packed_create(s->n, s->k, (kd_precision)precision);
    double best = 0.0;

    if (packed) kd_packed_set(packed, s->w, 1);
    multiply(s, packed);
    for (int r = 0; r < REPEATS; r++) {
        double begin = kd_clock_s(), took;
        int    count = 0;
        do {
            multiply(s, packed);
            count++;
        } while ((took = kd_clock_s() - begin) < span_s);
        double rate = 2e-9 * s->m * s->n * s->k * count / took;
        if (rate > best) best = rate;
    }
    kd_packed_destroy(packed);
    return best;
}

int main(int argc, char **argv)
{
    static const int sizes[][3] = { { 1024, 768, 768 },  { 1024, 3072, 768 }, { 1024, 1200, 300 },
                                    { 1024, 300, 1200 }, { 35, 768, 768 },    { 35, 3072, 768 },
                                    { 32, 1200, 300 },   { 8, 1200, 300 },    { 1, 1200, 300 } };

    kd_gemm_set_threads(argc > 1 ? atoi(argv[1]) : 1);
    printf("%s; threads: %d\n%5s %5s %5s %8s", kd_gemm_backend_words(), kd_gemm_threads(), "M", "N",
           "K", "plain");
    for (int p = KD_F32; p <= KD_INT8; p++)
        if (kd_gemm_has((kd_precision)p)) printf(" %8s", kd_precision_word((kd_precision)p));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        shape s = { .m = sizes[i][0], .n = sizes[i][1], .k = sizes[i][2] };
        s.x = make_floats((size_t)s.m * (size_t)s.k);
        s.w = make_floats((size_t)s.n * (size_t)s.k);
        s.y = make_floats((size_t)s.m * (size_t)s.n);
        printf("\n%5d %5d %5d %8.1f", s.m, s.n, s.k, measure(&s, PLAIN));
        for (int p = KD_F32; p <= KD_INT8; p++)
            if (kd_gemm_has((kd_precision)p)) printf(" %8.1f", measure(&s, p));
        free(s.x);
        free(s.w);
        free(s.y);
    }
    printf("\n");
    return 0;
}
