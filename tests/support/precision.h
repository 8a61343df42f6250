/* precision.h - what a build without oneDNN cannot try: said in words, then skipped. */
#ifndef KD_TESTS_PRECISION_H
#define KD_TESTS_PRECISION_H

#include "models/tensor/gemm.h"
#include "tests/support/support.h"

/* if (kd_test_lacks(KD_INT8)) skip(); */
static inline bool kd_test_lacks(kd_precision precision)
{
    kd_error why;

    if (kd_gemm_require(precision, &why) == KD_OK) return false;
    print_message("           skipped: %s\n", why.text);
    return true;
}

/* for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++) */
static inline int kd_test_last_precision(void)
{
    return kd_test_lacks(KD_BF16) || kd_test_lacks(KD_INT8) ? KD_F32 : KD_INT8;
}

#endif
