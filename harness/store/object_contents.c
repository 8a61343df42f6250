/* object_contents.c - what an object holds, as one digest. */
#include "harness/store/object_internal.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/vec.h"

bool kd_object_is_computed(const char *name)
{
    return strcmp(name, KD_KEY_RESOLVED) != 0 && strcmp(name, KD_KEY_SETTINGS) != 0 &&
           strcmp(name, KD_KEY_LEFT_OUT) != 0 && !kd_starts_with(name, KD_KEY_PROVENANCE);
}

typedef KD_VEC(kd_h5_member) member_vec;

void kd_object_print_left_out(const kd_h5_member *m, kd_str *out)
{
    kd_str_addf(out, "%s %zu %zu %016llx %s\n", kd_h5_type_word(m->type), m->rows, m->cols,
                (unsigned long long)m->checksum, m->name);
}

static bool parse_left_out(kd_h5_member *out, char *line)
{
    char               word[16];
    unsigned long long checksum;
    int                name = 0;
    if (sscanf(line, "%15s %zu %zu %llx %n", word, &out->rows, &out->cols, &checksum, &name) != 4 ||
        name == 0 || !line[name])
        return false;
    out->checksum = checksum;
    out->name = line + name;
    for (int t = 0; t < KD_H5_TYPE_COUNT; t++)
        if (strcmp(kd_h5_type_word((kd_h5_type)t), word) == 0) {
            out->type = (kd_h5_type)t;
            return true;
        }
    return false;
}

/* By name, as members are. */
static kd_status read_left_out(member_vec *out, kd_h5 *h5, kd_arena *arena, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_h5_get_text(h5, KD_KEY_LEFT_OUT, &text, err);
    char     *rest = kd_arena_strdup(arena, text.text), *line;
    kd_str_fini(&text);
    while (status == KD_OK && (line = strsep(&rest, "\n"))) {
        kd_h5_member member;
        if (!*line) continue;
        if (!parse_left_out(&member, line))
            status = kd_fail(err, KD_EDATA, "%s: %s: no array is told by '%s'", kd_h5_path(h5),
                             KD_KEY_LEFT_OUT, line);
        else
            kd_vec_push(out, member);
    }
    return status;
}

static void add_to_digest(kd_digest *digest, const kd_h5_member *m)
{
    const uint64_t facts[] = { m->rows, m->cols, m->checksum };
    kd_digest_add_text(digest, m->name);
    kd_digest_add_text(digest, kd_h5_type_word(m->type));
    kd_digest_add_bytes(digest, facts, sizeof facts);
}

kd_status kd_object_digest(kd_id *out, kd_h5 *h5, const char *kind, kd_error *err)
{
    const kd_h5_member *members;
    member_vec          left_out = KD_VEC_INIT;
    size_t              count = 0, k = 0;
    kd_arena           *arena = kd_arena_create(0);
    kd_status           status = kd_h5_members(h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        if (strcmp(members[i].name, KD_KEY_LEFT_OUT) == 0)
            status = read_left_out(&left_out, h5, arena, err);
    kd_digest *digest = kd_digest_create();
    kd_digest_add_text(digest, kind);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (!kd_object_is_computed(members[i].name)) continue;
        for (; k < left_out.count && strcmp(left_out.items[k].name, members[i].name) < 0; k++)
            add_to_digest(digest, &left_out.items[k]);
        add_to_digest(digest, &members[i]);
    }
    for (; k < left_out.count; k++) add_to_digest(digest, &left_out.items[k]);
    *out = kd_digest_id(digest);
    kd_digest_destroy(digest);
    kd_vec_fini(&left_out);
    kd_arena_destroy(arena);
    return status;
}

kd_status kd_object_put_marks(kd_h5 *h5, kd_id id, const char *kind, kd_id contents, kd_error *err)
{
    char digits[KD_ID_TEXT], digest[KD_ID_TEXT];
    kd_id_text(digits, id);
    kd_id_text(digest, contents);
    kd_status status = kd_h5_put_mark(h5, "format", KD_OBJECT_FORMAT, err);
    if (status == KD_OK) status = kd_h5_put_count(h5, "version", KD_OBJECT_VERSION, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "id", digits, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "kind", kind, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "contents", digest, err);
    return status;
}
