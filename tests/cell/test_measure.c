/* Two sentences of three and two words, with one mention each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/cell/measure.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

enum { WORDS = 5, SENTENCES = 2, MOST_PIECES = 6 };

/* One way to cut the words into pieces, and their gold. */
typedef struct {
    int     pieces;
    int32_t word[MOST_PIECES];
    int32_t piece_begin[SENTENCES + 1];
    int16_t word_tags[WORDS];
} text;

/* O is 0, B-G is 1, I-G is 2 */
static const text plain = { 5, { 0, 1, 2, 0, 1 }, { 0, 3, 5 }, { 1, 2, 0, 1, 0 } };
static const text finer = { 6, { 0, 0, 1, 2, 0, 1 }, { 0, 4, 6 }, { 1, 2, 0, 1, 0 } };
static const text other = { 5, { 0, 1, 2, 0, 1 }, { 0, 3, 5 }, { 1, 2, 0, 0, 1 } };

static kd_store *store;

static int open_store(void **state)
{
    (void)state;
    store = fixture_store("store");
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    kd_store_close(store);
    return 0;
}

/* Measure a model that says "outside" everywhere, and return the fact that names its gold. */
static char *gold_of(const text *t, const char *type, uint64_t id)
{
    static int32_t     word_begin[] = { 0, 3, 5 };
    float              logits[MOST_PIECES * 3] = { 0 };
    int16_t            tags[MOST_PIECES] = { 0 };
    text               copy = *t;
    kd_dataset         dataset = { .task = KD_TASK_NER, .labels = kd_labels_create() };
    kd_arena          *arena = kd_arena_create(0);
    kd_object_draft   *draft;
    kd_object         *object;
    kd_record_setting *facts;
    size_t             count;
    char              *gold = NULL;
    kd_error           err;

    kd_labels_add_type(dataset.labels, KD_SCHEME_IOB2, type, strlen(type));
    dataset.split[KD_TEST] = (kd_pack){ .task = KD_TASK_NER,
                                        .sentences = SENTENCES,
                                        .pieces = t->pieces,
                                        .words = WORDS,
                                        .word = copy.word,
                                        .tags = tags,
                                        .piece_begin = copy.piece_begin,
                                        .word_begin = word_begin,
                                        .word_tags = copy.word_tags };
    for (int n = 0; n < t->pieces; n++) logits[3 * n] = 1;
    double main;
    assert_false(isnan(kd_measure_by(&dataset, KD_TEST, NULL, logits, 3, "token_micro.f1", &main)));
    assert_true(main == kd_measure_main(&dataset, KD_TEST, NULL, logits, 3));
    assert_ok(kd_object_create(&draft, store, (kd_id){ 1, id }, "model", "", &err), &err);
    assert_ok(kd_measure_put(draft, &dataset, KD_TEST, NULL, logits, 3, &err), &err);
    assert_ok(kd_object_commit(draft, &err), &err);
    assert_ok(kd_object_open(&object, store, (kd_id){ 1, id }, &err), &err);
    assert_ok(kd_object_facts(object, arena, &facts, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, "gold.test") == 0) gold = kd_strdup(facts[i].value);
    kd_object_close(object);
    kd_arena_destroy(arena);
    kd_labels_destroy(dataset.labels);
    assert_non_null(gold);
    return gold;
}

static void test_names_the_gold_whatever_the_pieces(void **state)
{
    char *a = gold_of(&plain, "G", 1), *b = gold_of(&finer, "G", 2);

    (void)state;
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void test_names_other_gold_otherwise(void **state)
{
    char *a = gold_of(&plain, "G", 3), *b = gold_of(&other, "G", 4), *c = gold_of(&plain, "D", 5);

    (void)state; /* as many mentions in each sentence, but another word; and another type */
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_gold_whatever_the_pieces),
        cmocka_unit_test(test_names_other_gold_otherwise),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
