/* nudge.c - datagrams to a socket of the abstract namespace, which vanishes with its process. */
#include "harness/dispatch/nudge.h"

#include <math.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/base/status.h"
#include "harness/dispatch/shm.h"

struct kd_nudge {
    int                fd;
    struct sockaddr_un name;
    socklen_t          length;
};

/* An abstract name begins with a zero byte. */
static void write_name(kd_nudge *n, const char *job)
{
    size_t room = sizeof n->name.sun_path - 1;
    int    used = snprintf(n->name.sun_path + 1, room, "kdgrid-nudge-%s", job);
    size_t length = (size_t)used < room ? (size_t)used : room - 1;
    n->name.sun_family = AF_UNIX;
    n->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

static kd_nudge *open_socket(void)
{
    const char *job = kd_shm_job();
    if (!job) return NULL;
    kd_nudge *n = kd_alloc(1, sizeof *n);
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    write_name(n, job);
    return n;
}

kd_nudge *kd_nudge_listen(void)
{
    kd_nudge *n = open_socket();
    if (n && bind(n->fd, (const struct sockaddr *)&n->name, n->length) == 0) return n;
    kd_nudge_close(n);
    return NULL;
}

kd_nudge *kd_nudge_speak(void)
{
    return open_socket();
}

void kd_nudge_close(kd_nudge *nudge)
{
    if (!nudge) return;
    if (nudge->fd >= 0) close(nudge->fd);
    free(nudge);
}

void kd_nudge_send(const kd_nudge *nudge, int from)
{
    int32_t number = from;
    if (!nudge) return;
    /* When the queue is full, it is awake; when nobody listens, there is nobody to wake. */
    sendto(nudge->fd, &number, sizeof number, 0, (const struct sockaddr *)&nudge->name,
           nudge->length);
}

void kd_nudge_wait(const kd_nudge *nudge, double most_s)
{
    struct pollfd   watch = { nudge ? nudge->fd : -1, POLLIN, 0 };
    struct timespec t = { (time_t)most_s, (long)(fmod(most_s, 1.0) * 1e9) };
    ppoll(&watch, 1, &t, NULL);
}

int kd_nudge_take(const kd_nudge *nudge)
{
    int32_t number;
    if (!nudge || recv(nudge->fd, &number, sizeof number, 0) != sizeof number) return -1;
    return number;
}
