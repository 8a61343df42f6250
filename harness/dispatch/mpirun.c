/* mpirun.c - its command line and its surroundings.
 *
 * What mpirun is told, and why (Open MPI 4.1):
 *
 *     --oversubscribe       a rank that sleeps needs no core of its own
 *     --bind-to none        cells inherit a rank's cores; bound to one, they would all share it
 *     -q                    the signals that it passes on are no news
 *     --stdin none          mpirun is not in the terminal's foreground group
 *     orte_tmpdir_base      its folders are ours to remove, however it ends
 *     --allow-run-as-root   only for root, which mpirun refuses otherwise
 *     PMIX_OUTPUT_REDIRECT  a rank's death makes PMIx speak of errors that are none; the log has them
 */
#include "harness/dispatch/mpirun.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/vec.h"
#include "harness/child/scratch.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/run.h"
#include "harness/dispatch/shm.h"

#define ENDING_S 2.0 /* between SIGTERM and SIGKILL */

typedef KD_VEC(const char *) words;

static void add_words(words *to, const char *const *from)
{
    for (; from && *from; from++) kd_vec_push(to, *from);
}

/* A folder with a short name: sockets are made in it. */
kd_status kd_mpirun_prepare(kd_mpirun *m, kd_error *err)
{
    const char *place = getenv("TMPDIR");
    *m = (kd_mpirun){ .process = { .pidfd = -1, .pipe = -1 }, .held = -1 };
    if (!place || strlen(place) > 40) place = "/tmp";
    kd_scratch_clean(place);
    kd_status status = kd_scratch_make(&m->folder, &m->held, place, err);
    if (status != KD_OK) return status;
    m->job = kd_strdup(m->folder + strlen(m->folder) - 6); /* what mkdtemp chose */
    m->job_env = kd_sprintf(KD_SHM_JOB "=%s", m->job);
    m->program = kd_run_program("kdgrid-mpi");
    return KD_OK;
}

static void add_command(words *to, const kd_mpirun *m, const char *count,
                        const kd_mpirun_options *o)
{
    const char *const fixed[] = { "mpirun",
                                  "-q",
                                  "-n",
                                  count,
                                  "--oversubscribe",
                                  "--bind-to",
                                  "none",
                                  "--stdin",
                                  "none",
                                  "--mca",
                                  "orte_tmpdir_base",
                                  m->folder,
                                  "-x",
                                  KD_LAUNCH_WATCHED,
                                  "-x",
                                  KD_SHM_JOB,
                                  NULL };
    add_words(to, fixed);
    add_words(to, o->more);
    if (geteuid() == 0) kd_vec_push(to, "--allow-run-as-root");
    if (getenv(KD_FAULTS_ENV)) { /* also for ranks on other machines */
        kd_vec_push(to, "-x");
        kd_vec_push(to, KD_FAULTS_ENV);
    }
    kd_vec_push(to, m->program);
    add_words(to, o->words);
    kd_vec_push(to, NULL);
}

kd_status kd_mpirun_spawn(kd_mpirun *m, const kd_mpirun_options *o, kd_error *err)
{
    char                     count[16];
    words                    line = KD_VEC_INIT, env = KD_VEC_INIT;
    static const char *const quiet[] = { KD_LAUNCH_WATCHED "=1", "OMPI_MCA_mpi_warn_on_fork=0",
                                         "PMIX_OUTPUT_REDIRECT=syslog", NULL };
    snprintf(count, sizeof count, "%d", o->ranks);
    add_command(&line, m, count, o);
    add_words(&env, quiet);
    kd_vec_push(&env, m->job_env);
    add_words(&env, o->env);
    kd_vec_push(&env, NULL);
    kd_process_options options = { .argv = line.items,
                                   .extra_env = env.items,
                                   .drop_env = o->without,
                                   .pipe_fd = STDOUT_FILENO,
                                   .dies_with_parent = true };
    kd_status          status = kd_process_spawn(&m->process, &options, err);
    kd_vec_fini(&line);
    kd_vec_fini(&env);
    return status == KD_ENOINPUT ? kd_fail(err, KD_EUNAVAILABLE,
                                           "mpirun is not here (Debian: apt-get install "
                                           "openmpi-bin)")
                                 : status;
}

void kd_mpirun_end(kd_mpirun *m)
{
    kd_process_end end;
    kd_process_signal(&m->process, SIGTERM);
    if (!kd_process_wait(&m->process, ENDING_S, &end)) kd_process_close(&m->process);
}

void kd_mpirun_close(kd_mpirun *m)
{
    kd_process_close(&m->process);
    if (m->job) kd_shm_remove(m->job);
    if (m->held >= 0) kd_scratch_remove(m->folder);
    if (m->held >= 0) close(m->held);
    free(m->folder);
    free(m->job);
    free(m->job_env);
    free(m->program);
}
