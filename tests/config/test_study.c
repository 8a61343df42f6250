/* test_study.c - who says what, what a mistake looks like, and what becomes of axes. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/study.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

/* Open this text as "s.cfg" with up to three overrides; the profile may be NULL. */
typedef struct {
    const char        *profile;
    const char        *overrides[4];
    const char *const *environment;
} saying;

static kd_status open_with(kd_study **out, const char *text, const saying *by, kd_error *err)
{
    kd_study_options options = { .profile = by->profile,
                                 .environment =
                                     by->environment ? by->environment : no_environment };
    options.overrides.items = (const char **)by->overrides;
    while (options.overrides.count < 4 && by->overrides[options.overrides.count])
        options.overrides.count++;
    return kd_study_open(out, kd_test_file("s.cfg", text), &options, err);
}

static kd_study *opened(const char *text, saying by)
{
    kd_study *study = NULL;
    kd_error  err;
    assert_ok(open_with(&study, text, &by, &err), &err);
    return study;
}

static void assert_cells(const kd_study *study, const char *want)
{
    const kd_grid *grid = kd_study_grid(study);
    kd_str         labels = KD_STR_INIT;
    for (size_t i = 0; i < kd_grid_count(grid); i++) {
        kd_grid_label(grid, i, &labels);
        kd_str_add(&labels, "\n");
    }
    assert_string_equal(labels.text, want);
    kd_str_fini(&labels);
}

static void assert_value(const kd_study *study, const char *key, const char *want)
{
    assert_string_equal(kd_grid_value(kd_study_grid(study), 0, key), want);
}

/* ---- mistakes ---- */

/* Members of `study`, after "study = {\n"; so the first line of a case is line 2. */
static void test_says_every_mistake_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *members, *words;
    } cases[] = {
        { "student = { hiden = 3; };",
          "s.cfg:2: student.hiden: unknown key; did you mean student.hidden?" },
        { "student = {\n hidden = \"x\"; };",
          "s.cfg:3: student.hidden: expected a whole number, found the text \"x\"" },
        { "student = { labels = 5; };",
          "s.cfg:2: student.labels: is not set but follows from the corpus and data.labels" },
        { "teacher = { vocab = 9; };",
          "s.cfg:2: teacher.vocab: is not set but follows from data.vocab and data.vocab_size" },
        { "data = { tag_specials = true; };",
          "s.cfg:2: data.tag_specials: is not set but follows from data.labels" },
        { "student = { hidden = 1.5; };",
          "s.cfg:2: student.hidden: expected a whole number, found 1.5" },
        { "student = { hidden = 0; };",
          "s.cfg:2: student.hidden: expected a whole number from 1 to" },
        { "student = { hidden = [1, 2]; };",
          "s.cfg:2: student.hidden: expected a whole number, found a list" },
        { "student = { hidden = { x = 1; }; };",
          "s.cfg:2: student.hidden: expected a whole number, found a group" },
        { "student = { kind = \"rnn\"; };", "s.cfg:2: student.kind: expected one of: " },
        { "student = { kind = 3; };", "found 3" },
        { "data = { lowercase = 1; };",
          "s.cfg:2: data.lowercase: expected true or false, found 1" },
        { "student = 3;", "s.cfg:2: student: expected a group { ... }, found 3" },
        { "studnt = { hidden = 3; };", "s.cfg:2: studnt: unknown key" },
        { "nam = \"x\";", "s.cfg:2: nam: unknown key; did you mean name?" },
        { "name = 3;", "s.cfg:2: name: expected a text, found 3" },
        { "name = \"a b\";", "s.cfg:2: name: expected letters" },
        { "task = \"nre\";", "s.cfg:2: task: expected one of: ner re hoc qa text pair; found nre" },
        /* axes */
        { "axes = 3;", "s.cfg:2: axes: expected a list, found 3" },
        { "axes = ( 3 );", "s.cfg:2: axes[0]: expected a group { ... }, found 3" },
        { "axes = ( { key = \"seed\"; values = [1]; } );",
          "s.cfg:2: seed: seeds are listed in `seeds`" },
        { "axes = ( { key = \"student.hiden\"; values = [1]; } );",
          "s.cfg:2: student.hiden: unknown key; did you mean student.hidden?" },
        { "axes = ( { values = [1]; } );", "s.cfg:2: axes[0]: there is no `key`" },
        { "axes = ( { key = \"student.hidden\"; } );", "s.cfg:2: axes[0]: there is no `values`" },
        { "axes = ( { key = \"student.hidden\"; values = []; } );",
          "s.cfg:2: student.hidden: expected at least one value" },
        { "axes = ( { key = \"student.hidden\"; value = [1]; } );",
          "s.cfg:2: axes[0].value: unknown key; expected one of: key values" },
        { "axes = ( { key = \"student.hidden\";\n values = [32, \"x\"]; } );",
          "s.cfg:3: student.hidden: expected a whole number, found the text \"x\"" },
        { "axes = ( { key = \"student.hidden\";\n values = (32, \"x\"); } );",
          "s.cfg:3: student.hidden: expected a whole number, found the text \"x\"" },
        { "axes = ( { key = \"student.hidden\"; values = [32, 32]; } );",
          "s.cfg:2: student.hidden: the value 32 stands here twice" },
        { "axes = ( { key = \"student.hidden\"; values = [1]; },\n"
          "{ key = \"student.hidden\"; values = [2]; } );",
          "s.cfg:3: student.hidden: has an axis already" },
        { "axes = ( { zip = ( { key = \"student.hidden\"; values = [1, 2]; },\n"
          "{ key = \"student.layers\"; values = [1]; } ); } );",
          "s.cfg:3: axes[0].zip[1]: expected 2 values as in the axis before, found 1" },
        { "axes = ( { zip = ( ); } );", "s.cfg:2: axes[0].zip: expected at least one axis" },
        { "seeds = 3;", "s.cfg:2: seeds: expected a list of seeds, as seeds = [1, 2, 3]; found 3" },
        { "seeds = [1, 2];\nseed = 3;", "s.cfg:3: seed: stands beside `seeds`" },
        { "seeds = [1, 2.5];", "s.cfg:2: seed: expected a whole number, found 2.5" },
        { "seeds = [1, 1];", "s.cfg:2: seed: the value 1 stands here twice" },
        { "seeds = [];", "s.cfg:2: seed: expected at least one value" },
        { "seeds = [\"a\"];", "s.cfg:2: seed: expected a whole number, found the text \"a\"" },
        { "exclude = ( { student = { hiden = 1; }; } );",
          "s.cfg:2: student.hiden: unknown key; did you mean student.hidden?" },
        { "exclude = ( { } );", "s.cfg:2: exclude[0]: an empty group would leave out every cell" },
        { "exclude = ( { task = \"ner\"; } );", "s.cfg:2: exclude: every cell is excluded" },
        { "include = ( { seed = 3; } );", "s.cfg:2: seed: seeds are listed in `seeds`" },
        { "include = ( { student = { hidden = -1; }; } );", "s.cfg:2: student.hidden: expected" },
        { "axes = ( );\ncells = \"c.tsv\";", "s.cfg:3: cells: stands beside `axes`" },
        { "tune = 1;", "tune: expected a list" },
        { "tune = ( { by = \"devel.f1\"; } );", "tune[0]: there are no `keys`" },
        { "tune = ( { key = \"train.lr\"; } );",
          "tune[0].key: unknown key; expected one of: keys by" },
        { "tune = ( { keys = [\"train.l\"]; } );", "train.l: unknown key; did you mean train.lr?" },
        { "tune = ( { keys = [\"train.lr\"]; by = \"test.f1\"; } );",
          "tune[0].by: what is picked by its figure on test has that figure because it was "
          "picked" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        saying    nobody = { 0 };
        char     *text = kd_sprintf("study = {\n%s\n};\n", cases[i].members);
        assert_fails(KD_ECONFIG, cases[i].words, open_with(&study, text, &nobody, &err), &err);
        free(text);
    }
}

static void test_says_mistakes_around_the_study(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "", "s.cfg: there is no group `study`" },
        { "study = 3;", "s.cfg:1: study: expected a group" },
        { "stduy = { };", "s.cfg:1: stduy: unknown key; did you mean study?" },
        { "study = { }; student = { };",
          "s.cfg:1: student: unknown key; did you mean study.student?" },
        { "study = { }; xyzzy = 1;", "s.cfg:1: xyzzy: unknown key; expected one of: study" },
        { "study = { }; profiles = 1;", "s.cfg:1: profiles: expected a group" },
        { "study = { }; profiles = { a = { student = { hiden = 1; }; }; };",
          "s.cfg:1: student.hiden: unknown key" }, /* though nobody chose it */
        { "study = { }; tables = 1;", "s.cfg:1: tables: expected a list" },
        { "study = { };\ntables = ( { row = [\"seed\"]; } );",
          "s.cfg:2: tables[0].row: unknown key" },
        { "study = { };\ntables = ( { rows = [\"student.hiden\"]; } );",
          "s.cfg:2: student.hiden: unknown key; did you mean student.hidden?" },
        { "study = { };\ntables = ( { split = \"train\"; } );",
          "s.cfg:2: data.report: expected one of" },
        { "study = { };\ntables = ( { published = ( { metric = \"f1\"; } ); } );",
          "s.cfg:2: tables[0].published[0]: there is no `value`" },
        { "study = { };\ntables = ( { labels = ( { key = \"seed\"; } ); } );",
          "s.cfg:2: tables[0].labels[0]: there is no `label`" },
        { "study = { };\nslurm = { node = 1; };",
          "s.cfg:2: slurm.node: unknown key; did you mean slurm.nodes?" },
        { "study = { };\nslurm = { nodes = \"4\"; };",
          "s.cfg:2: slurm.nodes: expected a whole number, found the text \"4\"" },
        { "study = { };\nslurm = { nodes = 0; };",
          "s.cfg:2: slurm.nodes: expected a whole number from 1" },
        { "study = { };\nslurm = { extra = [1]; };",
          "s.cfg:2: slurm.extra[0]: expected a text, found 1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        saying    nobody = { 0 };
        assert_fails(KD_ECONFIG, cases[i].words, open_with(&study, cases[i].text, &nobody, &err),
                     &err);
    }
}

static void test_says_mistakes_of_the_command_line_and_the_environment(void **state)
{
    (void)state;
    static const char *const wrong_key[] = { "KDGRID_STUDENT__HIDEN=3", NULL };
    static const char *const wrong_value[] = { "KDGRID_THREADS=many", NULL };
    static const struct {
        saying      by;
        kd_status   kind;
        const char *words;
    } cases[] = {
        { { .overrides = { "student.hiden=3" } },
          KD_ECONFIG,
          "-D student.hiden: unknown key; did you mean student.hidden?" },
        { { .overrides = { "student.hidden=x" } },
          KD_ECONFIG,
          "-D student.hidden: expected a whole number, found x" },
        { { .overrides = { "student=x" } }, KD_ECONFIG, "-D student: is a group of settings" },
        { { .overrides = { "student.hidden" } },
          KD_EUSAGE,
          "-D student.hidden: expected key=value" },
        { { .overrides = { "=3" } }, KD_EUSAGE, "-D =3: expected key=value" },
        { { .overrides = { "slurm.node=3" } }, KD_ECONFIG, "-D slurm.node: unknown key" },
        { { .profile = "cluster" }, KD_EUSAGE, "s.cfg: no profile cluster; it has laptop, tiny" },
        { { .environment = wrong_key },
          KD_ECONFIG,
          "KDGRID_STUDENT__HIDEN: student.hiden: unknown key" },
        { { .environment = wrong_value }, KD_ECONFIG, "KDGRID_THREADS: threads: expected a whole" },
    };
    static const char text[] = "study = { student = { layers = 1; }; };\n"
                               "profiles = { laptop = { }; tiny = { }; };\n";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        assert_fails(cases[i].kind, cases[i].words, open_with(&study, text, &cases[i].by, &err),
                     &err);
    }
}

static void test_says_up_to_ten_mistakes_at_once(void **state)
{
    (void)state;
    static const char        text[] = "study = { student = { hiden = 3;\n"
                                      " kind = \"bilstn\"; };\n"
                                      " axes = ( { key = \"train.epochs\"; values = [1, \"x\", 0.5]; },\n"
                                      "          { key = \"train.lrr\"; values = [1]; } );\n"
                                      " include = ( { train = { lr = -1; }; } ); };\n"
                                      "slurm = { node = 1; };\n";
    static const char *const want[] = {
        "-D train.epoch: unknown key",
        "s.cfg:1: student.hiden: unknown key",
        "s.cfg:2: student.kind: expected one of: bilstm bert",
        "s.cfg:3: train.epochs: expected a whole number, found the text \"x\"",
        "s.cfg:3: train.epochs: expected a whole number, found 0.5",
        "s.cfg:4: train.lrr: unknown key; did you mean train.lr?",
        "s.cfg:5: train.lr: expected a number from",
        "s.cfg:6: slurm.node: unknown key",
    };
    size_t           count = sizeof want / sizeof *want;
    kd_problems      problems = { 0 };
    kd_study        *study = NULL;
    const char      *overrides[] = { "train.epoch=3" };
    kd_study_options options = { .overrides = { overrides, 1 },
                                 .environment = no_environment,
                                 .problems = &problems };
    kd_error         err;
    assert_fails(KD_ECONFIG, "(and 7 more)",
                 kd_study_open(&study, kd_test_file("s.cfg", text), &options, &err), &err);
    assert_int_equal(problems.count, count);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (int k = 0; k < problems.count; k++)
            found |= strstr(problems.problem[k].err.text, want[i]) != NULL;
        if (!found) fail_msg("nobody said: %s", want[i]);
    }
    assert_non_null(strstr(problems.problem[0].err.text, "did you mean student.hidden?"));

    kd_str many = KD_STR_INIT;
    kd_str_add(&many, "study = { student = {\n");
    for (int i = 0; i < 15; i++) kd_str_addf(&many, "xyzzy%d = 1;\n", i);
    kd_str_add(&many, "}; };\n");
    problems.count = 0;
    assert_fails(KD_ECONFIG, "(and 9 more)",
                 kd_study_open(&study, kd_test_file("s.cfg", many.text), &options, &err), &err);
    kd_str_fini(&many);
}

static void test_names_a_value_that_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *members, *words;
    } cases[] = {
        { "student = { kind = \"bilstn\"; };", "; found bilstn; did you mean bilstm?" },
        { "task = \"nerr\";", "; found nerr; did you mean ner?" },
        { "distill = { method = \"logit-mes\"; };", "; did you mean logit-mse?" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = NULL;
        kd_error  err;
        saying    nobody = { 0 };
        char     *text = kd_sprintf("study = { %s };\n", cases[i].members);
        assert_fails(KD_ECONFIG, cases[i].words, open_with(&study, text, &nobody, &err), &err);
        free(text);
    }
}

/* ---- who wins ---- */

static void test_lets_the_stronger_place_win(void **state)
{
    (void)state;
    static const char        text[] = "study = { student = { hidden = 10; }; };\n"
                                      "profiles = { p = { student = { hidden = 20; }; }; };\n";
    static const char *const environment[] = { "PATH=x", "KDGRID_LOG=debug",
                                               "KDGRID_STUDENT__HIDDEN=30", NULL };
    static const struct {
        saying      by;
        const char *want;
    } cases[] = {
        { { 0 }, "10" },
        { { .profile = "p" }, "20" },
        { { .profile = "p", .environment = environment }, "30" },
        { { .environment = environment }, "30" },
        { { .profile = "p", .environment = environment, .overrides = { "student.hidden=40" } },
          "40" },
        { { .overrides = { "student.hidden=40", "student.hidden=50" } }, "50" },
        { { .overrides = { "study.student.hidden=60" } }, "60" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = opened(text, cases[i].by);
        assert_value(study, "student.hidden", cases[i].want);
        kd_study_close(study);
    }
}

static void test_takes_underscores_of_the_environment_for_dots_in_pairs(void **state)
{
    (void)state;
    static const char *const environment[] = {
        "KDGRID_DATA__SYNTH__SENTENCES=77", "KDGRID_THREADS=3",
        "KDGRID_DATA__VOCAB_SIZE=99",       "KDGRID_SEEDS=[4, 5]",
        "KDGRID_DATA=/somewhere",           NULL
    };
    kd_study *study = opened("study = { };", (saying){ .environment = environment });
    assert_value(study, "data.synth.sentences", "77");
    assert_value(study, "threads", "3");
    assert_value(study, "data.vocab_size", "99");
    assert_int_equal(kd_grid_count(kd_study_grid(study)), 2);
    kd_study_close(study);
}

static void test_says_where_each_value_came_from(void **state)
{
    (void)state;
    kd_study *study = opened("study = {\n student = { hidden = 10; layers = 3; };\n"
                             " axes = ( { key = \"train.epochs\"; values = [1, 2]; } ); };\n",
                             (saying){ .overrides = { "student.layers=1" } });
    kd_str    page = KD_STR_INIT;
    kd_study_show(study, &page);
    static const char *const lines[] = {
        "student.hidden = 10                           # file: ",
        "s.cfg:2\n",
        "student.layers = 1                            # command line: -D\n",
        "train.epochs = [1, 2]                         # axis\n",
        "student.init = scratch                        # default\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_non_null(strstr(page.text, lines[i]));
    assert_non_null(strstr(kd_study_place(study, "student.hidden"), "s.cfg:2: student.hidden"));
    assert_string_equal(kd_study_place(study, "student.layers"), "-D student.layers");
    assert_non_null(strstr(kd_study_place(study, "student.init"), "student.init (the default)"));
    kd_str_fini(&page);
    kd_study_close(study);
}

/* ---- axes ---- */

#define AXES                                                       \
    "study = { seeds = [1, 2];\n"                                  \
    "axes = ( { key = \"student.hidden\"; values = [32, 64]; },\n" \
    "{ key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } );\n"

static void test_makes_cells_of_axes_and_seeds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        saying      by;
        const char *want;
    } cases[] = {
        { AXES "};",
          { 0 },
          "hidden=32 method=none seed=1\nhidden=32 method=none seed=2\n"
          "hidden=32 method=logit-mse seed=1\nhidden=32 method=logit-mse seed=2\n"
          "hidden=64 method=none seed=1\nhidden=64 method=none seed=2\n"
          "hidden=64 method=logit-mse seed=1\nhidden=64 method=logit-mse seed=2\n" },
        /* one value from a stronger place takes the place of an axis */
        { AXES "};",
          { .overrides = { "student.hidden=16", "seeds=[7]" } },
          "method=none\nmethod=logit-mse\n" },
        { AXES "};",
          { .overrides = { "student.hidden=16", "seed=7" } },
          "method=none\nmethod=logit-mse\n" },
        { AXES "};",
          { .overrides = { "seeds=7", "distill.method=none" } },
          "hidden=32\nhidden=64\n" },
        /* a list is an axis, in place of the old one or as a new one */
        { AXES "};",
          { .overrides = { "student.hidden=[8]", "seeds=[7]" } },
          "method=none\nmethod=logit-mse\n" },
        { AXES "};",
          { .overrides = { "seeds=[7]", "distill.method=none", "train.epochs=[1, 2]" } },
          "hidden=32 epochs=1\nhidden=32 epochs=2\nhidden=64 epochs=1\nhidden=64 epochs=2\n" },
        { AXES "exclude = ( { student = { hidden = [32]; }; distill = { method = \"none\"; }; },\n"
               "{ seed = 2; } ); };",
          { 0 },
          "hidden=32 method=logit-mse seed=1\nhidden=64 method=none seed=1\n"
          "hidden=64 method=logit-mse seed=1\n" },
        { "study = { seeds = [1]; axes = ( { zip = (\n"
          "{ key = \"student.kind\"; values = [\"bilstm\", \"bilstm\", \"bert\"]; },\n"
          "{ key = \"student.layers\"; values = [1, 2, 2]; } ); } ); };",
          { 0 },
          "kind=bilstm layers=1\nkind=bilstm layers=2\nkind=bert layers=2\n" },
        { AXES "include = ( { student = { hidden = 5; }; } ); };",
          { .overrides = { "seeds=[1]" } },
          "hidden=32 method=none\nhidden=32 method=logit-mse\n"
          "hidden=64 method=none\nhidden=64 method=logit-mse\nhidden=5 method=none\n" },
        { "study = { seeds = [1, 2]; include = ( { student = { hidden = 5; }; },\n"
          "{ train = { epochs = 3; }; } ); train = { epochs = 2; }; student = { hidden = 9; }; };",
          { 0 },
          "hidden=5 epochs=2 seed=1\nhidden=5 epochs=2 seed=2\n"
          "hidden=9 epochs=3 seed=1\nhidden=9 epochs=3 seed=2\n" },
        { "study = { include = ( { } ); };", { 0 }, "\n" },
        { "study = { };", { 0 }, "\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_study *study = opened(cases[i].text, cases[i].by);
        assert_cells(study, cases[i].want);
        kd_study_close(study);
    }
}

static void test_lets_a_profile_replace_axes_and_seeds(void **state)
{
    (void)state;
    kd_study *study = opened(AXES "}; profiles = { p = { seeds = [9];\n"
                                  "axes = ( { key = \"train.epochs\"; values = [1, 2]; } ); }; };",
                             (saying){ .profile = "p" });
    assert_cells(study, "epochs=1\nepochs=2\n");
    assert_value(study, "seed", "9");
    kd_study_close(study);
}

static void test_takes_whole_numbers_for_reals_and_whole_reals_for_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        saying      by;
        const char *cells;
    } cases[] = {
        { "axes = ( { key = \"distill.alpha\"; values = [0, 0.5, 1]; } );",
          { 0 },
          "alpha=0\nalpha=0.5\nalpha=1\n" },
        { "axes = ( { key = \"distill.alpha\"; values = (0.5, 1); } );",
          { 0 },
          "alpha=0.5\nalpha=1\n" },
        { "", { .overrides = { "distill.alpha=[0, 0.5]" } }, "alpha=0\nalpha=0.5\n" },
        { "axes = ( { key = \"train.epochs\"; values = [2.0, 3, 1e1]; } );",
          { 0 },
          "epochs=2\nepochs=3\nepochs=10\n" },
        { "", { .overrides = { "train.epochs=[5.0, 1e1]" } }, "epochs=5\nepochs=10\n" },
        { "seeds = [1.0, 2];", { 0 }, "seed=1\nseed=2\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char     *text = kd_sprintf("study = { %s };\n", cases[i].members);
        kd_study *study = opened(text, cases[i].by);
        assert_cells(study, cases[i].cells);
        kd_study_close(study);
        free(text);
    }
    kd_study *study = opened("study = { train = { epochs = 5.0; }; };\nslurm = { nodes = 2.0; };\n",
                             (saying){ .overrides = { "student.hidden=64.0" } });
    assert_value(study, "train.epochs", "5");
    assert_value(study, "student.hidden", "64");
    kd_study_close(study);
}

static void test_writes_values_in_one_form(void **state)
{
    (void)state;
    kd_study *study =
        opened("study = { train = { lr = 0.0010; }; threads = 0x2; };", (saying){ 0 });
    assert_value(study, "train.lr", "0.001");
    assert_value(study, "threads", "2");
    kd_study_close(study);
}

/* ---- the rest of the file ---- */

static void test_reads_what_devel_chooses(void **state)
{
    (void)state;
    kd_study *study = opened(
        "study = { tune = ( { keys = [\"train.lr\", \"train.epochs\"]; by = \"devel.f1\"; },\n"
        "                   { keys = [\"student.hidden\"]; } ); };\n",
        (saying){ 0 });
    size_t               count;
    const kd_study_tune *t = kd_study_tunes(study, &count);
    assert_int_equal(count, 2);
    assert_int_equal(t[0].key_count, 2);
    assert_string_equal(t[0].keys[1], "train.epochs");
    assert_string_equal(t[0].by, "devel.f1");
    assert_string_equal(t[1].keys[0], "student.hidden");
    assert_null(t[1].by);
    kd_study_close(study);
}

static void test_reads_tables(void **state)
{
    (void)state;
    kd_study *study = opened(
        "study = { name = \"x\"; };\n"
        "tables = ( { }, { name = \"main\"; title = \"T\"; split = \"devel\";\n"
        "  rows = [\"student.hidden\"]; columns = [\"distill.method\", \"seed\"];\n"
        "  metrics = [\"f1\", \"size_mib\"]; where = { student = { kind = \"bilstm\"; }; };\n"
        "  published = ( { student = { hidden = 300; }; metric = \"f1\"; value = 0.7745;\n"
        "                  text = \"77\"; source = \"S\"; }, { value = 1; } );\n"
        "  labels = ( { key = \"distill.method\"; value = \"none\"; label = \"alone\"; },\n"
        "             { key = \"seed\"; label = \"run\"; } ); } );\n",
        (saying){ 0 });
    size_t                count;
    const kd_study_table *t = kd_study_tables(study, &count);
    assert_int_equal(count, 2);
    assert_string_equal(t[0].name, "x");
    assert_string_equal(t[0].split, "test");
    assert_string_equal(t[0].metrics[0], "f1");
    assert_null(t[0].title);
    t++;
    assert_string_equal(t->name, "main");
    assert_string_equal(t->split, "devel");
    assert_int_equal(t->column_count, 2);
    assert_string_equal(t->columns[1], "seed");
    assert_string_equal(t->metrics[1], "size_mib");
    assert_string_equal(t->where[0].key, "student.kind");
    assert_int_equal(t->published_count, 2);
    assert_string_equal(t->published[0].match[0].value, "300");
    assert_close(t->published[0].value, 0.7745, 0);
    assert_string_equal(t->published[0].text, "77");
    assert_int_equal(t->published[1].match_count, 0);
    assert_string_equal(t->labels[0].value, "none");
    assert_null(t->labels[1].value);
    kd_study_close(study);
}

static void test_reads_the_job(void **state)
{
    (void)state;
    kd_study *study = opened("study = { }; slurm = { nodes = 4; time = \"24:00:00\";\n"
                             "extra = [\"--exclusive\", \"--mail-type=END\"];\n"
                             "prologue = \"module load openmpi\"; };",
                             (saying){ .overrides = { "slurm.nodes=8", "slurm.account=abc" } });
    const kd_slurm_options *slurm = kd_study_slurm(study);
    assert_int_equal(slurm->nodes, 8);
    assert_string_equal(slurm->account, "abc");
    assert_string_equal(slurm->time, "24:00:00");
    assert_string_equal(slurm->extra, "--exclusive\n--mail-type=END");
    assert_string_equal(slurm->prologue, "module load openmpi");
    assert_string_equal(slurm->partition, "");
    kd_study_close(study);
}

static void test_is_called_after_its_file_when_it_has_no_name(void **state)
{
    (void)state;
    kd_study *study = opened("study = { };", (saying){ 0 });
    assert_string_equal(kd_study_name(study), "s");
    kd_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_every_mistake_with_its_place),
        cmocka_unit_test(test_says_mistakes_around_the_study),
        cmocka_unit_test(test_says_mistakes_of_the_command_line_and_the_environment),
        cmocka_unit_test(test_says_up_to_ten_mistakes_at_once),
        cmocka_unit_test(test_names_a_value_that_was_meant),
        cmocka_unit_test(test_lets_the_stronger_place_win),
        cmocka_unit_test(test_takes_underscores_of_the_environment_for_dots_in_pairs),
        cmocka_unit_test(test_says_where_each_value_came_from),
        cmocka_unit_test(test_makes_cells_of_axes_and_seeds),
        cmocka_unit_test(test_lets_a_profile_replace_axes_and_seeds),
        cmocka_unit_test(test_takes_whole_numbers_for_reals_and_whole_reals_for_numbers),
        cmocka_unit_test(test_writes_values_in_one_form),
        cmocka_unit_test(test_reads_what_devel_chooses),
        cmocka_unit_test(test_reads_tables),
        cmocka_unit_test(test_reads_the_job),
        cmocka_unit_test(test_is_called_after_its_file_when_it_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
