/* Nothing fails unless the environment asks for it, and then as often as it asks. */
#include "harness/base/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "tests/support/support.h"

static void ask_for(const char *text)
{
    if (text)
        setenv(KD_FAULTS_ENV, text, 1);
    else
        unsetenv(KD_FAULTS_ENV);
    kd_fault_reset();
}

static void test_leaves_everything_alone_by_default(void **state)
{
    (void)state;
    static const char *const nothing[] = { NULL, "", "seed=3", "write", "write=x wrote=1" };
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        ask_for(nothing[i]);
        for (int n = 0; n < 1000; n++)
            for (int fault = 0; fault < KD_FAULT_COUNT; fault++)
                assert_int_equal(kd_fault_errno((kd_fault)fault), 0);
        kd_fault_witness("nobody hears this");
    }
}

static void test_fails_as_often_as_it_is_asked_to(void **state)
{
    (void)state;
    int full = 0, broken = 0;
    ask_for("seed=5 write=0.25");
    for (int n = 0; n < 4000; n++) {
        int number = kd_fault_errno(KD_FAULT_WRITE);
        full += number == ENOSPC;
        broken += number == EIO;
        assert_int_equal(kd_fault_errno(KD_FAULT_SYNC), 0);
    }
    assert_in_range(full, 350, 650); /* of 500: five standard deviations and more */
    assert_in_range(broken, 350, 650);
    for (int n = 0; n < 100; n++) assert_true(kd_fault_part(7) < 7);
    assert_int_equal(kd_fault_part(0), 0);
}

static void test_hastens_only_when_asked(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        double      want;
    } cases[] = { { NULL, 1 }, { "haste=6", 6 }, { "haste=0.5", 1 }, { "seed=1 haste=x", 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_for(cases[i].asked);
        assert_true(kd_fault_haste() == cases[i].want);
    }
}

static void test_tells_its_log_of_each(void **state)
{
    (void)state;
    char *path = kd_fs_join(kd_test_folder(), "a log"),
         *asked = kd_sprintf("seed=1 tear=1 log=%s", path);
    kd_str   text = KD_STR_INIT;
    kd_error err;
    ask_for(asked);
    assert_true(kd_fault_happens(KD_FAULT_TEAR));
    kd_fault_witness("durable %d %d", 3, 118);
    assert_true(kd_fault_happens(KD_FAULT_TEAR));
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, "tear\ndurable 3 118\ntear\n");
    kd_str_fini(&text);
    free(asked);
    free(path);
}

/* Writers fail as they would on a full disk: said in one line, and nothing half-written stays. */
static void test_makes_writers_fail_cleanly(void **state)
{
    (void)state;
    static const char *const rates[] = { "write=1", "sync=1" };
    char                    *path = kd_fs_join(kd_test_folder(), "target");
    char                   **names;
    size_t                   before, after;
    kd_error                 err;
    for (int i = 0; i < 2; i++) {
        ask_for(NULL);
        assert_ok(kd_fs_list(kd_test_folder(), &names, &before, &err), &err);
        kd_fs_free_names(names, before);
        ask_for(rates[i]);
        assert_fails(KD_EIO, path, kd_fs_write(path, "text", 4, &err), &err);
        assert_false(kd_fs_exists(path));
        assert_ok(kd_fs_list(kd_test_folder(), &names, &after, &err), &err);
        kd_fs_free_names(names, after);
        assert_int_equal(before, after);
    }
    ask_for(NULL);
    assert_ok(kd_fs_write(path, "text", 4, &err), &err);
    free(path);
}

static int forget(void **state)
{
    (void)state;
    ask_for(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_leaves_everything_alone_by_default, forget),
        cmocka_unit_test_teardown(test_fails_as_often_as_it_is_asked_to, forget),
        cmocka_unit_test_teardown(test_hastens_only_when_asked, forget),
        cmocka_unit_test_teardown(test_tells_its_log_of_each, forget),
        cmocka_unit_test_teardown(test_makes_writers_fail_cleanly, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
