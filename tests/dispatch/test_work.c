/* A plan as work: its nodes keep their ids, inputs and texts, and what a store has is done. */
#include "harness/dispatch/work.h"

#include <string.h>

#include "harness/base/arena.h"
#include "tests/store/fixture.h"

static const char *const no_environment[] = { NULL };
static kd_study         *study;
static kd_plan          *plan;

static int open_plan(void **state)
{
    (void)state;
    static const char text[] = "study = { teacher = { kind = \"bert\"; }; threads = 2;"
                               " distill = { method = \"kl\"; }; seeds = [1, 2]; };\n";
    kd_error          err;
    assert_ok(kd_study_open(&study, kd_test_file("work.cfg", text),
                            &(kd_study_options){ .environment = no_environment }, &err),
              &err);
    assert_ok(kd_plan_create(&plan, study, NULL, &err), &err);
    return 0;
}

static int close_plan(void **state)
{
    (void)state;
    kd_plan_destroy(plan);
    kd_study_close(study);
    return 0;
}

static void test_has_the_nodes_of_the_plan(void **state)
{
    (void)state;
    kd_work work = kd_work_of_plan(plan);
    int     cells = 0, teachers = -1, students = -1;
    assert_int_equal(work.count, kd_plan_count(plan));
    for (size_t n = 0; n < work.count; n++) {
        const kd_plan_node *node = kd_plan_node_at(plan, n);
        kd_work_item        item = work.item(work.self, n);
        assert_true(kd_id_equal(item.id, node->id));
        assert_int_equal(work.find(work.self, item.id), n);
        assert_int_equal(item.input_count, node->input_count);
        assert_true(item.cost_s > 0); /* though nobody has estimated */
        assert_true(item.is_needed && !item.is_done && !item.is_empty);
        if (node->part == KD_PART_STUDENT) students = item.kind, assert_int_equal(item.threads, 2);
        if (node->part == KD_PART_TEACHER && node->kind == KD_NODE_MODEL) teachers = item.kind;
        cells += item.is_cell;
    }
    assert_int_equal(cells, 2);
    assert_true(teachers >= 0 && students >= 0 && teachers != students);
    assert_int_equal(work.find(work.self, (kd_id){ 1, 2 }), SIZE_MAX);
}

/* What a process is told is the node: its text gives its id. */
static void test_tells_a_process_the_whole_node(void **state)
{
    (void)state;
    kd_work   work = kd_work_of_plan(plan);
    kd_arena *arena = kd_arena_create(0);
    for (size_t n = 0; n < work.count; n++) {
        kd_str      text = KD_STR_INIT, label = KD_STR_INIT;
        kd_resolved node;
        kd_error    err;
        assert_ok(work.text(work.self, n, &text, &err), &err);
        assert_ok(kd_resolved_parse(&node, arena, text.text, "text", &err), &err);
        assert_true(kd_id_equal(node.id, work.item(work.self, n).id));
        work.label(work.self, n, &label);
        assert_true(label.length > 0);
        kd_str_fini(&label);
        kd_str_fini(&text);
    }
    kd_arena_destroy(arena);
}

static void test_looks_again_what_a_store_has(void **state)
{
    (void)state;
    kd_work   work = kd_work_of_plan(plan);
    kd_store *store = fixture_store("store");
    size_t    cell = kd_plan_node_of_cell(plan, 0);
    kd_error  err;
    fixture_finish(fixture_model(store, kd_plan_id_of_cell(plan, 0)));
    assert_ok(work.look(work.self, store, &err), &err);
    assert_true(work.item(work.self, cell).is_done);
    assert_false(work.item(work.self, cell).is_needed);
    for (size_t n = 0; n < work.count; n++)
        if (n != cell) assert_true(work.item(work.self, n).is_needed); /* the other cell's */
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_the_nodes_of_the_plan),
        cmocka_unit_test(test_tells_a_process_the_whole_node),
        cmocka_unit_test(test_looks_again_what_a_store_has),
    };
    return cmocka_run_group_tests(tests, open_plan, close_plan);
}
