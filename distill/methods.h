/* methods.h - every method there is: a row here, and a file method_<row>.c that defines it. */
#ifndef KD_DISTILL_METHODS_H
#define KD_DISTILL_METHODS_H

/* In the order of help and documentation. The first one needs no teacher. */
#define KD_METHODS(X) \
    X(none)           \
    X(logit_mse)      \
    X(soft_ce)        \
    X(kl)             \
    X(crf_posterior)  \
    X(tinybert)       \
    X(distilbert)     \
    X(compact)        \
    X(pkd)            \
    X(fastbioner)     \
    X(doktra)

#endif
