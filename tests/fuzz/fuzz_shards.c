/* An index of shards from any bytes, beside one good shard: refused, or every tensor that it names
 * is there. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "models/weights/weights.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "{\"metadata\": {}, \"weight_map\": {\"a\": \"SHARD\"}}",
    "{\"weight_map\": {\"a\": \"SHARD\", \"b\": \"SHARD\"}}",
    "{\"weight_map\": {\"a\": \"../SHARD\"}}",
    "",
};

static const char *shard_path(void)
{
    static const char shard[] =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   ";
    static char file[8 + sizeof shard + 3] = { sizeof shard - 1 };
    memcpy(file + 8, shard, sizeof shard - 1);
    return kd_fuzz_file("-shard.safetensors", file, 8 + sizeof shard - 1 + 4);
}

/* The shard's name depends on the process: seeds say SHARD. */
static void put_name(kd_str *out, const char *text, size_t length, const char *name)
{
    for (size_t i = 0; i < length; i++) {
        if (length - i >= 5 && memcmp(text + i, "SHARD", 5) == 0) {
            kd_str_add(out, name);
            i += 4;
        } else {
            kd_str_add_char(out, text[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_str      index = KD_STR_INIT;
    kd_weights *weights;
    kd_error    err;
    put_name(&index, (const char *)data, size, kd_fs_name(shard_path()));
    const char *path = kd_fuzz_file(".safetensors.index.json", index.text, index.length);
    if (kd_weights_open(&weights, path, &err) == KD_OK) {
        for (size_t i = 0; i < kd_weights_count(weights); i++)
            KD_CHECK(kd_weight_check(kd_weights_at(weights, i), &err) == KD_OK, "%s", err.text);
        kd_weights_close(weights);
    }
    kd_str_fini(&index);
    return 0;
}
