/* Any bytes as standoff beside a text: refused with its line, or mentions that lie in the text. The same bytes as raw text: words in order, inside it, and the
 * same in parts of one byte. */
#include <string.h>

#include "models/text/brat.h"
#include "models/text/sentences.h"
#include "models/text/unicode.h"
#include "tests/fuzz/fuzz.h"

#define TEXT "\xCE\xB1-Abc1 binds the IL-2 receptor.\nIt fell (Fig. 2)."

const char *const kd_fuzz_seeds[] = {
    "T1\tGene 0 6\t\xCE\xB1-Abc1\nT2\tGene 17 21;22 30\tIL-2 receptor\nR1\tx Arg1:T1\n",
    "T1\tOdd 22 34\treceptor. It\r\n#1\tnote T1\tsee\n",
    "1. It rose (Fig. 2 vs. Brunta et al. 2010). p53-/- fell i.v. The end\xE2\x80\xA6 "
    "\"Now.\"\n\nA",
    "",
};

static void check_mentions(const uint8_t *data, size_t size)
{
    kd_error    err;
    kd_mentions mentions = KD_VEC_INIT;
    int64_t     others = 0;
    const char *path = kd_fuzz_file(".ann", data, size);

    if (kd_brat_read(&mentions, &others, path, TEXT, strlen(TEXT), &err) != KD_OK)
        KD_CHECK(strstr(err.text, ".ann:") != NULL, "no place in: %s", err.text);
    for (size_t i = 0; i < mentions.count; i++)
        KD_CHECK(mentions.items[i].begin < mentions.items[i].end &&
                     mentions.items[i].end <= kd_utf8_count(TEXT, strlen(TEXT)),
                 "mention %zu", i);
    kd_mentions_fini(&mentions);
}

typedef struct {
    const char *text;
    size_t      length;
    uint64_t    end; /* of the last word */
    uint64_t    sum; /* of all places, to compare */
} listener;

static void listen(const kd_sentence *sentence, void *user)
{
    listener *l = user;
    KD_CHECK(sentence->word_count > 0, "a sentence without words");
    KD_CHECK(sentence->byte + sentence->length <= l->length, "a sentence beyond the text");
    KD_CHECK(memcmp(l->text + sentence->byte, sentence->text, sentence->length) == 0, "other text");
    for (size_t i = 0; i < sentence->word_count; i++) {
        kd_place word = sentence->words[i];
        uint64_t begin = sentence->byte + word.begin;
        KD_CHECK(word.length > 0 && word.characters > 0 && begin >= l->end, "word %zu", i);
        l->end = begin + word.length;
        l->sum = l->sum * 31 + begin * 7 + word.length + 3 * (sentence->character + word.character);
    }
}

static uint64_t split(const uint8_t *data, size_t size, size_t part)
{
    listener         l = { (const char *)data, size, 0, 0 };
    kd_split_options options = { .longest = 100 };
    kd_splitter     *splitter = kd_splitter_create(&options, listen, &l);
    for (size_t at = 0; at < size; at += part)
        kd_splitter_feed(splitter, l.text + at, size - at < part ? size - at : part);
    kd_splitter_finish(splitter);
    kd_splitter_destroy(splitter);
    return l.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_mentions(data, size);
    KD_CHECK(split(data, size, 1) == split(data, size, size + 1), "parts matter");
    return 0;
}
