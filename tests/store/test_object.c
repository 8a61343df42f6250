/* It keeps what a cell computed, sees every damaged byte, and survives kill -9. */
#include "harness/store/object.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/base/rng.h"
#include "tests/store/fixture.h"

static const char *fact(const kd_record_setting *facts, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, key) == 0) return facts[i].value;
    return NULL;
}

static void test_reads_back_what_was_committed(void **state)
{
    (void)state;
    kd_error   err;
    kd_store  *store = fixture_store("object");
    kd_object *object;
    kd_arena  *arena = kd_arena_create(0);
    kd_record  record;
    kd_str     text = KD_STR_INIT;
    void      *weights;
    size_t     rows, cols;
    double     losses[3];

    assert_ok(fixture_commit(store, fixture_id(1), 7, &err), &err);
    assert_ok(kd_object_open(&object, store, fixture_id(1), &err), &err);
    assert_true(kd_id_equal(kd_object_id(object), fixture_id(1)));
    assert_string_equal(kd_object_kind(object), "model");
    assert_ok(kd_object_get_text(object, "resolved", &text, &err), &err);
    assert_string_equal(text.text, "kdgrid-cell 1\nnode model\n");
    assert_ok(
        kd_object_take(object, "weights/lstm.bias", KD_H5_F32, arena, &weights, &rows, &cols, &err),
        &err);
    assert_int_equal(rows, 2);
    assert_int_equal(cols, 3);
    assert_true(((float *)weights)[0] == 7.0f && ((float *)weights)[5] == 5.5f);
    assert_ok(kd_object_get(object, "history/loss", KD_H5_F64, losses, 3, 0, &err), &err);
    assert_true(losses[0] == 8.0 && losses[2] == 0.25);
    bool has;
    assert_ok(kd_object_has(object, "metrics", &has, &err), &err);
    assert_true(has);
    assert_ok(kd_object_has(object, "weights/none", &has, &err), &err);
    assert_false(has);
    assert_ok(kd_object_has(object, "nowhere/none", &has, &err), &err);
    assert_false(has);

    assert_ok(kd_object_record(object, arena, &record, &err), &err);
    assert_string_equal(record.store, kd_store_folder(store));
    assert_string_equal(kd_record_value(&record, "student.hidden"), "300");
    assert_string_equal(kd_record_value(&record, "train.seed"), "7");
    assert_true(*kd_record_number(&record, "test.entity_strict.f1") == 0.5 + 0.001 * 7);
    assert_true(*kd_record_number(&record, "time.train_s") == 1.5);
    assert_int_equal(record.metric_count, 3);
    assert_ok(kd_object_verify(object, &err), &err);
    kd_object_close(object);
    kd_str_fini(&text);
    kd_arena_destroy(arena);
    kd_store_close(store);
}

static void test_says_where_it_comes_from(void **state)
{
    (void)state;
    kd_error           err;
    kd_store          *store = fixture_store("provenance");
    kd_object         *object;
    kd_arena          *arena = kd_arena_create(0);
    kd_record_setting *facts;
    size_t             count;
    char               host[65];

    setenv("SLURM_JOB_ID", "4711", 1);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    unsetenv("SLURM_JOB_ID");
    gethostname(host, sizeof host);
    assert_ok(kd_object_open(&object, store, fixture_id(1), &err), &err);
    assert_ok(kd_object_facts(object, arena, &facts, &count, &err), &err);
    assert_string_equal(fact(facts, count, "program.version"), "0.1.0");
    assert_string_equal(fact(facts, count, "program.commit"), "abc");
    assert_string_equal(fact(facts, count, "program.dirty"), "false");
    assert_string_equal(fact(facts, count, "started"), "2001-09-09T01:46:40Z");
    assert_string_equal(fact(facts, count, "slurm.job"), "4711");
    assert_string_equal(fact(facts, count, "host"), host);
    assert_non_null(fact(facts, count, "committed"));
    assert_null(fact(facts, count, "cpu"));
    kd_object_close(object);
    kd_arena_destroy(arena);
    kd_store_close(store);
}

static kd_id contents_of(const kd_store *store, kd_id id)
{
    kd_error   err;
    kd_object *object;
    assert_ok(kd_object_open(&object, store, id, &err), &err);
    kd_id contents = kd_object_contents(object);
    kd_object_close(object);
    return contents;
}

static void test_digests_the_contents_and_not_the_run(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("contents");
    assert_ok(fixture_commit(store, fixture_id(1), 5, &err), &err);
    setenv("SLURM_JOB_ID", "1", 1);
    assert_ok(fixture_commit(store, fixture_id(2), 5, &err), &err);
    unsetenv("SLURM_JOB_ID");
    assert_ok(fixture_commit(store, fixture_id(3), 6, &err), &err);
    assert_true(kd_id_equal(contents_of(store, fixture_id(1)), contents_of(store, fixture_id(2))));
    assert_false(kd_id_equal(contents_of(store, fixture_id(1)), contents_of(store, fixture_id(3))));
    kd_store_close(store);
}

static void test_digests_no_circumstances(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = fixture_store("circumstances");
    kd_object_draft *draft;
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(kd_object_create(&draft, store, fixture_id(i), "model", i ? "/home/b" : "/home/a",
                                   &err),
                  &err);
        kd_object_put_metric(draft, "test.f1", 0.5);
        kd_object_put_setting(draft, "teacher.layers", i ? "4" : "6");
        kd_object_put_timing(draft, "train_s", i);
        assert_ok(kd_object_commit(draft, &err), &err);
    }
    assert_true(kd_id_equal(contents_of(store, fixture_id(0)), contents_of(store, fixture_id(1))));
    kd_store_close(store);
}

static void test_refuses_an_object_under_another_name(void **state)
{
    (void)state;
    kd_error   err;
    kd_store  *store = fixture_store("renamed");
    kd_object *object;
    char      *from = kd_store_object_path(store, fixture_id(1)),
         *to = kd_store_object_path(store, fixture_id(2));
    char *shard = kd_fs_folder(to);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_ok(kd_fs_make_folders(shard, &err), &err);
    assert_int_equal(rename(from, to), 0);
    assert_fails(KD_EDATA, "not the one of its name",
                 kd_object_open(&object, store, fixture_id(2), &err), &err);
    assert_fails(KD_ENOINPUT, from, kd_object_open(&object, store, fixture_id(1), &err), &err);
    assert_null(object);
    free(shard);
    free(from);
    free(to);
    kd_store_close(store);
}

static void test_refuses_a_foreign_file(void **state)
{
    (void)state;
    kd_error   err;
    kd_h5     *h5;
    kd_object *object;
    char      *path = kd_fs_join(kd_test_folder(), "foreign.h5");
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);
    assert_fails(KD_EDATA, "foreign.h5: has no attribute 'format'",
                 kd_object_open_file(&object, path, &err), &err);
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put_mark(h5, "format", "kdgrid object", &err), &err);
    assert_ok(kd_h5_put_count(h5, "version", 99, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);
    assert_fails(KD_EDATA, "is of version 99, this program reads version 1",
                 kd_object_open_file(&object, path, &err), &err);
    free(path);
}

static void test_leaves_nothing_of_a_discarded_draft(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = fixture_store("discard");
    kd_object_draft *draft;
    char           **names, *work = kd_store_work_path(store, fixture_id(1), NULL);
    size_t           count;
    assert_ok(kd_object_create(&draft, store, fixture_id(1), "model", "", &err), &err);
    kd_object_discard(draft);
    assert_false(kd_store_has(store, fixture_id(1)));
    assert_ok(kd_fs_list(work, &names, &count, &err), &err);
    assert_int_equal(count, 0);
    kd_fs_free_names(names, count);
    free(work);
    kd_store_close(store);
}

/* What reading all of an object gives, as one digest; false when anything is refused. */
static bool read_all(const char *path, kd_id *out)
{
    kd_object *object;
    kd_arena  *arena = kd_arena_create(0);
    kd_record  record;
    kd_digest *digest = kd_digest_create();
    bool       is_whole = kd_object_open_file(&object, path, NULL) == KD_OK;
    is_whole = is_whole && kd_object_verify(object, NULL) == KD_OK;
    is_whole = is_whole && kd_object_record(object, arena, &record, NULL) == KD_OK;
    if (is_whole) {
        kd_record_setting *facts;
        size_t             count;
        kd_id              ids[2] = { kd_object_id(object), kd_object_contents(object) };
        is_whole = kd_object_facts(object, arena, &facts, &count, NULL) == KD_OK;
        kd_digest_add_bytes(digest, ids, sizeof ids);
        kd_digest_add_text(digest, record.kind);
        for (size_t i = 0; is_whole && i < count; i++) kd_digest_add_text(digest, facts[i].value);
        for (size_t i = 0; i < record.metric_count; i++)
            kd_digest_add_bytes(digest, &record.metrics[i].value, sizeof(double));
    }
    *out = kd_digest_id(digest);
    kd_digest_destroy(digest);
    kd_arena_destroy(arena);
    kd_object_close(object);
    return is_whole;
}

static void test_sees_every_flipped_byte_that_matters(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("flip");
    char     *path = kd_store_object_path(store, fixture_id(1)), *bytes;
    size_t    length, seen = 0;
    kd_id     whole, damaged;

    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_true(read_all(path, &whole));
    bytes = fixture_read(path, &length);
    const char *copy = fixture_path(store, "flipped.h5");
    fixture_write(copy, bytes, length);
    for (size_t i = 0; i < length; i++) {
        unsigned char mask = (unsigned char)(1u << i % 8);
        fixture_flip(copy, i, mask);
        if (read_all(copy, &damaged))
            assert_true(kd_id_equal(whole, damaged)); /* a byte that nobody uses */
        else
            seen++;
        fixture_flip(copy, i, mask);
    }
    assert_true(seen > length / 4);
    free(bytes);
    free(path);
    kd_store_close(store);
}

static void test_sees_every_truncation(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("short");
    char     *path = kd_store_object_path(store, fixture_id(1));
    kd_id     ignored;
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    for (off_t length = (off_t)kd_fs_size(path) - 1; length >= 0; length -= 7) {
        assert_int_equal(truncate(path, length), 0);
        assert_false(read_all(path, &ignored));
    }
    free(path);
    kd_store_close(store);
}

/* A child commits objects and tells of each through a pipe, until it is killed. */
static void commit_for_ever(const kd_store *store, unsigned first, int acknowledge)
{
    for (unsigned n = first;; n++) {
        if (fixture_commit(store, fixture_id(n), (int)(n % 1000), NULL) != KD_OK) _exit(1);
        if (write(acknowledge, &n, sizeof n) != sizeof n) _exit(1);
    }
}

/* Every other child has committed one when its nap begins, however slow the disk is. */
static void test_survives_kill_at_any_moment(void **state)
{
    (void)state;
    enum { KILLS = KD_SANITIZED ? 12 : 50, ROOM = 100000 };
    kd_store *store = fixture_store("kill");
    kd_error  err;
    kd_rng    rng = kd_rng_root(20);
    unsigned  n, total = 0;
    kd_id    *ids;
    size_t    count;

    for (unsigned kill_number = 0; kill_number < KILLS; kill_number++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) commit_for_ever(store, kill_number * ROOM, ends[1]);
        close(ends[1]);
        if (kill_number % 2 && read(ends[0], &n, sizeof n) == sizeof n) total++;
        kd_sleep_s(0.002 + 0.02 * kd_rng_uniform(&rng));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        for (; read(ends[0], &n, sizeof n) == sizeof n; total++)
            assert_true(kd_store_has(store, fixture_id(n)));
        close(ends[0]);
    }
    assert_true(total > 0);
    assert_ok(kd_store_list(store, &ids, &count, &err), &err);
    assert_true(count >= total);
    for (size_t i = 0; i < count; i++) {
        kd_object *object;
        assert_ok(kd_object_open(&object, store, ids[i], &err), &err);
        assert_ok(kd_object_verify(object, &err), &err);
        kd_object_close(object);
    }
    free(ids);
    kd_store_close(store);
}

static void test_is_read_by_h5py(void **state)
{
    (void)state;
    static const char script[] =
        "import sys\n"
        "try:\n"
        "    import h5py\n"
        "except ImportError:\n"
        "    sys.exit(77)\n"
        "f = h5py.File(sys.argv[1], 'r')\n"
        "settings = {k.decode(): v.decode() for k, v in f['settings']}\n"
        "metrics = {n.decode(): v for n, v in f['metrics']}\n"
        "facts = {k.decode(): v.decode() for k, v in f['provenance/facts']}\n"
        "assert f.attrs['format'] == b'kdgrid object' or f.attrs['format'] == 'kdgrid object'\n"
        "assert f.attrs['version'] == 1\n"
        "assert settings == {'student.hidden': '300', 'train.seed': '3'}, settings\n"
        "assert metrics == {'test.entity_strict.f1': 0.503, 'devel.entity_strict.f1': 0.75}, "
        "metrics\n"
        "assert facts['program.version'] == '0.1.0'\n"
        "assert f['resolved'].asstr()[()].startswith('kdgrid-cell 1')\n"
        "assert f['history/loss'][:].tolist() == [4.0, 0.5, 0.25]\n"
        "assert f['weights/lstm.bias'].shape == (2, 3)\n"
        "assert f['weights/lstm.bias'].dtype == 'float32'\n";
    kd_error       err;
    kd_store      *store = fixture_store("h5py");
    kd_process_end end;
    kd_str         output = KD_STR_INIT, errors = KD_STR_INIT;
    char          *path = kd_store_object_path(store, fixture_id(1));
    assert_ok(fixture_commit(store, fixture_id(1), 3, &err), &err);
    const char *const argv[] = { "/usr/bin/python3", "-c", script, path, NULL };
    kd_status         status = kd_process_capture(argv, 30, &output, &errors, &end, &err);
    if (status == KD_ENOINPUT || (status == KD_OK && end.exited && end.code == 77)) {
        print_message("h5py is absent: its reading is not tested\n");
    } else {
        assert_ok(status, &err);
        if (!end.exited || end.code != 0) fail_msg("h5py: %s", errors.text);
    }
    kd_str_fini(&output);
    kd_str_fini(&errors);
    free(path);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back_what_was_committed),
        cmocka_unit_test(test_says_where_it_comes_from),
        cmocka_unit_test(test_digests_the_contents_and_not_the_run),
        cmocka_unit_test(test_digests_no_circumstances),
        cmocka_unit_test(test_refuses_an_object_under_another_name),
        cmocka_unit_test(test_refuses_a_foreign_file),
        cmocka_unit_test(test_leaves_nothing_of_a_discarded_draft),
        cmocka_unit_test(test_sees_every_flipped_byte_that_matters),
        cmocka_unit_test(test_sees_every_truncation),
        cmocka_unit_test(test_survives_kill_at_any_moment),
        cmocka_unit_test(test_is_read_by_h5py),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
