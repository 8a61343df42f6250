/* scratch.c - a folder and a lock. */
#include "harness/child/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"

#define YOUNG_S 10 /* so young a folder may be one that is about to be held */

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

char *kd_scratch_path(const char *place, const char *name)
{
    return kd_sprintf("%s/kdgrid.%u.%s", place, (unsigned)getuid(), name);
}

int kd_scratch_hold(const char *path)
{
    mkdir(path, 0700);
    int fd = open_folder(path);
    if (fd >= 0 && flock(fd, LOCK_SH) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static bool is_abandoned(const char *path)
{
    struct stat info;
    int         fd = open_folder(path);
    if (fd < 0) return false;
    bool is_old = fstat(fd, &info) == 0 && info.st_mtime + YOUNG_S < time(NULL);
    bool is_held = flock(fd, LOCK_EX | LOCK_NB) != 0;
    close(fd);
    return is_old && !is_held;
}

void kd_scratch_clean(const char *place)
{
    char **names = NULL;
    size_t count = 0;
    char  *start = kd_scratch_path(place, "");
    if (kd_fs_list(place, &names, &count, NULL) == KD_OK) {
        for (size_t i = 0; i < count; i++) {
            char *path = kd_fs_join(place, names[i]);
            if (kd_starts_with(path, start) && is_abandoned(path)) kd_fs_remove(path, NULL);
            free(path);
        }
        kd_fs_free_names(names, count);
    }
    free(start);
}
