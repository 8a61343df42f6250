/* encoder.h - what transformer encoders have in common: settings, as a table for their kinds, and
 * BERT's layers, one above the other.
 *
 *     x -> [ attention block -> feed-forward block ] x layers -> last
 *
 * Post-norm, as published: y = LayerNorm(x + dropout(block(x))). Names are BERT's, with the layer's
 * number; or one layer stands for all of them, under names that its family has.
 */
#ifndef KD_MODELS_ENCODER_H
#define KD_MODELS_ENCODER_H

#include "models/attention.h"
#include "models/model.h"

extern const kd_setting kd_encoder_settings[];

/* KD_ECONFIG when widths and heads do not fit together. */
kd_status kd_encoder_check(const kd_arch *arch, kd_error *err);

/* KD_ECONFIG when the head reads a pooler that is not there. */
kd_status kd_encoder_check_pooler(const kd_arch *arch, kd_error *err);

typedef struct {
    kd_attention attention;
    kd_linear    inner, outer; /* H -> F -> H */
    kd_norm      norm;
} kd_encoder_layer;

typedef struct {
    int               layers;
    kd_encoder_layer *layer; /* (layers), owned */
    kd_activation     f;
    double            dropout;
} kd_encoder;

/* What a family calls the parts of a layer, behind a prefix. */
typedef struct {
    kd_attention_names attention;
    const char        *inner, *outer, *norm;
} kd_encoder_names;

/* "<prefix>.<l>.attention.self.query|key|value.*", ".attention.output.dense|LayerNorm.*",
 * ".intermediate.dense.*", ".output.dense|LayerNorm.*". Fails through `declare`; kd_encoder_fini all
 * the same. */
kd_encoder kd_encoder_declare(kd_declare *declare, const char *prefix, const kd_arch *arch);

/* One layer's weights, "<prefix>.<a name>.*", for all layers. */
kd_encoder kd_encoder_declare_shared(kd_declare *declare, const char *prefix,
                                     const kd_encoder_names *names, const kd_arch *arch);
void       kd_encoder_fini(kd_encoder *encoder);

/* One layer of a stack, and the maps that `wants` asks for. */
typedef kd_tensor *kd_layer_apply(const void *stack, int layer, kd_tape *tape, kd_tensor *x,
                                  const kd_rows *rows, kd_attention_wants wants,
                                  kd_attention_outputs *maps);

/* Any stack of layers, from x to the last one's output: fills all of `out` but the logits. Where
 * nobody asks for what is inside, the layers share memory. */
void kd_stack_apply(const void *stack, int layers, kd_layer_apply *apply, kd_tape *tape,
                    kd_tensor *x, const kd_rows *rows, const kd_wants *wants, kd_outputs *out);

/* From the embedding block's output x to the last layer's: fills all of `out` but the logits. */
void kd_encoder_apply(const kd_encoder *encoder, kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                      const kd_wants *wants, kd_outputs *out);
kd_wire kd_encoder_graph(const kd_encoder *encoder, kd_graph *g, kd_wire x);

/* What the layers do for a token in a sentence of this length. */
void kd_encoder_effort(const kd_arch *arch, int length, kd_effort *effort);

#endif
