/* folder.h - what a published folder holds, as its readers say it.
 *
 *     config.json                                  config.h
 *     model.safetensors, shards, *.bin             weights.h: kd_weights_list
 *     vocab.txt, vocab.json + merges.txt, ...      models/text/tokenizer.h: kd_tokenizer_file
 *     tokenizer.json, where none of those is       the same
 *     *.txt and *.ann of a corpus                  models/text/brat.h
 *     *.json, where there is nothing else          models/text/corpus.h: a corpus of questions
 *
 * Whoever has to know which files count (the id of a cell does) asks here and keeps no list.
 */
#ifndef KD_WEIGHTS_FOLDER_H
#define KD_WEIGHTS_FOLDER_H

#include "harness/base/map.h"
#include "harness/base/status.h"

/* Add to the set `names` the files in `folder` that a reader opens. None is opened here but an
 * index of shards, which names others: KD_EDATA when it is none. */
kd_status kd_folder_list(kd_map *names, const char *folder, kd_error *err);

#endif
