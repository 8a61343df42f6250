/* task.h - what is learned from a sentence. */
#ifndef KD_TEXT_TASK_H
#define KD_TEXT_TASK_H

#include <stdbool.h>

typedef enum {
    KD_TASK_NER,  /* a tag for every word */
    KD_TASK_RE,   /* one class for a sentence */
    KD_TASK_HOC,  /* a set of classes for a sentence, as bits */
    KD_TASK_TEXT, /* nothing: text for masked language models and for targets */
} kd_task;

/* "ner", "re", "hoc", "text" and back. */
const char *kd_task_name(kd_task task);
bool        kd_task_parse(kd_task *out, const char *name);

#endif
