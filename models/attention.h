/* attention.h - BERT's attention block: LayerNorm(x + dropout(W heads(x))). */
#ifndef KD_MODELS_ATTENTION_H
#define KD_MODELS_ATTENTION_H

#include "models/linear.h"
#include "models/model.h"
#include "models/norm.h"

typedef struct {
    kd_linear query, key, value, output;
    kd_norm   norm;
    int       heads;
    double    dropout, map_dropout;
    bool      skips_first; /* nobody looks at the first piece of a sentence; false once declared */
} kd_attention;

/* What its family calls its parts, behind a prefix: "attention.self.query". */
typedef struct {
    const char *query, *key, *value, *output, *norm;
} kd_attention_names;

kd_attention kd_attention_declare(kd_declare *declare, const char *prefix,
                                  const kd_attention_names *names, const kd_arch *arch);

/* `maps` receives the context of the heads and the maps that `wants` asks for. */
kd_tensor *kd_attention_apply(const kd_attention *attention, kd_tape *tape, kd_tensor *x,
                              const kd_rows *rows, kd_attention_wants wants,
                              kd_attention_outputs *maps);
kd_wire    kd_attention_graph(const kd_attention *attention, kd_graph *g, kd_wire x);

#endif
