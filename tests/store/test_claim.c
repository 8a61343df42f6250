/* Claims of several members, with hearts that beat by hand and clocks that are moved. */
#include "harness/store/claim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/store/member.h"
#include "tests/store/fixture.h"

static const char *claim_path(const kd_store *store, unsigned n)
{
    char name[64], id[KD_ID_TEXT];
    kd_id_text(id, fixture_id(n));
    snprintf(name, sizeof name, "claims/%s", id);
    return fixture_path(store, name);
}

static void put(const char *path, const char *text)
{
    kd_error err;
    char    *folder = kd_fs_folder(path);
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    free(folder);
    fixture_write(path, text, strlen(text));
}

/* A member on a machine that cannot be seen from here. */
static void beat_far(const kd_store *store, const char *name, int beat)
{
    char text[256], file[128];
    snprintf(file, sizeof file, "members/%s", name);
    snprintf(text, sizeof text,
             "kdgrid-member 1\nhost far\nboot other/1\npid 1\nstart 5\njob -\nrestart 0\n"
             "since 1.0\nrun 1\nbeat %d\n",
             beat);
    put(fixture_path(store, file), text);
}

typedef struct {
    kd_store  *store;
    kd_member *member;
    kd_claims *claims;
} party;

static party join(kd_store *store)
{
    kd_error err;
    party    p = { .store = store };
    assert_ok(kd_member_enter(&p.member, store, &err), &err);
    p.claims = kd_claims_open(store, kd_member_name(p.member));
    return p;
}

static void leave(party *p)
{
    kd_claims_close(p->claims);
    kd_member_leave(p->member);
}

static void test_gives_a_cell_to_one_of_two(void **state)
{
    (void)state;
    kd_store *store = fixture_store("two");
    party     a = join(store), b = join(store);
    assert_true(kd_claims_take(a.claims, fixture_id(1), 0));
    assert_true(kd_claims_take(a.claims, fixture_id(1), 0));
    assert_false(kd_claims_take(b.claims, fixture_id(1), 0));
    assert_true(kd_claims_take(b.claims, fixture_id(2), 0));
    assert_false(kd_claims_drop(b.claims, fixture_id(1))); /* not its own */
    assert_false(kd_claims_take(b.claims, fixture_id(1), 0));
    assert_true(kd_claims_drop(a.claims, fixture_id(1)));
    assert_true(kd_claims_take(b.claims, fixture_id(1), 0));
    assert_int_equal(kd_claims_met(b.claims), 2);
    leave(&b);
    assert_false(kd_fs_exists(claim_path(store, 1)));
    leave(&a);
    kd_store_close(store);
}

/* Eight processes ask for a hundred cells at once: each cell goes to exactly one. */
static void test_gives_each_cell_once_to_many_at_once(void **state)
{
    (void)state;
    enum { PARTIES = 8, CELLS = 100 };
    kd_store *store = fixture_store("many");
    int       ends[2], start[2], total = 0;
    pid_t     children[PARTIES];
    char      taken;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < PARTIES; i++) {
        if ((children[i] = fork()) != 0) continue;
        party p = join(store);
        close(start[1]);
        taken = (char)read(start[0], &taken, 1); /* until all are there */
        for (unsigned n = 0; n < CELLS; n++)
            if (kd_claims_take(p.claims, fixture_id(n), 0) && write(ends[1], "x", 1) != 1) _exit(1);
        close(ends[1]);
        pause(); /* holds them until all have asked */
        _exit(0);
    }
    close(ends[1]);
    close(start[1]);
    while (read(ends[0], &taken, 1) == 1) total++;
    assert_int_equal(total, CELLS);
    for (int i = 0; i < PARTIES; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    close(ends[0]);
    close(start[0]);
    kd_store_close(store);
}

/* What is at the cell when somebody asks for it, at which times (of the asker's clock), and whether he
 * has it at the last. */
static void test_takes_over_what_is_dead(void **state)
{
    (void)state;
    static const struct {
        const char *what, *claim;
        bool        beats;
        double      step_s;
        int         looks;
        bool        is_ours;
    } cases[] = {
        { "a live member elsewhere", "kdgrid-claim 1 far-1-aa\n", true, 5, 40, false },
        { "a member elsewhere, silent for 55 s", "kdgrid-claim 1 far-1-aa\n", false, 5, 12, false },
        { "a member elsewhere, silent for 60 s", "kdgrid-claim 1 far-1-aa\n", false, 5, 13, true },
        { "two looks, between which the asker slept for an hour", "kdgrid-claim 1 far-1-aa\n",
          false, 3600, 2, false },
        { "a member that left no file", "kdgrid-claim 1 nobody-1-aa\n", false, 0, 1, true },
        { "nothing, just made", "", false, 1, 5, false },
        { "nothing, for 14 s", "", false, 2, 8, false },
        { "nothing, for 16 s", "", false, 2, 9, true },
        { "nothing, and the asker slept", "", false, 3600, 2, false },
        { "cut short", "kdgrid-cl", false, 2, 9, true },
        { "cut short in the name", "kdgrid-claim 1 far-1", false, 2, 8, false },
        { "noise", "\x01\xff\n\n", false, 5, 13, true },
        { "a name that leads elsewhere", "kdgrid-claim 1 ../lock\n", false, 5, 13, true },
        { "of a later version, alive", "kdgrid-claim 2 far-1-aa with more\nlines\n", true, 5, 40,
          false },
        { "of a later version, dead", "kdgrid-claim 2 far-1-aa with more\nlines\n", false, 5, 13,
          true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char   name[32];
        bool   is_ours = false;
        double now_s = 1000;
        snprintf(name, sizeof name, "dead.%zu", i);
        kd_store *store = fixture_store(name);
        party     me = join(store);
        beat_far(store, "far-1-aa", 0);
        put(claim_path(store, 1), cases[i].claim);
        for (int look = 0; look < cases[i].looks; look++, now_s += cases[i].step_s) {
            if (cases[i].beats) beat_far(store, "far-1-aa", look);
            if (is_ours) fail_msg("%s: too early", cases[i].what);
            is_ours = kd_claims_take(me.claims, fixture_id(1), now_s);
        }
        if (is_ours != cases[i].is_ours) fail_msg("%s", cases[i].what);
        leave(&me);
        kd_store_close(store);
    }
}

static void shift(const char *path, double offset_s)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    info.st_mtim.tv_sec += (time_t)offset_s;
    const struct timespec times[2] = { info.st_mtim, info.st_mtim };
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Times of files say nothing: a heart that beats on a machine whose clock is an hour off beats, and one that does not is
 * dead after its minute, also where member and claim are from the future. */
static void test_reads_no_clock_of_others(void **state)
{
    (void)state;
    static const double offsets_s[] = { -3600, 3600, -1e9 };
    for (size_t i = 0; i < sizeof offsets_s / sizeof *offsets_s; i++) {
        char name[32];
        snprintf(name, sizeof name, "clock.%zu", i);
        kd_store *store = fixture_store(name);
        party     me = join(store);
        put(claim_path(store, 1), "kdgrid-claim 1 far-1-aa\n");
        for (int look = 0; look < 40; look++) {
            beat_far(store, "far-1-aa", look);
            shift(fixture_path(store, "members/far-1-aa"), offsets_s[i]);
            shift(claim_path(store, 1), offsets_s[i]);
            assert_false(kd_claims_take(me.claims, fixture_id(1), 5.0 * look));
        }
        for (int look = 40; look < 51; look++)
            assert_false(kd_claims_take(me.claims, fixture_id(1), 5.0 * look));
        assert_true(kd_claims_take(me.claims, fixture_id(1), 5.0 * 51));
        leave(&me);
        kd_store_close(store);
    }
}

static void test_takes_over_at_once_from_a_process_that_was_killed(void **state)
{
    (void)state;
    kd_store *store = fixture_store("killed");
    pid_t     child = fork();
    if (child == 0) {
        party p = join(store);
        _exit(kd_claims_take(p.claims, fixture_id(1), 0) ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_true(kd_fs_exists(claim_path(store, 1)));
    kd_error   err;
    kd_member *member;
    assert_ok(kd_member_enter(&member, store, &err), &err);
    kd_claims *claims = kd_claims_open(store, kd_member_name(member)); /* clears it away */
    assert_false(kd_fs_exists(claim_path(store, 1)));
    assert_true(kd_claims_take(claims, fixture_id(1), 0));
    kd_claims_close(claims);
    kd_member_leave(member);
    kd_store_close(store);
}

/* Killed amid a step: what was cut short, moved away or only tried. */
static void test_clears_away_what_killed_members_left_half_done(void **state)
{
    (void)state;
    static const char *const names[] = { "probe.gone-1-aa", "%s.gone-1-aa",
                                         "%s.gone-1-aa.gone-2-aa", "probe.far-1-aa" };
    kd_error                 err;
    char                     id[KD_ID_TEXT], file[160];
    kd_store                *store = fixture_store("halves");
    kd_id_text(id, fixture_id(1));
    put(claim_path(store, 1), "");
    put(claim_path(store, 2), "");
    assert_ok(fixture_commit(store, fixture_id(1), 1, &err), &err);
    beat_far(store, "far-1-aa", 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = kd_strdup(names[i]), *place = strstr(name, "%s");
        snprintf(file, sizeof file, "claims/%s%s", place ? id : name, place ? place + 2 : "");
        put(fixture_path(store, file), "");
        party me = join(store);
        bool  is_alive = strstr(name, "far") != NULL;
        assert_int_equal(kd_fs_exists(fixture_path(store, file)), is_alive);
        leave(&me);
        free(name);
    }
    assert_false(kd_fs_exists(claim_path(store, 1))); /* its cell is done, and nobody comes again */
    assert_true(kd_fs_exists(claim_path(store, 2)));
    kd_store_close(store);
}

/* Who was away so long that another took over finds that out, and leaves that one's claim alone. */
static void test_notices_what_was_taken_from_it(void **state)
{
    (void)state;
    kd_store *store = fixture_store("stolen");
    party     me = join(store);
    assert_true(kd_claims_take(me.claims, fixture_id(1), 0));
    put(claim_path(store, 1), "kdgrid-claim 1 far-1-aa\n");
    assert_false(kd_claims_drop(me.claims, fixture_id(1)));
    assert_true(kd_fs_exists(claim_path(store, 1)));
    leave(&me);
    kd_store_close(store);
}

/* Claims only save work. */
static void test_goes_on_without_a_place_for_claims(void **state)
{
    (void)state;
    kd_store *store = fixture_store("placeless");
    put(fixture_path(store, "claims"), "in the way");
    party me = join(store);
    assert_true(kd_claims_take(me.claims, fixture_id(1), 0));
    assert_true(kd_claims_drop(me.claims, fixture_id(1)));
    leave(&me);
    kd_store_close(store);
}

/* A store that came from elsewhere may lead out of itself. */
static void test_follows_no_link(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("linked");
    char     *outside = kd_fs_join(kd_test_folder(), "outside"), id[KD_ID_TEXT];
    kd_id_text(id, fixture_id(1));
    char *theirs = kd_fs_join(outside, id);
    put(theirs, "kdgrid-claim 1 nobody-1-aa\n");
    assert_int_equal(symlink(outside, fixture_path(store, "claims")), 0);
    party me = join(store);
    assert_true(kd_claims_take(me.claims, fixture_id(1), 0));
    assert_true(kd_claims_take(me.claims, fixture_id(2), 0));
    leave(&me);
    assert_true(kd_fs_exists(theirs));
    assert_int_equal(rmdir(fixture_path(store, "members")), 0);
    assert_int_equal(symlink(outside, fixture_path(store, "members")), 0);
    assert_fails(KD_EDATA, "'members' is a link", kd_member_enter(&me.member, store, &err), &err);
    free(theirs);
    free(outside);
    kd_store_close(store);
}

static void test_probes_the_file_system(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("probe");
    party     me = join(store);
    assert_ok(kd_claims_probe(me.claims, &err), &err);
    leave(&me);
    assert_true(rmdir(fixture_path(store, "claims")) == 0); /* it leaves nothing */
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_a_cell_to_one_of_two),
        cmocka_unit_test(test_gives_each_cell_once_to_many_at_once),
        cmocka_unit_test(test_takes_over_what_is_dead),
        cmocka_unit_test(test_reads_no_clock_of_others),
        cmocka_unit_test(test_takes_over_at_once_from_a_process_that_was_killed),
        cmocka_unit_test(test_clears_away_what_killed_members_left_half_done),
        cmocka_unit_test(test_notices_what_was_taken_from_it),
        cmocka_unit_test(test_goes_on_without_a_place_for_claims),
        cmocka_unit_test(test_follows_no_link),
        cmocka_unit_test(test_probes_the_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
