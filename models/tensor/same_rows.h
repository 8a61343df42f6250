/* same_rows.h - rows of a matrix that are equal, byte for byte: what is computed of one holds for all of them.
 *
 *     rows     the  gene  of  the  cell
 *     which      0     1   2    0     3
 *     first      0     1   2          4
 */
#ifndef KD_TENSOR_SAME_ROWS_H
#define KD_TENSOR_SAME_ROWS_H

#include <stdint.h>

#include "models/tensor/tape.h"

/* In memory of the tape. */
typedef struct {
    int      count; /* of those that differ */
    int32_t *first; /* (count) the first row of each */
    int32_t *which; /* (n) which of them a row is */
} kd_same_rows;

/* Of x (n,d), d at least 1; n may be 0. */
void kd_same_rows_find(kd_same_rows *out, kd_tape *tape, const float *x, int n, int d);

#endif
