/* study_tables.c - the tables that a study prints, and the job that runs it.
 *
 *     tables = ( {
 *       name = "main"; title = "Students of one teacher"; split = "test";
 *       rows = ["student.hidden"]; columns = ["distill.method"]; metrics = ["f1", "size_mib"];
 *       where = { student = { kind = "bilstm"; }; };
 *       published = ( { student = { hidden = 300; }; metric = "f1"; value = 0.7745; } );
 *       labels = ( { key = "distill.method"; value = "none"; label = "alone"; } );
 *       also = ( { role = "teacher"; label = "BioBERT"; } );
 *       ratio = ( { metric = "f1"; of = "teacher"; }, { metric = "size_mib"; of = { student = { hidden = 300; }; }; } );
 *       baseline = { distill = { method = "none"; }; };
 *       label = "tab:main"; unit = "percent"; digits = 1; best = "column"; second = true; align = "siunitx";
 *     } );
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/schema.h"
#include "harness/config/study_internal.h"

#define TABLE_WORDS                                                                               \
    "name title split rows columns metric metrics where published labels label unit digits best " \
    "second align size_digits size_rounding also ratio baseline"
#define PUBLISHED_WORDS "metric value text source"
#define LABEL_WORDS     "key value label"
#define EXTRA_WORDS     "role label where"
#define RATIO_WORDS     "metric of as digits"
#define TUNE_WORDS      "keys by"

typedef KD_VEC(kd_table_match) matches;

/* ---- members by type ---- */

static kd_status check_members(kd_study *study, const kd_value *group, const char *words,
                               kd_error *err)
{
    kd_status status = kd_study_expect(study, group, KD_VALUE_GROUP, err);
    for (const kd_value *m = group->first; m && status == KD_OK; m = m->next)
        if (!kd_list_has(words, m->name))
            status = kd_study_note(study,
                                   kd_fail(err, KD_ECONFIG, "%s: unknown key; expected one of: %s",
                                           kd_source_place(study->source, m, NULL), words),
                                   err);
    return status;
}

/* A text, or `*out` as it was when there is no such member. */
static kd_status text_member(kd_study *study, const kd_value *group, const char *name,
                             const char **out, kd_error *err)
{
    const kd_value *value = kd_value_get(group, name);
    if (!value) return KD_OK;
    kd_status status = kd_study_expect(study, value, KD_VALUE_TEXT, err);
    if (status == KD_OK) *out = value->text;
    return status;
}

/* A list of texts, each of them the key of a setting when `is_keys`. */
static kd_status list_member(kd_study *study, const kd_value *group, const char *name, bool is_keys,
                             const char *const **out, size_t *count, kd_error *err)
{
    const kd_value *list = kd_value_get(group, name);
    kd_status       status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    const char **texts = kd_arena_alloc(study->arena, list->count + 1, sizeof *texts);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next) {
        status = kd_study_expect(study, m, KD_VALUE_TEXT, err);
        if (status == KD_OK && is_keys && kd_schema_find(m->text) < 0)
            status = kd_study_unknown(study, m, m->text, "", err);
        if (status == KD_OK) texts[(*count)++] = m->text;
        status = kd_study_note(study, status, err);
    }
    *out = texts;
    return status;
}

static kd_status take_match(kd_study *study, int row, const kd_value *value, void *user,
                            kd_error *err)
{
    kd_table_match match = { kd_schema_rows(NULL)[row].key, NULL };
    kd_status      status = kd_study_canonical(study, row, value, &match.value, err);
    if (status == KD_OK) kd_vec_push((matches *)user, match);
    return status;
}

static kd_status read_matches(kd_study *study, const kd_value *group, const char *others,
                              const kd_table_match **out, size_t *count, kd_error *err)
{
    matches         found = KD_VEC_INIT;
    kd_status       status = kd_study_each_setting(study, group, others, take_match, &found, err);
    kd_table_match *kept = kd_arena_alloc(study->arena, found.count + 1, sizeof *kept);
    if (found.count) memcpy(kept, found.items, found.count * sizeof *kept);
    *out = kept;
    *count = found.count;
    kd_vec_fini(&found);
    return status;
}

/* The values that cells must have; none when there is no `where`. */
static kd_status where_member(kd_study *study, const kd_value *group, const kd_table_match **out,
                              size_t *count, kd_error *err)
{
    const kd_value *where = kd_value_get(group, "where");
    kd_status       status = where ? kd_study_expect(study, where, KD_VALUE_GROUP, err) : KD_OK;
    if (!where || status != KD_OK) return status;
    return read_matches(study, where, "", out, count, err);
}

/* ---- the parts of a table ---- */

static kd_status read_published(kd_study *study, const kd_value *group, kd_table_published *out,
                                kd_error *err)
{
    kd_status status = kd_study_expect(study, group, KD_VALUE_GROUP, err);
    if (status != KD_OK) return status;
    const kd_value *value = kd_value_get(group, "value");
    if (!value)
        return kd_fail(err, KD_ECONFIG, "%s: there is no `value`",
                       kd_source_place(study->source, group, NULL));
    out->is_not_stated =
        value->type == KD_VALUE_TEXT && strcmp(value->text, KD_PUBLISHED_NOT_STATED) == 0;
    if (!out->is_not_stated) status = kd_study_expect(study, value, KD_VALUE_REAL, err);
    if (status == KD_OK && !out->is_not_stated) out->value = strtod(value->text, NULL);
    if (status == KD_OK) status = text_member(study, group, "metric", &out->metric, err);
    if (status == KD_OK) status = text_member(study, group, "text", &out->text, err);
    if (status == KD_OK) status = text_member(study, group, "source", &out->source, err);
    if (status == KD_OK)
        status = read_matches(study, group, PUBLISHED_WORDS, &out->match, &out->match_count, err);
    return status;
}

static kd_status read_label(kd_study *study, const kd_value *group, kd_table_label *out,
                            kd_error *err)
{
    const kd_value *value = kd_value_get(group, "value");
    kd_status       status = check_members(study, group, LABEL_WORDS, err);
    if (status == KD_OK) status = text_member(study, group, "key", &out->key, err);
    if (status == KD_OK) status = text_member(study, group, "label", &out->label, err);
    if (status != KD_OK) return status;
    if (!out->key || !out->label)
        return kd_fail(err, KD_ECONFIG, "%s: there is no `%s`",
                       kd_source_place(study->source, group, NULL), out->key ? "label" : "key");
    int row = kd_schema_find(out->key);
    if (row < 0) return kd_study_unknown(study, kd_value_get(group, "key"), out->key, "", err);
    return value ? kd_study_canonical(study, row, value, &out->value, err) : KD_OK;
}

static kd_status read_published_list(kd_study *study, const kd_value *list, kd_study_table *out,
                                     kd_error *err)
{
    kd_status status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    kd_table_published *all = kd_arena_zero(study->arena, list->count + 1, sizeof *all);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status =
            kd_study_note(study, read_published(study, m, &all[out->published_count++], err), err);
    out->published = all;
    return status;
}

static kd_status read_labels(kd_study *study, const kd_value *list, kd_study_table *out,
                             kd_error *err)
{
    kd_status status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    kd_table_label *all = kd_arena_zero(study->arena, list->count + 1, sizeof *all);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status = kd_study_note(study, read_label(study, m, &all[out->label_count++], err), err);
    out->labels = all;
    return status;
}

static kd_status read_metrics(kd_study *study, const kd_value *group, kd_study_table *out,
                              kd_error *err)
{
    const char **one = kd_arena_alloc(study->arena, 1, sizeof *one);
    *one = "f1";
    kd_status status = text_member(study, group, "metric", one, err);
    if (status == KD_OK)
        status =
            list_member(study, group, "metrics", false, &out->metrics, &out->metric_count, err);
    if (out->metric_count == 0) {
        out->metrics = one;
        out->metric_count = 1;
    }
    return status;
}

static kd_status read_split(kd_study *study, const kd_value *group, kd_study_table *out,
                            kd_error *err)
{
    int row = kd_schema_find("data.report");
    out->split = study->base[row];
    const kd_value *value = kd_value_get(group, "split");
    return value ? kd_study_canonical(study, row, value, &out->split, err) : KD_OK;
}

/* The place of a member's word in the list; 0, the first, when there is no such member. */
static kd_status word_member(kd_study *study, const kd_value *group, const char *name,
                             const char *const *words, int *out, kd_error *err)
{
    const kd_value *value = kd_value_get(group, name);
    kd_status       status = value ? kd_study_expect(study, value, KD_VALUE_TEXT, err) : KD_OK;
    kd_str          list = KD_STR_INIT;
    *out = 0;
    if (!value || status != KD_OK) return status;
    for (int i = 0; words[i]; i++) {
        kd_str_addf(&list, "%s%s", i ? ", " : "", words[i]);
        if (strcmp(words[i], value->text) == 0) *out = i, status = KD_EUSAGE;
    }
    status = status == KD_EUSAGE ? KD_OK
                                 : kd_fail(err, KD_ECONFIG, "%s: expected one of %s, found %s",
                                           kd_source_place(study->source, value, NULL), list.text,
                                           kd_value_words(study->source, value));
    kd_str_fini(&list);
    return status;
}

/* 0 to 6, or `*out` as it was when there is no such member. */
static kd_status digits_member(kd_study *study, const kd_value *group, const char *name, int *out,
                               kd_error *err)
{
    const kd_value *value = kd_value_get(group, name);
    kd_status       status = value ? kd_study_expect(study, value, KD_VALUE_INT, err) : KD_OK;
    if (!value || status != KD_OK) return status;
    *out = atoi(value->text);
    return *out >= 0 && *out <= 6 ? KD_OK
                                  : kd_fail(err, KD_ECONFIG, "%s: expected 0 to 6",
                                            kd_source_place(study->source, value, NULL));
}

/* How it looks in print. */
static kd_status read_looks(kd_study *study, const kd_value *group, kd_study_table *out,
                            kd_error *err)
{
    static const char *const units[] = { "fraction", "percent", NULL };
    static const char *const bests[] = { "column", "row", "block", "none", NULL };
    static const char *const aligns[] = { "plain", "siunitx", NULL };
    static const char *const roundings[] = { "half_up_2stage", "trunc", NULL };
    const kd_value          *second = kd_value_get(group, "second");
    int                      unit = 0, best = 0, align = 0, rounding = 0;
    kd_status                status = text_member(study, group, "label", &out->label, err);
    for (const char *c = out->label ? out->label : ""; *c && status == KD_OK; c++)
        if (!isalnum((unsigned char)*c) && !strchr(":._-", *c))
            status = kd_fail(err, KD_ECONFIG, "%s: expected letters, digits, ':', '.', '_' and '-'",
                             kd_source_place(study->source, kd_value_get(group, "label"), NULL));
    if (status == KD_OK) status = word_member(study, group, "unit", units, &unit, err);
    if (status == KD_OK) status = word_member(study, group, "best", bests, &best, err);
    if (status == KD_OK) status = word_member(study, group, "align", aligns, &align, err);
    out->digits = out->size_digits = -1;
    if (status == KD_OK) status = digits_member(study, group, "digits", &out->digits, err);
    if (status == KD_OK)
        status = digits_member(study, group, "size_digits", &out->size_digits, err);
    if (status == KD_OK)
        status = word_member(study, group, "size_rounding", roundings, &rounding, err);
    out->has_digits = out->digits >= 0;
    out->cuts_sizes = rounding == 1;
    if (status == KD_OK && second) status = kd_study_expect(study, second, KD_VALUE_BOOL, err);
    out->is_percent = unit == 1;
    out->best = (kd_table_best)best; /* in the order of the enum */
    out->is_aligned = align == 1;
    out->marks_second = second && status == KD_OK && strcmp(second->text, "true") == 0;
    return status;
}

/* ---- what figures are set against ---- */

static const char *const extra_roles[] = {
#define X(name, word) word,
    KD_TABLE_EXTRAS(X)
#undef X
        NULL,
};

static kd_status read_extra(kd_study *study, const kd_value *group, kd_table_extra *out,
                            kd_error *err)
{
    int       kind = 0;
    kd_status status = check_members(study, group, EXTRA_WORDS, err);
    if (status == KD_OK) status = word_member(study, group, "role", extra_roles, &kind, err);
    out->kind = (kd_table_extra_kind)kind;
    out->label = extra_roles[kind];
    if (status == KD_OK) status = text_member(study, group, "label", &out->label, err);
    return status == KD_OK ? where_member(study, group, &out->where, &out->where_count, err)
                           : status;
}

static kd_status read_extras(kd_study *study, const kd_value *list, kd_study_table *out,
                             kd_error *err)
{
    kd_status status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    kd_table_extra *all = kd_arena_zero(study->arena, list->count + 1, sizeof *all);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status = kd_study_note(study, read_extra(study, m, &all[out->extra_count++], err), err);
    out->extras = all;
    return status;
}

/* The row of `also` that a word means. */
static kd_status find_extra(kd_study *study, const kd_value *value, const kd_study_table *table,
                            int *out, kd_error *err)
{
    for (size_t i = 0; i < table->extra_count; i++)
        if (strcmp(value->text, extra_roles[table->extras[i].kind]) == 0) {
            *out = (int)i;
            return KD_OK;
        }
    return kd_fail(err, KD_ECONFIG, "%s: no row of `also` has the role \"%s\"",
                   kd_source_place(study->source, value, NULL), value->text);
}

static kd_status read_ratio(kd_study *study, const kd_value *group, const kd_study_table *table,
                            kd_table_ratio *out, kd_error *err)
{
    static const char *const kinds[] = { "usual", "percent", "change", NULL }; /* as the enum */
    const kd_value          *of = kd_value_get(group, "of");
    int                      kind = 0;
    kd_status                status = check_members(study, group, RATIO_WORDS, err);
    *out = (kd_table_ratio){ .metric = table->metrics[0], .digits = 1, .extra = -1 };
    if (status == KD_OK) status = text_member(study, group, "metric", &out->metric, err);
    if (status == KD_OK) status = word_member(study, group, "as", kinds, &kind, err);
    if (status == KD_OK) status = digits_member(study, group, "digits", &out->digits, err);
    out->kind = (kd_ratio_kind)kind;
    if (status != KD_OK) return status;
    bool is_there = false;
    for (size_t i = 0; i < table->metric_count; i++)
        is_there |= strcmp(table->metrics[i], out->metric) == 0;
    if (!is_there)
        return kd_fail(err, KD_ECONFIG, "%s: the table has no metric %s",
                       kd_source_place(study->source, group, NULL), out->metric);
    if (!of)
        return kd_fail(err, KD_ECONFIG, "%s: there is no `of`",
                       kd_source_place(study->source, group, NULL));
    if (of->type == KD_VALUE_TEXT) return find_extra(study, of, table, &out->extra, err);
    status = kd_study_expect(study, of, KD_VALUE_GROUP, err);
    return status == KD_OK ? read_matches(study, of, "", &out->of, &out->of_count, err) : status;
}

static kd_status read_ratios(kd_study *study, const kd_value *list, kd_study_table *out,
                             kd_error *err)
{
    kd_status status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    kd_table_ratio *all = kd_arena_zero(study->arena, list->count + 1, sizeof *all);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status =
            kd_study_note(study, read_ratio(study, m, out, &all[out->ratio_count++], err), err);
    out->ratios = all;
    return status;
}

static kd_status read_references(kd_study *study, const kd_value *group, kd_study_table *out,
                                 kd_error *err)
{
    const kd_value *baseline = kd_value_get(group, "baseline");
    kd_status       status = read_extras(study, kd_value_get(group, "also"), out, err);
    if (status == KD_OK) status = read_ratios(study, kd_value_get(group, "ratio"), out, err);
    if (status == KD_OK && baseline) status = kd_study_expect(study, baseline, KD_VALUE_GROUP, err);
    if (status == KD_OK && baseline)
        status = read_matches(study, baseline, "", &out->baseline, &out->baseline_count, err);
    return status;
}

static kd_status read_table(kd_study *study, const kd_value *group, kd_study_table *out,
                            kd_error *err)
{
    kd_status status = check_members(study, group, TABLE_WORDS, err);
    if (status != KD_OK) return status;
    out->name = study->name;
    status = text_member(study, group, "name", &out->name, err);
    if (status == KD_OK) status = text_member(study, group, "title", &out->title, err);
    if (status == KD_OK) status = read_split(study, group, out, err);
    if (status == KD_OK)
        status = list_member(study, group, "rows", true, &out->rows, &out->row_count, err);
    if (status == KD_OK)
        status = list_member(study, group, "columns", true, &out->columns, &out->column_count, err);
    if (status == KD_OK) status = read_metrics(study, group, out, err);
    if (status == KD_OK) status = where_member(study, group, &out->where, &out->where_count, err);
    if (status == KD_OK)
        status = read_published_list(study, kd_value_get(group, "published"), out, err);
    if (status == KD_OK) status = read_labels(study, kd_value_get(group, "labels"), out, err);
    if (status == KD_OK) status = read_references(study, group, out, err);
    return status == KD_OK ? read_looks(study, group, out, err) : status;
}

kd_status kd_study_read_tables(kd_study *study, kd_error *err)
{
    const kd_value *list = kd_value_get(kd_source_root(study->source), "tables");
    kd_status       status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    study->tables = kd_arena_zero(study->arena, list->count + 1, sizeof *study->tables);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status = kd_study_note(
            study, read_table(study, m, &study->tables[study->table_count++], err), err);
    return status;
}

/* ---- what is chosen ---- */

static kd_status read_tune(kd_study *study, const kd_value *group, kd_study_tune *out,
                           kd_error *err)
{
    kd_status status = check_members(study, group, TUNE_WORDS, err);
    if (status == KD_OK)
        status = list_member(study, group, "keys", true, &out->keys, &out->key_count, err);
    if (status == KD_OK) status = text_member(study, group, "by", &out->by, err);
    if (status != KD_OK) return status;
    if (out->key_count == 0)
        return kd_fail(err, KD_ECONFIG, "%s: there are no `keys`",
                       kd_source_place(study->source, group, NULL));
    if (out->by && kd_starts_with(out->by, "test."))
        return kd_fail(err, KD_ECONFIG,
                       "%s: what is picked by its figure on test has that figure because it was "
                       "picked; expected one of devel",
                       kd_source_place(study->source, kd_value_get(group, "by"), NULL));
    return KD_OK;
}

kd_status kd_study_read_tunes(kd_study *study, kd_error *err)
{
    const kd_value *list = kd_value_get(study->group, "tune");
    kd_status       status = list ? kd_study_expect(study, list, KD_VALUE_LIST, err) : KD_OK;
    if (!list || status != KD_OK) return status;
    study->tunes = kd_arena_zero(study->arena, list->count + 1, sizeof *study->tunes);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next)
        status =
            kd_study_note(study, read_tune(study, m, &study->tunes[study->tune_count++], err), err);
    return status;
}

/* ---- the job ---- */

#define SITE_WORDS "probe slurm" /* what the file of a site is made of */

/* A list of texts, kept as lines. */
static kd_status read_lines(kd_study *study, const kd_setting *row, const kd_value *list,
                            kd_error *err)
{
    kd_str      lines = KD_STR_INIT;
    kd_status   status = KD_OK;
    const char *at = kd_source_place(study->source, list, NULL);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next) {
        status = kd_study_expect(study, m, KD_VALUE_TEXT, err);
        if (status == KD_OK && strchr(m->text, '\n'))
            status = kd_fail(err, KD_ECONFIG, "%s: expected one line in each text", at);
        if (status == KD_OK) kd_str_addf(&lines, "%s%s", lines.length ? "\n" : "", m->text);
    }
    if (status == KD_OK && lines.length >= row->size)
        status = kd_fail(err, KD_ECONFIG, "%s: expected at most %zu bytes, found %zu", at,
                         row->size - 1, lines.length);
    if (status == KD_OK) strcpy((char *)&study->slurm + row->offset, lines.text);
    kd_str_fini(&lines);
    return status;
}

static kd_status read_slurm_member(kd_study *study, const kd_value *value, kd_error *err)
{
    const char       *at = kd_source_place(study->source, value, NULL);
    const kd_setting *row = kd_setting_find(kd_slurm_settings, value->name);
    if (!row) {
        const char *near = kd_setting_nearest(kd_slurm_settings, value->name);
        return near ? kd_fail(err, KD_ECONFIG, "%s: unknown key; did you mean slurm.%s?", at, near)
                    : kd_fail(err, KD_ECONFIG, "%s: unknown key", at);
    }
    bool is_lines = kd_list_has(KD_SLURM_LINES, row->key);
    if (value->type == KD_VALUE_LIST && is_lines) return read_lines(study, row, value, err);
    bool is_loose = value->origin >= KD_ORIGIN_ENVIRONMENT;
    bool is_number = value->type == KD_VALUE_INT || value->type == KD_VALUE_REAL;
    bool is_right = row->type == KD_SETTING_INT ? is_number : value->type == KD_VALUE_TEXT;
    if (!value->text || !(is_right || is_loose))
        return kd_fail(err, KD_ECONFIG, "%s: expected %s, found %s", at,
                       row->type == KD_SETTING_INT ? "a whole number" : "a text",
                       kd_value_words(study->source, value));
    kd_status status = kd_setting_put(row, &study->slurm, value->text, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", at);
}

static kd_status read_slurm_group(kd_study *study, kd_source *from, const char *name, kd_error *err)
{
    const kd_value *group = kd_value_get(kd_source_root(from), name);
    kd_status       status = group ? kd_study_expect(study, group, KD_VALUE_GROUP, err) : KD_OK;
    for (const kd_value *m = group ? group->first : NULL; m && status == KD_OK; m = m->next)
        status = kd_study_note(study, read_slurm_member(study, m, err), err);
    return status;
}

/* What a probe found stands below what a person wrote. */
static kd_status read_site(kd_study *study, kd_error *err)
{
    kd_source *site;
    kd_status  status = kd_source_open(&site, study->options->site, err);
    if (status != KD_OK) return status;
    for (const kd_value *m = kd_source_root(site)->first; m && status == KD_OK; m = m->next)
        if (!kd_list_has(SITE_WORDS, m->name))
            status = kd_study_note(study,
                                   kd_fail(err, KD_ECONFIG,
                                           "%s: unknown key; expected one of: " SITE_WORDS,
                                           kd_source_place(site, m, NULL)),
                                   err);
    if (status == KD_OK) status = read_slurm_group(study, site, "probe", err);
    if (status == KD_OK) status = read_slurm_group(study, site, "slurm", err);
    kd_source_close(site);
    return status;
}

/* The shape that a site prefers is for jobs of one node: what a file asks several nodes for is not handed in
 * several times. */
kd_status kd_study_read_slurm(kd_study *study, kd_error *err)
{
    kd_slurm_options *slurm = &study->slurm;
    kd_status         status = KD_OK;
    kd_setting_defaults(kd_slurm_settings, slurm);
    if (study->options->site) status = read_site(study, err);
    kd_slurm_shape preferred = slurm->shape;
    slurm->shape = KD_SHAPE_AUTO;
    if (status == KD_OK) status = read_slurm_group(study, study->source, "slurm", err);
    if (slurm->shape == KD_SHAPE_AUTO && slurm->nodes == 1) slurm->shape = preferred;
    return status;
}
