/* trie.c - the hash table of edges under trie.h; open addressing, at most half full. */
#include "models/text/trie.h"

#include <stdlib.h>

#include "harness/base/status.h"

#define SLOTS_AT_FIRST 1024

/* A node's number and a byte have to fit in 32 bits, which would allow four times as many. These take
 * 100 MB, and hold a vocabulary of 260,000 pieces of 16 bytes that have no beginning in common. */
#define NODES_MAX (1 << 22)

void kd_trie_init(kd_trie *trie)
{
    *trie = (kd_trie){ .mask = SLOTS_AT_FIRST - 1 };
    trie->edges = kd_alloc(SLOTS_AT_FIRST, sizeof *trie->edges);
    kd_vec_push(&trie->values, KD_TRIE_NONE);
}

void kd_trie_fini(kd_trie *trie)
{
    free(trie->edges);
    kd_vec_fini(&trie->values);
    trie->edges = NULL;
}

/* Put an edge that is not there yet. */
static void put_edge(kd_trie *trie, uint64_t edge)
{
    size_t at = (size_t)((edge >> 32) * 0x9E3779B97F4A7C15u >> 20);
    while (trie->edges[at & trie->mask] != 0) at++;
    trie->edges[at & trie->mask] = edge;
}

static void double_slots(kd_trie *trie)
{
    uint64_t *old = trie->edges;
    size_t    slots = trie->mask + 1;

    trie->edges = kd_alloc(slots * 2, sizeof *trie->edges);
    trie->mask = slots * 2 - 1;
    for (size_t i = 0; i < slots; i++)
        if (old[i] != 0) put_edge(trie, old[i]);
    free(old);
}

static int32_t add_child(kd_trie *trie, int32_t node, unsigned char byte)
{
    if (++trie->edge_count * 2 > trie->mask) double_slots(trie);
    int32_t child = (int32_t)trie->values.count;
    kd_vec_push(&trie->values, KD_TRIE_NONE);
    put_edge(trie, (((uint64_t)node + 1) << 8 | byte) << 32 | (uint32_t)child);
    return child;
}

void kd_trie_put(kd_trie *trie, const char *text, size_t length, int32_t value)
{
    int32_t node = KD_TRIE_ROOT;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        int32_t       child = kd_trie_step(trie, node, byte);
        trie->is_full |= child == KD_TRIE_NONE && trie->values.count >= NODES_MAX;
        if (trie->is_full) return;
        node = child == KD_TRIE_NONE ? add_child(trie, node, byte) : child;
    }
    trie->values.items[node] = value;
}

kd_status kd_trie_check(const kd_trie *trie, kd_error *err)
{
    if (!trie->is_full) return KD_OK;
    return kd_fail(err, KD_EDATA,
                   "its pieces differ in more than %d places; such a vocabulary is not read",
                   NODES_MAX);
}

int32_t kd_trie_find(const kd_trie *trie, const char *text, size_t length)
{
    int32_t node = KD_TRIE_ROOT;
    for (size_t i = 0; i < length && node != KD_TRIE_NONE; i++)
        node = kd_trie_step(trie, node, (unsigned char)text[i]);
    return node;
}
