/* A file of targets from any bytes: refused, or its labels, pieces and logits can be read. */
#include <stdlib.h>

#include "harness/store/foreign.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_h5.h"

const char *const kd_fuzz_seeds[] = { "" };

static void read_array(kd_foreign *file, const char *name)
{
    size_t   rows, cols;
    kd_error err;
    if (kd_foreign_shape(file, name, &rows, &cols, &err) != KD_OK) return;
    size_t   count = rows * (cols ? cols : 1);
    float   *floats = kd_alloc(count + 1, sizeof *floats);
    int32_t *ints = kd_alloc(count + 1, sizeof *ints);
    kd_foreign_floats(file, name, floats, count, &err);
    kd_foreign_ints(file, name, ints, count, &err);
    free(floats);
    free(ints);
}

static void read_all(const char *path)
{
    kd_foreign *file;
    kd_error    err;
    size_t      count;
    kd_str      text = KD_STR_INIT;
    if (kd_foreign_open(&file, path, &err) != KD_OK) return;
    kd_foreign_texts(file, "labels", &text, &err);
    kd_foreign_count(file, "ids", &count, &err);
    kd_foreign_count(file, "logits", &count, &err);
    read_array(file, "ids/0");
    read_array(file, "logits/0");
    kd_foreign_mark(file, "source", &text, &err);
    kd_foreign_close(file);
    kd_str_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_fuzz_h5(data, size, read_all);
    return 0;
}
