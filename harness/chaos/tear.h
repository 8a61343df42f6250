/* tear.h - what a power loss does to files whose ends nobody waited for. */
#ifndef KD_CHAOS_TEAR_H
#define KD_CHAOS_TEAR_H

#include <stdint.h>

#include "harness/base/rng.h"

/* The newest journal of the store, by its number; 0 for none. */
uint32_t kd_tear_newest(const char *store);

/* Cut, blank or scramble the end of journal `run` (0: leave the journals alone) beyond what the log
 * says was acknowledged, and of every draft in the store. Beside no run. */
void kd_tear_files(const char *store, uint32_t run, const char *log, kd_rng *rng);

#endif
