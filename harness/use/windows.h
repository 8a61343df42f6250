/* windows.h - a row of pieces as stretches that a network can take.
 *
 *     row     [CLS] p1 p2 p3 p4 p5 p6 p7 p8 p9 [SEP]          11 pieces, 8 fit
 *     first   [CLS] p1 p2 p3 p4 p5 p6 [SEP]                   answers for [CLS] p1 to p5
 *     second            [CLS] p5 p6 p7 p8 p9 [SEP]            answers for p6 to [SEP]
 *
 * Windows share a quarter of what fits, and the rest of a word where one would begin inside it, unless
 * that word is longer than a quarter itself. Of what two windows share the first half belongs to the
 * first.
 */
#ifndef KD_USE_WINDOWS_H
#define KD_USE_WINDOWS_H

#include "harness/base/vec.h"
#include "models/text/pack.h"

typedef struct {
    int row;        /* of the pack */
    int from, end;  /* pieces, as the pack numbers them, without specials that are put around */
    int keep, done; /* it answers for keep..done-1 */
    int length;     /* pieces with specials */
} kd_window;

typedef KD_VEC(kd_window) kd_windows;

/* Append the windows of a row, at most `longest` pieces each (3 or more); one for a row that fits.
 * `from` and `end` lie between the row's own first and last piece, the specials. */
void kd_windows_of(kd_windows *out, const kd_pack *pack, int row, int longest);

#endif
