/* bench.h - the benches of `kdgrid bench`, one file each.
 *
 * A bench gets argv with its own name at argv[0] and prints a table, or one JSON object with
 * --json. Adding one is one file and one row here.
 */
#ifndef KD_CMD_BENCH_BENCH_H
#define KD_CMD_BENCH_BENCH_H

#include "harness/base/status.h"
#include "models/tensor/gemm.h"

/* clang-format off */
/*    bench     what it measures                                                      */
#define KD_BENCHES(X)                                                                   \
    X(gemm,     "matrix products in the shapes of the networks' layers")                \
    X(infer,    "one sentence at a time through a network")                             \
    X(step,     "training steps of the published networks")                             \
    X(distill,  "stored targets against hard labels, and a teacher asked once")         \
    X(text,     "reading, tokenising, packing, augmentation")                           \
    X(dispatch, "cells a second under mpirun, and what is lost between them")           \
    X(ranks,    "one training by several ranks, and what they wait for and send")       \
    X(pool,     "members of one store, and what sharing it costs them")                 \
    X(plan,     "a million cells enumerated, identified and written")                   \
    X(status,   "how a store of a million cells stands")                                \
    X(store,    "the catalogue of many cells, opened and aggregated")                    \
    X(compare,  "answers to sentences, exchanged and drawn again")
/* clang-format on */

#define X(bench, summary) kd_status kd_bench_##bench(int argc, char **argv, kd_error *err);
KD_BENCHES(X)
#undef X

/* 1e9 operations a second of the best single product in this precision, by the threads set. */
double kd_bench_peak_rate(kd_precision precision);

#endif
