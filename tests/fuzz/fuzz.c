#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"

#define FILES 8

static struct {
    const char *suffix;
    char       *path;
} files[FILES];

static void remove_files(void)
{
    for (int i = 0; i < FILES && files[i].path; i++) {
        unlink(files[i].path);
        free(files[i].path);
    }
}

static const char *path_of(const char *suffix)
{
    const char *base = getenv("TMPDIR");
    int         i = 0;
    while (i < FILES && files[i].path && strcmp(files[i].suffix, suffix) != 0) i++;
    KD_CHECK(i < FILES, "fuzz: more than %d files", FILES);
    if (files[i].path) return files[i].path;
    if (i == 0) atexit(remove_files);
    files[i].suffix = suffix;
    files[i].path = kd_sprintf("%s/kdgrid-fuzz-%d%s", base ? base : "/tmp", (int)getpid(), suffix);
    return files[i].path;
}

/* Not through kd_fs_write: thousands of files a second need no fsync. */
const char *kd_fuzz_file(const char *suffix, const void *data, size_t size)
{
    const char *path = path_of(suffix);
    FILE       *file = fopen(path, "wb");
    KD_CHECK(file, "fuzz: cannot write %s", path);
    if (size > 0) fwrite(data, 1, size, file);
    KD_CHECK(fclose(file) == 0, "fuzz: cannot write %s", path);
    return path;
}

char *kd_fuzz_golden(const char *name)
{
    const char *base = getenv("KDGRID_GOLDEN");
    return kd_fs_join(base ? base : "tests/golden", name);
}
