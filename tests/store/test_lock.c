/* It lets one in alone, or several as members, names them to the others, and recognises one that is gone. */
#include "harness/store/journal.h"
#include "harness/store/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "tests/store/fixture.h"

static void write_lock(const kd_store *store, const char *text)
{
    fixture_write(fixture_path(store, "lock"), text, strlen(text));
}

static void touch(const kd_store *store, double seconds_ago)
{
    time_t                then = (time_t)(kd_clock_unix_s() - seconds_ago);
    const struct timespec times[2] = { { .tv_sec = then }, { .tv_sec = then } };
    assert_int_equal(utimensat(AT_FDCWD, fixture_path(store, "lock"), times, 0), 0);
}

static void test_refuses_a_second_holder_and_names_the_first(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("second");
    kd_lock  *lock, *second;
    char      words[64];
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    snprintf(words, sizeof words, "is held by process %ld on ", (long)getpid());
    assert_fails(KD_EIO, words, kd_lock_acquire(&second, store, &err), &err);
    assert_null(second);
    kd_lock_release(lock);
    assert_ok(kd_lock_acquire(&second, store, &err), &err);
    kd_lock_release(second);
    kd_store_close(store);
}

static void test_shows_the_holder_without_disturbing(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = fixture_store("look");
    kd_lock       *lock;
    kd_lock_holder holder;
    kd_lock_look(store, &holder);
    assert_false(holder.is_held);
    assert_int_not_equal(access(fixture_path(store, "lock"), F_OK), 0);
    setenv("SLURM_JOB_ID", "12", 1);
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    unsetenv("SLURM_JOB_ID");
    kd_lock_look(store, &holder);
    assert_true(holder.is_held);
    assert_int_equal(holder.pid, getpid());
    assert_string_equal(holder.job, "12");
    kd_lock_release(lock);
    kd_lock_look(store, &holder);
    assert_false(holder.is_held);
    kd_store_close(store);
}

static void test_recognises_a_holder_that_was_killed(void **state)
{
    (void)state;
    kd_error       err;
    kd_store      *store = fixture_store("killed");
    kd_lock       *lock;
    kd_lock_holder holder;
    int            ends[2];
    char           byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (kd_lock_acquire(&lock, store, NULL) != KD_OK || write(ends[1], "x", 1) != 1) _exit(1);
        pause();
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    kd_lock_look(store, &holder);
    assert_true(holder.is_held);
    assert_int_equal(holder.pid, child);
    assert_fails(KD_EIO, "is held by process", kd_lock_acquire(&lock, store, &err), &err);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    kd_lock_look(store, &holder);
    assert_false(holder.is_held);
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    kd_lock_release(lock);
    close(ends[0]);
    close(ends[1]);
    kd_store_close(store);
}

static void test_lets_no_child_keep_the_lock(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("child");
    kd_lock  *lock, *again;
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    pid_t child = fork();
    if (child == 0) {
        execlp("sleep", "sleep", "10", (char *)NULL);
        _exit(1);
    }
    kd_sleep_s(0.1);
    kd_lock_release(lock);
    assert_ok(kd_lock_acquire(&again, store, &err), &err);
    kd_lock_release(again);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    kd_store_close(store);
}

static void test_judges_a_holder_by_its_text(void **state)
{
    (void)state;
    char  boot[64] = "", host[65] = "", here[512], gone[512], reborn[512], next[512];
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!file || !fgets(boot, sizeof boot, file)) skip();
    fclose(file);
    boot[strcspn(boot, "\n")] = 0;
    gethostname(host, sizeof host - 1);
    snprintf(here, sizeof here, "host %s\nboot %s\npid 1\nstart -5\njob -\nrestart 0\nsince 1.0\n",
             host, boot);
    snprintf(gone, sizeof gone,
             "host %s\nboot %s\npid 999999999\nstart 5\njob -\nrestart 0\nsince 1.0\n", host, boot);
    snprintf(reborn, sizeof reborn,
             "host %s\nboot other\npid 1\nstart 5\njob -\nrestart 0\nsince 1.0\n", host);
    snprintf(next, sizeof next,
             "host far\nboot %s/1\npid 1\nstart 5\njob 77\nrestart 0\nsince 1000000000.0\n", boot);
    const char *far =
        "host far\nboot other\npid 1\nstart 5\njob 77\nrestart 0\nsince 1000000000.0\n";
    const struct {
        const char *what, *text;
        double      age_s;
        const char *our_job, *our_restart;
        bool        is_held;
    } cases[] = {
        { "released", "", 0, NULL, NULL, false },
        { "no lock of ours", "hello\n", 0, NULL, NULL, false },
        { "its number now names another process", here, 0, NULL, NULL, false },
        { "its process is gone", gone, 0, NULL, NULL, false },
        { "this host has started again", reborn, 0, NULL, NULL, false },
        { "another host, alive", far, 0, NULL, NULL, true },
        { "another host, silent", far, 3600, NULL, NULL, false },
        { "another host, this job before its requeue", far, 0, "77", "1", false },
        { "another host, this job", far, 0, "77", NULL, true },
        { "another container here, alive", next, 0, "77", NULL, true },
        { "another container here, this job before its requeue", next, 0, "77", "1", false },
        { "another host, another job", far, 0, "78", "1", true },
    };
    kd_error       err;
    kd_store      *store = fixture_store("text");
    kd_lock_holder holder;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_lock *lock;
        write_lock(store, cases[i].text);
        touch(store, cases[i].age_s);
        if (cases[i].our_job) setenv("SLURM_JOB_ID", cases[i].our_job, 1);
        if (cases[i].our_restart) setenv("SLURM_RESTART_COUNT", cases[i].our_restart, 1);
        kd_lock_look(store, &holder);
        if (holder.is_held != cases[i].is_held) fail_msg("%s", cases[i].what);
        if (cases[i].is_held) {
            assert_fails(KD_EIO, "process 1 on far, SLURM job 77 since 2001-09-09T01:46:40Z",
                         kd_lock_acquire(&lock, store, &err), &err);
        } else {
            assert_ok(kd_lock_acquire(&lock, store, &err), &err);
            kd_lock_release(lock);
        }
        unsetenv("SLURM_JOB_ID");
        unsetenv("SLURM_RESTART_COUNT");
    }
    kd_store_close(store);
}

/* By a clock that went wrong somewhere: no time that passes here ends it, so the message says what does. */
static void test_tells_the_way_out_of_a_lock_from_the_future(void **state)
{
    (void)state;
    kd_error  err;
    kd_lock  *lock;
    kd_store *store = fixture_store("future");
    write_lock(store, "host far\nboot other\npid 1\nstart 5\njob -\nrestart 0\nsince 1e9\n");
    touch(store, -7300);
    assert_fails(KD_EIO, "ahead of the clock here; when it is gone, remove that file",
                 kd_lock_acquire(&lock, store, &err), &err);
    assert_fails(KD_EIO, "sign of life lies 2 h", kd_lock_join(&lock, store, &err), &err);
    assert_int_equal(unlink(fixture_path(store, "lock")), 0);
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    kd_lock_release(lock);
    kd_store_close(store);
}

static void test_gives_signs_of_life(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("refresh");
    kd_lock    *lock;
    struct stat info;
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    touch(store, 3600);
    assert_ok(kd_lock_keep(lock, &err), &err);
    assert_int_equal(stat(fixture_path(store, "lock"), &info), 0);
    assert_true(kd_clock_unix_s() - (double)info.st_mtim.tv_sec < 10);
    kd_lock_release(lock);
    kd_store_close(store);
}

/* ---- members ---- */

static void test_lets_members_in_beside_each_other(void **state)
{
    (void)state;
    kd_error        err;
    kd_store       *store = fixture_store("members");
    kd_lock        *first, *second, *alone;
    kd_lock_holders holders;
    uint32_t        beside;
    assert_ok(kd_lock_join(&first, store, &err), &err);
    assert_ok(kd_lock_tell(first, 3, &beside, &err), &err);
    assert_int_equal(beside, 3);
    assert_ok(kd_lock_join(&second, store, &err), &err);
    assert_ok(kd_lock_tell(second, 5, &beside, &err), &err);
    assert_int_equal(beside, 3);
    kd_lock_look_all(store, &holders);
    assert_int_equal(holders.count, 2);
    assert_int_equal(holders.items[0].run + holders.items[1].run, 8);
    kd_vec_fini(&holders);
    assert_fails(KD_EIO, "is held by process", kd_lock_acquire(&alone, store, &err), &err);
    kd_lock_release(first);
    assert_fails(KD_EIO, "is held by process", kd_lock_acquire(&alone, store, &err), &err);
    kd_lock_release(second);
    assert_ok(kd_lock_acquire(&alone, store, &err), &err);
    assert_fails(KD_EIO, "is held by process", kd_lock_join(&first, store, &err), &err);
    kd_lock_release(alone);
    kd_lock_look_all(store, &holders);
    assert_int_equal(holders.count, 0);
    kd_store_close(store);
}

/* One that has entered and told no number yet may have begun the journal before ours. */
static void test_allows_for_members_that_have_told_nothing(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("silent");
    kd_lock  *first, *second, *third;
    uint32_t  beside;
    assert_ok(kd_lock_join(&first, store, &err), &err);
    assert_ok(kd_lock_join(&second, store, &err), &err);
    assert_ok(kd_lock_join(&third, store, &err), &err);
    assert_ok(kd_lock_tell(third, 9, &beside, &err), &err);
    assert_int_equal(beside, 7);
    kd_lock_release(third);
    kd_lock_release(second);
    kd_lock_release(first);
    kd_store_close(store);
}

static void test_buries_a_member_that_was_killed(void **state)
{
    (void)state;
    kd_error        err;
    kd_store       *store = fixture_store("dead");
    kd_lock        *lock;
    kd_lock_holders holders;
    int             ends[2];
    char            byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (kd_lock_join(&lock, store, NULL) != KD_OK || write(ends[1], "x", 1) != 1) _exit(1);
        pause();
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    kd_lock_look_all(store, &holders);
    assert_int_equal(holders.count, 1);
    assert_int_equal(holders.items[0].pid, child);
    kd_vec_fini(&holders);
    assert_fails(KD_EIO, "is held by process", kd_lock_acquire(&lock, store, &err), &err);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    kd_lock_look_all(store, &holders);
    assert_int_equal(holders.count, 0);
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    kd_lock_release(lock);
    close(ends[0]);
    close(ends[1]);
    kd_store_close(store);
}

/* A store that came from elsewhere may hold anything under this name. */
/* Killed amid the first writing of its file. */
static void test_clears_away_what_a_killed_member_was_writing(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("draft");
    kd_lock  *lock;
    uint32_t  beside;
    char    **names;
    size_t    count;
    assert_ok(kd_lock_join(&lock, store, &err), &err);
    pid_t child = fork();
    if (child == 0) {
        kd_fs_draft draft;
        _exit(kd_fs_draft_open(&draft, fixture_path(store, "members/dead"), &err) == KD_OK ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_ok(kd_lock_tell(lock, 1, &beside, &err), &err);
    assert_ok(kd_fs_list(fixture_path(store, "members"), &names, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], kd_lock_name(lock));
    kd_fs_free_names(names, count);
    kd_lock_release(lock);
    kd_store_close(store);
}

static void test_writes_into_no_other_file(void **state)
{
    (void)state;
    kd_error       err;
    kd_lock_holder holder;
    kd_lock       *lock;
    kd_store      *store = fixture_store("linked");
    const char    *mine = kd_test_file("mine", "precious"), *path = fixture_path(store, "lock");
    const char    *words[] = { "/lock: 'lock' is a link", "/lock: has other names (hard links)",
                               "/lock: is a pipe, not a file" };
    alarm(20);
    for (size_t i = 0; i < 3; i++) {
        remove(path);
        int made = i == 0 ? symlink(mine, path) : i == 1 ? link(mine, path) : mkfifo(path, 0600);
        assert_int_equal(made, 0);
        kd_lock_look(store, &holder);
        assert_false(holder.is_held);
        assert_fails(KD_EDATA, words[i], kd_lock_acquire(&lock, store, &err), &err);
    }
    alarm(0);
    size_t length;
    char  *text = fixture_read(mine, &length);
    assert_memory_equal(text, "precious", 8);
    free(text);
    kd_store_close(store);
}

/* ---- those who slept ---- */

static char *member_path(const kd_store *store, const kd_lock *lock)
{
    return kd_sprintf("%s/members/%s", kd_store_folder(store), kd_lock_name(lock));
}

/* Whoever has had the store alone since has removed its file; it must not come back. */
static void test_tells_a_member_that_it_was_buried(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("buried");
    kd_lock  *lock;
    uint32_t  beside;
    assert_ok(kd_lock_join(&lock, store, &err), &err);
    assert_ok(kd_lock_keep(lock, &err), &err);
    char *path = member_path(store, lock);
    assert_int_equal(unlink(path), 0);
    assert_fails(KD_ESTOPPED, "was taken for dead", kd_lock_tell(lock, 1, &beside, &err), &err);
    assert_false(kd_lock_is_lost(lock));
    assert_fails(KD_ESTOPPED, "was taken for dead", kd_lock_keep(lock, &err), &err);
    assert_true(kd_lock_is_lost(lock));
    assert_false(kd_fs_exists(path));
    fixture_write(path, "somebody's", 10);
    assert_fails(KD_ESTOPPED, "was taken for dead", kd_lock_keep(lock, &err), &err);
    kd_lock_release(lock);
    free(path);
    kd_store_close(store);
}

static void test_believes_no_record_of_one_that_was_buried(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("unbelieved");
    kd_lock    *lock;
    kd_journal *journal;
    assert_ok(kd_lock_join(&lock, store, &err), &err);
    assert_ok(kd_journal_join(&journal, store, &err), &err);
    kd_journal_guard(journal, lock);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN });
    assert_ok(kd_journal_commit(journal, &err), &err);
    int64_t size = kd_fs_size(fixture_path(store, "journal/0001"));
    char   *path = member_path(store, lock);
    assert_int_equal(unlink(path), 0);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_DONE });
    assert_fails(KD_ESTOPPED, "was taken for dead", kd_journal_commit(journal, &err), &err);
    assert_int_equal(kd_journal_durable(journal), 1);
    assert_int_equal(kd_fs_size(fixture_path(store, "journal/0001")), size);
    kd_journal_close(journal);
    kd_lock_release(lock);
    free(path);
    kd_store_close(store);
}

static void test_notices_that_its_journal_was_removed(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("unlinked");
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN });
    assert_int_equal(unlink(fixture_path(store, "journal/0001")), 0);
    assert_fails(KD_EIO, "journal/0001: was removed", kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    kd_store_close(store);
}

static void test_notices_that_its_lock_is_another_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words; /* NULL: it is removed */
    } cases[] = {
        { NULL, "lock: was removed while this process" },
        { "host other boot x pid 7 start 5 job - restart 0 since 1795672345.2",
          "lock: was removed or taken over since 2026-11-2" },
        { "", "lock: was removed while this process" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_error err;
        char     name[32];
        kd_lock *lock;
        snprintf(name, sizeof name, "another%zu", i);
        kd_store   *store = fixture_store(name);
        const char *path = fixture_path(store, "lock");
        assert_ok(kd_lock_acquire(&lock, store, &err), &err);
        assert_ok(kd_lock_keep(lock, &err), &err);
        assert_int_equal(unlink(path), 0);
        if (cases[i].text) fixture_write(path, cases[i].text, strlen(cases[i].text));
        assert_fails(KD_ESTOPPED, cases[i].words, kd_lock_keep(lock, &err), &err);
        assert_true(kd_lock_is_lost(lock));
        kd_lock_release(lock);
        if (cases[i].text) assert_int_equal(kd_fs_size(path), (int64_t)strlen(cases[i].text));
        kd_store_close(store);
    }
}

/* Where the kernel's lock did not keep him off, he wrote into the very file that we hold. */
static void test_leaves_the_text_of_who_took_its_lock_over(void **state)
{
    (void)state;
    static const char text[] = "host other boot x pid 7 start 5 job - restart 0 since 1795672345.2";
    kd_error          err;
    kd_lock          *lock;
    kd_store         *store = fixture_store("over");
    const char       *path = fixture_path(store, "lock");
    assert_ok(kd_lock_acquire(&lock, store, &err), &err);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_fails(KD_ESTOPPED, "taken over since", kd_lock_keep(lock, &err), &err);
    kd_lock_release(lock);
    assert_int_equal(kd_fs_size(path), (int64_t)strlen(text));
    kd_store_close(store);
}

static void test_notices_that_the_store_is_gone(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("gone");
    kd_lock  *lock;
    char     *elsewhere = kd_sprintf("%s.moved", kd_store_folder(store));
    assert_ok(kd_lock_join(&lock, store, &err), &err);
    assert_int_equal(rename(kd_store_folder(store), elsewhere), 0);
    assert_fails(KD_EIO, "gone: this store is gone", kd_lock_keep(lock, &err), &err);
    assert_true(kd_lock_is_lost(lock));
    kd_lock_release(lock);
    free(elsewhere);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_a_second_holder_and_names_the_first),
        cmocka_unit_test(test_shows_the_holder_without_disturbing),
        cmocka_unit_test(test_recognises_a_holder_that_was_killed),
        cmocka_unit_test(test_lets_no_child_keep_the_lock),
        cmocka_unit_test(test_judges_a_holder_by_its_text),
        cmocka_unit_test(test_tells_the_way_out_of_a_lock_from_the_future),
        cmocka_unit_test(test_gives_signs_of_life),
        cmocka_unit_test(test_lets_members_in_beside_each_other),
        cmocka_unit_test(test_allows_for_members_that_have_told_nothing),
        cmocka_unit_test(test_buries_a_member_that_was_killed),
        cmocka_unit_test(test_clears_away_what_a_killed_member_was_writing),
        cmocka_unit_test(test_writes_into_no_other_file),
        cmocka_unit_test(test_tells_a_member_that_it_was_buried),
        cmocka_unit_test(test_believes_no_record_of_one_that_was_buried),
        cmocka_unit_test(test_notices_that_its_journal_was_removed),
        cmocka_unit_test(test_notices_that_its_lock_is_another_ones),
        cmocka_unit_test(test_leaves_the_text_of_who_took_its_lock_over),
        cmocka_unit_test(test_notices_that_the_store_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
