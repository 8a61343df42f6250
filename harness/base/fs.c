/* fs.c - whole files through write, fsync, rename. Folders are in fs_tree.c. */
#include "harness/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/fs_internal.h"

#define PIPE_MOST   ((int64_t)4 << 30)
#define NAME_KEPT   120 /* bytes of a name that its draft has too */
#define DRAFT_TRIES 100

/* ---- open ---- */

static const char *kind_of(mode_t mode)
{
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return S_ISLNK(mode) ? "a link" : "a device";
}

kd_status kd_fs_refuse(const struct stat *info, const char *path, kd_error *err)
{
    if (S_ISREG(info->st_mode)) return KD_OK;
    if (S_ISDIR(info->st_mode))
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder, not a file", path);
    return kd_fail(err, KD_EDATA, "%s: is %s, not a file", path, kind_of(info->st_mode));
}

kd_status kd_fs_check(const char *path, kd_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = kd_fs_refuse(&info, path, err);
    if (status == KD_OK && access(path, R_OK) != 0) return kd_fail_errno(err, errno, "%s", path);
    return status;
}

/* Asked before, because to open a device may do something, and after, because it may be another by
 * then; without waiting, because a pipe that nobody writes to would. */
kd_status kd_fs_open(int *fd, const char *path, kd_error *err)
{
    struct stat info;
    *fd = -1;
    int fault = kd_fault_errno(KD_FAULT_READ);
    if (fault) return kd_fail_errno(err, fault, "%s", path);
    if (stat(path, &info) != 0) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = kd_fs_refuse(&info, path, err);
    if (status != KD_OK) return status;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0 || fstat(*fd, &info) != 0) status = kd_fail_errno(err, errno, "%s", path);
    if (status == KD_OK) status = kd_fs_refuse(&info, path, err);
    if (status == KD_OK || *fd < 0) return status;
    close(*fd);
    *fd = -1;
    return status;
}

ssize_t kd_fs_read_some(int fd, void *bytes, size_t length)
{
    int fault = kd_fault_errno(KD_FAULT_READ);
    if (!fault) return read(fd, bytes, length);
    errno = fault;
    return -1;
}

static bool gives_all(int fd)
{
    char    bytes[1 << 16];
    ssize_t got;
    do got = read(fd, bytes, sizeof bytes);
    while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0 || errno != EIO;
}

bool kd_fs_is_spoilt(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0) return errno == ELOOP || errno == EIO;
    if (S_ISLNK(info.st_mode) && stat(path, &info) != 0)
        return errno == ELOOP || errno == EIO || errno == ENOENT;
    if (!S_ISREG(info.st_mode)) return S_ISDIR(info.st_mode);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno == EIO;
    bool is_spoilt = !gives_all(fd);
    close(fd);
    return is_spoilt;
}

/* ---- pipes ---- */

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

/* The number in "/dev/fd/63"; -1 for another path. */
static int descriptor_of(const char *path)
{
    static const char *const starts[] = { "/dev/fd/", "/proc/self/fd/" };
    long long                number;
    if (strcmp(path, "/dev/stdin") == 0) return STDIN_FILENO;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (kd_starts_with(path, starts[i]) && kd_parse_int(path + strlen(starts[i]), &number) &&
            number >= 0 && number < INT_MAX)
            return (int)number;
    return -1;
}

/* All that comes through `from`, to `to`. */
static kd_status pour(int from, int to, const char *path, kd_error *err)
{
    char    bytes[1 << 16];
    int64_t left = PIPE_MOST;
    for (ssize_t got; (got = kd_fs_read_some(from, bytes, sizeof bytes)) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return kd_fail_errno(err, errno, "%s: cannot read", path);
        if ((left -= got) < 0)
            return kd_fail(err, KD_EDATA, "%s: more than 4 GiB come through this pipe", path);
        kd_status status = write_all(to, bytes, (size_t)got, path, err);
        if (status != KD_OK) return status;
    }
    return KD_OK;
}

kd_status kd_fs_gather(const char *path, kd_error *err)
{
    struct stat info;
    int         given = descriptor_of(path);
    if (given < 0 || fstat(given, &info) != 0 ||
        !(S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)))
        return KD_OK;
    int memory = memfd_create("kdgrid", MFD_CLOEXEC);
    if (memory < 0) return kd_fail_errno(err, errno, "%s: cannot be kept in memory", path);
    kd_status status = pour(given, memory, path, err);
    if (status == KD_OK && dup2(memory, given) < 0) status = kd_fail_errno(err, errno, "%s", path);
    if (status == KD_OK) lseek(given, 0, SEEK_SET);
    close(memory);
    return status;
}

/* ---- read ---- */

/* Takes `fd`: with the map it stays open. */
static kd_status map_descriptor(kd_fs_view *out, int fd, const char *path, kd_error *err)
{
    struct stat info;
    void       *bytes = MAP_FAILED;
    int         fault = 0;
    *out = (kd_fs_view){ "", 0 };
    if (fstat(fd, &info) != 0) {
        fault = errno;
    } else if (info.st_size == 0) {
        close(fd);
        return KD_OK;
    } else if (!(fault = kd_fault_errno(KD_FAULT_READ))) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        fault = errno;
    }
    if (bytes == MAP_FAILED) {
        close(fd);
        return kd_fail_errno(err, fault, "%s: cannot be mapped", path);
    }
    *out = (kd_fs_view){ bytes, (size_t)info.st_size };
    kd_fs_maps_add(bytes, out->length, fd, path);
    return KD_OK;
}

kd_status kd_fs_map_as(kd_fs_view *out, const char *path, const char *name, kd_error *err)
{
    int       fd;
    kd_status status = kd_fs_open(&fd, path, err);
    return status == KD_OK ? map_descriptor(out, fd, name, err) : status;
}

kd_status kd_fs_map(kd_fs_view *out, const char *path, kd_error *err)
{
    return kd_fs_map_as(out, path, path, err);
}

void kd_fs_unmap(kd_fs_view *view)
{
    if (view->length) {
        kd_fs_maps_remove(view->bytes);
        munmap((void *)(uintptr_t)view->bytes, view->length);
    }
    *view = (kd_fs_view){ "", 0 };
}

/* The kernel's own files (/proc, control groups) say that they are empty, and are not; so the end is
 * where reading finds it. */
static kd_status read_descriptor(int fd, const char *path, kd_str *out, kd_error *err)
{
    char        bytes[1 << 16];
    struct stat info;
    if (fstat(fd, &info) == 0 && info.st_size > 0) kd_str_reserve(out, (size_t)info.st_size);
    for (ssize_t got; (got = kd_fs_read_some(fd, bytes, sizeof bytes)) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return kd_fail_errno(err, errno, "%s: cannot read", path);
        kd_str_add_bytes(out, bytes, (size_t)got);
    }
    return KD_OK;
}

kd_status kd_fs_read(const char *path, kd_str *out, kd_error *err)
{
    int       fd;
    kd_status status = kd_fs_open(&fd, path, err);
    if (status != KD_OK) return status;
    kd_str_reset(out);
    status = read_descriptor(fd, path, out, err);
    close(fd);
    return status;
}

/* ---- write ---- */

/* ".tmp.<host>-", which the number of the process follows. */
static void print_mark(char *out, size_t size)
{
    char host[65] = "unknown";
    gethostname(host, sizeof host - 1);
    snprintf(out, size, ".tmp.%s-", host);
}

kd_fs_making kd_fs_making_of(const char *name)
{
    char mark[80], *end;
    print_mark(mark, sizeof mark);
    const char *at = strstr(name, mark);
    if (!at) return strstr(name, ".tmp.") ? KD_FS_DRAFT_FAR : KD_FS_NO_DRAFT;
    long pid = strtol(at + strlen(mark), &end, 10);
    if (pid <= 0 || pid > INT_MAX || (*end && *end != '-')) return KD_FS_DRAFT_FAR;
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH ? KD_FS_DRAFT_ORPHAN : KD_FS_DRAFT_LIVE;
}

/* A long name is cut, so that the draft's own still fits. Chance spares tries where names of gone
 * processes or of somebody else are in the way; what protects is that a draft must be new. */
static char *draft_name(const char *path)
{
    char     mark[80];
    uint32_t chance = 0;
    print_mark(mark, sizeof mark);
    int length = (int)(kd_fs_name(path) - path) + (int)strnlen(kd_fs_name(path), NAME_KEPT);
    if (getrandom(&chance, sizeof chance, 0) < 0) chance = (uint32_t)(uintptr_t)&chance;
    return kd_sprintf("%.*s%s%ld-%08x", length, path, mark, (long)getpid(), chance);
}

kd_status kd_fs_draft_open(kd_fs_draft *out, const char *path, kd_error *err)
{
    *out = (kd_fs_draft){ -1, NULL };
    for (int tries = 0; tries < DRAFT_TRIES && out->fd < 0; tries++) {
        free(out->path);
        out->path = draft_name(path);
        errno = kd_fault_errno(KD_FAULT_WRITE);
        if (!errno)
            out->fd = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (out->fd < 0 && errno != EEXIST) break;
    }
    if (out->fd >= 0) return KD_OK;
    kd_fail_errno(err, errno, "%s: cannot create", path);
    free(out->path);
    out->path = NULL;
    return KD_ECREATE;
}

kd_status kd_fs_draft_write(kd_fs_draft *draft, const void *bytes, size_t length, kd_error *err)
{
    return write_all(draft->fd, bytes, length, draft->path, err);
}

static kd_status sync_descriptor(int fd, const char *path, kd_error *err)
{
    int failed = kd_fault_errno(KD_FAULT_SYNC);
    if (!failed && fsync(fd) != 0) failed = errno;
    if (failed == EINVAL) failed = 0; /* a file system that cannot sync a folder */
    return failed ? kd_fail_errno(err, failed, "%s: cannot sync", path) : KD_OK;
}

kd_status kd_fs_draft_commit(kd_fs_draft *draft, const char *path, kd_error *err)
{
    char     *folder = kd_fs_folder(path);
    kd_status status = sync_descriptor(draft->fd, draft->path, err);
    if (close(draft->fd) != 0 && status == KD_OK)
        status = kd_fail_errno(err, errno, "%s: cannot write", path);
    draft->fd = -1;
    if (status == KD_OK && rename(draft->path, path) != 0)
        status = kd_fail_errno(err, errno, "%s: cannot be renamed into place", path);
    if (status == KD_OK) status = kd_fs_sync(folder, err);
    if (status != KD_OK) unlink(draft->path);
    free(draft->path);
    draft->path = NULL;
    free(folder);
    return status;
}

void kd_fs_draft_discard(kd_fs_draft *draft)
{
    if (draft->fd >= 0) close(draft->fd);
    if (draft->path) unlink(draft->path);
    free(draft->path);
    *draft = (kd_fs_draft){ -1, NULL };
}

kd_status kd_fs_write(const char *path, const void *bytes, size_t length, kd_error *err)
{
    kd_fs_draft draft;
    kd_status   status = kd_fs_draft_open(&draft, path, err);
    if (status != KD_OK) return status;
    status = write_all(draft.fd, bytes, length, path, err);
    if (status == KD_OK) return kd_fs_draft_commit(&draft, path, err);
    kd_fs_draft_discard(&draft);
    return status;
}

kd_status kd_fs_sync(const char *path, kd_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return kd_fail_errno(err, errno, "%s", path);
    kd_status status = sync_descriptor(fd, path, err);
    close(fd);
    return status;
}

/* ---- names ---- */

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
