/* cmd_data.h - `kdgrid data`: corpora, tag files and vocabularies, one verb a function.
 *
 *     kdgrid data stats FILE...          cmd_data.c
 *     kdgrid data score GOLD PRED
 *     kdgrid data augment IN OUT
 *     kdgrid data synth -o DIR
 *     kdgrid data tokenize < text        cmd_data_tokens.c
 *     kdgrid data embeddings FILE
 *     kdgrid data vocab FILE...
 *
 * Each gets argv with its own word at argv[0], prints its result to stdout and returns.
 */
#ifndef KD_CMD_DATA_H
#define KD_CMD_DATA_H

#include "harness/base/status.h"

kd_status kd_cmd_data_stats(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_score(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_augment(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_synth(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_tokenize(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_embeddings(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_vocab(int argc, char **argv, kd_error *err);

#endif
