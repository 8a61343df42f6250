/* Any bytes as a text, plain or packed (what begins like gzip or zstd is unpacked): refused by name, or documents that are lines of
 * UTF-8 within the limit, the same each time. */
#include <string.h>

#include "harness/base/digest.h"
#include "models/text/corpus.h"
#include "models/text/text_files.h"
#include "models/text/unicode.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "one document\n\n \nanother one \r\nthe last",
    "\xef\xbb\xbf"
    "caf\xc3\xa9\n",
    "\x1f\x8b\x08",
    "\x28\xb5\x2f\xfd\x24\x05\x29",
    "",
};

/* A digest of all documents. */
static uint64_t read_all(const char *path)
{
    kd_error       err;
    kd_text_files *files;
    const char    *text;
    size_t         length, bad_at;
    bool           more;
    uint64_t       sum = 0;
    kd_status      status = kd_text_files_open(&files, path, &err);
    KD_CHECK(status == KD_OK, "%s", err.text);
    while ((status = kd_text_files_next(files, &text, &length, &more, &err)) == KD_OK && more) {
        KD_CHECK(length > 0 && length < KD_LINE_LIMIT && !memchr(text, '\n', length), "no line");
        KD_CHECK(kd_utf8_check(text, length, &bad_at), "no text");
        sum = kd_checksum(text, length, sum);
    }
    if (status != KD_OK) KD_CHECK(strstr(err.text, ".txt:") != NULL, "no place in: %s", err.text);
    kd_text_files_close(files);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = kd_fuzz_file(".txt", data, size);
    KD_CHECK(read_all(path) == read_all(path), "another text at the second reading");
    return 0;
}
