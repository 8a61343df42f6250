#include "tests/fetch/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/base/status.h"

static const char *text, *other;
static char        address[64];
static int         listener;
static atomic_int  requests, continued;

static void say(int to, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(to, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* `promised` bytes from `from` on, of which `length` come. */
static void answer(int to, const char *status, const char *heads, const char *from, size_t length,
                   size_t promised)
{
    char head[512];
    int  size = snprintf(head, sizeof head,
                         "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n", status,
                         promised, heads);
    say(to, head, (size_t)size);
    say(to, from, length);
}

static void answer_rest(int to, size_t first, size_t from)
{
    char heads[128];
    snprintf(heads, sizeof heads, "ETag: \"one\"\r\nContent-Range: bytes %zu-%zu/%zu\r\n", first,
             strlen(text) - 1, strlen(text));
    answer(to, "206 Partial Content", heads, text + from, strlen(text) - from, strlen(text) - from);
}

static void answer_file(int to, const char *path, size_t first)
{
    size_t length = strlen(text), half = length / 2;
    if (!strncmp(path, "/whole/", 7))
        answer(to, "200 OK", "ETag: \"one\"\r\n", text, length, length);
    else if (first == 0)
        answer(to, "200 OK", "ETag: \"one\"\r\n", text, half, length);
    else if (!strncmp(path, "/changed/", 9))
        answer(to, "200 OK", "ETag: \"two\"\r\n", other, strlen(other), strlen(other));
    else
        answer_rest(to, first + !strncmp(path, "/twisted/", 9), first);
}

static void heed(int to, const char *request)
{
    char        path[256] = "", heads[320];
    size_t      first = 0;
    const char *range = strstr(request, "Range: bytes=");
    sscanf(request, "GET %255s", path);
    if (range) sscanf(range, "Range: bytes=%zu-", &first);
    requests++;
    continued += range && strstr(request, "If-Range: \"one\"");
    snprintf(heads, sizeof heads, "Location: %s\r\n",
             !strcmp(path, "/loop") ? path : "http://192.0.2.1/a");
    if (!strcmp(path, "/loop") || !strcmp(path, "/away"))
        answer(to, "302 Found", heads, "", 0, 0);
    else if (!strcmp(path, "/gone"))
        answer(to, "404 Not Found", "", "no", 2, 2);
    else
        answer_file(to, path, first);
}

static void *serve(void *user)
{
    (void)user;
    for (;;) {
        char    request[4096];
        size_t  length = 0;
        ssize_t got;
        int     to = accept(listener, NULL, NULL);
        if (to < 0) return NULL;
        while (length < sizeof request - 1 &&
               (got = recv(to, request + length, sizeof request - 1 - length, 0)) > 0) {
            request[length += (size_t)got] = '\0';
            if (strstr(request, "\r\n\r\n")) break;
        }
        request[length] = '\0';
        if (!strncmp(request, "GET /silent ", 12)) continue; /* and leave it open */
        heed(to, request);
        close(to);
    }
}

const char *kd_server_start(const char *whole, const char *second)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          size = sizeof at;
    pthread_t          thread;
    text = whole;
    other = second;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    KD_CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof at) == 0 &&
                 listen(listener, 16) == 0 &&
                 getsockname(listener, (struct sockaddr *)&at, &size) == 0,
             "no server on loopback");
    snprintf(address, sizeof address, "http://127.0.0.1:%d", ntohs(at.sin_port));
    KD_CHECK(pthread_create(&thread, NULL, serve, NULL) == 0, "no thread");
    pthread_detach(thread);
    return address;
}

int kd_server_requests(void)
{
    return requests;
}

int kd_server_continued(void)
{
    return continued;
}
