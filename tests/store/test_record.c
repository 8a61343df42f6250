/* It finds settings and metrics by name. */
#include "harness/store/record.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_every_setting),
        cmocka_unit_test(test_finds_every_metric),
        cmocka_unit_test(test_has_no_other_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
