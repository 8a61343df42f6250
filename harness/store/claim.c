/* claim.c - a file for each cell that somebody is at.
 *
 * Nothing here is synced: a claim that a crash of the machine takes with it had no holder any more. */
#include "harness/store/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/store/member.h"

#define HEAD   "kdgrid-claim 1 "
#define LOOK_S 1.0 /* between looks at one member */
#define CUT_S \
    15.0 /* for which a claim that is cut short may stay so: its line is written at once */

enum { CLAIM_ROOM = KD_MEMBER_NAME + 32 };

typedef struct {
    kd_id id;
    bool  is_written;
} held_claim;

/* What is known of a member, or of a claim that names none (under the claim's own name). */
typedef struct {
    char     name[KD_MEMBER_NAME];
    kd_watch watch;
    double   asked_s;
    bool     is_dead;
} watched;

struct kd_claims {
    const kd_store *store;
    int             folder; /* STORE/claims; -1 when it cannot be had: then all is ours */
    char           *text;   /* what our claims say */
    const char     *name;
    size_t          met;
    int             widest;   /* cores of another member that lives; 0 for none */
    double          listed_s; /* when they were looked at */
    KD_VEC(held_claim) held;
    KD_VEC(watched) watches;
};

/* ---- the files ---- */

/* True when it was made. False with EEXIST when there is one, else when none can be made. */
static bool make(int folder, const char *name, const char *text)
{
    size_t length = strlen(text);
    int    fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | KD_FS_AS_IT_IS, 0666);
    if (fd < 0) return false;
    bool is_whole = !kd_fault_errno(KD_FAULT_WRITE) && write(fd, text, length) == (ssize_t)length;
    close(fd);
    if (is_whole) return true;
    unlinkat(folder, name, 0);
    errno = ENOSPC;
    return false;
}

/* What it says; "" for what is no file, and what cannot be read. False when there is none. */
static bool read_claim(int folder, const char *name, char out[CLAIM_ROOM])
{
    struct stat info;
    int         fd = openat(folder, name, O_RDONLY | KD_FS_AS_IT_IS);
    out[0] = 0;
    if (fd < 0) return errno != ENOENT;
    ssize_t length = fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
                         ? kd_fs_read_some(fd, out, CLAIM_ROOM - 1)
                         : 0;
    close(fd);
    out[length > 0 ? length : 0] = 0;
    return true;
}

/* Of a writer that was killed between making and writing it, or is between the two. */
static bool is_cut_short(const char *text)
{
    return !strchr(text, '\n');
}

/* The member that a claim of any version names; NULL when it says nothing. Cuts `text`. */
static const char *member_of(char *text)
{
    char *rest = text, *word;
    if (is_cut_short(text)) return NULL;
    text[strcspn(text, "\n")] = 0;
    word = strsep(&rest, " ");
    if (!word || strcmp(word, "kdgrid-claim") != 0 || !strsep(&rest, " ")) return NULL;
    word = strsep(&rest, " ");
    return word && *word && !strpbrk(word, "/.") && strlen(word) < KD_MEMBER_NAME ? word : NULL;
}

/* ---- the others ---- */

static watched *watch_of(kd_claims *c, const char *name)
{
    for (size_t i = 0; i < c->watches.count; i++)
        if (strcmp(c->watches.items[i].name, name) == 0) return &c->watches.items[i];
    watched fresh = { .asked_s = -LOOK_S };
    snprintf(fresh.name, sizeof fresh.name, "%s", name);
    kd_vec_push(&c->watches, fresh);
    return &c->watches.items[c->watches.count - 1];
}

static bool is_dead(kd_claims *c, const char *name, double now_s)
{
    watched *w = watch_of(c, name);
    if (now_s - w->asked_s >= LOOK_S) {
        w->asked_s = now_s;
        w->is_dead = kd_member_is_dead(c->store, name, &w->watch, now_s);
    }
    return w->is_dead;
}

/* Whether who made this claim with this text is dead, as far as is known at `now_s`. */
static bool is_deserted(kd_claims *c, const char *claim, char *text, double now_s)
{
    size_t      length = strlen(text);
    bool        is_cut = is_cut_short(text);
    const char *name = member_of(text);
    if (name) return is_dead(c, name, now_s);
    watched *w = watch_of(c, claim);
    if (now_s - w->asked_s < LOOK_S) return w->is_dead;
    w->asked_s = now_s;
    w->is_dead =
        kd_watch_look(&w->watch, text, length, now_s) || (is_cut && w->watch.silent_s >= CUT_S);
    return w->is_dead;
}

bool kd_claims_has_wider(kd_claims *c, int cores, double now_s)
{
    kd_members others;
    if (now_s - c->listed_s < LOOK_S) return c->widest > cores;
    c->listed_s = now_s;
    c->widest = 0;
    kd_members_list(c->store, c->name, &others);
    for (size_t i = 0; i < others.count; i++) {
        const kd_member_seen *other = &others.items[i];
        if (other->cores > c->widest && !is_dead(c, other->name, now_s)) c->widest = other->cores;
    }
    kd_vec_fini(&others);
    return c->widest > cores;
}

/* What a member is about to remove again bears its name behind a dot. */
static char *own_file(const kd_claims *c, const char *what)
{
    return kd_sprintf("%s.%s", what, c->name);
}

/* Out of the way, to a name that is nobody else's, and away with it: of two who do this one finds
 * nothing to move. What was moved is not always what was judged: somebody may have put his own there
 * meanwhile, who then has no claim and does not notice before he is done. */
static bool remove_deserted(const kd_claims *c, const char *claim)
{
    char *aside = own_file(c, claim);
    bool  is_moved = renameat(c->folder, claim, c->folder, aside) == 0;
    if (is_moved) kd_fs_remove_at(c->folder, aside, aside, NULL);
    free(aside);
    return is_moved;
}

/* ---- open ---- */

static bool is_dead_now(const kd_claims *c, const char *member)
{
    kd_watch watch = { .looked_s = 0 };
    return kd_member_is_dead(c->store, member, &watch, kd_clock_s());
}

/* Whether it would stay behind for ever: by somebody dead, or cut short at a cell that is done. Should the
 * writer of that one still live, he sees the object as soon as he has the claim. */
static bool is_left_behind(const kd_claims *c, const char *name)
{
    char        text[CLAIM_ROOM];
    kd_id       id;
    const char *dot = strrchr(name, '.');
    if (dot) return is_dead_now(c, dot + 1);
    if (!read_claim(c->folder, name, text)) return false;
    if (is_cut_short(text)) return kd_id_parse(&id, name) && kd_store_has(c->store, id);
    const char *member = member_of(text);
    return member && is_dead_now(c, member);
}

/* Nobody may come to these cells again. */
static void clear_folder(kd_claims *c, const char *path)
{
    char **names = NULL;
    size_t count = 0;
    kd_fs_list(path, &names, &count, NULL);
    for (size_t i = 0; i < count; i++)
        if (is_left_behind(c, names[i])) remove_deserted(c, names[i]);
    kd_fs_free_names(names, count);
}

static kd_status enter(int *folder, const kd_store *store, char **path, kd_error *err)
{
    const char *root = kd_store_folder(store);
    *path = kd_fs_join(root, "claims");
    *folder = -1;
    kd_status status = kd_fs_make_below(root, *path, 0777, err);
    return status == KD_OK ? kd_fs_enter_below(folder, root, *path, err) : status;
}

kd_claims *kd_claims_open(const kd_store *store, const char *name)
{
    char      *path;
    kd_claims *c = kd_alloc(1, sizeof *c);
    c->store = store;
    c->name = name;
    c->text = kd_sprintf(HEAD "%s\n", name);
    c->listed_s = -LOOK_S;
    if (enter(&c->folder, store, &path, NULL) == KD_OK)
        clear_folder(c, path);
    else
        c->folder = -1;
    free(path);
    return c;
}

/* ---- take, hold, drop ---- */

static void hold(kd_claims *c, kd_id id, bool is_written)
{
    for (size_t i = 0; i < c->held.count; i++)
        if (kd_id_equal(c->held.items[i].id, id)) return;
    kd_vec_push(&c->held, (held_claim){ id, is_written });
}

/* Two turns: what is found deserted is removed, and then there is none, unless somebody was
 * faster. */
bool kd_claims_take(kd_claims *c, kd_id id, double now_s)
{
    char claim[KD_ID_TEXT], text[CLAIM_ROOM];
    bool is_ours = false, goes_on = true;
    kd_id_text(claim, id);
    for (int turn = 0; goes_on && turn < 2; turn++) {
        is_ours = make(c->folder, claim, c->text);
        goes_on = false;
        if (is_ours) {
            hold(c, id, true);
        } else if (errno != EEXIST) {
            is_ours = true;
            hold(c, id, false);
        } else if (!read_claim(c->folder, claim, text)) {
            goes_on = true; /* it was just dropped */
        } else if (strcmp(text, c->text) == 0) {
            is_ours = true;
            hold(c, id, true);
        } else if (is_deserted(c, claim, text, now_s)) {
            goes_on = remove_deserted(c, claim);
        }
    }
    c->met += !is_ours;
    return is_ours;
}

bool kd_claims_is_free(const kd_claims *c, kd_id id)
{
    char claim[KD_ID_TEXT];
    kd_id_text(claim, id);
    return c->folder < 0 || faccessat(c->folder, claim, F_OK, 0) != 0;
}

static bool says_ours(const kd_claims *c, const char *claim)
{
    char text[CLAIM_ROOM];
    return read_claim(c->folder, claim, text) && strcmp(text, c->text) == 0;
}

static bool is_still_ours(const kd_claims *c, const held_claim *h, const char *claim)
{
    return !h->is_written || says_ours(c, claim);
}

bool kd_claims_holds(const kd_claims *c, kd_id id)
{
    char claim[KD_ID_TEXT];
    kd_id_text(claim, id);
    for (size_t i = 0; i < c->held.count; i++)
        if (kd_id_equal(c->held.items[i].id, id)) return is_still_ours(c, &c->held.items[i], claim);
    return false;
}

bool kd_claims_drop(kd_claims *c, kd_id id)
{
    char claim[KD_ID_TEXT];
    kd_id_text(claim, id);
    for (size_t i = 0; i < c->held.count; i++) {
        if (!kd_id_equal(c->held.items[i].id, id)) continue;
        bool is_ours = is_still_ours(c, &c->held.items[i], claim);
        if (is_ours && c->held.items[i].is_written) unlinkat(c->folder, claim, 0);
        c->held.items[i] = c->held.items[--c->held.count];
        return is_ours;
    }
    return false;
}

size_t kd_claims_met(const kd_claims *claims)
{
    return claims->met;
}

void kd_claims_close(kd_claims *c)
{
    if (!c) return;
    while (c->held.count > 0) kd_claims_drop(c, c->held.items[c->held.count - 1].id);
    kd_vec_fini(&c->held);
    kd_vec_fini(&c->watches);
    if (c->folder >= 0) close(c->folder);
    free(c->text);
    free(c);
}

/* ---- the probe ---- */

kd_status kd_claims_probe(const kd_claims *c, kd_error *err)
{
    const char *root = kd_store_folder(c->store);
    if (c->folder < 0) return kd_fail(err, KD_EIO, "%s/claims: cannot be had", root);
    char     *name = own_file(c, "probe");
    kd_status status = KD_OK;
    if (!make(c->folder, name, "first\n"))
        status = kd_fail_errno(err, errno, "%s/claims/%s: cannot create", root, name);
    else if (make(c->folder, name, "second\n") || errno != EEXIST)
        status = kd_fail(err, KD_EIO,
                         "%s/claims: this file system makes a file twice (O_EXCL); members of this "
                         "store may do the same cell",
                         root);
    unlinkat(c->folder, name, 0);
    free(name);
    return status;
}
