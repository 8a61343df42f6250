/* bpe_chunk.h - a text in chunks, as GPT-2 cuts it before pairs of its bytes are merged.
 *
 *     "don't  bind 42%"  -->  "don" "'t" " " " bind" " 42" "%"
 *
 * By the pattern 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 */
#ifndef KD_TEXT_BPE_CHUNK_H
#define KD_TEXT_BPE_CHUNK_H

#include <stddef.h>

/* Length of the first chunk; the text is not empty. */
size_t kd_bpe_chunk(const char *text, size_t length);

#endif
