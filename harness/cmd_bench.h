/* cmd_bench.h - the benches of `kdgrid bench`, one file each.
 *
 * A bench gets argv with its own name at argv[0] and prints a table, or one JSON object with
 * --json. Adding one is one file, one line here and one row in cmd_bench.c.
 */
#ifndef KD_CMD_BENCH_H
#define KD_CMD_BENCH_H

#include "harness/base/status.h"
#include "models/tensor/gemm.h"

kd_status kd_bench_gemm(int argc, char **argv, kd_error *err);
kd_status kd_bench_infer(int argc, char **argv, kd_error *err);
kd_status kd_bench_step(int argc, char **argv, kd_error *err);
kd_status kd_bench_distill(int argc, char **argv, kd_error *err);
kd_status kd_bench_text(int argc, char **argv, kd_error *err);
kd_status kd_bench_dispatch(int argc, char **argv, kd_error *err);
kd_status kd_bench_plan(int argc, char **argv, kd_error *err);
kd_status kd_bench_status(int argc, char **argv, kd_error *err);
kd_status kd_bench_store(int argc, char **argv, kd_error *err);
kd_status kd_bench_compare(int argc, char **argv, kd_error *err);

/* 1e9 operations a second of the best single product in this precision, by the threads set. */
double kd_bench_peak_rate(kd_precision precision);

#endif
