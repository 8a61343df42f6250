/* journal.c - records at fixed places, sealed by their contents and their place.
 *
 * The seed of a record's checksum is made of the run's number and the record's offset, so a
 * record that was moved, or copied from another journal, is none. Records are multiples of
 * 8 bytes long: after damage the next one is looked for at every eighth byte.
 */
#include "harness/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define RECORD_MAGIC 0x524a444bu /* "KDJR" */
#define ALIGNMENT    8
#define REBUILT_MOST ((int64_t)4 << 30) /* of a damaged file; it is in memory meanwhile */

typedef struct {
    char     magic[8]; /* "kdgridj1" */
    uint32_t run;
    uint32_t zero;
    double   time_s;
    uint64_t checksum; /* of the bytes before it, seed 0 */
} header;
_Static_assert(sizeof(header) == 32, "the header of a journal has 32 bytes");

static const char header_magic[8] = { 'k', 'd', 'g', 'r', 'i', 'd', 'j', '1' };

/* The text follows, filled up with zeros to a multiple of 8. */
typedef struct {
    uint32_t magic;
    uint32_t length;   /* of the whole record */
    uint64_t checksum; /* of all bytes after this one */
    uint64_t sequence;
    uint64_t id_high, id_low;
    double   time_s, value;
    uint32_t number; /* the attempt; of RUN_BEGIN what it is beside, of RUN_END what is blocked */
    int32_t  worker;
    uint16_t type;
    uint16_t exit; /* the status as its exit code, which never changes its meaning */
    uint16_t text_length;
    uint16_t cause; /* in journals of older programs the upper half of the length, and so 0 */
} record;
_Static_assert(sizeof(record) == 72, "a record has 72 bytes before its text");

#define SEALED offsetof(record, sequence) /* where the bytes under the checksum begin */

struct kd_journal {
    int      fd;
    kd_lock *lock; /* NULL for none */
    uint32_t run;
    char    *path;
    kd_str   pending; /* records that are to be written at `end` */
    uint64_t end;     /* length of what is durable */
    uint64_t sequence, durable;
    double   oldest_s; /* kd_clock_s of the first pending record */
};

const char *kd_journal_type_word(kd_journal_type type)
{
    switch (type) {
#define X(name, number, word) \
    case KD_JOURNAL_##name:   \
        return word;
        KD_JOURNAL_TYPES(X)
#undef X
    }
    return "unknown";
}

/* ---- the files ---- */

/* The number in a name such as "0012"; 0 for a name that is none. */
static uint32_t parse_run(const char *name)
{
    long long number;
    if (strspn(name, "0123456789") != strlen(name) || !kd_parse_int(name, &number)) return 0;
    return number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

/* The numbers of all runs, oldest first; the caller frees them. */
static kd_status list_runs(const kd_store *store, uint32_t **runs, size_t *count, kd_error *err)
{
    char     *folder = kd_fs_join(kd_store_folder(store), "journal");
    char    **names = NULL;
    size_t    name_count = 0;
    kd_status status = kd_fs_list(folder, &names, &name_count, err);
    *runs = kd_alloc(name_count + 1, sizeof **runs);
    *count = 0;
    for (size_t i = 0; i < name_count; i++) {
        uint32_t run = parse_run(names[i]);
        if (run) (*runs)[(*count)++] = run;
    }
    qsort(*runs, *count, sizeof **runs, by_number);
    kd_fs_free_names(names, name_count);
    free(folder);
    return status;
}

static char *run_path(const kd_store *store, uint32_t run)
{
    return kd_sprintf("%s/journal/%04u", kd_store_folder(store), run);
}

/* ---- seals ---- */

static uint64_t seed_of(uint32_t run, uint64_t offset)
{
    return (uint64_t)run << 44 ^ offset;
}

static size_t padded(size_t length)
{
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static header make_header(uint32_t run, double time_s)
{
    header head = { .run = run, .time_s = time_s };
    memcpy(head.magic, header_magic, sizeof head.magic);
    head.checksum = kd_checksum(&head, offsetof(header, checksum), 0);
    return head;
}

/* Seal the record of `length` bytes that will stand at `offset` of its file. */
static void seal(char *bytes, size_t length, uint32_t run, uint64_t offset)
{
    uint64_t checksum = kd_checksum(bytes + SEALED, length - SEALED, seed_of(run, offset));
    memcpy(bytes + offsetof(record, checksum), &checksum, sizeof checksum);
}

/* ---- blocks ---- */

enum { BLOCK = 1 << 17 };
#define RECORD_MAX (sizeof(record) + KD_JOURNAL_TEXT_MAX + ALIGNMENT)
_Static_assert(RECORD_MAX < BLOCK, "a block holds a record");

/* The part of a file that is in memory. By read and not by mapping: a file that is cut while it is
 * read must not stop the reader. */
typedef struct {
    int      fd;
    uint32_t run;
    char    *bytes; /* room for BLOCK */
    uint64_t begin; /* where in the file they stand */
    size_t   length;
    bool     is_last; /* the file ends with them */
    int      failed;  /* errno of a read; the file ends there */
} block;

static uint64_t end_of(const block *b)
{
    return b->begin + b->length;
}

/* Let the block begin at `at`, which is in it, and fill it. */
static void move_to(block *b, uint64_t at)
{
    b->length = (size_t)(end_of(b) - at);
    memmove(b->bytes, b->bytes + (at - b->begin), b->length);
    b->begin = at;
    while (b->length < BLOCK && !b->is_last) {
        ssize_t got = kd_fs_read_some(b->fd, b->bytes + b->length, BLOCK - b->length);
        if (got > 0)
            b->length += (size_t)got;
        else if (got == 0 || errno != EINTR) {
            b->failed = got < 0 ? errno : 0;
            b->is_last = true;
        }
    }
}

static kd_status open_block(block *b, const char *path, uint32_t run, kd_error *err)
{
    *b = (block){ .run = run };
    kd_status status = kd_fs_open(&b->fd, path, err);
    if (status != KD_OK) return status;
    b->bytes = kd_alloc(BLOCK, 1);
    move_to(b, 0);
    return KD_OK;
}

/* Returns `status`, or what became of the reading. */
static kd_status close_block(block *b, const char *path, kd_status status, kd_error *err)
{
    if (status == KD_OK && b->failed)
        status = kd_fail_errno(err, b->failed, "%s: cannot read", path);
    if (b->fd >= 0) close(b->fd);
    free(b->bytes);
    return status;
}

/* How many bytes from `at` on are in memory: a whole record's, unless the file has fewer. */
static size_t bytes_from(block *b, uint64_t at)
{
    if (at + RECORD_MAX > end_of(b) && !b->is_last) move_to(b, at);
    return at < end_of(b) ? (size_t)(end_of(b) - at) : 0;
}

/* What stands at `at`; until bytes_from is asked again. */
static const char *bytes_at(const block *b, uint64_t at)
{
    return b->bytes + (at - b->begin);
}

/* ---- scan ---- */

static bool has_header(block *b)
{
    header head;
    if (bytes_from(b, 0) < sizeof head) return false;
    memcpy(&head, b->bytes, sizeof head);
    return memcmp(head.magic, header_magic, sizeof head.magic) == 0 && head.run == b->run &&
           head.checksum == kd_checksum(b->bytes, offsetof(header, checksum), 0);
}

/* Whether a record begins at `at`; then *out is its fixed part. */
static bool is_record(block *b, uint64_t at, record *out)
{
    size_t left = bytes_from(b, at);
    if (left < sizeof *out) return false;
    const char *bytes = bytes_at(b, at);
    memcpy(out, bytes, sizeof *out);
    return out->magic == RECORD_MAGIC && out->length <= left &&
           out->text_length <= KD_JOURNAL_TEXT_MAX &&
           out->length == sizeof *out + padded(out->text_length) &&
           out->checksum == kd_checksum(bytes + SEALED, out->length - SEALED, seed_of(b->run, at));
}

/* A record begins with its magic, so none does in a hole that nobody wrote to; such a hole may be larger
 * than any disk. From `at`, where the next bytes would have to be read, to where the next data are. */
static uint64_t over_hole(block *b, uint64_t at)
{
    off_t data = lseek(b->fd, (off_t)at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) data = lseek(b->fd, 0, SEEK_END);
    if (data <= (off_t)end_of(b)) {
        lseek(b->fd, (off_t)end_of(b), SEEK_SET);
        return at;
    }
    b->begin = (uint64_t)data / ALIGNMENT * ALIGNMENT;
    b->length = 0;
    lseek(b->fd, (off_t)b->begin, SEEK_SET);
    move_to(b, b->begin);
    return b->begin;
}

/* Where the next whole record begins, from `at` on; the end of the file when there is none. */
static uint64_t find_record(block *b, uint64_t at)
{
    record ignored;
    for (;; at += ALIGNMENT) {
        if (at + RECORD_MAX > end_of(b) && !b->is_last) at = over_hole(b, at);
        if (bytes_from(b, at) < sizeof ignored) return end_of(b);
        if (is_record(b, at, &ignored)) return at;
    }
}

typedef struct {
    kd_journal_visit     visit;    /* NULL when only damage matters */
    kd_journal_complaint complain; /* NULL when only records matter */
    void                *user;
    kd_str               text; /* of the entry being visited */
} reader;

static void complain(const reader *r, const block *b, uint64_t begin, uint64_t end)
{
    bool              was_begun = begin > 0 || end < sizeof(header);
    kd_journal_damage damage = { b->run, begin, end - begin,
                                 was_begun && b->is_last && end == end_of(b) };
    if (r->complain && begin < end) r->complain(r->user, &damage);
}

static bool is_of_run(uint16_t type)
{
    return type == KD_JOURNAL_RUN_BEGIN || type == KD_JOURNAL_RUN_END;
}

static kd_status visit_record(reader *r, const record *rec, const char *text, uint32_t run,
                              kd_error *err)
{
    if (!r->visit) return KD_OK;
    kd_str_reset(&r->text);
    kd_str_add_bytes(&r->text, text, rec->text_length);
    kd_journal_entry entry = {
        .type = (kd_journal_type)rec->type,
        .status = kd_status_of_exit(rec->exit),
        .id = { rec->id_high, rec->id_low },
        .attempt = is_of_run(rec->type) ? 0 : rec->number,
        .beside = rec->type == KD_JOURNAL_RUN_BEGIN ? rec->number : 0,
        .blocked = rec->type == KD_JOURNAL_RUN_END ? rec->number : 0,
        .worker = rec->worker,
        .value = rec->value,
        .cause = (kd_cause)rec->cause,
        .text = r->text.text,
        .run = run,
        .sequence = rec->sequence,
        .time_s = rec->time_s,
    };
    return r->visit(r->user, &entry, err);
}

/* Every record of one file, and every stretch of bytes that is none. */
static kd_status scan(reader *r, block *b, kd_error *err)
{
    kd_status status = KD_OK;
    uint64_t  at = sizeof(header);

    if (!has_header(b)) {
        at = bytes_from(b, 0) < at ? end_of(b) : find_record(b, at);
        complain(r, b, 0, at);
    }
    while (bytes_from(b, at) > 0 && status == KD_OK) {
        record rec;
        if (is_record(b, at, &rec)) {
            status = visit_record(r, &rec, bytes_at(b, at) + sizeof rec, b->run, err);
            at += rec.length;
        } else {
            uint64_t next = find_record(b, at);
            complain(r, b, at, next);
            at = next;
        }
    }
    return status;
}

static kd_status scan_file(reader *r, const char *path, uint32_t run, kd_error *err)
{
    block     b;
    kd_status status = open_block(&b, path, run, err);
    if (status == KD_OK) status = scan(r, &b, err);
    return close_block(&b, path, status, err);
}

static kd_status scan_all(const kd_store *store, reader *r, kd_error *err)
{
    uint32_t *runs;
    size_t    count;
    kd_status status = list_runs(store, &runs, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *path = run_path(store, runs[i]);
        status = scan_file(r, path, runs[i], err);
        free(path);
    }
    kd_str_fini(&r->text);
    free(runs);
    return status;
}

kd_status kd_journal_replay(const kd_store *store, kd_journal_visit visit,
                            kd_journal_complaint complaint, void *user, kd_error *err)
{
    reader r = { visit, complaint, user, KD_STR_INIT };
    return scan_all(store, &r, err);
}

/* ---- mend ---- */

typedef KD_VEC(kd_journal_damage) damage_vec;

static void note_tail(void *user, const kd_journal_damage *damage)
{
    if (damage->is_tail) kd_vec_push((damage_vec *)user, *damage);
}

static kd_status cut(const kd_store *store, const kd_journal_damage *tail, kd_error *err)
{
    char     *path = run_path(store, tail->run);
    int       fd;
    kd_status status = kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDWR, err);
    if (status == KD_OK && ftruncate(fd, (off_t)tail->offset) != 0)
        status = kd_fail_errno(err, errno, "%s: cannot cut a torn tail", path);
    if (status == KD_OK) status = kd_fs_sync(path, err);
    if (fd >= 0) close(fd);
    free(path);
    return status;
}

kd_status kd_journal_mend(const kd_store *store, uint32_t below, kd_error *err)
{
    damage_vec tails = KD_VEC_INIT;
    reader     r = { NULL, note_tail, &tails, KD_STR_INIT };
    kd_status  status = scan_all(store, &r, err);
    for (size_t i = 0; i < tails.count && status == KD_OK; i++)
        if (tails.items[i].run < below) status = cut(store, &tails.items[i], err);
    kd_vec_fini(&tails);
    return status;
}

/* ---- rebuild ---- */

/* The whole records of a damaged file, each sealed for its new place. */
static void keep_whole(kd_str *kept, block *b)
{
    header head = make_header(b->run, kd_clock_unix_s());
    record rec;
    kd_str_add_bytes(kept, &head, sizeof head);
    for (uint64_t at = sizeof head; is_record(b, at = find_record(b, at), &rec); at += rec.length) {
        kd_str_add_bytes(kept, bytes_at(b, at), rec.length);
        seal(kept->text + kept->length - rec.length, rec.length, b->run, kept->length - rec.length);
    }
}

static kd_status keep_whole_of(kd_str *kept, const char *path, uint32_t run, kd_error *err)
{
    block     b;
    kd_status status = open_block(&b, path, run, err);
    if (status == KD_OK) keep_whole(kept, &b);
    return close_block(&b, path, status, err);
}

kd_status kd_journal_rebuild(const kd_store *store, uint32_t run, kd_error *err)
{
    kd_str    bytes = KD_STR_INIT, kept = KD_STR_INIT;
    char     *path = run_path(store, run);
    kd_status status = KD_OK;
    if (kd_fs_size(path) > REBUILT_MOST)
        status = kd_fail(err, KD_EDATA,
                         "%s: has %lld bytes, too many to be written again; move it "
                         "out of the store",
                         path, (long long)kd_fs_size(path));
    if (status == KD_OK) status = kd_fs_read(path, &bytes, err);
    if (status == KD_OK) status = kd_store_keep_copy(store, path, bytes.text, bytes.length, err);
    if (status == KD_OK) status = keep_whole_of(&kept, path, run, err);
    if (status == KD_OK)
        status = kept.length > sizeof(header)
                     ? kd_fs_write(path, kept.text, kept.length, err)
                     : kd_fs_remove_below(kd_store_folder(store), path, err);
    free(path);
    kd_str_fini(&bytes);
    kd_str_fini(&kept);
    return status;
}

/* ---- write ---- */

/* When faults are asked for: a write that ends early, and a process that ends within one. Returns
 * the errno of the first, 0 for none. */
static int write_in_part(int fd, const char *bytes, size_t length, uint64_t offset)
{
    bool is_torn = kd_fault_happens(KD_FAULT_TEAR);
    int  failed = is_torn ? EIO : kd_fault_errno(KD_FAULT_WRITE);
    if (!failed) return 0;
    ssize_t ignored = pwrite(fd, bytes, kd_fault_part(length), (off_t)offset);
    (void)ignored;
    if (is_torn) raise(SIGKILL);
    return failed;
}

/* All of it at `offset`; what was written before a failure is cut off again. */
static kd_status write_durably(int fd, const char *path, const char *bytes, size_t length,
                               uint64_t offset, kd_error *err)
{
    size_t done = 0;
    int    failed = write_in_part(fd, bytes, length, offset);
    while (done < length && !failed) {
        ssize_t wrote = pwrite(fd, bytes + done, length - done, (off_t)(offset + done));
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote == 0)
            failed = ENOSPC;
        else if (errno != EINTR)
            failed = errno;
    }
    if (!failed) failed = kd_fault_errno(KD_FAULT_SYNC);
    if (!failed && fdatasync(fd) != 0) failed = errno;
    if (!failed) return KD_OK;
    kd_status status = kd_fail_errno(err, failed, "%s: cannot write", path);
    /* When this fails too, what is left is no record, or the very bytes of the next commit. */
    int       ignored = ftruncate(fd, (off_t)offset);
    (void)ignored;
    return status;
}

static kd_status begin_file(kd_journal *journal, const kd_store *store, kd_error *err)
{
    header head = make_header(journal->run, kd_clock_unix_s());

    kd_status status = kd_fs_open_below(&journal->fd, kd_store_folder(store), journal->path,
                                        O_RDWR | O_CREAT | O_EXCL, err);
    if (status != KD_OK) return kd_while(err, status, "cannot begin a journal");
    status = write_durably(journal->fd, journal->path, (const char *)&head, sizeof head, 0, err);
    if (status == KD_OK) {
        char *folder = kd_fs_join(kd_store_folder(store), "journal");
        status = kd_fs_sync(folder, err);
        free(folder);
    }
    if (status != KD_OK) kd_fs_remove_below(kd_store_folder(store), journal->path, NULL);
    journal->end = sizeof head;
    return status;
}

/* Whether anything in the file of a run is a journal's. */
static bool is_journal(const kd_store *store, uint32_t run)
{
    block b;
    char *path = run_path(store, run);
    bool  is_one = open_block(&b, path, run, NULL) == KD_OK &&
                  (has_header(&b) || find_record(&b, sizeof(header)) < end_of(&b));
    close_block(&b, path, KD_OK, NULL);
    free(path);
    return is_one;
}

/* Above every journal, and free: a file that has a number and is none may have the last there is.
 */
static kd_status choose_run(uint32_t *out, const kd_store *store, kd_error *err)
{
    uint32_t *runs;
    size_t    count;
    kd_status status = list_runs(store, &runs, &count, err);
    size_t    own = count;
    while (own > 0 && !is_journal(store, runs[own - 1])) own--;
    *out = own ? runs[own - 1] + 1 : 1;
    for (; own < count && runs[own] == *out; own++) ++*out;
    if (status == KD_OK && *out == UINT32_MAX)
        status = kd_fail(err, KD_EDATA,
                         "%s/journal/%u: has the last number that there is; move it out of the "
                         "store if it is none of its runs",
                         kd_store_folder(store), *out - 1);
    free(runs);
    return status;
}

/* Of two who choose the same number one makes the file, and the other chooses again. */
static kd_status begin(kd_journal *journal, const kd_store *store, kd_error *err)
{
    for (;;) {
        kd_status status = choose_run(&journal->run, store, err);
        if (status != KD_OK) return status;
        journal->path = run_path(store, journal->run);
        status = begin_file(journal, store, err);
        if (status == KD_OK || journal->fd >= 0 || !kd_fs_exists(journal->path)) return status;
        free(journal->path);
        journal->path = NULL;
    }
}

kd_status kd_journal_join(kd_journal **out, const kd_store *store, kd_error *err)
{
    kd_journal *journal = kd_alloc(1, sizeof *journal);
    *out = NULL;
    journal->fd = -1;
    kd_str_init(&journal->pending);
    kd_status status = begin(journal, store, err);
    if (status == KD_OK)
        *out = journal;
    else
        kd_journal_close(journal);
    return status;
}

kd_status kd_journal_open(kd_journal **out, const kd_store *store, kd_error *err)
{
    *out = NULL;
    kd_status status = kd_journal_mend(store, UINT32_MAX, err);
    return status == KD_OK ? kd_journal_join(out, store, err) : status;
}

uint32_t kd_journal_run(const kd_journal *journal)
{
    return journal->run;
}

static uint32_t number_of(const kd_journal_entry *entry)
{
    if (entry->type == KD_JOURNAL_RUN_BEGIN) return entry->beside;
    return entry->type == KD_JOURNAL_RUN_END ? entry->blocked : entry->attempt;
}

uint64_t kd_journal_append(kd_journal *journal, const kd_journal_entry *entry)
{
    static const char zeros[ALIGNMENT] = "";
    const char       *text = entry->text ? entry->text : "";
    size_t            text_length = strnlen(text, KD_JOURNAL_TEXT_MAX);
    size_t            begin = journal->pending.length;
    kd_fault_record();
    record rec = {
        .magic = RECORD_MAGIC,
        .length = (uint32_t)(sizeof rec + padded(text_length)),
        .sequence = ++journal->sequence,
        .id_high = entry->id.high,
        .id_low = entry->id.low,
        .time_s = kd_clock_unix_s(),
        .value = entry->value,
        .number = number_of(entry),
        .worker = entry->worker,
        .type = (uint16_t)entry->type,
        .exit = (uint16_t)kd_status_exit(entry->status),
        .text_length = (uint16_t)text_length,
        .cause = (uint16_t)entry->cause,
    };
    if (begin == 0) journal->oldest_s = kd_clock_s();
    kd_str_add_bytes(&journal->pending, &rec, sizeof rec);
    kd_str_add_bytes(&journal->pending, text, text_length);
    kd_str_add_bytes(&journal->pending, zeros, padded(text_length) - text_length);

    seal(journal->pending.text + begin, rec.length, journal->run, journal->end + begin);
    return rec.sequence;
}

void kd_journal_guard(kd_journal *journal, kd_lock *lock)
{
    journal->lock = lock;
}

static kd_status is_ours(const kd_journal *journal, kd_error *err)
{
    struct stat info;
    kd_status   status = journal->lock ? kd_lock_keep(journal->lock, err) : KD_OK;
    if (status != KD_OK) return status;
    if (fstat(journal->fd, &info) != 0) return kd_fail_errno(err, errno, "%s", journal->path);
    return info.st_nlink > 0 ? KD_OK : kd_fail(err, KD_EIO, "%s: was removed", journal->path);
}

/* Who sleeps amid this and is taken for dead sees it afterwards: what he wrote is then no more than what
 * a process that died has left. */
kd_status kd_journal_commit(kd_journal *journal, kd_error *err)
{
    if (!journal->pending.length) return KD_OK;
    kd_status status = is_ours(journal, err);
    if (status == KD_OK)
        status = write_durably(journal->fd, journal->path, journal->pending.text,
                               journal->pending.length, journal->end, err);
    if (status == KD_OK) status = is_ours(journal, err);
    if (status != KD_OK) return status;
    journal->end += journal->pending.length;
    journal->durable = journal->sequence;
    kd_str_reset(&journal->pending);
    return KD_OK;
}

size_t kd_journal_pending(const kd_journal *journal)
{
    return journal->sequence - journal->durable;
}

uint64_t kd_journal_durable(const kd_journal *journal)
{
    return journal->durable;
}

uint64_t kd_journal_bytes(const kd_journal *journal)
{
    return journal->end;
}

double kd_journal_waiting_s(const kd_journal *journal)
{
    return journal->pending.length ? kd_clock_s() - journal->oldest_s : 0;
}

void kd_journal_close(kd_journal *journal)
{
    if (!journal) return;
    if (journal->fd >= 0) close(journal->fd);
    kd_str_fini(&journal->pending);
    free(journal->path);
    free(journal);
}
