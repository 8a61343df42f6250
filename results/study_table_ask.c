/* study_table_ask.c - a table by what somebody asks for, in place of those of an experiment file. */
#include <string.h>

#include "results/study_table_internal.h"

/* Whether devel chooses the key in this study, so that it is no row unless somebody says so. */
static bool is_tuned(const kd_study *study, const char *key)
{
    size_t               count;
    const kd_study_tune *tunes = kd_study_tunes(study, &count);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tunes[i].key_count; k++)
            if (strcmp(tunes[i].keys[k], key) == 0) return true;
    return false;
}

static bool is_among(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

static kd_status check_keys(const char *option, const char *const *keys, size_t count,
                            kd_error *err)
{
    kd_status status = KD_OK;

    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = kd_expected_check_setting(keys[i], option, err);
    return status;
}

/* ---- what figures are set against ---- */

static kd_status check_value(const char *option, const kd_study *study, const kd_table_match *match,
                             kd_error *err)
{
    kd_expected *expected = kd_expected_create(study);
    bool         is_there = false;

    for (size_t i = 0; i < kd_expected_count(expected) && !is_there; i++) {
        kd_expected_take(expected, i);
        is_there = kd_value_compare(kd_expected_said(expected, match->key), match->value) == 0;
    }
    kd_expected_destroy(expected);
    if (is_there) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "%s: no cell of the study has %s = %s", option, match->key,
                   match->value);
}

/* Append what "KEY=VALUE" says. */
static kd_status read_match(kd_table_match *all, size_t *count, const char *option,
                            const char *text, const kd_study *study, kd_arena *arena, kd_error *err)
{
    const char     *equals = strchr(text, '=');
    kd_table_match *match = &all[*count];
    const char     *key;
    kd_status       status;

    if (equals == NULL || equals == text)
        return kd_fail(err, KD_EUSAGE, "%s: expected KEY=VALUE, found %s", option, text);
    key = kd_arena_strndup(arena, text, (size_t)(equals - text));
    *match = (kd_table_match){ key, kd_arena_strdup(arena, equals + 1) };
    if ((status = check_keys(option, &key, 1, err)) != KD_OK) return status;
    if ((status = check_value(option, study, match, err)) != KD_OK) return status;
    ++*count;
    return KD_OK;
}

static kd_status read_baseline(kd_study_table *out, const kd_study *study, const kd_arg_list *words,
                               kd_arena *arena, kd_error *err)
{
    kd_table_match *all = kd_arena_alloc(arena, words->count + 1, sizeof *all);
    kd_status       status = KD_OK;

    out->baseline = all;
    for (size_t i = 0; status == KD_OK && i < words->count; i++)
        status =
            read_match(all, &out->baseline_count, "--baseline", words->items[i], study, arena, err);
    return status;
}

static bool find_role(kd_table_extra_kind *out, const char *word)
{
#define X(name, text)              \
    if (strcmp(word, text) == 0) { \
        *out = KD_TABLE_##name;    \
        return true;               \
    }
    KD_TABLE_EXTRAS(X)
#undef X
    return false;
}

/* "teacher", or "teacher=BioBERT" */
static kd_status read_extras(kd_study_table *out, const kd_arg_list *words, kd_arena *arena,
                             kd_error *err)
{
    kd_table_extra *all = kd_arena_zero(arena, words->count + 1, sizeof *all);

    out->extras = all;
    for (size_t i = 0; i < words->count; i++) {
        const char *equals = strchr(words->items[i], '=');
        size_t      length =
            equals != NULL ? (size_t)(equals - words->items[i]) : strlen(words->items[i]);
        const char *role = kd_arena_strndup(arena, words->items[i], length);
        if (!find_role(&all[i].kind, role))
            return kd_fail(err, KD_EUSAGE, "--also: expected teacher or ensemble, found %s", role);
        all[i].label = equals != NULL ? equals + 1 : role;
        out->extra_count++;
    }
    return KD_OK;
}

/* The reference of a ratio: a row of --also, or a place of the table. */
static kd_status read_reference(kd_table_ratio *out, const kd_study_table *table, const char *text,
                                const kd_study *study, kd_arena *arena, kd_error *err)
{
    kd_table_extra_kind kind;
    kd_table_match     *all = kd_arena_alloc(arena, strlen(text) + 1, sizeof *all);
    char               *rest = kd_arena_strdup(arena, text), *word;
    kd_status           status = KD_OK;

    if (find_role(&kind, text)) {
        for (size_t i = 0; i < table->extra_count; i++)
            if (table->extras[i].kind == kind) out->extra = (int)i;
        return out->extra >= 0
                   ? KD_OK
                   : kd_fail(err, KD_EUSAGE, "--ratio: %s is a row of --also %s", text, text);
    }
    out->of = all;
    while (status == KD_OK && (word = strsep(&rest, ",")) != NULL)
        status = read_match(all, &out->of_count, "--ratio", word, study, arena, err);
    return status;
}

/* "f1=teacher", "size_mib=student.hidden=300" */
static kd_status read_ratio(kd_table_ratio *out, const kd_study_table *table, const char *text,
                            const kd_study *study, kd_arena *arena, kd_error *err)
{
    const char *equals = strchr(text, '=');

    *out = (kd_table_ratio){ .digits = 1, .extra = -1 };
    if (equals == NULL)
        return kd_fail(err, KD_EUSAGE,
                       "--ratio: expected METRIC=teacher or METRIC=KEY=VALUE, found %s", text);
    out->metric = kd_arena_strndup(arena, text, (size_t)(equals - text));
    if (!is_among(table->metrics, table->metric_count, out->metric))
        return kd_fail(err, KD_EUSAGE, "--ratio: the table has no metric %s", out->metric);
    return read_reference(out, table, equals + 1, study, arena, err);
}

static kd_status read_references(kd_study_table *out, const kd_study *study,
                                 const kd_table_wish *wish, kd_arena *arena, kd_error *err)
{
    kd_table_ratio *ratios = kd_arena_alloc(arena, wish->ratio.count + 1, sizeof *ratios);
    kd_status       status = read_baseline(out, study, &wish->baseline, arena, err);

    if (status == KD_OK) status = read_extras(out, &wish->also, arena, err);
    out->ratios = ratios;
    for (size_t i = 0; status == KD_OK && i < wish->ratio.count; i++)
        status =
            read_ratio(&ratios[out->ratio_count++], out, wish->ratio.items[i], study, arena, err);
    return status;
}

/* ---- the table ---- */

kd_status kd_study_table_ask(kd_study_table *out, const kd_study *study, const kd_table_wish *wish,
                             kd_arena *arena, kd_error *err)
{
    size_t                count, n = 0;
    const kd_study_table *tables = kd_study_tables(study, &count);
    const char          **rows;
    kd_status             status = check_keys("--rows", wish->rows, wish->row_count, err);

    if (status == KD_OK) status = check_keys("--columns", wish->columns, wish->column_count, err);
    if (status != KD_OK) return status;
    kd_study_table_default(out, study, arena);
    rows = kd_arena_alloc(arena, out->row_count + 1, sizeof *rows);
    for (size_t i = 0; i < out->row_count; i++)
        if (!is_among(wish->columns, wish->column_count, out->rows[i]) &&
            !is_tuned(study, out->rows[i]))
            rows[n++] = out->rows[i];
    out->rows = wish->row_count > 0 ? wish->rows : rows;
    out->row_count = wish->row_count > 0 ? wish->row_count : n;
    out->columns = wish->columns;
    out->column_count = wish->column_count;
    if (wish->metric_count > 0) {
        out->metrics = wish->metrics;
        out->metric_count = wish->metric_count;
    }
    if (count > 0) {
        out->labels = tables[0].labels;
        out->label_count = tables[0].label_count;
    }
    return read_references(out, study, wish, arena, err);
}
