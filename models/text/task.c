/* task.c - the words and traits of tasks. */
#include "models/text/task.h"

#include <string.h>

#include "harness/base/str.h"

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

kd_status kd_task_choose(kd_task *out, const char *name, bool (*fits)(kd_task task), kd_error *err)
{
    if (kd_task_parse(out, name) && (!fits || fits(*out))) return KD_OK;

    kd_str known = KD_STR_INIT;
    for (int task = 0; task < KD_TASK_COUNT; task++)
        if (!fits || fits((kd_task)task)) kd_str_addf(&known, " %s", tasks[task].word);
    kd_status status =
        kd_fail(err, KD_EUSAGE, "--task: expected one of:%s; found %s", known.text, name);
    kd_str_fini(&known);
    return status;
}

bool kd_task_is_answered(kd_task task)
{
    return tasks[task].answer != KD_ANSWER_NONE;
}
