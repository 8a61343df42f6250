/* plan_resolve.c - the text of a node, made when somebody asks.
 *
 *     corpus    sets what KD_READ_CORPUS rows say; files
 *     targets   sets threads, precision and format; the rest is in its inputs, or in its file
 *     states    sets threads, precision, format and, as lines of its own, the layers that a method
 *               compares; tells its corpus and its teacher
 *     teacher   sets teacher.*; tells its corpus
 *     start     sets student.*, finetune.*; tells its corpus
 *     student   sets student.*, train.*, distill.*; tells its corpus and all that it stands on
 *
 * Where the teacher reads by a vocabulary of its own, what stands on that has teacher.data.* under data.*, and tells them
 * as they are called too.
 *
 * A setting that is a path is told, and the file's contents are in a `file` line.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

#define TEACHER_READS (KD_READ_TEACHER | KD_READ_READING)
#define READINGS      (KD_READ_CORPUS | KD_READ_READING)

static unsigned scope_of_targets(const kd_plan_node *node)
{
    bool has_own = node->input_count > 1 && !node->is_grounded; /* else a file's, or another's */
    unsigned teachers = has_own ? KD_READ_TEACHER : 0;
    return KD_READ_TARGETS | teachers;
}

/* What the k-th input of a student tells it. */
static unsigned scope_of_input(const kd_plan *plan, const kd_plan_node *node, int k)
{
    const kd_plan_node *input = &plan->nodes.items[node->inputs[k]];
    if (input->kind == KD_NODE_CORPUS) return KD_READ_CORPUS;
    if (input->kind == KD_NODE_TARGETS) return scope_of_targets(input) | KD_READ_READING;
    if (input->kind == KD_NODE_STATES) return KD_READ_STATES | TEACHER_READS;
    if (!node->has_start || k < node->input_count - 1) return TEACHER_READS;
    return node->is_grounded ? 0 : KD_READ_START;
}

kd_plan_scope kd_plan_scope_of(const kd_plan *plan, const kd_plan_node *node)
{
    if (node->kind == KD_NODE_CORPUS) return (kd_plan_scope){ KD_READ_CORPUS, 0 };
    if (node->kind == KD_NODE_TARGETS)
        return (kd_plan_scope){ KD_READ_TARGETS, scope_of_targets(node) | READINGS };
    if (node->kind == KD_NODE_STATES)
        return (kd_plan_scope){ KD_READ_STATES, KD_READ_TEACHER | READINGS };
    if (node->part == KD_PART_TEACHER) return (kd_plan_scope){ KD_READ_TEACHER, READINGS };
    if (node->part == KD_PART_START) return (kd_plan_scope){ KD_READ_START, KD_READ_CORPUS };
    kd_plan_scope sc = { KD_READ_STUDENT, KD_READ_CORPUS };
    for (int k = 0; k < node->input_count; k++) sc.above |= scope_of_input(plan, node, k);
    return sc;
}

static bool is_path(const kd_plan *plan, int row, const char *value)
{
    return plan->schema[row].setting->flags & KD_ROW_PATH && kd_option_is_path(value);
}

/* A file that is not named is no setting at all, nor is what nobody asked for before it was there.
 */
static bool is_unnamed(const kd_plan *plan, int row, const char *value)
{
    const kd_schema_row *r = &plan->schema[row];
    return !*value && (r->setting->flags & KD_ROW_PATH || r->setting->before);
}

/* What was done before the row was there is told, so that those cells keep their ids. */
static bool is_as_before(const kd_plan *plan, int row, const char *value)
{
    const char *before = plan->schema[row].setting->before;
    return before && !strcmp(before, value);
}

bool kd_plan_is_set(const kd_plan *plan, int row, unsigned reader, const char *const *values)
{
    return kd_schema_reads(row, reader, values) &&
           !(plan->schema[row].setting->flags & KD_ROW_TOLD) && !is_path(plan, row, values[row]) &&
           !is_unnamed(plan, row, values[row]) && !is_as_before(plan, row, values[row]);
}

bool kd_plan_is_told(const kd_plan *plan, int row, kd_plan_scope sc, const char *const *values)
{
    return kd_schema_reads(row, sc.own | sc.above, values) && !is_unnamed(plan, row, values[row]);
}

/* Lines that are no settings but follow from some: those of a states node. */
enum { OWN_LINES = KD_INSIDE_KINDS + 1 };

static void add_line(kd_resolved *out, kd_arena *arena, const char *key, const char *value)
{
    out->set[out->set_count++] =
        (kd_resolved_setting){ kd_arena_strdup(arena, key), kd_arena_strdup(arena, value) };
}

static kd_status add_layers(const char *const *values, kd_arena *arena, kd_resolved *out,
                            kd_error *err)
{
    kd_inside inside;
    kd_status status = kd_plan_inside_of(values, &inside, err);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS && status == KD_OK; k++) {
        kd_str layers = KD_STR_INIT;
        kd_inside_print(&inside, k, &layers);
        if (layers.length)
            add_line(out, arena, kd_arena_sprintf(arena, "states.%s", kd_inside_word(k)),
                     layers.text);
        kd_str_fini(&layers);
    }
    if (status == KD_OK && inside.is_of_firsts) add_line(out, arena, "states.rows", "first");
    return status;
}

static void add_settings(const kd_plan *plan, kd_plan_scope sc, const char *const *values,
                         kd_arena *arena, kd_resolved *out)
{
    out->set = kd_arena_alloc(arena, plan->rows + OWN_LINES, sizeof *out->set);
    out->tell = kd_arena_alloc(arena, plan->rows, sizeof *out->tell);
    for (size_t i = 0; i < plan->rows; i++) {
        int  row = (int)i;
        bool is_set = kd_plan_is_set(plan, row, sc.own, values);
        if (!is_set && !kd_plan_is_told(plan, row, sc, values)) continue;
        kd_resolved_setting line = { plan->schema[row].key, kd_arena_strdup(arena, values[row]) };
        if (is_set)
            out->set[out->set_count++] = line;
        else
            out->tell[out->tell_count++] = line;
    }
}

static kd_input_role role_of(const kd_plan_node *node, int k, const kd_plan_node *input)
{
    if (node->kind == KD_NODE_CORPUS) return KD_INPUT_VOCAB;
    if (input->kind == KD_NODE_CORPUS) return k == 0 ? KD_INPUT_CORPUS : KD_INPUT_READING;
    if (input->kind == KD_NODE_TARGETS) return KD_INPUT_TARGETS;
    if (input->kind == KD_NODE_STATES) return KD_INPUT_STATES;
    if (node->has_start && k == node->input_count - 1) return KD_INPUT_START;
    /* Targets stand on their corpus and then on every teacher. */
    return kd_input_teacher(node->kind == KD_NODE_TARGETS ? k - 1 : 0);
}

static void add_inputs(const kd_plan *plan, const kd_plan_node *node, kd_arena *arena,
                       kd_resolved *out)
{
    out->inputs = kd_arena_alloc(arena, KD_PLAN_INPUTS, sizeof *out->inputs);
    for (int k = 0; k < node->input_count; k++) {
        const kd_plan_node *input = &plan->nodes.items[node->inputs[k]];
        out->inputs[out->input_count++] = (kd_resolved_input){ role_of(node, k, input), input->id };
    }
}

static kd_status add_files(kd_plan *plan, const kd_plan_node *node, const char *const *values,
                           kd_arena *arena, kd_resolved *out, kd_error *err)
{
    static const char *const inits[] = { [KD_PART_TEACHER] = "teacher.init",
                                         [KD_PART_STUDENT] = "student.init",
                                         [KD_PART_START] = "finetune.init" };
    kd_plan_files            files = { 0 };
    kd_status                status = KD_OK;
    if (node->kind == KD_NODE_CORPUS)
        status = kd_plan_corpus_files(plan, node->is_apart ? "teacher.data.vocab" : "data.vocab",
                                      values, &files, err);
    if (node->kind == KD_NODE_MODEL)
        status = kd_plan_file_of(plan, KD_FILE_INIT, inits[node->part], values, &files, err);
    if (status == KD_OK && node->kind == KD_NODE_MODEL && node->part != KD_PART_TEACHER)
        status = kd_plan_file_of(plan, KD_FILE_VECTORS, "student.vectors", values, &files, err);
    if (node->kind == KD_NODE_TARGETS)
        status = kd_plan_file_of(plan, KD_FILE_TARGETS, "targets.file", values, &files, err);
    out->files = kd_arena_alloc(arena, KD_PLAN_FILES, sizeof *out->files);
    for (int i = 0; i < files.count; i++)
        out->files[out->file_count++] =
            (kd_resolved_file){ files.file[i].role, kd_arena_strdup(arena, files.file[i].path),
                                files.file[i].contents };
    return status;
}

/* A teacher, and a student before its distillation, learn from the labelled corpus as it is; of several
 * teachers each has a seed of its own. A student that was fine-tuned has had its vectors. */
void kd_plan_adapt(const kd_plan *plan, const kd_plan_node *node, const char **values,
                   kd_arena *arena)
{
    const char **seed = &values[kd_schema_find("teacher.seed")];
    if (node->part == KD_PART_TEACHER || node->part == KD_PART_START) {
        values[kd_schema_find("augment.passes")] = "0";
        values[kd_schema_find("data.unlabelled")] = "";
    }
    if (node->has_start && !node->is_grounded) values[kd_schema_find("student.vectors")] = "";
    if (node->is_apart) kd_plan_read_as_teacher(plan, values);
    if (node->member) *seed = kd_arena_sprintf(arena, "%d", atoi(*seed) + node->member);
}

kd_status kd_plan_resolve_values(kd_plan *plan, const kd_plan_node *node, const char *const *values,
                                 kd_arena *arena, kd_resolved *out, kd_error *err)
{
    const char **own = kd_arena_alloc(arena, plan->rows, sizeof *own);
    memcpy(own, values, plan->rows * sizeof *own);
    kd_plan_adapt(plan, node, own, arena);
    *out = (kd_resolved){ .kind = (kd_node_kind)node->kind };
    add_settings(plan, kd_plan_scope_of(plan, node), own, arena, out);
    add_inputs(plan, node, arena, out);
    kd_status status = add_files(plan, node, own, arena, out, err);
    if (status == KD_OK && node->kind == KD_NODE_STATES) status = add_layers(own, arena, out, err);
    if (status == KD_OK) kd_resolved_seal(out);
    return status;
}
