/* A catalogue from any bytes, in a store that has no object: it is used, or made again, and either
 * way says that there is no record. */
#include "harness/store/catalogue.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/h5.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_h5.h"

const char *const kd_fuzz_seeds[] = { "" };

static kd_store *store;
static char     *folder;

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

static void remove_store(void)
{
    kd_store_close(store);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

static void open_store(void)
{
    const char *base = getenv("TMPDIR");
    kd_error    err;
    if (store) return;
    folder = kd_sprintf("%s/kdgrid-fuzz-store-%d", base ? base : "/tmp", (int)getpid());
    KD_CHECK(kd_store_open(&store, folder, KD_STORE_CREATE, &err) == KD_OK, "%s", err.text);
    atexit(remove_store);
}

static void verify(const char *path)
{
    kd_h5              *h5;
    const kd_h5_member *members;
    size_t              count = 0;
    kd_error            err;
    if (kd_h5_open(&h5, path, &err) != KD_OK) return;
    if (kd_h5_members(h5, &members, &count, &err) == KD_OK)
        for (size_t i = 0; i < count; i++) kd_h5_verify(h5, members[i].name, &err);
    kd_h5_close(h5);
}

static void read_all(const char *path)
{
    kd_catalogue *catalogue;
    size_t        count = 0;
    kd_error      err;
    char         *place = kd_fs_join(folder, "catalogue.h5");
    verify(path);
    KD_CHECK(rename(path, place) == 0, "fuzz: cannot rename %s", path);
    KD_CHECK(kd_catalogue_open(&catalogue, store, NULL, &err) == KD_OK, "%s", err.text);
    kd_catalogue_records(catalogue, &count);
    KD_CHECK(count == 0, "fuzz: %zu records of no object", count);
    kd_catalogue_close(catalogue);
    free(place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_store();
    kd_fuzz_h5(data, size, read_all);
    return 0;
}
