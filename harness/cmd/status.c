/* status.c - `kdgrid status`: how a store stands, for people and for programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "harness/review/trail.h"
#include "slurm/jobs.h"

static const char about[] =
    "Says how many cells of a store are done, running, failed or stopped, how far those are that\n"
    "run, what the failures say and which settings they share, and who is at work. It reads the\n"
    "journals and writes nothing: instantly, beside a run, also from a read-only mount. Watched, "
    "it shows\n"
    "the curves of what runs: devel's score, or the loss where there is none yet, since it began "
    "to look.";

/* The name of a cell for people, or the beginning of its id. */
static const char *name_of(const kd_tally_cell *cell, char id[KD_ID_TEXT])
{
    kd_id_text(id, cell->id);
    if (*cell->label) return cell->label;
    id[12] = 0;
    return id;
}

/* ---- for people ---- */

static void print_run(const kd_standing *p)
{
    char since[32], words[32];
    if (p->run.number == 0) {
        kd_say("no run yet\n");
        return;
    }
    kd_say("run %u: %s, begun %s", p->run.number, *p->run.name ? p->run.name : "(no name)",
           kd_clock_stamp(since, sizeof since, p->run.begin_s));
    if (p->run.end_s > 0)
        kd_say(", ended after %s: %s\n",
               kd_clock_words(words, sizeof words, p->run.end_s - p->run.begin_s), p->run.ending);
    else if (p->holder.run == p->run.number)
        kd_say(", at work: process %ld on %s%s%s\n", p->holder.pid, p->holder.host,
               *p->holder.job ? ", SLURM job " : "", p->holder.job);
    else
        kd_say(", gone without an end after %s: run it again to go on\n",
               kd_clock_words(words, sizeof words, p->run.last_s - p->run.begin_s));
}

/* Other coordinators of the same store, or who has it alone. */
static void print_others(const kd_standing *p)
{
    for (size_t i = 0; i < p->holders.count; i++) {
        const kd_lock_holder *other = &p->holders.items[i];
        if (!other->is_alone && other->run == p->run.number) continue;
        if (other->pid == 0 && !other->is_alone) {
            kd_say("also at work: somebody whose file of members/ cannot be understood\n");
            continue;
        }
        kd_say("%s: process %ld on %s%s%s\n", other->is_alone ? "held alone" : "also at work",
               other->pid, other->host, *other->job ? ", SLURM job " : "", other->job);
    }
}

static void print_counts(const kd_standing *p)
{
    for (int s = 0; s < KD_STANDING_COUNT; s++)
        if (p->counts[s] || s == KD_STANDING_DONE)
            kd_say("  %-13s %zu\n", kd_standing_word(s), p->counts[s]);
    if (p->blocked) kd_say("  %-13s %zu: what they stand on failed\n", "blocked", p->blocked);
    if (p->waiting) kd_say("  %-13s %zu\n", "waiting", p->waiting);
    char words[32];
    if (p->live.eta_s >= 0)
        kd_say("  %-13s %s with %d workers\n", "left",
               kd_clock_words(words, sizeof words, p->live.eta_s), p->live.workers);
}

/* "epoch 12 of 50, loss 0.4134, devel f1 0.8123, 5 min left" */
static void print_progress(const kd_live_cell *cell, double now_s)
{
    char   words[32];
    double eta_s = kd_live_eta_s(cell, now_s);
    if (cell->point.epochs > 0) kd_say(", epoch %d of %d", cell->point.epoch, cell->point.epochs);
    if (!isnan(cell->point.loss)) kd_say(", loss %.4f", cell->point.loss);
    if (!isnan(cell->point.score)) kd_say(", devel f1 %.4f", cell->point.score);
    if (eta_s >= 0) kd_say(", %s left", kd_clock_words(words, sizeof words, eta_s));
}

enum { BLOCKS_MOST = 30 };

/* How it went since somebody began to look. */
static void print_curve(const kd_trails *trails, kd_id id)
{
    const kd_trail *trail = kd_trails_find(trails, id);
    kd_str          blocks = KD_STR_INIT;
    if (trail) kd_trail_add_blocks(&blocks, trail, BLOCKS_MOST);
    if (blocks.length > 0) kd_say("  %s", blocks.text);
    kd_str_fini(&blocks);
}

static void print_running(const kd_standing *p, const kd_trails *trails)
{
    double now_s = kd_clock_unix_s();
    for (size_t i = 0; i < p->cell_count && p->counts[KD_STANDING_RUNNING] > 0; i++) {
        const kd_tally_cell *cell = &p->cells[i];
        char                 id[KD_ID_TEXT], words[32];
        if (kd_standing_of(p, cell) != KD_STANDING_RUNNING) continue;
        const kd_live_cell *live = kd_live_find(&p->live, cell->id);
        kd_say("running  worker %d for %s: %s", cell->worker,
               kd_clock_words(words, sizeof words, fmax(0, now_s - cell->time_s)),
               name_of(cell, id));
        if (live) print_progress(live, now_s);
        print_curve(trails, cell->id);
        putchar('\n');
    }
}

/* Settings that stand out, with the rule; of the others that failed cells have, how many. */
static void print_shares(const kd_failures *f)
{
    enum { SHOWN = 8 };
    if (f->standing_out > 0)
        kd_say("failed   more often than by chance (hypergeometric p up to %g / %zu compared):\n",
               KD_FAILURES_CHANCE, f->compared);
    for (size_t i = 0; i < f->standing_out && i < SHOWN; i++) {
        const kd_failure_share *share = &f->shares.items[i];
        const kd_failure_key   *key = &f->keys.items[share->key];
        kd_say("failed   %zu of %zu with %s; with any %s %zu of %zu; p %.2g\n", share->failed,
               share->all, share->setting, key->name, key->failed, key->all, share->p);
    }
    if (f->standing_out > SHOWN)
        kd_say("failed   so also with %zu more settings: see --json\n", f->standing_out - SHOWN);
    if (f->others > 0)
        kd_say("failed   no more than by chance with the other settings of these cells: %zu\n",
               f->others);
}

static void print_failures(const kd_standing *p)
{
    for (size_t i = 0; i < p->failures.classes.count; i++) {
        const kd_failure_class *c = &p->failures.classes.items[i];
        char                    id[KD_ID_TEXT];
        kd_say("failed   %zu by %s, the last: %s: %s\n", c->count, c->word, name_of(c->last, id),
               c->last->text);
    }
    print_shares(&p->failures);
}

/* What has ended is in the journals; the last one also when nobody knows it. */
static bool is_of_the_queue(const kd_store_jobs *jobs, size_t i)
{
    const kd_store_job *job = &jobs->items[i];
    return kd_job_is_live(job) || (job->at.state == KD_JOB_UNKNOWN && i + 1 == jobs->count);
}

static void print_jobs(const kd_store_jobs *jobs)
{
    kd_str words = KD_STR_INIT;
    for (size_t i = 0; i < jobs->count; i++) {
        if (!is_of_the_queue(jobs, i)) continue;
        kd_str_reset(&words);
        kd_job_words(&words, &jobs->items[i]);
        kd_say("queue    job %s: %s\n", jobs->items[i].number, words.text);
    }
    kd_str_fini(&words);
}

static void print_text(const kd_store_jobs *jobs, const kd_standing *p, const kd_trails *trails)
{
    print_run(p);
    print_others(p);
    print_jobs(jobs);
    print_counts(p);
    print_running(p, trails);
    print_failures(p);
    if (p->damages) kd_say("damage   in %zu places of the journals: see kdgrid fsck\n", p->damages);
}

/* ---- for programs ---- */

static void put_time(kd_json_writer *w, const char *key, double unix_s)
{
    char stamp[32];
    kd_json_put_text(w, key, unix_s > 0 ? kd_clock_stamp(stamp, sizeof stamp, unix_s) : NULL);
}

static void put_run(kd_json_writer *w, const kd_standing *p)
{
    kd_json_begin(w, '{');
    kd_json_put_int(w, "number", p->run.number);
    kd_json_put_text(w, "name", p->run.name);
    kd_json_put_bool(w, "live", kd_standing_is_live(p));
    put_time(w, "begin", p->run.begin_s);
    put_time(w, "end", p->run.end_s);
    kd_json_put_text(w, "ending", *p->run.ending ? p->run.ending : NULL);
    if (p->holder.is_held) {
        kd_json_put_text(w, "host", p->holder.host);
        kd_json_put_int(w, "pid", p->holder.pid);
        kd_json_put_text(w, "slurm_job", *p->holder.job ? p->holder.job : NULL);
    }
    kd_json_end(w, '}');
}

static void put_real(kd_json_writer *w, const char *key, double number)
{
    kd_json_key(w, key);
    if (isnan(number) || number < 0)
        kd_json_null(w);
    else
        kd_json_real_digits(w, number, 6);
}

static void put_progress(kd_json_writer *w, const kd_live_cell *live)
{
    kd_json_put_int(w, "epoch", live->point.epoch);
    kd_json_put_int(w, "epochs", live->point.epochs);
    put_real(w, "loss", live->point.loss);
    put_real(w, "devel_f1", live->point.score);
    put_real(w, "eta_s", kd_live_eta_s(live, kd_clock_unix_s()));
}

/* Where it is watched: [epoch, loss, devel_f1] of each moment that was seen. */
static void put_curve(kd_json_writer *w, const kd_trails *trails, kd_id id)
{
    const kd_trail *trail = kd_trails_find(trails, id);
    if (!trail) return;
    kd_json_key(w, "curve");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < trail->points.count; i++) {
        kd_json_begin(w, '[');
        kd_json_int(w, trail->points.items[i].epoch);
        kd_json_real_digits(w, trail->points.items[i].loss, 6);
        kd_json_real_digits(w, trail->points.items[i].score, 6);
        kd_json_end(w, ']');
    }
    kd_json_end(w, ']');
}

static void put_cell(kd_json_writer *w, const kd_standing *p, const kd_trails *trails,
                     const kd_tally_cell *cell, kd_standing_state s)
{
    char                id[KD_ID_TEXT];
    const kd_live_cell *live = s == KD_STANDING_RUNNING ? kd_live_find(&p->live, cell->id) : NULL;
    kd_id_text(id, cell->id);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "id", id);
    kd_json_put_text(w, "label", cell->label);
    kd_json_put_text(w, "state", kd_standing_word(s));
    kd_json_put_int(w, "attempts", cell->attempts);
    kd_json_put_int(w, "worker", cell->worker);
    put_time(w, "since", cell->time_s);
    if (live) put_progress(w, live);
    put_curve(w, trails, cell->id);
    if (*cell->text) {
        kd_json_put_text(w, "failure", kd_failure_word(cell));
        kd_json_put_text(w, "text", cell->text);
    }
    kd_json_end(w, '}');
}

static void put_share(kd_json_writer *w, const kd_failures *f, const kd_failure_share *share)
{
    const kd_failure_key *key = &f->keys.items[share->key];
    kd_json_key(w, share->setting);
    kd_json_begin(w, '{');
    kd_json_put_int(w, "failed", (int64_t)share->failed);
    kd_json_put_int(w, "all", (int64_t)share->all);
    kd_json_put_int(w, "key_failed", (int64_t)key->failed);
    kd_json_put_int(w, "key_all", (int64_t)key->all);
    put_real(w, "p", share->p);
    kd_json_put_bool(w, "stands_out", share->stands_out);
    kd_json_end(w, '}');
}

/* By class, and by each setting that failed cells have. */
static void put_failures(kd_json_writer *w, const kd_standing *p)
{
    kd_json_key(w, "failures");
    kd_json_begin(w, '{');
    kd_json_key(w, "by_class");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < p->failures.classes.count; i++)
        kd_json_put_int(w, p->failures.classes.items[i].word,
                        (int64_t)p->failures.classes.items[i].count);
    kd_json_end(w, '}');
    kd_json_key(w, "by_setting");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < p->failures.shares.count; i++)
        if (p->failures.shares.items[i].failed > 0)
            put_share(w, &p->failures, &p->failures.shares.items[i]);
    kd_json_end(w, '}');
    kd_json_put_int(w, "compared", (int64_t)p->failures.compared);
    kd_json_end(w, '}');
}

static void put_members(kd_json_writer *w, const kd_standing *p)
{
    kd_json_key(w, "members");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < p->holders.count; i++) {
        const kd_lock_holder *m = &p->holders.items[i];
        if (m->is_alone) continue;
        kd_json_begin(w, '{');
        kd_json_put_int(w, "run", m->run);
        kd_json_put_text(w, "host", m->host);
        kd_json_put_int(w, "pid", m->pid);
        kd_json_put_text(w, "slurm_job", *m->job ? m->job : NULL);
        put_time(w, "since", m->since_s);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void put_jobs(kd_json_writer *w, const kd_store_jobs *jobs)
{
    kd_json_key(w, "queue");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < jobs->count; i++) {
        if (!is_of_the_queue(jobs, i)) continue;
        kd_json_begin(w, '{');
        kd_job_put(w, &jobs->items[i]);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

/* Counts of all states; the cells themselves but for those that are done. */
static void print_json(const kd_store_jobs *jobs, const kd_standing *p, const kd_trails *trails)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "run");
    put_run(&w, p);
    put_members(&w, p);
    put_jobs(&w, jobs);
    kd_json_key(&w, "cells");
    kd_json_begin(&w, '{');
    for (int s = 0; s < KD_STANDING_COUNT; s++)
        kd_json_put_int(&w, kd_standing_word(s), (int64_t)p->counts[s]);
    kd_json_put_int(&w, "blocked", (int64_t)p->blocked);
    kd_json_put_int(&w, "waiting", (int64_t)p->waiting);
    kd_json_end(&w, '}');
    put_real(&w, "eta_s", p->live.eta_s);
    kd_json_put_int(&w, "workers", p->live.workers);
    put_failures(&w, p);
    kd_json_key(&w, "open");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < p->cell_count; i++) {
        kd_standing_state s = kd_standing_of(p, &p->cells[i]);
        if (s != KD_STANDING_DONE) put_cell(&w, p, trails, &p->cells[i], s);
    }
    kd_json_end(&w, ']');
    kd_json_put_int(&w, "journal_damages", (int64_t)p->damages);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

/* ---- the verb ---- */

/* `trails` is NULL for a single look: a curve of one point is none. */
static kd_status show(const kd_store *store, bool as_json, kd_trails *trails, bool *goes_on,
                      kd_error *err)
{
    static const kd_trails none = KD_VEC_INIT;
    kd_standing            p;
    kd_store_jobs          jobs;
    kd_status              status = kd_standing_take(&p, store, err);
    if (status != KD_OK) return status;
    if (trails) {
        kd_trails_begin(trails);
        kd_trails_take(trails, &p);
        kd_trails_end(trails);
    }
    kd_jobs_ask(store, &jobs, NULL);
    if (as_json)
        print_json(&jobs, &p, trails ? trails : &none);
    else
        print_text(&jobs, &p, trails ? trails : &none);
    kd_vec_fini(&jobs);
    fflush(stdout);
    *goes_on = kd_standing_is_live(&p);
    kd_standing_drop(&p);
    return KD_OK;
}

/* Again and again while a coordinator is at work; on a terminal each picture over the last. */
static kd_status watch(const kd_store *store, bool as_json, double interval_s, kd_error *err)
{
    bool      goes_on = true;
    kd_trails trails = KD_VEC_INIT;
    kd_status status = KD_OK;
    while (goes_on && status == KD_OK) {
        if (isatty(STDOUT_FILENO)) fputs("\033[H\033[2J", stdout);
        status = show(store, as_json, &trails, &goes_on, err);
        if (goes_on && status == KD_OK) kd_sleep_s(interval_s);
    }
    kd_trails_fini(&trails);
    return status;
}

kd_status kd_cmd_status(int argc, char **argv, kd_error *err)
{
    bool         as_json = false, watches = false, goes_on;
    double       interval_s = 2;
    const kd_arg table[] = { KD_ARG_JSON(as_json),
                             { 'w', "watch", KD_ARG_FLAG, &watches, NULL,
                               "show it again and again while a run goes on" },
                             { 0, "interval", KD_ARG_REAL, &interval_s, "SECONDS",
                               "between two looks (2)" },
                             KD_ARG_END };
    kd_args      args = {
             .verb = "status", .usage = "STORE [--json] [--watch]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    if (!(interval_s > 0))
        return kd_fail(err, KD_EUSAGE, "--interval: expected more than 0 seconds");

    kd_store *store;
    if ((status = kd_store_open(&store, args.words[0], KD_STORE_READ, err)) != KD_OK) return status;
    status = watches ? watch(store, as_json, interval_s, err)
                     : show(store, as_json, NULL, &goes_on, err);
    kd_store_close(store);
    return status;
}
