/* plan_build.c - cells become nodes.
 *
 * A million cells differ in a handful of settings, so most of the work for one of them was
 * done for another. Three things are remembered by the values of the few rows that decide
 * them: the *shape* of a cell (which settings its kind and method read), its *base* (corpora,
 * teacher and targets that it stands on), and the cost of its model. What is left for each cell
 * is to put its own values into the shape's text and to digest that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/config/options.h"
#include "harness/config/resolved_id.h"
#include "harness/plan/plan_internal.h"
#include "harness/plan/plan_memo.h"
#include "models/text/corpus.h"

/* One stretch of a shape's text, and the row whose value follows it (-1 for none). */
typedef struct {
    size_t begin, length;
    int    row;
} piece;

/* What cells with the same kinds, methods and files have in common. */
typedef struct {
    bool has_targets, has_teacher, has_start; /* what the student stands on beside its corpus */
    bool begins_as_teacher;                   /* with weights of it */
    bool is_taught_by_file;                   /* its targets were computed elsewhere */
    bool compares;                            /* its method looks inside both networks */
    bool has_to_fit;                          /* so, or a CRF has a say in it */
    kd_plan_files init;
    int           threads;
    kd_str        text; /* its settings in id order, values of varying rows left out */
    KD_VEC(piece) pieces;
} shape;

/* What a cell's student stands on; it follows from more than the shape does. */
typedef struct {
    int32_t       shape;
    int32_t       corpus, targets, states, start; /* nodes, -1 for none */
    bool          asks;                           /* the student needs the teacher itself */
    double        states_gib;                     /* what is or would be kept; 0: nothing can be */
    int32_t       teachers[KD_TEACHERS_MAX];
    int           teacher_count;
    kd_str        head;  /* of the id: what comes before the settings */
    kd_plan_sizes sizes; /* of the corpus, augmented */
    kd_plan_model taught_by;
} base;

typedef struct {
    kd_plan     *plan;
    kd_error    *err;
    const char **values; /* of the cell in hand */
    kd_arena    *scratch;
    kd_plan_memo shape_of, base_of, cost_of, fit_of;
    KD_VEC(shape) shapes;
    KD_VEC(base) bases;
    KD_VEC(kd_plan_model) costs;
    int        *id_order; /* rows, as an id orders them */
    const char *trained;  /* the student.init that was last found to need no training */
    kd_str      text;     /* of the id that is being made */
} builder;

/* ---- shapes ---- */

static void end_piece(shape *s, size_t *begin, int row)
{
    kd_vec_push(&s->pieces, (piece){ *begin, s->text.length - *begin, row });
    *begin = s->text.length;
}

static void write_shape_text(builder *b, shape *s)
{
    size_t begin = 0;
    for (size_t i = 0; i < b->plan->rows; i++) {
        int row = b->id_order[i];
        if (!kd_plan_is_set(b->plan, row, KD_READ_STUDENT, b->values)) continue;
        bool is_varying = kd_plan_varies(b->plan, row);
        kd_resolved_id_set(&s->text, b->plan->schema[row].key, is_varying ? "" : b->values[row]);
        if (!is_varying) continue;
        kd_str_cut(&s->text, s->text.length - 1); /* the line goes on with the value */
        end_piece(s, &begin, row);
        kd_str_add_char(&s->text, '\n');
    }
    end_piece(s, &begin, -1);
}

static bool starts_from_teacher(const char *init)
{
    return !strcmp(init, KD_INIT_TEACHER_LAYERS) || !strcmp(init, KD_INIT_TEACHER_EMBEDDINGS);
}

static kd_status check_method(builder *b, const kd_method *method, kd_error *err)
{
    kd_task task;
    bool    is_task = kd_task_parse(&task, kd_plan_value(b->values, "task"));
    KD_CHECK(is_task, "plan: the schema allows a task that is not there");
    kd_status status = kd_method_check(method, task, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", kd_study_path(b->plan->study));
}

static bool is_file(const builder *b, const char *key)
{
    return kd_option_is_path(kd_plan_value(b->values, key));
}

/* A teacher that is asked in every step is one network, and no table of what it said. */
static kd_status check_live(builder *b, unsigned needs)
{
    const char *key = is_file(b, "targets.file") ? "targets.file" : "teacher.count";
    if (!(needs & KD_NEEDS_LIVE) || !strcmp(kd_plan_value(b->values, key), "1")) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG,
                   "%s: with distill.teacher_mode = train one teacher is asked in every step",
                   kd_study_place(b->plan->study, key));
}

static bool has_crf(const builder *b, const char *key)
{
    return !strcmp(kd_plan_value(b->values, key), "true");
}

/* What a network's head is the cell learns from the task. */
static kd_status check_crf(builder *b, const char *key)
{
    const char *task = kd_plan_value(b->values, "task");
    if (!has_crf(b, key) || !strcmp(task, "ner")) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: stands on tags, and task = %s has none",
                   kd_study_place(b->plan->study, key), task);
}

/* A file has logits and no CRF. */
static kd_status check_crf_of_file(builder *b, const shape *s, const kd_method *method)
{
    if (!s->is_taught_by_file || !(method->fits & KD_BOTH_CRF)) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: %s compares tags under a CRF, and a file has none",
                   kd_study_place(b->plan->study, "targets.file"), method->name);
}

static kd_status make_shape(builder *b, shape *s)
{
    const char      *init = kd_plan_value(b->values, "student.init");
    const kd_method *method;
    kd_str_init(&s->text);
    s->threads = atoi(kd_plan_value(b->values, "threads"));
    kd_distill_options options;
    kd_status          status = kd_plan_read_method(b->values, &method, &options, b->err);
    if (status != KD_OK) return status;
    unsigned needs = kd_method_needs(method, &options);
    s->compares = needs & KD_NEEDS_NETWORK;
    s->has_to_fit = s->compares || method->fits & KD_BOTH_CRF || has_crf(b, "student.crf");
    s->has_targets = needs & KD_NEEDS_LOGITS;
    s->begins_as_teacher = starts_from_teacher(init);
    s->has_teacher = s->compares || s->begins_as_teacher;
    s->has_start = !strcmp(init, KD_INIT_FINE_TUNED);
    s->is_taught_by_file = s->has_targets && is_file(b, "targets.file");
    status = check_method(b, method, b->err);
    if (status == KD_OK) status = check_live(b, needs);
    if (status == KD_OK) status = check_crf(b, "student.crf");
    if (status == KD_OK) status = check_crf_of_file(b, s, method);
    if (status == KD_OK) status = kd_plan_check_selection(b->plan, "train.", b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_parts(b->plan, b->values, b->err);
    if (status == KD_OK)
        status =
            kd_plan_file_of(b->plan, KD_FILE_INIT, "student.init", b->values, &s->init, b->err);
    if (status == KD_OK && !s->has_start)
        status = kd_plan_file_of(b->plan, KD_FILE_VECTORS, "student.vectors", b->values, &s->init,
                                 b->err);
    if (status == KD_OK) write_shape_text(b, s);
    return status;
}

static kd_status find_shape(builder *b, int32_t *out)
{
    kd_id key = kd_plan_memo_key(&b->shape_of, b->values);
    *out = kd_id_map_get(&b->shape_of.known, key);
    if (*out >= 0) return KD_OK;
    shape s = { 0 };
    *out = (int32_t)b->shapes.count;
    kd_status status = make_shape(b, &s);
    kd_vec_push(&b->shapes, s);
    kd_id_map_put(&b->shape_of.known, key, *out);
    return status;
}

/* ---- nodes ---- */

/* The node with this id, made if it is new. */
static int32_t put_node(builder *b, const kd_plan_node *node)
{
    kd_plan *plan = b->plan;
    int32_t  number = kd_id_map_get(&plan->numbers, node->id);
    if (number >= 0) return number;
    number = (int32_t)plan->nodes.count;
    kd_vec_push(&plan->nodes, *node);
    kd_id_map_put(&plan->numbers, node->id, number);
    return number;
}

/* A node that is made once and shared: its id is that of its full text. */
static kd_status put_shared(builder *b, kd_plan_node *node, size_t cell, int32_t *out)
{
    kd_resolved resolved;
    node->cell = (int64_t)cell;
    node->threads = (int16_t)atoi(kd_plan_value(b->values, "threads"));
    kd_status status =
        kd_plan_resolve_values(b->plan, node, b->values, b->scratch, &resolved, b->err);
    node->id = resolved.id;
    kd_arena_reset(b->scratch);
    if (status == KD_OK) *out = put_node(b, node);
    return status;
}

static double augmented(const char *const *values)
{
    return 1 + 3 * atof(kd_plan_value(values, "augment.passes")); /* by three methods */
}

static double number(const builder *b, const char *prefix, const char *key)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s", prefix, key);
    return atof(kd_plan_value(b->values, full));
}

/* How often a training goes over its corpus; with `steps` that depends on its sentences. */
static double epochs_of(const builder *b, const char *prefix, const kd_plan_sizes *sizes)
{
    double steps = number(b, prefix, "steps");
    if (steps == 0) return number(b, prefix, "epochs");
    double sentences = sizes->train / KD_PLAN_SENTENCE + 1;
    return steps * number(b, prefix, "batch") * number(b, prefix, "accumulate") / sentences;
}

static double training_operations(const kd_plan_model *model, double epochs,
                                  const kd_plan_sizes *sizes)
{
    return model->per_piece *
           (epochs * (3 * sizes->train + sizes->devel) + sizes->devel + sizes->test);
}

/* For a teacher or a start the corpus is plain; `part` says for whom it is. */
static kd_status put_corpus(builder *b, size_t cell, kd_plan_part part, kd_plan_sizes *sizes,
                            int32_t *out)
{
    kd_plan_files files = { 0 };
    kd_status     status = kd_plan_corpus_files(b->plan, b->values, &files, b->err);
    if (status != KD_OK) return status;
    kd_plan_measure_corpus(b->values, &files, sizes);
    if (part == KD_PART_NONE) sizes->train *= augmented(b->values);
    double       pieces = sizes->train + sizes->devel + sizes->test;
    kd_plan_node node = { .kind = KD_NODE_CORPUS,
                          .part = (uint8_t)part,
                          .bytes = 10 * pieces, /* id, word, tag */
                          .operations = 1000 * pieces };
    return put_shared(b, &node, cell, out);
}

/* A network that stands on no other: `whose` is "teacher" or "finetune". */
static kd_status check_alone(builder *b, const char *whose)
{
    char            *init_key = kd_sprintf("%s.init", whose);
    char            *train = kd_sprintf("%s.train.", whose);
    char            *method_key = kd_sprintf("%s.distill.method", whose);
    const char      *init = kd_plan_value(b->values, init_key);
    const kd_method *method = kd_method_find(kd_plan_value(b->values, method_key));
    kd_status        status = KD_OK;
    if (starts_from_teacher(init) || !strcmp(init, KD_INIT_FINE_TUNED))
        status = kd_fail(b->err, KD_ECONFIG, "%s: %s is for students; here it is scratch or a file",
                         kd_study_place(b->plan->study, init_key), init);
    else if (method && method->needs != KD_NEEDS_NOTHING)
        status = kd_fail(b->err, KD_ECONFIG, "%s: %s needs a teacher, and here is none",
                         kd_study_place(b->plan->study, method_key), method->name);
    else
        status = kd_plan_check_trained(b->plan, train, init_key, b->values, b->err);
    if (status == KD_OK && method) status = check_method(b, method, b->err);
    if (status == KD_OK) status = kd_plan_check_selection(b->plan, train, b->values, b->err);
    free(train);
    free(init_key);
    free(method_key);
    return status;
}

/* A network says "heads: 10 units do not ...": the place is that key's, else the kind's. */
static kd_status measure(builder *b, const char *prefix, kd_plan_model *out)
{
    kd_error  own = { "" };
    kd_status status = kd_plan_measure_model(prefix, b->values, out, &own);
    if (status == KD_OK) status = kd_plan_check_head(prefix, b->values, &own);
    if (status == KD_OK) return KD_OK;
    size_t      length = strcspn(own.text, ":");
    char       *key = kd_sprintf("%s%.*s", prefix, (int)length, own.text);
    char       *kind = kd_sprintf("%skind", prefix);
    bool        has_key = kd_schema_find(key) >= 0;
    const char *rest = has_key ? own.text + length + 2 : own.text;
    kd_fail(b->err, status, "%s: %s", kd_study_place(b->plan->study, has_key ? key : kind), rest);
    free(key);
    free(kind);
    return status;
}

static kd_status put_teachers(builder *b, base *of, size_t cell, int count)
{
    kd_plan_sizes sizes = { 0 };
    int32_t       corpus = -1;
    kd_status     status = check_alone(b, "teacher");
    if (status == KD_OK) status = check_crf(b, "teacher.crf");
    if (status == KD_OK) status = put_corpus(b, cell, KD_PART_TEACHER, &sizes, &corpus);
    if (status == KD_OK) status = measure(b, "teacher.", &of->taught_by);
    double operations =
        training_operations(&of->taught_by, epochs_of(b, "teacher.train.", &sizes), &sizes);
    for (int i = 0; i < count && status == KD_OK; i++) {
        kd_plan_node node = { .kind = KD_NODE_MODEL,
                              .part = KD_PART_TEACHER,
                              .member = (uint8_t)i,
                              .inputs = { corpus },
                              .input_count = 1,
                              .bytes = 4 * of->taught_by.parameters,
                              .operations = operations };
        status = put_shared(b, &node, cell, &of->teachers[of->teacher_count]);
        of->teacher_count += status == KD_OK;
    }
    return status;
}

static kd_status put_start(builder *b, base *of, size_t cell)
{
    kd_plan_sizes sizes = { 0 };
    kd_plan_model model = { 0 };
    int32_t       corpus = -1;
    kd_status     status = check_alone(b, "finetune");
    if (status == KD_OK) status = put_corpus(b, cell, KD_PART_START, &sizes, &corpus);
    if (status == KD_OK) status = measure(b, "student.", &model);
    if (status != KD_OK) return status;
    double       epochs = epochs_of(b, "finetune.train.", &sizes);
    kd_plan_node node = { .kind = KD_NODE_MODEL,
                          .part = KD_PART_START,
                          .inputs = { corpus },
                          .input_count = 1,
                          .bytes = 4 * model.parameters,
                          .operations = training_operations(&model, epochs, &sizes) };
    return put_shared(b, &node, cell, &of->start);
}

/* Who learns at PAD pieces has to be taught there. */
static kd_status check_padding(builder *b, bool is_file)
{
    const kd_method   *method;
    kd_distill_options options;
    bool               has_padding = !strcmp(kd_plan_value(b->values, "targets.padding"), "true");
    kd_status          status = kd_plan_read_method(b->values, &method, &options, b->err);
    if (status != KD_OK || !kd_method_pads(&options)) return status;
    if (options.shared.rows != KD_ROWS_ALL)
        return kd_fail(b->err, KD_ECONFIG,
                       "%s: source needs distill.rows = all: a PAD has no label",
                       kd_study_place(b->plan->study, "distill.padding"));
    if (has_padding && !is_file) return KD_OK;
    return kd_fail(b->err, KD_ECONFIG, "%s: source needs %s",
                   kd_study_place(b->plan->study, "distill.padding"),
                   is_file ? "a teacher, and targets.file has no PAD" : "targets.padding = true");
}

/* Logits of the mean of all teachers, or of a file. */
static kd_status put_targets(builder *b, base *of, size_t cell, bool is_file)
{
    kd_status status = check_padding(b, is_file);
    if (status != KD_OK) return status;
    kd_plan_node node = { .kind = KD_NODE_TARGETS, .inputs = { of->corpus }, .input_count = 1 };
    int          asked = is_file ? 0 : of->teacher_count;
    bool         is_half = kd_targets_are_half(kd_plan_value(b->values, "targets.format"));
    for (int i = 0; i < asked; i++) node.inputs[node.input_count++] = of->teachers[i];
    double labels = is_file ? 9 : of->taught_by.labels;
    node.bytes = (is_half ? 2 : 4) * labels * of->sizes.train;
    node.operations = 100 * of->sizes.train + asked * of->taught_by.per_piece * of->sizes.train;
    return put_shared(b, &node, cell, &of->targets);
}

/* Hidden states and maps of the first teacher, when so much may be kept. */
static kd_status put_states(builder *b, base *of, size_t cell)
{
    kd_inside inside;
    double    bytes;
    kd_status status = kd_plan_inside_of(b->values, &inside, b->err);
    if (status == KD_OK)
        status = kd_plan_states_bytes(b->values, &inside, &of->sizes, &bytes, b->err);
    if (status != KD_OK) return status;
    of->states_gib = bytes / (1 << 30);
    if (!kd_plan_may_keep(b->values, bytes)) return KD_OK;
    kd_plan_node node = { .kind = KD_NODE_STATES,
                          .inputs = { of->corpus, of->teachers[0] },
                          .input_count = 2,
                          .bytes = bytes,
                          .operations =
                              100 * of->sizes.train + of->taught_by.per_piece * of->sizes.train };
    return put_shared(b, &node, cell, &of->states);
}

static void write_head(const kd_plan *plan, const shape *s, base *of)
{
    const kd_plan_node *nodes = plan->nodes.items;
    kd_resolved_id_begin(&of->head, KD_NODE_MODEL);
    kd_resolved_id_input(&of->head, KD_INPUT_CORPUS, nodes[of->corpus].id);
    if (s->has_start) kd_resolved_id_input(&of->head, KD_INPUT_START, nodes[of->start].id);
    if (of->states >= 0) kd_resolved_id_input(&of->head, KD_INPUT_STATES, nodes[of->states].id);
    if (s->has_targets) kd_resolved_id_input(&of->head, KD_INPUT_TARGETS, nodes[of->targets].id);
    if (of->asks) kd_resolved_id_input(&of->head, KD_INPUT_TEACHER, nodes[of->teachers[0]].id);
    for (int i = 0; i < s->init.count; i++)
        kd_resolved_id_file(&of->head, s->init.file[i].as, s->init.file[i].contents);
}

/* How many teachers somebody asks: all of them for their logits, one for what is inside. */
static int teachers_of(const builder *b, const shape *s)
{
    if (s->has_targets && !s->is_taught_by_file)
        return atoi(kd_plan_value(b->values, "teacher.count"));
    return s->has_teacher;
}

static kd_status make_base(builder *b, base *of, size_t cell)
{
    kd_status status = find_shape(b, &of->shape);
    if (status != KD_OK) return status;
    const shape *s = &b->shapes.items[of->shape];
    int          teachers = teachers_of(b, s);
    status = put_corpus(b, cell, KD_PART_NONE, &of->sizes, &of->corpus);
    if (status == KD_OK && teachers) status = put_teachers(b, of, cell, teachers);
    if (status == KD_OK && s->has_targets) status = put_targets(b, of, cell, s->is_taught_by_file);
    if (status == KD_OK && s->compares) status = put_states(b, of, cell);
    if (status == KD_OK && s->has_start) status = put_start(b, of, cell);
    of->asks = s->begins_as_teacher || (s->compares && of->states < 0);
    if (status == KD_OK) write_head(b->plan, s, of);
    return status;
}

static kd_status find_base(builder *b, size_t cell, const base **out)
{
    kd_id     key = kd_plan_memo_key(&b->base_of, b->values);
    int32_t   number = kd_id_map_get(&b->base_of.known, key);
    kd_status status = KD_OK;
    if (number < 0) {
        base of = { .corpus = -1, .targets = -1, .states = -1, .start = -1, .head = KD_STR_INIT };
        status = make_base(b, &of, cell);
        number = (int32_t)b->bases.count;
        kd_vec_push(&b->bases, of);
        kd_id_map_put(&b->base_of.known, key, number);
    }
    *out = &b->bases.items[number];
    return status;
}

/* ---- students ---- */

static kd_status find_cost(builder *b, kd_plan_model *out)
{
    kd_id     key = kd_plan_memo_key(&b->cost_of, b->values);
    int32_t   number = kd_id_map_get(&b->cost_of.known, key);
    kd_status status = KD_OK;
    if (number < 0) {
        number = (int32_t)b->costs.count;
        status = measure(b, "student.", out);
        kd_vec_push(&b->costs, *out);
        kd_id_map_put(&b->cost_of.known, key, number);
    }
    *out = b->costs.items[number];
    return status;
}

static kd_status compare_networks(builder *b)
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
static kd_status check_trained(builder *b)
{
    const char *init = kd_plan_value(b->values, "student.init");
    if (init == b->trained) return KD_OK;
    kd_status status = kd_plan_check_trained(b->plan, "train.", "student.init", b->values, b->err);
    if (status == KD_OK) b->trained = init;
    return status;
}

/* Once for all cells that agree in both networks and in the method. */
static kd_status check_fit(builder *b)
{
    kd_id key = kd_plan_memo_key(&b->fit_of, b->values);
    if (kd_id_map_get(&b->fit_of.known, key) >= 0) return KD_OK;
    kd_id_map_put(&b->fit_of.known, key, 1);
    return compare_networks(b);
}

static kd_id student_id(builder *b, const shape *s, const base *of)
{
    kd_str_reset(&b->text);
    kd_str_add_bytes(&b->text, of->head.text, of->head.length);
    for (size_t i = 0; i < s->pieces.count; i++) {
        const piece *p = &s->pieces.items[i];
        kd_str_add_bytes(&b->text, s->text.text + p->begin, p->length);
        if (p->row >= 0) kd_str_add(&b->text, b->values[p->row]);
    }
    return kd_resolved_id_end(&b->text);
}

static void add_input(kd_plan_node *node, bool is_wanted, int32_t input)
{
    if (is_wanted) node->inputs[node->input_count++] = input;
}

/* A cell whose result is also somebody's teacher: it is told as the student that it is. */
static void claim(kd_plan_node *node, size_t cell)
{
    if (node->part == KD_PART_STUDENT) return;
    node->part = KD_PART_STUDENT;
    node->cell = (int64_t)cell;
}

/* The plain corpus of what a cell stands on, -1 when nothing has one. */
static int32_t plain_corpus(const kd_plan_node *nodes, const base *of)
{
    int32_t model = of->teacher_count ? of->teachers[0] : of->start;
    return model < 0 ? -1 : nodes[model].inputs[0];
}

static void count_cell(kd_plan *plan, const shape *s, const base *of, int32_t student)
{
    kd_plan_node *nodes = plan->nodes.items;
    int32_t       plain = plain_corpus(nodes, of);
    nodes[student].cells++;
    nodes[of->corpus].cells++;
    for (int i = 0; i < of->teacher_count; i++) nodes[of->teachers[i]].cells++;
    if (s->has_start) nodes[of->start].cells++;
    if (plain >= 0 && plain != of->corpus) nodes[plain].cells++;
    if (s->has_targets) nodes[of->targets].cells++;
    if (of->states >= 0) nodes[of->states].cells++;
}

/* A teacher that is asked in every step costs its forward pass each time. */
static void look_inside(kd_plan_node *node, const base *of, double epochs)
{
    bool asks = of->states < 0;
    node->inside = asks ? KD_PLAN_ASKS : KD_PLAN_KEEPS;
    node->states_gib = (float)of->states_gib;
    if (asks) node->operations += of->taught_by.per_piece * epochs * of->sizes.train;
}

static kd_status put_cell(builder *b, size_t cell)
{
    const base   *of = NULL;
    kd_plan_model model = { 0 };
    kd_plan_node  node = { .kind = KD_NODE_MODEL, .part = KD_PART_STUDENT, .cell = (int64_t)cell };
    kd_grid_cell(b->plan->grid, cell, b->values);
    kd_status status = find_base(b, cell, &of);
    if (status == KD_OK) status = find_cost(b, &model);
    if (status == KD_OK && b->shapes.items[of->shape].has_to_fit) status = check_fit(b);
    if (status != KD_OK) return status;

    const shape *s = &b->shapes.items[of->shape];
    double       epochs = epochs_of(b, "train.", &of->sizes);
    if (epochs == 0 && (status = check_trained(b)) != KD_OK) return status;
    add_input(&node, true, of->corpus);
    add_input(&node, s->has_targets, of->targets);
    add_input(&node, of->states >= 0, of->states);
    add_input(&node, of->asks, of->teachers[0]);
    add_input(&node, s->has_start, of->start);
    node.has_start = s->has_start;
    node.id = student_id(b, s, of);
    node.threads = (int16_t)s->threads;
    node.bytes = 4 * model.parameters;
    node.operations = training_operations(&model, epochs, &of->sizes);
    if (s->compares) look_inside(&node, of, epochs);
    int32_t number = put_node(b, &node);
    claim(&b->plan->nodes.items[number], cell);
    b->plan->cell_nodes[cell] = number;
    count_cell(b->plan, s, of, number);
    return KD_OK;
}

/* ---- the whole ---- */

static int by_id_order(const void *a, const void *b)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    return kd_resolved_id_compare(rows[*(const int *)a].key, rows[*(const int *)b].key);
}

/* Whether some cell begins with a fine-tuned student. */
static bool may_have_start(const builder *b)
{
    int row = kd_schema_find("student.init");
    if (kd_plan_varies(b->plan, row)) return true;
    if (kd_grid_count(b->plan->grid) == 0) return false;
    kd_grid_cell(b->plan->grid, 0, b->values);
    return !strcmp(b->values[row], KD_INIT_FINE_TUNED);
}

static void init_builder(builder *b, kd_plan *plan, kd_error *err)
{
    *b = (builder){ .plan = plan, .err = err };
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

static void fini_builder(builder *b)
{
    for (size_t i = 0; i < b->shapes.count; i++) {
        kd_str_fini(&b->shapes.items[i].text);
        kd_vec_fini(&b->shapes.items[i].pieces);
    }
    for (size_t i = 0; i < b->bases.count; i++) kd_str_fini(&b->bases.items[i].head);
    kd_vec_fini(&b->shapes);
    kd_vec_fini(&b->bases);
    kd_vec_fini(&b->costs);
    kd_plan_memo_fini(&b->shape_of);
    kd_plan_memo_fini(&b->base_of);
    kd_plan_memo_fini(&b->cost_of);
    kd_plan_memo_fini(&b->fit_of);
    kd_str_fini(&b->text);
    kd_arena_destroy(b->scratch);
    free(b->id_order);
    free(b->values);
}

kd_status kd_plan_build(kd_plan *plan, kd_error *err)
{
    builder   b;
    kd_status status = KD_OK;
    size_t    cells = kd_grid_count(plan->grid);
    plan->cell_nodes = kd_alloc(cells, sizeof *plan->cell_nodes);
    kd_vec_reserve(&plan->nodes, cells + 16);
    kd_id_map_init(&plan->numbers, cells + 16);
    init_builder(&b, plan, err);
    for (size_t i = 0; i < cells && status == KD_OK; i++) status = put_cell(&b, i);
    fini_builder(&b);
    return status;
}
