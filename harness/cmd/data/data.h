/* data.h - `kdgrid data`: corpora, tag files and vocabularies, one verb a function.
 *
 * Each gets argv with its own word at argv[0], prints its result to stdout and returns. stats.c, score.c, convert.c and
 * fetch.c have one each, make.c those that write corpora, tokens.c those about pieces of words.
 */
#ifndef KD_CMD_DATA_DATA_H
#define KD_CMD_DATA_DATA_H

#include "harness/base/setting.h"
#include "harness/base/str.h"
#include "models/text/corpus.h"

/* clang-format off */
/*    verb        what it does                                   */
#define KD_DATA_VERBS(X)                                           \
    X(stats,      "count, check, find duplicates")                 \
    X(score,      "score predicted labels")                        \
    X(augment,    "make more training sentences")                  \
    X(synth,      "invent a corpus")                               \
    X(convert,    "articles in XML to a text")                     \
    X(tokenize,   "text to pieces")                                \
    X(vocab,      "make a vocabulary from a corpus")               \
    X(embeddings, "what a file of word vectors covers")             \
    X(fetch,      "public corpora and networks")
/* clang-format on */

#define X(verb, summary) kd_status kd_cmd_data_##verb(int argc, char **argv, kd_error *err);
KD_DATA_VERBS(X)
#undef X

/* ---- what they share: shared.c ---- */

/* Whether stdout took all that was printed; and print, and say so. */
kd_status kd_data_finish(kd_error *err);
kd_status kd_data_print(const kd_str *out, kd_error *err);

/* What a reader accepted by a rule goes to stderr, a line each. */
void kd_data_tell_notes(const kd_corpus *corpus);

/* A setting from an option of the same name; NULL leaves its default. */
kd_status kd_data_set(const kd_setting *table, void *options, const char *key, const char *value,
                      kd_error *err);

/* The task of that name, or for NULL the one that the file looks like. */
/* Score a file of answers to questions (score_questions.c), and add what there is to say. */
kd_status kd_data_score_questions(const char *gold, const char *predicted, bool as_json,
                                  bool wants_counts, kd_str *out, kd_error *err);

kd_status kd_data_choose_task(kd_task *out, const char *name, const char *path, kd_error *err);

#endif
