/* plan_resolve.c - the text of a node, made when somebody asks.
 *
 *     corpus    sets what KD_READ_CORPUS rows say; files
 *     targets   sets threads and precision; the rest is in its inputs
 *     teacher   sets teacher.*; tells its corpus
 *     student   sets student.*, train.*, distill.*; tells its corpus and its teacher
 *
 * A setting that is a path is told, and the file's contents are in a `file` line.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

/* What a node reads itself and what it is told of the nodes that it stands on. */
typedef struct {
    unsigned own, above;
} scope;

static scope scope_of(const kd_plan *plan, const kd_plan_node *node)
{
    scope sc = { KD_READ_CORPUS, 0 };
    if (node->kind == KD_NODE_TARGETS)
        sc = (scope){ KD_READ_TARGETS, KD_READ_TEACHER | KD_READ_CORPUS };
    if (node->kind != KD_NODE_MODEL) return sc;
    if (node->part == KD_PART_TEACHER) return (scope){ KD_READ_TEACHER, KD_READ_CORPUS };
    sc = (scope){ KD_READ_STUDENT, KD_READ_CORPUS };
    for (int k = 0; k < node->input_count; k++)
        if (plan->nodes.items[node->inputs[k]].kind != KD_NODE_CORPUS) sc.above |= KD_READ_TEACHER;
    return sc;
}

static bool is_path(const kd_plan *plan, int row, const char *value)
{
    return plan->schema[row].readers & KD_READ_FILE && kd_option_is_path(value);
}

/* A file that is not named is no setting at all. */
static bool is_unnamed(const kd_plan *plan, int row, const char *value)
{
    return plan->schema[row].readers & KD_READ_FILE && !*value;
}

bool kd_plan_is_set(const kd_plan *plan, int row, unsigned reader, const char *const *values)
{
    return kd_schema_reads(row, reader, values) && !(plan->schema[row].readers & KD_READ_TOLD) &&
           !is_path(plan, row, values[row]) && !is_unnamed(plan, row, values[row]);
}

static bool is_told(const kd_plan *plan, int row, scope sc, const char *const *values)
{
    return kd_schema_reads(row, sc.own | sc.above, values) && !is_unnamed(plan, row, values[row]);
}

static void add_settings(const kd_plan *plan, scope sc, const char *const *values, kd_arena *arena,
                         kd_resolved *out)
{
    out->set = kd_arena_alloc(arena, plan->rows, sizeof *out->set);
    out->tell = kd_arena_alloc(arena, plan->rows, sizeof *out->tell);
    for (size_t i = 0; i < plan->rows; i++) {
        int  row = (int)i;
        bool is_set = kd_plan_is_set(plan, row, sc.own, values);
        if (!is_set && !is_told(plan, row, sc, values)) continue;
        kd_resolved_setting line = { plan->schema[row].key, kd_arena_strdup(arena, values[row]) };
        if (is_set)
            out->set[out->set_count++] = line;
        else
            out->tell[out->tell_count++] = line;
    }
}

static const char *role_of(const kd_plan_node *input)
{
    if (input->kind == KD_NODE_CORPUS) return "corpus";
    return input->kind == KD_NODE_TARGETS ? "targets" : "teacher";
}

static void add_inputs(const kd_plan *plan, const kd_plan_node *node, kd_arena *arena,
                       kd_resolved *out)
{
    out->inputs = kd_arena_alloc(arena, KD_PLAN_INPUTS, sizeof *out->inputs);
    for (int k = 0; k < node->input_count; k++) {
        const kd_plan_node *input = &plan->nodes.items[node->inputs[k]];
        out->inputs[out->input_count++] = (kd_resolved_input){ role_of(input), input->id };
    }
}

static kd_status add_files(kd_plan *plan, const kd_plan_node *node, const char *const *values,
                           kd_arena *arena, kd_resolved *out, kd_error *err)
{
    kd_plan_files files = { 0 };
    kd_status     status = KD_OK;
    bool          is_teacher = node->part == KD_PART_TEACHER;
    const char   *init = is_teacher ? "teacher.init" : "student.init";
    if (node->kind == KD_NODE_CORPUS) status = kd_plan_corpus_files(plan, values, &files, err);
    if (node->kind == KD_NODE_MODEL)
        status = kd_plan_file_of(plan, "init", init, values, &files, err);
    if (status == KD_OK && node->kind == KD_NODE_MODEL && !is_teacher)
        status = kd_plan_file_of(plan, "vectors", "student.vectors", values, &files, err);
    out->files = kd_arena_alloc(arena, KD_PLAN_FILES, sizeof *out->files);
    for (int i = 0; i < files.count; i++)
        out->files[out->file_count++] =
            (kd_resolved_file){ files.file[i].role, kd_arena_strdup(arena, files.file[i].path),
                                files.file[i].contents };
    return status;
}

/* A teacher learns from the corpus as it is. */
static void leave_out_augmentation(const kd_plan_node *node, const char **values)
{
    if (node->part == KD_PART_TEACHER) values[kd_schema_find("augment.passes")] = "0";
}

kd_status kd_plan_resolve_values(kd_plan *plan, const kd_plan_node *node, const char *const *values,
                                 kd_arena *arena, kd_resolved *out, kd_error *err)
{
    const char **own = kd_arena_alloc(arena, plan->rows, sizeof *own);
    memcpy(own, values, plan->rows * sizeof *own);
    leave_out_augmentation(node, own);
    *out = (kd_resolved){ .kind = (kd_node_kind)node->kind };
    add_settings(plan, scope_of(plan, node), own, arena, out);
    add_inputs(plan, node, arena, out);
    kd_status status = add_files(plan, node, own, arena, out, err);
    if (status == KD_OK) kd_resolved_seal(out);
    return status;
}

kd_status kd_plan_resolve(kd_plan *plan, size_t node, kd_arena *arena, kd_resolved *out,
                          kd_error *err)
{
    const kd_plan_node *n = kd_plan_node_at(plan, node);
    const char        **values = kd_arena_alloc(arena, plan->rows, sizeof *values);
    kd_grid_cell(plan->grid, (size_t)n->cell, values);
    kd_status status = kd_plan_resolve_values(plan, n, values, arena, out, err);
    KD_CHECK(status != KD_OK || kd_id_equal(out->id, n->id), "plan: node %zu has two ids", node);
    return status;
}

/* The varying settings that a node reads, as the cells' labels write them. */
static void add_varying(const kd_plan *plan, const kd_plan_node *node, kd_str *out)
{
    size_t       count;
    const int   *varying = kd_grid_varying(plan->grid, &count);
    const char **values = kd_alloc(plan->rows, sizeof *values);
    scope        sc = scope_of(plan, node);
    kd_grid_cell(plan->grid, (size_t)node->cell, values);
    leave_out_augmentation(node, values);
    for (size_t i = 0; i < count; i++)
        if (is_told(plan, varying[i], sc, values))
            kd_str_addf(out, " %s=%s", plan->schema[varying[i]].key, values[varying[i]]);
    free(values);
}

void kd_plan_label(const kd_plan *plan, size_t node, kd_str *out)
{
    const kd_plan_node *n = kd_plan_node_at(plan, node);
    if (n->kind == KD_NODE_MODEL && n->part == KD_PART_STUDENT) {
        kd_grid_label(plan->grid, (size_t)n->cell, out);
        return;
    }
    kd_str_add(out,
               n->kind == KD_NODE_MODEL ? "teacher" : kd_node_kind_word((kd_node_kind)n->kind));
    add_varying(plan, n, out);
}
