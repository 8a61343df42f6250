/* The list, forms, and sets that come from a mirror. */
#include "harness/fetch/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/fetch/sha256.h"
#include "tests/fetch/server.h"
#include "tests/support/support.h"

/* "vocab/bert-base-cased" lies below the folder that it is put into, "../x", "/x" and "a//x" would not. */
static bool stays_below(const char *name)
{
    return !strpbrk(name, "\\ ") && *name != '/' && *name != '.' && !strstr(name, "/.") &&
           !strstr(name, "//") && !kd_ends_with(name, "/");
}

/* No row may name a file that would lie elsewhere, and each says where it is from and on what terms. */
static void test_every_row_of_the_list_is_whole(void **state)
{
    (void)state;
    assert_true(kd_fetch_set_count > 10);
    for (size_t i = 0; i < kd_fetch_set_count; i++) {
        const kd_fetch_set *set = &kd_fetch_sets[i];
        const char         *near;
        assert_ptr_equal(kd_fetch_find(set->name, &near), set);
        assert_true(stays_below(set->name));
        assert_true(*set->what && *set->source && *set->licence);
        assert_true(!set->by_hand == (kd_fetch_file_count(set) > 0));
        assert_true(set->by_hand ||
                    (kd_starts_with(set->base, "https://") && kd_ends_with(set->base, "/")));
        for (size_t f = 0; f < kd_fetch_file_count(set); f++) {
            assert_null(strpbrk(set->files[f].as, "/\\ "));
            assert_int_not_equal(*set->files[f].as, '.');
            assert_true(!set->files[f].sha256 ||
                        strlen(set->files[f].sha256) == KD_SHA256_TEXT - 1);
        }
    }
}

static void test_knows_what_was_meant(void **state)
{
    (void)state;
    const char *near = NULL;
    assert_null(kd_fetch_find("NCBI-desease", &near));
    assert_string_equal(near, "NCBI-disease");
    assert_null(kd_fetch_find("something else entirely", &near));
    assert_null(near);
}

static void test_converts_chemprot(void **state)
{
    (void)state;
    kd_str   in = KD_STR_INIT, out = KD_STR_INIT;
    kd_error err;
    kd_str_add(&in, "sentence\tlabel\r\nBC6ENTC binds \"BC6ENTG of BC6OTHER .\tCPR:3\r\nBC6ENT, "
                    "BC6ENTC\tFalse\n"
                    "a\tFalsehood");
    assert_ok(kd_fetch_convert_chemprot(&out, &in, "dev.tsv", &err), &err);
    assert_string_equal(out.text,
                        "index\tsentence\tlabel\n0\t@CHEMICAL$ binds \"@GENE$ of @OTHER$ .\tCPR:3\n"
                        "1\tBC6ENT, @CHEMICAL$\tfalse\n2\ta\tFalsehood\n");
    kd_str_add(&in, "\nno label\n");
    assert_fails(KD_EDATA, "dev.tsv:5: no tab",
                 kd_fetch_convert_chemprot(&out, &in, "dev.tsv", &err), &err);
    kd_str_fini(&in);
    kd_str_fini(&out);
}

/* ---- a set of two files, of which one's digest is known ---- */

static const kd_fetch_set little = {
    .name = "little",
    .what = "two files",
    .base = "https://nowhere.invalid/",
    .source = "nowhere.invalid",
    .licence = "none",
    .files = { { "abc.txt", "known.txt", 3,
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                 KD_FETCH_AS_IT_IS },
               { "other.txt", "other.txt", 0, NULL, KD_FETCH_AS_IT_IS } },
};

static char *below(const char *folder, const char *name)
{
    return kd_sprintf("%s/%s", folder, name);
}

static void put(const char *path, const char *text)
{
    kd_error err;
    char    *folder = kd_fs_folder(path);
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_fs_write(path, text, strlen(text), &err), &err);
    free(folder);
}

static void assert_holds(const char *path, const char *text)
{
    kd_str   got = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_fs_read(path, &got, &err), &err);
    assert_string_equal(got.text, text);
    kd_str_fini(&got);
}

static void test_takes_a_set_from_a_folder(void **state)
{
    (void)state;
    char *mirror = below(kd_test_folder(), "mirror"), *into = below(kd_test_folder(), "data"),
         *known = below(into, "little/known.txt"), *other = below(into, "little/other.txt"),
         *record = below(into, "little/FETCHED.json"), *from_abc = below(mirror, "little/abc.txt"),
         *from_other = below(mirror, "other.txt");
    kd_fetch_options options = { .into = into, .from = mirror };
    kd_fetch_report  report;
    kd_error         err;
    put(from_abc, "abc");
    assert_fails(KD_ENOINPUT, "has neither little/other.txt nor other.txt",
                 kd_fetch(&little, &options, &report, &err), &err);
    assert_false(kd_fs_exists(record));
    put(from_other, "anything");
    assert_ok(kd_fetch(&little, &options, &report, &err), &err);
    assert_int_equal(report.kept, 1);
    assert_int_equal(report.fetched, 1);
    assert_int_equal(report.unsure, 1);
    assert_holds(known, "abc");
    assert_holds(other, "anything");
    assert_true(kd_fs_exists(record));

    put(known, "abd"); /* somebody spoilt it */
    assert_ok(kd_fetch(&little, &options, &report, &err), &err);
    assert_int_equal(report.fetched, 1);
    assert_holds(known, "abc");

    put(known, "abd");
    put(from_abc, "abd"); /* and the mirror */
    assert_fails(KD_EDATA, "and should be ba7816bf", kd_fetch(&little, &options, &report, &err),
                 &err);
    assert_false(kd_fs_exists(known));
    free(mirror), free(into), free(known), free(other), free(record), free(from_abc),
        free(from_other);
}

static void test_takes_a_set_from_a_server(void **state)
{
    (void)state;
    char        *into = below(kd_test_folder(), "served"), *known = below(into, "whole/known.txt");
    kd_fetch_set served = little;
    kd_fetch_options options = { .into = into, .from = kd_server_start("abc", "") };
    kd_fetch_report  report;
    kd_error         err;
    served.name = "whole"; /* so that the server's answer is "abc" */
    assert_ok(kd_fetch(&served, &options, &report, &err), &err);
    assert_int_equal(report.fetched, 2);
    assert_int_equal(report.bytes, 6);
    assert_holds(known, "abc");
    assert_ok(kd_fetch(&served, &options, &report, &err), &err);
    assert_int_equal(report.kept, 2);
    assert_int_equal(kd_server_requests(), 2);
    free(into), free(known);
}

static void test_says_what_to_do_by_hand(void **state)
{
    (void)state;
    const char      *near;
    kd_fetch_options options = { .into = kd_test_folder() };
    kd_fetch_report  report;
    kd_error         err;
    assert_fails(KD_EUSAGE, "DDICorpus-2013.zip",
                 kd_fetch(kd_fetch_find("DDI", &near), &options, &report, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_the_list_is_whole),
        cmocka_unit_test(test_knows_what_was_meant),
        cmocka_unit_test(test_converts_chemprot),
        cmocka_unit_test(test_takes_a_set_from_a_folder),
        cmocka_unit_test(test_takes_a_set_from_a_server),
        cmocka_unit_test(test_says_what_to_do_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
