/* share.h - a batch on a tape that is one of several shares of a larger batch, the others on tapes of other processes.
 *
 *     batch   s0 s1 s2 | s3 s4 | s5 s6 s7      sentences, shared out in their order
 *     tape    0         1       2              each records the same ops over its own rows
 *
 * Two things of an op are about the whole batch, and a tape without a share is its own whole: what a mean divides by,
 * which is summed over all shares in their order, and where a row stands, which says what a dropout keeps. So shares
 * together are the batch, but for the rounding of sums.
 */
#ifndef KD_TENSOR_SHARE_H
#define KD_TENSOR_SHARE_H

#include <stdbool.h>
#include <stddef.h>

/* What is counted from the beginning of the whole batch. */
typedef enum {
    KD_OF_PIECES,
    KD_OF_SENTENCES,
    KD_OF_SQUARES, /* T T of each sentence: the elements of one head's maps */
    KD_OF_COUNT
} kd_of;

typedef struct {
    size_t before[KD_OF_COUNT]; /* in the shares before this one */
    bool
        is_idle; /* there are fewer sentences than shares: these rows are another's and count for nothing */
    /* Sum each number over all shares, in their order: the same bits on every tape. Each calls it as often as the
     * others, with as many. NULL: the tape's losses are nobody's. */
    void (*total)(void *user, double *numbers, int count);
    void *user;
} kd_share;

#endif
