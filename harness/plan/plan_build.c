/* plan_build.c - every cell's student becomes a node, over the nodes that it stands on (plan_builder.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/config/options.h"
#include "harness/config/resolved_id.h"
#include "harness/plan/plan_builder.h"

/* ---- students ---- */

static kd_status find_cost(kd_builder *b, kd_plan_model *out)
{
    kd_id     key = kd_plan_memo_key(&b->cost_of, b->values);
    int32_t   number = kd_id_map_get(&b->cost_of.known, key);
    kd_status status = KD_OK;
    if (number < 0) {
        number = (int32_t)b->costs.count;
        status = kd_builder_measure(b, "student.", out);
        kd_vec_push(&b->costs, *out);
        kd_id_map_put(&b->cost_of.known, key, number);
    }
    *out = b->costs.items[number];
    return status;
}

static kd_status compare_networks(kd_builder *b)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_arch            student, teacher;
    kd_status          status;
    if ((status = kd_plan_read_method(b->values, &method, &options, b->err)) != KD_OK ||
        (status = kd_plan_read(kd_arch_settings(), "student.", b->values, &student, b->err)) !=
            KD_OK ||
        (status = kd_plan_read(kd_arch_settings(), "teacher.", b->values, &teacher, b->err)) !=
            KD_OK)
        return status;
    status = kd_method_fits(method, &options, &student, &teacher, b->err);
    return status == KD_OK ? KD_OK : kd_while(b->err, status, "%s", kd_study_path(b->plan->study));
}

/* Once for all cells in a row that begin with the same weights. */
static kd_status check_trained(kd_builder *b)
{
    const char *init = kd_plan_value(b->values, "student.init");
    if (init == b->trained) return KD_OK;
    kd_status status = kd_plan_check_trained(b->plan, "train.", "student.init", b->values, b->err);
    if (status == KD_OK) b->trained = init;
    return status;
}

/* Once for all cells that agree in both networks and in the method. */
static kd_status check_fit(kd_builder *b)
{
    kd_id key = kd_plan_memo_key(&b->fit_of, b->values);
    if (kd_id_map_get(&b->fit_of.known, key) >= 0) return KD_OK;
    kd_id_map_put(&b->fit_of.known, key, 1);
    return compare_networks(b);
}

static void add_input(kd_plan_node *node, bool is_wanted, int32_t input)
{
    if (is_wanted) node->inputs[node->input_count++] = input;
}

/* A cell whose result is also somebody's teacher, or another study's: it is told as the student that it is. */
static void claim(kd_builder *b, kd_plan_node *node, size_t cell)
{
    if (node->part == KD_PART_STUDENT) return;
    node->part = KD_PART_STUDENT;
    node->cell = (int64_t)cell;
    node->is_apart = false; /* that cell's own data.* say how it reads */
    node->home = (int16_t)b->plan->number;
    node->there = (int32_t)(node - b->plan->nodes.items);
}

/* Each corpus that a cell stands on, once. */
static void count_corpora(kd_plan_node *nodes, const kd_plan_base *of)
{
    enum { MOST = 4 };
    const int32_t teacher = of->teacher_count ? of->teachers[0] : -1;
    const int32_t corpora[MOST] = { of->corpus, of->reading,
                                    teacher < 0 ? -1 : nodes[teacher].inputs[0],
                                    of->start < 0 ? -1 : nodes[of->start].inputs[0] };
    for (int i = 0; i < MOST; i++) {
        bool is_new = corpora[i] >= 0;
        for (int k = 0; k < i; k++) is_new = is_new && corpora[k] != corpora[i];
        if (is_new) nodes[corpora[i]].cells++;
    }
}

/* What it needs, where that is of no other study. */
static void count_cell(kd_plan *plan, const kd_plan_shape *s, const kd_plan_base *of,
                       int32_t student)
{
    kd_plan_node *nodes = plan->nodes.items;
    nodes[student].cells++;
    count_corpora(nodes, of);
    for (int i = 0; i < of->teacher_count; i++) nodes[of->teachers[i]].cells++;
    if (s->has_start) nodes[of->start].cells++;
    if (s->has_targets) nodes[of->targets].cells++;
    if (of->states >= 0) nodes[of->states].cells++;
}

/* A teacher that is asked in every step costs its forward pass each time. */
static void look_inside(kd_plan_node *node, const kd_plan_base *of, double pieces)
{
    bool asks = of->states < 0;
    node->inside = asks ? KD_PLAN_ASKS : KD_PLAN_KEEPS;
    node->states_gib = (float)of->states_gib;
    if (asks) node->operations += of->taught_by.per_piece * pieces;
}

/* What the plan says in the end of unlabelled text: whether anybody reads it, and who does not. */
static void note_unlabelled(kd_builder *b, size_t cell)
{
    bool is_read = *kd_plan_value(b->values, "data.unlabelled") != 0;
    if (!is_read && *kd_grid_value(b->plan->grid, cell, "data.unlabelled"))
        b->passed_over = kd_plan_value(b->values, "distill.method");
    b->has_unlabelled |= is_read;
}

/* The node of a cell's student, not yet one of the plan's; what it stands on is. */
static kd_status make_student(kd_builder *b, size_t cell, kd_plan_node *node,
                              const kd_plan_base **base)
{
    kd_plan_model model = { 0 };
    *node = (kd_plan_node){ .kind = KD_NODE_MODEL, .part = KD_PART_STUDENT, .cell = (int64_t)cell };
    kd_status status = kd_plan_cell(b->plan, cell, b->values, b->err);
    if (status == KD_OK) note_unlabelled(b, cell);
    if (status == KD_OK) status = kd_builder_find_base(b, cell, base);
    if (status == KD_OK) status = find_cost(b, &model);
    if (status == KD_OK && b->shapes.items[(*base)->shape].has_to_fit) status = check_fit(b);
    if (status != KD_OK) return status;

    const kd_plan_base  *of = *base;
    const kd_plan_shape *s = &b->shapes.items[of->shape];
    kd_plan_sizes        sizes = of->sizes;
    sizes.train = kd_plan_epoch_pieces(b->values, &of->sizes);
    double epochs = kd_builder_epochs(b, "train.", &sizes);
    if (epochs == 0 && (status = check_trained(b)) != KD_OK) return status;
    add_input(node, true, of->corpus);
    add_input(node, of->asks && of->reading >= 0, of->reading);
    add_input(node, s->has_targets, of->targets);
    add_input(node, of->states >= 0, of->states);
    add_input(node, of->asks, of->teachers[0]);
    add_input(node, of->start >= 0, of->start);
    node->has_start = of->start >= 0;
    node->is_grounded = node->has_start && s->begins_as_other;
    node->id = kd_builder_student_id(b, s, of);
    node->ranks = s->ranks;
    node->threads = s->threads;
    node->bytes = 4 * model.parameters;
    node->operations = kd_plan_training_operations(&model, epochs, &sizes);
    if (s->compares) look_inside(node, of, epochs * sizes.train);
    return KD_OK;
}

static kd_status put_cell(kd_builder *b, size_t cell)
{
    const kd_plan_base *of = NULL;
    kd_plan_node        node;
    kd_status           status = make_student(b, cell, &node, &of);
    if (status != KD_OK) return status;
    int32_t number = kd_builder_put_node(b, &node);
    claim(b, &b->plan->nodes.items[number], cell);
    b->plan->cell_nodes[cell] = number;
    if (b->plan->found.count > 0)
        kd_builder_count_all(b, number);
    else
        count_cell(b->plan, &b->shapes.items[of->shape], of, number);
    return KD_OK;
}

/* ---- the whole ---- */

static int by_id_order(const void *a, const void *b)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    return kd_resolved_id_compare(rows[*(const int *)a].key, rows[*(const int *)b].key);
}

/* Whether some cell begins with a fine-tuned student. */
static bool may_have_start(const kd_builder *b)
{
    int row = kd_schema_find("student.init");
    if (kd_plan_varies(b->plan, row)) return true;
    if (kd_grid_count(b->plan->grid) == 0) return false;
    kd_grid_cell(b->plan->grid, 0, b->values);
    return !strcmp(b->values[row], KD_INIT_FINE_TUNED);
}

static void init_builder(kd_builder *b, kd_plan *plan, kd_error *err)
{
    *b = (kd_builder){ .plan = plan, .err = err };
    kd_str_init(&b->text);
    b->scratch = kd_arena_create(0);
    b->values = kd_alloc(plan->rows, sizeof *b->values);
    b->id_order = kd_alloc(plan->rows, sizeof *b->id_order);
    for (size_t i = 0; i < plan->rows; i++) b->id_order[i] = (int)i;
    qsort(b->id_order, plan->rows, sizeof *b->id_order, by_id_order);
    kd_plan_memo_init(&b->shape_of, plan, KD_MEMO_SHAPE);
    kd_plan_memo_init(&b->base_of, plan,
                      may_have_start(b) ? KD_MEMO_BASE_WITH_START : KD_MEMO_BASE);
    kd_plan_memo_init(&b->cost_of, plan, KD_MEMO_COST);
    kd_plan_memo_init(&b->fit_of, plan, KD_MEMO_FIT);
}

static void fini_builder(kd_builder *b)
{
    for (size_t i = 0; i < b->shapes.count; i++) kd_plan_shape_fini(&b->shapes.items[i]);
    for (size_t i = 0; i < b->bases.count; i++) kd_plan_base_fini(&b->bases.items[i]);
    kd_vec_fini(&b->shapes);
    kd_vec_fini(&b->bases);
    kd_vec_fini(&b->costs);
    kd_vec_fini(&b->seen);
    kd_plan_memo_fini(&b->shape_of);
    kd_plan_memo_fini(&b->base_of);
    kd_plan_memo_fini(&b->cost_of);
    kd_plan_memo_fini(&b->fit_of);
    kd_str_fini(&b->text);
    kd_arena_destroy(b->scratch);
    free(b->id_order);
    free(b->values);
}

/* ---- with and without memory ---- */

#ifndef NDEBUG

/* The first cells differ in what varies fastest, and tests have few. */
static bool is_compared(size_t cell)
{
    return cell < 8 || cell % 1000 == 0;
}

static bool is_same(const kd_plan_node *a, const kd_plan_node *b)
{
    if (!kd_id_equal(a->id, b->id) || a->input_count != b->input_count) return false;
    for (int k = 0; k < a->input_count; k++)
        if (a->inputs[k] != b->inputs[k]) return false;
    return a->threads == b->threads && a->inside == b->inside && a->has_start == b->has_start &&
           fabs(a->operations - b->operations) <= 1e-9 * a->operations &&
           fabs(a->bytes - b->bytes) <= 1e-9 * a->bytes;
}

/* A row without the flag that it should have gives a cell what was found out for another one. So some cells are
 * made once more by a builder that remembers nothing. */
static void compare(kd_builder *b, size_t cell)
{
    kd_builder          fresh;
    kd_error            err;
    const kd_plan_base *own, *other;
    kd_plan_node        node, again;
    size_t              nodes = b->plan->nodes.count;
    init_builder(&fresh, b->plan, &err);
    kd_status status = make_student(&fresh, cell, &again, &other);
    KD_CHECK(status == KD_OK, "plan: cell %zu, made again: %s", cell, err.text);
    make_student(b, cell, &node, &own);
    KD_CHECK(is_same(&node, &again) && b->plan->nodes.count == nodes,
             "plan: cell %zu is another one when nothing is remembered: a setting lacks a flag",
             cell);
    fini_builder(&fresh);
}

#endif

/* Beside methods that read unlabelled text others may stand, for comparison; where there is none of the former, somebody
 * waits for what cannot come. */
static kd_status check_unlabelled(const kd_builder *b)
{
    if (!b->passed_over || b->has_unlabelled) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG,
                   "%s: is for methods that learn of a teacher's logits; %s does not, and this "
                   "study has no other",
                   kd_study_place(b->plan->study, "data.unlabelled"), b->passed_over);
}

kd_status kd_plan_build(kd_plan *plan, kd_error *err)
{
    kd_builder b;
    kd_status  status = KD_OK;
    size_t     cells = kd_grid_count(plan->grid);
    plan->cell_nodes = kd_alloc(cells, sizeof *plan->cell_nodes);
    kd_vec_reserve(&plan->nodes, cells + 16);
    kd_id_map_init(&plan->numbers, cells + 16);
    init_builder(&b, plan, err);
    for (size_t i = 0; i < cells && status == KD_OK; i++) status = put_cell(&b, i);
    if (status == KD_OK) status = check_unlabelled(&b);
#ifndef NDEBUG
    for (size_t i = 0; i < cells && status == KD_OK; i++)
        if (is_compared(i)) compare(&b, i);
#endif
    fini_builder(&b);
    return status;
}
