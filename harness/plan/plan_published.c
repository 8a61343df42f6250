/* plan_published.c - whether a network agrees with the published folder that it begins with. What nobody said is the folder's
 * own (init_folder.h), so here is what somebody said. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/init_folder.h"
#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

/* The path that a setting names, if it is read and one of files; NULL else. */
static const char *path_at(const kd_init_place *place, const char *const *values)
{
    const char *name = kd_plan_value(values, place->init);
    if (!kd_option_is_path(name) || kd_option_is_study(name)) return NULL;
    if (!place->is_before) return name;
    return strcmp(kd_plan_value(values, "student.init"), KD_INIT_FINE_TUNED) ? NULL : name;
}

/* What is no folder says nothing here: the plan tells what is not there, and an object is read by its cell. */
static kd_status look_at(kd_plan *plan, const char *name, kd_plan_published *out, kd_error *err)
{
    for (size_t i = 0; i < plan->published.count; i++)
        if (!strcmp(plan->published.items[i].name, name)) {
            *out = plan->published.items[i];
            return KD_OK;
        }
    char     *path = kd_study_find_file(plan->study, name);
    kd_status status = KD_OK;
    *out = (kd_plan_published){ .name = kd_arena_strdup(plan->arena, name) };
    if (path && kd_fs_is_folder(path))
        status = kd_init_folder_read(&out->arch, &out->is_known, path, err);
    if (status == KD_OK) kd_vec_push(&plan->published, *out);
    free(path);
    return status;
}

static kd_status check_row(kd_plan *plan, const kd_init_place *place, const kd_setting *row,
                           const kd_arch *here, const kd_plan_published *there, kd_error *err)
{
    kd_str    ours = KD_STR_INIT, theirs = KD_STR_INIT;
    char     *key = kd_sprintf("%s%s", place->arch, row->key);
    kd_status status = KD_OK;
    kd_setting_print(row, here, &ours);
    kd_setting_print(row, &there->arch, &theirs);
    if (strcmp(ours.text, theirs.text) != 0)
        status = kd_fail(err, KD_ECONFIG, "%s: %s, and %s = %s has %s = %s; did you mean %s?",
                         kd_study_place(plan->study, key), ours.text, place->init, there->name,
                         row->key, theirs.text, theirs.text);
    free(key);
    kd_str_fini(&ours);
    kd_str_fini(&theirs);
    return status;
}

/* Its kind first, on which the meaning of all others depends. */
static kd_status check_place(kd_plan *plan, const kd_init_place *place, const char *const *values,
                             kd_error *err)
{
    const kd_setting *rows = kd_arch_settings();
    const char       *name = path_at(place, values);
    kd_plan_published there = { .is_known = false };
    kd_arch           here;
    kd_status         status = name ? look_at(plan, name, &there, err) : KD_OK;
    if (status != KD_OK)
        return kd_while(err, status, "%s", kd_study_place(plan->study, place->init));
    if (!there.is_known) return KD_OK;
    status = kd_plan_read(rows, place->arch, values, &here, err);
    if (status == KD_OK)
        status = check_row(plan, place, kd_setting_find(rows, "kind"), &here, &there, err);
    for (const kd_setting *row = rows; row->key && status == KD_OK; row++)
        if (kd_init_folder_settles(&there.arch, row->key))
            status = check_row(plan, place, row, &here, &there, err);
    return status;
}

kd_status kd_plan_check_published(kd_plan *plan, const char *prefix, const char *const *values,
                                  kd_error *err)
{
    kd_status status = KD_OK;
    for (const kd_init_place *place = kd_init_places; place->init && status == KD_OK; place++)
        if (!strcmp(place->arch, prefix)) status = check_place(plan, place, values, err);
    return status;
}
