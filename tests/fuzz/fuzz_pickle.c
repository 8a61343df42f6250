/* A pickle from any bytes: refused, or tensors whose shapes are no larger than they say. */
#include "harness/base/status.h"
#include "models/weights/pickle.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "}X\1",
    "}(ctorch._utils\n_rebuild_tensor_v2\n(ctorch\nFloatStorage\nttRu.",
    "ccollections\nOrderedDict\n)R}b.",
    "",
};

static kd_status check(const kd_pickled *tensor, void *user, kd_error *err)
{
    (void)user, (void)err;
    KD_CHECK(tensor->rank >= 0 && tensor->rank <= KD_WEIGHT_RANK_MAX, "rank %d", tensor->rank);
    for (int i = 0; i < tensor->rank; i++) KD_CHECK(tensor->dim[i] >= 0, "a negative dimension");
    return KD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_arena *arena = kd_arena_create(4096);
    kd_error  err;
    kd_pickle_read((const char *)data, size, arena, check, NULL, &err);
    kd_arena_destroy(arena);
    return 0;
}
