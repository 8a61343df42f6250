/* resolved_id.c - the lines of an id's text, and their order. */
#include "harness/config/resolved_id.h"

#include <string.h>

/* What a key is written as in an id is `head` followed by `rest`. */
typedef struct {
    const char *head, *rest;
} id_key;

static id_key id_key_of(const char *key)
{
    bool is_start = kd_starts_with(key, "finetune.");
    if (kd_starts_with(key, "student.")) return (id_key){ "model.", key + 8 };
    if (!is_start && !kd_starts_with(key, "teacher.")) return (id_key){ "", key };
    const char *rest = key + (is_start ? 9 : 8);
    bool        is_recipe = kd_starts_with(rest, "train.") || kd_starts_with(rest, "distill.") ||
                     strcmp(rest, "seed") == 0;
    return (id_key){ is_recipe ? "" : "model.", rest };
}

/* Byte by byte over head and rest without joining them. */
int kd_resolved_id_compare(const char *key, const char *other)
{
    id_key      a = id_key_of(key), b = id_key_of(other);
    const char *x = a.head, *y = b.head;
    for (;; x++, y++) {
        if (!*x && a.rest) x = a.rest, a.rest = NULL;
        if (!*y && b.rest) y = b.rest, b.rest = NULL;
        if (*x != *y || !*x) return (unsigned char)*x - (unsigned char)*y;
    }
}

void kd_resolved_id_begin(kd_str *text, kd_node_kind kind)
{
    kd_str_reset(text);
    kd_str_addf(text, "schema %d numerics %d\nnode %s\n", KD_SCHEMA_VERSION, KD_NUMERICS_VERSION,
                kd_node_kind_word(kind));
}

static void add_id_line(kd_str *text, const char *what, const char *role, kd_id id)
{
    char digits[KD_ID_TEXT];
    kd_id_text(digits, id);
    kd_str_addf(text, "%s %s %s\n", what, role, digits);
}

void kd_resolved_id_input(kd_str *text, kd_input_role role, kd_id id)
{
    add_id_line(text, "input", kd_input_role_word(role), id);
}

void kd_resolved_id_file(kd_str *text, kd_file_role role, kd_id contents)
{
    add_id_line(text, "file", kd_file_role_word(role), contents);
}

void kd_resolved_id_set(kd_str *text, const char *key, const char *value)
{
    id_key parts = id_key_of(key);
    kd_str_add(text, "set ");
    kd_str_add(text, parts.head);
    kd_str_add(text, parts.rest);
    kd_str_add(text, " = ");
    kd_str_add(text, value);
    kd_str_add_char(text, '\n');
}

kd_id kd_resolved_id_end(const kd_str *text)
{
    return kd_id_of_bytes(text->text, text->length);
}
