/* plan_values.c - a cell's values, read. */
#include <stdio.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

const char *kd_plan_value(const char *const *values, const char *key)
{
    int row = kd_schema_find(key);
    KD_CHECK(row >= 0, "plan: the schema has no row %s", key);
    return values[row];
}

void kd_plan_leave_unlabelled(const char **values)
{
    int row = kd_schema_find("data.unlabelled");
    if (!*values[row]) return;
    const kd_method *method = kd_method_find(kd_plan_value(values, "distill.method"));
    if (!(method->needs & KD_NEEDS_LOGITS)) values[row] = kd_schema_defaults()[row];
}

kd_task kd_plan_task(const char *const *values)
{
    kd_task task;
    bool    is_task = kd_task_parse(&task, kd_plan_value(values, "task"));
    KD_CHECK(is_task, "plan: the schema allows a task that is not there");
    return task;
}

kd_status kd_plan_read(const kd_setting *table, const char *prefix, const char *const *values,
                       void *out, kd_error *err)
{
    kd_status status = KD_OK;
    char      key[64];
    kd_setting_defaults(table, out);
    for (const kd_setting *row = table; row->key && status == KD_OK; row++) {
        snprintf(key, sizeof key, "%s%s", prefix, row->key);
        status = kd_setting_put(row, out, kd_plan_value(values, key), err);
    }
    return status;
}

double kd_plan_number_bytes(const char *const *values)
{
    kd_targets_options options;
    kd_status status = kd_plan_read(kd_targets_settings, "targets.", values, &options, NULL);
    KD_CHECK(status == KD_OK, "plan: the schema allows targets that are none");
    return options.format == KD_TARGETS_F16 ? 2 : 4;
}
