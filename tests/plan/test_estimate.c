/* test_estimate.c - seconds of nodes by hand, what they stand on, and what does not stand on them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/plan/estimate.h"
#include "harness/plan/pace.h"
#include "harness/plan/plan.h"
#include "tests/support/support.h"

static const char *const no_environment[] = { NULL };

typedef struct {
    kd_study *study;
    kd_plan  *plan;
} planned;

static planned plan_with(const char *text, kd_arg_list overrides)
{
    planned          p;
    kd_error         err;
    kd_study_options options = { .environment = no_environment, .overrides = overrides };
    assert_ok(kd_study_open(&p.study, kd_test_file("p.cfg", text), &options, &err), &err);
    assert_ok(kd_plan_create(&p.plan, p.study, NULL, &err), &err);
    return p;
}

static planned plan_of(const char *text)
{
    return plan_with(text, (kd_arg_list){ 0 });
}

static void close_plan(planned *p)
{
    kd_plan_destroy(p->plan);
    kd_study_close(p->study);
}

/* A machine on which a product's operation takes `product` s and nothing else takes any time. */
static kd_machine machine_of(double product, double update)
{
    kd_machine m = { .origin = KD_RATES_TYPICAL };
    for (int p = 0; p < KD_RATES_PRECISIONS; p++) {
        m.of[p].product = m.of[p].recurrent = product;
        m.of[p].update = update;
    }
    return m;
}

static double seconds_of_cell(planned *p, const kd_machine *m, const kd_learned *learned)
{
    kd_error err;
    assert_ok(kd_plan_estimate(p->plan, m, learned, &err), &err);
    return kd_plan_node_at(p->plan, kd_plan_node_of_cell(p->plan, 0))->seconds;
}

static size_t corpus_of(const planned *p)
{
    return (size_t)kd_plan_node_at(p->plan, kd_plan_node_of_cell(p->plan, 0))->inputs[0];
}

#define SMALL                                                                                \
    "measure = { latency = 0; }; "                                                           \
    "student = { kind = \"bilstm\"; layers = 1; embedding = 8; hidden = 4; }; threads = 1; " \
    "train = { epochs = 10; batch = 16; accumulate = 2; evaluate = 5; };"

static const kd_corpus_size told = {
    .train = 1000, .devel = 300, .test = 600, .sentences = 100, .vocab = 50, .labels = 3
};

/* ---- by hand ---- */

/* Directions 2, gates 4 of 4 units, from 8 features and 4 states; a head of 8 to 3 labels. */
enum { OPERATIONS = 2 * (2 * 16 * (8 + 4)) + 2 * 8 * 3 };
/* Words, gates with two biases, head. */
enum { WEIGHTS = 50 * 8 + 2 * (16 * (8 + 4) + 2 * 16) + 8 * 3 + 3 };

/* 100 sentences are 7 batches are 4 updates an epoch; devel is looked at twice on the way and once
 * more in the end. */
static void test_times_a_training_by_its_tokens_and_updates(void **state)
{
    (void)state;
    planned    p = plan_of("study = { " SMALL " };");
    kd_machine none = machine_of(0, 0), products = machine_of(1e-6, 0),
               updates = machine_of(0, 1e-6);
    kd_plan_tell_size(p.plan, corpus_of(&p), &told);
    double begin = seconds_of_cell(&p, &none, NULL);
    double tokens = 10 * 1000 + (3 * 300 + 600) / 3.0;
    assert_true(begin > 0 && begin < 0.1);
    assert_close(seconds_of_cell(&p, &products, NULL) - begin, OPERATIONS * 1e-6 * tokens, 1e-9);
    assert_close(seconds_of_cell(&p, &updates, NULL) - begin, WEIGHTS * 1e-6 * 4 * 10, 1e-9);
    close_plan(&p);
}

/* Ranks share what tokens ask for and two looks at devel; each of them updates all weights, and one measures. */
static void test_ranks_share_the_tokens_of_a_training(void **state)
{
    (void)state;
    const char *four = "train.ranks=4";
    planned     p = plan_with("study = { " SMALL " };", (kd_arg_list){ &four, 1 });
    kd_machine  none = machine_of(0, 0), products = machine_of(1e-6, 0),
               updates = machine_of(0, 1e-6);
    kd_plan_tell_size(p.plan, corpus_of(&p), &told);
    double              begin = seconds_of_cell(&p, &none, NULL);
    const kd_plan_node *node = kd_plan_node_at(p.plan, kd_plan_node_of_cell(p.plan, 0));
    assert_int_equal(node->ranks, 4);
    assert_int_equal(node->threads, 4);
    double shared = (10 * 1000 + 2 * 300 / 3.0) / 4, looks = (300 + 600) / 3.0;
    assert_close(seconds_of_cell(&p, &products, NULL) - begin, OPERATIONS * 1e-6 * (shared + looks),
                 1e-9);
    double longest = kd_plan_longest_s(p.plan, KD_PART_STUDENT, 4);
    assert_close(kd_plan_longest_s(p.plan, KD_PART_STUDENT, 8),
                 longest - OPERATIONS * 1e-6 * shared / 2, 1e-6);
    assert_close(kd_plan_longest_s(p.plan, KD_PART_TEACHER, 8), longest, 1e-12);
    assert_close(kd_plan_longest_s(p.plan, KD_PART_STUDENT, 2), longest, 1e-12);
    assert_close(seconds_of_cell(&p, &updates, NULL) - begin, WEIGHTS * 1e-6 * 4 * 10, 1e-9);
    close_plan(&p);
}

static void test_counts_steps_threads_and_augmentation(void **state)
{
    (void)state;
    static const struct {
        const char *setting;
        double      tokens; /* there and back, and a third of those of evaluations */
        double      threads;
    } cases[] = {
        { "threads=1", 10500, 1 },
        { "threads=2", 10500, 2 },
        { "train.steps=20", 5 * 1000 + (2 * 300 + 600) / 3.0, 1 },
        { "train.evaluate_steps=4", 10 * 1000 + (11 * 300 + 600) / 3.0, 1 },
        { "augment.passes=2", 10 * 7000 + (3 * 300 + 600) / 3.0, 1 },
    };
    kd_machine none = machine_of(0, 0), products = machine_of(1e-6, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *own = cases[i].setting;
        planned     p = plan_with("study = { " SMALL " };", (kd_arg_list){ &own, 1 });
        kd_plan_tell_size(p.plan, corpus_of(&p), &told);
        double begin = seconds_of_cell(&p, &none, NULL);
        assert_close(seconds_of_cell(&p, &products, NULL) - begin,
                     OPERATIONS * 1e-6 * cases[i].tokens / cases[i].threads, 1e-9);
        close_plan(&p);
    }
}

/* A corpus that was made already has its own count. */
static void test_takes_an_augmented_size_as_it_is(void **state)
{
    (void)state;
    planned        p = plan_of("study = { " SMALL " augment = { passes = 2; }; };");
    kd_machine     none = machine_of(0, 0), products = machine_of(1e-6, 0);
    kd_corpus_size size = told;
    size.is_augmented = true;
    kd_plan_tell_size(p.plan, corpus_of(&p), &size);
    double begin = seconds_of_cell(&p, &none, NULL);
    assert_close(seconds_of_cell(&p, &products, NULL) - begin, OPERATIONS * 1e-6 * 10500, 1e-9);
    close_plan(&p);
}

/* The teacher's pass forward comes with every step where its states are not kept. */
static void test_counts_the_teacher_that_is_asked(void **state)
{
    (void)state;
#define PAIR                                                                                    \
    "study = { student = { kind = \"bert\"; layers = 2; hidden = 64; heads = 2; ffn = 16; };\n" \
    "teacher = { kind = \"bert\"; layers = 12; hidden = 64; heads = 2; ffn = 512; };\n"         \
    "distill = { method = \"pkd\"; };\n"
    planned asks = plan_of(PAIR "};"), keeps = plan_of(PAIR "targets = { states_gib = 1.0; }; };");
    kd_machine m = machine_of(1e-9, 0);
    double asking = seconds_of_cell(&asks, &m, NULL), keeping = seconds_of_cell(&keeps, &m, NULL);
    assert_true(asking > 3 * keeping);
    close_plan(&asks);
    close_plan(&keeps);
}

/* Where a method learns over PAD, a batch has three times as many pieces. */
static void test_counts_the_padding_that_is_learned(void **state)
{
    (void)state;
#define PADDING(what)                                                                    \
    "study = { " SMALL                                                                   \
    " teacher = { kind = \"bert\"; layers = 1; hidden = 8; heads = 2; ffn = 16; "        \
    "}; data = { max_pieces = 64; }; targets = { padding = true; };\n"                   \
    "distill = { method = \"logit-mse\"; alpha = 0.0; rows = \"all\"; padding = \"" what \
    "\"; }; };"
    planned    plain = plan_of(PADDING("none")), padded = plan_of(PADDING("source"));
    kd_machine none = machine_of(0, 0), products = machine_of(1e-6, 0);
    kd_plan_tell_size(plain.plan, corpus_of(&plain), &told);
    kd_plan_tell_size(padded.plan, corpus_of(&padded), &told);
    double begin = seconds_of_cell(&plain, &none, NULL);
    double little = seconds_of_cell(&plain, &products, NULL) - begin;
    double more = seconds_of_cell(&padded, &products, NULL) - begin;
    assert_close(more - little, OPERATIONS * 1e-6 * 2 * 10 * 1000, 1e-9);
    close_plan(&plain);
    close_plan(&padded);
}

static void test_knows_the_longest_path_that_is_left(void **state)
{
    (void)state;
    planned p =
        plan_of("study = { seeds = [1, 2]; teacher = { kind = \"bert\"; layers = 1; hidden = "
                "32; heads = 2; ffn = 64; };\n"
                "axes = ( { key = \"student.hidden\"; values = [16, 32]; },\n"
                "{ key = \"distill.method\"; values = [\"none\", \"logit-mse\"]; } ); };");
    double longest = 0;
    seconds_of_cell(&p, kd_machine_typical(), NULL);
    for (size_t i = 0; i < kd_plan_count(p.plan); i++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, i);
        double              after = 0;
        size_t              count;
        const int32_t      *users = kd_plan_users(p.plan, i, &count);
        for (size_t u = 0; u < count; u++)
            after = fmax(after, kd_plan_node_at(p.plan, (size_t)users[u])->remaining);
        assert_true(node->seconds > 0);
        assert_close(node->remaining, node->seconds + after, 1e-12);
        longest = fmax(longest, node->remaining);
    }
    assert_close(kd_plan_node_at(p.plan, 0)->remaining, longest, 0); /* it begins at the corpus */
    close_plan(&p);
}

/* ---- what does not depend on it ---- */

static void test_leaves_ids_and_states_alone(void **state)
{
    (void)state;
    planned    p = plan_of(PAIR "targets = { states_gib = 1.0; }; seeds = [1, 2, 3]; };");
    size_t     count = kd_plan_count(p.plan);
    kd_id     *ids = kd_alloc(count, sizeof *ids);
    kd_machine slow = machine_of(1, 1);
    for (size_t i = 0; i < count; i++) ids[i] = kd_plan_node_at(p.plan, i)->id;
    kd_plan_tell_size(p.plan, corpus_of(&p), &(kd_corpus_size){ .train = 1e12, .sentences = 1 });
    seconds_of_cell(&p, &slow, NULL);
    assert_int_equal(kd_plan_count(p.plan), count);
    for (size_t i = 0; i < count; i++) {
        const kd_plan_node *node = kd_plan_node_at(p.plan, i);
        kd_arena           *arena = kd_arena_create(0);
        kd_resolved         text;
        kd_error            err;
        assert_true(kd_id_equal(node->id, ids[i]));
        assert_ok(kd_plan_resolve(p.plan, i, arena, &text, &err), &err); /* and digests to it */
        assert_true(kd_id_equal(text.id, ids[i]));
        assert_true(node->inside != KD_PLAN_ASKS);
        kd_arena_destroy(arena);
    }
    free(ids);
    close_plan(&p);
}

/* ---- learning ---- */

static void test_takes_the_median_and_trusts_few_cells_less(void **state)
{
    (void)state;
    double one[] = { 8 }, two[] = { 4, 16 }, three[] = { 100, 2, 1 }, four[] = { 3, 1, 9, 2 };
    assert_close(kd_learned_of(NULL, 0), 1, 0);
    assert_close(kd_learned_of(one, 1), 2, 1e-12);                /* 8^(1/3) */
    assert_close(kd_learned_of(two, 2), pow(10, 2 / 3.0), 1e-12); /* the median is 10 */
    assert_close(kd_learned_of(three, 3), 2, 1e-12);
    assert_close(kd_learned_of(four, 4), 2.5, 1e-12);
}

/* Settings sorted, as a store has them. */
static const kd_record_setting student[] = {
    { "distill.method", "none" },
    { "precision", "f32" },
    { "student.embedding", "8" },
    { "student.hidden", "4" },
    { "student.kind", "bilstm" },
    { "student.layers", "1" },
    { "task", "ner" },
    { "threads", "1" },
    { "train.epochs", "10" },
};

static kd_record record_of(kd_record_metric *metrics, size_t count)
{
    return (kd_record){ .kind = "model",
                        .settings = student,
                        .setting_count = sizeof student / sizeof *student,
                        .metrics = metrics,
                        .metric_count = count };
}

/* 1000 tokens of (operations with 9 labels) us, 4 updates of 100 weights: it took twice that. */
static void test_learns_by_kind_and_precision(void **state)
{
    (void)state;
    enum { WITH_9 = 2 * (2 * 16 * (8 + 4)) + 2 * 8 * 9 };
    double           should = 1000 * WITH_9 * 1e-6 + 4 * 100 * 1e-6;
    kd_record_metric metrics[] = { { "size.parameters", 100 },
                                   { "time.train_s", 2 * should },
                                   { "train.sentences", 100 },
                                   { "train.tokens", 1000 },
                                   { "train.updates", 4 } };
    kd_record        records[3];
    kd_learned       learned;
    kd_machine       m = machine_of(1e-6, 1e-6);
    for (int i = 0; i < 3; i++) records[i] = record_of(metrics, sizeof metrics / sizeof *metrics);
    kd_learn(&learned, NULL, records, 3, &m);
    assert_int_equal(learned.cells, 3);
    for (int k = 0; k < KD_KIND_COUNT; k++)
        for (int p = 0; p < KD_RATES_PRECISIONS; p++) {
            bool is_it = !strcmp(kd_model_kind_at((kd_kind)k)->name, "bilstm") && p == KD_F32;
            assert_int_equal(learned.of[k][p].cells, is_it ? 3 : 0);
            assert_close(learned.of[k][p].factor, is_it ? 2 : 1, 1e-9);
        }
    planned p = plan_of("study = { " SMALL " };");
    kd_plan_tell_size(p.plan, corpus_of(&p), &told);
    kd_machine none = machine_of(0, 0);
    double     begin = seconds_of_cell(&p, &none, NULL);
    double     plain = seconds_of_cell(&p, &m, NULL) - begin;
    assert_close(seconds_of_cell(&p, &m, &learned) - begin, 2 * plain, 1e-9);
    close_plan(&p);
}

/* On a busy machine the wall's clock says more than the work; a quarter of it was this cell's. */
static void test_learns_from_the_time_of_cores(void **state)
{
    (void)state;
    kd_record_metric metrics[] = { { "time.cell_s", 20 },    { "time.cpu_s", 5 },
                                   { "time.train_s", 16 },   { "train.sentences", 100 },
                                   { "train.tokens", 1000 }, { "train.updates", 4 } };
    kd_record        record = record_of(metrics, sizeof metrics / sizeof *metrics);
    kd_machine       m = machine_of(1e-6, 0);
    kd_learned       busy, alone;
    kd_learn(&busy, NULL, &record, 1, &m);
    metrics[1].value = 20;
    metrics[2].value = 4; /* 16 * 5/20 */
    kd_learn(&alone, NULL, &record, 1, &m);
    assert_int_equal(busy.cells, 1);
    for (int k = 0; k < KD_KIND_COUNT; k++)
        assert_close(busy.of[k][KD_F32].factor, alone.of[k][KD_F32].factor, 1e-12);
}

/* A store has records of every age and kind. */
static void test_learns_nothing_from_what_says_nothing(void **state)
{
    (void)state;
    static const kd_record_setting other[] = { { "distill.method", "telepathy" },
                                               { "student.kind", "bilstm" },
                                               { "train.epochs", "10" } };
    kd_record_metric short_one[] = { { "time.train_s", 0.01 }, { "train.tokens", 1000 } };
    kd_record_metric no_tokens[] = { { "time.train_s", 10 } };
    kd_record_metric enough[] = { { "time.train_s", 10 }, { "train.tokens", 1000 } };
    kd_record        records[] = {
               record_of(short_one, 2), record_of(no_tokens, 1), record_of(enough, 2),
               record_of(enough, 2),    record_of(enough, 2),    record_of(enough, 2)
    };
    kd_machine m = machine_of(1e-6, 0);
    kd_learned learned;
    records[2].kind = "corpus";
    records[3].setting_count = 0;
    records[4].settings = other; /* of a program that knows more */
    records[4].setting_count = sizeof other / sizeof *other;
    kd_learn(&learned, NULL, records, 5, &m);
    assert_int_equal(learned.cells, 0);
    kd_learn(&learned, NULL, records, 6, &m); /* the last one is as it should be */
    assert_int_equal(learned.cells, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_a_training_by_its_tokens_and_updates),
        cmocka_unit_test(test_counts_steps_threads_and_augmentation),
        cmocka_unit_test(test_ranks_share_the_tokens_of_a_training),
        cmocka_unit_test(test_takes_an_augmented_size_as_it_is),
        cmocka_unit_test(test_counts_the_teacher_that_is_asked),
        cmocka_unit_test(test_counts_the_padding_that_is_learned),
        cmocka_unit_test(test_knows_the_longest_path_that_is_left),
        cmocka_unit_test(test_leaves_ids_and_states_alone),
        cmocka_unit_test(test_takes_the_median_and_trusts_few_cells_less),
        cmocka_unit_test(test_learns_by_kind_and_precision),
        cmocka_unit_test(test_learns_from_the_time_of_cores),
        cmocka_unit_test(test_learns_nothing_from_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
