/* A study of two widths, two methods and three seeds, with made-up cells in a real store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/store/object.h"
#include "results/study_table.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

#define CELLS 12
#define STUDY                                                          \
    "study = { name = \"small\"; task = \"ner\"; seeds = [1, 2, 3];\n" \
    "  axes = ( { key = \"student.hidden\"; values = [16, 128]; },\n"  \
    "           { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); };\n"

typedef struct {
    kd_study       *study;
    kd_store       *store;
    kd_catalogue   *catalogue;
    kd_id           ids[CELLS];
    kd_table_source source;
} fixture;

/* F1 0.60 and 0.70 by width, 0.05 more for a teacher, 0.01 a seed; seconds and sizes by width. On devel the narrow one
 * is better alone, the wide one with a teacher. */
static void commit_cell(const kd_store *store, kd_id id, int number)
{
    int              hidden = number / 6, method = number / 3 % 2, seed = number % 3;
    kd_object_draft *draft = fixture_model(store, id);

    kd_object_put_metric(draft, "test.entity_strict.f1",
                         0.60 + 0.1 * hidden + 0.05 * method + 0.01 * seed);
    kd_object_put_metric(draft, "devel.entity_strict.f1", hidden == method ? 0.6 : 0.5);
    kd_object_put_metric(draft, "size.mib", hidden == 0 ? 40.3220 : 47.5486);
    kd_object_put_timing(draft, "train_s", 10 + seed);
    fixture_finish(draft);
}

/* The study with these tables, and a store that has its first `done` cells. */
static void open_fixture(fixture *f, const char *tables, int done)
{
    static int count;
    char       name[32];
    kd_str     text = KD_STR_INIT;
    kd_error   err;

    kd_str_addf(&text, STUDY "%s", tables);
    assert_ok(kd_study_open(&f->study, kd_test_file("small.cfg", text.text),
                            &(kd_study_options){ 0 }, &err),
              &err);
    kd_str_fini(&text);
    assert_int_equal(kd_grid_count(kd_study_grid(f->study)), CELLS);
    snprintf(name, sizeof name, "store%d", count++);
    f->store = fixture_store(name);
    for (int i = 0; i < CELLS; i++) {
        f->ids[i] = (kd_id){ 7, (uint64_t)i + 1 };
        if (i < done) commit_cell(f->store, f->ids[i], i);
    }
    assert_ok(kd_catalogue_open(&f->catalogue, f->store, NULL, &err), &err);
    f->source = (kd_table_source){ f->study, f->ids, f->catalogue };
}

static void close_fixture(fixture *f)
{
    kd_catalogue_close(f->catalogue);
    kd_store_close(f->store);
    kd_study_close(f->study);
}

static void assert_prints(fixture *f, const char *want)
{
    kd_str   out = KD_STR_INIT;
    kd_error err;

    assert_ok(kd_table_print_study(&out, &f->source, &kd_writer_markdown, &err), &err);
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
}

static void test_makes_a_table_of_the_axes_when_none_is_asked_for(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, "", CELLS);
    assert_prints(&f, "small\n"
                      "\n"
                      "| hidden | method    |           F1 (test) |  n | train, s | size, MiB |\n"
                      "| -----: | :-------- | ------------------: | -: | -------: | --------: |\n"
                      "|     16 | none      |     0.6100 ± 0.0100 |  3 |     11.0 |      40.3 |\n"
                      "|     16 | logit-mse |     0.6600 ± 0.0100 |  3 |     11.0 |      40.3 |\n"
                      "|    128 | none      |     0.7100 ± 0.0100 |  3 |     11.0 |      47.6 |\n"
                      "|    128 | logit-mse | **0.7600 ± 0.0100** |  3 |     11.0 |      47.6 |\n");
    close_fixture(&f);
}

static void test_shows_what_is_missing(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f, "", 4);
    assert_prints(&f, "small\n"
                      "\n"
                      "| hidden | method    |       F1 (test) |      n | train, s | size, MiB |\n"
                      "| -----: | :-------- | --------------: | -----: | -------: | --------: |\n"
                      "|     16 | none      | 0.6100 ± 0.0100 |      3 |     11.0 |      40.3 |\n"
                      "|     16 | logit-mse |      **0.6500** | 1 of 3 |     10.0 |      40.3 |\n"
                      "|    128 | none      |               - | 0 of 3 |        - |         - |\n"
                      "|    128 | logit-mse |               - | 0 of 3 |        - |         - |\n"
                      "\n"
                      "- 8 of 12 cells are not in the store yet.\n"
                      "- A figure without ± is of one run, which has no spread.\n");
    close_fixture(&f);
}

static void test_tells_what_was_there_before(void **state)
{
    kd_missing_object objects[] = { { { 7, 6 }, KD_MISSING_ASIDE },
                                    { { 7, 7 }, KD_MISSING_ASIDE },
                                    { { 7, 8 }, KD_MISSING_UNREADABLE },
                                    { { 9, 9 }, KD_MISSING_GONE } }; /* of another study */
    kd_missing        missing = { .items = objects, .count = 4, .capacity = 4 };
    kd_str            out = KD_STR_INIT;
    kd_error          err;
    fixture           f;

    (void)state;
    open_fixture(&f, "", 4);
    f.source.missing = &missing;
    assert_ok(kd_table_print_study(&out, &f.source, &kd_writer_markdown, &err), &err);
    assert_non_null(strstr(out.text, "- 8 of 12 cells are not in the store yet.\n"
                                     "- Of these, made before and missing now: 2 set aside as "
                                     "damaged, 1 unreadable.\n"));
    kd_str_fini(&out);
    close_fixture(&f);
}

static void test_prints_the_head_over_an_empty_store(void **state)
{
    fixture f;
    kd_str  out = KD_STR_INIT;

    (void)state;
    open_fixture(&f, "", 0);
    f.source.catalogue = NULL;
    assert_ok(kd_table_print_study(&out, &f.source, &kd_writer_csv, NULL), NULL);
    assert_true(kd_starts_with(out.text, "student.hidden,distill.method,test.entity_strict.f1,"));
    kd_str_fini(&out);
    close_fixture(&f);
}

static void test_sets_columns_labels_and_published_figures(void **state)
{
    fixture f;

    (void)state;
    open_fixture(
        &f,
        "tables = ( { title = \"Widths\"; rows = [\"student.hidden\"];\n"
        "  columns = [\"distill.method\"]; metrics = [\"f1\"];\n"
        "  published = (\n"
        "    { student = { hidden = 16; }; distill = { method = \"none\"; }; value = 0.7745;\n"
        "      source = \"an article\"; },\n"
        "    { student = { hidden = 300; }; value = 0.8; } );\n"
        "  labels = ( { key = \"student.hidden\"; label = \"units\"; },\n"
        "             { key = \"distill.method\"; value = \"none\"; label = \"alone\"; } );\n"
        "} );\n",
        CELLS);
    assert_prints(&f, "Widths\n"
                      "\n"
                      "| units |    alone, F1 (test) | alone, published F1 (test) | alone, n | "
                      "logit-mse, F1 (test) | logit-mse, n |\n"
                      "| ----: | ------------------: | -------------------------: | -------: | "
                      "-------------------: | -----------: |\n"
                      "|    16 |     0.6100 ± 0.0100 |                     0.7745 |        3 | "
                      "     0.6600 ± 0.0100 |            3 |\n"
                      "|   128 | **0.7100 ± 0.0100** |                          - |        3 | "
                      " **0.7600 ± 0.0100** |            3 |\n"
                      "\n"
                      "- Published: an article.\n"
                      "- A published figure, 0.8, belongs to no row.\n");
    close_fixture(&f);
}

/* 47.5486 MiB: 47.55 is rounded half up to 47.6; cut off it is 47.5. */
static void test_shows_sizes_as_their_source_does(void **state)
{
    static const struct {
        const char *members, *want;
    } cases[] = { { "", "|      47.6 |" },
                  { "size_digits = 0;", "|        48 |" },
                  { "size_rounding = \"trunc\";", "|      47.5 |" },
                  { "size_digits = 0; size_rounding = \"trunc\";", "|        47 |" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_str   tables = KD_STR_INIT, out = KD_STR_INIT;
        kd_error err;
        fixture  f;
        kd_str_addf(&tables,
                    "tables = ( { rows = [\"student.hidden\"]; metrics = [\"size_mib\"]; %s } );\n",
                    cases[i].members);
        open_fixture(&f, tables.text, CELLS);
        assert_ok(kd_table_print_study(&out, &f.source, &kd_writer_markdown, &err), &err);
        if (strstr(out.text, cases[i].want) == NULL) fail_msg("%s: %s", cases[i].members, out.text);
        kd_str_fini(&out);
        kd_str_fini(&tables);
        close_fixture(&f);
    }
}

static void test_shows_no_value_of_a_setting_that_a_cell_does_not_read(void **state)
{
    fixture f;

    (void)state;
    open_fixture(
        &f,
        "tables = ( { title = \"T\"; rows = [\"distill.method\", \"distill.alpha\"];\n"
        "  metrics = [\"size_mib\"]; where = { distill = { alpha = 0.0; }; };\n"
        "  published = ( { distill = { method = \"none\"; alpha = 0.0; }; value = 47; } ); "
        "} );\n",
        0);
    assert_prints(&f, "T\n"
                      "\n"
                      "| method    | alpha | size, MiB | published size, MiB |      n |\n"
                      "| :-------- | ----: | --------: | ------------------: | -----: |\n"
                      "| none      |     - |         - |                47.0 | 0 of 6 |\n"
                      "| logit-mse |     0 |         - |                   - | 0 of 6 |\n"
                      "\n"
                      "12 of 12 cells are not in the store yet.\n");
    close_fixture(&f);
}

/* Who learns from labels has no teacher to be told of, and is the baseline of all teachers' students all the same. */
static void test_shows_no_teacher_of_who_has_none(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f,
                 "tables = ( { title = \"T\"; rows = [\"student.hidden\", \"distill.method\", "
                 "\"teacher.kind\"];\n"
                 "  metrics = [\"f1\"]; baseline = { distill = { method = \"none\"; }; }; } );\n",
                 CELLS);
    assert_prints(&f, "T. † better, ‡ worse than none at 5 %, by the Welch test with Holm's "
                      "correction for 2 comparisons\n"
                      "\n"
                      "| hidden | method    | kind   |            F1 (test) |  n |\n"
                      "| -----: | :-------- | :----- | -------------------: | -: |\n"
                      "|     16 | none      | -      |      0.6100 ± 0.0100 |  3 |\n"
                      "|     16 | logit-mse | bilstm |     0.6600 ± 0.0100† |  3 |\n"
                      "|    128 | none      | -      |      0.7100 ± 0.0100 |  3 |\n"
                      "|    128 | logit-mse | bilstm | **0.7600 ± 0.0100†** |  3 |\n");
    close_fixture(&f);
}

/* What a file calls a value is for readers; a program looks for the value. */
static void test_keeps_labels_from_programs(void **state)
{
    fixture  f;
    kd_str   csv = KD_STR_INIT, json = KD_STR_INIT;
    kd_error err;

    (void)state;
    open_fixture(&f,
                 "tables = ( { rows = [\"student.hidden\"]; metrics = [\"size_mib\"];\n"
                 "  labels = ( { key = \"student.hidden\"; value = 16; label = \"narrow\"; } ); } "
                 ");\n",
                 CELLS);
    assert_ok(kd_table_print_study(&csv, &f.source, &kd_writer_csv, &err), &err);
    assert_string_equal(csv.text, "student.hidden,size.mib,n\n16,40.322,6\n128,47.5486,6\n");
    assert_ok(kd_table_print_study(&json, &f.source, &kd_writer_json, &err), &err);
    assert_non_null(strstr(json.text, "\"student.hidden\": 16,"));
    kd_str_fini(&csv);
    kd_str_fini(&json);
    close_fixture(&f);
}

static void test_keeps_only_cells_that_are_asked_for(void **state)
{
    fixture   f;
    kd_table *table;
    kd_error  err;

    (void)state;
    open_fixture(&f,
                 "tables = ( { rows = [\"student.hidden\"]; metrics = [\"f1\"];\n"
                 "  where = { distill = { method = \"none\"; }; }; } );\n",
                 CELLS);
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    assert_int_equal(kd_table_row_count(table), 2);
    assert_close(kd_table_entry(table, 1, 1)->value, 0.71, 1e-12);
    kd_table_destroy(table);
    close_fixture(&f);
}

static bool has_note(const kd_table *table, const char *words)
{
    for (size_t i = 0; i < table->notes.count; i++)
        if (strstr(table->notes.items[i], words) != NULL) return true;
    return false;
}

static void test_keeps_what_the_command_line_asks_for(void **state)
{
    static const char *const tables =
        "tables = ( { rows = [\"student.hidden\"]; metrics = [\"f1\"]; } );\n";
    static const struct {
        const char *condition, *words;
    } wrong[] = {
        { "student.hiden=16", "did you mean student.hidden?" },
        { "distill.method=logit-mes", "no cell has this value; did you mean logit-mse?" },
        { "student.heads=4", "no cell of the study reads student.heads" },
        { "student.hidden", "expected KEY=VALUE" },
    };
    const char *condition = "distill.method=none";
    fixture     f;
    kd_table   *table;
    kd_error    err;

    (void)state;
    open_fixture(&f, tables, CELLS);
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    assert_close(kd_table_entry(table, 1, 1)->n, 6, 0);
    assert_true(has_note(table, "differ in more than the seed: distill.method; rows or columns"));
    kd_table_destroy(table);
    f.source.where = (kd_arg_list){ &condition, 1 };
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    assert_close(kd_table_entry(table, 1, 1)->n, 3, 0);
    assert_close(kd_table_entry(table, 1, 1)->value, 0.71, 1e-12);
    assert_true(has_note(table, "Only cells with distill.method=none."));
    assert_false(has_note(table, "differ in more than the seed"));
    kd_table_destroy(table);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        condition = wrong[i].condition;
        assert_fails(KD_EUSAGE, wrong[i].words, kd_study_table_create(&table, &f.source, 0, &err),
                     &err);
    }
    close_fixture(&f);
}

static void test_counts_an_object_once_whatever_cells_lead_to_it(void **state)
{
    fixture   f;
    kd_table *table;
    kd_error  err;

    (void)state;
    open_fixture(&f, "tables = ( { rows = [\"distill.method\"]; metrics = [\"f1\"]; } );\n", CELLS);
    for (int i = 6; i < 9; i++)
        f.ids[i] = f.ids[i - 6]; /* as if no width were read without a teacher */
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    assert_close(kd_table_entry(table, 0, 2)->value, 3, 0);
    assert_null(kd_table_entry(table, 0, 2)->text);
    assert_close(kd_table_entry(table, 0, 1)->value, 0.61, 1e-12);
    assert_close(kd_table_entry(table, 1, 2)->value, 6, 0);
    kd_table_destroy(table);
    close_fixture(&f);
}

static void test_names_the_cells_behind_each_number(void **state)
{
    fixture   f;
    kd_table *table;
    kd_str    out = KD_STR_INIT;
    kd_error  err;

    (void)state;
    open_fixture(&f, "tables = ( { rows = [\"student.hidden\"]; metrics = [\"f1\"]; } );\n", 2);
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    kd_table_print_sources(&out, table, "");
    assert_string_equal(out.text,
                        "hidden 16, test.entity_strict.f1: 00000000000000070000000000000001 "
                        "00000000000000070000000000000002\n");
    kd_str_fini(&out);
    kd_table_destroy(table);
    close_fixture(&f);
}

static void test_refuses_a_metric_that_no_cell_has(void **state)
{
    fixture   f;
    kd_table *table;
    kd_error  err;

    (void)state;
    open_fixture(
        &f, "tables = ( { name = \"t\"; rows = [\"student.hidden\"]; metrics = [\"f2\"]; } );\n",
        CELLS);
    assert_fails(KD_ECONFIG, "small.cfg: table t: no cell has the metric 'f2'; did you mean f1?",
                 kd_study_table_create(&table, &f.source, 0, &err), &err);
    close_fixture(&f);
}

static void test_knows_before_a_run_which_metrics_there_will_be(void **state)
{
    (void)state;
    static const struct {
        const char *task, *metrics;
        bool        is_fine;
    } cases[] = {
        { "ner", "\"f1\", \"devel.f1\", \"train_s\", \"size.parameters\", \"train.epochs\"", true },
        { "ner", "\"test.token_micro.f1\", \"devel.entity_strict.Gene.f1\"", true },
        { "ner", "\"latency.f32.p95_ms\"", true }, /* only a store can say */
        { "ner", "\"f2\"", false },
        { "ner", "\"f1\", \"test.relation.f1\"", false },
        { "re", "\"test.relation.f1\"", true },
        { "re", "\"test.entity_strict.f1\"", false },
        { "text", "\"test.accuracy\"", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study;
        kd_error  err;
        char *text = kd_sprintf("study = { task = \"%s\"; };\ntables = ( { name = \"t\"; metrics = "
                                "[%s]; } );\n",
                                cases[i].task, cases[i].metrics);
        assert_ok(
            kd_study_open(&study, kd_test_file("m.cfg", text), &(kd_study_options){ 0 }, &err),
            &err);
        if (cases[i].is_fine)
            assert_ok(kd_study_tables_check(study, &err), &err);
        else
            assert_fails(KD_ECONFIG, "m.cfg: table t: no cell will have the metric ",
                         kd_study_tables_check(study, &err), &err);
        kd_study_close(study);
        free(text);
    }
}

/* 0.66 against 0.61 and 0.76 against 0.71, three runs of sd 0.01 on either side: t = 0.05 / (0.01 sqrt(2/3)) = 6.124 with 4
 * degrees, p = 0.0036, and 0.0072 of two. Sizes 47.5486 / 40.3220 = 1.17922. */
static void test_sets_figures_beside_a_baseline(void **state)
{
    fixture   f;
    kd_table *table;
    kd_error  err;

    (void)state;
    open_fixture(
        &f,
        "tables = ( { title = \"T\"; rows = [\"student.hidden\", \"distill.method\"];\n"
        "  metrics = [\"f1\", \"size_mib\"]; baseline = { distill = { method = \"none\"; }; };\n"
        "  ratio = ( { of = { student = { hidden = 16; }; }; },\n"
        "            { metric = \"size_mib\"; of = { student = { hidden = 16; }; }; digits = 2; } "
        "); } );\n",
        CELLS);
    assert_prints(&f, "T. † better, ‡ worse than none at 5 %, by the Welch test with Holm's "
                      "correction for 2 comparisons\n"
                      "\n"
                      "| hidden | method    |            F1 (test) | F1 (test), % of 16 |  n | "
                      "size, MiB | size, vs 16, % |\n"
                      "| -----: | :-------- | -------------------: | -----------------: | -: | "
                      "--------: | -------------: |\n"
                      "|     16 | none      |      0.6100 ± 0.0100 |              100.0 |  3 |     "
                      " 40.3 |           0.00 |\n"
                      "|     16 | logit-mse |     0.6600 ± 0.0100† |              100.0 |  3 |     "
                      " 40.3 |           0.00 |\n"
                      "|    128 | none      |      0.7100 ± 0.0100 |              116.4 |  3 |     "
                      " 47.6 |          17.92 |\n"
                      "|    128 | logit-mse | **0.7600 ± 0.0100†** |              115.2 |  3 |     "
                      " 47.6 |          17.92 |\n");
    assert_ok(kd_study_table_create(&table, &f.source, 0, &err), &err);
    assert_null(kd_table_entry(table, 0, 2)->mark);
    assert_close(kd_table_entry(table, 1, 2)->mark->p, 2 * 0.0036, 1e-4);
    assert_string_equal(kd_table_entry(table, 1, 2)->mark->test, "Welch");
    kd_table_destroy(table);
    close_fixture(&f);
}

/* Nothing is done, one run is: there is nothing to test, no teacher, and no broken file. */
static void test_sets_nothing_beside_what_is_not_there(void **state)
{
    static const char tables[] =
        "tables = ( { title = \"<T> & 1 $x\"; rows = [\"student.hidden\"]; columns = "
        "[\"distill.method\"]; metrics = [\"f1\"];\n"
        "  also = ( { role = \"teacher\"; label = \"=1+1, \\\"x\\\" & <b>\"; } ); baseline = { "
        "distill = { method = \"none\"; }; };\n"
        "  ratio = ( { of = \"teacher\"; }, { of = { student = { hidden = 300; }; }; } ); } );\n";
    static const struct {
        const kd_writer *writer;
        const char      *want;
    } forms[] = {
        { &kd_writer_csv, "\n\"'=1+1, \"\"x\"\" & <b>\",,,0,,,,,,0,,," },
        { &kd_writer_latex, "\n    =1+1, \"x\" \\& \\textless{}b\\textgreater{} & -" },
        { &kd_writer_html, "<th scope=\"row\">=1+1, &quot;x&quot; &amp; &lt;b&gt;</th><td>-" },
        { &kd_writer_markdown, "No marks: no place has enough runs beside the baseline" }
    };

    (void)state;
    for (int done = 0; done < 2; done++)
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            fixture  f;
            kd_str   out = KD_STR_INIT;
            kd_error err;
            open_fixture(&f, tables, done);
            assert_ok(kd_table_print_study(&out, &f.source, forms[i].writer, &err), &err);
            if (strstr(out.text, forms[i].want) == NULL)
                fail_msg("%s: %s", forms[i].want, out.text);
            kd_str_fini(&out);
            close_fixture(&f);
        }
}

static void test_refuses_a_baseline_that_no_place_can_have(void **state)
{
    fixture   f;
    kd_table *table;
    kd_error  err;

    (void)state;
    open_fixture(&f,
                 "tables = ( { rows = [\"student.hidden\"]; baseline = { distill = { method = "
                 "\"none\"; }; }; } );\n",
                 CELLS);
    assert_fails(KD_ECONFIG, "baseline: distill.method makes neither rows nor columns",
                 kd_study_table_create(&table, &f.source, 0, &err), &err);
    close_fixture(&f);
}

#define TUNED(tune)                                                                         \
    "study = { name = \"small\"; task = \"ner\"; seeds = [1, 2, 3];\n"                      \
    "  axes = ( { key = \"student.hidden\"; values = [16, 128]; },\n"                       \
    "           { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); " tune \
    " };\n"

/* The table of a study with this text over the cells of the fixture. */
static char *print_tuned(fixture *f, const char *text)
{
    kd_study *study = f->study;
    kd_str    out = KD_STR_INIT;
    kd_error  err;

    assert_ok(
        kd_study_open(&f->study, kd_test_file("tuned.cfg", text), &(kd_study_options){ 0 }, &err),
        &err);
    f->source.study = f->study;
    assert_ok(kd_table_print_study(&out, &f->source, &kd_writer_markdown, &err), &err);
    kd_study_close(f->study);
    f->source.study = f->study = study;
    return kd_str_take(&out);
}

static const char chosen_table[] =
    "| method    |           F1 (test) |  n | train, s | size, MiB |\n"
    "| :-------- | ------------------: | -: | -------: | --------: |\n"
    "| none      |     0.6100 ± 0.0100 |  3 |     11.0 |      40.3 |\n"
    "| logit-mse | **0.7600 ± 0.0100** |  3 |     11.0 |      47.6 |\n"
    "\n"
    "- Chosen for distill.method logit-mse: student.hidden = 128 by devel.entity_strict.f1, of 2 "
    "values in 6 "
    "runs; the edge of what was tried: a better one may lie beyond; tried 16 (3 runs), 128 (3 "
    "runs).\n"
    "- Chosen for distill.method none: student.hidden = 16 by devel.entity_strict.f1, of 2 values "
    "in 6 runs; the "
    "edge of what was tried: a better one may lie beyond; tried 16 (3 runs), 128 (3 runs).\n";

static void test_reports_what_devel_chose(void **state)
{
    static const char *const width[] = { "student.hidden" };
    kd_best_of               by_width = { width, 1, NULL };
    fixture                  f;
    kd_str                   out = KD_STR_INIT;
    kd_error                 err;
    char                    *tuned, *sweep;

    (void)state;
    open_fixture(&f, "", CELLS);
    tuned =
        print_tuned(&f, TUNED("tune = ( { keys = [\"student.hidden\"]; by = \"devel.f1\"; } );"));
    assert_non_null(strstr(tuned, chosen_table));
    f.source.best_of = &by_width;
    assert_ok(kd_table_print_study(&out, &f.source, &kd_writer_markdown, &err), &err);
    assert_non_null(strstr(out.text, chosen_table));
    f.source.best_of = NULL; /* a table whose rows are the sweep shows it whole */
    sweep = print_tuned(
        &f, TUNED("tune = ( { keys = [\"student.hidden\"]; } );") "tables = ( { rows = "
                                                                  "[\"student.hidden\", "
                                                                  "\"distill.method\"]; } );");
    assert_non_null(strstr(sweep, "|    128 | logit-mse | **0.7600 ± 0.0100** |  3 |"));
    assert_null(strstr(sweep, "Chosen"));
    free(tuned);
    free(sweep);
    kd_str_fini(&out);
    close_fixture(&f);
}

/* Cells that are not there yet are seen as missing, whatever will be chosen. */
static void test_chooses_nothing_where_nothing_is_done(void **state)
{
    fixture f;
    char   *text;

    (void)state;
    open_fixture(&f, "", 3);
    text = print_tuned(&f, TUNED("tune = ( { keys = [\"student.hidden\"]; } );"));
    assert_non_null(
        strstr(text, "| logit-mse |               - | 0 of 6 |        - |         - |"));
    assert_non_null(strstr(text, "9 of 12 cells are not in the store yet."));
    assert_non_null(strstr(text, "of 1 value in 3 runs"));
    free(text);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_figures_beside_a_baseline),
        cmocka_unit_test(test_sets_nothing_beside_what_is_not_there),
        cmocka_unit_test(test_refuses_a_baseline_that_no_place_can_have),
        cmocka_unit_test(test_reports_what_devel_chose),
        cmocka_unit_test(test_chooses_nothing_where_nothing_is_done),
        cmocka_unit_test(test_makes_a_table_of_the_axes_when_none_is_asked_for),
        cmocka_unit_test(test_shows_what_is_missing),
        cmocka_unit_test(test_tells_what_was_there_before),
        cmocka_unit_test(test_prints_the_head_over_an_empty_store),
        cmocka_unit_test(test_sets_columns_labels_and_published_figures),
        cmocka_unit_test(test_shows_sizes_as_their_source_does),
        cmocka_unit_test(test_shows_no_value_of_a_setting_that_a_cell_does_not_read),
        cmocka_unit_test(test_shows_no_teacher_of_who_has_none),
        cmocka_unit_test(test_keeps_labels_from_programs),
        cmocka_unit_test(test_keeps_only_cells_that_are_asked_for),
        cmocka_unit_test(test_keeps_what_the_command_line_asks_for),
        cmocka_unit_test(test_counts_an_object_once_whatever_cells_lead_to_it),
        cmocka_unit_test(test_names_the_cells_behind_each_number),
        cmocka_unit_test(test_refuses_a_metric_that_no_cell_has),
        cmocka_unit_test(test_knows_before_a_run_which_metrics_there_will_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
