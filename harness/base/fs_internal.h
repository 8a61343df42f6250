/* fs_internal.h - what fs.c and fs_tree.c share. */
#ifndef KD_BASE_FS_INTERNAL_H
#define KD_BASE_FS_INTERNAL_H

#include <sys/stat.h>

#include "harness/base/status.h"

/* KD_OK for a regular file; else what it is, in words. */
kd_status kd_fs_refuse(const struct stat *info, const char *path, kd_error *err);

/* Remember what is mapped, and from where: a file that is cut short under its map, or whose disk fails, ends the
 * process by SIGBUS at whatever instruction reads it. For what is remembered that is an end in words, with
 * KD_EIO's exit code; fs_maps.c. The file stays open as `fd` for a look at its length, and is closed by the removal,
 * which ends the process, too, when it has become shorter. */
void kd_fs_maps_add(const void *begin, size_t length, int fd, const char *path);
void kd_fs_maps_remove(const void *begin);

#endif
