/* chaos.c - `kdgrid run --chaos SEED`: tables compared, and the verdict printed. */
#include "harness/cmd/chaos.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/base/vec.h"
#include "harness/chaos/chaos.h"
#include "harness/cmd/tables.h"
#include "harness/plan/session.h"
#include "results/metric.h"

/* ---- tables ---- */

typedef struct {
    const kd_run_options *options;
    kd_study             *study;
    kd_plan              *plan;
} tables;

/* How long a cell took is the clock's word, in which two runs of it may differ. */
static void blank_times(kd_table *table)
{
    for (size_t i = 0; i < table->entries.count; i++)
        if (kd_metric_is_timing(table->columns.items[i % table->columns.count].name))
            table->entries.items[i] = (kd_entry){ .kind = KD_ENTRY_ABSENT };
}

static kd_status print_all(kd_str *out, const kd_table_source *source, kd_error *err)
{
    for (size_t i = 0; i < kd_study_table_count(source->study); i++) {
        kd_table *table;
        kd_status status = kd_study_table_create(&table, source, i, err);
        if (status != KD_OK) return status;
        blank_times(table);
        kd_writer_json.write(table, out); /* the form that rounds nothing */
        kd_table_destroy(table);
    }
    return KD_OK;
}

static kd_status print_tables(kd_str *out, const tables *t, const char *folder, kd_error *err)
{
    kd_store     *store;
    kd_cmd_tables made;
    kd_status     status = kd_store_open(&store, folder, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    status = kd_cmd_tables_open(&made, t->study, t->plan, store, KD_CMD_FROM_OBJECTS, err);
    if (status == KD_OK) status = print_all(out, &made.source, err);
    kd_cmd_tables_close(&made);
    kd_store_close(store);
    return status;
}

/* Byte for byte, but for times. */
static void compare_tables(void *user, kd_proofs *proofs)
{
    const tables *t = user;
    kd_str        ours = KD_STR_INIT, theirs = KD_STR_INIT;
    kd_error      why = { "the tables of the two stores differ" };
    char         *undisturbed = kd_chaos_undisturbed(t->options->store);
    kd_status     status = print_tables(&ours, t, t->options->store, &why);
    if (status == KD_OK) status = print_tables(&theirs, t, undisturbed, &why);
    kd_proof_fail(proofs, KD_PROOF_TABLES,
                  status != KD_OK || ours.length == 0 || strcmp(ours.text, theirs.text) != 0, "%s",
                  why.text);
    kd_str_fini(&ours);
    kd_str_fini(&theirs);
    free(undisturbed);
}

/* ---- the command ---- */

/* Whether a word is this option; *skips is how many words it takes. */
static bool is_option(const char *word, const char *name, int *skips)
{
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0) return false;
    bool takes_next = name[1] != '-' ? !word[2] : !word[length];
    *skips = takes_next ? 2 : 1;
    return takes_next || name[1] != '-' || word[length] == '=';
}

/* The words of the runs: those of ours without what is given to each run anew. */
static int keep_words(char **kept, int argc, char **words)
{
    static const char *const ours[] = { "--chaos", "--kills", "--chaos-kinds", "--members",
                                        "--store", "-s",      "--progress" };
    int                      count = 0, skips;
    for (int i = 1; i < argc; i += skips) {
        bool is_ours = false;
        skips = 1;
        for (size_t o = 0; o < sizeof ours / sizeof *ours && !is_ours; o++)
            is_ours = is_option(words[i], ours[o], &skips);
        if (!is_ours) kept[count++] = words[i];
    }
    return count;
}

/* ---- the verdict ---- */

static void print_report(const kd_chaos_options *o, const kd_chaos_report *r)
{
    char chaos[32], peace[32];
    printf("chaos with seed %llu: %zu killed in %s, %zu runs of %zu rounds (undisturbed: %s)\n",
           (unsigned long long)o->seed, kd_chaos_kills(r),
           kd_clock_words(chaos, sizeof chaos, r->chaos_s), r->runs, r->rounds,
           kd_clock_words(peace, sizeof peace, r->peace_s));
    for (int i = 0; i < KD_DEED_COUNT; i++)
        printf("  %6zu  %s\n", r->deeds[i], kd_deed_words((kd_deed)i));
    for (int i = 0; i < KD_FAULT_COUNT; i++)
        printf("  %6zu  %s\n", r->proofs.faults[i], kd_fault_meaning((kd_fault)i));
    if (*r->no_power.text) printf("power was not cut: %s\n", r->no_power.text);
    printf("acknowledged: %zu records, %zu cells; of them and of the rest\n",
           r->proofs.acknowledged, r->proofs.cells);
    for (int i = 0; i < KD_PROOF_COUNT; i++)
        printf("  %6zu  %s%s%s\n", r->proofs.failed[i], kd_proof_words((kd_proof)i),
               r->proofs.failed[i] ? ": " : "", r->proofs.first[i].text);
}

/* The whole command again, for a shell. */
static void print_command(int argc, char **words)
{
    printf("again: kdgrid");
    for (int i = 0; i < argc; i++) {
        bool is_plain = *words[i] && !words[i][strcspn(words[i], " \t\n\\\"'$`*?[](){}<>|&;#~!")];
        printf(is_plain ? " %s" : " '%s'", words[i]);
    }
    puts("");
}

static kd_status judge(const kd_chaos_report *r, const char *store, kd_error *err)
{
    size_t failures = kd_chaos_failures(r);
    if (failures == 0) {
        puts("verdict: nothing was lost, nothing counted twice, and the tables are the same");
        return KD_OK;
    }
    puts("verdict: NO");
    return kd_fail(err, KD_ECHECK, "%zu things went wrong under chaos; see %s.chaos", failures,
                   store);
}

static kd_status open_tables(tables *t, kd_error *err)
{
    const kd_run_options *o = t->options;
    kd_study_options      study = { .profile = o->profile, .overrides = o->overrides };
    kd_session            session;
    kd_status             status =
        kd_session_open(&session, o->experiment, &study, NULL, KD_SESSION_PLANS, err);
    t->study = session.study;
    t->plan = session.plan;
    return status;
}

kd_status kd_cmd_chaos(const kd_run_options *options, int argc, char **words, kd_error *err)
{
    tables           t = { .options = options };
    kd_chaos_report  report;
    char            *program = kd_run_program("kdgrid");
    char           **kept = kd_alloc((size_t)argc, sizeof *kept);
    kd_chaos_options chaos = { .program = program,
                               .store = options->store,
                               .words = kept,
                               .word_count = keep_words(kept, argc, words),
                               .seed = (uint64_t)options->chaos_seed,
                               .kills = (size_t)options->chaos_kills,
                               .has_ranks = options->workers > 0,
                               .members = (size_t)options->members,
                               .silence_s = options->silence_s };
    kd_status        status = kd_chaos_kinds_parse(&chaos.kinds, options->chaos_kinds, err);
    if (status == KD_OK) status = open_tables(&t, err);
    if (status == KD_OK) status = kd_chaos_run(&chaos, &report, compare_tables, &t, err);
    if (status == KD_OK) {
        print_report(&chaos, &report);
        print_command(argc, words);
        status = judge(&report, options->store, err);
    }
    kd_plan_destroy(t.plan);
    kd_study_close(t.study);
    free(kept);
    free(program);
    return status;
}
