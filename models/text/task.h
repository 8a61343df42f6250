/* task.h - what is learned from a sentence. */
#ifndef KD_TEXT_TASK_H
#define KD_TEXT_TASK_H

#include <stdbool.h>

#include "harness/base/status.h"

/* What a network answers. */
typedef enum {
    KD_ANSWER_TAGS,  /* one of the labels for every piece */
    KD_ANSWER_CLASS, /* one of them for the sentence */
    KD_ANSWER_SET,   /* some of them */
    KD_ANSWER_SPAN, /* for each label one of the pieces: where an answer starts and where it ends */
    KD_ANSWER_NONE,
} kd_answer;

/* clang-format off */
/*    name  word    file    texts answer what is said of a sentence                                  */
#define KD_TASKS(X)                                                                                  \
    X(NER,  "ner",  "tsv",  1,    TAGS,  "a tag for every word")                                     \
    X(RE,   "re",   "tsv",  1,    CLASS, "one class")                                                \
    X(HOC,  "hoc",  "tsv",  1,    SET,   "a set of classes, as bits")                                \
    X(QA,   "qa",   "json", 2,    SPAN,  "where in it a question is answered")                       \
    X(TEXT, "text", "tsv",  1,    NONE,  "nothing: text for masked language models and for targets") \
    X(PAIR, "pair", "tsv",  2,    CLASS, "one class of two texts: yes or no to a question")

#define X(name, ...) KD_TASK_##name,
typedef enum { KD_TASKS(X) } kd_task;
#undef X
/* clang-format on */

#define X(...) +1
enum { KD_TASK_COUNT = KD_TASKS(X) };
#undef X

/* What others have to know of a task. */
typedef struct {
    const char *word;
    const char *suffix; /* of its files in a corpus folder: "tsv" */
    int         texts;  /* in a sentence: 2 are a question and a text about it, or any other two */
    kd_answer   answer;
} kd_task_traits;

const kd_task_traits *kd_task_of(kd_task task);

/* Whether a network's numbers come for every piece, and not once a sentence. */
static inline bool kd_task_is_of_pieces(kd_task task)
{
    kd_answer answer = kd_task_of(task)->answer;
    return answer == KD_ANSWER_TAGS || answer == KD_ANSWER_SPAN;
}

/* Whether just one class is right of each sentence. */
static inline bool kd_task_is_of_class(kd_task task)
{
    return kd_task_of(task)->answer == KD_ANSWER_CLASS;
}

/* A task's word and back. */
const char *kd_task_name(kd_task task);
bool        kd_task_parse(kd_task *out, const char *name);

/* The task of that name among those that `fits` (NULL: all); else KD_EUSAGE, which names them. */
kd_status kd_task_choose(kd_task *out, const char *name, bool (*fits)(kd_task task), kd_error *err);

/* Whether a network answers anything. */
bool kd_task_is_answered(kd_task task);

#endif
