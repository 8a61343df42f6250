/* member.c - a file for each member, written again at each beat. */
#include "harness/store/member.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/digest.h"
#include "harness/base/fs.h"
#include "harness/store/live.h"

#define HEAD "kdgrid-member 1\n"

struct kd_member {
    const kd_store *store;
    char            name[KD_MEMBER_NAME];
    char           *path;
    kd_holder       self;
    uint32_t        run;
    int             cores;
    uint64_t        beats;
    double          beat_s;
};

static char *folder_of(const kd_store *store)
{
    return kd_fs_join(kd_store_folder(store), "members");
}

static char *path_of(const kd_store *store, const char *name)
{
    char *folder = folder_of(store);
    char *path = kd_fs_join(folder, name);
    free(folder);
    return path;
}

/* ---- being one ---- */

/* "node7-4711-9f3c21ab": the same process may be a member twice. */
static void choose_name(kd_member *m)
{
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof chance, 0) < 0) chance = (uint32_t)(uintptr_t)&chance;
    snprintf(m->name, sizeof m->name, "%s-%ld-%08x", *m->self.host ? m->self.host : "nowhere",
             m->self.pid, chance);
    for (char *c = m->name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-') *c = '_';
}

static void print(kd_member *m, kd_str *out)
{
    kd_str_add(out, HEAD);
    kd_holder_print(&m->self, out);
    kd_str_addf(out, "run %u\ncores %d\nbeat %llu\n", m->run, m->cores,
                (unsigned long long)++m->beats);
}

/* Not synced: who reads it on another machine reads it from the same server. */
static kd_status make_file(kd_member *m, kd_error *err)
{
    kd_str      text = KD_STR_INIT;
    kd_fs_draft draft;
    print(m, &text);
    kd_status status = kd_fs_draft_open(&draft, m->path, err);
    if (status == KD_OK) {
        status = kd_fs_draft_write(&draft, text.text, text.length, err);
        if (status == KD_OK && rename(draft.path, m->path) != 0)
            status = kd_fail(err, KD_EIO, "%s: cannot be renamed into place", m->path);
        kd_fs_draft_discard(&draft);
    }
    kd_str_fini(&text);
    return status;
}

/* Opening it shows that it is there: also on a file system of a network, which may know an older state of
 * a file until it is opened. */
static kd_status open_file(const kd_member *m, int *fd, int how, kd_error *err)
{
    kd_status status = kd_fs_open_below(fd, kd_store_folder(m->store), m->path, how, err);
    if (status != KD_ENOINPUT) return status;
    return kd_fail(
        err, KD_ESTOPPED,
        "%s: is gone: this run was away, was taken for dead, and others may have changed "
        "the store since; run again to go on",
        m->path);
}

/* Into the file that is there, and never a new one: what somebody has buried must not rise. The text
 * only grows, and a reader who sees half of it sees that it has changed. */
static kd_status rewrite(kd_member *m, int fd, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    print(m, &text);
    errno = ENOSPC; /* what a short write means */
    bool is_written = pwrite(fd, text.text, text.length, 0) == (ssize_t)text.length;
    kd_str_fini(&text);
    return is_written ? KD_OK : kd_fail_errno(err, errno, "%s: cannot write", m->path);
}

kd_status kd_member_enter(kd_member **out, const kd_store *store, kd_error *err)
{
    char      *folder = folder_of(store);
    kd_member *m = kd_alloc(1, sizeof *m);
    *out = NULL;
    m->store = store;
    m->self = kd_holder_self();
    m->beat_s = kd_clock_s();
    choose_name(m);
    m->path = path_of(store, m->name);
    kd_status status = kd_fs_make_below(kd_store_folder(store), folder, 0777, err);
    if (status == KD_OK) status = make_file(m, err);
    free(folder);
    if (status == KD_OK)
        *out = m;
    else
        kd_member_leave(m);
    return status;
}

const char *kd_member_name(const kd_member *member)
{
    return member->name;
}

static kd_status tell(kd_member *m, kd_error *err)
{
    int       fd;
    kd_status status = open_file(m, &fd, O_WRONLY, err);
    if (status == KD_OK) status = rewrite(m, fd, err);
    if (fd >= 0) close(fd);
    return status;
}

kd_status kd_member_tell(kd_member *m, uint32_t run, kd_error *err)
{
    m->run = run;
    return tell(m, err);
}

void kd_member_tell_cores(kd_member *m, int cores)
{
    m->cores = cores;
    tell(m, NULL);
}

/* A beat that cannot be written is missed, and the next may succeed. */
kd_status kd_member_keep(kd_member *m, double now_s, kd_error *err)
{
    int       fd;
    bool      beats = now_s - m->beat_s >= KD_MEMBER_BEAT_S;
    kd_status status = open_file(m, &fd, beats ? O_WRONLY : O_RDONLY, err);
    if (status != KD_OK) return status;
    if (beats) {
        rewrite(m, fd, NULL);
        m->beat_s = now_s;
    }
    close(fd);
    return KD_OK;
}

void kd_member_leave(kd_member *m)
{
    if (!m) return;
    if (m->path) kd_fs_remove_below(kd_store_folder(m->store), m->path, NULL);
    free(m->path);
    free(m);
}

/* ---- looking ---- */

static bool read_file(const kd_store *store, const char *name, kd_str *text)
{
    int   fd;
    char  bytes[1024];
    char *path = path_of(store, name);
    kd_fs_open_below(&fd, kd_store_folder(store), path, O_RDONLY, NULL);
    free(path);
    if (fd < 0) return false;
    ssize_t length = kd_fs_read_some(fd, bytes, sizeof bytes);
    close(fd);
    kd_str_reset(text);
    if (length > 0) kd_str_add_bytes(text, bytes, (size_t)length);
    return true;
}

static void understand(kd_member_seen *out, const char *text)
{
    out->who = (kd_holder){ .pid = 0 };
    if (!kd_starts_with(text, HEAD) || !kd_holder_parse(&out->who, text + strlen(HEAD))) return;
    const char *run = strstr(text, "\nrun "), *cores = strstr(text, "\ncores ");
    if (run) out->run = (uint32_t)strtoul(run + 5, NULL, 10);
    if (cores) out->cores = (int)strtol(cores + 7, NULL, 10);
    out->is_gone = kd_holder_judge(&out->who) == KD_HOLDER_GONE;
}

/* Drafts, pictures of what runs, and whatever else lies there are no members. */
static bool is_name(const char *name)
{
    return strlen(name) < KD_MEMBER_NAME && !strchr(name, '.');
}

void kd_members_list(const kd_store *store, const char *me, kd_members *out)
{
    char  *folder = folder_of(store);
    char **names = NULL;
    size_t count = 0;
    kd_str text = KD_STR_INIT;
    *out = (kd_members)KD_VEC_INIT;
    if (kd_fs_is_folder(folder)) kd_fs_list(folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        kd_member_seen seen = { .run = 0 };
        if (!is_name(names[i]) || (me && strcmp(names[i], me) == 0)) continue;
        if (!read_file(store, names[i], &text)) continue;
        snprintf(seen.name, sizeof seen.name, "%s", names[i]);
        understand(&seen, text.text);
        kd_vec_push(out, seen);
    }
    kd_str_fini(&text);
    kd_fs_free_names(names, count);
    free(folder);
}

void kd_members_bury(const kd_store *store, const kd_member_seen *dead)
{
    char *path = path_of(store, dead->name);
    if (dead->run) kd_live_remove(store, dead->run);
    kd_fs_remove_below(kd_store_folder(store), path, NULL);
    free(path);
}

void kd_members_clear_drafts(const kd_store *store)
{
    char  *folder = folder_of(store);
    char **names = NULL;
    size_t count = 0;
    kd_fs_list(folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        if (kd_fs_making_of(names[i]) != KD_FS_DRAFT_ORPHAN) continue;
        char *path = path_of(store, names[i]);
        kd_fs_remove_below(kd_store_folder(store), path, NULL);
        free(path);
    }
    kd_fs_free_names(names, count);
    free(folder);
}

/* ---- watching ---- */

/* Between two looks no more time counts than a few beats take: who was away himself has seen
 * nothing meanwhile. */
bool kd_watch_look(kd_watch *w, const char *text, size_t length, double now_s)
{
    uint64_t seen = kd_checksum(text, length, 1);
    bool     is_same = w->looked_s > 0 && seen == w->seen;
    w->beats += w->looked_s > 0 && !is_same;
    w->silent_s = is_same ? w->silent_s + fmin(now_s - w->looked_s, 2 * KD_MEMBER_BEAT_S) : 0;
    w->looked_s = now_s;
    w->seen = seen;
    return w->silent_s >= KD_MEMBER_SILENT_S;
}

bool kd_member_is_dead(const kd_store *store, const char *name, kd_watch *watch, double now_s)
{
    kd_str         text = KD_STR_INIT;
    kd_member_seen seen = { .run = 0 };
    bool           is_there = read_file(store, name, &text);
    if (is_there) understand(&seen, text.text);
    bool is_dead = !is_there || seen.is_gone || kd_watch_look(watch, text.text, text.length, now_s);
    kd_str_fini(&text);
    return is_dead;
}
