/* It says so when a disk is full or read-only, loses nothing, and goes on when there is room again.
 *
 * The disks are small ones in memory, mounted where nobody else sees them; that needs root. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/checkpoint.h"
#include "harness/store/fsck.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "harness/store/tally.h"
#include "tests/store/fixture.h"

static bool may_mount;

/* A new disk with a store on it; the test is skipped where that is not allowed. */
static kd_store *mount_store(const char *name, const char *size)
{
    kd_error  err;
    kd_store *store;
    char     *folder = kd_fs_join(kd_test_folder(), name), *options = kd_sprintf("size=%s", size);
    if (!may_mount) {
        print_message("mounting is not permitted here: %s is not tested\n", name);
        skip();
    }
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_int_equal(mount("kdgrid-test", folder, "tmpfs", 0, options), 0);
    assert_ok(kd_store_open(&store, folder, KD_STORE_CREATE, &err), &err);
    free(options);
    free(folder);
    return store;
}

static void unmount(kd_store *store)
{
    assert_int_equal(umount2(kd_store_folder(store), MNT_DETACH), 0);
    kd_store_close(store);
}

/* Take all room that is left; "<store>/ballast" holds it. */
static void fill_disk(const kd_store *store)
{
    static const char zeros[4096];
    FILE             *file = fopen(fixture_path(store, "ballast"), "wb");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    while (fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros) {
    }
    fclose(file);
}

static void free_disk(const kd_store *store)
{
    assert_int_equal(unlink(fixture_path(store, "ballast")), 0);
}

static size_t count_open_files(void)
{
    kd_error err;
    char   **names;
    size_t   count;
    assert_ok(kd_fs_list("/proc/self/fd", &names, &count, &err), &err);
    kd_fs_free_names(names, count);
    return count;
}

static void assert_clean(const kd_store *store)
{
    kd_error       err;
    kd_fsck_counts counts;
    assert_ok(kd_fsck_run(store, false, NULL, NULL, &counts, &err), &err);
    assert_int_equal(counts.problems, 0);
}

static void test_refuses_objects_while_the_disk_is_full(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = mount_store("objects", "1m");
    assert_ok(fixture_commit(store, fixture_id(0), 0, &err), &err);
    assert_ok(kd_store_make_work(store, fixture_id(1), &err), &err);
    fill_disk(store);
    size_t open_files = count_open_files();
    for (int i = 0; i < 20; i++) {
        assert_fails(KD_EIO, "No space left on device",
                     fixture_commit(store, fixture_id(1), 1, &err), &err);
        assert_false(kd_store_has(store, fixture_id(1)));
    }
    assert_int_equal(count_open_files(), open_files);
    free_disk(store);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_clean(store);
    unmount(store);
}

static void test_keeps_big_objects_whole_or_not_at_all(void **state)
{
    (void)state;
    enum { COUNT = 1 << 20 };
    kd_error         err;
    kd_store        *store = mount_store("big", "3m");
    kd_object_draft *draft;
    float           *weights = kd_alloc(COUNT, sizeof *weights);
    char           **names, *work = kd_store_work_path(store, fixture_id(1), NULL);
    size_t           count;
    assert_ok(kd_object_create(&draft, store, fixture_id(1), "model", "", &err), &err);
    assert_fails(KD_EIO, "cannot write 'weights': No space left on device",
                 kd_object_put_f32(draft, "weights", weights, COUNT, 0, &err), &err);
    kd_object_discard(draft);
    assert_ok(kd_fs_list(work, &names, &count, &err), &err);
    assert_int_equal(count, 0);
    kd_fs_free_names(names, count);
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    assert_clean(store);
    free(work);
    free(weights);
    unmount(store);
}

static void test_keeps_journal_records_until_there_is_room(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = mount_store("journal", "1m");
    kd_journal      *journal;
    kd_tally        *tally;
    kd_journal_entry entry = { .type = KD_JOURNAL_DONE };
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    fill_disk(store);
    for (unsigned i = 0; i < 1000; i++) {
        entry.id = fixture_id(i);
        kd_journal_append(journal, &entry);
    }
    assert_fails(KD_EIO, "No space left on device", kd_journal_commit(journal, &err), &err);
    assert_int_equal(kd_journal_pending(journal), 1000);
    free_disk(store);
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_ok(kd_tally_open(&tally, store, NULL, NULL, &err), &err);
    assert_int_equal(kd_tally_records(tally), 1000);
    kd_tally_close(tally);
    unmount(store);
}

enum { FLOATS = 100000 };

static kd_status save(const kd_store *store, int64_t position, kd_error *err)
{
    static const float   weights[FLOATS];
    kd_checkpoint_draft *draft;
    kd_status            status = kd_checkpoint_create(&draft, store, fixture_id(1), position, err);
    if (status != KD_OK) return status;
    status = kd_checkpoint_put_f32(draft, "weights", weights, FLOATS, err);
    if (status == KD_OK) return kd_checkpoint_commit(draft, err);
    kd_checkpoint_discard(draft);
    return status;
}

static void test_keeps_the_checkpoint_before(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = mount_store("checkpoint", "1m");
    kd_checkpoint *checkpoint;
    assert_ok(save(store, 1, &err), &err);
    fill_disk(store);
    for (int i = 0; i < 5; i++)
        assert_fails(KD_EIO, "No space left on device", save(store, 2, &err), &err);
    free_disk(store);
    assert_ok(kd_checkpoint_open(&checkpoint, store, fixture_id(1), NULL, &err), &err);
    assert_int_equal(kd_checkpoint_position(checkpoint), 1);
    kd_checkpoint_close(checkpoint);
    assert_ok(save(store, 2, &err), &err);
    assert_clean(store);
    unmount(store);
}

static void test_has_its_catalogue_without_room_for_it(void **state)
{
    (void)state;
    kd_error      err;
    kd_store     *store = mount_store("catalogue", "1m");
    kd_catalogue *catalogue;
    kd_str        notice = KD_STR_INIT;
    size_t        count;
    for (unsigned i = 0; i < 5; i++)
        assert_ok(fixture_commit(store, fixture_id(i), (int)i, &err), &err);
    fill_disk(store);
    assert_ok(kd_catalogue_open(&catalogue, store, &notice, &err), &err);
    kd_catalogue_records(catalogue, &count);
    assert_int_equal(count, 5);
    assert_non_null(strstr(notice.text, "No space left on device"));
    kd_catalogue_close(catalogue);
    kd_str_fini(&notice);
    unmount(store);
}

static void test_is_read_from_a_read_only_disk(void **state)
{
    (void)state;
    kd_error             err;
    kd_store            *store = mount_store("readonly", "1m"), *reader;
    kd_checkpoint_draft *draft;
    kd_checkpoint       *checkpoint;
    kd_catalogue        *catalogue;
    kd_journal          *journal;
    kd_tally            *tally;
    kd_lock             *lock;
    kd_lock_holder       holder;
    size_t               count;
    assert_ok(fixture_commit(store, fixture_id(0), 0, &err), &err);
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    assert_ok(kd_checkpoint_create(&draft, store, fixture_id(1), 1, &err), &err);
    assert_ok(kd_checkpoint_commit(draft, &err), &err);
    kd_journal_close(journal);
    assert_int_equal(mount("", kd_store_folder(store), "", MS_REMOUNT | MS_RDONLY, NULL), 0);

    assert_ok(kd_store_open(&reader, kd_store_folder(store), KD_STORE_READ, &err), &err);
    assert_ok(kd_catalogue_open(&catalogue, reader, NULL, &err), &err);
    kd_catalogue_records(catalogue, &count);
    assert_int_equal(count, 1);
    kd_catalogue_close(catalogue);
    assert_ok(kd_tally_open(&tally, reader, NULL, NULL, &err), &err);
    kd_tally_close(tally);
    assert_ok(kd_checkpoint_open(&checkpoint, reader, fixture_id(1), NULL, &err), &err);
    kd_checkpoint_close(checkpoint);
    kd_lock_look(reader, &holder);
    assert_false(holder.is_held);
    assert_clean(reader);
    kd_store_close(reader);

    assert_fails(KD_ECREATE, "Read-only file system", fixture_commit(store, fixture_id(2), 2, &err),
                 &err);
    assert_fails(KD_ECREATE, "Read-only file system", kd_journal_open(&journal, store, &err), &err);
    assert_fails(KD_ECREATE, "Read-only file system", kd_lock_acquire(&lock, store, &err), &err);
    unmount(store);
}

static int enter_own_mounts(void **state)
{
    (void)state;
    may_mount = unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_objects_while_the_disk_is_full),
        cmocka_unit_test(test_keeps_big_objects_whole_or_not_at_all),
        cmocka_unit_test(test_keeps_journal_records_until_there_is_room),
        cmocka_unit_test(test_keeps_the_checkpoint_before),
        cmocka_unit_test(test_has_its_catalogue_without_room_for_it),
        cmocka_unit_test(test_is_read_from_a_read_only_disk),
    };
    return cmocka_run_group_tests(tests, enter_own_mounts, NULL);
}
