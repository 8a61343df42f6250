/* params.c - declared first, allocated once, walked by index. */
#include "models/tensor/params.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/base/arena.h"
#include "harness/base/map.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define ALIGN_FLOATS 16 /* 64 bytes */

struct kd_params {
    kd_arena *arena;  /* names and parameters */
    kd_arena *blocks; /* the floats */
    kd_map   *names;
    KD_VEC(kd_param *) all;
    size_t   span; /* floats of a block */
    float   *block[4];
    bool     is_allocated;
    uint64_t version; /* of the values; never 0 */
};

kd_params *kd_params_create(void)
{
    kd_params *params = kd_alloc(1, sizeof *params);

    params->arena = kd_arena_create((size_t)64 << 10);
    params->blocks = kd_arena_create(0);
    params->names = kd_map_create();
    params->version = 1;
    return params;
}

void kd_params_destroy(kd_params *params)
{
    if (!params) return;
    for (size_t i = 0; i < params->all.count; i++)
        for (int p = 0; p < 3; p++) kd_packed_destroy(params->all.items[i]->packed[p]);
    kd_vec_fini(&params->all);
    kd_map_destroy(params->names);
    kd_arena_destroy(params->arena);
    kd_arena_destroy(params->blocks);
    free(params);
}

/* ---- declaring ---- */

static kd_status check_dimensions(const char *name, int rank, const int *dim, kd_error *err)
{
    size_t length = 1;

    KD_CHECK(rank >= 1 && rank <= KD_RANK_MAX, "%s: rank %d", name, rank);
    for (int i = 0; i < rank; i++) {
        if (dim[i] <= 0)
            return kd_fail(err, KD_ECONFIG, "%s: dimension %d must be positive", name, dim[i]);
        length *= (size_t)dim[i];
        if (length > (size_t)1 << 40) return kd_fail(err, KD_ECONFIG, "%s: too large", name);
    }
    return KD_OK;
}

/* What ops see: a row for rank 1, else the first dimension by all others. */
static kd_tensor make_leaf(kd_param *param)
{
    kd_tensor leaf = { .n = 1, .d = 1, .param = param };

    if (param->rank > 1) leaf.n = param->dim[0];
    for (int i = param->rank > 1; i < param->rank; i++) leaf.d *= param->dim[i];
    return leaf;
}

kd_status kd_params_add(kd_param **out, kd_params *params, const char *name, int rank,
                        const int *dim, bool is_matrix, kd_init init, kd_error *err)
{
    KD_CHECK(!params->is_allocated, "%s: weights are allocated already", name);
    kd_status status = check_dimensions(name, rank, dim, err);
    kd_param *param;

    if (status != KD_OK) return status;
    if (kd_map_get(params->names, name))
        return kd_fail(err, KD_ECONFIG, "%s: a weight of this name exists", name);
    param = kd_arena_zero(params->arena, 1, sizeof *param);
    param->name = kd_arena_strdup(params->arena, name);
    param->rank = rank;
    param->is_matrix = is_matrix;
    param->init = init;
    param->owner = params;
    param->index = (int)params->all.count;
    memcpy(param->dim, dim, (size_t)rank * sizeof *dim);
    param->value = make_leaf(param);
    param->length = kd_tensor_len(&param->value);
    param->offset = params->span;
    params->span += (param->length + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
    kd_map_put_pointer(params->names, name, param);
    kd_vec_push(&params->all, param);
    *out = param;
    return KD_OK;
}

void kd_params_allocate(kd_params *params, bool will_train)
{
    KD_CHECK(!params->is_allocated, "weights are allocated twice");
    params->is_allocated = true;
    for (int kind = KD_VALUES; kind <= (will_train ? KD_SECOND : KD_VALUES); kind++)
        params->block[kind] = kd_arena_zero(params->blocks, params->span, sizeof(float));
    for (size_t i = 0; i < params->all.count; i++) {
        kd_param *param = params->all.items[i];

        param->value.x = kd_param_block(params, param, KD_VALUES);
        param->value.g = kd_param_block(params, param, KD_GRADIENTS);
        param->value.has_grad = will_train;
        param->value.wants_grad = will_train && !param->is_frozen;
    }
}

/* ---- values ---- */

static void draw(kd_param *param, kd_rng stream)
{
    float *x = param->value.x;

    for (size_t i = 0; i < param->length; i++) switch (param->init.rule) {
        case KD_INIT_CONSTANT:
            x[i] = param->init.scale;
            break;
        case KD_INIT_UNIFORM:
            x[i] = (float)((2.0 * kd_rng_uniform(&stream) - 1.0) * param->init.scale);
            break;
        case KD_INIT_NORMAL:
            x[i] = (float)(kd_rng_normal(&stream) * param->init.scale);
            break;
        }
}

void kd_params_init(kd_params *params, const kd_rng *rng)
{
    KD_CHECK(params->is_allocated, "weights are drawn before they are allocated");
    for (size_t i = 0; i < params->all.count; i++)
        draw(params->all.items[i], kd_rng_split(rng, params->all.items[i]->name, 0));
    kd_params_touch(params);
}

void kd_params_touch(kd_params *params)
{
    params->version++;
}
uint64_t kd_params_version(const kd_params *params)
{
    return params->version;
}

void kd_params_clear_gradients(kd_params *params)
{
    KD_CHECK(params->block[KD_GRADIENTS], "these weights have no gradients");
    memset(params->block[KD_GRADIENTS], 0, params->span * sizeof(float));
}

kd_packed *kd_param_packed(const kd_tensor *weight, kd_precision precision)
{
    kd_param *param = weight->param;

    if (!param) return NULL;
    if (param->is_edge && precision == KD_INT8) precision = KD_BF16;
    if (param->is_sealed) {
        KD_CHECK(param->packed[precision], "%s: is not sealed for %s", param->name,
                 kd_precision_word(precision));
        return param->packed[precision];
    }
    if (!param->packed[precision])
        param->packed[precision] = kd_packed_create(weight->n, weight->d, precision);
    kd_packed_set(param->packed[precision], weight->x, param->owner->version);
    return param->packed[precision];
}

/* The whole pages of an array go back to the system. */
static void give_back(float *x, size_t length)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)x + page - 1) / page * page;
    uintptr_t end = (uintptr_t)(x + length) / page * page;

    if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

void kd_params_seal(kd_params *params, kd_precision precision)
{
    KD_CHECK(!params->block[KD_GRADIENTS], "weights that train are sealed");
    for (size_t i = 0; i < params->all.count; i++) {
        kd_param *param = params->all.items[i];

        if (!param->is_factor || param->is_sealed) continue;
        kd_packed_seal(kd_param_packed(&param->value, precision));
        give_back(param->value.x, param->length);
        param->value.x = NULL;
        param->is_sealed = true;
    }
}

/* ---- looking ---- */

int kd_params_count(const kd_params *params)
{
    return (int)params->all.count;
}
kd_param *kd_params_at(const kd_params *params, int index)
{
    return params->all.items[index];
}

kd_param *kd_params_find(const kd_params *params, const char *name)
{
    return kd_map_pointer(params->names, name);
}

size_t kd_params_total_of(const kd_params *params, const char *prefix)
{
    size_t total = 0;

    for (size_t i = 0; i < params->all.count; i++)
        if (kd_starts_with(params->all.items[i]->name, prefix))
            total += params->all.items[i]->length;
    return total;
}

size_t kd_params_total(const kd_params *params)
{
    return kd_params_total_of(params, "");
}

float *kd_params_block(const kd_params *params, kd_params_block_kind kind)
{
    return params->block[kind];
}

size_t kd_params_span(const kd_params *params)
{
    return params->span;
}

float *kd_param_block(const kd_params *params, const kd_param *param, kd_params_block_kind kind)
{
    return params->block[kind] ? params->block[kind] + param->offset : NULL;
}

/* ---- copying ---- */

static bool same_shape(const kd_param *a, const kd_param *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

static kd_status copy_one(kd_param *to, const kd_param *from, kd_error *err)
{
    if (!same_shape(to, from))
        return kd_fail(err, KD_ECONFIG, "%s is %d x %d, %s is %d x %d", to->name, to->value.n,
                       to->value.d, from->name, from->value.n, from->value.d);
    memcpy(to->value.x, from->value.x, to->length * sizeof(float));
    return KD_OK;
}

kd_status kd_params_copy(kd_params *to, const char *to_prefix, const kd_params *from,
                         const char *from_prefix, int *copied, kd_error *err)
{
    kd_str    name = KD_STR_INIT;
    kd_status status = KD_OK;

    *copied = 0;
    for (size_t i = 0; i < from->all.count && status == KD_OK; i++) {
        const kd_param *source = from->all.items[i];
        kd_param       *target;

        if (!kd_starts_with(source->name, from_prefix)) continue;
        kd_str_reset(&name);
        kd_str_addf(&name, "%s%s", to_prefix, source->name + strlen(from_prefix));
        target = kd_params_find(to, name.text);
        if (!target) continue;
        status = copy_one(target, source, err);
        if (status == KD_OK) (*copied)++;
    }
    kd_params_touch(to);
    kd_str_fini(&name);
    return status;
}
