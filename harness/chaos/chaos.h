/* chaos.h - run a study while everything that can be killed is killed, and prove that nothing is
 * lost.
 *
 *     STORE.undisturbed   the study, run in peace
 *     STORE               the study, run again and again until it is done, while all kinds of harm
 *                           that were chosen (KD_CHAOS_KINDS) are done to its runs
 *     STORE.chaos/        what was done and what the runs said: deeds, log, runs
 *
 *     after each run      what it claimed to be durable is there, no process is left, ...
 *     at the end          every object has the contents that the undisturbed run gave it
 *
 * A study that is done before enough was killed is run again from nothing. With several members as many runs
 * are at the store at once, each with a list of deeds of its own; what is torn, or loses its power, is so beside none of them. They are
 * looked at when all have ended, and then begin together again.
 *
 * What is done to a run follows from the seed and the run's number alone (deeds.h), and it is done at
 * records of the journal, not at times: the coordinator halts before the n-th record it appends,
 * the deed is done, and it goes on. So the same seed does the same again, and STORE.chaos/deeds is the
 * same file; how far a cell had come that is killed, and with several cells at a time which of them
 * is met, remains chance.
 */
#ifndef KD_CHAOS_CHAOS_H
#define KD_CHAOS_CHAOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/chaos/deeds.h"
#include "harness/chaos/proof.h"

typedef struct {
    const char  *program; /* the `kdgrid` that is run */
    const char  *store;   /* absent or empty */
    char *const *words;   /* what follows "run", without --store and what asks for chaos */
    int          word_count;
    uint64_t     seed;
    unsigned     kinds;     /* of harm: bits of kd_chaos_kind */
    bool         has_ranks; /* the runs have launchers and workers */
    size_t       members;   /* runs at a time, 1 or more */
    size_t       kills;     /* that it takes */
    double       silence_s; /* of cells; a run that does nothing for longer hangs */
} kd_chaos_options;

typedef struct {
    kd_proofs proofs;
    size_t    deeds[KD_DEED_COUNT];
    size_t    rounds, runs;
    kd_error  no_power;         /* why power is not cut though it was asked for; "" when it is */
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
