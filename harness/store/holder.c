/* holder.c - what the kernel says of a process, as text and back. */
#include "harness/store/holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"

/* Field 22 of /proc/<pid>/stat; the second field holds a name that may contain blanks. -1 when
 * there is no such process or only its corpse. */
static long long process_start(long pid)
{
    char  path[64], text[1024] = "";
    char  state = 'Z';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!(file = fopen(path, "re"))) return -1;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    const char *after = strrchr(text, ')');
    long long   start = -1;
    if (!after ||
        sscanf(after + 1,
               " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld",
               &state, &start) != 2)
        return -1;
    return state == 'Z' || state == 'X' ? -1 : start;
}

static void read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    out[0] = 0;
    if (!file) return;
    if (!fgets(out, (int)size, file)) out[0] = 0;
    out[strcspn(out, "\n")] = 0;
    fclose(file);
}

/* Containers of one machine share its boot, but not the numbers of their processes. */
static void read_boot(char *out, size_t size)
{
    char    boot[40], space[64];
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length > 0 ? length : 0] = 0;
    const char *number = strchr(space, '[');
    read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    snprintf(out, size, "%s/%.*s", *boot ? boot : "-", number ? (int)strcspn(number + 1, "]") : 0,
             number ? number + 1 : "");
}

kd_holder kd_holder_self(void)
{
    kd_holder   me = { .pid = (long)getpid(), .since_s = kd_clock_unix_s() };
    const char *job = getenv("SLURM_JOB_ID"), *restart = getenv("SLURM_RESTART_COUNT");
    gethostname(me.host, sizeof me.host - 1);
    read_boot(me.boot, sizeof me.boot);
    if (job) snprintf(me.job, sizeof me.job, "%s", job);
    if (restart) me.restart = strtol(restart, NULL, 10);
    me.start = process_start(me.pid);
    return me;
}

void kd_holder_print(const kd_holder *h, kd_str *out)
{
    kd_str_addf(out, "host %s\nboot %s\npid %ld\nstart %lld\njob %s\nrestart %ld\nsince %.3f\n",
                h->host, h->boot, h->pid, h->start, *h->job ? h->job : "-", h->restart, h->since_s);
}

bool kd_holder_parse(kd_holder *out, const char *text)
{
    *out = (kd_holder){ .pid = 0 };
    if (sscanf(text, "host %64s boot %63s pid %ld start %lld job %31s restart %ld since %lf",
               out->host, out->boot, &out->pid, &out->start, out->job, &out->restart,
               &out->since_s) != 7)
        return false;
    if (strcmp(out->job, "-") == 0) out->job[0] = 0;
    return true;
}

void kd_holder_name(const kd_holder *h, kd_str *out)
{
    kd_str_addf(out, "process %ld on %s", h->pid, h->host);
    if (*h->job) kd_str_addf(out, ", SLURM job %s", h->job);
}

/* Texts of older programs name the boot alone. */
static bool is_same_boot(const char *a, const char *b)
{
    size_t length = strcspn(a, "/");
    return length == strcspn(b, "/") && memcmp(a, b, length) == 0;
}

static bool is_same_space(const char *a, const char *b)
{
    const char *first = strchr(a, '/'), *second = strchr(b, '/');
    return !first || !second || strcmp(first, second) == 0;
}

kd_holder_state kd_holder_judge(const kd_holder *other)
{
    kd_holder me = kd_holder_self();
    bool      is_near = is_same_boot(other->boot, me.boot);
    if (is_near && is_same_space(other->boot, me.boot))
        return process_start(other->pid) == other->start ? KD_HOLDER_HERE : KD_HOLDER_GONE;
    if (!is_near && strcmp(other->host, me.host) == 0)
        return KD_HOLDER_GONE; /* this host started again */
    if (*me.job && strcmp(other->job, me.job) == 0 && other->restart != me.restart)
        return KD_HOLDER_GONE; /* a job is requeued once all of it is gone */
    return KD_HOLDER_FAR;
}
