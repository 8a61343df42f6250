/* catalogue.c - the records of a store as columns of numbers over one table of texts.
 *
 *     /                 attributes: format, version
 *     /ids              (n,2) u64   high and low half of each id, sorted
 *     /stamps           (n,2) i64   size and time of the object's file when it was read
 *     /kinds            (n) u32     a text
 *     /settings/first   (n+1) u64   rows first[i] .. first[i+1]-1 belong to record i
 *     /settings/key     (s) u32     a text         /metrics/name   (m) u32  a text
 *     /settings/value   (s) u32     a text         /metrics/value  (m) f64
 *     /texts            (b) u8      every text once, each with its final NUL
 *
 * A text is the offset of its first byte in /texts. Offset 0 is the empty text.
 *
 * A stamp is taken before its object is read: one that is replaced in between leaves a row whose
 * stamp is not its file's, and is read again.
 */
#include "harness/store/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/store/h5.h"
#include "harness/store/object.h"

#define FORMAT  "kdgrid catalogue"
#define VERSION 3

/* Reading an object again costs about what writing a hundred records does: new objects alone are
 * only worth writing a catalogue when they are one in so many. A row that is not to be believed
 * any more is never left in the file. */
#define WORTH 100

/* clang-format off */
/*    column          dataset            type  elements in a row */
#define COLUMNS(X)                                 \
    X(IDS,            "ids",             U64,  2)  \
    X(STAMPS,         "stamps",          I64,  2)  \
    X(KINDS,          "kinds",           U32,  0)  \
    X(SETTING_FIRST,  "settings/first",  U64,  0)  \
    X(SETTING_KEY,    "settings/key",    U32,  0)  \
    X(SETTING_VALUE,  "settings/value",  U32,  0)  \
    X(METRIC_FIRST,   "metrics/first",   U64,  0)  \
    X(METRIC_NAME,    "metrics/name",    U32,  0)  \
    X(METRIC_VALUE,   "metrics/value",   F64,  0)  \
    X(TEXTS,          "texts",           U8,   0)
/* clang-format on */

enum {
#define X(column, name, type, cols) column,
    COLUMNS(X)
#undef X
        COLUMN_COUNT
};

static const struct {
    const char *name;
    kd_h5_type  type;
    size_t      cols; /* 0 for a dataset of one dimension */
} layout[COLUMN_COUNT] = {
#define X(column, name, type, cols) { name, KD_H5_##type, cols },
    COLUMNS(X)
#undef X
};

/* A growing column, seen as what it holds; `any` is for code that does not care. */
typedef union {
    KD_VEC(unsigned char) any;
    KD_VEC(kd_id) id;
    KD_VEC(kd_store_stamp) stamp;
    KD_VEC(uint32_t) u32;
    KD_VEC(uint64_t) u64;
    KD_VEC(double) f64;
    KD_VEC(char) text;
} column;

_Static_assert(sizeof(kd_id) == 2 * sizeof(uint64_t), "ids are written as (n,2) u64");
_Static_assert(sizeof(kd_store_stamp) == 2 * sizeof(int64_t), "stamps are written as (n,2) i64");

/* The columns of a catalogue; the two FIRST ones have one element more than there are records. */
typedef struct {
    column at[COLUMN_COUNT];
} columns;

typedef KD_VEC(kd_id) id_vec;

struct kd_catalogue {
    kd_record         *records;
    kd_store_stamp    *stamps; /* of the records */
    size_t             count;
    kd_record_setting *settings;
    kd_record_metric  *metrics;
    char              *texts;
    char              *store;
    id_vec             unreadable; /* sorted */
};

static char *catalogue_path(const kd_store *store)
{
    return kd_fs_join(kd_store_folder(store), "catalogue.h5");
}

static void free_columns(columns *c)
{
    for (int i = 0; i < COLUMN_COUNT; i++) kd_vec_fini(&c->at[i].any);
}

static void add_text(column *texts, const char *bytes, size_t length)
{
    kd_vec_reserve(&texts->text, length);
    memcpy(texts->text.items + texts->text.count, bytes, length);
    texts->text.count += length;
}

/* ---- read ---- */

static kd_status read_column(column *out, kd_h5 *h5, int which, kd_error *err)
{
    kd_h5_member member;
    kd_status    status = kd_h5_find(h5, layout[which].name, &member, err);
    if (status != KD_OK) return status;
    if (member.type != layout[which].type || member.cols != layout[which].cols) return KD_EDATA;
    size_t elements = member.rows * (member.cols ? member.cols : 1);
    out->any.items = kd_alloc(elements + 1, kd_h5_type_bytes(member.type));
    out->any.count = out->any.capacity = member.rows;
    return kd_h5_get(h5, member.name, member.type, out->any.items, member.rows, member.cols, err);
}

static bool are_texts(const columns *c, int which)
{
    size_t        length = c->at[TEXTS].text.count;
    const column *texts = &c->at[which];
    for (size_t i = 0; i < texts->u32.count; i++)
        if (texts->u32.items[i] >= length) return false;
    return true;
}

/* Whether the rows first[i] .. first[i+1] of all records are those of the column `rows`. */
static bool are_ranges(const columns *c, int which, int rows)
{
    const uint64_t *first = c->at[which].u64.items;
    size_t          records = c->at[IDS].id.count;
    if (c->at[which].u64.count != records + 1 || first[0] != 0 ||
        first[records] != c->at[rows].any.count)
        return false;
    for (size_t i = 0; i < records; i++)
        if (first[i] > first[i + 1]) return false;
    return true;
}

static bool are_sorted(const column *ids)
{
    for (size_t i = 1; i < ids->id.count; i++)
        if (kd_id_compare(ids->id.items[i - 1], ids->id.items[i]) >= 0) return false;
    return true;
}

/* Every index points into what it should: then nothing below has to ask again. */
static bool are_sound(const columns *c)
{
    const column *texts = &c->at[TEXTS];
    return texts->text.count > 0 && texts->text.items[texts->text.count - 1] == 0 &&
           c->at[STAMPS].any.count == c->at[IDS].any.count &&
           c->at[KINDS].any.count == c->at[IDS].any.count &&
           c->at[SETTING_VALUE].any.count == c->at[SETTING_KEY].any.count &&
           c->at[METRIC_VALUE].any.count == c->at[METRIC_NAME].any.count &&
           are_ranges(c, SETTING_FIRST, SETTING_KEY) && are_ranges(c, METRIC_FIRST, METRIC_NAME) &&
           are_texts(c, KINDS) && are_texts(c, SETTING_KEY) && are_texts(c, SETTING_VALUE) &&
           are_texts(c, METRIC_NAME) && are_sorted(&c->at[IDS]);
}

static void start_empty(columns *c)
{
    *c = (columns){ 0 };
    add_text(&c->at[TEXTS], "", 1);
    kd_vec_push(&c->at[SETTING_FIRST].u64, 0);
    kd_vec_push(&c->at[METRIC_FIRST].u64, 0);
}

static kd_status check_ours(kd_h5 *h5, kd_error *err)
{
    kd_str    format = KD_STR_INIT;
    int64_t   version = 0;
    kd_status status = kd_h5_get_mark(h5, "format", &format, err);
    if (status == KD_OK) status = kd_h5_get_count(h5, "version", &version, err);
    if (status == KD_OK && (strcmp(format.text, FORMAT) != 0 || version != VERSION))
        status = KD_EDATA;
    kd_str_fini(&format);
    return status;
}

/* The catalogue as it was written, or an empty one when there is none that can be used: all of it
 * can be read again from the objects. KD_EIO when that is the disk's doing. */
static kd_status read_file(columns *c, const char *path, kd_error *err)
{
    kd_h5    *h5 = NULL;
    kd_status status = kd_h5_open(&h5, path, err);
    *c = (columns){ 0 };
    if (status == KD_OK) status = check_ours(h5, err);
    for (int i = 0; i < COLUMN_COUNT && status == KD_OK; i++)
        status = read_column(&c->at[i], h5, i, err);
    kd_h5_close(h5);
    if (status == KD_OK && are_sound(c)) return KD_OK;
    free_columns(c);
    start_empty(c);
    return status == KD_EIO ? KD_EIO : KD_OK;
}

/* ---- write ---- */

static kd_status write_columns(kd_h5 *h5, const columns *c, kd_error *err)
{
    kd_status status = kd_h5_put_mark(h5, "format", FORMAT, err);
    if (status == KD_OK) status = kd_h5_put_count(h5, "version", VERSION, err);
    for (int i = 0; i < COLUMN_COUNT && status == KD_OK; i++)
        status = kd_h5_put(h5, layout[i].name, layout[i].type, c->at[i].any.items,
                           c->at[i].any.count, layout[i].cols, err);
    return status;
}

static kd_status write_file(const columns *c, const char *path, kd_error *err)
{
    kd_h5    *h5;
    kd_status status = kd_h5_create(&h5, path, NULL, err);
    if (status != KD_OK) return status;
    if ((status = write_columns(h5, c, err)) == KD_OK) return kd_h5_commit(h5, err);
    kd_h5_discard(h5);
    return status;
}

/* ---- bring up to date ---- */

typedef struct {
    const kd_store *store;
    columns         old, new;
    kd_map         *texts; /* of `new`, to offsets; NULL until a new text comes */
    kd_arena       *arena; /* of the record that is being added */
    kd_str         *notice;
    id_vec          unreadable;
    size_t          stale, added; /* rows */
} update;

static kd_map *index_texts(const column *texts)
{
    kd_map     *map = kd_map_create();
    const char *text = texts->text.items;
    for (size_t at = 0; at < texts->text.count; at += strlen(text + at) + 1)
        kd_map_put_number(map, text + at, (int64_t)at);
    return map;
}

static uint32_t text_offset(update *u, const char *text)
{
    column *texts = &u->new.at[TEXTS];
    if (!u->texts) u->texts = index_texts(texts);
    int64_t offset = kd_map_number(u->texts, text, -1);
    if (offset < 0) {
        offset = (int64_t)texts->text.count;
        add_text(texts, text, strlen(text) + 1);
        kd_map_put_number(u->texts, text, offset);
    }
    KD_CHECK(offset <= UINT32_MAX, "catalogue: more than 4 GiB of different texts");
    return (uint32_t)offset;
}

/* The name of a record's metric: most often the record before has the same one at this place. */
static uint32_t name_offset(update *u, const char *name, size_t place)
{
    const column *new = u->new.at;
    size_t records = new[IDS].id.count;
    if (records > 0) {
        uint64_t at = new[METRIC_FIRST].u64.items[records - 1] + place;
        if (at < new[METRIC_FIRST].u64.items[records] &&
            strcmp(new[TEXTS].text.items + new[METRIC_NAME].u32.items[at], name) == 0)
            return new[METRIC_NAME].u32.items[at];
    }
    return text_offset(u, name);
}

static void end_record(columns *c, kd_store_entry entry, uint32_t kind)
{
    kd_vec_push(&c->at[IDS].id, entry.id);
    kd_vec_push(&c->at[STAMPS].stamp, entry.stamp);
    kd_vec_push(&c->at[KINDS].u32, kind);
    kd_vec_push(&c->at[SETTING_FIRST].u64, c->at[SETTING_KEY].any.count);
    kd_vec_push(&c->at[METRIC_FIRST].u64, c->at[METRIC_NAME].any.count);
}

static kd_store_entry entry_at(const columns *c, size_t index)
{
    return (kd_store_entry){ c->at[IDS].id.items[index], c->at[STAMPS].stamp.items[index] };
}

/* Texts keep their offsets: the new table begins with the old one. */
static void keep_record(update *u, size_t index)
{
    const column *old = u->old.at;
    column *new = u->new.at;
    const uint64_t *setting = old[SETTING_FIRST].u64.items + index;
    const uint64_t *metric = old[METRIC_FIRST].u64.items + index;
    for (uint64_t row = setting[0]; row < setting[1]; row++) {
        kd_vec_push(&new[SETTING_KEY].u32, old[SETTING_KEY].u32.items[row]);
        kd_vec_push(&new[SETTING_VALUE].u32, old[SETTING_VALUE].u32.items[row]);
    }
    for (uint64_t row = metric[0]; row < metric[1]; row++) {
        kd_vec_push(&new[METRIC_NAME].u32, old[METRIC_NAME].u32.items[row]);
        kd_vec_push(&new[METRIC_VALUE].f64, old[METRIC_VALUE].f64.items[row]);
    }
    end_record(&u->new, entry_at(&u->old, index), old[KINDS].u32.items[index]);
}

static void add_record(update *u, const kd_record *record, kd_store_stamp stamp)
{
    column *new = u->new.at;
    for (size_t i = 0; i < record->setting_count; i++) {
        kd_vec_push(&new[SETTING_KEY].u32, text_offset(u, record->settings[i].key));
        kd_vec_push(&new[SETTING_VALUE].u32, text_offset(u, record->settings[i].value));
    }
    for (size_t i = 0; i < record->metric_count; i++) {
        kd_vec_push(&new[METRIC_NAME].u32, name_offset(u, record->metrics[i].name, i));
        kd_vec_push(&new[METRIC_VALUE].f64, record->metrics[i].value);
    }
    end_record(&u->new, (kd_store_entry){ record->id, stamp }, text_offset(u, record->kind));
    u->added++;
}

/* A damaged object is told of and left out; the others do not suffer. One that went since it was
 * listed is none. */
static void add_object(update *u, kd_store_entry entry)
{
    kd_object *object;
    kd_record  record;
    kd_error   why;
    kd_status  status = kd_object_open(&object, u->store, entry.id, &why);
    if (status == KD_OK) status = kd_object_record(object, u->arena, &record, &why);
    if (status == KD_OK) {
        add_record(u, &record, entry.stamp);
    } else if (status != KD_ENOINPUT) {
        kd_vec_push(&u->unreadable, entry.id);
        if (u->notice) kd_str_addf(u->notice, "%s\n", why.text);
    }
    kd_object_close(object);
    kd_arena_reset(u->arena);
}

/* Both lists are sorted: one walk says what is kept, what is new, what is gone, and what was
 * replaced. */
static void merge(update *u, const kd_store_entry *entries, size_t count)
{
    const column *known = &u->old.at[IDS], *texts = &u->old.at[TEXTS];
    size_t        at = 0;
    start_empty(&u->new);
    add_text(&u->new.at[TEXTS], texts->text.items + 1, texts->text.count - 1);
    for (size_t i = 0; i < count; i++) {
        for (; at < known->id.count && kd_id_compare(known->id.items[at], entries[i].id) < 0; at++)
            u->stale++;
        bool is_known = at < known->id.count && kd_id_equal(known->id.items[at], entries[i].id);
        bool is_kept =
            is_known && kd_store_stamp_equal(entry_at(&u->old, at).stamp, entries[i].stamp);
        if (is_kept)
            keep_record(u, at);
        else
            add_object(u, entries[i]);
        u->stale += is_known && !is_kept;
        at += is_known;
    }
    u->stale += known->id.count - at;
}

static bool is_current(const columns *c, const kd_store_entry *entries, size_t count)
{
    if (count != c->at[IDS].id.count) return false;
    for (size_t i = 0; i < count; i++) {
        kd_store_entry known = entry_at(c, i);
        if (!kd_id_equal(known.id, entries[i].id) ||
            !kd_store_stamp_equal(known.stamp, entries[i].stamp))
            return false;
    }
    return true;
}

static bool is_worth_writing(const update *u)
{
    return u->stale > 0 || (u->added > 0 && u->added * WORTH >= u->new.at[IDS].id.count);
}

/* Make *c agree with the objects that are there, and the file with *c when that is worth it; no
 * `path`, no file. */
static void refresh(columns *c, const kd_store *store, const char *path,
                    const kd_store_entry *entries, size_t count, kd_str *notice, id_vec *unreadable)
{
    kd_error why;
    update   u = { .store = store, .old = *c, .notice = notice, .arena = kd_arena_create(0) };
    merge(&u, entries, count);
    if (path && kd_store_is_writable(store) && is_worth_writing(&u) &&
        write_file(&u.new, path, &why) != KD_OK && notice)
        kd_str_addf(notice, "%s\n", why.text);
    kd_arena_destroy(u.arena);
    kd_map_destroy(u.texts);
    free_columns(&u.old);
    *c = u.new;
    *unreadable = u.unreadable;
}

static void reserve_metrics(columns *c, const kd_record *records, size_t count)
{
    size_t metrics = 0;
    for (size_t i = 0; i < count; i++) metrics += records[i].metric_count;
    kd_vec_reserve(&c->at[METRIC_NAME].u32, metrics);
    kd_vec_reserve(&c->at[METRIC_VALUE].f64, metrics);
}

/* Both are sorted. A record without an object has no row. */
static void add_stamped(update *u, const kd_record *records, size_t count,
                        const kd_store_entry *entries, size_t entry_count)
{
    for (size_t i = 0, at = 0; i < count; i++) {
        while (at < entry_count && kd_id_compare(entries[at].id, records[i].id) < 0) at++;
        if (at < entry_count && kd_id_equal(entries[at].id, records[i].id))
            add_record(u, &records[i], entries[at].stamp);
    }
}

kd_status kd_catalogue_write(const kd_store *store, const kd_record *records, size_t count,
                             kd_error *err)
{
    update          u = { .store = store };
    kd_store_entry *entries;
    size_t          entry_count;
    kd_status       status = kd_store_list_stamped(store, &entries, &entry_count, err);
    if (status != KD_OK) return status;
    char *path = catalogue_path(store);
    start_empty(&u.new);
    reserve_metrics(&u.new, records, count);
    add_stamped(&u, records, count, entries, entry_count);
    status = write_file(&u.new, path, err);
    kd_map_destroy(u.texts);
    free_columns(&u.new);
    free(path);
    free(entries);
    return status;
}

/* ---- open ---- */

/* Columns to records; texts and stamps move into the catalogue. */
static void resolve(kd_catalogue *catalogue, columns *c)
{
    const column *at = c->at;
    const char   *texts = catalogue->texts = c->at[TEXTS].text.items;
    size_t        settings = at[SETTING_KEY].u32.count, metrics = at[METRIC_NAME].u32.count;
    catalogue->stamps = c->at[STAMPS].stamp.items;
    c->at[TEXTS] = c->at[STAMPS] = (column){ 0 };
    catalogue->count = at[IDS].id.count;
    catalogue->records = kd_alloc(catalogue->count + 1, sizeof *catalogue->records);
    catalogue->settings = kd_alloc(settings + 1, sizeof *catalogue->settings);
    catalogue->metrics = kd_alloc(metrics + 1, sizeof *catalogue->metrics);
    for (size_t i = 0; i < settings; i++)
        catalogue->settings[i] = (kd_record_setting){ texts + at[SETTING_KEY].u32.items[i],
                                                      texts + at[SETTING_VALUE].u32.items[i] };
    for (size_t i = 0; i < metrics; i++)
        catalogue->metrics[i] = (kd_record_metric){ texts + at[METRIC_NAME].u32.items[i],
                                                    at[METRIC_VALUE].f64.items[i] };
    for (size_t i = 0; i < catalogue->count; i++) {
        const uint64_t *setting = at[SETTING_FIRST].u64.items + i;
        const uint64_t *metric = at[METRIC_FIRST].u64.items + i;
        catalogue->records[i] = (kd_record){
            .id = at[IDS].id.items[i],
            .kind = texts + at[KINDS].u32.items[i],
            .store = catalogue->store,
            .settings = catalogue->settings + setting[0],
            .setting_count = setting[1] - setting[0],
            .metrics = catalogue->metrics + metric[0],
            .metric_count = metric[1] - metric[0],
        };
    }
}

/* Frees the columns. */
static kd_catalogue *make_catalogue(const kd_store *store, columns *c, id_vec unreadable)
{
    kd_catalogue *catalogue = kd_alloc(1, sizeof *catalogue);
    catalogue->store = kd_strdup(kd_store_folder(store));
    catalogue->unreadable = unreadable;
    resolve(catalogue, c);
    free_columns(c);
    return catalogue;
}

kd_status kd_catalogue_open(kd_catalogue **out, const kd_store *store, kd_str *notice,
                            kd_error *err)
{
    columns         c;
    id_vec          unreadable = KD_VEC_INIT;
    kd_store_entry *entries;
    size_t          count;
    kd_status       status = kd_store_list_stamped(store, &entries, &count, err);
    *out = NULL;
    if (notice) kd_str_reset(notice);
    if (status != KD_OK) return status;
    char *path = catalogue_path(store);
    read_file(&c, path, NULL);
    if (!is_current(&c, entries, count))
        refresh(&c, store, path, entries, count, notice, &unreadable);
    *out = make_catalogue(store, &c, unreadable);
    free(path);
    free(entries);
    return KD_OK;
}

kd_status kd_catalogue_update(const kd_store *store, kd_error *err)
{
    kd_catalogue *catalogue;
    kd_status     status = kd_catalogue_open(&catalogue, store, NULL, err);
    kd_catalogue_close(catalogue);
    return status;
}

static int by_entry_id(const void *key, const void *entry)
{
    return kd_id_compare(*(const kd_id *)key, ((const kd_store_entry *)entry)->id);
}

/* Keep those whose id is among `ids`, which need not be sorted nor different. */
static size_t select_entries(kd_store_entry *entries, size_t count, const kd_id *ids,
                             size_t id_count)
{
    bool  *is_wanted = kd_alloc(count + 1, sizeof *is_wanted);
    size_t kept = 0;
    for (size_t i = 0; i < id_count; i++) {
        kd_store_entry *entry = bsearch(&ids[i], entries, count, sizeof *entries, by_entry_id);
        if (entry) is_wanted[entry - entries] = true;
    }
    for (size_t i = 0; i < count; i++)
        if (is_wanted[i]) entries[kept++] = entries[i];
    free(is_wanted);
    return kept;
}

kd_status kd_catalogue_read(kd_catalogue **out, const kd_store *store, const kd_id *ids,
                            size_t id_count, kd_str *notice, kd_error *err)
{
    columns         c;
    id_vec          unreadable;
    kd_store_entry *entries;
    size_t          count;
    kd_status       status = kd_store_list_stamped(store, &entries, &count, err);
    *out = NULL;
    if (notice) kd_str_reset(notice);
    if (status != KD_OK) return status;
    count = select_entries(entries, count, ids, id_count);
    start_empty(&c);
    refresh(&c, store, NULL, entries, count, notice, &unreadable);
    *out = make_catalogue(store, &c, unreadable);
    free(entries);
    return KD_OK;
}

kd_status kd_catalogue_peek(kd_catalogue **out, const kd_store *store, kd_error *err)
{
    columns   c;
    char     *path = catalogue_path(store);
    kd_status status = read_file(&c, path, err);
    free(path);
    *out = make_catalogue(store, &c, (id_vec)KD_VEC_INIT);
    return status;
}

const kd_record *kd_catalogue_records(const kd_catalogue *catalogue, size_t *count)
{
    *count = catalogue->count;
    return catalogue->records;
}

const kd_id *kd_catalogue_unreadable(const kd_catalogue *catalogue, size_t *count)
{
    *count = catalogue->unreadable.count;
    return catalogue->unreadable.items;
}

static int by_id(const void *key, const void *record)
{
    return kd_id_compare(*(const kd_id *)key, ((const kd_record *)record)->id);
}

const kd_record *kd_catalogue_find(const kd_catalogue *catalogue, kd_id id)
{
    return bsearch(&id, catalogue->records, catalogue->count, sizeof *catalogue->records, by_id);
}

kd_store_stamp kd_catalogue_stamp(const kd_catalogue *catalogue, const kd_record *record)
{
    return catalogue->stamps[record - catalogue->records];
}

void kd_catalogue_close(kd_catalogue *catalogue)
{
    if (!catalogue) return;
    free(catalogue->records);
    free(catalogue->stamps);
    free(catalogue->settings);
    free(catalogue->metrics);
    free(catalogue->texts);
    free(catalogue->store);
    kd_vec_fini(&catalogue->unreadable);
    free(catalogue);
}
