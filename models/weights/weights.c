/* weights.c - a set of tensors, and their numbers as f32. */
#include "models/weights/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/weights/weights_internal.h"

/* ---- types ---- */

static const struct {
    const char *word, *storage;
    size_t      size;
} types[KD_DTYPE_COUNT] = {
#define X(name, word, storage, bytes) { word, storage, bytes },
    KD_DTYPES(X)
#undef X
};

const char *kd_dtype_word(kd_dtype type)
{
    return types[type].word;
}

const char *kd_dtype_storage(kd_dtype type)
{
    return types[type].storage;
}

size_t kd_dtype_size(kd_dtype type)
{
    return types[type].size;
}

/* ---- the set ---- */

kd_status kd_weights_add(kd_weights *weights, const kd_weight *weight, const char *path,
                         kd_error *err)
{
    kd_weight own = *weight;
    if (!*weight->name) return kd_fail(err, KD_EDATA, "%s: a tensor without a name", path);
    if (kd_map_get(weights->index, weight->name))
        return kd_fail(err, KD_EDATA, "%s: %s: a tensor of this name is there already", path,
                       weight->name);
    own.name = kd_arena_strdup(weights->arena, weight->name);
    kd_map_put_number(weights->index, own.name, (int64_t)weights->items.count);
    kd_vec_push(&weights->items, own);
    return KD_OK;
}

bool kd_weight_measure(const kd_weight *weight, size_t *bytes)
{
    *bytes = types[weight->type].size;
    for (int i = 0; i < weight->rank; i++)
        if (weight->dim[i] < 0 || __builtin_mul_overflow(*bytes, (size_t)weight->dim[i], bytes))
            return false;
    return true;
}

kd_weights *kd_weights_create(void)
{
    kd_weights *weights = kd_alloc(1, sizeof *weights);
    weights->arena = kd_arena_create(0);
    weights->index = kd_map_create();
    return weights;
}

size_t kd_weights_count(const kd_weights *weights)
{
    return weights->items.count;
}

const kd_weight *kd_weights_at(const kd_weights *weights, size_t index)
{
    return &weights->items.items[index];
}

const kd_weight *kd_weights_find(const kd_weights *weights, const char *name)
{
    const kd_map_value *place = kd_map_get(weights->index, name);
    return place ? &weights->items.items[place->number] : NULL;
}

void kd_weights_close(kd_weights *weights)
{
    if (!weights) return;
    for (size_t i = 0; i < weights->views.count; i++) kd_fs_unmap(&weights->views.items[i]);
    kd_vec_fini(&weights->views);
    kd_vec_fini(&weights->items);
    kd_map_destroy(weights->index);
    kd_arena_destroy(weights->arena);
    free(weights);
}

/* Only of mapped files: their pages come again when somebody reads them. */
void kd_weights_unload(const kd_weights *weights, const kd_weight *weight)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)weight->bytes / page * page;
    uintptr_t end = (uintptr_t)weight->bytes + weight->length;

    for (size_t i = 0; i < weights->views.count; i++) {
        const kd_fs_view *view = &weights->views.items[i];
        if (weight->length && weight->bytes >= view->bytes &&
            weight->bytes < view->bytes + view->length)
            madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
}

/* ---- numbers ---- */

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
static float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 31) return float_of_bits(sign | 0x7F800000 | fraction << 13);
    if (exponent) return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float tiny = ldexpf((float)fraction, -24);
    return sign ? -tiny : tiny;
}

static bool is_floating(kd_dtype type)
{
    return type == KD_DTYPE_F32 || type == KD_DTYPE_F16 || type == KD_DTYPE_BF16 ||
           type == KD_DTYPE_F64;
}

static void decode_f64(const char *bytes, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        double x;
        memcpy(&x, bytes + 8 * i, sizeof x);
        out[i] = (float)x;
    }
}

static void decode_16(const char *bytes, size_t count, bool is_bf16, float *out)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t bits;
        memcpy(&bits, bytes + 2 * i, sizeof bits);
        out[i] = is_bf16 ? float_of_bits((uint32_t)bits << 16) : float_of_half(bits);
    }
}

/* Part of a weight of a floating-point type. */
static kd_status decode_part(const kd_weight *weight, size_t begin, size_t count, float *out,
                             kd_error *err)
{
    const char *bytes = weight->bytes + begin * kd_dtype_size(weight->type);
    if (weight->type == KD_DTYPE_F32)
        memcpy(out, bytes, count * sizeof *out);
    else if (weight->type == KD_DTYPE_F64)
        decode_f64(bytes, count, out);
    else
        decode_16(bytes, count, weight->type == KD_DTYPE_BF16, out);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(out[i]))
            return kd_fail(err, KD_EDATA, "%s: number %zu is %g", weight->name, begin + i,
                           (double)out[i]);
    return KD_OK;
}

kd_status kd_weight_decode(const kd_weight *weight, float *out, kd_error *err)
{
    size_t count = weight->length / kd_dtype_size(weight->type);
    if (!is_floating(weight->type))
        return kd_fail(err, KD_EDATA, "%s: holds %s, weights are F32, F16, BF16 or F64",
                       weight->name, kd_dtype_word(weight->type));
    return count ? decode_part(weight, 0, count, out, err) : KD_OK;
}

kd_status kd_weight_check(const kd_weight *weight, kd_error *err)
{
    enum { PART = 4096 };
    float     part[PART];
    size_t    count = weight->length / kd_dtype_size(weight->type);
    kd_status status = KD_OK;
    if (!is_floating(weight->type)) return KD_OK;
    for (size_t i = 0; i < count && status == KD_OK; i += PART)
        status = decode_part(weight, i, count - i < PART ? count - i : PART, part, err);
    return status;
}

void kd_weight_shape(const kd_weight *weight, kd_str *out)
{
    kd_str_add_char(out, '[');
    for (int i = 0; i < weight->rank; i++)
        kd_str_addf(out, "%s%lld", i ? ", " : "", (long long)weight->dim[i]);
    kd_str_add_char(out, ']');
}
