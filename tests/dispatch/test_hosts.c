/* Machines of a wide cell: added in any order, written, read again. */
#include <string.h>
#include <unistd.h>

#include "harness/dispatch/hosts.h"
#include "tests/support/support.h"

static void test_keeps_machines_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    kd_hosts hosts = KD_VEC_INIT;
    kd_str   text = KD_STR_INIT;
    kd_hosts_add(&hosts, "n10", 2);
    kd_hosts_add(&hosts, "n9", 1);
    kd_hosts_add(&hosts, "m1", 3);
    kd_hosts_add(&hosts, "n9", 2); /* a second place of the same machine */
    kd_hosts_print(&hosts, &text);
    assert_string_equal(text.text, "m1 slots=3\nn9 slots=3\nn10 slots=2\n");
    assert_int_equal(kd_hosts_ranks(&hosts), 8);
    kd_str_fini(&text);
    kd_vec_fini(&hosts);
}

static void test_reads_what_it_wrote(void **state)
{
    (void)state;
    char here[KD_HOST_NAME + 1] = "";
    gethostname(here, sizeof here - 1);
    kd_hosts wrote = KD_VEC_INIT, read = KD_VEC_INIT;
    kd_str   text = KD_STR_INIT;
    kd_error err;
    kd_hosts_add(&wrote, "elsewhere", 4);
    kd_hosts_add(&wrote, here, 3);
    kd_hosts_print(&wrote, &text);
    assert_ok(kd_hosts_read(&read, kd_test_file("hosts", text.text), &err), &err);
    assert_int_equal(read.count, 2);
    assert_int_equal(kd_hosts_ranks(&read), 7);
    assert_int_equal(kd_hosts_here(&read), 3);
    kd_str_fini(&text);
    kd_vec_fini(&wrote);
    kd_vec_fini(&read);
}

static void test_refuses_other_files(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *words;
    } rows[] = {
        { "none", "n1\n", "none:1: expected NAME slots=RANKS" },
        { "zero", "n1 slots=2\nn2 slots=0\n", "zero:2: expected" },
        { "more", "n1 slots=2 max_slots=3\n", "more:1: expected" },
        { "empty", "\n", "empty: no machine" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_hosts hosts = KD_VEC_INIT;
        kd_error err;
        assert_fails(KD_EDATA, rows[i].words,
                     kd_hosts_read(&hosts, kd_test_file(rows[i].name, rows[i].text), &err), &err);
        kd_vec_fini(&hosts);
    }
    kd_hosts hosts = KD_VEC_INIT;
    kd_error err;
    assert_fails(KD_ENOINPUT, "nowhere", kd_hosts_read(&hosts, "nowhere", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_machines_in_the_order_of_their_numbers),
        cmocka_unit_test(test_reads_what_it_wrote),
        cmocka_unit_test(test_refuses_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
