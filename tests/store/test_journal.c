/* It keeps what was committed through kills, cuts and flipped bytes, and says what is damaged. */
#include "harness/store/journal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "harness/base/vec.h"
#include "tests/store/fixture.h"

/* What a replay finds. */
typedef struct {
    size_t            records, damages;
    uint64_t          last, damaged_bytes;
    bool              has_tail, is_in_order;
    kd_journal_damage damage;
    uint32_t          run;
    uint64_t          records_of_run[64];
} replay;

static kd_status count_record(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    replay *found = user;
    found->is_in_order &=
        entry->run > found->run || (entry->run == found->run && entry->sequence > found->last);
    found->run = entry->run;
    found->last = entry->sequence;
    found->records++;
    if (entry->run < 64) found->records_of_run[entry->run]++;
    return KD_OK;
}

static void count_damage(void *user, const kd_journal_damage *damage)
{
    replay *found = user;
    found->damages++;
    found->damaged_bytes += damage->length;
    found->has_tail |= damage->is_tail;
    found->damage = *damage;
}

static replay replay_all(const kd_store *store)
{
    replay   found = { .is_in_order = true };
    kd_error err;
    assert_ok(kd_journal_replay(store, count_record, count_damage, &found, &err), &err);
    assert_true(found.is_in_order);
    return found;
}

static kd_journal *open_journal(const kd_store *store)
{
    kd_error    err;
    kd_journal *journal;
    assert_ok(kd_journal_open(&journal, store, &err), &err);
    return journal;
}

/* `count` records with texts of every length from 0 up. */
static void fill(const kd_store *store, size_t count)
{
    kd_error    err;
    kd_journal *journal = open_journal(store);
    char        text[64];
    for (size_t i = 0; i < count; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        text[i % sizeof text] = 0;
        kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_FAILED,
                                                        .status = KD_EDATA,
                                                        .id = fixture_id((unsigned)i),
                                                        .text = text });
    }
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
}

static kd_journal_entry kept;
static char             kept_text[128];

static kd_status keep_entry(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)user;
    (void)err;
    kept = *entry;
    snprintf(kept_text, sizeof kept_text, "%s", entry->text);
    return KD_OK;
}

static void test_reads_back_every_field(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = fixture_store("fields");
    kd_journal      *journal = open_journal(store);
    double           before = kd_clock_unix_s();
    kd_journal_entry entry = { .type = KD_JOURNAL_FAILED,
                               .status = KD_EDIVERGED,
                               .cause = KD_CAUSE_DIVERGED,
                               .id = fixture_id(3),
                               .attempt = 4,
                               .worker = -1,
                               .value = 2.5,
                               .text = "loss is not finite" };
    assert_int_equal(kd_journal_append(journal, &entry), 1);
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_ok(kd_journal_replay(store, keep_entry, NULL, NULL, &err), &err);
    assert_int_equal(kept.type, KD_JOURNAL_FAILED);
    assert_int_equal(kept.status, KD_EDIVERGED);
    assert_int_equal(kept.cause, KD_CAUSE_DIVERGED);
    assert_true(kd_id_equal(kept.id, fixture_id(3)));
    assert_int_equal(kept.attempt, 4);
    assert_int_equal(kept.worker, -1);
    assert_true(kept.value == 2.5);
    assert_string_equal(kept_text, "loss is not finite");
    assert_int_equal(kept.run, 1);
    assert_int_equal(kept.sequence, 1);
    assert_true(kept.time_s >= before && kept.time_s <= kd_clock_unix_s());
    kd_store_close(store);
}

static void test_keeps_which_journal_a_run_is_beside(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("beside_kept");
    kd_journal *journal = open_journal(store);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .beside = 7 });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_ok(kd_journal_replay(store, keep_entry, NULL, NULL, &err), &err);
    assert_int_equal(kept.beside, 7);
    assert_int_equal(kept.attempt, 0);
    kd_store_close(store);
}

/* The cause took the upper half of what was a 32-bit length of the text. With the longest text of
 * all and no cause the bytes are those that older programs wrote, and read. */
static void test_reads_records_from_before_causes(void **state)
{
    (void)state;
    kd_error    err;
    uint32_t    length;
    kd_store   *store = fixture_store("old");
    kd_journal *journal = open_journal(store);
    char       *text = kd_alloc(KD_JOURNAL_TEXT_MAX + 1, 1);
    memset(text, 'x', KD_JOURNAL_TEXT_MAX);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_FAILED, .text = text });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    size_t size;
    char  *bytes = fixture_read(fixture_path(store, "journal/0001"), &size);
    memcpy(&length, bytes + 32 + 68, sizeof length);
    assert_int_equal(length, KD_JOURNAL_TEXT_MAX);
    assert_ok(kd_journal_replay(store, keep_entry, NULL, NULL, &err), &err);
    assert_int_equal(kept.cause, KD_CAUSE_NONE);
    free(bytes);
    free(text);
    kd_store_close(store);
}

/* A newer program may know more causes. */
static void test_has_a_word_for_every_cause(void **state)
{
    (void)state;
    assert_string_equal(kd_cause_word(KD_CAUSE_NONE), "none");
#define X(name, number, word) assert_string_equal(kd_cause_word((kd_cause)number), word);
    KD_CAUSES(X)
#undef X
    assert_string_equal(kd_cause_word((kd_cause)999), "unknown");
}

static void test_is_durable_only_after_commit(void **state)
{
    (void)state;
    kd_error         err;
    kd_store        *store = fixture_store("commit");
    kd_journal      *journal = open_journal(store);
    kd_journal_entry entry = { .type = KD_JOURNAL_DONE };
    assert_true(kd_journal_waiting_s(journal) == 0);
    for (int i = 0; i < 3; i++) kd_journal_append(journal, &entry);
    assert_int_equal(kd_journal_pending(journal), 3);
    assert_int_equal(kd_journal_durable(journal), 0);
    kd_sleep_s(0.002);
    assert_true(kd_journal_waiting_s(journal) >= 0.002);
    assert_int_equal(replay_all(store).records, 0);
    assert_ok(kd_journal_commit(journal, &err), &err);
    assert_int_equal(kd_journal_pending(journal), 0);
    assert_int_equal(kd_journal_durable(journal), 3);
    assert_true(kd_journal_waiting_s(journal) == 0);
    assert_int_equal(replay_all(store).records, 3);
    kd_journal_append(journal, &entry);
    kd_journal_close(journal);
    assert_int_equal(replay_all(store).records, 3);
    kd_store_close(store);
}

static void test_keeps_one_file_a_run(void **state)
{
    (void)state;
    kd_store *store = fixture_store("runs");
    for (int run = 1; run <= 12; run++) fill(store, (size_t)run);
    replay found = replay_all(store);
    assert_int_equal(found.records, 78);
    assert_int_equal(found.run, 12);
    for (int run = 1; run <= 12; run++) assert_int_equal(found.records_of_run[run], run);
    fixture_write(fixture_path(store, "journal/notes"), "mine", 4);
    assert_int_equal(replay_all(store).records, 78);
    kd_store_close(store);
}

/* A terabyte that nobody wrote takes no time, and no memory: what reads it finds the records before it, names what
 * follows, and cuts it off; what is damaged in such a file and cannot be cut is refused. */
static void test_steps_over_a_hole(void **state)
{
    (void)state;
    const off_t huge = (off_t)1 << 40;
    kd_error    err;
    kd_store   *store = fixture_store("hole");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, 3);
    int64_t size = kd_fs_size(path);
    if (truncate(path, huge) != 0) {
        puts("a file cannot have a terabyte here: not tried");
        kd_store_close(store);
        return;
    }
    replay found = replay_all(store);
    assert_int_equal(found.records, 3);
    assert_int_equal(found.damages, 1);
    assert_ok(kd_journal_mend(store, UINT32_MAX, &err), &err);
    assert_int_equal(kd_fs_size(path), size);

    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "some bytes of no record", 23, huge - 23), 23);
    close(fd);
    found = replay_all(store);
    assert_int_equal(found.records, 3);
    assert_int_equal(found.damages, 1);
    assert_fails(KD_EDATA, "too many to be written again", kd_journal_rebuild(store, 1, &err),
                 &err);
    kd_store_close(store);
}

/* A stray file with the last number, or a link with it, takes no number from a run. */
static void test_counts_only_journals(void **state)
{
    (void)state;
    kd_error    err;
    kd_journal *journal;
    kd_store   *store = fixture_store("numbers");
    size_t      length;
    fixture_write(fixture_path(store, "journal/4294967294"), "x", 1);
    fixture_write(fixture_path(store, "journal/0002"),
                  "a file of somebody, and none of a journal's", 43);
    fill(store, 1);
    fill(store, 2);
    assert_true(kd_fs_exists(fixture_path(store, "journal/0003")));
    assert_int_equal(replay_all(store).records, 3);
    free(fixture_read(fixture_path(store, "journal/0002"), &length));
    assert_int_equal(length, 43);

    /* One that is a journal, as nobody's runs ever make it. */
    struct {
        char     magic[8];
        uint32_t run, zero;
        double   time_s;
        uint64_t checksum;
    } head = { "kdgridj", 4294967294u, 0, 1, 0 };
    head.magic[7] = '1';
    head.checksum = kd_checksum(&head, 24, 0);
    fixture_write(fixture_path(store, "journal/4294967294"), &head, sizeof head);
    assert_fails(KD_EDATA, "journal/4294967294: has the last number that there is",
                 kd_journal_open(&journal, store, &err), &err);
    kd_store_close(store);
}

/* A torn tail is cut in the file itself, never in one that a link leads to. */
static void test_cuts_no_other_file(void **state)
{
    (void)state;
    kd_error    err;
    kd_journal *journal;
    kd_store   *store = fixture_store("links");
    fill(store, 3);
    const char *path = fixture_path(store, "journal/0001"), *mine = fixture_path(store, "../mine");
    size_t      length;
    char       *bytes = fixture_read(path, &length);
    fixture_write(mine, bytes, length - 3);
    const char *words[] = { "journal/0001: '0001' is a link", "has other names (hard links)" };
    for (int i = 0; i < 2; i++) {
        assert_ok(kd_fs_remove(path, &err), &err);
        assert_int_equal(i ? link(mine, path) : symlink(mine, path), 0);
        assert_fails(KD_EDATA, words[i], kd_journal_open(&journal, store, &err), &err);
        assert_int_equal(kd_fs_size(mine), (int64_t)length - 3);
    }
    free(bytes);
    kd_store_close(store);
}

static void test_cuts_long_texts(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("long");
    kd_journal *journal = open_journal(store);
    char       *text = kd_alloc(100001, 1);
    memset(text, 'x', 100000);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_LOST, .text = text });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    replay found = replay_all(store);
    assert_int_equal(found.records, 1);
    assert_int_equal(found.damages, 0);
    free(text);
    kd_store_close(store);
}

static kd_status refuse_entry(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)user;
    return entry->sequence == 2 ? kd_fail(err, KD_ECHECK, "enough") : KD_OK;
}

static void test_ends_the_replay_when_the_visitor_refuses(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("visitor");
    fill(store, 4);
    assert_fails(KD_ECHECK, "enough", kd_journal_replay(store, refuse_entry, NULL, NULL, &err),
                 &err);
    kd_store_close(store);
}

static size_t record_bytes(size_t i)
{
    return 72 + (i % 64 + 7) / 8 * 8;
}

/* The bytes of a journal's end that are tried one by one. */
enum { LAST_BYTES = KD_SANITIZED ? 1024 : 65536 };

static void test_recovers_from_a_cut_at_every_byte(void **state)
{
    (void)state;
    enum { RECORDS = 700, LAST = LAST_BYTES };
    kd_store   *store = fixture_store("cut");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, RECORDS);
    size_t length = (size_t)kd_fs_size(path), whole = length, records = RECORDS;
    assert_true(length > LAST);
    for (size_t cut = length - 1; cut > length - LAST; cut--) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        while (whole > cut) whole -= record_bytes(--records);
        replay found = replay_all(store);
        assert_int_equal(found.records, records);
        assert_int_equal(found.damaged_bytes, cut - whole);
        assert_int_equal(found.has_tail, cut > whole);
    }
    kd_store_close(store);
}

static void test_recovers_from_a_cut_header(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("header");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, 0);
    for (size_t cut = 31; cut < 32; cut--) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        replay found = replay_all(store);
        assert_int_equal(found.records, 0);
        assert_int_equal(found.damaged_bytes, cut);
    }
    kd_store_close(store);
}

static void test_sees_every_flipped_byte_and_keeps_the_rest(void **state)
{
    (void)state;
    enum { RECORDS = 40 };
    kd_store   *store = fixture_store("flip");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, RECORDS);
    size_t length = (size_t)kd_fs_size(path);
    for (size_t i = 0; i < length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            fixture_flip(path, i, (unsigned char)(1u << bit));
            replay found = replay_all(store);
            assert_int_equal(found.damages, 1);
            assert_true(i >= found.damage.offset && i < found.damage.offset + found.damage.length);
            assert_int_equal(found.records, i < 32 ? RECORDS : RECORDS - 1);
            fixture_flip(path, i, (unsigned char)(1u << bit));
        }
    }
    assert_int_equal(replay_all(store).damages, 0);
    kd_store_close(store);
}

/* At the end of a longer one: each byte, one bit of it. */
static void test_sees_a_flip_of_each_of_the_last_bytes(void **state)
{
    (void)state;
    enum { RECORDS = 700, LAST = LAST_BYTES };
    kd_store   *store = fixture_store("flips");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, RECORDS);
    size_t length = (size_t)kd_fs_size(path);
    assert_true(length > LAST);
    for (size_t i = length - LAST; i < length; i++) {
        unsigned char mask = (unsigned char)(1u << (i % 8));
        fixture_flip(path, i, mask);
        replay found = replay_all(store);
        assert_int_equal(found.damages, 1);
        assert_int_equal(found.records, RECORDS - 1);
        assert_true(i >= found.damage.offset && i < found.damage.offset + found.damage.length);
        fixture_flip(path, i, mask);
    }
    kd_store_close(store);
}

/* Longer than what a reader holds at once, and so is the hole in it. */
static void test_reads_past_a_wide_hole(void **state)
{
    (void)state;
    enum { RECORDS = 60, TEXT = 50000, HOLE_AT = 411000, HOLE = 900000 };
    kd_error    err;
    kd_store   *store = fixture_store("hole");
    const char *path = fixture_path(store, "journal/0001");
    kd_journal *journal = open_journal(store);
    char       *text = kd_alloc(TEXT + 1, 1);
    size_t      length;
    memset(text, 'x', TEXT);
    for (int i = 0; i < RECORDS; i++)
        kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_LOST, .text = text });
    assert_ok(kd_journal_commit(journal, &err), &err);
    kd_journal_close(journal);
    assert_int_equal(replay_all(store).records, RECORDS);
    char *bytes = fixture_read(path, &length);
    memset(bytes + HOLE_AT, 0, HOLE);
    fixture_write(path, bytes, length);
    replay found = replay_all(store);
    size_t record = (length - 32) / RECORDS;
    size_t first = (HOLE_AT - 32) / record, last = (HOLE_AT + HOLE - 1 - 32) / record;
    assert_int_equal(found.damages, 1);
    assert_int_equal(found.records, RECORDS - (last - first + 1));
    assert_int_equal(found.damage.offset, 32 + first * record);
    assert_int_equal(found.damage.length, (last - first + 1) * record);
    assert_ok(kd_journal_rebuild(store, 1, &err), &err);
    assert_int_equal(replay_all(store).records, found.records);
    assert_int_equal(replay_all(store).damages, 0);
    free(text);
    free(bytes);
    kd_store_close(store);
}

static void test_refuses_records_from_elsewhere(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("moved");
    const char *first = fixture_path(store, "journal/0001"),
               *second = fixture_path(store, "journal/0002");
    size_t length;
    fill(store, 3);
    char *bytes = fixture_read(first, &length);
    fixture_write(second, bytes, length); /* the same bytes as another run */
    assert_int_equal(replay_all(store).records, 3);
    memmove(bytes + 32, bytes + 32 + 72,
            length - 32 - 72); /* the second record in the first's place */
    fixture_write(first, bytes, length);
    assert_int_equal(replay_all(store).records, 0);
    free(bytes);
    kd_store_close(store);
}

static void test_cuts_torn_tails_when_the_next_run_begins(void **state)
{
    (void)state;
    kd_store   *store = fixture_store("tail");
    const char *path = fixture_path(store, "journal/0001");
    fill(store, 5);
    size_t length = (size_t)kd_fs_size(path);
    assert_int_equal(truncate(path, (off_t)length - 3), 0);
    assert_true(replay_all(store).has_tail);
    fill(store, 1);
    replay found = replay_all(store);
    assert_int_equal(found.damages, 0);
    assert_int_equal(found.records, 5);
    kd_store_close(store);
}

/* In a child, for which files end at 64 KB until the limit is lifted again. */
static int commit_through_a_full_disk(const kd_store *store)
{
    struct rlimit    limit = { 1 << 16, RLIM_INFINITY };
    kd_journal_entry entry = { .type = KD_JOURNAL_DONE };
    kd_error         err;
    kd_journal      *journal;
    signal(SIGXFSZ, SIG_IGN);
    if (kd_journal_open(&journal, store, &err) != KD_OK) return 1;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 500; i++) kd_journal_append(journal, &entry);
    if (kd_journal_commit(journal, &err) != KD_OK) return 2;
    for (int i = 0; i < 1000; i++) kd_journal_append(journal, &entry);
    for (int i = 0; i < 3; i++)
        if (kd_journal_commit(journal, &err) != KD_EIO || !strstr(err.text, "File too large"))
            return 3;
    if (kd_journal_durable(journal) != 500 || kd_journal_pending(journal) != 1000) return 4;
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (kd_journal_commit(journal, &err) != KD_OK || kd_journal_durable(journal) != 1500) return 5;
    return 0;
}

static void test_goes_on_when_the_disk_has_room_again(void **state)
{
    (void)state;
    kd_store *store = fixture_store("full");
    int       end;
    pid_t     child = fork();
    if (child == 0) _exit(commit_through_a_full_disk(store));
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end));
    assert_int_equal(WEXITSTATUS(end), 0);
    replay found = replay_all(store);
    assert_int_equal(found.records, 1500);
    assert_int_equal(found.damages, 0);
    kd_store_close(store);
}

typedef struct {
    uint32_t run;
    uint64_t durable;
} acknowledgement;

/* A child appends groups and tells of each that is durable through a pipe. */
static void commit_for_ever(const kd_store *store, int acknowledge)
{
    kd_journal *journal;
    if (kd_journal_open(&journal, store, NULL) != KD_OK) _exit(1);
    for (unsigned i = 0;; i++) {
        kd_journal_append(journal, &(kd_journal_entry){
                                       .type = KD_JOURNAL_DONE, .id = fixture_id(i), .text = "x" });
        if (i % 7) continue;
        if (kd_journal_commit(journal, NULL) != KD_OK) _exit(1);
        acknowledgement now = { kd_journal_run(journal), kd_journal_durable(journal) };
        if (write(acknowledge, &now, sizeof now) != sizeof now) _exit(1);
    }
}

/* Every other child has committed once when its nap begins, however slow the disk is. */
static void test_loses_nothing_acknowledged_to_kills(void **state)
{
    (void)state;
    enum { KILLS = KD_SANITIZED ? 12 : 50 };
    kd_store       *store = fixture_store("kill");
    acknowledgement now;
    kd_rng          rng = kd_rng_root(21);
    uint64_t        acknowledged[KILLS + 1] = { 0 }, total = 0;

    for (int run = 1; run <= KILLS; run++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) commit_for_ever(store, ends[1]);
        close(ends[1]);
        if (run % 2 && read(ends[0], &now, sizeof now) == sizeof now)
            acknowledged[now.run] = now.durable;
        kd_sleep_s(0.002 + 0.01 * kd_rng_uniform(&rng));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(ends[0], &now, sizeof now) == sizeof now) acknowledged[now.run] = now.durable;
        close(ends[0]);
    }
    replay found = replay_all(store);
    for (int run = 1; run <= KILLS; run++) total += acknowledged[run];
    for (int run = 1; run <= KILLS; run++)
        assert_true(found.records_of_run[run] >= acknowledged[run]);
    assert_true(total > 0);
    assert_false(found.damages > 0 && !found.has_tail);
    kd_store_close(store);
}

static void test_is_read_beside_its_writer(void **state)
{
    (void)state;
    kd_error    err;
    kd_store   *store = fixture_store("beside"), *reader;
    kd_journal *journal = open_journal(store);
    assert_ok(kd_store_open(&reader, kd_store_folder(store), KD_STORE_READ, &err), &err);
    for (size_t i = 1; i <= 20; i++) {
        kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_DONE });
        assert_ok(kd_journal_commit(journal, &err), &err);
        assert_int_equal(replay_all(reader).records, i);
    }
    kd_journal_close(journal);
    kd_store_close(reader);
    kd_store_close(store);
}

static void test_has_a_word_for_every_type(void **state)
{
    (void)state;
    assert_string_equal(kd_journal_type_word(KD_JOURNAL_RUN_BEGIN), "run-begin");
    assert_string_equal(kd_journal_type_word(KD_JOURNAL_RUN_END), "run-end");
    assert_string_equal(kd_journal_type_word((kd_journal_type)999), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back_every_field),
        cmocka_unit_test(test_keeps_which_journal_a_run_is_beside),
        cmocka_unit_test(test_reads_records_from_before_causes),
        cmocka_unit_test(test_has_a_word_for_every_cause),
        cmocka_unit_test(test_is_durable_only_after_commit),
        cmocka_unit_test(test_keeps_one_file_a_run),
        cmocka_unit_test(test_steps_over_a_hole),
        cmocka_unit_test(test_counts_only_journals),
        cmocka_unit_test(test_cuts_no_other_file),
        cmocka_unit_test(test_cuts_long_texts),
        cmocka_unit_test(test_ends_the_replay_when_the_visitor_refuses),
        cmocka_unit_test(test_recovers_from_a_cut_at_every_byte),
        cmocka_unit_test(test_recovers_from_a_cut_header),
        cmocka_unit_test(test_sees_every_flipped_byte_and_keeps_the_rest),
        cmocka_unit_test(test_sees_a_flip_of_each_of_the_last_bytes),
        cmocka_unit_test(test_reads_past_a_wide_hole),
        cmocka_unit_test(test_refuses_records_from_elsewhere),
        cmocka_unit_test(test_cuts_torn_tails_when_the_next_run_begins),
        cmocka_unit_test(test_goes_on_when_the_disk_has_room_again),
        cmocka_unit_test(test_loses_nothing_acknowledged_to_kills),
        cmocka_unit_test(test_is_read_beside_its_writer),
        cmocka_unit_test(test_has_a_word_for_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
