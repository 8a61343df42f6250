/* It gives back what nobody needs, never a model that is wanted, nor what unfinished cells stand
 * on. */
#include "harness/store/gc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/fsck.h"
#include "harness/store/lock.h"
#include "tests/store/fixture.h"

/* The texts of the cells here hold the numbers of their inputs: "1 2". */
static void read_numbers(const char *text, void (*see)(void *user, kd_id id), void *user)
{
    char *copy = kd_strdup(text), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));) see(user, fixture_id((unsigned)atoi(word)));
    free(copy);
}

/* An intermediate of about `kilobytes` that took so long to make. */
static void put_intermediate(const kd_store *store, unsigned n, const char *kind, size_t kilobytes,
                             double made_s)
{
    kd_error         err;
    kd_object_draft *draft;
    float           *floats = kd_alloc(kilobytes * 256, sizeof *floats);
    assert_ok(kd_object_create(&draft, store, fixture_id(n), kind, "", &err), &err);
    assert_ok(kd_object_put_f32(draft, "block", floats, kilobytes * 256, 0, &err), &err);
    kd_object_put_timing(draft, "cell_s", made_s);
    assert_ok(kd_object_commit(draft, &err), &err);
    assert_ok(kd_store_drop_work(store, fixture_id(n), &err), &err);
    free(floats);
}

static void put_model(const kd_store *store, unsigned n)
{
    kd_error err;
    assert_ok(fixture_commit(store, fixture_id(n), (int)n, &err), &err);
    assert_ok(kd_store_drop_work(store, fixture_id(n), &err), &err);
}

/* Models 0 to 3, corpora 10 and 11, targets 12. */
static kd_store *small_store(const char *name)
{
    kd_store *store = fixture_store(name);
    for (unsigned n = 0; n < 4; n++) put_model(store, n);
    put_intermediate(store, 10, "corpus", 40, 1);
    put_intermediate(store, 11, "corpus", 40, 100);
    put_intermediate(store, 12, "targets", 80, 5);
    return store;
}

static void append_item(void *user, const kd_gc_item *item)
{
    kd_str_addf(user, "%s %s\n", kd_gc_word(item->class), item->path);
}

static kd_gc_counts collect(const kd_store *store, kd_gc_options options, kd_str *items)
{
    kd_error     err;
    kd_gc_counts counts;
    options.read_inputs = read_numbers;
    kd_str_reset(items);
    assert_ok(kd_gc_run(store, &options, append_item, items, &counts, &err), &err);
    return counts;
}

static void assert_has(const kd_store *store, const char *there, const char *gone)
{
    for (const char *at = there; *at; at += *at == ' ')
        assert_true(kd_store_has(store, fixture_id((unsigned)strtol(at, (char **)&at, 10))));
    for (const char *at = gone; *at; at += *at == ' ')
        assert_false(kd_store_has(store, fixture_id((unsigned)strtol(at, (char **)&at, 10))));
}

static void assert_clean(const kd_store *store)
{
    kd_error       err;
    kd_fsck_counts counts;
    assert_ok(kd_fsck_run(store, false, NULL, NULL, &counts, &err), &err);
    assert_int_equal(counts.problems, 0);
}

static void write_work(const kd_store *store, unsigned n, const char *name, const char *text)
{
    kd_error err;
    assert_ok(kd_store_make_work(store, fixture_id(n), &err), &err);
    char *path = kd_store_work_path(store, fixture_id(n), name);
    assert_ok(kd_fs_write(path, text, strlen(text), &err), &err);
    free(path);
}

static void test_removes_only_leftovers_by_itself(void **state)
{
    (void)state;
    kd_store *store = small_store("plain");
    kd_str    items = KD_STR_INIT;
    write_work(store, 0, "log", "of a finished cell");
    write_work(store, 20, "notes", "of an unfinished one");
    write_work(store, 20, "object.h5.tmp.elsewhere-1", "half an object");
    char *finished = kd_store_work_path(store, fixture_id(0), NULL),
         *saved = kd_store_work_path(store, fixture_id(20), "notes"),
         *half = kd_store_work_path(store, fixture_id(20), "object.h5.tmp.elsewhere-1");
    kd_gc_counts counts = collect(store, (kd_gc_options){ .budget_bytes = -1 }, &items);
    assert_int_equal(counts.items[KD_GC_LEFT_OVER], 2);
    assert_int_equal(counts.freed_bytes, strlen("of a finished cell") + strlen("half an object"));
    assert_false(kd_fs_exists(finished));
    assert_false(kd_fs_exists(half));
    assert_true(kd_fs_exists(saved));
    assert_has(store, "0 1 2 3 10 11 12", "");
    assert_clean(store);
    free(finished);
    free(saved);
    free(half);
    kd_str_fini(&items);
    kd_store_close(store);
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

static void test_removes_what_no_study_wants(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = small_store("studies");
    kd_str    items = KD_STR_INIT;
    kd_id     wanted[] = { fixture_id(0), fixture_id(2), fixture_id(10), fixture_id(21) };
    write_work(store, 20, "cell", "10");
    write_work(store, 21, "cell", "10");
    char *unwanted = kd_store_work_path(store, fixture_id(20), NULL),
         *wanted_work = kd_store_work_path(store, fixture_id(21), NULL);
    qsort(wanted, 4, sizeof *wanted, by_id);
    assert_ok(kd_catalogue_update(store, &err), &err);
    assert_int_equal(fixture_rows(store), 7);
    collect(store, (kd_gc_options){ .wanted = wanted, .wanted_count = 4, .budget_bytes = -1 },
            &items);
    assert_has(store, "0 2 10", "1 3 11 12");
    assert_int_equal(fixture_rows(store), 3);
    assert_false(kd_fs_exists(unwanted));
    assert_true(kd_fs_exists(wanted_work));
    assert_clean(store);
    free(unwanted);
    free(wanted_work);
    kd_str_fini(&items);
    kd_store_close(store);
}

/* The one that took the least time for its size goes first: 10 (1 s, 40 kB), then 12, then 11. */
static void test_keeps_to_a_budget_and_gives_up_the_cheapest_first(void **state)
{
    (void)state;
    kd_store     *store = small_store("budget");
    kd_str        items = KD_STR_INIT;
    kd_gc_options dry = { .budget_bytes = INT64_MAX, .is_dry = true };
    int64_t       size = collect(store, dry, &items).before_bytes;
    assert_string_equal(items.text, "");

    dry.budget_bytes = size - 1000;
    kd_gc_counts counts = collect(store, dry, &items);
    assert_int_equal(counts.items[KD_GC_INTERMEDIATE], 1);
    assert_has(store, "0 1 2 3 10 11 12", "");
    collect(store, (kd_gc_options){ .budget_bytes = size - 1000 }, &items);
    assert_has(store, "0 1 2 3 11 12", "10");
    collect(store, (kd_gc_options){ .budget_bytes = size - 60000 }, &items);
    assert_has(store, "0 1 2 3 11", "10 12");
    assert_clean(store);
    kd_str_fini(&items);
    kd_store_close(store);
}

static void test_never_gives_up_what_must_stay(void **state)
{
    (void)state;
    kd_error      err;
    kd_gc_counts  counts;
    kd_store     *store = small_store("never");
    kd_id         awaited[] = { fixture_id(11) };
    kd_gc_options options = {
        .budget_bytes = 1, .read_inputs = read_numbers, .awaited = awaited, .awaited_count = 1
    };
    write_work(store, 20, "cell", "12 3"); /* unfinished, and stands on the targets */
    assert_fails(KD_ECHECK, "have to stay, and the budget is 1",
                 kd_gc_run(store, &options, NULL, NULL, &counts, &err), &err);
    assert_has(store, "0 1 2 3 11 12", "10");
    assert_clean(store);
    kd_store_close(store);
}

static void test_gives_up_damaged_files_before_anything_else(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = small_store("aside");
    kd_str    items = KD_STR_INIT;
    char     *path = kd_store_object_path(store, fixture_id(3));
    assert_ok(kd_store_set_aside(store, path, &err), &err);
    collect(store, (kd_gc_options){ .budget_bytes = -1 }, &items);
    assert_string_equal(items.text, "");
    kd_gc_options dry = { .budget_bytes = INT64_MAX, .is_dry = true };
    int64_t       size = collect(store, dry, &items).before_bytes;
    kd_gc_counts  counts = collect(store, (kd_gc_options){ .budget_bytes = size - 1 }, &items);
    assert_int_equal(counts.items[KD_GC_DAMAGED], 1);
    assert_int_equal(counts.items[KD_GC_INTERMEDIATE], 0);
    free(path);
    kd_str_fini(&items);
    kd_store_close(store);
}

static void test_keeps_out_of_a_held_store(void **state)
{
    (void)state;
    kd_error      err;
    kd_gc_counts  counts;
    kd_lock      *lock;
    kd_store     *store = small_store("held");
    kd_gc_options options = { .budget_bytes = -1, .read_inputs = read_numbers };
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    for (int dry = 0; dry < 2; dry++) {
        options.is_dry = dry;
        assert_fails(KD_EIO, "is held by process",
                     kd_gc_run(store, &options, NULL, NULL, &counts, &err), &err);
    }
    kd_lock_release(lock);
    kd_store_close(store);
}

/* A folder of the store that is a link leads to somebody's files. */
static void test_removes_nothing_through_a_link(void **state)
{
    (void)state;
    kd_error     err;
    kd_gc_counts counts;
    kd_store    *store = small_store("linked");
    assert_ok(kd_fs_make_folders(fixture_path(store, "../outside"), &err), &err);
    const char *mine = kd_test_file("outside/mine", "precious");
    assert_int_equal(symlink("../outside", fixture_path(store, "damaged")), 0);
    kd_gc_options options = { .budget_bytes = 0, .read_inputs = read_numbers };
    assert_fails(KD_EDATA, "'damaged' is a link, and none is followed below ",
                 kd_gc_run(store, &options, NULL, NULL, &counts, &err), &err);
    assert_true(kd_fs_exists(mine));
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removes_only_leftovers_by_itself),
        cmocka_unit_test(test_removes_what_no_study_wants),
        cmocka_unit_test(test_keeps_to_a_budget_and_gives_up_the_cheapest_first),
        cmocka_unit_test(test_never_gives_up_what_must_stay),
        cmocka_unit_test(test_gives_up_damaged_files_before_anything_else),
        cmocka_unit_test(test_keeps_out_of_a_held_store),
        cmocka_unit_test(test_removes_nothing_through_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
