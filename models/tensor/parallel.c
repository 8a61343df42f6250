/* parallel.c - spans over OpenMP's threads; the only file that is compiled with it. */
#include "models/tensor/parallel.h"

#include <stdint.h>

void kd_parallel(int threads, int count, int grain, kd_span_work *work, void *user)
{
    int spans = grain > 0 ? count / grain : count;

    if (spans > threads) spans = threads;
    if (spans <= 1) {
        if (count > 0) work(user, 0, count);
        return;
    }
#pragma omp parallel for schedule(static, 1) num_threads(spans)
    for (int s = 0; s < spans; s++)
        work(user, (int)((int64_t)count * s / spans), (int)((int64_t)count * (s + 1) / spans));
}
