/* test_resolved.c - a node as text, and what its id depends on. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/config/resolved.h"
#include "harness/config/resolved_id.h"
#include "tests/support/support.h"

#define ID_A "00112233445566778899aabbccddeeff"
#define ID_B "0123456789abcdef0123456789abcdef"

static kd_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = kd_arena_create(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    kd_arena_destroy(arena);
    return 0;
}

static kd_resolved_setting *settings(size_t count, const char *const (*pairs)[2])
{
    kd_resolved_setting *all = kd_arena_alloc(arena, count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++) all[i] = (kd_resolved_setting){ pairs[i][0], pairs[i][1] };
    return all;
}

/* A student over a corpus and targets. */
static kd_resolved sample(void)
{
    static const char *const set[][2] = { { "student.hidden", "300" },
                                          { "distill.alpha", "0.5" },
                                          { "train.lr", "0.001" },
                                          { "seed", "3" } };
    static const char *const tell[][2] = { { "teacher.layers", "4" }, { "data.corpus", "a b" } };
    static const char *const from[][2] = { { "train.lr", "file: a.cfg:3" }, { "seed", "axis" } };
    kd_resolved node = { .kind = KD_NODE_MODEL, .set_count = 4, .tell_count = 2, .from_count = 2 };
    node.set = settings(4, set);
    node.tell = settings(2, tell);
    node.from = settings(2, from);
    node.inputs = kd_arena_alloc(arena, 2, sizeof *node.inputs);
    node.inputs[0].role = KD_INPUT_TARGETS;
    node.inputs[1].role = KD_INPUT_CORPUS;
    assert_true(kd_id_parse(&node.inputs[0].id, ID_A));
    assert_true(kd_id_parse(&node.inputs[1].id, ID_B));
    node.input_count = 2;
    node.files = kd_arena_alloc(arena, 1, sizeof *node.files);
    node.files[0].role = KD_FILE_INIT;
    node.files[0].path = "some folder/weights";
    assert_true(kd_id_parse(&node.files[0].contents, ID_A));
    node.file_count = 1;
    kd_resolved_seal(&node);
    return node;
}

static void test_prints_sorted_lines(void **state)
{
    (void)state;
    char        id[KD_ID_TEXT];
    kd_str      text = KD_STR_INIT;
    kd_resolved node = sample();
    kd_id_text(id, node.id);
    char *want = kd_sprintf("kdgrid-cell 1\nnode model\nid %s\n"
                            "input corpus " ID_B "\ninput targets " ID_A "\n"
                            "file init " ID_A " some folder/weights\n"
                            "set distill.alpha = 0.5\nset seed = 3\nset student.hidden = 300\n"
                            "set train.lr = 0.001\n"
                            "tell data.corpus = a b\ntell teacher.layers = 4\n"
                            "from seed = axis\nfrom train.lr = file: a.cfg:3\n",
                            id);
    kd_resolved_print(&node, &text);
    assert_string_equal(text.text, want);
    kd_str_fini(&text);
    free(want);
}

static void test_reads_what_it_prints(void **state)
{
    (void)state;
    kd_str      text = KD_STR_INIT, again = KD_STR_INIT;
    kd_resolved node = sample(), back;
    kd_error    err;
    kd_resolved_print(&node, &text);
    assert_ok(kd_resolved_parse(&back, arena, text.text, "cell", &err), &err);
    kd_resolved_print(&back, &again);
    assert_string_equal(again.text, text.text);
    assert_string_equal(kd_resolved_value(&back, "train.lr"), "0.001");
    assert_string_equal(kd_resolved_value(&back, "data.corpus"), "a b");
    assert_null(kd_resolved_value(&back, "train.lrs"));
    assert_true(kd_id_equal(kd_resolved_input_id(&back, KD_INPUT_TARGETS), node.inputs[1].id));
    assert_true(kd_id_is_none(kd_resolved_input_id(&back, KD_INPUT_TEACHER)));
    assert_string_equal(kd_resolved_file_of(&back, KD_FILE_INIT)->path, "some folder/weights");
    assert_null(kd_resolved_file_of(&back, KD_FILE_VOCAB));
    kd_str_fini(&text);
    kd_str_fini(&again);
}

static void test_has_an_id_of_what_counts(void **state)
{
    (void)state;
    kd_resolved node = sample(), other = sample();
    kd_id       id = node.id;

    other.files[0].path = "elsewhere";
    other.tell_count = other.from_count = 0;
    other.set[0] = node.set[3]; /* another order */
    other.set[3] = node.set[0];
    kd_resolved_seal(&other);
    assert_true(kd_id_equal(id, other.id));
}

static void change_value(kd_resolved *node)
{
    node->set[0].value = "0.25";
}
static void change_key(kd_resolved *node)
{
    node->set[0].key = "distill.beta";
}
static void drop_setting(kd_resolved *node)
{
    node->set_count--;
}
static void change_kind(kd_resolved *node)
{
    node->kind = KD_NODE_TARGETS;
}
static void change_input(kd_resolved *node)
{
    node->inputs[0].id.low ^= 1;
}
static void swap_roles(kd_resolved *node)
{
    node->inputs[0].role = KD_INPUT_TARGETS;
    node->inputs[1].role = KD_INPUT_CORPUS;
}
static void change_contents(kd_resolved *node)
{
    node->files[0].contents.high ^= 1;
}

static void test_has_another_id_after_any_change(void **state)
{
    (void)state;
    static void (*const changes[])(kd_resolved *) = { change_value,   change_key,   drop_setting,
                                                      change_kind,    change_input, swap_roles,
                                                      change_contents };
    kd_resolved node = sample();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        kd_resolved other = sample();
        changes[i](&other);
        kd_resolved_seal(&other);
        assert_false(kd_id_equal(node.id, other.id));
    }
}

static void test_gives_a_teacher_the_id_of_an_equal_student(void **state)
{
    (void)state;
    static const char *const student[][2] = {
        { "student.hidden", "96" },   { "student.kind", "bert" },
        { "train.lr", "0.001" },      { "seed", "1" },
        { "distill.method", "none" }, { "threads", "1" }
    };
    static const char *const teacher[][2] = {
        { "teacher.hidden", "96" },           { "teacher.kind", "bert" },
        { "teacher.train.lr", "0.001" },      { "teacher.seed", "1" },
        { "teacher.distill.method", "none" }, { "threads", "1" }
    };
    kd_resolved a = { .kind = KD_NODE_MODEL, .set = settings(6, student), .set_count = 6 };
    kd_resolved b = { .kind = KD_NODE_MODEL, .set = settings(6, teacher), .set_count = 6 };
    kd_resolved_seal(&a);
    kd_resolved_seal(&b);
    assert_true(kd_id_equal(a.id, b.id));
}

static void test_orders_keys_as_ids_write_them(void **state)
{
    (void)state;
    assert_int_equal(kd_resolved_id_compare("student.hidden", "teacher.hidden"), 0);
    assert_int_equal(kd_resolved_id_compare("teacher.seed", "seed"), 0);
    assert_int_equal(kd_resolved_id_compare("teacher.train.lr", "train.lr"), 0);
    assert_true(kd_resolved_id_compare("distill.alpha", "student.hidden") < 0); /* model.hidden */
    assert_true(kd_resolved_id_compare("student.hidden", "precision") < 0);
    assert_true(kd_resolved_id_compare("train.lr", "train.lrs") < 0);
}

/* An id digests roles in the order of their constants, and has always digested them in that of words. */
static void test_lists_roles_by_their_words(void **state)
{
    (void)state;
    for (kd_input_role r = 1; r < KD_INPUTS; r++)
        assert_true(strcmp(kd_input_role_word(r - 1), kd_input_role_word(r)) < 0);
    for (kd_file_role r = 1; r < KD_FILES; r++)
        assert_true(strcmp(kd_file_role_word(r - 1), kd_file_role_word(r)) < 0);
    assert_string_equal(kd_input_role_word(kd_input_teacher(2)), "teacher3");
}

static void test_refuses_bad_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "", "cell:1: expected `kdgrid-cell 1`" },
        { "kdgrid-cell 2\n", "cell:1: expected `kdgrid-cell 1`" },
        { "kdgrid-cell 1\n", "there is no `node` line" },
        { "kdgrid-cell 1\nnode zebra\n", "cell:2: expected `node corpus" },
        { "kdgrid-cell 1\nnode noop\nid 12\n", "cell:3: expected `id <32 digits>`" },
        { "kdgrid-cell 1\nnode noop\ninput corpus\n", "cell:3: expected `input" },
        { "kdgrid-cell 1\nnode noop\nfile vocab " ID_A "\n", "cell:3: expected `file" },
        { "kdgrid-cell 1\nnode noop\ninput teacher8 " ID_A "\n", "cell:3: expected `input" },
        { "kdgrid-cell 1\nnode noop\nfile vocabulary " ID_A " v\n", "cell:3: expected `file" },
        { "kdgrid-cell 1\nnode noop\nset a=b\n", "cell:3: expected `set" },
        { "kdgrid-cell 1\nnode noop\nset\n", "cell:3: expected `set" },
        { "kdgrid-cell 1\nnode noop\nsing a\n", "cell:3: no line of a cell begins with `sing`" },
        { "kdgrid-cell 1\nnode noop\nid " ID_A "\n", "cell: its settings give the id " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_resolved node;
        kd_error    err;
        assert_fails(KD_EDATA, cases[i].words,
                     kd_resolved_parse(&node, arena, cases[i].text, "cell", &err), &err);
    }
}

static void test_fills_options_from_its_lines(void **state)
{
    (void)state;
    static const char *const set[][2] = { { "data.vocab_size", "77" },
                                          { "data.lowercase", "true" } };
    static const char *const tell[][2] = { { "data.corpus", "BC2GM" } };
    kd_resolved              node = {
                     .set = settings(2, set), .set_count = 2, .tell = settings(1, tell), .tell_count = 1
    };
    kd_data_options data;
    kd_error        err;
    assert_ok(kd_resolved_fill(&node, "data.", kd_data_settings, &data, &err), &err);
    assert_int_equal(data.vocab_size, 77);
    assert_string_equal(data.corpus, "BC2GM"); /* told, yet this node's own */
    assert_string_equal(data.vocab, "built");  /* the default */
    node.set[0].value = "x";
    assert_fails(KD_ECONFIG, "data.vocab_size: expected a whole number",
                 kd_resolved_fill(&node, "data.", kd_data_settings, &data, &err), &err);
}

/* Text that was written before a row was there has no line of it. */
static void test_fills_a_younger_setting_with_what_was_done_before(void **state)
{
    (void)state;
    typedef struct {
        int turns;
    } options;
    static const kd_setting table[] = {
        { .key = "turns", .type = KD_SETTING_INT, .fallback = "3", .before = "1", .max = 9 },
        KD_SETTING_END
    };
    static const char *const set[][2] = { { "train.turns", "3" } };
    kd_resolved              node = { .kind = KD_NODE_MODEL };
    options                  o;
    kd_error                 err;
    assert_ok(kd_resolved_fill(&node, "train.", table, &o, &err), &err);
    assert_int_equal(o.turns, 1);
    node.set = settings(1, set);
    node.set_count = 1;
    assert_ok(kd_resolved_fill(&node, "train.", table, &o, &err), &err);
    assert_int_equal(o.turns, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_sorted_lines),
        cmocka_unit_test(test_reads_what_it_prints),
        cmocka_unit_test(test_has_an_id_of_what_counts),
        cmocka_unit_test(test_has_another_id_after_any_change),
        cmocka_unit_test(test_gives_a_teacher_the_id_of_an_equal_student),
        cmocka_unit_test(test_orders_keys_as_ids_write_them),
        cmocka_unit_test(test_lists_roles_by_their_words),
        cmocka_unit_test(test_refuses_bad_text),
        cmocka_unit_test(test_fills_options_from_its_lines),
        cmocka_unit_test(test_fills_a_younger_setting_with_what_was_done_before),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
