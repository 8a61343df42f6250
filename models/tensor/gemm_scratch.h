/* gemm_scratch.h - memory for a copy of an operand, of each use one a thread.
 *
 * It grows, stays, and is 64-byte aligned. A product uses each at most once.
 */
#ifndef KD_TENSOR_GEMM_SCRATCH_H
#define KD_TENSOR_GEMM_SCRATCH_H

#include <stddef.h>

typedef enum {
    KD_FIRST_OPERAND,
    KD_SECOND_OPERAND,
    KD_RESULT,
    KD_SCALES,
    KD_SLAB,
    KD_PANEL_GROUP,
    KD_SCRATCHES
} kd_scratch_use;

/* `count` things of `size` bytes, undefined; until the next call for this use. */
void *kd_gemm_scratch(kd_scratch_use use, size_t count, size_t size);

#endif
