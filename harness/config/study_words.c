/* study_words.c - what the words of an experiment file mean: keys, values, places, files. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/schema.h"
#include "harness/config/study_internal.h"

/* ---- words for what is wrong ---- */

kd_status kd_study_note(kd_study *study, kd_status status, const kd_error *err)
{
    if (status == KD_OK) return KD_OK;
    return kd_problems_add(study->problems, status, err) ? KD_OK : status;
}

const char *kd_study_at(const kd_study *study, const kd_value *value, const char *key)
{
    return kd_arena_sprintf(study->arena, "%s%s%s", kd_source_where(study->source, value),
                            value->origin == KD_ORIGIN_COMMAND ? " " : ": ", key);
}

const char *kd_study_nearest(kd_arena *arena, const char *words, const char *key)
{
    const char *list[32];
    size_t      count = 0;
    char       *copy = kd_arena_strdup(arena, words), *rest = NULL;
    for (char *w = strtok_r(copy, " ", &rest); w && count < 32; w = strtok_r(NULL, " ", &rest))
        list[count++] = w;
    return kd_nearest(key, list, count);
}

kd_status kd_study_unknown(const kd_study *study, const kd_value *value, const char *key,
                           const char *words, kd_error *err)
{
    const char *at = kd_study_at(study, value, key);
    const char *near = kd_study_nearest(study->arena, words, key);
    if (!near) near = kd_schema_nearest(key);
    if (!near) return kd_fail(err, KD_ECONFIG, "%s: unknown key", at);
    return kd_fail(err, KD_ECONFIG, "%s: unknown key; did you mean %s?", at, near);
}

kd_status kd_study_expect(const kd_study *study, const kd_value *value, kd_value_type type,
                          kd_error *err)
{
    static const char *const words[] = {
        [KD_VALUE_GROUP] = "a group { ... }", [KD_VALUE_LIST] = "a list",
        [KD_VALUE_BOOL] = "true or false",    [KD_VALUE_INT] = "a whole number",
        [KD_VALUE_REAL] = "a number",         [KD_VALUE_TEXT] = "a text",
    };
    if (value->type == type) return KD_OK;
    if (type == KD_VALUE_REAL && value->type == KD_VALUE_INT) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: expected %s, found %s",
                   kd_source_place(study->source, value, study->group), words[type],
                   kd_value_words(study->source, value));
}

/* ---- one setting ---- */

/* A file says what it means; the environment and the command line have only text. */
static bool fits(const kd_setting *setting, const kd_value *value)
{
    if (value->type == KD_VALUE_GROUP || value->type == KD_VALUE_LIST) return false;
    if (value->origin >= KD_ORIGIN_ENVIRONMENT) return true;
    switch (setting->type) {
    case KD_SETTING_BOOL:
        return value->type == KD_VALUE_BOOL;
    case KD_SETTING_INT: /* 5.0 is one; which others are is the setting's to say */
    case KD_SETTING_REAL:
        return value->type == KD_VALUE_INT || value->type == KD_VALUE_REAL;
    case KD_SETTING_TEXT:
    case KD_SETTING_CHOICE:
        return value->type == KD_VALUE_TEXT;
    }
    return false;
}

static const char *expected(const kd_study *study, const kd_setting *setting)
{
    kd_str      choices = KD_STR_INIT;
    const char *words = NULL;
    kd_setting_print_choices(setting, &choices);
    if (choices.length) words = kd_arena_sprintf(study->arena, "one of: %s;", choices.text);
    kd_str_fini(&choices);
    if (words) return words;
    switch (setting->type) {
    case KD_SETTING_BOOL:
        return "true or false,";
    case KD_SETTING_INT:
        return "a whole number,";
    case KD_SETTING_REAL:
        return "a number,";
    default:
        return "a text,";
    }
}

/* Several texts as one, with commas between, which none of them has. */
static kd_status join_list(const kd_study *study, const kd_schema_row *r, const kd_value *list,
                           kd_value *out, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = KD_OK;
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next) {
        bool fits_in = m->type == KD_VALUE_TEXT && *m->text && !strchr(m->text, ',');
        if (!fits_in)
            status = kd_fail(err, KD_ECONFIG, "%s: expected a name without a comma, found %s",
                             kd_study_at(study, m, r->key), kd_value_words(study->source, m));
        else
            kd_str_addf(&text, "%s%s", text.length ? "," : "", m->text);
    }
    *out = *list;
    out->type = KD_VALUE_TEXT;
    out->text = kd_arena_strdup(study->arena, text.text);
    kd_str_fini(&text);
    return status;
}

kd_status kd_study_canonical(const kd_study *study, int row, const kd_value *value,
                             const char **out, kd_error *err)
{
    const kd_schema_row *r = &kd_schema_rows(NULL)[row];
    kd_value             joined;
    if (value->type == KD_VALUE_LIST && r->setting->flags & KD_ROW_LIST) {
        kd_status status = join_list(study, r, value, &joined, err);
        if (status != KD_OK) return status;
        value = &joined;
    }
    if (r->follows)
        return kd_fail(err, KD_ECONFIG, "%s: is not set but follows %s",
                       kd_study_at(study, value, r->key), r->follows);
    if (!fits(r->setting, value))
        return kd_fail(err, KD_ECONFIG, "%s: expected %s found %s",
                       kd_study_at(study, value, r->key), expected(study, r->setting),
                       kd_value_words(study->source, value));
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_setting_canonical(r->setting, value->text, &text, err);
    if (status == KD_OK)
        *out = kd_arena_strdup(study->arena, text.text);
    else
        kd_while(err, status, "%s", kd_study_at(study, value, r->key));
    kd_str_fini(&text);
    return status;
}

/* ---- a group of settings ---- */

static kd_status each_below(kd_study *study, const kd_value *group, const char *prefix,
                            const char *others, kd_study_take take, void *user, kd_error *err)
{
    kd_status status = KD_OK;
    for (const kd_value *m = group->first; m && status == KD_OK; m = m->next) {
        if (!*prefix && kd_list_has(others, m->name)) continue;
        const char *key = kd_arena_sprintf(study->arena, "%s%s", prefix, m->name);
        int         row = kd_schema_find(key);
        if (row >= 0)
            status = take(study, row, m, user, err);
        else if (!kd_schema_has_group(key))
            status = kd_study_unknown(study, m, key, *prefix ? "" : others, err);
        else if (m->type != KD_VALUE_GROUP)
            status = kd_study_expect(study, m, KD_VALUE_GROUP, err);
        else
            status = each_below(study, m, kd_arena_sprintf(study->arena, "%s.", key), others, take,
                                user, err);
        status = kd_study_note(study, status, err);
    }
    return status;
}

kd_status kd_study_each_setting(kd_study *study, const kd_value *group, const char *others,
                                kd_study_take take, void *user, kd_error *err)
{
    return each_below(study, group, "", others, take, user, err);
}

bool kd_study_is_fixed(const kd_study *study, int row, const kd_value *by)
{
    return study->said[row] && study->said[row]->origin > by->origin;
}

/* ---- a file ---- */

char *kd_study_find_file(const kd_study *study, const char *name)
{
    const char *folders[] = { study->folder, ".", getenv("KDGRID_DATA") };
    if (name[0] == '/') return kd_fs_exists(name) ? kd_strdup(name) : NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i]) continue;
        char *path = kd_fs_join(folders[i], name);
        if (kd_fs_exists(path)) return path;
        free(path);
    }
    return NULL;
}

const char *kd_study_searched(const kd_study *study, const char *name)
{
    const char *data = getenv("KDGRID_DATA");
    bool        is_here = strcmp(study->folder, ".") == 0;
    if (name[0] == '/') return "";
    return kd_arena_sprintf(study->arena, " in %s%s%s%s", study->folder, is_here ? "" : ", in .",
                            data ? kd_arena_sprintf(study->arena, " or in %s", data) : "",
                            data ? " (KDGRID_DATA)"
                                 : "; KDGRID_DATA, which names a folder of corpora, "
                                   "is not set");
}
