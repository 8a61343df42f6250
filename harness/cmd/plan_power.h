/* plan_power.h - `kdgrid plan --power`: how many seeds a difference takes, by the spreads that a store has.
 *
 *     kd_power_tables tables;
 *     kd_power_open(&tables, study, store, &query, err);      a table for each metric (results/seeds.h)
 *     kd_power_print(&tables, &out);                          or kd_power_put
 *     kd_power_close(&tables);
 */
#ifndef KD_CMD_PLAN_POWER_H
#define KD_CMD_PLAN_POWER_H

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/config/study.h"
#include "harness/store/store.h"
#include "results/metric.h"
#include "results/table.h"

/* Both as an option says them. */
typedef struct {
    const char *points; /* "0.5,1,2": differences */
    kd_arg_list metric; /* words, lists of them, patterns; "f1" where there is none */
} kd_power_query;

typedef struct {
    kd_metrics metrics;
    KD_VEC(kd_table *) tables; /* of each metric */
} kd_power_tables;

/* Of the store's students, whichever study they were run for: what a new one has not run it can only take from others.
 * `store` is NULL while there is none. KD_EUSAGE for a difference that is none, or a metric that no cell has. The caller
 * closes `out` in any case. */
kd_status kd_power_open(kd_power_tables *out, const kd_study *study, const kd_store *store,
                        const kd_power_query *query, kd_error *err);

/* As Markdown; as the member "power" of an object, a row for each spread of each metric. */
void kd_power_print(const kd_power_tables *tables, kd_str *out);
void kd_power_put(const kd_power_tables *tables, kd_json_writer *w);

void kd_power_close(kd_power_tables *tables);

#endif
