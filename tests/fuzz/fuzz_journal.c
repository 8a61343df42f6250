/* A journal from any bytes, as they are and behind records that are whole: those are told in order, what is
 * none is told as damage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/journal.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = { "kdgridj1", "KDJR\1\0\0\0", "" };

static kd_store *store;
static char     *folder, *path;

static void remove_store(void)
{
    kd_error err;
    kd_store_close(store);
    kd_fs_remove(folder, &err);
    free(folder);
    free(path);
}

static void make_store(void)
{
    kd_error    err;
    const char *base = getenv("TMPDIR");
    folder = kd_sprintf("%s/kdgrid-fuzz-journal-%ld", base ? base : "/tmp", (long)getpid());
    KD_CHECK(kd_store_open(&store, folder, KD_STORE_CREATE, &err) == KD_OK, "%s", err.text);
    path = kd_fs_join(folder, "journal/0001");
    atexit(remove_store);
}

static void write_whole(kd_str *out)
{
    kd_error    err;
    kd_journal *journal;
    remove(path);
    KD_CHECK(kd_journal_open(&journal, store, &err) == KD_OK, "%s", err.text);
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .text = "a" });
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_ASSIGNED, .text = "b" });
    KD_CHECK(kd_journal_commit(journal, &err) == KD_OK, "%s", err.text);
    kd_journal_close(journal);
    KD_CHECK(kd_fs_read(path, out, &err) == KD_OK, "%s", err.text);
}

static kd_status see(void *user, const kd_journal_entry *entry, kd_error *err)
{
    uint64_t *last = user;
    (void)err;
    KD_CHECK(entry->sequence > *last, "records out of order");
    KD_CHECK(entry->text, "a record without a text");
    *last = entry->sequence;
    return KD_OK;
}

static void hear(void *user, const kd_journal_damage *damage)
{
    (void)user;
    KD_CHECK(damage->length > 0, "damage of no bytes");
}

static void replay(const void *bytes, size_t length)
{
    kd_error err;
    uint64_t last = 0;
    KD_CHECK(kd_fs_write(path, bytes, length, &err) == KD_OK, "%s", err.text);
    KD_CHECK(kd_journal_replay(store, see, hear, &last, &err) == KD_OK, "%s", err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static kd_str whole = KD_STR_INIT;
    if (!store) make_store();
    if (!whole.length) write_whole(&whole);
    replay(data, size);
    kd_str both = KD_STR_INIT;
    kd_str_add_bytes(&both, whole.text, whole.length);
    kd_str_add_bytes(&both, data, size);
    replay(both.text, both.length);
    kd_str_fini(&both);
    return 0;
}
