/* gemm.c - `kdgrid bench gemm`: what products reach here, in 1e9 operations a second.
 *
 * The shapes are those of the students' and teachers' layers: many rows for a batch of sentences,
 * 35 and 1 for short sentences and a recurrence. `plain` is kd_gemm in f32, the others are packed
 * weights, `gradient` a weight's gradient: a sum over the rows. Each figure is the best of some
 * spans of time, because others use the machine too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/program.h"
#include "harness/base/rng.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/work.h"

typedef struct {
    int  threads, repeats;
    bool as_json;
} gemm_options;

typedef struct {
    int    m, n, k;
    float *x, *w, *y;
} shape;

/* What is measured of a shape: y = x W^T plain, with packed weights, and dW = dy^T x. */
typedef enum { PLAIN, PACKED, GRADIENT } way;

static const struct {
    const char  *name;
    way          how;
    kd_precision precision;
} columns[] = {
    { "plain", PLAIN, KD_F32 },           { "f32", PACKED, KD_F32 },
    { "bf16", PACKED, KD_BF16 },          { "int8", PACKED, KD_INT8 },
    { "gradient_f32", GRADIENT, KD_F32 }, { "gradient_bf16", GRADIENT, KD_BF16 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const int sizes[][3] = { { 1320, 768, 768 },  { 1320, 3072, 768 }, { 1320, 768, 3072 },
                                { 1320, 312, 312 },  { 1320, 1200, 312 }, { 1320, 1200, 300 },
                                { 1320, 300, 1200 }, { 35, 768, 768 },    { 35, 3072, 768 },
                                { 32, 1200, 300 },   { 8, 1200, 300 },    { 1, 1200, 300 } };
enum { SIZES = sizeof sizes / sizeof *sizes };

static float *make_floats(size_t count)
{
    float *x = kd_alloc(count, sizeof *x);
    kd_rng rng = kd_rng_root(count);

    for (size_t i = 0; i < count; i++) x[i] = (float)kd_rng_normal(&rng);
    return x;
}

static shape make_shape(const int size[3])
{
    shape s = { .m = size[0], .n = size[1], .k = size[2] };

    s.x = make_floats((size_t)s.m * (size_t)s.k);
    s.w = make_floats((size_t)s.n * (size_t)s.k);
    s.y = make_floats((size_t)s.m * (size_t)s.n);
    return s;
}

static void drop_shape(shape *s)
{
    free(s->x);
    free(s->w);
    free(s->y);
}

static void multiply(const shape *s, way how, kd_precision precision, kd_packed *packed)
{
    if (how == PLAIN)
        kd_gemm(precision, false, true, s->m, s->n, s->k, 1.0f, s->x, s->k, s->w, s->k, 0.0f, s->y,
                s->n);
    else if (how == PACKED)
        kd_packed_apply(packed, s->m, s->x, s->k, NULL, 0.0f, s->y, s->n);
    else
        kd_gemm(precision, true, false, s->n, s->k, s->m, 1.0f, s->y, s->n, s->x, s->k, 0.0f, s->w,
                s->k);
}

static double measure(const shape *s, way how, kd_precision precision, int repeats)
{
    static const double span_s = 0.03;
    kd_packed          *packed = how == PACKED ? kd_packed_create(s->n, s->k, precision) : NULL;
    double              best = 0.0;

    if (packed) kd_packed_set(packed, s->w, 1);
    multiply(s, how, precision, packed);
    for (int r = 0; r < repeats; r++) {
        double begin_s = kd_clock_s(), took_s;
        int    count = 0;
        do {
            multiply(s, how, precision, packed);
            count++;
        } while ((took_s = kd_clock_s() - begin_s) < span_s);
        double rate = 2e-9 * s->m * s->n * s->k * count / took_s;
        if (rate > best) best = rate;
    }
    kd_packed_destroy(packed);
    return best;
}

double kd_bench_peak_rate(kd_precision precision)
{
    enum { REPEATS = 3 };
    double best = 0.0;

    for (int i = 0; i < SIZES && sizes[i][0] > 1000; i++) {
        shape s = make_shape(sizes[i]);
        for (way how = PLAIN; how <= GRADIENT; how++) {
            double rate = measure(&s, how, precision, REPEATS);
            if (rate > best) best = rate;
        }
        drop_shape(&s);
    }
    return best;
}

/* ---- the verb ---- */

static void measure_all(double rates[SIZES][COLUMNS], int repeats)
{
    for (int i = 0; i < SIZES; i++) {
        shape s = make_shape(sizes[i]);
        for (int c = 0; c < COLUMNS; c++)
            if (kd_gemm_has(columns[c].precision))
                rates[i][c] = measure(&s, columns[c].how, columns[c].precision, repeats);
        drop_shape(&s);
    }
}

static void print_rates(double rates[SIZES][COLUMNS], kd_str *out)
{
    kd_str_addf(out, "%s; threads: %d; 1e9 operations/s\n%5s %5s %5s", kd_gemm_backend_words(),
                kd_gemm_threads(), "M", "N", "K");
    for (int c = 0; c < COLUMNS; c++)
        if (kd_gemm_has(columns[c].precision)) kd_str_addf(out, " %13s", columns[c].name);
    for (int i = 0; i < SIZES; i++) {
        kd_str_addf(out, "\n%5d %5d %5d", sizes[i][0], sizes[i][1], sizes[i][2]);
        for (int c = 0; c < COLUMNS; c++)
            if (kd_gemm_has(columns[c].precision)) kd_str_addf(out, " %13.1f", rates[i][c]);
    }
    kd_str_add_char(out, '\n');
}

static void write_shape(kd_json_writer *w, const int size[3], const double rates[COLUMNS])
{
    static const char *const letters[] = { "m", "n", "k" };

    kd_json_begin(w, '{');
    for (int i = 0; i < 3; i++) {
        kd_json_put_int(w, letters[i], size[i]);
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (!kd_gemm_has(columns[c].precision)) continue;
        kd_json_key(w, columns[c].name);
        kd_json_real_digits(w, rates[c], 5);
    }
    kd_json_end(w, '}');
}

static void write_rates(double rates[SIZES][COLUMNS], kd_str *out)
{
    kd_json_writer w;

    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "bench", "gemm");
    kd_json_put_text(&w, "cpu", kd_program_cpu());
    kd_json_put_text(&w, "libraries", kd_gemm_backend_words());
    kd_json_put_int(&w, "threads", kd_gemm_threads());
    kd_json_key(&w, "gops_per_s");
    kd_json_begin(&w, '[');
    for (int i = 0; i < SIZES; i++) write_shape(&w, sizes[i], rates[i]);
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

kd_status kd_bench_gemm(int argc, char **argv, kd_error *err)
{
    gemm_options o = { .threads = 1, .repeats = 5 };
    const kd_arg table[] = { { 0, "threads", KD_ARG_INT, &o.threads, "N", "of a product (1)" },
                             { 0, "repeats", KD_ARG_INT, &o.repeats, "N",
                               "the best of so many spans of time counts (5)" },
                             KD_ARG_JSON(o.as_json),
                             KD_ARG_END };
    kd_args      args = {
             "bench gemm", "[--threads N]",
             "Operations a second of matrix products, in the shapes of the networks' layers.", table
    };
    double    rates[SIZES][COLUMNS] = { { 0 } };
    kd_str    out = KD_STR_INIT;
    kd_status status = kd_args_parse(&args, argc, argv, err);

    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK) return status;
    if (o.threads < 1 || o.repeats < 1)
        return kd_fail(err, KD_EUSAGE, "bench gemm: threads and repeats are 1 or more");
    kd_gemm_set_threads(o.threads);
    measure_all(rates, o.repeats);
    (o.as_json ? write_rates : print_rates)(rates, &out);
    fputs(out.text, stdout);
    kd_str_fini(&out);
    return KD_OK;
}
