/* estimate.c - from settings and sizes to seconds.
 *
 * Cells of a grid that differ in seeds take equally long, so what one node takes is remembered for those
 * that have equal settings otherwise. */
#include "harness/plan/estimate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/plan/pace.h"
#include "harness/plan/plan_internal.h"
#include "harness/plan/plan_memo.h"

/* What no rate is measured for: a piece that is read, cut, tagged and written; a byte of kept states. */
#define PIECE_S  5e-7
#define STORED_S 1e-9

/* ---- a node ---- */

typedef struct {
    double all, shared; /* seconds; by ranks: those of one of them */
} node_time;

/* Everything of one estimate. */
typedef struct {
    kd_plan          *plan;
    const kd_machine *machine;
    const kd_learned *learned;
    const char      **values; /* of the node in hand */
    kd_arena         *arena;
    kd_plan_memo      memo;
    KD_VEC(node_time) known;
} estimator;

static kd_status size_of_files(const estimator *e, kd_corpus_size *out, kd_error *err)
{
    kd_plan_files files = { 0 };
    kd_plan_sizes sizes = { 0 };
    kd_status     status = kd_plan_corpus_files(e->plan, "data.vocab", e->values, &files, err);
    if (status != KD_OK) return status;
    kd_plan_measure_corpus(e->values, &files, &sizes);
    *out = (kd_corpus_size){ .train = sizes.train,
                             .devel = sizes.devel,
                             .test = sizes.test,
                             .sentences = sizes.train / sizes.length,
                             .unlabelled = sizes.unlabelled,
                             .unlabelled_sentences = sizes.unlabelled / sizes.length };
    return KD_OK;
}

/* As it was told, or by its files; with what augmentation adds, three sentences for one in each pass. */
static kd_status size_of(const estimator *e, size_t corpus, kd_corpus_size *out, kd_error *err)
{
    const kd_told_size *told = e->plan->sizes.items;
    kd_status           status = KD_OK;
    size_t              i = 0;
    while (i < e->plan->sizes.count && told[i].corpus != corpus) i++;
    if (i < e->plan->sizes.count)
        *out = told[i].size;
    else
        status = size_of_files(e, out, err);
    if (out->vocab == 0) out->vocab = kd_plan_count_pieces(e->plan, "data.", e->values);
    double times = 1 + 3 * atof(kd_plan_value(e->values, "augment.passes"));
    if (!out->is_augmented) {
        out->train *= times;
        out->sentences *= times;
    }
    return status;
}

typedef struct {
    double epochs, updates, looks;
} course;

/* What an epoch goes through: all of it, or the labelled sentences with so many others in each batch. */
static void take_epoch(const estimator *e, kd_corpus_size *size)
{
    double share = atof(kd_plan_value(e->values, "data.unlabelled_share"));
    if (size->unlabelled_sentences == 0) return;
    double length = size->unlabelled / size->unlabelled_sentences;
    double beside = share == 0 ? size->unlabelled_sentences : size->sentences * share / (1 - share);
    size->sentences += beside;
    size->train += beside * length;
}

/* How a training goes over so many sentences. */
static course course_of(const kd_train_options *o, double sentences)
{
    double an_epoch = fmax(ceil(ceil(sentences / o->batch) / o->accumulate), 1);
    double updates = o->steps ? o->steps : an_epoch * o->epochs;
    double epochs = updates / an_epoch;
    double looks = o->evaluate_steps ? updates / o->evaluate_steps : epochs / o->evaluate;
    return (course){ epochs, updates, ceil(looks) };
}

static double factor_of(const estimator *e, const kd_training_pace *pace)
{
    if (!e->learned) return 1;
    return e->learned->of[pace->kind][pace->precision == KD_F32 ? KD_F32 : KD_BF16].factor;
}

/* Pieces of the sentences whose latency is measured. */
static double timed_alone(const estimator *e, const kd_corpus_size *size)
{
    double length = size->sentences > 0 ? size->train / size->sentences : 0;
    return atof(kd_plan_value(e->values, "measure.latency")) * length;
}

/* Ranks share what tokens ask for and the looks at devel on the way; each of them updates all weights, and the first alone
 * measures in the end. */
static kd_status time_model(const estimator *e, const kd_plan_node *node, node_time *out,
                            kd_error *err)
{
    kd_corpus_size   size = { 0 };
    kd_train_options options;
    kd_training_pace pace;
    kd_plan_part     part = (kd_plan_part)node->part;
    kd_status        status = size_of(e, (size_t)node->inputs[0], &size, err);
    if (part == KD_PART_STUDENT) take_epoch(e, &size);
    if (status == KD_OK)
        status =
            kd_plan_read(kd_train_settings, kd_plan_train_keys(part), e->values, &options, err);
    if (status == KD_OK)
        status = kd_training_pace_of(&pace, e->values, part, (kd_plan_inside)node->inside, &size,
                                     e->machine, err);
    if (status != KD_OK) return status;
    course c = course_of(&options, size.sentences);
    double shared = c.epochs * size.train * pace.token + c.looks * size.devel * pace.look;
    double updates = c.updates * pace.update;
    double looks = (size.devel + size.test) * pace.look;
    double alone = fmin(size.devel, timed_alone(e, &size)) * pace.alone;
    double factor = factor_of(e, &pace);
    shared *= factor / (pace.threads * options.ranks);
    out->all = pace.begin + factor * ((updates + looks) / pace.threads + alone) + shared;
    out->shared = shared;
    return KD_OK;
}

/* Of another study's model, which is a student there. */
static kd_status pace_of_other(const estimator *e, size_t model, const kd_corpus_size *size,
                               kd_training_pace *out, kd_error *err)
{
    size_t       there;
    kd_plan     *home = kd_plan_home(e->plan, model, &there);
    const char **values = kd_alloc(home->rows, sizeof *values);
    kd_status    status = kd_plan_cell(home, (size_t)home->nodes.items[there].cell, values, err);
    if (status == KD_OK)
        status = kd_training_pace_of(out, values, KD_PART_STUDENT, KD_PLAN_LOOKS_NOWHERE, size,
                                     e->machine, err);
    free(values);
    return status;
}

/* Teachers go over train, each forward once. */
static kd_status time_asking(const estimator *e, const kd_plan_node *node, node_time *out,
                             kd_error *err)
{
    kd_corpus_size   size = { 0 };
    kd_training_pace pace = { .threads = 1 };
    int              teachers = node->input_count - 1;
    kd_status        status = size_of(e, (size_t)node->inputs[0], &size, err);
    if (status == KD_OK && node->is_grounded)
        status = pace_of_other(e, (size_t)node->inputs[1], &size, &pace, err);
    else if (status == KD_OK && teachers)
        status = kd_training_pace_of(&pace, e->values, KD_PART_TEACHER, KD_PLAN_LOOKS_NOWHERE,
                                     &size, e->machine, err);
    if (status != KD_OK) return status;
    out->all =
        KD_PLAN_START_S + node->bytes * STORED_S +
        teachers * (size.train + size.unlabelled) * pace.look * factor_of(e, &pace) / pace.threads;
    return KD_OK;
}

static kd_status time_corpus(const estimator *e, size_t number, node_time *out, kd_error *err)
{
    kd_corpus_size size = { 0 };
    kd_status      status = size_of(e, number, &size, err);
    out->all = KD_PLAN_START_S + (size.train + size.unlabelled + size.devel + size.test) * PIECE_S;
    return status;
}

static kd_status time_node(const estimator *e, size_t number, node_time *out, kd_error *err)
{
    const kd_plan_node *node = &e->plan->nodes.items[number];
    if (node->kind == KD_NODE_CORPUS) return time_corpus(e, number, out, err);
    return (node->kind == KD_NODE_MODEL ? time_model : time_asking)(e, node, out, err);
}

/* Students are many; what they share with others of equal settings is their time. */
static kd_status time_student(estimator *e, size_t number, node_time *out, kd_error *err)
{
    const kd_plan_node *node = &e->plan->nodes.items[number];
    const int64_t       own[] = { node->inputs[0], node->inside };
    struct {
        kd_id   values;
        int64_t own[2];
    } of = { kd_plan_memo_key(&e->memo, e->values), { own[0], own[1] } };
    kd_id     key = kd_id_of_bytes(&of, sizeof of);
    int32_t   known = kd_id_map_get(&e->memo.known, key);
    kd_status status = KD_OK;
    if (known < 0) {
        node_time took = { 0 };
        status = time_node(e, number, &took, err);
        known = (int32_t)e->known.count;
        kd_vec_push(&e->known, took);
        kd_id_map_put(&e->memo.known, key, known);
    }
    *out = e->known.items[known];
    return status;
}

static kd_status time_all(estimator *e, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t i = 0; i < e->plan->nodes.count && status == KD_OK; i++) {
        kd_plan_node *node = &e->plan->nodes.items[i];
        if (node->home != e->plan->number) continue;
        status = kd_plan_cell(e->plan, (size_t)node->cell, e->values, err);
        if (status != KD_OK) break;
        node_time took = { 0 };
        if (node->part == KD_PART_STUDENT) {
            status = time_student(e, i, &took, err);
        } else {
            kd_plan_adapt(e->plan, node, e->values, e->arena);
            status = time_node(e, i, &took, err);
            kd_arena_reset(e->arena);
        }
        node->seconds = took.all;
        node->shared_s = (float)took.shared;
    }
    return status;
}

/* The nodes that are at home in the plan. */
static kd_status estimate_own(kd_plan *plan, const kd_machine *machine, const kd_learned *learned,
                              kd_error *err)
{
    estimator e = { .plan = plan,
                    .machine = machine,
                    .learned = learned,
                    .values = kd_alloc(plan->rows, sizeof *e.values),
                    .arena = kd_arena_create(0) };
    kd_plan_memo_init(&e.memo, plan, KD_MEMO_TIME);
    kd_status status = time_all(&e, err);
    kd_plan_memo_fini(&e.memo);
    kd_vec_fini(&e.known);
    kd_arena_destroy(e.arena);
    free(e.values);
    return status;
}

static void copy_times(kd_plan *plan)
{
    for (size_t i = 0; i < plan->nodes.count; i++) {
        size_t         there;
        const kd_plan *home = kd_plan_home(plan, i, &there);
        plan->nodes.items[i].seconds = home->nodes.items[there].seconds;
    }
}

kd_status kd_plan_estimate(kd_plan *plan, const kd_machine *machine, const kd_learned *learned,
                           kd_error *err)
{
    kd_status status = KD_OK;
    kd_plan  *of;
    for (size_t n = 0; status == KD_OK && (of = kd_plan_of_study(plan, n)); n++)
        status = estimate_own(of, machine, learned, err);
    if (status != KD_OK) return status;
    copy_times(plan);
    kd_plan_look_ahead(plan);
    return KD_OK;
}
