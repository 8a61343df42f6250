/* test_listing.c - every cell of a store once, with how it stands; columns; order. */
#include <string.h>

#include "harness/review/listing.h"
#include "harness/store/journal.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

static kd_id id_of(unsigned n)
{
    return (kd_id){ 0, n };
}

static void commit(const kd_store *store, unsigned n, const char *hidden, const char *method,
                   double devel)
{
    kd_object_draft *draft = fixture_model(store, id_of(n));
    kd_object_put_setting(draft, "distill.method", method);
    kd_object_put_setting(draft, "seed", n % 2 ? "1" : "2");
    kd_object_put_setting(draft, "student.hidden", hidden);
    kd_object_put_metric(draft, "devel.entity_strict.f1", devel);
    fixture_finish(draft);
}

static kd_journal_entry entry(kd_journal_type type, unsigned n, const char *text)
{
    return (kd_journal_entry){ .type = type, .status = KD_EDIVERGED, .id = id_of(n), .text = text };
}

/* 1 to 3 are done; 4 failed for good, 5 was interrupted, 6's object is gone; 7 is a corpus. */
static kd_store *make_store(const char *name)
{
    const kd_journal_entry entries[] = {
        entry(KD_JOURNAL_ASSIGNED, 4, "hidden=64 method=kl seed=2"),
        entry(KD_JOURNAL_GIVEN_UP, 4, "the loss is nan"),
        entry(KD_JOURNAL_ASSIGNED, 5, "hidden=16 method=kl seed=2"),
        entry(KD_JOURNAL_ASSIGNED, 6, "hidden=128 method=kl seed=1"),
        entry(KD_JOURNAL_DONE, 6, ""),
        entry(KD_JOURNAL_ASSIGNED, 7, "corpus"),
        entry(KD_JOURNAL_GIVEN_UP, 7, "no file"),
    };
    kd_store *store = fixture_store(name);
    commit(store, 1, "128", "none", 0.7);
    commit(store, 2, "16", "none", 0.5);
    commit(store, 3, "16", "kl", 0.9);
    fixture_record(store, entries, sizeof entries / sizeof *entries);
    return store;
}

static void open_listing(kd_listing *listing, const kd_store *a, const kd_store *b)
{
    const char *folders[] = { kd_store_folder(a), b ? kd_store_folder(b) : NULL };
    kd_error    err;
    assert_ok(kd_listing_open(listing, folders, b ? 2 : 1, &err), &err);
}

/* "1 done, 2 done, ..." */
static void assert_cells(const kd_listing *listing, const char *want)
{
    kd_str got = KD_STR_INIT;
    for (size_t i = 0; i < listing->cells.count; i++) {
        const kd_listed *cell = kd_listed_of(listing->cells.items[i]);
        kd_str_addf(&got, "%s%d %s", i > 0 ? ", " : "", (int)cell->record.id.low, cell->state);
    }
    assert_string_equal(got.text, want);
    kd_str_fini(&got);
}

static void test_has_every_cell_once_with_how_it_stands(void **state)
{
    kd_store  *store = make_store("states"), *other = fixture_store("other");
    kd_listing listing;
    (void)state;
    open_listing(&listing, store, NULL);
    assert_cells(&listing, "1 done, 2 done, 3 done, 4 failed, 5 interrupted, 6 missing");
    assert_string_equal(kd_record_value(listing.cells.items[3], "student.hidden"), "64");
    assert_string_equal(kd_record_value(listing.cells.items[3], "distill.method"), "kl");
    kd_listing_close(&listing);

    commit(other, 2, "16", "none", 0.5);
    commit(other, 6, "128", "kl", 0.6);
    open_listing(&listing, store, other);
    assert_cells(&listing, "1 done, 2 done, 3 done, 4 failed, 5 interrupted, 6 done");
    kd_listing_close(&listing);
    kd_store_close(store);
    kd_store_close(other);
}

static void test_keeps_what_is_asked_for(void **state)
{
    static const char *const kl[] = { "distill.method=kl" }, *const ki[] = { "distill.method=ki" };
    kd_store         *store = make_store("keeps");
    kd_listing        listing;
    kd_listing_choice choice = { kl, 1, NULL, "failed,done" };
    kd_error          err;
    (void)state;
    open_listing(&listing, store, NULL);
    assert_ok(kd_listing_keep(&listing, &choice, &err), &err);
    assert_cells(&listing, "3 done, 4 failed");
    choice = (kd_listing_choice){ .states = "faild" };
    assert_fails(KD_EUSAGE, "--state faild: there is no such state; did you mean failed?",
                 kd_listing_keep(&listing, &choice, &err), &err);
    choice = (kd_listing_choice){ ki, 1, NULL, NULL };
    assert_fails(KD_EUSAGE, "distill.method=ki: no cell has this value; did you mean kl?",
                 kd_listing_keep(&listing, &choice, &err), &err);
    kd_listing_close(&listing);
    kd_store_close(store);
}

static void sort_by(kd_listing *listing, const char *word, bool descending)
{
    kd_listing_columns by = KD_VEC_INIT;
    kd_error           err;
    assert_ok(kd_listing_add(&by, listing, word, &err), &err);
    by.items[0].descending = descending;
    kd_listing_sort(listing, &by);
    kd_vec_fini(&by);
}

/* Numbers as numbers, and what has none last in both directions. */
static void test_sorts_by_settings_and_metrics(void **state)
{
    kd_store  *store = make_store("sorts");
    kd_listing listing;
    (void)state;
    open_listing(&listing, store, NULL);
    sort_by(&listing, "student.hidden", false);
    assert_cells(&listing, "2 done, 3 done, 5 interrupted, 4 failed, 1 done, 6 missing");
    sort_by(&listing, "devel.f1", true);
    assert_cells(&listing, "3 done, 1 done, 2 done, 4 failed, 5 interrupted, 6 missing");
    sort_by(&listing, "devel.f1", false);
    assert_cells(&listing, "2 done, 1 done, 3 done, 4 failed, 5 interrupted, 6 missing");
    sort_by(&listing, "id", true);
    assert_cells(&listing, "6 missing, 5 interrupted, 4 failed, 3 done, 2 done, 1 done");
    kd_listing_close(&listing);
    kd_store_close(store);
}

static void test_knows_columns_by_their_words(void **state)
{
    kd_store          *store = make_store("columns");
    kd_listing         listing;
    kd_listing_columns columns = KD_VEC_INIT;
    char               id[KD_ID_TEXT];
    kd_error           err;
    (void)state;
    open_listing(&listing, store, NULL);
    kd_listing_add_varying(&columns, &listing);
    assert_int_equal(columns.count, 3);
    assert_string_equal(columns.items[0].name, "distill.method");
    assert_string_equal(columns.items[2].name, "seed");
    assert_true(columns.items[1].is_number && !columns.items[0].is_number);
    assert_ok(kd_listing_add(&columns, &listing, "*.f1", &err), &err);
    assert_string_equal(columns.items[3].name, "devel.entity_strict.f1");
    const kd_listed *failed = kd_listed_of(listing.cells.items[3]);
    assert_string_equal(kd_listing_read(&columns.items[0], failed, id).text, "kl");
    assert_null(kd_listing_read(&columns.items[3], failed, id).text);
    assert_fails(KD_EUSAGE, "'student.hiden'; did you mean student.hidden?",
                 kd_listing_add(&columns, &listing, "student.hiden", &err), &err);
    assert_fails(KD_EUSAGE, "no cell has the metric 'test.f1'",
                 kd_listing_add(&columns, &listing, "test.f1", &err), &err);
    kd_vec_fini(&columns);
    kd_listing_close(&listing);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_every_cell_once_with_how_it_stands),
        cmocka_unit_test(test_keeps_what_is_asked_for),
        cmocka_unit_test(test_sorts_by_settings_and_metrics),
        cmocka_unit_test(test_knows_columns_by_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
