/* service.c - a ring of jobs and the threads at it. */
#include "harness/use/service.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/use/output.h"

typedef struct {
    kd_service *service;
    kd_asker   *asker;
    pthread_t   thread;
} hand;

struct kd_service {
    const kd_predictor *predictor;
    hand               *hands;
    int                 threads, started;

    pthread_mutex_t   lock; /* all that follows */
    pthread_cond_t    change;
    kd_asked_text   **ring; /* (most), from `first` on */
    int               most, first;
    bool              ends;
    kd_service_counts counts;
};

/* ---- one job ---- */

/* The text as a file, which is what an intake reads; it has no name and lies in memory. */
static kd_status open_text(char *path, size_t size, int *file, const kd_asked_text *job,
                           kd_error *err)
{
    *file = memfd_create("text", MFD_CLOEXEC);
    if (*file < 0) return kd_fail_errno(err, errno, "a file in memory");
    snprintf(path, size, "/proc/self/fd/%d", *file);
    for (size_t at = 0; at < job->text.length;) {
        ssize_t n = write(*file, job->text.text + at, job->text.length - at);
        if (n < 0 && errno != EINTR) return kd_fail_errno(err, errno, "a file in memory");
        if (n > 0) at += (size_t)n;
    }
    return KD_OK;
}

static kd_status answer_all(hand *h, kd_intake *intake, kd_output *output, int64_t *sentences,
                            kd_error *err)
{
    kd_portion portion;
    kd_replies replies = { .long_rows = 0 };
    bool       more = true;
    kd_status  status = KD_OK;
    kd_portion_init(&portion);
    while (status == KD_OK) {
        kd_corpus corpus;
        status = kd_intake_next(intake, &portion, &more, err);
        if (status != KD_OK || !more) break;
        kd_portion_corpus(&portion, kd_predictor_trained(h->service->predictor)->task, &corpus);
        status = kd_asker_answer(h->asker, &corpus, &replies, err);
        kd_corpus_fini(&corpus);
        if (status == KD_OK) status = kd_output_write(output, &portion, &replies, err);
        *sentences += portion.sentences;
    }
    kd_replies_fini(&replies);
    kd_portion_fini(&portion);
    return status;
}

/* "/proc/self/fd/7:3: no JSON" says to a client what "line 3: no JSON" says. */
static void name_the_text(kd_error *err, const char *path)
{
    size_t length = strlen(path);
    if (!kd_starts_with(err->text, path)) return;
    char *rest = kd_sprintf("the text%s", err->text + length);
    snprintf(err->text, sizeof err->text, "%s", rest);
    free(rest);
}

static kd_status answer(hand *h, kd_asked_text *job, int64_t *sentences, kd_error *err)
{
    char              path[64] = "", *bytes = NULL;
    const char       *paths[] = { path };
    size_t            length = 0;
    int               file = -1;
    FILE             *to = open_memstream(&bytes, &length);
    kd_intake        *intake = NULL;
    kd_output        *output = NULL;
    const kd_trained *t = kd_predictor_trained(h->service->predictor);
    kd_intake_options in = { .form = job->form, .task = t->task, .strict = true };
    kd_output_options out = {
        .form = KD_FORM_JSONL, .task = t->task, .labels = t->labels, .to = to
    };
    kd_status status =
        to ? open_text(path, sizeof path, &file, job, err) : kd_fail_errno(err, errno, "memory");
    if (status == KD_OK) status = kd_intake_open(&intake, paths, 1, &in, err);
    if (status == KD_OK) status = kd_output_create(&output, &out, err);
    if (status == KD_OK) status = answer_all(h, intake, output, sentences, err);
    kd_output_destroy(output);
    kd_intake_close(intake);
    if (to) fclose(to);
    if (file >= 0) close(file);
    if (status == KD_OK) kd_str_add_bytes(&job->answer, bytes, length);
    free(bytes);
    if (status != KD_OK) name_the_text(err, path);
    return status;
}

/* ---- threads ---- */

static kd_asked_text *take(kd_service *s, bool *ends)
{
    kd_asked_text *job = NULL;
    pthread_mutex_lock(&s->lock);
    while (s->counts.waiting == 0 && !s->ends) pthread_cond_wait(&s->change, &s->lock);
    *ends = s->ends;
    if (s->counts.waiting > 0) {
        job = s->ring[s->first];
        s->first = (s->first + 1) % s->most;
        s->counts.waiting--;
        s->counts.busy++;
    }
    pthread_mutex_unlock(&s->lock);
    return job;
}

static void *work(void *user)
{
    hand       *h = user;
    kd_service *s = h->service;
    bool        ends;
    for (kd_asked_text *job; (job = take(s, &ends)) != NULL;) {
        int64_t sentences = 0;
        double  begin_s = kd_clock_s();
        job->status = ends ? kd_fail(&job->err, KD_EUNAVAILABLE, "the service ends")
                           : answer(h, job, &sentences, &job->err);
        pthread_mutex_lock(&s->lock);
        s->counts.busy--;
        s->counts.busy_s += kd_clock_s() - begin_s;
        s->counts.sentences += sentences;
        if (job->status == KD_OK)
            s->counts.answered++;
        else
            s->counts.failed++;
        pthread_mutex_unlock(&s->lock);
        job->on_done(job->user);
    }
    return NULL;
}

/* ---- its life ---- */

kd_status kd_service_create(kd_service **out, const kd_predictor *predictor, int threads, int most,
                            kd_error *err)
{
    kd_service *s = kd_alloc(1, sizeof *s);
    kd_status   status = KD_OK;
    *s = (kd_service){ .predictor = predictor,
                       .threads = threads,
                       .most = most,
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .change = PTHREAD_COND_INITIALIZER,
                       .hands = kd_alloc((size_t)threads, sizeof(hand)),
                       .ring = kd_alloc((size_t)most, sizeof(kd_asked_text *)) };
    for (int i = 0; i < threads; i++) s->hands[i] = (hand){ .service = s };
    while (s->started < threads && status == KD_OK) {
        hand *h = &s->hands[s->started];
        status = kd_asker_create(&h->asker, predictor, err);
        int failed = status == KD_OK ? pthread_create(&h->thread, NULL, work, h) : 0;
        if (failed) status = kd_fail_errno(err, failed, "a thread");
        if (status == KD_OK) s->started++;
    }
    *out = s;
    if (status == KD_OK) return KD_OK;
    kd_service_destroy(s);
    *out = NULL;
    return status;
}

bool kd_service_put(kd_service *s, kd_asked_text *job)
{
    pthread_mutex_lock(&s->lock);
    bool has_room = s->counts.waiting < s->most && !s->ends;
    if (has_room) job->on_taken(job->user);
    if (has_room)
        s->ring[(s->first + s->counts.waiting++) % s->most] = job;
    else
        s->counts.refused++;
    pthread_cond_signal(&s->change);
    pthread_mutex_unlock(&s->lock);
    return has_room;
}

kd_service_counts kd_service_counted(kd_service *s)
{
    pthread_mutex_lock(&s->lock);
    kd_service_counts counts = s->counts;
    pthread_mutex_unlock(&s->lock);
    return counts;
}

void kd_service_destroy(kd_service *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->ends = true;
    pthread_cond_broadcast(&s->change);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < s->started; i++) pthread_join(s->hands[i].thread, NULL);
    for (int i = 0; i < s->threads; i++) kd_asker_destroy(s->hands[i].asker);
    free(s->hands);
    free(s->ring);
    free(s);
}
