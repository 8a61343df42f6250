/* infer.c - `kdgrid bench infer`: sentences through a network, one after another or in batches.
 *
 * One at a time is what somebody waits for who tags as text comes in: file order, weights packed
 * before the first one, no memory asked for after the warm-up. Every length that will be measured
 * is seen once before. Batches are of neighbours by length, taken from all over the file. They are computed as `predict`
 * does it: a few sentences at a time, whose states stay in the caches, by threads that share no product.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/program.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/work.h"
#include "harness/objects/model.h"
#include "models/tensor/parallel.h"

typedef struct {
    const char *model, *lengths, *precision;
    int         threads, steps, batch;
    bool        as_json;
} infer_options;

typedef struct {
    const infer_options *options;
    kd_precision         precision;
    kd_bench_lengths     lengths;
    kd_loaded_model      network;
    kd_tape            **tapes; /* (spans) */
    int                  parts; /* of a batch */
    int                  spans; /* of parts, which threads compute side by side */
    kd_rng               rng;
    int32_t             *ids;   /* of the largest batch */
    int32_t             *begin; /* (batch + parts) of each part's sentences, and its pieces */
    double              *ms;    /* (steps), sorted at last */
    double               total_ms;
    int64_t              tokens;
} infer_bench;

/* The other side warms up with the first 10 steps. Batches lie far apart, a prime number of them. */
enum { FIRST = 10, APART = 7919, SENTENCES = 8 /* of a part */ };

/* Lengths of the sentences of a step. */
static const int *lengths_of(const infer_bench *b, int step)
{
    int64_t steps = b->lengths.count / b->options->batch, at = FIRST + step;

    if (b->options->batch > 1) at *= APART;
    return b->lengths.length + at % steps * b->options->batch;
}

/* Where a part of a batch begins among its sentences. */
static int part_begin(const infer_bench *b, int part)
{
    return b->options->batch * part / b->parts;
}

/* Returns the pieces of all. */
static int lay_out(infer_bench *b, const int *length)
{
    int pieces = 0;

    for (int p = 0; p < b->parts; p++) {
        int32_t *begin = b->begin + part_begin(b, p) + p;
        begin[0] = 0;
        for (int i = part_begin(b, p); i < part_begin(b, p + 1); i++, begin++) {
            begin[1] = begin[0] + length[i];
            pieces += length[i];
        }
    }
    return pieces;
}

static void run_spans(void *user, int begin, int end)
{
    infer_bench *b = user;
    int          last = b->parts * end / b->spans;
    int32_t     *ids = b->ids;

    for (int p = 0, pieces; p < last; p++, ids += pieces) {
        const int32_t *rows = b->begin + part_begin(b, p) + p;
        int            count = part_begin(b, p + 1) - part_begin(b, p);
        kd_batch       batch = { .ids = ids, .rows = { count, rows } };

        pieces = rows[count];
        if (p < b->parts * begin / b->spans) continue;
        kd_model_apply(b->network.model, b->tapes[begin], &batch, NULL);
        kd_tape_reset(b->tapes[begin]);
    }
}

/* Returns the milliseconds that it took. */
static double run_step(infer_bench *b, const int *length)
{
    int      pieces = lay_out(b, length);
    uint64_t vocab = (uint64_t)kd_model_arch(b->network.model)->vocab;

    for (int i = 0; i < pieces; i++) b->ids[i] = (int32_t)kd_rng_below(&b->rng, vocab);
    double begin_s = kd_clock_s();
    kd_parallel(b->spans, b->spans, 1, run_spans, b);
    b->tokens += pieces;
    return 1e3 * (kd_clock_s() - begin_s);
}

static void warm_up(infer_bench *b, int longest)
{
    bool *seen = kd_alloc((size_t)longest + 1, sizeof *seen);

    for (int i = 0; i < b->options->steps && (b->options->batch == 1 || i < FIRST); i++) {
        const int *length = lengths_of(b, i);
        if (b->options->batch > 1 || !seen[*length]) run_step(b, length);
        seen[*length] = true;
    }
    free(seen);
}

static int by_length(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(infer_bench *b)
{
    b->tokens = 0;
    for (int i = 0; i < b->options->steps; i++) {
        b->ms[i] = run_step(b, lengths_of(b, i));
        b->total_ms += b->ms[i];
    }
    qsort(b->ms, (size_t)b->options->steps, sizeof *b->ms, by_value);
}

/* Of a published shape with drawn weights. */
static kd_status make_model(infer_bench *b, kd_error *err)
{
    kd_arch   arch;
    kd_status status = kd_bench_arch(&arch, b->options->model, err);

    if (status != KD_OK) return status;
    b->network.params = kd_params_create();
    status = kd_model_create(&b->network.model, b->network.params, &arch, err);
    if (status != KD_OK) return status;
    kd_params_allocate(b->network.params, false);
    kd_params_init(b->network.params, &b->rng);
    return KD_OK;
}

/* What is alone is shared inside its products. */
static void make_tapes(infer_bench *b)
{
    int threads = b->options->threads;

    b->parts = (b->options->batch + SENTENCES - 1) / SENTENCES;
    b->spans = threads < b->parts ? threads : b->parts;
    b->tapes = kd_alloc((size_t)b->spans, sizeof *b->tapes);
    for (int i = 0; i < b->spans; i++)
        b->tapes[i] = kd_tape_create(
            &(kd_tape_options){ .precision = b->precision, .threads = b->spans > 1 ? 1 : threads });
}

static kd_status open_model(infer_bench *b, kd_error *err)
{
    const char *name = b->options->model;
    bool        is_path = strpbrk(name, "./"); /* which no shape's name has */
    kd_status   status = kd_gemm_require(b->precision, err);

    if (status == KD_OK)
        status = is_path ? kd_loaded_model_open(&b->network, name, err) : make_model(b, err);
    if (status != KD_OK) return status;
    kd_params_seal(b->network.params, b->precision);
    make_tapes(b);
    return KD_OK;
}

/* All sentences fit, and there are enough of them. */
static kd_status check_lengths(const infer_bench *b, int longest, kd_error *err)
{
    int most = kd_arch_longest(kd_model_arch(b->network.model));

    if (longest > most)
        return kd_fail(err, KD_EDATA, "%s: a sentence of %d pieces, the network takes %d",
                       b->options->lengths, longest, most);
    if (b->lengths.count < b->options->batch)
        return kd_fail(err, KD_EDATA, "%s: %d lengths, a batch is %d", b->options->lengths,
                       b->lengths.count, b->options->batch);
    return KD_OK;
}

static kd_status run_all(infer_bench *b, kd_error *err)
{
    int longest = 0, batch = b->options->batch;

    for (int i = 0; i < b->lengths.count; i++)
        if (b->lengths.length[i] > longest) longest = b->lengths.length[i];
    kd_status status = check_lengths(b, longest, err);
    if (status != KD_OK) return status;
    if (batch > 1)
        qsort(b->lengths.length, (size_t)b->lengths.count, sizeof *b->lengths.length, by_length);
    b->ids = kd_alloc((size_t)longest * (size_t)batch, sizeof *b->ids);
    b->begin = kd_alloc((size_t)batch + (size_t)b->parts, sizeof *b->begin);
    b->ms = kd_alloc((size_t)b->options->steps, sizeof *b->ms);
    warm_up(b, longest);
    measure(b);
    return KD_OK;
}

/* ---- what it says ---- */

/* The smallest time that so many of a hundred sentences stayed within. */
static double percentile(const infer_bench *b, int percent)
{
    return b->ms[((int64_t)b->options->steps * percent + 99) / 100 - 1];
}

static double sentences_per_s(const infer_bench *b)
{
    return 1e3 * (double)b->options->steps * b->options->batch / b->total_ms;
}

static void print_text(const infer_bench *b, kd_str *out)
{
    kd_str_addf(out, "%s, %s, %d threads: %.3f ms median, %.3f p95, %.3f mean of %d ",
                b->options->model, b->options->precision, b->options->threads, percentile(b, 50),
                percentile(b, 95), b->total_ms / b->options->steps, b->options->steps);
    if (b->options->batch > 1)
        kd_str_addf(out, "batches of %d sentences; ", b->options->batch);
    else
        kd_str_add(out, "sentences; ");
    kd_str_addf(out, "%.0f sentences/s, %.0f tokens/s; %.0f MiB at most\n", sentences_per_s(b),
                1e3 * (double)b->tokens / b->total_ms, kd_bench_peak_mib());
}

static void print_json(const infer_bench *b, kd_str *out)
{
    kd_json_writer w;

    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "bench", "infer");
    kd_json_put_text(&w, "model", b->options->model);
    kd_json_put_text(&w, "precision", b->options->precision);
    kd_json_put_int(&w, "batch", b->options->batch);
    kd_json_put_int(&w, "threads", b->options->threads);
    kd_json_put_int(&w, "steps", b->options->steps);
    kd_json_put_int(&w, "tokens", b->tokens);
    kd_bench_write_real(&w, "ms_per_step_median", percentile(b, 50));
    kd_bench_write_real(&w, "ms_per_step_p95", percentile(b, 95));
    kd_bench_write_real(&w, "ms_per_step_mean", b->total_ms / b->options->steps);
    kd_bench_write_real(&w, "sentences_per_s", sentences_per_s(b));
    kd_bench_write_real(&w, "tokens_per_s", 1e3 * (double)b->tokens / b->total_ms);
    kd_bench_write_real(&w, "peak_mib", kd_bench_peak_mib());
    kd_json_put_int(&w, "parameters", (int64_t)kd_params_total(b->network.params));
    kd_json_put_text(&w, "libraries", kd_gemm_backend_words());
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* ---- the verb ---- */

static kd_status run(const infer_options *options, kd_error *err)
{
    infer_bench b = { .options = options, .rng = kd_rng_root(1) };
    kd_str      out = KD_STR_INIT;
    kd_status   status = KD_OK;

    if (!kd_precision_parse(options->precision, &b.precision))
        status = kd_fail(err, KD_EUSAGE, "bench infer: --precision is f32, bf16 or int8, not %s",
                         options->precision);
    if (status == KD_OK) status = kd_bench_lengths_read(&b.lengths, options->lengths, err);
    if (status == KD_OK) status = open_model(&b, err);
    if (status == KD_OK) status = run_all(&b, err);
    if (status == KD_OK) {
        (options->as_json ? print_json : print_text)(&b, &out);
        fputs(out.text, stdout);
    }
    kd_str_fini(&out);
    for (int i = 0; b.tapes && i < b.spans; i++) kd_tape_destroy(b.tapes[i]);
    free(b.tapes);
    kd_loaded_model_fini(&b.network);
    kd_bench_lengths_fini(&b.lengths);
    free(b.ids);
    free(b.begin);
    free(b.ms);
    return status;
}

kd_status kd_bench_infer(int argc, char **argv, kd_error *err)
{
    infer_options o = { .model = kd_shapes[KD_SHAPE_BILSTM].word,
                        .precision = "f32",
                        .threads = 1,
                        .steps = 200,
                        .batch = 1 };
    const kd_arg  table[] = {
         { 0, "model", KD_ARG_TEXT, &o.model, "NAME",
           KD_BENCH_MODELS " (the first), or the file of a network" },
         { 0, "lengths", KD_ARG_TEXT, &o.lengths, "FILE", "pieces of a sentence, one count a line" },
         { 0, "precision", KD_ARG_TEXT, &o.precision, "P", "of products: f32, bf16 or int8 (f32)",
           "f32 bf16 int8" },
         { 0, "threads", KD_ARG_INT, &o.threads, "N", "of a product, or of a batch (1)" },
         { 0, "steps", KD_ARG_INT, &o.steps, "N", "sentences, or batches, that are measured (200)" },
         { 0, "batch", KD_ARG_INT, &o.batch, "N", "sentences at a time, of about one length (1)" },
         KD_ARG_JSON(o.as_json),
         KD_ARG_END
    };
    kd_args args = {
        "bench infer", "--lengths FILE [--model NAME] [--precision P]",
        "The time that one sentence, or a batch, takes through a trained network or one of a "
        "published\nshape with drawn weights, and the memory of all.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (!o.lengths) return kd_fail(err, KD_EUSAGE, "bench infer: --lengths FILE is missing");
    if (o.threads < 1 || o.steps < 1 || o.batch < 1)
        return kd_fail(err, KD_EUSAGE, "bench infer: threads, steps and batch are 1 or more");
    return run(&o, err);
}
