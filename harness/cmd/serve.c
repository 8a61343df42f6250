/* serve.c - `kdgrid serve`: a trained network as an HTTP service on this machine. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/child/stop.h"
#include "harness/cmd/asking.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/use/http.h"

typedef struct {
    kd_finding           finding;
    kd_predictor_options predictor;
    kd_http_options      http;
    int                  threads, queue, kib;
} serve_options;

/* Who waits for the line on stdout may send the first text. */
static void tell(const kd_http *http, const serve_options *o)
{
    if (o->http.socket)
        printf("listening at %s\n", o->http.socket);
    else
        printf("listening at http://127.0.0.1:%d\n", kd_http_port(http));
    fflush(stdout);
}

static kd_status serve(const kd_predictor *predictor, const serve_options *o, kd_error *err)
{
    kd_service *service = NULL;
    kd_http    *http = NULL;
    kd_stop_install();
    kd_status status = kd_service_create(&service, predictor, o->threads, o->queue, err);
    if (status == KD_OK) status = kd_http_open(&http, service, &o->http, err);
    if (status == KD_OK) {
        tell(http, o);
        for (; kd_stop_count() == 0; kd_sleep_s(0.05)) kd_http_watch(http);
        kd_http_drain(http);
        kd_log_info("%lld texts answered", (long long)kd_service_counted(service).answered);
    }
    kd_service_destroy(service); /* first: whoever waits for an answer is woken by it */
    kd_http_close(http);
    return status;
}

static kd_status open_and_serve(serve_options *o, const char *word, kd_error *err)
{
    kd_predictor *predictor = NULL;
    char         *path;
    kd_status     status = kd_finding_path(&path, &o->finding, word, err);
    if (status == KD_OK) status = kd_predictor_open(&predictor, path, &o->predictor, err);
    o->http.model = word;
    o->http.most = (size_t)o->kib * 1024;
    if (status == KD_OK) status = serve(predictor, o, err);
    kd_predictor_close(predictor);
    free(path);
    return status;
}

static kd_status check(const serve_options *o, kd_error *err)
{
    if ((o->http.port >= 0) == (o->http.socket != NULL))
        return kd_fail(err, KD_EUSAGE, "serve: one of --port N and --socket PATH");
    if (o->http.port > 65535) return kd_fail(err, KD_EUSAGE, "serve: --port is at most 65535");
    if (o->queue < 1 || o->queue > 65536 || o->http.patience_s < 1)
        return kd_fail(err, KD_EUSAGE, "serve: --queue and --timeout are 1 or more");
    if (o->kib < 1 || o->kib > 1024 * 1024)
        return kd_fail(err, KD_EUSAGE, "serve: --limit is 1 to 1048576");
    return KD_OK;
}

kd_status kd_cmd_serve(int argc, char **argv, kd_error *err)
{
    serve_options o = { .predictor = { .none_above = NAN },
                        .queue = 64,
                        .kib = 1024,
                        .http = { .port = -1, .patience_s = 30 } };
    const kd_arg  table[] = {
         { 0, "port", KD_ARG_INT, &o.http.port, "N",
           "listen at 127.0.0.1:N; 0 for any that is free" },
         { 0, "socket", KD_ARG_TEXT, &o.http.socket, "PATH",
           "listen at a socket of this user alone" },
         KD_ARGS_FINDING(o.finding),
         { 0, "threads", KD_ARG_INT, &o.threads, "N", "that answer at once (all cores)" },
         { 0, "queue", KD_ARG_INT, &o.queue, "N", "texts that may wait (64)" },
         { 0, "limit", KD_ARG_INT, &o.kib, "KIB", "size of a request (1024)" },
         { 0, "timeout", KD_ARG_INT, &o.http.patience_s, "SECONDS",
           "a request may take to arrive, and the last answers at the end (30)" },
         KD_ARGS_ASKING(o.predictor),
         KD_ARG_END,
    };
    kd_args args = {
        "serve", "MODEL --port N | --socket PATH",
        "Answers texts over HTTP, on this machine alone, as `kdgrid predict --json` "
        "does:\nPOST /predict with a text, or with JSON lines as application/json; GET "
        "/health and\n/metrics. SIGTERM ends it once the texts it has are answered. "
        "docs/SERVE.md has\nexamples.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped) status = check(&o, err);
    if (status == KD_OK && !args.helped) status = kd_asking_threads(&o.threads, "serve", err);
    if (status == KD_OK && !args.helped) status = open_and_serve(&o, args.words[0], err);
    kd_args_fini(&args);
    return status;
}
