/* test_text_files.c - documents of files and folders, in one order, whatever the files are. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/corpus.h"
#include "models/text/text_files.h"
#include "tests/support/support.h"

/* All documents of a path, with bars between. */
static kd_status read_all(const char *path, kd_str *out, kd_error *err)
{
    kd_text_files *files;
    const char    *text;
    size_t         length;
    bool           more;
    kd_str_reset(out);
    kd_status status = kd_text_files_open(&files, path, err);
    if (status != KD_OK) return status;
    while ((status = kd_text_files_next(files, &text, &length, &more, err)) == KD_OK && more) {
        kd_str_add_bytes(out, text, length);
        kd_str_add_char(out, '|');
    }
    kd_text_files_close(files);
    return status;
}

static void assert_reads(const char *path, const char *want)
{
    kd_str   out = KD_STR_INIT;
    kd_error err;
    assert_ok(read_all(path, &out, &err), &err);
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
}

static void test_takes_a_document_a_line(void **state)
{
    (void)state;
    assert_reads(kd_test_file("lines", "one\n\n  \ntwo words \r\nthree"), "one|two words|three|");
    assert_reads(kd_test_file("bom", "\xef\xbb\xbfone\n\xef\xbb\xbftwo\n"), "one|\xef\xbb\xbftwo|");
    assert_reads(kd_test_file("empty", ""), "");
    assert_reads(kd_test_file("newlines", "\n\n\n"), "");
}

static void test_goes_through_a_folder_by_name(void **state)
{
    (void)state;
    kd_error err;
    char    *folder = kd_fs_join(kd_test_folder(), "texts"), *below = kd_fs_join(folder, "b");
    assert_ok(kd_fs_make_folders(below, &err), &err);
    kd_test_file("texts/c.txt", "three\n");
    kd_test_file(
        "texts/a.txt",
        "one\nmore"); /* its last line is its own, and not the beginning of the next file */
    kd_test_file("texts/b/z.txt", "two\n");
    kd_test_file("texts/README.md", "no text\n");
    assert_reads(folder, "one|more|two|three|");
    kd_str out = KD_STR_INIT;
    assert_ok(kd_fs_remove(folder, &err), &err);
    assert_ok(kd_fs_make_folders(below, &err), &err);
    assert_fails(KD_ENOINPUT, "texts: is a folder without *.txt", read_all(folder, &out, &err),
                 &err);
    kd_str_fini(&out);
    free(below);
    free(folder);
}

/* A line may be longer than a window, and not longer than the limit. */
static void test_takes_long_lines_up_to_the_limit(void **state)
{
    (void)state;
    kd_str   line = KD_STR_INIT, out = KD_STR_INIT;
    kd_error err;
    for (int i = 0; i < KD_LINE_LIMIT - 1; i++) kd_str_add_char(&line, 'a');
    kd_str_add(&line, "\nb\n");
    char *path = kd_fs_join(kd_test_folder(), "long");
    assert_ok(kd_fs_write(path, line.text, line.length, &err), &err);
    assert_ok(read_all(path, &out, &err), &err);
    assert_int_equal(out.length, KD_LINE_LIMIT + 2);
    kd_str_reset(&line);
    kd_str_add(&line, "b\n");
    for (int i = 0; i < 3 * KD_LINE_LIMIT; i++) kd_str_add_char(&line, 'a');
    assert_ok(kd_fs_write(path, line.text, line.length, &err), &err);
    assert_fails(KD_EDATA, "long:2: a line of more than 1048575 bytes", read_all(path, &out, &err),
                 &err);
    free(path);
    kd_str_fini(&line);
    kd_str_fini(&out);
}

static void test_names_the_line_that_is_no_text(void **state)
{
    (void)state;
    kd_str   out = KD_STR_INIT;
    kd_error err;
    assert_fails(KD_EDATA, "latin:2: byte 4 is 0xe9, which is not UTF-8",
                 read_all(kd_test_file("latin", "one\ncaf\xe9\n"), &out, &err), &err);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_a_document_a_line),
        cmocka_unit_test(test_goes_through_a_folder_by_name),
        cmocka_unit_test(test_takes_long_lines_up_to_the_limit),
        cmocka_unit_test(test_names_the_line_that_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
