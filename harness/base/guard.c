/* guard.c - the names of open files stand in memory that both processes have. */
#include "harness/base/guard.h"

#include <errno.h>
#include <fcntl.h>
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

static char (*open_files)[NAME]; /* (FILES); NULL outside of a guard; "" is free */

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
        siginfo_t info;
        int       number = sigwaitinfo(waited, &info);
        bool      is_ours = info.si_code == SI_KERNEL; /* a terminal tells the child, too */
        if (number > 0 && number != SIGCHLD && !is_ours) kill(child, number);
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

/* A file of our names, or NULL, ended a process that read it. */
static kd_status tell_crash(const char *path, int number, kd_error *err)
{
    if (!path) return kd_fail(err, KD_EBUG, "ended by signal %d (%s)", number, strsignal(number));
    return kd_fail(err, KD_EDATA,
                   "%s: ended the library that reads it with signal %d (%s): it is damaged, or was "
                   "made to do so",
                   path, number, strsignal(number));
}

static kd_status watch(pid_t child, const sigset_t *waited, kd_error *err)
{
    int how = 0;
    wait_for_end(child, waited, &how);
    if (WIFEXITED(how)) kd_leave(WEXITSTATUS(how));
    int number = WTERMSIG(how);
    if (!is_crash(number)) end_by(number);
    return tell_crash(last_open(), number, err);
}

static void *share_names(void)
{
    void *shared =
        mmap(NULL, (size_t)FILES * NAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
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
    void *shared = share_names();
    if (!shared) return KD_OK;
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

/* ---- one by one ---- */

/* Runs in the child from `first` on. An answer is shorter than PIPE_BUF, so it arrives whole or not at all. */
static void look_at_each(size_t first, size_t count, const kd_guard_work *work, void *user, int to)
{
    for (size_t i = first; i < count; i++) {
        kd_guard_answer answer = { KD_OK };
        work->look(user, i, &answer);
        fflush(NULL);
        if (write(to, &answer, sizeof answer) != (ssize_t)sizeof answer) break;
    }
    _exit(
        0); /* what it has open is its parent's too, and must not be held by what comes at an exit */
}

static bool next_answer(int from, kd_guard_answer *answer)
{
    ssize_t length;
    do length = read(from, answer, sizeof *answer);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *answer;
}

static pid_t start_looking(size_t first, size_t count, const kd_guard_work *work, void *user,
                           int *from)
{
    int ends[2];
    if (!may_fork() || pipe2(ends, O_CLOEXEC) != 0) return -1;
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) kd_leave(kd_status_exit(KD_ESTOPPED));
        look_at_each(first, count, work, user, ends[1]);
    }
    close(ends[1]);
    *from = ends[0];
    if (child < 0) close(ends[0]);
    return child;
}

/* Names that were there before the child are those of files that are open here. */
static kd_status judge_end(int how, unsigned known, kd_guard_answer *answer, kd_error *err)
{
    const char *path = NULL;
    if (WIFEXITED(how))
        return kd_fail(err, kd_status_of_exit(WEXITSTATUS(how)),
                       "a process that looks at files ended with exit code %d", WEXITSTATUS(how));
    if (!is_crash(WTERMSIG(how)))
        return kd_fail(err, KD_ESTOPPED,
                       "a process that looks at files was ended by signal %d (%s)", WTERMSIG(how),
                       strsignal(WTERMSIG(how)));
    for (int i = FILES - 1; open_files && i >= 0 && !path; i--)
        if (!(known >> i & 1) && *open_files[i]) path = open_files[i];
    *answer = (kd_guard_answer){ KD_OK };
    answer->status = tell_crash(path, WTERMSIG(how), &answer->why);
    return KD_OK;
}

static unsigned names_taken(void)
{
    unsigned taken = 0;
    for (int i = 0; open_files && i < FILES; i++) taken |= (unsigned)!!*open_files[i] << i;
    return taken;
}

static void forget_names(unsigned but)
{
    for (int i = 0; open_files && i < FILES; i++)
        if (!(but >> i & 1)) open_files[i][0] = '\0';
}

/* Heed one child's answers from *next on. When it crashes, *next is behind what crashed it. `known` are the names
 * that were there before it. */
static kd_status heed_child(pid_t child, int from, unsigned known, size_t *next, size_t count,
                            const kd_guard_work *work, void *user, kd_error *err)
{
    kd_guard_answer answer;
    kd_status       status = KD_OK;
    int             how = 0;
    while (*next < count && status == KD_OK && next_answer(from, &answer))
        status = work->heed(user, (*next)++, &answer, err);
    close(from);
    if (status != KD_OK) kill(child, SIGKILL);
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
    if (status == KD_OK && *next < count) {
        status = judge_end(how, known, &answer, err);
        if (status == KD_OK) status = work->heed(user, (*next)++, &answer, err);
    }
    forget_names(known);
    return status;
}

kd_status kd_guard_each(size_t count, const kd_guard_work *work, void *user, kd_error *err)
{
    struct sigaction before, usual = { .sa_handler = SIG_DFL };
    kd_status        status = KD_OK;
    if (!open_files) open_files = share_names();
    sigaction(SIGCHLD, &usual, &before); /* where it is ignored, no child leaves its end behind */
    for (size_t next = 0; next < count && status == KD_OK;) {
        int      from;
        unsigned known = names_taken();
        pid_t    child = start_looking(next, count, work, user, &from);
        if (child > 0) {
            status = heed_child(child, from, known, &next, count, work, user, err);
        } else {
            kd_guard_answer answer = { KD_OK };
            work->look(user, next, &answer);
            status = work->heed(user, next++, &answer, err);
        }
    }
    sigaction(SIGCHLD, &before, NULL);
    return status;
}

typedef struct {
    kd_status (*work)(void *user, kd_error *err);
    void *user;
} piece;

static void look_at_piece(void *user, size_t i, kd_guard_answer *answer)
{
    const piece *one = user;
    (void)i;
    answer->status = one->work(one->user, &answer->why);
}

static kd_status heed_piece(void *user, size_t i, const kd_guard_answer *answer, kd_error *err)
{
    (void)user, (void)i;
    return answer->status == KD_OK ? KD_OK : kd_fail(err, answer->status, "%s", answer->why.text);
}

kd_status kd_guard_one(kd_status (*work)(void *user, kd_error *err), void *user, kd_error *err)
{
    static const kd_guard_work one_piece = { look_at_piece, heed_piece };
    return kd_guard_each(1, &one_piece, &(piece){ work, user }, err);
}
