/* test_session.c - study, store and plan are opened together, and nothing is left of what fails. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/plan/session.h"
#include "tests/support/support.h"

static const char *const      no_environment[] = { NULL };
static const kd_study_options how = { .environment = no_environment };

static char *folder_of(const char *name)
{
    return kd_fs_join(kd_test_folder(), name);
}

static const char *good(void)
{
    return kd_test_file("good.cfg", "study = { seeds = [1, 2]; };\n");
}

static void test_makes_a_store_after_the_plan_alone(void **state)
{
    (void)state;
    kd_error    err;
    kd_session  s;
    char       *store = folder_of("made");
    const char *bad = kd_test_file("bad.cfg", "study = { data = { corpus = \"nowhere\"; }; };\n");
    assert_fails(KD_ENOINPUT, "bad.cfg: 3 files are missing",
                 kd_session_open(&s, bad, &how, store, KD_SESSION_MAKES, &err), &err);
    kd_session_close(&s);
    assert_ok(kd_session_open(&s, good(), &how, store, KD_SESSION_MAKES, &err), &err);
    assert_null(s.store);
    assert_false(kd_fs_exists(store));
    assert_ok(kd_session_make(&s, store, &err), &err);
    assert_true(kd_store_is_writable(s.store));
    kd_session_close(&s);

    assert_ok(kd_session_open(&s, good(), &how, store, KD_SESSION_MAKES, &err), &err);
    const kd_store *opened = s.store;
    assert_non_null(opened);
    assert_ok(kd_session_make(&s, store, &err), &err);
    assert_ptr_equal(s.store, opened);
    kd_session_close(&s);
    free(store);
}

static void test_looks_at_what_may_not_be_there(void **state)
{
    (void)state;
    kd_error   err;
    kd_session s;
    char      *store = folder_of("looked_at");
    assert_ok(kd_session_open(&s, good(), &how, store, KD_SESSION_LOOKS, &err), &err);
    assert_null(s.store);
    kd_session_close(&s);
    assert_fails(KD_ENOINPUT, "looked_at",
                 kd_session_open(&s, good(), &how, store, KD_SESSION_READS, &err), &err);
    kd_session_close(&s);
    assert_false(kd_fs_exists(store));
    assert_ok(kd_session_open(&s, good(), &how, NULL, KD_SESSION_PLANS, &err), &err);
    assert_int_equal(kd_plan_count(s.plan), 3); /* a corpus and two students */
    kd_session_close(&s);
    free(store);
}

/* What two settings name is told of both, and a study can be shown without any of it. */
static void test_tells_all_that_is_missing(void **state)
{
    (void)state;
    static const char *const want[] = {
        "bad.cfg:1: data.corpus|BC2GM/train.tsv", "bad.cfg:1: data.corpus|BC2GM/devel.tsv",
        "bad.cfg:1: data.corpus|BC2GM/test.tsv",  "bad.cfg:2: data.vocab|vocab/bert-base-cased",
        "bad.cfg:3: teacher.init|bert",
    };
    kd_error    err;
    kd_session  s;
    kd_str      names = KD_STR_INIT;
    const char *bad = kd_test_file("bad.cfg", "study = { data = { corpus = \"BC2GM\";\n"
                                              "vocab = \"vocab/bert-base-cased\"; }; teacher = {\n"
                                              "init = \"bert\"; train = { epochs = 0; }; };\n"
                                              "distill = { method = \"kl\"; }; };\n");
    assert_fails(
        KD_ENOINPUT,
        "bad.cfg: 5 files are missing; `kdgrid data fetch BC2GM vocab/bert-base-cased` brings",
        kd_session_open(&s, bad, &how, NULL, KD_SESSION_PLANS, &err), &err);
    kd_session_close(&s);
    assert_ok(kd_session_open(&s, bad, &how, NULL, KD_SESSION_SHOWS, &err), &err);
    assert_null(s.plan);
    assert_int_equal(s.lacks.count, sizeof want / sizeof *want);
    for (size_t i = 0; i < s.lacks.count; i++) {
        char *told = kd_sprintf("%s|%s", s.lacks.items[i].place, s.lacks.items[i].name);
        assert_non_null(strstr(told, want[i]));
        free(told);
    }
    kd_lacks_names(&s.lacks, &names);
    assert_string_equal(
        names.text,
        "BC2GM/train.tsv, BC2GM/devel.tsv, BC2GM/test.tsv, vocab/bert-base-cased, bert");
    kd_str_fini(&names);
    kd_session_close(&s);
    assert_ok(kd_session_open(&s, good(), &how, NULL, KD_SESSION_SHOWS, &err), &err);
    assert_non_null(s.plan);
    kd_session_close(&s);
}

/* An object of any contents has its name; the plan asks for no more. */
static void test_knows_what_the_store_has(void **state)
{
    (void)state;
    static const kd_session_way ways[] = { KD_SESSION_LOOKS, KD_SESSION_MAKES, KD_SESSION_READS };
    kd_error                    err;
    kd_session                  s;
    char                       *store = folder_of("stocked");
    assert_ok(kd_session_open(&s, good(), &how, store, KD_SESSION_MAKES, &err), &err);
    assert_ok(kd_session_make(&s, store, &err), &err);
    kd_id id = kd_plan_id_of_cell(s.plan, 0);
    char *path = kd_store_object_path(s.store, id);
    assert_ok(kd_store_make_shard(s.store, id, &err), &err);
    assert_ok(kd_fs_write(path, "x", 1, &err), &err);
    free(path);
    kd_session_close(&s);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        assert_ok(kd_session_open(&s, good(), &how, store, ways[w], &err), &err);
        const kd_plan_node *node = kd_plan_node_at(s.plan, kd_plan_node_of_cell(s.plan, 0));
        assert_int_equal(node->is_done, ways[w] != KD_SESSION_READS);
        kd_session_close(&s);
    }
    free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_a_store_after_the_plan_alone),
        cmocka_unit_test(test_tells_all_that_is_missing),
        cmocka_unit_test(test_looks_at_what_may_not_be_there),
        cmocka_unit_test(test_knows_what_the_store_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
