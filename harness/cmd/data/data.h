/* data.h - `kdgrid data`: corpora, tag files and vocabularies, one verb a function.
 *
 *     kdgrid data stats FILE...          stats.c
 *     kdgrid data score GOLD PRED        score.c
 *     kdgrid data augment IN OUT         make.c
 *     kdgrid data synth -o DIR
 *     kdgrid data tokenize < text        tokens.c
 *     kdgrid data embeddings FILE
 *     kdgrid data vocab FILE...
 *
 * Each gets argv with its own word at argv[0], prints its result to stdout and returns.
 */
#ifndef KD_CMD_DATA_DATA_H
#define KD_CMD_DATA_DATA_H

#include "harness/base/setting.h"
#include "harness/base/str.h"
#include "models/text/corpus.h"

kd_status kd_cmd_data_stats(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_score(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_augment(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_synth(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_tokenize(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_embeddings(int argc, char **argv, kd_error *err);
kd_status kd_cmd_data_vocab(int argc, char **argv, kd_error *err);

/* ---- what they share ---- */

/* Whether stdout took all that was printed; and print, and say so. */
kd_status kd_data_finish(kd_error *err);
kd_status kd_data_print(const kd_str *out, kd_error *err);

/* What a reader accepted by a rule goes to stderr, a line each. */
void kd_data_tell_notes(const kd_corpus *corpus);

/* A setting from an option of the same name; NULL leaves its default. */
kd_status kd_data_set(const kd_setting *table, void *options, const char *key, const char *value,
                      kd_error *err);

/* The task of that name, or for NULL the one that the file looks like. */
kd_status kd_data_choose_task(kd_task *out, const char *name, const char *path, kd_error *err);

#endif
