/* cmd_bench.c - `kdgrid bench`: how fast this machine does what a study does. */
#include <stdio.h>
#include <string.h>

#include "harness/cmd.h"
#include "harness/cmd_bench.h"

static const struct {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
    const char *summary;
} benches[] = {
    { "gemm", kd_bench_gemm, "matrix products in the shapes of the networks' layers" },
    { "infer", kd_bench_infer, "one sentence at a time through a network" },
    { "step", kd_bench_step, "training steps of the published networks" },
    { "distill", kd_bench_distill, "stored targets against hard labels, and a teacher asked once" },
    { "text", kd_bench_text, "reading, tokenising, packing, augmentation" },
    { "dispatch", kd_bench_dispatch, "cells a second under mpirun, and what is lost between them" },
    { "plan", kd_bench_plan, "a million cells enumerated, identified and written" },
    { "status", kd_bench_status, "how a store of a million cells stands" },
    { "store", kd_bench_store, "the catalogue of many cells, opened and aggregated" },
    { "compare", kd_bench_compare, "answers to sentences, exchanged and drawn again" },
};
enum { BENCHES = sizeof benches / sizeof *benches };

kd_status kd_cmd_bench(int argc, char **argv, kd_error *err)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        printf("usage: kdgrid bench NAME [OPTION]... [FILE]...\n\n");
        for (int i = 0; i < BENCHES; i++)
            printf("  %-8s %s\n", benches[i].name, benches[i].summary);
        return name ? KD_OK : kd_fail(err, KD_EUSAGE, "bench: the name of one is missing");
    }
    for (int i = 0; i < BENCHES; i++)
        if (strcmp(name, benches[i].name) == 0) return benches[i].run(argc - 1, argv + 1, err);
    return kd_fail(err, KD_EUSAGE, "no bench is called %s; `kdgrid bench` lists them", name);
}
