/* object_keep.c - an object without its weights: what tables and pages are made from stays, and a line for each array that went. */
#include "harness/store/object_internal.h"

#include <stdlib.h>
#include <string.h>

static bool stays(const char *name)
{
    return !kd_object_is_computed(name) || strcmp(name, KD_KEY_METRICS) == 0 ||
           strcmp(name, KD_KEY_ARCH) == 0 || strcmp(name, KD_KEY_LABELS) == 0 ||
           kd_starts_with(name, KD_KEY_HISTORY) || kd_starts_with(name, KD_KEY_COUNTS) ||
           kd_starts_with(name, KD_KEY_CLASSES);
}

static kd_status copy_array(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    kd_arena *arena = kd_arena_create(0);
    void     *data;
    size_t    rows, cols;
    kd_status status = kd_object_take(object, m->name, m->type, arena, &data, &rows, &cols, err);
    if (status == KD_OK) status = kd_h5_put(to, m->name, m->type, data, rows, cols, err);
    kd_arena_destroy(arena);
    return status;
}

/* A path from the root that ends a line gives way to its last name: where somebody's files lie is nobody else's. */
static void add_without_folders(kd_str *out, const char *text)
{
    while (*text) {
        size_t      length = strcspn(text, "\n");
        const char *path = memmem(text, length, " /", 2), *end = text + length;
        if (path) {
            kd_str_add_bytes(out, text, (size_t)(path + 1 - text));
            text = (const char *)memrchr(text, '/', length) + 1;
        }
        kd_str_add_bytes(out, text, (size_t)(end - text));
        if (*end) kd_str_add_char(out, '\n');
        text = *end ? end + 1 : end;
    }
}

static kd_status copy_text(kd_object *object, kd_h5 *to, const char *name, kd_error *err)
{
    kd_str    text = KD_STR_INIT, kept = KD_STR_INIT;
    bool      is_asked = strcmp(name, KD_KEY_RESOLVED) == 0;
    kd_status status = kd_object_get_text(object, name, &text, err);
    if (status == KD_OK && is_asked) add_without_folders(&kept, text.text);
    if (status == KD_OK) status = kd_h5_put_text(to, name, (is_asked ? &kept : &text)->text, err);
    kd_str_fini(&text);
    kd_str_fini(&kept);
    return status;
}

/* All facts of a run but on which host it was. */
static size_t leave_host_out(kd_record_setting *facts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, "host") != 0) facts[kept++] = facts[i];
    return kept;
}

static kd_status copy_table(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    kd_arena          *arena = kd_arena_create(0);
    kd_record_setting *pairs;
    kd_record_metric  *numbers;
    size_t             count;
    kd_status          status;
    if (m->type == KD_H5_PAIRS) {
        status = kd_h5_get_pairs(object->h5, m->name, arena, &pairs, &count, err);
        if (status == KD_OK && kd_starts_with(m->name, KD_KEY_PROVENANCE))
            count = leave_host_out(pairs, count);
        if (status == KD_OK) status = kd_h5_put_pairs(to, m->name, pairs, count, err);
    } else {
        status = kd_h5_get_numbers(object->h5, m->name, arena, &numbers, &count, err);
        if (status == KD_OK) status = kd_h5_put_numbers(to, m->name, numbers, count, err);
    }
    kd_arena_destroy(arena);
    return status;
}

static kd_status copy_member(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    if (m->type == KD_H5_TEXT) return copy_text(object, to, m->name, err);
    bool is_table = m->type == KD_H5_PAIRS || m->type == KD_H5_NUMBERS;
    return is_table ? copy_table(object, to, m, err) : copy_array(object, to, m, err);
}

static kd_status copy_what_stays(kd_object *object, kd_h5 *to, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_str              left_out = KD_STR_INIT;
    kd_status           status = kd_h5_members(object->h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (stays(members[i].name))
            status = copy_member(object, to, &members[i], err);
        else
            kd_object_print_left_out(&members[i], &left_out);
    }
    if (status == KD_OK) status = kd_h5_put_text(to, KD_KEY_LEFT_OUT, left_out.text, err);
    kd_str_fini(&left_out);
    return status;
}

kd_status kd_object_keep(kd_object *object, const kd_store *store, kd_error *err)
{
    char     *path = kd_store_kept_path(store, object->id);
    kd_h5    *to = NULL;
    kd_status status = kd_store_make_shard(store, object->id, err);
    if (status == KD_OK) status = kd_h5_create(&to, path, NULL, err);
    if (status == KD_OK) status = copy_what_stays(object, to, err);
    if (status == KD_OK)
        status = kd_object_put_marks(to, object->id, object->kind.text, object->contents, err);
    if (status == KD_OK)
        status = kd_h5_commit(to, err);
    else
        kd_h5_discard(to);
    free(path);
    return status;
}
