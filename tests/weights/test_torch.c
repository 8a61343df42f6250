/* PyTorch's zip form: what lies is refused by file, tensor and reason, and turned matrices come out
 * row by row. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/weights.h"
#include "tests/support/stored_zip.h"
#include "tests/support/support.h"

/* {"w": a (2,3) F32 tensor at an offset of storage "0"}, by what differs between cases. */
#define PICKLE(elements, offset, sizes, strides)                                                 \
    "\x80\2}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage" \
    "\nX\1\0\0\0000X\3\0\0\0cpuK" elements "tQK" offset sizes strides "\x89"                     \
    "ccollections\nOrderedDict\n)RtRs."
#define GOOD        PICKLE("\6", "\0", "K\2K\3\x86", "K\3K\1\x86")
#define BYTES(text) text, sizeof(text) - 1

static const float numbers[] = { 1, 2, 3, 4, 5, 6 };

/* A file of this pickle, a storage of `length` bytes, and one more member. */
static char *make_file(const char *pickle, size_t pickle_length, size_t length, const char *extra,
                       const char *extra_bytes)
{
    kd_stored_zip zip = KD_STORED_ZIP_INIT;
    char         *path = kd_fs_join(kd_test_folder(), "w.bin");
    kd_error      err;
    kd_stored_zip_add(&zip, "archive/data.pkl", pickle, pickle_length);
    kd_stored_zip_add(&zip, "archive/data/0", numbers, length);
    if (extra) kd_stored_zip_add(&zip, extra, extra_bytes, strlen(extra_bytes));
    kd_stored_zip_end(&zip);
    assert_ok(kd_fs_write(path, zip.file.text, zip.file.length, &err), &err);
    kd_stored_zip_fini(&zip);
    return path;
}

static void assert_numbers(const char *pickle, size_t length, const float *want)
{
    char       *path = make_file(pickle, length, sizeof numbers, "archive/byteorder", "little");
    kd_weights *weights;
    kd_error    err;
    float       got[6];
    assert_ok(kd_weights_open(&weights, path, &err), &err);
    const kd_weight *weight = kd_weights_find(weights, "w");
    assert_int_equal(weight->dim[0] * 10 + weight->dim[1], 23);
    assert_ok(kd_weight_decode(weight, got, &err), &err);
    assert_memory_equal(got, want, sizeof got);
    kd_weights_close(weights);
    free(path);
}

static void test_reads_rows_and_turned_matrices(void **state)
{
    (void)state;
    assert_numbers(BYTES(GOOD), numbers);
    assert_numbers(BYTES(PICKLE("\6", "\0", "K\2K\3\x86", "K\1K\2\x86")),
                   (const float[]){ 1, 3, 5, 2, 4, 6 });
}

static void test_refuses_what_lies(void **state)
{
    (void)state;
    static const struct {
        const char *pickle;
        size_t      pickle_length, storage;
        const char *extra, *extra_bytes, *words;
    } cases[] = {
        { BYTES(GOOD), 20, NULL, NULL, "w: its storage 0 has 20 bytes, not 6 elements" },
        { BYTES(PICKLE("\7", "\0", "K\2K\3\x86", "K\3K\1\x86")), 24, NULL, NULL,
          "w: its storage 0 has 24 bytes, not 7 elements" },
        { BYTES(PICKLE("\6", "\1", "K\2K\3\x86", "K\3K\1\x86")), 24, NULL, NULL,
          "w: reaches past the end of its storage 0" },
        { BYTES(PICKLE("\6", "\0", "K\2K\3\x86", "K\4K\1\x86")), 24, NULL, NULL,
          "w: reaches past the end of its storage 0" },
        { BYTES(PICKLE("\6", "\0", "J\xFF\xFF\xFF\x7FJ\xFF\xFF\xFF\x7F\x86", "K\0K\0\x86")), 24,
          NULL, NULL, "w: is larger than what is stored of it" },
        { BYTES(PICKLE("\6", "\0",
                       "\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF"
                       "\xFF\x7F\x86",
                       "K\1K\1\x86")),
          24, NULL, NULL, "w: its sizes overflow" },
        { BYTES(GOOD), 24, "archive/../../x", "", "its name leads out of the file" },
        { BYTES(GOOD), 24, "/etc/x", "", "its name leads out of the file" },
        { BYTES(GOOD), 24, "archive/byteorder", "big", "numbers are not little-endian" },
        { BYTES("\x80\2cposix\nsystem\n."), 24, NULL, NULL, "names the global 'posix.system'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char       *path = make_file(cases[i].pickle, cases[i].pickle_length, cases[i].storage,
                                     cases[i].extra, cases[i].extra_bytes);
        kd_weights *weights;
        kd_error    err;
        assert_fails(KD_EDATA, cases[i].words, kd_weights_open(&weights, path, &err), &err);
        assert_non_null(strstr(err.text, "w.bin"));
        free(path);
    }
}

static void test_refuses_a_pickle_of_no_model(void **state)
{
    (void)state;
    enum { LENGTH = 5 << 20 };
    char       *pickle = kd_alloc(LENGTH, 1);
    kd_weights *weights;
    kd_error    err;
    memset(pickle, 'N', LENGTH);
    char *path = make_file(pickle, LENGTH, 24, NULL, NULL);
    assert_fails(KD_EDATA, "longer than that of any model", kd_weights_open(&weights, path, &err),
                 &err);
    free(path);
    free(pickle);
}

static void test_refuses_shortened_files(void **state)
{
    (void)state;
    char       *path = make_file(BYTES(GOOD), sizeof numbers, NULL, NULL);
    kd_str      whole = KD_STR_INIT;
    kd_weights *weights;
    kd_error    err;
    assert_ok(kd_fs_read(path, &whole, &err), &err);
    for (size_t length = 0; length < whole.length; length += 1 + length / 32) {
        assert_ok(kd_fs_write(path, whole.text, length, &err), &err);
        assert_fails(KD_EDATA, "w.bin", kd_weights_open(&weights, path, &err), &err);
    }
    kd_str_fini(&whole);
    free(path);
}

static void test_names_the_form_before_the_zip(void **state)
{
    (void)state;
    static const char old[] = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.";
    const char       *path = kd_test_file("old.bin", old);
    kd_weights       *weights;
    kd_error          err;
    assert_fails(KD_EDATA, "old.bin: is in PyTorch's form before 1.6",
                 kd_weights_open(&weights, path, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_rows_and_turned_matrices),
        cmocka_unit_test(test_refuses_what_lies),
        cmocka_unit_test(test_refuses_a_pickle_of_no_model),
        cmocka_unit_test(test_refuses_shortened_files),
        cmocka_unit_test(test_names_the_form_before_the_zip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
