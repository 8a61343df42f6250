/* test_kept.c - a study that is read again from what was kept is the same, without any file. */
#include "harness/config/kept.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"

static const char study_text[] =
    "study = { name = \"s\"; cells = \"cells.tsv\"; seeds = [1, 2];\n@include \"part.cfg\"\n};\n"
    "profiles = { laptop = { train = { epochs = 7; }; }; };\n"
    "tables = ( { rows = [\"student.hidden\"]; metrics = [\"f1\"]; title = \"\\\"T\\\" \xc3\xa4\"; "
    "} "
    ");\n";

/* The study as lines of its settings, and the title of its table. */
static char *words_of(const kd_study *study)
{
    size_t tables;
    kd_str out = KD_STR_INIT, shown = KD_STR_INIT;
    kd_study_show(study, &shown);
    for (const char *line = shown.text; *line; line += strcspn(line, "\n") + 1)
        kd_str_addf(&out, "%.*s\n", (int)strcspn(line, " \n") + 10, line); /* not who said it */
    for (size_t i = 0; i < kd_grid_count(kd_study_grid(study)); i++)
        kd_str_addf(&out, "%s/%s ", kd_grid_value(kd_study_grid(study), i, "student.hidden"),
                    kd_grid_value(kd_study_grid(study), i, "seed"));
    kd_str_addf(&out, "%s %s", kd_study_name(study), kd_study_tables(study, &tables)->title);
    assert_int_equal(tables, 1);
    kd_str_fini(&shown);
    return kd_str_take(&out);
}

static const char *keep(char **words)
{
    static const char *const environment[] = { "KDGRID_TRAIN__BATCH=5", "KDGRID_LOG=debug", NULL };
    const char              *overrides[] = { "train.lr=0.125", "seeds=[3, 4]" };
    kd_study_options         options = { .profile = "laptop",
                                         .overrides = { overrides, 2 },
                                         .environment = environment };
    const char              *path = kd_test_file("s.cfg", study_text);
    const char              *part = kd_test_file("part.cfg", "student = { kind = \"bilstm\"; };\n");
    const char              *cells = kd_test_file("cells.tsv", "student.hidden\n16\n32\n");
    kd_id                    ids[4] = { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 } };
    kd_str                   text = KD_STR_INIT;
    kd_study                *study;
    kd_error                 err;
    assert_ok(kd_study_open(&study, path, &options, &err), &err);
    assert_int_equal(kd_grid_count(kd_study_grid(study)), 4);
    *words = words_of(study);
    kd_kept_write(&text, study, ids);
    kd_study_close(study);
    unlink(path);
    unlink(part);
    unlink(cells);
    assert_null(strstr(text.text, kd_test_folder())); /* it may go anywhere */
    path = kd_test_file("kept.json", text.text);
    kd_str_fini(&text);
    return path;
}

static void test_reads_again_what_was_kept(void **state)
{
    (void)state;
    char         *before, *after;
    const char   *path = keep(&before);
    kd_kept_study kept;
    kd_error      err;
    assert_ok(kd_kept_open(&kept, path, &err), &err);
    after = words_of(kept.study);
    assert_string_equal(after, before);
    assert_int_equal(kept.ids[3].low, 4);
    kd_kept_close(&kept);
    free(before);
    free(after);
}

/* Sizes that nobody said are those of a published folder, also where that folder is not. */
static void test_knows_the_sizes_of_a_folder_that_is_gone(void **state)
{
    (void)state;
    static const char text[] =
        "study = { name = \"f\"; student = { kind = \"bert\"; init = \"bert-none\"; }; };\n";
    kd_id         id = { 1, 1 };
    kd_str        json = KD_STR_INIT;
    kd_study     *study;
    kd_kept_study kept;
    kd_error      err;
    setenv("KDGRID_DATA", kd_golden_path("checkpoints"), true);
    assert_ok(kd_study_open(&study, kd_test_file("f.cfg", text), &(kd_study_options){ 0 }, &err),
              &err);
    assert_string_equal(kd_grid_value(kd_study_grid(study), 0, "student.hidden"), "8");
    kd_kept_write(&json, study, &id);
    kd_study_close(study);
    unsetenv("KDGRID_DATA");
    for (int again = 0; again < 2; again++) { /* and kept once more */
        assert_ok(kd_kept_open(&kept, kd_test_file("f.json", json.text), &err), &err);
        assert_string_equal(kd_grid_value(kd_study_grid(kept.study), 0, "student.hidden"), "8");
        assert_string_equal(kd_grid_value(kd_study_grid(kept.study), 0, "student.layers"), "2");
        kd_str_reset(&json);
        kd_kept_write(&json, kept.study, &id);
        kd_kept_close(&kept);
    }
    kd_str_fini(&json);
}

static void test_refuses_what_is_none(void **state)
{
    (void)state;
    kd_kept_study kept;
    kd_error      err;
    assert_fails(
        KD_EDATA, "bad.json",
        kd_kept_open(&kept, kd_test_file("bad.json", "{\"form\": 2, \"text\": \"\"}"), &err), &err);
    kd_kept_close(&kept);
    assert_fails(KD_ECONFIG, "has 1 cells as this version reads it and 2 ids",
                 kd_kept_open(&kept,
                              kd_test_file("more.json", "{\"form\": 1, \"text\": \"study = { };\", "
                                                        "\"cells\": [\"a\", \"b\"]}"),
                              &err),
                 &err);
    kd_kept_close(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_again_what_was_kept),
        cmocka_unit_test(test_knows_the_sizes_of_a_folder_that_is_gone),
        cmocka_unit_test(test_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
