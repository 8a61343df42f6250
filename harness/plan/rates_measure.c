/* rates_measure.c - the ops of a training step, timed one by one.
 *
 * Each trial runs there and back on a tape as a trainer's does, with about the tokens of a small batch.
 * Weights count as changed before each, as after an update, so that a product's time has in it what it
 * takes to pack them; and an op stands in a chain of some, so that what the way back reads is no longer
 * in the nearest caches, as in a network. Two widths tell apart what grows with the width from what
 * grows with its square. Of an LSTM that part is taken off that other rates explain already.
 */
#include <math.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/plan/rates.h"
#include "models/tensor/op.h"
#include "models/tensor/optim.h"
#include "models/tensor/params.h"

enum {
    TOKENS = 384,
    LENGTH = 24, /* of each sentence */
    SENTENCES = TOKENS / LENGTH,
    FEW_HEADS = 5,
    MANY_HEADS = 20,
    NARROW = 64,
    WIDE = 320,
    LINKS = 4,         /* of a chain */
    UNITS = 192,       /* of the LSTM */
    WEIGHTS = 1 << 21, /* of the optimizer's trial: more than caches hold */
};

static const double dropout = 0.1, span_s = 0.0015;
enum { SPANS = 2 };

/* What a trial works on: inputs and weights, all trained, and a tape. */
typedef struct {
    kd_params *params;
    kd_tape   *tape;
    kd_optim  *optim;
    int32_t    begin[SENTENCES + 1];
    int32_t    row; /* the one that the loss looks at: 0 */
} bench;

typedef kd_tensor *run_op(bench *b, kd_tensor *const *in);

/* ---- ops ---- */

static kd_tensor *run_linear(bench *b, kd_tensor *const *in)
{
    kd_tensor *x = in[0];
    for (int l = 0; l < LINKS; l++)
        x = kd_op_linear(b->tape, x, in[1 + 2 * l], in[2 + 2 * l], KD_IDENTITY);
    return x;
}

static kd_tensor *run_norm(bench *b, kd_tensor *const *in)
{
    kd_tensor *x = in[0];
    for (int l = 0; l < LINKS; l++)
        x = kd_op_layer_norm(b->tape, kd_op_dropout(b->tape, x, dropout), x, in[1 + 2 * l],
                             in[2 + 2 * l], 1e-12);
    return x;
}

static kd_tensor *run_curve(bench *b, kd_tensor *const *in)
{
    kd_tensor *x = in[0];
    for (int l = 0; l < LINKS; l++) x = kd_op_activate(b->tape, x, KD_GELU);
    return x;
}

static kd_rows rows_of(const bench *b)
{
    return (kd_rows){ SENTENCES, b->begin };
}

static kd_tensor *attend(bench *b, kd_tensor *const *in, int heads)
{
    kd_rows *rows = kd_tape_alloc(b->tape, 1, sizeof *rows);
    *rows = rows_of(b);
    return kd_op_attention(b->tape, in[0], in[1], in[2], rows, heads, dropout,
                           (kd_attention_wants){ 0 })
        .context;
}

static kd_tensor *run_few_heads(bench *b, kd_tensor *const *in)
{
    return attend(b, in, FEW_HEADS);
}

static kd_tensor *run_many_heads(bench *b, kd_tensor *const *in)
{
    return attend(b, in, MANY_HEADS);
}

static kd_tensor *run_lstm(bench *b, kd_tensor *const *in)
{
    kd_rows        *rows = kd_tape_alloc(b->tape, 1, sizeof *rows);
    kd_lstm_weights both[2];
    *rows = rows_of(b);
    for (int d = 0; d < 2; d++)
        both[d] = (kd_lstm_weights){ in[1 + 4 * d], in[2 + 4 * d], in[3 + 4 * d], in[4 + 4 * d] };
    return kd_op_lstm(b->tape, in[0], rows, both);
}

/* ---- trials ---- */

enum { INPUTS_MAX = 9 };

/* An op and the shapes of what it takes. */
typedef struct {
    run_op *run;
    int     inputs;
    int     shape[INPUTS_MAX][2];
} trial;

static void add_input(bench *b, int index, const int shape[2])
{
    static const kd_init init = { KD_INIT_CONSTANT, 0.0f };
    char                 name[] = { (char)('a' + index), 0 };
    kd_param            *param;
    kd_error             err;
    kd_status status = kd_params_add(&param, b->params, name, 2, shape, true, init, &err);
    KD_CHECK(status == KD_OK, "rates: %s", err.text);
}

/* Numbers of many sizes between -0.5 and 0.5; a random stream takes longer than some trials. */
static void fill(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) x[i] = (float)(i * 37 % 101) / 101.0f - 0.5f;
}

static void open_bench(bench *b, const trial *t, kd_precision precision)
{
    *b = (bench){ .params = kd_params_create(),
                  .tape = kd_tape_create(&(kd_tape_options){ true, precision, 1 }) };
    for (int i = 0; i <= SENTENCES; i++) b->begin[i] = i * LENGTH;
    for (int i = 0; i < t->inputs; i++) add_input(b, i, t->shape[i]);
    kd_params_allocate(b->params, true);
    if (t->run) fill(kd_params_block(b->params, KD_VALUES), kd_params_span(b->params));
}

static void close_bench(bench *b)
{
    kd_optim_destroy(b->optim);
    kd_tape_destroy(b->tape);
    kd_params_destroy(b->params);
}

/* One row's loss sends a gradient through all of the op. */
static void run_once(bench *b, const trial *t)
{
    kd_tensor *in[INPUTS_MAX];
    kd_pick    first = { 1, &b->row };
    kd_params_touch(b->params);
    for (int i = 0; i < t->inputs; i++) in[i] = &kd_params_at(b->params, i)->value;
    kd_tensor *y = t->run(b, in);
    kd_tape_backward(b->tape, kd_op_mse(b->tape, y, y->x, &first), 1.0f);
    kd_tape_reset(b->tape);
}

static void update_once(bench *b, const trial *t)
{
    kd_error err;
    (void)t;
    kd_optim_step(b->optim, 1.0, NULL, &err); /* of gradients that are 0 */
}

/* The best of some spans: others use the machine too. The first time is for memory and libraries. Where
 * one time is long it is a span, and in a program that was built to be debugged the first time will do. */
static double seconds_of(bench *b, const trial *t, void (*once)(bench *b, const trial *t))
{
    static const double long_s = 0.05;
    double              first_s = kd_clock_thread_s(), best = 0;
    once(b, t);
    first_s = kd_clock_thread_s() - first_s;
    int spans = first_s > long_s ? 0 : first_s > span_s ? 1 : SPANS;
    for (int s = 0; s < spans; s++) {
        double begin_s = kd_clock_thread_s(), took_s;
        int    count = 0;
        do {
            once(b, t);
            count++;
        } while ((took_s = kd_clock_thread_s() - begin_s) < span_s);
        if (s == 0 || took_s / count < best) best = took_s / count;
    }
    return spans == 0 || first_s < best ? first_s : best;
}

/* Seconds for each token. */
static double measure(const trial *t, kd_precision precision)
{
    bench b;
    open_bench(&b, t, precision);
    double seconds = seconds_of(&b, t, run_once);
    close_bench(&b);
    return seconds / TOKENS;
}

static double measure_update(void)
{
    static const trial t = { NULL, 1, { { WEIGHTS / 1024, 1024 } } };
    kd_optim_options   how;
    bench              b;
    open_bench(&b, &t, KD_F32);
    kd_setting_defaults(kd_optim_settings, &how);
    b.optim = kd_optim_create(&how, b.params, 1000000);
    double seconds = seconds_of(&b, &t, update_once);
    close_bench(&b);
    return seconds / WEIGHTS;
}

/* ---- rates ---- */

static double at_least_0(double x)
{
    return fmax(x, 0);
}

/* The shapes of a chain whose links have a weight of so many rows and a vector. */
static trial chain(run_op *run, int width, int rows)
{
    trial t = { .run = run, .inputs = 1 + 2 * LINKS, .shape = { { TOKENS, width } } };
    for (int i = 1; i < t.inputs; i++) {
        t.shape[i][0] = i % 2 ? rows : 1;
        t.shape[i][1] = width;
    }
    return t;
}

static double measure_linear(kd_precision precision, int width)
{
    trial t = chain(run_linear, width, width);
    return measure(&t, precision) / LINKS;
}

/* Two equations: width w takes 2 w^2 product + 2 w passed. Where chance would have it that all is passing,
 * half of the wide one's time is products. */
static void measure_products(kd_precision precision, kd_rates *out)
{
    double narrow = measure_linear(precision, NARROW) / (2.0 * NARROW);
    double wide = measure_linear(precision, WIDE) / (2.0 * WIDE);
    out->product = fmax((wide - narrow) / (WIDE - NARROW), wide / (2 * WIDE));
    out->passed = at_least_0(narrow - NARROW * out->product);
}

static void measure_plain(kd_rates *out)
{
    trial norm = chain(run_norm, WIDE, 1);
    trial curve = { run_curve, 1, { { TOKENS, WIDE } } };
    out->value = measure(&norm, KD_F32) / (2.0 * WIDE * LINKS);
    out->curve = measure(&curve, KD_F32) / (WIDE * LINKS);
    out->update = measure_update();
}

/* Two equations: operations stay as they are with more heads, maps become more. */
static void measure_attention(kd_rates *out)
{
    trial     t = { run_few_heads, 3, { { TOKENS, WIDE }, { TOKENS, WIDE }, { TOKENS, WIDE } } };
    kd_effort few = { 0 }, many = { 0 };
    kd_effort_attention(&few, WIDE, FEW_HEADS, LENGTH);
    kd_effort_attention(&many, WIDE, MANY_HEADS, LENGTH);
    double with_few = measure(&t, KD_F32);
    t.run = run_many_heads;
    out->map = at_least_0(measure(&t, KD_F32) - with_few) / (many.maps - few.maps);
    out->attention = at_least_0(with_few - few.maps * out->map) / few.attention;
}

/* What is left of a token's time when everything else in its effort has had its share. */
static double rest_of(double seconds, const kd_rates *rates, const kd_effort *effort)
{
    return at_least_0(seconds - kd_rates_token(rates, effort));
}

static void measure_recurrent(kd_precision precision, kd_rates *out)
{
    enum { GATES = 4 * UNITS };
    trial     t = { run_lstm,
                    9,
                    { { TOKENS, UNITS },
                      { GATES, UNITS },
                      { GATES, UNITS },
                      { 1, GATES },
                      { 1, GATES },
                      { GATES, UNITS },
                      { GATES, UNITS },
                      { 1, GATES },
                      { 1, GATES } } };
    kd_effort effort = { 0 };
    kd_effort_lstm(&effort, UNITS, UNITS);
    double rest = rest_of(measure(&t, precision), out, &effort) / effort.recurrent;
    out->recurrent = fmax(rest, out->product / 2);
}

void kd_machine_measure(kd_machine *out)
{
    kd_rates common = { 0 };
    measure_plain(&common);
    measure_attention(&common);
    for (kd_precision p = KD_F32; p <= KD_BF16; p++) {
        out->of[p] = kd_gemm_has(p) ? common : out->of[KD_F32];
        if (!kd_gemm_has(p)) continue;
        measure_products(p, &out->of[p]);
        measure_recurrent(p, &out->of[p]);
    }
    out->origin = KD_RATES_MEASURED;
}

void kd_machine_get(kd_machine *out)
{
    kd_machine_get_by(out, kd_machine_measure);
}
