/* task.c - the words of tasks. */
#include "models/text/task.h"

#include <string.h>

static const char *const task_names[] = {
#define X(name, word, meaning) word,
    KD_TASKS(X)
#undef X
};

const char *kd_task_name(kd_task task)
{
    return task_names[task];
}

bool kd_task_parse(kd_task *out, const char *name)
{
    for (size_t task = 0; task < sizeof task_names / sizeof *task_names; task++)
        if (strcmp(name, task_names[task]) == 0) {
            *out = (kd_task)task;
            return true;
        }
    return false;
}
