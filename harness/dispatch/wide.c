/* wide.c - start the ranks, pass on what they say, end as they end.
 *
 * Open MPI ends the whole job when one of its ranks dies or leaves with a failure, and that is what is wanted: peers
 * cannot go on without one another. mpirun's own end then says which failure came first. */
#include "harness/dispatch/wide.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/child/cores.h"
#include "harness/child/supervise.h"
#include "harness/config/options.h"
#include "harness/dispatch/hosts.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/mpirun.h"

#define LOOK_S   0.05
#define START_S  20.0 /* for MPI to start, which it never does when a rank dies meanwhile, */
#define RANK_S   0.2  /* and so much for each rank */
#define FINISH_S 5.0  /* for mpirun to end after rank 0's last word */

typedef struct {
    const kd_resolved     *node;
    const kd_cell_context *context;
    int                    ranks;
    const char            *path; /* of the file of its machines; NULL for this one alone */
    kd_hosts               hosts;
} wide;

/* ---- where ---- */

/* Workers of one machine may be bound to cores of their own each. What has ranks on the cores of several leaves its own ones. */
static kd_status use_all_cores(kd_error *err)
{
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    return sched_setaffinity(0, sizeof all, &all) == 0
               ? KD_OK
               : kd_fail_errno(err, errno, "the cores of a wide cell");
}

static kd_status check_cores(const wide *w, kd_error *err)
{
    kd_cell_options options;
    kd_status       status = kd_resolved_fill(w->node, "", kd_cell_settings, &options, err);
    int here = w->path ? kd_hosts_here(&w->hosts) : w->ranks, has = kd_cores_here().count;
    if (status != KD_OK || here * options.threads <= has) return status;
    if (w->path) return use_all_cores(err);
    return kd_fail(err, KD_ECONFIG, "ranks: %d of %d core%s each are more than the %d core%s here",
                   w->ranks, options.threads, options.threads == 1 ? "" : "s", has,
                   has == 1 ? "" : "s");
}

static kd_status check_hosts(wide *w, kd_error *err)
{
    if (!w->path) return KD_OK;
    kd_status status = kd_hosts_read(&w->hosts, w->path, err);
    if (status != KD_OK || kd_hosts_ranks(&w->hosts) == w->ranks) return status;
    return kd_fail(err, KD_ECONFIG, "%s: it has %d ranks, and the cell %d", w->path,
                   kd_hosts_ranks(&w->hosts), w->ranks);
}

/* What a step of a job has told its processes is not for another step; and srun's own libraries cannot find all their functions at
 * once, as a nursery finds them (harness/child/supervise.c). */
static const char *const not_for_it[] = { "LD_BIND_NOW",        "SLURM_CPU_BIND",
                                          "SLURM_MEM_BIND",     "SLURM_NTASKS",
                                          "SLURM_NPROCS",       "SLURM_CPUS_PER_TASK",
                                          "SLURM_DISTRIBUTION", NULL };

/* How mpirun reaches the other nodes of a job: by a step on them, beside those that are there. Of an allocation that a file names
 * it would leave it to SLURM which nodes these are. The caller frees it. */
static char *step_of(const kd_hosts *hosts)
{
    char   here[KD_HOST_NAME + 1] = "";
    kd_str text = KD_STR_INIT;
    gethostname(here, sizeof here - 1);
    kd_str_add(&text, "OMPI_MCA_plm_slurm_args=--overlap");
    const char *between = " --nodelist=";
    for (size_t i = 0; i < hosts->count; i++) {
        const char *name = hosts->items[i].name;
        if (strcmp(name, here) == 0) continue;
        kd_str_addf(&text, "%s%.*s", between, (int)strcspn(name, "."), name);
        between = ",";
    }
    return kd_str_take(&text);
}

static kd_status spawn_with(kd_mpirun *m, const wide *w, const char *const *more,
                            const char *const *env, kd_error *err)
{
    const kd_store   *store = w->context->store;
    char             *cell = kd_store_work_path(store, w->node->id, "cell");
    const char *const words[] = { "cell", cell, "--store", kd_store_folder(store), NULL };
    kd_status         status =
        kd_mpirun_spawn(m, &(kd_mpirun_options){ w->ranks, more, words, env, not_for_it }, err);
    free(cell);
    return status;
}

/* On this machine alone nobody else is asked, also where an allocation has others. Ranks fill a machine before the next one
 * begins. */
static kd_status spawn(kd_mpirun *m, const wide *w, kd_error *err)
{
    static const char *const alone[] = {
        "--mca", "plm", "isolated", "--mca", "ras", "^slurm", NULL
    };
    const char *const spread[] = {
        "--hostfile", w->path,  "--map-by", "slot", "--mca",
        "ras",        "^slurm", "--mca",    "plm",  getenv("SLURM_JOB_ID") ? "slurm" : "rsh",
        NULL
    };
    if (!w->path) return spawn_with(m, w, alone, NULL, err);
    char     *step = step_of(&w->hosts);
    kd_status status = spawn_with(m, w, spread, (const char *const[]){ step, NULL }, err);
    free(step);
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

/* No rank leaves so. */
static bool is_mpirun_own(int code)
{
    return code == 1 || kd_status_of_exit(code) == KD_EBUG;
}

/* What an exit code of a kd_status cannot say. */
typedef struct {
    int  signal;  /* that ended a rank; 0 for none */
    bool is_lost; /* a machine of its ranks */
} fate;

static kd_status judge(const kd_launch_words *w, const kd_process_end *end, bool ended,
                       bool is_spread, fate *out, kd_error *err)
{
    char how[64];
    if (w->has_ended) {
        if (w->status != KD_OK) *err = w->text;
        return w->status;
    }
    if (!ended) return kd_fail(err, KD_EIO, "mpirun did not bring the ranks up");
    kd_process_end_words(how, sizeof how, end);
    if ((out->signal = signal_of(end)))
        return kd_fail(err, KD_EBUG, "a rank was ended by signal %d", out->signal);
    if (end->code == 0) return kd_fail(err, KD_EIO, "the ranks left without a word");
    if ((out->is_lost = is_spread && is_mpirun_own(end->code)))
        return kd_fail(err, KD_EIO, "a machine of its ranks is lost, or not reached (mpirun: %s)",
                       how);
    if (!w->is_ready) return kd_fail(err, KD_EIO, "mpirun did not bring the ranks up: %s", how);
    return kd_fail(err, kd_status_of_exit(end->code), "a rank of it ended: %s", how);
}

/* So that whoever watches this process sees what became of the ranks. */
static void end_alike(const fate *what, const kd_error *err)
{
    if (!what->signal && !what->is_lost) return;
    kd_log_error("%s", err->text);
    if (what->is_lost) kd_leave(KD_CHILD_LOST);
    signal(what->signal, SIG_DFL);
    raise(what->signal);
}

static kd_status run(const wide *w, kd_error *err)
{
    kd_mpirun       m;
    kd_launch_words words = { .line = KD_STR_INIT,
                              .on_point = pass_point,
                              .user = (void *)w->context };
    kd_process_end  end = { 0 };
    fate            what = { 0 };
    kd_status       status = kd_mpirun_prepare(&m, err);
    if (status == KD_OK) status = spawn(&m, w, err);
    if (status == KD_OK) {
        bool ended = watch(&m, w->context, w->ranks, &words, &end);
        status = judge(&words, &end, ended, w->path != NULL, &what, err);
    }
    kd_mpirun_close(&m);
    kd_str_fini(&words.line);
    end_alike(&what, err);
    return status;
}

kd_status kd_wide_run(const kd_resolved *node, const kd_cell_context *context, int ranks,
                      const char *hosts, kd_error *err)
{
    wide      w = { node, context, ranks, hosts, KD_VEC_INIT };
    kd_status status = check_hosts(&w, err);
    if (status == KD_OK) status = check_cores(&w, err);
    if (status == KD_OK) status = run(&w, err);
    kd_vec_fini(&w.hosts);
    return status;
}
