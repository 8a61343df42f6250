/* STORE/live, written and read; and what a reader makes of bytes that are none. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/store/live.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

static kd_store *new_store(const char *name)
{
    kd_store *store;
    kd_error  err;
    char     *folder = kd_fs_join(kd_test_folder(), name);
    assert_ok(kd_store_open(&store, folder, KD_STORE_CREATE, &err), &err);
    char *members = kd_fs_join(folder, "members");
    assert_ok(kd_fs_make_folders(members, &err), &err);
    free(members);
    free(folder);
    return store;
}

static void test_tells_what_was_written(void **state)
{
    (void)state;
    kd_store          *store = new_store("told");
    const kd_live_cell cells[] = {
        { { 1, 2 }, 3, { 0.4134, 0.8123, 12, 50 }, 1795672001.75, 600 },
        { { 4, 5 }, 0, KD_PROGRESS_POINT_INIT, 1795672002.5, 0 },
    };
    kd_live live = { .written_s = 1795672345.25, .eta_s = 312.5, .workers = 8 }, got;
    kd_vec_push(&live.cells, cells[0]);
    kd_vec_push(&live.cells, cells[1]);
    kd_live_write(store, 7, &live);
    kd_live_read(store, 7, &got);
    assert_true(got.written_s == live.written_s && got.eta_s == live.eta_s && got.workers == 8);
    assert_int_equal(got.cells.count, 2);
    const kd_live_cell *first = kd_live_find(&got, (kd_id){ 1, 2 });
    assert_non_null(first);
    assert_int_equal(first->point.epoch, 12);
    assert_int_equal(first->point.epochs, 50);
    assert_true(fabs(first->point.loss - 0.4134) < 1e-9 &&
                fabs(first->point.score - 0.8123) < 1e-9);
    assert_true(first->since_s == 1795672001.75);
    assert_true(isnan(kd_live_find(&got, (kd_id){ 4, 5 })->point.score));
    assert_null(kd_live_find(&got, (kd_id){ 9, 9 }));
    kd_live_fini(&got);
    kd_live_fini(&live);
    kd_live_remove(store, 7);
    kd_live_read(store, 7, &got);
    assert_int_equal(got.cells.count, 0);
    assert_true(got.eta_s < 0);
    kd_live_fini(&got);
    kd_store_close(store);
}

static void test_passes_over_what_is_no_picture(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "\n\n", "kdgrid-live 9 1 2 3 4\n", "\xff\x00\xfe",
                                         "kdgrid-live 2 5 -1 2 0\nnot a cell\n" };
    kd_store                *store = new_store("torn");
    char                    *path = kd_fs_join(kd_store_folder(store), "members/0007.live");
    kd_error                 err;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kd_live live;
        assert_ok(kd_fs_write(path, texts[i], strlen(texts[i]), &err), &err);
        kd_live_read(store, 7, &live);
        assert_int_equal(live.cells.count, 0);
        kd_live_fini(&live);
    }
    free(path);
    kd_store_close(store);
}

/* Each tells how long it would take alone: 60 s and 30 s are 20 s together. */
static void test_adds_up_several_coordinators(void **state)
{
    (void)state;
    kd_live sum = { .eta_s = -1 }, a = { .eta_s = 60, .workers = 1 };
    kd_live b = { .eta_s = 30, .workers = 2 }, unknown = { .eta_s = -1, .workers = 4 };
    kd_vec_push(&b.cells, (kd_live_cell){ .id = { 1, 2 } });
    kd_live_add(&sum, &a);
    assert_true(sum.eta_s == 60);
    kd_live_add(&sum, &b);
    kd_live_add(&sum, &unknown);
    assert_true(fabs(sum.eta_s - 20) < 1e-9);
    assert_int_equal(sum.workers, 7);
    assert_non_null(kd_live_find(&sum, (kd_id){ 1, 2 }));
    kd_live_fini(&sum);
    kd_live_fini(&b);
}

static void test_expects_by_epochs_then_by_others(void **state)
{
    (void)state;
    kd_live_cell cell = { .since_s = 100, .point = { .epoch = 10, .epochs = 40 }, .expected_s = 7 };
    assert_true(fabs(kd_live_eta_s(&cell, 120) - 60) < 1e-9);
    cell.point.epoch = 0;
    assert_true(fabs(kd_live_eta_s(&cell, 103) - 4) < 1e-9);
    assert_true(kd_live_eta_s(&cell, 120) == 0);
    cell.expected_s = 0;
    assert_true(kd_live_eta_s(&cell, 103) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_what_was_written),
        cmocka_unit_test(test_passes_over_what_is_no_picture),
        cmocka_unit_test(test_adds_up_several_coordinators),
        cmocka_unit_test(test_expects_by_epochs_then_by_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
