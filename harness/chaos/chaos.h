/* chaos.h - run a study while everything that can be killed is killed, and prove that nothing is
 * lost.
 *
 *     STORE.undisturbed   the study, run in peace
 *     STORE               the study, run again and again until it is done, while this process
 *                           kills cells, workers, coordinators, launchers and whole jobs,
 *                           stops processes for a while, asks runs to stop,
 *                           and lets writes fail, records tear, acknowledgements come late
 *     STORE.chaos/        what was done and what the runs said: deeds, log, runs
 *
 *     after each run      what it claimed to be durable is there, no process is left, ...
 *     at the end          every object has the contents that the undisturbed run gave it
 *
 * A study that is done before enough was killed is run again from nothing. Everything that is
 * done follows from the seed, but the moments at which processes are met do not.
 */
#ifndef KD_CHAOS_CHAOS_H
#define KD_CHAOS_CHAOS_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/chaos/proof.h"

/*    name         kills  often  words                            */
#define KD_DEEDS(X)                                 \
    X(CELL, 1, 6, "cells killed")                   \
    X(NURSERY, 1, 1, "nurseries killed")            \
    X(WORKER, 1, 4, "workers killed")               \
    X(COORDINATOR, 1, 3, "coordinators killed")     \
    X(LAUNCHER, 1, 1, "launchers killed")           \
    X(JOB, 1, 2, "whole jobs killed")               \
    X(PAUSE, 0, 3, "processes stopped for a while") \
    X(ASK, 0, 1, "runs asked to stop")

typedef enum {
#define X(name, kills, often, words) KD_DEED_##name,
    KD_DEEDS(X)
#undef X
        KD_DEED_COUNT
} kd_deed;

const char *kd_deed_words(kd_deed deed);

typedef struct {
    const char  *program; /* the `kdgrid` that is run */
    const char  *store;   /* absent or empty */
    char *const *words;   /* what follows "run", without --store and what asks for chaos */
    int          word_count;
    uint64_t     seed;
    size_t       kills;     /* that it takes */
    double       silence_s; /* of cells; a run that does nothing for longer hangs */
} kd_chaos_options;

typedef struct {
    kd_proofs proofs;
    size_t    deeds[KD_DEED_COUNT];
    size_t    rounds, runs;
    double    peace_s, chaos_s; /* the undisturbed run, all the others */
} kd_chaos_report;

/* Where the other store and the notes are; the caller frees them. */
char *kd_chaos_undisturbed(const char *store);
char *kd_chaos_notes(const char *store);

/* Do all of it, for minutes or hours. `see_round` (may be NULL) is called when a study is done and
 * both stores are there. KD_OK when it could be done, whatever was found; the status of the
 * undisturbed run when that fails; KD_EUSAGE when the store is not empty; KD_ESTOPPED when it
 * was asked to stop. */
kd_status kd_chaos_run(const kd_chaos_options *options, kd_chaos_report       *report,
                       void (*see_round)(void *user, kd_proofs *proofs), void *user, kd_error *err);

/* How many were killed, and how many proofs failed. */
size_t kd_chaos_kills(const kd_chaos_report *report);
size_t kd_chaos_failures(const kd_chaos_report *report);

#endif
