/* flow.c - tickets: who takes the n-th portion writes n-th. */
#include "harness/use/flow.h"

#include <pthread.h>
#include <stdlib.h>

#include "models/tensor/parallel.h"
#include "models/text/marks.h"

typedef struct {
    const kd_predictor *predictor;
    kd_intake          *intake;
    kd_output          *output;
    kd_flow_counts     *counts;
    kd_flow_watch       watch;

    pthread_mutex_t taking; /* the intake and `taken` */
    int64_t         taken;
    bool            is_over; /* nothing more is taken */

    pthread_mutex_t writing; /* the output, `written` and what follows */
    pthread_cond_t  turn;
    int64_t         written;
    kd_status       status; /* of the earliest portion that failed */
    kd_error       *err;
} flow;

/* One thread's. */
typedef struct {
    kd_asker  *asker;
    kd_portion portion;
    kd_replies replies;
    int        unmarked; /* of the portion */
} hand;

/* Take the next portion and its number. A failure comes with a number too: what was taken before it is
 * written first. */
static bool take(flow *f, hand *h, int64_t *number, kd_status *status, kd_error *err)
{
    bool more = false;
    pthread_mutex_lock(&f->taking);
    bool is_over = f->is_over;
    if (!is_over) *status = kd_intake_next(f->intake, &h->portion, &more, err);
    bool has_one = !is_over && (more || *status != KD_OK);
    if (!has_one || *status != KD_OK) f->is_over = true;
    if (has_one) *number = f->taken++;
    pthread_mutex_unlock(&f->taking);
    return has_one;
}

/* Sentences without the marks of a pair. */
static int count_unmarked(const kd_corpus *corpus)
{
    int unmarked = 0;
    for (size_t i = 0; corpus->task == KD_TASK_RE && i < corpus->words.count; i++)
        unmarked += !kd_mask_has_pair(corpus->words.items[i].text, corpus->words.items[i].length);
    return unmarked;
}

static kd_status ask(const flow *f, hand *h, kd_error *err)
{
    kd_corpus corpus;
    kd_portion_corpus(&h->portion, kd_predictor_trained(f->predictor)->task, &corpus);
    h->unmarked = count_unmarked(&corpus);
    kd_status status = kd_asker_answer(h->asker, &corpus, &h->replies, err);
    kd_corpus_fini(&corpus);
    return status;
}

/* In its turn: write, unless an earlier one failed. Returns whether to go on. */
static bool put(flow *f, hand *h, int64_t number, kd_status status, const kd_error *err)
{
    pthread_mutex_lock(&f->writing);
    while (f->written != number) pthread_cond_wait(&f->turn, &f->writing);
    if (f->status == KD_OK && status != KD_OK) {
        f->status = status;
        *f->err = *err;
    } else if (f->status == KD_OK) {
        f->status = kd_output_write(f->output, &h->portion, &h->replies, f->err);
        f->counts->sentences += h->portion.sentences;
        f->counts->unmarked += h->unmarked;
        f->counts->words += (int64_t)h->portion.places.count;
        if (f->watch.on_portion) f->watch.on_portion(f->watch.user, f->counts);
    }
    f->written++;
    bool goes_on = f->status == KD_OK;
    pthread_cond_broadcast(&f->turn);
    pthread_mutex_unlock(&f->writing);
    return goes_on;
}

static void stop(flow *f)
{
    pthread_mutex_lock(&f->taking);
    f->is_over = true;
    pthread_mutex_unlock(&f->taking);
}

static void carry(flow *f, hand *h)
{
    int64_t   number;
    kd_status status = KD_OK;
    kd_error  err;
    while (take(f, h, &number, &status, &err)) {
        if (status == KD_OK) status = ask(f, h, &err);
        if (!put(f, h, number, status, &err)) break;
    }
    stop(f);
    pthread_mutex_lock(&f->writing);
    f->counts->long_rows += h->replies.long_rows;
    pthread_mutex_unlock(&f->writing);
}

static void work(void *user, int begin, int end)
{
    flow *f = user;
    for (int t = begin; t < end; t++) {
        hand     h = { .asker = NULL };
        kd_error err;
        kd_portion_init(&h.portion);
        kd_status status = kd_asker_create(&h.asker, f->predictor, &err);
        if (status == KD_OK) {
            carry(f, &h);
        } else {
            stop(f);
            pthread_mutex_lock(&f->writing);
            if (f->status == KD_OK) *f->err = err;
            if (f->status == KD_OK) f->status = status;
            pthread_mutex_unlock(&f->writing);
        }
        kd_asker_destroy(h.asker);
        kd_portion_fini(&h.portion);
        kd_replies_fini(&h.replies);
    }
}

kd_status kd_flow_run(const kd_predictor *predictor, kd_intake *intake, kd_output *output,
                      int threads, kd_flow_watch watch, kd_flow_counts *counts, kd_error *err)
{
    flow f = { .predictor = predictor,
               .intake = intake,
               .output = output,
               .counts = counts,
               .watch = watch,
               .taking = PTHREAD_MUTEX_INITIALIZER,
               .writing = PTHREAD_MUTEX_INITIALIZER,
               .turn = PTHREAD_COND_INITIALIZER,
               .err = err };
    *counts = (kd_flow_counts){ .sentences = 0 };
    kd_parallel(threads, threads, 1, work, &f);
    return f.status;
}
