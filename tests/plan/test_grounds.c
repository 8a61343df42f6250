/* test_grounds.c - a study that stands on others: one graph, and words where that cannot be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/plan/plan.h"
#include "harness/plan/summary.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

typedef struct {
    kd_study *study;
    kd_plan  *plan;
} planned;

static kd_status try_plan(planned *out, const char *name, const char *profile, kd_error *err)
{
    char            *path = kd_fs_join(kd_test_folder(), name);
    kd_study_options options = { .environment = no_environment, .profile = profile };
    *out = (planned){ NULL, NULL };
    kd_status status = kd_study_open(&out->study, path, &options, err);
    free(path);
    return status == KD_OK ? kd_plan_create(&out->plan, out->study, NULL, err) : status;
}

static planned plan_of(const char *name)
{
    planned  p;
    kd_error err;
    assert_ok(try_plan(&p, name, NULL, &err), &err);
    return p;
}

static void close_plan(planned *p)
{
    kd_plan_destroy(p->plan);
    kd_study_close(p->study);
}

#define NETWORK "kind = \"bert\"; hidden = 16; heads = 2; ffn = 32; positions = 64; "
#define SYNTH   "synth = { sentences = 30; devel = 10; test = 10; }; "

static void write_words(const char *name, const char *members, const char *rest)
{
    char *text = kd_sprintf("study = { task = \"text\"; data = { vocab_size = 200; " SYNTH " };\n"
                            "student = { " NETWORK " layers = 2; }; distill = { smoothing = 0; };\n"
                            "%s };\n%s\n",
                            members, rest);
    kd_test_file(name, text);
    free(text);
}

/* A student for tags with these members, and members of `student`. */
static void write_tags(const char *name, const char *student, const char *members)
{
    char *text = kd_sprintf("study = { task = \"ner\"; data = { " SYNTH " };\n"
                            "student = { " NETWORK " layers = 2; %s };\n%s };\n",
                            student, members);
    kd_test_file(name, text);
    free(text);
}

/* Another encoder, of the first layers of one that words.cfg has made. */
static void write_smaller(const char *name)
{
    kd_test_file(name, "study = { task = \"text\"; data = { " SYNTH " };\n"
                       "teacher = { " NETWORK
                       " layers = 2; init = \"words.cfg\"; train = { epochs = 0; }; };\n"
                       "student = { " NETWORK " layers = 1; init = \"teacher-layers\"; };\n"
                       "distill = { method = \"kl\"; smoothing = 0; }; };\n");
}

static size_t count_kind(const kd_plan *plan, kd_node_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < kd_plan_count(plan); i++)
        count += kd_plan_node_at(plan, i)->kind == kind;
    return count;
}

static kd_id id_of(const char *name)
{
    planned p = plan_of(name);
    kd_id   id = kd_plan_id_of_cell(p.plan, 0);
    close_plan(&p);
    return id;
}

static void resolve(kd_plan *plan, size_t node, kd_arena *arena, kd_resolved *out)
{
    kd_error err;
    assert_ok(kd_plan_resolve(plan, node, arena, out, &err), &err);
}

/* ---- one graph ---- */

static void test_a_students_first_weights_join_its_graph(void **state)
{
    (void)state;
    write_words("words.cfg", "", "");
    write_tags("tags.cfg", "init = \"words.cfg\";", "seeds = [1, 2];");
    planned     p = plan_of("tags.cfg");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved cell, corpus;
    kd_id       words = id_of("words.cfg");
    resolve(p.plan, kd_plan_node_of_cell(p.plan, 1), arena, &cell);
    assert_true(kd_id_equal(kd_resolved_input_id(&cell, KD_INPUT_START), words));
    assert_string_equal(kd_resolved_value(&cell, "student.init"), "words.cfg");
    assert_int_equal(kd_plan_count(p.plan), 5); /* both corpora, the encoder, two students */

    /* its sentences are cut into the pieces that were built there */
    resolve(p.plan, kd_plan_find(p.plan, kd_resolved_input_id(&cell, KD_INPUT_CORPUS)), arena,
            &corpus);
    assert_string_equal(kd_resolved_value(&corpus, "data.vocab_size"), "200");
    size_t there = kd_plan_find(p.plan, kd_resolved_input_id(&corpus, KD_INPUT_VOCAB));
    assert_true(there != SIZE_MAX);
    assert_int_equal(kd_plan_node_at(p.plan, there)->kind, KD_NODE_CORPUS);

    kd_str label = KD_STR_INIT;
    kd_plan_label(p.plan, kd_plan_find(p.plan, words), &label);
    assert_string_equal(label.text, "words: student");
    kd_str_fini(&label);
    kd_arena_destroy(arena);
    close_plan(&p);
}

static void test_three_files_are_one_graph(void **state)
{
    (void)state;
    write_words("words.cfg", "", "");
    write_smaller("smaller.cfg");
    kd_test_file("tags.cfg", "study = { task = \"ner\"; data = { " SYNTH " };\n"
                             "student = { " NETWORK "};\n"
                             "axes = ( { zip = ( { key = \"student.init\"; values = "
                             "[\"words.cfg\", \"smaller.cfg\"]; },\n"
                             "  { key = \"student.layers\"; values = [2, 1]; } ); } ); };\n");
    planned         p = plan_of("tags.cfg");
    kd_plan_sum     of;
    kd_plan_summary sum;
    assert_int_equal(count_kind(p.plan, KD_NODE_CORPUS), 3);
    assert_int_equal(count_kind(p.plan, KD_NODE_MODEL),
                     5); /* the encoder once, though two need it */
    kd_plan_sum_up(p.plan, p.study, &sum);
    assert_int_equal(sum.line[KD_LINE_STUDENT].nodes, 2);
    assert_int_equal(sum.all.to_do, 8);
    assert_int_equal(sum.unshared, 3 + 1 + 6 + 1); /* corpora, encoders, teacher, students */
    kd_plan_sum_up_study(p.plan, 1, &of);
    assert_int_equal(of.nodes, 2);
    kd_plan_sum_up_study(p.plan, 2, &of);
    assert_int_equal(of.nodes, 3);
    assert_null(kd_plan_of_study(p.plan, 3));
    close_plan(&p);
}

/* What is looked for is found in what the plan says is to do. */
static bool only_words_are_done(kd_id id, void *user)
{
    return kd_id_equal(id, *(const kd_id *)user);
}

static void test_what_is_done_there_is_not_needed_here(void **state)
{
    (void)state;
    write_words("words.cfg", "", "");
    write_tags("tags.cfg", "init = \"words.cfg\";", "");
    planned p = plan_of("tags.cfg");
    kd_id   words = id_of("words.cfg");
    kd_plan_look(p.plan, &(kd_plan_options){ .is_done = only_words_are_done, .user = &words });
    const kd_plan_node *encoder = kd_plan_node_at(p.plan, kd_plan_find(p.plan, words));
    assert_true(encoder->is_done);
    assert_false(encoder->is_needed);
    close_plan(&p);
}

static void test_a_change_below_changes_what_stands_on_it(void **state)
{
    (void)state;
    write_words("words.cfg", "", "");
    write_tags("tags.cfg", "init = \"words.cfg\";", "");
    write_tags("alone.cfg", "", "");
    kd_id tags = id_of("tags.cfg"), alone = id_of("alone.cfg");
    write_words("words.cfg", "train = { epochs = 3; };", "");
    assert_false(kd_id_equal(id_of("tags.cfg"), tags));
    assert_true(kd_id_equal(id_of("alone.cfg"), alone));
    write_words("words.cfg", "/* said, and no change */ seeds = [1];", "");
    assert_true(kd_id_equal(id_of("tags.cfg"), tags));
}

static void test_one_of_several_cells_is_named(void **state)
{
    (void)state;
    write_words("words.cfg", "seeds = [1, 2];", "");
    write_tags("one.cfg", "init = \"words.cfg\"; init_where = \"seed = 1\";", "");
    write_tags("two.cfg", "init = \"words.cfg\"; init_where = \" seed=2 ; student.layers = 2\";",
               "");
    assert_false(kd_id_equal(id_of("one.cfg"), id_of("two.cfg")));
}

static void test_the_other_file_has_the_same_profile_if_it_has_one(void **state)
{
    (void)state;
    planned  p, with;
    kd_error err;
    write_words("words.cfg", "", "profiles = { quick = { train = { epochs = 1; }; }; };");
    kd_test_file("tags.cfg",
                 "study = { task = \"ner\"; data = { " SYNTH " };\n"
                 "student = { " NETWORK " layers = 2; init = \"words.cfg\"; }; };\n"
                 "profiles = { quick = { seeds = [1]; }; other = { seeds = [1]; }; };\n");
    assert_ok(try_plan(&p, "tags.cfg", "other", &err), &err);
    assert_ok(try_plan(&with, "tags.cfg", "quick", &err), &err);
    assert_true(kd_id_equal(kd_plan_id_of_cell(p.plan, 0), id_of("tags.cfg")));
    assert_false(kd_id_equal(kd_plan_id_of_cell(p.plan, 0), kd_plan_id_of_cell(with.plan, 0)));
    close_plan(&p);
    close_plan(&with);
}

static void test_a_model_of_another_study_is_asked_for_targets(void **state)
{
    (void)state;
    write_words("words.cfg", "", "");
    write_tags("taught.cfg", "init = \"words.cfg\";", "");
    write_tags("learns.cfg", "init = \"words.cfg\";",
               "distill = { method = \"kl\"; }; targets = { file = \"taught.cfg\"; };");
    planned     p = plan_of("learns.cfg");
    kd_arena   *arena = kd_arena_create(0);
    kd_resolved cell, targets;
    resolve(p.plan, kd_plan_node_of_cell(p.plan, 0), arena, &cell);
    resolve(p.plan, kd_plan_find(p.plan, kd_resolved_input_id(&cell, KD_INPUT_TARGETS)), arena,
            &targets);
    assert_true(kd_id_equal(kd_resolved_input_id(&targets, KD_INPUT_TEACHER), id_of("taught.cfg")));
    assert_null(kd_resolved_value(&targets, "teacher.kind"));
    kd_arena_destroy(arena);
    close_plan(&p);
}

/* A file of the same pieces is the same corpus, whoever named it. */
static void test_a_vocabulary_file_is_taken_over(void **state)
{
    (void)state;
    kd_str pieces = KD_STR_INIT;
    kd_str_add(&pieces, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
    for (char c = 'a'; c <= 'z'; c++) kd_str_addf(&pieces, "%c\n##%c\n", c, c);
    kd_test_file("letters.txt", pieces.text);
    kd_str_fini(&pieces);
    write_words("words.cfg", "", "");
    kd_test_file(
        "words.cfg",
        "study = { task = \"text\"; data = { vocab = \"letters.txt\"; lowercase = true; " SYNTH
        " };\n"
        "student = { " NETWORK " layers = 2; }; distill = { smoothing = 0; }; };\n");
    write_tags("tags.cfg", "init = \"words.cfg\";", "");
    kd_test_file(
        "said.cfg",
        "study = { task = \"ner\"; data = { vocab = \"letters.txt\"; lowercase = true; " SYNTH
        " };\n"
        "student = { " NETWORK " layers = 2; init = \"words.cfg\"; }; };\n");
    assert_true(kd_id_equal(id_of("tags.cfg"), id_of("said.cfg")));
}

/* ---- words ---- */

static void refused(const char *name, const char *words)
{
    planned  p;
    kd_error err;
    assert_fails(KD_ECONFIG, words, try_plan(&p, name, NULL, &err), &err);
    close_plan(&p);
}

#define TWO_LAYERS "kind = \"bert\"; layers = 2; "

static void test_refuses_what_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *data, *student, *members, *words;
    } cases[] = {
        { "", TWO_LAYERS "init = \"two.cfg\";", "",
          "student.init: two.cfg has 2 cells that may be meant (seed=1; seed=2)" },
        { "", TWO_LAYERS "init = \"two.cfg\"; init_where = \"seed = 7\";", "",
          "no cell of two.cfg has seed = 7; did you mean 1, 2?" },
        { "", TWO_LAYERS "init = \"two.cfg\"; init_where = \"sed = 1\";", "",
          "sed: unknown key; did you mean seed?" },
        { "", TWO_LAYERS "init = \"two.cfg\"; init_where = \"seed\";", "", "expected conditions" },
        { "", TWO_LAYERS "init_where = \"seed = 1\";", "",
          "is read where student.init names an experiment file" },
        { "", "kind = \"bert\"; layers = 3; init = \"words.cfg\";", "",
          "cfg:2: student.layers: 3, and student.init = words.cfg begins with weights of 2" },
        { "", "kind = \"roberta\"; layers = 2; init = \"words.cfg\";", "", "did you mean bert?" },
        { "", TWO_LAYERS "init = \"words.cfg\";", "train = { epochs = 0; };",
          "has no head for the task" },
        { "vocab_size = 300;", TWO_LAYERS "init = \"words.cfg\";", "",
          "vocab_size: 300, and student.init = words.cfg reads with 200; did you mean 200?" },
        { "vocab = \"letters.txt\";", TWO_LAYERS "init = \"words.cfg\";", "",
          "student.init: words.cfg reads other pieces than data.vocab" },
        { "", TWO_LAYERS, "distill = { method = \"kl\"; }; targets = { file = \"words.cfg\"; };",
          "has task = text, and here it is ner" },
        { "", TWO_LAYERS "init = \"tags.cfg\";", "", "a circle: " },
        { "", TWO_LAYERS "init = \"round.cfg\";", "", "student.init: a circle: " },
    };
    kd_test_file("letters.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n");
    write_words("words.cfg", "", "");
    write_words("two.cfg", "seeds = [1, 2];", "");
    write_tags("round.cfg", "init = \"tags.cfg\";", "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text =
            kd_sprintf("study = { task = \"ner\"; data = { %s " SYNTH " };\n"
                       "student = { hidden = 16; heads = 2; ffn = 32; positions = 64; %s };\n"
                       "%s };\n",
                       cases[i].data, cases[i].student, cases[i].members);
        kd_test_file("tags.cfg", text);
        refused("tags.cfg", cases[i].words);
        free(text);
    }
}

static void test_tells_a_file_that_is_nowhere(void **state)
{
    (void)state;
    planned  p;
    kd_error err;
    write_tags("tags.cfg", "init = \"nowhere.cfg\";", "");
    assert_fails(KD_ENOINPUT, "student.init: there is no nowhere.cfg",
                 try_plan(&p, "tags.cfg", NULL, &err), &err);
    close_plan(&p);
}

static void test_tells_what_the_other_file_lacks(void **state)
{
    (void)state;
    planned  p;
    kd_error err;
    kd_test_file("words.cfg", "study = { task = \"text\"; data = { corpus = \"nothing.txt\"; };\n"
                              "student = { " NETWORK " layers = 2; }; };\n");
    write_tags("tags.cfg", "init = \"words.cfg\";", "");
    assert_fails(KD_ENOINPUT, "words.cfg:1: data.corpus: there is no nothing.txt",
                 try_plan(&p, "tags.cfg", NULL, &err), &err);
    close_plan(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_students_first_weights_join_its_graph),
        cmocka_unit_test(test_three_files_are_one_graph),
        cmocka_unit_test(test_what_is_done_there_is_not_needed_here),
        cmocka_unit_test(test_a_change_below_changes_what_stands_on_it),
        cmocka_unit_test(test_one_of_several_cells_is_named),
        cmocka_unit_test(test_the_other_file_has_the_same_profile_if_it_has_one),
        cmocka_unit_test(test_a_model_of_another_study_is_asked_for_targets),
        cmocka_unit_test(test_a_vocabulary_file_is_taken_over),
        cmocka_unit_test(test_refuses_what_cannot_be),
        cmocka_unit_test(test_tells_a_file_that_is_nowhere),
        cmocka_unit_test(test_tells_what_the_other_file_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
