/* tally.c - one pass over the journals, one slot for each cell.
 *
 * Cells stand in an array in the order in which they came. Beside it lies a table of indices,
 * at most half full; an id is a digest, so its own bits are its hash.
 */
#include "harness/store/tally.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/vec.h"

struct kd_tally {
    KD_VEC(kd_tally_cell) cells;
    uint32_t    *slots;      /* index + 1 of a cell; 0 is free */
    size_t       slot_count; /* a power of two */
    kd_arena    *texts;
    kd_tally_run run;
    uint32_t beside; /* journals from this number on were written at the same time as the run's */
    uint32_t first;  /* as in the run */
    double   first_to_do;
    size_t   records;
    kd_journal_complaint complain;
    void                *user;
};

/* ---- finding ---- */

static size_t slot_of(const kd_tally *tally, kd_id id)
{
    size_t slot = id.low & (tally->slot_count - 1);
    while (tally->slots[slot] && !kd_id_equal(tally->cells.items[tally->slots[slot] - 1].id, id))
        slot = (slot + 1) & (tally->slot_count - 1);
    return slot;
}

static void set_slots(kd_tally *tally, size_t count)
{
    free(tally->slots);
    tally->slot_count = count;
    tally->slots = kd_alloc(tally->slot_count, sizeof *tally->slots);
    for (size_t i = 0; i < tally->cells.count; i++)
        tally->slots[slot_of(tally, tally->cells.items[i].id)] = (uint32_t)i + 1;
}

static kd_tally_cell *find_or_add(kd_tally *tally, kd_id id)
{
    if (2 * tally->cells.count >= tally->slot_count) set_slots(tally, 2 * tally->slot_count);
    size_t slot = slot_of(tally, id);
    if (!tally->slots[slot]) {
        kd_vec_push(&tally->cells, (kd_tally_cell){ .id = id, .label = "", .text = "" });
        tally->slots[slot] = (uint32_t)tally->cells.count;
    }
    return &tally->cells.items[tally->slots[slot] - 1];
}

const kd_tally_cell *kd_tally_find(const kd_tally *tally, kd_id id)
{
    if (!tally->slot_count) return NULL;
    uint32_t index = tally->slots[slot_of(tally, id)];
    return index ? &tally->cells.items[index - 1] : NULL;
}

/* ---- telling ---- */

/* Runs that go on beside each other have one amount to do, that of the first. */
static void tell_beside(kd_tally *tally, const kd_journal_entry *entry)
{
    if (entry->beside) tally->beside = entry->beside;
    bool is_first = tally->beside >= entry->run || tally->first == 0;
    tally->first = is_first ? entry->run : tally->first;
    tally->first_to_do = is_first ? entry->value : tally->first_to_do;
    tally->run.first = tally->first;
    tally->run.first_to_do = tally->first_to_do;
}

static void tell_run(kd_tally *tally, const kd_journal_entry *entry)
{
    kd_tally_run *run = &tally->run;
    if (entry->type == KD_JOURNAL_RUN_BEGIN) {
        run->name = kd_arena_strdup(tally->texts, entry->text);
        run->to_do = entry->value;
        run->begin_s = entry->time_s;
        tell_beside(tally, entry);
    } else if (entry->type == KD_JOURNAL_RUN_END) {
        run->ending = kd_arena_strdup(tally->texts, entry->text);
        run->end_s = entry->time_s;
        run->blocked = entry->blocked;
    }
}

/* A text that comes again, as the name of a cell does with every attempt, is kept once. */
static const char *keep_text(kd_tally *tally, const char *kept, const char *text)
{
    return strcmp(kept, text) == 0 ? kept : kd_arena_strdup(tally->texts, text);
}

/* An object comes with DONE and ADOPTED, goes on purpose with REMOVED, and is lost with a REMOVED
 * that has a status. */
static void tell_object(kd_tally_cell *cell, const kd_journal_entry *entry)
{
    if (entry->type != KD_JOURNAL_REMOVED && !kd_tally_is_done(cell)) return;
    cell->loss = entry->type == KD_JOURNAL_REMOVED ? entry->status : KD_OK;
    cell->had_object = entry->type != KD_JOURNAL_REMOVED || entry->status != KD_OK;
}

/* Whether the cell was done by another run that went on at the same time: then what this run tried comes
 * before that or does not matter. */
static bool is_done_beside(const kd_tally *tally, const kd_tally_cell *cell,
                           const kd_journal_entry *entry)
{
    return kd_tally_is_done(cell) && cell->run != entry->run && cell->run >= tally->beside &&
           entry->type != KD_JOURNAL_DONE && entry->type != KD_JOURNAL_REMOVED;
}

static void tell_cell(kd_tally *tally, const kd_journal_entry *entry)
{
    kd_tally_cell *cell = find_or_add(tally, entry->id);
    if (is_done_beside(tally, cell, entry)) {
        if (entry->type == KD_JOURNAL_ASSIGNED)
            cell->label = keep_text(tally, cell->label, entry->text);
        return;
    }
    cell->last = entry->type;
    cell->attempts = entry->attempt;
    cell->run = entry->run;
    cell->worker = entry->worker;
    cell->time_s = entry->time_s;
    tell_object(cell, entry);
    switch (entry->type) {
    case KD_JOURNAL_ASSIGNED:
        cell->label = keep_text(tally, cell->label, entry->text);
        break;
    case KD_JOURNAL_FAILED:
        cell->failures++; /* fall through */
    case KD_JOURNAL_GIVEN_UP:
    case KD_JOURNAL_LOST:
        cell->status = entry->status;
        cell->cause = entry->cause;
        cell->text = keep_text(tally, cell->text, entry->text);
        break;
    default:
        break;
    }
}

static kd_status tell(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    kd_tally *tally = user;
    tally->records++;
    if (entry->run != tally->run.number) {
        tally->run = (kd_tally_run){ .number = entry->run, .name = "", .ending = "" };
        tally->beside = entry->run;
    }
    tally->run.last_s = entry->time_s;
    if (kd_id_is_none(entry->id))
        tell_run(tally, entry);
    else
        tell_cell(tally, entry);
    return KD_OK;
}

static void pass_on(void *user, const kd_journal_damage *damage)
{
    kd_tally *tally = user;
    if (tally->complain) tally->complain(tally->user, damage);
}

/* ---- open ---- */

/* About how many cells the journals tell of, by their length: a cell that is done has two records.
 */
static size_t guess_cells(const kd_store *store)
{
    enum { CELL_BYTES = 160 };
    char  *folder = kd_fs_join(kd_store_folder(store), "journal");
    char **names = NULL;
    size_t count = 0, guess = 0;
    kd_fs_list(folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        char   *path = kd_fs_join(folder, names[i]);
        int64_t bytes = kd_fs_size(path);
        if (bytes > 0) guess += (size_t)bytes / CELL_BYTES;
        free(path);
    }
    kd_fs_free_names(names, count);
    free(folder);
    return guess;
}

/* Room for them at once, in large pages when they are many. What is too much costs no memory before
 * it is touched. */
static void expect_cells(kd_tally *tally, size_t expected)
{
    enum { LABEL_BYTES = 40 };
    size_t slots = 1024;
    while (slots < 2 * expected) slots *= 2;
    set_slots(tally, slots);
    kd_vec_reserve(&tally->cells, expected);
    tally->texts = kd_arena_create(expected * LABEL_BYTES / 8);
}

kd_status kd_tally_open(kd_tally **out, const kd_store *store, kd_journal_complaint complain,
                        void *user, kd_error *err)
{
    kd_tally *tally = kd_alloc(1, sizeof *tally);
    tally->run = (kd_tally_run){ .name = "", .ending = "" };
    tally->complain = complain;
    tally->user = user;
    expect_cells(tally, guess_cells(store));
    kd_status status = kd_journal_replay(store, tell, pass_on, tally, err);
    *out = status == KD_OK ? tally : NULL;
    if (status != KD_OK) kd_tally_close(tally);
    return status;
}

const kd_tally_cell *kd_tally_cells(const kd_tally *tally, size_t *count)
{
    *count = tally->cells.count;
    return tally->cells.items;
}

kd_tally_run kd_tally_last_run(const kd_tally *tally)
{
    return tally->run;
}

size_t kd_tally_records(const kd_tally *tally)
{
    return tally->records;
}

void kd_tally_close(kd_tally *tally)
{
    if (!tally) return;
    kd_vec_fini(&tally->cells);
    kd_arena_destroy(tally->texts);
    free(tally->slots);
    free(tally);
}
