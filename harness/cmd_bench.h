/* cmd_bench.h - the benches of `kdgrid bench`, one file each.
 *
 * A bench gets argv with its own name at argv[0] and prints a table, or one JSON object with
 * --json. Adding one is one file, one line here and one row in cmd_bench.c.
 */
#ifndef KD_CMD_BENCH_H
#define KD_CMD_BENCH_H

#include "harness/base/status.h"

kd_status kd_bench_infer(int argc, char **argv, kd_error *err);
kd_status kd_bench_text(int argc, char **argv, kd_error *err);

#endif
