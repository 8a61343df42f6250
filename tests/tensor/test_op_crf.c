/* The CRF against every path there is, enumerated in double precision; long chains and extreme
 * scores against the recursion in double, which is itself held against the enumeration. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/rng.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"
#include "tests/support/support.h"

/* ---- a CRF over drawn numbers ---- */

enum { FORBID_NOTHING, FORBID_SOME };

typedef struct {
    kd_params     *params; /* "x", "transitions", "start", "end": all of them have gradients */
    kd_tensor     *x;
    kd_crf_weights weights;
    kd_rows        rows;
    const int32_t *labels;
    uint8_t       *forbidden;
    int            k;
} crf;

static kd_tensor *add(kd_params *params, const char *name, int n, int d)
{
    kd_param *param;
    kd_error  err;

    assert_ok(kd_params_add(&param, params, name, n == 1 ? 1 : 2, (int[]){ n == 1 ? d : n, d },
                            false, (kd_init){ KD_INIT_NORMAL, 1.0f }, &err),
              &err);
    return &param->value;
}

/* Tag 0 may stand anywhere; a fifth of the other steps is forbidden, the first one always. */
static void forbid(crf *c, kd_rng *rng)
{
    int side = c->k + 1;

    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++)
            c->forbidden[i * side + j] =
                i > 0 && j > 0 && i < c->k && j < c->k && (i * j == 1 || kd_rng_uniform(rng) < 0.2);
    if (c->k > 2) c->forbidden[c->k * side + 1] = c->forbidden[2 * side + c->k] = 1;
}

static void scale(kd_tensor *t, float factor)
{
    for (size_t i = 0; i < kd_tensor_len(t); i++) t->x[i] *= factor;
}

static crf make_crf(int k, kd_rows rows, const int32_t *labels, int forbidding, float size)
{
    crf    c = { .params = kd_params_create(), .rows = rows, .labels = labels, .k = k };
    kd_rng rng = kd_rng_root(7);

    c.x = add(c.params, "x", kd_rows_total(&rows), k);
    c.weights.transitions = add(c.params, "transitions", k, k);
    c.weights.start = add(c.params, "start", 1, k);
    c.weights.end = add(c.params, "end", 1, k);
    kd_params_allocate(c.params, true);
    kd_params_init(c.params, &rng);
    for (int i = 0; i < kd_params_count(c.params); i++)
        scale(&kd_params_at(c.params, i)->value, size);
    if (forbidding == FORBID_SOME) {
        c.forbidden = kd_alloc((size_t)(k + 1) * (size_t)(k + 1), 1);
        forbid(&c, &rng);
        c.weights.forbidden = c.forbidden;
    }
    return c;
}

static void drop_crf(crf *c)
{
    kd_params_destroy(c->params);
    free(c->forbidden);
}

static kd_tape *make_tape(int threads)
{
    return kd_tape_create(&(kd_tape_options){ true, KD_F32, threads });
}

static bool may(const crf *c, int from, int to)
{
    return !c->forbidden || !c->forbidden[from * (c->k + 1) + to];
}

/* ---- what it should say: everything in double ---- */

typedef struct {
    double  loss;
    double *log_p;                   /* (N,K) marginals over allowed paths */
    double *gx, *gt, *gstart, *gend; /* slopes of the loss */
    double *best;                    /* (B) score of the best allowed path */
} answer;

static answer make_answer(const crf *c)
{
    size_t n = (size_t)c->x->n, k = (size_t)c->k;
    answer a = { .log_p = kd_alloc(n * k, sizeof(double)),
                 .gx = kd_alloc(n * k, sizeof(double)),
                 .gt = kd_alloc(k * k, sizeof(double)),
                 .gstart = kd_alloc(k, sizeof(double)),
                 .gend = kd_alloc(k, sizeof(double)),
                 .best = kd_alloc((size_t)c->rows.count, sizeof(double)) };

    for (size_t i = 0; i < n * k; i++) a.log_p[i] = -INFINITY;
    return a;
}

static void drop_answer(answer *a)
{
    free(a->log_p);
    free(a->gx);
    free(a->gt);
    free(a->gstart);
    free(a->gend);
    free(a->best);
}

/* The rows of a sentence that have a label. */
typedef struct {
    int length;
    int row[4096];
} path_rows;

static void find_rows(path_rows *at, const crf *c, int b)
{
    at->length = 0;
    for (int n = c->rows.begin[b]; n < c->rows.begin[b + 1]; n++)
        if (c->labels[n] >= 0) at->row[at->length++] = n;
}

static double emission(const crf *c, int row, int tag)
{
    return (double)c->x->x[row * c->k + tag];
}

static double transition(const crf *c, int from, int to)
{
    return (double)c->weights.transitions->x[from * c->k + to];
}

static double score(const crf *c, const path_rows *at, const int *tag)
{
    double sum =
        (double)c->weights.start->x[tag[0]] + (double)c->weights.end->x[tag[at->length - 1]];

    for (int t = 0; t < at->length; t++) sum += emission(c, at->row[t], tag[t]);
    for (int t = 1; t < at->length; t++) sum += transition(c, tag[t - 1], tag[t]);
    return sum;
}

/* Whether every step is allowed or, at its place, one that the labels take. */
static bool is_allowed(const crf *c, const path_rows *at, const int *tag, bool besides_labels)
{
    for (int t = 0; t <= at->length; t++) {
        int from = t > 0 ? tag[t - 1] : c->k, to = t < at->length ? tag[t] : c->k;
        int label_from = t > 0 ? c->labels[at->row[t - 1]] : c->k;
        int label_to = t < at->length ? c->labels[at->row[t]] : c->k;
        if (!may(c, from, to) && !(besides_labels && from == label_from && to == label_to))
            return false;
    }
    return true;
}

static bool next_path(const path_rows *at, int k, int *tag)
{
    for (int t = 0; t < at->length; t++) {
        if (++tag[t] < k) return true;
        tag[t] = 0;
    }
    return false;
}

static double log_add(double a, double b)
{
    double max = fmax(a, b);
    return max == -INFINITY ? max : max + log(exp(a - max) + exp(b - max));
}

static void count_path(const crf *c, answer *a, const path_rows *at, const int *tag, double share)
{
    a->gstart[tag[0]] += share;
    a->gend[tag[at->length - 1]] += share;
    for (int t = 0; t < at->length; t++) a->gx[at->row[t] * c->k + tag[t]] += share;
    for (int t = 1; t < at->length; t++) a->gt[tag[t - 1] * c->k + tag[t]] += share;
}

static void enumerate_sentence(const crf *c, answer *a, const path_rows *at, int b, int rows)
{
    int    tag[8] = { 0 }, gold[8];
    double log_z = -INFINITY, log_z_allowed = -INFINITY;

    for (int t = 0; t < at->length; t++) gold[t] = c->labels[at->row[t]];
    a->best[b] = -INFINITY;
    do {
        double s = score(c, at, tag);
        if (is_allowed(c, at, tag, true)) log_z = log_add(log_z, s);
        if (!is_allowed(c, at, tag, false)) continue;
        log_z_allowed = log_add(log_z_allowed, s);
        a->best[b] = fmax(a->best[b], s);
        for (int t = 0; t < at->length; t++) {
            double *p = &a->log_p[at->row[t] * c->k + tag[t]];
            *p = log_add(*p, s);
        }
    } while (next_path(at, c->k, tag));
    do
        if (is_allowed(c, at, tag, true))
            count_path(c, a, at, tag, exp(score(c, at, tag) - log_z) / rows);
    while (next_path(at, c->k, tag));
    count_path(c, a, at, gold, -1.0 / rows);
    a->loss += (log_z - score(c, at, gold)) / rows;
    for (int t = 0; t < at->length; t++)
        for (int k = 0; k < c->k; k++) a->log_p[at->row[t] * c->k + k] -= log_z_allowed;
}

static int labelled_rows(const crf *c)
{
    int rows = 0;

    for (int n = 0; n < c->x->n; n++) rows += c->labels[n] >= 0;
    return rows;
}

static answer enumerate(const crf *c)
{
    static path_rows at;
    answer           a = make_answer(c);

    for (int b = 0; b < c->rows.count; b++) {
        find_rows(&at, c, b);
        if (at.length > 0) enumerate_sentence(c, &a, &at, b, labelled_rows(c));
    }
    return a;
}

/* ---- the same by recursion; labels take no forbidden step here ---- */

static double allowed_transition(const crf *c, int from, int to)
{
    return may(c, from, to) ? transition(c, from, to) : -INFINITY;
}

/* a and b of one sentence, (length,K) each; returns log Z. */
static double recur(const crf *c, const path_rows *at, double *a, double *b)
{
    int    k = c->k, last = at->length - 1;
    double log_z = -INFINITY;

    for (int j = 0; j < k; j++) {
        a[j] =
            may(c, k, j) ? (double)c->weights.start->x[j] + emission(c, at->row[0], j) : -INFINITY;
        b[last * k + j] = may(c, j, k) ? (double)c->weights.end->x[j] : -INFINITY;
    }
    for (int t = 1; t <= last; t++)
        for (int j = 0; j < k; j++) {
            double *to = &a[t * k + j];
            *to = -INFINITY;
            for (int i = 0; i < k; i++)
                *to = log_add(*to, a[(t - 1) * k + i] + allowed_transition(c, i, j));
            *to += emission(c, at->row[t], j);
        }
    for (int t = last - 1; t >= 0; t--)
        for (int i = 0; i < k; i++) {
            double *to = &b[t * k + i];
            *to = -INFINITY;
            for (int j = 0; j < k; j++)
                *to = log_add(*to, allowed_transition(c, i, j) + emission(c, at->row[t + 1], j) +
                                       b[(t + 1) * k + j]);
        }
    for (int j = 0; j < k; j++) log_z = log_add(log_z, a[last * k + j] + b[last * k + j]);
    return log_z;
}

static void count_sentence(const crf *c, answer *to, const path_rows *at, const double *a,
                           const double *b, double log_z, int rows)
{
    int k = c->k, last = at->length - 1;

    for (int t = 0; t <= last; t++)
        for (int j = 0; j < k; j++) {
            double log_p = a[t * k + j] + b[t * k + j] - log_z, p = exp(log_p) / rows;
            to->log_p[at->row[t] * k + j] = log_p;
            to->gx[at->row[t] * k + j] += p;
            if (t == 0) to->gstart[j] += p;
            if (t == last) to->gend[j] += p;
            for (int i = 0; t > 0 && i < k; i++)
                to->gt[i * k + j] += exp(a[(t - 1) * k + i] + allowed_transition(c, i, j) +
                                         emission(c, at->row[t], j) + b[t * k + j] - log_z) /
                                     rows;
        }
}

static answer recursion(const crf *c)
{
    static path_rows at;
    static int       gold[4096];
    answer           to = make_answer(c);
    size_t           most = (size_t)c->x->n * (size_t)c->k;
    double          *a = kd_alloc(most, sizeof *a), *b = kd_alloc(most, sizeof *b);
    int              rows = labelled_rows(c);

    for (int s = 0; s < c->rows.count; s++) {
        find_rows(&at, c, s);
        if (at.length == 0) continue;
        double log_z = recur(c, &at, a, b);
        count_sentence(c, &to, &at, a, b, log_z, rows);
        for (int t = 0; t < at.length; t++) gold[t] = c->labels[at.row[t]];
        count_path(c, &to, &at, gold, -1.0 / rows);
        to.loss += (log_z - score(c, &at, gold)) / rows;
    }
    free(a);
    free(b);
    return to;
}

/* ---- comparing ---- */

static void assert_array(const char *what, const float *got, const double *want, size_t len,
                         double tolerance)
{
    for (size_t i = 0; i < len; i++)
        if (!(fabs((double)got[i] - want[i]) <= tolerance * fmax(1.0, fabs(want[i]))))
            fail_msg("%s[%zu] is %.9g, not %.9g", what, i, (double)got[i], want[i]);
}

static void assert_loss(crf *c, const answer *want, int threads, double tolerance)
{
    kd_tape *tape = make_tape(threads);
    size_t   k = (size_t)c->k;

    kd_params_clear_gradients(c->params);
    kd_tensor *loss = kd_op_crf_loss(tape, c->x, &c->weights, &c->rows, c->labels);
    assert_close((double)loss->x[0], want->loss, tolerance);
    kd_tape_backward(tape, loss, 1.0f);
    assert_array("slope by x", c->x->g, want->gx, kd_tensor_len(c->x), tolerance);
    assert_array("by transitions", c->weights.transitions->g, want->gt, k * k, tolerance);
    assert_array("by start", c->weights.start->g, want->gstart, k, tolerance);
    assert_array("by end", c->weights.end->g, want->gend, k, tolerance);
    kd_tape_destroy(tape);
}

static void assert_marginals(const crf *c, const answer *want, int threads, double tolerance)
{
    kd_tape   *tape = make_tape(threads);
    kd_chains  chains = kd_chains_of(tape, &c->rows, c->labels);
    kd_tensor *y = kd_op_crf_marginals(tape, c->x, &c->weights, &chains);

    for (int n = 0; n < y->n; n++)
        for (int k = 0; k < c->k; k++) {
            double got = (double)kd_tensor_row(y, n)[k], wanted = want->log_p[n * c->k + k];
            if (c->labels[n] < 0)
                assert_true(got == 0.0);
            else if (wanted == -INFINITY)
                assert_true(got == (double)KD_CRF_NEVER);
            else if (!(fabs(got - wanted) <= tolerance * fmax(1.0, fabs(wanted))))
                fail_msg("row %d, tag %d: log p is %.9g, not %.9g", n, k, got, wanted);
        }
    kd_tape_destroy(tape);
}

static void assert_best(const crf *c, const answer *want, int threads)
{
    static path_rows at;
    kd_tape         *tape = make_tape(threads);
    kd_chains        chains = kd_chains_of(tape, &c->rows, c->labels);
    int32_t         *out = kd_alloc((size_t)c->x->n, sizeof *out);
    int              tag[8];

    for (int n = 0; n < c->x->n; n++) out[n] = -7;
    kd_op_crf_decode(tape, c->x, &c->weights, &chains, out);
    for (int b = 0; b < c->rows.count; b++) {
        find_rows(&at, c, b);
        for (int t = 0; t < at.length; t++) tag[t] = out[at.row[t]];
        if (at.length == 0) continue;
        assert_true(is_allowed(c, &at, tag, false));
        assert_close(score(c, &at, tag), want->best[b], 1e-6);
    }
    for (int n = 0; n < c->x->n; n++) assert_true(c->labels[n] >= 0 || out[n] == -7);
    free(out);
    kd_tape_destroy(tape);
}

/* ---- against all paths ---- */

/* Lengths 4, 0, 1, 3 and 6 rows, the last without any label; [CLS] and later pieces have none. */
static const int32_t begin[] = { 0, 4, 4, 5, 8, 14 };
static const kd_rows rows = { 5, begin };
static const int32_t of_all[] = { 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1 };
static const int32_t of_some[] = { -1, 1, 0, -1, 0, -1, 0, 1, 0, -1, 0, 1, 0, -1 };

/* Labels that take the forbidden step 1 to 1, begin with 1 and end with 2. */
static const int32_t cut[] = { 1, 1, 0, 2, 1, -1, 1, 1, 0, -1, 1, 1, -1, 2 };

static const struct {
    const char    *name;
    int            tags, forbidding;
    const int32_t *labels;
} cases[] = {
    { "two tags", 2, FORBID_NOTHING, of_all },
    { "two tags of some rows", 2, FORBID_NOTHING, of_some },
    { "two tags, one step forbidden", 2, FORBID_SOME, of_some },
    { "three tags", 3, FORBID_NOTHING, of_all },
    { "three tags, steps forbidden", 3, FORBID_SOME, of_some },
    { "three tags, labels take forbidden steps", 3, FORBID_SOME, cut },
    { "five tags", 5, FORBID_SOME, of_all },
    { "five tags, labels take forbidden steps", 5, FORBID_SOME, cut },
    { "nine tags", 9, FORBID_SOME, of_some },
    { "seventeen tags", 17, FORBID_SOME, of_some },
};

static void test_agrees_with_all_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("           %s\n", cases[i].name);
        crf    c = make_crf(cases[i].tags, rows, cases[i].labels, cases[i].forbidding, 1.5f);
        answer want = enumerate(&c);

        assert_loss(&c, &want, 1, 2e-6);
        assert_marginals(&c, &want, 1, 2e-6);
        assert_best(&c, &want, 1);
        drop_answer(&want);
        drop_crf(&c);
    }
}

static void test_one_tag_is_certain(void **state)
{
    (void)state;
    static const int32_t zeros[14];
    crf                  c = make_crf(1, rows, zeros, FORBID_NOTHING, 1.0f);
    answer               want = enumerate(&c);

    assert_close(want.loss, 0.0, 1e-12);
    assert_loss(&c, &want, 1, 1e-6);
    assert_marginals(&c, &want, 1, 1e-6);
    drop_answer(&want);
    drop_crf(&c);
}

static void test_no_label_is_no_loss(void **state)
{
    (void)state;
    static const int32_t none[] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
    crf                  c = make_crf(3, rows, none, FORBID_NOTHING, 1.0f);
    answer               want = make_answer(&c);

    assert_loss(&c, &want, 1, 0.0);
    assert_marginals(&c, &want, 1, 0.0);
    drop_answer(&want);
    drop_crf(&c);
}

/* ---- long chains, extreme scores ---- */

enum { LONG = 3000 };

static const int32_t long_begin[] = { 0, 1500, 1507, 1508, LONG };
static const kd_rows long_rows = { 4, long_begin };

/* Tag 0 often, never two steps that FORBID_SOME may forbid; a tenth of the rows has none. */
static int32_t *draw_labels(int k)
{
    static int32_t labels[LONG];
    kd_rng         rng = kd_rng_root(3);

    for (int n = 0; n < LONG; n++) {
        labels[n] = n % 2 == 0 ? 0 : (int32_t)kd_rng_below(&rng, (uint64_t)k);
        if (kd_rng_uniform(&rng) < 0.1) labels[n] = n % 2 == 0 ? 0 : -1;
    }
    return labels;
}

/* The first and last rows of long sentences are in the way of the forbidden start and end. */
static crf make_long(int k, float size)
{
    int32_t *labels = draw_labels(k);

    for (int b = 0; b < long_rows.count; b++)
        labels[long_begin[b]] = labels[long_begin[b + 1] - 1] = 0;
    return make_crf(k, long_rows, labels, FORBID_SOME, size);
}

static void test_the_recursion_in_double_agrees_with_all_paths(void **state)
{
    (void)state;
    crf    c = make_crf(5, rows, of_some, FORBID_NOTHING, 1.5f);
    answer want = enumerate(&c), got = recursion(&c);

    assert_close(got.loss, want.loss, 1e-12);
    for (int i = 0; i < 25; i++) assert_close(got.gt[i], want.gt[i], 1e-12);
    for (size_t i = 0; i < kd_tensor_len(c.x); i++)
        assert_true(fabs(got.log_p[i] - want.log_p[i]) < 1e-12 || got.log_p[i] == want.log_p[i]);
    drop_answer(&want);
    drop_answer(&got);
    drop_crf(&c);
}

/* Scores of 300 and more make all sums but one vanish in float. */
static void test_long_chains_and_extreme_scores_keep_their_digits(void **state)
{
    (void)state;
    static const struct {
        int    tags;
        float  size;
        double tolerance;
    } of[] = {
        { 5, 1.0f, 2e-6 },   { 9, 3.0f, 2e-6 },    { 40, 1.0f, 2e-6 },   { 5, 30.0f, 2e-5 },
        { 9, 300.0f, 2e-4 }, { 40, 100.0f, 1e-4 }, { 7, 3000.0f, 2e-3 },
    };

    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        print_message("           %d tags, scores of %g\n", of[i].tags, (double)of[i].size);
        crf    c = make_long(of[i].tags, of[i].size);
        answer want = recursion(&c);

        for (int threads = 1; threads <= 4; threads *= 2) {
            assert_loss(&c, &want, threads, of[i].tolerance);
            assert_marginals(&c, &want, threads, of[i].tolerance);
        }
        drop_answer(&want);
        drop_crf(&c);
    }
}

/* The score that a path falls short of the best one, by Viterbi in double. */
static double shortfall(const crf *c, const path_rows *at, const int *tag)
{
    int     k = c->k, last = at->length - 1;
    double *a = kd_alloc((size_t)k * 2, sizeof *a), best = -INFINITY;

    for (int j = 0; j < k; j++)
        a[j] =
            may(c, k, j) ? (double)c->weights.start->x[j] + emission(c, at->row[0], j) : -INFINITY;
    for (int t = 1; t <= last; t++) {
        double *now = a + (t % 2) * k, *before = a + ((t + 1) % 2) * k;
        for (int j = 0; j < k; j++) {
            now[j] = -INFINITY;
            for (int i = 0; i < k; i++)
                now[j] = fmax(now[j], before[i] + allowed_transition(c, i, j));
            now[j] += emission(c, at->row[t], j);
        }
    }
    for (int j = 0; j < k; j++)
        if (may(c, j, k)) best = fmax(best, a[(last % 2) * k + j] + (double)c->weights.end->x[j]);
    free(a);
    return best - score(c, at, tag);
}

/* A path may fall short by the rounding of its floats alone, however long it is. */
static void test_decodes_long_chains(void **state)
{
    (void)state;
    static path_rows at;
    static int       tag[LONG];
    static int32_t   out[2][LONG];
    const int        tags[] = { 5, 9, 40 };

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        crf c = make_long(tags[i], 2.0f);
        for (int threads = 1; threads <= 2; threads++) {
            kd_tape  *tape = make_tape(threads);
            kd_chains chains = kd_chains_of(tape, &c.rows, c.labels);
            kd_op_crf_decode(tape, c.x, &c.weights, &chains, out[threads - 1]);
            kd_tape_destroy(tape);
        }
        assert_memory_equal(out[0], out[1], sizeof out[0]);
        for (int b = 0; b < c.rows.count; b++) {
            find_rows(&at, &c, b);
            for (int t = 0; t < at.length; t++) tag[t] = out[0][at.row[t]];
            assert_true(is_allowed(&c, &at, tag, false));
            assert_true(fabs(shortfall(&c, &at, tag)) < 1e-4);
        }
        drop_crf(&c);
    }
}

static void test_of_equal_paths_decodes_the_lowest_tags(void **state)
{
    (void)state;
    int32_t   out[14];
    crf       c = make_crf(9, rows, of_all, FORBID_NOTHING, 0.0f);
    kd_tape  *tape = make_tape(1);
    kd_chains chains = kd_chains_of(tape, &c.rows, c.labels);

    kd_op_crf_decode(tape, c.x, &c.weights, &chains, out);
    for (int n = 0; n < 14; n++) assert_int_equal(out[n], 0);
    kd_tape_destroy(tape);
    drop_crf(&c);
}

/* ---- what packing must not change ---- */

static void test_a_chain_does_not_see_its_neighbours(void **state)
{
    (void)state;
    static const int32_t alone_begin[] = { 0, 6 };
    crf                  c = make_crf(9, rows, of_all, FORBID_SOME, 2.0f);
    kd_tape             *tape = make_tape(1);
    kd_chains            all = kd_chains_of(tape, &c.rows, c.labels);
    kd_chains  alone = kd_chains_of(tape, &(kd_rows){ 1, alone_begin }, of_all + begin[4]);
    kd_tensor *last = kd_tape_constant(tape, 6, 9, kd_tensor_row(c.x, begin[4]));
    int32_t    among[14], by_itself[6];

    assert_memory_equal(kd_tensor_row(kd_op_crf_marginals(tape, c.x, &c.weights, &all), begin[4]),
                        kd_op_crf_marginals(tape, last, &c.weights, &alone)->x,
                        6 * 9 * sizeof(float));
    kd_op_crf_decode(tape, c.x, &c.weights, &all, among);
    kd_op_crf_decode(tape, last, &c.weights, &alone, by_itself);
    assert_memory_equal(among + begin[4], by_itself, sizeof by_itself);
    kd_tape_destroy(tape);
    drop_crf(&c);
}

/* The same gradient bits each time at one count of threads. */
static void test_repeats_its_bits(void **state)
{
    (void)state;
    static float first[40 * 40];

    for (int threads = 1; threads <= 3; threads++) {
        for (int turn = 0; turn < 2; turn++) {
            crf      c = make_long(40, 1.0f);
            kd_tape *tape = make_tape(threads);
            kd_tape_backward(tape, kd_op_crf_loss(tape, c.x, &c.weights, &c.rows, c.labels), 1.0f);
            if (turn == 0)
                memcpy(first, c.weights.transitions->g, sizeof first);
            else
                assert_memory_equal(first, c.weights.transitions->g, sizeof first);
            kd_tape_destroy(tape);
            drop_crf(&c);
        }
    }
}

/* ---- what is no number ---- */

static void test_nan_gives_nan_and_still_decodes(void **state)
{
    (void)state;
    for (int at = 0; at < 14; at += 13) {
        crf       c = make_crf(5, rows, of_all, FORBID_SOME, 1.0f);
        kd_tape  *tape = make_tape(1);
        kd_chains chains = kd_chains_of(tape, &c.rows, c.labels);
        int32_t   out[14];

        for (int k = 0; k < 5; k++) kd_tensor_row(c.x, at)[k] = NAN;
        float loss = kd_op_crf_loss(tape, c.x, &c.weights, &c.rows, c.labels)->x[0];
        assert_true(loss != loss);
        kd_op_crf_decode(tape, c.x, &c.weights, &chains, out);
        for (int n = 0; n < 14; n++) assert_true(out[n] >= 0 && out[n] < 5);
        kd_tape_destroy(tape);
        drop_crf(&c);
    }
}

static void test_one_nan_beside_the_label_gives_nan(void **state)
{
    (void)state;
    crf      c = make_crf(5, rows, of_all, FORBID_SOME, 1.0f);
    kd_tape *tape = make_tape(1);

    kd_tensor_row(c.x, 9)[4] = NAN;
    float loss = kd_op_crf_loss(tape, c.x, &c.weights, &c.rows, c.labels)->x[0];
    assert_true(loss != loss);
    kd_tape_destroy(tape);
    drop_crf(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_all_paths),
        cmocka_unit_test(test_one_tag_is_certain),
        cmocka_unit_test(test_no_label_is_no_loss),
        cmocka_unit_test(test_the_recursion_in_double_agrees_with_all_paths),
        cmocka_unit_test(test_long_chains_and_extreme_scores_keep_their_digits),
        cmocka_unit_test(test_decodes_long_chains),
        cmocka_unit_test(test_of_equal_paths_decodes_the_lowest_tags),
        cmocka_unit_test(test_a_chain_does_not_see_its_neighbours),
        cmocka_unit_test(test_repeats_its_bits),
        cmocka_unit_test(test_nan_gives_nan_and_still_decodes),
        cmocka_unit_test(test_one_nan_beside_the_label_gives_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
