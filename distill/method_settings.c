/* method_settings.c - the settings of all methods as one table.
 *
 *     logit-mse   smoothing  alpha               --+
 *     kl          smoothing  alpha  temperature  --+--> method  smoothing  alpha  temperature ...
 *
 * A key is one setting, whoever has it: its default, range and help have to be the same in each of
 * the methods. The table is made at the first question and kept to the program's end. */
#include <stdlib.h>
#include <string.h>

#include "distill/method_internal.h"
#include "harness/base/vec.h"

typedef KD_VEC(kd_setting) settings;

static settings all, alone;

void kd_distill_defaults(kd_distill_options *options, const kd_method *method)
{
    *options = (kd_distill_options){ .room = { 0 } };
    kd_setting_defaults(method->settings, options);
}

/* The methods that have a row of this key, or all of them, as a list. */
static char *names_of(const char *key)
{
    kd_str out = KD_STR_INIT;
    for (int i = 0; kd_methods[i]; i++) {
        if (key && !kd_setting_find(kd_methods[i]->settings, key)) continue;
        if (out.length) kd_str_add_char(&out, ' ');
        kd_str_add(&out, kd_methods[i]->name);
    }
    return kd_str_take(&out);
}

static bool is_of_all(const char *key)
{
    for (int i = 0; kd_methods[i]; i++)
        if (!kd_setting_find(kd_methods[i]->settings, key)) return false;
    return true;
}

static kd_setting *find_here(const char *key)
{
    for (size_t i = 0; i < all.count; i++)
        if (strcmp(all.items[i].key, key) == 0) return &all.items[i];
    return NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same(const kd_setting *a, const kd_setting *b)
{
    return a->type == b->type && a->size == b->size && is_same_text(a->fallback, b->fallback) &&
           a->min == b->min && a->max == b->max && is_same_text(a->choices, b->choices) &&
           a->words == b->words && is_same_text(a->before, b->before) &&
           is_same_text(a->help, b->help) && a->flags == b->flags;
}

static void add_rows(const kd_method *method)
{
    for (const kd_setting *row = method->settings; row->key; row++) {
        const kd_setting *known = find_here(row->key);
        KD_CHECK(!known || is_same(known, row), "distill.%s: %s has another one", row->key,
                 method->name);
        if (known) continue;
        kd_setting own = *row;
        own.offset = 0;
        own.used_by = is_of_all(row->key) ? NULL : names_of(row->key);
        kd_vec_push(&all, own);
    }
}

const kd_setting *kd_distill_settings(void)
{
    if (all.count) return all.items;
    kd_vec_push(&all, ((kd_setting){ .key = "method",
                                     .type = KD_SETTING_TEXT,
                                     .size = 64,
                                     .fallback = kd_methods[0]->name,
                                     .choices = names_of(NULL),
                                     .help = "what the student learns from" }));
    for (int i = 0; kd_methods[i]; i++) add_rows(kd_methods[i]);
    kd_vec_push(&all, (kd_setting)KD_SETTING_END);
    return all.items;
}

/* Of the methods that need no teacher, how many read this row; with NULL how many there are. */
static int alone_readers(const kd_setting *row)
{
    int count = 0;
    for (int i = 0; kd_methods[i]; i++)
        if (kd_methods[i]->needs == KD_NEEDS_NOTHING)
            count += !row || kd_setting_used_by(row, kd_methods[i]->name);
    return count;
}

const kd_setting *kd_distill_settings_alone(void)
{
    if (alone.count) return alone.items;
    for (const kd_setting *row = kd_distill_settings(); row->key; row++) {
        kd_setting own = *row;
        if (alone_readers(row) == 0) continue;
        if (alone_readers(row) == alone_readers(NULL)) own.used_by = NULL;
        kd_vec_push(&alone, own);
    }
    kd_vec_push(&alone, (kd_setting)KD_SETTING_END);
    return alone.items;
}
