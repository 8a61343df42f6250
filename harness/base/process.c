/* process.c - children through vfork and exec.
 *
 * vfork, and not posix_spawn, because limits, the process group and the parent-death signal have
 * to be set between the two, and posix_spawn offers no place for that. It costs the same (glibc's
 * posix_spawn is a vfork inside): the child borrows the parent's memory until it execs, so
 * everything it needs is made ready before, and it makes system calls and nothing else. */
#include "harness/base/process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/vec.h"

#define REPORT_S 5.0 /* for a nursery to tell how a child ended that is dead */
#define LOOK_S   0.5 /* between looks whether it is */

/* All that the child needs, made ready before there is a child. */
typedef struct {
    char    *program;
    char   **env;
    int      output; /* -1 inherits */
    int      pipe[2];
    sigset_t mask; /* what was blocked before the parent blocked everything */
    pid_t    parent;
} launch;

static char *find_program(const char *name)
{
    if (strchr(name, '/')) return access(name, X_OK) == 0 ? kd_strdup(name) : NULL;
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t length = strcspn(at, ":");
        char  *folder = kd_strndup(at, length);
        char  *candidate = kd_fs_join(*folder ? folder : ".", name);
        free(folder);
        if (access(candidate, X_OK) == 0 && !kd_fs_is_folder(candidate)) return candidate;
        free(candidate);
        at += length + (at[length] == ':');
    }
    return NULL;
}

/* "NAME=value" is named by one of the entries ("NAME=other" or the prefix "NAM"). */
static bool is_replaced(const char *variable, const char *const *extra)
{
    for (; extra && *extra; extra++)
        if (strncmp(variable, *extra, strcspn(*extra, "=") + 1) == 0) return true;
    return false;
}

static bool is_dropped(const char *variable, const char *const *prefixes)
{
    for (; prefixes && *prefixes; prefixes++)
        if (kd_starts_with(variable, *prefixes)) return true;
    return false;
}

/* The child's environment: an array whose strings are borrowed. */
static char **make_environment(const kd_process_options *options)
{
    KD_VEC(char *) env = KD_VEC_INIT;
    for (char **at = environ; *at; at++)
        if (!is_replaced(*at, options->extra_env) && !is_dropped(*at, options->drop_env))
            kd_vec_push(&env, *at);
    for (const char *const *at = options->extra_env; at && *at; at++)
        kd_vec_push(&env, (char *)(uintptr_t)*at);
    kd_vec_push(&env, NULL);
    return env.items;
}

static kd_status make_ready(launch *l, const kd_process_options *options, kd_error *err)
{
    *l = (launch){ .output = -1, .pipe = { -1, -1 }, .parent = getpid() };
    l->program = find_program(options->argv[0]);
    if (!l->program) return kd_fail(err, KD_ENOINPUT, "%s: no such program", options->argv[0]);
    l->env = make_environment(options);
    if (options->output) {
        l->output = open(options->output, O_WRONLY | O_CREAT | O_APPEND | KD_FS_AS_IT_IS, 0666);
        if (l->output < 0) return kd_fail_errno(err, errno, "%s: cannot create", options->output);
    }
    if (options->pipe_fd && pipe2(l->pipe, O_CLOEXEC) != 0)
        return kd_fail_errno(err, errno, "cannot make a pipe");
    return KD_OK;
}

static void release(launch *l)
{
    free(l->program);
    free(l->env);
    if (l->output >= 0) close(l->output);
    if (l->pipe[1] >= 0) close(l->pipe[1]);
}

static void limit(int resource, int64_t bytes)
{
    struct rlimit both = { (rlim_t)bytes, (rlim_t)bytes };
    if (bytes) setrlimit((__rlimit_resource_t)resource, &both);
}

/* Copy `fd` to `number`, where it survives exec also if it is there already. */
static void place(int fd, int number)
{
    if (fd == number)
        fcntl(fd, F_SETFD, 0);
    else
        dup2(fd, number);
}

void kd_process_enter(const kd_process_options *options, int output, int pipe, pid_t parent,
                      const sigset_t *mask)
{
    static const int handled[] = { SIGTERM, SIGINT,  SIGHUP,  SIGUSR1,
                                   SIGUSR2, SIGCHLD, SIGPIPE, SIGALRM };
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) signal(handled[i], SIG_DFL);
    setpgid(0, 0);
    if (options->dies_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);
    }
    limit(RLIMIT_AS, options->memory_bytes);
    limit(RLIMIT_FSIZE, options->file_bytes);
    if (output >= 0) {
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
    }
    if (options->pipe_fd) place(pipe, options->pipe_fd);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

/* In the child: system calls only, then exec; the memory is still the parent's. */
__attribute__((noreturn)) static void become(const launch *l, const kd_process_options *options)
{
    kd_process_enter(options, l->output, l->pipe[1], l->parent, &l->mask);
    execve(l->program, (char *const *)(uintptr_t)options->argv, l->env);
    _exit(127);
}

int kd_process_open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* A child that shares the caller's memory must not run on the caller's stack frame, so this
 * function does nothing else. */
__attribute__((noinline)) static pid_t start(const launch *l, const kd_process_options *options)
{
    pid_t pid = vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (pid == 0) become(l, options);
    return pid;
}

kd_status kd_process_spawn(kd_process *out, const kd_process_options *options, kd_error *err)
{
    launch    l;
    sigset_t  all;
    kd_status status = make_ready(&l, options, err);
    *out = (kd_process){ .pid = 0, .pidfd = -1, .pipe = -1, .own_pidfd = -1 };
    if (status != KD_OK) goto done;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &l.mask);
    pid_t pid = start(&l, options);
    int   failed = errno;
    sigprocmask(SIG_SETMASK, &l.mask, NULL);
    if (pid < 0) {
        status = kd_fail_errno(err, failed, "%s: cannot be started", options->argv[0]);
        goto done;
    }
    out->pid = pid;
    out->pidfd = kd_process_open_pidfd(pid);
    out->pipe = l.pipe[0];
    if (out->pipe >= 0) fcntl(out->pipe, F_SETFL, O_NONBLOCK);
done:
    if (status != KD_OK && l.pipe[0] >= 0) close(l.pipe[0]);
    release(&l);
    return status;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* Wait until the process ended or the time is over. */
static void wait_readable(const kd_process *process, double timeout_s)
{
    double        until = kd_clock_s() + timeout_s;
    struct pollfd watch = { .fd = process->pidfd, .events = POLLIN };
    for (;;) {
        double left = timeout_s < 0 ? 1e6 : until - kd_clock_s();
        int    ms = left <= 0 ? 0 : (int)fmin(ceil(left * 1e3), 1e9);
        int    ready = process->pidfd >= 0 ? poll(&watch, 1, ms) : poll(NULL, 0, ms < 1 ? ms : 1);
        if (ready > 0 || process->pidfd < 0) return;
        if (ready == 0 && timeout_s >= 0 && kd_clock_s() >= until) return;
    }
}

static double seconds_of(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
           1e-6 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

void kd_process_describe(kd_process_end *end, int wait_status, const struct rusage *use)
{
    *end = (kd_process_end){
        .exited = WIFEXITED(wait_status),
        .code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0,
        .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
        .seconds = seconds_of(use),
        .peak_bytes = (int64_t)use->ru_maxrss * 1024,
    };
}

static bool is_readable(int fd)
{
    struct pollfd watch = { .fd = fd, .events = POLLIN };
    return fd >= 0 && poll(&watch, 1, 0) > 0;
}

/* A nursery that died took its children with it, and said nothing. One that is stopped says nothing
 * of a child that is dead: after a while that counts as the same. */
static bool reap_fostered(kd_process *process, kd_process_end *end)
{
    *end = (kd_process_end){ .signal = SIGKILL };
    if (is_readable(process->pidfd)) {
        kd_process_end report;
        if (read(process->pidfd, &report, sizeof report) == sizeof report) *end = report;
        return true;
    }
    double now_s = kd_clock_s();
    if (process->dead_s <= 0 && is_readable(process->own_pidfd)) process->dead_s = now_s;
    return process->dead_s > 0 && now_s - process->dead_s > REPORT_S;
}

/* True when it has ended, and then how. */
static bool reap(kd_process *process, kd_process_end *end)
{
    struct rusage use;
    int           wait_status;
    if (process->is_fostered) return reap_fostered(process, end);
    pid_t got = wait4(process->pid, &wait_status, WNOHANG, &use);
    KD_CHECK(got >= 0 || errno == EINTR, "process: %s", strerror(errno));
    if (got == process->pid) kd_process_describe(end, wait_status, &use);
    return got == process->pid;
}

bool kd_process_wait(kd_process *process, double timeout_s, kd_process_end *end)
{
    double until = kd_clock_s() + timeout_s;
    KD_CHECK(process->pid > 0, "process: waiting for one that is not there");
    for (;;) {
        double left = timeout_s < 0 ? -1 : fmax(0, until - kd_clock_s());
        if (process->is_fostered) left = left < 0 ? LOOK_S : fmin(left, LOOK_S);
        wait_readable(process, left);
        if (reap(process, end)) {
            kd_process_signal(process, SIGKILL); /* what it left behind in its group */
            process->pid = 0;
            close_fd(&process->pidfd);
            close_fd(&process->own_pidfd);
            return true;
        }
        if (timeout_s >= 0 && kd_clock_s() >= until) return false;
    }
}

void kd_process_signal(const kd_process *process, int signal)
{
    if (process->pid > 0) kill(-process->pid, signal);
}

void kd_process_close(kd_process *process)
{
    kd_process_end end;
    if (process->pid > 0) {
        kill(process->pid, SIGKILL); /* its group may not be its own yet */
        kd_process_signal(process, SIGKILL);
        kd_process_wait(process, -1, &end);
    }
    close_fd(&process->pipe);
}

/* ---- capture ---- */

/* Read what is there; false at the end of the stream. */
static bool drain(int fd, kd_str *into)
{
    char    bytes[16384];
    ssize_t got;
    while ((got = read(fd, bytes, sizeof bytes)) > 0) kd_str_add_bytes(into, bytes, (size_t)got);
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

kd_status kd_process_capture_with(const kd_process_options *own, double timeout_s, kd_str *output,
                                  kd_str *errors, kd_process_end *end, kd_error *err)
{
    char       log[] = "/tmp/kdgrid-capture-XXXXXX";
    int        log_fd = mkstemp(log);
    kd_process process;
    double     until = kd_clock_s() + timeout_s;
    if (log_fd < 0) return kd_fail_errno(err, errno, "%s: cannot create", log);

    /* stdout is the pipe (number 1 in the child, placed after stderr's file) */
    kd_process_options options = { .argv = own->argv,
                                   .extra_env = own->extra_env,
                                   .drop_env = own->drop_env,
                                   .output = log,
                                   .pipe_fd = STDOUT_FILENO,
                                   .dies_with_parent = true };
    kd_status          status = kd_process_spawn(&process, &options, err);
    if (status != KD_OK) goto done;
    for (bool open = true; open;) {
        struct pollfd watch = { .fd = process.pipe, .events = POLLIN };
        double        left = until - kd_clock_s();
        if (left <= 0) break;
        poll(&watch, 1, (int)ceil(left * 1e3));
        open = drain(process.pipe, output);
    }
    if (!kd_process_wait(&process, fmax(0, until - kd_clock_s()), end))
        status = kd_fail(err, KD_EIO, "%s: no answer within %g s", own->argv[0], timeout_s);
    kd_process_close(&process);
    if (errors && status == KD_OK) drain(log_fd, errors);
done:
    close(log_fd);
    unlink(log);
    return status;
}

kd_status kd_process_capture(const char *const *argv, double timeout_s, kd_str *output,
                             kd_str *errors, kd_process_end *end, kd_error *err)
{
    return kd_process_capture_with(&(kd_process_options){ .argv = argv }, timeout_s, output, errors,
                                   end, err);
}

const char *kd_process_end_words(char *out, size_t size, const kd_process_end *end)
{
    if (end->exited)
        snprintf(out, size, "exit %d", end->code);
    else
        snprintf(out, size, "signal %d (%s)", end->signal, strsignal(end->signal));
    return out;
}

int64_t kd_process_peak_bytes(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? (int64_t)use.ru_maxrss * 1024 : 0;
}
