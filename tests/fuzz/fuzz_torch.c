/* A .bin from any bytes: as a zip, and as the pickle inside one. Refused, or every tensor can be
 * read to its last byte. */
#include <stdlib.h>

#include "models/weights/weights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/stored_zip.h"

const char *const kd_fuzz_seeds[] = {
    "PK\3\4",
    "}X\1",
    "}(ctorch._utils\n_rebuild_tensor_v2\n(ctorch\nFloatStorage\nttRu.",
    "",
};

static void read_all(const char *path)
{
    kd_weights *weights;
    kd_error    err;
    if (kd_weights_open(&weights, path, &err) != KD_OK) return;
    for (size_t i = 0; i < kd_weights_count(weights); i++) {
        const kd_weight *weight = kd_weights_at(weights, i);
        float           *out = kd_alloc(weight->length + 1, sizeof *out);
        kd_weight_check(weight, &err);
        kd_weight_decode(weight, out, &err);
        free(out);
    }
    kd_weights_close(weights);
}

/* The tensors of tests/golden/torch.pkl, a seed, find their storages here. */
static void read_inside_zip(const uint8_t *data, size_t size)
{
    static const char storage[64];
    kd_stored_zip     zip = KD_STORED_ZIP_INIT;
    kd_stored_zip_add(&zip, "a/data.pkl", data, size);
    kd_stored_zip_add(&zip, "a/data/0", storage, 24);
    kd_stored_zip_add(&zip, "a/data/1", storage, sizeof storage);
    kd_stored_zip_end(&zip);
    read_all(kd_fuzz_file("-inside.bin", zip.file.text, zip.file.length));
    kd_stored_zip_fini(&zip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(kd_fuzz_file(".bin", data, size));
    read_inside_zip(data, size);
    return 0;
}
