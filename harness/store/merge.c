/* merge.c - look at each object of each source, copy what is whole and new. */
#include "harness/store/merge.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/base/fs.h"
#include "harness/store/catalogue.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "harness/store/object.h"
#include "harness/store/studies.h"

/* Records are made durable in groups of this many. */
#define GROUP 1000

typedef struct {
    const kd_store  *store;
    kd_lock         *lock;
    kd_journal      *journal;
    kd_merge_visit   visit;
    void            *user;
    kd_merge_counts *counts;
} merge;

static void tell(const merge *m, const char *text)
{
    if (m->visit) m->visit(m->user, text);
}

/* The digest of an object's contents; when `whole`, only after every checksum held. */
static kd_status read_contents(kd_id *out, const kd_store *store, kd_id id, bool whole,
                               kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open(&object, store, id, err);
    if (status != KD_OK) return status;
    *out = kd_object_contents(object);
    if (whole) status = kd_object_verify(object, err);
    kd_object_close(object);
    return status;
}

static kd_status copy(merge *m, const kd_store *source, kd_id id, kd_error *err)
{
    char      *from = kd_store_object_path(source, id), *to = kd_store_object_path(m->store, id);
    kd_fs_view view;
    kd_status  status = kd_store_make_shard(m->store, id, err);
    if (status == KD_OK && (status = kd_fs_map(&view, from, err)) == KD_OK) {
        status = kd_fs_write(to, view.bytes, view.length, err);
        kd_fs_unmap(&view);
    }
    free(from);
    free(to);
    if (status != KD_OK) return status;
    kd_journal_append(m->journal,
                      &(kd_journal_entry){ .type = KD_JOURNAL_ADOPTED, .id = id, .worker = -1 });
    m->counts->copied++;
    return kd_journal_pending(m->journal) >= GROUP ? kd_journal_commit(m->journal, err) : KD_OK;
}

/* There is one already: the one that is there stays. */
static void compare(const merge *m, const kd_store *source, kd_id id, kd_id contents)
{
    kd_id    ours;
    kd_error why;
    char     text[KD_ID_TEXT], line[sizeof why.text];
    if (read_contents(&ours, m->store, id, false, &why) != KD_OK) {
        m->counts->damaged++;
        tell(m, why.text);
    } else if (kd_id_equal(ours, contents)) {
        m->counts->equal++;
    } else {
        m->counts->unequal++;
        kd_id_text(text, id);
        snprintf(line, sizeof line, "%s: its contents in %s differ from those in %s", text,
                 kd_store_folder(source), kd_store_folder(m->store));
        tell(m, line);
    }
}

static kd_status merge_object(merge *m, const kd_store *source, kd_id id, kd_error *err)
{
    kd_id     contents;
    kd_error  why;
    bool      is_new = !kd_store_has(m->store, id);
    kd_status status = read_contents(&contents, source, id, is_new, &why);
    if (status != KD_OK) {
        m->counts->damaged++;
        tell(m, why.text);
        return KD_OK;
    }
    if (is_new) return copy(m, source, id, err);
    compare(m, source, id, contents);
    return KD_OK;
}

static kd_status merge_store(merge *m, const kd_store *source, kd_error *err)
{
    kd_id    *ids;
    size_t    count;
    kd_status status = kd_store_list(source, &ids, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++)
        if ((status = kd_lock_keep(m->lock, err)) == KD_OK)
            status = merge_object(m, source, ids[i], err);
    free(ids);
    return status == KD_OK ? kd_studies_copy(m->store, source, err) : status;
}

static kd_status merge_all(merge *m, const kd_store *const *sources, size_t count, kd_error *err)
{
    kd_status status = kd_journal_open(&m->journal, m->store, err);
    if (status != KD_OK) return status;
    kd_journal_guard(m->journal, m->lock);
    kd_journal_append(
        m->journal,
        &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .worker = -1, .text = "merge" });
    for (size_t i = 0; i < count && status == KD_OK; i++) status = merge_store(m, sources[i], err);
    kd_journal_append(m->journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END,
                                                       .worker = -1,
                                                       .value = kd_status_exit(status),
                                                       .text = kd_status_meaning(status) });
    kd_status written = kd_journal_commit(m->journal, status == KD_OK ? err : NULL);
    kd_journal_close(m->journal);
    return status == KD_OK ? written : status;
}

kd_status kd_merge_run(const kd_store *store, const kd_store *const *sources, size_t source_count,
                       kd_merge_visit visit, void *user, kd_merge_counts *counts, kd_error *err)
{
    merge     m = { .store = store, .visit = visit, .user = user, .counts = counts };
    kd_status status = kd_lock_acquire(&m.lock, store, err);
    *counts = (kd_merge_counts){ 0 };
    if (status != KD_OK) return status;
    status = merge_all(&m, sources, source_count, err);
    if (status == KD_OK) status = kd_catalogue_update(store, err);
    kd_lock_release(m.lock);
    return status;
}
