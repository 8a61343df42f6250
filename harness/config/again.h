/* again.h - an experiment file of one cell, from its text: what repeats it with the same id.
 *
 *     nodes (the cell, and what it stands on) --> study = { ...every setting... };
 *
 * Every line of the cell is said, defaults too, so that a default which changes some day changes nothing. A
 * setting that names a file gets the whole path that the nodes keep; then the file lies anywhere.
 */
#ifndef KD_CONFIG_AGAIN_H
#define KD_CONFIG_AGAIN_H

#include "harness/config/resolved.h"

/* Add the file. nodes[0] is a student; the others are what it stands on, in any order, as far as they are
 * at hand: without one, its paths are as the study said them. */
void kd_again_print(const kd_resolved *nodes, size_t count, kd_str *out);

#endif
