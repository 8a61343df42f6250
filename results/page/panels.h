/* panels.h - what stands in one picture: the groups that differ in what is compared alone.
 *
 *     hidden 16   kl, none           a group that lacks some of the other keys ("none" has no teacher) stands in the picture
 *     hidden 64   kl, none           of each of their values, and in none of its own unless others lack them with it
 *
 * So does a pair of kdgrid compare --among (results/beside.h).
 */
#ifndef KD_PAGE_PANELS_H
#define KD_PAGE_PANELS_H

#include "results/page/report.h"

typedef struct {
    const char *name;   /* "hidden 16"; "" where nothing but what is compared varies */
    size_t     *groups; /* their numbers in the report */
    size_t      count;
} kd_panel;

/* In the order of the report's groups; in its arena. */
kd_panel *kd_panels_of(const kd_report *report, size_t *count);

#endif
