/* lock.c - who works on a store: a kernel lock, and texts for where that is not enough.
 *
 * The kernel lock is of the open-file-description kind: it goes with the last descriptor, is
 * not dropped when another descriptor of the file is closed, can be asked about without being
 * taken, and travels over NFS. The descriptor closes on exec, so no child keeps it.
 */
#include "harness/store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/store/holder.h"
#include "harness/store/member.h"

/* A holder on another host that gave no sign for so long is gone. */
#define SILENT_S 60.0

/* Who is alone for a moment, to find out that he is not, turns no member away. */
#define PATIENCE_S 1.0
#define LOOK_S     0.05 /* between looks while waiting */
#define TOUCH_S    5.0  /* between signs of life of who is alone */
#define WATCH_S    1.0  /* the same at a heart on another machine */

struct kd_lock {
    const kd_store *store;
    int             fd;     /* of STORE/lock; -1 for a member */
    kd_member      *member; /* NULL for who is alone, of whom follows */
    kd_holder       self;
    bool            is_lost;
    kd_status       lost;
    kd_error        why;
};

/* ---- the text ---- */

static kd_status write_text(int fd, const kd_holder *me, const char *path, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    kd_holder_print(me, &text);
    errno = ENOSPC; /* what a short write means */
    bool is_written = !kd_fault_errno(KD_FAULT_WRITE) && ftruncate(fd, 0) == 0 &&
                      pwrite(fd, text.text, text.length, 0) == (ssize_t)text.length &&
                      fdatasync(fd) == 0;
    int failed = errno;
    kd_str_fini(&text);
    return is_written ? KD_OK : kd_fail_errno(err, failed, "%s: cannot write", path);
}

/* False when the text is empty (the lock was released) or says nothing that we understand; or when the
 * disk does not give it, whose errno is then `trouble`. */
static bool read_text(int fd, kd_holder *found, int *trouble)
{
    char    text[513] = "";
    ssize_t length = lseek(fd, 0, SEEK_SET) == 0 ? kd_fs_read_some(fd, text, sizeof text - 1) : -1;
    *found = (kd_holder){ .pid = 0 };
    *trouble = length < 0 ? errno : 0;
    if (length <= 0) return false;
    text[length] = 0;
    return kd_holder_parse(found, text);
}

static bool was_touched(const struct stat *info)
{
    return kd_clock_unix_s() - (double)info->st_mtim.tv_sec < SILENT_S;
}

/* Whether the holder of whom we only know the text may still be at work. */
static bool is_alive(const kd_holder *other, int fd)
{
    struct stat     info;
    kd_holder_state state = kd_holder_judge(other);
    return state == KD_HOLDER_HERE ||
           (state == KD_HOLDER_FAR && fstat(fd, &info) == 0 && was_touched(&info));
}

/* A holder elsewhere is known by the time of his file, which a clock that goes wrong, or did, may have set far
 * ahead: then nobody can say when he has been silent for long enough, and only people know. */
static void add_way_out(kd_str *name, const char *path, const kd_holder *other)
{
    struct stat info;
    char        span[32];
    if (kd_holder_judge(other) != KD_HOLDER_FAR || stat(path, &info) != 0) return;
    double ahead_s = (double)info.st_mtim.tv_sec - kd_clock_unix_s();
    if (ahead_s > SILENT_S)
        kd_str_addf(name,
                    ", whose last sign of life lies %s ahead of the clock here; when it is gone, "
                    "remove that file",
                    kd_clock_words(span, sizeof span, ahead_s));
}

static kd_status refuse(const char *path, const kd_holder *other, kd_error *err)
{
    char   stamp[32];
    kd_str name = KD_STR_INIT;
    if (other->pid == 0)
        return kd_fail(err, KD_EIO, "%s: another coordinator has just taken this store", path);
    kd_holder_name(other, &name);
    kd_str_addf(&name, " since %s", kd_clock_stamp(stamp, sizeof stamp, other->since_s));
    add_way_out(&name, path, other);
    kd_status status = kd_fail(err, KD_EIO, "%s: this store is held by %s", path, name.text);
    kd_str_fini(&name);
    return status;
}

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

/* Who is alone; of pid 0 when that cannot be said. False for nobody. */
static bool look_alone(const kd_store *store, kd_holder *found)
{
    char        *path = kd_fs_join(kd_store_folder(store), "lock");
    int          fd;
    struct flock range = whole_file();
    *found = (kd_holder){ .pid = 0 };
    kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDONLY, NULL);
    free(path);
    if (fd < 0) return false;
    int  trouble;
    bool is_named = read_text(fd, found, &trouble);
    bool is_held = (fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK) ||
                   (is_named && is_alive(found, fd));
    close(fd);
    return is_held;
}

/* ---- alone ---- */

static kd_status take(int fd, const char *path, const kd_holder *me, kd_error *err)
{
    struct flock range = whole_file();
    kd_holder    other;
    int          trouble;

    /* Any other refusal means that this file system has no locks: then the text decides. */
    bool is_taken = fcntl(fd, F_OFD_SETLK, &range) != 0 && (errno == EAGAIN || errno == EACCES);
    bool is_named = read_text(fd, &other, &trouble);
    if (trouble && !is_taken) return kd_fail_errno(err, trouble, "%s", path);
    if (is_taken || (is_named && is_alive(&other, fd))) return refuse(path, &other, err);
    return write_text(fd, me, path, err);
}

static kd_status refuse_for(const kd_store *store, const kd_members *members, kd_error *err)
{
    kd_str names = KD_STR_INIT;
    for (size_t i = 0; i < members->count; i++) {
        if (i > 0) kd_str_add(&names, "; ");
        if (members->items[i].who.pid)
            kd_holder_name(&members->items[i].who, &names);
        else
            kd_str_addf(&names, "members/%s", members->items[i].name);
    }
    kd_status status =
        kd_fail(err, KD_EIO, "%s: this store is held by %s", kd_store_folder(store), names.text);
    kd_str_fini(&names);
    return status;
}

/* Watch a member whose process cannot be seen from here, until it is dead or its heart beats. */
static bool dies(const kd_store *store, const kd_member_seen *member)
{
    kd_watch watch = { .looked_s = 0 };
    for (;;) {
        if (kd_member_is_dead(store, member->name, &watch, kd_clock_s())) return true;
        if (watch.beats > 0) return false;
        kd_sleep_s(WATCH_S);
    }
}

/* Those who are gone are buried on the way. */
static kd_status expect_no_members(const kd_store *store, kd_error *err)
{
    kd_members members;
    kd_status  status = KD_OK;
    kd_members_list(store, NULL, &members);
    size_t left = 0;
    for (size_t i = 0; i < members.count; i++)
        if (members.items[i].is_gone)
            kd_members_bury(store, &members.items[i]);
        else
            members.items[left++] = members.items[i];
    members.count = left;
    bool is_here = false;
    for (size_t i = 0; i < left; i++)
        is_here |= kd_holder_judge(&members.items[i].who) == KD_HOLDER_HERE;
    if (is_here) status = refuse_for(store, &members, err);
    for (size_t i = 0; i < left && status == KD_OK; i++) {
        if (dies(store, &members.items[i]))
            kd_members_bury(store, &members.items[i]);
        else
            status = refuse_for(store, &members, err);
    }
    kd_vec_fini(&members);
    return status;
}

kd_status kd_lock_acquire(kd_lock **out, const kd_store *store, kd_error *err)
{
    char     *path = kd_fs_join(kd_store_folder(store), "lock");
    int       fd;
    kd_status status = kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDWR | O_CREAT, err);

    *out = NULL;
    kd_holder me = kd_holder_self();
    if (status == KD_OK) status = take(fd, path, &me, err);
    if (status == KD_OK) {
        *out = kd_alloc(1, sizeof **out);
        **out = (kd_lock){ .store = store, .fd = fd, .self = me };
        status = expect_no_members(store, err);
        if (status != KD_OK) {
            kd_lock_release(*out);
            *out = NULL;
        }
    } else if (fd >= 0) {
        close(fd);
    }
    free(path);
    return status;
}

/* ---- a member ---- */

static kd_status expect_nobody_alone(const kd_store *store, kd_error *err)
{
    kd_holder other;
    double    until_s = kd_clock_s() + PATIENCE_S;
    while (look_alone(store, &other)) {
        if (kd_clock_s() >= until_s) {
            char     *path = kd_fs_join(kd_store_folder(store), "lock");
            kd_status status = refuse(path, &other, err);
            free(path);
            return status;
        }
        kd_sleep_s(LOOK_S);
    }
    return KD_OK;
}

kd_status kd_lock_join(kd_lock **out, const kd_store *store, kd_error *err)
{
    kd_member *member;
    *out = NULL;
    kd_status status = kd_member_enter(&member, store, err);
    if (status != KD_OK) return status;
    if ((status = expect_nobody_alone(store, err)) != KD_OK) {
        kd_member_leave(member);
        return status;
    }
    *out = kd_alloc(1, sizeof **out);
    **out = (kd_lock){ .store = store, .fd = -1, .member = member };
    return KD_OK;
}

const char *kd_lock_name(const kd_lock *lock)
{
    return lock->member ? kd_member_name(lock->member) : NULL;
}

void kd_lock_tell_cores(kd_lock *lock, int cores)
{
    if (lock->member) kd_member_tell_cores(lock->member, cores);
}

/* A member that has told no number yet may have begun a journal just before ours: each such is one
 * more number that may be written. */
kd_status kd_lock_tell(kd_lock *lock, uint32_t run, uint32_t *beside, kd_error *err)
{
    kd_members others;
    uint32_t   unknown = 0;
    *beside = run;
    kd_status status = kd_member_tell(lock->member, run, err);
    if (status != KD_OK) return status;
    kd_members_clear_drafts(lock->store);
    kd_members_list(lock->store, kd_member_name(lock->member), &others);
    for (size_t i = 0; i < others.count; i++) {
        const kd_member_seen *other = &others.items[i];
        if (other->is_gone) {
            kd_members_bury(lock->store, other);
        } else if (other->run == 0) {
            unknown++;
        } else if (other->run < *beside) {
            *beside = other->run;
        }
    }
    uint32_t lowest = run > unknown ? run - unknown : 1;
    if (unknown > 0 && lowest < *beside) *beside = lowest;
    kd_vec_fini(&others);
    return KD_OK;
}

/* ---- keeping it ---- */

/* As the text says it. */
static bool is_same_holder(const kd_holder *a, const kd_holder *b)
{
    return a->pid == b->pid && a->start == b->start && strcmp(a->boot, b->boot) == 0 &&
           strcmp(a->host, b->host) == 0;
}

static bool is_same_file(int a, int b)
{
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Whether STORE/lock, opened as `fd`, is the file that we hold and names us. */
static bool names_us(const kd_lock *lock, int fd, kd_holder *found, int *trouble)
{
    return read_text(fd, found, trouble) && is_same_holder(found, &lock->self) &&
           is_same_file(fd, lock->fd);
}

static bool is_older(int fd, double span_s)
{
    struct stat info;
    return fstat(fd, &info) == 0 && fabs(kd_clock_unix_s() - (double)info.st_mtim.tv_sec) > span_s;
}

static kd_status keep_alone(kd_lock *lock, kd_error *err)
{
    kd_holder found = { .pid = 0 };
    char      stamp[32];
    int       fd, trouble = 0;
    char     *path = kd_fs_join(kd_store_folder(lock->store), "lock");
    kd_status status = kd_fs_open_below(&fd, kd_store_folder(lock->store), path, O_RDONLY, err);
    bool      is_ours = status == KD_OK && names_us(lock, fd, &found, &trouble);
    if (trouble)
        status = kd_fail_errno(err, trouble, "%s", path);
    else if (status == KD_ENOINPUT || (status == KD_OK && !is_ours))
        status = kd_fail(err, KD_ESTOPPED,
                         "%s: was removed%s%s while this process, %ld, held the "
                         "store; nothing more is changed, and the same command may be given again",
                         path, found.pid ? " or taken over since " : "",
                         found.pid ? kd_clock_stamp(stamp, sizeof stamp, found.since_s) : "",
                         lock->self.pid);
    if (status == KD_OK && is_older(fd, TOUCH_S)) futimens(lock->fd, NULL);
    if (fd >= 0) close(fd);
    free(path);
    return status;
}

static bool is_there(const kd_store *store)
{
    char *objects = kd_fs_join(kd_store_folder(store), "objects");
    bool  is = kd_fs_is_folder(objects);
    free(objects);
    return is;
}

kd_status kd_lock_keep(kd_lock *lock, kd_error *err)
{
    kd_error why;
    if (!lock->is_lost) {
        kd_status status = lock->member ? kd_member_keep(lock->member, kd_clock_s(), &why)
                                        : keep_alone(lock, &why);
        if (status == KD_OK) return KD_OK;
        bool is_gone = !is_there(lock->store);
        lock->is_lost = is_gone || status == KD_ESTOPPED;
        lock->lost = is_gone ? kd_fail(&why, KD_EIO,
                                       "%s: this store is gone (removed, moved, or its disk is)",
                                       kd_store_folder(lock->store))
                             : status;
        lock->why = why;
    }
    if (err) *err = lock->why;
    return lock->lost;
}

bool kd_lock_is_lost(const kd_lock *lock)
{
    return lock->is_lost;
}

/* ---- looking ---- */

static kd_lock_holder holder_of(const kd_holder *who, bool is_alone, uint32_t run)
{
    kd_lock_holder out = {
        .is_held = true, .is_alone = is_alone, .run = run, .pid = who->pid, .since_s = who->since_s
    };
    memcpy(out.host, who->host, sizeof out.host);
    memcpy(out.job, who->job, sizeof out.job);
    return out;
}

/* For people, who look once: a heart on another machine is judged by the time of its file. */
static bool seems_alive(const kd_store *store, const kd_member_seen *m)
{
    struct stat info;
    if (m->is_gone) return false;
    if (kd_holder_judge(&m->who) == KD_HOLDER_HERE) return true;
    char *path = kd_sprintf("%s/members/%s", kd_store_folder(store), m->name);
    bool  seems = stat(path, &info) == 0 && was_touched(&info);
    free(path);
    return seems;
}

void kd_lock_look_all(const kd_store *store, kd_lock_holders *out)
{
    kd_holder  alone;
    kd_members members;
    *out = (kd_lock_holders)KD_VEC_INIT;
    if (look_alone(store, &alone)) kd_vec_push(out, holder_of(&alone, true, 0));
    kd_members_list(store, NULL, &members);
    for (size_t i = 0; i < members.count; i++)
        if (seems_alive(store, &members.items[i]))
            kd_vec_push(out, holder_of(&members.items[i].who, false, members.items[i].run));
    kd_vec_fini(&members);
}

void kd_lock_look(const kd_store *store, kd_lock_holder *first)
{
    kd_lock_holders all;
    kd_lock_look_all(store, &all);
    *first = all.count > 0 ? all.items[0] : (kd_lock_holder){ .is_held = false };
    kd_vec_fini(&all);
}

void kd_lock_release(kd_lock *lock)
{
    if (!lock) return;
    kd_member_leave(lock->member);
    if (lock->fd >= 0) {
        kd_holder found;
        int       trouble;
        /* a text that stays names a process that is gone; another's stays his. One that cannot be read is ours
         * but for a rare chance, and whoever finds his gone stops and can be run again */
        bool      is_ours = names_us(lock, lock->fd, &found, &trouble) || trouble;
        if (is_ours && ftruncate(lock->fd, 0) != 0) errno = 0;
        close(lock->fd);
    }
    free(lock);
}
