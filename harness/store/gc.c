/* gc.c - list what may go, in the order in which it goes; record; remove. */
#include "harness/store/gc.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/store/catalogue.h"
#include "harness/store/journal.h"
#include "harness/store/keys.h"
#include "harness/store/lock.h"

typedef struct {
    kd_gc_class class;
    char   *path; /* owned */
    kd_id   id;   /* of an object; none for other files */
    int64_t bytes;
    double  worth; /* seconds of making for each byte; the least goes first */
} item;

typedef struct {
    const kd_store      *store;
    const kd_gc_options *options;
    kd_lock             *lock; /* NULL when nothing is removed */
    KD_VEC(item) items;
    KD_VEC(kd_id) awaited; /* what unfinished cells stand on, sorted once it is complete */
    kd_id  *ids;           /* of all objects, sorted */
    size_t  id_count;
    int64_t total;
    int     failed; /* errno of a folder whose size could not be told; 0 for none */
} gc;

const char *kd_gc_word(kd_gc_class class)
{
    static const char *const words[] = {
#define X(name, word, why) word,
        KD_GC_CLASSES(X)
#undef X
    };
    return words[class];
}

/* ---- sizes ---- */

/* Of a file, or of all files in a folder. */
static int64_t bytes_of(gc *g, const char *path)
{
    struct stat    info;
    struct dirent *entry;
    int64_t        bytes = 0;
    int            failed = 0;
    if (lstat(path, &info) != 0) return 0;
    if (!S_ISDIR(info.st_mode)) return info.st_size;
    DIR *folder = opendir(path);
    if (!folder) failed = errno == ENOENT ? 0 : errno;
    while (folder && (entry = kd_fs_next(folder, &failed))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *inner = kd_fs_join(path, entry->d_name);
        bytes += bytes_of(g, inner);
        free(inner);
    }
    if (folder) closedir(folder);
    if (failed) g->failed = failed;
    return bytes;
}

static void add(gc *g, kd_gc_class class, char *path, kd_id id, double worth)
{
    kd_vec_push(&g->items, (item){ class, path, id, bytes_of(g, path), worth });
}

/* ---- work ---- */

static bool is_wanted(const gc *g, kd_id id)
{
    return !g->options->wanted ||
           kd_store_list_has(g->options->wanted, g->options->wanted_count, id);
}

static void await(void *user, kd_id id)
{
    gc *g = user;
    kd_vec_push(&g->awaited, id);
}

/* An unfinished cell has its text in its work folder. One that cannot be read may stand on anything. */
static kd_status await_inputs_of(gc *g, const char *folder, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    char     *path = kd_fs_join(folder, "cell");
    kd_status status = kd_fs_read(path, &text, err);
    if (status == KD_OK) g->options->read_inputs(text.text, await, g);
    free(path);
    kd_str_fini(&text);
    return status == KD_EIO ? KD_EIO : KD_OK;
}

static kd_status see_drafts(gc *g, const char *folder, kd_error *err)
{
    char    **names;
    size_t    count;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count; i++)
        if (kd_fs_making_of(names[i]) > KD_FS_DRAFT_LIVE)
            add(g, KD_GC_LEFT_OVER, kd_fs_join(folder, names[i]), (kd_id){ 0, 0 }, 0);
    kd_fs_free_names(names, count);
    return KD_OK;
}

static kd_status see_work(gc *g, const char *folder, const char *name, kd_error *err)
{
    kd_id     id;
    char     *path = kd_fs_join(folder, name);
    kd_status status = KD_OK;
    if (!kd_id_parse(&id, name)) {
        free(path); /* nothing of ours */
    } else if (kd_store_list_has(g->ids, g->id_count, id)) {
        add(g, KD_GC_LEFT_OVER, path, (kd_id){ 0, 0 }, 0);
    } else if (!is_wanted(g, id)) {
        add(g, KD_GC_UNWANTED, path, (kd_id){ 0, 0 }, 0);
    } else {
        status = await_inputs_of(g, path, err);
        if (status == KD_OK) status = see_drafts(g, path, err);
        free(path);
    }
    return status;
}

static kd_status see_folder(gc *g, const char *name,
                            kd_status (*see)(gc *g, const char *folder, const char *name,
                                             kd_error *err),
                            kd_error *err)
{
    char    **names = NULL;
    size_t    count = 0;
    char     *folder = kd_fs_join(kd_store_folder(g->store), name);
    kd_status status = kd_fs_is_folder(folder) ? kd_fs_list(folder, &names, &count, err) : KD_OK;
    for (size_t i = 0; i < count && status == KD_OK; i++) status = see(g, folder, names[i], err);
    kd_fs_free_names(names, count);
    free(folder);
    return status;
}

static kd_status see_damaged(gc *g, const char *folder, const char *name, kd_error *err)
{
    (void)err;
    add(g, KD_GC_DAMAGED, kd_fs_join(folder, name), (kd_id){ 0, 0 }, 0);
    return KD_OK;
}

/* ---- objects ---- */

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

static bool is_awaited(const gc *g, kd_id id)
{
    return kd_store_list_has(g->awaited.items, g->awaited.count, id) ||
           kd_store_list_has(g->options->awaited, g->options->awaited_count, id);
}

static void see_unwanted_objects(gc *g)
{
    for (size_t i = 0; i < g->id_count; i++)
        if (!is_wanted(g, g->ids[i]))
            add(g, KD_GC_UNWANTED, kd_store_object_path(g->store, g->ids[i]), g->ids[i], 0);
}

/* What is no model and nobody waits for. An object that cannot be read stays, for fsck. */
static kd_status see_intermediates(gc *g, kd_error *err)
{
    kd_catalogue *catalogue;
    size_t        count;
    kd_status     status = kd_catalogue_open(&catalogue, g->store, NULL, err);
    if (status != KD_OK) return status;
    const kd_record *records = kd_catalogue_records(catalogue, &count);
    for (size_t i = 0; i < count; i++) {
        const kd_record *r = &records[i];
        const double    *made_s = kd_record_number(r, KD_KEY_TIME KD_KEY_CELL_S);
        bool is_kind = strcmp(r->kind, "corpus") == 0 || strcmp(r->kind, "targets") == 0;
        if (!is_kind || !is_wanted(g, r->id) || is_awaited(g, r->id)) continue;
        char *path = kd_store_object_path(g->store, r->id);
        add(g, KD_GC_INTERMEDIATE, path, r->id,
            made_s ? *made_s / (double)(bytes_of(g, path) + 1) : 0);
    }
    kd_catalogue_close(catalogue);
    return KD_OK;
}

/* ---- the list ---- */

static int by_turn(const void *a, const void *b)
{
    const item *first = a, *second = b;
    if (first->class != second->class) return first->class < second->class ? -1 : 1;
    if (first->worth < second->worth || first->worth > second->worth)
        return first->worth < second->worth ? -1 : 1;
    return strcmp(first->path, second->path);
}

/* Keep the first so many items. */
static void cut_items(gc *g, size_t count)
{
    for (size_t i = count; i < g->items.count; i++) free(g->items.items[i].path);
    g->items.count = count;
}

/* The classes that go in any case, then as many of the others as the budget asks for. */
static int64_t choose(gc *g)
{
    int64_t left = g->total;
    size_t  count = 0;
    if (g->items.count) qsort(g->items.items, g->items.count, sizeof *g->items.items, by_turn);
    for (; count < g->items.count; count++) {
        const item *i = &g->items.items[count];
        if (i->class >= KD_GC_DAMAGED && left <= g->options->budget_bytes) break;
        left -= i->bytes;
    }
    cut_items(g, count);
    return left;
}

static kd_status list(gc *g, kd_error *err)
{
    kd_status status = kd_store_list(g->store, &g->ids, &g->id_count, err);
    if (status == KD_OK) status = see_folder(g, kd_store_work_name(g->store), see_work, err);
    if (status != KD_OK) return status;
    if (g->awaited.count)
        qsort(g->awaited.items, g->awaited.count, sizeof *g->awaited.items, by_id);
    if (g->options->wanted) see_unwanted_objects(g);
    if (g->options->budget_bytes >= 0) {
        status = see_folder(g, "damaged", see_damaged, err);
        if (status == KD_OK)
            status = see_intermediates(g, err); /* brings the catalogue up to date */
    }
    g->total = bytes_of(g, kd_store_folder(g->store));
    if (status == KD_OK && g->failed)
        status =
            kd_fail_errno(err, g->failed, "%s: its size cannot be told", kd_store_folder(g->store));
    return status;
}

/* ---- removing ---- */

static bool has_objects(const gc *g)
{
    for (size_t i = 0; i < g->items.count; i++)
        if (!kd_id_is_none(g->items.items[i].id)) return true;
    return false;
}

static kd_status record_objects(const gc *g, kd_error *err)
{
    kd_journal *journal;
    if (!has_objects(g)) return KD_OK;
    kd_status status = kd_journal_open(&journal, g->store, err);
    if (status != KD_OK) return status;
    kd_journal_guard(journal, g->lock);
    kd_journal_append(
        journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN, .worker = -1, .text = "gc" });
    for (size_t i = 0; i < g->items.count; i++)
        if (!kd_id_is_none(g->items.items[i].id))
            kd_journal_append(journal,
                              &(kd_journal_entry){ .type = KD_JOURNAL_REMOVED,
                                                   .id = g->items.items[i].id,
                                                   .worker = -1,
                                                   .text = kd_gc_word(g->items.items[i].class) });
    kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END,
                                                    .worker = -1,
                                                    .text = kd_status_meaning(KD_OK) });
    status = kd_journal_commit(journal, err);
    kd_journal_close(journal);
    return status;
}

static kd_status remove_all(gc *g, kd_gc_visit visit, void *user, kd_gc_counts *counts,
                            kd_error *err)
{
    kd_status status = g->lock ? record_objects(g, err) : KD_OK;
    for (size_t i = 0; i < g->items.count && status == KD_OK; i++) {
        const item *at = &g->items.items[i];
        if (g->lock &&
            ((status = kd_lock_keep(g->lock, err)) != KD_OK ||
             (status = kd_fs_remove_below(kd_store_folder(g->store), at->path, err)) != KD_OK))
            break;
        counts->items[at->class]++;
        counts->freed_bytes += at->bytes;
        if (visit) visit(user, &(kd_gc_item){ at->class, at->path, at->bytes });
    }
    return status;
}

static kd_status check_is_free(const kd_store *store, kd_error *err)
{
    kd_lock_holder holder;
    kd_lock_look(store, &holder);
    if (!holder.is_held) return KD_OK;
    return kd_fail(err, KD_EIO, "%s: this store is held by process %ld on %s",
                   kd_store_folder(store), holder.pid, holder.host);
}

kd_status kd_gc_run(const kd_store *store, const kd_gc_options *options, kd_gc_visit visit,
                    void *user, kd_gc_counts *counts, kd_error *err)
{
    gc        g = { .store = store, .options = options };
    kd_status status =
        options->is_dry ? check_is_free(store, err) : kd_lock_acquire(&g.lock, store, err);
    *counts = (kd_gc_counts){ 0 };
    if (status != KD_OK) return status;
    if ((status = list(&g, err)) != KD_OK) goto done;
    int64_t left = choose(&g);
    counts->before_bytes = g.total;
    status = remove_all(&g, visit, user, counts, err);
    if (status == KD_OK && !options->is_dry && has_objects(&g))
        status = kd_catalogue_update(store, err);
    if (status == KD_OK && options->budget_bytes >= 0 && left > options->budget_bytes)
        status = kd_fail(err, KD_ECHECK,
                         "%s: %lld bytes have to stay, and the budget is %lld; nothing more can go "
                         "without what tables or unfinished cells need",
                         kd_store_folder(store), (long long)left, (long long)options->budget_bytes);
done:
    cut_items(&g, 0);
    kd_vec_fini(&g.items);
    kd_vec_fini(&g.awaited);
    free(g.ids);
    kd_lock_release(g.lock);
    return status;
}
