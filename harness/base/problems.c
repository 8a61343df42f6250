/* problems.c - a short list of errors. */
#include "harness/base/problems.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/log.h"

bool kd_problems_add(kd_problems *problems, kd_status status, const kd_error *err)
{
    for (int i = 0; i < problems->count; i++)
        if (strcmp(problems->problem[i].err.text, err->text) == 0) return true;
    if (problems->count < KD_PROBLEMS_MAX) {
        problems->problem[problems->count].status = status;
        problems->problem[problems->count++].err = *err;
    }
    return problems->count < KD_PROBLEMS_MAX;
}

kd_status kd_problems_fail(const kd_problems *problems, kd_error *err)
{
    char more[24] = "";
    if (problems->count == 0) return KD_OK;
    if (problems->count > 1) snprintf(more, sizeof more, " (and %d more)", problems->count - 1);
    return kd_fail(err, problems->problem[0].status, "%.480s%s", problems->problem[0].err.text,
                   more);
}

kd_status kd_problems_tell(const kd_problems *problems, kd_status status, const char *what,
                           kd_error *err)
{
    bool is_full = problems->count == KD_PROBLEMS_MAX;
    if (problems->count < 2) return status;
    for (int i = 0; i < problems->count; i++) kd_log_error("%s", problems->problem[i].err.text);
    return kd_fail(err, status, "%s: %d mistakes%s", what, problems->count,
                   is_full ? " or more" : "");
}
