/* gang.h - where the ranks of a wide cell go: cores on several places, all at once or none.
 *
 *     ask: 5 ranks of 2 cores        place 0 | a . . . |   1 rank
 *                                    place 1 | . . . . |   2 ranks
 *                                    place 2 | b b b . |   -
 *                                    place 3 | . . . . |   2 ranks
 *
 * A place is a machine's cores. Who fits on one goes to one, for there it is started without other machines; only who is wider
 * than every place is spread, over as few as that takes. Nothing is taken before all is there, so two of them cannot wait for
 * halves of each other's cores.
 *
 * Pure: an array of places in, numbers of ranks out. The ledger says what is free, and until when (ledger_gang.c).
 */
#ifndef KD_LEDGER_GANG_H
#define KD_LEDGER_GANG_H

#include <stdbool.h>

typedef struct {
    int ranks, cores; /* so many, on so many each */
} kd_gang_ask;

typedef struct {
    int  cores; /* 0 when nobody is there */
    int  free;
    bool has_hand; /* somebody there can start what is all on this place */
} kd_gang_place;

/* Whether there is room when nothing else runs. */
bool kd_gang_has_room(const kd_gang_place *places, int count, kd_gang_ask ask);

/* How many ranks go to each of `count` places now: to `first` what fits (-1: to none before the others), then where most is
 * free. False, and `ranks` says nothing, when not all of them fit. */
bool kd_gang_put(const kd_gang_place *places, int count, int first, kd_gang_ask ask, int *ranks);

#endif
