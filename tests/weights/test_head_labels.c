/* Labels of a head are found by name, in any order; what nobody wants goes. */
#include "models/weights/head_labels.h"
#include "tests/support/support.h"

static void test_finds_labels_by_name(void **state)
{
    (void)state;
    kd_head_labels m;
    kd_error       err;
    assert_ok(kd_head_labels_match(&m, "O\nB-Gene\nI-Gene\nB-Cell\n", "B-Gene\nI-Gene\nO\n", &err),
              &err);
    assert_int_equal(m.count, 3);
    assert_int_equal(m.there, 4);
    assert_int_equal(m.dropped, 1);
    assert_memory_equal(m.of, ((int[]){ 1, 2, 0 }), 3 * sizeof *m.of);
    kd_head_labels_fini(&m);
    assert_fails(KD_EDATA, "its head has no label I-Gene, it has 2: LABEL_0, ...",
                 kd_head_labels_match(&m, "LABEL_0\nLABEL_1\n", "I-Gene\n", &err), &err);
    assert_fails(KD_EDATA, "its head has two labels O",
                 kd_head_labels_match(&m, "O\nB\nO\n", "O\n", &err), &err);
    assert_null(m.of);
}

static void test_takes_names_that_a_person_gives(void **state)
{
    (void)state;
    kd_str   text = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_head_labels_name(&text, "CPR:3, no relation ,O", 3, &err), &err);
    assert_string_equal(text.text, "CPR:3\nno relation\nO\n");
    assert_fails(KD_ECONFIG, "names 2 labels, the head has 3",
                 kd_head_labels_name(&text, "a,b", 3, &err), &err);
    assert_fails(KD_ECONFIG, "name 1 is empty", kd_head_labels_name(&text, "a, ,b", 3, &err), &err);
    assert_fails(KD_ECONFIG, "name 0 is empty", kd_head_labels_name(&text, "", 1, &err), &err);
    kd_str_fini(&text);
}

/* A weight of this shape, its numbers 0, 1, 2, ...; the labels of a CRF are its columns too. */
static kd_param *add(kd_params *params, const char *name, int rows, int columns)
{
    kd_param *p;
    kd_error  err;
    assert_ok(kd_params_add(&p, params, name, columns ? 2 : 1, (int[]){ rows, columns },
                            columns > 0, (kd_init){ KD_INIT_CONSTANT, 0.0f }, &err),
              &err);
    return p;
}

static void test_copies_rows_in_the_order_that_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int         columns_there, columns;
        float       want[9];
        int         length;
    } cases[] = { { "classifier.weight", 2, 2, { 2, 3, 4, 5, 0, 1 }, 6 },
                  { "classifier.out_proj.bias", 0, 0, { 1, 2, 0 }, 3 },
                  { "crf.transitions", 4, 3, { 5, 6, 4, 9, 10, 8, 1, 2, 0 }, 9 },
                  { "crf.end", 0, 0, { 1, 2, 0 }, 3 } };
    kd_head_labels m;
    kd_error       err;
    assert_ok(kd_head_labels_match(&m, "O\nB\nI\nX\n", "B\nI\nO\n", &err), &err);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        kd_params *there = kd_params_create(), *here = kd_params_create();
        kd_param  *of = add(there, cases[c].name, 4, cases[c].columns_there);
        kd_param  *p = add(here, cases[c].name, 3, cases[c].columns);
        kd_params_allocate(there, false);
        kd_params_allocate(here, false);
        for (size_t i = 0; i < of->length; i++) of->value.x[i] = (float)i;
        assert_true(kd_head_labels_has(cases[c].name));
        assert_ok(kd_head_labels_copy(&m, here, p, there, of, &err), &err);
        assert_int_equal(p->length, cases[c].length);
        assert_memory_equal(p->value.x, cases[c].want, p->length * sizeof *p->value.x);
        assert_fails(KD_EDATA, "has another shape there",
                     kd_head_labels_copy(&m, there, of, here, p, &err), &err);
        kd_params_destroy(there);
        kd_params_destroy(here);
    }
    assert_false(kd_head_labels_has("classifier.dense.weight"));
    assert_false(kd_head_labels_has("qa_outputs.weight"));
    kd_head_labels_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_labels_by_name),
        cmocka_unit_test(test_takes_names_that_a_person_gives),
        cmocka_unit_test(test_copies_rows_in_the_order_that_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
