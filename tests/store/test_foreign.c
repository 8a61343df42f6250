/* test_foreign.c - it reads what other programs write, and says what it cannot read. */
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "harness/store/foreign.h"
#include "harness/store/h5.h"
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
    assert_ok(kd_foreign_floats(file, "logits/0", reals, 4, &err), &err);
    assert_true(reals[0] == 1.0f && reals[1] == -2.5f && reals[3] == 4.0f);
    assert_ok(kd_foreign_shape(file, "ids/0", &rows, &cols, &err), &err);
    assert_true(rows == 3 && cols == 0);
    assert_ok(kd_foreign_ints(file, "ids/0", numbers, 3, &err), &err);
    assert_true(numbers[0] == 7 && numbers[1] == -8 && numbers[2] == 9);
    assert_ok(kd_foreign_texts(file, "fixed", &lines, &err), &err);
    assert_string_equal(lines.text, "ab\n\ncd\n");
    assert_ok(kd_foreign_texts(file, "variable", &lines, &err), &err);
    assert_string_equal(lines.text, "O\nB-Gene\n\n");
    assert_ok(kd_foreign_mark(file, "source", &source, &err), &err);
    assert_string_equal(source.text, "a GPU far away");
    assert_ok(kd_foreign_mark(file, "nothing", &source, &err), &err);
    assert_string_equal(source.text, "");
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
    assert_fails(KD_EDATA, "has no readable dataset 'logits/2'",
                 kd_foreign_shape(file, "logits/2", &rows, &cols, &err), &err);
    assert_fails(KD_EDATA, "has no readable group 'nothing'",
                 kd_foreign_count(file, "nothing", &rows, &err), &err);
    assert_fails(KD_EDATA, "'ids/0' does not hold floats",
                 kd_foreign_floats(file, "ids/0", reals, 3, &err), &err);
    assert_fails(KD_EDATA, "'logits/0' does not hold whole numbers",
                 kd_foreign_ints(file, "logits/0", numbers, 4, &err), &err);
    assert_fails(KD_EDATA, "more than 32 bits", kd_foreign_ints(file, "ids/1", numbers, 3, &err),
                 &err);
    assert_fails(KD_EDATA, "'ids/0' is no text", kd_foreign_texts(file, "ids/0", &lines, &err),
                 &err);
    kd_foreign_close(file);
    assert_fails(KD_ENOINPUT, "nowhere.h5", kd_foreign_open(&file, "nowhere.h5", &err), &err);
    assert_fails(KD_EDATA, "is a device, not a file", kd_foreign_open(&file, "/dev/null", &err),
                 &err);
    kd_str_fini(&lines);
    free(path);
}

/* ---- values that are not what they should be ---- */

static void replace_mark(hid_t file, const char *on, const char *key, hid_t type, int rank,
                         hsize_t count)
{
    static const char zeros[4096];
    hid_t             space = rank ? H5Screate_simple(rank, &count, NULL) : H5Screate(H5S_SCALAR);
    hid_t             owner = H5Oopen(file, on, H5P_DEFAULT);
    H5Adelete(owner, key);
    hid_t mark = H5Acreate2(owner, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(mark, type, zeros) >= 0);
    H5Aclose(mark);
    H5Oclose(owner);
    H5Sclose(space);
}

static void list_of_texts(hid_t file)
{
    hid_t type = text_type(100);
    replace_mark(file, "/", "source", type, 1, 3);
    H5Tclose(type);
}

static void list_of_numbers(hid_t file)
{
    replace_mark(file, "/", "version", H5T_STD_I64LE, 1, 512);
}

static void number_the_other_way_round(hid_t file)
{
    replace_mark(file, "/", "version", H5T_STD_I64BE, 0, 1);
}

static void list_of_checksums(hid_t file)
{
    replace_mark(file, "row", "checksum", H5T_STD_U64LE, 1, 512);
}

static void bytes_of_another_file(hid_t file)
{
    hsize_t count = 3;
    hid_t   how = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &count, NULL);
    H5Pset_external(how, "/proc/self/cmdline", 0, H5F_UNLIMITED);
    H5Ldelete(file, "row", H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "row", H5T_STD_U8LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(how);
}

static void array_the_other_way_round(hid_t file)
{
    const hsize_t count = 3;
    const float   reals[3] = { 1, 2, 3 };
    H5Ldelete(file, "row", H5P_DEFAULT);
    put(file, "row", H5T_IEEE_F32BE, 1, &count, H5T_NATIVE_FLOAT, reals);
    replace_mark(file, "row", "checksum", H5T_STD_U64LE, 0, 1);
}

static void link_to_itself(hid_t file)
{
    H5Ldelete(file, "row", H5P_DEFAULT);
    H5Lcreate_soft("/text", file, "row", H5P_DEFAULT, H5P_DEFAULT);
}

static void change(const char *path, void (*how)(hid_t file))
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
    how(file);
    H5Fclose(file);
    H5Pclose(access);
}

static kd_status read_everything(const char *path, kd_error *err)
{
    kd_h5    *h5;
    int64_t   version;
    float     row[3];
    kd_str    source = KD_STR_INIT;
    kd_status status = kd_h5_open(&h5, path, err);
    if (status == KD_OK) status = kd_h5_get_mark(h5, "source", &source, err);
    if (status == KD_OK) status = kd_h5_get_count(h5, "version", &version, err);
    if (status == KD_OK) status = kd_h5_get(h5, "row", KD_H5_F32, row, 3, 0, err);
    kd_h5_close(h5);
    kd_str_fini(&source);
    return status;
}

static void test_reads_nothing_that_is_not_what_it_should_be(void **state)
{
    (void)state;
    static const struct {
        void (*how)(hid_t file);
        const char *words;
    } cases[] = {
        { list_of_texts, "attribute 'source' is " },
        { list_of_numbers, "attribute 'version' is no single 64-bit number" },
        { number_the_other_way_round, "attribute 'version' is no single 64-bit number" },
        { list_of_checksums, "attribute 'checksum' of 'row' is no single 64-bit number" },
        { bytes_of_another_file, "'row' keeps its bytes in other files, which are never read" },
        { array_the_other_way_round, "'row' has a type that is never written" },
        { link_to_itself, "'row' is behind a link, and no link is ever followed" },
    };
    kd_error    err;
    kd_h5      *h5;
    const float reals[3] = { 1, 2, 3 };
    char       *path = kd_sprintf("%s/ours.h5", kd_test_folder());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
        assert_ok(kd_h5_put_mark(h5, "source", "here", &err), &err);
        assert_ok(kd_h5_put_count(h5, "version", 1, &err), &err);
        assert_ok(kd_h5_put_text(h5, "text", "a text", &err), &err);
        assert_ok(kd_h5_put(h5, "row", KD_H5_F32, reals, 3, 0, &err), &err);
        assert_ok(kd_h5_commit(h5, &err), &err);
        assert_ok(read_everything(path, &err), &err);
        change(path, cases[i].how);
        assert_fails(KD_EDATA, cases[i].words, read_everything(path, &err), &err);
    }
    free(path);
}

static void test_takes_one_text_for_the_source(void **state)
{
    (void)state;
    kd_error    err;
    kd_foreign *file;
    kd_str      source = KD_STR_INIT;
    char       *path = write_file();
    change(path, list_of_texts);
    assert_ok(kd_foreign_open(&file, path, &err), &err);
    assert_fails(KD_EDATA, "attribute 'source' is a list, expected one text",
                 kd_foreign_mark(file, "source", &source, &err), &err);
    kd_foreign_close(file);
    kd_str_fini(&source);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_others_write),
        cmocka_unit_test(test_says_what_it_cannot_read),
        cmocka_unit_test(test_reads_nothing_that_is_not_what_it_should_be),
        cmocka_unit_test(test_takes_one_text_for_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
