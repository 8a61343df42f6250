/* json.c - the only door to jansson, and a writer that needs none. */
#include "harness/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"

/* A kd_json is a json_t under a name of ours; a document holds the root's reference. */
struct kd_json_document {
    json_t *root;
};

static const json_t *inner(const kd_json *value)
{
    return (const json_t *)(const void *)value;
}

static const kd_json *outer(const json_t *value)
{
    return (const kd_json *)(const void *)value;
}

kd_status kd_json_parse(kd_json_document **out, const char *bytes, size_t length, const char *name,
                        kd_error *err)
{
    json_error_t mistake;
    json_t *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &mistake);
    if (!root)
        return kd_fail(err, KD_EDATA, "%s:%d: not valid JSON at byte %d: %s", name, mistake.line,
                       mistake.position, mistake.text);
    *out = kd_alloc(1, sizeof **out);
    (*out)->root = root;
    return KD_OK;
}

kd_status kd_json_open(kd_json_document **out, const char *path, kd_error *err)
{
    return kd_json_open_within(out, path, SIZE_MAX, err);
}

kd_status kd_json_open_within(kd_json_document **out, const char *path, size_t most, kd_error *err)
{
    kd_fs_view view;
    kd_status  status = kd_fs_map(&view, path, err);
    if (status != KD_OK) return status;
    status = view.length > most
                 ? kd_fail(err, KD_EDATA, "%s: has %zu bytes, more than the %zu that are read",
                           path, view.length, most)
                 : kd_json_parse(out, view.bytes, view.length, path, err);
    kd_fs_unmap(&view);
    return status;
}

const kd_json *kd_json_root(const kd_json_document *document)
{
    return outer(document->root);
}

void kd_json_close(kd_json_document *document)
{
    if (!document) return;
    json_decref(document->root);
    free(document);
}

kd_json_type kd_json_type_of(const kd_json *value)
{
    if (!value) return KD_JSON_NULL;
    switch (json_typeof(inner(value))) {
    case JSON_OBJECT:
        return KD_JSON_OBJECT;
    case JSON_ARRAY:
        return KD_JSON_ARRAY;
    case JSON_STRING:
        return KD_JSON_TEXT;
    case JSON_INTEGER:
        return KD_JSON_INT;
    case JSON_REAL:
        return KD_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return KD_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return KD_JSON_NULL;
}

const kd_json *kd_json_get(const kd_json *object, const char *key)
{
    return object ? outer(json_object_get(inner(object), key)) : NULL;
}

size_t kd_json_count(const kd_json *value)
{
    if (!value) return 0;
    return json_is_array(inner(value)) ? json_array_size(inner(value))
                                       : json_object_size(inner(value));
}

const kd_json *kd_json_at(const kd_json *array, size_t index)
{
    return array ? outer(json_array_get(inner(array), index)) : NULL;
}

bool kd_json_to_bool(const kd_json *value, bool fallback)
{
    return value && json_is_boolean(inner(value)) ? json_is_true(inner(value)) : fallback;
}

int64_t kd_json_to_int(const kd_json *value, int64_t fallback)
{
    return value && json_is_integer(inner(value)) ? json_integer_value(inner(value)) : fallback;
}

double kd_json_to_real(const kd_json *value, double fallback)
{
    return value && json_is_number(inner(value)) ? json_number_value(inner(value)) : fallback;
}

const char *kd_json_to_text(const kd_json *value, const char *fallback)
{
    return value && json_is_string(inner(value)) ? json_string_value(inner(value)) : fallback;
}

void kd_json_each(const kd_json *object, kd_json_visit visit, void *user)
{
    json_t     *tree = (json_t *)(uintptr_t)inner(object); /* jansson walks without const */
    const char *key;
    json_t     *value;
    json_object_foreach(tree, key, value) visit(key, outer(value), user);
}

/* ---- writing ---- */

void kd_json_start(kd_json_writer *w, kd_str *out, int indent)
{
    *w = (kd_json_writer){ .out = out, .indent = indent };
}

static void new_line(kd_json_writer *w)
{
    if (!w->indent) return;
    kd_str_add_char(w->out, '\n');
    for (int i = 0; i < w->indent * w->depth; i++) kd_str_add_char(w->out, ' ');
}

/* What stands before every value and key: nothing after a key, else a comma and a new line. */
static void lead_in(kd_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->has_item) kd_str_add(w->out, w->indent ? "," : ", ");
    if (w->depth) new_line(w);
    w->has_item = true;
}

/* What acts on a terminal is escaped, which changes nothing for who reads it back. A name that is no
 * UTF-8 cannot stand in JSON: such bytes become the words "\\xff". */
static void add_quoted(kd_str *out, const char *text)
{
    unsigned code;
    kd_str_add_char(out, '"');
    for (size_t left = strlen(text), used; left > 0; text += used, left -= used) {
        used = kd_utf8_first(text, left, &code);
        if (used == 0) {
            kd_str_addf(out, "\\\\x%02x", (unsigned char)*text);
            used = 1;
        } else if (*text == '"' || *text == '\\')
            kd_str_addf(out, "\\%c", *text);
        else if (*text == '\n' || *text == '\t')
            kd_str_add(out, *text == '\n' ? "\\n" : "\\t");
        else if (kd_utf8_acts(code))
            kd_str_addf(out, "\\u%04x", code);
        else
            kd_str_add_bytes(out, text, used);
    }
    kd_str_add_char(out, '"');
}

void kd_json_begin(kd_json_writer *w, char bracket)
{
    lead_in(w);
    kd_str_add_char(w->out, bracket);
    w->depth++;
    w->has_item = false;
}

void kd_json_end(kd_json_writer *w, char bracket)
{
    w->depth--;
    if (w->has_item) new_line(w);
    kd_str_add_char(w->out, bracket);
    w->has_item = true;
}

void kd_json_key(kd_json_writer *w, const char *key)
{
    lead_in(w);
    add_quoted(w->out, key);
    kd_str_add(w->out, ": ");
    w->after_key = true;
}

void kd_json_text(kd_json_writer *w, const char *text)
{
    lead_in(w);
    if (text)
        add_quoted(w->out, text);
    else
        kd_str_add(w->out, "null");
}

void kd_json_int(kd_json_writer *w, int64_t number)
{
    lead_in(w);
    kd_str_addf(w->out, "%lld", (long long)number);
}

/* How many stand before the point, so that 10 is no 1e+01; 1 where that would be a long row of them. */
static int whole_digits(double number)
{
    double size = fabs(number);
    return size >= 10 && size < 1e15 ? 1 + (int)floor(log10(size)) : 1;
}

void kd_json_real(kd_json_writer *w, double number)
{
    for (int digits = whole_digits(number); digits <= 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (digits == 17 || !isfinite(number) || strtod(text, NULL) == number) {
            kd_json_real_digits(w, number, digits);
            return;
        }
    }
}

void kd_json_real_digits(kd_json_writer *w, double number, int digits)
{
    lead_in(w);
    if (number == 0.0 && signbit(number))
        kd_str_add(w->out, "-0.0"); /* -0 is an integer, and those have no negative zero */
    else if (isfinite(number))
        kd_str_addf(w->out, "%.*g", digits, number);
    else
        kd_str_add(w->out, "null");
}

void kd_json_bool(kd_json_writer *w, bool truth)
{
    lead_in(w);
    kd_str_add(w->out, truth ? "true" : "false");
}

void kd_json_null(kd_json_writer *w)
{
    kd_json_text(w, NULL);
}

void kd_json_put_text(kd_json_writer *w, const char *key, const char *text)
{
    kd_json_key(w, key);
    kd_json_text(w, text);
}

void kd_json_put_int(kd_json_writer *w, const char *key, int64_t number)
{
    kd_json_key(w, key);
    kd_json_int(w, number);
}

void kd_json_put_real(kd_json_writer *w, const char *key, double number)
{
    kd_json_key(w, key);
    kd_json_real(w, number);
}

void kd_json_put_bool(kd_json_writer *w, const char *key, bool truth)
{
    kd_json_key(w, key);
    kd_json_bool(w, truth);
}
