/* study.c - opening a study: who says what, and the settings that all cells start from. */
#include "harness/config/study.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/config/schema.h"
#include "harness/config/study_internal.h"

/* Members of `study` that are no settings of a cell. */
#define STUDY_WORDS "name about seeds axes cells include exclude tune"
/* What an experiment file is made of. */
#define ROOT_WORDS  "study profiles tables slurm"

/* ---- the values that all cells start from ---- */

static kd_status take_base(kd_study *study, int row, const kd_value *value, void *user,
                           kd_error *err)
{
    (void)user;
    if (value->type == KD_VALUE_LIST && value->origin >= KD_ORIGIN_ENVIRONMENT) {
        study->lists[row] = value;
        return KD_OK;
    }
    study->said[row] = value;
    return kd_study_canonical(study, row, value, &study->base[row], err);
}

static kd_status only_check(kd_study *study, int row, const kd_value *value, void *user,
                            kd_error *err)
{
    const char *unused;
    (void)user;
    return kd_study_canonical(study, row, value, &unused, err);
}

/* ---- who says what ---- */

/* A setting that stands outside of `study` is the likeliest slip, then a misspelt group. */
static kd_status unknown_at_root(const kd_study *study, const kd_value *value, kd_error *err)
{
    const char *name = value->name, *at = kd_study_at(study, value, name);
    if (kd_schema_find(name) >= 0 || kd_schema_has_group(name) || kd_list_has(STUDY_WORDS, name))
        return kd_fail(err, KD_ECONFIG, "%s: unknown key; did you mean study.%s?", at, name);
    const char *near = kd_study_nearest(study->arena, ROOT_WORDS, name);
    if (near) return kd_fail(err, KD_ECONFIG, "%s: unknown key; did you mean %s?", at, near);
    return kd_fail(err, KD_ECONFIG, "%s: unknown key; expected one of: %s", at, ROOT_WORDS);
}

static kd_status check_root(kd_study *study, kd_error *err)
{
    kd_value *root = kd_source_root(study->source);
    kd_status status = KD_OK;
    for (const kd_value *m = root->first; m && status == KD_OK; m = m->next)
        if (!kd_list_has(ROOT_WORDS, m->name))
            status = kd_study_note(study, unknown_at_root(study, m, err), err);
    if (status != KD_OK) return status;
    const kd_value *group = kd_value_get(root, "study");
    if (!group) return kd_fail(err, KD_ECONFIG, "%s: there is no group `study`", study->path);
    status = kd_study_expect(study, group, KD_VALUE_GROUP, err);
    study->group = kd_source_group(study->source, root, "study");
    return status;
}

/* A profile says what `study` says; its `tables` and `slurm` stand in for the file's. */
static void lay_on(kd_study *study, const kd_value *profile)
{
    kd_value *root = kd_source_root(study->source);
    for (const kd_value *m = profile->first; m; m = m->next) {
        kd_value alone = *m, group = *profile; /* the profile with this member only */
        alone.next = NULL;
        group.first = group.last = &alone;
        kd_source_overlay(study->source, kd_list_has("tables slurm", m->name) ? root : study->group,
                          &group, KD_ORIGIN_PROFILE);
    }
}

static void list_members(const kd_value *group, kd_str *out)
{
    for (const kd_value *m = group->first; m; m = m->next)
        kd_str_addf(out, "%s%s", out->length ? ", " : "", m->name);
}

/* All profiles are checked, so that one that is chosen on the cluster fails on the laptop. */
static kd_status take_profile(kd_study *study, const char *name, kd_error *err)
{
    const kd_value *profiles = kd_value_get(kd_source_root(study->source), "profiles");
    const kd_value *chosen = NULL;
    kd_status status = profiles ? kd_study_expect(study, profiles, KD_VALUE_GROUP, err) : KD_OK;
    for (const kd_value *p = profiles ? profiles->first : NULL; p && status == KD_OK; p = p->next) {
        status = kd_study_expect(study, p, KD_VALUE_GROUP, err);
        if (status == KD_OK)
            status =
                kd_study_each_setting(study, p, STUDY_WORDS " tables slurm", only_check, NULL, err);
        status = kd_study_note(study, status, err);
        if (name && strcmp(p->name, name) == 0) chosen = p;
    }
    if (status != KD_OK || !name) return status;
    if (chosen) {
        lay_on(study, chosen);
        return KD_OK;
    }
    if (study->options->may_lack_it) {
        study->profile = NULL;
        return KD_OK;
    }
    kd_str names = KD_STR_INIT;
    if (profiles) list_members(profiles, &names);
    kd_fail(err, KD_EUSAGE, "%s: no profile %s; it has %s", study->path, name,
            names.length ? names.text : "none");
    kd_str_fini(&names);
    return KD_EUSAGE;
}

static kd_status put(kd_study *study, const char *key, const char *text, kd_origin origin,
                     const char *where, kd_error *err)
{
    kd_value *target = study->group;
    if (kd_starts_with(key, "study.")) key += 6;
    if (kd_starts_with(key, "slurm.")) target = kd_source_root(study->source);
    return kd_source_put(study->source, target, key, text, origin, where, err);
}

/* KDGRID_TRAIN__WEIGHT_DECAY is train.weight_decay. A name without a double underscore is taken
 * only when it is a setting, for the program has variables of its own. */
static kd_status take_environment(kd_study *study, const char *const *environment, kd_error *err)
{
    kd_status status = KD_OK;
    size_t    count = 0;
    while (environment[count]) count++;
    study->environment = kd_arena_zero(study->arena, count + 1, sizeof *study->environment);
    count = 0;
    for (; *environment && status == KD_OK; environment++) {
        if (!kd_starts_with(*environment, "KDGRID_")) continue;
        const char *equals = strchr(*environment, '=');
        if (!equals) continue;
        kd_str key = KD_STR_INIT;
        for (const char *c = *environment + 7; c < equals; c++) {
            bool is_dot = c[0] == '_' && c[1] == '_';
            kd_str_add_char(&key, is_dot ? '.' : (char)tolower((unsigned char)*c));
            c += is_dot;
        }
        char *name = kd_strndup(*environment, (size_t)(equals - *environment));
        if (strchr(key.text, '.') || kd_schema_find(key.text) >= 0 || !strcmp(key.text, "seeds")) {
            status = put(study, key.text, equals + 1, KD_ORIGIN_ENVIRONMENT, name, err);
            study->environment[count++] = kd_arena_strdup(study->arena, *environment);
        }
        status = kd_study_note(study, status, err);
        free(name);
        kd_str_fini(&key);
    }
    return status;
}

static kd_status take_overrides(kd_study *study, const kd_arg_list *overrides, kd_error *err)
{
    kd_status status = KD_OK;
    study->overrides = kd_arena_zero(study->arena, overrides->count + 1, sizeof *study->overrides);
    for (size_t i = 0; i < overrides->count && status == KD_OK; i++) {
        const char *equals = strchr(overrides->items[i], '=');
        if (!equals || equals == overrides->items[i])
            return kd_fail(err, KD_EUSAGE, "-D %s: expected key=value", overrides->items[i]);
        study->overrides[i] = kd_arena_strdup(study->arena, overrides->items[i]);
        char *key = kd_strndup(overrides->items[i], (size_t)(equals - overrides->items[i]));
        status =
            kd_study_note(study, put(study, key, equals + 1, KD_ORIGIN_COMMAND, "-D", err), err);
        free(key);
    }
    return status;
}

static kd_status read_name(kd_study *study, kd_error *err)
{
    const kd_value *value = kd_value_get(study->group, "name");
    if (!value) {
        const char *file = kd_fs_name(study->path);
        size_t      length = strlen(file);
        if (kd_ends_with(file, ".cfg") && length > 4) length -= 4;
        study->name = kd_arena_strndup(study->arena, file, length);
        return KD_OK;
    }
    kd_status status = kd_study_expect(study, value, KD_VALUE_TEXT, err);
    if (status != KD_OK) return status;
    study->name = value->text;
    for (const char *c = value->text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) study->name = "";
    if (*study->name) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: expected letters, digits, '.', '_' and '-', found %s",
                   kd_study_at(study, value, "name"), kd_value_words(study->source, value));
}

static kd_status read_base(kd_study *study, kd_error *err)
{
    kd_schema_rows(&study->rows);
    study->base = kd_arena_alloc(study->arena, study->rows, sizeof *study->base);
    study->said = kd_arena_zero(study->arena, study->rows, sizeof *study->said);
    study->lists = kd_arena_zero(study->arena, study->rows, sizeof *study->lists);
    memcpy(study->base, kd_schema_defaults(), study->rows * sizeof *study->base);
    return kd_study_each_setting(study, study->group, STUDY_WORDS, take_base, NULL, err);
}

/* The column of an axis that varies `row`, and the list of values that it was made from. */
static const kd_grid_column *column_of(const kd_study *study, int row, size_t *length)
{
    for (size_t d = 0; d < study->dimensions.count; d++) {
        const kd_grid_dimension *dim = &study->dimensions.items[d];
        for (size_t c = 0; c < dim->column_count; c++)
            if (dim->columns[c].row == row) {
                *length = dim->length;
                return &dim->columns[c];
            }
    }
    return NULL;
}

static void note_origins(kd_study *study)
{
    size_t     count;
    const int *varying = kd_grid_varying(study->grid, &count);
    study->origin = kd_arena_zero(study->arena, study->rows, sizeof *study->origin);
    for (size_t r = 0; r < study->rows; r++) {
        const kd_value *value = study->said[r];
        size_t          length;
        if (column_of(study, (int)r, &length))
            study->origin[r] = "axis";
        else if (value)
            study->origin[r] =
                kd_arena_sprintf(study->arena, "%s: %s", kd_origin_word(value->origin),
                                 kd_source_where(study->source, value));
    }
    for (size_t i = 0; i < count; i++) study->origin[varying[i]] = "axis"; /* also of `include` */
}

/* What a group `study` that is none, or too many mistakes, ends has no continuation; all else has. */
static kd_status read_all(kd_study *study, const kd_study_options *options, kd_error *err)
{
    const char *const *environment =
        options->environment ? options->environment : (const char *const *)environ;
    if (options->profile) study->profile = kd_arena_strdup(study->arena, options->profile);
    kd_status status = check_root(study, err);
#define THEN(step) \
    if (status == KD_OK) status = kd_study_note(study, step, err)
    THEN(take_profile(study, options->profile, err));
    THEN(take_environment(study, environment, err));
    THEN(take_overrides(study, &options->overrides, err));
    THEN(read_name(study, err));
    THEN(read_base(study, err));
    THEN(kd_study_read_grid(study, err));
    if (status == KD_OK && study->problems->count == 0) note_origins(study);
    THEN(kd_study_read_tables(study, err));
    THEN(kd_study_read_tunes(study, err));
    THEN(kd_study_read_slurm(study, err));
#undef THEN
    if (status != KD_OK) kd_problems_add(study->problems, status, err);
    return kd_problems_fail(study->problems, err);
}

kd_status kd_study_open(kd_study **out, const char *path, const kd_study_options *options,
                        kd_error *err)
{
    static const kd_study_options none = { 0 };
    kd_problems                   problems = { 0 };
    kd_source                    *source;
    if (!options) options = &none;
    kd_status status = options->text ? kd_source_parse(&source, options->text, path, err)
                                     : kd_source_open(&source, path, err);
    if (status != KD_OK) return status;
    kd_study *study = kd_alloc(1, sizeof *study);
    study->source = source;
    study->arena = kd_source_arena(source);
    study->path = kd_strdup(path);
    study->folder = kd_fs_folder(path);
    study->problems = options->problems ? options->problems : &problems;
    study->options = options;
    status = read_all(study, options, err);
    study->problems = NULL; /* they are the caller's, as the options are */
    study->options = NULL;
    if (status == KD_OK)
        *out = study;
    else
        kd_study_close(study);
    return status;
}

kd_status kd_study_open_telling(kd_study **out, const char *path, const kd_study_options *options,
                                kd_error *err)
{
    kd_problems      problems = { 0 };
    kd_study_options own = *options;
    own.problems = &problems;
    return kd_problems_tell(&problems, kd_study_open(out, path, &own, err), path, err);
}

/* ---- asking ---- */

const char *kd_study_name(const kd_study *study)
{
    return study->name;
}

const char *kd_study_path(const kd_study *study)
{
    return study->path;
}

const char *kd_study_profile(const kd_study *study)
{
    return study->profile;
}

const kd_grid *kd_study_grid(const kd_study *study)
{
    return study->grid;
}

const kd_slurm_options *kd_study_slurm(const kd_study *study)
{
    return &study->slurm;
}

const kd_study_table *kd_study_tables(const kd_study *study, size_t *count)
{
    *count = study->table_count;
    return study->tables;
}

const kd_study_tune *kd_study_tunes(const kd_study *study, size_t *count)
{
    *count = study->tune_count;
    return study->tunes;
}

const char *kd_study_place(const kd_study *study, const char *key)
{
    int             row = kd_schema_find(key);
    const kd_value *value = row < 0 ? NULL : study->said[row];
    size_t          length;
    if (value) return kd_study_at(study, value, key);
    bool is_axis = row >= 0 && column_of(study, row, &length);
    return kd_arena_sprintf(study->arena, "%s: %s%s", study->path, key,
                            is_axis ? "" : " (the default)");
}

const char *kd_study_origin(const kd_study *study, int row)
{
    return study->origin[row];
}

static bool is_said(const kd_study *study, int row)
{
    size_t length;
    return study->said[row] || column_of(study, row, &length);
}

/* A teacher and what a student was before have recipes of their own; where one is left at its
 * default and the student's is not, a person may have meant both. */
static const char *explain_default(const kd_study *study, int row)
{
    static const char *const roles[] = { "teacher.", "finetune." };
    const char              *key = kd_schema_rows(NULL)[row].key;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (!kd_starts_with(key, roles[i])) continue;
        const char *own = key + strlen(roles[i]);
        int         other = kd_schema_find(own);
        if (other >= 0 && is_said(study, other))
            return kd_arena_sprintf(study->arena, "default; %s is the student's alone", own);
    }
    return "default";
}

/* The values without axes, completed for the kinds of network that stand there. */
static const char **complete_base(const kd_study *study)
{
    const char **base = kd_arena_alloc(study->arena, study->rows, sizeof *base);
    memcpy(base, study->base, study->rows * sizeof *base);
    kd_schema_complete(base);
    return base;
}

void kd_study_show(const kd_study *study, kd_str *out)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    const char         **base = complete_base(study);
    for (size_t r = 0; r < study->rows; r++) {
        if (rows[r].follows) continue;
        size_t                length = 0;
        const kd_grid_column *column = column_of(study, (int)r, &length);
        size_t                begin = out->length;
        kd_str_addf(out, "%s = ", rows[r].key);
        if (!column) kd_str_say(out, "%s", base[r]);
        for (size_t i = 0; i < length && i < 8; i++)
            kd_str_say(out, "%s%s", i ? ", " : "[",
                       column->values[i] ? column->values[i] : base[r]);
        if (column) kd_str_add(out, length > 8 ? ", ...]" : "]");
        size_t width = out->length - begin;
        kd_str_say(out, "%*s  # %s\n", width < 44 ? (int)(44 - width) : 0, "",
                   study->origin[r] ? study->origin[r] : explain_default(study, (int)r));
    }
}

void kd_study_show_json(const kd_study *study, kd_json_writer *w)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    const char         **base = complete_base(study);
    kd_json_begin(w, '{');
    for (size_t r = 0; r < study->rows; r++) {
        if (rows[r].follows) continue;
        size_t                length = 0;
        const kd_grid_column *column = column_of(study, (int)r, &length);
        kd_json_key(w, rows[r].key);
        kd_json_begin(w, '{');
        kd_json_put_text(w, "origin", study->origin[r] ? study->origin[r] : "default");
        kd_json_key(w, column ? "values" : "value");
        if (column) kd_json_begin(w, '[');
        for (size_t i = 0; i < length; i++)
            kd_json_text(w, column->values[i] ? column->values[i] : base[r]);
        if (column)
            kd_json_end(w, ']');
        else
            kd_json_text(w, base[r]);
        kd_json_end(w, '}');
    }
    kd_json_end(w, '}');
}

void kd_study_close(kd_study *study)
{
    if (!study) return;
    kd_grid_destroy(study->grid);
    kd_vec_fini(&study->dimensions);
    kd_vec_fini(&study->included);
    kd_vec_fini(&study->exclude);
    kd_vec_fini(&study->files);
    kd_source_close(study->source);
    free(study->path);
    free(study->folder);
    free(study);
}
