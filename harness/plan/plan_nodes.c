/* plan_nodes.c - nodes join the graph: those of the study, and what a cell needs of other studies. */
#include "harness/plan/plan_builder.h"

int32_t kd_builder_put_node(kd_builder *b, const kd_plan_node *node)
{
    kd_plan *plan = b->plan;
    int32_t  number = kd_id_map_get(&plan->numbers, node->id);
    if (number >= 0) return number;
    number = (int32_t)plan->nodes.count;
    kd_vec_push(&plan->nodes, *node);
    kd_id_map_put(&plan->numbers, node->id, number);
    plan->nodes.items[number].home = (int16_t)plan->number;
    plan->nodes.items[number].there = number;
    return number;
}

/* A copy of a node and of all that it stands on, first; what this graph has already is that. */
static int32_t put_copy(kd_builder *b, const kd_plan *of, size_t number, size_t cell)
{
    kd_plan_node copy = of->nodes.items[number];
    int32_t      known = kd_id_map_get(&b->plan->numbers, copy.id);
    if (known >= 0) return known;
    for (int k = 0; k < copy.input_count; k++)
        copy.inputs[k] = put_copy(b, of, (size_t)copy.inputs[k], cell);
    if (copy.part == KD_PART_STUDENT) copy.part = KD_PART_GROUND;
    copy.cell = (int64_t)cell;
    copy.cells = 0;
    known = kd_builder_put_node(b, &copy);
    b->plan->nodes.items[known].home = copy.home;
    b->plan->nodes.items[known].there = copy.there;
    return known;
}

kd_status kd_builder_put_ground(kd_builder *b, const char *key, size_t cell, int32_t *out)
{
    kd_ground_cell found;
    kd_status      status = kd_ground_find(b->plan, key, b->values, &found, b->err);
    if (status == KD_OK) status = kd_ground_check(b->plan, key, b->values, &found, b->err);
    if (status == KD_OK && found.plan) *out = put_copy(b, found.plan, found.node, cell);
    return status;
}

int32_t kd_builder_put_vocabulary(kd_builder *b, size_t cell)
{
    kd_ground_pieces pieces;
    if (!kd_ground_reads_by(b->plan, b->values, &pieces) || pieces.path) return -1;
    return put_copy(b, pieces.plan, pieces.corpus, cell);
}

static bool was_seen(const kd_builder *b, int32_t node)
{
    for (size_t i = 0; i < b->seen.count; i++)
        if (b->seen.items[i] == node) return true;
    return false;
}

void kd_builder_count_all(kd_builder *b, int32_t student)
{
    kd_vec_reset(&b->seen);
    kd_vec_push(&b->seen, student);
    for (size_t i = 0; i < b->seen.count; i++) {
        kd_plan_node *node = &b->plan->nodes.items[b->seen.items[i]];
        node->cells++;
        for (int k = 0; k < node->input_count; k++)
            if (!was_seen(b, node->inputs[k])) kd_vec_push(&b->seen, node->inputs[k]);
    }
}
