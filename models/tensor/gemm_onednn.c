/* gemm_onednn.c - products by oneDNN.
 *
 * f32 needs no more than dnnl_sgemm. int8 goes through matmul primitives; what must be known
 * about those of oneDNN 2.6:
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

enum { ISA_VNNI = 0x40, ISA_AVX2_VNNI = 0x400 }; /* bits of dnnl_cpu_isa_t */

static const int spans[] = { 256, 64, 32 }; /* rows of one program */
enum { SPANS = 3 };

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

    snprintf(words, sizeof words, "oneDNN %d.%d.%d", version->major, version->minor,
             version->patch);
    return words;
}

void kd_onednn_set_threads(int threads)
{
    omp_set_num_threads(threads);
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

typedef struct {
    int m, n, k;
} product_key;

typedef struct {
    product_key      key;
    dnnl_primitive_t primitive; /* NULL when there is no fast one */
    dnnl_memory_t    a, b, c;
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

static dnnl_memory_desc_t any_layout(int k, int n)
{
    dnnl_memory_desc_t desc;
    dnnl_dims_t        dims = { k, n };

    CHECK_DNNL(dnnl_memory_desc_init_by_tag(&desc, 2, dims, dnnl_s8, dnnl_format_tag_any));
    return desc;
}

/* A description of the product, or NULL when only a reference loop would do it. */
static dnnl_primitive_desc_t describe(const product_key *key, const dnnl_memory_desc_t *b)
{
    dnnl_memory_desc_t    a = dense(dnnl_u8, key->m, key->k, false);
    dnnl_memory_desc_t    c = dense(dnnl_s32, key->m, key->n, false);
    dnnl_matmul_desc_t    op;
    dnnl_primitive_desc_t desc = NULL;
    const char           *name = "";

    CHECK_DNNL(dnnl_matmul_desc_init(&op, &a, b, NULL, &c));
    dnnl_primitive_desc_create(&desc, &op, NULL, engine, NULL);
    if (desc) dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
    if (!desc || strncmp(name, "ref", 3) != 0) return desc;
    dnnl_primitive_desc_destroy(desc);
    return NULL;
}

static dnnl_memory_t handle_of(dnnl_primitive_desc_t desc, dnnl_query_t what)
{
    dnnl_memory_t memory;
    CHECK_DNNL(dnnl_memory_create(&memory, dnnl_primitive_desc_query_md(desc, what, 0), engine,
                                  DNNL_MEMORY_NONE));
    return memory;
}

static void make_product(product *made, const product_key *key, const dnnl_memory_desc_t *b)
{
    dnnl_primitive_desc_t desc = describe(key, b);

    made->key = *key;
    if (!desc) return;
    CHECK_DNNL(dnnl_primitive_create(&made->primitive, desc));
    made->a = handle_of(desc, dnnl_query_src_md);
    made->b = handle_of(desc, dnnl_query_weights_md);
    made->c = handle_of(desc, dnnl_query_dst_md);
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

static void run_product(const product *run, const void *a, const void *b, void *c)
{
    dnnl_exec_arg_t args[] = { { DNNL_ARG_SRC, run->a },
                               { DNNL_ARG_WEIGHTS, run->b },
                               { DNNL_ARG_DST, run->c } };

    CHECK_DNNL(dnnl_memory_set_data_handle(run->a, (void *)a));
    CHECK_DNNL(dnnl_memory_set_data_handle(run->b, (void *)b));
    CHECK_DNNL(dnnl_memory_set_data_handle(run->c, c));
    CHECK_DNNL(dnnl_primitive_execute(run->primitive, stream, 3, args));
    CHECK_DNNL(dnnl_stream_wait(stream));
}

/* The next span of `left` rows. */
static int next_span(int left)
{
    for (int i = 0; i < SPANS; i++)
        if (left >= spans[i]) return spans[i];
    return left;
}

/* ---- packed matrices ---- */

struct kd_blocked {
    int                k, n;
    dnnl_memory_desc_t layout;
    int8_t            *values;
    dnnl_primitive_t   reorder; /* from (N,K); made when first used */
    dnnl_memory_t      from, to;
};

kd_blocked *kd_blocked_create(int k, int n)
{
    product_key        key = { 64, n, k };
    dnnl_memory_desc_t any = any_layout(k, n);

    open_library();
    dnnl_primitive_desc_t desc = describe(&key, &any);
    if (!desc) return NULL;
    kd_blocked *blocked = kd_alloc(1, sizeof *blocked);
    *blocked = (kd_blocked){ .k = k, .n = n };
    blocked->layout = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    dnnl_primitive_desc_destroy(desc);
    blocked->values = kd_alloc_aligned(dnnl_memory_desc_get_size(&blocked->layout));
    CHECK_DNNL(dnnl_memory_create(&blocked->to, &blocked->layout, engine, blocked->values));
    return blocked;
}

void kd_blocked_destroy(kd_blocked *blocked)
{
    if (!blocked) return;
    if (blocked->reorder) {
        dnnl_primitive_destroy(blocked->reorder);
        dnnl_memory_destroy(blocked->from);
    }
    dnnl_memory_destroy(blocked->to);
    free(blocked->values);
    free(blocked);
}

static void make_reorder(kd_blocked *blocked)
{
    dnnl_memory_desc_t    from = dense(dnnl_s8, blocked->k, blocked->n, true);
    dnnl_primitive_desc_t desc;

    CHECK_DNNL(
        dnnl_reorder_primitive_desc_create(&desc, &from, engine, &blocked->layout, engine, NULL));
    CHECK_DNNL(dnnl_primitive_create(&blocked->reorder, desc));
    CHECK_DNNL(dnnl_memory_create(&blocked->from, &from, engine, DNNL_MEMORY_NONE));
    dnnl_primitive_desc_destroy(desc);
}

void kd_blocked_set(kd_blocked *blocked, const int8_t *w)
{
    if (!blocked->reorder) make_reorder(blocked);
    dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, blocked->from }, { DNNL_ARG_TO, blocked->to } };
    CHECK_DNNL(dnnl_memory_set_data_handle(blocked->from, (void *)w));
    CHECK_DNNL(dnnl_primitive_execute(blocked->reorder, stream, 2, args));
    CHECK_DNNL(dnnl_stream_wait(stream));
}

int kd_blocked_multiply(const kd_blocked *blocked, int m, const uint8_t *a, int32_t *c)
{
    product_key key = { 0, blocked->n, blocked->k };
    int         done = 0;

    for (; done < m; done += key.m) {
        key.m = next_span(m - done);
        const product *run = find_product(&key, &blocked->layout);
        if (!run->primitive) break;
        run_product(run, a + (size_t)done * (size_t)blocked->k, blocked->values,
                    c + (size_t)done * (size_t)blocked->n);
    }
    return done;
}
