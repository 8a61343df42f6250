/* test_cells.c - a list of cells in a file, in place of axes. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/study.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

static kd_status open_list(kd_study **out, const char *file, const char *text, const char *more,
                           const char *override, kd_error *err)
{
    kd_study_options options = { .environment = no_environment };
    options.overrides = (kd_arg_list){ &override, override ? 1 : 0 };
    if (text) kd_test_file(file, text);
    char       *study = kd_sprintf("study = { cells = \"%s\";\n%s };\n", file, more);
    const char *path = kd_test_file("list.cfg", study);
    free(study);
    return kd_study_open(out, path, &options, err);
}

static void test_reads_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *more, *override, *want;
    } cases[] = {
        { "a.tsv", "student.hidden\tdistill.method\n32\tnone\n64\tlogit-mse\n", "", NULL,
          "hidden=32 method=none\nhidden=64 method=logit-mse\n" },
        { "a.tsv", "student.hidden\r\n32\r\n\r\n64\r\n", "seeds = [1, 2];", NULL,
          "hidden=32 seed=1\nhidden=32 seed=2\nhidden=64 seed=1\nhidden=64 seed=2\n" },
        { "a.tsv", "student.hidden\tseed\n32\t5\n32\t6\n", "", NULL, "seed=5\nseed=6\n" },
        { "a.tsv", "student.hidden\ttrain.lr\n32\t0.10\n64\t1e-1\n", "", NULL,
          "hidden=32\nhidden=64\n" }, /* 0.10 and 1e-1 are one value */
        { "a.tsv", "student.hidden\ttrain.epochs\n32\t1\n64\t2\n", "", "student.hidden=16",
          "epochs=1\nepochs=2\n" },
        { "a.jsonl", "{\"student.hidden\": 32}\n\n{\"student\": {\"hidden\": 64}, \"seed\": 7}\n",
          "", NULL, "hidden=32 seed=1\nhidden=64 seed=7\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        kd_str    labels = KD_STR_INIT;
        assert_ok(
            open_list(&study, cases[i].file, cases[i].text, cases[i].more, cases[i].override, &err),
            &err);
        for (size_t c = 0; c < kd_grid_count(kd_study_grid(study)); c++) {
            kd_grid_label(kd_study_grid(study), c, &labels);
            kd_str_add(&labels, "\n");
        }
        assert_string_equal(labels.text, cases[i].want);
        kd_str_fini(&labels);
        kd_study_close(study);
    }
}

static void test_says_every_mistake_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *more;
        kd_status   kind;
        const char *words;
    } cases[] = {
        { "no.tsv", NULL, "", KD_ENOINPUT, "list.cfg:1: cells: there is no file no.tsv" },
        { "b.csv", "x", "", KD_ECONFIG, "list.cfg:1: cells: expected a file .tsv or .jsonl" },
        { "b.tsv", "", "", KD_ECONFIG, "b.tsv:1: there are no cells" },
        { "b.tsv", "student.hidden\n", "", KD_ECONFIG, "b.tsv:2: there are no cells" },
        { "b.tsv", "student.hiden\n1\n", "", KD_ECONFIG,
          "b.tsv:1: student.hiden: unknown key; did you mean student.hidden?" },
        { "b.tsv", "student.hidden\tstudent.hidden\n1\t2\n", "", KD_ECONFIG,
          "b.tsv:1: student.hidden: stands here twice" },
        { "b.tsv", "student.hidden\n1\n2\t3\n", "", KD_ECONFIG,
          "b.tsv:3: expected 1 columns, found 2" },
        { "b.tsv", "student.hidden\ttrain.epochs\n1\n", "", KD_ECONFIG,
          "b.tsv:2: expected 2 columns, found 1" },
        { "b.tsv", "student.hidden\n1\nx\n", "", KD_ECONFIG,
          "b.tsv:3: student.hidden: expected a whole number, found x" },
        { "b.tsv", "seed\n1\n", "seeds = [1];", KD_ECONFIG,
          "list.cfg:2: seeds: the list of cells has seeds already" },
        { "b.jsonl", "{\"student.hidden\": 1}\n{\n", "", KD_ECONFIG, "b.jsonl:2" },
        { "b.jsonl", "[1]\n", "", KD_ECONFIG, "b.jsonl:1: expected an object" },
        { "b.jsonl", "{\"student.hidden\": [1]}\n", "", KD_ECONFIG,
          "b.jsonl:1: student.hidden: expected a whole number, found a list or null" },
        { "b.jsonl", "{\"student\": {\"hiden\": 1}}\n", "", KD_ECONFIG,
          "b.jsonl:1: student.hiden: unknown key" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        assert_fails(cases[i].kind, cases[i].words,
                     open_list(&study, cases[i].file, cases[i].text, cases[i].more, NULL, &err),
                     &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_both_forms),
        cmocka_unit_test(test_says_every_mistake_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
