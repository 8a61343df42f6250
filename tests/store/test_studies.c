/* test_studies.c - texts of studies: each once, the latest run first, damage seen. */
#include "harness/store/studies.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/base/fs.h"
#include "harness/store/fsck.h"
#include "harness/store/merge.h"
#include "tests/store/fixture.h"

static void put(const kd_store *store, const char *text)
{
    kd_error err;
    assert_ok(kd_studies_put(store, text, strlen(text), &err), &err);
}

/* As if it had been run then. */
static void date(const kd_store *store, const char *text, time_t seconds)
{
    struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
    char           *path = kd_studies_path(store, kd_id_of_bytes(text, strlen(text)));
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

/* The first letters of the texts, in the order of the list. */
static const char *listed(const kd_store *store)
{
    static char      letters[16];
    kd_stored_study *studies;
    size_t           count;
    kd_error         err;
    assert_ok(kd_studies_list(store, &studies, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        kd_str text = KD_STR_INIT;
        char  *path = kd_studies_path(store, studies[i].id);
        assert_ok(kd_fs_read(path, &text, &err), &err);
        letters[i] = text.text[0];
        kd_str_fini(&text);
        free(path);
    }
    letters[count] = 0;
    free(studies);
    return letters;
}

static void test_keeps_each_once_and_knows_the_latest(void **state)
{
    (void)state;
    kd_store *store = fixture_store("each");
    assert_string_equal(listed(store), "");
    put(store, "a");
    put(store, "b");
    date(store, "a", 1000);
    date(store, "b", 2000);
    assert_string_equal(listed(store), "ba");
    put(store, "a");
    assert_string_equal(listed(store), "ab");
    kd_store_close(store);
}

static void count_damaged(void *user, const kd_fsck_finding *finding)
{
    *(int *)user += strcmp(finding->kind, "damaged") == 0 && finding->is_problem;
}

static void test_sets_a_damaged_one_aside(void **state)
{
    (void)state;
    kd_error       err;
    kd_fsck_counts counts;
    int            damaged = 0;
    kd_store      *store = fixture_store("damaged");
    put(store, "abc");
    put(store, "xyz");
    char *path = kd_studies_path(store, kd_id_of_bytes("abc", 3));
    fixture_flip(path, 1, 1);
    assert_ok(kd_fsck_run(store, false, count_damaged, &damaged, &counts, &err), &err);
    assert_int_equal(damaged, 1);
    assert_ok(kd_fsck_run(store, true, count_damaged, &damaged, &counts, &err), &err);
    assert_false(kd_fs_exists(path));
    assert_string_equal(listed(store), "x");
    put(store, "abc"); /* the next run puts it back */
    assert_true(kd_fs_exists(path));
    free(path);
    kd_store_close(store);
}

static void test_a_merge_brings_them_along(void **state)
{
    (void)state;
    kd_error        err;
    kd_merge_counts counts;
    kd_store       *into = fixture_store("into"), *from = fixture_store("from");
    put(into, "own");
    put(from, "theirs");
    date(into, "own", 2000);
    date(from, "theirs", 1000);
    const kd_store *sources[] = { from };
    assert_ok(kd_merge_run(into, sources, 1, &(kd_merge_options){ 0 }, &counts, &err), &err);
    assert_string_equal(listed(into), "ot");
    kd_store_close(from);
    kd_store_close(into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_each_once_and_knows_the_latest),
        cmocka_unit_test(test_sets_a_damaged_one_aside),
        cmocka_unit_test(test_a_merge_brings_them_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
