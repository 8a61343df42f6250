/* What a site says becomes facts, and facts become rows. */
#include <stdlib.h>
#include <string.h>

#include "slurm/probe.h"
#include "tests/support/support.h"

static const char config[] = "Configuration data as of 2026-11-29T23:51:38\n"
                             "AccountingStorageType   = accounting_storage/none\n"
                             "ClusterName             = east\n"
                             "KillWait                = 30 sec\n"
                             "MaxArraySize            = 1001\n"
                             "MaxJobCount             = 10000\n"
                             "PreemptMode             = REQUEUE\n"
                             "PreemptParameters       = send_user_signal\n"
                             "SchedulerParameters     = bf_interval=30,bf_resolution=300\n"
                             "SelectType              = select/cons_tres\n"
                             "SelectTypeParameters    = CR_CPU\n"
                             "SLURM_VERSION           = 22.05.8\n"
                             "\n"
                             "Slurmctld(primary) at login is UP\n";

static const char partitions[] = "long|up|7-00:00:00|10|64|257000+|CANCEL|EXCLUSIVE\n"
                                 "cpu*|up|1-00:00:00|40+|128|515000|OFF|NO\n"
                                 "broken line\n";

static void test_reads_what_scontrol_says_of_the_site(void **state)
{
    kd_probe probe = { .version = "" };
    (void)state;
    kd_probe_read_config(&probe, config);
    assert_string_equal(probe.version, "22.05.8");
    assert_string_equal(probe.cluster, "east");
    assert_string_equal(probe.preempt, "REQUEUE");
    assert_string_equal(probe.select, "select/cons_tres"); /* not its parameters */
    assert_string_equal(probe.accounting, "accounting_storage/none");
    assert_int_equal(probe.kill_wait_s, 30);
    assert_int_equal(probe.most_array, 1001);
    assert_int_equal(probe.most_jobs, 10000);
    assert_int_equal(probe.resolution_s, 300);
    assert_true(probe.signals_preempts);
}

static void test_finds_the_partition(void **state)
{
    kd_probe probe = { .version = "" };
    (void)state;
    assert_true(kd_probe_read_sinfo(&probe, partitions, NULL));
    assert_string_equal(probe.partition, "cpu");
    assert_int_equal(probe.nodes, 40);
    assert_int_equal(probe.cores, 128);
    assert_string_equal(probe.most_time, "1-00:00:00");
    assert_true(kd_probe_read_sinfo(&probe, partitions, "long"));
    assert_string_equal(probe.shares, "EXCLUSIVE");
    assert_string_equal(probe.preempt_here, "CANCEL");
    assert_int_equal(probe.memory_mb, 257000);
    assert_false(kd_probe_read_sinfo(&probe, partitions, "short"));
    assert_false(kd_probe_read_sinfo(&probe, "long|up|1|1|1|1|OFF|NO\n", NULL));
}

static void test_knows_plugins_of_old_and_new_releases(void **state)
{
    kd_probe probe = { .version = "" };
    (void)state;
    kd_probe_read_plugins(&probe, "MPI plugin types are...\n\tpmix\n\tnone\n\tpmi2\n"
                                  "specific pmix plugin versions available: pmix_v4\n");
    assert_string_equal(probe.plugins, "pmix none pmi2");
    kd_probe_read_plugins(&probe, "srun: MPI types are...\nsrun: none\nsrun: pmi2\n");
    assert_string_equal(probe.plugins, "none pmi2");
    kd_probe_read_plugins(&probe, "");
    assert_string_equal(probe.plugins, "");
}

/* A plain site, changed in one or two places. */
static void test_chooses_by_what_the_site_allows(void **state)
{
    static const struct {
        const char *select, *shares, *preempt, *preempt_here;
        int         most_array, most_submitted;
        bool        has_mpirun;
        const char *plugins, *rows;
    } cases[] = {
        { "select/cons_tres", "NO", "OFF", "OFF", 1001, 0, true, "pmix none", "shape=\"array\" " },
        { "select/cons_tres", "NO", "OFF", "", 1001, 4, true, "", "shape=\"array\" jobs=4 " },
        { "select/cons_tres", "NO", "OFF", "", 4, 100, true, "", "shape=\"array\" jobs=3 " },
        { "select/cons_tres", "NO", "OFF", "", 1, 0, true, "", "shape=\"elastic\" " },
        { "select/cons_tres", "NO", "OFF", "", 1001, 1, true, "", "shape=\"one\" " },
        { "select/linear", "NO", "OFF", "", 1001, 0, true, "pmix", "shape=\"one\" " },
        { "select/cons_tres", "EXCLUSIVE", "OFF", "", 1001, 0, false, "none pmix",
          "shape=\"one\" mpi=\"pmix\" " },
        { "select/cons_tres", "NO", "OFF", "", 1001, 0, false, "", "shape=\"array\" " },
        { "select/cons_tres", "NO", "OFF", "", 1001, 0, false, "none pmi2",
          "shape=\"array\" mpi=\"none\" " },
        { "select/cons_tres", "NO", "CANCEL", "", 1001, 0, true, "", "shape=\"array\" links=3 " },
        { "select/cons_tres", "NO", "REQUEUE", "CANCEL", 1001, 0, true, "",
          "shape=\"array\" links=3 " },
        { "select/cons_tres", "NO", "CANCEL", "REQUEUE", 1001, 0, true, "", "shape=\"array\" " },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_probe         probe = { .most_array = cases[i].most_array,
                                   .most_submitted = cases[i].most_submitted,
                                   .has_mpirun = cases[i].has_mpirun };
        kd_probe_choices choices = KD_VEC_INIT;
        kd_str           rows = KD_STR_INIT;
        strcpy(probe.select, cases[i].select);
        strcpy(probe.shares, cases[i].shares);
        strcpy(probe.preempt, cases[i].preempt);
        strcpy(probe.preempt_here, cases[i].preempt_here);
        strcpy(probe.plugins, cases[i].plugins);
        kd_probe_choose(&probe, &choices);
        for (size_t c = 0; c < choices.count; c++) {
            kd_str_addf(&rows, "%s=%s ", choices.items[c].key, choices.items[c].value);
            assert_true(*choices.items[c].why);
        }
        assert_string_equal(rows.text, cases[i].rows);
        kd_str_fini(&rows);
        kd_vec_fini(&choices);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_scontrol_says_of_the_site),
        cmocka_unit_test(test_finds_the_partition),
        cmocka_unit_test(test_knows_plugins_of_old_and_new_releases),
        cmocka_unit_test(test_chooses_by_what_the_site_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
