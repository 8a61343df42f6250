/* processes.c - /proc, read. */
#include "harness/chaos/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/str.h"
#include "harness/dispatch/shm.h"

/* A file of /proc has no size to ask for. Texts in it end with NUL each. */
static void read_texts(kd_str *out, long long pid, const char *file)
{
    char path[64], bytes[4096];
    kd_str_reset(out);
    snprintf(path, sizeof path, "/proc/%lld/%s", pid, file);
    int     fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    if (fd < 0) return;
    while ((got = read(fd, bytes, sizeof bytes)) > 0) kd_str_add_bytes(out, bytes, (size_t)got);
    close(fd);
}

/* What follows "NAME=" among the texts, or NULL. */
static const char *find_variable(const kd_str *texts, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = texts->text, *end = at + texts->length; at < end; at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=') return at + length + 1;
    return NULL;
}

static const char *nth_text(const kd_str *texts, int n)
{
    const char *at = texts->text, *end = at + texts->length;
    for (; n > 0 && at < end; n--) at += strlen(at) + 1;
    return at < end ? at : "";
}

/* The second number after the name, which is in brackets and may hold any character. */
static long long parent_of(long long pid)
{
    kd_str      text = KD_STR_INIT;
    long long   parent = 0;
    const char *name_end;
    read_texts(&text, pid, "stat");
    name_end = strrchr(text.text, ')');
    if (!name_end || sscanf(name_end, ") %*c %lld", &parent) != 1) parent = 0;
    kd_str_fini(&text);
    return parent;
}

bool kd_marked_is_stopped(const kd_marked *process)
{
    kd_str text = KD_STR_INIT;
    char   state = 0;
    read_texts(&text, process->pid, "stat");
    const char *name_end = strrchr(text.text, ')');
    if (name_end) sscanf(name_end, ") %c", &state);
    kd_str_fini(&text);
    return state == 'T';
}

static bool is_of_nursery(long long pid)
{
    kd_str words = KD_STR_INIT;
    read_texts(&words, pid, "cmdline");
    bool is_one =
        strcmp(nth_text(&words, 1), "cell") == 0 && strcmp(nth_text(&words, 2), "--nursery") == 0;
    kd_str_fini(&words);
    return is_one;
}

/* A cell that was forked from a nursery has its words, and a nursery for its parent. */
static kd_marked_role role_of(long long pid, const kd_str *words, const kd_str *environment)
{
    const char *program = nth_text(words, 0), *verb = nth_text(words, 1);
    const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;
    const char *rank = find_variable(environment, "OMPI_COMM_WORLD_RANK");
    if (is_of_nursery(pid) && !is_of_nursery(parent_of(pid))) return KD_MARKED_NURSERY;
    if (strcmp(verb, "cell") == 0) return KD_MARKED_CELL;
    if (strcmp(verb, "run") != 0) return KD_MARKED_OTHER;
    if (strcmp(name, "kdgrid-mpi") == 0)
        return rank && strcmp(rank, "0") == 0 ? KD_MARKED_COORDINATOR : KD_MARKED_WORKER;
    for (int n = 2; *nth_text(words, n); n++)
        if (kd_starts_with(nth_text(words, n), "-n") ||
            kd_starts_with(nth_text(words, n), "--workers"))
            return KD_MARKED_LAUNCHER;
    return KD_MARKED_COORDINATOR;
}

static bool has_mark(kd_str *environment, long long pid, const char *mark)
{
    read_texts(environment, pid, "environ"); /* a corpse has none */
    const char *value = find_variable(environment, KD_FAULTS_ENV);
    return value && strcmp(value, mark) == 0;
}

void kd_marked_find(kd_marked_list *out, const char *mark)
{
    kd_str         environment = KD_STR_INIT, words = KD_STR_INIT;
    DIR           *processes = opendir("/proc");
    struct dirent *entry;
    kd_vec_reset(out);
    while (processes && (entry = readdir(processes))) {
        long long pid;
        if (!kd_parse_int(entry->d_name, &pid) || pid == getpid()) continue;
        if (!has_mark(&environment, pid, mark)) continue;
        read_texts(&words, pid, "cmdline");
        kd_marked   found = { .pid = (pid_t)pid, .role = role_of(pid, &words, &environment) };
        const char *job = find_variable(&environment, KD_SHM_JOB);
        snprintf(found.job, sizeof found.job, "%s", job ? job : "");
        kd_vec_push(out, found);
    }
    if (processes) closedir(processes);
    kd_str_fini(&environment);
    kd_str_fini(&words);
}

/* The descriptor is taken first, then the mark looked at: so both are the same process's. */
bool kd_marked_signal(const kd_marked *process, const char *mark, int signal)
{
    kd_str environment = KD_STR_INIT;
    int    fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    bool   is_sent = fd >= 0 && has_mark(&environment, process->pid, mark) &&
                   syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
    if (fd >= 0) close(fd);
    kd_str_fini(&environment);
    return is_sent;
}
