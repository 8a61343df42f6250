/* task.c - the words and traits of tasks. */
#include "models/text/task.h"

#include <string.h>

static const kd_task_traits tasks[] = {
#define X(name, word, suffix, texts, answer, meaning) { word, suffix, texts, KD_ANSWER_##answer },
    KD_TASKS(X)
#undef X
};

const kd_task_traits *kd_task_of(kd_task task)
{
    return &tasks[task];
}

const char *kd_task_name(kd_task task)
{
    return tasks[task].word;
}

bool kd_task_parse(kd_task *out, const char *name)
{
    for (int task = 0; task < KD_TASK_COUNT; task++)
        if (strcmp(name, tasks[task].word) == 0) {
            *out = (kd_task)task;
            return true;
        }
    return false;
}
