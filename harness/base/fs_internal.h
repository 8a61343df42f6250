/* fs_internal.h - what fs.c and fs_tree.c share. */
#ifndef KD_BASE_FS_INTERNAL_H
#define KD_BASE_FS_INTERNAL_H

#include <sys/stat.h>

#include "harness/base/status.h"

/* KD_OK for a regular file; else what it is, in words. */
kd_status kd_fs_refuse(const struct stat *info, const char *path, kd_error *err);

#endif
