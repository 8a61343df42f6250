/* pieces.h - claims about tokenizers, for their tests. */
#ifndef KD_TESTS_TEXT_PIECES_H
#define KD_TESTS_TEXT_PIECES_H

#include "harness/base/json.h"
#include "models/text/tokenizer.h"

/* Settings at their defaults, with `letters` "cased", "uncased" or "auto". */
kd_token_options kd_test_options(const char *letters);

/* Open, or end the test with the reason. */
kd_tokenizer *kd_test_open(const char *path, const char *letters);

/* Write a JSON array of pieces as a vocab.txt; the path lives until the program ends. */
const char *kd_test_vocab(const char *name, const kd_json *pieces);

/* Every text gives these pieces (an array of arrays beside the array of texts). */
void kd_assert_pieces(kd_tokenizer *tokenizer, const kd_json *texts, const kd_json *pieces);

/* One text gives these pieces, written with blanks between. */
void kd_assert_cut(kd_tokenizer *tokenizer, const char *text, const char *pieces);

/* A corpus word gives these. */
void kd_assert_word_cut(kd_tokenizer *tokenizer, const char *word, const char *pieces);

#endif
