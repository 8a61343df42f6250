/* asking.h - options that the verbs which ask a network share: predict, score, serve; and how many threads may ask. */
#ifndef KD_CMD_ASKING_H
#define KD_CMD_ASKING_H

#include "harness/base/args.h"

/* clang-format off */
/* Rows of their tables (harness/base/args.h); `o` has a member for each, as kd_predictor_options has. */
#define KD_ARGS_ASKING(o)                                                                                           \
    { 0, "task", KD_ARG_TEXT, &(o).task, "TASK",                                                                    \
      "what is answered, where the model does not say: ner, re, hoc, qa or pair", "ner re hoc qa pair" },           \
    { 0, "none-above", KD_ARG_REAL, &(o).none_above, "T",                                                           \
      "of questions: no answer is said where it is ahead of the best by more than T (0 where training had such "    \
      "questions)" },                                                                                               \
    { 0, "tokenizer", KD_ARG_TEXT, &(o).tokenizer, "PATH", "a vocabulary file or folder in place of the model's" }, \
    { 0, "precision", KD_ARG_TEXT, &(o).precision, "P",                                                             \
      "of products: f32, bf16 or int8 (as it was evaluated)", "f32 bf16 int8" }
/* clang-format on */

/* The value of --threads, 0 for all cores; KD_EUSAGE for another number than it can be. */
kd_status kd_asking_threads(int *threads, const char *verb, kd_error *err);

#endif
