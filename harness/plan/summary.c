/* summary.c - nodes counted by what they are. */
#include "harness/plan/summary.h"

const char *kd_plan_line_word(kd_plan_line line)
{
    static const char *const words[] = {
#define X(name, word) word,
        KD_PLAN_LINES(X)
#undef X
    };
    return words[line];
}

kd_plan_line kd_plan_line_of(const kd_plan_node *node)
{
    if (node->kind == KD_NODE_CORPUS) return KD_LINE_CORPUS;
    if (node->kind == KD_NODE_TARGETS) return KD_LINE_TARGETS;
    if (node->kind == KD_NODE_STATES) return KD_LINE_STATES;
    if (node->part == KD_PART_TEACHER) return KD_LINE_TEACHER;
    return node->part == KD_PART_START ? KD_LINE_START : KD_LINE_STUDENT;
}

static void add(kd_plan_sum *sum, const kd_plan_node *node)
{
    sum->nodes++;
    sum->done += node->is_done;
    if (!node->is_needed) return;
    sum->to_do++;
    sum->operations += node->operations;
    sum->core_s += node->seconds * node->threads;
    sum->bytes += node->bytes;
}

static void count_asking(kd_plan_summary *out, const kd_plan_node *node)
{
    double gib = (double)node->states_gib;
    if (node->inside != KD_PLAN_ASKS || !node->is_needed || gib == 0) return;
    out->asking++;
    if (gib > out->asking_gib) out->asking_gib = gib;
}

/* Each rank of a training holds weights, gradients, two moments, products' copies, and what a batch leaves on the tape, which grows
 * with the weights; beside it stand what it reads whole: a corpus, and the network of a teacher that is asked. */
double kd_plan_memory_of(const kd_plan *plan, const kd_plan_node *node)
{
    const double program = 64 << 20, weights = 10;
    double       bytes = program + (node->kind == KD_NODE_MODEL ? weights * node->bytes : 0);
    for (int i = 0; i < node->input_count; i++) {
        const kd_plan_node *input = kd_plan_node_at(plan, (size_t)node->inputs[i]);
        if (input->kind == KD_NODE_CORPUS || input->kind == KD_NODE_MODEL) bytes += input->bytes;
    }
    return node->ranks * bytes;
}

void kd_plan_sum_up(const kd_plan *plan, const kd_study *study, kd_plan_summary *out)
{
    *out = (kd_plan_summary){ .cells = kd_grid_count(kd_study_grid(study)) };
    for (size_t i = 0; i < kd_plan_count(plan); i++) {
        const kd_plan_node *node = kd_plan_node_at(plan, i);
        if (node->home == 0) add(&out->line[kd_plan_line_of(node)], node);
        add(&out->all, node);
        count_asking(out, node);
        out->apart += node->kind == KD_NODE_CORPUS && node->is_apart;
        out->unshared += (size_t)node->cells;
        if (!node->is_needed) continue;
        if (node->remaining > out->longest_s) out->longest_s = node->remaining;
        double memory = kd_plan_memory_of(plan, node);
        if (memory > out->memory) out->memory = memory;
    }
    for (int i = 0; i < KD_PLAN_WIDE; i++)
        out->wide_s[i] = kd_plan_longest_s(plan, KD_PART_TEACHER, kd_plan_wide_ranks(i));
    for (size_t c = 0; c < out->cells; c++)
        out->cells_done += kd_plan_node_at(plan, kd_plan_node_of_cell(plan, c))->is_done;
}

void kd_plan_sum_up_study(const kd_plan *plan, size_t number, kd_plan_sum *out)
{
    *out = (kd_plan_sum){ 0 };
    for (size_t i = 0; i < kd_plan_count(plan); i++)
        if ((size_t)kd_plan_node_at(plan, i)->home == number) add(out, kd_plan_node_at(plan, i));
}
