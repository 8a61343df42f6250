/* fs.c - whole files through write, fsync, rename. */
#include "harness/base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/vec.h"

kd_status kd_fs_read(const char *path, kd_str *out, kd_error *err)
{
    kd_fs_view view;
    kd_status  status = kd_fs_map(&view, path, err);
    if (status != KD_OK) return status;
    kd_str_reset(out);
    kd_str_add_bytes(out, view.bytes, view.length);
    kd_fs_unmap(&view);
    return KD_OK;
}

static kd_status map_descriptor(kd_fs_view *out, int fd, const char *path, kd_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return kd_fail_errno(err, errno, "%s", path);
    if (S_ISDIR(info.st_mode))
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder, not a file", path);
    *out = (kd_fs_view){ "", 0 };
    if (info.st_size == 0) return KD_OK;
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) return kd_fail_errno(err, errno, "%s: cannot be mapped", path);
    *out = (kd_fs_view){ bytes, (size_t)info.st_size };
    return KD_OK;
}

kd_status kd_fs_map(kd_fs_view *out, const char *path, kd_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = map_descriptor(out, fd, path, err);
    close(fd);
    return status;
}

void kd_fs_unmap(kd_fs_view *view)
{
    if (view->length) munmap((void *)(uintptr_t)view->bytes, view->length);
    *view = (kd_fs_view){ "", 0 };
}

static kd_status write_all(int fd, const char *bytes, size_t length, const char *path,
                           kd_error *err)
{
    int fault = kd_fault_errno(KD_FAULT_WRITE);
    if (fault) return kd_fail_errno(err, fault, "%s: cannot write", path);
    while (length) {
        ssize_t wrote = write(fd, bytes, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return kd_fail_errno(err, errno, "%s: cannot write", path);
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return KD_OK;
}

kd_status kd_fs_write(const char *path, const void *bytes, size_t length, kd_error *err)
{
    char     *temporary = kd_fs_temporary(path);
    kd_status status;
    int       fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        kd_fail_errno(err, errno, "%s: cannot create", path);
        status = KD_ECREATE;
        goto done;
    }
    status = write_all(fd, bytes, length, path, err);
    if (close(fd) != 0 && status == KD_OK)
        status = kd_fail_errno(err, errno, "%s: cannot write", path);
    if (status == KD_OK)
        status = kd_fs_commit(temporary, path, err);
    else
        unlink(temporary);
done:
    free(temporary);
    return status;
}

char *kd_fs_temporary(const char *path)
{
    return kd_sprintf("%s.tmp.%ld", path, (long)getpid());
}

kd_status kd_fs_commit(const char *temporary, const char *path, kd_error *err)
{
    char     *folder = kd_fs_folder(path);
    kd_status status = kd_fs_sync(temporary, err);
    if (status == KD_OK && rename(temporary, path) != 0)
        status = kd_fail_errno(err, errno, "%s: cannot be renamed into place", path);
    if (status == KD_OK) status = kd_fs_sync(folder, err);
    if (status != KD_OK) unlink(temporary);
    free(folder);
    return status;
}

kd_status kd_fs_sync(const char *path, kd_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return kd_fail_errno(err, errno, "%s", path);
    int failed = kd_fault_errno(KD_FAULT_SYNC);
    if (!failed && fsync(fd) != 0) failed = errno;
    close(fd);
    if (failed == EINVAL) failed = 0; /* a file system that cannot sync a folder */
    return failed ? kd_fail_errno(err, failed, "%s: cannot sync", path) : KD_OK;
}

kd_status kd_fs_make_folders(const char *path, kd_error *err)
{
    char     *copy = kd_strdup(path);
    kd_status status = KD_OK;
    for (char *at = copy + 1; status == KD_OK; at++) {
        if (*at != '/' && *at) continue;
        char kept = *at;
        *at = 0;
        if (mkdir(copy, 0777) != 0 && !(errno == EEXIST && kd_fs_is_folder(copy))) {
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

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

kd_status kd_fs_list(const char *path, char ***names, size_t *count, kd_error *err)
{
    KD_VEC(char *) found = KD_VEC_INIT;
    DIR *folder = opendir(path);
    if (!folder) return kd_fail_errno(err, errno, "%s", path);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            kd_vec_push(&found, kd_strdup(entry->d_name));
    closedir(folder);
    if (found.count) qsort(found.items, found.count, sizeof *found.items, by_name);
    *names = found.items;
    *count = found.count;
    return KD_OK;
}

void kd_fs_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

static kd_status remove_contents(const char *path, kd_error *err)
{
    char    **names;
    size_t    count;
    kd_status status = kd_fs_list(path, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *inner = kd_fs_join(path, names[i]);
        status = kd_fs_remove(inner, err);
        free(inner);
    }
    kd_fs_free_names(names, count);
    return status;
}

kd_status kd_fs_remove(const char *path, kd_error *err)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? KD_OK : kd_fail_errno(err, errno, "%s", path);
    if (S_ISDIR(info.st_mode)) {
        kd_status status = remove_contents(path, err);
        if (status != KD_OK) return status;
    }
    if (remove(path) != 0 && errno != ENOENT)
        return kd_fail_errno(err, errno, "%s: cannot remove", path);
    return KD_OK;
}

bool kd_fs_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool kd_fs_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int64_t kd_fs_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (int64_t)info.st_size : -1;
}

char *kd_fs_join(const char *a, const char *b)
{
    return kd_sprintf("%s%s%s", a, kd_ends_with(a, "/") ? "" : "/", b);
}

char *kd_fs_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return kd_strdup(".");
    return slash == path ? kd_strdup("/") : kd_strndup(path, (size_t)(slash - path));
}

const char *kd_fs_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
