/* test_source.c - reading a file, remembering where, laying one thing over another. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/source.h"
#include "tests/support/support.h"

static kd_source *parse(const char *text)
{
    kd_source *source = NULL;
    kd_error   err;
    assert_ok(kd_source_parse(&source, text, "x.cfg", &err), &err);
    return source;
}

static const char *text_at(kd_source *source, const char *path)
{
    const kd_value *value = kd_value_get(kd_source_root(source), path);
    return value ? value->text : NULL;
}

static void test_keeps_every_type(void **state)
{
    (void)state;
    static const struct {
        const char   *path, *text;
        kd_value_type type;
    } cases[] = {
        { "a", "7", KD_VALUE_INT },     { "b", "0.001", KD_VALUE_REAL },
        { "c", "true", KD_VALUE_BOOL }, { "d", "x y", KD_VALUE_TEXT },
        { "e.f", "-3", KD_VALUE_INT },  { "big", "8589934592", KD_VALUE_INT },
        { "e", NULL, KD_VALUE_GROUP },  { "g", NULL, KD_VALUE_LIST },
    };
    kd_source *source = parse("a = 7; b = 1e-3; c = true; d = \"x y\";\n"
                              "e = { f = -3; }; g = [1, 2]; big = 8589934592L;\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kd_value *value = kd_value_get(kd_source_root(source), cases[i].path);
        assert_non_null(value);
        assert_int_equal(value->type, cases[i].type);
        if (cases[i].text)
            assert_string_equal(value->text, cases[i].text);
        else
            assert_null(value->text);
    }
    assert_null(kd_value_get(kd_source_root(source), "e.x"));
    assert_null(kd_value_get(kd_source_root(source), "a.f"));
    kd_source_close(source);
}

static void test_says_where_a_value_stands(void **state)
{
    (void)state;
    kd_source *source =
        parse("study = {\n  axes = (\n    { key = \"k\";\n      values = [1,\n 2]; } );\n};\n");
    const kd_value *study = kd_value_get(kd_source_root(source), "study");
    const kd_value *axis = kd_value_get(study, "axes")->first;
    const kd_value *second = kd_value_get(axis, "values")->first->next;
    assert_string_equal(kd_source_place(source, second, study), "x.cfg:5: axes[0].values[1]");
    assert_string_equal(kd_source_place(source, second, NULL), "x.cfg:5: study.axes[0].values[1]");
    assert_string_equal(kd_source_where(source, kd_value_get(axis, "key")), "x.cfg:3");
    kd_source_close(source);
}

static void test_refuses_what_is_no_configuration(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "a = 1;\nb = = 2;\n", "x.cfg:2: syntax error" },
        { "a = \"open;\n", "x.cfg:" },
        { "a = 1;\na = 2;\n", "x.cfg:2: duplicate setting name" },
        { "a = [1,\n2);\n", "x.cfg:2: expected ']', which closes '[' of x.cfg:1; found ')'" },
        { "a = ( [1, 2 );\n", "x.cfg:1: expected ']'" },
        { "a = { b = [1 };\n", "x.cfg:1: expected ']'" },
        { "a = 1; ]\n", "x.cfg:1: syntax error" },
        { "a = [1, 2;\n", "x.cfg:1: syntax error" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_source *source = NULL;
        kd_error   err;
        assert_fails(KD_ECONFIG, cases[i].words,
                     kd_source_parse(&source, cases[i].text, "x.cfg", &err), &err);
    }
}

static void test_takes_large_numbers_where_they_do_no_harm(void **state)
{
    (void)state;
    kd_source *source = parse("a = 2147483647; b = \"99999999999\"; /* 99999999999 */\n"
                              "c = 4294967297L; // 99999999999\n"
                              "d99999999999 = 0.12345678901; # 99999999999\n");
    assert_string_equal(text_at(source, "a"), "2147483647");
    assert_string_equal(text_at(source, "b"), "99999999999");
    assert_string_equal(text_at(source, "c"), "4294967297");
    assert_string_equal(text_at(source, "d99999999999"), "0.12345678901");
    kd_source_close(source);
}

static void test_names_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    kd_source *source = NULL;
    kd_error   err;
    assert_fails(KD_ENOINPUT, "/nowhere.cfg", kd_source_open(&source, "/nowhere.cfg", &err), &err);
    assert_fails(KD_ENOINPUT, "is a folder", kd_source_open(&source, kd_test_folder(), &err), &err);
    const char *path = kd_test_file("missing-include.cfg", "a = 1;\n@include \"absent.cfg\"\n");
    assert_fails(KD_ECONFIG, "missing-include.cfg:2: ", kd_source_open(&source, path, &err), &err);
    path = kd_test_file("itself.cfg", "a = 1;\n@include \"itself.cfg\"\n");
    assert_fails(KD_ECONFIG, "itself.cfg:2: files include each other",
                 kd_source_open(&source, path, &err), &err);
}

static void test_finds_included_files_beside_the_first(void **state)
{
    (void)state;
    kd_source *source = NULL;
    kd_error   err;
    char      *folder = kd_fs_join(kd_test_folder(), "common");
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    kd_test_file("common/part.cfg", "# one\nhidden = 3;\n");
    kd_test_file("common/broken.cfg", "hidden = ;\n");
    const char *path = kd_test_file("top.cfg", "student = {\n@include \"common/part.cfg\"\n};\n");
    assert_ok(kd_source_open(&source, path, &err), &err);
    const kd_value *value = kd_value_get(kd_source_root(source), "student.hidden");
    assert_string_equal(value->text, "3");
    assert_int_equal(value->line, 2);
    assert_true(kd_fs_exists(value->where)); /* from here, not from the file that includes it */
    kd_source_close(source);

    path = kd_test_file("top2.cfg", "@include \"common/broken.cfg\"\n");
    assert_fails(KD_ECONFIG, "common/broken.cfg:1: ", kd_source_open(&source, path, &err), &err);
    free(folder);
}

static void test_counts_lines_around_what_is_included(void **state)
{
    (void)state;
    static const struct {
        const char *path, *place;
    } cases[] = {
        { "a", "around.cfg:1: a" },    { "b", "inner.cfg:1: b" },        { "c", "inner.cfg:3: c" },
        { "d", "innermost.cfg:2: d" }, { "e", "inner.cfg:5: e" },        { "f", "around.cfg:2: f" },
        { "g", "around.cfg:4: g" },    { "list", "around.cfg:6: list" },
    };
    kd_source *source = NULL;
    kd_error   err;
    kd_test_file("innermost.cfg", "\nd = \"@include\";");
    kd_test_file("inner.cfg", "b = 1;\n/* \n*/ c = 2;\n\t@include \"innermost.cfg\"\ne = 3; # end");
    const char *path = kd_test_file("around.cfg", "a = 1;\n@include \"inner.cfg\" f = 4;\n"
                                                  "# @include \"absent.cfg\"\ng = 5;\n\n"
                                                  "list = [0, 0.5, \"[\", (1), # ]\n true];\n");
    assert_ok(kd_source_open(&source, path, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kd_value *value = kd_value_get(kd_source_root(source), cases[i].path);
        assert_non_null(value);
        assert_non_null(strstr(kd_source_place(source, value, NULL), cases[i].place));
    }
    const kd_value *list = kd_value_get(kd_source_root(source), "list");
    assert_int_equal(list->count, 5);
    assert_string_equal(list->first->next->text, "0.5");
    assert_string_equal(list->first->next->next->text, "[");
    assert_int_equal(list->last->line, 7);
    kd_source_close(source);

    path = kd_test_file("around2.cfg", "@include \"inner.cfg\"\na = ;\n");
    assert_fails(KD_ECONFIG, "around2.cfg:2: syntax error", kd_source_open(&source, path, &err),
                 &err);
}

static void test_lays_groups_over_groups(void **state)
{
    (void)state;
    kd_source *source = parse("base = { a = 1; g = { x = 1; y = 2; }; l = [1, 2]; };\n"
                              "over = { a = 2; g = { y = 3; }; l = [9]; new = true; };\n");
    kd_value  *base = kd_source_group(source, kd_source_root(source), "base");
    kd_source_overlay(source, base, kd_value_get(kd_source_root(source), "over"),
                      KD_ORIGIN_PROFILE);
    assert_string_equal(text_at(source, "base.a"), "2");
    assert_string_equal(text_at(source, "base.g.x"), "1");
    assert_string_equal(text_at(source, "base.g.y"), "3");
    assert_string_equal(text_at(source, "base.new"), "true");
    assert_int_equal(kd_value_get(base, "l")->count, 1);
    assert_int_equal(kd_value_get(base, "g.y")->origin, KD_ORIGIN_PROFILE);
    assert_int_equal(kd_value_get(base, "g.x")->origin, KD_ORIGIN_FILE);
    assert_string_equal(text_at(source, "over.g.y"), "3"); /* and is left as it was */
    kd_source_close(source);
}

static void test_puts_values_from_text(void **state)
{
    (void)state;
    static const struct {
        const char   *path, *text, *want;
        kd_value_type type;
    } cases[] = {
        { "g.x", "5", "5", KD_VALUE_INT },
        { "g.x", "0.5", "0.5", KD_VALUE_REAL },
        { "g.x", "true", "true", KD_VALUE_BOOL },
        { "g.x", "logit-mse", "logit-mse", KD_VALUE_TEXT },
        { "g.x", "\"7\"", "7", KD_VALUE_TEXT },
        { "g.x", "", "", KD_VALUE_TEXT },
        { "new.deep.key", "1", "1", KD_VALUE_INT },
        { "g.x", "[1, 2, 3]", NULL, KD_VALUE_LIST },
    };
    kd_source *source = parse("g = { x = 1; };\n");
    kd_error   err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(kd_source_put(source, kd_source_root(source), cases[i].path, cases[i].text,
                                KD_ORIGIN_COMMAND, "-D", &err),
                  &err);
        const kd_value *value = kd_value_get(kd_source_root(source), cases[i].path);
        assert_int_equal(value->type, cases[i].type);
        assert_int_equal(value->origin, KD_ORIGIN_COMMAND);
        if (cases[i].want) assert_string_equal(value->text, cases[i].want);
    }
    assert_int_equal(kd_value_get(kd_source_root(source), "g.x")->count, 3);
    kd_source_close(source);
}

static void test_refuses_to_put_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text, *words;
    } cases[] = {
        { "g", "1", "-D g: is a group of settings" },
        { "g.x.y", "1", "-D g.x.y: x is no group of settings" },
        { "g.x", "[1, 2", "-D g.x: cannot read [1, 2" },
        { "g.x", "{ y = 1; }", "-D g.x: expected a value or a list, found a group" },
        { "g.x", "\"a\"; b = 2", "-D g.x: expected one value" },
    };
    kd_source *source = parse("g = { x = 1; };\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_error err;
        assert_fails(KD_ECONFIG, cases[i].words,
                     kd_source_put(source, kd_source_root(source), cases[i].path, cases[i].text,
                                   KD_ORIGIN_COMMAND, "-D", &err),
                     &err);
    }
    kd_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_every_type),
        cmocka_unit_test(test_says_where_a_value_stands),
        cmocka_unit_test(test_refuses_what_is_no_configuration),
        cmocka_unit_test(test_takes_large_numbers_where_they_do_no_harm),
        cmocka_unit_test(test_names_a_file_that_cannot_be_read),
        cmocka_unit_test(test_finds_included_files_beside_the_first),
        cmocka_unit_test(test_counts_lines_around_what_is_included),
        cmocka_unit_test(test_lays_groups_over_groups),
        cmocka_unit_test(test_puts_values_from_text),
        cmocka_unit_test(test_refuses_to_put_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
