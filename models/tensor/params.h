/* params.h - all weights of a network in one block, by name.
 *
 *     values     | word embedding ....... | query.weight . | query.bias | ... |
 *     gradients  | same places                                               |
 *     moments    | same places, twice                                        |
 *
 * Parameters are declared first (kd_params_add), which costs no memory for weights, so a
 * large network can be counted at once. kd_params_allocate then makes the blocks; the
 * optimizer is one loop over them and a checkpoint one walk over names. Each parameter begins
 * at a multiple of 64 bytes; the few floats between two parameters are 0 in every block and stay 0.
 */
#ifndef KD_TENSOR_PARAMS_H
#define KD_TENSOR_PARAMS_H

#include "harness/base/rng.h"
#include "harness/base/status.h"
#include "models/tensor/gemm.h"
#include "models/tensor/tensor.h"

/* How a fresh weight is drawn. */
typedef struct {
    enum { KD_INIT_CONSTANT, KD_INIT_UNIFORM, KD_INIT_NORMAL } rule;
    float scale; /* the constant; the bound of [-a, a); the standard deviation */
} kd_init;

#define KD_RANK_MAX 3

typedef struct kd_params kd_params;

/* Open for reading. */
struct kd_param {
    kd_tensor   value; /* the leaf that ops take: rank 1 is (1,D), rank 3 (d0, d1*d2) */
    const char *name;  /* "bert.encoder.layer.0.output.dense.weight" */
    int         rank;  /* 1, 2 or 3, as published checkpoints have it */
    int         dim[KD_RANK_MAX];
    int         index;     /* in order of creation */
    size_t      offset;    /* of its first float in every block */
    size_t      length;    /* floats, without what follows for alignment */
    bool        is_matrix; /* decays when only matrices decay: not a bias, not a norm */
    bool        is_frozen; /* no gradient, no update; set before kd_params_allocate */
    bool    is_factor; /* only products read it, so kd_params_seal may keep its packed form alone */
    bool    is_edge;   /* where products are int8, its own is bf16; set before the first product */
    bool    is_sealed; /* its own floats are gone */
    kd_init init;
    kd_params       *owner;
    kd_packed       *packed[3]; /* private: see kd_param_packed */
    const kd_tensor *first_op;  /* private: see kd_tape_walk_back */
};

kd_params *kd_params_create(void);

/* Declare a weight; `out` lives as long as params. KD_ECONFIG when the name is taken or a
 * dimension is not positive. Not after kd_params_allocate. */
kd_status kd_params_add(kd_param **out, kd_params *params, const char *name, int rank,
                        const int *dim, bool is_matrix, kd_init init, kd_error *err);

/* Make the blocks: values always (zero), gradients and moments (zero) when it will train. */
void kd_params_allocate(kd_params *params, bool will_train);

/* Draw every weight anew, each from the stream split by its own name, so that a weight does
 * not depend on which others exist. */
void kd_params_init(kd_params *params, const kd_rng *rng);

/* Walk in order of creation; find by name (NULL when absent). */
int       kd_params_count(const kd_params *params);
kd_param *kd_params_at(const kd_params *params, int index);
kd_param *kd_params_find(const kd_params *params, const char *name);

/* Numbers of weights, without alignment; of those whose name begins with `prefix`. */
size_t kd_params_total(const kd_params *params);
size_t kd_params_total_of(const kd_params *params, const char *prefix);

typedef enum { KD_VALUES, KD_GRADIENTS, KD_FIRST, KD_SECOND } kd_params_block_kind;

/* A whole block, kd_params_span floats long, and the part of one parameter. NULL when that
 * block was not allocated. */
float *kd_params_block(const kd_params *params, kd_params_block_kind kind);
size_t kd_params_span(const kd_params *params);
float *kd_param_block(const kd_params *params, const kd_param *param, kd_params_block_kind kind);

void kd_params_clear_gradients(kd_params *params);

/* Say that values changed (after an update, an import, a copy): packed copies are remade when
 * next used. kd_params_version counts these. */
void     kd_params_touch(kd_params *params);
uint64_t kd_params_version(const kd_params *params);

/* The copy of a weight that products of this precision read, up to date with its values; NULL
 * for a tensor that is no parameter. */
kd_packed *kd_param_packed(const kd_tensor *weight, kd_precision precision);

/* For inference that stays: pack every factor for products of this precision, one after another,
 * and give its floats back to the system, so that a large network is in memory once. From here
 * on a factor has no values (value.x is NULL) and products of no other precision. Not for weights
 * that train. */
void kd_params_seal(kd_params *params, kd_precision precision);

/* Copy the values of every parameter of `from` whose name, with `from_prefix` replaced by
 * `to_prefix`, exists in `to`. KD_ECONFIG when shapes differ. `copied` counts them. */
kd_status kd_params_copy(kd_params *to, const char *to_prefix, const kd_params *from,
                         const char *from_prefix, int *copied, kd_error *err);

/* Free everything. NULL is fine. */
void kd_params_destroy(kd_params *params);

#endif
