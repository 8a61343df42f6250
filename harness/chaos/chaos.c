/* chaos.c - start the study, disturb it, look at what it left, start it again. */
#include "harness/chaos/chaos.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/base/process.h"
#include "harness/base/rng.h"
#include "harness/base/vec.h"
#include "harness/chaos/disk.h"
#include "harness/chaos/processes.h"
#include "harness/chaos/tear.h"
#include "harness/child/scratch.h"
#include "harness/child/stop.h"

#define LOOK_S     0.05
#define HALT_S     0.002 /* between looks while a run may halt at any moment */
#define ORPHAN_S   10.0  /* for what a run started to end after it */
#define END_S      120.0 /* for a run to end after its coordinator, its launcher or all was killed */
#define QUIET_S    120.0 /* a run that writes nothing for so long, and no cell may be silent, hangs */
#define MEET_S     5.0   /* for somebody to be there to whom a deed can be done */
#define LITTER_S   11.0 /* scratch folders are left alone while they are younger than 10 s */
#define PEACE_RUNS 3    /* that a study gets to end in when nothing disturbs it any more */

char *kd_chaos_undisturbed(const char *store)
{
    return kd_sprintf("%s.undisturbed", store);
}

char *kd_chaos_notes(const char *store)
{
    return kd_sprintf("%s.chaos", store);
}

size_t kd_chaos_kills(const kd_chaos_report *report)
{
    size_t kills = 0;
    for (int i = 0; i < KD_DEED_COUNT; i++)
        kills += kd_deed_kills((kd_deed)i) ? report->deeds[i] : 0;
    return kills;
}

size_t kd_chaos_failures(const kd_chaos_report *report)
{
    size_t failures = 0;
    for (int i = 0; i < KD_PROOF_COUNT; i++) failures += report->proofs.failed[i];
    return failures;
}

typedef struct {
    char text[64];
} job_name;

/* One run under chaos. Several may be at one store at a time, each in its seat. */
typedef struct {
    kd_process     process;
    bool           goes_on;
    size_t         number; /* of all runs */
    char          *log;    /* of the seat in this round: what its runs claim, one after another */
    char          *mark;   /* of the run */
    int            asked;  /* the signal that asked it to stop; 0 for none */
    kd_deeds       plan;
    size_t         next;    /* of its deeds */
    double         meets_s; /* until then somebody is waited for to be met; 0 for not yet */
    double         ends_s;  /* when it has to have ended; 0 for not yet */
    double         wrote_s; /* when its journal was seen to grow */
    int64_t        written;
    kd_process_end end;
} run_state;

typedef struct {
    const kd_chaos_options *options;
    kd_chaos_report        *report;
    char                   *undisturbed, *notes;
    run_state              *seats; /* as many as there are members */
    size_t                  members;
    uint32_t                journals; /* the newest one before these runs began */
    char                   *log;      /* of the round: what all seats claim (gather_logs) */
    uint64_t                records;  /* of a run that nothing disturbs */
    kd_disk                *disk;     /* NULL when its power is not cut */
    kd_marked_list          met;
    KD_VEC(job_name) jobs; /* MPI jobs that were seen, for what they may leave behind */
} chaos;

/* ---- runs ---- */

static char *note_path(const chaos *c, const char *name)
{
    return kd_fs_join(c->notes, name);
}

/* `kdgrid run WORDS --store STORE`; what it says goes to notes/runs. */
static kd_status start_run(const chaos *c, kd_process *run, const char *store,
                           const char *environment, kd_error *err)
{
    KD_VEC(const char *) words = KD_VEC_INIT;
    const char        *extra[] = { environment, NULL };
    char              *output = note_path(c, "runs");
    kd_process_options options = { .extra_env = extra, .output = output, .dies_with_parent = true };
    kd_vec_push(&words, c->options->program);
    kd_vec_push(&words, "run");
    for (int i = 0; i < c->options->word_count; i++) kd_vec_push(&words, c->options->words[i]);
    const char *const last[] = { "--store", store, "--progress", "lines", NULL };
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) kd_vec_push(&words, last[i]);
    options.argv = words.items;
    kd_status status = kd_process_spawn(run, &options, err);
    kd_vec_fini(&words);
    free(output);
    return status;
}

static bool is_asked_to_stop(void)
{
    return kd_stop_count() > 0;
}

/* Wait for a run that nobody disturbs. */
static kd_status wait_in_peace(kd_process *run, kd_error *err)
{
    kd_process_end end;
    char           how[64];
    while (!kd_process_wait(run, LOOK_S, &end))
        if (is_asked_to_stop()) {
            kd_process_close(run);
            return kd_fail(err, KD_ESTOPPED, "asked to stop");
        }
    kd_process_close(run);
    if (end.exited && end.code == 0) return KD_OK;
    return kd_fail(err, end.exited ? kd_status_of_exit(end.code) : KD_EBUG,
                   "the study fails also when nothing disturbs it: %s",
                   kd_process_end_words(how, sizeof how, &end));
}

/* Everything is counted, nothing fails. */
static kd_status run_in_peace(chaos *c, kd_error *err)
{
    kd_process run;
    double     started_s = kd_clock_s();
    char      *log = note_path(c, "peace"),
         *environment = kd_sprintf(KD_FAULTS_ENV "=fail=read:0 log=%s", log);
    kd_status status = start_run(c, &run, c->undisturbed, environment, err);
    if (status == KD_OK) status = wait_in_peace(&run, err);
    c->report->peace_s = kd_clock_s() - started_s;
    c->records = kd_fault_records(log) + 1; /* also a study without any has a size */
    free(environment);
    free(log);
    return status;
}

/* ---- deeds ---- */

/* No times and no processes: the same seed writes the same file. */
__attribute__((format(printf, 2, 3))) static void note(const chaos *c, const char *fmt, ...)
{
    char   *path = note_path(c, "deeds");
    FILE   *file = fopen(path, "ae");
    va_list args;
    va_start(args, fmt);
    if (file) {
        vfprintf(file, fmt, args);
        fclose(file);
    }
    va_end(args);
    free(path);
}

static void remember_job(chaos *c, const char *job)
{
    job_name name;
    if (!*job) return;
    for (size_t i = 0; i < c->jobs.count; i++)
        if (strcmp(c->jobs.items[i].text, job) == 0) return;
    snprintf(name.text, sizeof name.text, "%s", job);
    kd_vec_push(&c->jobs, name);
}

static int by_number(const void *a, const void *b)
{
    const kd_marked *first = a, *second = b;
    return (first->pid > second->pid) - (first->pid < second->pid);
}

/* Everybody of this run. */
static void meet(chaos *c, const run_state *run)
{
    kd_marked_find(&c->met, run->mark);
    if (c->met.count) qsort(c->met.items, c->met.count, sizeof *c->met.items, by_number);
    for (size_t i = 0; i < c->met.count; i++) remember_job(c, c->met.items[i].job);
}

/* A process that the deed can be done to, in the order of their numbers; NULL for none. */
static const kd_marked *choose_process(const chaos *c, const kd_planned_deed *deed)
{
    static const int roles[] = { [KD_DEED_CELL] = KD_MARKED_CELL,
                                 [KD_DEED_NURSERY] = KD_MARKED_NURSERY,
                                 [KD_DEED_WORKER] = KD_MARKED_WORKER,
                                 [KD_DEED_COORDINATOR] = KD_MARKED_COORDINATOR,
                                 [KD_DEED_LAUNCHER] = KD_MARKED_LAUNCHER };
    size_t           fit = 0, nth;
    for (size_t i = 0; i < c->met.count; i++)
        fit += deed->deed > KD_DEED_LAUNCHER || (int)c->met.items[i].role == roles[deed->deed];
    if (fit == 0) return NULL;
    nth = deed->chance % fit;
    for (size_t i = 0;; i++)
        if (deed->deed > KD_DEED_LAUNCHER || (int)c->met.items[i].role == roles[deed->deed])
            if (nth-- == 0) return &c->met.items[i];
}

/* All at once, in an order that chance gives. */
static void kill_job(chaos *c, const run_state *run, kd_rng *rng)
{
    for (size_t left = c->met.count; left > 0; left--) {
        size_t i = (size_t)kd_rng_below(rng, left);
        kd_marked_signal(&c->met.items[i], run->mark, SIGKILL);
        c->met.items[i] = c->met.items[left - 1];
    }
}

/* And whoever was just being started. */
static void end_job(chaos *c, const run_state *run, kd_rng *rng)
{
    for (meet(c, run); c->met.count > 0; meet(c, run)) {
        kill_job(c, run, rng);
        kd_sleep_s(HALT_S);
    }
}

/* Of all runs: a file is torn, and a disk without power, beside nobody. */
static void end_jobs(chaos *c, kd_rng *rng)
{
    for (size_t i = 0; i < c->members; i++) {
        end_job(c, &c->seats[i], rng);
        c->seats[i].ends_s = kd_clock_s() + END_S;
    }
}

/* From a blink to two seconds, short ones more often. */
static void pause_process(const run_state *run, const kd_marked *process, kd_rng *rng)
{
    if (!kd_marked_signal(process, run->mark, SIGSTOP)) return;
    kd_sleep_s(0.05 * pow(40, kd_rng_uniform(rng)));
    kd_marked_signal(process, run->mark, SIGCONT);
}

static void ask(run_state *run, kd_rng *rng)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
    run->asked = signals[kd_rng_below(rng, sizeof signals / sizeof *signals)];
    kill(run->process.pid, run->asked);
}

/* Everybody stands still while the picture is taken. */
static kd_status cut_power(chaos *c, kd_rng *rng, kd_error *err)
{
    for (size_t i = 0; i < c->members; i++) {
        meet(c, &c->seats[i]);
        for (size_t m = 0; m < c->met.count; m++)
            kd_marked_signal(&c->met.items[m], c->seats[i].mark, SIGSTOP);
    }
    kd_status status = kd_disk_picture(c->disk, err);
    end_jobs(c, rng);
    return status == KD_OK ? kd_disk_cut(c->disk, err) : status;
}

/* What the seats claim, as one log of the round; with one seat it is its own. */
static void gather_logs(const chaos *c)
{
    kd_str all = KD_STR_INIT, one = KD_STR_INIT;
    if (c->members == 1) return;
    for (size_t i = 0; i < c->members; i++)
        if (kd_fs_exists(c->seats[i].log) && kd_fs_read(c->seats[i].log, &one, NULL) == KD_OK)
            kd_str_add(&all, one.text);
    kd_fs_write(c->log, all.text, all.length, NULL);
    kd_str_fini(&all);
    kd_str_fini(&one);
}

/* The ends of what these runs have written, and of every draft. */
static void tear(chaos *c, kd_rng *rng)
{
    uint32_t newest = kd_tear_newest(c->options->store);
    gather_logs(c);
    if (newest <= c->journals) kd_tear_files(c->options->store, 0, c->log, rng);
    for (uint32_t journal = c->journals + 1; journal <= newest; journal++)
        kd_tear_files(c->options->store, journal, c->log, rng);
}

/* ---- one run under chaos ---- */

static kd_status do_deed(chaos *c, run_state *run, const kd_planned_deed *deed,
                         const kd_marked *process, kd_error *err)
{
    kd_rng rng = kd_rng_root(deed->chance);
    switch (deed->deed) {
    case KD_DEED_JOB:
        kill_job(c, run, &rng);
        break;
    case KD_DEED_PAUSE:
        pause_process(run, process, &rng);
        break;
    case KD_DEED_ASK:
        ask(run, &rng);
        break;
    case KD_DEED_TORN:
        end_jobs(c, &rng);
        tear(c, &rng);
        break;
    case KD_DEED_POWER:
        return cut_power(c, &rng, err);
    default:
        kd_marked_signal(process, run->mark, SIGKILL);
    }
    return KD_OK;
}

/* The coordinator halted itself; whoever else it was that is stopped is not met here. */
static void let_go(const chaos *c, const run_state *run)
{
    for (size_t i = 0; i < c->met.count; i++)
        if (c->met.items[i].role == KD_MARKED_COORDINATOR)
            kd_marked_signal(&c->met.items[i], run->mark, SIGCONT);
}

static bool is_halted(const chaos *c)
{
    for (size_t i = 0; i < c->met.count; i++)
        if (c->met.items[i].role == KD_MARKED_COORDINATOR)
            return kd_marked_is_stopped(&c->met.items[i]);
    return true; /* nobody is there who could */
}

/* A cell is met only when the coordinator goes on. */
static bool waits_for_somebody(const chaos *c, run_state *run)
{
    if (run->meets_s <= 0) run->meets_s = kd_clock_s() + MEET_S;
    let_go(c, run);
    return kd_clock_s() < run->meets_s;
}

static int64_t journal_bytes(const char *store)
{
    char   *folder = kd_fs_join(store, "journal");
    char  **names = NULL;
    size_t  count = 0;
    int64_t bytes = 0;
    if (kd_fs_list(folder, &names, &count, NULL) == KD_OK)
        for (size_t i = 0; i < count; i++) {
            char *path = kd_fs_join(folder, names[i]);
            bytes += kd_fs_size(path) + 1;
            free(path);
        }
    kd_fs_free_names(names, count);
    free(folder);
    return bytes;
}

static bool hangs(const chaos *c, run_state *run, double now_s)
{
    int64_t written = journal_bytes(c->options->store);
    if (written != run->written) run->wrote_s = now_s;
    run->written = written;
    if (run->ends_s > 0 && now_s > run->ends_s) return true;
    double silence_s = c->options->silence_s;
    return silence_s > 0 && now_s - run->wrote_s > silence_s + QUIET_S;
}

/* When the record of the next deed is reached, do it and let the run go on. */
static kd_status disturb(chaos *c, run_state *run, kd_error *err)
{
    if (run->next == run->plan.deeds.count) return KD_OK;
    const kd_planned_deed *deed = &run->plan.deeds.items[run->next];
    if (kd_fault_records(run->log) < deed->record) return KD_OK;
    meet(c, run);
    if (deed->deed != KD_DEED_CELL && run->meets_s <= 0 && !is_halted(c)) return KD_OK;
    const kd_marked *process = choose_process(c, deed);
    if (!process && waits_for_somebody(c, run)) return KD_OK;
    kd_status status = KD_OK;
    note(c, "run %zu, record %llu: %s%s\n", run->number, (unsigned long long)deed->record,
         kd_deed_words(deed->deed), process ? "" : ": nobody is there");
    if (process) {
        c->report->deeds[deed->deed]++;
        status = do_deed(c, run, deed, process, err);
        if (kd_deed_ends(deed->deed)) run->ends_s = kd_clock_s() + END_S;
    }
    let_go(c, run);
    run->next++;
    run->meets_s = 0;
    run->wrote_s = kd_clock_s();
    return status;
}

static void end_processes(chaos *c, const run_state *run, const char *why, kd_proof proof)
{
    double until_s = kd_clock_s() + (proof == KD_PROOF_HANGS ? 0 : ORPHAN_S);
    for (meet(c, run); c->met.count > 0 && kd_clock_s() < until_s; meet(c, run)) kd_sleep_s(LOOK_S);
    if (c->met.count == 0) return;
    kd_proof_fail(&c->report->proofs, proof, proof == KD_PROOF_HANGS ? 1 : c->met.count,
                  "process %ld %s", (long)c->met.items[0].pid, why);
    kd_rng rng = kd_rng_root(0);
    end_job(c, run, &rng);
}

/* A run may end as any of these when it is disturbed; by the signal that asked it to stop when that
 * came before the program had begun. */
static bool is_known(const kd_process_end *end, int asked)
{
    static const kd_status known[] = { KD_OK,  KD_EFAILED, KD_EUNAVAILABLE, KD_ECREATE,
                                       KD_EIO, KD_EMEMORY, KD_ESTOPPED };
    if (!end->exited) return end->signal == SIGKILL || end->signal == asked;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (end->code == kd_status_exit(known[i])) return true;
    return false;
}

/* "halt=3,7 " of the deeds that are planned. */
static void add_halts(kd_str *words, const kd_deeds *plan)
{
    for (size_t i = 0; i < plan->deeds.count; i++)
        kd_str_addf(words, "%s%llu",
                    i ? "," : "halt=", (unsigned long long)plan->deeds.items[i].record);
    if (plan->deeds.count) kd_str_add_char(words, ' ');
}

/* What is done to this run, as its mark and in the notes. Of several members each writes its share of the records. */
static void plan_run(chaos *c, run_state *run, bool is_disturbed)
{
    const kd_chaos_options *o = c->options;
    kd_str                  words = KD_STR_INIT;
    unsigned                kinds = c->disk ? o->kinds : o->kinds & ~(1u << KD_CHAOS_POWER);
    kd_deeds_plan(&run->plan, o->seed, run->number, is_disturbed ? kinds : 0, o->has_ranks,
                  (c->records + c->members - 1) / c->members);
    kd_str_addf(&words, "seed=%zu %s", run->number, run->plan.faults.text);
    add_halts(&words, &run->plan);
    note(c, "round %zu, run %zu: %s\n", c->report->rounds, run->number, words.text);
    free(run->mark);
    run->mark = kd_sprintf("%slog=%s", words.text, run->log);
    kd_str_fini(&words);
}

/* Records are counted from the run's first. */
static void forget_counts(const run_state *run)
{
    char *path = kd_sprintf("%s.counts", run->log);
    unlink(path);
    free(path);
}

static kd_status begin(chaos *c, run_state *run, bool is_disturbed, kd_error *err)
{
    run->number = ++c->report->runs;
    run->next = 0;
    run->asked = 0;
    run->meets_s = run->ends_s = 0;
    run->wrote_s = kd_clock_s();
    run->end = (kd_process_end){ .signal = SIGKILL };
    forget_counts(run);
    plan_run(c, run, is_disturbed);
    char     *environment = kd_sprintf(KD_FAULTS_ENV "=%s", run->mark);
    kd_status status = start_run(c, &run->process, c->options->store, environment, err);
    run->goes_on = status == KD_OK;
    free(environment);
    return status;
}

static void finish(chaos *c, run_state *run)
{
    if (!run->goes_on) return;
    run->goes_on = false;
    kd_process_close(&run->process);
    end_processes(c, run, "outlived its run", KD_PROOF_ORPHANS);
}

/* Whether it still goes on after what was planned for it by now. */
static kd_status attend(chaos *c, run_state *run, bool looks, kd_error *err)
{
    if (kd_process_wait(&run->process, 0, &run->end)) {
        finish(c, run);
        return KD_OK;
    }
    kd_status status = disturb(c, run, err);
    if (status != KD_OK || !looks || !hangs(c, run, kd_clock_s())) return status;
    end_processes(c, run, "did not end in time", KD_PROOF_HANGS);
    finish(c, run);
    return KD_OK;
}

static bool any_goes_on(const chaos *c)
{
    for (size_t i = 0; i < c->members; i++)
        if (c->seats[i].goes_on) return true;
    return false;
}

static kd_status watch(chaos *c, kd_error *err)
{
    kd_status status = KD_OK;
    double    look_s = 0;
    while (status == KD_OK && any_goes_on(c)) {
        bool looks = kd_clock_s() >= look_s;
        for (size_t i = 0; i < c->members && status == KD_OK; i++)
            if (c->seats[i].goes_on) status = attend(c, &c->seats[i], looks, err);
        if (looks) look_s = kd_clock_s() + LOOK_S;
        if (status == KD_OK && is_asked_to_stop())
            status = kd_fail(err, KD_ESTOPPED, "asked to stop");
        kd_sleep_s(HALT_S);
    }
    return status;
}

/* Start a run in each of so many seats, disturb each at the records that are planned, wait for all their ends. */
static kd_status run_seats(chaos *c, size_t count, bool is_disturbed, kd_error *err)
{
    kd_status status = KD_OK;
    c->journals = kd_tear_newest(c->options->store);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = begin(c, &c->seats[i], is_disturbed, err);
    if (status == KD_OK) status = watch(c, err);
    for (size_t i = 0; i < c->members; i++) {
        finish(c, &c->seats[i]);
        kd_deeds_fini(&c->seats[i].plan);
        c->seats[i].plan = (kd_deeds){ .faults = KD_STR_INIT };
    }
    return status;
}

/* ---- one round: a study from nothing to its end ---- */

static void look(chaos *c, kd_proofs *round)
{
    kd_proofs now = { 0 };
    char      how[64];
    gather_logs(c);
    kd_proof_store(&now, c->options->store, c->log, c->members);
    kd_proof_renew(round, &now);
    for (size_t i = 0; i < c->members; i++) {
        const run_state *run = &c->seats[i];
        kd_proof_fail(&c->report->proofs, KD_PROOF_ENDINGS, !is_known(&run->end, run->asked),
                      "run %zu: %s", run->number, kd_process_end_words(how, sizeof how, &run->end));
    }
}

static void open_round(chaos *c)
{
    c->report->rounds++;
    free(c->log);
    c->log = kd_sprintf("%s/log.%zu", c->notes, c->report->rounds);
    for (size_t i = 0; i < c->members; i++) {
        free(c->seats[i].log);
        c->seats[i].log = c->members == 1 ? kd_strdup(c->log) : kd_sprintf("%s.%zu", c->log, i + 1);
    }
}

static bool is_done(const chaos *c)
{
    for (size_t i = 0; i < c->members; i++)
        if (c->seats[i].end.exited && c->seats[i].end.code == 0) return true;
    return false;
}

/* Runs until one says that all is done. When enough were killed, nothing is disturbed any more. Beside one that came to
 * the end another may have been killed; what that left is for one more to clear. */
static kd_status run_round(chaos *c, kd_proofs *round, kd_error *err)
{
    int in_peace = 0;
    open_round(c);
    for (;;) {
        bool      is_disturbed = kd_chaos_kills(c->report) < c->options->kills;
        kd_status status = run_seats(c, c->members, is_disturbed, err);
        if (status == KD_OK && c->members > 1 && is_done(c)) status = run_seats(c, 1, false, err);
        if (status != KD_OK) return status;
        look(c, round);
        if (is_done(c)) return KD_OK;
        if (kd_chaos_failures(c->report) || (!is_disturbed && ++in_peace == PEACE_RUNS)) break;
    }
    kd_proof_fail(&c->report->proofs, KD_PROOF_HANGS, in_peace == PEACE_RUNS,
                  "the study did not end after the last kill; see %s/runs", c->notes);
    return KD_OK;
}

static bool is_in_order(const chaos *c, const kd_proofs *round)
{
    size_t failures = kd_chaos_failures(c->report);
    for (int i = 0; i < KD_PROOF_COUNT; i++) failures += round->failed[i];
    return failures == 0;
}

/* What a killed launcher left behind, the next run removes; here none comes. */
static void look_for_litter(chaos *c)
{
    static const char *const places[] = { "/dev/shm", "/tmp" };
    double                   until_s = kd_clock_s() + LITTER_S;
    size_t                   left;
    char                     first[128] = "";
    do {
        left = 0;
        for (size_t i = 0; i < 2 * c->jobs.count; i++) {
            kd_scratch_clean(places[i % 2]);
            char *path = kd_scratch_path(places[i % 2], c->jobs.items[i / 2].text);
            if (kd_fs_exists(path) && left++ == 0) snprintf(first, sizeof first, "%s", path);
            free(path);
        }
        if (left > 0) kd_sleep_s(0.5);
    } while (left > 0 && kd_clock_s() < until_s);
    kd_proof_fail(&c->report->proofs, KD_PROOF_LITTER, left, "%s is left", first);
}

static kd_status run_rounds(chaos *c, void (*see_round)(void *user, kd_proofs *proofs), void *user,
                            kd_error *err)
{
    kd_status status;
    for (;;) {
        kd_proofs round = { 0 };
        status = run_round(c, &round, err);
        if (status == KD_OK && is_in_order(c, &round)) {
            kd_proof_whole(&round, c->options->store);
            kd_proof_equal(&round, c->options->store, c->undisturbed);
            if (see_round) see_round(user, &round);
        }
        kd_proof_sum(&c->report->proofs, &round);
        if (status != KD_OK || kd_chaos_failures(c->report)) return status;
        size_t kills = kd_chaos_kills(c->report);
        kd_log_info("round %zu is done: %zu of %zu killed in %zu runs", c->report->rounds, kills,
                    c->options->kills, c->report->runs);
        if (kills >= c->options->kills) return KD_OK;
        status = c->disk ? kd_disk_renew(c->disk, err) : kd_fs_remove(c->options->store, err);
        if (status != KD_OK) return status;
    }
}

/* ---- all of it ---- */

static kd_status check_is_new(const char *store, kd_error *err)
{
    char **names = NULL;
    size_t count = 0;
    if (!kd_fs_exists(store)) return KD_OK;
    kd_status status = kd_fs_list(store, &names, &count, err);
    kd_fs_free_names(names, count);
    if (status == KD_OK && count > 0)
        return kd_fail(err, KD_EUSAGE,
                       "run: --chaos fills a store of its own, and %s is not empty; name another",
                       store);
    return status;
}

/* With its full path from now on: the mark holds it, and no other run may have the same. */
static kd_status open_notes(chaos *c, kd_error *err)
{
    kd_status status = kd_fs_remove(c->notes, err);
    if (status == KD_OK) status = kd_fs_make_folders(c->notes, err);
    char *full = status == KD_OK ? realpath(c->notes, NULL) : NULL;
    if (!full) return status == KD_OK ? kd_fail_errno(err, errno, "%s", c->notes) : status;
    free(c->notes);
    c->notes = full;
    return KD_OK;
}

kd_status kd_chaos_run(const kd_chaos_options *options, kd_chaos_report       *report,
                       void (*see_round)(void *user, kd_proofs *proofs), void *user, kd_error *err)
{
    chaos c = { .options = options,
                .report = report,
                .undisturbed = kd_chaos_undisturbed(options->store),
                .notes = kd_chaos_notes(options->store),
                .members = options->members,
                .seats = kd_alloc(options->members, sizeof *c.seats) };
    *report = (kd_chaos_report){ 0 };
    kd_stop_install();
    kd_status status = check_is_new(options->store, err);
    if (status == KD_OK) status = open_notes(&c, err);
    if (status == KD_OK) status = run_in_peace(&c, err);
    if (status == KD_OK && options->kinds & 1u << KD_CHAOS_POWER &&
        kd_disk_open(&c.disk, options->store, &report->no_power) == KD_OK)
        report->no_power = (kd_error){ "" };
    double started_s = kd_clock_s();
    if (status == KD_OK) status = run_rounds(&c, see_round, user, err);
    if (status == KD_OK) look_for_litter(&c);
    report->chaos_s = kd_clock_s() - started_s;
    kd_status closed = kd_disk_close(c.disk, status == KD_OK ? err : NULL);
    if (status == KD_OK) status = closed;
    kd_vec_fini(&c.met);
    kd_vec_fini(&c.jobs);
    free(c.undisturbed);
    free(c.notes);
    free(c.log);
    for (size_t i = 0; i < c.members; i++) {
        free(c.seats[i].log);
        free(c.seats[i].mark);
    }
    free(c.seats);
    return status;
}
