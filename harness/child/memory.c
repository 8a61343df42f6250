/* memory.c - /proc/self/cgroup and the files of the groups it names.
 *
 *     0::/job/step                  version 2:  memory.events, memory.max
 *     4:memory:/job/step            version 1:  memory.oom_control, memory.limit_in_bytes
 *
 * In a container a name may be the host's, while what is mounted is the container's own group;
 * so a group that is not found is looked for further up, and the mount itself comes last. */
#include "harness/child/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"

static const struct hierarchy {
    const char *line; /* how its line of /proc/self/cgroup begins, after the number */
    const char *mount, *events, *limit;
} hierarchies[] = {
    { "::", "/sys/fs/cgroup", "memory.events", "memory.max" },
    { "::", "/sys/fs/cgroup/unified", "memory.events", "memory.max" },
    { ":memory:", "/sys/fs/cgroup/memory", "memory.oom_control", "memory.limit_in_bytes" },
};
#define HIERARCHIES (sizeof hierarchies / sizeof *hierarchies)

/* The folder of our own group; NULL when this process is in none of that hierarchy. */
static char *find_group(const char *root, const struct hierarchy *h)
{
    kd_str text = KD_STR_INIT;
    char  *path = kd_sprintf("%s/proc/self/cgroup", root), *group = NULL;
    if (kd_fs_read(path, &text, NULL) == KD_OK)
        for (char *line, *rest = text.text; !group && (line = strsep(&rest, "\n"));) {
            const char *after = line + strspn(line, "0123456789");
            if (kd_starts_with(after, h->line))
                group = kd_sprintf("%s%s%s", root, h->mount, after + strlen(h->line));
        }
    kd_str_fini(&text);
    free(path);
    return group;
}

/* From a group to the one above it; false at the mount. */
static bool go_up(char *group, const char *root, const struct hierarchy *h)
{
    char *slash = strrchr(group, '/');
    if (strlen(group) <= strlen(root) + strlen(h->mount)) return false;
    *slash = 0;
    return true;
}

/* The number after `word` at the beginning of a line of GROUP/NAME ("" for a file that is a number);
 * false when it says none. */
static bool read_number(const char *group, const char *name, const char *word, int64_t *out)
{
    kd_str    text = KD_STR_INIT;
    long long number;
    char     *path = kd_fs_join(group, name);
    bool      is_there = false;
    if (kd_fs_read(path, &text, NULL) == KD_OK)
        for (char *line, *rest = text.text; !is_there && (line = strsep(&rest, "\n"));)
            is_there = kd_starts_with(line, word) && kd_parse_int(line + strlen(word), &number);
    if (is_there) *out = number;
    kd_str_fini(&text);
    free(path);
    return is_there;
}

int64_t kd_memory_limit(const char *root)
{
    int64_t least = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), bytes;
    for (size_t i = 0; i < HIERARCHIES; i++) {
        const struct hierarchy *h = &hierarchies[i];
        char                   *group = find_group(root, h);
        if (!group) continue;
        do {
            if (read_number(group, h->limit, "", &bytes) && bytes < least) least = bytes;
        } while (go_up(group, root, h));
        free(group);
    }
    return least;
}

int64_t kd_memory_kills(const char *root)
{
    int64_t kills = -1;
    for (size_t i = 0; i < HIERARCHIES && kills < 0; i++) {
        const struct hierarchy *h = &hierarchies[i];
        char                   *group = find_group(root, h);
        if (!group) continue;
        while (!read_number(group, h->events, "oom_kill ", &kills) && go_up(group, root, h)) {
        }
        free(group);
    }
    return kills;
}
