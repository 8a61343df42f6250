/* test_json.c - what is written reads back; what is wrong is refused with its line. */
#include <math.h>
#include <string.h>

#include "harness/base/json.h"
#include "tests/support/support.h"

static void test_reads_back_what_it_wrote(void **state)
{
    (void)state;
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "name");
    kd_json_text(&w, "a \"quoted\"\n\ttext \x01");
    kd_json_key(&w, "list");
    kd_json_begin(&w, '[');
    kd_json_int(&w, -3);
    kd_json_real(&w, 0.1);
    kd_json_real(&w, NAN);
    kd_json_bool(&w, true);
    kd_json_begin(&w, '{');
    kd_json_end(&w, '}');
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');

    kd_error          err;
    kd_json_document *document;
    assert_ok(kd_json_parse(&document, out.text, out.length, "out", &err), &err);
    const kd_json *root = kd_json_root(document), *list = kd_json_get(root, "list");
    assert_string_equal(kd_json_to_text(kd_json_get(root, "name"), ""),
                        "a \"quoted\"\n\ttext \x01");
    assert_int_equal(kd_json_count(list), 5);
    assert_int_equal(kd_json_to_int(kd_json_at(list, 0), 0), -3);
    assert_true(kd_json_to_real(kd_json_at(list, 1), 0) == 0.1);
    assert_int_equal(kd_json_type_of(kd_json_at(list, 2)), KD_JSON_NULL);
    assert_true(kd_json_to_bool(kd_json_at(list, 3), false));
    assert_int_equal(kd_json_type_of(kd_json_at(list, 4)), KD_JSON_OBJECT);
    assert_null(kd_json_get(root, "absent"));
    assert_int_equal(kd_json_to_int(kd_json_get(root, "absent"), 9), 9);
    kd_json_close(document);
    kd_str_fini(&out);
}

static void test_writes_one_line_without_indent(void **state)
{
    (void)state;
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 0);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "a");
    kd_json_int(&w, 1);
    kd_json_key(&w, "b");
    kd_json_real_digits(&w, 1.0 / 3, 3);
    kd_json_end(&w, '}');
    assert_string_equal(out.text, "{\"a\": 1, \"b\": 0.333}");
    kd_str_fini(&out);
}

/* -0 would read back as an integer, and so as 0. */
static void test_keeps_the_sign_of_a_zero(void **state)
{
    (void)state;
    kd_str            out = KD_STR_INIT;
    kd_json_writer    w;
    kd_json_document *document;
    kd_error          err;
    kd_json_start(&w, &out, 0);
    kd_json_begin(&w, '[');
    kd_json_real(&w, -0.0);
    kd_json_real(&w, 0.0);
    kd_json_end(&w, ']');
    assert_string_equal(out.text, "[-0.0, 0]");
    assert_ok(kd_json_parse(&document, out.text, out.length, "out", &err), &err);
    const kd_json *first = kd_json_at(kd_json_root(document), 0);
    assert_int_equal(kd_json_type_of(first), KD_JSON_REAL);
    assert_true(signbit(kd_json_to_real(first, 1.0)));
    kd_json_close(document);
    kd_str_fini(&out);
}

static void test_writes_numbers_as_people_do(void **state)
{
    (void)state;
    static const double numbers[] = { 10, -120, 999.5, 1e14, 1e15, 0.001, 1e-5, 99999999.5 };
    kd_str              out = KD_STR_INIT;
    kd_json_writer      w;
    kd_json_start(&w, &out, 0);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) kd_json_real(&w, numbers[i]);
    kd_json_end(&w, ']');
    assert_string_equal(out.text,
                        "[10, -120, 999.5, 100000000000000, 1e+15, 0.001, 1e-05, 99999999.5]");
    kd_str_fini(&out);
}

static void test_refuses_with_a_line(void **state)
{
    (void)state;
    kd_error          err;
    kd_json_document *document;
    kd_str            deep = KD_STR_INIT;
    assert_fails(KD_EDATA, "x.json:2: not valid JSON",
                 kd_json_parse(&document, "{\"a\": 1,\n}", 10, "x.json", &err), &err);
    assert_fails(KD_EDATA, "duplicate",
                 kd_json_parse(&document, "{\"a\":1,\"a\":2}", 13, "x", &err), &err);
    for (int i = 0; i < 200000; i++) kd_str_add_char(&deep, '[');
    assert_fails(KD_EDATA, "not valid JSON",
                 kd_json_parse(&document, deep.text, deep.length, "x", &err), &err);
    kd_str_fini(&deep);
}

static void collect(const char *key, const kd_json *value, void *user)
{
    kd_str_addf(user, "%s=%lld ", key, (long long)kd_json_to_int(value, 0));
}

static void test_walks_in_order(void **state)
{
    (void)state;
    kd_error          err;
    kd_json_document *document;
    kd_str            out = KD_STR_INIT;
    assert_ok(kd_json_parse(&document, "{\"z\":1,\"a\":2,\"m\":3}", 19, "x", &err), &err);
    kd_json_each(kd_json_root(document), collect, &out);
    assert_string_equal(out.text, "z=1 a=2 m=3 ");
    kd_json_close(document);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back_what_it_wrote),
        cmocka_unit_test(test_writes_one_line_without_indent),
        cmocka_unit_test(test_keeps_the_sign_of_a_zero),
        cmocka_unit_test(test_writes_numbers_as_people_do),
        cmocka_unit_test(test_refuses_with_a_line),
        cmocka_unit_test(test_walks_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
