/* step.c - `kdgrid bench step`: training steps of a network of a published shape.
 *
 * Batches are sentences in file order, as long as the file says, of drawn pieces and labels. A
 * step is everything that a trainer does with a batch: forward with dropout, cross-entropy with
 * smoothing, backward, the norm and its clipping, AdamW. Tokens are real ones; there are no others. With
 * --words it is a step of masked words: 15 of 100 pieces are asked for, and the head decodes these or all; with --row
 * the rows are of one length, as those of a text are. With --crf a CRF stands over the tags, and each piece is one of
 * its chain.
 *
 * The share of peak compares the operations of the network's products, forward and twice back, with
 * what the best single product reached in the same run.
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
#include "models/tensor/optim.h"

enum { LABELS = 9, MOST_PIECES = 512 };

typedef struct {
    const char *model, *lengths, *precision;
    const char *words; /* NULL: tags; "asked" or "all": what a head over words decodes */
    int         threads, batch, steps, warmup;
    int         row; /* pieces of each row; 0: as the file says */
    bool        has_crf, as_json;
} step_options;

typedef struct {
    const step_options *options;
    kd_precision        precision;
    kd_bench_lengths    lengths;
    kd_params          *params;
    kd_model           *model;
    kd_tape            *tape;
    kd_optim           *optim;
    kd_rng              rng;
    int32_t            *begin; /* (B+1) of the batch */
    int32_t            *ids, *labels;
    int32_t            *row; /* that are asked for a word */
    kd_pick             asked;
    /* what was found */
    double             *seconds; /* (steps), sorted at last */
    double              total_s;
    double              operations;
    int64_t             tokens;
    double              peak_mib;
    double              peak_rate; /* 1e9 operations a second of the best single product */
} step_bench;

/* ---- batches ---- */

/* The sentences of a step: the next ones of the file, from its start again when too few are left.
 */
static int first_sentence(const step_bench *b, int step)
{
    int places = b->lengths.count - b->options->batch + 1;
    return (int)((int64_t)step * b->options->batch % (places > 1 ? places : 1));
}

static int tokens_of(const step_bench *b, int step)
{
    int at = first_sentence(b, step), n = 0;
    for (int s = 0; s < b->options->batch; s++) n += b->lengths.length[(at + s) % b->lengths.count];
    return n;
}

/* The largest batch of all: it comes first, so that no memory is asked for while others are
 * measured, as in all epochs of a training but the first. */
static int largest_step(const step_bench *b)
{
    int largest = 0;
    for (int i = 1; i < b->options->warmup + b->options->steps; i++)
        if (tokens_of(b, i) > tokens_of(b, largest)) largest = i;
    return largest;
}

/* The pieces of a batch are what is asked; nothing is shown as [MASK], which changes no time. */
static void ask_for_words(step_bench *b, int pieces, kd_batch *batch)
{
    enum { OF_100 = 15 };
    bool is_of_all = strcmp(b->options->words, "all") == 0;
    int  count = 0;
    for (int i = 0; i < pieces; i++) {
        bool is_asked = kd_rng_below(&b->rng, 100) < OF_100 || (i + 1 == pieces && count == 0);
        if (is_of_all) b->labels[i] = is_asked ? b->ids[i] : -1;
        if (!is_asked) continue;
        if (!is_of_all) b->labels[count] = b->ids[i];
        b->row[count++] = i;
    }
    b->asked = (kd_pick){ count, b->row };
    if (!is_of_all) batch->at = &b->asked;
}

static kd_batch draw_batch(step_bench *b, int step)
{
    int at = first_sentence(b, step), n = 0;

    for (int s = 0; s < b->options->batch; s++) {
        b->begin[s] = n;
        n += b->lengths.length[(at + s) % b->lengths.count];
    }
    b->begin[b->options->batch] = n;
    for (int i = 0; i < n; i++) {
        b->ids[i] = (int32_t)kd_rng_below(&b->rng, (uint64_t)kd_model_arch(b->model)->vocab);
        b->labels[i] = (int32_t)kd_rng_below(&b->rng, LABELS);
    }
    kd_batch batch = { .ids = b->ids, .rows = { b->options->batch, b->begin } };
    if (b->options->words) ask_for_words(b, n, &batch);
    return batch;
}

static double operations_per_token(const kd_arch *arch, int length)
{
    kd_effort effort = { 0 };
    kd_arch_kind(arch)->effort(arch, length, &effort);
    return kd_effort_operations(&effort);
}

/* Multiplications and additions of the products of a batch, there and back; of a head over words those that are done. */
static double operations_of(const step_bench *b, const kd_batch *batch)
{
    const kd_arch *arch = kd_model_arch(b->model);
    kd_arch        headless = *arch;
    double         sum = 0.0, decoded = 1.0;

    headless.head = KD_HEAD_NONE;
    if (batch->at) decoded = (double)batch->at->count / kd_rows_total(&batch->rows);
    for (int s = 0; s < batch->rows.count; s++) {
        int    length = batch->rows.begin[s + 1] - batch->rows.begin[s];
        double body = operations_per_token(&headless, length);
        sum += (body + decoded * (operations_per_token(arch, length) - body)) * length;
    }
    return 3.0 * sum;
}

/* ---- steps ---- */

static kd_status run_step(step_bench *b, const kd_batch *batch, int step, kd_error *err)
{
    kd_tape_seed(b->tape, kd_rng_split(&b->rng, "step", (uint64_t)step));
    kd_outputs out = kd_model_apply(b->model, b->tape, batch, NULL);
    kd_tensor *loss =
        out.crf ? kd_crf_loss(out.crf, b->tape, out.logits, &batch->rows, b->labels)
                : kd_op_cross_entropy(b->tape, out.logits, b->labels, b->options->words ? 0 : 0.1);

    kd_tape_backward(b->tape, loss, 1.0f);
    kd_status status = kd_optim_step(b->optim, 1.0, NULL, err);
    kd_tape_reset(b->tape);
    return status;
}

static kd_status run_steps(step_bench *b, kd_error *err)
{
    kd_status status = KD_OK;

    for (int i = 0; i < b->options->warmup + b->options->steps && status == KD_OK; i++) {
        kd_batch batch = draw_batch(b, i == 0 && b->options->warmup > 0 ? largest_step(b) : i);
        double   begin_s = kd_clock_s();

        status = run_step(b, &batch, i, err);
        if (i < b->options->warmup) continue;
        double took_s = kd_clock_s() - begin_s;
        b->seconds[i - b->options->warmup] = took_s;
        b->total_s += took_s;
        b->tokens += kd_rows_total(&batch.rows);
        b->operations += operations_of(b, &batch);
    }
    return status;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static kd_status make_model(step_bench *b, kd_error *err)
{
    kd_arch          arch;
    kd_optim_options how;
    kd_status        status = kd_bench_arch(&arch, b->options->model, err);

    if (status == KD_OK) status = kd_gemm_require(b->precision, err);
    if (status == KD_OK && b->options->words) arch.head = KD_HEAD_MLM;
    if (status == KD_OK) arch.crf = b->options->has_crf;
    if (status == KD_OK) status = kd_model_create(&b->model, b->params, &arch, err);
    if (status != KD_OK) return status;
    kd_params_allocate(b->params, true);
    kd_params_init(b->params, &b->rng);
    b->tape = kd_tape_create(&(kd_tape_options){ true, b->precision, b->options->threads });
    kd_setting_defaults(kd_optim_settings, &how);
    b->optim = kd_optim_create(&how, b->params, b->options->warmup + b->options->steps);
    return KD_OK;
}

static kd_status settle_lengths(step_bench *b, kd_error *err)
{
    if (b->options->row == 0) return kd_bench_lengths_read(&b->lengths, b->options->lengths, err);
    b->lengths.length = kd_alloc(1, sizeof *b->lengths.length);
    b->lengths.length[0] = b->options->row;
    b->lengths.count = 1;
    return KD_OK;
}

static kd_status measure(step_bench *b, kd_error *err)
{
    size_t longest = 0;

    for (int i = 0; i < b->lengths.count; i++)
        if ((size_t)b->lengths.length[i] > longest) longest = (size_t)b->lengths.length[i];
    b->begin = kd_alloc((size_t)b->options->batch + 1, sizeof *b->begin);
    b->ids = kd_alloc((size_t)b->options->batch * longest, sizeof *b->ids);
    b->labels = kd_alloc((size_t)b->options->batch * longest, sizeof *b->labels);
    b->row = kd_alloc((size_t)b->options->batch * longest, sizeof *b->row);
    b->seconds = kd_alloc((size_t)b->options->steps, sizeof *b->seconds);
    kd_status status = run_steps(b, err);
    qsort(b->seconds, (size_t)b->options->steps, sizeof *b->seconds, by_value);
    b->peak_mib = kd_bench_peak_mib(); /* of the steps alone */
    b->peak_rate = kd_bench_peak_rate(b->precision);
    return status;
}

/* ---- what it says ---- */

static double rate_of(const step_bench *b)
{
    return 1e-9 * b->operations / b->total_s;
}

static void print_text(const step_bench *b, kd_str *out)
{
    const step_options *o = b->options;

    kd_str_addf(out, "%s, %s, batch %d, %d threads: %.0f tokens/s, %.1f ms a step (median of %d); ",
                o->model, o->precision, o->batch, o->threads, (double)b->tokens / b->total_s,
                1e3 * b->seconds[o->steps / 2], o->steps);
    kd_str_addf(out, "%.1f of %.1f GFLOP/s, %.1f %% of peak; %.0f MiB at most\n", rate_of(b),
                b->peak_rate, 100.0 * rate_of(b) / b->peak_rate, b->peak_mib);
}

static void print_json(const step_bench *b, kd_str *out)
{
    const step_options *o = b->options;
    kd_json_writer      w;

    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "bench", "step");
    kd_json_put_text(&w, "model", o->model);
    kd_json_put_text(&w, "precision", o->precision);
    kd_json_put_int(&w, "batch", o->batch);
    kd_json_put_int(&w, "threads", o->threads);
    kd_json_put_int(&w, "steps", o->steps);
    kd_json_put_int(&w, "tokens", b->tokens);
    kd_bench_write_real(&w, "ms_per_step_median", 1e3 * b->seconds[o->steps / 2]);
    kd_bench_write_real(&w, "tokens_per_s", (double)b->tokens / b->total_s);
    kd_bench_write_real(&w, "gflops_per_s", rate_of(b));
    kd_bench_write_real(&w, "peak_gflops_per_s", b->peak_rate);
    kd_bench_write_real(&w, "share_of_peak", rate_of(b) / b->peak_rate);
    kd_bench_write_real(&w, "peak_mib", b->peak_mib);
    kd_json_put_int(&w, "parameters", (int64_t)kd_params_total(b->params));
    kd_json_put_text(&w, "libraries", kd_gemm_backend_words());
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* ---- the verb ---- */

static kd_status run(const step_options *options, kd_error *err)
{
    step_bench b = { .options = options, .params = kd_params_create(), .rng = kd_rng_root(1) };
    kd_str     out = KD_STR_INIT;
    kd_status  status = KD_OK;

    if (!kd_precision_parse(options->precision, &b.precision) || b.precision == KD_INT8)
        status = kd_fail(err, KD_EUSAGE, "bench step: --precision is f32 or bf16, not %s",
                         options->precision);
    if (status == KD_OK) status = settle_lengths(&b, err);
    if (status == KD_OK) status = make_model(&b, err);
    if (status == KD_OK) status = measure(&b, err);
    if (status == KD_OK) {
        (options->as_json ? print_json : print_text)(&b, &out);
        fputs(out.text, stdout);
    }
    kd_str_fini(&out);
    kd_optim_destroy(b.optim);
    kd_tape_destroy(b.tape);
    kd_model_destroy(b.model);
    kd_params_destroy(b.params);
    kd_bench_lengths_fini(&b.lengths);
    free(b.begin);
    free(b.ids);
    free(b.labels);
    free(b.row);
    free(b.seconds);
    return status;
}

kd_status kd_bench_step(int argc, char **argv, kd_error *err)
{
    step_options o = { .model = kd_shapes[KD_SHAPE_BILSTM].word,
                       .precision = "f32",
                       .threads = 1,
                       .batch = 32,
                       .steps = 20,
                       .warmup = 2 };
    const kd_arg table[] = {
        { 0, "model", KD_ARG_TEXT, &o.model, "NAME", KD_BENCH_MODELS " (the first)" },
        { 0, "lengths", KD_ARG_TEXT, &o.lengths, "FILE", "pieces of a sentence, one count a line" },
        { 0, "precision", KD_ARG_TEXT, &o.precision, "P", "of products: f32 or bf16 (f32)",
          "f32 bf16" },
        { 0, "words", KD_ARG_TEXT, &o.words, "ROWS",
          "masked words, decoded at the asked rows or at all", "asked all" },
        { 0, "row", KD_ARG_INT, &o.row, "N", "rows of N pieces each, in place of --lengths" },
        { 0, "crf", KD_ARG_FLAG, &o.has_crf, NULL, "a CRF over the tags" },
        { 0, "threads", KD_ARG_INT, &o.threads, "N", "of the step (1)" },
        { 0, "batch", KD_ARG_INT, &o.batch, "B", "sentences of a step (32)" },
        { 0, "steps", KD_ARG_INT, &o.steps, "N", "that are measured (20)" },
        { 0, "warmup", KD_ARG_INT, &o.warmup, "N", "steps before that are not (2)" },
        KD_ARG_JSON(o.as_json),
        KD_ARG_END
    };
    kd_args args = {
        "bench step", "--lengths FILE|--row N [--model NAME] [--precision P]",
        "Tokens a second of training steps of a network of a published shape, and what part "
        "of the\nbest single product's speed they reach.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (!o.lengths == (o.row == 0))
        return kd_fail(err, KD_EUSAGE, "bench step: one of --lengths FILE and --row N is needed");
    if (o.row < 0 || o.row > MOST_PIECES)
        return kd_fail(err, KD_EUSAGE, "bench step: --row is 1 to %d", MOST_PIECES);
    if (o.words && o.has_crf)
        return kd_fail(err, KD_EUSAGE, "bench step: --crf is of tags, not of words");
    if (o.words && !kd_list_has("asked all", o.words))
        return kd_fail(err, KD_EUSAGE, "bench step: --words is asked or all, not %s", o.words);
    if (o.threads < 1 || o.batch < 1 || o.steps < 1 || o.warmup < 0)
        return kd_fail(err, KD_EUSAGE, "bench step: threads, batch and steps are 1 or more");
    return run(&o, err);
}
