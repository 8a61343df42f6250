/* plan_sizes.c - how large a cell's network is, before anything is made, or can be. */
#include <stdlib.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

/* A plan that lacks files opens no other studies. */
static kd_status values_of(kd_plan *plan, size_t cell, const char **values, kd_error *err)
{
    if (plan->cell_nodes) return kd_plan_cell(plan, cell, values, err);
    kd_grid_cell(plan->grid, cell, values);
    return KD_OK;
}

/* A vocabulary that is to be built is as large as it is asked to be; one that is not there, as the file says. */
static bool knows_vocabulary(const kd_plan *plan, const char *const *values)
{
    const char *vocab = kd_plan_value(values, "data.vocab");
    bool        may_be_others = kd_option_is_study(kd_plan_value(values, "student.init")) ||
                         kd_option_is_study(kd_plan_value(values, "finetune.init")) ||
                         kd_option_is_study(kd_plan_value(values, "teacher.init"));
    if (!kd_option_is_path(vocab)) return plan->cell_nodes || !may_be_others;
    char *found = kd_study_find_file(plan->study, vocab);
    bool  is_there = found != NULL;
    free(found);
    return is_there || kd_study_origin(plan->study, kd_schema_find("data.vocab_size"));
}

/* Projections of a method that compares layers. */
static double count_beside(const char *const *values)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_arch            student, teacher;
    kd_error           err;
    double             count = 0;
    if (kd_plan_read_method(values, &method, &options, &err) != KD_OK ||
        kd_plan_read(kd_arch_settings(), "student.", values, &student, &err) != KD_OK ||
        kd_plan_read(kd_arch_settings(), "teacher.", values, &teacher, &err) != KD_OK ||
        !(kd_method_needs(method, &options, kd_plan_task(values)) & KD_NEEDS_NETWORK))
        return 0;
    kd_params *params = kd_params_create();
    if (kd_method_declare(method, params, &options, &student, &teacher, &err) == KD_OK)
        count = (double)kd_params_total(params);
    kd_params_destroy(params);
    return count;
}

bool kd_plan_parameters_of(kd_plan *plan, size_t cell, double *network, double *beside)
{
    const char  **values = kd_alloc(plan->rows, sizeof *values);
    kd_plan_model model = { 0 };
    kd_error      err;
    bool          is_known = values_of(plan, cell, values, &err) == KD_OK &&
                    knows_vocabulary(plan, values) &&
                    kd_plan_measure_model(plan, "student.", values, &model, &err) == KD_OK;
    *network = model.parameters;
    *beside = is_known ? count_beside(values) : 0;
    free(values);
    return is_known;
}
