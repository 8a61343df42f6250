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
    { "infer", kd_bench_infer, "one sentence at a time through a network" },
    { "text", kd_bench_text, "reading, tokenising, packing, augmentation" },
};
enum { BENCHES = sizeof benches / sizeof *benches };

kd_status kd_cmd_bench(int argc, char **argv, kd_error *err)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        printf("usage: kdgrid bench NAME [OPTION]... [FILE]...\n\n");
        for (int i = 0; i < BENCHES; i++)
            printf("  %-6s %s\n", benches[i].name, benches[i].summary);
        return name ? KD_OK : kd_fail(err, KD_EUSAGE, "bench: the name of one is missing");
    }
    for (int i = 0; i < BENCHES; i++)
        if (strcmp(name, benches[i].name) == 0) return benches[i].run(argc - 1, argv + 1, err);
    return kd_fail(err, KD_EUSAGE, "no bench is called %s; `kdgrid bench` lists them", name);
}
