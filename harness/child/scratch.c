/* scratch.c - a folder that is ours, and a lock. */
#include "harness/child/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"

#define YOUNG_S 10 /* so young a folder may be one that is about to be held */
#define FOLDER  (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

char *kd_scratch_path(const char *place, const char *name)
{
    return kd_sprintf("%s/kdgrid.%u.%s", place, (unsigned)geteuid(), name);
}

/* Open `name` in an open folder, if it is a folder that we own and that is closed to others; -1 for
 * anything else. */
static int open_ours(int place, const char *name, struct stat *info)
{
    int fd = openat(place, name, FOLDER | O_NOFOLLOW);
    if (fd < 0) return -1;
    if (fstat(fd, info) == 0 && info->st_uid == geteuid() && (info->st_mode & 077) == 0) return fd;
    close(fd);
    return -1;
}

/* ---- make and hold ---- */

/* In a folder that others may write to they may rename what is not theirs, unless it is sticky, as
 * /tmp is. Whoever owns the place can do so too, and is trusted with it. */
static kd_status check_place(const char *place, kd_error *err)
{
    struct stat info;
    if (stat(place, &info) != 0) {
        kd_fail_errno(err, errno, "%s", place);
        return KD_ECREATE;
    }
    if (!(info.st_mode & 022) || info.st_mode & S_ISVTX) return KD_OK;
    return kd_fail(err, KD_ECREATE,
                   "%s: others may rename what is in it (mode %o without the sticky bit), so no "
                   "temporary folder is made there; set TMPDIR to another, or chmod +t",
                   place, (unsigned)info.st_mode & 07777);
}

kd_status kd_scratch_make(char **path, int *fd, const char *place, kd_error *err)
{
    *fd = -1;
    *path = kd_scratch_path(place, "XXXXXX");
    kd_status status = check_place(place, err);
    if (status != KD_OK) return status;
    if (mkdtemp(*path)) *fd = kd_scratch_hold(*path);
    if (*fd >= 0) return KD_OK;
    kd_fail_errno(err, errno, "%s", *path);
    return KD_ECREATE;
}

int kd_scratch_hold(const char *path)
{
    struct stat info;
    mkdir(path, 0700);
    int fd = open_ours(AT_FDCWD, path, &info);
    if (fd >= 0 && flock(fd, LOCK_SH) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

/* ---- remove ---- */

void kd_scratch_remove(const char *path)
{
    struct stat info;
    char       *above = kd_fs_folder(path);
    int         place = open(above, FOLDER);
    int         fd = place < 0 ? -1 : open_ours(place, kd_fs_name(path), &info);
    if (fd >= 0) kd_fs_remove_at(place, kd_fs_name(path), path, NULL);
    if (fd >= 0) close(fd);
    if (place >= 0) close(place);
    free(above);
}

/* It stays locked while it is removed, so nobody comes to hold it meanwhile. */
static void remove_abandoned(int place, const char *name)
{
    struct stat info;
    int         fd = open_ours(place, name, &info);
    if (fd < 0) return;
    if (info.st_mtime + YOUNG_S < time(NULL) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        kd_fs_remove_at(place, name, name, NULL);
    close(fd);
}

void kd_scratch_clean(const char *place)
{
    char **names = NULL;
    size_t count = 0;
    char  *path = kd_scratch_path(place, "");
    int    folder = open(place, FOLDER);
    if (folder >= 0 && kd_fs_list(place, &names, &count, NULL) == KD_OK) {
        for (size_t i = 0; i < count; i++)
            if (kd_starts_with(names[i], kd_fs_name(path))) remove_abandoned(folder, names[i]);
        kd_fs_free_names(names, count);
    }
    if (folder >= 0) close(folder);
    free(path);
}
