/* test_plan.c - cells become a graph: what is shared, what an id depends on, what is left to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/config/again.h"
#include "harness/plan/learned.h"
#include "harness/plan/plan.h"
#include "harness/plan/summary.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

typedef struct {
    kd_study *study;
    kd_plan  *plan;
} planned;

static kd_status try_plan(planned *out, const char *text, const kd_plan_options *options,
                          kd_error *err)
{
    kd_study_options study_options = { .environment = no_environment };
    *out = (planned){ NULL, NULL };
    kd_status status = kd_study_open(&out->study, kd_test_file("p.cfg", text), &study_options, err);
    return status == KD_OK ? kd_plan_create(&out->plan, out->study, options, err) : status;
}

static planned plan_of(const char *text)
{
    planned  p;
    kd_error err;
    assert_ok(try_plan(&p, text, NULL, &err), &err);
    return p;
}

static void close_plan(planned *p)
{
    kd_plan_destroy(p->plan);
    kd_study_close(p->study);
}

/* The id of the first cell of a study with these members. */
static kd_id id_of(const char *members)
{
    char   *text = kd_sprintf("study = { %s };\n", members);
    planned p = plan_of(text);
    kd_id   id = kd_plan_id_of_cell(p.plan, 0);
    close_plan(&p);
    free(text);
    return id;
}

/* ---- ids ---- */

#define TAUGHT  "distill = { method = \"logit-mse\"; };"
#define METHODS "axes = ( { key = \"distill.method\"; values = [\"none\", \"kl\"]; } );"
#define UNTOLD  "unlabelled = \"synth\"; unlabelled_sentences = 50;"

static void test_gives_equal_settings_equal_ids(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "student = { hidden = 9; layers = 2; }; threads = 1;",
          "threads = 1; /* first */ student = { layers = 2; # two\n hidden = 9; };" },
        { "", "name = \"another\"; about = \"the same\";" },
        { "", "student = { kind = \"bilstm\"; };" }, /* the default, said */
        { "train = { lr = 0.01; };", "train = { lr = 1e-2; };" },
        { "seeds = [1];", "seeds = [1, 2];" },
        { "student = { hidden = 9; };",
          "axes = ( { key = \"student.hidden\"; values = [9, 10]; } );" },
        /* what nobody reads */
        { "", "student = { heads = 3; ffn = 7; };" },
        { "", "teacher = { hidden = 48; };" },
        { "", "distill = { alpha = 0.25; };" },
        { "", "distill = { rows = \"all\"; };" },
        { "", "train = { select_by = \"\"; };" },
        { "", "data = { report = \"devel\"; };" },
        { "", "data = { labels = \"corpus\"; };" },
        { "", "train = { checkpoint_s = 5; };" },
        { "", "augment = { mode = \"paper\"; seed = 9; };" },
        { "", "data = { scheme = \"iobes\"; };" },
        { "", METHODS "data = { " UNTOLD " unlabelled_share = 0.5; };" }, /* the first is none */
        { TAUGHT, TAUGHT "data = { unlabelled_sentences = 9; unlabelled_share = 0.5; };" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (!kd_id_equal(id_of(pairs[i][0]), id_of(pairs[i][1])))
            fail_msg("unequal ids: %s and %s", pairs[i][0], pairs[i][1]);
}

#define LAYERS                                                                                     \
    "teacher = { kind = \"bert\"; layers = 5; }; student = { kind = \"bert\"; layers = 3; init = " \
    "\"teacher-layers\"; "

static void test_gives_other_settings_other_ids(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "student = { hidden = 9; };" },
        { "", "seeds = [2];" },
        { "", "train = { epochs = 3; };" },
        { "", "train = { select_by = \"token_micro.f1\"; };" },
        { "", "precision = \"bf16\";" },
        { "", "inference = \"int8\";" },
        { "", "data = { synth = { seed = 3; }; };" },
        { "", "data = { train_sentences = 9; };" },
        { "", "data = { labels = \"source\"; };" },
        { "data = { devel_sentences = 9; };", "data = { test_sentences = 9; };" },
        { "", TAUGHT },
        { TAUGHT, TAUGHT "teacher = { hidden = 48; heads = 4; };" },
        { TAUGHT, TAUGHT "teacher = { seed = 2; };" },
        { TAUGHT, TAUGHT "teacher = { train = { epochs = 77; }; };" },
        { TAUGHT, TAUGHT "data = { " UNTOLD " };" },
        { TAUGHT "data = { " UNTOLD " };",
          TAUGHT "data = { " UNTOLD " unlabelled_share = 0.5; };" },
        { TAUGHT, "distill = { method = \"logit-mse\"; alpha = 0.25; };" },
        { TAUGHT, "distill = { method = \"logit-mse\"; rows = \"all\"; };" },
        { "student = { kind = \"bert\"; };", "student = { kind = \"bert\"; ffn = 7; };" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (kd_id_equal(id_of(pairs[i][0]), id_of(pairs[i][1])))
            fail_msg("equal ids: %s and %s", pairs[i][0], pairs[i][1]);
}

static void write_corpus(const char *folder, const char *train)
{
    kd_error err;
    char    *path = kd_fs_join(kd_test_folder(), folder);
    assert_ok(kd_fs_make_folders(path, &err), &err);
    static const char *const splits[] = { "train.tsv", "devel.tsv", "test.tsv" };
    for (int i = 0; i < 3; i++) {
        char *file = kd_fs_join(path, splits[i]);
        assert_ok(kd_fs_write(file, train, strlen(train), &err), &err);
        free(file);
    }
    free(path);
}

static void test_goes_by_the_contents_of_files(void **state)
{
    (void)state;
    write_corpus("one", "a\tO\n\n");
    write_corpus("two", "a\tO\n\n");
    write_corpus("three", "b\tO\n\n");
    kd_id one = id_of("data = { corpus = \"one\"; };");
    assert_true(kd_id_equal(one, id_of("data = { corpus = \"two\"; };")));
    assert_false(kd_id_equal(one, id_of("data = { corpus = \"three\"; };")));
    assert_false(
        kd_id_equal(one, id_of("data = { corpus = \"one\"; test = \"three/test.tsv\"; };")));
    assert_true(kd_id_equal(one, id_of("data = { corpus = \"x\"; train = \"one/train.tsv\";"
                                       "devel = \"one/devel.tsv\"; test = \"two/test.tsv\"; };")));
    kd_test_file("one/vocab.txt", "[UNK]\na\n");
    kd_test_file("two/vocab.txt", "[UNK]\na\n");
    kd_test_file("three/vocab.txt", "[UNK]\nb\n");
    kd_id vocab = id_of("data = { vocab = \"one\"; };"); /* a folder that holds one */
    assert_true(kd_id_equal(vocab, id_of("data = { vocab = \"two\"; vocab_size = 99; };")));
    assert_false(kd_id_equal(vocab, id_of("data = { vocab = \"three\"; };")));
    kd_id init = id_of("student = { init = \"one/vocab.txt\"; };");
    assert_true(kd_id_equal(init, id_of("student = { init = \"two/vocab.txt\"; };")));
    assert_false(kd_id_equal(init, id_of("student = { init = \"three/vocab.txt\"; };")));
    assert_false(kd_id_equal(init, id_of("")));
    write_corpus("one", "changed\tO\n\n");
    assert_false(kd_id_equal(one, id_of("data = { corpus = \"one\"; };")));
}

static void test_names_what_is_absent(void **state)
{
    (void)state;
    write_corpus("whole", "a\tO\n\n");
    static const struct {
        const char *members;
        kd_status   kind;
        const char *words;
    } cases[] = {
        { "data = { corpus = \"nowhere\"; };", KD_ENOINPUT,
          "p.cfg:1: data.corpus: there is no nowhere/train.tsv" },
        { "data = { corpus = \"whole\"; test = \"t.tsv\"; };", KD_ENOINPUT,
          "p.cfg:1: data.test: there is no t.tsv" },
        { "data = { test = \"whole/test.tsv\"; };", KD_ECONFIG,
          "p.cfg:1: data.test: a file stands beside an invented corpus" },
        { "data = { vocab = \"v.txt\"; };", KD_ENOINPUT, "p.cfg:1: data.vocab: there is no v.txt" },
        { "data = { vocab = \"whole\"; };", KD_ENOINPUT,
          "whole: is a folder without a vocabulary or weights" },
        { "student = { init = \"w.bin\"; };", KD_ENOINPUT,
          "p.cfg:1: student.init: there is no w.bin" },
        { TAUGHT "teacher = { init = \"teacher-layers\"; };", KD_ECONFIG,
          "p.cfg:1: teacher.init: teacher-layers is for students; here it is scratch or a file" },
        { TAUGHT "teacher = { distill = { method = \"logit-mse\"; }; };", KD_ECONFIG,
          "p.cfg:1: teacher.distill.method: logit-mse needs a teacher" },
        { TAUGHT "finetune = { distill = { method = \"kl\"; }; }; student = { init = "
                 "\"fine-tuned\"; };",
          KD_ECONFIG, "p.cfg:1: finetune.distill.method: kl needs a teacher" },
        { TAUGHT "targets = { file = \"t.h5\"; };", KD_ENOINPUT,
          "p.cfg:1: targets.file: there is no t.h5" },
        { "distill = { method = \"logit-mse\"; padding = \"source\"; rows = \"all\"; };",
          KD_ECONFIG, "p.cfg:1: distill.padding: source needs targets.padding = true" },
        { "distill = { method = \"logit-mse\"; padding = \"source\"; };", KD_ECONFIG,
          "p.cfg:1: distill.padding: source needs distill.rows = all: a PAD has no label" },
        { "distill = { method = \"kl\"; teacher_mode = \"train\"; }; teacher = { count = 2; };",
          KD_ECONFIG, "p.cfg:1: teacher.count: with distill.teacher_mode = train one teacher" },
        { "student = { kind = \"bert\"; hidden = 10; heads = 4; };", KD_ECONFIG,
          "p.cfg:1: student.heads: " },
        { "task = \"hoc\"; data = { corpus = \"whole\"; }; student = { kind = \"bert\"; };",
          KD_ECONFIG, "p.cfg: student.pooler (the default): head = multilabel reads it" },
        { "task = \"re\"; student = { kind = \"bert\"; pooler = true; head = \"span\"; };",
          KD_ECONFIG, "p.cfg:1: student.head: span cannot learn the task re, which needs class" },
        { "task = \"re\"; distill = { method = \"doktra\"; }; teacher = { kind = \"bilstm\"; };",
          KD_ECONFIG,
          "p.cfg: distill.method: doktra needs the teacher's hidden states of an encoder, which a "
          "bilstm does not have" },
        { "student = { init = \"teacher-layers\"; }; teacher = { kind = \"bert\"; };", KD_ECONFIG,
          "p.cfg:1: student.init: teacher-layers: student.kind = bilstm has no layers that can "
          "be" },
        { "student = { kind = \"bert\"; init = \"teacher-layers\"; }; teacher = { kind = "
          "\"bilstm\"; };",
          KD_ECONFIG, "teacher.kind = bilstm has no layers that can be taken over" },
        { TAUGHT "data = { unlabelled = [\"a.txt\", \"b.txt\"]; };", KD_ENOINPUT,
          "p.cfg:1: data.unlabelled: there is no a.txt" },
        { TAUGHT "data = { unlabelled = [\"a.txt\", \"b.txt\"]; };", KD_ENOINPUT, "1 more" },
        { TAUGHT "data = { unlabelled = \"whole/train.tsv,,\"; };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: a name is empty" },
        { TAUGHT "data = { unlabelled = \"a,b,c,d,e,f,g,h,i\"; };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: names more than 8 files" },
        { TAUGHT "data = { unlabelled = \"synth\"; };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: synth needs data.unlabelled_sentences" },
        { TAUGHT "data = { corpus = \"whole\"; " UNTOLD " };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: synth goes with data.corpus = synth" },
        { "data = { " UNTOLD " };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: is for methods that learn of a teacher's logits; none does "
          "not, and this study has no other" },
        { "task = \"qa\"; distill = { method = \"kl\"; }; data = { " UNTOLD " };", KD_ECONFIG,
          "p.cfg:1: data.unlabelled: is for tags and relations, not for the task qa" },
        { LAYERS "init_layers = \"even\"; };", KD_ECONFIG,
          "p.cfg:1: student.init_layers: even: the teacher has 5 layers, too few for 3" },
        { LAYERS "init_layers = \"1 3\"; };", KD_ECONFIG,
          "p.cfg:1: student.init_layers: names 2 layers, the student has 3" },
        { LAYERS "init_layers = \"1 3 6\"; };", KD_ECONFIG,
          "p.cfg:1: student.init_layers: there is no layer 6, the teacher has 5" },
        { LAYERS "init_layers = \"all\"; };", KD_ECONFIG,
          "p.cfg:1: student.init_layers: expected spread, even, odd, or numbers of layers, found" },
        { "student = { init_layers = \"odd\"; };", KD_ECONFIG,
          "p.cfg:1: student.init_layers: is read with student.init = teacher-layers" },
        { "train = { select_by = \"document.f1\"; };", KD_ECONFIG,
          "p.cfg:1: train.select_by: expected a number of the task, as one of: entity_strict.f1 " },
        { TAUGHT "teacher = { train = { select_by = \"f1\"; }; };", KD_ECONFIG,
          "p.cfg:1: teacher.train.select_by: expected a number of the task" },
        { "train = { epochs = 0; };", KD_ECONFIG,
          "p.cfg:1: train.epochs: 0 trains nothing, and with student.init = scratch weights are "
          "drawn" },
        { "student = { init = \"teacher-embeddings\"; }; train = { epochs = 0; };", KD_ECONFIG,
          "with student.init = teacher-embeddings weights are drawn" },
        { TAUGHT "teacher = { train = { epochs = 0; }; };", KD_ECONFIG,
          "p.cfg:1: teacher.train.epochs: 0 trains nothing, and with teacher.init = scratch" },
        { "finetune = { train = { epochs = 0; }; }; student = { init = \"fine-tuned\"; };",
          KD_ECONFIG, "p.cfg:1: finetune.train.epochs: 0 trains nothing" },
        { TAUGHT "teacher = { kind = \"bert\"; init = \"bert-none\"; train = { epochs = 0; }; };",
          KD_ECONFIG,
          "p.cfg:1: teacher.train.epochs: 0 trains nothing, and teacher.init = bert-none has no "
          "head "
          "for the task" },
        { TAUGHT "teacher = { init = \"bert-mlm\"; train = { epochs = 0; }; };", KD_ECONFIG,
          "teacher.init = bert-mlm has no head for the task" },
        { TAUGHT "teacher = { init = \"bert-span\"; train = { epochs = 0; }; };", KD_ECONFIG,
          "teacher.init = bert-span has no head for the task" },
    };
    setenv("KDGRID_DATA", kd_golden_path("checkpoints"), true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        planned  p;
        kd_error err;
        char    *text = kd_sprintf("study = { %s };\n", cases[i].members);
        assert_fails(cases[i].kind, cases[i].words, try_plan(&p, text, NULL, &err), &err);
        kd_study_close(p.study);
        free(text);
    }
    unsetenv("KDGRID_DATA");
}

static void test_takes_networks_that_need_no_training(void **state)
{
    (void)state;
    static const char *const members[] = {
        TAUGHT "teacher = { kind = \"bert\"; init = \"bert-tags\"; train = { epochs = 0; }; };",
        TAUGHT
        "teacher = { kind = \"bert\"; init = \"bert-none\"; train = { epochs = 0; steps = 1; }; };",
        "student = { init = \"fine-tuned\"; }; train = { epochs = 0; };",
    };
    setenv("KDGRID_DATA", kd_golden_path("checkpoints"), true);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) id_of(members[i]);
    unsetenv("KDGRID_DATA");
}

/* ---- sharing ---- */

#define GRID                                                                                 \
    "study = { seeds = [1, 2, 3]; teacher = { kind = \"bert\"; hidden = 96; heads = 4; };\n" \
    "axes = ( { key = \"student.hidden\"; values = [32, 64]; },\n"                           \
    "         { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } "

/* Two methods that compare different layers of a teacher. */
#define INSIDE                                                                        \
    "study = { teacher = { kind = \"bert\"; hidden = 96; heads = 4; layers = 4; };\n" \
    "student = { kind = \"bert\"; hidden = 96; heads = 4; layers = 2; };\n"           \
    "axes = ( { key = \"distill.method\"; values = [\"tinybert\", \"compact\"]; } "

static void test_shares_equal_needs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t      cells;
        size_t nodes[KD_LINE_COUNT]; /* corpora, teachers, targets, states, students, fine-tuned */
    } cases[] = {
        { GRID "); };", 12, { 1, 1, 1, 0, 12 } },
        { GRID ", { key = \"teacher.seed\"; values = [1, 2]; } ); };", 24, { 1, 2, 2, 0, 18 } },
        { GRID ", { key = \"data.synth.seed\"; values = [1, 2]; } ); };", 24, { 2, 2, 2, 0, 24 } },
        { GRID ", { key = \"distill.alpha\"; values = [0.0, 0.5]; } ); };",
          24,
          { 1, 1, 1, 0, 18 } },
        { GRID ", { key = \"augment.passes\"; values = [0, 1]; } ); };", 24, { 2, 1, 2, 0, 24 } },
        { GRID ", { key = \"teacher.hidden\"; values = [48, 96]; } ); };", 24, { 1, 2, 2, 0, 18 } },
        /* who learns of a teacher has a corpus of its own; the teacher and the others have the plain one */
        { GRID "); data = { " UNTOLD " }; };", 12, { 2, 1, 1, 0, 12 } },
        { GRID ", { key = \"data.unlabelled_share\"; values = [0.0, 0.5]; } ); data = { " UNTOLD
               " }; };",
          24,
          { 2, 1, 1, 0, 18 } },
        { GRID ", { key = \"data.unlabelled\"; values = [\"\", \"synth\"]; },\n"
               "{ key = \"augment.passes\"; values = [0, 1]; } );\n"
               "data = { unlabelled_sentences = 50; }; };",
          48,
          { 4, 1, 4, 0, 36 } },
        { "study = { };", 1, { 1, 0, 0, 0, 1 } },
        { "study = { student = { init = \"teacher-layers\"; kind = \"bert\"; }; teacher = { kind = "
          "\"bert\"; }; };",
          1,
          { 1, 1, 0, 0, 1 } },
        { GRID ", { key = \"teacher.count\"; values = [3]; } ); };", 12, { 1, 3, 1, 0, 12 } },
        { GRID ", { key = \"teacher.count\"; values = [1, 3]; } ); };", 24, { 1, 3, 2, 0, 18 } },
        { GRID ", { key = \"targets.format\"; values = [\"f32\", \"f16\"]; } ); };",
          24,
          { 1, 1, 2, 0, 18 } },
        { GRID "); student = { init = \"fine-tuned\"; }; };", 12, { 1, 1, 1, 0, 12, 6 } },
        { GRID ", { key = \"augment.passes\"; values = [0, 1]; } );\n"
               "student = { init = \"fine-tuned\"; }; };",
          24,
          { 2, 1, 2, 0, 24, 6 } },
        { GRID ", { key = \"finetune.train.epochs\"; values = [1, 2]; } ); };",
          24,
          { 1, 1, 1, 0, 12 } },                   /* nobody starts so */
        { INSIDE "); };", 2, { 1, 1, 1, 0, 2 } }, /* nothing is kept unless it is allowed */
        { INSIDE "); targets = { states_gib = 1.0; }; };", 2, { 1, 1, 1, 2, 2 } },
        { INSIDE "); seeds = [1, 2, 3]; targets = { states_gib = 1.0; }; };",
          6,
          { 1, 1, 1, 2, 6 } }, /* once for all */
        { INSIDE ", { key = \"distill.alpha\"; values = [0.1, 0.2]; } );\n"
                 "targets = { states_gib = 1.0; }; };",
          4,
          { 1, 1, 1, 2, 3 } }, /* compact has no alpha */
        { INSIDE ", { key = \"student.layers\"; values = [1, 2]; } );\n"
                 "targets = { states_gib = 1.0; }; };",
          4,
          { 1, 1, 1, 4, 4 } },
        { INSIDE ", { key = \"augment.passes\"; values = [0, 1]; } );\n"
                 "targets = { states_gib = 1.0; }; };",
          4,
          { 2, 1, 2, 4, 4 } },
        { INSIDE "); distill = { teacher_mode = \"train\"; }; targets = { states_gib = 1.0; }; };",
          2,
          { 1, 1, 0, 0, 2 } }, /* it never says the same twice */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        planned         p = plan_of(cases[i].text);
        kd_plan_summary sum;
        kd_plan_sum_up(p.plan, p.study, &sum);
        assert_int_equal(sum.cells, cases[i].cells);
        for (int line = 0; line < KD_LINE_COUNT; line++)
            assert_int_equal(sum.line[line].nodes, cases[i].nodes[line]);
        close_plan(&p);
    }
}

/* The largest network that is trained, with all that training holds beside its weights. */
static void test_tells_the_memory_of_the_largest_node_that_is_to_do(void **state)
{
    (void)state;
    planned p = plan_of("study = { teacher = { kind = \"bert\"; layers = 12; hidden = 768; };\n"
                        "distill = { method = \"logit-mse\"; }; };");
    kd_plan_summary sum;
    double          weights = 0;
    kd_plan_sum_up(p.plan, p.study, &sum);
    for (size_t n = 0; n < kd_plan_count(p.plan); n++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, n);
        if (node->kind == KD_NODE_MODEL && node->bytes > weights) weights = node->bytes;
    }
    assert_true(weights > 100e6);
    assert_true(sum.memory > 5 * weights && sum.memory < 12 * weights);
    close_plan(&p);
}

/* Of finished models the hungriest corrects it; what is no model of this plan says nothing. */
static void test_learns_memory_from_what_finished_models_took(void **state)
{
    (void)state;
    planned p = plan_of("study = { seeds = [1, 2, 3]; distill = { method = \"none\"; }; };");
    const kd_machine *machine = kd_machine_typical();
    kd_learned        learned;
    kd_record         records[4];
    kd_record_metric  peaks[4];
    const double      times[4] = { 0.5, 1.75, 1.25, 9 };
    for (size_t i = 0; i < 4; i++) {
        size_t n = kd_plan_node_of_cell(p.plan, i < 3 ? i : 0);
        double bytes = kd_plan_memory_of(p.plan, kd_plan_node_at(p.plan, n));
        peaks[i] = (kd_record_metric){ "time.peak_memory_mib", times[i] * bytes / (1 << 20) };
        records[i] = (kd_record){ .id = i < 3 ? kd_plan_id_of_cell(p.plan, i) : (kd_id){ 0, 7 },
                                  .kind = "model",
                                  .metrics = &peaks[i],
                                  .metric_count = 1 };
    }
    kd_learn(&learned, p.plan, records, 0, machine);
    assert_close(learned.memory, 1, 0);
    kd_learn(&learned, p.plan, records, 1, machine);
    assert_close(learned.memory, 0.5, 1e-12);
    kd_learn(&learned, p.plan, records, 4, machine);
    assert_close(learned.memory, 1.75, 1e-12);
    close_plan(&p);
}

static void write_vocabulary(const char *name, int pieces)
{
    kd_str lines = KD_STR_INIT;
    kd_str_add(&lines, "[UNK]\n");
    for (int i = 1; i < pieces; i++) kd_str_addf(&lines, "w%d\n", i);
    kd_test_file(name, lines.text);
    kd_str_fini(&lines);
}

/* The bytes of the node of a cell. */
static double bytes_of(const planned *p, size_t cell)
{
    return kd_plan_node_at(p->plan, (size_t)kd_plan_node_of_cell(p->plan, cell))->bytes;
}

/* Each piece has a row of 8 numbers; what data.vocab_size says is of a vocabulary that is built. */
static void test_sizes_a_network_by_the_pieces_of_its_vocabulary(void **state)
{
    (void)state;
    write_vocabulary("small.txt", 1000);
    write_vocabulary("large.txt", 30000);
    planned p = plan_of("study = { student = { kind = \"bilstm\"; embedding = 8; hidden = 4; };\n"
                        "axes = ( { key = \"data.vocab\"; values = [\"small.txt\", \"large.txt\", "
                        "\"built\"]; } ); };");
    assert_close(bytes_of(&p, 1) - bytes_of(&p, 0), 4 * 8 * (30000 - 1000), 0);
    assert_close(bytes_of(&p, 2) - bytes_of(&p, 0), 4 * 8 * (4000 - 1000), 0);
    close_plan(&p);

    p = plan_of("study = { student = { kind = \"bilstm\"; embedding = 8; hidden = 4; };\n"
                "data = { vocab = \"small.txt\"; };\n"
                "teacher = { kind = \"bilstm\"; embedding = 8; hidden = 4; data = { vocab = "
                "\"large.txt\"; }; };\n"
                "distill = { method = \"logit-mse\"; }; };");
    double of_teacher = 0;
    for (size_t n = 0; n < kd_plan_count(p.plan); n++)
        if (kd_plan_line_of(kd_plan_node_at(p.plan, n)) == KD_LINE_TEACHER)
            of_teacher = kd_plan_node_at(p.plan, n)->bytes;
    assert_close(of_teacher - bytes_of(&p, 0), 4 * 8 * (30000 - 1000), 0);
    close_plan(&p);
}

static void test_makes_a_cell_and_an_equal_teacher_one_node(void **state)
{
    (void)state;
    planned p =
        plan_of("study = { axes = ( { zip = (\n"
                "{ key = \"student.kind\"; values = [\"bilstm\", \"bert\"]; },\n"
                "{ key = \"distill.method\"; values = [\"logit-mse\", \"none\"]; } ); } );\n"
                "teacher = { kind = \"bert\"; }; };");
    kd_plan_summary sum;
    kd_plan_sum_up(p.plan, p.study, &sum);
    assert_int_equal(sum.line[KD_LINE_TEACHER].nodes, 0); /* it is the second cell's student */
    assert_int_equal(sum.line[KD_LINE_STUDENT].nodes, 2);

    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_error    err;
    size_t      number = kd_plan_node_of_cell(p.plan, 1);
    assert_ok(kd_plan_resolve(p.plan, number, arena, &node, &err), &err);
    assert_string_equal(kd_resolved_value(&node, "student.kind"), "bert");
    assert_true(number < kd_plan_node_of_cell(p.plan, 0)); /* and comes before the first */
    kd_arena_destroy(arena);
    close_plan(&p);
}

/* A cell without a teacher that trains as `finetune` says is the very node that others start from.
 */
static void test_starts_from_an_equal_cell(void **state)
{
    (void)state;
    planned p =
        plan_of("study = { train = { epochs = 3; }; finetune = { train = { epochs = 3; }; };\n"
                "axes = ( { zip = (\n"
                "{ key = \"distill.method\"; values = [\"logit-mse\", \"none\"]; },\n"
                "{ key = \"student.init\"; values = [\"fine-tuned\", \"scratch\"]; } ); } );\n"
                "};");
    kd_plan_summary sum;
    kd_plan_sum_up(p.plan, p.study, &sum);
    assert_int_equal(sum.line[KD_LINE_START].nodes, 0); /* it is the second cell's student */
    assert_int_equal(sum.line[KD_LINE_STUDENT].nodes, 2);

    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_error    err;
    assert_ok(kd_plan_resolve(p.plan, kd_plan_node_of_cell(p.plan, 0), arena, &node, &err), &err);
    assert_true(
        kd_id_equal(kd_resolved_input_id(&node, KD_INPUT_START), kd_plan_id_of_cell(p.plan, 1)));
    assert_string_equal(kd_resolved_value(&node, "finetune.train.epochs"), "3"); /* is told */
    kd_arena_destroy(arena);
    close_plan(&p);
}

static const char *origin_of(const kd_resolved *node, const char *key)
{
    for (size_t i = 0; i < node->from_count; i++)
        if (strcmp(node->from[i].key, key) == 0) return node->from[i].value;
    return "default";
}

static void test_keeps_who_said_what(void **state)
{
    (void)state;
    planned     p = plan_of("study = { distill = { method = \"logit-mse\"; };\n"
                                "teacher = { kind = \"bert\"; };\n"
                                "axes = ( { key = \"augment.passes\"; values = [0, 2]; } ); };");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_error    err;
    assert_ok(kd_plan_resolve(p.plan, kd_plan_node_of_cell(p.plan, 1), arena, &node, &err), &err);
    assert_string_equal(origin_of(&node, "augment.passes"), "axis");
    assert_non_null(strstr(origin_of(&node, "distill.method"), ":1"));
    assert_true(kd_starts_with(origin_of(&node, "distill.method"), "file: "));
    assert_string_equal(origin_of(&node, "student.kind"), "default");
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        if (kd_plan_line_of(kd_plan_node_at(p.plan, i)) != KD_LINE_TEACHER) continue;
        assert_ok(kd_plan_resolve(p.plan, i, arena, &node, &err), &err);
        assert_non_null(strstr(origin_of(&node, "teacher.kind"), ":2"));
    }
    kd_arena_destroy(arena);
    close_plan(&p);
}

/* Every student of a study, each from a file of its own: the same ids. */
static void assert_again(const char *text)
{
    planned   p = plan_of(text);
    kd_arena *arena = kd_arena_create(0);
    size_t    count = kd_grid_count(kd_study_grid(p.study));
    kd_error  err;
    for (size_t i = 0; i < count; i++) {
        kd_str      file = KD_STR_INIT;
        kd_resolved node;
        planned     again;
        char        want[KD_ID_TEXT], got[KD_ID_TEXT];
        assert_ok(kd_plan_resolve(p.plan, kd_plan_node_of_cell(p.plan, i), arena, &node, &err),
                  &err);
        kd_again_print(&node, 1, &file);
        assert_ok(try_plan(&again, file.text, NULL, &err), &err);
        assert_int_equal(kd_grid_count(kd_study_grid(again.study)), 1);
        kd_id_text(want, kd_plan_id_of_cell(p.plan, i));
        kd_id_text(got, kd_plan_id_of_cell(again.plan, 0));
        if (strcmp(want, got) != 0) fail_msg("%s in place of %s from\n%s", got, want, file.text);
        close_plan(&again);
        kd_str_fini(&file);
    }
    kd_arena_destroy(arena);
    close_plan(&p);
}

static void test_plans_a_cell_again_from_its_text(void **state)
{
    (void)state;
    assert_again(
        "study = { seeds = [1, 7]; student = { hidden = 48; }; train = { lr = 2e-4; };\n"
        "teacher = { kind = \"bert\"; layers = 2; train = { lr = 1e-5; }; };\n"
        "augment = { passes = 2; }; data = { synth = { sentences = 90; }; };\n"
        "axes = ( { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); };");
    assert_again("study = { distill = { method = \"logit-mse\"; };\n"
                 "teacher = { kind = \"bert\"; seed = 5; count = 3; }; };");
    assert_again("study = { train = { epochs = 3; }; finetune = { train = { epochs = 3; }; };\n"
                 "axes = ( { zip = (\n"
                 "{ key = \"distill.method\"; values = [\"logit-mse\", \"none\"]; },\n"
                 "{ key = \"student.init\"; values = [\"fine-tuned\", \"scratch\"]; } ); } ); };");
    assert_again(
        "study = { teacher = { kind = \"bert\"; layers = 4; hidden = 48; heads = 4; ffn = 96; };\n"
        "student = { kind = \"bert\"; layers = 2; hidden = 48; heads = 4; ffn = 96; };\n"
        "targets = { states_gib = 1; };\n"
        "axes = ( { key = \"distill.method\"; values = [\"kl\", \"tinybert\"]; } ); };");
}

static void test_gives_each_of_several_teachers_a_seed(void **state)
{
    (void)state;
    planned     p = plan_of("study = { distill = { method = \"logit-mse\"; };\n"
                                "teacher = { kind = \"bert\"; seed = 5; count = 3; }; };");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_error    err;
    char        seeds[4] = "";
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        const kd_plan_node *of = kd_plan_node_at(p.plan, i);
        assert_ok(kd_plan_resolve(p.plan, i, arena, &node, &err), &err);
        if (kd_plan_line_of(of) == KD_LINE_TEACHER)
            strncat(seeds, kd_resolved_value(&node, "teacher.seed"), 1);
        if (of->kind == KD_NODE_TARGETS) {
            assert_int_equal(of->input_count, 4);
            assert_false(kd_id_is_none(kd_resolved_input_id(&node, KD_INPUT_TEACHER_3)));
        }
    }
    assert_string_equal(seeds, "567");
    kd_arena_destroy(arena);
    close_plan(&p);
}

static void test_orders_nodes_after_their_inputs(void **state)
{
    (void)state;
    planned p = plan_of(GRID "); };");
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, i);
        assert_int_equal(kd_plan_find(p.plan, node->id), i);
        for (int k = 0; k < node->input_count; k++) {
            size_t         count, found = 0;
            const int32_t *users = kd_plan_users(p.plan, (size_t)node->inputs[k], &count);
            assert_true((size_t)node->inputs[k] < i);
            for (size_t u = 0; u < count; u++) found += (size_t)users[u] == i;
            assert_int_equal(found, 1);
        }
    }
    assert_int_equal(kd_plan_find(p.plan, (kd_id){ 1, 2 }), SIZE_MAX);
    close_plan(&p);
}

/* ---- what a node says ---- */

static void test_resolves_every_node_to_its_id(void **state)
{
    (void)state;
    planned p = plan_of(GRID "); };");
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        kd_arena   *arena = kd_arena_create(0);
        kd_resolved node, back;
        kd_str      text = KD_STR_INIT;
        kd_error    err;
        assert_ok(kd_plan_resolve(p.plan, i, arena, &node, &err), &err);
        assert_true(kd_id_equal(node.id, kd_plan_node_at(p.plan, i)->id));
        kd_resolved_print(&node, &text);
        assert_ok(kd_resolved_parse(&back, arena, text.text, "node", &err), &err);
        kd_str_fini(&text);
        kd_arena_destroy(arena);
    }
    close_plan(&p);
}

static bool has(const kd_resolved_setting *lines, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(lines[i].key, key) == 0) return true;
    return false;
}

static void test_sets_what_a_node_reads_and_tells_what_stands_above(void **state)
{
    (void)state;
    static const struct {
        kd_plan_line line;
        const char  *set, *told, *neither;
    } cases[] = {
        { KD_LINE_CORPUS, "data.synth.seed", NULL, "train.epochs" },
        { KD_LINE_CORPUS, "task", NULL, "seed" },
        { KD_LINE_TEACHER, "teacher.hidden", "data.vocab_size", "student.hidden" },
        { KD_LINE_TEACHER, "teacher.seed", "teacher.train.checkpoint_s", "seed" },
        { KD_LINE_TARGETS, "precision", "teacher.hidden", "distill.method" },
        { KD_LINE_STUDENT, "student.hidden", "data.report", "student.heads" },
        { KD_LINE_STUDENT, "train.epochs", "train.checkpoint_s", "data.scheme" },
    };
    planned     p = plan_of(GRID "); };");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved nodes[KD_LINE_COUNT];
    kd_error    err;
    for (size_t i = 0; i < kd_plan_count(p.plan); i++)
        assert_ok(kd_plan_resolve(p.plan, i, arena,
                                  &nodes[kd_plan_line_of(kd_plan_node_at(p.plan, i))], &err),
                  &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kd_resolved *node = &nodes[cases[i].line];
        assert_true(has(node->set, node->set_count, cases[i].set));
        if (cases[i].told) assert_true(has(node->tell, node->tell_count, cases[i].told));
        assert_null(kd_resolved_value(node, cases[i].neither));
    }
    kd_arena_destroy(arena);
    close_plan(&p);
}

/* A row that is younger than the ids of cells. */
static void test_leaves_out_of_an_id_what_was_done_before_a_setting_came(void **state)
{
    (void)state;
    static const char *const rows[] = { "all", "labelled" };
    for (int i = 0; i < 2; i++) {
        char *text = kd_sprintf(
            "study = { distill = { method = \"logit-mse\"; rows = \"%s\"; }; };", rows[i]);
        planned     p = plan_of(text);
        kd_arena   *arena = kd_arena_create(0);
        kd_resolved node;
        kd_error    err;
        assert_ok(kd_plan_resolve(p.plan, kd_plan_node_of_cell(p.plan, 0), arena, &node, &err),
                  &err);
        assert_int_equal(has(node.set, node.set_count, "distill.rows"), i);
        assert_string_equal(kd_resolved_value(&node, "distill.rows"), rows[i]);
        kd_arena_destroy(arena);
        close_plan(&p);
        free(text);
    }
}

/* ---- what is kept of a teacher's inside ---- */

static char *resolve_states(const planned *p, kd_arena *arena, kd_resolved *node)
{
    kd_error err;
    for (size_t i = 0; i < kd_plan_count(p->plan); i++) {
        kd_str label = KD_STR_INIT;
        if (kd_plan_node_at(p->plan, i)->kind != KD_NODE_STATES) continue;
        assert_ok(kd_plan_resolve(p->plan, i, arena, node, &err), &err);
        kd_plan_label(p->plan, i, &label);
        return kd_str_take(&label);
    }
    fail_msg("there is no states node");
    return NULL;
}

/* What is called a teacher need not say so again of each of its settings. */
static void test_labels_a_teacher_by_its_own_settings(void **state)
{
    (void)state;
    planned p = plan_of("study = { distill = { method = \"kl\"; };\n"
                        "axes = ( { key = \"teacher.hidden\"; values = [8, 16]; },\n"
                        "         { key = \"student.hidden\"; values = [2, 4]; } ); };");
    int     teachers = 0;
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, i);
        kd_str              label = KD_STR_INIT;
        if (node->kind != KD_NODE_MODEL || node->part != KD_PART_TEACHER) continue;
        kd_plan_label(p.plan, i, &label);
        assert_string_equal(label.text, teachers++ ? "teacher hidden=16" : "teacher hidden=8");
        kd_str_fini(&label);
    }
    assert_int_equal(teachers, 2);
    close_plan(&p);
}

/* Labels alone have no teacher to name, and logits no temperature. */
static void test_labels_a_student_by_what_it_reads(void **state)
{
    (void)state;
    static const char *const labels[] = { "method=none",
                                          "method=kl teacher.hidden=16 temperature=3",
                                          "method=logit-mse teacher.hidden=16" };
    planned                  p =
        plan_of("study = { axes = ( { zip = (\n"
                "{ key = \"distill.method\"; values = [\"none\", \"kl\", \"logit-mse\"]; },\n"
                "{ key = \"teacher.hidden\"; values = [8, 16, 16]; },\n"
                "{ key = \"student.hidden\"; values = [2, 2, 2]; },\n"
                "{ key = \"distill.temperature\"; values = [2.0, 3.0, 3.0]; } ); } ); };");
    for (size_t cell = 0; cell < sizeof labels / sizeof *labels; cell++) {
        kd_str label = KD_STR_INIT;
        kd_plan_label(p.plan, kd_plan_node_of_cell(p.plan, cell), &label);
        assert_string_equal(label.text, labels[cell]);
        kd_str_fini(&label);
    }
    close_plan(&p);
}

static void test_says_which_layers_are_kept(void **state)
{
    (void)state;
    planned     p = plan_of(INSIDE "); targets = { states_gib = 1.0; format = \"f16\"; }; };");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    char       *label = resolve_states(&p, arena, &node);
    assert_string_equal(label, "states hidden 0 2 4 probs 2 4");
    assert_string_equal(kd_resolved_value(&node, "states.hidden"), "0 2 4");
    assert_string_equal(kd_resolved_value(&node, "states.probs"), "2 4");
    assert_null(kd_resolved_value(&node, "states.scores"));
    assert_null(kd_resolved_value(&node, "states.rows"));
    assert_true(has(node.set, node.set_count, "targets.format"));
    assert_true(has(node.set, node.set_count, "precision"));
    assert_true(has(node.tell, node.tell_count, "targets.states_gib")); /* in no id */
    assert_true(has(node.tell, node.tell_count, "teacher.hidden"));
    assert_null(kd_resolved_value(&node, "distill.method"));
    assert_false(kd_id_is_none(kd_resolved_input_id(&node, KD_INPUT_TEACHER)));
    assert_false(kd_id_is_none(kd_resolved_input_id(&node, KD_INPUT_CORPUS)));
    free(label);
    close_plan(&p);

    p = plan_of(
        "study = { task = \"re\"; distill = { method = \"doktra\"; };\n"
        "teacher = { kind = \"bert\"; layers = 4; pooler = true; };\n"
        "student = { kind = \"bert\"; pooler = true; }; targets = { states_gib = 1.0; }; };");
    label = resolve_states(&p, arena, &node);
    assert_string_equal(kd_resolved_value(&node, "states.hidden"), "4");
    assert_string_equal(kd_resolved_value(&node, "states.rows"), "first");
    free(label);
    close_plan(&p);
    kd_arena_destroy(arena);
}

/* The only student of a study with this budget, and whether it has such an input. */
static bool has_input(const planned *p, kd_input_role role)
{
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved node;
    kd_error    err;
    assert_ok(kd_plan_resolve(p->plan, kd_plan_node_of_cell(p->plan, 0), arena, &node, &err), &err);
    bool found = !kd_id_is_none(kd_resolved_input_id(&node, role));
    kd_arena_destroy(arena);
    return found;
}

#define BUDGET(gib)                                                                         \
    "study = { distill = { method = \"compact\"; }; targets = { states_gib = " gib "; };\n" \
    "teacher = { kind = \"bert\"; layers = 4; }; student = { kind = \"bert\"; layers = 2; }; };"

static void test_keeps_states_within_the_budget_alone(void **state)
{
    (void)state;
    static const struct {
        const char    *text;
        kd_plan_inside inside;
    } cases[] = {
        { BUDGET("0.0"), KD_PLAN_ASKS },
        { BUDGET("1e-4"), KD_PLAN_ASKS },
        { BUDGET("10.0"), KD_PLAN_KEEPS },
        { BUDGET("20.0"), KD_PLAN_KEEPS },
        { "study = { distill = { method = \"logit-mse\"; }; targets = { states_gib = 9.0; }; };",
          KD_PLAN_LOOKS_NOWHERE },
    };
    kd_id id[5];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        planned             p = plan_of(cases[i].text);
        kd_plan_summary     sum;
        kd_str              words = KD_STR_INIT;
        const kd_plan_node *node = kd_plan_node_at(p.plan, kd_plan_node_of_cell(p.plan, 0));
        kd_plan_sum_up(p.plan, p.study, &sum);
        kd_plan_inside_words(node, &words);
        id[i] = node->id;
        assert_int_equal(node->inside, cases[i].inside);
        assert_int_equal(sum.asking, cases[i].inside == KD_PLAN_ASKS);
        assert_int_equal(has_input(&p, KD_INPUT_STATES), cases[i].inside == KD_PLAN_KEEPS);
        assert_int_equal(has_input(&p, KD_INPUT_TEACHER), cases[i].inside == KD_PLAN_ASKS);
        assert_int_equal(words.length == 0, cases[i].inside == KD_PLAN_LOOKS_NOWHERE);
        kd_str_fini(&words);
        close_plan(&p);
    }
    assert_true(kd_id_equal(id[0], id[1])); /* what is allowed is no part of an id, */
    assert_true(kd_id_equal(id[2], id[3]));
    assert_false(kd_id_equal(id[0], id[2])); /* what is done is */
}

/* ---- what is done ---- */

static bool is_in(kd_id id, void *user)
{
    const kd_id *ids = user;
    for (; !kd_id_is_none(*ids); ids++)
        if (kd_id_equal(*ids, id)) return true;
    return false;
}

static void test_needs_only_what_leads_to_something_undone(void **state)
{
    (void)state;
    planned p = plan_of(GRID "); };");
    kd_id   done[13] = { { 0, 0 } };
    size_t  count = 0;
    for (size_t c = 0; c < 12; c++) /* all cells with a teacher, which nobody needs any more */
        if (kd_plan_node_at(p.plan, kd_plan_node_of_cell(p.plan, c))->input_count > 1)
            done[count++] = kd_plan_id_of_cell(p.plan, c);
    close_plan(&p);

    kd_plan_options options = { is_in, done };
    kd_plan_summary sum;
    kd_error        err;
    assert_ok(try_plan(&p, GRID "); };", &options, &err), &err);
    kd_plan_sum_up(p.plan, p.study, &sum);
    assert_int_equal(sum.cells_done, 6);
    assert_int_equal(sum.line[KD_LINE_CORPUS].to_do, 1);
    assert_int_equal(sum.line[KD_LINE_TEACHER].to_do, 0);
    assert_int_equal(sum.line[KD_LINE_TARGETS].to_do, 0);
    assert_int_equal(sum.line[KD_LINE_STUDENT].to_do, 6);
    close_plan(&p);
}

static void test_needs_what_is_gone_when_it_looks_again(void **state)
{
    (void)state;
    planned         p, fresh = plan_of(GRID "); };");
    kd_id           all[64] = { { 0, 0 } };
    kd_plan_options options = { is_in, all };
    kd_error        err;
    size_t          count = kd_plan_count(fresh.plan);
    assert_true(count < 64);
    for (size_t n = 0; n < count; n++) all[n] = kd_plan_node_at(fresh.plan, n)->id;
    assert_ok(try_plan(&p, GRID "); };", &options, &err), &err);
    for (size_t n = 0; n < count; n++) assert_false(kd_plan_node_at(p.plan, n)->is_needed);
    all[0] = (kd_id){ 0, 0 };
    kd_plan_look(p.plan, &options);
    for (size_t n = 0; n < count; n++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, n);
        assert_true(node->is_needed && !node->is_done);
        assert_true(node->remaining == kd_plan_node_at(fresh.plan, n)->remaining);
    }
    close_plan(&p);
    close_plan(&fresh);
}

/* ---- size ---- */

static void test_plans_a_million_cells(void **state)
{
    (void)state;
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, "study = { seeds = [0");
    for (int i = 1; i < 100; i++) kd_str_addf(&text, ", %d", i);
    kd_str_add(&text, "]; axes = ( { key = \"student.hidden\"; values = [1");
    for (int i = 2; i <= 100; i++) kd_str_addf(&text, ", %d", i);
    kd_str_add(&text, "]; }, { key = \"train.epochs\"; values = [1");
    for (int i = 2; i <= 50; i++) kd_str_addf(&text, ", %d", i);
    kd_str_add(&text,
               "]; }, { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); };");
    double        start_s = kd_clock_s();
    planned       p = plan_of(text.text);
    double        spent_s = kd_clock_s() - start_s;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    print_message("%zu cells, %zu nodes: %.2f s, %ld MiB at most\n",
                  kd_grid_count(kd_study_grid(p.study)), kd_plan_count(p.plan), spent_s,
                  use.ru_maxrss >> 10);
    assert_int_equal(kd_plan_count(p.plan), 1000003);
    close_plan(&p);
    kd_str_fini(&text);
}

static void test_counts_unlabelled_text(void **state)
{
    (void)state;
    planned few = plan_of("study = { " TAUGHT " };"),
            many = plan_of("study = { " TAUGHT " data = { unlabelled = \"synth\"; "
                           "unlabelled_sentences = 20000; }; };"),
            half = plan_of("study = { " TAUGHT " data = { unlabelled = \"synth\"; "
                           "unlabelled_sentences = 20000; unlabelled_share = 0.5; }; };");
    kd_plan_summary sum[3];
    kd_plan_sum_up(few.plan, few.study, &sum[0]);
    kd_plan_sum_up(many.plan, many.study, &sum[1]);
    kd_plan_sum_up(half.plan, half.study, &sum[2]);
    /* 2000 sentences beside 20000: targets are of all of them, the teacher learns of the 2000 alone */
    assert_close(sum[1].line[KD_LINE_TARGETS].bytes, 11 * sum[0].line[KD_LINE_TARGETS].bytes, 1e-6);
    assert_close(sum[1].line[KD_LINE_TEACHER].operations, sum[0].line[KD_LINE_TEACHER].operations,
                 0);
    assert_true(sum[1].line[KD_LINE_STUDENT].operations >
                9 * sum[0].line[KD_LINE_STUDENT].operations);
    /* an epoch of as many labelled sentences as others */
    assert_within(sum[2].line[KD_LINE_STUDENT].operations / sum[0].line[KD_LINE_STUDENT].operations,
                  2, 0.2);
    assert_true(sum[1].memory > sum[0].memory);
    close_plan(&few);
    close_plan(&many);
    close_plan(&half);
}

/* Each axis changes what has to be made, or out of what. A debug build makes the first cells of every plan again
 * without what it remembers, and stops where a cell is another one. */
static void test_remembers_by_all_that_decides(void **state)
{
    (void)state;
#define OF(method, axis)                                                                        \
    "study = { distill = { method = \"" method "\"; }; targets = { states_gib = 1.0; };\n"      \
    "teacher = { kind = \"bert\"; layers = 4; }; student = { kind = \"bert\"; layers = 2; };\n" \
    "axes = ( { key = " axis " } ); };"
#define UNTOLD_OF(axis)                                          \
    "study = { distill = { method = \"kl\"; }; data = { " UNTOLD \
    " }; targets = { states_gib = 1.0; };\naxes = ( { key = " axis " } ); };"
    static const char *const studies[] = {
        OF("tinybert", "\"distill.attention_target\"; values = [\"probs\", \"scores\"];"),
        OF("tinybert", "\"distill.pairing\"; values = [\"aligned\", \"source\"];"),
        OF("tinybert", "\"distill.output\"; values = [\"mse\", \"none\"];"),
        OF("tinybert", "\"distill.embedding_weight\"; values = [0, 1];"),
        OF("tinybert", "\"distill.hidden_weight\"; values = [0, 1];"),
        OF("tinybert", "\"distill.attention_weight\"; values = [0, 1];"),
        OF("tinybert", "\"distill.teacher_mode\"; values = [\"eval\", \"train\"];"),
        OF("tinybert", "\"student.layers\"; values = [2, 4];"),
        OF("tinybert", "\"teacher.layers\"; values = [4, 6];"),
        OF("tinybert", "\"student.hidden\"; values = [300, 600];"),
        OF("tinybert", "\"data.vocab_size\"; values = [300, 600];"),
        OF("tinybert", "\"targets.format\"; values = [\"f32\", \"f16\"];"),
        OF("tinybert", "\"targets.states_gib\"; values = [0.0, 1.0];"),
        OF("tinybert", "\"threads\"; values = [1, 2];"),
        OF("fastbioner", "\"distill.soft_schedule\"; values = [\"linear\", \"off\"];"),
        OF("fastbioner", "\"distill.hidden_schedule\"; values = [\"linear\", \"off\"];"),
        OF("fastbioner", "\"distill.attention_schedule\"; values = [\"off\", \"linear\"];"),
        OF("logit-mse", "\"distill.rows\"; values = [\"labelled\", \"all\"];"),
        OF("logit-mse", "\"student.crf\"; values = [false, true];"),
        OF("logit-mse", "\"student.init\"; values = [\"scratch\", \"fine-tuned\"];"),
        OF("logit-mse", "\"augment.passes\"; values = [0, 1];"),
        UNTOLD_OF("\"data.unlabelled\"; values = [\"\", \"synth\"];"),
        UNTOLD_OF("\"data.unlabelled_sentences\"; values = [50, 60];"),
        UNTOLD_OF("\"data.unlabelled_share\"; values = [0.0, 0.5];"),
        UNTOLD_OF("\"distill.method\"; values = [\"none\", \"kl\"];"),
    };
#undef OF
#undef UNTOLD_OF
    for (size_t i = 0; i < sizeof studies / sizeof *studies; i++) {
        planned p = plan_of(studies[i]);
        assert_true(kd_plan_node_of_cell(p.plan, 0) != kd_plan_node_of_cell(p.plan, 1));
        close_plan(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_equal_settings_equal_ids),
        cmocka_unit_test(test_gives_other_settings_other_ids),
        cmocka_unit_test(test_goes_by_the_contents_of_files),
        cmocka_unit_test(test_names_what_is_absent),
        cmocka_unit_test(test_takes_networks_that_need_no_training),
        cmocka_unit_test(test_shares_equal_needs),
        cmocka_unit_test(test_tells_the_memory_of_the_largest_node_that_is_to_do),
        cmocka_unit_test(test_learns_memory_from_what_finished_models_took),
        cmocka_unit_test(test_sizes_a_network_by_the_pieces_of_its_vocabulary),
        cmocka_unit_test(test_makes_a_cell_and_an_equal_teacher_one_node),
        cmocka_unit_test(test_starts_from_an_equal_cell),
        cmocka_unit_test(test_keeps_who_said_what),
        cmocka_unit_test(test_plans_a_cell_again_from_its_text),
        cmocka_unit_test(test_gives_each_of_several_teachers_a_seed),
        cmocka_unit_test(test_orders_nodes_after_their_inputs),
        cmocka_unit_test(test_resolves_every_node_to_its_id),
        cmocka_unit_test(test_sets_what_a_node_reads_and_tells_what_stands_above),
        cmocka_unit_test(test_leaves_out_of_an_id_what_was_done_before_a_setting_came),
        cmocka_unit_test(test_labels_a_teacher_by_its_own_settings),
        cmocka_unit_test(test_labels_a_student_by_what_it_reads),
        cmocka_unit_test(test_says_which_layers_are_kept),
        cmocka_unit_test(test_keeps_states_within_the_budget_alone),
        cmocka_unit_test(test_needs_only_what_leads_to_something_undone),
        cmocka_unit_test(test_needs_what_is_gone_when_it_looks_again),
        cmocka_unit_test(test_plans_a_million_cells),
        cmocka_unit_test(test_counts_unlabelled_text),
        cmocka_unit_test(test_remembers_by_all_that_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
