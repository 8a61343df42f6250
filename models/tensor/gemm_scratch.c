/* gemm_scratch.c - blocks that grow, one of each use a thread. */
#include "models/tensor/gemm_scratch.h"

#include <stdlib.h>

#include "harness/base/status.h"

void *kd_gemm_scratch(kd_scratch_use use, size_t count, size_t size)
{
    static _Thread_local void  *block[KD_SCRATCHES];
    static _Thread_local size_t bytes[KD_SCRATCHES];
    size_t                      wanted = count * size;

    if (wanted > bytes[use]) {
        free(block[use]);
        block[use] = kd_alloc_aligned(wanted);
        bytes[use] = wanted;
    }
    return block[use];
}
