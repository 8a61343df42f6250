/* cmd_run.c - `kdgrid run`: find out which way the study is run, run it, print its tables. */
#include "harness/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd_chaos.h"
#include "harness/cmd_table.h"
#include "harness/dispatch/launch.h"
#include "harness/dispatch/run.h"

/* Also when some cells failed: what there is is worth printing, and that status stays. */
static kd_status print_tables(const kd_run *run, kd_status status, kd_error *err)
{
    kd_str    out = KD_STR_INIT;
    kd_error  trouble;
    kd_status printed = kd_cmd_tables_print(&out, run->study, run->plan, run->store, &trouble);
    fputs(out.text, stdout);
    kd_str_fini(&out);
    if (printed == KD_OK || status != KD_OK) return status;
    *err = trouble;
    return printed;
}

/* What the store has already needs neither a lock nor mpirun. */
static kd_status tell_nothing_to_do(const kd_run *run)
{
    size_t count = kd_plan_count(run->plan);
    kd_progress_end(run->progress, &(kd_standing){ .total = count, .done = count }, 0, NULL);
    return KD_OK;
}

/* `words` is argv as it was given, for mpirun's ranks to read again. */
static kd_status run_study(const kd_run_options *options, int argc, char **words, kd_error *err)
{
    kd_run    run;
    kd_status status = kd_run_open(&run, options, err);
    if (status != KD_OK) return status;
    if (run.needed == 0)
        status = tell_nothing_to_do(&run);
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
