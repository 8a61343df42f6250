/* A checkpoint from any bytes: refused, or every checksum of it holds. */
#include "harness/store/checkpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_h5.h"

const char *const kd_fuzz_seeds[] = { "" };

static void read_all(const char *path)
{
    kd_error err;
    kd_checkpoint_verify(path, KD_FUZZ_ID, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_fuzz_h5(data, size, read_all);
    return 0;
}
