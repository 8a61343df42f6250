/* A SentencePiece model from any bytes: refused, or read and then able to cut text. */
#include <string.h>

#include "models/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = { "\n\x0C\n\x05<unk>\x18\x02", "" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const kd_letters letters[] = { KD_LETTERS_CASED, KD_LETTERS_UNCASED };
    static const char       text[] = "The gene  \xEF\xAC\x81 (x) don't \xCE\x91\xCE\xA3 \xFF";
    const char             *path = kd_fuzz_file(".model", data, size);
    for (int i = 0; i < 2; i++) {
        kd_error         err;
        kd_tokenizer    *tokenizer;
        kd_token_options options;
        kd_setting_defaults(kd_token_settings, &options);
        options.letters = letters[i];
        if (kd_tokenizer_open(&tokenizer, path, &options, &err) != KD_OK) return 0;
        kd_ids ids = KD_VEC_INIT;
        kd_tokenizer_encode(tokenizer, text, sizeof text - 1, &ids);
        for (size_t k = 0; k < ids.count; k++)
            kd_vocab_piece(kd_tokenizer_vocab(tokenizer), ids.items[k]);
        kd_vec_fini(&ids);
        kd_tokenizer_destroy(tokenizer);
    }
    return 0;
}
