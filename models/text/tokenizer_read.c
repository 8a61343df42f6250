/* tokenizer_read.c - what several kinds read alike: objects of pieces, keys that are not built, a second file. */
#include <stdlib.h>
#include <string.h>

#include "models/text/tokenizer_internal.h"

kd_status kd_json_refuse(const kd_json *object, const char *key, kd_error *err)
{
    const kd_json *value = kd_json_get(object, key);
    bool           is_empty =
        !value || kd_json_type_of(value) == KD_JSON_NULL || kd_json_to_real(value, 1.0) == 0.0;
    if (value && kd_json_type_of(value) == KD_JSON_BOOL) is_empty = !kd_json_to_bool(value, true);
    if (value && kd_json_type_of(value) == KD_JSON_TEXT) is_empty = !*kd_json_to_text(value, "x");
    return is_empty ? KD_OK : kd_fail(err, KD_EDATA, "%s: this is not built", key);
}

typedef struct {
    const char **pieces; /* by id */
    size_t       count;
    const char  *bad; /* the first piece whose id is no number, too large, or taken */
} listing;

static void list_piece(const char *key, const kd_json *value, void *user)
{
    listing *list = user;
    int64_t  id = kd_json_type_of(value) == KD_JSON_INT ? kd_json_to_int(value, -1) : -1;
    bool     is_good = id >= 0 && (size_t)id < list->count && !list->pieces[id];
    if (is_good)
        list->pieces[id] = key;
    else if (!list->bad)
        list->bad = key;
}

kd_status kd_pieces_read(kd_vocab *vocab, const kd_json *pieces, const char *path, kd_error *err)
{
    if (kd_json_type_of(pieces) != KD_JSON_OBJECT || kd_json_count(pieces) == 0)
        return kd_fail(err, KD_EDATA, "%s: expected an object of pieces and ids", path);

    listing list = { .count = kd_json_count(pieces) };
    list.pieces = kd_alloc(list.count, sizeof *list.pieces);
    kd_json_each(pieces, list_piece, &list);
    kd_status status = KD_OK;
    if (list.bad)
        status = kd_fail(err, KD_EDATA, "%s: the id of '%.80s' is not one of 0 to %zu, each once",
                         path, list.bad, list.count - 1);
    for (size_t id = 0; id < list.count && status == KD_OK; id++)
        kd_vocab_add(vocab, list.pieces[id], strlen(list.pieces[id]));
    free(list.pieces);
    return status;
}

char *kd_tokenizer_kind_beside(const kd_tokenizer_kind *kind, const char *path)
{
    if (!kind->beside || !kd_ends_with(path, kind->file)) return NULL;
    size_t stem = strlen(path) - strlen(kind->file);
    return kd_sprintf("%.*s%s", (int)stem, path, kind->beside);
}
