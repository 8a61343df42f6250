/* A safetensors file from any bytes: refused, or every tensor can be read to its last byte. */
#include <stdlib.h>

#include "models/weights/weights.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "H\0\0\0\0\0\0\0",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}01234567",
    "{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
    "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[2,4]}}0123",
    "",
};

/* The length goes before the bytes, so that changed copies of a header still are one: a first byte
 * says how many of the last bytes are data. */
static size_t frame(uint8_t *out, const uint8_t *data, size_t size)
{
    size_t   tail = size && data[size - 1] < 64 ? data[size - 1] % (size + 1) : size < 8 ? size : 8;
    uint64_t header = size - tail;
    for (int i = 0; i < 8; i++) out[i] = (uint8_t)(header >> 8 * i);
    for (size_t i = 0; i < size; i++) out[8 + i] = data[i];
    return size + 8;
}

static void read_all(const char *path)
{
    kd_weights *weights;
    kd_error    err;
    if (kd_weights_open(&weights, path, &err) != KD_OK) return;
    for (size_t i = 0; i < kd_weights_count(weights); i++) {
        const kd_weight *weight = kd_weights_at(weights, i);
        float           *out = kd_alloc(weight->length + 1, sizeof *out);
        kd_weight_decode(weight, out, &err);
        free(out);
    }
    kd_weights_close(weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *framed = kd_alloc(size + 8, 1);
    read_all(kd_fuzz_file(".safetensors", data, size));
    read_all(kd_fuzz_file(".safetensors", framed, frame(framed, data, size)));
    free(framed);
    return 0;
}
