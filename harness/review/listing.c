/* listing.c - journals first, then objects: what ends meanwhile is done. */
#include "harness/review/listing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/resolved.h"
#include "harness/config/schema.h"
#include "results/telling.h"

/* ---- cells without an object ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const kd_record_setting *)a)->key, ((const kd_record_setting *)b)->key);
}

static void take_settings(kd_record *out, kd_record_setting *settings, size_t count)
{
    if (count > 0) qsort(settings, count, sizeof *settings, by_key);
    out->settings = settings;
    out->setting_count = count;
}

static void read_node(kd_listing *l, const kd_resolved *node, kd_record *out)
{
    size_t             count = 0;
    kd_record_setting *settings =
        kd_arena_alloc(l->arena, node->set_count + node->tell_count + 1, sizeof *settings);
    for (size_t i = 0; i < node->set_count; i++)
        settings[count++] = (kd_record_setting){ node->set[i].key, node->set[i].value };
    for (size_t i = 0; i < node->tell_count; i++)
        settings[count++] = (kd_record_setting){ node->tell[i].key, node->tell[i].value };
    take_settings(out, settings, count);
    out->kind = kd_node_kind_word(node->kind);
}

/* From the text that its process was given; false when that is not to be had. */
static bool read_text(kd_listing *l, const kd_store *store, kd_record *out)
{
    char       *path = kd_store_work_path(store, out->id, "cell");
    kd_str      text = KD_STR_INIT;
    kd_resolved node;
    bool        is_read = kd_fs_read(path, &text, NULL) == KD_OK &&
                   kd_resolved_parse(&node, l->arena, text.text, path, NULL) == KD_OK;
    kd_str_fini(&text);
    free(path);
    if (is_read) read_node(l, &node, out);
    return is_read;
}

/* The key that a label calls by its last part: where several end so, one that a student has. */
static const char *key_of(kd_listing *l, const char *name)
{
    static const char *const groups[] = {
        "", "student.", "distill.", "train.", "augment.", "data."
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const char *key = kd_arena_sprintf(l->arena, "%s%s", groups[i], name);
        if (kd_schema_find(key) >= 0) return key;
    }
    return kd_arena_strdup(l->arena, name);
}

/* From "hidden=64 method=none seed=2"; what is no student has words before it. */
static void read_label(kd_listing *l, const kd_tally_cell *cell, kd_record *out)
{
    char              *rest = kd_arena_strdup(l->arena, cell->label), *word;
    size_t             count = 0;
    kd_record_setting *settings = kd_arena_alloc(l->arena, strlen(rest) / 2 + 2, sizeof *settings);
    out->kind = kd_starts_with(rest, "corpus") || kd_starts_with(rest, "targets") ||
                        kd_starts_with(rest, "states")
                    ? "other"
                    : "model";
    if (kd_starts_with(rest, "teacher"))
        settings[count++] = (kd_record_setting){ "teacher.kind", "" };
    if (kd_starts_with(rest, "fine-tuned"))
        settings[count++] = (kd_record_setting){ "finetune.init", "" };
    while ((word = strsep(&rest, " ")) != NULL) {
        char *equals = strchr(word, '=');
        if (!equals) continue;
        *equals = '\0';
        settings[count++] = (kd_record_setting){ key_of(l, word), equals + 1 };
    }
    take_settings(out, settings, count);
}

/* ---- all cells of a store ---- */

static const char *state_of(const kd_listing_part *part, const kd_tally_cell *cell)
{
    kd_standing_state state = kd_standing_of(&part->standing, cell);
    size_t            count;
    if (state != KD_STANDING_DONE) return kd_standing_word(state);
    const kd_id *unreadable = kd_catalogue_unreadable(part->catalogue, &count);
    return kd_store_list_has(unreadable, count, cell->id) ? "damaged" : "missing";
}

static void add_done(kd_listing *l, const kd_listing_part *part)
{
    size_t           count;
    const kd_record *records = kd_catalogue_records(part->catalogue, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(records[i].kind, "model") != 0) continue;
        kd_vec_push(&l->all,
                    (kd_listed){ .record = records[i],
                                 .state = kd_standing_word(KD_STANDING_DONE),
                                 .tally = kd_tally_find(part->standing.tally, records[i].id) });
    }
}

static void add_others(kd_listing *l, const kd_listing_part *part)
{
    const kd_standing *p = &part->standing;
    for (size_t i = 0; i < p->cell_count; i++) {
        const kd_tally_cell *cell = &p->cells[i];
        if (cell->last == KD_JOURNAL_REMOVED || kd_catalogue_find(part->catalogue, cell->id))
            continue;
        kd_listed row = { .record = { .id = cell->id, .store = kd_store_folder(part->store) },
                          .state = state_of(part, cell),
                          .tally = cell,
                          .live = kd_live_find(&p->live, cell->id) };
        if (!read_text(l, part->store, &row.record)) read_label(l, cell, &row.record);
        if (strcmp(row.record.kind, "model") == 0) kd_vec_push(&l->all, row);
    }
}

static bool is_done(const kd_listed *cell)
{
    return cell->state == kd_standing_word(KD_STANDING_DONE);
}

/* By id, and of one id first what is done. */
static int by_id(const void *a, const void *b)
{
    const kd_listed *x = a, *y = b;
    int              order = kd_id_compare(x->record.id, y->record.id);
    return order != 0 ? order : (int)is_done(y) - (int)is_done(x);
}

static void take_each_once(kd_listing *l)
{
    if (l->all.count > 0) qsort(l->all.items, l->all.count, sizeof *l->all.items, by_id);
    for (size_t i = 0; i < l->all.count; i++)
        if (i == 0 || !kd_id_equal(l->all.items[i - 1].record.id, l->all.items[i].record.id))
            kd_vec_push(&l->cells, &l->all.items[i].record);
}

static kd_status open_part(kd_listing *l, const char *folder, kd_error *err)
{
    kd_listing_part part = { NULL };
    kd_str          notice = KD_STR_INIT;
    kd_status       status = kd_store_open(&part.store, folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    if ((status = kd_standing_take(&part.standing, part.store, err)) != KD_OK) {
        kd_store_close(part.store);
        return status;
    }
    status = kd_catalogue_open(&part.catalogue, part.store, &notice, err);
    kd_str_add(&l->notice, notice.text);
    kd_str_fini(&notice);
    kd_vec_push(&l->parts, part);
    return status;
}

kd_status kd_listing_open(kd_listing *out, const char *const *folders, size_t count, kd_error *err)
{
    kd_status status = KD_OK;
    *out = (kd_listing){ .notice = KD_STR_INIT, .arena = kd_arena_create(0) };
    for (size_t i = 0; status == KD_OK && i < count; i++) status = open_part(out, folders[i], err);
    for (size_t i = 0; status == KD_OK && i < count; i++) {
        add_done(out, &out->parts.items[i]);
        add_others(out, &out->parts.items[i]);
        out->waiting += out->parts.items[i].standing.waiting;
    }
    if (status == KD_OK) take_each_once(out);
    return status;
}

/* ---- the cells of a study ---- */

static const char waiting[] = "waiting";

/* The row of a cell among those of the stores, whose ids are sorted; else one that waits. */
static kd_status row_of_cell(kd_listing *l, kd_plan *plan, size_t cell, kd_listed *out,
                             kd_error *err)
{
    kd_resolved node;
    *out = (kd_listed){ .record = { .id = kd_plan_id_of_cell(plan, cell), .store = "" },
                        .state = waiting };
    const kd_record **known = l->cells.items, *found = NULL;
    for (size_t low = 0, high = l->cells.count; low < high && !found;) {
        size_t middle = low + (high - low) / 2;
        int    order = kd_id_compare(out->record.id, known[middle]->id);
        if (order == 0) found = known[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (found) {
        *out = *kd_listed_of(found);
        return KD_OK;
    }
    kd_status status =
        kd_plan_resolve(plan, kd_plan_node_of_cell(plan, cell), l->arena, &node, err);
    if (status == KD_OK) read_node(l, &node, &out->record);
    return status;
}

kd_status kd_listing_of_study(kd_listing *l, kd_plan *plan, size_t cells, kd_error *err)
{
    kd_listed *rows = kd_alloc(cells + 1, sizeof *rows);
    kd_status  status = KD_OK;
    for (size_t i = 0; status == KD_OK && i < cells; i++)
        status = row_of_cell(l, plan, i, &rows[i], err);
    if (status != KD_OK) {
        free(rows);
        return status;
    }
    kd_vec_fini(&l->all);
    l->all.items = rows;
    l->all.count = cells;
    l->all.capacity = cells + 1;
    l->waiting = 0;
    kd_vec_reset(&l->cells);
    take_each_once(l);
    return KD_OK;
}

void kd_listing_close(kd_listing *l)
{
    for (size_t i = 0; i < l->parts.count; i++) {
        kd_catalogue_close(l->parts.items[i].catalogue);
        kd_standing_drop(&l->parts.items[i].standing);
        kd_store_close(l->parts.items[i].store);
    }
    kd_vec_fini(&l->parts);
    kd_vec_fini(&l->all);
    kd_vec_fini(&l->cells);
    kd_str_fini(&l->notice);
    kd_arena_destroy(l->arena);
}

/* ---- keeping ---- */

static kd_status check_state(const char *word, kd_error *err)
{
    const char *words[KD_STANDING_COUNT + 3] = { "missing", "damaged", "waiting" };
    size_t      count = 3;
    kd_str      list = KD_STR_INIT;
    for (int s = 0; s < KD_STANDING_COUNT; s++)
        if (s != KD_STANDING_REMOVED) words[count++] = kd_standing_word((kd_standing_state)s);
    for (size_t i = 0; i < count; i++) {
        kd_str_addf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
        if (strcmp(words[i], word) != 0) continue;
        kd_str_fini(&list);
        return KD_OK;
    }
    const char *nearest = kd_nearest(word, words, count);
    kd_fail(err, KD_EUSAGE, "--state %s: there is no such state%s%s%s; there are %s", word,
            nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "",
            list.text);
    kd_str_fini(&list);
    return KD_EUSAGE;
}

static kd_status keep_states(kd_listing *l, const char *states, kd_error *err)
{
    char     *list = kd_strdup(states), *word;
    kd_status status = KD_OK;
    size_t    kept = 0;
    for (char *c = list; *c; c++)
        if (*c == ',') *c = ' ';
    char *copy = kd_strdup(list), *rest = copy;
    while (status == KD_OK && (word = strsep(&rest, " ")) != NULL)
        if (*word) status = check_state(word, err);
    for (size_t i = 0; status == KD_OK && i < l->cells.count; i++)
        if (kd_list_has(list, kd_listed_of(l->cells.items[i])->state))
            l->cells.items[kept++] = l->cells.items[i];
    if (status == KD_OK) l->cells.count = kept;
    free(copy);
    free(list);
    return status;
}

kd_status kd_listing_keep(kd_listing *l, const kd_listing_choice *choice, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t i = 0; status == KD_OK && i < choice->where_count; i++)
        status = kd_cells_keep(&l->cells, choice->where[i], err);
    if (status == KD_OK) status = kd_cells_keep_role(&l->cells, choice->role, &l->left_out, err);
    if (status == KD_OK && choice->states) status = keep_states(l, choice->states, err);
    return status;
}

/* ---- columns ---- */

static const char *const own_words[] = {
#define X(name, word) word,
    KD_LISTING_OWN(X)
#undef X
};
enum { OWN = sizeof own_words / sizeof *own_words };

/* How values of a setting are written for programs, from its row. */
static kd_listing_column setting_column(const kd_listing *l, const char *key)
{
    kd_listing_column column = { .kind = KD_LISTING_SETTING,
                                 .name = kd_arena_strdup(l->arena, key) };
    int               row = kd_schema_find(key);
    if (row < 0) return column;
    kd_setting_type type = kd_schema_rows(NULL)[row].setting->type;
    column.is_number = type == KD_SETTING_INT || type == KD_SETTING_REAL;
    column.is_bool = type == KD_SETTING_BOOL;
    return column;
}

static bool any_has(const kd_listing *l, const char *key)
{
    for (size_t i = 0; i < l->cells.count; i++)
        if (kd_record_value(l->cells.items[i], key)) return true;
    return false;
}

static kd_listing_column metric_column(const kd_listing *l, const kd_metric *metric)
{
    return (kd_listing_column){ .kind = KD_LISTING_METRIC,
                                .name = kd_arena_strdup(l->arena, metric->name),
                                .metric = *metric };
}

/* A slip in a setting; else `err` says what metrics there are. */
static kd_status fail_unknown(const kd_listing *l, const char *word, kd_error *err)
{
    size_t       keys;
    kd_arena    *arena = kd_arena_create(0);
    const char **key = kd_cells_keys(&l->cells, arena, &keys);
    const char **words = kd_arena_alloc(arena, OWN + keys, sizeof *words);
    memcpy(words, own_words, sizeof own_words);
    memcpy(words + OWN, key, keys * sizeof *words);
    const char *nearest = kd_nearest(word, words, OWN + keys);
    if (nearest)
        kd_fail(err, KD_EUSAGE, "no cell has a setting or a metric '%s'; did you mean %s?", word,
                nearest);
    kd_arena_destroy(arena);
    return KD_EUSAGE;
}

kd_status kd_listing_add(kd_listing_columns *out, const kd_listing *l, const char *word,
                         kd_error *err)
{
    for (int i = 0; i < OWN; i++)
        if (strcmp(own_words[i], word) == 0) {
            kd_vec_push(out,
                        (kd_listing_column){ .kind = (kd_listing_kind)i, .name = own_words[i] });
            return KD_OK;
        }
    if (any_has(l, word) || l->cells.count == 0) {
        kd_vec_push(out, setting_column(l, word));
        return KD_OK;
    }
    kd_metrics metrics;
    kd_status  status = kd_metrics_resolve(&metrics, &l->cells, &word, 1, "test", err);
    for (size_t i = 0; status == KD_OK && i < metrics.count; i++)
        kd_vec_push(out, metric_column(l, &metrics.items[i]));
    kd_vec_fini(&metrics);
    return status == KD_OK ? KD_OK : fail_unknown(l, word, err);
}

void kd_listing_add_varying(kd_listing_columns *out, const kd_listing *l)
{
    size_t       telling, count;
    const char **keys = kd_cells_telling(&l->cells, l->arena, &telling, &count);
    bool         has_seed = false;
    for (size_t i = 0; i < count; i++) {
        bool is_seed = strcmp(keys[i], "seed") == 0;
        has_seed |= is_seed;
        if (!is_seed) kd_vec_push(out, setting_column(l, keys[i]));
    }
    if (has_seed) kd_vec_push(out, setting_column(l, "seed"));
}

void kd_listing_add_settings(kd_listing_columns *out, const kd_listing *l)
{
    size_t       count;
    const char **keys = kd_cells_keys(&l->cells, l->arena, &count);
    for (size_t i = 0; i < count; i++) kd_vec_push(out, setting_column(l, keys[i]));
}

void kd_listing_add_metrics(kd_listing_columns *out, const kd_listing *l)
{
    size_t       count;
    const char **names = kd_metrics_list(&l->cells, &count);
    for (size_t i = 0; i < count; i++) {
        kd_metric metric;
        kd_error  err;
        KD_CHECK(kd_metric_resolve(&metric, &l->cells, names[i], "test", &err) == KD_OK,
                 "listing: %s", err.text);
        kd_vec_push(out, metric_column(l, &metric));
    }
    free(names);
}

kd_listing_value kd_listing_read(const kd_listing_column *column, const kd_listed *cell,
                                 char id[KD_ID_TEXT])
{
    kd_listing_value value = { NULL, NAN };
    switch (column->kind) {
    case KD_LISTING_ID:
        kd_id_text(id, cell->record.id);
        value.text = id;
        break;
    case KD_LISTING_STATE:
        value.text = cell->state;
        break;
    case KD_LISTING_ROLE:
        value.text = kd_role_word(kd_record_role(&cell->record));
        break;
    case KD_LISTING_LABEL:
        value.text = cell->tally && *cell->tally->label ? cell->tally->label : NULL;
        break;
    case KD_LISTING_STORE:
        value.text = cell->record.store;
        break;
    case KD_LISTING_SETTING:
        value.text = kd_record_value(&cell->record, column->name);
        break;
    case KD_LISTING_METRIC:
        if (!kd_metric_read(&column->metric, &cell->record, &value.number)) value.number = NAN;
        break;
    }
    return value;
}

/* ---- order ---- */

/* A value, made comparable once. */
typedef struct {
    const char *text; /* NULL for a number */
    double      number;
    bool        is_absent;
} sort_value;

typedef struct {
    const kd_record  *cell;
    const sort_value *values;
} sort_row;

static sort_value sort_value_of(kd_arena *arena, const kd_listing_column *column,
                                const kd_record *cell)
{
    char             id[KD_ID_TEXT];
    kd_listing_value value = kd_listing_read(column, kd_listed_of(cell), id);
    sort_value       made = { .number = value.number };
    if (column->kind == KD_LISTING_ID)
        made.text = kd_arena_strdup(arena, id);
    else if (value.text && !kd_parse_real(value.text, &made.number))
        made.text = value.text;
    made.is_absent = !made.text && isnan(made.number);
    return made;
}

/* Numbers before words. */
static int compare_values(const sort_value *a, const sort_value *b)
{
    if (a->text && b->text) return strcmp(a->text, b->text);
    if (a->text || b->text) return a->text ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_rows(const void *a, const void *b, void *user)
{
    const sort_row           *x = a, *y = b;
    const kd_listing_columns *by = user;
    for (size_t i = 0; i < by->count; i++) {
        const sort_value *u = &x->values[i], *v = &y->values[i];
        if (u->is_absent != v->is_absent) return u->is_absent ? 1 : -1;
        int order = u->is_absent ? 0 : compare_values(u, v);
        if (order != 0) return by->items[i].descending ? -order : order;
    }
    return kd_id_compare(x->cell->id, y->cell->id);
}

void kd_listing_sort(kd_listing *l, const kd_listing_columns *by)
{
    kd_arena   *arena = kd_arena_create(0);
    size_t      count = l->cells.count;
    sort_row   *rows = kd_alloc(count + 1, sizeof *rows);
    sort_value *values = kd_alloc(count * by->count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (sort_row){ l->cells.items[i], values + i * by->count };
        for (size_t k = 0; k < by->count; k++)
            values[i * by->count + k] = sort_value_of(arena, &by->items[k], l->cells.items[i]);
    }
    kd_listing_columns order = *by;
    qsort_r(rows, count, sizeof *rows, compare_rows, &order);
    for (size_t i = 0; i < count; i++) l->cells.items[i] = rows[i].cell;
    free(values);
    free(rows);
    kd_arena_destroy(arena);
}
