/* cancel.c - `kdgrid cancel`: end the jobs of a store. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "slurm/jobs.h"

static const char about[] =
    "Takes the jobs of a store that wait out of the queue, and asks those that run to stop: they "
    "bring\n"
    "their cells to a safe point, keep it, and do not come back. The same `kdgrid run` or "
    "`submit`\n"
    "goes on from there. With --now they are killed; what was acknowledged is kept all the same.";

/* All that live, whatever becomes of one; the first failure is told. */
static kd_status cancel_all(const kd_store_jobs *jobs, bool now, kd_error *err)
{
    kd_status status = KD_OK;
    size_t    live = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        if (!kd_job_is_live(&jobs->items[i])) continue;
        bool      waits = jobs->items[i].at.state == KD_JOB_WAITING;
        kd_status one = kd_jobs_cancel(&jobs->items[i], now, status == KD_OK ? err : NULL);
        live++;
        if (one == KD_OK)
            kd_say("%s %s\n", jobs->items[i].number,
                   waits ? "is out of the queue"
                   : now ? "is killed"
                         : "is asked to stop");
        if (status == KD_OK) status = one;
    }
    if (live == 0) puts("no job of this store waits or runs");
    return status;
}

kd_status kd_cmd_cancel(int argc, char **argv, kd_error *err)
{
    bool         now = false;
    const kd_arg table[] = { { 0, "now", KD_ARG_FLAG, &now, NULL, "kill those that run" },
                             KD_ARG_END };
    kd_args   args = { .verb = "cancel", .usage = "STORE [--now]", .about = about, .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;

    kd_store_jobs jobs;
    if ((status = kd_jobs_ask_folder(args.words[0], &jobs, err)) != KD_OK) return status;
    status = cancel_all(&jobs, now, err);
    kd_vec_fini(&jobs);
    return status;
}
