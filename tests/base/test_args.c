/* test_args.c - a table of options reads a command line as people write it. */
#include <string.h>

#include "harness/base/args.h"
#include "tests/support/support.h"

static struct {
    bool        json, verbose;
    int         workers;
    double      deadline;
    const char *store;
    kd_arg_list defines;
} got;

static const kd_arg table[] = {
    { 0, "json", KD_ARG_FLAG, &got.json, NULL, "print JSON" },
    { 'v', "verbose", KD_ARG_FLAG, &got.verbose, NULL, "say more" },
    { 'n', "workers", KD_ARG_INT, &got.workers, "N", "start N workers" },
    { 0, "deadline", KD_ARG_REAL, &got.deadline, "S", "seconds" },
    { 0, "store", KD_ARG_TEXT, &got.store, "DIR", "the store" },
    { 'D', "define", KD_ARG_LIST, &got.defines, "KEY=VALUE", "change a setting" },
    KD_ARG_END,
};

static kd_status parse(kd_args *args, const char *line, kd_error *err)
{
    static char  copy[256];
    static char *argv[32];
    int          argc = 0;
    memset(&got, 0, sizeof got);
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    *args = (kd_args){ "run", "FILE [-n N]", "Run it.", table };
    return kd_args_parse(args, argc, argv, err);
}

static void test_reads_options_anywhere(void **state)
{
    (void)state;
    kd_error err;
    kd_args  args;
    assert_ok(
        parse(&args, "run -n4 a.cfg --store=here -D a=1 --json -Db=2 --deadline 1.5 b -- -v", &err),
        &err);
    assert_int_equal(got.workers, 4);
    assert_string_equal(got.store, "here");
    assert_true(got.json && !got.verbose);
    assert_close(got.deadline, 1.5, 0);
    assert_int_equal(got.defines.count, 2);
    assert_string_equal(got.defines.items[1], "b=2");
    assert_int_equal(args.count, 3);
    assert_string_equal(args.words[0], "a.cfg");
    assert_string_equal(args.words[2], "-v");
    assert_ok(kd_args_expect(&args, 1, 3, &err), &err);
    kd_args_fini(&args);
}

static void test_refuses_with_a_suggestion(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "run --worker 3", "run: no option --worker, did you mean --workers?" },
        { "run --quite", "run: no option --quite" },
        { "run -x", "run: no option -x" },
        { "run -n", "--workers expects N" },
        { "run -n two", "--workers expects a whole number, found two" },
        { "run --json=yes", "--json takes no value" },
        { "run --deadline soon", "--deadline expects a number, found soon" },
    };
    kd_error err;
    kd_args  args;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(KD_EUSAGE, cases[i].words, parse(&args, cases[i].line, &err), &err);
}

static void test_counts_words(void **state)
{
    (void)state;
    kd_error err;
    kd_args  args;
    assert_ok(parse(&args, "run", &err), &err);
    assert_fails(KD_EUSAGE, "something is missing; usage: kdgrid run FILE",
                 kd_args_expect(&args, 1, 1, &err), &err);
    assert_ok(parse(&args, "run a b", &err), &err);
    assert_fails(KD_EUSAGE, "do not know what to do with 'b'", kd_args_expect(&args, 1, 1, &err),
                 &err);
}

static void test_help_page_lists_every_option(void **state)
{
    (void)state;
    kd_args args = { "run", "FILE", "Run it.", table };
    kd_str  page = KD_STR_INIT;
    kd_args_page(&args, &page);
    for (const kd_arg *row = table; row->name; row++) {
        assert_non_null(strstr(page.text, row->name));
        assert_non_null(strstr(page.text, row->help));
    }
    assert_non_null(strstr(page.text, "-h, --help"));
    kd_str_fini(&page);
}

/* No line is wider than a terminal, and what goes on does so under the words above. */
static void test_help_page_fills_lines(void **state)
{
    (void)state;
    bool         flag = false;
    const kd_arg rows[] = { { 0, "chaos", KD_ARG_FLAG, &flag, NULL,
                              "run it in a new store while cells, workers and coordinators are "
                              "killed, and compare" },
                            KD_ARG_END };
    kd_args      args = { "run", "FILE",
                          "A sentence that is written in the source over two\nlines and filled up to "
                               "the width of the page.\n    a picture\n\nAnother.",
                          rows };
    kd_str       page = KD_STR_INIT;
    kd_args_page(&args, &page);
    assert_non_null(strstr(
        page.text, "\n\nA sentence that is written in the source over two lines "
                   "and filled up to the\nwidth of the page.\n    a picture\n\nAnother.\n\n"));
    assert_non_null(strstr(
        page.text, "      --chaos                 run it in a new store while cells, workers "
                   "and\n                              coordinators are killed, and compare\n"));
    kd_str_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_options_anywhere),
        cmocka_unit_test(test_refuses_with_a_suggestion),
        cmocka_unit_test(test_counts_words),
        cmocka_unit_test(test_help_page_lists_every_option),
        cmocka_unit_test(test_help_page_fills_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
