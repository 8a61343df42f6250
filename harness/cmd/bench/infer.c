/* infer.c - `kdgrid bench infer`: one sentence after another through a network.
 *
 * What somebody waits for who tags as text comes in: batches of one sentence, weights packed
 * before the first one, no memory asked for after the warm-up. Every length that will be measured
 * is seen once before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/program.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/work.h"

typedef struct {
    const char *model, *lengths, *precision;
    int         threads, steps;
    bool        as_json;
} infer_options;

typedef struct {
    const infer_options *options;
    kd_precision         precision;
    kd_bench_lengths     lengths;
    kd_params           *params;
    kd_model            *model;
    kd_tape             *tape;
    kd_rng               rng;
    int32_t             *ids; /* of the longest sentence */
    double              *ms;  /* (steps), sorted at last */
    double               total_ms;
    int64_t              tokens;
} infer_bench;

/* The other side warms up with the first 10 sentences. */
enum { FIRST = 10 };

static int length_of(const infer_bench *b, int step)
{
    return b->lengths.length[(FIRST + step) % b->lengths.count];
}

static double run_sentence(infer_bench *b, int length)
{
    int32_t  begin[] = { 0, length };
    kd_batch batch = { .ids = b->ids, .rows = { 1, begin } };

    for (int i = 0; i < length; i++)
        b->ids[i] = (int32_t)kd_rng_below(&b->rng, (uint64_t)kd_model_arch(b->model)->vocab);
    double begin_s = kd_clock_s();
    kd_model_apply(b->model, b->tape, &batch, NULL);
    kd_tape_reset(b->tape);
    return 1e3 * (kd_clock_s() - begin_s);
}

static void warm_up(infer_bench *b, int longest)
{
    bool *seen = kd_alloc((size_t)longest + 1, sizeof *seen);

    for (int i = 0; i < b->options->steps; i++) {
        int length = length_of(b, i);
        if (!seen[length]) run_sentence(b, length);
        seen[length] = true;
    }
    free(seen);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(infer_bench *b)
{
    for (int i = 0; i < b->options->steps; i++) {
        b->ms[i] = run_sentence(b, length_of(b, i));
        b->total_ms += b->ms[i];
        b->tokens += length_of(b, i);
    }
    qsort(b->ms, (size_t)b->options->steps, sizeof *b->ms, by_value);
}

static kd_status make_model(infer_bench *b, kd_error *err)
{
    kd_arch   arch;
    kd_status status = kd_bench_arch(&arch, b->options->model, err);

    if (status == KD_OK) status = kd_gemm_require(b->precision, err);
    if (status == KD_OK) status = kd_model_create(&b->model, b->params, &arch, err);
    if (status != KD_OK) return status;
    kd_params_allocate(b->params, false);
    kd_params_init(b->params, &b->rng);
    kd_params_seal(b->params, b->precision);
    b->tape = kd_tape_create(
        &(kd_tape_options){ .precision = b->precision, .threads = b->options->threads });
    return KD_OK;
}

static void run_all(infer_bench *b)
{
    int longest = 0;

    for (int i = 0; i < b->lengths.count; i++)
        if (b->lengths.length[i] > longest) longest = b->lengths.length[i];
    b->ids = kd_alloc((size_t)longest, sizeof *b->ids);
    b->ms = kd_alloc((size_t)b->options->steps, sizeof *b->ms);
    warm_up(b, longest);
    measure(b);
}

/* ---- what it says ---- */

/* The smallest time that so many of a hundred sentences stayed within. */
static double percentile(const infer_bench *b, int percent)
{
    return b->ms[((int64_t)b->options->steps * percent + 99) / 100 - 1];
}

static void print_text(const infer_bench *b, kd_str *out)
{
    kd_str_addf(out, "%s, %s, %d threads: %.3f ms median, %.3f p95, %.3f mean of %d sentences; ",
                b->options->model, b->options->precision, b->options->threads, percentile(b, 50),
                percentile(b, 95), b->total_ms / b->options->steps, b->options->steps);
    kd_str_addf(out, "%.0f tokens/s; %.0f MiB at most\n", 1e3 * (double)b->tokens / b->total_ms,
                kd_bench_peak_mib());
}

static void print_json(const infer_bench *b, kd_str *out)
{
    kd_json_writer w;

    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "bench", "infer");
    kd_json_put_text(&w, "model", b->options->model);
    kd_json_put_text(&w, "precision", b->options->precision);
    kd_json_put_int(&w, "batch", 1);
    kd_json_put_int(&w, "threads", b->options->threads);
    kd_json_put_int(&w, "steps", b->options->steps);
    kd_json_put_int(&w, "tokens", b->tokens);
    kd_bench_write_real(&w, "ms_per_step_median", percentile(b, 50));
    kd_bench_write_real(&w, "ms_per_step_p95", percentile(b, 95));
    kd_bench_write_real(&w, "ms_per_step_mean", b->total_ms / b->options->steps);
    kd_bench_write_real(&w, "tokens_per_s", 1e3 * (double)b->tokens / b->total_ms);
    kd_bench_write_real(&w, "peak_mib", kd_bench_peak_mib());
    kd_json_put_int(&w, "parameters", (int64_t)kd_params_total(b->params));
    kd_json_put_text(&w, "libraries", kd_gemm_backend_words());
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* ---- the verb ---- */

static kd_status run(const infer_options *options, kd_error *err)
{
    infer_bench b = { .options = options, .params = kd_params_create(), .rng = kd_rng_root(1) };
    kd_str      out = KD_STR_INIT;
    kd_status   status = KD_OK;

    if (!kd_precision_parse(options->precision, &b.precision))
        status = kd_fail(err, KD_EUSAGE, "bench infer: --precision is f32, bf16 or int8, not %s",
                         options->precision);
    if (status == KD_OK) status = kd_bench_lengths_read(&b.lengths, options->lengths, err);
    if (status == KD_OK) status = make_model(&b, err);
    if (status == KD_OK) {
        run_all(&b);
        (options->as_json ? print_json : print_text)(&b, &out);
        fputs(out.text, stdout);
    }
    kd_str_fini(&out);
    kd_tape_destroy(b.tape);
    kd_model_destroy(b.model);
    kd_params_destroy(b.params);
    kd_bench_lengths_fini(&b.lengths);
    free(b.ids);
    free(b.ms);
    return status;
}

kd_status kd_bench_infer(int argc, char **argv, kd_error *err)
{
    infer_options o = {
        .model = kd_shapes[KD_SHAPE_BILSTM].word, .precision = "f32", .threads = 1, .steps = 200
    };
    const kd_arg table[] = {
        { 0, "model", KD_ARG_TEXT, &o.model, "NAME", KD_BENCH_MODELS " (the first)" },
        { 0, "lengths", KD_ARG_TEXT, &o.lengths, "FILE", "pieces of a sentence, one count a line" },
        { 0, "precision", KD_ARG_TEXT, &o.precision, "P", "of products: f32, bf16 or int8 (f32)",
          "f32 bf16 int8" },
        { 0, "threads", KD_ARG_INT, &o.threads, "N", "of a product (1)" },
        { 0, "steps", KD_ARG_INT, &o.steps, "N", "sentences that are measured (200)" },
        KD_ARG_JSON(o.as_json),
        KD_ARG_END
    };
    kd_args   args = { "bench infer", "--lengths FILE [--model NAME] [--precision P]",
                       "The time that one sentence takes through a network of a published shape "
                         "with drawn\nweights, and the memory of all.",
                       table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (!o.lengths) return kd_fail(err, KD_EUSAGE, "bench infer: --lengths FILE is missing");
    if (o.threads < 1 || o.steps < 1)
        return kd_fail(err, KD_EUSAGE, "bench infer: threads and steps are 1 or more");
    return run(&o, err);
}
