/* nudge.c - datagrams to a socket of the abstract namespace, which vanishes with its process. */
#include "harness/dispatch/nudge.h"

#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/base/status.h"
#include "harness/dispatch/shm.h"

struct kd_nudge {
    int   fd, rank;
    char *job;
};

typedef struct {
    struct sockaddr_un name;
    socklen_t          length;
} address;

/* An abstract name begins with a zero byte. */
static address address_of(const char *job, int rank)
{
    address at = { .name = { .sun_family = AF_UNIX } };
    size_t  room = sizeof at.name.sun_path - 1;
    int     used = snprintf(at.name.sun_path + 1, room, "kdgrid-nudge-%d-%s", rank, job);
    size_t  length = (size_t)used < room ? (size_t)used : room - 1;
    at.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    return at;
}

kd_nudge *kd_nudge_open(int rank)
{
    const char *job = kd_shm_job();
    if (!job) return NULL;
    kd_nudge *n = kd_alloc(1, sizeof *n);
    address   own = address_of(job, rank);
    *n = (kd_nudge){ socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rank,
                     kd_strdup(job) };
    if (n->fd >= 0 && setsockopt(n->fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) == 0 &&
        bind(n->fd, (const struct sockaddr *)&own.name, own.length) == 0)
        return n;
    kd_nudge_close(n);
    return NULL;
}

void kd_nudge_close(kd_nudge *nudge)
{
    if (!nudge) return;
    if (nudge->fd >= 0) close(nudge->fd);
    free(nudge->job);
    free(nudge);
}

void kd_nudge_send(const kd_nudge *nudge, int to)
{
    if (!nudge) return;
    int32_t number = nudge->rank;
    address at = address_of(nudge->job, to);
    /* When the queue is full, it is awake; when nobody listens, there is nobody to wake. */
    sendto(nudge->fd, &number, sizeof number, 0, (const struct sockaddr *)&at.name, at.length);
}

int kd_nudge_fd(const kd_nudge *nudge)
{
    return nudge ? nudge->fd : -1;
}

void kd_nudge_wait(const kd_nudge *nudge, double most_s)
{
    struct pollfd   watch = { kd_nudge_fd(nudge), POLLIN, 0 };
    struct timespec t = { (time_t)most_s, (long)(fmod(most_s, 1.0) * 1e9) };
    ppoll(&watch, 1, &t, NULL);
}

/* Whether the process that sent this runs as the user that we do. */
static bool is_ours(struct msghdr *message)
{
    struct ucred    sender;
    struct cmsghdr *note = CMSG_FIRSTHDR(message);
    if (!note || note->cmsg_level != SOL_SOCKET || note->cmsg_type != SCM_CREDENTIALS) return false;
    memcpy(&sender, CMSG_DATA(note), sizeof sender);
    return sender.uid == geteuid();
}

int kd_nudge_take(const kd_nudge *nudge, int *left)
{
    int32_t number;
    while (nudge && (*left)-- > 0) {
        _Alignas(struct cmsghdr) char notes[CMSG_SPACE(sizeof(struct ucred))];
        struct iovec                  bytes = { &number, sizeof number };
        struct msghdr                 message = {
                            .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = notes, .msg_controllen = sizeof notes
        };
        ssize_t got = recvmsg(nudge->fd, &message, MSG_CMSG_CLOEXEC);
        if (got < 0) return -1;
        if (got == sizeof number && number >= 0 && is_ours(&message)) return number;
    }
    return -1;
}
