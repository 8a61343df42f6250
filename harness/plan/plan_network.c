/* plan_network.c - whether a network can do what a cell asks of it, by what its kind says of itself:
 * that it has a head for the task, and layers or an embedding block that can be another network's. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"
#include "models/model.h"
#include "models/text/corpus.h"

/* Declaring the network with its head asks its kind; no weight is made. Sizes that a corpus settles
 * matter to no kind. */
kd_status kd_plan_check_head(const char *prefix, const char *const *values, kd_error *err)
{
    kd_arch       arch;
    kd_model_size size;
    kd_status     status = kd_plan_read_network(prefix, values, 2, 2, &arch, err);
    if (status != KD_OK) return status;
    status = kd_model_measure(&size, &arch, 1, err);
    if (status == KD_OK) return KD_OK;
    kd_error own = *err;
    return kd_fail(err, status, "%.480s (task %s)", own.text, kd_task_name(kd_plan_task(values)));
}

/* student.init_layers is read where layers are taken over, and fits both networks there. */
static kd_status check_layers(const kd_plan *plan, const char *const *values, bool takes_layers,
                              const kd_arch *student, const kd_arch *teacher, kd_error *err)
{
    const char *which = kd_plan_value(values, "student.init_layers");
    int         chosen[KD_LAYERS_MAX];
    kd_status   status = KD_OK;
    if (takes_layers)
        status = kd_init_layers(chosen, which, student->layers, teacher->layers, err);
    else if (strcmp(which, KD_INIT_LAYERS_SPREAD) != 0)
        status = kd_fail(err, KD_ECONFIG, "is read with student.init = " KD_INIT_TEACHER_LAYERS);
    if (status == KD_OK) return KD_OK;
    return kd_while(err, status, "%s", kd_study_place(plan->study, "student.init_layers"));
}

kd_status kd_plan_check_parts(const kd_plan *plan, const char *const *values, kd_error *err)
{
    static const char *const prefixes[] = { "student.", "teacher." };
    const char              *init = kd_plan_value(values, "student.init");
    bool                     takes_layers = strcmp(init, KD_INIT_TEACHER_LAYERS) == 0;
    kd_arch                  arch[2];
    kd_status                status = KD_OK;
    if (!kd_init_is_of_teacher(init)) return check_layers(plan, values, false, NULL, NULL, err);
    for (int i = 0; i < 2 && status == KD_OK; i++) {
        status = kd_plan_read(kd_arch_settings(), prefixes[i], values, &arch[i], err);
        if (status != KD_OK) return status;
        const kd_model_kind *kind = kd_arch_kind(&arch[i]);
        if (takes_layers ? kind->layer : kind->embeddings) continue;
        status = kd_fail(err, KD_ECONFIG, "%s: %s: %skind = %s has no %s that can be taken over",
                         kd_study_place(plan->study, "student.init"), init, prefixes[i], kind->name,
                         takes_layers ? "layers" : "block of embeddings");
    }
    return status == KD_OK ? check_layers(plan, values, takes_layers, &arch[0], &arch[1], err)
                           : status;
}
