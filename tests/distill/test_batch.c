/* test_batch.c - it gathers what belongs to a sentence, and lengthens by PAD where that is asked.
 */
#include <stdlib.h>

#include "distill/batch.h"
#include "distill/trainer.h"
#include "harness/base/half.h"
#include "tests/support/support.h"

enum { K = 2, PAD = 9 };

/* Sentences of 3, 1 and 2 pieces. The logits of piece n are n and -n, those of a PAD behind
 * sentence b are 100 + b and 200 + b. */
static int32_t ids[] = { 1, 2, 3, 4, 5, 6 }, begin[] = { 0, 3, 4, 6 };
static int32_t word[] = { 0, 0, 1, 0, -1, 0 };
static int16_t tags[] = { 0, 1, 0, 1, KD_NO_TAG, 1 };
static float   logits[6 * K], padding[3 * K];

static const kd_pack pack = { .task = KD_TASK_NER,
                              .sentences = 3,
                              .pieces = 6,
                              .ids = ids,
                              .tags = tags,
                              .piece_begin = begin,
                              .word = word };

static int fill(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) logits[n * K] = (float)n, logits[n * K + 1] = (float)-n;
    for (int b = 0; b < 3; b++)
        padding[b * K] = (float)(100 + b), padding[b * K + 1] = (float)(200 + b);
    return 0;
}

static void test_gathers_sentences_in_their_order(void **state)
{
    (void)state;
    static const int32_t want_ids[] = { 5, 6, 1, 2, 3 }, want_tags[] = { -1, 1, 0, 1, 0 };
    static const int32_t want_firsts[] = { -1, 1, 0, -1, 0 };
    kd_targets           targets = { .rows = 6, .labels = K, .logits = logits };
    kd_batcher          *batcher = kd_batcher_create(&pack, &targets, 2, K);
    kd_lesson            lesson = { 0 };
    kd_batch             batch = kd_batcher_gather(batcher, (int32_t[]){ 2, 0 }, 2, &lesson);
    assert_int_equal(kd_rows_total(&batch.rows), 5);
    assert_memory_equal(batch.ids, want_ids, sizeof want_ids);
    assert_memory_equal(lesson.labels, want_tags, sizeof want_tags);
    assert_memory_equal(lesson.firsts, want_firsts, sizeof want_firsts);
    assert_true(lesson.teacher_logits[0] == 4 && lesson.teacher_logits[2 * K + 1] == 0);
    assert_true(lesson.teacher_logits[4 * K] == 2 && lesson.teacher_logits[4 * K + 1] == -2);
    assert_int_equal(kd_batcher_pieces(batcher), 5);
    kd_batcher_destroy(batcher);
}

static void test_gives_halves_as_floats(void **state)
{
    (void)state;
    uint16_t   halves[6 * K];
    kd_targets targets = { .rows = 6, .labels = K, .halves = halves };
    kd_lesson  lesson = { 0 };
    kd_halves_encode(6 * K, logits, halves);
    kd_batcher *batcher = kd_batcher_create(&pack, &targets, 2, K);
    kd_batcher_gather(batcher, (int32_t[]){ 2, 0 }, 2, &lesson);
    assert_memory_equal(lesson.teacher_logits, logits + 4 * K, 2 * K * sizeof(float));
    assert_memory_equal(lesson.teacher_logits + 2 * K, logits, 3 * K * sizeof(float));
    kd_batcher_destroy(batcher);
}

static void test_lengthens_by_pad_to_the_longest(void **state)
{
    (void)state;
    static const int32_t want_ids[] = { 4, PAD, PAD, 1, 2, 3, 5, 6, PAD };
    static const int32_t want_tags[] = { 1, -1, -1, 0, 1, 0, -1, 1, -1 };
    static const int32_t want_firsts[] = { 1, -1, -1, 0, -1, 0, -1, 1, -1 };
    kd_targets           targets = { .rows = 6, .labels = K, .logits = logits, .padding = padding };
    kd_batcher          *batcher = kd_batcher_create(&pack, &targets, 3, K);
    kd_lesson            lesson = { 0 };
    kd_batcher_pad(batcher, PAD);
    kd_batch batch = kd_batcher_gather(batcher, (int32_t[]){ 1, 0, 2 }, 3, &lesson);
    assert_int_equal(kd_rows_total(&batch.rows), 9);
    assert_memory_equal(batch.ids, want_ids, sizeof want_ids);
    assert_memory_equal(lesson.labels, want_tags, sizeof want_tags);
    assert_memory_equal(lesson.firsts, want_firsts, sizeof want_firsts); /* PAD is in no chain */
    assert_true(lesson.teacher_logits[0] == 3 && lesson.teacher_logits[1 * K] == 101);
    assert_true(lesson.teacher_logits[2 * K + 1] == 201 && lesson.teacher_logits[8 * K] == 102);
    assert_int_equal(kd_batcher_pieces(batcher), 6); /* PAD is no token that was learned from */
    kd_batcher_destroy(batcher);
}

/* Cuts of `ranks` follow one another, and are as long as `want` says. */
static void assert_cuts(const int *lengths, int count, int ranks, const int *want)
{
    int32_t     starts[16] = { 0 }, order[16];
    kd_pack     of = { .task = KD_TASK_TEXT, .sentences = count, .piece_begin = starts };
    kd_batcher *batcher;
    int         next = 0;
    for (int i = 0; i < count; i++) {
        starts[i + 1] = starts[i] + lengths[i];
        order[i] = i;
    }
    batcher = kd_batcher_create(&of, NULL, count, K);
    for (int r = 0; r < ranks; r++) {
        kd_cut cut = kd_batcher_cut(batcher, order, count, r, ranks);
        assert_int_equal(cut.first, next);
        assert_int_equal(cut.count, want[r]);
        next += cut.count;
    }
    assert_int_equal(next, count);
    kd_batcher_destroy(batcher);
}

static void test_cuts_a_batch_by_its_pieces(void **state)
{
    (void)state;
    assert_cuts((int[]){ 5, 5, 5, 5 }, 4, 2, (int[]){ 2, 2 });
    assert_cuts((int[]){ 9, 3, 3, 3 }, 4, 2, (int[]){ 1, 3 });
    assert_cuts((int[]){ 3, 3, 3, 9 }, 4, 2, (int[]){ 3, 1 });
    assert_cuts((int[]){ 1, 1, 1, 1, 1, 1, 90, 1, 1, 1, 1 }, 11, 4, (int[]){ 6, 1, 1, 3 });
    assert_cuts((int[]){ 90, 1, 1 }, 3, 3, (int[]){ 1, 1, 1 });
    assert_cuts((int[]){ 4, 4 }, 2, 4, (int[]){ 1, 1, 0, 0 });
}

static void test_a_cut_knows_what_stands_before_it(void **state)
{
    (void)state;
    static const int32_t want_ids[] = { 1, 2, 3, 5, 6 };
    kd_batcher          *batcher = kd_batcher_create(&pack, NULL, 3, K);
    kd_lesson            lesson = { 0 };
    size_t               before[KD_OF_COUNT];
    const int32_t        order[] = { 1, 0, 2 };
    kd_batch batch = kd_batcher_gather_cut(batcher, order, 3, (kd_cut){ 1, 2 }, before, &lesson);
    assert_int_equal(kd_rows_total(&batch.rows), 5);
    assert_memory_equal(batch.ids, want_ids, sizeof want_ids);
    assert_int_equal(before[KD_OF_SENTENCES], 1);
    assert_int_equal(before[KD_OF_PIECES], 1);
    assert_int_equal(before[KD_OF_SQUARES], 1);
    kd_batcher_pad(batcher, PAD); /* to the longest of the batch, wherever that is */
    batch = kd_batcher_gather_cut(batcher, order, 3, (kd_cut){ 2, 1 }, before, &lesson);
    assert_int_equal(kd_rows_total(&batch.rows), 3);
    assert_int_equal(batch.ids[2], PAD);
    assert_int_equal(before[KD_OF_PIECES], 6);
    assert_int_equal(before[KD_OF_SQUARES], 18);
    kd_batcher_destroy(batcher);
}

/* Sentences of 3, 1 and 2 pieces in two stretches, and in more than there are sentences. */
static void test_stretches_are_the_whole_pack(void **state)
{
    (void)state;
    kd_stretch first = kd_stretch_of(&pack, 0, 2), second = kd_stretch_of(&pack, 1, 2);
    assert_true(first.first == 0 && first.end == 1 && second.first == 1 && second.end == 3);
    for (int parts = 1, next = 0; parts < 8; parts++, next = 0) {
        for (int part = 0; part < parts; part++) {
            kd_stretch of = kd_stretch_of(&pack, part, parts);
            assert_int_equal(of.first, next);
            next = of.end;
        }
        assert_int_equal(next, pack.sentences);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gathers_sentences_in_their_order),
        cmocka_unit_test(test_gives_halves_as_floats),
        cmocka_unit_test(test_lengthens_by_pad_to_the_longest),
        cmocka_unit_test(test_cuts_a_batch_by_its_pieces),
        cmocka_unit_test(test_a_cut_knows_what_stands_before_it),
        cmocka_unit_test(test_stretches_are_the_whole_pack),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
