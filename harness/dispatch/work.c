/* work.c - nodes of a plan, and nodes that are nothing. */
#include "harness/dispatch/work.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/config/resolved.h"
#include "harness/config/study.h"
#include "harness/plan/pace.h"
#include "harness/plan/session.h"

/* No node is free, not even in a plan that nobody has estimated. */
#define LEAST_COST_S 0.05

/* ---- a plan ---- */

/* Students are told apart from other models: their costs are learned from many, a teacher's
 * from one. */
static int kind_of(const kd_plan_node *node)
{
    return node->part == KD_PART_STUDENT ? KD_NODE_NOOP + 1 : node->kind;
}

static kd_work_item plan_item(void *self, size_t index)
{
    const kd_plan_node *node = kd_plan_node_at(self, index);
    return (kd_work_item){ .id = node->id,
                           .inputs = node->inputs,
                           .input_count = node->input_count,
                           .kind = kind_of(node),
                           .threads = node->threads,
                           .ranks = node->ranks,
                           .cost_s = LEAST_COST_S + node->seconds,
                           .is_cell = node->part == KD_PART_STUDENT,
                           .is_done = node->is_done,
                           .is_needed = node->is_needed };
}

static size_t plan_find(void *self, kd_id id)
{
    return kd_plan_find(self, id);
}

static kd_status plan_look(void *self, const kd_store *store, kd_error *err)
{
    return kd_session_look(self, store, err);
}

static void plan_label(void *self, size_t node, kd_str *out)
{
    kd_plan_label(self, node, out);
}

static kd_status plan_refuse(void *self, size_t index, const char *there, kd_error *err)
{
    const kd_plan_node *node = kd_plan_node_at(self, index);
    char               *key = kd_sprintf("%sranks", kd_plan_train_keys((kd_plan_part)node->part));
    char                each[32] = "";
    if (node->threads > node->ranks)
        snprintf(each, sizeof each, " of %d each", node->threads / node->ranks);
    kd_status status =
        kd_fail(err, KD_ECONFIG, "%s: %d ranks need %d cores%s, and %s",
                kd_study_place(kd_plan_study(self), key), node->ranks, node->threads, each, there);
    free(key);
    return status;
}

static kd_status plan_text(void *self, size_t node, kd_str *out, kd_error *err)
{
    kd_resolved resolved;
    kd_arena   *arena = kd_arena_create(1 << 14);
    kd_status   status = kd_plan_resolve(self, node, arena, &resolved, err);
    if (status == KD_OK) kd_resolved_print(&resolved, out);
    kd_arena_destroy(arena);
    return status;
}

kd_work kd_work_of_plan(kd_plan *plan)
{
    return (kd_work){ .count = kd_plan_count(plan),
                      .self = plan,
                      .item = plan_item,
                      .find = plan_find,
                      .look = plan_look,
                      .label = plan_label,
                      .refuse = plan_refuse,
                      .text = plan_text };
}
