/* snapshot.c - JSON in a script that no browser runs; and two of them beside each other. */
#include "results/page/snapshot.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "results/page/gaps.h"
#include "results/page/html.h"

/* The form of the JSON; a page of a larger one is not understood. */
enum { FORM = 1, PAGE_MOST = 64 << 20, LISTED_MOST = 60 };

static const char opening[] = "<script type=\"application/json\" id=\"kdgrid-numbers\">";
static const char closing[] = "</script>";

static void start(kd_snapshot *s)
{
    *s = (kd_snapshot){ .study = "", .metric = "", .title = "", .among = "", .latest = "" };
    s->arena = kd_arena_create(1 << 16);
}

void kd_snapshot_fini(kd_snapshot *snapshot)
{
    kd_vec_fini(&snapshot->cells);
    kd_vec_fini(&snapshot->settings);
    kd_vec_fini(&snapshot->pairs);
    kd_arena_destroy(snapshot->arena);
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(((const kd_snapshot_cell *)a)->id, ((const kd_snapshot_cell *)b)->id);
}

static void sort_cells(kd_snapshot *s)
{
    if (s->cells.count > 0) qsort(s->cells.items, s->cells.count, sizeof *s->cells.items, by_id);
}

/* ---- of a report ---- */

kd_status kd_snapshot_check_date(const char *text, kd_error *err)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    size_t            length = strlen(text), i = 0;

    while (i < length && i < sizeof form - 1 &&
           (form[i] == '0' ? isdigit((unsigned char)text[i]) != 0 : text[i] == form[i]))
        i++;
    if (i == length && length >= strlen("0000-00-00")) return KD_OK;
    return kd_fail(err, KD_EUSAGE,
                   "--since %s: expected a day as 2026-11-29, or a time (UTC) as 2026-11-29T14:30",
                   text);
}

/* Stamps are of one form, so that the earlier is the smaller text. */
typedef struct {
    const kd_record *cell;
    const char      *stamp;
} stamped;

static int by_cell(const void *a, const void *b)
{
    const kd_record *x = ((const stamped *)a)->cell, *y = ((const stamped *)b)->cell;
    return x < y ? -1 : x > y;
}

static const char *find_stamp(const stamped *all, size_t count, const kd_record *cell)
{
    stamped        one = { cell, NULL };
    const stamped *found = count > 0 ? bsearch(&one, all, count, sizeof *all, by_cell) : NULL;
    return found != NULL ? found->stamp : "";
}

/* A setting with the cells of it that count. */
static void take_group(kd_snapshot *s, const kd_report *r, size_t g, const stamped *stamps,
                       const char *until, kd_cells *kept)
{
    const kd_group     *group = &r->groups.groups[g];
    kd_snapshot_setting setting = { .name = kd_arena_strdup(s->arena, r->names[g]), .mean = 0 };
    bool                has_cell = false;

    for (size_t i = 0; i < group->count; i++) {
        const char      *stamp = find_stamp(stamps, r->students.count, group->cells[i]);
        kd_snapshot_cell cell = { group->ids[i], s->settings.count, NAN };
        if (until != NULL && strcmp(stamp, until) >= 0) continue;
        if (strcmp(stamp, s->latest) > 0) s->latest = kd_arena_strdup(s->arena, stamp);
        if (r->has_score && kd_metric_read(&r->score, group->cells[i], &cell.score)) {
            setting.n++;
            setting.mean += cell.score;
        }
        kd_vec_push(&s->cells, cell);
        kd_vec_push(kept, group->cells[i]);
        has_cell = true;
    }
    setting.mean = setting.n > 0 ? setting.mean / (double)setting.n : NAN;
    if (has_cell) kd_vec_push(&s->settings, setting);
}

static void take_gaps(kd_snapshot *s, const kd_gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++)
        kd_vec_push(&s->pairs,
                    (kd_snapshot_pair){ .name = kd_arena_strdup(s->arena, gaps->gaps[i].name),
                                        .difference = gaps->gaps[i].value,
                                        .is_clear = gaps->gaps[i].is_clear,
                                        .verdict = kd_arena_strdup(s->arena, gaps->verdicts[i]) });
}

static kd_status take_pairs(kd_snapshot *s, const kd_report *r, const kd_cells *kept, bool is_all,
                            kd_error *err)
{
    const kd_gaps *gaps;
    kd_gaps        some;
    kd_status      status;

    if (is_all) {
        status = kd_gaps_of(&gaps, r, err);
    } else {
        status = kd_gaps_among(&some, r, kept, err);
        gaps = &some;
    }
    if (status == KD_OK) take_gaps(s, gaps);
    return status;
}

kd_status kd_snapshot_take(kd_snapshot *out, const kd_report *r, const char *until, kd_error *err)
{
    stamped  *stamps = kd_alloc(r->students.count + 1, sizeof *stamps);
    kd_cells  kept = KD_VEC_INIT;
    kd_status status;

    start(out);
    out->study = kd_arena_strdup(out->arena, kd_report_study(r));
    if (r->has_score) {
        out->metric = kd_arena_strdup(out->arena, r->score.name);
        out->title = kd_arena_strdup(out->arena, r->score.title);
    }
    if (r->among < r->key_count) out->among = kd_arena_strdup(out->arena, r->keys[r->among]);
    for (size_t i = 0; i < r->students.count; i++)
        stamps[i] = (stamped){ r->students.items[i], r->stamps[i] };
    if (r->students.count > 0) qsort(stamps, r->students.count, sizeof *stamps, by_cell);
    for (size_t g = 0; g < r->groups.count; g++) take_group(out, r, g, stamps, until, &kept);
    sort_cells(out);
    status = take_pairs(out, r, &kept, kept.count == r->students.count, err);
    kd_vec_fini(&kept);
    free(stamps);
    return status;
}

/* ---- in a page ---- */

static void put_cell(kd_json_writer *w, const kd_snapshot *s, size_t i)
{
    char id[KD_ID_TEXT];

    kd_id_text(id, s->cells.items[i].id);
    kd_json_text(w, id);
    kd_json_int(w, (int64_t)s->cells.items[i].setting);
    kd_json_real_digits(w, s->cells.items[i].score, 9);
}

static void put_setting(kd_json_writer *w, const kd_snapshot *s, size_t i)
{
    kd_json_text(w, s->settings.items[i].name);
    kd_json_int(w, (int64_t)s->settings.items[i].n);
    kd_json_real_digits(w, s->settings.items[i].mean, 9);
}

static void put_pair(kd_json_writer *w, const kd_snapshot *s, size_t i)
{
    kd_json_text(w, s->pairs.items[i].name);
    kd_json_real_digits(w, s->pairs.items[i].difference, 9);
    kd_json_bool(w, s->pairs.items[i].is_clear);
    kd_json_text(w, s->pairs.items[i].verdict);
}

/* A row for each of so many. */
static void put_rows(kd_json_writer *w, const char *key, const kd_snapshot *s, size_t count,
                     void (*put)(kd_json_writer *w, const kd_snapshot *s, size_t i))
{
    kd_json_key(w, key);
    kd_json_begin(w, '[');
    for (size_t i = 0; i < count; i++) {
        kd_json_begin(w, '[');
        put(w, s, i);
        kd_json_end(w, ']');
    }
    kd_json_end(w, ']');
}

/* In texts of JSON only, so that HTML finds no end of the script in it, and XML no markup. */
static void add_unmarked(kd_str *out, const char *json)
{
    for (; *json != '\0'; json++)
        if (*json == '<' || *json == '>' || *json == '&')
            kd_str_addf(out, "\\u%04x", (unsigned)*json);
        else
            kd_str_add_char(out, *json);
}

void kd_snapshot_write(kd_str *out, const kd_snapshot *s)
{
    kd_str         json = KD_STR_INIT;
    kd_json_writer w;

    kd_json_start(&w, &json, 0);
    kd_json_begin(&w, '{');
    kd_json_put_int(&w, "form", FORM);
    kd_json_put_text(&w, "study", s->study);
    kd_json_put_text(&w, "metric", s->metric);
    kd_json_put_text(&w, "title", s->title);
    kd_json_put_text(&w, "among", s->among);
    kd_json_put_text(&w, "latest", s->latest);
    put_rows(&w, "cells", s, s->cells.count, put_cell);
    put_rows(&w, "settings", s, s->settings.count, put_setting);
    put_rows(&w, "pairs", s, s->pairs.count, put_pair);
    kd_json_end(&w, '}');
    kd_str_add(out, opening);
    add_unmarked(out, json.text);
    kd_str_add(out, closing);
    kd_str_add_char(out, '\n');
    kd_str_fini(&json);
}

/* ---- from a page ---- */

static const char *text_of(kd_snapshot *s, const kd_json *object, const char *key)
{
    return kd_arena_strdup(s->arena, kd_json_to_text(kd_json_get(object, key), ""));
}

/* A row of so many values; NULL when there is none. */
static const kd_json *row_of(const kd_json *array, size_t i, size_t values)
{
    const kd_json *row = kd_json_at(array, i);
    bool           is_row = kd_json_type_of(row) == KD_JSON_ARRAY && kd_json_count(row) == values;
    return is_row ? row : NULL;
}

static bool read_settings(kd_snapshot *s, const kd_json *array)
{
    for (size_t i = 0; i < kd_json_count(array); i++) {
        const kd_json *row = row_of(array, i, 3);
        if (row == NULL || kd_json_type_of(kd_json_at(row, 0)) != KD_JSON_TEXT) return false;
        kd_vec_push(&s->settings,
                    (kd_snapshot_setting){
                        .name = kd_arena_strdup(s->arena, kd_json_to_text(kd_json_at(row, 0), "")),
                        .n = (size_t)fmax(0, (double)kd_json_to_int(kd_json_at(row, 1), 0)),
                        .mean = kd_json_to_real(kd_json_at(row, 2), NAN) });
    }
    return true;
}

static bool read_cells(kd_snapshot *s, const kd_json *array)
{
    for (size_t i = 0; i < kd_json_count(array); i++) {
        const kd_json   *row = row_of(array, i, 3);
        kd_snapshot_cell cell;
        int64_t          setting = row != NULL ? kd_json_to_int(kd_json_at(row, 1), -1) : -1;
        if (row == NULL || !kd_id_parse(&cell.id, kd_json_to_text(kd_json_at(row, 0), "")) ||
            setting < 0 || (size_t)setting >= s->settings.count)
            return false;
        cell.setting = (size_t)setting;
        cell.score = kd_json_to_real(kd_json_at(row, 2), NAN);
        kd_vec_push(&s->cells, cell);
    }
    sort_cells(s);
    return true;
}

static bool read_pairs(kd_snapshot *s, const kd_json *array)
{
    for (size_t i = 0; i < kd_json_count(array); i++) {
        const kd_json *row = row_of(array, i, 4);
        if (row == NULL || kd_json_type_of(kd_json_at(row, 0)) != KD_JSON_TEXT) return false;
        kd_vec_push(
            &s->pairs,
            (kd_snapshot_pair){
                .name = kd_arena_strdup(s->arena, kd_json_to_text(kd_json_at(row, 0), "")),
                .difference = kd_json_to_real(kd_json_at(row, 1), NAN),
                .is_clear = kd_json_to_bool(kd_json_at(row, 2), false),
                .verdict = kd_arena_strdup(s->arena, kd_json_to_text(kd_json_at(row, 3), "")) });
    }
    return true;
}

static kd_status read_numbers(kd_snapshot *s, const kd_json *root, const char *path, kd_error *err)
{
    const kd_json *cells, *settings, *pairs;
    bool           is_object = kd_json_type_of(root) == KD_JSON_OBJECT;

    if (is_object && kd_json_to_int(kd_json_get(root, "form"), 0) > FORM)
        return kd_fail(err, KD_EDATA, "%s: the page was made by a newer kdgrid", path);
    cells = is_object ? kd_json_get(root, "cells") : NULL;
    settings = is_object ? kd_json_get(root, "settings") : NULL;
    pairs = is_object ? kd_json_get(root, "pairs") : NULL;
    if (cells == NULL || settings == NULL || pairs == NULL ||
        kd_json_type_of(cells) != KD_JSON_ARRAY || kd_json_type_of(settings) != KD_JSON_ARRAY ||
        kd_json_type_of(pairs) != KD_JSON_ARRAY)
        return kd_fail(err, KD_EDATA, "%s: the numbers of the page are not those of a report",
                       path);
    s->study = text_of(s, root, "study");
    s->metric = text_of(s, root, "metric");
    s->title = text_of(s, root, "title");
    s->among = text_of(s, root, "among");
    s->latest = text_of(s, root, "latest");
    if (!read_settings(s, settings) || !read_cells(s, cells) || !read_pairs(s, pairs))
        return kd_fail(err, KD_EDATA, "%s: the numbers of the page are damaged", path);
    return KD_OK;
}

/* What stands between the tags, of a whole page. */
static kd_status find_numbers(const kd_str *page, const char *path, const char **from,
                              size_t *length, kd_error *err)
{
    const char *begin = memmem(page->text, page->length, opening, sizeof opening - 1);
    const char *end = NULL;

    if (begin != NULL) {
        begin += sizeof opening - 1;
        end =
            memmem(begin, page->length - (size_t)(begin - page->text), closing, sizeof closing - 1);
    }
    if (end == NULL)
        return kd_fail(err, KD_EDATA, "%s: no page of kdgrid report, or one that is older than 0.1",
                       path);
    *from = begin;
    *length = (size_t)(end - begin);
    return KD_OK;
}

kd_status kd_snapshot_read(kd_snapshot *out, const char *path, kd_error *err)
{
    kd_str            page = KD_STR_INIT;
    kd_json_document *document = NULL;
    const char       *from = NULL;
    size_t            length = 0;
    kd_status         status;

    start(out);
    status = kd_fs_check(path, err);
    if (status == KD_OK && kd_fs_size(path) > PAGE_MOST)
        status = kd_fail(err, KD_EDATA, "%s: larger than any page of kdgrid report", path);
    if (status == KD_OK) status = kd_fs_read(path, &page, err);
    if (status == KD_OK) status = find_numbers(&page, path, &from, &length, err);
    if (status == KD_OK) status = kd_json_parse(&document, from, length, path, err);
    if (status == KD_OK) status = read_numbers(out, kd_json_root(document), path, err);
    kd_json_close(document);
    kd_str_fini(&page);
    return status;
}

/* ---- what changed ---- */

static const kd_snapshot_cell *find_cell(const kd_snapshot *s, kd_id id)
{
    kd_snapshot_cell one = { .id = id };

    return s->cells.count == 0 ? NULL
                               : bsearch(&one, s->cells.items, s->cells.count, sizeof one, by_id);
}

static const kd_snapshot_setting *find_setting(const kd_snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->settings.count; i++)
        if (strcmp(s->settings.items[i].name, name) == 0) return &s->settings.items[i];
    return NULL;
}

static const kd_snapshot_pair *find_pair(const kd_snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->pairs.count; i++)
        if (strcmp(s->pairs.items[i].name, name) == 0) return &s->pairs.items[i];
    return NULL;
}

/* Cells of one that the other does not have: their ids, in the order of the first; the caller frees them. */
static kd_id *list_missing(const kd_snapshot *of, const kd_snapshot *in, size_t *count)
{
    kd_id *ids = kd_alloc(of->cells.count + 1, sizeof *ids);

    *count = 0;
    for (size_t i = 0; i < of->cells.count; i++)
        if (find_cell(in, of->cells.items[i].id) == NULL) ids[(*count)++] = of->cells.items[i].id;
    return ids;
}

static void say_cells(kd_str *lines, const kd_snapshot *of, const kd_snapshot *in, const char *how)
{
    size_t count;
    kd_id *ids = list_missing(of, in, &count);

    if (count > 0) {
        kd_str_addf(lines, "%s: ", how);
        kd_report_add_cells(lines, ids, count);
        kd_str_add_char(lines, '\n');
    }
    free(ids);
}

/* The same cell with another number: its object was made again by another program, or is not what it was. */
static void say_other_scores(kd_str *lines, const kd_snapshot *before, const kd_snapshot *now)
{
    kd_id *ids = kd_alloc(now->cells.count + 1, sizeof *ids);
    size_t count = 0;

    for (size_t i = 0; i < now->cells.count; i++) {
        const kd_snapshot_cell *cell = &now->cells.items[i], *old = find_cell(before, cell->id);
        if (old == NULL || !isfinite(cell->score) || !isfinite(old->score)) continue;
        if (fabs(cell->score - old->score) > 1e-8 * fabs(old->score)) ids[count++] = cell->id;
    }
    if (count > 0) {
        kd_str_addf(lines, "the same cell with another %s, which should not be: ", now->title);
        kd_report_add_cells(lines, ids, count);
        kd_str_add_char(lines, '\n');
    }
    free(ids);
}

/* "none is better", in one word for each state that a verdict can have. */
static int state_of(const kd_snapshot_pair *pair)
{
    if (pair == NULL || !pair->is_clear) return 0;
    return pair->difference > 0 ? 1 : -1;
}

static void say_verdicts(kd_str *lines, const kd_snapshot *before, const kd_snapshot *now)
{
    static const char *const words[] = { "the second is better", "no difference is shown",
                                         "the first is better" };
    size_t                   said = 0, fresh = 0;

    for (size_t i = 0; i < now->pairs.count; i++) {
        const kd_snapshot_pair *pair = &now->pairs.items[i], *old = find_pair(before, pair->name);
        fresh += old == NULL;
        if (old == NULL || state_of(old) == state_of(pair)) continue;
        if (said++ < LISTED_MOST)
            kd_str_addf(lines, "%s: was “%s”, is “%s” now. %s\n", pair->name,
                        words[state_of(old) + 1], words[state_of(pair) + 1], pair->verdict);
    }
    if (said > LISTED_MOST)
        kd_str_addf(lines, "and %zu more verdicts that are others now\n", said - LISTED_MOST);
    if (fresh > 0)
        kd_str_addf(lines, "%zu pair%s compared that %s not before\n", fresh,
                    fresh == 1 ? " is" : "s are", fresh == 1 ? "was" : "were");
}

static void add_setting_row(kd_table *table, const char *name, const kd_snapshot_setting *old,
                            const kd_snapshot_setting *setting)
{
    kd_entry *row = kd_table_add_row(table);

    kd_entry_set_text(table, &row[0], name);
    if (old != NULL) kd_entry_set_number(&row[1], (double)old->n);
    if (setting != NULL) kd_entry_set_number(&row[2], (double)setting->n);
    if (old != NULL) kd_entry_set_number(&row[3], old->mean);
    if (setting != NULL) kd_entry_set_number(&row[4], setting->mean);
    if (old != NULL && setting != NULL) kd_entry_set_number(&row[5], setting->mean - old->mean);
}

static bool is_same(const kd_snapshot_setting *a, const kd_snapshot_setting *b)
{
    bool has_both = isfinite(a->mean) && isfinite(b->mean);
    return a->n == b->n && (!has_both || fabs(a->mean - b->mean) <= 1e-8 * fabs(a->mean));
}

static void add_settings(kd_str *out, const kd_snapshot *before, const kd_snapshot *now)
{
    kd_table *table = kd_table_create("Settings whose runs or means are others than they were.");

    kd_table_add_column(table, KD_COLUMN_LABEL, "setting", "setting", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "n.before", "n before", 0);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "n", "n now", 0);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "mean.before", "before", 4);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "mean", now->title, 4);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "change", "change", 4);
    for (size_t i = 0; i < now->settings.count; i++) {
        const kd_snapshot_setting *setting = &now->settings.items[i];
        const kd_snapshot_setting *old = find_setting(before, setting->name);
        if (old == NULL || !is_same(old, setting))
            add_setting_row(table, setting->name, old, setting);
    }
    for (size_t i = 0; i < before->settings.count; i++)
        if (find_setting(now, before->settings.items[i].name) == NULL)
            add_setting_row(table, before->settings.items[i].name, &before->settings.items[i],
                            NULL);
    if (kd_table_row_count(table) > 0) kd_html_table(out, table, kd_table_row_count(table) > 30);
    kd_table_destroy(table);
}

void kd_snapshot_add_changes(kd_str *out, const kd_snapshot *before, const kd_snapshot *now,
                             const char *what)
{
    kd_str lines = KD_STR_INIT;
    bool   is_one_metric = strcmp(before->metric, now->metric) == 0;
    bool   is_one_key = strcmp(before->among, now->among) == 0;

    if (strcmp(before->study, now->study) != 0)
        kd_str_addf(&lines, "the study is “%s”, and was “%s”\n", now->study, before->study);
    say_cells(&lines, now, before, "new");
    say_cells(&lines, before, now, "gone");
    if (is_one_metric) say_other_scores(&lines, before, now);
    if (!is_one_metric && before->cells.count > 0)
        kd_str_addf(&lines, "scores are %s, and were %s: they are not compared\n", now->title,
                    *before->title != '\0' ? before->title : "none");
    if (!is_one_key && before->cells.count > 0)
        kd_str_addf(&lines, "pairs are of %s, and were of %s\n",
                    *now->among != '\0' ? now->among : "nothing",
                    *before->among != '\0' ? before->among : "nothing");
    if (is_one_metric) say_verdicts(&lines, before, now);
    kd_html_say(out, "Beside %s%s%s%s: %zu students then, %zu now.%s", what,
                *before->latest != '\0' ? " (its newest cell is of " : "", before->latest,
                *before->latest != '\0' ? ")" : "", before->cells.count, now->cells.count,
                lines.length == 0 ? " Nothing changed." : "");
    kd_html_lines(out, lines.text);
    if (is_one_metric) add_settings(out, before, now);
    kd_str_fini(&lines);
}
