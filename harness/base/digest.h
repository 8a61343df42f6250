/* digest.h - what a thing is called by its contents: 128-bit digests.
 *
 * XXH3 (128 bits) through libxxhash: fast and well spread, no defence against forgery, which
 * a store of one's own results does not need. The text form is 32 hexadecimal digits.
 */
#ifndef KD_BASE_DIGEST_H
#define KD_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

#define KD_ID_TEXT 33 /* bytes for 32 digits and the final NUL */

typedef struct {
    uint64_t high, low;
} kd_id;

/* Digest piece by piece. Texts go in with their length, so "ab"+"c" differs from "a"+"bc". */
typedef struct kd_digest kd_digest;
kd_digest               *kd_digest_create(void);
void                     kd_digest_reset(kd_digest *digest);
void                     kd_digest_add_bytes(kd_digest *digest, const void *bytes, size_t length);
void                     kd_digest_add_text(kd_digest *digest, const char *text);
kd_id                    kd_digest_id(const kd_digest *digest); /* of all that was added so far */
void                     kd_digest_destroy(kd_digest *digest);

kd_id     kd_id_of_bytes(const void *bytes, size_t length);
kd_status kd_id_of_file(kd_id *out, const char *path, kd_error *err);

/* 64-bit checksum of a record, with a seed so that a moved record does not match. */
uint64_t kd_checksum(const void *bytes, size_t length, uint64_t seed);

/* The same of bytes that are never in memory together: what kd_checksum would say of all of them.
 * The end frees what the beginning made. */
typedef struct kd_running_checksum kd_running_checksum;
kd_running_checksum               *kd_checksum_begin(uint64_t seed);
void     kd_checksum_add(kd_running_checksum *running, const void *bytes, size_t length);
uint64_t kd_checksum_end(kd_running_checksum *running);

void               kd_id_text(char out[KD_ID_TEXT], kd_id id);
bool               kd_id_parse(kd_id *out, const char *text);
int                kd_id_compare(kd_id a, kd_id b); /* as memcmp, for sorting */
static inline bool kd_id_equal(kd_id a, kd_id b)
{
    return a.high == b.high && a.low == b.low;
}
static inline bool kd_id_is_none(kd_id a)
{
    return a.high == 0 && a.low == 0;
}

#endif
