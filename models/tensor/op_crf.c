/* op_crf.c - a linear-chain CRF: likelihood of tags, marginals, and the best tags.
 *
 * Along a chain of rows t = 1 .. T, with a_t and b_t over the K tags,
 *
 *     a_1 = start + x_1     a_t = x_t + log sum_i e^(a_t-1,i + T_i.)          what leads to a tag
 *     b_T = end             b_t = log sum_j e^(T_.j + x_t+1,j + b_t+1,j)      what can follow it
 *
 *     log Z = log sum e^(a_T + end)     loss = log Z - score(labels)
 *     log p_t = a_t + b_t - log Z       (Rabiner 1989, Lafferty et al. 2001)
 *
 * Both losses walk their own recursions back: of log Z by a_t, that is the marginal of row t, so
 * the likelihood needs no b. Marginals walk back through b from the first row on and through a from
 * the last. Every row's numbers are kept relative to its own, so chains may be of any length.
 *
 * Chains go to the threads in equal spans; each span sums what its steps receive, and spans are
 * added in order.
 */
#include <math.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/crf_steps.h"
#include "models/tensor/kernels.h"
#include "models/tensor/parallel.h"

enum { X, TRANSITIONS, START, END, ARITY };
enum { GRAIN = 4 }; /* chains that are worth a thread */

typedef struct {
    kd_crf_weights weights;
    kd_crf_steps   steps;
    kd_chains      chains;
    const int32_t *labels;  /* (N), of the likelihood */
    float         *a, *b;   /* (rows of all chains, W) */
    double        *log_z;   /* (chains) of the likelihood, relative to the last row's a */
    double         divisor; /* rows of the whole batch that have a label */
} crf_state;

/* One pass over all chains. */
typedef struct {
    const crf_state    *state;
    const kd_crf_steps *steps;
    kd_tensor          *y;
    int                 spans;
    double             *losses; /* (chains) of the likelihood */
    float              *slopes; /* (spans, slopes_length), NULL on the way there */
    float              *own;    /* (rows of all chains, W) slopes by a + b of the marginals */
    float              *gx;     /* (N,K), NULL when x wants none */
    float               scale;  /* slope by log Z */
} crf_job;

/* One chain of it. */
typedef struct {
    const crf_job      *job;
    const kd_crf_steps *steps;
    int                 index, length;
    const int32_t      *row;         /* (length) */
    float              *a, *b, *own; /* (length,W) */
} chain;

static chain chain_of(const crf_job *job, int c)
{
    const crf_state *s = job->state;
    size_t           from = (size_t)s->chains.rows.begin[c], width = (size_t)job->steps->width;
    int              length = s->chains.rows.begin[c + 1] - s->chains.rows.begin[c];

    return (chain){ .job = job,
                    .steps = job->steps,
                    .index = c,
                    .length = length,
                    .row = s->chains.row + from,
                    .a = s->a + from * width,
                    .b = s->b ? s->b + from * width : NULL,
                    .own = job->own ? job->own + from * width : NULL };
}

static const float *emission(const chain *c, int t)
{
    return kd_tensor_row(c->job->y->in[X], c->row[t]);
}

/* to (W) = at (W) + x (K) */
static void add_emission(const kd_crf_steps *steps, const float *at, const float *x, float *to)
{
    for (int k = 0; k < steps->tags; k++) to[k] = at[k] + x[k];
    for (int k = steps->tags; k < steps->width; k++) to[k] = -INFINITY;
}

static float *at_row(const chain *c, float *block, int t)
{
    return block + (size_t)t * (size_t)c->steps->width;
}

static int label_at(const chain *c, int t)
{
    const int32_t *labels = c->job->state->labels;
    return labels ? labels[c->row[t]] : -1;
}

/* The step that labels take to row t, where it is forbidden. */
static kd_crf_step step_besides(const chain *c, int t)
{
    const kd_crf_steps *steps = c->steps;
    int                 from = label_at(c, t - 1), to = label_at(c, t);

    if (from < 0 || steps->onward.score[from * steps->width + to] > -INFINITY)
        return KD_CRF_NO_STEP;
    return (kd_crf_step){ from, to };
}

/* ---- along a chain and back ---- */

/* Fill a; returns what has been left out of the last row's. */
static double run_forward(const chain *c)
{
    const kd_crf_steps *steps = c->steps;
    int                 first = label_at(c, 0);
    double              shift = 0.0;

    add_emission(steps, steps->start, emission(c, 0), c->a);
    if (first >= 0) c->a[first] = c->job->y->in[START]->x[first] + emission(c, 0)[first];
    for (int t = 1; t < c->length; t++) {
        float *a = at_row(c, c->a, t);
        shift += (double)kd_crf_step_run(steps, &steps->onward, step_besides(c, t),
                                         at_row(c, c->a, t - 1), a);
        add_emission(steps, a, emission(c, t), a);
    }
    return shift;
}

/* Fill b. */
static void run_backward(const chain *c)
{
    const kd_crf_steps *steps = c->steps;
    float               next[KD_CRF_TAGS_MAX];

    memcpy(at_row(c, c->b, c->length - 1), steps->end, (size_t)steps->width * sizeof *next);
    for (int t = c->length - 2; t >= 0; t--) {
        add_emission(steps, at_row(c, c->b, t + 1), emission(c, t + 1), next);
        kd_crf_step_run(steps, &steps->back, KD_CRF_NO_STEP, next, at_row(c, c->b, t));
    }
}

/* Slopes of a span: by steps onward and back (K,W each), by start and by end (W each). */
static size_t slopes_length(const kd_crf_steps *steps)
{
    return (size_t)(2 * steps->tags + 2) * (size_t)steps->width;
}

typedef struct {
    float *onward, *back, *start, *end;
} slopes;

static slopes slopes_of(const crf_job *job, int span)
{
    size_t width = (size_t)job->steps->width, block = (size_t)job->steps->tags * width;
    float *at = job->slopes + (size_t)span * slopes_length(job->steps);

    return (slopes){ at, at + block, at + 2 * block, at + 2 * block + width };
}

static void give_emission(const chain *c, int t, const float *slope)
{
    size_t k = (size_t)c->steps->tags;
    float *to = c->job->gx ? c->job->gx + (size_t)c->row[t] * k : NULL;

    if (to) kd_vector_add(k, to, slope, to);
}

/* From the slope by the last row's a, which is overwritten, to all that a was made of. */
static void walk_forward_back(const chain *c, const slopes *to, float *slope)
{
    const kd_crf_steps *steps = c->steps;
    size_t              width = (size_t)steps->width;
    float               before[KD_CRF_TAGS_MAX];

    for (int t = c->length - 1; t > 0; t--) {
        give_emission(c, t, slope);
        if (c->own)
            memcpy(before, at_row(c, c->own, t - 1), width * sizeof *before);
        else
            memset(before, 0, width * sizeof *before);
        kd_crf_step_back(steps, &steps->onward, step_besides(c, t), at_row(c, c->a, t - 1), slope,
                         before, to->onward);
        memcpy(slope, before, width * sizeof *before);
    }
    give_emission(c, 0, slope);
    kd_vector_add((size_t)steps->tags, to->start, slope, to->start);
}

/* From the slopes by every row's b to all that b was made of. */
static void walk_backward_back(const chain *c, const slopes *to)
{
    const kd_crf_steps *steps = c->steps;
    size_t              width = (size_t)steps->width;
    float               slope[KD_CRF_TAGS_MAX], next[KD_CRF_TAGS_MAX], after[KD_CRF_TAGS_MAX];

    memcpy(slope, c->own, width * sizeof *slope);
    for (int t = 0; t + 1 < c->length; t++) {
        memset(after, 0, width * sizeof *after);
        add_emission(steps, at_row(c, c->b, t + 1), emission(c, t + 1), next);
        kd_crf_step_back(steps, &steps->back, KD_CRF_NO_STEP, next, slope, after, to->back);
        give_emission(c, t + 1, after);
        kd_vector_add(width, after, at_row(c, c->own, t + 1), slope);
    }
    kd_vector_add((size_t)steps->tags, to->end, slope, to->end);
}

/* ---- all chains ---- */

/* `to` is where slopes go, nowhere on the way there. */
typedef void chain_work(const chain *c, const slopes *to);

typedef struct {
    const crf_job *job;
    chain_work    *work;
} span_work;

static void run_spans(void *user, int begin, int end)
{
    const span_work *w = user;
    const crf_job   *job = w->job;
    int64_t          count = job->state->chains.rows.count;

    for (int span = begin; span < end; span++) {
        slopes to = job->slopes ? slopes_of(job, span) : (slopes){ 0 };
        for (int64_t i = count * span / job->spans; i < count * (span + 1) / job->spans; i++) {
            chain c = chain_of(job, (int)i);
            if (c.length > 0) w->work(&c, &to);
        }
    }
}

static void run_chains(const crf_job *job, chain_work *work)
{
    kd_parallel(job->spans, job->spans, 1, run_spans, &(span_work){ job, work });
}

static crf_job make_job(kd_tensor *y)
{
    crf_state *s = y->state;
    int        spans = s->chains.rows.count / GRAIN, threads = kd_tape_threads(y->tape);

    if (spans > threads) spans = threads;
    return (crf_job){ .state = s, .steps = &s->steps, .y = y, .spans = spans > 0 ? spans : 1 };
}

static float *make_rows(const kd_tensor *y, const crf_job *job)
{
    return kd_tape_alloc(
        y->tape, (size_t)kd_rows_total(&job->state->chains.rows) * (size_t)job->steps->width,
        sizeof(float));
}

static void make_slopes(crf_job *job)
{
    size_t len = slopes_length(job->steps) * (size_t)job->spans;

    job->slopes = kd_tape_scratch(job->y->tape, len, sizeof *job->slopes);
    memset(job->slopes, 0, len * sizeof *job->slopes);
    job->gx = kd_grad(job->y->in[X]);
}

/* What the spans found, span after span, to the weights. */
static void give_weights(const crf_job *job)
{
    int    k = job->steps->tags, width = job->steps->width;
    float *by_step = kd_grad(job->y->in[TRANSITIONS]);
    float *by_start = kd_grad(job->y->in[START]), *by_end = kd_grad(job->y->in[END]);

    for (int span = 0; span < job->spans; span++) {
        slopes from = slopes_of(job, span);
        for (int i = 0; i < k; i++) {
            for (int j = 0; by_step && j < k; j++)
                by_step[i * k + j] += from.onward[i * width + j] + from.back[j * width + i];
            if (by_start) by_start[i] += from.start[i];
            if (by_end) by_end[i] += from.end[i];
        }
    }
}

/* ---- likelihood ---- */

/* last (W) = a_T + end, of which log Z is made */
static void add_end(const chain *c, float *last)
{
    const kd_crf_steps *steps = c->steps;
    const float        *a = at_row(c, c->a, c->length - 1);
    int                 label = label_at(c, c->length - 1);

    for (int k = 0; k < steps->width; k++) last[k] = a[k] + steps->end[k];
    last[label] = a[label] + c->job->y->in[END]->x[label];
}

static double score_labels(const chain *c)
{
    kd_tensor *const *in = c->job->y->in;
    int               k = c->steps->tags, label = label_at(c, 0);
    double            score = (double)in[START]->x[label];

    for (int t = 0; t < c->length; t++) {
        int next = label_at(c, t);
        if (t > 0) score += (double)in[TRANSITIONS]->x[label * k + next];
        score += (double)emission(c, t)[next];
        label = next;
    }
    return score + (double)in[END]->x[label];
}

static void lose_chain(const chain *c, const slopes *to)
{
    float   last[KD_CRF_TAGS_MAX];
    double  shift = run_forward(c);
    double *log_z = &c->job->state->log_z[c->index];

    (void)to;
    add_end(c, last);
    *log_z = kd_row_log_sum_exp(c->steps->tags, last);
    c->job->losses[c->index] = shift + *log_z - score_labels(c);
}

static void loss_forward(kd_tensor *y)
{
    crf_state *s = y->state;
    crf_job    job = make_job(y);
    int        chains = s->chains.rows.count, rows = kd_rows_total(&s->chains.rows);
    double     sum = 0.0;

    s->a = make_rows(y, &job);
    s->log_z = kd_tape_alloc(y->tape, (size_t)chains, sizeof *s->log_z);
    job.losses = kd_tape_scratch(y->tape, (size_t)chains, sizeof *job.losses);
    memset(job.losses, 0, (size_t)chains * sizeof *job.losses);
    run_chains(&job, lose_chain);
    for (int c = 0; c < chains; c++) sum += job.losses[c];
    double whole[] = { sum, rows };
    kd_tape_total(y->tape, whole, 2);
    s->divisor = whole[1];
    y->x[0] = s->divisor > 0 ? (float)(whole[0] / s->divisor) : 0.0f;
}

static void subtract_labels(const chain *c, const slopes *to)
{
    int   k = c->steps->tags, width = c->steps->width;
    float scale = c->job->scale, *gx = c->job->gx;

    to->start[label_at(c, 0)] -= scale;
    to->end[label_at(c, c->length - 1)] -= scale;
    for (int t = 0; t < c->length; t++) {
        if (gx) gx[(size_t)c->row[t] * (size_t)k + (size_t)label_at(c, t)] -= scale;
        if (t > 0) to->onward[label_at(c, t - 1) * width + label_at(c, t)] -= scale;
    }
}

static void lose_chain_back(const chain *c, const slopes *to)
{
    const kd_crf_steps *steps = c->steps;
    double              log_z = c->job->state->log_z[c->index];
    float               slope[KD_CRF_TAGS_MAX];

    add_end(c, slope);
    for (int k = 0; k < steps->width; k++)
        slope[k] = c->job->scale * (float)exp((double)slope[k] - log_z);
    kd_vector_add((size_t)steps->tags, to->end, slope, to->end);
    walk_forward_back(c, to, slope);
    subtract_labels(c, to);
}

static void loss_backward(kd_tensor *y)
{
    const crf_state *s = y->state;
    crf_job          job = make_job(y);

    if (kd_rows_total(&s->chains.rows) == 0) return;
    job.scale = kd_tape_is_idle(y->tape) ? 0.0f : (float)((double)y->g[0] / s->divisor);
    make_slopes(&job);
    run_chains(&job, lose_chain_back);
    give_weights(&job);
}

static const kd_op loss_op = { "crf", loss_forward, loss_backward };

/* ---- marginals ---- */

static void say_chain(const chain *c, const slopes *to)
{
    int   tags = c->steps->tags;
    float both[KD_CRF_TAGS_MAX];

    (void)to;
    run_forward(c);
    run_backward(c);
    for (int t = 0; t < c->length; t++) {
        float *y = kd_tensor_row(c->job->y, c->row[t]);
        kd_vector_add((size_t)tags, at_row(c, c->a, t), at_row(c, c->b, t), both);
        double sum = kd_row_log_sum_exp(tags, both);
        for (int k = 0; k < tags; k++)
            y[k] = both[k] == -INFINITY ? KD_CRF_NEVER : (float)((double)both[k] - sum);
    }
}

static void marginals_forward(kd_tensor *y)
{
    crf_state *s = y->state;
    crf_job    job = make_job(y);

    s->a = make_rows(y, &job);
    s->b = make_rows(y, &job);
    memset(y->x, 0, kd_tensor_len(y) * sizeof *y->x);
    run_chains(&job, say_chain);
}

/* own = dy - p sum dy, the slope by a_t + b_t */
static void slope_of_row(const chain *c, int t)
{
    const crf_job *job = c->job;
    int            tags = job->steps->tags;
    const float   *a = at_row(c, c->a, t), *b = at_row(c, c->b, t);
    const float   *y = kd_tensor_row(job->y, c->row[t]);
    const float   *gy = job->y->g + (size_t)c->row[t] * (size_t)tags;
    float         *own = at_row(c, c->own, t), sum = 0.0f;

    memset(own, 0, (size_t)job->steps->width * sizeof *own);
    for (int k = 0; k < tags; k++)
        if (a[k] + b[k] != -INFINITY) sum += own[k] = gy[k];
    for (int k = 0; k < tags; k++)
        if (a[k] + b[k] != -INFINITY) own[k] -= sum * expf(y[k]);
}

static void say_chain_back(const chain *c, const slopes *to)
{
    float slope[KD_CRF_TAGS_MAX];

    for (int t = 0; t < c->length; t++) slope_of_row(c, t);
    walk_backward_back(c, to);
    memcpy(slope, at_row(c, c->own, c->length - 1), (size_t)c->steps->width * sizeof *slope);
    walk_forward_back(c, to, slope);
}

static void marginals_backward(kd_tensor *y)
{
    const crf_state *s = y->state;
    crf_job          job = make_job(y);
    size_t           len = (size_t)kd_rows_total(&s->chains.rows) * (size_t)job.steps->width;

    job.own = kd_tape_scratch(y->tape, len, sizeof *job.own);
    make_slopes(&job);
    run_chains(&job, say_chain_back);
    give_weights(&job);
}

static const kd_op marginals_op = { "crf marginals", marginals_forward, marginals_backward };

/* ---- the best tags ---- */

typedef struct {
    const kd_crf_steps *steps;
    const kd_tensor    *x;
    const kd_chains    *chains;
    int32_t            *from; /* (rows of all chains, W) the best tag before each */
    int32_t            *out;
} decoding;

/* Less the largest, so that floats keep their digits in long chains. */
static void lower(int k, float *score)
{
    float max = kd_row_max(k, score);
    for (int j = 0; j < k; j++) score[j] -= max;
}

static void decode_chain(const decoding *d, int begin, int end)
{
    const kd_crf_steps *steps = d->steps;
    size_t              width = (size_t)steps->width;
    float               score[KD_CRF_TAGS_MAX], next[KD_CRF_TAGS_MAX];
    int                 best = 0;

    memcpy(score, steps->start, width * sizeof *score);
    for (int i = begin; i < end; i++) {
        if (i > begin) {
            kd_crf_step_best(steps, score, next, d->from + (size_t)i * width);
            memcpy(score, next, width * sizeof *score);
        }
        add_emission(steps, score, kd_tensor_row(d->x, d->chains->row[i]), score);
        lower(steps->tags, score);
    }
    for (int k = 0; k < steps->tags; k++) score[k] += steps->end[k];
    for (int k = 1; k < steps->tags; k++)
        if (score[k] > score[best]) best = k;
    for (int i = end - 1; i >= begin; i--) {
        d->out[d->chains->row[i]] = best;
        if (i > begin) best = d->from[(size_t)i * width + (size_t)best];
    }
}

static void decode_chains(void *user, int begin, int end)
{
    const decoding *d = user;
    const int32_t  *at = d->chains->rows.begin;

    for (int c = begin; c < end; c++)
        if (at[c + 1] > at[c]) decode_chain(d, at[c], at[c + 1]);
}

/* ---- recording ---- */

static void check(const kd_tensor *x, const kd_crf_weights *w, const kd_chains *chains)
{
    int k = x->d;

    KD_CHECK(k > 0 && k <= KD_CRF_TAGS_MAX, "crf: %d tags, not 1 to %d", k, KD_CRF_TAGS_MAX);
    KD_CHECK(w->transitions->n == k && w->transitions->d == k,
             "crf: x has %d tags, transitions are %d x %d", k, w->transitions->n,
             w->transitions->d);
    KD_CHECK(w->start->d == k && w->end->d == k, "crf: x has %d tags, start %d, end %d", k,
             w->start->d, w->end->d);
    for (int i = 0; i < kd_rows_total(&chains->rows); i++)
        KD_CHECK(chains->row[i] >= 0 && chains->row[i] < x->n, "crf: row %d of %d", chains->row[i],
                 x->n);
}

kd_chains kd_chains_of(kd_tape *tape, const kd_rows *rows, const int32_t *labels)
{
    int32_t *begin = kd_tape_alloc(tape, (size_t)rows->count + 1, sizeof *begin);
    int32_t *row = kd_tape_alloc(tape, (size_t)kd_rows_total(rows), sizeof *row);
    int32_t  count = 0;

    for (int b = 0; b < rows->count; b++) {
        begin[b] = count;
        for (int32_t n = rows->begin[b]; n < rows->begin[b + 1]; n++)
            if (labels[n] >= 0) row[count++] = n;
    }
    begin[rows->count] = count;
    return (kd_chains){ { rows->count, begin }, row };
}

static kd_tensor *record(kd_tape *tape, const kd_op *op, int n, int d, kd_tensor *x, crf_state crf)
{
    crf_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    check(x, &crf.weights, &crf.chains);
    *state = crf;
    state->steps = kd_crf_steps_make(tape, &crf.weights);
    return kd_tape_record(
        tape, op, n, d, state, ARITY,
        (kd_tensor *[]){ x, crf.weights.transitions, crf.weights.start, crf.weights.end });
}

kd_tensor *kd_op_crf_loss(kd_tape *tape, kd_tensor *x, const kd_crf_weights *weights,
                          const kd_rows *rows, const int32_t *labels)
{
    KD_CHECK(x->n == kd_rows_total(rows), "crf: x has %d rows, the sentences %d", x->n,
             kd_rows_total(rows));
    for (int i = 0; i < x->n; i++)
        KD_CHECK(labels[i] < x->d, "crf: label %d of %d", labels[i], x->d);
    return record(tape, &loss_op, 1, 1, x,
                  (crf_state){ .weights = *weights,
                               .chains = kd_chains_of(tape, rows, labels),
                               .labels = labels });
}

kd_tensor *kd_op_crf_marginals(kd_tape *tape, kd_tensor *x, const kd_crf_weights *weights,
                               const kd_chains *chains)
{
    return record(tape, &marginals_op, x->n, x->d, x,
                  (crf_state){ .weights = *weights, .chains = *chains });
}

void kd_op_crf_decode(kd_tape *tape, const kd_tensor *x, const kd_crf_weights *weights,
                      const kd_chains *chains, int32_t *out)
{
    check(x, weights, chains);
    kd_crf_steps steps = kd_crf_steps_make(tape, weights);
    decoding     d = { &steps, x, chains, NULL, out };

    d.from = kd_tape_alloc(tape, (size_t)kd_rows_total(&chains->rows) * (size_t)steps.width,
                           sizeof *d.from);
    kd_parallel(kd_tape_threads(tape), chains->rows.count, GRAIN, decode_chains, &d);
}
