/* It keeps two generations, uses the newest that is whole, and sets damaged ones aside. */
#include "harness/store/checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "tests/store/fixture.h"

enum { FLOATS = 6000 };

/* Weights that are all `position`, and a state that says so too. */
static kd_status save(const kd_store *store, kd_id id, int64_t position, kd_error *err)
{
    static float         weights[FLOATS];
    kd_checkpoint_draft *draft;
    kd_status            status = kd_checkpoint_create(&draft, store, id, position, err);
    if (status != KD_OK) return status;
    for (int i = 0; i < FLOATS; i++) weights[i] = (float)position;
    status = kd_checkpoint_put_f32(draft, "weights", weights, FLOATS, err);
    if (status == KD_OK) status = kd_checkpoint_put_f32(draft, "adam/first", weights, 3, err);
    if (status == KD_OK)
        status = kd_checkpoint_put_state(draft, "streams", &position, sizeof position, err);
    if (status == KD_OK) return kd_checkpoint_commit(draft, err);
    kd_checkpoint_discard(draft);
    return status;
}

/* The position of the newest whole one, checked against all that is in it; -1 for none. */
static int64_t load(const kd_store *store, kd_id id, kd_str *notice)
{
    static float   weights[FLOATS];
    kd_error       err;
    kd_checkpoint *checkpoint;
    int64_t        position, state;
    assert_ok(kd_checkpoint_open(&checkpoint, store, id, notice, &err), &err);
    if (!checkpoint) return -1;
    position = kd_checkpoint_position(checkpoint);
    assert_ok(kd_checkpoint_get_f32(checkpoint, "weights", weights, FLOATS, &err), &err);
    for (int i = 0; i < FLOATS; i++) assert_true(weights[i] == (float)position);
    assert_ok(kd_checkpoint_get_state(checkpoint, "streams", &state, sizeof state, &err), &err);
    assert_true(state == position);
    kd_checkpoint_close(checkpoint);
    return position;
}

static char *generation(const kd_store *store, int number)
{
    char name[32];
    snprintf(name, sizeof name, "checkpoint-%08d.h5", number);
    return kd_store_work_path(store, fixture_id(1), name);
}

static void test_starts_without_any(void **state)
{
    (void)state;
    kd_store *store = fixture_store("none");
    assert_true(load(store, fixture_id(1), NULL) == -1);
    kd_store_close(store);
}

static void test_loads_the_newest_and_keeps_two(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("newest");
    for (int position = 1; position <= 12; position++) {
        assert_ok(save(store, fixture_id(1), position * 100, &err), &err);
        assert_true(load(store, fixture_id(1), NULL) == position * 100);
        for (int number = 1; number <= 12; number++) {
            char *path = generation(store, number);
            assert_int_equal(kd_fs_exists(path), number <= position && number > position - 2);
            free(path);
        }
    }
    assert_true(load(store, fixture_id(2), NULL) == -1);
    kd_store_close(store);
}

static void test_tells_sizes_and_what_does_not_fit(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = fixture_store("sizes");
    kd_checkpoint *checkpoint;
    float          three[3];
    assert_ok(save(store, fixture_id(1), 1, &err), &err);
    assert_ok(kd_checkpoint_open(&checkpoint, store, fixture_id(1), NULL, &err), &err);
    assert_int_equal(kd_checkpoint_size(checkpoint, "weights"), FLOATS);
    assert_int_equal(kd_checkpoint_size(checkpoint, "adam/first"), 3);
    assert_int_equal(kd_checkpoint_size(checkpoint, "streams"), 8);
    assert_int_equal(kd_checkpoint_size(checkpoint, "absent"), 0);
    assert_fails(KD_EDATA, "'blocks/weights' is f32 (6000,0), expected f32 (3,0)",
                 kd_checkpoint_get_f32(checkpoint, "weights", three, 3, &err), &err);
    assert_fails(KD_EDATA, "has no readable dataset 'blocks/absent'",
                 kd_checkpoint_get_f32(checkpoint, "absent", three, 3, &err), &err);
    kd_checkpoint_close(checkpoint);
    kd_store_close(store);
}

static void test_uses_the_one_before_a_damaged_one(void **state)
{
    (void)state;
    kd_error  err;
    kd_str    notice = KD_STR_INIT;
    kd_store *store = fixture_store("damaged");
    for (int position = 1; position <= 3; position++)
        assert_ok(save(store, fixture_id(1), position, &err), &err);
    char *newest = generation(store, 3), *before = generation(store, 2);
    fixture_flip(newest, (size_t)kd_fs_size(newest) / 2, 1);
    assert_true(load(store, fixture_id(1), &notice) == 2);
    assert_non_null(strstr(notice.text, "checkpoint-00000003.h5: 'blocks/weights' is damaged"));
    assert_false(kd_fs_exists(newest));
    assert_true(load(store, fixture_id(1), &notice) == 2);
    assert_string_equal(notice.text, "");
    assert_ok(save(store, fixture_id(1), 4, &err), &err); /* takes the free number */
    assert_true(load(store, fixture_id(1), &notice) == 4);
    assert_int_equal(truncate(newest, 100), 0);
    assert_int_equal(truncate(before, 0), 0);
    assert_true(load(store, fixture_id(1), &notice) == -1);
    kd_str_fini(&notice);
    free(newest);
    free(before);
    kd_store_close(store);
}

static void test_uses_the_one_before_one_that_cannot_be_read(void **state)
{
    (void)state;
    kd_error err;
    kd_str   notice = KD_STR_INIT;
    for (int way = 0;; way++) {
        char name[32];
        snprintf(name, sizeof name, "spoilt%d", way);
        kd_store *store = fixture_store(name);
        for (int position = 1; position <= 3; position++)
            assert_ok(save(store, fixture_id(1), position, &err), &err);
        char *newest = generation(store, 3);
        bool  is_spoilt = fixture_spoil(newest, way);
        assert_true(load(store, fixture_id(1), &notice) == (is_spoilt ? 2 : 3));
        if (is_spoilt) {
            struct stat info;
            assert_non_null(strstr(notice.text, "checkpoint-00000003.h5"));
            assert_int_equal(lstat(newest, &info), -1);
            assert_ok(save(store, fixture_id(1), 4, &err), &err);
            assert_true(load(store, fixture_id(1), &notice) == 4);
        }
        free(newest);
        kd_store_close(store);
        if (!is_spoilt) break;
    }
    kd_str_fini(&notice);
}

static void test_leaves_a_read_only_store_alone(void **state)
{
    (void)state;
    kd_error  err;
    kd_str    notice = KD_STR_INIT;
    kd_store *store = fixture_store("readonly"), *reader;
    assert_ok(save(store, fixture_id(1), 1, &err), &err);
    assert_ok(save(store, fixture_id(1), 2, &err), &err);
    char *newest = generation(store, 2);
    assert_int_equal(truncate(newest, 50), 0);
    assert_ok(kd_store_open(&reader, kd_store_folder(store), KD_STORE_READ, &err), &err);
    assert_true(load(reader, fixture_id(1), &notice) == 1);
    assert_true(notice.length > 0);
    assert_true(kd_fs_exists(newest));
    kd_str_fini(&notice);
    free(newest);
    kd_store_close(reader);
    kd_store_close(store);
}

static void test_refuses_the_checkpoint_of_another_cell(void **state)
{
    (void)state;
    kd_error  err;
    kd_str    notice = KD_STR_INIT;
    kd_store *store = fixture_store("other");
    assert_ok(save(store, fixture_id(1), 1, &err), &err);
    assert_ok(kd_store_make_work(store, fixture_id(2), &err), &err);
    char *from = generation(store, 1),
         *to = kd_store_work_path(store, fixture_id(2), "checkpoint-00000001.h5");
    assert_int_equal(rename(from, to), 0);
    assert_true(load(store, fixture_id(2), &notice) == -1);
    assert_non_null(strstr(notice.text, "belongs to the cell "));
    kd_str_fini(&notice);
    free(from);
    free(to);
    kd_store_close(store);
}

static void save_for_ever(const kd_store *store, int64_t position, int acknowledge)
{
    for (;; position++) {
        if (save(store, fixture_id(1), position, NULL) != KD_OK) _exit(1);
        if (write(acknowledge, &position, sizeof position) != sizeof position) _exit(1);
    }
}

/* The newest position that the child acknowledged until it was killed; `last` when none. */
static int64_t kill_while_it_saves(const kd_store *store, int64_t last, bool after_one,
                                   double nap_s)
{
    int     ends[2];
    int64_t position;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) save_for_ever(store, last + 1, ends[1]);
    close(ends[1]);
    if (after_one && read(ends[0], &position, sizeof position) == sizeof position) last = position;
    kd_sleep_s(nap_s);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(ends[0], &position, sizeof position) == sizeof position) last = position;
    close(ends[0]);
    return last;
}

/* Every other child has saved one when its nap begins, so that there is something to lose also
 * where a save takes longer than all naps. */
static void test_goes_on_after_kills_at_any_moment(void **state)
{
    (void)state;
    kd_store *store = fixture_store("kill");
    kd_rng    rng = kd_rng_root(22);
    int64_t   last = 0;
    for (int kills = 0; kills < 50; kills++) {
        double  nap_s = 0.002 + 0.01 * kd_rng_uniform(&rng);
        kd_str  notice = KD_STR_INIT;
        int64_t acknowledged = kill_while_it_saves(store, last, kills % 2, nap_s);
        if (kills % 2) assert_true(acknowledged > last);
        int64_t position = load(store, fixture_id(1), &notice);
        assert_true(position >= acknowledged || acknowledged == 0);
        assert_string_equal(notice.text, "");
        if (position > last) last = position;
        kd_str_fini(&notice);
    }
    assert_true(last > 0);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_without_any),
        cmocka_unit_test(test_loads_the_newest_and_keeps_two),
        cmocka_unit_test(test_tells_sizes_and_what_does_not_fit),
        cmocka_unit_test(test_uses_the_one_before_a_damaged_one),
        cmocka_unit_test(test_uses_the_one_before_one_that_cannot_be_read),
        cmocka_unit_test(test_leaves_a_read_only_store_alone),
        cmocka_unit_test(test_refuses_the_checkpoint_of_another_cell),
        cmocka_unit_test(test_goes_on_after_kills_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
