/* fits.h - which kind of network learns which task by which methods: a table for people, made by asking
 * the rows of kinds and methods, so that it is never out of date.
 *
 *     | kind | task | head | methods |
 */
#ifndef KD_DISTILL_FITS_H
#define KD_DISTILL_FITS_H

#include "harness/base/str.h"

/* Add the table, in Markdown: a row for each kind of student and each task that it has a head for,
 * with the methods by which a BERT of its own sizes can teach it. */
void kd_fits_print(kd_str *out);

#endif
