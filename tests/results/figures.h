/* figures.h - numbers out of a golden file. */
#ifndef KD_TESTS_RESULTS_FIGURES_H
#define KD_TESTS_RESULTS_FIGURES_H

#include <math.h>
#include <stdlib.h>

#include "tests/support/support.h"

/* The figures of one name, which the test fails without. */
static inline const kd_json *golden_in(kd_json_document *document, const char *key)
{
    const kd_json *value = kd_json_get(kd_json_root(document), key);

    assert_non_null(value);
    return value;
}

static inline double real_at(const kd_json *array, size_t i)
{
    return kd_json_to_real(kd_json_at(array, i), NAN);
}

static inline double real_of(const kd_json *object, const char *key)
{
    return kd_json_to_real(kd_json_get(object, key), NAN);
}

/* The numbers of an array; the caller frees them. */
static inline double *reals_of(const kd_json *array, size_t *n)
{
    double *x = kd_alloc(kd_json_count(array) + 1, sizeof *x);

    *n = kd_json_count(array);
    for (size_t i = 0; i < *n; i++) x[i] = real_at(array, i);
    return x;
}

#endif
