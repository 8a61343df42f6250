/* beside.h - cells that stand beside several groups.
 *
 *     by teacher.count     group 1: kl     group 3: kl     and "none", which has no teacher
 *     sides of group 1     kl, none                        "none" does not read the key: it stands beside
 *     sides of group 3     kl, none                        every value of it
 *
 * Groups are those of kd_cells_group by the same keys. A cell stands beside a group when it has fewer of the keys, and of
 * those that it has the group's values.
 */
#ifndef KD_RESULTS_BESIDE_H
#define KD_RESULTS_BESIDE_H

#include "results/aggregate.h"
#include "results/table.h"

typedef struct kd_beside kd_beside;

/* Cells and keys are borrowed. */
kd_beside *kd_beside_create(const kd_cells *cells, const char *const *keys, size_t key_count);
void       kd_beside_destroy(kd_beside *b); /* NULL is fine */

/* Empty `out`, then add the cells beside a group: those that lack fewest of its keys first. */
void kd_beside_group(const kd_beside *b, const kd_group *group, kd_cells *out);

/* Notes below a table of pairs: that a side stands so; and how many of the cells `whose` side has ("" or " of a") are in
 * none of the groups that have a row. */
void kd_beside_note(kd_table *table);
void kd_beside_note_alone(kd_table *table, const kd_groups *in, const kd_cells *cells,
                          const char *whose);

#endif
