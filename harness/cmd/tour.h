/* tour.h - a walk through all verbs and their options, for who makes pages or candidates of them.
 *
 * Verbs build the tables of their options where they parse them, so a tour asks each for --help and catches
 * what would be printed. Nothing else of a verb runs.
 */
#ifndef KD_CMD_TOUR_H
#define KD_CMD_TOUR_H

#include "harness/base/args.h"
#include "harness/cmd/cmd.h"

/* Where the walk is: "data stats", and the row's summary. */
typedef struct {
    const char *name;
    const char *summary;
} kd_tour_stop;

typedef struct {
    void (*on_verbs)(void *user, const kd_tour_stop *stop, const kd_verb_table *table);
    void (*on_verb)(void *user, const kd_tour_stop *stop, const kd_args *args);
    void *user;
} kd_tour_visitor;

/* Visit every verb in the order of the lists, those of a table after the table. */
kd_status kd_tour(kd_tour_visitor visitor, kd_error *err);

#endif
