/* An object from any bytes: refused, or all of it can be read, and then its digest is looked at. */
#include "harness/store/object.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_h5.h"

const char *const kd_fuzz_seeds[] = { "" };

static void read_member(kd_object *object, const kd_h5_member *member, kd_arena *arena)
{
    kd_str      text = KD_STR_INIT;
    const void *bytes;
    size_t      rows, cols;
    if (member->type == KD_H5_TEXT)
        kd_object_get_text(object, member->name, &text, NULL);
    else
        kd_object_view(object, member->name, member->type, arena, &bytes, &rows, &cols, NULL);
    kd_str_fini(&text);
}

static void read_all(const char *path)
{
    kd_object          *object;
    kd_arena           *arena = kd_arena_create(0);
    kd_record           record;
    const kd_h5_member *members;
    size_t              count = 0;
    kd_error            err;
    if (kd_object_open_file(&object, path, &err) == KD_OK) {
        kd_object_record(object, arena, &record, &err);
        if (kd_object_members(object, &members, &count, &err) == KD_OK)
            for (size_t i = 0; i < count; i++) read_member(object, &members[i], arena);
        kd_object_verify(object, &err);
        kd_object_close(object);
    }
    kd_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_fuzz_h5(data, size, read_all);
    return 0;
}
