/* plan.c - `kdgrid bench plan`: a study of many cells, planned by `kdgrid plan`. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/cmd/bench/plan_check.h"
#include "models/model.h"

typedef struct {
    int  cells, repeats;
    bool checks, as_json;
} plan_options;

enum { SUMMARY, EXPLAIN, MEMORY, FIGURES };

static const kd_figure blank[FIGURES] = {
    [SUMMARY] = { "plan_s", "plan", "s" },
    [EXPLAIN] = { "explain_s", "plan --explain, a line for each cell", "s" },
    [MEMORY] = { "memory_mib", "  of which memory", "MiB" },
};

static void add_numbers(kd_str *out, int from, int count)
{
    for (int i = 0; i < count; i++) kd_str_addf(out, "%s%d", i ? ", " : "", from + i);
}

/* Every kind of sharing: teachers, corpora and targets by some axes, students by all of them;
 * 2 x 2 x 25 cells for each seed. */
static kd_status write_study(const char *path, int cells, kd_error *err)
{
    enum { PER_SEED = 2 * 2 * 25 };
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, "study = {\n  name = \"bench\"; task = \"ner\";\n  seeds = [");
    add_numbers(&text, 0, (cells + PER_SEED - 1) / PER_SEED);
    kd_str_addf(&text,
                "];\n"
                "  data = { corpus = \"synth\"; };\n"
                "  teacher = { kind = \"%s\"; layers = 2; hidden = 64; heads = 2; };\n"
                "  student = { kind = \"%s\"; };\n"
                "  axes = ( { key = \"augment.passes\"; values = [0, 1]; },\n"
                "           { key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; },\n"
                "           { key = \"student.hidden\"; values = [",
                kd_model_kind_at(KD_KIND_BERT)->name, kd_model_kind_at(KD_KIND_BILSTM)->name);
    add_numbers(&text, 8, 25);
    kd_str_add(&text, "]; } );\n};\n");
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}

static kd_status time_plan(const char *folder, kd_figure *f, kd_error *err)
{
    char             *study = kd_fs_join(folder, "bench.cfg"), *list = kd_fs_join(folder, "list");
    char             *store = kd_fs_join(folder, "store");
    const char *const summary[] = { "plan", study, "--store", store, NULL };
    const char *const explain[] = { "plan", study, "--store", store, "--explain", NULL };
    kd_verb_cost      cost;
    kd_status         status = kd_bench_verb(summary, list, &cost, err);
    if (status == KD_OK) {
        kd_figure_add(&f[SUMMARY], cost.seconds);
        status = kd_bench_verb(explain, list, &cost, err);
    }
    if (status == KD_OK) {
        kd_figure_add(&f[EXPLAIN], cost.seconds);
        kd_figure_add(&f[MEMORY], cost.peak_mib);
    }
    free(study);
    free(list);
    free(store);
    return status;
}

static kd_status bench(const plan_options *o, kd_figure *figures, kd_error *err)
{
    char     *folder = NULL;
    kd_status status = kd_bench_folder(&folder, err);
    if (status != KD_OK) return status;
    char *study = kd_fs_join(folder, "bench.cfg");
    status = write_study(study, o->cells, err);
    for (int i = 0; i < o->repeats && status == KD_OK; i++)
        status = time_plan(folder, figures, err);
    kd_fs_remove(folder, NULL);
    free(study);
    free(folder);
    return status;
}

kd_status kd_bench_plan(int argc, char **argv, kd_error *err)
{
    plan_options o = { .cells = 1000000, .repeats = 3 };
    const kd_arg table[] = { { 0, "cells", KD_ARG_INT, &o.cells, "N",
                               "of the study, about (1000000)" },
                             { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of the bench (3)" },
                             { 0, "check", KD_ARG_FLAG, &o.checks, NULL,
                               "train cells and compare with what the plan says" },
                             KD_ARG_JSON(o.as_json),
                             KD_ARG_END };
    kd_args      args = { "bench plan", "[OPTION]...",
                          "How long `kdgrid plan` takes for a study of many cells: without a list of\n"
                               "them, and with one line for each.",
                          table };
    kd_figure    figures[FIGURES] = { blank[SUMMARY], blank[EXPLAIN], blank[MEMORY] };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.cells < 1 || o.repeats < 1)
        return kd_fail(err, KD_EUSAGE, "bench plan: expected numbers of 1 or more");
    if (o.checks) return kd_plan_check(o.as_json, err);
    status = bench(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    return status;
}
