/* best_of.h - of the cells of each place of a table, those that devel chose.
 *
 *     cells --by the place's keys--> places --by what is chosen--> candidates --best mean on devel--> one
 *     (a method)                                (a learning rate)                     each place keeps
 *
 * What was swept is no row of a result: of each method the value that devel chose is reported on test, with what
 * was tried and how often (tune.h). Cells that do not have the setting (alpha, where nothing is distilled) had
 * nothing to choose and stay.
 */
#ifndef KD_RESULTS_BEST_OF_H
#define KD_RESULTS_BEST_OF_H

#include "results/aggregate.h"
#include "results/table.h"
#include "results/tune.h"

#define KD_BEST_OF_DEVEL "devel.f1" /* what is looked at, unless somebody says otherwise */

typedef struct {
    const char *const *keys; /* chosen together: each combination of their values is a candidate */
    size_t             key_count;
    const char        *by; /* a word as kd_metric_resolve takes it */
} kd_best_of;

/* What was chosen for one place. */
typedef struct {
    const char **place;  /* its values, one for each of the place's keys */
    const char **values; /* those chosen, one for each of the choice's keys; NULL for none */
    kd_tuned     tuned;
    double      *curve; /* [tuned.tried]: the expected figure of the best of 1, 2, .. candidates */
    const char  *words; /* as kd_tuned_say has them */
} kd_chosen;

typedef struct {
    kd_chosen *items;
    size_t     count;
} kd_chosens;

/* What the choice looks at. KD_EUSAGE for a key or a metric that no cell has, and for a metric of test: what
 * was picked by its figure on test has that figure because it was picked. */
kd_status kd_best_of_resolve(kd_metric *out, const kd_best_of *choice, const kd_cells *cells,
                             kd_error *err);

/* Keep the cells of what was chosen for each combination of the values of `place`, which has none of the choice's
 * keys; `report` is what the curves are of. A place none of whose cells has a figure by which to choose keeps its
 * cells that have no figures at all. What was chosen goes into the arena, in the order of the places' values. */
void kd_best_of_keep(kd_cells *cells, const kd_best_of *choice, const kd_metric *by,
                     const kd_metric *report, const char *const *place, size_t place_count,
                     kd_arena *arena, kd_chosens *out);

/* Of a place's values; NULL when nothing was to be chosen there. */
const kd_chosen *kd_best_of_find(const kd_chosens *all, const char *const *place,
                                 size_t place_count);

/* KD_EUSAGE when one of these keys, which tell places apart, is chosen. */
kd_status kd_best_of_check_place(const kd_best_of *choice, const char *const *place,
                                 size_t place_count, kd_error *err);

/* Add a note for each place: "Chosen for distill.method none: train.lr = 0.001 by devel, ..."; `whose` ("a") comes
 * first where it is not NULL. */
void kd_best_of_note(const kd_chosens *all, const char *whose, const char *const *place,
                     size_t place_count, kd_table *table);

/* Add a note where what is reported is of the split that chose: such a figure is too high by the luck of the luckiest. */
void kd_best_of_note_luck(const kd_metric *by, const kd_metric *reported, kd_table *table);

#endif
