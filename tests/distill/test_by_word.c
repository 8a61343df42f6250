/* test_by_word.c - what a teacher says of its pieces is learned by a student with others: sentences worked by hand. */
#include "distill/by_word.h"

#include <math.h>

#include "distill/batch.h"
#include "harness/base/half.h"
#include "tests/support/support.h"

enum { K = 2, SENTENCES = 3, WORDS = 6, NO = KD_NO_TAG };

/* Words: "Interleukin binds" | "p53" | "of the gene". The teacher's third row was cut
 * behind "the":
 *
 *     [CLS] Inter ##leu ##kin binds [SEP]   [CLS] p ##53 [SEP]   [CLS] of the [SEP]
 *       0     1     2     3     4     5       6   7   8    9       10  11  12   13      logits n and -n
 */
static int32_t word_begin[] = { 0, 2, 3, 6 };
static int32_t teacher_begin[] = { 0, 6, 10, 14 };
static int32_t teacher_word[] = { -1, 0, 0, 0, 1, -1, -1, 0, 0, -1, -1, 0, 1, -1 };

/* The student reads Inter leukin binds | p5 3 | of the ge, its third row being cut within "gene". */
static int32_t student_begin[] = { 0, 5, 9, 14 };
static int32_t student_word[] = { -1, 0, 0, 1, -1, -1, 0, 0, -1, -1, 0, 1, 2, -1 };
static int16_t student_tags[] = { NO, 1, 1, 0, NO, NO, 1, 1, NO, NO, 0, 0, 1, NO };
static int32_t student_ids[14];

static const kd_pack teacher = { .task = KD_TASK_NER,
                                 .sentences = SENTENCES,
                                 .pieces = 14,
                                 .words = WORDS,
                                 .word = teacher_word,
                                 .piece_begin = teacher_begin,
                                 .word_begin = word_begin };
static const kd_pack student = { .task = KD_TASK_NER,
                                 .sentences = SENTENCES,
                                 .pieces = 14,
                                 .words = WORDS,
                                 .ids = student_ids,
                                 .word = student_word,
                                 .tags = student_tags,
                                 .piece_begin = student_begin,
                                 .word_begin = word_begin };

static float said[14 * K];

static int fill(void **state)
{
    (void)state;
    for (int n = 0; n < 14; n++) said[n * K] = (float)n, said[n * K + 1] = (float)-n;
    return 0;
}

static void check_words(kd_word_rule rule, const float *want)
{
    float out[WORDS * K];
    kd_words_of_pieces(&teacher, said, K, rule, out);
    for (int w = 0; w < WORDS; w++) {
        assert_int_equal(kd_word_is_said(out + w * K), !isnan(want[w]));
        if (isnan(want[w])) continue;
        assert_true(out[w * K] == want[w] && out[w * K + 1] == -want[w]);
    }
}

static void test_takes_the_first_piece_of_a_word(void **state)
{
    (void)state;
    check_words(KD_WORDS_FIRST, (float[]){ 1, 4, 7, 11, 12, NAN });
}

static void test_takes_the_mean_of_its_pieces(void **state)
{
    (void)state;
    check_words(KD_WORDS_MEAN, (float[]){ 2, 4, 7.5f, 11, 12, NAN });
}

/* What is gathered of the sentences 2 and 0, whose first numbers at each piece are `want`, NAN where nothing is said. */
static void check_batch(const kd_targets *targets, const float *want)
{
    kd_batcher *batcher = kd_batcher_create(&student, targets, 2, K);
    kd_lesson   lesson = { 0 };
    kd_batch    batch = kd_batcher_gather(batcher, (int32_t[]){ 2, 0 }, 2, &lesson);
    assert_int_equal(kd_rows_total(&batch.rows), 10);
    for (int n = 0; n < 10; n++) {
        bool is_said = !isnan(want[n]);
        assert_int_equal(lesson.said[n], is_said);
        assert_true(lesson.teacher_logits[n * K] == (is_said ? want[n] : 0));
        assert_true(lesson.teacher_logits[n * K + 1] == (is_said ? -want[n] : 0));
    }
    kd_batcher_destroy(batcher);
}

static const float of_batch[] = { NAN, 11, 12, NAN, NAN, NAN, 1, 1, 4, NAN };

static void test_gives_a_word_to_each_piece_of_another_cut(void **state)
{
    (void)state;
    float words[WORDS * K];
    kd_words_of_pieces(&teacher, said, K, KD_WORDS_FIRST, words);
    check_batch(&(kd_targets){ .rows = WORDS, .labels = K, .is_by_word = true, .logits = words },
                of_batch);
}

/* The same without targets: sentences 2 and 0, one after another. */
static void test_moves_what_is_said_from_one_cut_to_another(void **state)
{
    (void)state;
    static const int sentences[] = { 2, 0 };
    float            out[10 * K];
    uint8_t          is_said[10];
    for (int i = 0, at = 0; i < 2; i++) {
        int s = sentences[i];
        kd_words_move(&teacher, said + teacher_begin[s] * K, &student, s, K, out + at * K,
                      is_said + at);
        at += student_begin[s + 1] - student_begin[s];
    }
    for (int n = 0; n < 10; n++) {
        assert_int_equal(is_said[n], !isnan(of_batch[n]));
        assert_true(out[n * K] == (is_said[n] ? of_batch[n] : 0));
        assert_true(out[n * K + 1] == (is_said[n] ? -of_batch[n] : 0));
    }
}

static void test_keeps_what_is_not_said_in_halves(void **state)
{
    (void)state;
    float    words[WORDS * K];
    uint16_t halves[WORDS * K];
    kd_words_of_pieces(&teacher, said, K, KD_WORDS_FIRST, words);
    kd_halves_encode(WORDS * K, words, halves);
    check_batch(&(kd_targets){ .rows = WORDS, .labels = K, .is_by_word = true, .halves = halves },
                of_batch);
}

static void test_says_everything_where_pieces_are_the_same(void **state)
{
    (void)state;
    kd_targets  targets = { .rows = 14, .labels = K, .logits = said };
    kd_batcher *batcher = kd_batcher_create(&student, &targets, 2, K);
    kd_lesson   lesson = { 0 };
    kd_batcher_gather(batcher, (int32_t[]){ 0 }, 1, &lesson);
    assert_null(lesson.said);
    kd_batcher_destroy(batcher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_the_first_piece_of_a_word),
        cmocka_unit_test(test_takes_the_mean_of_its_pieces),
        cmocka_unit_test(test_gives_a_word_to_each_piece_of_another_cut),
        cmocka_unit_test(test_moves_what_is_said_from_one_cut_to_another),
        cmocka_unit_test(test_keeps_what_is_not_said_in_halves),
        cmocka_unit_test(test_says_everything_where_pieces_are_the_same),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
