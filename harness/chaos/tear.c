/* tear.c - only what is durable has an end that stays. */
#include "harness/chaos/tear.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"

#define HEADER_BYTES 32 /* of a journal: synced before its first record */

uint32_t kd_tear_newest(const char *store)
{
    char    *folder = kd_fs_join(store, "journal");
    char   **names = NULL;
    size_t   count = 0;
    unsigned newest = 0, number;
    if (kd_fs_is_folder(folder)) kd_fs_list(folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++)
        if (sscanf(names[i], "%u", &number) == 1 && number > newest) newest = number;
    kd_fs_free_names(names, count);
    free(folder);
    return newest;
}

/* The file keeps its first `kept` bytes, and of the rest what chance leaves of it. */
static void tear(const char *path, int64_t kept, kd_rng *rng)
{
    int64_t size = kd_fs_size(path), beyond = size - kept;
    int     fd = beyond > 0 ? open(path, O_WRONLY | KD_FS_AS_IT_IS) : -1;
    if (fd < 0) return;
    int64_t from = kept + (int64_t)kd_rng_below(rng, (uint64_t)beyond);
    int     how = (int)kd_rng_below(rng, 3), ignored = 0;
    if (how == 0) ignored = ftruncate(fd, from);
    for (; how > 0 && from < size; from++) {
        unsigned char byte = how == 1 ? 0 : (unsigned char)kd_rng_below(rng, 256);
        ignored = (int)pwrite(fd, &byte, 1, from);
    }
    (void)ignored;
    close(fd);
}

static int64_t acknowledged_bytes(const char *log, uint32_t run)
{
    kd_str             text = KD_STR_INIT;
    unsigned           of;
    unsigned long long sequence, bytes;
    int64_t            most = HEADER_BYTES;
    if (kd_fs_read(log, &text, NULL) == KD_OK)
        for (char *line, *rest = text.text; (line = strsep(&rest, "\n"));)
            if (sscanf(line, "durable %u %llu %llu", &of, &sequence, &bytes) == 3 && of == run &&
                (int64_t)bytes > most)
                most = (int64_t)bytes;
    kd_str_fini(&text);
    return most;
}

/* A draft, or the text of a cell, which is written without a sync and again for each try. */
static bool is_unfinished(const char *name)
{
    return kd_fs_making_of(name) != KD_FS_NO_DRAFT || strcmp(name, "cell") == 0;
}

static void tear_drafts(const char *folder, kd_rng *rng)
{
    char **names = NULL;
    size_t count = 0;
    kd_fs_list(folder, &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        char *path = kd_fs_join(folder, names[i]);
        if (kd_fs_is_folder(path))
            tear_drafts(path, rng);
        else if (is_unfinished(names[i]))
            tear(path, 0, rng);
        free(path);
    }
    kd_fs_free_names(names, count);
}

void kd_tear_files(const char *store, uint32_t run, const char *log, kd_rng *rng)
{
    if (run) {
        char *path = kd_sprintf("%s/journal/%04u", store, run);
        tear(path, acknowledged_bytes(log, run), rng);
        free(path);
    }
    if (kd_fs_is_folder(store)) tear_drafts(store, rng);
}
