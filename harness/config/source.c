/* source.c - libconfig's tree, copied into ours while its lines are known. */
#include "harness/config/source.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/setting.h"
#include "harness/base/str.h"
#include "harness/config/source_text.h"

struct kd_source {
    kd_arena   *arena;
    kd_value   *root;
    const char *text;
};

/* Prints any double as the fewest digits that read back as the same number. */
static const kd_setting any_real = { .key = "", .type = KD_SETTING_REAL };

static kd_value *new_value(kd_source *source, const char *name, kd_value_type type)
{
    kd_value *value = kd_arena_zero(source->arena, 1, sizeof *value);
    value->name = name ? kd_arena_strdup(source->arena, name) : NULL;
    value->type = type;
    return value;
}

static void append(kd_value *group, kd_value *member)
{
    member->parent = group;
    member->next = NULL;
    if (group->last)
        group->last->next = member;
    else
        group->first = member;
    group->last = member;
    group->count++;
}

/* ---- from libconfig ---- */

static const char *keep(kd_source *source, char *text)
{
    const char *kept = kd_arena_strdup(source->arena, text);
    free(text);
    return kept;
}

static kd_value_type type_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP:
        return KD_VALUE_GROUP;
    case CONFIG_TYPE_ARRAY:
    case CONFIG_TYPE_LIST:
        return KD_VALUE_LIST;
    case CONFIG_TYPE_BOOL:
        return KD_VALUE_BOOL;
    case CONFIG_TYPE_FLOAT:
        return KD_VALUE_REAL;
    case CONFIG_TYPE_STRING:
        return KD_VALUE_TEXT;
    default:
        return KD_VALUE_INT;
    }
}

static const char *scalar_text(kd_source *source, const config_setting_t *setting)
{
    double number;
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_BOOL:
        return config_setting_get_bool(setting) ? "true" : "false";
    case CONFIG_TYPE_STRING:
        return kd_arena_strdup(source->arena, config_setting_get_string(setting));
    case CONFIG_TYPE_FLOAT:
        number = config_setting_get_float(setting);
        break;
    default:
        return kd_arena_sprintf(source->arena, "%lld", config_setting_get_int64(setting));
    }
    kd_str text = KD_STR_INIT;
    kd_setting_print(&any_real, &number, &text);
    return keep(source, kd_str_take(&text));
}

/* Who says what a tree of libconfig's has; its lines are those of `text`. */
typedef struct {
    const kd_source_text *text; /* NULL: `where` has no lines */
    const char           *where;
    kd_origin             origin;
} saying;

static void put_place(kd_value *value, const config_setting_t *setting, const saying *by)
{
    value->where = by->where;
    if (!by->text) return;
    kd_source_line line = kd_source_text_line(by->text, (int)config_setting_source_line(setting));
    value->where = line.file;
    value->line = line.line;
}

static kd_value *copy_setting(kd_source *source, const config_setting_t *setting, const saying *by)
{
    kd_value *value = new_value(source, config_setting_name(setting), type_of(setting));
    value->origin = by->origin;
    put_place(value, setting, by);
    if (!config_setting_is_aggregate(setting)) {
        value->text = scalar_text(source, setting);
        return value;
    }
    for (int i = 0; i < config_setting_length(setting); i++)
        append(value, copy_setting(source, config_setting_get_elem(setting, (unsigned)i), by));
    return value;
}

/* ---- opening ---- */

static kd_status syntax_error(const config_t *config, const kd_source_text *from, kd_error *err)
{
    kd_source_line at = kd_source_text_line(from, config_error_line(config));
    const char    *text = config_error_text(config);
    if (strcmp(text, "memory exhausted") == 0) text = "brackets are nested too deeply";
    const char *hint = strcmp(text, "syntax error") == 0
                           ? " here or just before: a missing ';', quote or bracket?"
                           : "";
    return kd_fail(err, KD_ECONFIG, "%s:%d: %s%s", at.file, at.line, text, hint);
}

static kd_status take_root(kd_source *source, const kd_source_text *text, kd_error *err)
{
    kd_status status = KD_OK;
    saying    by = { text, text->lines.items[0].file, KD_ORIGIN_FILE };
    config_t  config;
    config_init(&config);
    if (config_read_string(&config, text->text.text))
        source->root = copy_setting(source, config_root_setting(&config), &by);
    else
        status = syntax_error(&config, text, err);
    config_destroy(&config);
    return status;
}

/* One of `path` and `text` is there. */
static kd_status open_source(kd_source **out, const char *path, const char *text, const char *name,
                             kd_error *err)
{
    kd_source     *source = kd_alloc(1, sizeof *source);
    kd_source_text read;
    source->arena = kd_arena_create(64 << 10);
    kd_status status = path ? kd_source_text_open(&read, path, source->arena, err)
                            : kd_source_text_take(&read, text, name, source->arena, err);
    if (status == KD_OK) status = take_root(source, &read, err);
    if (status == KD_OK) source->text = kd_arena_strdup(source->arena, read.text.text);
    kd_source_text_fini(&read);
    if (status == KD_OK)
        *out = source;
    else
        kd_source_close(source);
    return status;
}

kd_status kd_source_open(kd_source **out, const char *path, kd_error *err)
{
    return open_source(out, path, NULL, NULL, err);
}

kd_status kd_source_parse(kd_source **out, const char *text, const char *name, kd_error *err)
{
    return open_source(out, NULL, text, name, err);
}

/* ---- looking ---- */

const char *kd_source_said(const kd_source *source)
{
    return source->text;
}

kd_value *kd_source_root(kd_source *source)
{
    return source->root;
}

kd_arena *kd_source_arena(kd_source *source)
{
    return source->arena;
}

static kd_value *member_n(const kd_value *group, const char *name, size_t length)
{
    if (group->type != KD_VALUE_GROUP) return NULL;
    for (kd_value *m = group->first; m; m = m->next)
        if (strncmp(m->name, name, length) == 0 && m->name[length] == 0) return m;
    return NULL;
}

const kd_value *kd_value_get(const kd_value *group, const char *path)
{
    for (;;) {
        size_t length = strcspn(path, ".");
        group = member_n(group, path, length);
        if (!group || path[length] == 0) return group;
        path += length + 1;
    }
}

/* ---- changing ---- */

static void take_out(kd_value *group, const kd_value *member)
{
    kd_value *before = NULL;
    for (kd_value *m = group->first; m && m != member; m = m->next) before = m;
    if (before)
        before->next = member->next;
    else
        group->first = member->next;
    if (group->last == member) group->last = before;
    group->count--;
}

/* Put `fresh` where a member of its name stood, or at the end. */
static void replace(kd_value *group, kd_value *fresh)
{
    kd_value *old = member_n(group, fresh->name, strlen(fresh->name));
    if (old) take_out(group, old);
    append(group, fresh);
}

static kd_value *copy_value(kd_source *source, const kd_value *from, kd_origin origin)
{
    kd_value *value = kd_arena_zero(source->arena, 1, sizeof *value);
    *value = *from;
    value->origin = origin;
    value->first = value->last = NULL;
    value->count = 0;
    for (const kd_value *m = from->first; m; m = m->next)
        append(value, copy_value(source, m, origin));
    return value;
}

void kd_source_overlay(kd_source *source, kd_value *target, const kd_value *over, kd_origin origin)
{
    for (const kd_value *m = over->first; m; m = m->next) {
        kd_value *old = member_n(target, m->name, strlen(m->name));
        if (old && old->type == KD_VALUE_GROUP && m->type == KD_VALUE_GROUP)
            kd_source_overlay(source, old, m, origin);
        else
            replace(target, copy_value(source, m, origin));
    }
}

kd_value *kd_source_group(kd_source *source, kd_value *target, const char *name)
{
    kd_value *group = member_n(target, name, strlen(name));
    if (group) return group;
    group = new_value(source, name, KD_VALUE_GROUP);
    group->origin = target->origin;
    group->where = target->where;
    group->line = target->line;
    append(target, group);
    return group;
}

static bool is_written_as_value(const char *text)
{
    return text[0] == '[' || text[0] == '(' || text[0] == '"' || text[0] == '{';
}

/* A value in the notation of the file: a list, a quoted text. */
static kd_status read_notation(kd_source *source, kd_value **out, const char *text,
                               const saying *by, kd_error *err)
{
    config_t       config;
    kd_source_text read;
    kd_str         line = KD_STR_INIT;
    kd_status      status = kd_source_text_take(&read, text, "", source->arena, err);
    config_init(&config);
    kd_str_addf(&line, "value = %s;", read.text.text);
    if (status == KD_OK && !config_read_string(&config, line.text))
        status = kd_fail(err, KD_ECONFIG, "cannot read %s: %s", text, config_error_text(&config));
    if (status == KD_OK && config_setting_length(config_root_setting(&config)) != 1)
        status = kd_fail(err, KD_ECONFIG, "expected one value, found %s", text);
    if (status == KD_OK) *out = copy_setting(source, config_lookup(&config, "value"), by);
    config_destroy(&config);
    kd_source_text_fini(&read);
    kd_str_fini(&line);
    return status;
}

static kd_value *bare_value(kd_source *source, const char *text)
{
    long long     whole;
    double        real;
    bool          truth;
    kd_value_type type = kd_parse_bool(text, &truth)  ? KD_VALUE_BOOL
                         : kd_parse_int(text, &whole) ? KD_VALUE_INT
                         : kd_parse_real(text, &real) ? KD_VALUE_REAL
                                                      : KD_VALUE_TEXT;
    kd_value     *value = new_value(source, NULL, type);
    value->text = kd_arena_strdup(source->arena, text);
    return value;
}

/* The group that the last part of `path` belongs to. */
static kd_status descend(kd_source *source, kd_value **group, const char **path, kd_error *err)
{
    for (size_t length; (*path)[length = strcspn(*path, ".")]; *path += length + 1) {
        char *name = kd_arena_strndup(source->arena, *path, length);
        *group = kd_source_group(source, *group, name);
        if ((*group)->type != KD_VALUE_GROUP)
            return kd_fail(err, KD_ECONFIG, "%s is no group of settings", name);
    }
    return KD_OK;
}

kd_status kd_source_put(kd_source *source, kd_value *target, const char *path, const char *text,
                        kd_origin origin, const char *where, kd_error *err)
{
    const char *name = path;
    saying      by = { NULL, kd_arena_strdup(source->arena, where), origin };
    kd_value   *value = NULL;
    kd_status   status = descend(source, &target, &name, err);
    if (status == KD_OK && is_written_as_value(text))
        status = read_notation(source, &value, text, &by, err);
    else if (status == KD_OK)
        value = bare_value(source, text);
    if (status == KD_OK && value->type == KD_VALUE_GROUP)
        status = kd_fail(err, KD_ECONFIG, "expected a value or a list, found a group");
    const kd_value *old = status == KD_OK ? member_n(target, name, strlen(name)) : NULL;
    if (old && old->type == KD_VALUE_GROUP)
        status = kd_fail(err, KD_ECONFIG, "is a group of settings; say which of them");
    if (status != KD_OK)
        return kd_while(err, status, "%s%s%s", where, origin == KD_ORIGIN_COMMAND ? " " : ": ",
                        path);
    value->name = kd_arena_strdup(source->arena, name);
    value->origin = origin;
    value->where = by.where;
    replace(target, value);
    return KD_OK;
}

/* ---- words for messages ---- */

static size_t index_of(const kd_value *value)
{
    size_t index = 0;
    for (const kd_value *m = value->parent->first; m != value; m = m->next) index++;
    return index;
}

static void add_path(const kd_value *value, const kd_value *below, kd_str *out)
{
    if (value == below || !value->parent) return;
    add_path(value->parent, below, out);
    if (!value->name)
        kd_str_addf(out, "[%zu]", index_of(value));
    else
        kd_str_addf(out, "%s%s", out->length ? "." : "", value->name);
}

const char *kd_source_where(kd_source *source, const kd_value *value)
{
    if (!value->line) return value->where;
    return kd_arena_sprintf(source->arena, "%s:%d", value->where, value->line);
}

const char *kd_source_place(kd_source *source, const kd_value *value, const kd_value *below)
{
    kd_str path = KD_STR_INIT;
    add_path(value, below, &path);
    const char *gap = value->origin == KD_ORIGIN_COMMAND ? " " : ": ";
    const char *place = kd_arena_sprintf(source->arena, "%s%s%s", kd_source_where(source, value),
                                         path.length ? gap : "", path.text);
    kd_str_fini(&path);
    return place;
}

const char *kd_value_words(kd_source *source, const kd_value *value)
{
    switch (value->type) {
    case KD_VALUE_GROUP:
        return "a group";
    case KD_VALUE_LIST:
        return "a list";
    case KD_VALUE_TEXT:
        return kd_arena_sprintf(source->arena, "the text \"%s\"", value->text);
    default:
        return value->text;
    }
}

const char *kd_origin_word(kd_origin origin)
{
    static const char *const words[] = { "default", "file", "profile", "environment",
                                         "command line" };
    return words[origin];
}

void kd_source_close(kd_source *source)
{
    if (!source) return;
    kd_arena_destroy(source->arena);
    free(source);
}

void kd_source_quote(kd_str *out, const char *text)
{
    kd_str_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            kd_str_addf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            kd_str_addf(out, "\\x%02x", (unsigned char)*text);
        else
            kd_str_add_char(out, *text);
    }
    kd_str_add_char(out, '"');
}
