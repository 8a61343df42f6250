/* A node goes from its text to its object without a sweep: a corpus, and a network that is trained on it. */
#include "harness/cell/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/plan/session.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

static const char study[] =
    "study = { task = \"ner\"; seeds = [1];\n"
    "  data = { corpus = \"synth\"; vocab_size = 300; synth = { sentences = 40; devel = 12; test = "
    "12; }; };\n"
    "  student = { kind = \"bilstm\"; layers = 1; embedding = 8; hidden = 8; classifier = 0; };\n"
    "  train = { epochs = 3; batch = 8; lr = 1e-2; evaluate = 1; };\n"
    "  measure = { latency = 4; };\n"
    "};\n";

/* A plan of two nodes, and the store that they go to. */
typedef struct {
    kd_session session;
    kd_arena  *arena;
    int        points;      /* of progress */
    double     loss, score; /* of the last one */
} made;

static void begin(made *m, const char *store, const char *text)
{
    kd_error err;
    char    *folder = kd_fs_join(kd_test_folder(), store);
    *m = (made){ .arena = kd_arena_create(0) };
    assert_ok(kd_session_open(&m->session, kd_test_file("cell.cfg", text),
                              &(kd_study_options){ .environment = no_environment }, folder,
                              KD_SESSION_MAKES, &err),
              &err);
    assert_ok(kd_session_make(&m->session, folder, &err), &err);
    free(folder);
}

static void end(made *m)
{
    kd_session_close(&m->session);
    kd_arena_destroy(m->arena);
}

static void on_progress(void *user, const kd_progress_point *point)
{
    made *m = user;
    m->points++;
    m->loss = point->loss;
    m->score = point->score;
}

/* The n-th node, made as `kdgrid cell` does: from the text that the sweep would write. */
static kd_status run(made *m, size_t n, kd_error *err)
{
    kd_str          text = KD_STR_INIT;
    kd_resolved     node, read;
    kd_cell_context context = { .store = m->session.store, .on_progress = on_progress, .user = m };
    assert_ok(kd_plan_resolve(m->session.plan, n, m->arena, &node, err), err);
    kd_resolved_print(&node, &text);
    assert_ok(kd_resolved_parse(&read, m->arena, text.text, "cell", err), err);
    kd_status status = kd_cell_run(&read, text.text, &context, err);
    kd_str_fini(&text);
    return status;
}

static size_t node_of(const made *m, kd_node_kind kind)
{
    size_t n = 0;
    while (kd_plan_node_at(m->session.plan, n)->kind != kind) n++;
    return n;
}

static kd_object *open_model(const made *m)
{
    kd_object *object;
    kd_error   err;
    assert_ok(
        kd_object_open(&object, m->session.store, kd_plan_id_of_cell(m->session.plan, 0), &err),
        &err);
    assert_ok(kd_object_verify(object, &err), &err);
    return object;
}

/* NaN where there is none. */
static double metric_of(const kd_record *record, const char *name)
{
    for (size_t i = 0; i < record->metric_count; i++)
        if (strcmp(record->metrics[i].name, name) == 0) return record->metrics[i].value;
    return NAN;
}

static void test_a_model_tells_what_became_of_it(void **state)
{
    (void)state;
    made      m;
    kd_error  err;
    kd_record record;
    double   *column;
    size_t    rows, cols;
    begin(&m, "told", study);
    assert_ok(run(&m, node_of(&m, KD_NODE_CORPUS), &err), &err);
    assert_ok(run(&m, node_of(&m, KD_NODE_MODEL), &err), &err);
    kd_object *object = open_model(&m);
    assert_ok(kd_object_record(object, m.arena, &record, &err), &err);

    assert_int_equal(metric_of(&record, "train.epochs"), 3);
    assert_int_equal(metric_of(&record, "train.updates"), 3 * 5); /* 40 sentences, 8 an update */
    assert_int_equal(metric_of(&record, "train.sentences"), 3 * 40);
    assert_int_equal(m.points, 3 + 1); /* and one of the weights that are kept */
    assert_true(m.score == metric_of(&record, "devel.entity_strict.f1"));
    assert_ok(kd_object_take(object, "history/loss", KD_H5_F64, m.arena, (void **)&column, &rows,
                             &cols, &err),
              &err);
    assert_int_equal(rows, 3);
    assert_true(column[2] == m.loss && column[2] < column[0]);
    double best = metric_of(&record, "train.best_epoch");
    assert_ok(kd_object_take(object, "history/score", KD_H5_F64, m.arena, (void **)&column, &rows,
                             &cols, &err),
              &err);
    for (size_t e = 0; e < rows; e++) assert_true(column[e] <= column[(size_t)best - 1]);

    assert_true(metric_of(&record, KD_KEY_PARAMETERS) > 300 * 8);
    assert_false(isnan(metric_of(&record, "devel.token_micro.f1")));
    assert_false(isnan(metric_of(&record, "test.token_micro.f1")));
    assert_true(metric_of(&record, KD_KEY_TIME KD_KEY_TRAIN_S) > 0);
    assert_true(metric_of(&record, KD_KEY_TIME "latency.f32.median_ms") > 0);
    assert_true(isnan(metric_of(&record, KD_KEY_TIME "latency.int8.median_ms")));
    kd_object_close(object);
    end(&m);
}

static void test_nothing_is_timed_that_is_not_asked_for(void **state)
{
    (void)state;
    made      m;
    kd_error  err;
    kd_record record;
    char     *quick = kd_strdup(study);
    memcpy(strstr(quick, "latency = 4"), "latency = 0", strlen("latency = 0"));
    begin(&m, "quick", quick);
    assert_ok(run(&m, node_of(&m, KD_NODE_CORPUS), &err), &err);
    assert_ok(run(&m, node_of(&m, KD_NODE_MODEL), &err), &err);
    kd_object *object = open_model(&m);
    assert_ok(kd_object_record(object, m.arena, &record, &err), &err);
    assert_true(isnan(metric_of(&record, KD_KEY_TIME "latency.f32.median_ms")));
    kd_object_close(object);
    end(&m);
    free(quick);
}

static void test_what_is_there_is_left_and_what_is_missing_is_named(void **state)
{
    (void)state;
    made     m;
    kd_error err;
    begin(&m, "missing", study);
    assert_fails(KD_ENOINPUT, "objects/", run(&m, node_of(&m, KD_NODE_MODEL), &err), &err);
    assert_false(kd_store_has_now(m.session.store, kd_plan_id_of_cell(m.session.plan, 0)));
    assert_ok(run(&m, node_of(&m, KD_NODE_CORPUS), &err), &err);
    assert_ok(run(&m, node_of(&m, KD_NODE_MODEL), &err), &err);
    assert_int_equal(m.points, 3 + 1);
    assert_ok(run(&m, node_of(&m, KD_NODE_MODEL), &err), &err);
    assert_int_equal(m.points, 3 + 1); /* it was not trained again */
    end(&m);
}

/* A teacher, its targets and states, and students of both, made in one store and in another. */
static void test_equal_nodes_have_equal_contents(void **state)
{
    (void)state;
    static const char taught[] =
        "study = { task = \"ner\"; seeds = [1];\n"
        "  data = { corpus = \"synth\"; vocab_size = 300; synth = { sentences = 24; devel = 6; "
        "test = 6; }; };\n"
        "  teacher = { kind = \"bert\"; layers = 2; hidden = 8; heads = 2; ffn = 16; pooler = "
        "false; positions = 128;\n"
        "              train = { epochs = 1; batch = 8; lr = 1e-3; }; };\n"
        "  student = { kind = \"bert\"; layers = 1; hidden = 8; heads = 2; ffn = 16; pooler = "
        "false; positions = 128; };\n"
        "  train = { epochs = 1; batch = 8; lr = 1e-2; };\n"
        "  targets = { states_gib = 1; };\n"
        "  axes = ( { key = \"distill.method\"; values = [\"logit-mse\", \"tinybert\"]; } );\n"
        "};\n";
    made     m[2];
    kd_error err;
    bool     has[KD_NODE_NOOP] = { false };
    begin(&m[0], "one", taught);
    begin(&m[1], "other", taught);
    for (size_t n = 0; n < kd_plan_count(m[0].session.plan); n++) {
        kd_object          *object[2];
        const kd_plan_node *node = kd_plan_node_at(m[0].session.plan, n);
        for (int i = 0; i < 2; i++) {
            assert_ok(run(&m[i], n, &err), &err);
            assert_ok(kd_object_open(&object[i], m[i].session.store, node->id, &err), &err);
            assert_ok(kd_object_verify(object[i], &err), &err);
        }
        assert_true(kd_id_equal(kd_object_contents(object[0]), kd_object_contents(object[1])));
        assert_string_equal(kd_object_kind(object[0]), kd_node_kind_word((kd_node_kind)node->kind));
        has[node->kind] = true;
        for (int i = 0; i < 2; i++) kd_object_close(object[i]);
    }
    for (int k = 0; k < KD_NODE_NOOP; k++) assert_true(has[k]);
    for (int i = 0; i < 2; i++) end(&m[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_tells_what_became_of_it),
        cmocka_unit_test(test_nothing_is_timed_that_is_not_asked_for),
        cmocka_unit_test(test_what_is_there_is_left_and_what_is_missing_is_named),
        cmocka_unit_test(test_equal_nodes_have_equal_contents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
