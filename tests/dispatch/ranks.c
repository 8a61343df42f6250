/* ranks.c - the coordinator and its workers over a made-up study, for test_mpi to run under mpirun:
 *
 *     dispatch_ranks STORE PROGRAM COUNT INPUT     COUNT cells of a shell script, on input INPUT or -1
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/child/stop.h"
#include "harness/dispatch/coordinator.h"
#include "harness/dispatch/ranks.h"
#include "harness/dispatch/worker.h"
#include "tests/dispatch/double.h"

static kd_status coordinate(char **argv, int workers, bool *is_broken, kd_error *err)
{
    kd_store    *store;
    kd_sweep    *sweep;
    kd_double    study = { .count = strtoul(argv[3], NULL, 10), .input = atoi(argv[4]) };
    kd_progress *progress = kd_progress_create(KD_PROGRESS_NONE, stderr);
    kd_status    status = kd_store_open(&store, argv[1], KD_STORE_CREATE, err);
    if (status != KD_OK) return status;
    kd_sweep_options options = kd_double_options(store, &study, progress);
    options.workers = workers;
    options.rules.silence_s = 2.5;
    status = kd_sweep_open(&sweep, &options, err);
    if (status == KD_OK) {
        kd_stop_install();
        *is_broken = !kd_coordinator_run(sweep, workers);
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
