/* fs.h - whole files and folders; nothing half-written is ever visible.
 *
 * A file appears by write, fsync, rename, fsync of its folder, or it does not appear.
 * Every failure names the path and the system's own words.
 */
#ifndef KD_BASE_FS_H
#define KD_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

/* Read a whole file into `out` (replacing what it held). */
kd_status kd_fs_read(const char *path, kd_str *out, kd_error *err);

/* A whole file as memory that cannot be written to; lives until kd_fs_unmap. An empty file
 * gives a valid pointer and length 0. */
typedef struct {
    const char *bytes;
    size_t      length;
} kd_fs_view;
kd_status kd_fs_map(kd_fs_view *out, const char *path, kd_error *err);
void      kd_fs_unmap(kd_fs_view *view);

/* Replace `path` by these bytes: "<path>.tmp.<pid>" is written, fsynced and renamed. */
kd_status kd_fs_write(const char *path, const void *bytes, size_t length, kd_error *err);

/* The two halves of that, for writers that need a path: a name to write to, and the durable
 * rename of what was written there. kd_fs_commit removes `temporary` when it fails. */
char     *kd_fs_temporary(const char *path); /* the caller frees it */
kd_status kd_fs_commit(const char *temporary, const char *path, kd_error *err);

/* fsync a file or folder that exists. */
kd_status kd_fs_sync(const char *path, kd_error *err);

/* Make a folder and those above it; one that exists is fine. */
kd_status kd_fs_make_folders(const char *path, kd_error *err);

/* Names (not paths) in a folder, sorted, without "." and ".."; the caller frees each and the
 * array through kd_fs_free_names. */
kd_status kd_fs_list(const char *path, char ***names, size_t *count, kd_error *err);
void      kd_fs_free_names(char **names, size_t count);

/* Remove a file, or a folder with all that is in it. What is absent already is fine. */
kd_status kd_fs_remove(const char *path, kd_error *err);

bool    kd_fs_exists(const char *path);
bool    kd_fs_is_folder(const char *path);
int64_t kd_fs_size(const char *path); /* -1 when absent */

/* "<a>/<b>", the folder part ("." for none), the last part (borrowed from `path`). */
char       *kd_fs_join(const char *a, const char *b); /* the caller frees it */
char       *kd_fs_folder(const char *path);           /* the caller frees it */
const char *kd_fs_name(const char *path);

#endif
