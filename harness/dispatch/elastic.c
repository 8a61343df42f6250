/* elastic.c - what is seen becomes one turn of a thread, which is all that ever waits for the scheduler. */
#include "harness/dispatch/elastic.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/store/member.h"
#include "slurm/job.h"
#include "slurm/jobs.h"
#include "slurm/submit.h"

#define GLANCE_S  1.0   /* until the first look, between looks at who stays; a pace at most */
#define RARE_S    120.0 /* between questions that change nothing, */
#define SLOWEST_S 600.0 /* and while the scheduler refuses */
#define SUBMIT_S  30.0  /* shorter than what a job is told before its end */
#define CLAIM     "kdgrid-elastic-pool"

/* One turn. The thread alone touches it until `is_over`. */
typedef struct {
    const kd_elastic *pool;
    size_t            open;
    bool              grows;
    char              job[64]; /* that was handed in */
    size_t            gone;    /* that were taken out of the queue */
    size_t            live;    /* that wait or run */
    kd_status         status;
    kd_error          err;
    atomic_bool       is_over;
} turn;

typedef struct {
    char     name[KD_MEMBER_NAME];
    kd_watch watch;
} elder;

struct kd_elastic {
    kd_elastic_rules rules;
    const kd_store  *store;
    const char      *name;
    int              places;
    kd_str           script;
    kd_id            claim;
    double           looks_s; /* when to look again */
    double           asks_s;  /* when the scheduler may be asked again */
    double           pause_s; /* between questions: longer while nothing comes of them */
    double           idle_s;  /* since when we have had nothing to start; 0 when we have */
    double           glanced_s;
    bool             is_elder_alive;
    elder            elder; /* the first of those whose names come before ours */
    bool             is_taking;
    pthread_t        thread;
    turn             turn;
};

kd_status kd_elastic_open(kd_elastic **out, const kd_elastic_rules *rules, const kd_store *store,
                          const char *name, int places, kd_error *err)
{
    kd_elastic *p = kd_alloc(1, sizeof *p);
    char       *path = kd_job_script_path(kd_store_folder(store));
    kd_str_init(&p->script);
    p->rules = *rules;
    p->store = store;
    p->name = name;
    p->places = places;
    p->pause_s = rules->pace_s;
    p->looks_s = kd_clock_s() + fmin(GLANCE_S, rules->pace_s);
    p->claim = kd_id_of_bytes(CLAIM, strlen(CLAIM));
    kd_status status = kd_fs_read(path, &p->script, err);
    if (status != KD_OK) kd_while(err, status, "--elastic hands in what `kdgrid submit` left");
    free(path);
    if (status == KD_OK)
        *out = p;
    else
        kd_elastic_close(p, NULL, false);
    return status;
}

size_t kd_elastic_horizon(const kd_elastic *p)
{
    return (size_t)p->rules.most * (size_t)p->places + 1;
}

/* ---- a turn, in its thread ---- */

/* Jobs that wait or run and are no members yet will take as many cells as they have places. */
static size_t on_their_way(const turn *t)
{
    kd_members members;
    size_t     alive = 1; /* we */
    kd_members_list(t->pool->store, t->pool->name, &members);
    for (size_t i = 0; i < members.count; i++) alive += !members.items[i].is_gone;
    kd_vec_fini(&members);
    return t->live > alive ? t->live - alive : 0;
}

static void grow(turn *t)
{
    const kd_elastic *p = t->pool;
    if (t->live >= (size_t)p->rules.most || t->open <= on_their_way(t) * (size_t)p->places) return;
    t->status = kd_submit(t->job, sizeof t->job, p->script.text, NULL, SUBMIT_S, &t->err);
    if (t->status == KD_OK) t->status = kd_jobs_add(p->store, t->job, &t->err);
    if (t->status == KD_OK) t->live++;
}

static void shrink(turn *t, const kd_store_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count && t->status == KD_OK; i++) {
        if (jobs->items[i].at.state != KD_JOB_WAITING) continue;
        t->status = kd_jobs_cancel(&jobs->items[i], true, &t->err);
        t->gone += t->status == KD_OK;
    }
    t->live -= t->gone;
}

/* Nothing is done blindly: jobs of which nobody knows may all wait and run. */
static void *take_turn(void *user)
{
    turn         *t = user;
    kd_store_jobs jobs;
    t->status = kd_jobs_ask_live(t->pool->store, &jobs, &t->err);
    for (size_t i = 0; i < jobs.count; i++) t->live += kd_job_is_live(&jobs.items[i]);
    if (t->status == KD_OK && t->grows)
        grow(t);
    else if (t->status == KD_OK)
        shrink(t, &jobs);
    kd_vec_fini(&jobs);
    atomic_store(&t->is_over, true);
    return NULL;
}

/* Signals are for who runs the cells. */
static bool start_thread(kd_elastic *p)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = pthread_create(&p->thread, NULL, take_turn, &p->turn) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

static void begin_turn(kd_elastic *p, kd_claims *claims, size_t open, bool grows, double now_s)
{
    if (now_s < p->asks_s || !kd_claims_take(claims, p->claim, now_s)) return;
    p->turn = (turn){ .pool = p, .open = open, .grows = grows };
    p->is_taking = start_thread(p);
    if (!p->is_taking) kd_claims_drop(claims, p->claim);
}

/* Who changes nothing, or is refused, asks less and less often. */
static void end_turn(kd_elastic *p, kd_claims *claims, double now_s)
{
    const turn *t = &p->turn;
    pthread_join(p->thread, NULL);
    p->is_taking = false;
    kd_claims_drop(claims, p->claim);
    if (*t->job) kd_log_info("job %s is handed in: %zu of the pool wait or run", t->job, t->live);
    if (t->gone) kd_log_info("no cell waits: %zu jobs are taken out of the queue", t->gone);
    if (t->status != KD_OK) kd_log_warning("the pool stays as it is: %s", t->err.text);
    double most_s = fmax(t->status == KD_OK ? RARE_S : SLOWEST_S, p->rules.pace_s);
    p->pause_s = *t->job || t->gone ? p->rules.pace_s : fmin(2 * p->pause_s, most_s);
    p->asks_s = now_s + p->pause_s;
}

/* ---- looking ---- */

/* The first of the others by name, when it comes before us; watched anew when it is another one. */
static void find_elder(kd_elastic *p)
{
    kd_members  members;
    const char *first = p->name;
    kd_members_list(p->store, p->name, &members);
    for (size_t i = 0; i < members.count; i++)
        if (!members.items[i].is_gone && strcmp(members.items[i].name, first) < 0)
            first = members.items[i].name;
    if (first == p->name)
        p->elder = (elder){ .name = "" };
    else if (strcmp(first, p->elder.name) != 0) {
        p->elder = (elder){ .name = "" };
        snprintf(p->elder.name, sizeof p->elder.name, "%s", first);
    }
    kd_vec_fini(&members);
}

/* It is there as long as its heart is seen to beat; a file alone tells nothing. */
static void glance_at_elder(kd_elastic *p, double now_s)
{
    if (now_s - p->glanced_s < fmin(GLANCE_S, p->rules.pace_s)) return;
    p->glanced_s = now_s;
    find_elder(p);
    p->is_elder_alive = false;
    if (!*p->elder.name || kd_member_is_dead(p->store, p->elder.name, &p->elder.watch, now_s))
        return;
    p->is_elder_alive = p->elder.watch.beats > 0 && p->elder.watch.silent_s < 2 * KD_MEMBER_BEAT_S;
}

bool kd_elastic_is_due(kd_elastic *p, kd_claims *claims, double now_s)
{
    if (p->is_taking && atomic_load(&p->turn.is_over)) end_turn(p, claims, now_s);
    if (p->idle_s > 0) glance_at_elder(p, now_s);
    return !p->is_taking && now_s >= p->looks_s;
}

void kd_elastic_look(kd_elastic *p, kd_claims *claims, const kd_elastic_sight *sight, double now_s)
{
    bool is_idle = sight->is_idle && sight->open == 0;
    if (is_idle && p->idle_s <= 0) p->idle_s = now_s;
    if (!is_idle) p->idle_s = 0;
    p->looks_s = now_s + p->rules.pace_s;
    if (sight->open > 0)
        begin_turn(p, claims, sight->open, true, now_s);
    else if (sight->coming == 0)
        begin_turn(p, claims, 0, false, now_s);
}

bool kd_elastic_may_leave(const kd_elastic *p)
{
    return p->idle_s > 0 && kd_clock_s() - p->idle_s >= p->rules.pace_s && p->is_elder_alive;
}

void kd_elastic_close(kd_elastic *p, kd_claims *claims, bool is_all_settled)
{
    if (!p) return;
    if (p->is_taking) end_turn(p, claims, 0);
    if (is_all_settled) {
        p->turn = (turn){ .pool = p };
        take_turn(&p->turn);
    }
    kd_str_fini(&p->script);
    free(p);
}
