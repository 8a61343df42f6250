/* attention.c - self-attention, its output product, residual and norm. */
#include "models/attention.h"

static kd_linear declare_part(kd_declare *declare, const char *prefix, const char *part, int width)
{
    char name[KD_NAME_SIZE];
    return kd_linear_declare(declare, kd_name_join(name, prefix, part), width, width);
}

kd_attention kd_attention_declare(kd_declare *declare, const char *prefix,
                                  const kd_attention_names *names, const kd_arch *arch)
{
    char         name[KD_NAME_SIZE];
    int          width = arch->hidden;
    kd_attention a = { .heads = arch->encoder.heads,
                       .dropout = arch->dropout,
                       .map_dropout = arch->encoder.attention_dropout };

    a.query = declare_part(declare, prefix, names->query, width);
    a.key = declare_part(declare, prefix, names->key, width);
    a.value = declare_part(declare, prefix, names->value, width);
    a.output = declare_part(declare, prefix, names->output, width);
    a.norm =
        kd_norm_declare(declare, kd_name_join(name, prefix, names->norm), width, arch->norm_eps);
    return a;
}

kd_tensor *kd_attention_apply(const kd_attention *a, kd_tape *tape, kd_tensor *x,
                              const kd_rows *rows, kd_attention_wants wants,
                              kd_attention_outputs *maps)
{
    kd_tensor *q = kd_linear_apply(&a->query, tape, x, KD_IDENTITY);
    kd_tensor *k = kd_linear_apply(&a->key, tape, x, KD_IDENTITY);
    kd_tensor *v = kd_linear_apply(&a->value, tape, x, KD_IDENTITY);

    *maps = a->skips_first
                ? kd_op_attention_but_first(tape, q, k, v, rows, a->heads, a->map_dropout, wants)
                : kd_op_attention(tape, q, k, v, rows, a->heads, a->map_dropout, wants);
    kd_tensor *y = kd_linear_apply(&a->output, tape, maps->context, KD_IDENTITY);
    return kd_norm_apply(&a->norm, tape, kd_op_dropout(tape, y, a->dropout), x);
}

kd_wire kd_attention_graph(const kd_attention *a, kd_graph *g, kd_wire x)
{
    kd_wire q = kd_linear_graph(&a->query, g, x, KD_IDENTITY);
    kd_wire k = kd_linear_graph(&a->key, g, x, KD_IDENTITY);
    kd_wire v = kd_linear_graph(&a->value, g, x, KD_IDENTITY);
    kd_wire y = kd_graph_attend(g, q, k, v, a->heads, a->query.weight->n);

    return kd_norm_graph(&a->norm, g, kd_linear_graph(&a->output, g, y, KD_IDENTITY), x);
}
