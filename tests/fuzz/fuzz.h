/* fuzz.h - what fuzz targets share.
 *
 * A target is one function over any bytes. It may not crash, not read outside its memory, not
 * run long, and stops the program through KD_CHECK when a promise is broken. The same file
 * links with libFuzzer, or with replay.c, which needs nothing but a C compiler.
 */
#ifndef KD_TESTS_FUZZ_H
#define KD_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes that a target would like to start from, besides files: ends with an empty one. */
extern const char *const kd_fuzz_seeds[];

/* A file of this process with these bytes, for readers that take a path. It is written again
 * at the next call with the same suffix and removed at the end. */
const char *kd_fuzz_file(const char *suffix, const void *data, size_t size);

/* A file of tests/golden; the caller frees it. */
char *kd_fuzz_golden(const char *name);

#endif
