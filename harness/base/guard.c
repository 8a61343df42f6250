/* guard.c - the names of open files stand in memory that both processes have. */
#include "harness/base/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 16, NAME = 1024 };

static char (*open_files)[NAME]; /* (FILES); NULL outside of a guarded process; "" is free */

void kd_guard_reading(const char *path)
{
    for (int i = 0; open_files && i < FILES; i++)
        if (!*open_files[i]) {
            snprintf(open_files[i], NAME, "%s", path);
            return;
        }
}

void kd_guard_done(const char *path)
{
    for (int i = FILES - 1; open_files && i >= 0; i--)
        if (strncmp(open_files[i], path, NAME - 1) == 0) {
            open_files[i][0] = '\0';
            return;
        }
}

/* The one that was opened last is the likeliest. */
static const char *last_open(void)
{
    for (int i = FILES - 1; i >= 0; i--)
        if (*open_files[i]) return open_files[i];
    return NULL;
}

static bool is_crash(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGFPE ||
           number == SIGILL || number == SIGTRAP;
}

/* What somebody sends to us is for who does the work. */
static void wait_for_end(pid_t child, const sigset_t *waited, int *how)
{
    while (waitpid(child, how, WNOHANG) == 0) {
        int number = sigwaitinfo(waited, NULL);
        if (number > 0 && number != SIGCHLD) kill(child, number);
    }
}

/* To end as the child did, for whoever waits for us. */
static void end_by(int number)
{
    sigset_t one;
    fflush(NULL);
    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static kd_status watch(pid_t child, const sigset_t *waited, kd_error *err)
{
    int how = 0;
    wait_for_end(child, waited, &how);
    if (WIFEXITED(how)) kd_leave(WEXITSTATUS(how));
    int number = WTERMSIG(how);
    if (!is_crash(number)) end_by(number);
    const char *path = last_open();
    if (!path) return kd_fail(err, KD_EBUG, "ended by signal %d (%s)", number, strsignal(number));
    return kd_fail(err, KD_EDATA,
                   "%s: ended the library that reads it with signal %d (%s): it is damaged, or was "
                   "made to do so",
                   path, number, strsignal(number));
}

/* At a fork OpenBLAS waits for its threads, and one that finds no room in a limited address space looks for it
 * for ever. */
static bool may_fork(void)
{
    struct rlimit space;
    return getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur == RLIM_INFINITY;
}

kd_status kd_guard_enter(kd_error *err)
{
    sigset_t waited, before;
    if (!may_fork()) return KD_OK;
    void *shared =
        mmap(NULL, (size_t)FILES * NAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return KD_OK;
    sigemptyset(&waited);
    sigaddset(&waited, SIGCHLD);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGINT);
    sigaddset(&waited, SIGHUP);
    sigaddset(&waited, SIGUSR1);
    sigprocmask(SIG_BLOCK, &waited, &before);
    signal(
        SIGCHLD,
        SIG_DFL); /* who started us may have ignored it, and then no child leaves its end behind */
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child < 0) munmap(shared, (size_t)FILES * NAME);
    if (child >= 0) open_files = shared;
    if (child > 0) return watch(child, &waited, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) return KD_OK;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) kd_leave(kd_status_exit(KD_ESTOPPED)); /* it is gone already */
    return KD_OK;
}
