/* latency.c - one sentence at a time. */
#include "harness/cell/latency.h"

#include <stdlib.h>

#include "harness/base/clock.h"

static void predict(const kd_model *model, kd_tape *tape, const kd_pack *pack, int sentence)
{
    int      from = pack->piece_begin[sentence];
    int32_t  begin[2] = { 0, pack->piece_begin[sentence + 1] - from };
    kd_batch batch = { .ids = pack->ids + from,
                       .segments = pack->segments ? pack->segments + from : NULL,
                       .rows = { 1, begin } };
    kd_model_apply(model, tape, &batch, NULL);
    kd_tape_reset(tape);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that a share of them do not pass: the nearest rank. */
static double share_of(const double *sorted, int count, double share)
{
    int rank = (int)(share * count + 0.5);
    return sorted[rank < 1 ? 0 : rank > count ? count - 1 : rank - 1];
}

void kd_latency_measure(kd_latency *out, const kd_model *model, const kd_pack *pack, int most,
                        kd_precision precision)
{
    int      count = pack->sentences < most ? pack->sentences : most, threads = kd_gemm_threads();
    double  *ms = kd_alloc((size_t)count, sizeof *ms), sum = 0;
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = 1 });
    kd_gemm_set_threads(1);
    for (int b = 0; b < count; b++) predict(model, tape, pack, b);
    for (int b = 0; b < count; b++) {
        double start_s = kd_clock_s();
        predict(model, tape, pack, b);
        ms[b] = 1e3 * (kd_clock_s() - start_s);
        sum += ms[b];
    }
    qsort(ms, (size_t)count, sizeof *ms, by_size);
    *out = (kd_latency){ share_of(ms, count, 0.5), share_of(ms, count, 0.95), sum / count };
    kd_gemm_set_threads(threads);
    kd_tape_destroy(tape);
    free(ms);
}
