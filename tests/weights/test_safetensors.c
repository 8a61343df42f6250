/* Files of tensors: what is written comes back, what lies is refused before it is believed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/safetensors.h"
#include "tests/support/support.h"

/* A file of this header (with its own length, or the one given) and `data` bytes of zeros. */
static const char *make_file(const char *header, uint64_t claimed, size_t data)
{
    kd_str   file = KD_STR_INIT;
    kd_error err;
    uint64_t length = claimed ? claimed : strlen(header);
    char    *path = kd_fs_join(kd_test_folder(), "a.safetensors");
    kd_str_add_bytes(&file, &length, sizeof length);
    kd_str_add(&file, header);
    for (size_t i = 0; i < data; i++) kd_str_add_char(&file, 0);
    assert_ok(kd_fs_write(path, file.text, file.length, &err), &err);
    kd_str_fini(&file);
    return path;
}

static void assert_refused(const char *header, uint64_t claimed, size_t data, const char *words)
{
    kd_weights *weights;
    kd_error    err;
    const char *path = make_file(header, claimed, data);
    assert_fails(KD_EDATA, words, kd_weights_open(&weights, path, &err), &err);
    assert_non_null(strstr(err.text, "a.safetensors"));
    free((void *)(uintptr_t)path);
}

#define T(name, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static void test_refuses_what_lies(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        uint64_t    claimed;
        size_t      data;
        const char *words;
    } cases[] = {
        { "{}", (uint64_t)1 << 63, 0, "claims a header of 9223372036854775808 bytes" },
        { "{}", UINT64_MAX, 0, "claims a header" },
        { "{}", 3, 0, "claims a header of 3 bytes in a file of 10" },
        { "{}", 0, 0, "a.safetensors: holds no tensor" },
        { "{\"__metadata__\":{}}", 0, 0, "a.safetensors: holds no tensor" },
        { "", 0, 0, "not valid JSON" },
        { "{\"a\": {,}}", 0, 0, "a.safetensors: header:1: not valid JSON at byte 8: " },
        { "[]", 0, 0, "the header is no object" },
        { "{\"a\":1}", 0, 0, "a: expected an object" },
        { "{\"a\":{\"dtype\":\"F31\"}}", 0, 0,
          "a: dtype: expected one of: F32 F16 BF16 F64 I64 I32 I16 I8 U8 BOOL; found F31" },
        { "{\"a\":{\"dtype\":3}}", 0, 0, "U8 BOOL; found none" },
        { "{" T("a", "[-1]", "0", "4") "}", 0, 4, "a: shape" },
        { "{" T("a", "[1.5]", "0", "4") "}", 0, 4, "a: shape" },
        { "{" T("a", "7", "0", "4") "}", 0, 4, "a: shape" },
        { "{" T("a", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 0, 4, "a: shape" },
        { "{" T("a", "[4294967296,4294967296]", "0", "0") "}", 0, 0, "a: its sizes" },
        { "{" T("a", "[9223372036854775808]", "0", "4") "}", 0, 4, "not valid JSON" },
        { "{" T("a", "[2]", "0", "8") "}", 0, 4,
          "a: data_offsets: expected begin and end within 4 bytes of data" },
        { "{" T("a", "[1]", "4", "0") "}", 0, 4, "a: data_offsets: expected begin and end" },
        { "{" T("a", "[1]", "-4", "0") "}", 0, 4, "a: data_offsets: expected begin and end" },
        { "{" T("a", "[2]", "0", "4") "}", 0, 4, "a: data_offsets and shape disagree" },
        { "{" T("a", "[1]", "0", "4") "," T("b", "[2]", "0", "8") "}", 0, 8, "overlaps" },
        { "{" T("a", "[1]", "4", "8") "}", 0, 8, "a: begins behind a hole" },
        { "{" T("a", "[1]", "0", "4") "}", 0, 8, "4 bytes at the end belong to no tensor" },
        { "{" T("a", "[1]", "0", "4") "," T("a", "[1]", "4", "8") "}", 0, 8, "duplicate" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].header, cases[i].claimed, cases[i].data, cases[i].words);
}

static void test_refuses_deep_brackets(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    char *header = kd_alloc(DEPTH + 1, 1);
    memset(header, '[', DEPTH);
    assert_refused(header, 0, 0, "not valid JSON");
    free(header);
}

static void test_refuses_every_shortened_file(void **state)
{
    (void)state;
    const char *path = make_file("{" T("a", "[2]", "0", "8") "}", 0, 8);
    kd_str      whole = KD_STR_INIT;
    kd_weights *weights;
    kd_error    err;
    assert_ok(kd_fs_read(path, &whole, &err), &err);
    for (size_t length = 0; length < whole.length; length++) {
        assert_ok(kd_fs_write(path, whole.text, length, &err), &err);
        assert_fails(KD_EDATA, "a.safetensors", kd_weights_open(&weights, path, &err), &err);
    }
    kd_str_fini(&whole);
    free((void *)(uintptr_t)path);
}

static void test_returns_what_was_written(void **state)
{
    (void)state;
    static const float    f32[] = { 1.0f, -2.5f, 3e-20f, 4.0f };
    static const uint16_t f16[] = { 0x3C00, 0xC100, 0x0001, 0x7BFF };  /* 1 -2.5 2^-24 65504 */
    static const uint16_t bf16[] = { 0x3F80, 0xC020, 0x0000, 0x7F00 }; /* 1 -2.5 0 2^127 */
    static const float    want[][4] = { { 1.0f, -2.5f, 3e-20f, 4.0f },
                                        { 1.0f, -2.5f, 5.9604644775390625e-8f, 65504.0f },
                                        { 1.0f, -2.5f, 0.0f, 1.7014118e38f } };
    const kd_weight       tensors[] = {
              { "x", KD_DTYPE_F32, 2, { 2, 2 }, (const char *)f32, sizeof f32 },
              { "h", KD_DTYPE_F16, 1, { 4 }, (const char *)f16, sizeof f16 },
              { "b", KD_DTYPE_BF16, 3, { 1, 4, 1 }, (const char *)bf16, sizeof bf16 },
              { "none", KD_DTYPE_F32, 1, { 0 }, "", 0 },
    };
    char       *path = kd_fs_join(kd_test_folder(), "w.safetensors");
    kd_weights *weights;
    kd_error    err;
    float       got[4];
    assert_ok(kd_safetensors_write(path, tensors, 4, &err), &err);
    assert_ok(kd_weights_open(&weights, path, &err), &err);
    assert_int_equal(kd_weights_count(weights), 4);
    for (size_t i = 0; i < 3; i++) {
        const kd_weight *weight = kd_weights_find(weights, tensors[i].name);
        assert_int_equal(weight->rank, tensors[i].rank);
        assert_ok(kd_weight_decode(weight, got, &err), &err);
        kd_weights_unload(weights, weight); /* and it can be read again */
        assert_ok(kd_weight_decode(weight, got, &err), &err);
        assert_memory_equal(got, want[i], sizeof got);
    }
    assert_null(kd_weights_find(weights, "y"));
    kd_weights_close(weights);
    free(path);
}

static void test_refuses_numbers_that_are_not_finite(void **state)
{
    (void)state;
    const float     bad[] = { 0.0f, NAN };
    const uint16_t  half[] = { 0x7C00 };
    const int64_t   whole[] = { 1 };
    const kd_weight weights[] = {
        { "w", KD_DTYPE_F32, 1, { 2 }, (const char *)bad, sizeof bad },
        { "h", KD_DTYPE_F16, 1, { 1 }, (const char *)half, sizeof half },
        { "i", KD_DTYPE_I64, 1, { 1 }, (const char *)whole, sizeof whole },
    };
    static const char *const words[] = { "w: number 1 is nan", "h: number 0 is inf",
                                         "i: holds I64" };
    kd_error                 err;
    float                    out[2];
    for (size_t i = 0; i < 3; i++)
        assert_fails(KD_EDATA, words[i], kd_weight_decode(&weights[i], out, &err), &err);
}

static void test_reads_shards_and_refuses_paths_in_an_index(void **state)
{
    (void)state;
    static const float x[] = { 7.0f };
    const kd_weight    tensor = { "x", KD_DTYPE_F32, 1, { 1 }, (const char *)x, sizeof x };
    char              *shard = kd_fs_join(kd_test_folder(), "s1.safetensors");
    kd_weights        *weights;
    kd_error           err;
    assert_ok(kd_safetensors_write(shard, &tensor, 1, &err), &err);
    const char *good =
        kd_test_file("m.safetensors.index.json", "{\"weight_map\":{\"x\":\"s1.safetensors\"}}");
    assert_ok(kd_weights_open(&weights, good, &err), &err);
    assert_int_equal(kd_weights_count(weights), 1);
    kd_weights_close(weights);
    static const char *const bad[][2] = {
        { "{\"weight_map\":{\"x\":\"../s1.safetensors\"}}", "x: expected the name of a file" },
        { "{\"weight_map\":{\"y\":\"s1.safetensors\"}}", "y: is not in s1.safetensors" },
        { "{}", "has no weight_map" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *path = kd_test_file("b.safetensors.index.json", bad[i][0]);
        assert_fails(KD_EDATA, bad[i][1], kd_weights_open(&weights, path, &err), &err);
    }
    free(shard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_what_lies),
        cmocka_unit_test(test_refuses_deep_brackets),
        cmocka_unit_test(test_refuses_every_shortened_file),
        cmocka_unit_test(test_returns_what_was_written),
        cmocka_unit_test(test_refuses_numbers_that_are_not_finite),
        cmocka_unit_test(test_reads_shards_and_refuses_paths_in_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
