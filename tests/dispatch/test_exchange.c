/* test_exchange.c - ranks sum in a fixed order, and train one network as one process would. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "tests/support/support.h"

/* dispatch_peers with these words under mpirun; without it for one rank. */
static kd_process_end run_peers(int ranks, const char *const *words)
{
    char               count[16];
    const char        *argv[20] = { "mpirun",          "-q",        "-n",   count,
                                    "--oversubscribe", "--bind-to", "none", PEERS };
    int                at = ranks > 1 ? 8 : 1;
    kd_str             said = KD_STR_INIT, trouble = KD_STR_INIT;
    kd_process_end     end;
    kd_error           err;
    const char *const  env[] = { "OMPI_MCA_btl_vader_single_copy_mechanism=none",
                                 "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                                 NULL };
    kd_process_options options = { .argv = argv, .extra_env = env, .dies_with_parent = true };
    snprintf(count, sizeof count, "%d", ranks);
    if (ranks == 1) argv[0] = PEERS;
    for (; *words; words++) argv[at++] = *words;
    argv[at] = NULL;
    kd_status status = kd_process_capture_with(&options, 100, &said, &trouble, &end, &err);
    if (status == KD_ENOINPUT) skip();
    assert_ok(status, &err);
    if (!end.exited || end.code != 0) print_message("%s", trouble.text);
    kd_str_fini(&said);
    kd_str_fini(&trouble);
    return end;
}

static void assert_runs(int ranks, const char *const *words)
{
    kd_process_end end = run_peers(ranks, words);
    assert_true(end.exited);
    assert_int_equal(end.code, 0);
}

static void test_sums_are_those_of_the_order_of_ranks(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= 4; ranks++)
        for (int seed = 0; seed < 2; seed++)
            assert_runs(ranks, (const char *[]){ "sum", seed ? "5" : "0", NULL });
}

enum { MOST_RUNS = 32 };

/* Trainings of so many ranks, each to a file of its own in a folder, whose path lives until the program ends. */
static const char *train(const char *name, int ranks, const char *seed, const char *form)
{
    static char *folders[MOST_RUNS];
    static int   runs;
    kd_error     err;
    assert_true(runs < MOST_RUNS);
    char *folder = folders[runs] = kd_sprintf("%s/run%d", kd_test_folder(), runs);
    runs++;
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_runs(ranks, (const char *[]){ "train", name, seed, folder, form, NULL });
    return folder;
}

static void outcome(kd_str *out, const char *folder, const char *name)
{
    kd_error err;
    char    *path = kd_sprintf("%s/%s", folder, name);
    kd_str_reset(out);
    assert_ok(kd_fs_read(path, out, &err), &err);
    assert_true(out->length > 0);
    free(path);
}

static double largest_gap(const char *a, const char *b)
{
    double gap = 0;
    while (*a && *b) {
        char *a_end, *b_end;
        gap = fmax(gap, fabs(strtod(a, &a_end) - strtod(b, &b_end)));
        a = a_end + 1;
        b = b_end + 1;
    }
    assert_true(!*a && !*b);
    return gap;
}

static const char *const names[] = { "tags",     "accumulated", "crf",
                                     "classes",  "words",       "words-distilled",
                                     "tinybert", "maps",        "doktra" };

enum { NAMES = sizeof names / sizeof *names };

/* Nine updates and more, with dropout: what is hidden, dropped and divided by has to be that of the whole batch. */
static void test_any_number_of_ranks_trains_the_same_network(void **state)
{
    (void)state;
    kd_str      alone = KD_STR_INIT, together = KD_STR_INIT;
    const char *of_one = train("all", 1, "0", NULL);
    for (int ranks = 2; ranks <= 4; ranks++) {
        const char *of_all = train("all", ranks, "0", NULL);
        for (int i = 0; i < NAMES; i++) {
            outcome(&alone, of_one, names[i]);
            outcome(&together, of_all, names[i]);
            double gap = largest_gap(alone.text, together.text);
            if (gap > 2e-5) fail_msg("%s with %d ranks: off by %g", names[i], ranks, gap);
        }
    }
    kd_str_fini(&alone);
    kd_str_fini(&together);
}

static void test_the_same_bits_whatever_the_timing(void **state)
{
    (void)state;
    static const char *const forms[] = { NULL, "bf16" }, *const seeds[] = { "1", "2" };
    kd_str first = KD_STR_INIT, again = KD_STR_INIT, exact = KD_STR_INIT;
    for (int form = 0; form < 2; form++) {
        outcome(&first, train("tags", 3, "0", forms[form]), "tags");
        for (int i = 0; i < 2; i++) {
            outcome(&again, train("tags", 3, seeds[i], forms[form]), "tags");
            assert_string_equal(first.text, again.text);
        }
        if (form == 0) outcome(&exact, train("tags", 3, "0", NULL), "tags");
    }
    double gap =
        largest_gap(exact.text, first.text); /* half of the bytes are near, and not the same */
    assert_true(gap > 0 && gap < 1e-2);
    kd_str_fini(&first);
    kd_str_fini(&again);
    kd_str_fini(&exact);
}

static void test_a_rank_that_dies_ends_the_others(void **state)
{
    (void)state;
    static const char *const ranks[] = { "0", "1", "2" };
    for (int i = 0; i < 3; i++) {
        kd_process_end end = run_peers(3, (const char *[]){ "die", "tags", ranks[i], "20", NULL });
        assert_true(end.exited);
        assert_int_equal(end.code, 128 + 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_those_of_the_order_of_ranks),
        cmocka_unit_test(test_any_number_of_ranks_trains_the_same_network),
        cmocka_unit_test(test_the_same_bits_whatever_the_timing),
        cmocka_unit_test(test_a_rank_that_dies_ends_the_others),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
