/* ranks.c - the coordinator and its workers over a made-up study, for test_mpi to run under mpirun:
 *
 *     dispatch_ranks STORE PROGRAM COUNT INPUT     COUNT cells of a shell script, on input INPUT or
 * -1 dispatch_ranks STORE noop COUNT -1           COUNT empty nodes; prints how many a second
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/child/stop.h"
#include "harness/dispatch/coordinator.h"
#include "harness/dispatch/ranks.h"
#include "harness/dispatch/worker.h"
#include "tests/dispatch/double.h"

static kd_status coordinate(char **argv, int workers, bool *is_broken, kd_error *err)
{
    kd_store    *store;
    kd_sweep    *sweep;
    size_t       count = strtoul(argv[3], NULL, 10);
    kd_double    study = { .count = count, .input = atoi(argv[4]) };
    kd_progress *progress = kd_progress_create(KD_PROGRESS_NONE, stderr);
    kd_status    status = kd_store_open(&store, argv[1], KD_STORE_CREATE, err);
    if (status != KD_OK) return status;
    kd_sweep_options options = kd_double_options(store, &study, progress);
    if (strcmp(argv[2], "noop") == 0) options.work = kd_work_of_noops(&count);
    options.workers = workers;
    options.rules.silence_s = 2.5;
    status = kd_sweep_open(&sweep, &options, err);
    if (status == KD_OK) {
        double started_s = kd_clock_s(), cpu_s = kd_clock_cpu_s();
        kd_stop_install();
        *is_broken = !kd_coordinator_run(sweep, workers);
        double wall_s = kd_clock_s() - started_s;
        printf("%.0f a second, %.2f %% of a core\n", (double)count / wall_s,
               100 * (kd_clock_cpu_s() - cpu_s) / wall_s);
        status = kd_sweep_close(sweep, err);
    } else {
        kd_coordinator_dismiss(workers);
    }
    kd_progress_destroy(progress);
    kd_store_close(store);
    return status;
}

int main(int argc, char **argv)
{
    kd_error  err = { "" };
    kd_status status;
    bool      is_broken = false;
    kd_ranks_start(&argc, &argv);
    if (kd_ranks_rank() == KD_COORDINATOR)
        status = coordinate(argv, kd_ranks_count() - 1, &is_broken, &err);
    else
        status = kd_worker_run(
            &(kd_worker_options){ .store = argv[1], .program = argv[2], .grace_s = 5 }, &is_broken,
            &err);
    if (status != KD_OK) fprintf(stderr, "rank %d: %s\n", kd_ranks_rank(), err.text);
    kd_ranks_end(is_broken, kd_status_exit(status));
    fflush(NULL);
    _exit(kd_status_exit(status));
}
