/* problems.h - several mistakes of one file, told at once.
 *
 *     each mistake       kd_problems_add      the first ten are kept, the same words once
 *     the reader         kd_problems_fail     err: "s.cfg:2: hiden: unknown key (and 4 more)"
 *     a verb             kd_problems_tell     a line for each; err: "s.cfg: 5 mistakes"
 *
 * A kd_error stays one line that travels; who can talk to a person has the list beside it.
 */
#ifndef KD_BASE_PROBLEMS_H
#define KD_BASE_PROBLEMS_H

#include <stdbool.h>

#include "harness/base/status.h"

enum { KD_PROBLEMS_MAX = 10 };

/* Open for reading; zeroed to begin with, and nothing has to be freed. */
typedef struct {
    int count;
    struct {
        kd_status status;
        kd_error  err;
    } problem[KD_PROBLEMS_MAX];
} kd_problems;

/* Keep a failure. False when there is room for no more, so that looking further is in vain. */
bool kd_problems_add(kd_problems *problems, kd_status status, const kd_error *err);

/* KD_OK when there are none; else the first one, with how many more there are. */
kd_status kd_problems_fail(const kd_problems *problems, kd_error *err);

/* Log each as an error when there are several, and let `err` say how many `what` has. `status` is what
 * came of reading it, and what is returned. */
kd_status kd_problems_tell(const kd_problems *problems, kd_status status, const char *what,
                           kd_error *err);

#endif
