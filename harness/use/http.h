/* http.h - a service over HTTP, and the only door to libmicrohttpd.
 *
 *     POST /predict   a text (text/plain), or JSON lines      200, answers as JSON lines
 *     GET  /health    200 {"status":"ok", ...}, 503 once it ends
 *     GET  /metrics   counts, in Prometheus' text form
 *
 * One thread of the library reads and writes for all clients. A request whose body is whole goes to the service and its
 * connection rests until the answer is there. What can grow is bounded: connections, the head and the
 * body of a request, the time a client may take for it, jobs that wait. Who asks for more gets a 4xx or 503 with
 * one line {"error": "..."}, or is hung up on.
 */
#ifndef KD_USE_HTTP_H
#define KD_USE_HTTP_H

#include "harness/use/service.h"

typedef struct {
    const char *socket;     /* a path; NULL: */
    int         port;       /* on 127.0.0.1; 0 for any that is free */
    size_t      most;       /* bytes of a body */
    int         patience_s; /* for a whole request, and for silence */
    const char *model;      /* what /health calls it */
} kd_http_options;

typedef struct kd_http kd_http;

/* Listen and answer, from threads of its own. What `options` has is borrowed. KD_EUNAVAILABLE when the port or the
 * socket is in use. */
kd_status kd_http_open(kd_http **out, kd_service *service, const kd_http_options *options,
                       kd_error *err);

int kd_http_port(const kd_http *http); /* 0 for a socket */

/* Hang up on clients that have not begun a request for `patience_s`, a byte now and then or not; to be called
 * now and then. The library itself looks at silence alone. */
void kd_http_watch(kd_http *http);

/* Take no new connection, refuse new texts, and wait up to `patience_s` for those whose answers are due. */
void kd_http_drain(kd_http *http);

/* The service is still there, with no job left. NULL is fine. */
void kd_http_close(kd_http *http);

#endif
