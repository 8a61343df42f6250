#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/aggregate_table.h"
#include "results/writer.h"
#include "tests/support/support.h"

/* Six students of two widths and two methods, a teacher, and a corpus. */
#define STUDENT(number, hidden_value, method_value, f1, seconds)               \
    {                                                                          \
        .id = { 0, number }, .kind = "model", .store = "a",                    \
        .settings = (kd_record_setting[]){ { "distill.method", method_value }, \
                                           { "student.hidden", hidden_value }, \
                                           { "task", "ner" } },                \
        .setting_count = 3,                                                    \
        .metrics = (kd_record_metric[]){ { "size.mib", 1.5 },                  \
                                         { "test.entity_strict.f1", f1 },      \
                                         { "time.train_s", seconds } },        \
        .metric_count = 3,                                                     \
    }
static const kd_record students[] = {
    STUDENT(1, "128", "none", 0.70, 3), STUDENT(2, "128", "none", 0.72, 5),
    STUDENT(3, "16", "none", 0.60, 1),  STUDENT(4, "16", "logit-mse", 0.64, 2),
    STUDENT(5, "16", "none", 0.62, 1),  STUDENT(6, "16", "none", NAN, 1),
};
static const kd_record teacher = {
    .id = { 0, 7 },
    .kind = "model",
    .store = "a",
    .settings = (kd_record_setting[]){ { "task", "ner" } },
    .setting_count = 1,
    .metrics = (kd_record_metric[]){ { "test.entity_strict.f1", 0.9 } },
    .metric_count = 1,
};
static const kd_record corpus = { .id = { 0, 8 }, .kind = "corpus", .store = "a" };

/* All of the above, merged; the caller frees `cells`. */
static void merge_all(kd_cells *cells)
{
    const kd_record *records[8];
    kd_conflicts     conflicts = KD_VEC_INIT;

    for (int i = 0; i < 6; i++) records[i] = &students[i];
    records[6] = &teacher;
    records[7] = &corpus;
    *cells = (kd_cells)KD_VEC_INIT;
    kd_cells_merge(cells, records, 8, &conflicts);
    assert_int_equal(conflicts.count, 0);
}

static void test_counts_a_cell_of_two_stores_once(void **state)
{
    kd_record        again = students[0], changed = students[1], slower = students[2];
    kd_record_metric other[] = { { "size.mib", 1.5 },
                                 { "test.entity_strict.f1", 0.99 },
                                 { "time.train_s", 5 } };
    kd_record_metric late[] = { { "size.mib", 1.5 },
                                { "test.entity_strict.f1", 0.60 },
                                { "time.train_s", 77 } };
    const kd_record *records[] = { &students[0], &students[1], &students[2],
                                   &again,       &changed,     &slower };
    kd_cells         cells = KD_VEC_INIT;
    kd_conflicts     conflicts = KD_VEC_INIT;

    (void)state;
    again.store = "b";
    changed.metrics = other;
    slower.metrics = late; /* another time is no other content */
    kd_cells_merge(&cells, records, 6, &conflicts);
    assert_int_equal(cells.count, 3);
    assert_int_equal(conflicts.count, 1);
    assert_ptr_equal(conflicts.items[0].kept, &students[1]);
    assert_ptr_equal(conflicts.items[0].other, &changed);
    kd_vec_fini(&cells);
    kd_vec_fini(&conflicts);
}

static void test_leaves_out_what_is_no_model(void **state)
{
    kd_cells cells;

    (void)state;
    merge_all(&cells);
    assert_int_equal(cells.count, 7);
    kd_vec_fini(&cells);
}

static void test_orders_numbers_before_words(void **state)
{
    (void)state;
    assert_true(kd_value_compare("16", "128") < 0);
    assert_true(kd_value_compare("1e-3", "0.001") == 0);
    assert_true(kd_value_compare("9", "none") < 0);
    assert_true(kd_value_compare("none", "logit") > 0);
    assert_true(kd_value_compare(NULL, "0") < 0);
    assert_true(kd_value_compare(NULL, NULL) == 0);
}

static void test_groups_by_keys_in_the_order_of_values(void **state)
{
    static const char *const keys[] = { "student.hidden", "distill.method" };
    static const char *const want[][2] = {
        { NULL, NULL }, { "16", "logit-mse" }, { "16", "none" }, { "128", "none" }
    };
    static const size_t counts[] = { 1, 1, 3, 2 };
    kd_arena           *arena = kd_arena_create(0);
    kd_cells            cells;
    kd_groups           groups;

    (void)state;
    merge_all(&cells);
    kd_cells_group(&cells, keys, 2, KD_ORDER_OF_VALUES, arena, &groups);
    assert_int_equal(groups.count, 4);
    for (size_t g = 0; g < 4; g++) {
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(kd_value_compare(groups.groups[g].values[k], want[g][k]), 0);
        assert_int_equal(groups.groups[g].count, counts[g]);
        kd_group like = { .values = (const char **)want[g] };
        assert_ptr_equal(kd_groups_find(&groups, &like, 2), &groups.groups[g]);
    }
    kd_group absent = { .values = (const char *[]){ "64", "none" } };
    assert_null(kd_groups_find(&groups, &absent, 2));
    kd_cells_group(&cells, keys, 2, KD_ORDER_OF_CELLS, arena, &groups);
    assert_string_equal(groups.groups[0].values[0], "128");
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

static void test_tabulates_n_mean_sd_and_interval(void **state)
{
    static const char *const keys[] = { "student.hidden" }, *const metrics[] = { "f1" };
    kd_aggregate_query query = { keys, 1, metrics, 1, "test", NULL, { 0 } };
    kd_arena          *arena = kd_arena_create(0);
    kd_str             out = KD_STR_INIT;
    kd_cells           cells;
    kd_table          *table;
    kd_error           err;

    (void)state;
    merge_all(&cells);
    assert_ok(kd_cells_keep(&cells, "distill.method=none", &err), &err);
    assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    /* 0.60, 0.62 (a third is not a number) and 0.70, 0.72: sd = 0.02/sqrt 2, t(1) = 12.7062 */
    assert_int_equal(kd_table_row_count(table), 2);
    assert_close(kd_table_entry(table, 0, 2)->value, 2, 0);
    assert_close(kd_table_entry(table, 0, 3)->value, 0.61, 1e-15);
    assert_close(kd_table_entry(table, 0, 4)->value, 0.0141421356237309, 1e-14);
    assert_close(kd_table_entry(table, 0, 5)->value, 0.61 - 0.127062047361747, 1e-12);
    assert_int_equal(kd_table_entry(table, 0, 3)->source_count, 3);
    kd_writer_csv.write(table, &out);
    assert_true(kd_starts_with(out.text, "student.hidden,metric,n,mean,sd,low,high\n"
                                         "16,test.entity_strict.f1,2,0.61,0.014142135623730"));
    kd_str_fini(&out);
    kd_table_destroy(table);
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

static bool has_note(const kd_table *table, const char *words)
{
    for (size_t i = 0; i < table->notes.count; i++)
        if (strstr(table->notes.items[i], words) != NULL) return true;
    return false;
}

static const kd_record taught_by = {
    .id = { 0, 9 },
    .kind = "model",
    .store = "a",
    .settings = (kd_record_setting[]){ { "task", "ner" }, { "teacher.hidden", "64" } },
    .setting_count = 2,
    .metrics = (kd_record_metric[]){ { "test.entity_strict.f1", 0.9 } },
    .metric_count = 1,
};

static void check_role(const char *role, const char *key, size_t rows, const char *note)
{
    static const char *const metrics[] = { "f1" };
    kd_aggregate_query       query = { &key, 1, metrics, 1, "test", role, { 0 } };
    kd_arena                *arena = kd_arena_create(0);
    kd_cells                 cells;
    kd_table                *table;
    kd_error                 err;

    merge_all(&cells);
    kd_vec_push(&cells, &taught_by);
    assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    assert_int_equal(kd_table_row_count(table), rows);
    assert_int_equal(has_note(table, "left out: "), note != NULL);
    assert_true(note == NULL || has_note(table, note));
    assert_int_equal(cells.count, 8); /* the caller's list is as it was */
    kd_table_destroy(table);
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

static void test_counts_what_is_missing_in_a_note(void **state)
{
    static const char *const keys[] = { "student.hidden" }, *const metrics[] = { "f1" };
    kd_aggregate_query query = { keys, 1, metrics, 1, "test", NULL, { 0 } };
    kd_arena          *arena = kd_arena_create(0);
    kd_cells           cells;
    kd_table          *table;
    kd_error           err;

    (void)state;
    merge_all(&cells);
    assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    assert_false(has_note(table, "Missing objects"));
    kd_table_destroy(table);
    for (int i = 0; i < 2; i++) kd_missing_count(&query.missing, KD_MISSING_GONE);
    kd_missing_count(&query.missing, KD_MISSING_ASIDE);
    assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    assert_true(has_note(table, "Missing objects, which are in no figure: 2 acknowledged and not "
                                "there, 1 set aside as damaged."));
    kd_table_destroy(table);
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

static void test_leaves_teachers_out_unless_asked_for_them(void **state)
{
    (void)state;
    check_role(NULL, "task", 1, "left out: 1 teacher (--role all has them)");
    check_role("teacher", "teacher.hidden", 1, "left out: 7 students");
    check_role("all", "teacher.hidden", 2, NULL);
}

static void test_refuses_a_role_that_is_none(void **state)
{
    static const char *const keys[] = { "task" }, *const metrics[] = { "f1" };
    kd_aggregate_query query = { keys, 1, metrics, 1, "test", "pupil", { 0 } };
    kd_arena          *arena = kd_arena_create(0);
    kd_cells           cells;
    kd_table          *table;
    kd_error           err;

    (void)state;
    merge_all(&cells);
    assert_fails(KD_EUSAGE, "--role is student, teacher, start or all, not pupil",
                 kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

/* Two methods by width: the widths 16 and 128 of "none" are no repetition of each other. */
static void test_says_what_a_mean_runs_over_besides_the_seed(void **state)
{
    static const char *const two[] = { "student.hidden", "distill.method" }, *const metrics[] = {
        "f1"
    };
    kd_arena *arena = kd_arena_create(0);
    kd_cells  cells;
    kd_error  err;

    (void)state;
    merge_all(&cells);
    for (size_t k = 1; k <= 2; k++) {
        kd_aggregate_query query = { two + 2 - k, k, metrics, 1, "test", NULL, { 0 } };
        kd_table          *table;
        assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
        assert_int_equal(has_note(table, "means run over cells that differ in more than the seed: "
                                         "student.hidden; --by tells them apart"),
                         k == 1);
        kd_table_destroy(table);
    }
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

/* A teacher has a seed of its own; a student's teacher may be another one, which is no repetition. */
static void test_takes_another_seed_for_a_repetition(void **state)
{
    static const struct {
        const char *key, *also, *varying;
    } cases[] = { { "seed", NULL, "" },
                  { "teacher.seed", NULL, "" },
                  { "seed", "teacher.seed", "teacher.seed" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t           count = cases[i].also != NULL ? 2 : 1;
        const kd_record  first = { .settings = (kd_record_setting[]){ { cases[i].key, "1" },
                                                                      { cases[i].also, "1" } },
                                   .setting_count = count };
        const kd_record  other = { .settings = (kd_record_setting[]){ { cases[i].key, "2" },
                                                                      { cases[i].also, "2" } },
                                   .setting_count = count };
        const kd_record *cells[] = { &first, &other };
        kd_group         group = { .cells = cells, .count = 2 };
        kd_groups        groups = { .groups = &group, .count = 1 };
        kd_str           out = KD_STR_INIT;
        kd_groups_list_varying(&groups, &out);
        assert_string_equal(out.text, cases[i].varying);
        kd_str_fini(&out);
    }
}

/* A method of its own brings settings of its own, which say nothing new; a text that only some learn from does. */
static void test_names_what_only_some_have_where_nothing_else_differs(void **state)
{
    const kd_record  none = { .settings = (kd_record_setting[]){ { "distill.method", "none" },
                                                                 { "seed", "1" } },
                              .setting_count = 2 };
    const kd_record  kl = { .settings = (kd_record_setting[]){ { "distill.method", "kl" },
                                                               { "distill.temperature", "2" },
                                                               { "seed", "1" } },
                            .setting_count = 3 };
    const kd_record  text = { .settings = (kd_record_setting[]){ { "data.unlabelled", "a.txt" },
                                                                 { "distill.method", "kl" },
                                                                 { "distill.temperature", "2" },
                                                                 { "seed", "2" } },
                              .setting_count = 4 };
    const kd_record *all[] = { &none, &kl, &text };
    static const struct {
        size_t      first, count;
        const char *mean, *cells;
    } cases[] = { { 0, 2, "distill.method", "distill.method" },
                  { 1, 2, "data.unlabelled", "seed" },
                  { 0, 3, "distill.method, data.unlabelled", "distill.method, seed" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kd_group  group = { .cells = all + cases[i].first, .count = cases[i].count };
        kd_groups groups = { .groups = &group, .count = 1 };
        kd_cells  cells = KD_VEC_INIT;
        kd_str    mean = KD_STR_INIT, varying = KD_STR_INIT;
        for (size_t c = 0; c < group.count; c++) kd_vec_push(&cells, group.cells[c]);
        kd_groups_list_varying(&groups, &mean);
        kd_cells_list_varying(&cells, &varying);
        assert_string_equal(mean.text, cases[i].mean);
        assert_string_equal(varying.text, cases[i].cells);
        kd_str_fini(&mean);
        kd_str_fini(&varying);
        kd_vec_fini(&cells);
    }
}

static void test_varies_by_what_tells_cells_apart(void **state)
{
    const kd_record kl = { .settings = (kd_record_setting[]){ { "distill.method", "kl" } },
                           .setting_count = 1 };
    const kd_record text = { .settings = (kd_record_setting[]){ { "data.unlabelled", "a.txt" },
                                                                { "data.unlabelled_share", "0" },
                                                                { "distill.method", "kl" } },
                             .setting_count = 3 };
    kd_cells        cells = KD_VEC_INIT;
    kd_str          varying = KD_STR_INIT;

    (void)state;
    kd_vec_push(&cells, &kl);
    kd_vec_push(&cells, &text);
    kd_cells_list_varying(&cells, &varying);
    assert_string_equal(varying.text, "data.unlabelled");
    kd_str_fini(&varying);
    kd_vec_fini(&cells);
}

/* Two that were taught differ in what a third, the first of its group, does not have; a teacher is no student. */
static void test_names_what_the_first_of_a_group_lacks(void **state)
{
    const kd_record none = { .settings = (kd_record_setting[]){ { "distill.method", "none" },
                                                                { "seed", "1" },
                                                                { "student.hidden", "16" } },
                             .setting_count = 3 };
#define TAUGHT(kind, own, seed_value)                                  \
    {                                                                  \
        .settings = (kd_record_setting[]){ { "distill.method", "kl" }, \
                                           { "seed", seed_value },     \
                                           { "student.hidden", "16" }, \
                                           { "teacher.kind", kind },   \
                                           { "teacher.seed", own } },  \
        .setting_count = 5                                             \
    }
    const kd_record bert = TAUGHT("bert", "1", "1"), bilstm = TAUGHT("bilstm", "1", "2");
    const kd_record again = TAUGHT("bert", "1", "2"), other = TAUGHT("bert", "2", "1");
#undef TAUGHT
    const kd_record         *groups_of[][3] = { { &none, &bert, &bilstm },
                                                { &none, &bert, &again },
                                                { &none, &bert, &other },
                                                { &taught_by, &bert, &bilstm } };
    static const char *const want[] = { "distill.method, teacher.kind", "distill.method",
                                        "distill.method, teacher.seed",
                                        "teacher.kind, the role (--role)" };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        kd_group  group = { .cells = groups_of[i], .count = 3 };
        kd_groups groups = { .groups = &group, .count = 1 };
        kd_str    out = KD_STR_INIT;
        kd_groups_list_varying(&groups, &out);
        assert_string_equal(out.text, want[i]);
        kd_str_fini(&out);
    }
}

static void test_counts_the_cells_that_no_group_has(void **state)
{
    const kd_record *in[] = { &students[4], &students[1] };
    kd_group         group = { .cells = in, .count = 2 };
    kd_groups        groups = { &group, 1 }, none = { NULL, 0 };
    kd_cells         cells;

    (void)state;
    merge_all(&cells);
    assert_int_equal(kd_groups_count_others(&groups, &cells), 5);
    assert_int_equal(kd_groups_count_others(&none, &cells), 7);
    kd_vec_fini(&cells);
}

static void test_has_a_row_for_what_has_none_of_the_keys(void **state)
{
    static const char *const keys[] = { "student.hidden" }, *const metrics[] = { "f1" };
    kd_aggregate_query query = { keys, 1, metrics, 1, "test", "all", { 0 } };
    kd_arena          *arena = kd_arena_create(0);
    kd_cells           cells;
    kd_table          *table;
    kd_error           err;

    (void)state;
    merge_all(&cells);
    assert_ok(kd_aggregate_table(&table, &cells, &query, arena, &err), &err);
    assert_int_equal(kd_table_row_count(table), 3);
    assert_int_equal(kd_table_entry(table, 0, 0)->kind, KD_ENTRY_ABSENT);
    assert_close(kd_table_entry(table, 0, 3)->value, 0.9, 0);
    kd_table_destroy(table);
    kd_arena_destroy(arena);
    kd_vec_fini(&cells);
}

static void test_names_measures_for_readers(void **state)
{
    static const struct {
        const char *word, *title, *unit;
    } rows[] = {
        { "devel.token_micro.f1", "F1 of pieces (devel)", "" },
        { "devel.accuracy", "accuracy (devel)", "" },
        { "test.entity_strict.recall", "recall (test)", "" },
        { "test.entity_strict.Cell.line.precision", "precision of Cell.line (test)", "" },
        { "test.entity_strict.macro.f1", "macro F1 (test)", "" },
        { "test.entity_lenient.piece.f1", "lenient F1 of pieces (test)", "" },
        { "test.f1", "F1 (test)", "" },
        { "time.latency.f32.mean_ms", "mean latency (f32)", "ms" },
        { "time.latency.int8.p95_ms", "95th percentile of latency (int8)", "ms" },
        { "time.peak_memory_mib", "peak memory", "MiB" },
        { "size.parameters", "parameters", "" },
        { "train.best_epoch", "best epoch", "" },
        { "test.of_nobody", "test.of_nobody", "" }, /* what has no words keeps its name */
        { "time.latency", "time.latency", "" },
        { "test.entity_strict.f2", "test.entity_strict.f2", "" },
        { "test.entity_strictly.f1", "test.entity_strictly.f1", "" },
    };
    kd_cells none = KD_VEC_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_metric metric;
        kd_error  err;
        assert_ok(kd_metric_resolve(&metric, &none, rows[i].word, "test", &err), &err);
        assert_string_equal(metric.title, rows[i].title);
        assert_string_equal(metric.unit, rows[i].unit);
    }
}

/* An error has room for some of them; the last is not cut in two. */
static void test_lists_as_many_metrics_as_an_error_holds(void **state)
{
    kd_record_metric metrics[60];
    char             names[60][32];
    kd_record        rich = students[0];
    kd_cells         cells = KD_VEC_INIT;
    kd_metric        metric;
    kd_error         err;

    (void)state;
    for (int i = 0; i < 60; i++) {
        snprintf(names[i], sizeof names[i], "test.measure_%02d.f1", i);
        metrics[i] = (kd_record_metric){ names[i], i };
    }
    rich.metrics = metrics;
    rich.metric_count = 60;
    kd_vec_push(&cells, &rich);
    assert_fails(KD_EUSAGE, "test.measure_00.f1, ",
                 kd_metric_resolve(&metric, &cells, "qqqqqqqqqqqq", "test", &err), &err);
    assert_true(kd_ends_with(err.text, " more"));
    kd_vec_fini(&cells);
}

static void test_knows_metrics_by_alias_split_and_full_name(void **state)
{
    static const struct {
        const char *word, *name, *title;
        double      value;
    } rows[] = {
        { "f1", "test.entity_strict.f1", "F1 (test)", 0.70 },
        { "test.f1", "test.entity_strict.f1", "F1 (test)", 0.70 },
        { "test.entity_strict.f1", "test.entity_strict.f1", "F1 (test)", 0.70 },
        { "train_s", "time.train_s", "train", 3 },
        { "size_mib", "size.mib", "size", 1.5 },
        { "size.mib", "size.mib", "size", 1.5 },
    };
    kd_cells cells;

    (void)state;
    merge_all(&cells);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_metric metric;
        kd_error  err;
        double    value;
        assert_ok(kd_metric_resolve(&metric, &cells, rows[i].word, "test", &err), &err);
        assert_string_equal(metric.name, rows[i].name);
        assert_string_equal(metric.title, rows[i].title);
        assert_true(kd_metric_read(&metric, &students[0], &value));
        assert_close(value, rows[i].value, 1e-15);
    }
    kd_vec_fini(&cells);
}

/* "name name ..." of what words resolve to. */
static void assert_resolved(const char *words, const char *const *list, size_t count)
{
    kd_cells   cells;
    kd_metrics metrics;
    kd_str     names = KD_STR_INIT;
    kd_error   err;

    merge_all(&cells);
    assert_ok(kd_metrics_resolve(&metrics, &cells, list, count, "test", &err), &err);
    for (size_t i = 0; i < metrics.count; i++)
        kd_str_addf(&names, "%s%s", i > 0 ? " " : "", metrics.items[i].name);
    assert_string_equal(names.text, words);
    kd_str_fini(&names);
    kd_vec_fini(&metrics);
    kd_vec_fini(&cells);
}

static void test_takes_lists_of_metrics_and_patterns(void **state)
{
    static const char *const several[] = { "train_s,f1", "size.mib" }, *const all[] = { "*" },
                             *const twice[] = { "f1,test.*.f1,f1" }, *const one[] = { "s?ze.*" };
    static const char *const none[] = { "devel.*.f1" }, *const empty[] = { "," };
    kd_cells   cells;
    kd_metrics metrics;
    kd_error   err;

    (void)state;
    assert_resolved("time.train_s test.entity_strict.f1 size.mib", several, 2);
    assert_resolved("size.mib test.entity_strict.f1 time.train_s", all, 1);
    assert_resolved("test.entity_strict.f1", twice, 1);
    assert_resolved("size.mib", one, 1);
    merge_all(&cells);
    assert_fails(KD_EUSAGE, "no cell has the metric 'devel.*.f1'",
                 kd_metrics_resolve(&metrics, &cells, none, 1, "test", &err), &err);
    kd_vec_fini(&metrics);
    assert_fails(KD_EUSAGE, "no name of a metric",
                 kd_metrics_resolve(&metrics, &cells, empty, 1, "test", &err), &err);
    kd_vec_fini(&metrics);
    kd_vec_fini(&cells);
}

static void test_refuses_unknown_words_with_a_suggestion(void **state)
{
    kd_cells  cells;
    kd_error  err;
    kd_metric metric;

    (void)state;
    merge_all(&cells);
    assert_fails(KD_EUSAGE, "no cell has the key 'student.hiden'; did you mean student.hidden?",
                 kd_cells_check_key(&cells, "student.hiden", &err), &err);
    assert_non_null(strstr(err.text, "what differs is distill.method, student.hidden"));
    assert_fails(KD_EUSAGE, "did you mean test.entity_strict.f1?",
                 kd_metric_resolve(&metric, &cells, "test.entity_strct.f1", "test", &err), &err);
    assert_non_null(strstr(err.text, "train_s"));
    assert_fails(KD_EUSAGE, "no cell has the metric 'devel.f1'",
                 kd_metric_resolve(&metric, &cells, "devel.f1", "test", &err), &err);
    assert_fails(KD_EUSAGE, "'student.hidden': expected KEY=VALUE",
                 kd_cells_keep(&cells, "student.hidden", &err), &err);
    assert_fails(KD_EUSAGE, "no cell has the key 'x'", kd_cells_keep(&cells, "x=1", &err), &err);
    assert_fails(KD_EUSAGE,
                 "distill.method=logit-mes: no cell has this value; did you mean logit-mse?; there "
                 "are logit-mse, none",
                 kd_cells_keep(&cells, "distill.method=logit-mes", &err), &err);
    assert_int_equal(cells.count, 7);
    kd_vec_reset(&cells);
    assert_ok(kd_cells_keep(&cells, "x=1", &err), &err); /* of none, all are kept */
    kd_vec_fini(&cells);
}

/* No value asks for those that have none: they do not read the setting. */
static void test_no_value_keeps_the_cells_without_one(void **state)
{
    kd_record_setting settings[] = { { "seed", "1" }, { "seed", "1" }, { "teacher.count", "3" } };
    kd_record         with = { .settings = &settings[1], .setting_count = 2 };
    kd_record         without = { .settings = &settings[0], .setting_count = 1 };
    kd_cells          cells = KD_VEC_INIT;
    kd_error          err;

    (void)state;
    kd_vec_push(&cells, &with);
    kd_vec_push(&cells, &without);
    assert_fails(KD_EUSAGE, "seed=: no cell has this value; there is 1",
                 kd_cells_keep(&cells, "seed=", &err), &err);
    assert_ok(kd_cells_keep(&cells, "teacher.count=", &err), &err);
    assert_int_equal(cells.count, 1);
    assert_ptr_equal(cells.items[0], &without);
    kd_vec_fini(&cells);
}

static void test_shows_some_of_many_values(void **state)
{
    kd_record_setting settings[12];
    kd_record         records[12];
    char              values[12][4];
    kd_cells          cells = KD_VEC_INIT;
    kd_error          err;

    (void)state;
    for (int i = 0; i < 12; i++) {
        snprintf(values[i], sizeof values[i], "%d", 12 - i);
        settings[i] = (kd_record_setting){ "seed", values[i] };
        records[i] = (kd_record){ .settings = &settings[i], .setting_count = 1 };
        kd_vec_push(&cells, &records[i]);
    }
    assert_fails(KD_EUSAGE,
                 "seed=99: no cell has this value; there are 1, 2, 3, 4, 5, 6, 7, 8 and 4 more",
                 kd_cells_keep(&cells, "seed=99", &err), &err);
    assert_fails(KD_EUSAGE, "seed=13: no cell has this value; did you mean 12?",
                 kd_cells_keep(&cells, "seed=13", &err), &err);
    assert_fails(KD_EUSAGE, "did you mean 2?", kd_cells_keep(&cells, "seed=1.6", &err), &err);
    kd_vec_fini(&cells);
}

/* An alias is offered only where some cell has what it stands for. */
static void test_never_offers_the_word_that_was_asked_for(void **state)
{
    const kd_record_metric loss = { .name = "devel.loss", .value = 1 };
    const kd_record        cell = { .metrics = &loss, .metric_count = 1 };
    const kd_record       *list[] = { &cell };
    const kd_cells         cells = { .items = list, .count = 1 };
    kd_metric              metric;
    kd_error               err;

    (void)state;
    assert_fails(KD_EUSAGE, "no cell has the metric 'size_mib'; there are devel.loss",
                 kd_metric_resolve(&metric, &cells, "size_mib", "test", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_a_cell_of_two_stores_once),
        cmocka_unit_test(test_leaves_out_what_is_no_model),
        cmocka_unit_test(test_orders_numbers_before_words),
        cmocka_unit_test(test_groups_by_keys_in_the_order_of_values),
        cmocka_unit_test(test_tabulates_n_mean_sd_and_interval),
        cmocka_unit_test(test_counts_what_is_missing_in_a_note),
        cmocka_unit_test(test_leaves_teachers_out_unless_asked_for_them),
        cmocka_unit_test(test_refuses_a_role_that_is_none),
        cmocka_unit_test(test_says_what_a_mean_runs_over_besides_the_seed),
        cmocka_unit_test(test_takes_another_seed_for_a_repetition),
        cmocka_unit_test(test_names_what_only_some_have_where_nothing_else_differs),
        cmocka_unit_test(test_varies_by_what_tells_cells_apart),
        cmocka_unit_test(test_has_a_row_for_what_has_none_of_the_keys),
        cmocka_unit_test(test_names_what_the_first_of_a_group_lacks),
        cmocka_unit_test(test_counts_the_cells_that_no_group_has),
        cmocka_unit_test(test_names_measures_for_readers),
        cmocka_unit_test(test_lists_as_many_metrics_as_an_error_holds),
        cmocka_unit_test(test_knows_metrics_by_alias_split_and_full_name),
        cmocka_unit_test(test_takes_lists_of_metrics_and_patterns),
        cmocka_unit_test(test_refuses_unknown_words_with_a_suggestion),
        cmocka_unit_test(test_no_value_keeps_the_cells_without_one),
        cmocka_unit_test(test_shows_some_of_many_values),
        cmocka_unit_test(test_never_offers_the_word_that_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
