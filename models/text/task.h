/* task.h - what is learned from a sentence. */
#ifndef KD_TEXT_TASK_H
#define KD_TEXT_TASK_H

#include <stdbool.h>

/* clang-format off */
/*    name  word    what is said of a sentence                                  */
#define KD_TASKS(X)                                                             \
    X(NER,  "ner",  "a tag for every word")                                     \
    X(RE,   "re",   "one class")                                                \
    X(HOC,  "hoc",  "a set of classes, as bits")                                \
    X(TEXT, "text", "nothing: text for masked language models and for targets")

#define X(name, word, meaning) KD_TASK_##name,
typedef enum { KD_TASKS(X) } kd_task;
#undef X
/* clang-format on */

/* A task's word and back. */
const char *kd_task_name(kd_task task);
bool        kd_task_parse(kd_task *out, const char *name);

#endif
