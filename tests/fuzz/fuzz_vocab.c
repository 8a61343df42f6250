/* vocab.txt from any bytes: refused, or read and then complete; and a vocabulary built from
 * the same bytes taken as text. */
#include <string.h>

#include "models/text/basic.h"
#include "models/text/vocab.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "[PAD]\n[UNK]\ngene\n##s\n",
    "[UNK]\r\na\r\nb",
    "the gene of the genes aaaa \xCE\xB1\xCE\xB2",
    "",
};

static void check(const kd_vocab *vocab)
{
    KD_CHECK(kd_vocab_specials(vocab).unk >= 0, "a vocabulary without [UNK]");
    for (int32_t id = 0; id < kd_vocab_size(vocab); id++) {
        const char *piece = kd_vocab_piece(vocab, id);
        KD_CHECK(*piece && kd_vocab_find(vocab, piece, strlen(piece)) == id, "piece %d is lost",
                 id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_error  err;
    kd_vocab *vocab;
    if (kd_vocab_read(&vocab, kd_fuzz_file(".txt", data, size), &err) == KD_OK) {
        check(vocab);
        kd_vocab_destroy(vocab);
    }

    kd_basic basic = KD_BASIC_INIT;
    kd_map  *counts = kd_map_create();
    kd_basic_count(&basic, (const char *)data, size, true, counts);
    if (kd_vocab_build(&vocab, counts, 60, &err) == KD_OK) {
        KD_CHECK(kd_vocab_size(vocab) <= 60, "%d pieces", kd_vocab_size(vocab));
        check(vocab);
        kd_vocab_destroy(vocab);
    }
    kd_map_destroy(counts);
    kd_basic_fini(&basic);
    return 0;
}
