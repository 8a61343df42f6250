/* score_names.c - what the numbers that a task is judged by are called. */
#include <string.h>

#include "distill/score.h"
#include "harness/base/setting.h"

enum {
    TAGS = 1 << KD_TASK_NER,
    RELATIONS = 1 << KD_TASK_RE,
    SETS = 1 << KD_TASK_HOC,
    PAIRS = 1 << KD_TASK_PAIR,
};

#define OF_ANSWERS "em f1 strict lenient mrr" /* of task qa, each one number */

/* Those with three parts each, and then what is one number. */
static const struct {
    const char *name;
    unsigned    tasks;
} measures[] = {
    { "entity_strict", TAGS },  { "entity_strict.macro", TAGS },
    { "entity_lenient", TAGS }, { "entity_lenient.piece", TAGS },
    { "token_micro", TAGS },    { "relation", RELATIONS },
    { "document", SETS },       { "pair.macro", PAIRS },
};
enum { MEASURES = sizeof measures / sizeof *measures };

#define WORDS    "masked.accuracy masked.loss masked.perplexity"
#define PARTS    "f1 precision recall"
#define ACCURACY "accuracy" /* of every task that has labels */

/* Numbers of one type or class begin with the prefix of their task. */
static bool is_of_kind(kd_task task, const char *name, size_t length)
{
    const char *prefix = task == KD_TASK_NER    ? "entity_strict."
                         : task == KD_TASK_PAIR ? "pair."
                                                : NULL;
    return prefix && length > strlen(prefix) && kd_starts_with(name, prefix);
}

static bool is_whole(kd_task task, const char *name, size_t length)
{
    for (int i = 0; i < MEASURES; i++)
        if (measures[i].tasks & 1u << task && strlen(measures[i].name) == length &&
            strncmp(measures[i].name, name, length) == 0)
            return true;
    return is_of_kind(task, name, length);
}

bool kd_score_has(kd_task task, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (task == KD_TASK_TEXT) return kd_list_has(WORDS, name);
    if (task == KD_TASK_QA) return kd_list_has(OF_ANSWERS, name);
    if (!dot) return strcmp(name, ACCURACY) == 0;
    return kd_list_has(PARTS, dot + 1) && is_whole(task, name, (size_t)(dot - name));
}

void kd_score_names(kd_task task, kd_str *out)
{
    if (task == KD_TASK_QA) {
        kd_str_add(out, OF_ANSWERS);
        return;
    }
    for (int i = 0; i < MEASURES; i++)
        if (measures[i].tasks & 1u << task) kd_str_addf(out, "%s.f1 ", measures[i].name);
    kd_str_add(out, task == KD_TASK_TEXT ? WORDS : ACCURACY);
}
