/* charsmap.h - the normalisation that a SentencePiece model carries inside itself.
 *
 *     bytes:  u32 n | n bytes of a trie | texts, each ended by NUL
 *
 *     "ﬁ" --trie--> 17     texts + 17 = "fi"
 *
 * The trie is a double array as darts-clone writes it: units of 32 bits, little endian; a
 * unit holds the byte that leads to it, where its children begin, and whether a text ends
 * there. Nothing about the bytes is trusted: a step outside the array ends the match.
 */
#ifndef KD_TEXT_CHARSMAP_H
#define KD_TEXT_CHARSMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

typedef struct {
    uint32_t *units; /* owned; NULL when the model normalises nothing */
    size_t    unit_count;
    char     *texts; /* owned; a NUL stands behind the last one whatever the file says */
    size_t    texts_length;
} kd_charsmap;

/* Take the map out of a model's bytes. KD_EDATA when its parts do not fit together. */
kd_status kd_charsmap_read(kd_charsmap *out, const char *bytes, size_t length, kd_error *err);

/* The same, as text of tokenizer.json; "" is the map that changes nothing. Append it so. */
kd_status kd_charsmap_read_base64(kd_charsmap *out, const char *text, kd_error *err);
void      kd_charsmap_add_base64(const kd_charsmap *map, kd_str *out);

void kd_charsmap_copy(kd_charsmap *out, const kd_charsmap *map);

/* What the longest known beginning of `text` becomes, and how long that beginning is; NULL
 * when none is known. The answer lives as long as the map. */
const char *kd_charsmap_find(const kd_charsmap *map, const char *text, size_t length,
                             size_t *matched);

void kd_charsmap_fini(kd_charsmap *map);

#endif
