/* digest.c - the only door to xxhash. */
#include "harness/base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "harness/base/fs.h"

struct kd_digest {
    XXH3_state_t *state;
};

static kd_id id_of(XXH128_hash_t hash)
{
    return (kd_id){ hash.high64, hash.low64 };
}

kd_digest *kd_digest_create(void)
{
    kd_digest *digest = kd_alloc(1, sizeof *digest);
    digest->state = XXH3_createState();
    if (!digest->state) kd_out_of_memory("a digest");
    kd_digest_reset(digest);
    return digest;
}

void kd_digest_reset(kd_digest *digest)
{
    XXH3_128bits_reset(digest->state);
}

void kd_digest_add_bytes(kd_digest *digest, const void *bytes, size_t length)
{
    XXH3_128bits_update(digest->state, bytes, length);
}

void kd_digest_add_text(kd_digest *digest, const char *text)
{
    uint64_t length = strlen(text);
    kd_digest_add_bytes(digest, &length, sizeof length);
    kd_digest_add_bytes(digest, text, length);
}

kd_id kd_digest_id(const kd_digest *digest)
{
    return id_of(XXH3_128bits_digest(digest->state));
}

void kd_digest_destroy(kd_digest *digest)
{
    if (!digest) return;
    XXH3_freeState(digest->state);
    free(digest);
}

kd_id kd_id_of_bytes(const void *bytes, size_t length)
{
    return id_of(XXH3_128bits(bytes, length));
}

kd_status kd_id_of_file(kd_id *out, const char *path, kd_error *err)
{
    kd_fs_view view;
    kd_status  status = kd_fs_map(&view, path, err);
    if (status != KD_OK) return status;
    *out = kd_id_of_bytes(view.bytes, view.length);
    kd_fs_unmap(&view);
    return KD_OK;
}

uint64_t kd_checksum(const void *bytes, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, length, seed);
}

struct kd_running_checksum {
    XXH3_state_t *state;
};

kd_running_checksum *kd_checksum_begin(uint64_t seed)
{
    kd_running_checksum *running = kd_alloc(1, sizeof *running);
    running->state = XXH3_createState();
    if (!running->state) kd_out_of_memory("a checksum");
    XXH3_64bits_reset_withSeed(running->state, seed);
    return running;
}

void kd_checksum_add(kd_running_checksum *running, const void *bytes, size_t length)
{
    XXH3_64bits_update(running->state, bytes, length);
}

uint64_t kd_checksum_end(kd_running_checksum *running)
{
    uint64_t sum = XXH3_64bits_digest(running->state);
    XXH3_freeState(running->state);
    free(running);
    return sum;
}

void kd_id_text(char out[KD_ID_TEXT], kd_id id)
{
    snprintf(out, KD_ID_TEXT, "%016llx%016llx", (unsigned long long)id.high,
             (unsigned long long)id.low);
}

static bool parse_half(uint64_t *out, const char *text)
{
    *out = 0;
    for (int i = 0; i < 16; i++) {
        const char *digits = "0123456789abcdef";
        const char *found = text[i] ? strchr(digits, text[i]) : NULL;
        if (!found) return false;
        *out = *out << 4 | (uint64_t)(found - digits);
    }
    return true;
}

bool kd_id_parse(kd_id *out, const char *text)
{
    return parse_half(&out->high, text) && parse_half(&out->low, text + 16) && text[32] == 0;
}

int kd_id_compare(kd_id a, kd_id b)
{
    if (a.high != b.high) return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}
