#include "tests/fuzz/fuzz_h5.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/h5_mend.h"

/* Asked by the sanitizers at the start. HDF5 asks for as much memory as a file says and goes on
 * when there is none; what it forgets after a damaged file is no memory of ours. */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

void kd_fuzz_h5(const uint8_t *data, size_t size, void (*read)(const char *path))
{
    read(kd_fuzz_file(".h5", data, size));
    if (!getenv("KDGRID_FUZZ_MEND")) return;
    uint8_t *mended = kd_alloc(size + 1, 1);
    if (size) memcpy(mended, data, size);
    kd_h5_mend(mended, size);
    if (size && memcmp(mended, data, size) != 0) read(kd_fuzz_file(".h5", mended, size));
    free(mended);
}
