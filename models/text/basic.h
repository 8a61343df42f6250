/* basic.h - BERT's first step: text becomes words, before any vocabulary is asked.
 *
 *     "p53 (R175H)\n"  ->  p53 ( R175H )
 *
 * In this order, as the reference does: characters of the categories C* except TAB, LF, CR are
 * dropped, also U+FFFD; white space (TAB, LF, CR, Z*) separates; a CJK ideograph stands alone;
 * uncased text is lowered and loses its accents (NFD without Mn); punctuation (ASCII 33-47,
 * 58-64, 91-96, 123-126 and the categories P*) stands alone, character by character.
 */
#ifndef KD_TEXT_BASIC_H
#define KD_TEXT_BASIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/map.h"
#include "harness/base/str.h"

/* The two sets above: the ideographs, and the punctuation. */
bool kd_basic_is_ideograph(int32_t c);
bool kd_basic_is_punctuation(int32_t c);

/* Working memory, so that splitting allocates nothing once it has grown. */
typedef struct {
    kd_str run, lowered, stripped;
} kd_basic;

#define KD_BASIC_INIT                         \
    {                                         \
        KD_STR_INIT, KD_STR_INIT, KD_STR_INIT \
    }
void kd_basic_fini(kd_basic *basic);

/* Call `visit` with each word in turn; the word is borrowed and no NUL ends it. */
typedef void (*kd_basic_visit)(const char *word, size_t length, void *user);
void kd_basic_split(kd_basic *basic, const char *text, size_t length, bool is_uncased,
                    kd_basic_visit visit, void *user);

/* Add 1 in `counts` (word -> how often) for each word of the text: what kd_vocab_build takes. */
void kd_basic_count(kd_basic *basic, const char *text, size_t length, bool is_uncased,
                    kd_map *counts);

#endif
