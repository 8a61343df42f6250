/* deeds.h - what is done to a run under chaos: a list that follows from a seed.
 *
 *     seed, number of the run -> faults for its environment, deeds at records of its journal
 *
 * A run gets its whole list before it starts, so nothing that happens in it changes what will be
 * done; it may only end before all of it is.
 */
#ifndef KD_CHAOS_DEEDS_H
#define KD_CHAOS_DEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/fault.h"
#include "harness/base/rng.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

/* Kinds of harm, as people choose them.
 *
 *    name   word     meaning                                                             */
#define KD_CHAOS_KINDS(X)                                                               \
    X(KILL, "kill", "cells, nurseries, workers, coordinators, launchers, jobs")         \
    X(STOP, "stop", "processes stop for a while, runs are asked to, records come late") \
    X(TEAR, "tear", "ends of files are lost that nobody has acknowledged")              \
    X(FILL, "fill", "the disk is full for a while, or a sync fails")                    \
    X(CLOCK, "clock", "the date jumps by up to two days")                               \
    X(POWER, "power", "the disk loses its power (ext4 on a loop device; needs root)")

typedef enum {
#define X(name, word, meaning) KD_CHAOS_##name,
    KD_CHAOS_KINDS(X)
#undef X
        KD_CHAOS_KIND_COUNT
} kd_chaos_kind;

#define KD_CHAOS_ALL ((1u << KD_CHAOS_KIND_COUNT) - 1)

/* "kill,tear" -> bits; NULL -> all of them. KD_EUSAGE with all words there are. */
kd_status kd_chaos_kinds_parse(unsigned *out, const char *text, kd_error *err);

/*    name         kind   kills  ends  often  words                              */
#define KD_DEEDS(X)                                                              \
    X(CELL, KILL, 1, 0, 6, "cells killed")                                       \
    X(NURSERY, KILL, 1, 0, 1, "nurseries killed")                                \
    X(WORKER, KILL, 1, 0, 4, "workers killed")                                   \
    X(COORDINATOR, KILL, 1, 1, 3, "coordinators killed")                         \
    X(LAUNCHER, KILL, 1, 1, 1, "launchers killed")                               \
    X(JOB, KILL, 1, 1, 2, "whole jobs killed")                                   \
    X(PAUSE, STOP, 0, 0, 3, "processes stopped for a while")                     \
    X(ASK, STOP, 0, 1, 1, "runs asked to stop")                                  \
    X(TORN, TEAR, 1, 1, 2, "whole jobs killed and the ends of their files torn") \
    X(POWER, POWER, 1, 1, 2, "power cuts")

typedef enum {
#define X(name, kind, kills, ends, often, words) KD_DEED_##name,
    KD_DEEDS(X)
#undef X
        KD_DEED_COUNT
} kd_deed;

const char *kd_deed_words(kd_deed deed);
bool        kd_deed_kills(kd_deed deed);
bool        kd_deed_ends(kd_deed deed); /* the run ends by it */

typedef struct {
    uint64_t record; /* of the run's journal, before which it is done; 1 is the first */
    kd_deed  deed;
    uint64_t chance; /* whom it meets, for how long, ... */
} kd_planned_deed;

typedef struct {
    KD_VEC(kd_planned_deed) deeds; /* by record; none after one that ends the run */
    kd_str faults;                 /* words for KDGRID_FAULTS, "" or with a blank at the end */
} kd_deeds;

/* The list of one run. `kinds` are bits of kd_chaos_kind; without ranks there are neither launchers nor
 * workers. `records` is how many an undisturbed run writes: the size of the study. The caller
 * frees it. */
void kd_deeds_plan(kd_deeds *out, uint64_t seed, size_t run, unsigned kinds, bool has_ranks,
                   uint64_t records);
void kd_deeds_fini(kd_deeds *deeds);

#endif
