/* A run reads its words, opens what it needs in an order that leaves nothing behind, and refuses what it cannot do. */
#include "harness/dispatch/run.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

enum { WORDS_MOST = 8 };

/* argv of "run" and these words, which end with NULL. */
static int argv_of(char **argv, const char *const *words)
{
    int argc = 0;
    argv[argc++] = (char *)"run";
    for (; *words; words++) argv[argc++] = (char *)*words;
    argv[argc] = NULL;
    return argc;
}

static kd_status parse(kd_run_options *out, const char *const *words, kd_error *err)
{
    static char *argv[WORDS_MOST + 2];
    return kd_run_parse(out, argv_of(argv, words), argv, err);
}

static void test_reads_its_words(void **state)
{
    (void)state;
    kd_run_options o;
    kd_error       err;
    assert_ok(parse(&o,
                    (const char *const[]){ "x.cfg", "-j", "3", "-D", "seeds=[1]", "--retry-failed",
                                           NULL },
                    &err),
              &err);
    assert_string_equal(o.experiment, "x.cfg");
    assert_string_equal(o.store, "store");
    assert_int_equal(o.jobs, 3);
    assert_int_equal(o.workers, 0);
    assert_int_equal(o.retries, 2);
    assert_int_equal(o.chaos_seed, -1);
    assert_int_equal(o.overrides.count, 1);
    assert_true(o.retries_failed);
    kd_run_options_fini(&o);
}

static void test_refuses_words_that_cannot_be_meant(void **state)
{
    (void)state;
    static const char *const cases[][WORDS_MOST] = {
        { "x.cfg", "-j", "0" },      { "x.cfg", "-n", "-1" },       { "x.cfg", "--retries", "-1" },
        { "x.cfg", "--kills", "0" }, { "x.cfg", "--memory", "-1" }, { NULL },
        { "x.cfg", "y.cfg" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_run_options o;
        kd_error       err;
        assert_int_equal(parse(&o, cases[i], &err), KD_EUSAGE);
        assert_non_null(strstr(err.text, "run"));
        kd_run_options_fini(&o);
    }
}

/* ---- opening ---- */

static const char study[] = "study = { seeds = [1, 2]; };\n";

static kd_run_options options_for(const char *experiment, const char *store)
{
    return (kd_run_options){
        .experiment = experiment, .store = store, .jobs = 1, .progress = "none", .chaos_seed = -1
    };
}

static void test_makes_a_store_once_all_else_is_right(void **state)
{
    (void)state;
    kd_run         run;
    kd_error       err;
    char          *store = kd_fs_join(kd_test_folder(), "opened");
    kd_run_options o = options_for(kd_test_file("wrong.cfg", "study = { sedes = [1]; };\n"), store);
    assert_fails(KD_ECONFIG, "sedes", kd_run_open(&run, &o, &err), &err);
    o.experiment = kd_test_file("right.cfg", study);
    o.progress = "loud";
    assert_int_equal(kd_run_open(&run, &o, &err), KD_EUSAGE);
    assert_false(kd_fs_exists(store));

    o.progress = "none";
    assert_ok(kd_run_open(&run, &o, &err), &err);
    assert_true(kd_store_is_writable(run.store));
    assert_int_equal(run.needed, kd_plan_count(run.plan)); /* nothing is done */
    kd_run_close(&run);
    assert_null(run.store);
    free(store);
}

static void test_knows_when_it_has_to_end(void **state)
{
    (void)state;
    static const struct {
        const char *deadline;
        bool        is_good;
    } cases[] = { { "90", true },    { "1:30", true }, { "24:00:00", true }, { "soon", false },
                  { "1:-5", false }, { "", false },    { "1::2", false } };
    kd_run         run;
    kd_error       err;
    char          *store = kd_fs_join(kd_test_folder(), "timed");
    kd_run_options o = options_for(kd_test_file("timed.cfg", study), store);
    assert_ok(kd_run_open(&run, &o, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_sweep *sweep;
        o.deadline = cases[i].deadline;
        kd_status status = kd_run_sweep(&run, 1, &sweep, &err);
        if (cases[i].is_good) {
            assert_ok(status, &err);
            kd_sweep_close(sweep, &err);
        } else {
            assert_fails(KD_EUSAGE, "--deadline: expected seconds or H:MM:SS", status, &err);
        }
    }
    kd_run_close(&run);
    free(store);
}

static void test_looks_beside_itself_for_programs(void **state)
{
    (void)state;
    char *here = kd_run_program("test_dispatch_run"), *nowhere = kd_run_program("no-such-program");
    assert_int_equal(here[0], '/');
    assert_string_equal(kd_fs_name(here), "test_dispatch_run");
    assert_string_equal(nowhere, "no-such-program");
    free(here);
    free(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_its_words),
        cmocka_unit_test(test_refuses_words_that_cannot_be_meant),
        cmocka_unit_test(test_makes_a_store_once_all_else_is_right),
        cmocka_unit_test(test_knows_when_it_has_to_end),
        cmocka_unit_test(test_looks_beside_itself_for_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
