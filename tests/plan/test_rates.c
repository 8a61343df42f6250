/* test_rates.c - rates: their arithmetic, and a cache that may be in any state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/plan/rates.h"
#include "tests/support/support.h"

/* ---- arithmetic ---- */

static void test_adds_up_what_a_token_asks(void **state)
{
    (void)state;
    kd_rates  rates = { .product = 1e-11,
                        .recurrent = 2e-11,
                        .passed = 1e-9,
                        .attention = 5e-11,
                        .map = 2e-9,
                        .value = 3e-9,
                        .curve = 4e-9,
                        .update = 7e-9 };
    kd_effort effort = { .products = 1e6,
                         .recurrent = 1e5,
                         .passed = 1e4,
                         .attention = 1e5,
                         .maps = 50,
                         .values = 100,
                         .curves = 1000 };
    /* 10 + 2 + 10 + 5 + 0.1 + 0.3 + 4 microseconds; weights are no token's */
    assert_close(kd_rates_token(&rates, &effort), 31.4e-6, 1e-12);
}

static void test_has_a_rate_for_every_precision(void **state)
{
    (void)state;
    const kd_machine *m = kd_machine_typical();
    assert_ptr_equal(kd_machine_rates(m, KD_F32), &m->of[KD_F32]);
    assert_ptr_equal(kd_machine_rates(m, KD_BF16), &m->of[KD_BF16]);
    assert_ptr_equal(kd_machine_rates(m, KD_INT8), &m->of[KD_BF16]);
}

static void test_measures_rates_that_can_be(void **state)
{
    (void)state;
    kd_machine m;
    kd_machine_measure(&m);
    for (int p = 0; p < KD_RATES_PRECISIONS; p++) {
#define X(name, about) assert_true(m.of[p].name >= 0 && m.of[p].name < 1e-3);
        KD_RATES(X)
#undef X
        assert_true(m.of[p].product > 0 && m.of[p].recurrent > 0);
        assert_true(m.of[p].value > 0 && m.of[p].curve > 0 && m.of[p].update > 0);
    }
    assert_int_equal(m.origin, KD_RATES_MEASURED);
}

/* ---- the cache ---- */

/* The one file that the cache has; the caller frees it. */
static char *file_in(const char *cache)
{
    char  *folder = kd_sprintf("%s/kdgrid/rates", cache);
    char **names;
    size_t count;
    assert_int_equal(kd_fs_list(folder, &names, &count, NULL), KD_OK);
    assert_int_equal(count, 1);
    char *path = kd_fs_join(folder, names[0]);
    kd_fs_free_names(names, count);
    free(folder);
    return path;
}

static char *new_cache(const char *name)
{
    char *folder = kd_fs_join(kd_test_folder(), name);
    setenv("XDG_CACHE_HOME", folder, 1);
    return folder;
}

/* Numbers that need all of their digits. */
static void measure(kd_machine *out)
{
    *out = *kd_machine_typical();
    out->of[KD_F32].product = 1.0 / 3e10;
    out->origin = KD_RATES_MEASURED;
}

static kd_rates_origin origin_now(void)
{
    kd_machine m;
    kd_machine_get_by(&m, measure);
    return m.origin;
}

static void test_remembers_what_it_measured(void **state)
{
    (void)state;
    char      *cache = new_cache("fresh");
    kd_machine first, second;
    kd_machine_get_by(&first, measure);
    kd_machine_get_by(&second, measure);
    assert_int_equal(first.origin, KD_RATES_MEASURED);
    assert_int_equal(second.origin, KD_RATES_REMEMBERED);
    for (int p = 0; p < KD_RATES_PRECISIONS; p++)
        assert_close(second.of[p].product * 1e9, first.of[p].product * 1e9, 1e-5);
    free(cache);
}

static void write_text(const char *path, const char *text)
{
    kd_error err;
    assert_ok(kd_fs_write(path, text, strlen(text), &err), &err);
}

/* What is in the file, with `from` put in place of `to`; measured anew each time, and mended. */
static void check_spoilt(const char *path, const char *from, const char *to)
{
    kd_error err;
    kd_str   good = KD_STR_INIT, bad = KD_STR_INIT;
    assert_ok(kd_fs_read(path, &good, &err), &err);
    char *at = strstr(good.text, from);
    assert_non_null(at);
    kd_str_add_bytes(&bad, good.text, (size_t)(at - good.text));
    kd_str_add(&bad, to);
    kd_str_add(&bad, at + strlen(from));
    write_text(path, bad.text);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    assert_int_equal(origin_now(), KD_RATES_REMEMBERED);
    kd_str_fini(&good);
    kd_str_fini(&bad);
}

static void test_measures_again_what_is_damaged(void **state)
{
    (void)state;
    char *cache = new_cache("damaged");
    origin_now();
    char *path = file_in(cache);
    check_spoilt(path, "f32 product ", "f32 product -");
    check_spoilt(path, "f32 product ", "f32 product 1");
    check_spoilt(path, "bf16 value ", "bf16 value nan ");
    check_spoilt(path, "bf16 update ", "bf16 ");
    check_spoilt(path, "f32 curve", "f32 curve 1e999");
    check_spoilt(path, "kdgrid ", "kdgrid of another CPU ");
    check_spoilt(path, "f32 passed ", "f32 handed ");
    write_text(path, "");
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    kd_str   text = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_fs_read(path, &text, &err), &err);
    kd_str_add(&text, "more\n");
    write_text(path, text.text);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    kd_str_fini(&text);
    free(path);
    free(cache);
}

/* Anybody could have put it there. */
static void test_trusts_its_own_files_alone(void **state)
{
    (void)state;
    char *cache = new_cache("open");
    origin_now();
    char *path = file_in(cache), *other = kd_fs_join(kd_test_folder(), "elsewhere");
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    if (geteuid() == 0) {
        assert_int_equal(origin_now(), KD_RATES_REMEMBERED);
        assert_int_equal(chown(path, 1, 1), 0);
        assert_int_equal(origin_now(), KD_RATES_MEASURED);
    }
    free(other);
    free(path);
    free(cache);
}

static void test_does_without_a_cache(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
    setenv("XDG_CACHE_HOME", "", 1);
    setenv("HOME", "", 1);
    assert_int_equal(origin_now(), KD_RATES_MEASURED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_up_what_a_token_asks),
        cmocka_unit_test(test_has_a_rate_for_every_precision),
        cmocka_unit_test(test_measures_rates_that_can_be),
        cmocka_unit_test(test_remembers_what_it_measured),
        cmocka_unit_test(test_measures_again_what_is_damaged),
        cmocka_unit_test(test_trusts_its_own_files_alone),
        cmocka_unit_test(test_does_without_a_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
