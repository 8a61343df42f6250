/* sha256.h - the digest that publishers state for their files (FIPS 180-4). What a thing of ours is called by is
 * harness/base/digest.h.
 */
#ifndef KD_FETCH_SHA256_H
#define KD_FETCH_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

#define KD_SHA256_TEXT 65 /* 64 digits and the final NUL */

typedef struct {
    uint32_t state[8];
    uint64_t length;    /* bytes so far */
    uint8_t  block[64]; /* the last, while it is not full */
} kd_sha256;

void kd_sha256_begin(kd_sha256 *sha);
void kd_sha256_add(kd_sha256 *sha, const void *bytes, size_t length);
void kd_sha256_end(kd_sha256 *sha, char out[KD_SHA256_TEXT]);

kd_status kd_sha256_of_file(char out[KD_SHA256_TEXT], const char *path, kd_error *err);

#endif
