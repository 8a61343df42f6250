/* It tells a disk that fails once from what is absent or damaged, wherever the failure strikes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/fsck.h"
#include "harness/store/gc.h"
#include "tests/store/fixture.h"

/* The k-th read from here on fails; none for 0, and then all are counted. */
static void fail_read(uint64_t k)
{
    char *asked = kd_sprintf("fail=read:%llu", (unsigned long long)k);
    setenv(KD_FAULTS_ENV, asked, 1);
    kd_fault_reset();
    free(asked);
}

static void test_never_says_that_an_array_is_absent(void **state)
{
    (void)state;
    static const char *const names[] = { "metrics", "weights/lstm.bias", "weights/none" };
    kd_store                *store = fixture_store("has");
    kd_error                 err;
    size_t                   failures = 0;
    fail_read(0);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        bool truth, has;
        for (uint64_t k = 0; k < 40; k++) {
            kd_object *object;
            fail_read(0);
            assert_ok(kd_object_open(&object, store, fixture_id(1), &err), &err);
            fail_read(k);
            kd_status status = kd_object_has(object, names[i], &has, &err);
            if (k == 0) truth = has;
            if (status == KD_OK) assert_int_equal(has, truth);
            if (status != KD_OK) assert_int_equal(status, KD_EIO);
            failures += status != KD_OK;
            kd_object_close(object);
        }
        assert_int_equal(truth, i != 2);
    }
    assert_true(failures > 0);
    kd_store_close(store);
}

static void test_does_not_take_an_object_for_a_damaged_one(void **state)
{
    (void)state;
    kd_store  *store = fixture_store("open");
    kd_object *object;
    kd_error   err;
    size_t     failures = 0;
    fail_read(0);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    for (uint64_t k = 1; k < 60; k++) {
        kd_arena *arena = kd_arena_create(0);
        kd_record record;
        fail_read(k);
        kd_status status = kd_object_open(&object, store, fixture_id(1), &err);
        if (status == KD_OK) status = kd_object_record(object, arena, &record, &err);
        if (status != KD_OK) assert_fails(KD_EIO, strerror(EIO), status, &err);
        failures += status != KD_OK;
        kd_object_close(object);
        kd_arena_destroy(arena);
    }
    assert_in_range(failures, 10, 58);
    kd_store_close(store);
}

static void see_finding(void *user, const kd_fsck_finding *finding)
{
    *(size_t *)user += finding->is_problem && finding->is_mended;
}

/* What a repair sets aside has to be made again: not for one read that failed. */
static void test_repairs_nothing_that_is_whole(void **state)
{
    (void)state;
    kd_store *store = fixture_store("fsck");
    kd_error  err;
    fail_read(0);
    for (unsigned n = 0; n < 2; n++) assert_ok(fixture_commit(store, fixture_id(n), 1, &err), &err);
    assert_ok(kd_catalogue_update(store, &err), &err);
    for (uint64_t k = 1; k < 200; k++) {
        kd_fsck_counts counts;
        size_t         mended = 0;
        fail_read(k);
        kd_status status = kd_fsck_run(store, true, see_finding, &mended, &counts, &err);
        if (status != KD_OK) assert_fails(KD_EIO, strerror(EIO), status, &err);
        assert_true(kd_store_has(store, fixture_id(0)) && kd_store_has(store, fixture_id(1)));
    }
    kd_store_close(store);
}

static void read_inputs(const char *text, void (*see)(void *user, kd_id id), void *user)
{
    if (*text) see(user, fixture_id(5));
}

/* An unfinished cell whose text cannot be read: what it stands on must stay, whatever the budget. */
static void test_gives_nothing_back_that_it_is_not_sure_of(void **state)
{
    (void)state;
    kd_store        *store = fixture_store("gc");
    kd_object_draft *draft;
    kd_error         err;
    size_t           failures = 0;
    fail_read(0);
    assert_ok(kd_object_create(&draft, store, fixture_id(5), "corpus", "", &err), &err);
    assert_ok(kd_object_commit(draft, &err), &err);
    assert_ok(kd_store_make_work(store, fixture_id(6), &err), &err);
    char *cell = kd_store_work_path(store, fixture_id(6), "cell");
    assert_ok(kd_fs_write(cell, "5", 1, &err), &err);
    for (uint64_t k = 1; k < 120; k++) {
        kd_gc_counts counts;
        fail_read(k);
        kd_status status =
            kd_gc_run(store, &(kd_gc_options){ .budget_bytes = 0, .read_inputs = read_inputs },
                      NULL, NULL, &counts, &err);
        assert_true(status == KD_EIO || status == KD_ECHECK); /* the budget cannot be met */
        assert_true(kd_store_has(store, fixture_id(5)));
        failures += status == KD_EIO;
    }
    assert_true(failures > 5);
    free(cell);
    kd_store_close(store);
}

int main(void)
{
    fail_read(0); /* HDF5 is told once, at the first file */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_says_that_an_array_is_absent),
        cmocka_unit_test(test_does_not_take_an_object_for_a_damaged_one),
        cmocka_unit_test(test_repairs_nothing_that_is_whole),
        cmocka_unit_test(test_gives_nothing_back_that_it_is_not_sure_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
