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
    const kd_store         *store;
    kd_lock                *lock;
    kd_journal             *journal;
    const kd_merge_options *options;
    kd_merge_counts        *counts;
} merge;

static void tell(const merge *m, const char *text)
{
    if (m->options->visit) m->options->visit(m->options->user, text);
}

/* What an object of a store is; when `whole`, only after every checksum held. */
typedef struct {
    kd_id contents;
    bool  is_kept;
} look;

static kd_status look_at(look *out, const kd_store *store, kd_id id, bool whole, kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open(&object, store, id, err);
    if (status != KD_OK) return status;
    *out = (look){ kd_object_contents(object), kd_object_is_kept(object) };
    if (whole) status = kd_object_verify(object, err);
    kd_object_close(object);
    return status;
}

static kd_status keep(const merge *m, const kd_store *source, kd_id id, kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open(&object, source, id, err);
    if (status != KD_OK) return status;
    status = kd_object_keep(object, m->store, err);
    kd_object_close(object);
    return status;
}

static kd_status copy_file(const merge *m, const kd_store *source, kd_id id, bool is_kept,
                           kd_error *err)
{
    char      *from = kd_store_object_path(source, id);
    char      *to = is_kept ? kd_store_kept_path(m->store, id) : kd_store_whole_path(m->store, id);
    kd_fs_view view;
    kd_status  status = kd_store_make_shard(m->store, id, err);
    if (status == KD_OK && (status = kd_fs_map(&view, from, err)) == KD_OK) {
        status = kd_fs_write(to, view.bytes, view.length, err);
        kd_fs_unmap(&view);
    }
    free(from);
    free(to);
    return status;
}

static kd_status copy(merge *m, const kd_store *source, kd_id id, bool is_kept, kd_error *err)
{
    bool      leaves_out = m->options->without_weights && !is_kept;
    kd_status status =
        leaves_out ? keep(m, source, id, err) : copy_file(m, source, id, is_kept, err);
    if (status == KD_OK && !leaves_out && !is_kept) status = kd_object_drop_kept(m->store, id, err);
    if (status != KD_OK) return status;
    kd_journal_append(m->journal,
                      &(kd_journal_entry){ .type = KD_JOURNAL_ADOPTED, .id = id, .worker = -1 });
    m->counts->copied++;
    return kd_journal_pending(m->journal) >= GROUP ? kd_journal_commit(m->journal, err) : KD_OK;
}

/* There is one already. It stays, but where the whole one is to be had in its place. */
static kd_status compare(merge *m, const kd_store *source, kd_id id, const look *theirs,
                         kd_error *err)
{
    look     ours;
    kd_error why;
    char     text[KD_ID_TEXT], line[sizeof why.text];
    if (look_at(&ours, m->store, id, false, &why) != KD_OK) {
        m->counts->damaged++;
        tell(m, why.text);
    } else if (kd_id_equal(ours.contents, theirs->contents)) {
        if (ours.is_kept && !theirs->is_kept && !m->options->without_weights)
            return copy(m, source, id, false, err);
        m->counts->equal++;
    } else {
        m->counts->unequal++;
        kd_id_text(text, id);
        snprintf(line, sizeof line, "%s: its contents in %s differ from those in %s", text,
                 kd_store_folder(source), kd_store_folder(m->store));
        tell(m, line);
    }
    return KD_OK;
}

static kd_status merge_object(merge *m, const kd_store *source, kd_id id, kd_error *err)
{
    look      theirs;
    kd_error  why;
    bool      is_new = !kd_store_has(m->store, id), is_there = kd_store_shows(m->store, id);
    kd_status status = look_at(&theirs, source, id, is_new, &why);
    if (status != KD_OK) {
        m->counts->damaged++;
        tell(m, why.text);
        return KD_OK;
    }
    return is_there ? compare(m, source, id, &theirs, err)
                    : copy(m, source, id, theirs.is_kept, err);
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
        &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .worker = -1, .text = KD_MERGE_NAME });
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
                       const kd_merge_options *options, kd_merge_counts *counts, kd_error *err)
{
    merge     m = { .store = store, .options = options, .counts = counts };
    kd_status status = kd_lock_acquire(&m.lock, store, err);
    *counts = (kd_merge_counts){ 0 };
    if (status != KD_OK) return status;
    status = merge_all(&m, sources, source_count, err);
    if (status == KD_OK) status = kd_catalogue_update(store, err);
    kd_lock_release(m.lock);
    return status;
}
