/* run.c - `kdgrid run`: find out which way the study is run, run it, print its tables. */
#include "harness/cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/guard.h"
#include "harness/child/stop.h"
#include "harness/cmd/chaos.h"
#include "harness/cmd/tables.h"
#include "harness/dispatch/launch.h"
#include "harness/dispatch/run.h"
#include "harness/store/tally.h"

static kd_status print_them(void *user, kd_error *err)
{
    const kd_run *run = user;
    kd_str        out = KD_STR_INIT;
    kd_status     status = kd_cmd_tables_print(&out, run->study, run->plan, run->store, err);
    fputs(out.text, stdout);
    kd_str_fini(&out);
    return status;
}

/* Also when some cells failed: what there is is worth printing, and that status stays. In a child, for the
 * store may hold objects of others. */
static kd_status print_tables(kd_run *run, kd_status status, kd_error *err)
{
    kd_error  trouble;
    kd_status printed = kd_guard_one(print_them, run, &trouble);
    if (printed == KD_OK || status != KD_OK) return status;
    *err = trouble;
    return printed;
}

static void note_tail(void *user, const kd_journal_damage *damage)
{
    *(bool *)user |= damage->is_tail;
}

/* Whether the last run was killed: then its journal may be torn, and its last object unrecorded. */
static bool was_killed(const kd_store *store)
{
    kd_tally *tally;
    bool      is_torn = false;
    if (kd_tally_open(&tally, store, note_tail, &is_torn, NULL) != KD_OK) return false;
    kd_tally_run last = kd_tally_last_run(tally);
    bool         has_ended = last.number == 0 || last.end_s > 0;
    kd_tally_close(tally);
    return is_torn || !has_ended;
}

/* What the store has already needs neither a lock nor mpirun, but for what a run that was killed
 * left to be recorded; where that cannot be done, the tables are there all the same. */
static kd_status finish(const kd_run *run)
{
    size_t count = kd_plan_count(run->plan);
    if (was_killed(run->store) && kd_run_alone(run, NULL) == KD_OK) return KD_OK;
    kd_progress_end(run->progress, &(kd_progress_counts){ .total = count, .done = count }, 0, NULL);
    return KD_OK;
}

/* `words` is argv as it was given, for mpirun's ranks to read again. */
static kd_status run_study(const kd_run_options *options, int argc, char **words, kd_error *err)
{
    kd_run run;
    kd_stop_install(); /* who is asked to stop while it still plans stops as soon as it would begin
                        */
    kd_status status = kd_run_open(&run, options, err);
    if (status != KD_OK) return status;
    if (run.needed == 0)
        status = finish(&run);
    else if (options->workers > 0)
        status = kd_launch_run(&run, argc, words, err);
    else
        status = kd_run_alone(&run, err);
    if (status == KD_OK || status == KD_EFAILED) status = print_tables(&run, status, err);
    kd_run_close(&run);
    return status;
}

kd_status kd_cmd_run(int argc, char **argv, kd_error *err)
{
    kd_run_options options;
    if (kd_launch_is_inside()) return kd_launch_exec(argc, argv, err);
    char **words = kd_alloc((size_t)argc + 1, sizeof *words);
    memcpy(words, argv, (size_t)argc * sizeof *words);
    kd_status status = kd_run_parse(&options, argc, argv, err);
    if (status == KD_OK && !options.helped)
        status = options.chaos_seed >= 0 ? kd_cmd_chaos(&options, argc, words, err)
                                         : run_study(&options, argc, words, err);
    kd_run_options_fini(&options);
    free(words);
    return status;
}
