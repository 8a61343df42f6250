/* study_table_extra.c - places of a table beside the one in hand, and what its students learned from.
 *
 * A student's record does not name its teacher, but both say how the teacher was set. A teacher, or the targets that
 * several gave together, belongs to a cell when all that it says of a teacher, of data and of the task is what the
 * study says of that cell; of several teachers each has the next seed.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "results/role.h"
#include "results/study_table_internal.h"

/* ---- places ---- */

/* The values of a group with those of `match` in their place; a setting that `to` does not read may have any there. */
static bool is_moved(const char *const *keys, size_t count, const kd_group *from,
                     const kd_group *to, const kd_table_match *match, size_t match_count)
{
    for (size_t k = 0; k < count; k++) {
        const char *want = from->values[k];
        bool        is_named = false;
        for (size_t m = 0; m < match_count; m++)
            if (strcmp(match[m].key, keys[k]) == 0) {
                want = match[m].value;
                is_named = true;
            }
        if (!is_named && to->values[k] == NULL) continue;
        if (kd_value_compare(to->values[k], want) != 0) return false;
    }
    return true;
}

bool kd_study_table_find_place(const kd_study_builder *b, size_t row, size_t slot,
                               const kd_table_match *match, size_t match_count, size_t *to_row,
                               size_t *to_slot)
{
    const kd_study_table *s = b->spec;
    const kd_study_slot  *from = &b->slots.items[slot];

    for (*to_row = 0; *to_row < b->rows.count; ++*to_row)
        if (is_moved(s->rows, s->row_count, &b->rows.groups[row], &b->rows.groups[*to_row], match,
                     match_count))
            break;
    for (*to_slot = 0; *to_slot < b->slots.count; ++*to_slot)
        if (b->slots.items[*to_slot].metric == from->metric &&
            is_moved(s->columns, s->column_count, from->column, b->slots.items[*to_slot].column,
                     match, match_count))
            break;
    return *to_row < b->rows.count && *to_slot < b->slots.count;
}

static kd_status check_keys(const kd_study_builder *b, const char *what,
                            const kd_table_match *match, size_t count, kd_error *err)
{
    const kd_study_table *s = b->spec;

    for (size_t m = 0; m < count; m++) {
        bool is_there = false;
        for (size_t k = 0; k < s->row_count; k++) is_there |= strcmp(s->rows[k], match[m].key) == 0;
        for (size_t k = 0; k < s->column_count; k++)
            is_there |= strcmp(s->columns[k], match[m].key) == 0;
        if (!is_there)
            return kd_fail(err, KD_ECONFIG, "%s: table %s: %s: %s makes neither rows nor columns",
                           kd_study_path(b->source->study), s->name, what, match[m].key);
    }
    return KD_OK;
}

kd_status kd_study_table_check_references(const kd_study_builder *b, kd_error *err)
{
    const kd_study_table *s = b->spec;
    kd_status             status = check_keys(b, "baseline", s->baseline, s->baseline_count, err);

    for (size_t i = 0; i < s->ratio_count && status == KD_OK; i++)
        status = check_keys(b, "ratio", s->ratios[i].of, s->ratios[i].of_count, err);
    return status;
}

bool kd_study_table_is_change(const kd_table_ratio *ratio, const kd_metric *metric)
{
    if (ratio->kind == KD_RATIO_USUAL) return !kd_metric_is_score(metric);
    return ratio->kind == KD_RATIO_CHANGE;
}

/* ---- teachers ---- */

static bool is_of_kind(const kd_record *record, kd_table_extra_kind kind)
{
    const double *teachers = kd_record_number(record, "targets.teachers");

    if (kind == KD_TABLE_TEACHER)
        return strcmp(record->kind, "model") == 0 && kd_record_role(record) == KD_ROLE_TEACHER;
    return strcmp(record->kind, "targets") == 0 && teachers != NULL && *teachers > 1;
}

/* What the study says of the cell in hand. */
static const char *said(const kd_study_builder *b, const char *key)
{
    return kd_expected_said(b->expected, key);
}

/* Of `count` teachers each has the next seed. */
static bool has_seed(const kd_study_builder *b, const char *seed)
{
    long long first, own, count;

    return kd_parse_int(said(b, "teacher.seed"), &first) &&
           kd_parse_int(said(b, "teacher.count"), &count) && kd_parse_int(seed, &own) &&
           own >= first && own < first + count;
}

static bool is_about_teaching(const char *key)
{
    return kd_expected_is_setting(key) &&
           (kd_starts_with(key, "teacher.") || kd_starts_with(key, "data.") ||
            strcmp(key, "task") == 0);
}

/* A teacher with pieces of its own reads as teacher.data says, and its record calls that data. */
static const char *said_to_teacher(const kd_study_builder *b, const char *key)
{
    char       *name = kd_sprintf("teacher.%s", key);
    const char *own = said(b, name);

    free(name);
    return own != NULL && *said(b, "teacher.data.vocab") != '\0' ? own : said(b, key);
}

static bool is_as_said(const kd_study_builder *b, const kd_record_setting *setting)
{
    if (!is_about_teaching(setting->key) || strcmp(setting->key, "teacher.count") == 0) return true;
    if (strcmp(setting->key, "teacher.seed") == 0) return has_seed(b, setting->value);
    return kd_value_compare(said_to_teacher(b, setting->key), setting->value) == 0;
}

/* A student that learns alone stands beside the teacher that others of its study have. */
static bool belongs(const kd_study_builder *b, const kd_record *record, const kd_record *cell)
{
    kd_expected_take(b->expected, (size_t)(cell - b->records));
    for (size_t i = 0; i < record->setting_count; i++)
        if (!is_as_said(b, &record->settings[i])) return false;
    return true;
}

static bool belongs_to_any(const kd_study_builder *b, const kd_record *record,
                           const kd_table_extra *extra, const kd_group *column)
{
    for (size_t i = 0; i < column->count; i++)
        if (kd_study_table_has(b, column->cells[i], extra->where, extra->where_count) &&
            belongs(b, record, column->cells[i]))
            return true;
    return false;
}

/* Whether the same teachers said both: a mean over them is measured again for each text that they speak of. */
static bool is_same_mean(const kd_record *a, const kd_record *b)
{
    for (size_t i = 0; i < a->setting_count; i++) {
        const char *key = a->settings[i].key, *other = kd_record_value(b, key);
        if (is_about_teaching(key) && !kd_starts_with(key, "data.unlabelled") &&
            kd_value_compare(a->settings[i].value, other) != 0)
            return false;
    }
    return true;
}

static bool is_there(const kd_cells *cells, const kd_record *mean)
{
    for (size_t i = 0; i < cells->count; i++)
        if (is_same_mean(cells->items[i], mean)) return true;
    return false;
}

void kd_study_table_extra_cells(const kd_study_builder *b, size_t which, const kd_group *column,
                                kd_cells *out)
{
    const kd_table_extra *extra = &b->spec->extras[which];
    size_t                count = 0;
    const kd_record      *records = NULL;

    kd_vec_reset(out);
    if (b->source->catalogue != NULL) records = kd_catalogue_records(b->source->catalogue, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_of_kind(&records[i], extra->kind)) continue;
        if (!belongs_to_any(b, &records[i], extra, column)) continue;
        if (extra->kind == KD_TABLE_TEACHER || !is_there(out, &records[i]))
            kd_vec_push(out, &records[i]);
    }
}
