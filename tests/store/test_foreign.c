/* test_foreign.c - it reads what other programs write, and says what it cannot read. */
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "harness/store/foreign.h"
#include "tests/support/support.h"

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                hid_t memory, const void *data)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static hid_t text_type(size_t width)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    return type;
}

static void put_mark(hid_t file, const char *key, const char *text)
{
    hid_t type = text_type(strlen(text)), space = H5Screate(H5S_SCALAR);
    hid_t mark = H5Acreate2(file, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(mark, type, text);
    H5Aclose(mark);
    H5Sclose(space);
    H5Tclose(type);
}

/* Big-endian doubles, shorts, and both kinds of text, none of which a store holds. */
static char *write_file(void)
{
    char         *path = kd_sprintf("%s/foreign.h5", kd_test_folder());
    hid_t         file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t square[] = { 2, 2 }, row[] = { 3 };
    const double  reals[] = { 1, -2.5, 3, 4 };
    const short   numbers[] = { 7, -8, 9 };
    const int64_t wide[] = { 1, 2, INT64_C(1) << 40 };
    const char   *texts[] = { "O", "B-Gene", "" };
    hid_t         fixed = text_type(2), variable = text_type(H5T_VARIABLE);
    put(file, "logits/0", H5T_IEEE_F64BE, 2, square, H5T_NATIVE_DOUBLE, reals);
    put(file, "logits/1", H5T_IEEE_F64BE, 2, square, H5T_NATIVE_DOUBLE, reals);
    put(file, "ids/0", H5T_STD_I16BE, 1, row, H5T_NATIVE_SHORT, numbers);
    put(file, "ids/1", H5T_STD_I64LE, 1, row, H5T_NATIVE_INT64, wide);
    put(file, "fixed", fixed, 1, row, fixed, "ab\0\0cd");
    put(file, "variable", variable, 1, row, variable, texts);
    put_mark(file, "source", "a GPU far away");
    H5Tclose(fixed);
    H5Tclose(variable);
    H5Fclose(file);
    return path;
}

static void test_reads_what_others_write(void **state)
{
    (void)state;
    kd_error    err;
    kd_foreign *file;
    char       *path = write_file();
    size_t      rows, cols, count;
    float       reals[4];
    int32_t     numbers[3];
    kd_str      lines = KD_STR_INIT, source = KD_STR_INIT;
    assert_ok(kd_foreign_open(&file, path, &err), &err);
    assert_ok(kd_foreign_count(file, "logits", &count, &err), &err);
    assert_int_equal(count, 2);
    assert_ok(kd_foreign_shape(file, "logits/0", &rows, &cols, &err), &err);
    assert_true(rows == 2 && cols == 2);
    assert_ok(kd_foreign_floats(file, "logits/0", reals, &err), &err);
    assert_true(reals[0] == 1.0f && reals[1] == -2.5f && reals[3] == 4.0f);
    assert_ok(kd_foreign_shape(file, "ids/0", &rows, &cols, &err), &err);
    assert_true(rows == 3 && cols == 0);
    assert_ok(kd_foreign_ints(file, "ids/0", numbers, &err), &err);
    assert_true(numbers[0] == 7 && numbers[1] == -8 && numbers[2] == 9);
    assert_ok(kd_foreign_texts(file, "fixed", &lines, &err), &err);
    assert_string_equal(lines.text, "ab\n\ncd\n");
    assert_ok(kd_foreign_texts(file, "variable", &lines, &err), &err);
    assert_string_equal(lines.text, "O\nB-Gene\n\n");
    assert_true(kd_foreign_mark(file, "source", &source));
    assert_string_equal(source.text, "a GPU far away");
    assert_false(kd_foreign_mark(file, "nothing", &source));
    kd_foreign_close(file);
    kd_str_fini(&lines);
    kd_str_fini(&source);
    free(path);
}

static void test_says_what_it_cannot_read(void **state)
{
    (void)state;
    kd_error    err;
    kd_foreign *file;
    char       *path = write_file();
    size_t      rows, cols;
    float       reals[4];
    int32_t     numbers[4];
    kd_str      lines = KD_STR_INIT;
    assert_ok(kd_foreign_open(&file, path, &err), &err);
    assert_fails(KD_EDATA, "'logits/2' is missing",
                 kd_foreign_shape(file, "logits/2", &rows, &cols, &err), &err);
    assert_fails(KD_EDATA, "'nothing' is no group", kd_foreign_count(file, "nothing", &rows, &err),
                 &err);
    assert_fails(KD_EDATA, "'ids/0' does not hold floats",
                 kd_foreign_floats(file, "ids/0", reals, &err), &err);
    assert_fails(KD_EDATA, "'logits/0' does not hold whole numbers",
                 kd_foreign_ints(file, "logits/0", numbers, &err), &err);
    assert_fails(KD_EDATA, "more than 32 bits", kd_foreign_ints(file, "ids/1", numbers, &err),
                 &err);
    assert_fails(KD_EDATA, "'ids/0' is no list of texts",
                 kd_foreign_texts(file, "ids/0", &lines, &err), &err);
    kd_foreign_close(file);
    assert_fails(KD_ENOINPUT, "nowhere.h5", kd_foreign_open(&file, "nowhere.h5", &err), &err);
    assert_fails(KD_EDATA, "is a device, not a file", kd_foreign_open(&file, "/dev/null", &err),
                 &err);
    kd_str_fini(&lines);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_others_write),
        cmocka_unit_test(test_says_what_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
