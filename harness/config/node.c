/* node.c - the words of nodes' kinds and roles. */
#include "harness/config/node.h"

#include <stddef.h>
#include <string.h>

static const char *const kind_words[] = {
    [KD_NODE_CORPUS] = "corpus", [KD_NODE_MODEL] = "model", [KD_NODE_TARGETS] = "targets",
    [KD_NODE_STATES] = "states", [KD_NODE_NOOP] = "noop",
};
#define KINDS (sizeof kind_words / sizeof *kind_words)

#define X(name, word) word,
static const char *const input_words[] = { KD_INPUT_ROLES(X) };
static const char *const file_words[] = { KD_FILE_ROLES(X) };
#undef X

const char *kd_input_role_word(kd_input_role role)
{
    return input_words[role];
}

const char *kd_file_role_word(kd_file_role role)
{
    return file_words[role];
}

const char *kd_node_kind_word(kd_node_kind kind)
{
    return kind_words[kind];
}

/* The number of a word in a list, or -1. */
static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0) return (int)i;
    return -1;
}

bool kd_input_role_of(kd_input_role *out, const char *word)
{
    int role = find_word(input_words, KD_INPUTS, word);
    if (role >= 0) *out = (kd_input_role)role;
    return role >= 0;
}

bool kd_file_role_of(kd_file_role *out, const char *word)
{
    int role = find_word(file_words, KD_FILES, word);
    if (role >= 0) *out = (kd_file_role)role;
    return role >= 0;
}

bool kd_node_kind_of(kd_node_kind *out, const char *word)
{
    int kind = find_word(kind_words, KINDS, word);
    if (kind >= 0) *out = (kd_node_kind)kind;
    return kind >= 0;
}
