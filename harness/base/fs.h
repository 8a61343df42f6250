/* fs.h - whole files and folders; nothing half-written is ever visible.
 *
 * A file appears by write, fsync, rename, fsync of its folder, or it does not appear.
 * Every failure names the path and the system's own words.
 *
 * Folders may be shared, and what is in a store may come from anybody. So only regular files are
 * read (a pipe, a device or a socket is refused by name, and nobody waits for one), and what
 * creates, cuts, moves or removes takes the last part of a path as it is and follows no link there.
 */
#ifndef KD_BASE_FS_H
#define KD_BASE_FS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

/* Whether `path` leads to a regular file that can be read; KD_ENOINPUT when it leads nowhere or to
 * a folder, KD_EDATA for whatever else is no file. */
kd_status kd_fs_check(const char *path, kd_error *err);

/* Whether nothing will ever be read from `path`, whoever tries again: it is there, and is a folder, a link that
 * leads nowhere or round, or a file whose disk does not give its bytes any more (EIO). Reads it all. */
bool kd_fs_is_spoilt(const char *path);

/* Open that file for reading. The caller closes *fd, which is -1 after a failure. */
kd_status kd_fs_open(int *fd, const char *path, kd_error *err);

/* read(2), for who reads by himself. */
ssize_t kd_fs_read_some(int fd, void *bytes, size_t length);

/* Give a pipe that we were started with ("/dev/fd/63" of a shell's <(...), "/dev/stdin") up for a
 * file in memory with all that came through it, under the same name: then it is a file like any
 * other, and can be read again. Other paths are left alone. */
kd_status kd_fs_gather(const char *path, kd_error *err);

/* Read a whole file into `out` (replacing what it held). */
kd_status kd_fs_read(const char *path, kd_str *out, kd_error *err);

/* A whole file as memory that cannot be written to; lives until kd_fs_unmap. An empty file
 * gives a valid pointer and length 0.
 *
 * While it is mapped the file is not ours alone. Of what others do to it
 *
 *     cut short, and read beyond its new end's page   ends the process at that read
 *     cut short within its last page, which then      ends it at kd_fs_unmap; and nothing is made durable
 *     reads as zeros                                  meanwhile (kd_fs_maps_check)
 *     replaced by a rename, removed                   is no harm: the old file is what is mapped
 *     overwritten, its length the same or restored    is not noticed here: what has checksums (harness/store) is
 *                                                     held against them once, before its first use
 *
 * An end is in words, with KD_EIO's exit code, so that a cell is tried again. */
typedef struct {
    const char *bytes;
    size_t      length;
} kd_fs_view;
kd_status kd_fs_map(kd_fs_view *out, const char *path, kd_error *err);
void      kd_fs_unmap(kd_fs_view *view);

/* Whether all that is mapped now has still its length; else KD_EIO with the file's name. For who is about to
 * make durable what was computed from it. */
kd_status kd_fs_maps_check(kd_error *err);

/* The same of a path that is no name for people ("/proc/self/fd/7"): messages say `name`. */
kd_status kd_fs_map_as(kd_fs_view *out, const char *path, const char *name, kd_error *err);

/* Replace `path` by these bytes: a draft is written, fsynced and renamed. */
kd_status kd_fs_write(const char *path, const void *bytes, size_t length, kd_error *err);

/* The same in steps, for writers that need the descriptor. A draft is a new file beside `path`, in
 * nobody else's hands: "<path>.tmp.<host>-<process>-<chance>". Its owner commits it, which makes it
 * durable and renames it to `path` (another one than that it was made beside, if he likes), or
 * discards it. A commit that fails discards it too. */
typedef struct {
    int   fd;   /* open for reading and writing; -1 when there is no draft */
    char *path; /* of the draft */
} kd_fs_draft;
kd_status kd_fs_draft_open(kd_fs_draft *out, const char *path, kd_error *err);
kd_status kd_fs_draft_write(kd_fs_draft *draft, const void *bytes, size_t length, kd_error *err);
kd_status kd_fs_draft_commit(kd_fs_draft *draft, const char *path, kd_error *err);
void      kd_fs_draft_discard(kd_fs_draft *draft);

/* What a name says of a draft: it is none, its process on this host runs or is gone, or it was made
 * on another host (or by an older program). */
typedef enum { KD_FS_NO_DRAFT, KD_FS_DRAFT_LIVE, KD_FS_DRAFT_ORPHAN, KD_FS_DRAFT_FAR } kd_fs_making;
kd_fs_making kd_fs_making_of(const char *name);

/* fsync a file or folder that exists. */
kd_status kd_fs_sync(const char *path, kd_error *err);

/* Make a folder and those above it; one that exists is fine. */
kd_status kd_fs_make_folders(const char *path, kd_error *err);

/* Names (not paths) in a folder, sorted, without "." and ".."; the caller frees each and the
 * array through kd_fs_free_names. */
kd_status kd_fs_list(const char *path, char ***names, size_t *count, kd_error *err);
void      kd_fs_free_names(char **names, size_t count);

/* Remove a file, or a folder with all that is in it. What is absent already is fine. A link is
 * removed itself; what happens to the folders meanwhile, nothing outside of them goes. */
kd_status kd_fs_remove(const char *path, kd_error *err);

/* ---- below a folder ----
 *
 *     root      is taken as it is, whatever links lead there: its owner told us to use it
 *     path      begins with it; every part after it is opened from the one before, and none may be
 *               a link (KD_EDATA), also when somebody puts one there meanwhile
 */

/* For who opens by himself: no link, no waiting for a reader, no terminal, not for children. */
#define KD_FS_AS_IT_IS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Open a regular file with the flags of open(2); with O_CREAT it gets what the umask leaves. A file
 * that has other names as well (hard links) is opened for reading only. */
kd_status kd_fs_open_below(int *fd, const char *root, const char *path, int flags, kd_error *err);

/* Make a folder and those between it and the root; those that exist are left as they are. */
kd_status kd_fs_make_below(const char *root, const char *path, mode_t mode, kd_error *err);

/* Open a folder. */
kd_status kd_fs_enter_below(int *fd, const char *root, const char *path, kd_error *err);

/* As kd_fs_remove; and rename, which replaces nothing (KD_ECREATE when there is something). */
kd_status kd_fs_remove_below(const char *root, const char *path, kd_error *err);
kd_status kd_fs_move_below(const char *root, const char *from, const char *to, kd_error *err);

/* Remove `name` (with all that is in it) from an open folder that is called `path` in words. */
kd_status kd_fs_remove_at(int folder, const char *name, const char *path, kd_error *err);

/* readdir(3) that tells the end of a folder (NULL and *failed 0) from a failure: its errno. */
struct dirent *kd_fs_next(DIR *folder, int *failed);

bool    kd_fs_exists(const char *path);
bool    kd_fs_is_folder(const char *path);
int64_t kd_fs_size(const char *path); /* -1 when absent */

/* The folder `part` of what the user's programs remember: $XDG_CACHE_HOME/kdgrid/<part>, or below
 * ~/.cache; made when it is absent. The caller frees it; NULL when there is none to be had. */
char *kd_fs_cache(const char *part);

/* "<a>/<b>", the folder part ("." for none), the last part (borrowed from `path`). */
char       *kd_fs_join(const char *a, const char *b); /* the caller frees it */
char       *kd_fs_folder(const char *path);           /* the caller frees it */
const char *kd_fs_name(const char *path);

#endif
