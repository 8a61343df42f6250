/* graph.h - a network as an ONNX graph: what its layers write of themselves.
 *
 *     input_ids (batch, length) --\
 *                                  > layers --> logits (batch, length, K) or (batch, K)
 *     attention_mask (the same) --/
 *     token_type_ids (the same): 0, and 1 from the second text on; of networks for two texts that have such embeddings
 *
 * Here rows are padded, as other runtimes have them: a mask of 1 where a piece stands, 0 behind the
 * last. Where a layer looks beyond a piece it takes the mask, so what is said of a piece is what the
 * packed rows say. Each layer's _graph stands beside its _apply, and takes and gives wires; a state is
 * (batch, length, features). Constants are the weights under their own names, those of products
 * turned over: "<name>.T" (I,O).
 *
 * Behind the logits of tags a CRF may stand, which has to know where words begin and finds the best path:
 *
 *     logits, word_starts (batch, length) --> tags (batch, length), -1 where no word begins
 *
 * Where a graph is int8, products with a weight are
 *
 *     q, s, z = DynamicQuantizeLinear(x)        y = s t (q - z) W8        t_o = max_i |W_oi| / 63
 *
 * with a step t for each of a product's outputs. Weights have 7 bits and not 8: processors without
 * VNNI add two products of 8 bits in 16, which the eighth bit can overflow (ONNX Runtime calls it
 * reduce_range). Weights at an edge stay float, as they stay bf16 in ours.
 */
#ifndef KD_MODELS_GRAPH_H
#define KD_MODELS_GRAPH_H

#include "models/onnx/onnx.h"
#include "models/tensor/op.h"

typedef struct {
    kd_onnx *onnx;
    bool     is_int8;
    bool     has_two_texts; /* a third input says which of two texts a piece is of */
    kd_wire  ids;           /* (batch, length) int64 */
    kd_wire  mask;          /* (batch, length) int64 */
    /* made when first asked for */
    kd_wire  length, batch, present, shade, counts, segments;
    /* what was rounded last, for products that share it */
    kd_wire  of, quantised, step, zero;
} kd_graph;

/* Begin with the two inputs; `g` is the caller's, and its kd_onnx too. */
void kd_graph_begin(kd_graph *g, const char *name, bool is_int8);

/* Sizes and the mask in the forms that layers want. */
kd_wire kd_graph_length(kd_graph *g);  /* (1) int64: the padded length */
kd_wire kd_graph_present(kd_graph *g); /* (batch, length, 1) float: the mask */
kd_wire kd_graph_shade(kd_graph *g);   /* (batch, 1, 1, length) float: 0, or -1e9 at padding */
kd_wire kd_graph_counts(kd_graph *g);  /* (batch) int32: pieces of each sentence */
kd_wire kd_graph_batch(kd_graph *g);   /* (1) int64: sentences */
kd_wire kd_graph_cast(kd_graph *g, kd_wire x, kd_onnx_type type);

/* Which text each piece is of, (batch, length) int64; NULL where all are of the first. */
kd_wire kd_graph_segments(kd_graph *g);

/* A weight as it is, in the shape that it was declared with. */
kd_wire kd_graph_weight(kd_graph *g, const kd_tensor *weight);

/* x W^T of W (O,I); + a vector; f(x). */
kd_wire kd_graph_product(kd_graph *g, kd_wire x, const kd_tensor *weight);
kd_wire kd_graph_add(kd_graph *g, kd_wire x, const kd_tensor *bias);
kd_wire kd_graph_activate(kd_graph *g, kd_wire x, kd_activation f);

/* A Scan, as onnx.h has it, whose body may have products. */
void kd_graph_scan_begin(kd_graph *g);
void kd_graph_scan_end(kd_graph *g, kd_wire *out);

/* The state of each sentence's first piece: (batch, features). */
kd_wire kd_graph_first(kd_graph *g, kd_wire x);

/* x reshaped; 0 keeps a size, -1 is what is left. */
#define kd_graph_reshape(g, x, ...) \
    kd_onnx_node((g)->onnx, "Reshape", x, kd_onnx_ints_of((g)->onnx, __VA_ARGS__))
/* x with its axes in this order. */
kd_wire kd_graph_transpose(kd_graph *g, kd_wire x, int rank, const int64_t *order);
#define kd_graph_transpose_of(g, x, ...)                                                  \
    kd_graph_transpose(g, x, (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
                       (const int64_t[]){ __VA_ARGS__ })
/* x from `begin` to before `end` along an axis; wires of (1) int64. */
kd_wire kd_graph_slice(kd_graph *g, kd_wire x, int axis, kd_wire begin, kd_wire end);

/* Softmax attention inside each sentence, A heads side by side: (batch, length, width). */
kd_wire kd_graph_attend(kd_graph *g, kd_wire q, kd_wire k, kd_wire v, int heads, int width);

#endif
