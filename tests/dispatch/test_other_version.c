/* A store of another version of the settings schema: the study of today finds none of it done, the
 * run says why, aggregation says that there are two kinds, verify says that it cannot be made
 * again.
 *
 * The older store is made of the nodes of today with ids as another version of the schema would
 * give them, and facts that say so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/cmd/cmd.h"
#include "harness/dispatch/changes.h"
#include "harness/store/journal.h"
#include "harness/store/object.h"
#include "results/stores.h"
#include "tests/support/support.h"

#define OLD "0"

static const char study_text[] = "study = { name = \"versions\"; task = \"ner\"; seeds = [1, 2];\n"
                                 "  data = { corpus = \"synth\"; vocab_size = 400; };\n"
                                 "  student = { kind = \"bilstm\"; layers = 1; embedding = 16; "
                                 "hidden = 16; classifier = 0; }; };\n";

static kd_study *study;
static kd_plan  *plan;

/* What `resolved` would be called under the other version. */
static kd_id old_id(const kd_resolved *resolved)
{
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, "schema " OLD "\n");
    kd_resolved_print(resolved, &text);
    kd_id id = kd_id_of_bytes(text.text, text.length);
    kd_str_fini(&text);
    return id;
}

static void put_object(const kd_store *store, const kd_resolved *resolved, const char *schema)
{
    kd_object_draft *draft;
    kd_error         err;
    kd_str           text = KD_STR_INIT;
    kd_resolved_print(resolved, &text);
    assert_ok(kd_object_create(&draft, store, resolved->id, kd_node_kind_word(resolved->kind),
                               text.text, &err),
              &err);
    for (size_t i = 0; i < resolved->set_count; i++)
        kd_object_put_setting(draft, resolved->set[i].key, resolved->set[i].value);
    kd_object_put_fact(draft, "schema", schema);
    kd_object_put_fact(draft, "numerics", "7");
    kd_object_put_metric(draft, "test.entity_strict.f1", 0.5);
    assert_ok(kd_object_commit(draft, &err), &err);
    kd_str_fini(&text);
}

/* Everything that the plan asks for, as the other version has it; the id of the last student. */
static kd_id fill(const kd_store *store, kd_arena *arena)
{
    kd_id      *ids = kd_alloc(kd_plan_count(plan), sizeof *ids), last = { 0, 0 };
    kd_journal *journal;
    kd_resolved resolved;
    kd_error    err;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    kd_journal_append(
        journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .text = kd_study_name(study) });
    for (size_t n = 0; n < kd_plan_count(plan); n++) {
        const kd_plan_node *node = kd_plan_node_at(plan, n);
        assert_ok(kd_plan_resolve(plan, n, arena, &resolved, &err), &err);
        for (size_t i = 0; i < resolved.input_count; i++)
            resolved.inputs[i].id = ids[node->inputs[i]];
        last = ids[n] = resolved.id = old_id(&resolved);
        put_object(store, &resolved, OLD);
        kd_journal_append(journal,
                          &(kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = resolved.id });
    }
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    free(ids);
    return last;
}

static bool is_there(kd_id id, void *user)
{
    return kd_store_has(user, id);
}

static kd_store *store;
static kd_id     old_student;

static void test_counts_nothing_of_it_as_done(void **state)
{
    (void)state;
    kd_plan        *again;
    kd_error        err;
    kd_plan_options options = { .is_done = is_there, .user = store };
    assert_ok(kd_plan_create(&again, study, &options, &err), &err);
    assert_int_equal(kd_plan_count(again), 3);
    for (size_t n = 0; n < kd_plan_count(again); n++) {
        assert_false(kd_plan_node_at(again, n)->is_done);
        assert_true(kd_plan_node_at(again, n)->is_needed);
    }
    kd_plan_destroy(again);
}

static void test_says_so_when_it_runs(void **state)
{
    (void)state;
    kd_str   text = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_changes_describe(&text, store, plan, kd_study_name(study), &err), &err);
    assert_non_null(strstr(text.text,
                           "the study has changed: 3 earlier results of versions are not "
                           "asked for now"));
    assert_non_null(strstr(text.text, "the version of the settings or of the numerics is another"));
    kd_str_fini(&text);
}

static void test_does_not_mix_it_in_silently(void **state)
{
    (void)state;
    kd_arena   *arena = kd_arena_create(0);
    kd_stores   stores;
    kd_error    err;
    kd_resolved resolved;
    const char *folder = kd_store_folder(store);
    assert_ok(kd_stores_open(&stores, &folder, 1, &err), &err);
    assert_int_equal(stores.cells.count, 2);
    assert_string_equal(stores.notice.text, "");
    kd_stores_close(&stores);

    for (size_t n = 0; n < kd_plan_count(plan); n++) {
        assert_ok(kd_plan_resolve(plan, n, arena, &resolved, &err), &err);
        put_object(store, &resolved, "1");
    }
    assert_ok(kd_stores_open(&stores, &folder, 1, &err), &err);
    assert_int_equal(stores.cells.count, 4);
    assert_non_null(strstr(stores.notice.text, "cells of several versions"));
    assert_non_null(
        strstr(stores.notice.text, "2 cells with version.settings=0, version.numerics=7"));
    assert_non_null(
        strstr(stores.notice.text, "2 cells with version.settings=1, version.numerics=7"));
    assert_ok(kd_cells_keep(&stores.cells, "version.settings=1", &err), &err);
    assert_int_equal(stores.cells.count, 2);
    kd_stores_close(&stores);
    kd_arena_destroy(arena);
}

static void test_cannot_make_it_again_and_says_why(void **state)
{
    (void)state;
    char     id[KD_ID_TEXT];
    kd_error err;
    kd_id_text(id, old_student);
    char  verb[] = "verify", option[] = "--store", *folder = kd_strdup(kd_store_folder(store));
    char *argv[] = { verb, id, option, folder, NULL };
    assert_fails(KD_EDATA,
                 "was made under version 0 of the settings and 7 of the numerics; this program has",
                 kd_cmd_verify(4, argv, &err), &err);
    free(folder);
}

static int set_up(void **state)
{
    (void)state;
    kd_arena   *arena = kd_arena_create(0);
    kd_error    err;
    char       *folder = kd_fs_join(kd_test_folder(), "store");
    const char *path = kd_test_file("study.cfg", study_text);
    assert_ok(kd_study_open(&study, path, &(kd_study_options){ 0 }, &err), &err);
    assert_ok(kd_plan_create(&plan, study, &(kd_plan_options){ 0 }, &err), &err);
    assert_ok(kd_store_open(&store, folder, KD_STORE_CREATE, &err), &err);
    old_student = fill(store, arena);
    kd_arena_destroy(arena);
    free(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_store_close(store);
    kd_plan_destroy(plan);
    kd_study_close(study);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_nothing_of_it_as_done),
        cmocka_unit_test(test_says_so_when_it_runs),
        cmocka_unit_test(test_does_not_mix_it_in_silently),
        cmocka_unit_test(test_cannot_make_it_again_and_says_why),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
