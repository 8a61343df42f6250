/* It knows the last word about every cell, and about the last run. */
#include "harness/store/tally.h"

#include "tests/store/fixture.h"

static kd_journal *begin(const kd_store *store, const char *name, double to_do)
{
    kd_error    err;
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    kd_journal_append(
        journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .value = to_do, .text = name });
    return journal;
}

static void say(kd_journal *journal, kd_journal_type type, unsigned cell, uint32_t attempt,
                kd_status status, const char *text)
{
    kd_journal_append(journal, &(kd_journal_entry){ .type = type,
                                                    .status = status,
                                                    .id = fixture_id(cell),
                                                    .attempt = attempt,
                                                    .worker = (int)attempt + 1,
                                                    .text = text });
}

static void give_up(kd_journal *journal, unsigned cell, uint32_t attempt, kd_cause cause)
{
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_GIVEN_UP,
                                                    .status = KD_EDIVERGED,
                                                    .cause = cause,
                                                    .id = fixture_id(cell),
                                                    .attempt = attempt,
                                                    .worker = (int)attempt + 1,
                                                    .text = "loss" });
}

static void end(kd_journal *journal)
{
    kd_error err;
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
}

static kd_tally *open_tally(const kd_store *store)
{
    kd_error  err;
    kd_tally *tally;
    assert_ok(kd_tally_open(&tally, store, NULL, NULL, &err), &err);
    return tally;
}

static void test_is_empty_without_a_journal(void **state)
{
    (void)state;
    kd_store *store = fixture_store("empty");
    kd_tally *tally = open_tally(store);
    size_t    count;
    kd_tally_cells(tally, &count);
    assert_int_equal(count, 0);
    assert_int_equal(kd_tally_last_run(tally).number, 0);
    assert_string_equal(kd_tally_last_run(tally).name, "");
    assert_null(kd_tally_find(tally, fixture_id(1)));
    kd_tally_close(tally);
    kd_store_close(store);
}

static void test_keeps_the_last_word(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("last");
    kd_journal *journal = begin(store, "first", 3);
    say(journal, KD_JOURNAL_ASSIGNED, 1, 1, KD_OK, "cell one");
    say(journal, KD_JOURNAL_FAILED, 1, 1, KD_EDATA, "line 7");
    say(journal, KD_JOURNAL_ASSIGNED, 2, 1, KD_OK, "cell two");
    end(journal);
    journal = begin(store, "second", 2);
    say(journal, KD_JOURNAL_ASSIGNED, 1, 2, KD_OK, "cell one");
    say(journal, KD_JOURNAL_FAILED, 1, 2, KD_EDIVERGED, "loss");
    give_up(journal, 1, 2, KD_CAUSE_DIVERGED);
    say(journal, KD_JOURNAL_DONE, 3, 1, KD_OK, NULL);
    end(journal);

    kd_tally            *tally = open_tally(store);
    const kd_tally_cell *one = kd_tally_find(tally, fixture_id(1)),
                        *two = kd_tally_find(tally, fixture_id(2)),
                        *three = kd_tally_find(tally, fixture_id(3));
    kd_tally_run run = kd_tally_last_run(tally);
    assert_int_equal(one->last, KD_JOURNAL_GIVEN_UP);
    assert_int_equal(one->status, KD_EDIVERGED);
    assert_int_equal(one->cause, KD_CAUSE_DIVERGED);
    assert_int_equal(one->failures, 2);
    assert_int_equal(one->attempts, 2);
    assert_int_equal(one->run, 2);
    assert_int_equal(one->worker, 3);
    assert_string_equal(one->label, "cell one");
    assert_string_equal(one->text, "loss");
    assert_false(kd_tally_is_done(one));
    assert_int_equal(two->last, KD_JOURNAL_ASSIGNED);
    assert_int_equal(two->run, 1);
    assert_string_equal(two->text, "");
    assert_true(kd_tally_is_done(three));
    assert_string_equal(three->label, "");
    assert_int_equal(run.number, 2);
    assert_string_equal(run.name, "second");
    assert_true(run.to_do == 2);
    assert_true(run.end_s == 0);
    assert_int_equal(kd_tally_records(tally), 9);
    kd_tally_close(tally);
    kd_store_close(store);
}

/* What is said of cell 1 one after the other, and what it comes to. */
static void test_remembers_what_was_there_and_why_it_is_not(void **state)
{
    (void)state;
    static const struct {
        kd_journal_type type;
        kd_status       status;
        bool            had_object;
        kd_status       loss;
    } steps[] = {
        { KD_JOURNAL_ASSIGNED, KD_OK, false, KD_OK },
        { KD_JOURNAL_FAILED, KD_EDATA, false, KD_OK },
        { KD_JOURNAL_DONE, KD_OK, true, KD_OK },
        { KD_JOURNAL_REMOVED, KD_EDATA, true, KD_EDATA },
        { KD_JOURNAL_ASSIGNED, KD_OK, true, KD_EDATA }, /* not before it is made again */
        { KD_JOURNAL_FAILED, KD_EIO, true, KD_EDATA },
        { KD_JOURNAL_ADOPTED, KD_OK, true, KD_OK },
        { KD_JOURNAL_REMOVED, KD_ENOINPUT, true, KD_ENOINPUT },
        { KD_JOURNAL_REMOVED, KD_OK, false, KD_OK }, /* on purpose */
        { KD_JOURNAL_DONE, KD_OK, true, KD_OK },
    };
    kd_store *store = fixture_store("objects");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        kd_journal *journal = begin(store, "step", 1);
        say(journal, steps[i].type, 1, 1, steps[i].status, "");
        end(journal);
        kd_tally            *tally = open_tally(store);
        const kd_tally_cell *cell = kd_tally_find(tally, fixture_id(1));
        assert_int_equal(cell->had_object, steps[i].had_object);
        assert_int_equal(cell->loss, steps[i].loss);
        kd_tally_close(tally);
    }
    kd_store_close(store);
}

static void test_tells_how_a_run_ended(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("ended");
    kd_journal *journal = begin(store, "study", 1);
    kd_journal_append(journal,
                      &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END, .text = "all is well" });
    end(journal);
    kd_tally *tally = open_tally(store);
    assert_string_equal(kd_tally_last_run(tally).ending, "all is well");
    assert_true(kd_tally_last_run(tally).end_s >= kd_tally_last_run(tally).begin_s);
    kd_tally_close(tally);
    kd_store_close(store);
}

static void test_holds_many_cells(void **state)
{
    (void)state;
    enum { CELLS = 50000 };
    kd_store   *store = fixture_store("many");
    kd_journal *journal = begin(store, "many", CELLS);
    for (unsigned i = 0; i < CELLS; i++) say(journal, KD_JOURNAL_ASSIGNED, i, 1, KD_OK, "a cell");
    for (unsigned i = 0; i < CELLS; i += 2) say(journal, KD_JOURNAL_DONE, i, 1, KD_OK, NULL);
    end(journal);
    kd_tally            *tally = open_tally(store);
    size_t               count;
    const kd_tally_cell *cells = kd_tally_cells(tally, &count);
    assert_int_equal(count, CELLS);
    for (unsigned i = 0; i < CELLS; i++) {
        assert_true(kd_id_equal(cells[i].id, fixture_id(i)));
        assert_ptr_equal(kd_tally_find(tally, fixture_id(i)), &cells[i]);
        assert_int_equal(kd_tally_is_done(&cells[i]), i % 2 == 0);
    }
    assert_null(kd_tally_find(tally, fixture_id(CELLS)));
    kd_tally_close(tally);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_empty_without_a_journal),
        cmocka_unit_test(test_keeps_the_last_word),
        cmocka_unit_test(test_remembers_what_was_there_and_why_it_is_not),
        cmocka_unit_test(test_tells_how_a_run_ended),
        cmocka_unit_test(test_holds_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
