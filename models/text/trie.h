/* trie.h - all pieces of a vocabulary by their bytes, for longest-match and lattice searches.
 *
 *     0 --g--> 1 --e--> 2 --n--> 3 --e--> 4     value[4] = id of "gene"
 *              '--o--> 5                        value[5] = id of "go"
 *
 * A step costs one probe of a hash table of (node, byte), however many pieces there are.
 */
#ifndef KD_TEXT_TRIE_H
#define KD_TEXT_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/vec.h"

#define KD_TRIE_ROOT 0
#define KD_TRIE_NONE (-1)

typedef struct {
    uint64_t *edges; /* (node + 1) << 40 | byte << 32 | child; 0 where empty */
    size_t    mask;  /* slots - 1, a power of two less one */
    size_t    edge_count;
    KD_VEC(int32_t) values; /* by node; KD_TRIE_NONE where no piece ends */
    bool is_full;           /* something could not be put */
} kd_trie;

void kd_trie_init(kd_trie *trie);
void kd_trie_fini(kd_trie *trie);

/* Put `value` at the end of `text`, over what was there; or not, when there is no room for it. */
void kd_trie_put(kd_trie *trie, const char *text, size_t length, int32_t value);

/* KD_EDATA when there was no room for all that was put. */
kd_status kd_trie_check(const kd_trie *trie, kd_error *err);

/* The node one byte further, KD_TRIE_NONE when there is none. */
static inline int32_t kd_trie_step(const kd_trie *trie, int32_t node, unsigned char byte)
{
    uint64_t key = ((uint64_t)node + 1) << 8 | byte;
    for (size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 20);; at++) {
        uint64_t edge = trie->edges[at & trie->mask];
        if (edge == 0) return KD_TRIE_NONE;
        if (edge >> 32 == key) return (int32_t)(uint32_t)edge;
    }
}

/* The node at the end of `text` from the root, KD_TRIE_NONE when there is none. */
int32_t kd_trie_find(const kd_trie *trie, const char *text, size_t length);

#endif
