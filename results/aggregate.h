/* aggregate.h - records of one or several stores, grouped by settings and measured.
 *
 *     stores --merge--> cells, each once --keep--> those asked for
 *            --group--> groups --measure--> n, mean, sd
 *
 * A setting that a cell does not have (distill.alpha where nothing is distilled, data.unlabelled without such text)
 * is a value of its own, NULL, also where a cell has none of the keys: every cell is in one group.
 */
#ifndef KD_RESULTS_AGGREGATE_H
#define KD_RESULTS_AGGREGATE_H

#include "harness/base/arena.h"
#include "harness/base/str.h"
#include "results/metric.h"
#include "results/stats.h"

/* ---- cells ---- */

/* One id with two contents. Times do not count: the same cell may run twice. */
typedef struct {
    const kd_record *kept, *other;
} kd_conflict;
typedef KD_VEC(kd_conflict) kd_conflicts;

/* Empty `cells`, then add every model among the records, an id that comes again only once: the
 * first stays. Where the two differ, the pair is added to `conflicts`. */
void kd_cells_merge(kd_cells *cells, const kd_record *const *records, size_t count,
                    kd_conflicts *conflicts);

/* Whether a cell's value, NULL for none, is the one that somebody asks for, numbers being equal as numbers; who asks for the
 * empty one asks for none. The second form looks it up. */
bool kd_value_meets(const char *own, const char *asked);
bool kd_record_meets(const kd_record *cell, const char *key, const char *value);

/* "student.hidden=64". Keeps the cells that meet this; "data.unlabelled=" those that have no such setting.
 * KD_EUSAGE when there is no '=', or cells are there and none has such a key, or this value, with
 * what there is; the cells are all kept then. */
kd_status kd_cells_keep(kd_cells *cells, const char *condition, kd_error *err);

/* KD_EUSAGE with a suggestion and the keys that differ between cells, when no cell has `key`. Where
 * there are no cells, every key will do. */
kd_status kd_cells_check_key(const kd_cells *cells, const char *key, kd_error *err);

/* The keys that cells have, sorted; in the arena. */
const char **kd_cells_keys(const kd_cells *cells, kd_arena *arena, size_t *count);

/* The keys whose values differ between cells, and of those that only some cells have as many as tell apart what the others
 * do not; sorted, in the arena. The second form adds them with ", " between, or "nothing". */
const char **kd_cells_varying(const kd_cells *cells, kd_arena *arena, size_t *count);
void         kd_cells_list_varying(const kd_cells *cells, kd_str *out);

/* Replace `out` by the cell's values of these keys, as one text that no other values give. */
void kd_record_join(kd_str *out, const kd_record *cell, const char *const *keys, size_t count);

/* Add one value, NULL for none, as such a text has it. */
void kd_value_join(kd_str *out, const char *value);

/* Two canonical values: numbers by size, then words as strcmp; NULL before all. */
int kd_value_compare(const char *a, const char *b);

/* Rows of such values: by the first that differ. */
int kd_values_compare(const char *const *a, const char *const *b, size_t count);

/* ---- groups ---- */

typedef struct {
    const char      **values; /* one for each key; NULL where the cells have no such setting */
    const kd_record **cells;
    kd_id            *ids; /* of the cells, in the same order */
    size_t            count;
} kd_group;

typedef struct {
    kd_group *groups;
    size_t    count;
} kd_groups;

typedef enum {
    KD_ORDER_OF_VALUES,
    KD_ORDER_OF_CELLS, /* as the first cell of each comes */
} kd_order;

/* Group by the values of `keys`. Everything lives in the arena. */
void kd_cells_group(const kd_cells *cells, const char *const *keys, size_t key_count,
                    kd_order order, kd_arena *arena, kd_groups *out);

/* The group with the values of another, by these keys as well; NULL for none. Of groups in the order of values. */
const kd_group *kd_groups_find(const kd_groups *groups, const kd_group *like, size_t key_count);

/* How many groups that makes. */
size_t kd_cells_count_groups(const kd_cells *cells, const char *const *keys, size_t key_count);

/* How many of the cells are in none of the groups. */
size_t kd_groups_count_others(const kd_groups *groups, const kd_cells *cells);

/* Add the settings but the seed that differ between cells of one group, with ", " between: what a
 * mean of the group runs over that is no repetition. Nothing when there are none. A setting that one cell has and another
 * has not (what its method reads) is named when nothing else tells the two apart, and their roles where those differ. */
void kd_groups_list_varying(const kd_groups *groups, kd_str *out);

/* The metric over the cells of a group that have it. */
typedef struct {
    kd_sample   sample;
    kd_interval interval; /* 95 %, Student's t */
} kd_measure;
kd_measure kd_group_measure(const kd_group *group, const kd_metric *metric);

#endif
