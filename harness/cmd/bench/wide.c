/* wide.c - `kdgrid bench ranks`: one training by 1, 2 and 4 ranks on this machine.
 *
 * Steps of masked words, 4 layers of 312 and a vocabulary of 30522, as many pieces a step whatever the ranks. share.c is
 * what each rank does, with the trainer of a cell. More ranks than cores share these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/process.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/dispatch/run.h"

#define LONGEST_S 1800

typedef struct {
    int         pieces, steps, repeats;
    const char *precision;
    bool        as_json;
} wide_options;

enum {
    ONE,
    TWO,
    FOUR,
    BY_TWO,
    BY_FOUR,
    WAITS_TWO,
    WAITS_FOUR,
    ENDS_TWO,
    ENDS_FOUR,
    BYTES_TWO,
    BYTES_FOUR,
    FIGURES
};

static const kd_figure blank[FIGURES] = {
    [ONE] = { "step_1_s", "a step by 1 rank", "s" },
    [TWO] = { "step_2_s", "a step by 2 ranks", "s" },
    [FOUR] = { "step_4_s", "a step by 4 ranks", "s" },
    [BY_TWO] = { "times_2", "2 ranks against 1", "times" },
    [BY_FOUR] = { "times_4", "4 ranks against 1", "times" },
    [WAITS_TWO] = { "waiting_2_pct", "2 ranks: waiting for one another", "% of a step" },
    [WAITS_FOUR] = { "waiting_4_pct", "4 ranks: waiting for one another", "% of a step" },
    [ENDS_TWO] = { "ending_2_pct", "2 ranks: of that, at the end of the way back", "% of a step" },
    [ENDS_FOUR] = { "ending_4_pct", "4 ranks: of that, at the end of the way back", "% of a step" },
    [BYTES_TWO] = { "bytes_2", "2 ranks: sent, of 2 (N-1)/N gradients", "times" },
    [BYTES_FOUR] = { "bytes_4", "4 ranks: sent, of 2 (N-1)/N gradients", "times" },
};

typedef struct {
    double step_s, waiting, ending, bytes, gradients;
} outcome;

static kd_status run_ranks(const wide_options *o, int ranks, outcome *out, kd_error *err)
{
    char           count[16], pieces[16], steps[16], how[64];
    char          *program = kd_run_program("kdgrid-mpi");
    kd_str         said = KD_STR_INIT, trouble = KD_STR_INIT;
    kd_process_end end;
    snprintf(count, sizeof count, "%d", ranks);
    snprintf(pieces, sizeof pieces, "%d", o->pieces);
    snprintf(steps, sizeof steps, "%d", o->steps);
    const char *const argv[] = { "mpirun",     "-q",   "-n",    count,   "--oversubscribe",
                                 "--bind-to",  "none", program, "bench", "share",
                                 o->precision, pieces, steps,   NULL };
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    kd_status status = kd_process_capture(argv, LONGEST_S, &said, &trouble, &end, err);
    if (status == KD_ENOINPUT)
        status = kd_fail(err, KD_EUNAVAILABLE, "mpirun is not here (Debian: openmpi-bin)");
    else if (status == KD_OK &&
             sscanf(said.text, "step_s %lf waiting %lf ending %lf bytes %lf gradients %lf",
                    &out->step_s, &out->waiting, &out->ending, &out->bytes, &out->gradients) != 5)
        status = kd_fail(err, KD_EFAILED, "bench ranks: mpirun %s: %s: %s", program,
                         kd_process_end_words(how, sizeof how, &end),
                         trouble.length ? trouble.text : said.text);
    kd_str_fini(&said);
    kd_str_fini(&trouble);
    free(program);
    return status;
}

static void add_shared(kd_figure *f, int ranks, int waits, int ends, int bytes, const outcome *r)
{
    double least = 2.0 * (ranks - 1) / ranks * r->gradients;
    kd_figure_add(&f[waits], 100 * r->waiting);
    kd_figure_add(&f[ends], 100 * r->ending);
    kd_figure_add(&f[bytes], r->bytes / least);
}

static kd_status time_once(const wide_options *o, kd_figure *f, kd_error *err)
{
    outcome   one, two, four;
    kd_status status = run_ranks(o, 1, &one, err);
    if (status == KD_OK) status = run_ranks(o, 2, &two, err);
    if (status == KD_OK) status = run_ranks(o, 4, &four, err);
    if (status != KD_OK) return status;
    kd_figure_add(&f[ONE], one.step_s);
    kd_figure_add(&f[TWO], two.step_s);
    kd_figure_add(&f[FOUR], four.step_s);
    kd_figure_add(&f[BY_TWO], one.step_s / two.step_s);
    kd_figure_add(&f[BY_FOUR], one.step_s / four.step_s);
    add_shared(f, 2, WAITS_TWO, ENDS_TWO, BYTES_TWO, &two);
    add_shared(f, 4, WAITS_FOUR, ENDS_FOUR, BYTES_FOUR, &four);
    return KD_OK;
}

kd_status kd_bench_ranks(int argc, char **argv, kd_error *err)
{
    wide_options o = { .pieces = 8192, .steps = 8, .repeats = 3, .precision = "bf16" };
    const kd_arg table[] = {
        { 0, "pieces", KD_ARG_INT, &o.pieces, "N", "of a step, in rows of 128 (8192)" },
        { 0, "steps", KD_ARG_INT, &o.steps, "N", "that are timed (8)" },
        { 0, "precision", KD_ARG_TEXT, &o.precision, "FORM", "f32 or bf16 (bf16)", "f32 bf16" },
        { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of each (3)" },
        KD_ARG_JSON(o.as_json),
        KD_ARG_END
    };
    kd_args args = {
        "bench ranks", "[OPTION]...",
        "One training of masked words, 4 layers of 312, by 1, 2 and 4 ranks of one core\n"
        "each on this machine: how much faster, what they wait for, what they send. Starts\n"
        "mpirun.",
        table
    };
    kd_figure figures[FIGURES];
    memcpy(figures, blank, sizeof figures);
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.repeats < 1 || o.steps < 1 || o.pieces < 4 * 128)
        return kd_fail(err, KD_EUSAGE, "bench ranks: expected numbers of 1 or more, pieces 512");
    for (int i = 0; i < o.repeats && status == KD_OK; i++) status = time_once(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    return status;
}
