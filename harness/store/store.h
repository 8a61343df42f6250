/* store.h - the folder that keeps what a study computed.
 *
 *     STORE/journal/0001          what was tried and acknowledged; journal.h
 *     STORE/objects/ab/ab12...h5  one committed object each; object.h
 *     STORE/objects/ab/ab12...kept.h5   one that was kept without its weights: it is shown, and made again by a run
 *     STORE/work/<id>/            checkpoints and files of a cell in progress; checkpoint.h. It is
 *                                 its owner's alone; another user of the store has STORE/work.UID
 *     STORE/damaged/              what fsck or a reader had to set aside
 *     STORE/catalogue.h5          an index that can be rebuilt at will; catalogue.h
 *     STORE/lock                  who has the store alone; lock.h
 *     STORE/members/              who works on it, and what runs right now; member.h, live.h
 *     STORE/claims/<id>           which member is at a cell; claim.h
 *     STORE/studies/<id>.json     the studies that it was run for; studies.h
 *     STORE/jobs                  SLURM jobs that were handed in for it; slurm/jobs.h
 *
 * The folder may be moved, copied with cp -a and read from a read-only mount: nothing in it
 * holds a path, and what is in objects/ never changes once it is there.
 *
 * Files and folders get what the umask leaves. A store that was given to a group (its folder is
 * setgid, and the group may write) stays so: who opens it to write makes files from then on that
 * the group may read and write.
 */
#ifndef KD_STORE_STORE_H
#define KD_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"

typedef struct kd_store kd_store;

typedef enum {
    KD_STORE_CREATE, /* write, and make the folders when they are absent */
    KD_STORE_WRITE,  /* write to a store that exists */
    KD_STORE_READ,   /* never write anything, also not the catalogue */
} kd_store_mode;

/* Open the store in `folder`; the caller owns it. KD_ENOINPUT when there is no such folder,
 * KD_EDATA when the folder is not a store, KD_ECREATE when it cannot be made. */
kd_status kd_store_open(kd_store **out, const char *folder, kd_store_mode mode, kd_error *err);

/* Give the store to a group, by name: folders setgid, all but work for the group to read and write.
 * Only what we own; KD_EUSAGE when there is no such group, KD_ECREATE when it is not ours. */
kd_status kd_store_share(const kd_store *store, const char *group, kd_error *err);

const char *kd_store_folder(const kd_store *store);
const char *kd_store_work_name(const kd_store *store);   /* "work" or "work.UID" */
bool        kd_store_is_writable(const kd_store *store); /* opened for writing */

/* Whether an object with this name is there, with all that it had. Whether it is damaged is seen when it is read. */
bool kd_store_has(const kd_store *store, kd_id id);

/* Whether there is one that can be shown: such a one, or one that was kept without its weights (kd_object_keep). */
bool kd_store_shows(const kd_store *store, kd_id id);

/* The same, with what another machine has just put there: file systems of a network keep for some seconds
 * that a name was absent, but ask again about a folder that is opened. */
bool kd_store_has_now(const kd_store *store, kd_id id);

/* Every id that has an object, sorted; the caller frees the array. Two names a microsecond:
 * for many ids this is faster than asking for each. The second leaves out what was kept without its weights. */
kd_status kd_store_list(const kd_store *store, kd_id **ids, size_t *count, kd_error *err);
kd_status kd_store_list_whole(const kd_store *store, kd_id **ids, size_t *count, kd_error *err);

/* What tells an object's file from another one in its place: both stay when a store is moved or
 * copied with its times (cp -a, rsync -a, tar), which number and change time of an inode do not.
 * Bytes that change without their file's time changing (a disk that decays) are seen by fsck. */
typedef struct {
    int64_t size, mtime_ns; /* -1 both where the file cannot be asked */
} kd_store_stamp;

/* False for what could not be asked. */
static inline bool kd_store_stamp_equal(kd_store_stamp a, kd_store_stamp b)
{
    return a.size == b.size && a.mtime_ns == b.mtime_ns && a.size >= 0;
}

typedef struct {
    kd_id          id;
    kd_store_stamp stamp;
    bool           is_kept; /* without its weights; where both are there, the whole one is listed */
} kd_store_entry;

/* The same list with the stamps of the files, at one stat each: a microsecond where the system has
 * them in memory. */
kd_status kd_store_list_stamped(const kd_store *store, kd_store_entry **entries, size_t *count,
                                kd_error *err);

/* Whether a sorted array of ids holds this one. */
bool kd_store_list_has(const kd_id *ids, size_t count, kd_id id);

/* Whether `name` in the folder objects/<shard> is that of an object: "<32 digits>.h5" or "<32 digits>.kept.h5", the first
 * two being the shard's. */
bool kd_store_parse_object(kd_id *id, const char *shard, const char *name);

/* "STORE/objects/ab/<id>.h5", or the file of one that was kept where that alone is there; the names of either, there or not;
 * "STORE/work/<id>/<name>", or the folder itself when `name` is NULL. The caller frees the path; nothing is made. */
char *kd_store_object_path(const kd_store *store, kd_id id);
char *kd_store_whole_path(const kd_store *store, kd_id id);
char *kd_store_kept_path(const kd_store *store, kd_id id);
char *kd_store_work_path(const kd_store *store, kd_id id, const char *name);

/* Make the folder that an object will be renamed into, durably. */
kd_status kd_store_make_shard(const kd_store *store, kd_id id, kd_error *err);

/* Make STORE/work/<id>, and remove what killed processes of this host left half-built in it;
 * remove it with all that is in it. */
kd_status kd_store_make_work(const kd_store *store, kd_id id, kd_error *err);
kd_status kd_store_drop_work(const kd_store *store, kd_id id, kd_error *err);

/* What became of reading `path`: KD_EDATA also for what is damaged otherwise than in its bytes (kd_fs_is_spoilt),
 * and `status` for all that may be better at the next try. */
kd_status kd_store_judge(kd_status status, const char *path);

/* Move a damaged file (a path that begins with the store's folder) to STORE/damaged/, where
 * "work/<id>/x.h5" becomes "work-<id>-x.h5", with a number when there is one already. */
kd_status kd_store_set_aside(const kd_store *store, const char *path, kd_error *err);

/* Put a copy of what such a file holds there. */
kd_status kd_store_keep_copy(const kd_store *store, const char *path, const void *bytes,
                             size_t length, kd_error *err);

/* Nothing on disk changes by closing. NULL is fine. */
void kd_store_close(kd_store *store);

#endif
