/* task.c - the words of tasks. */
#include "models/text/task.h"

#include <string.h>

static const char *const task_names[] = { "ner", "re", "hoc", "text" };

const char *kd_task_name(kd_task task)
{
    return task_names[task];
}

bool kd_task_parse(kd_task *out, const char *name)
{
    for (kd_task task = KD_TASK_NER; task <= KD_TASK_TEXT; task++)
        if (strcmp(name, task_names[task]) == 0) {
            *out = task;
            return true;
        }
    return false;
}
