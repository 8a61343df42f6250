/* It plans the same for the same seed, only what was chosen, and tears nothing that was acknowledged. */
#include "harness/chaos/deeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/chaos/tear.h"
#include "tests/support/support.h"

enum { RUNS = 400, RECORDS = 20 };

static char *plan_text(uint64_t seed, size_t run, unsigned kinds, bool has_ranks)
{
    kd_deeds plan;
    kd_deeds_plan(&plan, seed, run, kinds, has_ranks, RECORDS);
    for (size_t i = 0; i < plan.deeds.count; i++)
        kd_str_addf(&plan.faults, "%llu:%d:%llu ", (unsigned long long)plan.deeds.items[i].record,
                    (int)plan.deeds.items[i].deed, (unsigned long long)plan.deeds.items[i].chance);
    char *text = kd_strdup(plan.faults.text);
    kd_deeds_fini(&plan);
    return text;
}

static void test_plans_by_seed_and_run_alone(void **state)
{
    (void)state;
    size_t differ = 0;
    for (size_t run = 1; run <= RUNS; run++) {
        char *first = plan_text(5, run, KD_CHAOS_ALL, true),
             *again = plan_text(5, run, KD_CHAOS_ALL, true),
             *other = plan_text(6, run, KD_CHAOS_ALL, true);
        assert_string_equal(first, again);
        differ += strcmp(first, other) != 0;
        free(first);
        free(again);
        free(other);
    }
    assert_true(differ > RUNS * 9 / 10);
}

static void test_plans_every_deed_that_was_chosen_and_no_other(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KD_CHAOS_KIND_COUNT; kind++) {
        size_t met[KD_DEED_COUNT] = { 0 };
        for (size_t run = 1; run <= RUNS; run++) {
            kd_deeds plan;
            kd_deeds_plan(&plan, 9, run, 1u << kind, true, RECORDS);
            for (size_t i = 0; i < plan.deeds.count; i++) met[plan.deeds.items[i].deed]++;
            if (kind == KD_CHAOS_KILL || kind == KD_CHAOS_POWER)
                assert_int_equal(plan.faults.length, 0);
            kd_deeds_fini(&plan);
        }
#define X(name, of, kills, ends, often, words) \
    assert_int_equal(met[KD_DEED_##name] > 0, kind == KD_CHAOS_##of);
        KD_DEEDS(X)
#undef X
    }
}

static void test_has_no_launcher_where_there_is_none(void **state)
{
    (void)state;
    for (size_t run = 1; run <= RUNS; run++) {
        kd_deeds plan;
        uint64_t before = 0;
        kd_deeds_plan(&plan, 9, run, KD_CHAOS_ALL, false, RECORDS);
        for (size_t i = 0; i < plan.deeds.count; i++) {
            const kd_planned_deed *d = &plan.deeds.items[i];
            assert_true(d->deed != KD_DEED_LAUNCHER && d->deed != KD_DEED_WORKER);
            assert_true(d->record > before);
            assert_true(!kd_deed_ends(d->deed) || i == plan.deeds.count - 1);
            before = d->record;
        }
        kd_deeds_fini(&plan);
    }
}

static void test_reads_kinds(void **state)
{
    (void)state;
    unsigned kinds;
    kd_error err;
    assert_ok(kd_chaos_kinds_parse(&kinds, "tear,kill", &err), &err);
    assert_int_equal(kinds, 1u << KD_CHAOS_TEAR | 1u << KD_CHAOS_KILL);
    assert_ok(kd_chaos_kinds_parse(&kinds, "kill,stop,tear,fill,clock,power", &err), &err);
    assert_int_equal(kinds, KD_CHAOS_ALL);
    assert_ok(kd_chaos_kinds_parse(&kinds, NULL, &err), &err);
    assert_int_equal(kinds, KD_CHAOS_ALL);
    assert_fails(KD_EUSAGE, "there is no 'flood'", kd_chaos_kinds_parse(&kinds, "kill,flood", &err),
                 &err);
    assert_fails(KD_EUSAGE, "there is no ''", kd_chaos_kinds_parse(&kinds, "", &err), &err);
}

/* 100 bytes of a journal of which 60 were acknowledged, one of another run, an object, a draft. */
static void test_tears_only_what_nobody_acknowledged(void **state)
{
    (void)state;
    char bytes[100], *store = kd_fs_join(kd_test_folder(), "store"),
                     *log = kd_fs_join(kd_test_folder(), "log"), *path[4];
    const char *names[4] = { "journal/0002", "journal/0001", "objects/ab.h5",
                             "objects/ab.h5.tmp.host-1-2" };
    const char *said = "durable 2 1 44\ndurable 1 9 70\ndurable 2 3 60\nwrite\n";
    kd_error    err;
    size_t      changed = 0;
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < 4; i++) {
        path[i] = kd_fs_join(store, names[i]);
        char *folder = kd_fs_folder(path[i]);
        assert_ok(kd_fs_make_folders(folder, &err), &err);
        free(folder);
    }
    assert_ok(kd_fs_write(log, said, strlen(said), &err), &err);
    for (uint64_t seed = 0; seed < 60; seed++) {
        kd_rng rng = kd_rng_root(seed);
        kd_str now = KD_STR_INIT;
        for (int i = 0; i < 4; i++)
            assert_ok(kd_fs_write(path[i], bytes, sizeof bytes, &err), &err);
        assert_int_equal(kd_tear_newest(store), 2);
        kd_tear_files(store, 2, log, &rng);
        for (int i = 0; i < 4; i++) {
            size_t kept = i == 0 ? 60 : i == 3 ? 0 : 100;
            assert_ok(kd_fs_read(path[i], &now, &err), &err);
            assert_true(now.length >= kept && memcmp(now.text, bytes, kept) == 0);
            changed += now.length != 100 || memcmp(now.text, bytes, 100) != 0;
        }
        kd_str_fini(&now);
    }
    assert_in_range(changed, 100, 120); /* two files each time */
    for (int i = 0; i < 4; i++) free(path[i]);
    free(store);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans_by_seed_and_run_alone),
        cmocka_unit_test(test_plans_every_deed_that_was_chosen_and_no_other),
        cmocka_unit_test(test_has_no_launcher_where_there_is_none),
        cmocka_unit_test(test_reads_kinds),
        cmocka_unit_test(test_tears_only_what_nobody_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
