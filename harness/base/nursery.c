/* nursery.c - one message a child, with its descriptors; one report through a pipe of its own.
 *
 * A request is one packet: what kd_process_options says in numbers, then the words; with it travel
 * the write ends of the child's log, of its pipe and of the pipe for the report. The answer is its
 * process id. Whoever forked a child reaps it, so the report carries wait4's words. */
#include "harness/base/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/process_internal.h"
#include "harness/base/vec.h"

#define PACKET   16384
#define WORDS    64
#define VERB     8
#define ANSWER_S 8 /* until a nursery that says nothing is given up and started again */

enum { OUTPUT, PIPE, END, FDS };

/* The words follow, each with its zero. Both sides are one build of one program. */
typedef struct {
    kd_process_options options; /* numbers only */
    int                count;
} request;

/* ---- descriptors over a socket ---- */

typedef union {
    struct cmsghdr head;
    char           room[CMSG_SPACE(FDS * sizeof(int))];
} ancillary;

static bool send_packet(int socket, const void *bytes, size_t length, const int fds[FDS])
{
    ancillary       extra = { .room = "" };
    struct iovec    part = { (void *)(uintptr_t)bytes, length };
    struct msghdr   message = { .msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = extra.room,
                                .msg_controllen = sizeof extra.room };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(FDS * sizeof(int));
    memcpy(CMSG_DATA(head), fds, FDS * sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)length;
}

/* The length of the packet; 0 at the end. */
static size_t receive_packet(int socket, void *bytes, size_t room, int fds[FDS])
{
    ancillary     extra;
    struct iovec  part = { bytes, room };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = extra.room,
                              .msg_controllen = sizeof extra.room };
    ssize_t       got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    for (int i = 0; i < FDS; i++) fds[i] = -1;
    if (got <= 0) return 0;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(FDS * sizeof(int)))
        memcpy(fds, CMSG_DATA(head), FDS * sizeof(int));
    return (size_t)got;
}

/* ---- the nursery itself ---- */

typedef struct {
    pid_t pid;
    int   end; /* where its report goes */
} fledgling;

typedef struct {
    int            socket, signals;
    sigset_t       mask; /* as it was */
    kd_nursery_run run;
    KD_VEC(fledgling) children;
} nest;

static int split_words(char *text, size_t length, char **argv)
{
    int count = 0;
    for (size_t at = 0; at < length && count < WORDS; at += strlen(text + at) + 1)
        argv[count++] = text + at;
    argv[count] = NULL;
    return count;
}

__attribute__((noreturn)) static void become_child(const nest *n, const request *r, char *words,
                                                   size_t length, const int fds[FDS], pid_t parent)
{
    char *argv[WORDS + 1];
    int   argc = split_words(words, length, argv);
    kd_process_enter(&r->options, fds[OUTPUT], fds[PIPE], parent, &n->mask);
    int keep = r->options.pipe_fd > STDERR_FILENO ? r->options.pipe_fd : STDERR_FILENO;
    syscall(SYS_close_range, (unsigned)keep + 1, ~0u, 0); /* what belongs to others */
    int code = n->run(argc, argv);
    fflush(NULL);
    _exit(code); /* what libraries would tidy up at exit ends with the process all the same */
}

static void take_request(nest *n, char *packet, size_t length, const int fds[FDS])
{
    request r;
    pid_t   parent = getpid();
    fflush(NULL);
    memcpy(&r, packet, sizeof r);
    pid_t pid = fork();
    if (pid == 0) become_child(n, &r, packet + sizeof r, length - sizeof r, fds, parent);
    int answer = pid > 0 ? pid : -errno;
    if (pid > 0) {
        setpgid(pid, pid); /* whoever comes first */
        kd_vec_push(&n->children, (fledgling){ pid, fds[END] });
    } else {
        close(fds[END]);
    }
    close(fds[OUTPUT]);
    close(fds[PIPE]);
    if (send(n->socket, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
        return; /* the end is seen next */
}

static void report_end(nest *n, pid_t pid, const kd_process_end *end)
{
    for (size_t i = 0; i < n->children.count; i++) {
        if (n->children.items[i].pid != pid) continue;
        if (write(n->children.items[i].end, end, sizeof *end) < 0) { /* nobody waits for it */
        }
        close(n->children.items[i].end);
        n->children.items[i] = n->children.items[--n->children.count];
        return;
    }
}

static void reap(nest *n)
{
    struct signalfd_siginfo info;
    struct rusage           use;
    int                     status;
    kd_process_end          end;
    while (read(n->signals, &info, sizeof info) > 0) {
    }
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &use)) > 0;) {
        kd_process_describe(&end, status, &use);
        report_end(n, pid, &end);
    }
}

int kd_nursery_serve(int fd, kd_nursery_run run)
{
    static const int       held[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD };
    _Alignas(request) char packet[PACKET];
    nest                   n = { .socket = fd, .run = run };
    sigset_t               mask, chld;
    /* Held back and not ignored: what is sent to a child that is not ready for it yet reaches it
     * when it is. */
    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) sigaddset(&mask, held[i]);
    sigprocmask(SIG_BLOCK, &mask, &n.mask);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    n.signals = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    for (;;) {
        struct pollfd watch[] = { { fd, POLLIN, 0 }, { n.signals, POLLIN, 0 } };
        int           fds[FDS];
        if (poll(watch, 2, -1) < 0) continue;
        if (watch[1].revents) reap(&n);
        if (!watch[0].revents) continue;
        size_t length = receive_packet(fd, packet, sizeof packet, fds);
        if (length <= sizeof(request)) break;
        take_request(&n, packet, length, fds);
    }
    kd_vec_fini(&n.children);
    close(n.signals);
    return 0; /* children die with us */
}

/* ---- our side ---- */

struct kd_nursery {
    const char        *verb[VERB];
    const char *const *extra_env, *const *drop_env;
    kd_process process;
    int        socket; /* -1 while there is no process */
};

kd_nursery *kd_nursery_create(const char *const *verb, const char *const *extra_env,
                              const char *const *drop_env)
{
    kd_nursery *n = kd_alloc(1, sizeof *n);
    for (size_t i = 0; verb[i]; i++) {
        KD_CHECK(i + 1 < VERB, "nursery: more than %d words", VERB - 1);
        n->verb[i] = verb[i];
    }
    n->extra_env = extra_env;
    n->drop_env = drop_env;
    n->process = (kd_process){ .pidfd = -1, .pipe = -1 };
    n->socket = -1;
    return n;
}

static void stop(kd_nursery *n)
{
    if (n->socket >= 0) close(n->socket);
    kd_process_close(&n->process);
    n->socket = -1;
}

void kd_nursery_destroy(kd_nursery *n)
{
    if (!n) return;
    stop(n);
    free(n);
}

static kd_status start(kd_nursery *n, kd_error *err)
{
    int         pair[2];
    char        number[16];
    const char *argv[VERB + 2];
    int         count = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return kd_fail_errno(err, errno, "cannot make a socket");
    fcntl(pair[1], F_SETFD, 0); /* for the one child that is started before it is closed */
    snprintf(number, sizeof number, "%d", pair[1]);
    while (n->verb[count]) argv[count] = n->verb[count], count++;
    argv[count] = number;
    argv[count + 1] = NULL;
    kd_process_options own = {
        .argv = argv, .extra_env = n->extra_env, .drop_env = n->drop_env, .dies_with_parent = true
    };
    kd_status      status = kd_process_spawn(&n->process, &own, err);
    struct timeval limit = { .tv_sec = ANSWER_S };
    close(pair[1]);
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    n->socket = pair[0];
    if (status != KD_OK) stop(n);
    return status;
}

void kd_nursery_warm(kd_nursery *n)
{
    kd_error err;
    if (n->socket < 0) start(n, &err);
}

/* The packet for these options; its length, 0 when they do not fit. */
static size_t write_request(char *packet, const kd_process_options *options)
{
    request r = { .options = *options };
    size_t  length = sizeof r;
    r.options.argv = r.options.extra_env = r.options.drop_env = NULL;
    r.options.output = NULL;
    for (; options->argv[r.count]; r.count++) {
        size_t size = strlen(options->argv[r.count]) + 1;
        if (length + size > PACKET || r.count == WORDS) return 0;
        memcpy(packet + length, options->argv[r.count], size);
        length += size;
    }
    memcpy(packet, &r, sizeof r);
    return length;
}

/* Its process id; 0 when the nursery is gone; -errno when it could not fork. */
static int ask(const kd_nursery *n, const char *packet, size_t length, const int fds[FDS])
{
    int     answer = 0;
    ssize_t got = -1;
    if (n->socket < 0 || !send_packet(n->socket, packet, length, fds)) return 0;
    do got = recv(n->socket, &answer, sizeof answer, 0);
    while (got < 0 && errno == EINTR);
    return got == sizeof answer ? answer : 0;
}

/* A nursery that is gone is started once more. */
static int ask_or_restart(kd_nursery *n, const char *packet, size_t length, const int fds[FDS],
                          kd_error *err)
{
    int answer = ask(n, packet, length, fds);
    if (answer != 0) return answer;
    stop(n);
    if (start(n, err) != KD_OK) return 0;
    answer = ask(n, packet, length, fds);
    if (answer == 0) kd_fail(err, KD_EIO, "%s: does not start children", n->verb[0]);
    return answer;
}

typedef struct {
    int ours[FDS], theirs[FDS]; /* -1 for none */
} ends;

static void close_ends(int fds[FDS])
{
    for (int i = 0; i < FDS; i++)
        if (fds[i] >= 0) close(fds[i]);
}

static bool open_pipe(ends *e, int which)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return false;
    e->ours[which] = fds[0];
    e->theirs[which] = fds[1];
    return true;
}

static kd_status open_ends(ends *e, const kd_process_options *options, kd_error *err)
{
    *e = (ends){ { -1, -1, -1 }, { -1, -1, -1 } };
    e->theirs[OUTPUT] = open(options->output ? options->output : "/dev/null",
                             O_WRONLY | O_CREAT | O_APPEND | KD_FS_AS_IT_IS, 0666);
    if (e->theirs[OUTPUT] < 0)
        return kd_fail_errno(err, errno, "%s: cannot create", options->output);
    if (open_pipe(e, END) && open_pipe(e, PIPE)) return KD_OK;
    return kd_fail_errno(err, errno, "cannot make a pipe");
}

kd_status kd_nursery_spawn(kd_nursery *nursery, kd_process *out, const kd_process_options *options,
                           kd_error *err)
{
    char      packet[PACKET];
    ends      e;
    size_t    length = write_request(packet, options);
    kd_status status = open_ends(&e, options, err);
    *out = (kd_process){ .pid = 0, .pidfd = -1, .pipe = -1, .own_pidfd = -1 };
    if (status == KD_OK && length == 0)
        status = kd_fail(err, KD_EUSAGE, "%s: too many words", options->argv[0]);
    if (status == KD_OK) {
        int pid = ask_or_restart(nursery, packet, length, e.theirs, err);
        if (pid < 0) status = kd_fail_errno(err, -pid, "%s: cannot be started", options->argv[0]);
        if (pid == 0) status = KD_EIO;
        if (pid > 0) {
            *out = (kd_process){ .pid = pid,
                                 .pidfd = e.ours[END],
                                 .pipe = e.ours[PIPE],
                                 .is_fostered = true,
                                 .own_pidfd = kd_process_open_pidfd(pid) };
            fcntl(out->pipe, F_SETFL, O_NONBLOCK);
        }
    }
    close_ends(e.theirs);
    if (status != KD_OK) close_ends(e.ours);
    return status;
}
