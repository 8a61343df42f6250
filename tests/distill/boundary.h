/* boundary.h - what DoKTra's loss is to make small. */
#ifndef KD_TESTS_DISTILL_BOUNDARY_H
#define KD_TESTS_DISTILL_BOUNDARY_H

#include <stddef.h>

/* The share of units that are on the other side of 0 than the teacher's. */
static inline double mismatch(const float *s, const float *t, size_t count)
{
    size_t apart = 0;
    for (size_t i = 0; i < count; i++) apart += (s[i] > 0) != (t[i] > 0);
    return (double)apart / (double)count;
}

#endif
