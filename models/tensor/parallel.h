/* parallel.h - one loop shared by a few threads.
 *
 * The items are cut into at most `threads` spans of equal length, always in the same places,
 * so the same count of threads gives the same bits. Work that writes only its own items
 * gives the same bits at any count. The threads are OpenMP's, which oneDNN's products use as
 * well, so the two never compete for cores.
 */
#ifndef KD_TENSOR_PARALLEL_H
#define KD_TENSOR_PARALLEL_H

/* Items begin .. end-1. */
typedef void kd_span_work(void *user, int begin, int end);

/* Do `work` over `count` items. A span has at least `grain` items: what is too small to be
 * worth waking a thread for. */
void kd_parallel(int threads, int count, int grain, kd_span_work *work, void *user);

#endif
