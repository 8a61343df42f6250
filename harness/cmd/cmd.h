/* cmd.h - every verb of the program, one file each.
 *
 * A verb gets argv with its own name at argv[0], prints its results to stdout, tells people
 * what it does on stderr, and returns what main turns into an exit code. Adding one is one
 * file, one line here and one row in main.c.
 */
#ifndef KD_CMD_CMD_H
#define KD_CMD_CMD_H

#include "harness/base/status.h"

kd_status kd_cmd_plan(int argc, char **argv, kd_error *err);
kd_status kd_cmd_run(int argc, char **argv, kd_error *err);
kd_status kd_cmd_cell(int argc, char **argv, kd_error *err);
kd_status kd_cmd_submit(int argc, char **argv, kd_error *err);
kd_status kd_cmd_status(int argc, char **argv, kd_error *err);
kd_status kd_cmd_table(int argc, char **argv, kd_error *err);
kd_status kd_cmd_aggregate(int argc, char **argv, kd_error *err);
kd_status kd_cmd_compare(int argc, char **argv, kd_error *err);
kd_status kd_cmd_model(int argc, char **argv, kd_error *err);
kd_status kd_cmd_targets(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data(int argc, char **argv, kd_error *err);
kd_status kd_cmd_doctor(int argc, char **argv, kd_error *err);
kd_status kd_cmd_bench(int argc, char **argv, kd_error *err);
kd_status kd_cmd_merge(int argc, char **argv, kd_error *err);
kd_status kd_cmd_fsck(int argc, char **argv, kd_error *err);
kd_status kd_cmd_verify(int argc, char **argv, kd_error *err);
kd_status kd_cmd_gc(int argc, char **argv, kd_error *err);
kd_status kd_cmd_version(int argc, char **argv, kd_error *err);

#endif
