/* test_setting.c - rows give defaults, refuse what is wrong, and print canonical text. */
#include "harness/base/setting.h"
#include "tests/support/support.h"

typedef enum { COLD, WARM, HOT = 7 } warmth;

typedef struct {
    bool   shuffle;
    int    epochs;
    double lr, seconds;
    char   schedule[12];
    warmth water;
} options;

/* Not in the order of the constants: people see another one. */
static const kd_choice waters[] = {
    { "hot", HOT }, { "cold", COLD }, { "warm", WARM }, KD_CHOICE_END
};

static const kd_setting table[] = {
    KD_BOOL_ROW(options, shuffle, "shuffle", "true", NULL, "shuffle"),
    KD_INT_ROW(options, epochs, "epochs", "10", 1, 1000, "bert bilstm", "epochs"),
    KD_REAL_ROW(options, lr, "lr", "1e-3", 0, 1, NULL, "learning rate"),
    KD_TEXT_ROW(options, schedule, "schedule", "linear", "linear cosine", NULL, "schedule"),
    KD_REAL_ROW(options, seconds, "seconds", "60", 0, 1e9, NULL, "a large number"),
    KD_CHOICE_ROW(options, water, "water", "warm", waters, NULL, "how warm"),
    KD_SETTING_END,
};

static void test_fills_defaults(void **state)
{
    (void)state;
    options o;
    kd_setting_defaults(table, &o);
    assert_true(o.shuffle);
    assert_int_equal(o.epochs, 10);
    assert_close(o.lr, 1e-3, 0);
    assert_string_equal(o.schedule, "linear");
    assert_int_equal(o.water, WARM);
}

static void test_refuses_what_is_wrong_and_says_what_it_wants(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *words;
    } cases[] = {
        { "shuffle", "yes", "expected true or false, found yes" },
        { "epochs", "0", "expected a whole number from 1 to 1000, found 0" },
        { "epochs", "ten", "expected a whole number, found ten" },
        { "lr", "2", "expected a number from 0 to 1, found 2" },
        { "lr", "fast", "expected a number, found fast" },
        { "schedule", "steps", "expected one of: linear cosine; found steps" },
        { "schedule", "line", "expected one of" },
        { "water", "lukewarm", "expected one of: hot cold warm; found lukewarm" },
        { "water", "7", "expected one of: hot cold warm; found 7" },
    };
    options  o;
    kd_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(KD_ECONFIG, cases[i].words,
                     kd_setting_put(kd_setting_find(table, cases[i].key), &o, cases[i].value, &err),
                     &err);
    assert_null(kd_setting_find(table, "seed"));
    assert_string_equal(kd_setting_nearest(table, "epoch"), "epochs");
}

static void test_prints_what_reads_back_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *text;
    } cases[] = { { "lr", "0.001", "0.001" },
                  { "lr", "1e-3", "0.001" },
                  { "lr", "0.1", "0.1" },
                  { "lr", "1.0", "1" },
                  { "lr", "0.0", "0" },
                  { "lr", "3.0e-05", "3e-05" },
                  { "epochs", "+7", "7" },
                  { "shuffle", "false", "false" },
                  { "schedule", "cosine", "cosine" },
                  { "water", "hot", "hot" },
                  { "seconds", "6e1", "60" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_error err;
        kd_str   out = KD_STR_INIT;
        assert_ok(
            kd_setting_canonical(kd_setting_find(table, cases[i].key), cases[i].value, &out, &err),
            &err);
        assert_string_equal(out.text, cases[i].text);
        kd_str_fini(&out);
    }
}

static void test_fills_an_enum_by_its_words(void **state)
{
    (void)state;
    const kd_setting *row = kd_setting_find(table, "water");
    options           o;
    kd_error          err;
    kd_str            words = KD_STR_INIT;
    assert_ok(kd_setting_put(row, &o, "hot", &err), &err);
    assert_int_equal(o.water, HOT);
    assert_string_equal(kd_choice_word(waters, COLD), "cold");
    assert_null(kd_choice_word(waters, 2));
    kd_setting_print_choices(row, &words);
    assert_string_equal(words.text, "hot cold warm");
    kd_setting_print_choices(kd_setting_find(table, "lr"), &words);
    assert_string_equal(words.text, "hot cold warm"); /* a number has none */
    kd_str_fini(&words);
}

static void test_knows_who_reads_a_row(void **state)
{
    (void)state;
    assert_true(kd_setting_used_by(&table[0], "anything"));
    assert_true(kd_setting_used_by(&table[1], "bert") && kd_setting_used_by(&table[1], "bilstm"));
    assert_false(kd_setting_used_by(&table[1], "lstm"));
    assert_false(kd_list_has("a bb", "") || kd_list_has("", "a") || kd_list_has("ab a-b", "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_defaults),
        cmocka_unit_test(test_refuses_what_is_wrong_and_says_what_it_wants),
        cmocka_unit_test(test_prints_what_reads_back_the_same),
        cmocka_unit_test(test_fills_an_enum_by_its_words),
        cmocka_unit_test(test_knows_who_reads_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
