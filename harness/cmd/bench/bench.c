/* bench.c - `kdgrid bench`: how fast this machine does what a study does. */
#include "harness/cmd/bench/bench.h"

#include "harness/cmd/cmd.h"

static const kd_verb benches[] = {
#define X(bench, summary) { #bench, kd_bench_##bench, summary },
    KD_BENCHES(X)
#undef X
};

const kd_verb_table kd_cmd_bench_verbs = { "bench", "How fast this machine does what a study does.",
                                           benches, sizeof benches / sizeof *benches };

kd_status kd_cmd_bench(int argc, char **argv, kd_error *err)
{
    return kd_verbs_run(&kd_cmd_bench_verbs, argc, argv, err);
}
