/* gemm_scratch.c - blocks that grow, one of each use a thread; they go with their thread. */
#include "models/tensor/gemm_scratch.h"

#include <pthread.h>
#include <stdlib.h>

#include "harness/base/status.h"

static _Thread_local void  *block[KD_SCRATCHES];
static _Thread_local size_t bytes[KD_SCRATCHES];

static pthread_key_t at_end;

static void drop_blocks(void *blocks)
{
    for (int use = 0; use < KD_SCRATCHES; use++) free(((void **)blocks)[use]);
}

static void make_key(void)
{
    KD_CHECK(pthread_key_create(&at_end, drop_blocks) == 0, "no more keys of threads");
}

void *kd_gemm_scratch(kd_scratch_use use, size_t count, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t                wanted = count * size;

    if (wanted > bytes[use]) {
        pthread_once(&once, make_key);
        free(block[use]);
        block[use] = kd_alloc_aligned(wanted);
        bytes[use] = wanted;
        pthread_setspecific(at_end, block);
    }
    return block[use];
}
