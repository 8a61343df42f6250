/* lock.c - who coordinates a store: a kernel lock, and a text for where that is not enough.
 *
 * The kernel lock is of the open-file-description kind: it goes with the last descriptor, is
 * not dropped when another descriptor of the file is closed, can be asked about without being
 * taken, and travels over NFS. The descriptor closes on exec, so no child keeps it.
 */
#include "harness/store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"

/* A holder on another host that gave no sign for so long is gone. */
#define SILENT_S 60.0

struct kd_lock {
    int fd;
};

/* What the text says. `start` is when the process began, in the kernel's ticks after boot: a
 * process number that was given out again has another. */
typedef struct {
    char      host[65], boot[40], job[32];
    long      restart; /* how often the job was requeued */
    long      pid;
    long long start;
    double    since_s;
} holder;

/* ---- processes ---- */

/* Field 22 of /proc/<pid>/stat; the second field holds a name that may contain blanks. -1 when
 * there is no such process or only its corpse. */
static long long process_start(long pid)
{
    char  path[64], text[1024] = "";
    char  state = 'Z';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!(file = fopen(path, "re"))) return -1;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *after = strrchr(text, ')');
    long long   start = -1;
    if (!after ||
        sscanf(after + 1,
               " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld",
               &state, &start) != 2)
        return -1;
    return state == 'Z' || state == 'X' ? -1 : start;
}

static void read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    out[0] = 0;
    if (!file) return;
    if (!fgets(out, (int)size, file)) out[0] = 0;
    out[strcspn(out, "\n")] = 0;
    fclose(file);
}

static holder this_process(void)
{
    holder      me = { .pid = (long)getpid(), .since_s = kd_clock_unix_s() };
    const char *job = getenv("SLURM_JOB_ID"), *restart = getenv("SLURM_RESTART_COUNT");
    gethostname(me.host, sizeof me.host - 1);
    read_line("/proc/sys/kernel/random/boot_id", me.boot, sizeof me.boot);
    if (job) snprintf(me.job, sizeof me.job, "%s", job);
    if (restart) me.restart = strtol(restart, NULL, 10);
    me.start = process_start(me.pid);
    return me;
}

/* ---- the text ---- */

static kd_status write_text(int fd, const holder *me, const char *path, kd_error *err)
{
    char text[512];
    int  length = snprintf(
         text, sizeof text,
         "host %s\nboot %s\npid %ld\nstart %lld\njob %s\nrestart %ld\nsince %.3f\n", me->host,
         me->boot, me->pid, me->start, *me->job ? me->job : "-", me->restart, me->since_s);
    errno = ENOSPC; /* what a short write means */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length &&
        fdatasync(fd) == 0)
        return KD_OK;
    return kd_fail_errno(err, errno, "%s: cannot write", path);
}

/* False when the text is empty (the lock was released) or says nothing that we understand. */
static bool read_text(int fd, holder *found)
{
    char    text[513] = "";
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    *found = (holder){ .pid = 0 };
    if (length <= 0) return false;
    text[length] = 0;
    if (sscanf(text, "host %64s boot %39s pid %ld start %lld job %31s restart %ld since %lf",
               found->host, found->boot, &found->pid, &found->start, found->job, &found->restart,
               &found->since_s) != 7)
        return false;
    if (strcmp(found->job, "-") == 0) found->job[0] = 0;
    return true;
}

/* Whether the holder of whom we only know the text may still be at work. */
static bool is_alive(const holder *other, const holder *me, int fd)
{
    struct stat info;
    if (strcmp(other->boot, me->boot) == 0) return process_start(other->pid) == other->start;
    if (strcmp(other->host, me->host) == 0) return false; /* this host has started again since */
    if (*me->job && strcmp(other->job, me->job) == 0 && other->restart != me->restart)
        return false; /* a job is requeued once all of it is gone */
    return fstat(fd, &info) == 0 && kd_clock_unix_s() - (double)info.st_mtim.tv_sec < SILENT_S;
}

static kd_status refuse(const char *path, const holder *other, kd_error *err)
{
    char stamp[32];
    if (other->pid == 0)
        return kd_fail(err, KD_EIO, "%s: another coordinator has just taken this store", path);
    return kd_fail(err, KD_EIO, "%s: this store is held by process %ld on %s%s%s since %s", path,
                   other->pid, other->host, *other->job ? ", SLURM job " : "", other->job,
                   kd_clock_stamp(stamp, sizeof stamp, other->since_s));
}

/* ---- the lock ---- */

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static kd_status take(int fd, const char *path, kd_error *err)
{
    struct flock range = whole_file();
    holder       me = this_process(), other;

    /* Any other refusal means that this file system has no locks: then the text decides. */
    bool is_taken = fcntl(fd, F_OFD_SETLK, &range) != 0 && (errno == EAGAIN || errno == EACCES);
    bool is_named = read_text(fd, &other);
    if (is_taken || (is_named && is_alive(&other, &me, fd))) return refuse(path, &other, err);
    return write_text(fd, &me, path, err);
}

kd_status kd_lock_acquire(kd_lock **out, const kd_store *store, kd_error *err)
{
    char     *path = kd_fs_join(kd_store_folder(store), "lock");
    int       fd;
    kd_status status = kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDWR | O_CREAT, err);

    *out = NULL;
    if (status == KD_OK) status = take(fd, path, err);
    if (status == KD_OK) {
        *out = kd_alloc(1, sizeof **out);
        (*out)->fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    free(path);
    return status;
}

void kd_lock_refresh(kd_lock *lock)
{
    futimens(lock->fd, NULL);
}

void kd_lock_look(const kd_store *store, kd_lock_holder *seen)
{
    char        *path = kd_fs_join(kd_store_folder(store), "lock");
    int          fd;
    holder       me = this_process(), other;
    struct flock range = whole_file();

    *seen = (kd_lock_holder){ .is_held = false };
    kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDONLY, NULL);
    free(path);
    if (fd < 0) return;
    bool is_named = read_text(fd, &other);
    bool is_locked = fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    if (is_locked || (is_named && is_alive(&other, &me, fd))) {
        seen->is_held = true;
        seen->pid = other.pid;
        seen->since_s = other.since_s;
        memcpy(seen->host, other.host, sizeof seen->host);
        memcpy(seen->job, other.job, sizeof seen->job);
    }
    close(fd);
}

void kd_lock_release(kd_lock *lock)
{
    if (!lock) return;
    int ignored = ftruncate(lock->fd, 0); /* a text that stays names a process that is gone */
    (void)ignored;
    close(lock->fd);
    free(lock);
}
