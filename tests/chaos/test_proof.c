/* It finds what was lost, counted twice, damaged or changed, and nothing in a store that is whole.
 */
#include "harness/chaos/proof.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/journal.h"
#include "harness/store/object.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

static kd_id id_of(unsigned n)
{
    return (kd_id){ 0x5eed000000000000ull + n, n + 1 };
}

static void put_object(const kd_store *store, unsigned n, int content)
{
    kd_error         err;
    kd_object_draft *draft = fixture_model(store, id_of(n));
    kd_object_put_metric(draft, "test.f1", content);
    fixture_finish(draft);
    assert_ok(kd_store_drop_work(store, id_of(n), &err), &err);
}

static void put_result(kd_journal *journal, kd_journal_type type, unsigned n)
{
    kd_journal_append(journal, &(kd_journal_entry){ .type = type, .id = id_of(n) });
}

static void put_done(kd_journal *journal, unsigned n)
{
    put_result(journal, KD_JOURNAL_DONE, n);
}

/* A store in which `count` cells are done, their records durable. */
static char *make_store(const char *name, unsigned count, int content)
{
    kd_journal *journal;
    kd_error    err;
    kd_store   *store = fixture_store(name);
    char       *folder = kd_strdup(kd_store_folder(store));
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    for (unsigned n = 0; n < count; n++) {
        put_object(store, n, content);
        put_done(journal, n);
    }
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    kd_store_close(store);
    return folder;
}

static kd_proofs look_at(const char *folder, const char *log, size_t members)
{
    kd_proofs proofs = { 0 };
    kd_error  err;
    char     *path = kd_sprintf("%s.log", folder);
    assert_ok(kd_fs_write(path, log, strlen(log), &err), &err);
    kd_proof_store(&proofs, folder, path, members);
    free(path);
    return proofs;
}

static kd_proofs look(const char *folder, const char *log)
{
    return look_at(folder, log, 1);
}

static void assert_only(const kd_proofs *proofs, kd_proof proof, size_t count, const char *words)
{
    for (int i = 0; i < KD_PROOF_COUNT; i++)
        assert_int_equal(proofs->failed[i], i == (int)proof ? count : 0);
    assert_non_null(strstr(proofs->first[proof].text, words));
}

static size_t count_failures(const kd_proofs *proofs)
{
    size_t count = 0;
    for (int i = 0; i < KD_PROOF_COUNT; i++) count += proofs->failed[i];
    return count;
}

static void test_is_content_with_a_whole_store(void **state)
{
    (void)state;
    char     *folder = make_store("whole", 4, 1);
    kd_proofs proofs = look(folder, "write\ndurable 1 2\ntear\ndurable 1 4\nwrite\n");
    kd_proof_whole(&proofs, folder);
    kd_proof_equal(&proofs, folder, folder);
    assert_int_equal(count_failures(&proofs), 0);
    assert_int_equal(proofs.acknowledged, 4);
    assert_int_equal(proofs.cells, 4);
    assert_int_equal(proofs.faults[KD_FAULT_WRITE], 2);
    assert_int_equal(proofs.faults[KD_FAULT_TEAR], 1);
    free(folder);
}

static void test_finds_records_that_were_claimed_and_are_gone(void **state)
{
    (void)state;
    char     *folder = make_store("claimed", 4, 1);
    kd_proofs proofs = look(folder, "durable 1 7\n");
    assert_only(&proofs, KD_PROOF_LOST, 3, "7 records were said to be durable, 4 are there");
    proofs = look(folder, "durable 2 1\n");
    assert_only(&proofs, KD_PROOF_LOST, 1, "journal/0002");
    free(folder);
}

static void test_finds_a_result_without_its_object(void **state)
{
    (void)state;
    char     *folder = make_store("gone", 3, 1);
    kd_store *store;
    kd_error  err;
    assert_ok(kd_store_open(&store, folder, KD_STORE_READ, &err), &err);
    char *path = kd_store_object_path(store, id_of(1));
    assert_int_equal(unlink(path), 0);
    kd_proofs proofs = look(folder, "durable 1 3\n");
    assert_only(&proofs, KD_PROOF_LOST, 1, "was done and has no object");
    free(path);
    kd_store_close(store);
    free(folder);
}

static void test_finds_what_is_counted_twice(void **state)
{
    (void)state;
    char       *folder = make_store("twice", 3, 1);
    kd_store   *store;
    kd_journal *journal;
    kd_error    err;
    assert_ok(kd_store_open(&store, folder, KD_STORE_WRITE, &err), &err);
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    put_done(journal, 2);
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    kd_store_close(store);
    kd_proofs proofs = look(folder, "");
    assert_only(&proofs, KD_PROOF_TWICE, 1, "has two records");
    assert_int_equal(proofs.cells, 3);
    proofs = look_at(folder, "", 3);
    assert_only(&proofs, KD_PROOF_TWICE, 1, "has two records");
    free(folder);
}

/* Of several members each tells what it finds made by another; one that is alone knows all records. */
static void test_takes_an_adoption_for_a_second_count_only_of_a_run_alone(void **state)
{
    (void)state;
    char       *folder = make_store("adopted", 2, 1);
    kd_store   *store;
    kd_journal *journal;
    kd_error    err;
    assert_ok(kd_store_open(&store, folder, KD_STORE_WRITE, &err), &err);
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    put_result(journal, KD_JOURNAL_ADOPTED, 0);
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    kd_store_close(store);
    kd_proofs proofs = look_at(folder, "", 3);
    assert_int_equal(count_failures(&proofs), 0);
    assert_int_equal(proofs.cells, 2);
    proofs = look(folder, "");
    assert_only(&proofs, KD_PROOF_TWICE, 1, "has two records");
    free(folder);
}

/* A tail that was cut is what a kill leaves; a hole in the middle is not. */
static void test_tells_damage_from_a_torn_tail(void **state)
{
    (void)state;
    char    *folder = make_store("torn", 3, 1), *path = kd_fs_join(folder, "journal/0001");
    kd_str   bytes = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_fs_read(path, &bytes, &err), &err);
    assert_ok(kd_fs_write(path, bytes.text, bytes.length - 5, &err), &err);
    kd_proofs proofs = look(folder, "durable 1 2\n");
    assert_int_equal(count_failures(&proofs), 0);
    bytes.text[120] ^= 1;
    assert_ok(kd_fs_write(path, bytes.text, bytes.length, &err), &err);
    proofs = look(folder, "");
    assert_only(&proofs, KD_PROOF_DAMAGED, 1, "are no record");
    kd_str_fini(&bytes);
    free(path);
    free(folder);
}

static void test_finds_objects_that_differ_or_are_missing(void **state)
{
    (void)state;
    char *peace = make_store("peace", 4, 1), *other = make_store("other", 4, 2),
         *fewer = make_store("fewer", 3, 1);
    kd_proofs proofs = { 0 };
    kd_proof_equal(&proofs, other, peace);
    assert_only(&proofs, KD_PROOF_UNEQUAL, 4, "is not what the undisturbed run made");
    proofs = (kd_proofs){ 0 };
    kd_proof_equal(&proofs, fewer, peace);
    assert_only(&proofs, KD_PROOF_MISSING, 1, ".h5");
    proofs = (kd_proofs){ 0 };
    kd_proof_equal(&proofs, "/nowhere", peace);
    assert_only(&proofs, KD_PROOF_CLOSED, 1, "there is no such store");
    free(peace);
    free(other);
    free(fewer);
}

static void test_sums_up_and_keeps_what_failed_once(void **state)
{
    (void)state;
    kd_proofs kept = { 0 }, now = { 0 }, total = { 0 };
    kd_proof_fail(&now, KD_PROOF_LOST, 2, "two are gone");
    now.cells = 3;
    kd_proof_renew(&kept, &now);
    now = (kd_proofs){ .cells = 5 };
    kd_proof_renew(&kept, &now);
    kd_proof_sum(&total, &kept);
    kd_proof_sum(&total, &kept);
    assert_only(&total, KD_PROOF_LOST, 4, "two are gone");
    assert_int_equal(total.cells, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_content_with_a_whole_store),
        cmocka_unit_test(test_finds_records_that_were_claimed_and_are_gone),
        cmocka_unit_test(test_finds_a_result_without_its_object),
        cmocka_unit_test(test_finds_what_is_counted_twice),
        cmocka_unit_test(test_takes_an_adoption_for_a_second_count_only_of_a_run_alone),
        cmocka_unit_test(test_tells_damage_from_a_torn_tail),
        cmocka_unit_test(test_finds_objects_that_differ_or_are_missing),
        cmocka_unit_test(test_sums_up_and_keeps_what_failed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
