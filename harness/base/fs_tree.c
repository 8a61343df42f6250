/* fs_tree.c - folders: made, listed, walked without links, removed.
 *
 * A path is looked at by one system call and used by the next, and who may write to a folder of it
 * can put a link there in between. So a walk holds each folder by its descriptor, opens the next
 * one from there with O_NOFOLLOW, and the last step (openat, unlinkat, renameat) is relative to
 * what is held: what somebody renames meanwhile is still the folder that was looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/fs_internal.h"
#include "harness/base/vec.h"

#define FOLDER     (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define DEPTH_MOST 200 /* of folders in one that is removed: each takes a descriptor */

typedef KD_VEC(char *) name_vec;

/* ---- make and list ---- */

static int make_folder(int folder, const char *name, mode_t mode)
{
    errno = kd_fault_errno(KD_FAULT_WRITE);
    return errno ? -1 : mkdirat(folder, name, mode);
}

kd_status kd_fs_make_folders(const char *path, kd_error *err)
{
    char     *copy = kd_strdup(path);
    kd_status status = KD_OK;
    for (char *at = copy + 1; status == KD_OK; at++) {
        if (*at != '/' && *at) continue;
        char kept = *at;
        *at = 0;
        if (make_folder(AT_FDCWD, copy, 0777) != 0 && !(errno == EEXIST && kd_fs_is_folder(copy))) {
            int number = errno;
            kd_fail_errno(err, number, "%s: cannot create the folder", copy);
            status = number == ENOSPC || number == EIO ? KD_EIO : KD_ECREATE;
        }
        *at = kept;
        if (!kept) break;
    }
    free(copy);
    return status;
}

char *kd_fs_cache(const char *part)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char       *folder = NULL;
    if (cache && *cache)
        folder = kd_sprintf("%s/kdgrid/%s", cache, part);
    else if (home && *home)
        folder = kd_sprintf("%s/.cache/kdgrid/%s", home, part);
    if (folder && kd_fs_make_folders(folder, NULL) == KD_OK) return folder;
    free(folder);
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct dirent *kd_fs_next(DIR *folder, int *failed)
{
    *failed = errno = kd_fault_errno(KD_FAULT_READ);
    struct dirent *entry = *failed ? NULL : readdir(folder);
    if (!entry) *failed = errno;
    return entry;
}

/* Closes the folder. */
static kd_status read_names(name_vec *out, DIR *folder, const char *path, kd_error *err)
{
    name_vec names = KD_VEC_INIT;
    int      failed;
    for (struct dirent *entry; (entry = kd_fs_next(folder, &failed));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            kd_vec_push(&names, kd_strdup(entry->d_name));
    closedir(folder);
    if (failed) {
        kd_fs_free_names(names.items, names.count);
        return kd_fail_errno(err, failed, "%s: cannot be listed", path);
    }
    if (names.count) qsort(names.items, names.count, sizeof *names.items, by_name);
    *out = names;
    return KD_OK;
}

kd_status kd_fs_list(const char *path, char ***names, size_t *count, kd_error *err)
{
    name_vec found = KD_VEC_INIT;
    DIR     *folder = opendir(path);
    if (!folder) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = read_names(&found, folder, path, err);
    *names = found.items;
    *count = found.count;
    return status;
}

void kd_fs_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

/* ---- remove ---- */

static kd_status remove_at(int folder, const char *name, const char *path, int depth,
                           kd_error *err);

static kd_status remove_contents(int inside, const char *path, int depth, kd_error *err)
{
    int       copy = fcntl(inside, F_DUPFD_CLOEXEC, 0);
    DIR      *folder = copy < 0 ? NULL : fdopendir(copy);
    kd_status status = KD_OK;
    if (!folder) {
        status = kd_fail_errno(err, errno, "%s", path);
        if (copy >= 0) close(copy);
        return status;
    }
    name_vec names = KD_VEC_INIT;
    status = read_names(&names, folder, path, err);
    for (size_t i = 0; i < names.count && status == KD_OK; i++) {
        char *inner = kd_fs_join(path, names.items[i]);
        status = remove_at(inside, names.items[i], inner, depth + 1, err);
        free(inner);
    }
    kd_fs_free_names(names.items, names.count);
    return status;
}

/* As a file first: a link is one, whatever it leads to, and only a folder is refused then. */
static kd_status remove_at(int folder, const char *name, const char *path, int depth, kd_error *err)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return KD_OK;
    int refused = errno; /* EISDIR or, as POSIX has it, EPERM for a folder */
    if (refused != EISDIR && refused != EPERM)
        return kd_fail_errno(err, refused, "%s: cannot remove", path);
    if (depth > DEPTH_MOST)
        return kd_fail(err, KD_EIO, "%s: has more than %d folders above it; remove it by hand",
                       path, DEPTH_MOST);
    int inside = openat(folder, name, FOLDER | O_NOFOLLOW);
    if (inside < 0)
        return kd_fail_errno(err, errno == ENOTDIR ? refused : errno, "%s: cannot remove", path);
    kd_status status = remove_contents(inside, path, depth, err);
    close(inside);
    if (status == KD_OK && unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return kd_fail_errno(err, errno, "%s: cannot remove", path);
    return status;
}

kd_status kd_fs_remove_at(int folder, const char *name, const char *path, kd_error *err)
{
    return remove_at(folder, name, path, 0, err);
}

kd_status kd_fs_remove(const char *path, kd_error *err)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    char     *bare = kd_strndup(path, length), *above = kd_fs_folder(bare);
    kd_status status = KD_OK;
    int       folder = open(above, FOLDER);
    if (folder < 0 && errno != ENOENT) status = kd_fail_errno(err, errno, "%s", path);
    if (folder >= 0) {
        status = remove_at(folder, kd_fs_name(bare), bare, 0, err);
        close(folder);
    }
    free(above);
    free(bare);
    return status;
}

/* ---- below a folder ---- */

static kd_status refuse_part(int folder, const char *name, const char *root, const char *path,
                             kd_error *err)
{
    int         number = errno;
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode))
        return kd_fail(err, KD_EDATA, "%s: '%s' is a link, and none is followed below %s", path,
                       name, root);
    return kd_fail_errno(err, number, "%s", path);
}

/* Open the folder `name` of *folder in its place; with a mode, make it when it is not there. */
static kd_status step(int *folder, const char *name, mode_t mode, const char *root,
                      const char *path, kd_error *err)
{
    kd_status status = KD_OK;
    if (mode && make_folder(*folder, name, mode) != 0 && errno != EEXIST) {
        int number = errno;
        kd_fail_errno(err, number, "%s: cannot create the folder", path);
        status = number == ENOSPC || number == EIO ? KD_EIO : KD_ECREATE;
    }
    int next = status == KD_OK ? openat(*folder, name, FOLDER | O_NOFOLLOW) : -1;
    if (status == KD_OK && next < 0) status = refuse_part(*folder, name, root, path, err);
    close(*folder);
    *folder = next;
    return status;
}

/* Open the first `length` bytes of `path`, a folder at or below `root`. */
static kd_status walk(int *folder, const char *root, const char *path, size_t length, mode_t mode,
                      kd_error *err)
{
    KD_CHECK(kd_starts_with(path, root), "fs: %s is not below %s", path, root);
    char *parts =
        kd_strndup(path + strlen(root), length > strlen(root) ? length - strlen(root) : 0);
    char     *rest = parts, *name;
    kd_status status = KD_OK;
    *folder = open(root, FOLDER);
    if (*folder < 0) status = kd_fail_errno(err, errno, "%s", root);
    while (status == KD_OK && (name = strsep(&rest, "/"))) {
        KD_CHECK(strcmp(name, "..") != 0, "fs: %s leads upwards", path);
        if (*name) status = step(folder, name, mode, root, path, err);
    }
    free(parts);
    return status;
}

/* Open the folder that `path` is in. */
static kd_status walk_above(int *folder, const char *root, const char *path, kd_error *err)
{
    return walk(folder, root, path, (size_t)(kd_fs_name(path) - path), 0, err);
}

kd_status kd_fs_enter_below(int *fd, const char *root, const char *path, kd_error *err)
{
    return walk(fd, root, path, strlen(path), 0, err);
}

kd_status kd_fs_make_below(const char *root, const char *path, mode_t mode, kd_error *err)
{
    int       folder;
    kd_status status = walk(&folder, root, path, strlen(path), mode, err);
    if (folder >= 0) close(folder);
    return status;
}

static kd_status check_opened(int fd, int flags, const char *path, kd_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = kd_fs_refuse(&info, path, err);
    if (status == KD_OK && (flags & O_ACCMODE) != O_RDONLY && info.st_nlink > 1)
        return kd_fail(err, KD_EDATA,
                       "%s: has other names (hard links), and what is written to it would be "
                       "written there too; put a copy in its place",
                       path);
    if (status == KD_OK && flags & O_TRUNC && ftruncate(fd, 0) != 0)
        return kd_fail_errno(err, errno, "%s: cannot be emptied", path);
    return status;
}

/* It is emptied, if it shall be, once it is known to be what it should. */
static kd_status open_at(int *fd, int folder, const char *root, const char *path, int flags,
                         kd_error *err)
{
    struct stat info;
    const char *name = kd_fs_name(path);
    kd_status   status = KD_OK;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(info.st_mode))
        status = kd_fs_refuse(&info, path, err);
    if (status != KD_OK) return status;
    errno = kd_fault_errno(flags & O_CREAT ? KD_FAULT_WRITE : KD_FAULT_READ);
    *fd = errno ? -1 : openat(folder, name, (flags & ~O_TRUNC) | KD_FS_AS_IT_IS, 0666);
    if (*fd < 0) return refuse_part(folder, name, root, path, err);
    if ((status = check_opened(*fd, flags, path, err)) == KD_OK) return KD_OK;
    close(*fd);
    *fd = -1;
    return status;
}

kd_status kd_fs_open_below(int *fd, const char *root, const char *path, int flags, kd_error *err)
{
    int       folder;
    kd_status status = walk_above(&folder, root, path, err);
    *fd = -1;
    if (status == KD_OK) status = open_at(fd, folder, root, path, flags, err);
    if (folder >= 0) close(folder);
    return status;
}

kd_status kd_fs_remove_below(const char *root, const char *path, kd_error *err)
{
    int       folder;
    kd_status status = walk_above(&folder, root, path, err);
    if (status == KD_OK) status = remove_at(folder, kd_fs_name(path), path, 0, err);
    if (folder >= 0) close(folder);
    return status == KD_ENOINPUT ? KD_OK : status;
}

/* Where the file system has no RENAME_NOREPLACE (NFS), what is there is looked for first. */
static int move_at(int from, const char *old, int to, const char *new)
{
    struct stat info;
    if (renameat2(from, old, to, new, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    if (fstatat(to, new, &info, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    return renameat(from, old, to, new) == 0 ? 0 : errno;
}

kd_status kd_fs_move_below(const char *root, const char *from, const char *to, kd_error *err)
{
    int       source = -1, target = -1, failed = 0;
    kd_status status = walk_above(&source, root, from, err);
    if (status == KD_OK) status = walk_above(&target, root, to, err);
    if (status == KD_OK) failed = move_at(source, kd_fs_name(from), target, kd_fs_name(to));
    if (failed) status = kd_fail_errno(err, failed, "%s: cannot be moved to %s", from, to);
    if (failed == EEXIST) status = KD_ECREATE;
    if (source >= 0) close(source);
    if (target >= 0) close(target);
    return status;
}
