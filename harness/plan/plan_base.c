/* plan_base.c - the nodes that a student stands on: its corpus, its teachers and theirs, what these say, and what
 * it was itself before. They are few, and each is resolved in full for its id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/config/options.h"
#include "harness/config/resolved_id.h"
#include "harness/plan/pace.h"
#include "harness/plan/plan_builder.h"
#include "harness/store/foreign.h"

/* A node that is made once and shared: its id is that of its full text. */
static kd_status put_shared(kd_builder *b, kd_plan_node *node, size_t cell, int32_t *out)
{
    kd_resolved resolved;
    node->cell = (int64_t)cell;
    node->ranks = node->kind == KD_NODE_MODEL
                      ? kd_plan_ranks(kd_plan_train_keys((kd_plan_part)node->part), b->values)
                      : 1;
    node->threads = node->ranks * atoi(kd_plan_value(b->values, "threads"));
    kd_status status =
        kd_plan_resolve_values(b->plan, node, b->values, b->scratch, &resolved, b->err);
    node->id = resolved.id;
    kd_arena_reset(b->scratch);
    if (status == KD_OK) *out = kd_builder_put_node(b, node);
    return status;
}

static double augmented(const char *const *values)
{
    return 1 + 3 * atof(kd_plan_value(values, "augment.passes")); /* by three methods */
}

static double number(const kd_builder *b, const char *prefix, const char *key)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s", prefix, key);
    return atof(kd_plan_value(b->values, full));
}

/* How often a training goes over its corpus; with `steps` that depends on its sentences. */
double kd_builder_epochs(const kd_builder *b, const char *prefix, const kd_plan_sizes *sizes)
{
    double steps = number(b, prefix, "steps");
    if (steps == 0) return number(b, prefix, "epochs");
    bool   is_text = kd_plan_task(b->values) == KD_TASK_TEXT; /* whose rows are documents */
    double sentences = sizes->train / (is_text ? sizes->length : KD_PLAN_SENTENCE) + 1;
    return steps * number(b, prefix, "batch") * number(b, prefix, "accumulate") / sentences;
}

double kd_plan_training_operations(const kd_plan_model *model, double epochs,
                                   const kd_plan_sizes *sizes)
{
    return model->per_piece *
           (epochs * (3 * sizes->train + sizes->devel) + sizes->devel + sizes->test);
}

/* For a teacher or a start the corpus is plain; `part` says for whom it is, `is_apart` whose pieces it has. */
static kd_status put_corpus(kd_builder *b, size_t cell, kd_plan_part part, bool is_apart,
                            kd_plan_sizes *sizes, int32_t *out)
{
    const char   *vocab_key = is_apart ? "teacher.data.vocab" : "data.vocab";
    kd_plan_files files = { 0 };
    kd_status     status = kd_plan_corpus_files(b->plan, vocab_key, b->values, &files, b->err);
    if (status != KD_OK) return status;
    kd_plan_measure_corpus(b->values, &files, sizes);
    if (part == KD_PART_NONE)
        sizes->train *= augmented(b->values);
    else
        sizes->unlabelled = 0;
    double       pieces = kd_plan_pack_pieces(sizes) + sizes->devel + sizes->test;
    kd_plan_node node = { .kind = KD_NODE_CORPUS,
                          .part = (uint8_t)part,
                          .is_apart = is_apart,
                          .bytes = 10 * pieces, /* id, word, tag */
                          .operations = 1000 * pieces };
    int32_t      vocabulary = is_apart ? -1 : kd_builder_put_vocabulary(b, cell);
    if (vocabulary >= 0) node.inputs[node.input_count++] = vocabulary;
    return put_shared(b, &node, cell, out);
}

/* A network that stands on no other: `whose` is "teacher" or "finetune". */
static kd_status check_alone(kd_builder *b, const char *whose)
{
    char            *init_key = kd_sprintf("%s.init", whose);
    char            *train = kd_sprintf("%s.train.", whose);
    char            *method_key = kd_sprintf("%s.distill.method", whose);
    const char      *init = kd_plan_value(b->values, init_key);
    const kd_method *method = kd_method_find(kd_plan_value(b->values, method_key));
    kd_status        status = KD_OK;
    if (kd_init_is_of_teacher(init) || !strcmp(init, KD_INIT_FINE_TUNED))
        status = kd_fail(b->err, KD_ECONFIG, "%s: %s is for students; here it is scratch or a file",
                         kd_study_place(b->plan->study, init_key), init);
    else if (method && method->needs != KD_NEEDS_NOTHING)
        status = kd_fail(b->err, KD_ECONFIG, "%s: %s needs a teacher, and here is none",
                         kd_study_place(b->plan->study, method_key), method->name);
    else
        status = kd_plan_check_trained(b->plan, train, init_key, b->values, b->err);
    if (status == KD_OK && method) status = kd_builder_check_method(b, method);
    if (status == KD_OK) status = kd_plan_check_selection(b->plan, train, b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_ranks(b->plan, train, b->values, b->err);
    if (status == KD_OK) status = kd_plan_check_masks(b->plan, train, b->values, b->err);
    free(train);
    free(init_key);
    free(method_key);
    return status;
}

/* A network says "heads: 10 units do not ...": the place is that key's, else the kind's. */
kd_status kd_builder_measure(kd_builder *b, const char *prefix, kd_plan_model *out)
{
    kd_error  own = { "" };
    kd_status status = kd_plan_check_published(b->plan, prefix, b->values, b->err);
    if (status != KD_OK) return status;
    status = kd_plan_measure_model(b->plan, prefix, b->values, out, &own);
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

/* A network that begins as a model of another study. */
static void begin_as(kd_plan_node *node, int32_t start)
{
    if (start < 0) return;
    node->inputs[node->input_count++] = start;
    node->has_start = node->is_grounded = true;
}

static kd_status put_teachers(kd_builder *b, kd_plan_base *of, size_t cell, int count)
{
    kd_plan_sizes sizes = { 0 };
    int32_t       corpus = -1, start = -1;
    bool          is_apart = kd_plan_reads_apart(b->values);
    kd_status     status = check_alone(b, "teacher");
    if (status == KD_OK) status = kd_builder_check_crf(b, "teacher.crf");
    if (status == KD_OK) status = kd_builder_put_ground(b, "teacher.init", cell, &start);
    if (status == KD_OK) status = put_corpus(b, cell, KD_PART_TEACHER, is_apart, &sizes, &corpus);
    if (status == KD_OK) status = kd_builder_measure(b, "teacher.", &of->taught_by);
    double operations = kd_plan_training_operations(
        &of->taught_by, kd_builder_epochs(b, "teacher.train.", &sizes), &sizes);
    for (int i = 0; i < count && status == KD_OK; i++) {
        kd_plan_node node = { .kind = KD_NODE_MODEL,
                              .part = KD_PART_TEACHER,
                              .is_apart = is_apart,
                              .member = (uint8_t)i,
                              .inputs = { corpus },
                              .input_count = 1,
                              .bytes = 4 * of->taught_by.parameters,
                              .operations = operations };
        begin_as(&node, start);
        status = put_shared(b, &node, cell, &of->teachers[of->teacher_count]);
        of->teacher_count += status == KD_OK;
    }
    return status;
}

static kd_status put_start(kd_builder *b, kd_plan_base *of, size_t cell)
{
    kd_plan_sizes sizes = { 0 };
    kd_plan_model model = { 0 };
    int32_t       corpus = -1, start = -1;
    kd_status     status = check_alone(b, "finetune");
    if (status == KD_OK) status = kd_builder_put_ground(b, "finetune.init", cell, &start);
    if (status == KD_OK) status = put_corpus(b, cell, KD_PART_START, false, &sizes, &corpus);
    if (status == KD_OK) status = kd_builder_measure(b, "student.", &model);
    if (status != KD_OK) return status;
    double       epochs = kd_builder_epochs(b, "finetune.train.", &sizes);
    kd_plan_node node = { .kind = KD_NODE_MODEL,
                          .part = KD_PART_START,
                          .inputs = { corpus },
                          .input_count = 1,
                          .bytes = 4 * model.parameters,
                          .operations = kd_plan_training_operations(&model, epochs, &sizes) };
    begin_as(&node, start);
    return put_shared(b, &node, cell, &of->start);
}

/* Who learns at PAD pieces has to be taught there. */
static kd_status check_padding(kd_builder *b, bool is_file)
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

/* The columns of a file of logits: its list of labels (docs/FORMATS.md). */
static kd_status count_columns(kd_builder *b, double *out)
{
    kd_plan_files files = { 0 };
    kd_foreign   *file = NULL;
    kd_str        labels = KD_STR_INIT;
    kd_status     status =
        kd_plan_file_of(b->plan, KD_FILE_TARGETS, "targets.file", b->values, &files, b->err);
    if (status != KD_OK || files.count == 0) return status; /* not there: the plan tells */
    status = kd_foreign_open(&file, files.file[0].path, b->err);
    if (status == KD_OK) status = kd_foreign_texts(file, "labels", &labels, b->err);
    if (status != KD_OK)
        kd_while(b->err, status, "%s", kd_study_place(b->plan->study, "targets.file"));
    for (const char *c = labels.text; *c; c++) *out += *c == '\n';
    kd_foreign_close(file);
    kd_str_fini(&labels);
    return status;
}

/* The sentences that a student learns, in the pieces of who teaches it. */
static int32_t read_by_teacher(const kd_plan_base *of)
{
    return of->reading >= 0 ? of->reading : of->corpus;
}

static kd_status put_reading(kd_builder *b, kd_plan_base *of, size_t cell)
{
    kd_plan_sizes sizes = { 0 };
    return put_corpus(b, cell, KD_PART_NONE, true, &sizes, &of->reading);
}

/* Of another study's model, which is asked as it is. */
static kd_status measure_other(kd_builder *b, int32_t model, kd_plan_model *out)
{
    size_t       there;
    kd_plan     *home = kd_plan_home_of(b->plan, (size_t)model, &there);
    const char **values = kd_alloc(home->rows, sizeof *values);
    size_t       cell = (size_t)home->nodes.items[there].cell;
    kd_status    status = kd_plan_cell(home, cell, values, b->err);
    if (status == KD_OK) status = kd_plan_measure_model(home, "student.", values, out, b->err);
    free(values);
    return status;
}

/* Logits of the mean of all teachers, of another study's model, or of a file. */
static kd_status put_targets(kd_builder *b, kd_plan_base *of, size_t cell, const kd_plan_shape *s)
{
    bool          is_file = s->is_taught_by_file;
    kd_plan_model by = of->taught_by;
    int32_t       other = -1;
    kd_status     status = check_padding(b, is_file);
    if (is_file) by = (kd_plan_model){ 0 };
    if (status == KD_OK && is_file) status = count_columns(b, &by.labels);
    if (status == KD_OK) status = kd_builder_put_ground(b, "targets.file", cell, &other);
    if (status == KD_OK && other >= 0) status = measure_other(b, other, &by);
    if (status != KD_OK) return status;
    kd_plan_node node = { .kind = KD_NODE_TARGETS,
                          .inputs = { read_by_teacher(of) },
                          .input_count = 1,
                          .is_apart = of->reading >= 0,
                          .is_grounded = other >= 0 };
    int          asked = is_file || s->is_taught_by_other ? 0 : of->teacher_count;
    for (int i = 0; i < asked; i++) node.inputs[node.input_count++] = of->teachers[i];
    double pieces = kd_plan_pack_pieces(&of->sizes);
    if (other >= 0) node.inputs[node.input_count++] = other, asked = 1;
    node.bytes = kd_plan_number_bytes(b->values) * by.labels * pieces;
    node.operations = 100 * pieces + asked * by.per_piece * pieces;
    return put_shared(b, &node, cell, &of->targets);
}

/* Hidden states and maps of the first teacher, when so much may be kept. */
static kd_status put_states(kd_builder *b, kd_plan_base *of, size_t cell)
{
    kd_inside     inside;
    double        bytes;
    kd_plan_sizes sizes = { .train = kd_plan_pack_pieces(&of->sizes), .length = of->sizes.length };
    kd_status     status = kd_plan_inside_of(b->values, &inside, b->err);
    if (status == KD_OK) status = kd_plan_states_bytes(b->values, &inside, &sizes, &bytes, b->err);
    if (status != KD_OK) return status;
    of->states_gib = bytes / (1 << 30);
    if (!kd_plan_may_keep(b->values, bytes)) return KD_OK;
    kd_plan_node node = { .kind = KD_NODE_STATES,
                          .inputs = { read_by_teacher(of), of->teachers[0] },
                          .input_count = 2,
                          .is_apart = of->reading >= 0,
                          .bytes = bytes,
                          .operations = (100 + of->taught_by.per_piece) * sizes.train };
    return put_shared(b, &node, cell, &of->states);
}

static void write_head(const kd_plan *plan, const kd_plan_shape *s, kd_plan_base *of)
{
    const kd_plan_node *nodes = plan->nodes.items;
    kd_resolved_id_begin(&of->head, KD_NODE_MODEL);
    kd_resolved_id_input(&of->head, KD_INPUT_CORPUS, nodes[of->corpus].id);
    if (of->asks && of->reading >= 0)
        kd_resolved_id_input(&of->head, KD_INPUT_READING, nodes[of->reading].id);
    if (of->start >= 0) kd_resolved_id_input(&of->head, KD_INPUT_START, nodes[of->start].id);
    if (of->states >= 0) kd_resolved_id_input(&of->head, KD_INPUT_STATES, nodes[of->states].id);
    if (s->has_targets) kd_resolved_id_input(&of->head, KD_INPUT_TARGETS, nodes[of->targets].id);
    if (of->asks) kd_resolved_id_input(&of->head, KD_INPUT_TEACHER, nodes[of->teachers[0]].id);
    for (int i = 0; i < s->init.count; i++)
        kd_resolved_id_file(&of->head, s->init.file[i].role, s->init.file[i].contents);
}

/* How many teachers somebody asks: all of them for their logits, one for what is inside. */
static int teachers_of(const kd_builder *b, const kd_plan_shape *s)
{
    if (s->has_targets && !s->is_taught_by_file && !s->is_taught_by_other)
        return atoi(kd_plan_value(b->values, "teacher.count"));
    return s->has_teacher;
}

static kd_status make_base(kd_builder *b, kd_plan_base *of, size_t cell)
{
    kd_status status = kd_builder_find_shape(b, &of->shape);
    if (status != KD_OK) return status;
    const kd_plan_shape *s = &b->shapes.items[of->shape];
    int                  teachers = teachers_of(b, s);
    bool                 is_taught = teachers || s->is_taught_by_file;
    status = kd_builder_put_ground(b, "student.init", cell, &of->start);
    if (status == KD_OK) status = put_corpus(b, cell, KD_PART_NONE, false, &of->sizes, &of->corpus);
    if (status == KD_OK && is_taught)
        status = kd_plan_check_reading(b->plan, b->values, s->begins_as_teacher, b->err);
    if (status == KD_OK && is_taught && kd_plan_reads_apart(b->values))
        status = put_reading(b, of, cell);
    if (status == KD_OK && teachers) status = put_teachers(b, of, cell, teachers);
    if (status == KD_OK && s->has_targets) status = put_targets(b, of, cell, s);
    if (status == KD_OK && s->compares) status = put_states(b, of, cell);
    if (status == KD_OK && s->has_start) status = put_start(b, of, cell);
    of->asks = s->begins_as_teacher || (s->compares && of->states < 0);
    if (status == KD_OK) write_head(b->plan, s, of);
    return status;
}

kd_status kd_builder_find_base(kd_builder *b, size_t cell, const kd_plan_base **out)
{
    kd_id     key = kd_plan_memo_key(&b->base_of, b->values);
    int32_t   number = kd_id_map_get(&b->base_of.known, key);
    kd_status status = KD_OK;
    if (number < 0) {
        kd_plan_base of = { .corpus = -1,
                            .reading = -1,
                            .targets = -1,
                            .states = -1,
                            .start = -1,
                            .head = KD_STR_INIT };
        status = make_base(b, &of, cell);
        number = (int32_t)b->bases.count;
        kd_vec_push(&b->bases, of);
        kd_id_map_put(&b->base_of.known, key, number);
    }
    *out = &b->bases.items[number];
    return status;
}

void kd_plan_base_fini(kd_plan_base *of)
{
    kd_str_fini(&of->head);
}
