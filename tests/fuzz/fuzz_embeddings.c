/* Word vectors from any bytes: refused, or read with every kept number finite. */
#include <math.h>
#include <string.h>

#include "models/text/embeddings.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "the 1 -2.5 3e-2\ngene .5 0.25 -1E1\n",
    "2 3\r\nthe 1 2 3\r\nGene\t4 5 6 \r\n",
    "new york 1 2\nthe gene 1\n",
    "",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = { "the", "Gene", "new york", "1" };
    kd_error                 err;
    kd_embeddings           *embeddings;
    kd_map                  *wanted = kd_map_create();
    for (int i = 0; i < 4; i++) kd_embeddings_want(wanted, words[i], strlen(words[i]));
    if (kd_embeddings_read(&embeddings, kd_fuzz_file(".txt", data, size), wanted, &err) == KD_OK) {
        int dim = kd_embeddings_about(embeddings).dim;
        for (int i = 0; i < 4; i++) {
            const float *vector = kd_embeddings_find(embeddings, words[i], strlen(words[i]));
            for (int d = 0; vector && d < dim; d++)
                KD_CHECK(isfinite(vector[d]), "a number that is not finite");
        }
        kd_embeddings_destroy(embeddings);
    }
    kd_map_destroy(wanted);
    return 0;
}
