/* It finds settings and metrics by name, and tells two records apart. */
#include "harness/store/record.h"

#include <math.h>

#include "tests/support/support.h"

static const kd_record_setting settings[] = { { "a", "1" }, { "b.c", "2" }, { "b.d", "3" } };
static const kd_record_metric  metrics[] = { { "devel.f1", 0.5 }, { "test.f1", 0.25 } };
static const kd_record         record = {
            .settings = settings, .setting_count = 3, .metrics = metrics, .metric_count = 2
};

static void test_finds_every_setting(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(kd_record_value(&record, settings[i].key), settings[i].value);
}

static void test_finds_every_metric(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_ptr_equal(kd_record_number(&record, metrics[i].name), &metrics[i].value);
}

static void test_has_no_other_name(void **state)
{
    (void)state;
    static const char *const absent[] = { "", "A", "aa", "b", "b.cc", "z" };
    for (int i = 0; i < 6; i++) {
        assert_null(kd_record_value(&record, absent[i]));
        assert_null(kd_record_number(&record, absent[i]));
    }
    assert_null(kd_record_value(&(kd_record){ .setting_count = 0 }, "a"));
}

/* One metric that is no number: NaN is the same as itself here. */
static void test_tells_what_differs(void **state)
{
    (void)state;
    const kd_record_setting one[] = { { "seed", "1" } }, two[] = { { "seed", "2" } };
    const kd_record_metric  half[] = { { "f1", 0.5 }, { "loss", NAN } },
                           more[] = { { "f1", 0.5000000000000001 }, { "loss", NAN } },
                           name[] = { { "f2", 0.5 }, { "loss", NAN } };
    const kd_record base = { { 1, 2 }, "model", "store", one, 1, half, 2 }, others[] = {
        { { 1, 3 }, "model", "store", one, 1, half, 2 },
        { { 1, 2 }, "corpus", "store", one, 1, half, 2 },
        { { 1, 2 }, "model", "store", two, 1, half, 2 },
        { { 1, 2 }, "model", "store", one, 0, half, 2 },
        { { 1, 2 }, "model", "store", one, 1, half, 1 },
        { { 1, 2 }, "model", "store", one, 1, more, 2 },
        { { 1, 2 }, "model", "store", one, 1, name, 2 },
    };
    kd_record elsewhere = base;
    elsewhere.store = "other";
    assert_true(kd_record_is_same(&base, &elsewhere));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(kd_record_is_same(&base, &others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_every_setting),
        cmocka_unit_test(test_finds_every_metric),
        cmocka_unit_test(test_has_no_other_name),
        cmocka_unit_test(test_tells_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
