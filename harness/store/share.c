/* share.c - a store that a group works on. */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/store/store.h"

/* A folder's new files get its group (setgid). Work gets the group, so that objects that are built
 * there have it, and no rights. */
static kd_status share_one(int fd, const char *path, gid_t group, mode_t rights, kd_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return kd_fail_errno(err, errno, "%s", path);
    if (info.st_uid != geteuid()) return KD_OK;
    mode_t mode = (info.st_mode & 07777) | rights;
    if (fchown(fd, (uid_t)-1, group) == 0 && fchmod(fd, mode) == 0) return KD_OK;
    kd_fail_errno(err, errno, "%s: cannot be given to the group", path);
    return KD_ECREATE;
}

static bool is_work(const char *root, const char *path)
{
    const char *name = path + strlen(root);
    while (*name == '/') name++;
    return strcmp(name, "work") == 0 || kd_starts_with(name, "work.");
}

static kd_status share_folder(const char *root, const char *path, gid_t group, kd_error *err);

/* Links and what has other names are left as they are. */
static kd_status share_entry(const char *root, const char *path, gid_t group, kd_error *err)
{
    struct stat info;
    int         fd;
    if (lstat(path, &info) != 0) return KD_OK;
    if (S_ISDIR(info.st_mode)) return share_folder(root, path, group, err);
    if (!S_ISREG(info.st_mode) || info.st_nlink > 1) return KD_OK;
    if (kd_fs_open_below(&fd, root, path, O_RDONLY, NULL) != KD_OK) return KD_OK;
    kd_status status = share_one(fd, path, group, S_IRGRP | S_IWGRP, err);
    close(fd);
    return status;
}

static kd_status share_folder(const char *root, const char *path, gid_t group, kd_error *err)
{
    int       fd;
    char    **names = NULL;
    size_t    count = 0;
    bool      is_private = is_work(root, path);
    kd_status status = kd_fs_enter_below(&fd, root, path, err);
    if (status != KD_OK) return is_private ? KD_OK : status;
    status = share_one(fd, path, group, is_private ? S_ISGID : S_ISGID | S_IRWXG, err);
    close(fd);
    if (status != KD_OK || is_private) return status;
    status = kd_fs_list(path, &names, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *inner = kd_fs_join(path, names[i]);
        status = share_entry(root, inner, group, err);
        free(inner);
    }
    kd_fs_free_names(names, count);
    return status;
}

kd_status kd_store_share(const kd_store *store, const char *group, kd_error *err)
{
    const char   *folder = kd_store_folder(store);
    struct stat   info;
    struct group *found = getgrnam(group);
    if (!found) return kd_fail(err, KD_EUSAGE, "--group: there is no group '%s'", group);
    if (stat(folder, &info) != 0) return kd_fail_errno(err, errno, "%s", folder);
    if (info.st_uid != geteuid()) {
        bool is_shared = info.st_gid == found->gr_gid && info.st_mode & S_ISGID;
        return is_shared ? KD_OK
                         : kd_fail(err, KD_ECREATE,
                                   "%s: belongs to user %u, who alone can give it to a group",
                                   folder, (unsigned)info.st_uid);
    }
    kd_status status = share_folder(folder, folder, found->gr_gid, err);
    if (status == KD_OK) umask(umask(0) & ~(mode_t)S_IRWXG);
    return status;
}
