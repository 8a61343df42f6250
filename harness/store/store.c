/* store.c - the folders of a store and the names in them. */
#include "harness/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define ID_DIGITS    (KD_ID_TEXT - 1)
#define WHOLE        ".h5"
#define KEPT         ".kept.h5"
#define NUMBERS_MOST 10000 /* of damaged files of one name */

struct kd_store {
    char         *folder, *work;
    kd_store_mode mode;
};

typedef KD_VEC(kd_store_entry) entry_vec;

/* ---- open ---- */

/* What is made in a store that was given to its group is the group's too. */
static void keep_shared(const char *folder)
{
    struct stat info;
    if (stat(folder, &info) == 0 && info.st_mode & S_ISGID && info.st_mode & S_IWGRP)
        umask(umask(0) & ~(mode_t)S_IRWXG);
}

/* Whose files are ours here: some file systems give what we make to another user. */
static uid_t own_user(const char *folder)
{
    struct stat info = { .st_uid = geteuid() };
    kd_fs_draft draft;
    char       *path = kd_fs_join(folder, "owner");
    if (kd_fs_draft_open(&draft, path, NULL) == KD_OK) {
        fstat(draft.fd, &info);
        kd_fs_draft_discard(&draft);
    }
    free(path);
    return info.st_uid;
}

/* The folder of that name, unless another user has it. */
static char *choose_work(const char *folder, kd_store_mode mode)
{
    struct stat info;
    char       *path = kd_fs_join(folder, "work");
    bool        is_ours = lstat(path, &info) != 0 || info.st_uid == geteuid() ||
                   (mode != KD_STORE_READ && info.st_uid == own_user(folder));
    free(path);
    return is_ours ? kd_strdup("work") : kd_sprintf("work.%u", (unsigned)geteuid());
}

/* Make it, or close one to others that an older program left open. */
static kd_status make_work(const kd_store *store, kd_error *err)
{
    struct stat info;
    int         fd;
    char       *path = kd_fs_join(store->folder, store->work);
    kd_status   status = kd_fs_make_below(store->folder, path, 0700, err);
    if (status == KD_OK) status = kd_fs_enter_below(&fd, store->folder, path, err);
    if (status == KD_OK) {
        if (fstat(fd, &info) == 0 && info.st_mode & 077) fchmod(fd, info.st_mode & 07700);
        close(fd);
        status = kd_fs_sync(store->folder, err);
    }
    free(path);
    return status;
}

static kd_status make_inside(const char *folder, const char *name, mode_t mode, kd_error *err)
{
    char     *path = kd_fs_join(folder, name);
    kd_status status = kd_fs_make_below(folder, path, mode, err);
    free(path);
    return status;
}

static kd_status make_folders(const char *folder, kd_error *err)
{
    kd_status status = kd_fs_make_folders(folder, err);
    if (status == KD_OK) keep_shared(folder);
    if (status == KD_OK) status = make_inside(folder, "journal", 0777, err);
    if (status == KD_OK) status = make_inside(folder, "objects", 0777, err);
    return status;
}

static kd_status check_is_store(const char *folder, kd_error *err)
{
    if (!kd_fs_exists(folder))
        return kd_fail(err, KD_ENOINPUT, "%s: there is no such store", folder);
    char *objects = kd_fs_join(folder, "objects");
    bool  is_store = kd_fs_is_folder(objects);
    free(objects);
    if (!is_store)
        return kd_fail(err, KD_EDATA, "%s: is not a store (it has no folder 'objects')", folder);
    return KD_OK;
}

kd_status kd_store_open(kd_store **out, const char *folder, kd_store_mode mode, kd_error *err)
{
    kd_status status;
    *out = NULL;
    status = mode == KD_STORE_CREATE ? make_folders(folder, err) : check_is_store(folder, err);
    if (status != KD_OK) return status;
    kd_store *store = kd_alloc(1, sizeof *store);
    store->folder = kd_strdup(folder);
    store->mode = mode;
    store->work = choose_work(folder, mode);
    if (mode == KD_STORE_WRITE) keep_shared(folder);
    if (mode == KD_STORE_CREATE) status = make_work(store, err);
    if (status == KD_OK)
        *out = store;
    else
        kd_store_close(store);
    return status;
}

const char *kd_store_folder(const kd_store *store)
{
    return store->folder;
}

const char *kd_store_work_name(const kd_store *store)
{
    return store->work;
}

bool kd_store_is_writable(const kd_store *store)
{
    return store->mode != KD_STORE_READ;
}

void kd_store_close(kd_store *store)
{
    if (!store) return;
    free(store->folder);
    free(store->work);
    free(store);
}

/* ---- names ---- */

static char *path_in_objects(const kd_store *store, kd_id id, const char *suffix)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    return kd_sprintf("%s/objects/%.2s/%s%s", store->folder, text, text, suffix);
}

char *kd_store_whole_path(const kd_store *store, kd_id id)
{
    return path_in_objects(store, id, WHOLE);
}

char *kd_store_kept_path(const kd_store *store, kd_id id)
{
    return path_in_objects(store, id, KEPT);
}

char *kd_store_object_path(const kd_store *store, kd_id id)
{
    char *whole = kd_store_whole_path(store, id);
    if (access(whole, F_OK) == 0) return whole;
    char *kept = kd_store_kept_path(store, id);
    bool  is_kept = access(kept, F_OK) == 0;
    free(is_kept ? whole : kept);
    return is_kept ? kept : whole;
}

char *kd_store_work_path(const kd_store *store, kd_id id, const char *name)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    return name ? kd_sprintf("%s/%s/%s/%s", store->folder, store->work, text, name)
                : kd_sprintf("%s/%s/%s", store->folder, store->work, text);
}

bool kd_store_has(const kd_store *store, kd_id id)
{
    char *path = kd_store_whole_path(store, id);
    bool  has = access(path, F_OK) == 0;
    free(path);
    return has;
}

bool kd_store_shows(const kd_store *store, kd_id id)
{
    char *path = kd_store_object_path(store, id);
    bool  shows = access(path, F_OK) == 0;
    free(path);
    return shows;
}

bool kd_store_has_now(const kd_store *store, kd_id id)
{
    char *path = kd_store_whole_path(store, id), *shard = kd_fs_folder(path);
    int   folder = open(shard, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool  has = folder >= 0 && faccessat(folder, kd_fs_name(path), F_OK, 0) == 0;
    if (folder >= 0) close(folder);
    free(shard);
    free(path);
    return has;
}

kd_status kd_store_make_shard(const kd_store *store, kd_id id, kd_error *err)
{
    int       fd;
    char     *path = kd_store_whole_path(store, id);
    char     *shard = kd_fs_folder(path), *objects = kd_fs_folder(shard);
    kd_status status = kd_fs_enter_below(&fd, store->folder, shard, err);
    if (status == KD_OK) {
        close(fd);
    } else if (status == KD_ENOINPUT) {
        status = kd_fs_make_below(store->folder, shard, 0777, err);
        if (status == KD_OK) status = kd_fs_sync(objects, err);
    }
    free(objects);
    free(shard);
    free(path);
    return status;
}

/* ---- the list of objects ---- */

static bool is_kept(const char *name)
{
    return strlen(name) > ID_DIGITS && strcmp(name + ID_DIGITS, KEPT) == 0;
}

bool kd_store_parse_object(kd_id *id, const char *shard, const char *name)
{
    char digits[KD_ID_TEXT];
    bool is_whole = strlen(name) > ID_DIGITS && strcmp(name + ID_DIGITS, WHOLE) == 0;
    if (!is_whole && !is_kept(name)) return false;
    memcpy(digits, name, ID_DIGITS);
    digits[ID_DIGITS] = 0;
    return memcmp(name, shard, 2) == 0 && kd_id_parse(id, digits);
}

static kd_store_stamp stamp_of(DIR *folder, const char *name)
{
    struct stat info;
    if (fstatat(dirfd(folder), name, &info, 0) != 0) return (kd_store_stamp){ -1, -1 };
    return (kd_store_stamp){ info.st_size,
                             (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec };
}

/* Each file is asked for its stamp where its name is read: file systems of a network send both at
 * once. */
static kd_status list_shard(const char *objects, const char *shard, bool is_stamped,
                            entry_vec *entries, kd_error *err)
{
    char     *path = kd_fs_join(objects, shard);
    kd_status status = KD_OK;
    DIR      *folder = opendir(path);
    if (!folder && errno != ENOTDIR && errno != ENOENT)
        status = kd_fail_errno(err, errno, "%s", path);
    int failed = 0;
    for (struct dirent *name; folder && (name = kd_fs_next(folder, &failed));) {
        kd_store_entry entry = { .is_kept = is_kept(name->d_name) };
        if (!kd_store_parse_object(&entry.id, shard, name->d_name)) continue;
        if (is_stamped) entry.stamp = stamp_of(folder, name->d_name);
        kd_vec_push(entries, entry);
    }
    if (failed) status = kd_fail_errno(err, failed, "%s: cannot be listed", path);
    if (folder) closedir(folder);
    free(path);
    return status;
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

static int by_entry(const void *a, const void *b)
{
    const kd_store_entry *x = a, *y = b;
    int                   order = by_id(&x->id, &y->id);
    return order ? order : x->is_kept - y->is_kept;
}

/* Of two files of an object, which stand beside each other, the whole one. */
static size_t leave_one_each(kd_store_entry *entries, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (left == 0 || !kd_id_equal(entries[left - 1].id, entries[i].id))
            entries[left++] = entries[i];
    return left;
}

static kd_status list(const kd_store *store, bool is_stamped, kd_store_entry **entries,
                      size_t *count, kd_error *err)
{
    entry_vec found = KD_VEC_INIT;
    char     *objects = kd_fs_join(store->folder, "objects");
    char    **shards = NULL;
    size_t    shard_count = 0;
    kd_status status = kd_fs_list(objects, &shards, &shard_count, err);
    for (size_t i = 0; i < shard_count && status == KD_OK; i++)
        if (strlen(shards[i]) == 2)
            status = list_shard(objects, shards[i], is_stamped, &found, err);
    kd_fs_free_names(shards, shard_count);
    free(objects);
    if (status != KD_OK) {
        kd_vec_fini(&found);
        return status;
    }
    if (found.count) qsort(found.items, found.count, sizeof *found.items, by_entry);
    *entries = found.items;
    *count = leave_one_each(found.items, found.count);
    return KD_OK;
}

kd_status kd_store_list_stamped(const kd_store *store, kd_store_entry **entries, size_t *count,
                                kd_error *err)
{
    return list(store, true, entries, count, err);
}

static kd_status list_ids(const kd_store *store, bool has_kept, kd_id **ids, size_t *count,
                          kd_error *err)
{
    kd_store_entry *entries;
    size_t          all;
    kd_status       status = list(store, false, &entries, &all, err);
    if (status != KD_OK) return status;
    *ids = kd_alloc(all + 1, sizeof **ids);
    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (has_kept || !entries[i].is_kept) (*ids)[(*count)++] = entries[i].id;
    free(entries);
    return KD_OK;
}

kd_status kd_store_list(const kd_store *store, kd_id **ids, size_t *count, kd_error *err)
{
    return list_ids(store, true, ids, count, err);
}

kd_status kd_store_list_whole(const kd_store *store, kd_id **ids, size_t *count, kd_error *err)
{
    return list_ids(store, false, ids, count, err);
}

bool kd_store_list_has(const kd_id *ids, size_t count, kd_id id)
{
    return count && bsearch(&id, ids, count, sizeof *ids, by_id);
}

/* ---- work and damage ---- */

static kd_status sweep(const char *root, const char *folder, kd_error *err)
{
    char    **names;
    size_t    count;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (kd_fs_making_of(names[i]) != KD_FS_DRAFT_ORPHAN) continue;
        char *path = kd_fs_join(folder, names[i]);
        status = kd_fs_remove_below(root, path, err);
        free(path);
    }
    kd_fs_free_names(names, count);
    return status;
}

kd_status kd_store_make_work(const kd_store *store, kd_id id, kd_error *err)
{
    char     *path = kd_store_work_path(store, id, NULL);
    kd_status status = kd_fs_make_below(store->folder, path, 0700, err);
    if (status == KD_OK) status = sweep(store->folder, path, err);
    free(path);
    return status;
}

kd_status kd_store_drop_work(const kd_store *store, kd_id id, kd_error *err)
{
    char     *path = kd_store_work_path(store, id, NULL);
    kd_status status = kd_fs_remove_below(store->folder, path, err);
    free(path);
    return status;
}

/* "<store>/work/<id>/x.h5" to "<store>/damaged/work-<id>-x.h5", or with a number. */
static char *damaged_path(const kd_store *store, const char *path, int number)
{
    char *name = kd_strdup(path + strlen(store->folder) + 1);
    for (char *slash = name; (slash = strchr(slash, '/'));) *slash = '-';
    char *target = number > 1 ? kd_sprintf("%s/damaged/%s.%d", store->folder, name, number)
                              : kd_sprintf("%s/damaged/%s", store->folder, name);
    free(name);
    return target;
}

static kd_status make_damaged(const kd_store *store, kd_error *err)
{
    char     *folder = kd_fs_join(store->folder, "damaged");
    kd_status status = kd_fs_make_below(store->folder, folder, 0777, err);
    free(folder);
    return status;
}

/* Move `from` to where `path` is kept when it is damaged, under the first number that is free. */
static kd_status put_aside(const kd_store *store, const char *from, const char *path, kd_error *err)
{
    kd_status status = make_damaged(store, err);
    bool      is_taken = status == KD_OK;
    for (int number = 1; is_taken; number++) {
        char *target = damaged_path(store, path, number);
        status = kd_fs_move_below(store->folder, from, target, err);
        is_taken = status == KD_ECREATE && number < NUMBERS_MOST && kd_fs_exists(target);
        free(target);
    }
    return status;
}

kd_status kd_store_judge(kd_status status, const char *path)
{
    return status != KD_OK && status != KD_EDATA && kd_fs_is_spoilt(path) ? KD_EDATA : status;
}

kd_status kd_store_set_aside(const kd_store *store, const char *path, kd_error *err)
{
    return put_aside(store, path, path, err);
}

kd_status kd_store_keep_copy(const kd_store *store, const char *path, const void *bytes,
                             size_t length, kd_error *err)
{
    kd_fs_draft draft;
    kd_status   status = kd_fs_draft_open(&draft, path, err);
    if (status == KD_OK) status = kd_fs_draft_write(&draft, bytes, length, err);
    if (status == KD_OK) status = kd_fs_sync(draft.path, err);
    if (status == KD_OK) status = put_aside(store, draft.path, path, err);
    kd_fs_draft_discard(&draft);
    return status;
}
