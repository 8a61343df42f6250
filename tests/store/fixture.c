/* fixture.c - new stores, ids, objects, records, damage. */
#include "tests/store/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"

/* HDF5 1.10 leaks pieces of its own when it refuses a damaged file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

kd_store *fixture_store(const char *name)
{
    kd_error  err;
    kd_store *store;
    char     *folder = kd_fs_join(kd_test_folder(), name);
    assert_ok(kd_fs_remove(folder, &err), &err);
    assert_ok(kd_store_open(&store, folder, KD_STORE_CREATE, &err), &err);
    free(folder);
    return store;
}

kd_id fixture_id(unsigned n)
{
    return kd_id_of_bytes(&n, sizeof n);
}

kd_object_draft *fixture_model(const kd_store *store, kd_id id)
{
    kd_error         err;
    kd_object_draft *draft;
    assert_ok(kd_object_create(&draft, store, id, "model", "", &err), &err);
    return draft;
}

void fixture_finish(kd_object_draft *draft)
{
    kd_error err;
    assert_ok(kd_object_commit(draft, &err), &err);
}

void fixture_record(const kd_store *store, const kd_journal_entry *entries, size_t count)
{
    kd_error    err;
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    for (size_t i = 0; i < count; i++) kd_journal_append(journal, &entries[i]);
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
}

kd_status fixture_commit(const kd_store *store, kd_id id, int seed, kd_error *err)
{
    const kd_provenance program = { .version = "0.1.0", .commit = "abc", .started_s = 1e9 };
    const float         weights[6] = { (float)seed, 1, 2, 3, 4, 5.5f };
    const double        losses[3] = { 1.0 + seed, 0.5, 0.25 };
    kd_object_draft    *draft;
    char                text[32];

    kd_status status =
        kd_object_create(&draft, store, id, "model", "kdgrid-cell 1\nnode model\n", err);
    if (status != KD_OK) return status;
    snprintf(text, sizeof text, "%d", seed);
    kd_object_put_setting(draft, "train.seed", text);
    kd_object_put_setting(draft, "student.hidden", "300");
    kd_object_put_metric(draft, "test.entity_strict.f1", 0.5 + 0.001 * seed);
    kd_object_put_metric(draft, "devel.entity_strict.f1", 0.75);
    kd_object_put_timing(draft, "train_s", 1.5);
    kd_object_put_provenance(draft, &program);
    status = kd_object_put_history(draft, "loss", losses, 3, err);
    if (status == KD_OK) status = kd_object_put_f32(draft, "weights/lstm.bias", weights, 2, 3, err);
    if (status == KD_OK) return kd_object_commit(draft, err);
    kd_object_discard(draft);
    return status;
}

const char *fixture_path(const kd_store *store, const char *name)
{
    static kd_arena *paths;
    if (!paths) paths = kd_arena_create(0);
    return kd_arena_sprintf(paths, "%s/%s", kd_store_folder(store), name);
}

void fixture_date(const kd_store *store, kd_id id, long seconds)
{
    const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
    char                 *path = kd_store_object_path(store, id);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

size_t fixture_rows(const kd_store *store)
{
    size_t        count;
    kd_catalogue *rows;
    kd_error      err;
    assert_ok(kd_catalogue_peek(&rows, store, &err), &err);
    kd_catalogue_records(rows, &count);
    kd_catalogue_close(rows);
    return count;
}

void fixture_flip(const char *path, size_t offset, unsigned char mask)
{
    unsigned char byte;
    int           fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= mask;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

void fixture_write(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

char *fixture_read(const char *path, size_t *length)
{
    kd_error err;
    kd_str   bytes = KD_STR_INIT;
    assert_ok(kd_fs_read(path, &bytes, &err), &err);
    *length = bytes.length;
    return kd_str_take(&bytes);
}

bool fixture_spoil(const char *path, int way)
{
    static const char *const targets[] = { NULL, "", "/nowhere/at all", "/proc/self/mem" };
    if (way >= (int)(sizeof targets / sizeof *targets)) return false;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(way == 0 ? mkdir(path, 0777) : symlink(way == 1 ? path : targets[way], path),
                     0);
    return true;
}
