/* summary.h - a plan in a few numbers. */
#ifndef KD_PLAN_SUMMARY_H
#define KD_PLAN_SUMMARY_H

#include "harness/plan/plan.h"

/* Rows of the summary. */
#define KD_PLAN_LINES(X)  \
    X(CORPUS, "corpus")   \
    X(TEACHER, "teacher") \
    X(TARGETS, "targets") \
    X(STATES, "states")   \
    X(STUDENT, "student") \
    X(START, "fine-tuned")

typedef enum {
#define X(name, word) KD_LINE_##name,
    KD_PLAN_LINES(X)
#undef X
        KD_LINE_COUNT
} kd_plan_line;

typedef struct {
    size_t nodes;
    size_t done;
    size_t to_do;             /* the rest is neither done nor needed: what it was for is done */
    double operations, bytes; /* of what is to do */
    double core_s;            /* the same; 0 until somebody estimates */
} kd_plan_sum;

/* Ranks that are tried: 2, 4 and 8. */
enum { KD_PLAN_WIDE = 3 };

static inline int kd_plan_wide_ranks(int i)
{
    return 2 << i;
}

typedef struct {
    size_t      cells, cells_done;
    size_t      unshared;   /* nodes that there would be if each cell had its own */
    size_t      asking;     /* cells to do that ask a teacher in every step what could be kept */
    double      asking_gib; /* the most that one of them would keep */
    double      longest_s;  /* of the longest path of what is to do */
    double      wide_s[KD_PLAN_WIDE]; /* the same were teachers trained by these many ranks */
    size_t      apart;                /* corpora in the pieces of a teacher that has its own */
    double      memory;              /* bytes that the largest cell of what is to do takes, about */
    kd_plan_sum line[KD_LINE_COUNT]; /* of the study's own nodes */
    kd_plan_sum all;
} kd_plan_summary;

/* Bytes that the process of a node takes, about. */
double kd_plan_memory_of(const kd_plan *plan, const kd_plan_node *node);

void kd_plan_sum_up(const kd_plan *plan, const kd_study *study, kd_plan_summary *out);

/* What the plan has of a study that it stands on (kd_plan_of_study), from number 1. */
void kd_plan_sum_up_study(const kd_plan *plan, size_t number, kd_plan_sum *out);

kd_plan_line kd_plan_line_of(const kd_plan_node *node);
const char  *kd_plan_line_word(kd_plan_line line);

#endif
