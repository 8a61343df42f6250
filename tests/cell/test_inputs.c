/* What no cell can run is found in the settings and in the corpora, and what was read is remembered. */
#include "harness/cell/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/cell/source_corpus.h"
#include "tests/support/support.h"

/* Four sentences, of which the longest has five words; one kind of mention. */
static const char corpus[] =
    "the\tO\ngene\tB-Gene\nof\tI-Gene\nx\tO\ny\tO\n\nthe\tO\nshort\tB-Gene\n\n"
    "one\tO\nmore\tO\n\nlast\tO\n\n";

static const char *const no_environment[] = { NULL };

typedef struct {
    kd_study *study;
    kd_plan  *plan;
    char     *words;
} planned;

/* A study of that corpus, with settings as -D gives them, blanks between. */
static planned plan_of(const char *settings)
{
    planned          p;
    kd_error         err;
    kd_study_options options = { .environment = no_environment };
    const char      *given[4];
    char            *rest = kd_strdup(settings);
    char            *text =
        kd_sprintf("study = { seeds = [1]; data = { corpus = \"%s/corpus\"; vocab_size = 40; };\n"
                   "student = { kind = \"bert\"; layers = 1; hidden = 8; heads = 2; ffn = 8; };\n"
                   "train = { epochs = 1; batch = 2; }; };\n",
                   kd_test_folder());
    p.words = rest;
    for (char *word; (word = strsep(&rest, " "));)
        if (*word) given[options.overrides.count++] = word;
    options.overrides.items = given;
    assert_ok(kd_study_open(&p.study, kd_test_file("inputs.cfg", text), &options, &err), &err);
    assert_ok(kd_plan_create(&p.plan, p.study, NULL, &err), &err);
    free(text);
    return p;
}

static void close_plan(planned *p)
{
    kd_plan_destroy(p->plan);
    kd_study_close(p->study);
    free(p->words);
}

static int write_corpus(void **state)
{
    (void)state;
    static const char *const splits[] = { "train", "devel", "test" };
    kd_error                 err;
    char                    *folder = kd_fs_join(kd_test_folder(), "corpus");
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    for (int s = 0; s < 3; s++) {
        char *name = kd_sprintf("corpus/%s.tsv", splits[s]);
        kd_test_file(name, corpus);
        free(name);
    }
    free(folder);
    return setenv("XDG_CACHE_HOME", kd_test_folder(), 1);
}

static const struct {
    const char *settings, *words; /* NULL when nothing is wrong */
} cases[] = {
    { "", NULL },
    { "student.positions=4", "student.positions: 4 are too few for a sentence of" },
    { "student.positions=4 data.max_pieces=4", NULL },
    { "train.batch=4", NULL },
    { "train.batch=5", "train.batch: 5 is more than the 4 sentences there are" },
    { "train.batch=16 augment.passes=1", NULL }, /* three copies of each at most */
    { "train.batch=17 augment.passes=1", "train.batch: 17 is more than the 16 sentences" },
    { "distill.method=kl teacher.kind=bert teacher.positions=3",
      "teacher.positions: 3 are too few for a sentence of" },
    { "distill.method=kl teacher.kind=bert teacher.train.batch=5",
      "teacher.train.batch: 5 is more than the 4 sentences there are" },
};

/* The second time from what is remembered, the third from a memory that somebody spoiled. */
static void test_finds_what_no_cell_can_run(void **state)
{
    (void)state;
    char *cache = kd_fs_cache("corpora");
    assert_non_null(cache);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int time = 0; time < 3; time++) {
            kd_error err;
            planned  p = plan_of(cases[c].settings);
            if (cases[c].words)
                assert_fails(KD_ECONFIG, cases[c].words, kd_inputs_check(p.plan, &err), &err);
            else
                assert_ok(kd_inputs_check(p.plan, &err), &err);
            close_plan(&p);
            char **names;
            size_t count;
            assert_ok(kd_fs_list(cache, &names, &count, &err), &err);
            assert_true(count > 0);
            for (size_t i = 0; i < count && time == 1; i++) {
                char *path = kd_fs_join(cache, names[i]);
                assert_ok(kd_fs_write(path, "1 2 3", 5, &err), &err);
                free(path);
            }
            kd_fs_free_names(names, count);
        }
    free(cache);
}

static bool is_done(kd_id id, void *user)
{
    (void)id, (void)user;
    return true;
}

static void test_asks_nothing_of_what_is_done(void **state)
{
    (void)state;
    kd_error err;
    planned  p = plan_of("student.positions=3");
    assert_fails(KD_ECONFIG, "student.positions", kd_inputs_check(p.plan, &err), &err);
    kd_plan_look(p.plan, &(kd_plan_options){ .is_done = is_done });
    assert_ok(kd_inputs_check(p.plan, &err), &err);
    close_plan(&p);
}

/* The corpus of a study, read. */
static void read_corpus(kd_source_corpus *source, planned *p, kd_arena *arena, kd_resolved *node)
{
    kd_error err;
    for (size_t n = 0; n < kd_plan_count(p->plan); n++)
        if (kd_plan_node_at(p->plan, n)->kind == KD_NODE_CORPUS)
            assert_ok(kd_plan_resolve(p->plan, n, arena, node, &err), &err);
    assert_ok(kd_source_corpus_open(source, node, &err), &err);
}

/* A vocabulary that is built is that of the sentences as they were read, whatever copies there will be. */
static void test_reads_a_corpus_with_its_tokenizer(void **state)
{
    (void)state;
    static const char *const studies[] = { "", "augment.passes=2" };
    int                      pieces[2];
    for (int s = 0; s < 2; s++) {
        kd_source_corpus source;
        kd_resolved      node;
        kd_arena        *arena = kd_arena_create(0);
        planned          p = plan_of(studies[s]);
        read_corpus(&source, &p, arena, &node);
        assert_int_equal(source.splits, KD_SPLITS);
        assert_int_equal(kd_labels_count(source.labels), 3);
        assert_int_equal(kd_corpus_sentences(&source.split[KD_TRAIN]), 4);
        pieces[s] = kd_vocab_size(kd_tokenizer_vocab(source.tokenizer));
        kd_source_corpus_close(&source);
        close_plan(&p);
        kd_arena_destroy(arena);
    }
    assert_true(pieces[0] > 0 && pieces[0] <= 40);
    assert_int_equal(pieces[0], pieces[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_no_cell_can_run),
        cmocka_unit_test(test_asks_nothing_of_what_is_done),
        cmocka_unit_test(test_reads_a_corpus_with_its_tokenizer),
    };
    return cmocka_run_group_tests(tests, write_corpus, NULL);
}
