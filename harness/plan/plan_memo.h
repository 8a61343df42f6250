/* plan_memo.h - what was worked out for one cell, found again for the next.
 *
 * A million cells differ in a handful of settings. For each thing that the planner works out, a memo knows
 * the varying rows that decide it, and what was decided for values that were met before. Two cells of one
 * grid agree in a row when they hold the same pointer, so a key is made of pointers.
 */
#ifndef KD_PLAN_PLAN_MEMO_H
#define KD_PLAN_PLAN_MEMO_H

#include "harness/plan/plan_internal.h"

/* What is remembered. */
typedef enum {
    KD_MEMO_SHAPE,           /* which settings a cell's kind and method read */
    KD_MEMO_BASE,            /* corpora, teachers and targets that it stands on */
    KD_MEMO_BASE_WITH_START, /* the same, where cells start from a network of their own: what that reads
                                decides too, the seed among it, so that each seed has a base */
    KD_MEMO_COST,            /* of its model */
    KD_MEMO_TIME,            /* how long it takes */
    KD_MEMO_FIT,             /* whether its networks and its method go together */
} kd_memo_of;

typedef struct {
    int      *rows;
    int       count;
    kd_id_map known; /* the key of values to a number of the caller's; kd_id_map_get and _put */
} kd_plan_memo;

/* `memo` is zeroed. The caller calls kd_plan_memo_fini. */
void  kd_plan_memo_init(kd_plan_memo *memo, const kd_plan *plan, kd_memo_of what);
kd_id kd_plan_memo_key(const kd_plan_memo *memo, const char *const *values);
void  kd_plan_memo_fini(kd_plan_memo *memo);

/* Whether cells of the grid differ in this row. */
bool kd_plan_varies(const kd_plan *plan, int row);

#endif
