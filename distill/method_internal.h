/* method_internal.h - every method there is, for the table and nobody else. */
#ifndef KD_DISTILL_METHOD_INTERNAL_H
#define KD_DISTILL_METHOD_INTERNAL_H

#include "distill/method.h"

#define KD_METHOD_NAMES "none logit-mse"

extern const kd_method kd_method_none;
extern const kd_method kd_method_logit_mse;

/* Sets of tasks, for the rows. */
enum {
    KD_FOR_TAGS = 1 << KD_TASK_NER,
    KD_FOR_LABELS = 1 << KD_TASK_NER | 1 << KD_TASK_RE | 1 << KD_TASK_HOC,
};

#endif
