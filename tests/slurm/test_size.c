#include <stdio.h>
#include <string.h>

#include "slurm/size.h"
#include "tests/support/support.h"

static kd_slurm_options defaults(void)
{
    kd_slurm_options options;
    kd_setting_defaults(kd_slurm_settings, &options);
    return options;
}

static void test_gives_time_for_the_work(void **state)
{
    static const struct {
        const char *what;
        double      core_s, longest_s;
        int         tasks, threads, jobs, cores;
        const char *time;
    } rows[] = {
        { "nothing to do", 0, 0, 0, 1, 1, 8, "00:10:00" },
        { "work that spreads", 8 * 3600, 60, 0, 1, 1, 8, "01:40:00" },
        { "one long path", 8 * 3600, 7200, 0, 1, 1, 8, "03:10:00" },
        { "jobs beside each other", 8 * 3600, 60, 4, 1, 4, 16, "00:50:00" },
        { "cells of several cores", 8 * 3600, 60, 2, 4, 1, 8, "01:40:00" },
        { "weeks", 1e9, 60, 0, 1, 1, 8, "24:00:00" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_slurm_options options = defaults();
        kd_slurm_work    work = { rows[i].core_s, rows[i].longest_s, rows[i].threads, 0 };
        options.tasks = rows[i].tasks;
        kd_slurm_size size = kd_slurm_size_up(&options, &work, rows[i].jobs, 8);
        if (size.cores != rows[i].cores || strcmp(options.time, rows[i].time) != 0)
            fail_msg("%s: %d cores for %s", rows[i].what, size.cores, options.time);
        assert_int_equal(options.cpus, rows[i].threads);
    }
}

static void test_asks_for_the_memory_of_the_largest_cell_for_each_rank(void **state)
{
    static const struct {
        int         tasks;
        double      mib;
        const char *said, *memory;
    } rows[] = {
        { 1, 100, "", "192M" }, { 4, 100, "", "640M" }, { 2, 4000, "", "12032M" },
        { 0, 100, "", "" },     { 4, 100, "8G", "8G" }, { 4, 0, "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_slurm_options options = defaults();
        kd_slurm_work    work = { 60, 60, 1, rows[i].mib * (1 << 20) };
        options.tasks = rows[i].tasks;
        snprintf(options.memory, sizeof options.memory, "%s", rows[i].said);
        kd_slurm_size_up(&options, &work, 1, 8);
        assert_string_equal(options.memory, rows[i].memory);
    }
}

static void test_finds_room_for_wide_cells(void **state)
{
    static const struct {
        const char   *what, *mpi;
        int           nodes, tasks;
        kd_slurm_cell cell;
        int           cpus, said; /* what is found; what a person said, where that is too little */
    } rows[] = {
        { "no wide cell", "", 3, 2, { 1, 4 }, 4, 0 },
        { "over three nodes", "", 3, 2, { 6, 1 }, 1, 0 },
        { "more ranks than workers", "pmix", 3, 2, { 7, 1 }, 2, 1 },
        { "threads each", "", 3, 1, { 3, 4 }, 4, 3 },
        { "two on each", "", 3, 1, { 6, 4 }, 8, 7 },
        { "members share nothing", "none", 3, 2, { 6, 1 }, 3, 2 },
        { "one node", "", 1, 4, { 8, 1 }, 2, 1 },
        { "whole nodes", "", 3, 0, { 64, 2 }, 2, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_slurm_options options = defaults();
        snprintf(options.mpi, sizeof options.mpi, "%s", rows[i].mpi);
        options.nodes = rows[i].nodes;
        options.tasks = rows[i].tasks;
        options.cpus = kd_slurm_cpus(&options, rows[i].cell);
        if (options.cpus != rows[i].cpus) fail_msg("%s: %d cpus", rows[i].what, options.cpus);
        assert_true(kd_slurm_has_room(&options, rows[i].cell));
        options.cpus = rows[i].said;
        if (rows[i].said > 0) assert_false(kd_slurm_has_room(&options, rows[i].cell));
    }
}

static void test_leaves_what_was_said(void **state)
{
    kd_slurm_options options = defaults();
    kd_slurm_work    work = { 1e9, 60, 4, 0 };
    (void)state;
    options.cpus = 2;
    snprintf(options.time, sizeof options.time, "2-00:00:00");
    kd_slurm_size_up(&options, &work, 1, 8);
    assert_int_equal(options.cpus, 2);
    assert_string_equal(options.time, "2-00:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_time_for_the_work),
        cmocka_unit_test(test_asks_for_the_memory_of_the_largest_cell_for_each_rank),
        cmocka_unit_test(test_finds_room_for_wide_cells),
        cmocka_unit_test(test_leaves_what_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
