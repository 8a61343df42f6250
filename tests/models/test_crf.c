/* The rules of the schemes, whole packs, and that transitions are learned. The formulas are tested
 * beside the ops (tests/tensor/test_op_crf.c). */
#include <math.h>
#include <string.h>

#include "harness/base/rng.h"
#include "models/crf.h"
#include "models/linear.h"
#include "models/tensor/optim.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

static const kd_scheme schemes[] = { KD_SCHEME_IOB1, KD_SCHEME_IOB2, KD_SCHEME_IOBES };

/* A CRF with its weights, over the tags of two types. */
typedef struct {
    kd_labels *labels;
    kd_params *params;
    kd_crf     crf;
    int        k;
} tagger;

static tagger make_tagger(kd_scheme scheme)
{
    tagger     t = { .labels = kd_labels_create(), .params = kd_params_create() };
    kd_error   err;
    kd_declare declare = { t.params, &kd_init_torch, KD_OK, &err };
    kd_rng     rng = kd_rng_root(2);

    kd_labels_add_type(t.labels, scheme, "Gene", 4);
    kd_labels_add_type(t.labels, scheme, "Drug", 4);
    t.k = kd_labels_count(t.labels);
    t.crf = kd_crf_declare(&declare, "crf", t.k);
    assert_ok(declare.status, &err);
    kd_params_allocate(t.params, true);
    kd_params_init(t.params, &rng);
    kd_crf_obey(&t.crf, t.labels);
    return t;
}

static void drop_tagger(tagger *t)
{
    kd_crf_fini(&t->crf);
    kd_params_destroy(t->params);
    kd_labels_destroy(t->labels);
}

static void test_declares_its_weights_by_name(void **state)
{
    (void)state;
    tagger t = make_tagger(KD_SCHEME_IOBES);
    static const struct {
        const char *name;
        int         rank;
    } of[] = { { "crf.transitions", 2 }, { "crf.start", 1 }, { "crf.end", 1 } };

    for (int i = 0; i < 3; i++) {
        const kd_param *param = kd_params_find(t.params, of[i].name);
        assert_non_null(param);
        assert_int_equal(param->rank, of[i].rank);
        for (size_t at = 0; at < param->length; at++)
            assert_true(fabsf(param->value.x[at]) <= 0.1f && param->value.x[at] != 0.0f);
    }
    assert_int_equal(kd_params_total(t.params), 9 * 9 + 9 + 9);
    drop_tagger(&t);
}

static void test_refuses_more_tags_than_there_is_room_for(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_error   err;
    kd_declare declare = { params, &kd_init_torch, KD_OK, &err };

    kd_crf_declare(&declare, "crf", KD_CRF_TAGS_MAX);
    assert_ok(declare.status, &err);
    kd_crf_declare(&declare, "other", KD_CRF_TAGS_MAX + 1);
    assert_fails(KD_ECONFIG, "crf: 257 labels, at most 256", declare.status, &err);
    kd_params_destroy(params);
}

/* ---- rules ---- */

static bool is_allowed(const kd_crf *crf, int k, const int16_t *tags, int length)
{
    for (int t = 0; t <= length; t++) {
        int from = t > 0 ? tags[t - 1] : k, to = t < length ? tags[t] : k;
        if (crf->forbidden[from * (k + 1) + to]) return false;
    }
    return true;
}

static bool next_sequence(int k, int16_t *tags, int length)
{
    for (int t = 0; t < length; t++) {
        if (++tags[t] < k) return true;
        tags[t] = 0;
    }
    return false;
}

static void test_allows_what_each_scheme_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        tagger t = make_tagger(schemes[i]);
        for (int length = 1; length <= 3; length++) {
            int16_t tags[3] = { 0 };
            do
                assert_int_equal(is_allowed(&t.crf, t.k, tags, length),
                                 kd_tags_invalid(t.labels, tags, length) == 0);
            while (next_sequence(t.k, tags, length));
        }
        drop_tagger(&t);
    }
}

static void test_plain_classes_may_follow_one_another(void **state)
{
    (void)state;
    kd_labels *labels = kd_labels_create();
    kd_params *params = kd_params_create();
    kd_error   err;
    kd_declare declare = { params, &kd_init_torch, KD_OK, &err };
    kd_crf     crf = kd_crf_declare(&declare, "crf", 2);

    kd_labels_add_class(labels, "yes", 3);
    kd_labels_add_class(labels, "no", 2);
    kd_crf_obey(&crf, labels);
    for (int i = 0; i < 9; i++) assert_int_equal(crf.forbidden[i], 0);
    kd_crf_fini(&crf);
    kd_params_destroy(params);
    kd_labels_destroy(labels);
}

/* ---- packs ---- */

/* Three sentences, the second without words, as [CLS] Ab ##c d [SEP] | [CLS] [SEP] | [CLS] e [SEP]
 */
enum { PIECES = 10 };
static int32_t       word[] = { -1, 0, 0, 1, -1, -1, -1, -1, 0, -1 };
static int32_t       piece_begin[] = { 0, 5, 7, 10 };
static const kd_pack pack = {
    .task = KD_TASK_NER, .sentences = 3, .pieces = PIECES, .word = word, .piece_begin = piece_begin
};
static const kd_rows rows = { 3, piece_begin };
static const int32_t firsts[] = { 1, 3, 8 };

static void draw_logits(float *logits, int k, uint64_t seed)
{
    kd_rng rng = kd_rng_root(seed);
    for (int i = 0; i < PIECES * k; i++) logits[i] = 4.0f * (float)kd_rng_normal(&rng);
}

static void test_keeps_labels_of_first_pieces(void **state)
{
    (void)state;
    int32_t       labels[PIECES] = { 5, 1, 1, 2, 6, 5, 6, 5, 3, 6 };
    const int32_t want[PIECES] = { -1, 1, -1, 2, -1, -1, -1, -1, 3, -1 };

    kd_crf_keep_firsts(labels, &rows, word);
    assert_memory_equal(labels, want, sizeof want);
}

static void test_tags_words_as_the_scheme_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        tagger t = make_tagger(schemes[i]);
        for (uint64_t seed = 0; seed < 200; seed++) {
            float   logits[PIECES * 9];
            int32_t tags[PIECES];
            for (int n = 0; n < PIECES; n++) tags[n] = 70 + n;
            draw_logits(logits, t.k, seed);
            kd_crf_tag_words(&t.crf, &pack, logits, 1, tags);
            const int16_t first[] = { (int16_t)tags[1], (int16_t)tags[3] };
            const int16_t second = (int16_t)tags[8];
            assert_int_equal(kd_tags_invalid(t.labels, first, 2), 0);
            assert_int_equal(kd_tags_invalid(t.labels, &second, 1), 0);
            assert_int_equal(tags[2], tags[1]);
            for (int n = 0; n < PIECES; n++) assert_true(word[n] >= 0 || tags[n] == 70 + n);
        }
        drop_tagger(&t);
    }
}

static void test_posteriors_take_the_place_of_logits(void **state)
{
    (void)state;
    tagger   t = make_tagger(KD_SCHEME_IOBES);
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ 0 });
    float    logits[PIECES * 9], said[PIECES * 9];
    int32_t  labels[PIECES] = { 0 };
    kd_pick  pick;

    draw_logits(logits, 9, 1);
    memcpy(said, logits, sizeof said);
    kd_crf_say_posteriors(&t.crf, &pack, 1, said);
    kd_crf_keep_firsts(labels, &rows, word);
    kd_tensor *y = kd_crf_marginals(&t.crf, tape, kd_tape_constant(tape, PIECES, 9, logits), &rows,
                                    labels, &pick);
    assert_int_equal(pick.count, 3);
    for (int i = 0; i < 3; i++) {
        int    n = firsts[i];
        double sum = 0.0;
        assert_int_equal(pick.row[i], n);
        for (int k = 0; k < 9; k++) sum += exp((double)said[n * 9 + k]);
        assert_close(sum, 1.0, 1e-6);
        assert_memory_equal(said + (size_t)n * 9, kd_tensor_row(y, n), 9 * sizeof *said);
        memcpy(said + (size_t)n * 9, logits + (size_t)n * 9, 9 * sizeof *said);
    }
    assert_memory_equal(said, logits, sizeof said);
    kd_tape_destroy(tape);
    drop_tagger(&t);
}

/* ---- learning ---- */

/* A CRF on a head: its likelihood, its posteriors and its logits, all learned at once. */
typedef struct {
    kd_tensor *x; /* (PIECES,4) */
    kd_linear  head;
    kd_crf     crf;
} network;

static kd_tensor *apply_network(kd_tape *tape, void *user)
{
    static int32_t labels[PIECES] = { 0, 1, 0, 4, 0, 0, 0, 0, 7, 0 };
    const network *net = user;
    kd_tensor     *logits = kd_linear_apply(&net->head, tape, net->x, KD_IDENTITY);
    kd_pick        pick;

    kd_crf_keep_firsts(labels, &rows, word);
    kd_tensor *marginals = kd_crf_marginals(&net->crf, tape, logits, &rows, labels, &pick);
    kd_tensor *terms[] = { kd_crf_loss(&net->crf, tape, logits, &rows, labels),
                           kd_gradcheck_dot(tape, marginals, 1),
                           kd_gradcheck_dot(tape, logits, 2) };
    return kd_op_weighted_sum(tape, 3, terms, (double[]){ 1.0, 0.1, 0.1 });
}

static void test_gradients_agree_with_differences_through_a_head(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_labels *labels = kd_labels_create();
    kd_error   err;
    kd_declare declare = { params, &kd_init_torch, KD_OK, &err };
    kd_rng     rng = kd_rng_root(4);
    network    net;

    kd_labels_add_type(labels, KD_SCHEME_IOBES, "Gene", 4);
    kd_labels_add_type(labels, KD_SCHEME_IOBES, "Drug", 4);
    net.x =
        kd_declare_matrix(&declare, "input", "x", PIECES, 4, (kd_init){ KD_INIT_UNIFORM, 1.0f });
    net.head = kd_linear_declare(&declare, "classifier", 4, 9);
    net.crf = kd_crf_declare(&declare, "crf", 9);
    assert_ok(declare.status, &err);
    kd_params_allocate(params, true);
    kd_params_init(params, &rng);
    kd_crf_obey(&net.crf, labels);
    kd_assert_gradients(params, apply_network, &net, 2e-3);
    kd_crf_fini(&net.crf);
    kd_params_destroy(params);
    kd_labels_destroy(labels);
}

/* The largest slope by the start scores of a student that learns from these posteriors. */
static float slope_towards(tagger *t, const float *logits, const float *teacher)
{
    kd_tape  *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    kd_param *start = kd_params_find(t->params, "crf.start");
    int32_t   labels[PIECES] = { 0 };
    float     largest = 0.0f;
    kd_pick   pick;

    kd_params_clear_gradients(t->params);
    kd_crf_keep_firsts(labels, &rows, word);
    kd_tensor *x = kd_tape_constant(tape, PIECES, t->k, logits);
    kd_tensor *y = kd_crf_marginals(&t->crf, tape, x, &rows, labels, &pick);
    kd_tape_backward(tape, kd_op_soft_cross_entropy(tape, y, teacher, 1.0, &pick), 1.0f);
    for (int k = 0; k < t->k; k++) largest = fmaxf(largest, fabsf(start->value.g[k]));
    kd_tape_destroy(tape);
    return largest;
}

/* Cross-entropy of posteriors is least where they are equal. */
static void test_equal_posteriors_leave_no_slope(void **state)
{
    (void)state;
    tagger t = make_tagger(KD_SCHEME_IOBES);
    float  logits[PIECES * 9], same[PIECES * 9], other[PIECES * 9];

    draw_logits(logits, 9, 5);
    memcpy(same, logits, sizeof same);
    kd_crf_say_posteriors(&t.crf, &pack, 1, same);
    draw_logits(other, 9, 6);
    kd_crf_say_posteriors(&t.crf, &pack, 1, other);
    assert_true(slope_towards(&t, logits, same) < 1e-6f);
    assert_true(slope_towards(&t, logits, other) > 1e-2f);
    drop_tagger(&t);
}

/* Logits are all 0, so only transitions can tell the tags. */
static void test_learns_which_tag_follows_which(void **state)
{
    (void)state;
    enum { LENGTH = 7 };
    static const int32_t begin[] = { 0, LENGTH }, gold[] = { 0, 1, 2, 0, 1, 2, 0 };
    static const float   logits[LENGTH * 5];
    const kd_rows        one = { 1, begin };
    tagger               t = make_tagger(KD_SCHEME_IOB2);
    kd_tape             *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    kd_optim_options     how;
    kd_error             err;
    int32_t              tags[LENGTH];
    float                first = 0.0f, last = 0.0f;

    kd_setting_defaults(kd_optim_settings, &how);
    how.lr = 0.1;
    kd_optim *optim = kd_optim_create(&how, t.params, 100);
    for (int i = 0; i < 100; i++) {
        kd_tensor *x = kd_tape_constant(tape, LENGTH, 5, logits);
        kd_tensor *loss = kd_crf_loss(&t.crf, tape, x, &one, gold);
        last = loss->x[0];
        if (i == 0) first = last;
        kd_tape_backward(tape, loss, 1.0f);
        assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
        kd_tape_reset(tape);
    }
    assert_true(first > 0.9f && last < 0.1f);
    kd_chains chains = kd_chains_of(tape, &one, gold);
    kd_op_crf_decode(tape, kd_tape_constant(tape, LENGTH, 5, logits), &t.crf.weights, &chains,
                     tags);
    assert_memory_equal(tags, gold, sizeof gold);
    kd_optim_destroy(optim);
    kd_tape_destroy(tape);
    drop_tagger(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declares_its_weights_by_name),
        cmocka_unit_test(test_refuses_more_tags_than_there_is_room_for),
        cmocka_unit_test(test_allows_what_each_scheme_allows),
        cmocka_unit_test(test_plain_classes_may_follow_one_another),
        cmocka_unit_test(test_keeps_labels_of_first_pieces),
        cmocka_unit_test(test_tags_words_as_the_scheme_allows),
        cmocka_unit_test(test_posteriors_take_the_place_of_logits),
        cmocka_unit_test(test_gradients_agree_with_differences_through_a_head),
        cmocka_unit_test(test_equal_posteriors_leave_no_slope),
        cmocka_unit_test(test_learns_which_tag_follows_which),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
