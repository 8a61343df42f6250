/* A store follows the umask, or is a group's; work is its owner's alone. */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "tests/store/fixture.h"

enum { ANN = 65533, BEN = 65534, STRANGER = 65532, GROUP = 65534, OTHERS = 65532 };

static unsigned mode_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (unsigned)info.st_mode & 07777 : 0;
}

/* As that user: 0 when all went well, else the line that did not. */
static int as_user(uid_t user, gid_t group, int (*act)(const char *folder), const char *folder)
{
    int   end;
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0) _exit(255);
        umask(077);
        _exit(act(folder));
    }
    waitpid(pid, &end, 0);
    return WIFEXITED(end) ? WEXITSTATUS(end) : 254;
}

#define TRY(call)                                                         \
    do {                                                                  \
        if ((call) != KD_OK) {                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, err.text); \
            return 1;                                                     \
        }                                                                 \
    } while (0)

static int work_on(kd_store *store, unsigned cell)
{
    kd_error    err;
    kd_lock    *lock;
    kd_journal *journal;
    TRY(kd_lock_acquire(&lock, store, &err));
    TRY(kd_journal_open(&journal, store, &err));
    kd_journal_append(journal,
                      &(kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = fixture_id(cell) });
    TRY(kd_journal_commit(journal, &err));
    TRY(fixture_commit(store, fixture_id(cell), 1, &err));
    TRY(kd_store_make_work(store, fixture_id(cell + 10), &err));
    kd_journal_close(journal);
    kd_lock_release(lock);
    return 0;
}

static int begin(const char *folder)
{
    kd_error  err;
    kd_store *store;
    TRY(kd_store_open(&store, folder, KD_STORE_CREATE, &err));
    TRY(kd_store_share(store, getgrgid(GROUP)->gr_name, &err));
    int failed = work_on(store, 1);
    kd_store_close(store);
    return failed;
}

static int join(const char *folder)
{
    kd_error   err;
    kd_store  *store;
    kd_object *object;
    TRY(kd_store_open(&store, folder, KD_STORE_CREATE, &err));
    TRY(kd_object_open(&object, store, fixture_id(1), &err));
    kd_object_close(object);
    int failed = work_on(store, 2);
    if (strcmp(kd_store_work_name(store), "work.65534") != 0) failed = 2;
    char *path = kd_store_object_path(store, fixture_id(1));
    TRY(kd_store_set_aside(store, path, &err));
    free(path);
    kd_store_close(store);
    return failed;
}

static int look_in(const char *folder)
{
    kd_error  err;
    kd_store *store;
    return kd_store_open(&store, folder, KD_STORE_READ, &err) == KD_OK;
}

static void test_lets_a_group_work_on_one_store(void **state)
{
    (void)state;
    struct stat info;
    if (geteuid() != 0 || !getgrgid(GROUP)) skip();
    char *place = kd_fs_join(kd_test_folder(), "shared"), *folder = kd_fs_join(place, "store");
    assert_int_equal(chmod(kd_test_folder(), 0755), 0);
    assert_int_equal(mkdir(place, 0777), 0);
    assert_int_equal(chmod(place, 01777), 0);
    assert_int_equal(as_user(ANN, OTHERS, begin, folder), 1); /* not of the group */
    assert_int_equal(as_user(ANN, GROUP, begin, folder), 0);
    assert_int_equal(as_user(BEN, GROUP, join, folder), 0);
    assert_int_equal(as_user(ANN, GROUP, begin, folder), 0);
    assert_int_equal(as_user(STRANGER, OTHERS, look_in, folder), 0);

    static const struct {
        const char *name;
        unsigned    mode;
    } modes[] = { { "", 02770 },        { "journal", 02770 },     { "objects", 02770 },
                  { "damaged", 02770 }, { "journal/0001", 0660 }, { "journal/0002", 0660 },
                  { "lock", 0660 },     { "work", 02700 },        { "work.65534", 02700 } };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char *path = kd_fs_join(folder, modes[i].name);
        if (mode_of(path) != modes[i].mode)
            fail_msg("%s: mode %o, not %o", path, mode_of(path), modes[i].mode);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_gid, GROUP);
        free(path);
    }
    kd_fs_remove(place, NULL);
    free(folder);
    free(place);
}

static void test_follows_the_umask_but_for_work(void **state)
{
    (void)state;
    kd_error err;
    mode_t   kept = umask(022);
    static const struct {
        mode_t      mask;
        const char *name;
        unsigned    folder, file;
    } cases[] = { { 022, "022", 0755, 0644 },
                  { 002, "002", 0775, 0664 },
                  { 077, "077", 0700, 0600 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        umask(cases[i].mask);
        kd_store *store = fixture_store(cases[i].name);
        assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
        assert_int_equal(work_on(store, 2), 0);
        char *object = kd_store_object_path(store, fixture_id(1)), *shard = kd_fs_folder(object);
        assert_int_equal(mode_of(kd_store_folder(store)), cases[i].folder);
        assert_int_equal(mode_of(shard), cases[i].folder);
        assert_int_equal(mode_of(object), cases[i].file);
        assert_int_equal(mode_of(fixture_path(store, "journal/0001")), cases[i].file);
        assert_int_equal(mode_of(fixture_path(store, "work")), 0700);
        free(object);
        free(shard);
        kd_store_close(store);
    }
    umask(kept);
}

static void test_closes_work_that_was_left_open(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("open");
    char     *folder = kd_strdup(kd_store_folder(store)), *work = kd_fs_join(folder, "work");
    kd_store_close(store);
    assert_int_equal(chmod(work, 0777), 0);
    assert_ok(kd_store_open(&store, folder, KD_STORE_CREATE, &err), &err);
    assert_int_equal(mode_of(work), 0700);
    kd_store_close(store);
    free(work);
    free(folder);
}

static void test_names_a_group_that_is_not_there(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("group");
    assert_fails(KD_EUSAGE, "--group: there is no group 'no such group'",
                 kd_store_share(store, "no such group", &err), &err);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lets_a_group_work_on_one_store),
        cmocka_unit_test(test_follows_the_umask_but_for_work),
        cmocka_unit_test(test_closes_work_that_was_left_open),
        cmocka_unit_test(test_names_a_group_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
