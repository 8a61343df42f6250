/* layer.c - names are put together here and nowhere else. */
#include "models/layer.h"

#include <math.h>
#include <stdio.h>

kd_init_style kd_init_bert(double range)
{
    kd_init normal = { KD_INIT_NORMAL, (float)range };
    return (kd_init_style){ .embedding = normal, .linear = normal };
}

const kd_init_style kd_init_torch = { .embedding = { KD_INIT_NORMAL, 1.0f }, .by_fan_in = true };

kd_init kd_init_fan(int n)
{
    return (kd_init){ KD_INIT_UNIFORM, (float)(1.0 / sqrt(n)) };
}

const char *kd_name_join(char out[KD_NAME_SIZE], const char *prefix, const char *name)
{
    snprintf(out, KD_NAME_SIZE, "%s.%s", prefix, name);
    return out;
}

const char *kd_name_index(char out[KD_NAME_SIZE], const char *prefix, int index)
{
    snprintf(out, KD_NAME_SIZE, "%s.%d", prefix, index);
    return out;
}

kd_tensor *kd_declare_weight(kd_declare *declare, const char *prefix, const char *name, int rank,
                             const int *dim, kd_init init)
{
    char      full[KD_NAME_SIZE];
    kd_param *param = NULL;

    if (declare->status != KD_OK) return NULL;
    declare->status = kd_params_add(&param, declare->params, kd_name_join(full, prefix, name), rank,
                                    dim, rank > 1, init, declare->err);
    return param ? &param->value : NULL;
}

kd_tensor *kd_declare_vector(kd_declare *declare, const char *prefix, const char *name, int length,
                             kd_init init)
{
    return kd_declare_weight(declare, prefix, name, 1, &length, init);
}

kd_tensor *kd_declare_matrix(kd_declare *declare, const char *prefix, const char *name, int rows,
                             int columns, kd_init init)
{
    return kd_declare_weight(declare, prefix, name, 2, (int[]){ rows, columns }, init);
}

void kd_declare_factor(kd_tensor *weight)
{
    if (weight) weight->param->is_factor = true;
}

void kd_declare_edge(kd_tensor *weight)
{
    if (weight) weight->param->is_edge = true;
}
