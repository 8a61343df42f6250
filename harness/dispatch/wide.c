/* wide.c - start the ranks, pass on what they say, end as they end.
 *
 * Open MPI ends the whole job when one of its ranks dies or leaves with a failure, and that is what is wanted: peers
 * cannot go on without one another. mpirun's own end then says which failure came first. */
#include "harness/dispatch/wide.h"

#include <signal.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/child/cores.h"
#include "harness/config/options.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/mpirun.h"

#define LOOK_S   0.05
#define START_S  20.0 /* for MPI to start, which it never does when a rank dies meanwhile, */
#define RANK_S   0.2  /* and so much for each rank */
#define FINISH_S 5.0  /* for mpirun to end after rank 0's last word */

static kd_status check_cores(const kd_resolved *node, int ranks, kd_error *err)
{
    kd_cell_options options;
    kd_status       status = kd_resolved_fill(node, "", kd_cell_settings, &options, err);
    if (status != KD_OK) return status;
    int has = kd_cores_here().count;
    if (ranks * options.threads <= has) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "ranks: %d of %d core%s each are more than the %d core%s here",
                   ranks, options.threads, options.threads == 1 ? "" : "s", has,
                   has == 1 ? "" : "s");
}

/* All ranks are started on this machine, also where an allocation has others. */
static kd_status spawn(kd_mpirun *m, const kd_resolved *node, const kd_cell_context *context,
                       int ranks, kd_error *err)
{
    static const char *const more[] = {
        "--mca", "plm", "isolated", "--mca", "ras", "^slurm", NULL
    };
    char             *cell = kd_store_work_path(context->store, node->id, "cell");
    const char *const words[] = { "cell", cell, "--store", kd_store_folder(context->store), NULL };
    kd_status status = kd_mpirun_spawn(m, &(kd_mpirun_options){ ranks, more, words, NULL }, err);
    free(cell);
    return status;
}

/* ---- watching ---- */

static void pass_point(void *user, const kd_progress_point *point)
{
    const kd_cell_context *context = user;
    if (context->on_progress) context->on_progress(context->user, point);
}

/* Whether it makes sense to wait for mpirun's end. */
static bool may_still_end(const kd_launch_words *w, double started_s, double *ended_s, int ranks)
{
    double now_s = kd_clock_s();
    if (w->has_ended) {
        if (*ended_s <= 0) *ended_s = now_s;
        return now_s - *ended_s < FINISH_S;
    }
    return w->is_ready || now_s - started_s < START_S + RANK_S * ranks;
}

/* Of the signals that mpirun gets it passes USR1 on to the ranks. Whoever asks for the stop bounds its time. */
static bool watch(kd_mpirun *m, const kd_cell_context *context, int ranks, kd_launch_words *w,
                  kd_process_end *end)
{
    double started_s = kd_clock_s(), ended_s = 0;
    bool   was_asked = false, ended;
    while (!(ended = kd_process_wait(&m->process, LOOK_S, end))) {
        kd_launch_hear(w, m->process.pipe, kd_clock_s());
        if (w->is_ready && !was_asked && context->should_stop &&
            context->should_stop(context->user)) {
            kd_process_signal(&m->process, SIGUSR1);
            was_asked = true;
        }
        if (may_still_end(w, started_s, &ended_s, ranks)) continue;
        kd_mpirun_end(m);
        break;
    }
    kd_launch_hear(w, m->process.pipe, kd_clock_s());
    return ended;
}

/* ---- its end ---- */

/* mpirun tells of a signal as a shell does. */
static int signal_of(const kd_process_end *end)
{
    if (!end->exited) return end->signal;
    return end->code > 128 && end->code < 128 + 32 ? end->code - 128 : 0;
}

static kd_status judge(const kd_launch_words *w, const kd_process_end *end, bool ended, int *number,
                       kd_error *err)
{
    char how[64];
    *number = 0;
    if (w->has_ended) {
        if (w->status != KD_OK) *err = w->text;
        return w->status;
    }
    if (!ended) return kd_fail(err, KD_EIO, "mpirun did not bring the ranks up");
    kd_process_end_words(how, sizeof how, end);
    if ((*number = signal_of(end)))
        return kd_fail(err, KD_EBUG, "a rank was ended by signal %d", *number);
    if (end->code == 0) return kd_fail(err, KD_EIO, "the ranks left without a word");
    return kd_fail(err, kd_status_of_exit(end->code), "a rank of it ended: %s", how);
}

/* So that whoever watches this process sees what became of the rank. */
static void end_alike(int number, const kd_error *err)
{
    kd_log_error("%s", err->text);
    signal(number, SIG_DFL);
    raise(number);
}

kd_status kd_wide_run(const kd_resolved *node, const kd_cell_context *context, int ranks,
                      kd_error *err)
{
    kd_mpirun       m;
    kd_launch_words w = { .line = KD_STR_INIT, .on_point = pass_point, .user = (void *)context };
    kd_process_end  end = { 0 };
    int             number = 0;
    kd_status       status = check_cores(node, ranks, err);
    if (status != KD_OK) return status;
    status = kd_mpirun_prepare(&m, err);
    if (status == KD_OK) status = spawn(&m, node, context, ranks, err);
    if (status == KD_OK) {
        bool ended = watch(&m, context, ranks, &w, &end);
        status = judge(&w, &end, ended, &number, err);
    }
    kd_mpirun_close(&m);
    kd_str_fini(&w.line);
    if (number) end_alike(number, err);
    return status;
}
