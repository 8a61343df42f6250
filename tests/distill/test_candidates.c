/* test_candidates.c - answers from starts and ends, and what they are worth, by hand. */
#include "distill/candidates.h"

#include <string.h>

#include "tests/support/support.h"

/* ---- worth ---- */

static kd_questions one(const kd_gold *gold, int count)
{
    kd_questions q = { .count = 0 };
    kd_questions_add(&q,
                     (kd_question){ .id = "a", .context = "", .count = count, .answers = gold });
    return q;
}

static void assert_worth(const kd_gold *gold, int count, const char *said, double exact, double f1)
{
    kd_questions    q = one(gold, count);
    kd_answer_worth got = kd_answer_weigh(&q, 0, said, strlen(said));
    assert_close(got.exact, exact, 1e-12);
    assert_close(got.f1, f1, 1e-12);
    kd_questions_fini(&q);
}

static void assert_normal(const char *text, const char *want)
{
    kd_str out = KD_STR_INIT;
    kd_answer_normalise(&out, text, strlen(text));
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
}

static void test_normal_forms(void **state)
{
    (void)state;
    assert_normal("The  Cat, a DOG!", "cat dog");
    assert_normal("an IL-2 receptor", "il2 receptor");
    assert_normal("vitamin A", "vitamin");
    assert_normal("theta an\ttheme", "theta theme"); /* articles are whole words */
    assert_normal("a.b", "ab");                      /* punctuation goes first, and joins */
    assert_normal("a\xe2\x80\x93z",
                  "\xe2\x80\x93z"); /* a dash beyond ASCII stays, and parts words */
    assert_normal("\xce\x91\xce\xb2", "\xce\xb1\xce\xb2");
    assert_normal(" the ", "");
}

/* The official script's figures: 2 P R / (P + R) of words, the best of all right answers. */
static void test_exact_match_and_f1_as_squad_has_them(void **state)
{
    (void)state;
    static const kd_gold gold[] = { { "the factor VIII gene", 0, 0 }, { "factor VIII", 0, 0 } };
    static const kd_gold twice[] = { { "a b b c", 0, 0 } };
    assert_worth(gold, 2, "Factor VIII.", 1, 1);
    assert_worth(gold, 1, "factor VIII", 0, 0.8);
    assert_worth(gold, 2, "factor IX", 0, 0.5);
    assert_worth(gold, 2, "thrombin", 0, 0);
    assert_worth(twice, 1, "b b b", 0, 2.0 * 2 / (3 + 3)); /* "a" is an article */
    assert_worth(gold, 2, "", 0, 0);
    assert_worth(gold, 0, "", 1, 1); /* no answer, and none given */
    assert_worth(gold, 0, "factor", 0, 0);
}

/* ---- ranking ---- */

/* Two questions; the first has two texts. */
static kd_questions ask(void)
{
    static const kd_gold gene[] = { { "fbn1", 4, 8 }, { "fibrillin", -1, -1 } },
                         none[] = { { "fbn1", -1, -1 } };
    static const kd_gold year[] = { { "1991", 3, 7 } };
    kd_questions         q = { .count = 0 };
    kd_questions_add(
        &q, (kd_question){
                .id = "a", .number = 0, .context = "the FBN1 x", .count = 2, .answers = gene });
    kd_questions_add(
        &q,
        (kd_question){ .id = "b", .number = 1, .context = "in 1991", .count = 1, .answers = year });
    kd_questions_add(
        &q, (kd_question){ .id = "a", .number = 0, .context = "x y", .count = 1, .answers = none });
    return q;
}

enum { PIECES = 15 };

static const kd_no_answer never = { .may_be = false };

/* Windows [CLS] ? w w .. of the three rows: 6, 5 and 4 pieces. */
static kd_pack window(const kd_questions *q)
{
    static int32_t word[PIECES] = { -1, 0, 1, 1, 1, -1, -1, 0, 1, 1, -1, -1, 0, 1, 1 };
    static int32_t places[2 * PIECES] = {
        -1, -1, -1, -1, 0, 3,  4,  8,  9,  10, -1, -1, -1, -1, -1,
        -1, 0,  2,  3,  7, -1, -1, -1, -1, -1, -1, 0,  1,  2,  3
    };
    static int32_t begin[] = { 0, 6, 11, 15 }, rows[] = { 0, 1, 2 };
    return (kd_pack){ .task = KD_TASK_QA,
                      .sentences = 3,
                      .pieces = PIECES,
                      .word = word,
                      .piece_begin = begin,
                      .documents = rows,
                      .places = places,
                      .answer_pieces = 2,
                      .questions = q };
}

static const char *text_of(const kd_candidates *c, const kd_questions *q, int question, int rank)
{
    static char out[64];
    size_t      length;
    const char *text = kd_candidate_text(q, &c->items[question * c->most + rank], &length);
    memcpy(out, text, length);
    out[length] = '\0';
    return out;
}

/* Starts and ends of the 15 pieces. Sums of the first text: the 3, the FBN1 2 (two pieces), FBN1 4 (0 + 4), FBN1 x
 * 1, x 2; "the FBN1 x" is too long. "x" of the other text has 6, so x stands once, with 6. */
static const float logits[2 * PIECES] = { 9, 9, 9,  9, 2, 1, 0, 4, 1, 1, 9, 9, 0, 0,  9,
                                          9, 0, -3, 1, 0, 9, 9, 0, 0, 9, 9, 3, 3, -5, -5 };

static void test_candidates_of_all_texts_are_ranked_together(void **state)
{
    (void)state;
    kd_questions  q = ask();
    kd_pack       p = window(&q);
    kd_candidates c;
    kd_candidates_find(&c, &p, logits, KD_CANDIDATES, never);
    assert_int_equal(c.questions, 2);
    assert_int_equal(c.count[0], 5);
    static const char *const want[] = { "x", "the FBN1", "FBN1", "the" };
    static const float       scores[] = { 6, 6, 4, 3 };
    for (int i = 0; i < 4; i++) assert_close(c.items[i].score, scores[i], 1e-6);
    assert_string_equal(text_of(&c, &q, 0, 2), want[2]);
    assert_string_equal(text_of(&c, &q, 0, 3), want[3]);
    assert_string_equal(text_of(&c, &q, 0, 0),
                        "the FBN1"); /* of equal ones that of the earlier window */
    assert_string_equal(text_of(&c, &q, 1, 0), "1991");
    kd_candidates_fini(&c);
    kd_questions_fini(&q);
}

static void test_strict_lenient_and_mean_reciprocal_rank(void **state)
{
    (void)state;
    kd_questions      q = ask();
    kd_pack           p = window(&q);
    kd_candidates     c;
    kd_question_worth worth[2];
    kd_candidates_find(&c, &p, logits, KD_CANDIDATES, never);
    kd_answer_scores got = kd_candidates_score(&c, &q, worth);
    assert_close(got.strict, 0.5, 1e-12); /* the year; the gene is third */
    assert_close(got.lenient, 1, 1e-12);
    assert_close(got.mrr, (1.0 / 3 + 1) / 2, 1e-12);
    assert_close(got.em, 1, 1e-12); /* SQuAD overlooks the article */
    assert_close(got.f1, 1, 1e-12);
    assert_int_equal(worth[0].rank, 3);
    assert_int_equal(worth[1].rank, 1);
    assert_int_equal(kd_question_counts(&worth[0]).tp, 1000);
    assert_int_equal(kd_question_counts(&worth[1]).gold, 1000);
    kd_candidates_fini(&c);
    kd_questions_fini(&q);
}

static void test_no_answer_is_a_candidate_where_a_question_may_have_none(void **state)
{
    (void)state;
    kd_questions  q = ask();
    kd_pack       p = window(&q);
    kd_candidates c;
    float         doubting[2 * PIECES];
    memcpy(doubting, logits, sizeof doubting);
    doubting[12] = doubting[13] = 2; /* [CLS] of the second window */
    q.rows.items[1].count = 0;
    q.has_none = true;
    kd_candidates_find(&c, &p, doubting, KD_CANDIDATES, (kd_no_answer){ .may_be = true });
    assert_string_equal(text_of(&c, &q, 0, 0),
                        "the FBN1"); /* one of its windows has 18, the other 0 */
    assert_int_equal(c.items[5].begin, -1);
    assert_close(c.items[5].score, 4, 1e-6);
    kd_question_worth worth[2];
    kd_answer_scores  got = kd_candidates_score(&c, &q, worth);
    assert_int_equal(worth[1].rank, -1);
    assert_close(got.strict, 0, 1e-12); /* over the one question that has an answer */
    assert_close(got.lenient, 1, 1e-12);
    assert_close(got.em, 1, 1e-12);
    kd_candidates_fini(&c);
    kd_questions_fini(&q);
}

/* The year has 1 in the one window of its question, whose [CLS] has 4: "no answer" is ahead by 3. */
static void test_no_answer_has_to_be_ahead_by_more_than_a_threshold(void **state)
{
    (void)state;
    static const struct {
        float above;
        bool  is_none;
    } thresholds[] = { { 0, true }, { 2.5f, true }, { 3.5f, false } };
    kd_questions q = ask();
    kd_pack      p = window(&q);
    float        doubting[2 * PIECES];
    memcpy(doubting, logits, sizeof doubting);
    doubting[12] = doubting[13] = 2;
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        kd_candidates c;
        kd_candidates_find(&c, &p, doubting, KD_CANDIDATES,
                           (kd_no_answer){ .may_be = true, .above = thresholds[i].above });
        assert_close(c.margin[1], 3, 1e-6);
        assert_int_equal(c.items[5].begin < 0, thresholds[i].is_none);
        kd_candidates_fini(&c);
    }
    kd_questions_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_forms),
        cmocka_unit_test(test_exact_match_and_f1_as_squad_has_them),
        cmocka_unit_test(test_candidates_of_all_texts_are_ranked_together),
        cmocka_unit_test(test_strict_lenient_and_mean_reciprocal_rank),
        cmocka_unit_test(test_no_answer_is_a_candidate_where_a_question_may_have_none),
        cmocka_unit_test(test_no_answer_has_to_be_ahead_by_more_than_a_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
