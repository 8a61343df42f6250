/* setting.c - rows of settings: defaults, checks, canonical text. */
#include "harness/base/setting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *member(const kd_setting *row, void *options)
{
    return (char *)options + row->offset;
}

const kd_setting *kd_setting_find(const kd_setting *table, const char *key)
{
    for (; table->key; table++)
        if (strcmp(table->key, key) == 0) return table;
    return NULL;
}

const char *kd_setting_nearest(const kd_setting *table, const char *key)
{
    const char *keys[256];
    size_t      count = 0;
    for (; table->key && count < 256; table++) keys[count++] = table->key;
    return kd_nearest(key, keys, count);
}

void kd_setting_defaults(const kd_setting *table, void *options)
{
    for (; table->key; table++) {
        kd_error err;
        KD_CHECK(kd_setting_put(table, options, table->fallback, &err) == KD_OK,
                 "setting %s: its default is wrong: %s", table->key, err.text);
    }
}

/* 5.0 and 1e3 are whole numbers too. */
static bool parse_whole(const char *text, long long *out)
{
    double real;
    if (kd_parse_int(text, out)) return true;
    if (!kd_parse_real(text, &real) || real != floor(real) || fabs(real) >= 1e15) return false;
    *out = (long long)real;
    return true;
}

static kd_status put_int(const kd_setting *row, void *options, const char *value, kd_error *err)
{
    long long number;
    if (!parse_whole(value, &number))
        return kd_fail(err, KD_ECONFIG, "expected a whole number, found %s", value);
    if ((double)number < row->min || (double)number > row->max)
        return kd_fail(err, KD_ECONFIG, "expected a whole number from %.0f to %.0f, found %s",
                       row->min, row->max, value);
    *(int *)member(row, options) = (int)number;
    return KD_OK;
}

static kd_status put_real(const kd_setting *row, void *options, const char *value, kd_error *err)
{
    double number;
    if (!kd_parse_real(value, &number))
        return kd_fail(err, KD_ECONFIG, "expected a number, found %s", value);
    if (number < row->min || number > row->max)
        return kd_fail(err, KD_ECONFIG, "expected a number from %g to %g, found %s", row->min,
                       row->max, value);
    *(double *)member(row, options) = number;
    return KD_OK;
}

/* Whoever misses a word is shown the near one, as for keys. */
static kd_status refuse_word(const kd_setting *row, const char *value, kd_error *err)
{
    kd_str words = KD_STR_INIT;
    kd_setting_print_choices(row, &words);
    const char *list[64];
    size_t      count = 0;
    char       *copy = kd_strdup(words.text), *rest = NULL;
    for (char *w = strtok_r(copy, " ", &rest); w && count < 64; w = strtok_r(NULL, " ", &rest))
        list[count++] = w;
    const char *near = kd_nearest(value, list, count);
    kd_fail(err, KD_ECONFIG, "expected one of: %s; found %s%s%s%s", words.text, value,
            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(copy);
    kd_str_fini(&words);
    return KD_ECONFIG;
}

static kd_status put_text(const kd_setting *row, void *options, const char *value, kd_error *err)
{
    if (row->choices && !kd_list_has(row->choices, value)) return refuse_word(row, value, err);
    if (strlen(value) >= row->size)
        return kd_fail(err, KD_ECONFIG, "expected at most %zu bytes, found %zu", row->size - 1,
                       strlen(value));
    if (strchr(value, '\n')) return kd_fail(err, KD_ECONFIG, "expected one line, found several");
    strcpy(member(row, options), value);
    return KD_OK;
}

const char *kd_choice_word(const kd_choice *words, int value)
{
    for (; words->word; words++)
        if (words->value == value) return words->word;
    return NULL;
}

void kd_setting_print_choices(const kd_setting *row, kd_str *out)
{
    if (row->choices) kd_str_add(out, row->choices);
    for (const kd_choice *c = row->words; c && c->word; c++)
        kd_str_addf(out, c == row->words ? "%s" : " %s", c->word);
}

static kd_status put_choice(const kd_setting *row, void *options, const char *value, kd_error *err)
{
    for (const kd_choice *c = row->words; c->word; c++)
        if (strcmp(c->word, value) == 0) {
            *(int *)member(row, options) = c->value;
            return KD_OK;
        }
    return refuse_word(row, value, err);
}

kd_status kd_setting_put(const kd_setting *row, void *options, const char *value, kd_error *err)
{
    switch (row->type) {
    case KD_SETTING_BOOL:
        if (kd_parse_bool(value, member(row, options))) return KD_OK;
        return kd_fail(err, KD_ECONFIG, "expected true or false, found %s", value);
    case KD_SETTING_INT:
        return put_int(row, options, value, err);
    case KD_SETTING_REAL:
        return put_real(row, options, value, err);
    case KD_SETTING_TEXT:
        return put_text(row, options, value, err);
    case KD_SETTING_CHOICE:
        return put_choice(row, options, value, err);
    }
    return kd_fail(err, KD_EBUG, "a setting of no type");
}

/* Whole numbers as such, others with the fewest digits that read back as the same double. */
static void print_real(double number, kd_str *out)
{
    if (number == floor(number) && fabs(number) < 1e15) {
        kd_str_addf(out, "%.0f", number + 0.0); /* a negative zero is zero */
        return;
    }
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    kd_str_add(out, text);
}

void kd_setting_print(const kd_setting *row, const void *options, kd_str *out)
{
    const void *value = (const char *)options + row->offset;
    switch (row->type) {
    case KD_SETTING_BOOL:
        kd_str_add(out, *(const bool *)value ? "true" : "false");
        break;
    case KD_SETTING_INT:
        kd_str_addf(out, "%d", *(const int *)value);
        break;
    case KD_SETTING_REAL:
        print_real(*(const double *)value, out);
        break;
    case KD_SETTING_TEXT:
        kd_str_add(out, value);
        break;
    case KD_SETTING_CHOICE: {
        const char *word = kd_choice_word(row->words, *(const int *)value);
        KD_CHECK(word, "setting %s: no word stands for %d", row->key, *(const int *)value);
        kd_str_add(out, word);
        break;
    }
    }
}

kd_status kd_setting_canonical(const kd_setting *row, const char *value, kd_str *out, kd_error *err)
{
    kd_setting alone = *row;
    alone.offset = 0;
    union {
        bool   truth;
        int    whole;
        double real;
    } number;
    void     *place = row->type == KD_SETTING_TEXT ? kd_alloc(row->size, 1) : (void *)&number;
    kd_status status = kd_setting_put(&alone, place, value, err);
    if (status == KD_OK) kd_setting_print(&alone, place, out);
    if (place != (void *)&number) free(place);
    return status;
}

bool kd_list_has(const char *list, const char *word)
{
    size_t length = strlen(word);
    if (!length) return false;
    for (const char *at = list; (at = strstr(at, word)); at += length) {
        bool begins = at == list || at[-1] == ' ';
        bool ends = at[length] == ' ' || at[length] == 0;
        if (begins && ends) return true;
    }
    return false;
}

bool kd_setting_used_by(const kd_setting *row, const char *word)
{
    return !row->used_by || kd_list_has(row->used_by, word);
}
