/* fsck.c - look at everything in a store; mend what can be mended.
 *
 * The journals are read before the objects are listed: an object is there before its record is,
 * so beside a running coordinator no record can seem to lack its object.
 */
#include "harness/store/fsck.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/fs.h"
#include "harness/base/guard.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/store/catalogue.h"
#include "harness/store/checkpoint.h"
#include "harness/store/h5.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"
#include "harness/store/object.h"
#include "harness/store/studies.h"
#include "harness/store/tally.h"

typedef struct {
    const kd_store *store;
    bool            repair, is_live; /* a coordinator is at work */
    kd_lock        *lock;            /* that a repair has; else NULL */
    kd_fsck_visit   visit;
    void           *user;
    kd_fsck_counts *counts;
    kd_tally       *tally;
    kd_journal     *journal; /* of the repair; NULL until there is something to record */
    kd_store_entry *entries; /* all objects, sorted by id */
    kd_id          *ids;     /* theirs */
    size_t          id_count;
    kd_catalogue   *rows;    /* of the catalogue's file; NULL when it cannot be read */
    size_t          current; /* rows whose object is still the one that was read */
    kd_status       rows_read;
    kd_error        rows_why; /* it could not be read */
    bool            is_wrong; /* a row shows figures that its object does not hold */
    kd_arena       *arena;    /* of the object in hand */
    KD_VEC(kd_journal_damage) damages;
    kd_str text;
} check;

/* ---- telling ---- */

typedef enum { NOTE, PROBLEM } weight;

__attribute__((format(printf, 5, 6))) static void report(check *c, const char *kind, weight w,
                                                         bool is_mended, const char *fmt, ...)
{
    va_list args;
    kd_str_reset(&c->text);
    va_start(args, fmt);
    kd_str_addv(&c->text, fmt, args);
    va_end(args);
    c->counts->problems += w == PROBLEM;
    c->counts->notes += w == NOTE;
    c->counts->mended += w == PROBLEM && is_mended;
    if (c->visit)
        c->visit(c->user, &(kd_fsck_finding){ kind, c->text.text, w == PROBLEM, is_mended });
}

/* A record about `id` in a journal of our own. */
static kd_status record(check *c, kd_journal_type type, kd_status why, kd_id id, const char *text,
                        kd_error *err)
{
    if (!c->journal) {
        kd_status status = kd_journal_open(&c->journal, c->store, err);
        if (status != KD_OK) return status;
        kd_journal_guard(c->journal, c->lock);
        kd_journal_append(c->journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN,
                                                           .worker = -1,
                                                           .text = "fsck --repair" });
    }
    kd_journal_append(
        c->journal,
        &(kd_journal_entry){ .type = type, .status = why, .id = id, .worker = -1, .text = text });
    return KD_OK;
}

static kd_status close_journal(check *c, kd_error *err)
{
    if (!c->journal) return KD_OK;
    kd_journal_append(c->journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END,
                                                       .worker = -1,
                                                       .text = kd_status_meaning(KD_OK) });
    return kd_journal_commit(c->journal, err);
}

static bool is_temporary(const char *name)
{
    return kd_fs_making_of(name) != KD_FS_NO_DRAFT;
}

/* A file that a killed process left half-written. */
static kd_status check_stray(check *c, const char *path, kd_error *err)
{
    kd_status status = KD_OK;
    if (c->is_live || kd_fs_making_of(kd_fs_name(path)) == KD_FS_DRAFT_LIVE) return KD_OK;
    if (c->repair) status = kd_fs_remove_below(kd_store_folder(c->store), path, err);
    if (status == KD_OK) report(c, "stray", NOTE, c->repair, "%s: was never finished", path);
    return status;
}

/* Before each file: a repair ends when the store is not its own any more. */
static kd_status go_on(const check *c, kd_error *err)
{
    return c->lock ? kd_lock_keep(c->lock, err) : KD_OK;
}

/* Set a damaged file aside, if we may, and tell of it in the words of `why`. */
static kd_status check_damaged(check *c, const char *path, const kd_error *why, kd_error *err)
{
    kd_status status = go_on(c, err); /* it took a while to find out */
    if (status == KD_OK && c->repair) status = kd_store_set_aside(c->store, path, err);
    if (status == KD_OK) report(c, "damaged", PROBLEM, c->repair, "%s", why->text);
    return status;
}

/* ---- journals ---- */

static void keep_damage(void *user, const kd_journal_damage *damage)
{
    check *c = user;
    if (!(damage->is_tail && c->is_live)) kd_vec_push(&c->damages, *damage);
}

static kd_status rebuild_damaged_runs(check *c, kd_error *err)
{
    uint32_t  rebuilt = 0;
    kd_status status = KD_OK;
    for (size_t i = 0; i < c->damages.count && status == KD_OK; i++) {
        const kd_journal_damage *damage = &c->damages.items[i];
        if (damage->is_tail || damage->run == rebuilt) continue;
        rebuilt = damage->run;
        status = kd_journal_rebuild(c->store, rebuilt, err);
    }
    return status == KD_OK ? kd_journal_mend(c->store, UINT32_MAX, err) : status;
}

static kd_status check_journals(check *c, kd_error *err)
{
    kd_status status = kd_tally_open(&c->tally, c->store, keep_damage, c, err);
    if (status == KD_OK && c->repair && c->damages.count) status = rebuild_damaged_runs(c, err);
    if (status != KD_OK) return status;
    c->counts->records = kd_tally_records(c->tally);
    for (size_t i = 0; i < c->damages.count; i++) {
        const kd_journal_damage *damage = &c->damages.items[i];
        report(c, damage->is_tail ? "torn" : "damaged", PROBLEM, c->repair,
               "%s/journal/%04u: %llu bytes at %llu are no record%s", kd_store_folder(c->store),
               damage->run, (unsigned long long)damage->length, (unsigned long long)damage->offset,
               damage->is_tail ? " (a write that was cut short)" : "");
    }
    return KD_OK;
}

/* ---- objects ---- */

/* What a look at an object finds beside its status. */
enum { IS_SHOWN = 1, IS_STALE = 2 }; /* a row shows its figures; they are others */

/* Whoever asks the catalogue is shown this row, so it has to be what the object says. */
static kd_status compare_row(check *c, kd_object *object, const kd_record *row,
                             kd_guard_answer *answer)
{
    kd_record record;
    kd_status status = kd_object_record(object, c->arena, &record, &answer->why);
    if (status == KD_OK && !kd_record_is_same(&record, row)) answer->found |= IS_STALE;
    kd_arena_reset(c->arena);
    return status;
}

/* In a child: see kd_guard_each. */
static void look_at_object(void *user, size_t i, kd_guard_answer *answer)
{
    check           *c = user;
    kd_object       *object;
    kd_store_entry   entry = c->entries[i];
    const kd_record *row = c->rows ? kd_catalogue_find(c->rows, entry.id) : NULL;
    if (row && kd_store_stamp_equal(kd_catalogue_stamp(c->rows, row), entry.stamp))
        answer->found |= IS_SHOWN;
    kd_status status = kd_object_open(&object, c->store, entry.id, &answer->why);
    if (status == KD_OK) status = kd_object_verify(object, &answer->why);
    if (status == KD_OK && answer->found & IS_SHOWN) status = compare_row(c, object, row, answer);
    kd_object_close(object);
    char *path = kd_store_object_path(c->store, entry.id);
    answer->status = kd_store_judge(status, path);
    free(path);
}

static void tell_stale_row(check *c, kd_id id)
{
    char text[KD_ID_TEXT];
    c->is_wrong = true;
    kd_id_text(text, id);
    report(c, "stale", PROBLEM, c->repair,
           "%s/catalogue.h5: its figures of %s are not those of the object",
           kd_store_folder(c->store), text);
}

static kd_status heed_object(void *user, size_t i, const kd_guard_answer *answer, kd_error *err)
{
    check    *c = user;
    kd_id     id = c->entries[i].id;
    char     *path = kd_store_object_path(c->store, id);
    kd_status status = go_on(c, err);
    c->current += !!(answer->found & IS_SHOWN);
    c->counts->objects++;
    if (answer->found & IS_STALE) tell_stale_row(c, id);
    if (status == KD_OK && answer->status == KD_EDATA) {
        status = check_damaged(c, path, &answer->why, err);
        if (status == KD_OK && c->repair)
            status = record(c, KD_JOURNAL_REMOVED, KD_EDATA, id, answer->why.text, err);
    } else if (answer->status != KD_OK && answer->status != KD_ENOINPUT) { /* gone meanwhile */
        report(c, "damaged", PROBLEM, false, "%s", answer->why.text);
    }
    free(path);
    return status;
}

/* What lies in objects/ and is no object: a list of the store's own names passes it over. */
static kd_status check_foreign(check *c, const char *folder, const char *name, kd_error *err)
{
    kd_id     id;
    kd_status status = KD_OK;
    if (kd_store_parse_object(&id, kd_fs_name(folder), name)) return KD_OK;
    char *path = kd_fs_join(folder, name);
    if (is_temporary(name))
        status = check_stray(c, path, err);
    else
        report(c, "foreign", NOTE, false, "%s: is none of the store's files", path);
    free(path);
    return status;
}

/* Call `see` for every name in a folder; a file where a folder should be is foreign. */
static kd_status each_name(check *c, const char *folder,
                           kd_status (*see)(check *c, const char *folder, const char *name,
                                            kd_error *err),
                           kd_error *err)
{
    char    **names;
    size_t    count;
    kd_status status = kd_fs_list(folder, &names, &count, err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < count && status == KD_OK; i++)
        if ((status = go_on(c, err)) == KD_OK) status = see(c, folder, names[i], err);
    kd_fs_free_names(names, count);
    return status;
}

static kd_status check_shard(check *c, const char *objects, const char *name, kd_error *err)
{
    char     *path = kd_fs_join(objects, name);
    kd_status status = KD_OK;
    if (kd_fs_is_folder(path))
        status = each_name(c, path, check_foreign, err);
    else
        status = check_foreign(c, objects, name, err);
    free(path);
    return status;
}

static kd_status look_at_rows(void *user, kd_error *err)
{
    check        *c = user;
    kd_catalogue *rows;
    kd_status     status = kd_catalogue_peek(&rows, c->store, err);
    kd_catalogue_close(rows);
    return status;
}

/* The rows are wanted here and in each child; a first one finds out whether they can be read at all. */
static void read_rows(check *c)
{
    c->rows_read = kd_guard_one(look_at_rows, c, &c->rows_why);
    if (c->rows_read == KD_OK) c->rows_read = kd_catalogue_peek(&c->rows, c->store, &c->rows_why);
}

static kd_status check_objects(check *c, kd_error *err)
{
    static const kd_guard_work work = { look_at_object, heed_object };
    char                      *objects = kd_fs_join(kd_store_folder(c->store), "objects");
    read_rows(c);
    kd_status status = kd_store_list_stamped(c->store, &c->entries, &c->id_count, err);
    c->ids = kd_alloc(c->id_count + 1, sizeof *c->ids);
    for (size_t i = 0; i < c->id_count; i++) c->ids[i] = c->entries[i].id;
    if (status == KD_OK) status = kd_guard_each(c->id_count, &work, c, err);
    if (status == KD_OK) status = each_name(c, objects, check_shard, err);
    free(objects);
    return status;
}

/* ---- journals and objects ---- */

static kd_status check_missing(check *c, kd_error *err)
{
    size_t               count;
    const kd_tally_cell *cells = kd_tally_cells(c->tally, &count);
    kd_status            status = KD_OK;
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char text[KD_ID_TEXT];
        if (!kd_tally_is_done(&cells[i]) || kd_store_list_has(c->ids, c->id_count, cells[i].id))
            continue;
        kd_id_text(text, cells[i].id);
        if (c->repair)
            status = record(c, KD_JOURNAL_REMOVED, KD_ENOINPUT, cells[i].id,
                            "its object is missing", err);
        report(c, "missing", PROBLEM, c->repair, "%s: was done%s%s, and its object is missing",
               text, *cells[i].label ? " as " : "", cells[i].label);
    }
    return status;
}

static kd_status check_unrecorded(check *c, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t i = 0; i < c->id_count && status == KD_OK && !c->is_live; i++) {
        const kd_tally_cell *cell = kd_tally_find(c->tally, c->ids[i]);
        if ((cell && kd_tally_is_done(cell)) || !kd_store_shows(c->store, c->ids[i])) continue;
        char *path = kd_store_object_path(c->store, c->ids[i]);
        if (c->repair) status = record(c, KD_JOURNAL_ADOPTED, KD_OK, c->ids[i], "", err);
        report(c, "unrecorded", NOTE, c->repair, "%s: no journal tells of it", path);
        free(path);
    }
    return status;
}

/* ---- work ---- */

typedef struct {
    const char *path;
    kd_id       id;
} work_file;

static kd_status look_at_checkpoint(void *user, kd_error *err)
{
    const work_file *file = user;
    return kd_checkpoint_verify(file->path, file->id, err);
}

static kd_status check_work_file(check *c, const char *folder, const char *name, kd_error *err)
{
    kd_id     id;
    kd_error  why;
    char     *path = kd_fs_join(folder, name);
    kd_status status = KD_OK;
    if (is_temporary(name)) {
        status = check_stray(c, path, err);
    } else if (kd_starts_with(name, "checkpoint-") && kd_id_parse(&id, kd_fs_name(folder))) {
        c->counts->checkpoints++;
        if (kd_guard_one(look_at_checkpoint, &(work_file){ path, id }, &why) == KD_EDATA)
            status = check_damaged(c, path, &why, err);
    }
    free(path);
    return status;
}

static kd_status check_work_folder(check *c, const char *work, const char *name, kd_error *err)
{
    kd_id     id;
    char     *path = kd_fs_join(work, name);
    kd_status status = KD_OK;
    if (!kd_id_parse(&id, name) || !kd_fs_is_folder(path)) {
        report(c, "foreign", NOTE, false, "%s: is none of the store's files", path);
    } else if (!c->is_live && kd_store_has(c->store, id)) {
        if (c->repair) status = kd_store_drop_work(c->store, id, err);
        report(c, "left-over", NOTE, c->repair, "%s: its object is there", path);
    } else {
        status = each_name(c, path, check_work_file, err);
    }
    free(path);
    return status;
}

/* ---- studies ---- */

static kd_status check_study(check *c, const char *folder, const char *name, kd_error *err)
{
    kd_id     id;
    kd_error  why;
    char     *path = kd_fs_join(folder, name);
    kd_status status = KD_OK;
    if (is_temporary(name))
        status = check_stray(c, path, err);
    else if (!kd_studies_parse(&id, name))
        report(c, "foreign", NOTE, false, "%s: is none of the store's files", path);
    else if (kd_studies_verify(path, id, &why) == KD_EDATA)
        status = check_damaged(c, path, &why, err);
    free(path);
    return status;
}

/* ---- the top of the store ---- */

/* Rows that nobody is shown, because their object is not the one that was read. */
static void note_stale_rows(check *c, const char *path)
{
    size_t rows;
    kd_catalogue_records(c->rows, &rows);
    if (rows > c->current)
        report(c, "stale", NOTE, c->repair,
               "%s: of its %zu rows %zu tell of objects that are gone or were replaced", path, rows,
               rows - c->current);
}

static kd_status look_at_catalogue(void *user, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_h5              *h5 = NULL;
    kd_status           status = kd_h5_open(&h5, user, err);
    if (status == KD_OK) status = kd_h5_members(h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = kd_h5_verify(h5, members[i].name, err);
    kd_h5_close(h5);
    return status;
}

static kd_status check_catalogue(check *c, char *path, kd_error *err)
{
    kd_error  why = c->rows_why;
    kd_status status = c->rows_read;
    if (status == KD_OK) status = kd_guard_one(look_at_catalogue, path, &why);
    if (status == KD_OK) {
        note_stale_rows(c, path);
        return c->repair && c->is_wrong ? kd_fs_remove_below(kd_store_folder(c->store), path, err)
                                        : KD_OK;
    }
    status = c->repair ? kd_fs_remove_below(kd_store_folder(c->store), path, err) : KD_OK;
    report(c, "damaged", PROBLEM, c->repair, "%s (it can be rebuilt from the objects)", why.text);
    return status;
}

static kd_status check_top(check *c, const char *folder, const char *name, kd_error *err)
{
    char     *path = kd_fs_join(folder, name);
    kd_status status = KD_OK;
    if (is_temporary(name))
        status = check_stray(c, path, err);
    else if (strcmp(name, "catalogue.h5") == 0)
        status = check_catalogue(c, path, err);
    else if (strcmp(name, kd_store_work_name(c->store)) == 0)
        status = each_name(c, path, check_work_folder, err);
    else if (strcmp(name, "studies") == 0 && kd_fs_is_folder(path))
        status = each_name(c, path, check_study, err);
    free(path);
    return status;
}

/* ---- all of it ---- */

static kd_status check_all(check *c, kd_error *err)
{
    kd_status status = check_journals(c, err);
    if (status == KD_OK) status = check_objects(c, err);
    if (status == KD_OK) status = check_missing(c, err);
    if (status == KD_OK) status = check_unrecorded(c, err);
    if (status == KD_OK) status = each_name(c, kd_store_folder(c->store), check_top, err);
    if (status == KD_OK) status = close_journal(c, err);
    if (status == KD_OK && c->repair) status = kd_catalogue_update(c->store, err);
    return status;
}

kd_status kd_fsck_run(const kd_store *store, bool repair, kd_fsck_visit visit, void *user,
                      kd_fsck_counts *counts, kd_error *err)
{
    check c = { .store = store, .repair = repair, .visit = visit, .user = user, .counts = counts };
    kd_lock_holder holder;
    kd_status      status = repair ? kd_lock_acquire(&c.lock, store, err) : KD_OK;

    *counts = (kd_fsck_counts){ 0 };
    if (status != KD_OK) return status;
    kd_lock_look(store, &holder);
    c.is_live = holder.is_held && !repair;
    kd_str_init(&c.text);
    c.arena = kd_arena_create(0);
    status = check_all(&c, err);
    kd_journal_close(c.journal);
    kd_tally_close(c.tally);
    kd_catalogue_close(c.rows);
    kd_arena_destroy(c.arena);
    kd_vec_fini(&c.damages);
    kd_str_fini(&c.text);
    free(c.entries);
    free(c.ids);
    kd_lock_release(c.lock);
    return status;
}
