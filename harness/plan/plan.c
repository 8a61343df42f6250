/* plan.c - a plan from its creation to its end, and what it answers. */
#include "harness/plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/plan/plan_internal.h"

/* Users come after what they use, so one walk from the end sees each node after its users. */
void kd_plan_look_ahead(kd_plan *plan)
{
    kd_plan_node *nodes = plan->nodes.items;
    for (size_t i = 0; i < plan->nodes.count; i++) nodes[i].remaining = 0;
    for (size_t i = plan->nodes.count; i-- > 0;) {
        kd_plan_node *node = &nodes[i];
        if (node->is_needed) node->remaining += node->seconds;
        for (int k = 0; k < node->input_count; k++) {
            kd_plan_node *input = &nodes[node->inputs[k]];
            input->is_needed |= node->is_needed && !input->is_done;
            if (node->remaining > input->remaining) input->remaining = node->remaining;
        }
    }
}

static double seconds_with(const kd_plan_node *node, kd_plan_part part, int ranks)
{
    bool gains = node->part == part && node->ranks < ranks;
    return gains ? node->seconds - (double)node->shared_s * (1 - (double)node->ranks / ranks)
                 : node->seconds;
}

double kd_plan_longest_s(const kd_plan *plan, kd_plan_part part, int ranks)
{
    const kd_plan_node *nodes = plan->nodes.items;
    double             *remaining = kd_alloc(plan->nodes.count, sizeof *remaining), longest = 0;
    for (size_t i = plan->nodes.count; i-- > 0;) {
        if (nodes[i].is_needed) remaining[i] += seconds_with(&nodes[i], part, ranks);
        if (nodes[i].is_needed) longest = fmax(longest, remaining[i]);
        for (int k = 0; k < nodes[i].input_count; k++) {
            double *input = &remaining[nodes[i].inputs[k]];
            *input = fmax(*input, remaining[i]);
        }
    }
    free(remaining);
    return longest;
}

void kd_plan_look(kd_plan *plan, const kd_plan_options *options)
{
    kd_plan_node *nodes = plan->nodes.items;
    for (size_t i = 0; i < plan->nodes.count; i++) {
        nodes[i].is_done =
            options && options->is_done && options->is_done(nodes[i].id, options->user);
        nodes[i].is_needed = !nodes[i].is_done && nodes[i].part == KD_PART_STUDENT;
    }
    kd_plan_look_ahead(plan);
}

static void index_users(kd_plan *plan)
{
    size_t count = plan->nodes.count;
    plan->user_begin = kd_alloc(count + 2, sizeof *plan->user_begin);
    int32_t *at = plan->user_begin + 1; /* at[i] moves from where i's users begin to their end */
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < plan->nodes.items[i].input_count; k++)
            at[plan->nodes.items[i].inputs[k] + 1]++;
    for (size_t i = 0; i < count; i++) at[i + 1] += at[i];
    plan->users = kd_alloc((size_t)at[count] + 1, sizeof *plan->users);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < plan->nodes.items[i].input_count; k++)
            plan->users[at[plan->nodes.items[i].inputs[k]]++] = (int32_t)i;
}

static kd_plan *begin(const kd_study *study, kd_grounds *grounds, int number, kd_lacks *lacks)
{
    kd_plan *plan = kd_alloc(1, sizeof *plan);
    plan->study = study;
    plan->grounds = grounds;
    plan->number = number;
    plan->grid = kd_study_grid(study);
    plan->schema = kd_schema_rows(&plan->rows);
    plan->arena = kd_arena_create(0);
    plan->digests = kd_map_create();
    plan->lacks = lacks;
    return plan;
}

static kd_status finish(kd_plan *plan, kd_error *err)
{
    kd_status status = kd_plan_build(plan, err);
    plan->lacks = NULL;
    if (status == KD_OK) index_users(plan);
    return status;
}

static kd_status plan_study(kd_grounds *grounds, int number, kd_lacks *lacks, kd_error *err)
{
    kd_plan *plan = begin(grounds->items.items[number].study, grounds, number, lacks);
    grounds->items.items[number].plan = plan;
    return finish(plan, err);
}

static kd_grounds *create_grounds(kd_plan *plan)
{
    kd_grounds *grounds = kd_alloc(1, sizeof *grounds);
    const char *path = kd_study_path(plan->study);
    char       *real = realpath(path, NULL);
    grounds->profile = kd_study_profile(plan->study);
    grounds->plan_study = plan_study;
    kd_vec_push(&grounds->items,
                ((kd_ground){ .path = real ? real : kd_strdup(path), .plan = plan }));
    return grounds;
}

static void destroy_grounds(kd_grounds *grounds)
{
    for (size_t i = 0; i < grounds->items.count; i++) {
        kd_ground *g = &grounds->items.items[i];
        if (i > 0) kd_plan_destroy(g->plan);
        kd_study_close(g->study);
        free(g->path);
    }
    kd_vec_fini(&grounds->items);
    free(grounds);
}

kd_status kd_plan_create(kd_plan **out, const kd_study *study, const kd_plan_options *options,
                         kd_error *err)
{
    kd_lacks  own = KD_VEC_INIT;
    kd_lacks *lacks = options && options->lacks ? options->lacks : &own;
    kd_plan  *plan = begin(study, NULL, 0, lacks);
    plan->grounds = create_grounds(plan);
    kd_status status = finish(plan, err);
    if (status == KD_OK) status = kd_lacks_fail(lacks, err);
    kd_lacks_fini(&own);
    if (status != KD_OK) {
        kd_plan_destroy(plan);
        return status;
    }
    kd_plan_look(plan, options);
    *out = plan;
    return KD_OK;
}

kd_plan *kd_plan_create_bare(const kd_study *study)
{
    kd_plan *plan = begin(study, NULL, 0, NULL);
    plan->grounds = create_grounds(plan);
    return plan;
}

/* ---- asking ---- */

kd_plan *kd_plan_of_study(const kd_plan *plan, size_t number)
{
    const kd_grounds *grounds = plan->grounds;
    return number < grounds->items.count ? grounds->items.items[number].plan : NULL;
}

const kd_study *kd_plan_study(const kd_plan *plan)
{
    return plan->study;
}

kd_plan *kd_plan_home(const kd_plan *plan, size_t node, size_t *there)
{
    return kd_plan_home_of(plan, node, there);
}

size_t kd_plan_count(const kd_plan *plan)
{
    return plan->nodes.count;
}

const kd_plan_node *kd_plan_node_at(const kd_plan *plan, size_t node)
{
    KD_CHECK(node < plan->nodes.count, "plan: node %zu of %zu", node, plan->nodes.count);
    return &plan->nodes.items[node];
}

size_t kd_plan_node_of_cell(const kd_plan *plan, size_t cell)
{
    KD_CHECK(cell < kd_grid_count(plan->grid), "plan: there is no cell %zu", cell);
    return (size_t)plan->cell_nodes[cell];
}

kd_id kd_plan_id_of_cell(const kd_plan *plan, size_t cell)
{
    return plan->nodes.items[kd_plan_node_of_cell(plan, cell)].id;
}

size_t kd_plan_find(const kd_plan *plan, kd_id id)
{
    int32_t number = kd_id_map_get(&plan->numbers, id);
    return number < 0 ? SIZE_MAX : (size_t)number;
}

const int32_t *kd_plan_users(const kd_plan *plan, size_t node, size_t *count)
{
    int32_t begin = plan->user_begin[node];
    *count = (size_t)(plan->user_begin[node + 1] - begin);
    return plan->users + begin;
}

/* ---- in words ---- */

/* Where the experiment files lie that settings name, for who repeats the cell from elsewhere. */
static void add_studies(const kd_plan *plan, kd_arena *arena, kd_resolved *out)
{
    for (size_t i = 0; i < out->tell_count; i++) {
        const char *key = out->tell[i].key, *value = out->tell[i].value;
        unsigned    flags = plan->schema[kd_schema_find(key)].setting->flags;
        char       *found, *real;
        if (!(flags & KD_ROW_PATH) || !kd_option_is_study(value)) continue;
        found = kd_study_find_file(plan->study, value);
        real = found ? realpath(found, NULL) : NULL;
        if (real)
            out->from[out->from_count++] =
                (kd_resolved_setting){ kd_arena_sprintf(arena, "%s" KD_RESOLVED_STUDY, key),
                                       kd_arena_strdup(arena, real) };
        free(real);
        free(found);
    }
}

/* Who said what the node has; not where the node was given another value than its cell (kd_plan_adapt). */
static void add_origins(const kd_plan *plan, const char *const *values, kd_arena *arena,
                        kd_resolved *out)
{
    out->from = kd_arena_alloc(arena, 2 * plan->rows, sizeof *out->from);
    for (size_t i = 0; i < plan->rows; i++) {
        const char *origin = kd_study_origin(plan->study, (int)i), *key = plan->schema[i].key;
        const char *value = origin ? kd_resolved_value(out, key) : NULL;
        if (value && strcmp(value, values[i]) == 0)
            out->from[out->from_count++] =
                (kd_resolved_setting){ key, kd_arena_strdup(arena, origin) };
    }
    add_studies(plan, arena, out);
    kd_resolved_seal(out);
}

static kd_status resolve_at_home(kd_plan *plan, size_t node, kd_arena *arena, kd_resolved *out,
                                 kd_error *err)
{
    size_t   there;
    kd_plan *home = kd_plan_home(plan, node, &there);
    return kd_plan_resolve(home, there, arena, out, err);
}

kd_status kd_plan_resolve(kd_plan *plan, size_t node, kd_arena *arena, kd_resolved *out,
                          kd_error *err)
{
    const kd_plan_node *n = kd_plan_node_at(plan, node);
    const char        **values = kd_arena_alloc(arena, plan->rows, sizeof *values);
    if (n->home != plan->number) return resolve_at_home(plan, node, arena, out, err);
    kd_status status = kd_plan_cell(plan, (size_t)n->cell, values, err);
    if (status == KD_OK) status = kd_plan_resolve_values(plan, n, values, arena, out, err);
    if (status == KD_OK) add_origins(plan, values, arena, out);
    KD_CHECK(status != KD_OK || kd_id_equal(out->id, n->id), "plan: node %zu has two ids", node);
    return status;
}

/* Which layers a states node keeps: " hidden 0 2 4 probs 2 4". */
static void tell_layers(const char *const *values, kd_str *out)
{
    kd_inside inside;
    kd_error  err;
    kd_status status = kd_plan_inside_of(values, &inside, &err);
    KD_CHECK(status == KD_OK, "plan: %s", err.text);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        kd_str layers = KD_STR_INIT;
        kd_inside_print(&inside, k, &layers);
        if (layers.length) kd_str_addf(out, " %s %s", kd_inside_word(k), layers.text);
        kd_str_fini(&layers);
    }
}

static bool is_student(const kd_plan_node *node)
{
    return node->kind == KD_NODE_MODEL && node->part == KD_PART_STUDENT;
}

/* A student's settings have the grid's short names; "train.lr" is "teacher.train.lr", where what is called the teacher says
 * of whom that is. */
static const char *name_in_label(const kd_plan *plan, const kd_plan_node *node, size_t varying)
{
    size_t      count;
    const char *key = plan->schema[kd_grid_varying(plan->grid, &count)[varying]].key;
    if (is_student(node)) return kd_grid_names(plan->grid)[varying];
    bool is_teacher = node->kind == KD_NODE_MODEL && node->part == KD_PART_TEACHER;
    return is_teacher && kd_starts_with(key, "teacher.") ? key + strlen("teacher.") : key;
}

/* The varying settings that a node reads, with a space before each. */
static void add_varying(const kd_plan *plan, const kd_plan_node *node, kd_str *out)
{
    size_t        count;
    const int    *varying = kd_grid_varying(plan->grid, &count);
    kd_arena     *arena = kd_arena_create(0);
    const char  **values = kd_arena_alloc(arena, plan->rows, sizeof *values);
    kd_plan_scope sc = kd_plan_scope_of(plan, node);
    kd_grid_cell(plan->grid, (size_t)node->cell, values);
    kd_plan_leave_unlabelled(values);
    kd_plan_adapt(plan, node, values, arena);
    if (node->kind == KD_NODE_STATES) tell_layers(values, out);
    for (size_t i = 0; i < count; i++)
        if (kd_plan_is_told(plan, varying[i], sc, values))
            kd_str_addf(out, " %s=%s", name_in_label(plan, node, i), values[varying[i]]);
    kd_arena_destroy(arena);
}

static void add_student(const kd_plan *plan, const kd_plan_node *node, kd_str *out)
{
    kd_str settings = KD_STR_INIT;
    add_varying(plan, node, &settings);
    kd_str_add(out,
               settings.length ? settings.text + 1 : "student"); /* the only one: nothing varies */
    kd_str_fini(&settings);
}

/* Under its study's name. */
static void label_at_home(const kd_plan *plan, size_t node, kd_str *out)
{
    size_t         there;
    const kd_plan *home = kd_plan_home(plan, node, &there);
    kd_str_addf(out, "%s: ", kd_study_name(home->study));
    kd_plan_label(home, there, out);
}

void kd_plan_label(const kd_plan *plan, size_t node, kd_str *out)
{
    const kd_plan_node *n = kd_plan_node_at(plan, node);
    if (n->home != plan->number) {
        label_at_home(plan, node, out);
        return;
    }
    if (is_student(n)) {
        add_student(plan, n, out);
        return;
    }
    if (n->kind != KD_NODE_MODEL)
        kd_str_add(out, kd_node_kind_word((kd_node_kind)n->kind));
    else
        kd_str_add(out, n->part == KD_PART_TEACHER ? "teacher" : "fine-tuned student");
    if (n->member) kd_str_addf(out, " %d", n->member + 1);
    if (n->is_apart && n->kind == KD_NODE_CORPUS) kd_str_add(out, " as the teacher reads it");
    add_varying(plan, n, out);
}

void kd_plan_tell_size(kd_plan *plan, size_t corpus, const kd_corpus_size *size)
{
    size_t   there;
    kd_plan *home = kd_plan_home(plan, corpus, &there);
    if (home != plan) kd_plan_tell_size(home, there, size);
    for (size_t i = 0; i < plan->sizes.count; i++)
        if (plan->sizes.items[i].corpus == corpus) {
            plan->sizes.items[i].size = *size;
            return;
        }
    kd_vec_push(&plan->sizes, (kd_told_size){ corpus, *size });
}

void kd_plan_destroy(kd_plan *plan)
{
    if (!plan) return;
    if (plan->number == 0) destroy_grounds(plan->grounds);
    kd_vec_fini(&plan->nodes);
    kd_vec_fini(&plan->contents);
    kd_vec_fini(&plan->sizes);
    kd_vec_fini(&plan->published);
    kd_vec_fini(&plan->found);
    kd_vec_fini(&plan->pieces);
    kd_id_map_fini(&plan->numbers);
    kd_map_destroy(plan->digests);
    kd_arena_destroy(plan->arena);
    free(plan->cell_nodes);
    free(plan->user_begin);
    free(plan->users);
    free(plan);
}
