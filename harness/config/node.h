/* node.h - what kinds of nodes there are, and what others and files are to a node. */
#ifndef KD_CONFIG_NODE_H
#define KD_CONFIG_NODE_H

#include <stdbool.h>

/* Part of every id. */
#define KD_SCHEMA_VERSION   1 /* raised when the meaning of a setting changes */
#define KD_NUMERICS_VERSION 3 /* raised when the program's own numbers change */

typedef enum {
    KD_NODE_CORPUS,  /* files + tokenizer + augmentation -> packed splits */
    KD_NODE_MODEL,   /* corpus + architecture + recipe -> weights, history, metrics */
    KD_NODE_TARGETS, /* teacher + corpus -> logits */
    KD_NODE_STATES,  /* teacher + corpus -> hidden states and attention maps */
    KD_NODE_NOOP,    /* nothing, for tests and benches of the harness */
} kd_node_kind;

/* What a node is to the one that stands on it: for each of several teachers another; `reading` is the corpus once
 * more, in the pieces of a teacher that is asked in every step; `start` is the model that another one begins as; `vocab`
 * the corpus whose pieces another corpus is read in. Texts and ids have roles in the order of these lists, which is that
 * of their words. */
/* clang-format off */
#define KD_INPUT_ROLES(X)                                                                            \
    X(CORPUS, "corpus") X(READING, "reading") X(START, "start") X(STATES, "states")                  \
    X(TARGETS, "targets")                                                                            \
    X(TEACHER, "teacher") X(TEACHER_2, "teacher2") X(TEACHER_3, "teacher3") X(TEACHER_4, "teacher4") \
    X(TEACHER_5, "teacher5") X(TEACHER_6, "teacher6") X(TEACHER_7, "teacher7")                       \
    X(VOCAB, "vocab")

/* What a file is to the node that reads it. */
#define KD_FILE_ROLES(X)                                                                      \
    X(DEVEL, "devel") X(INIT, "init") X(TARGETS, "targets") X(TEST, "test") X(TRAIN, "train") \
    X(UNLABELLED, "unlabelled") X(UNLABELLED_2, "unlabelled2") X(UNLABELLED_3, "unlabelled3")   \
    X(UNLABELLED_4, "unlabelled4") X(UNLABELLED_5, "unlabelled5") X(UNLABELLED_6, "unlabelled6") \
    X(UNLABELLED_7, "unlabelled7") X(UNLABELLED_8, "unlabelled8")                               \
    X(VECTORS, "vectors") X(VOCAB, "vocab")

#define X(name, word) KD_INPUT_##name,
typedef enum { KD_INPUT_ROLES(X) KD_INPUTS } kd_input_role;
#undef X
#define X(name, word) KD_FILE_##name,
typedef enum { KD_FILE_ROLES(X) KD_FILES } kd_file_role;
#undef X
/* clang-format on */

#define KD_TEACHERS_MAX (KD_INPUT_VOCAB - KD_INPUT_TEACHER)
#define KD_UNLABELLED_MAX \
    (KD_FILE_VECTORS - KD_FILE_UNLABELLED) /* files and folders of one corpus */

static inline kd_input_role kd_input_teacher(int number) /* from 0 */
{
    return (kd_input_role)(KD_INPUT_TEACHER + number);
}

static inline kd_file_role kd_file_unlabelled(int number) /* from 0, as they are listed */
{
    return (kd_file_role)(KD_FILE_UNLABELLED + number);
}

const char *kd_node_kind_word(kd_node_kind kind);   /* "model" */
const char *kd_input_role_word(kd_input_role role); /* "teacher2" */
const char *kd_file_role_word(kd_file_role role);   /* "vocab" */

/* The one with this word; false when there is none. */
bool kd_input_role_of(kd_input_role *out, const char *word);
bool kd_file_role_of(kd_file_role *out, const char *word);
bool kd_node_kind_of(kd_node_kind *out, const char *word);

#endif
