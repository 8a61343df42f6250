/* bench.c - `kdgrid bench`: how fast this machine does what a study does. */
#include "harness/cmd/bench/bench.h"

#include "harness/cmd/cmd.h"

static const kd_verb benches[] = {
#define X(bench, summary) { #bench, kd_bench_##bench, summary },
    KD_BENCHES(X)
#undef X
};

kd_status kd_cmd_bench(int argc, char **argv, kd_error *err)
{
    const kd_verb_table table = { "bench", "How fast this machine does what a study does.", benches,
                                  sizeof benches / sizeof *benches };
    return kd_verbs_run(&table, argc, argv, err);
}
