/* family.c - pairs in order, p-values from the smallest up. */
#include "results/family.h"

#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"

size_t kd_family_pairs(kd_family_pair *out, size_t sides, size_t baseline)
{
    size_t count = 0;

    for (size_t a = 0; a < sides; a++) {
        if (baseline != KD_FAMILY_ALL && a != baseline)
            out[count++] = (kd_family_pair){ a, baseline };
        for (size_t b = a + 1; baseline == KD_FAMILY_ALL && b < sides; b++)
            out[count++] = (kd_family_pair){ a, b };
    }
    return count;
}

static int compare_pointed(const void *a, const void *b)
{
    double x = **(const double *const *)a, y = **(const double *const *)b;

    return (x > y) - (x < y);
}

/* The k-th smallest of m becomes the largest of (m-i+1) p(i) over i <= k, at most 1. */
void kd_family_holm(double *p, size_t n)
{
    double **order = kd_alloc(n + 1, sizeof *order);
    double   largest = 0;
    size_t   m = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i])) order[m++] = &p[i];
    qsort(order, m, sizeof *order, compare_pointed);
    for (size_t i = 0; i < m; i++) {
        largest = fmax(largest, (double)(m - i) * *order[i]);
        *order[i] = fmin(1.0, largest);
    }
    free(order);
}
