/* http.c - requests, one struct each, from their first byte to the last of their answer. */
#include "harness/use/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/vec.h"

enum { CONNECTIONS = 256, BACKLOG = 64 };

/* A client. Until a request of it has begun, and after each, it is waited for. */
typedef struct {
    int    fd;
    double waited_since_s; /* negative while a request is under way */
} client;

struct kd_http {
    kd_service        *service;
    kd_http_options    options;
    struct MHD_Daemon *daemon;
    int                listener, port;

    pthread_mutex_t lock; /* what follows */
    KD_VEC(client *) clients;
    bool is_draining;
    int  due; /* requests that are in the service, or whose answer is under way */
};

typedef enum { READING, WAITING, ANSWERED } stage;

typedef struct {
    kd_http               *http;
    struct MHD_Connection *connection;
    stage                  stage;
    bool                   is_large, is_due;
    double                 begin_s;
    size_t                 received;
    kd_asked_text          job;
} request;

/* ---- answers ---- */

static enum MHD_Result reply(struct MHD_Connection *c, unsigned code, const char *type,
                             const kd_str *body)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(body->length, body->text, MHD_RESPMEM_MUST_COPY);
    if (!r) return MHD_NO;
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    enum MHD_Result result = MHD_queue_response(c, code, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned code, const char *words)
{
    kd_str         body = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &body, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "error", words);
    kd_json_end(&w, '}');
    kd_str_add_char(&body, '\n');
    enum MHD_Result result = reply(c, code, "application/json", &body);
    kd_str_fini(&body);
    return result;
}

static bool is_draining(kd_http *http)
{
    pthread_mutex_lock(&http->lock);
    bool is = http->is_draining;
    pthread_mutex_unlock(&http->lock);
    return is;
}

static enum MHD_Result tell_health(request *q)
{
    kd_str         body = KD_STR_INIT;
    kd_json_writer w;
    bool           ends = is_draining(q->http);
    kd_json_start(&w, &body, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "status", ends ? "ending" : "ok");
    kd_json_put_text(&w, "model", q->http->options.model);
    kd_json_end(&w, '}');
    kd_str_add_char(&body, '\n');
    enum MHD_Result result = reply(q->connection, ends ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK,
                                   "application/json", &body);
    kd_str_fini(&body);
    return result;
}

static enum MHD_Result tell_metrics(request *q)
{
    kd_str            body = KD_STR_INIT;
    kd_service_counts n = kd_service_counted(q->http->service);
    kd_str_addf(&body,
                "# TYPE kdgrid_texts_total counter\n"
                "kdgrid_texts_total{result=\"answered\"} %lld\n"
                "kdgrid_texts_total{result=\"failed\"} %lld\n"
                "kdgrid_texts_total{result=\"refused\"} %lld\n"
                "# TYPE kdgrid_sentences_total counter\n"
                "kdgrid_sentences_total %lld\n"
                "# TYPE kdgrid_busy_seconds_total counter\n"
                "kdgrid_busy_seconds_total %.3f\n"
                "# TYPE kdgrid_waiting gauge\n"
                "kdgrid_waiting %d\n"
                "# TYPE kdgrid_busy gauge\n"
                "kdgrid_busy %d\n",
                (long long)n.answered, (long long)n.failed, (long long)n.refused,
                (long long)n.sentences, n.busy_s, n.waiting, n.busy);
    enum MHD_Result result = reply(q->connection, MHD_HTTP_OK, "text/plain; version=0.0.4", &body);
    kd_str_fini(&body);
    return result;
}

/* Whether it is whoever sent the text that erred: in what it is, or in the form that it says it has. */
static bool is_theirs(kd_status status)
{
    return status == KD_EDATA || status == KD_EUSAGE;
}

static enum MHD_Result tell_answer(request *q)
{
    if (q->job.status == KD_EUNAVAILABLE)
        return refuse(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, q->job.err.text);
    if (q->job.status == KD_OK)
        return reply(q->connection, MHD_HTTP_OK, "application/x-ndjson", &q->job.answer);
    return refuse(q->connection,
                  is_theirs(q->job.status) ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_INTERNAL_SERVER_ERROR,
                  q->job.err.text);
}

/* ---- a text on its way ---- */

static void wake(void *user)
{
    request *q = user;
    q->stage = ANSWERED;
    MHD_resume_connection(q->connection);
}

static void count_due(request *q, int more)
{
    pthread_mutex_lock(&q->http->lock);
    q->http->due += more;
    pthread_mutex_unlock(&q->http->lock);
    q->is_due = more > 0;
}

static void rest(void *user)
{
    request *q = user;
    q->stage = WAITING;
    count_due(q, 1);
    MHD_suspend_connection(q->connection);
}

static enum MHD_Result hand_in(request *q)
{
    const char *type =
        MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    q->job.form = type && strcasestr(type, "json") ? KD_FORM_JSONL : KD_FORM_TEXT;
    q->job.on_taken = rest;
    q->job.on_done = wake;
    q->job.user = q;
    if (kd_service_put(q->http->service, &q->job)) return MHD_YES;
    return refuse(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many texts wait");
}

static enum MHD_Result take_body(request *q, const char *bytes, size_t *length)
{
    if (kd_clock_s() > q->begin_s + q->http->options.patience_s) return MHD_NO;
    q->received += *length;
    if (q->received > q->http->options.most) q->is_large = true;
    if (q->received > 4 * q->http->options.most) return MHD_NO; /* it will not listen */
    if (q->is_large)
        kd_str_fini(&q->job.text);
    else
        kd_str_add_bytes(&q->job.text, bytes, *length);
    *length = 0;
    return MHD_YES;
}

/* ---- clients ---- */

static client *client_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void wait_for(kd_http *http, client *who, double since_s)
{
    pthread_mutex_lock(&http->lock);
    if (who) who->waited_since_s = since_s;
    pthread_mutex_unlock(&http->lock);
}

static void on_client(void *user, struct MHD_Connection *c, void **own,
                      enum MHD_ConnectionNotificationCode what)
{
    kd_http *http = user;
    pthread_mutex_lock(&http->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        client *who = kd_alloc(1, sizeof *who);
        *who = (client){ MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
                         kd_clock_s() };
        kd_vec_push(&http->clients, who);
        *own = who;
    } else {
        size_t i = 0;
        while (i < http->clients.count && http->clients.items[i] != *own) i++;
        if (i < http->clients.count)
            http->clients.items[i] = http->clients.items[--http->clients.count];
        free(*own);
    }
    pthread_mutex_unlock(&http->lock);
}

void kd_http_watch(kd_http *http)
{
    double before_s = kd_clock_s() - http->options.patience_s;
    pthread_mutex_lock(&http->lock);
    for (size_t i = 0; i < http->clients.count; i++) {
        client *who = http->clients.items[i];
        if (who->waited_since_s >= 0 && who->waited_since_s < before_s)
            shutdown(who->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&http->lock);
}

/* ---- the library's callbacks ---- */

static enum MHD_Result begin(kd_http *http, struct MHD_Connection *c, const char *method,
                             void **own)
{
    request    *q = kd_alloc(1, sizeof *q);
    const char *length =
        MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    *q = (request){ .http = http,
                    .connection = c,
                    .begin_s = kd_clock_s(),
                    .job = { .text = KD_STR_INIT, .answer = KD_STR_INIT } };
    *own = q;
    wait_for(http, client_of(c), -1);
    if (!strcmp(method, "POST") && length && strtoull(length, NULL, 10) > http->options.most)
        return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE, "the text is too large");
    return MHD_YES;
}

static enum MHD_Result route(request *q, const char *url, const char *method)
{
    bool is_get = !strcmp(method, "GET") || !strcmp(method, "HEAD");
    if (!strcmp(url, "/health") && is_get) return tell_health(q);
    if (!strcmp(url, "/metrics") && is_get) return tell_metrics(q);
    bool is_known = !strcmp(url, "/health") || !strcmp(url, "/metrics") || !strcmp(url, "/predict");
    if (!is_known)
        return refuse(q->connection, MHD_HTTP_NOT_FOUND,
                      "there are /predict, /health and /metrics");
    if (strcmp(url, "/predict") != 0 || strcmp(method, "POST") != 0)
        return refuse(q->connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                      "POST to /predict, GET the others");
    if (q->is_large)
        return refuse(q->connection, MHD_HTTP_CONTENT_TOO_LARGE, "the text is too large");
    if (q->received == 0) return refuse(q->connection, MHD_HTTP_BAD_REQUEST, "the text is empty");
    if (is_draining(q->http))
        return refuse(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the service ends");
    return hand_in(q);
}

/* The library's callback: once for the head, for each piece of the body, after it, and after a rest. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *length, void **own)
{
    request *q = *own;
    (void)version;
    if (!q) return begin(user, c, method, own);
    if (q->stage == ANSWERED) return tell_answer(q);
    if (*length > 0) return take_body(q, bytes, length);
    return q->stage == WAITING ? MHD_YES : route(q, url, method);
}

static void on_completed(void *user, struct MHD_Connection *c, void **own,
                         enum MHD_RequestTerminationCode how)
{
    request *q = *own;
    (void)how;
    wait_for(user, client_of(c), kd_clock_s());
    if (!q) return;
    if (q->is_due) count_due(q, -1);
    kd_str_fini(&q->job.text);
    kd_str_fini(&q->job.answer);
    free(q);
    *own = NULL;
}

/* ---- where it listens ---- */

static kd_status listen_at(kd_http *http, const struct sockaddr *address, socklen_t length,
                           const char *where, kd_error *err)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
    if (fd < 0) return kd_fail_errno(err, errno, "%s", where);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, address, length) == 0 && listen(fd, BACKLOG) == 0) {
        http->listener = fd;
        return KD_OK;
    }
    kd_status status = errno == EADDRINUSE ? kd_fail(err, KD_EUNAVAILABLE, "%s is in use", where)
                                           : kd_fail_errno(err, errno, "%s", where);
    close(fd);
    return status;
}

static kd_status listen_at_port(kd_http *http, kd_error *err)
{
    char               where[32];
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http->options.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          length = sizeof a;
    snprintf(where, sizeof where, "port %d", http->options.port);
    kd_status status = listen_at(http, (struct sockaddr *)&a, sizeof a, where, err);
    if (status == KD_OK && getsockname(http->listener, (struct sockaddr *)&a, &length) == 0)
        http->port = ntohs(a.sin_port);
    return status;
}

/* A socket that nobody listens at any more is what a killed server left. */
static bool is_left_over(const struct sockaddr_un *a)
{
    struct stat info;
    if (lstat(a->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool is = connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 && errno == ECONNREFUSED;
    close(fd);
    return is;
}

static kd_status listen_at_path(kd_http *http, kd_error *err)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    const char        *path = http->options.socket;
    if (strlen(path) >= sizeof a.sun_path)
        return kd_fail(err, KD_EUSAGE, "%s: the path of a socket has at most %zu bytes", path,
                       sizeof a.sun_path - 1);
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (is_left_over(&a)) unlink(path);
    mode_t    before = umask(0177); /* its user's alone, from the beginning */
    kd_status status = listen_at(http, (struct sockaddr *)&a, sizeof a, path, err);
    umask(before);
    return status;
}

/* ---- its life ---- */

kd_status kd_http_open(kd_http **out, kd_service *service, const kd_http_options *options,
                       kd_error *err)
{
    kd_http *http = kd_alloc(1, sizeof *http);
    *http = (kd_http){
        .service = service, .options = *options, .listener = -1, .lock = PTHREAD_MUTEX_INITIALIZER
    };
    *out = NULL;
    kd_status status = options->socket ? listen_at_path(http, err) : listen_at_port(http, err);
    if (status == KD_OK)
        http->daemon = MHD_start_daemon(
            MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
            http, MHD_OPTION_LISTEN_SOCKET, http->listener, MHD_OPTION_NOTIFY_CONNECTION, on_client,
            http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_CONNECTION_TIMEOUT,
            (unsigned)options->patience_s, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
            MHD_OPTION_END);
    if (status == KD_OK && !http->daemon)
        status = kd_fail(err, KD_EIO, "the HTTP server cannot be started");
    if (status == KD_OK) {
        *out = http;
        return KD_OK;
    }
    kd_http_close(http);
    return status;
}

int kd_http_port(const kd_http *http)
{
    return http->port;
}

static int count_of_due(kd_http *http)
{
    pthread_mutex_lock(&http->lock);
    int due = http->due;
    pthread_mutex_unlock(&http->lock);
    return due;
}

void kd_http_drain(kd_http *http)
{
    double until_s = kd_clock_s() + http->options.patience_s;
    pthread_mutex_lock(&http->lock);
    http->is_draining = true;
    pthread_mutex_unlock(&http->lock);
    if (MHD_quiesce_daemon(http->daemon) != MHD_INVALID_SOCKET) close(http->listener);
    http->listener = -1;
    while (count_of_due(http) > 0 && kd_clock_s() < until_s) kd_sleep_s(0.01);
}

void kd_http_close(kd_http *http)
{
    if (!http) return;
    if (http->daemon) MHD_stop_daemon(http->daemon);
    if (http->listener >= 0 && !http->daemon) close(http->listener);
    if (http->options.socket && http->daemon) unlink(http->options.socket);
    kd_vec_fini(&http->clients);
    free(http);
}
