/* gemm_onednn.c - products by oneDNN.
 *
 * f32 needs no more than dnnl_sgemm. bf16 and int8 go through matmul primitives; what must be
 * known about those of oneDNN 2.6:
 *
 *   - a strided A or C, or a count of rows left open, silently selects a reference loop, a
 *     thousand times slower: everything is dense, and the implementation's name is looked at
 *   - making a primitive takes 0.2 to 0.6 ms: they are kept, by shape, for ever
 *   - the packed layout of B does not depend on the rows of A: it is chosen once, for 64 rows
 */
#include <dnnl.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/gemm_internal.h"

#define CHECK_DNNL(call)                                                           \
    do {                                                                           \
        dnnl_status_t status_ = (call);                                            \
        KD_CHECK(status_ == dnnl_success, "oneDNN: status %d of " #call, status_); \
    } while (0)

enum { ISA_VNNI = 0x40, ISA_BF16 = 0x80, ISA_AVX2_VNNI = 0x400 }; /* bits of dnnl_cpu_isa_t */

/* Rows of one program; a sum over rows reads and writes all of C for each span, so there they are
 * longer. */
static const int spans[] = { 1024, 256, 64, 32 };
enum { SPANS = 4, ROW_SPANS = 1, SUM_SPANS = 0 };

/* ---- the library ---- */

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static void make_engine(void)
{
    CHECK_DNNL(dnnl_engine_create(&engine, dnnl_cpu, 0));
    CHECK_DNNL(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
}

static void open_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_engine);
}

const char *kd_onednn_words(void)
{
    static char           words[64];
    const dnnl_version_t *version = dnnl_version();

    snprintf(words, sizeof words, "oneDNN %d.%d.%d%s", version->major, version->minor,
             version->patch, kd_onednn_has_bf16_units() ? " with bf16 units" : "");
    return words;
}

void kd_onednn_set_threads(int threads)
{
    omp_set_num_threads(threads);
}

bool kd_onednn_has_bf16_units(void)
{
    return (dnnl_get_effective_cpu_isa() & ISA_BF16) != 0;
}

bool kd_onednn_has_int8_units(void)
{
    return (dnnl_get_effective_cpu_isa() & (ISA_VNNI | ISA_AVX2_VNNI)) != 0;
}

void kd_onednn_sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc)
{
    CHECK_DNNL(dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda,
                          b, ldb, beta, c, ldc));
}

/* ---- programs, kept by shape ---- */

typedef enum { BF16_PACKED, INT8_PACKED, BF16_REDUCE } product_kind;

typedef struct {
    int kind, m, n, k;
    int has_bias, accumulates;
} product_key;

typedef struct {
    product_key      key;
    dnnl_primitive_t primitive; /* NULL when there is no fast one */
    dnnl_memory_t    a, b, bias, c;
} product;

static _Thread_local product *products; /* open addressing; a power of 2 places */
static _Thread_local size_t   product_count, product_places;

static size_t place_of(const product *table, size_t places, const product_key *key)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < sizeof *key / sizeof(int); i++)
        hash = (hash ^ (uint64_t)((const int *)key)[i]) * 1099511628211u;
    size_t place = (hash ^ hash >> 29) & (places - 1);
    while (table[place].key.m && memcmp(&table[place].key, key, sizeof *key) != 0)
        place = (place + 1) & (places - 1);
    return place;
}

static void grow_products(void)
{
    size_t   places = product_places ? 2 * product_places : 256;
    product *table = kd_alloc(places, sizeof *table);

    for (size_t i = 0; i < product_places; i++)
        if (products[i].key.m) table[place_of(table, places, &products[i].key)] = products[i];
    free(products);
    products = table;
    product_places = places;
}

static dnnl_memory_desc_t dense(dnnl_data_type_t type, int rows, int columns, bool is_transposed)
{
    dnnl_memory_desc_t desc;
    dnnl_dims_t        dims = { rows, columns };

    CHECK_DNNL(
        dnnl_memory_desc_init_by_tag(&desc, 2, dims, type, is_transposed ? dnnl_ba : dnnl_ab));
    return desc;
}

static dnnl_memory_desc_t any_layout(dnnl_data_type_t type, int k, int n)
{
    dnnl_memory_desc_t desc;
    dnnl_dims_t        dims = { k, n };

    CHECK_DNNL(dnnl_memory_desc_init_by_tag(&desc, 2, dims, type, dnnl_format_tag_any));
    return desc;
}

/* A description of the product, or NULL when only a reference loop would do it. */
static dnnl_primitive_desc_t describe(const product_key *key, const dnnl_memory_desc_t *b)
{
    bool               is_int8 = key->kind == INT8_PACKED;
    dnnl_memory_desc_t a =
        dense(is_int8 ? dnnl_u8 : dnnl_bf16, key->m, key->k, key->kind == BF16_REDUCE);
    dnnl_memory_desc_t    c = dense(is_int8 ? dnnl_s32 : dnnl_f32, key->m, key->n, false);
    dnnl_memory_desc_t    bias = dense(dnnl_f32, 1, key->n, false);
    dnnl_matmul_desc_t    op;
    dnnl_post_ops_t       after;
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t desc = NULL;
    const char           *name = "";

    CHECK_DNNL(dnnl_matmul_desc_init(&op, &a, b, key->has_bias ? &bias : NULL, &c));
    CHECK_DNNL(dnnl_primitive_attr_create(&attributes));
    CHECK_DNNL(dnnl_post_ops_create(&after));
    if (key->accumulates) CHECK_DNNL(dnnl_post_ops_append_sum(after, 1.0f));
    CHECK_DNNL(dnnl_primitive_attr_set_post_ops(attributes, after));
    dnnl_primitive_desc_create(&desc, &op, attributes, engine, NULL);
    dnnl_post_ops_destroy(after);
    dnnl_primitive_attr_destroy(attributes);
    if (desc) dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
    if (!desc || strncmp(name, "ref", 3) != 0) return desc;
    dnnl_primitive_desc_destroy(desc);
    return NULL;
}

static dnnl_memory_t handle_of(dnnl_primitive_desc_t desc, dnnl_query_t what, int index)
{
    dnnl_memory_t memory;
    CHECK_DNNL(dnnl_memory_create(&memory, dnnl_primitive_desc_query_md(desc, what, index), engine,
                                  DNNL_MEMORY_NONE));
    return memory;
}

static void make_product(product *made, const product_key *key, const dnnl_memory_desc_t *b)
{
    dnnl_primitive_desc_t desc = describe(key, b);

    made->key = *key;
    if (!desc) return;
    CHECK_DNNL(dnnl_primitive_create(&made->primitive, desc));
    made->a = handle_of(desc, dnnl_query_src_md, 0);
    made->b = handle_of(desc, dnnl_query_weights_md, 0);
    made->c = handle_of(desc, dnnl_query_dst_md, 0);
    if (key->has_bias) made->bias = handle_of(desc, dnnl_query_weights_md, 1);
    dnnl_primitive_desc_destroy(desc);
}

static const product *find_product(const product_key *key, const dnnl_memory_desc_t *b)
{
    if (2 * product_count >= product_places) grow_products();
    product *found = &products[place_of(products, product_places, key)];
    if (!found->key.m) {
        make_product(found, key, b);
        product_count++;
    }
    return found;
}

static void run_product(const product *run, const void *a, const void *b, const float *bias,
                        void *c)
{
    dnnl_exec_arg_t args[4] = { { DNNL_ARG_SRC, run->a },
                                { DNNL_ARG_WEIGHTS, run->b },
                                { DNNL_ARG_DST, run->c },
                                { DNNL_ARG_BIAS, run->bias } };

    CHECK_DNNL(dnnl_memory_set_data_handle(run->a, (void *)a));
    CHECK_DNNL(dnnl_memory_set_data_handle(run->b, (void *)b));
    CHECK_DNNL(dnnl_memory_set_data_handle(run->c, c));
    if (bias) CHECK_DNNL(dnnl_memory_set_data_handle(run->bias, (void *)bias));
    CHECK_DNNL(dnnl_primitive_execute(run->primitive, stream, bias ? 4 : 3, args));
    CHECK_DNNL(dnnl_stream_wait(stream));
}

/* The next span of `left` rows, no longer than spans[longest]. */
static int next_span(int left, int longest)
{
    for (int i = longest; i < SPANS; i++)
        if (left >= spans[i]) return spans[i];
    return left;
}

/* ---- packed matrices ---- */

struct kd_blocked {
    kd_blocked_type    type;
    int                k, n;
    dnnl_memory_desc_t layout;
    void              *values;
    dnnl_primitive_t   reorder[2]; /* from (K,N), from (N,K); made when first used */
    dnnl_memory_t      from[2], to;
};

kd_blocked *kd_blocked_create(kd_blocked_type type, int k, int n)
{
    bool               is_int8 = type == KD_BLOCKED_INT8;
    product_key        key = { is_int8 ? INT8_PACKED : BF16_PACKED, 64, n, k, 0, 0 };
    dnnl_memory_desc_t any = any_layout(is_int8 ? dnnl_s8 : dnnl_bf16, k, n);

    open_library();
    dnnl_primitive_desc_t desc = describe(&key, &any);
    if (!desc) return NULL;
    kd_blocked *blocked = kd_alloc(1, sizeof *blocked);
    *blocked = (kd_blocked){ .type = type, .k = k, .n = n };
    blocked->layout = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    dnnl_primitive_desc_destroy(desc);
    size_t bytes = (dnnl_memory_desc_get_size(&blocked->layout) + 63) / 64 * 64;
    blocked->values = aligned_alloc(64, bytes);
    KD_CHECK(blocked->values, "no memory for %zu bytes of packed weights", bytes);
    CHECK_DNNL(dnnl_memory_create(&blocked->to, &blocked->layout, engine, blocked->values));
    return blocked;
}

void kd_blocked_destroy(kd_blocked *blocked)
{
    if (!blocked) return;
    for (int i = 0; i < 2; i++) {
        if (!blocked->reorder[i]) continue;
        dnnl_primitive_destroy(blocked->reorder[i]);
        dnnl_memory_destroy(blocked->from[i]);
    }
    dnnl_memory_destroy(blocked->to);
    free(blocked->values);
    free(blocked);
}

static void make_reorder(kd_blocked *blocked, bool is_transposed)
{
    dnnl_data_type_t      type = blocked->type == KD_BLOCKED_INT8 ? dnnl_s8 : dnnl_f32;
    dnnl_memory_desc_t    from = dense(type, blocked->k, blocked->n, is_transposed);
    dnnl_primitive_desc_t desc;

    CHECK_DNNL(
        dnnl_reorder_primitive_desc_create(&desc, &from, engine, &blocked->layout, engine, NULL));
    CHECK_DNNL(dnnl_primitive_create(&blocked->reorder[is_transposed], desc));
    CHECK_DNNL(dnnl_memory_create(&blocked->from[is_transposed], &from, engine, DNNL_MEMORY_NONE));
    dnnl_primitive_desc_destroy(desc);
}

void kd_blocked_set(kd_blocked *blocked, const void *w, bool is_transposed)
{
    if (!blocked->reorder[is_transposed]) make_reorder(blocked, is_transposed);
    dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, blocked->from[is_transposed] },
                               { DNNL_ARG_TO, blocked->to } };
    CHECK_DNNL(dnnl_memory_set_data_handle(blocked->from[is_transposed], (void *)w));
    CHECK_DNNL(dnnl_primitive_execute(blocked->reorder[is_transposed], stream, 2, args));
    CHECK_DNNL(dnnl_stream_wait(stream));
}

int kd_blocked_multiply(const kd_blocked *blocked, int m, const void *a, const float *bias,
                        bool accumulate, void *c)
{
    bool        is_int8 = blocked->type == KD_BLOCKED_INT8;
    size_t      a_row = (size_t)blocked->k * (is_int8 ? sizeof(uint8_t) : sizeof(uint16_t));
    size_t      c_row = (size_t)blocked->n * sizeof(float); /* int32_t is as wide */
    product_key key = {
        is_int8 ? INT8_PACKED : BF16_PACKED, 0, blocked->n, blocked->k, bias != NULL, accumulate
    };
    int done = 0;

    for (; done < m; done += key.m) {
        key.m = next_span(m - done, ROW_SPANS);
        const product *run = find_product(&key, &blocked->layout);
        if (!run->primitive) break;
        run_product(run, (const char *)a + (size_t)done * a_row, blocked->values, bias,
                    (char *)c + (size_t)done * c_row);
    }
    return done;
}

int kd_onednn_bf16_reduce(int m, int n, int k, const uint16_t *a, const uint16_t *b,
                          bool accumulate, float *c)
{
    product_key key = { BF16_REDUCE, m, n, 0, 0, 0 };
    int         done = 0;

    open_library();
    for (; done < k; done += key.k) {
        key.k = next_span(k - done, SUM_SPANS);
        key.accumulates = accumulate || done > 0;
        dnnl_memory_desc_t layout = dense(dnnl_bf16, key.k, n, false);
        const product     *run = find_product(&key, &layout);
        if (!run->primitive) break;
        run_product(run, a + (size_t)done * (size_t)m, b + (size_t)done * (size_t)n, NULL, c);
    }
    return done;
}
