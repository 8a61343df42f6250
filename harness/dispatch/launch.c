/* launch.c - mpirun from the outside.
 *
 * With --enable-recovery a rank that dies does not take the others with it. Of the signals that arrive here mpirun passes only USR1 and USR2 on to the ranks (any other ends
 * it), so whatever asks us to stop goes down as USR1. */
#include "harness/dispatch/launch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/base/process.h"
#include "harness/base/vec.h"
#include "harness/child/stop.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/mpirun.h"

#define LOOK_S     0.05
#define START_S    20.0 /* for MPI to start, which it never does when a rank dies meanwhile, */
#define RANK_S     0.2  /* and so much for each rank */
#define FINISH_S   5.0  /* for mpirun to end after the coordinator's last word */
#define GONE_S     1.0  /* the same after its death without one */
#define SILENT_S   60.0 /* the coordinator at work speaks every second; before that it plans, */
#define PLAN_SHARE 5    /* for which it has so many times as long as we took, besides */

bool kd_launch_is_inside(void)
{
    /* PMIX_RANK and SLURM_PROCID tell nothing: the first is set by MPI itself in a single process,
     * the second in every batch script. */
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_NAMESPACE");
}

kd_status kd_launch_exec(int argc, char **argv, kd_error *err)
{
    char  *program = kd_run_program("kdgrid-mpi");
    char **words = kd_alloc((size_t)argc + 2, sizeof *words);
    words[0] = program;
    memcpy(words + 1, argv, (size_t)argc * sizeof *words);
    execvp(program, words);
    kd_fail(err, KD_EUNAVAILABLE, "%s: %s", program, strerror(errno));
    free(words);
    free(program);
    return KD_EUNAVAILABLE;
}

static bool is_gone(long long pid)
{
    return pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* ---- mpirun ---- */

typedef KD_VEC(const char *) command;

static bool shows_bar(const kd_run *run)
{
    return strcmp(run->options->progress, "auto") == 0 && isatty(STDERR_FILENO);
}

/* Under SLURM mpirun reaches the other nodes by a step of srun, which would end with the first node that is lost. */
#define STEP_OPTIONS "OMPI_MCA_plm_slurm_args"

/* The words after "run" go down as they are; -n means nothing to a rank. */
static kd_status spawn_mpirun(kd_mpirun *m, const kd_run *run, int argc, char **argv, kd_error *err)
{
    static const char *const more[] = { "--enable-recovery", NULL };
    const char *const        env[] = { "OMPI_MCA_btl_vader_single_copy_mechanism=none",
                                getenv(STEP_OPTIONS) ? NULL : STEP_OPTIONS "=--no-kill", NULL };
    command                  words = KD_VEC_INIT;
    kd_vec_push(&words, "run");
    for (int i = 1; i < argc; i++) kd_vec_push(&words, argv[i]);
    if (shows_bar(run)) kd_vec_push(&words, "--progress=bar"); /* its own stderr is a pipe */
    kd_vec_push(&words, NULL);
    kd_status status = kd_mpirun_spawn(
        m, &(kd_mpirun_options){ run->options->workers + 1, more, words.items, env }, err);
    kd_vec_fini(&words);
    return status == KD_EUNAVAILABLE
               ? kd_fail(err, status,
                         "mpirun is not here (Debian: apt-get install "
                         "openmpi-bin); without -n the study runs in this process")
               : status;
}

/* ---- watching ---- */

typedef struct {
    double turned_s;                    /* the last turn of the loop */
    double started_s, ended_s, asked_s; /* 0 until it happens */
    int    passed_on;                   /* signals */
} watch;

/* Whatever asks us to stop asks the coordinator; the second one ends everything. False then. */
static bool pass_on(kd_mpirun *m, watch *at, double now_s)
{
    int count = kd_stop_count();
    if (count > 1) return false;
    if (count > at->passed_on) {
        kd_process_signal(&m->process, SIGUSR1);
        at->passed_on = count;
        at->asked_s = now_s;
    }
    return true;
}

/* A coordinator that is there and does nothing: stopped, or caught in MPI or a disk. */
static bool is_silent(const kd_launch_words *w, const kd_run *run, double now_s)
{
    double most_s = SILENT_S + (w->is_at_work ? 0 : PLAN_SHARE * run->opening_s);
    return now_s - w->heard_s > most_s;
}

static void put_off(double *span_s, double away_s)
{
    if (*span_s > 0) *span_s += away_s;
}

/* Spans in which something should have happened are longer by what we were away ourselves. */
static void forgive(watch *at, kd_launch_words *w, double now_s)
{
    double away_s = kd_clock_absence_s(at->turned_s, now_s);
    at->turned_s = now_s;
    put_off(&at->started_s, away_s);
    put_off(&at->ended_s, away_s);
    put_off(&at->asked_s, away_s);
    put_off(&w->heard_s, away_s);
}

/* Whether it makes sense to go on waiting for mpirun. */
static bool may_still_end(const kd_launch_words *w, watch *at, const kd_run *run, double now_s)
{
    const kd_run_options *o = run->options;
    if (w->has_ended || is_gone(w->pid)) {
        if (at->ended_s <= 0) at->ended_s = now_s;
        return now_s - at->ended_s < (w->has_ended ? FINISH_S : GONE_S);
    }
    if (!w->is_ready) return now_s - at->started_s < START_S + RANK_S * o->workers;
    return !is_silent(w, run, now_s) && (at->asked_s <= 0 || now_s - at->asked_s < o->grace_s + 30);
}

static void watch_mpirun(kd_mpirun *m, const kd_run *run, kd_launch_words *w, kd_process_end *end,
                         bool *ended)
{
    watch at = { .started_s = kd_clock_s(), .turned_s = kd_clock_s() };
    while (!(*ended = kd_process_wait(&m->process, LOOK_S, end))) {
        double now_s = kd_clock_s();
        forgive(&at, w, now_s);
        kd_launch_hear(w, m->process.pipe, now_s);
        if (pass_on(m, &at, now_s) && may_still_end(w, &at, run, now_s)) continue;
        kd_mpirun_end(m);
        break;
    }
    kd_launch_hear(w, m->process.pipe, kd_clock_s());
}

static kd_status judge(const kd_launch_words *w, const kd_process_end *end, bool ended,
                       kd_error *err)
{
    char how[64];
    if (w->has_ended) {
        if (err && w->status != KD_OK) *err = w->text;
        return w->status;
    }
    if (kd_stop_count() > 0) return kd_fail(err, KD_ESTOPPED, "stopped; run again to go on");
    const char *mpirun = ended ? kd_process_end_words(how, sizeof how, end) : "no end";
    if (w->is_ready)
        return kd_fail(err, KD_ESTOPPED, "the coordinator is gone (mpirun: %s); run again to go on",
                       mpirun);
    return kd_fail(err, KD_EUNAVAILABLE, "mpirun did not bring the workers up (%s)", mpirun);
}

/* Whether it was the coordinator that died, or slept, while MPI started: by chance, perhaps. */
static bool may_be_chance(const kd_launch_words *w, bool ended)
{
    return !w->has_ended && !w->is_ready && (w->is_up || !ended) && kd_stop_count() == 0;
}

static kd_status launch_once(const kd_run *run, int argc, char **argv, bool *tries_again,
                             kd_error *err)
{
    kd_mpirun       m;
    kd_launch_words w = { .line = KD_STR_INIT };
    kd_process_end  end = { 0 };
    bool            ended = false;
    kd_status       status = kd_mpirun_prepare(&m, err);
    *tries_again = false;
    if (status == KD_OK) status = spawn_mpirun(&m, run, argc, argv, err);
    if (status == KD_OK) {
        watch_mpirun(&m, run, &w, &end, &ended);
        status = judge(&w, &end, ended, err);
        *tries_again = may_be_chance(&w, ended);
    }
    kd_mpirun_close(&m);
    kd_str_fini(&w.line);
    return status;
}

kd_status kd_launch_run(const kd_run *run, int argc, char **argv, kd_error *err)
{
    bool tries_again;
    kd_stop_install();
    kd_status status = launch_once(run, argc, argv, &tries_again, err);
    if (!tries_again) return status;
    kd_log_warning("%s; it is tried once more", err->text);
    return launch_once(run, argc, argv, &tries_again, err);
}
