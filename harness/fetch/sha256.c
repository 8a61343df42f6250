/* sha256.c - the compression function as the standard writes it down. */
#include "harness/fetch/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t turn(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void schedule(uint32_t w[64], const uint8_t block[64])
{
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64], v[8];
    schedule(w, block);
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t first = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                         ((e & v[5]) ^ (~e & v[6])) + rounds[i] + w[i];
        uint32_t second =
            (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

void kd_sha256_begin(kd_sha256 *sha)
{
    *sha = (kd_sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                   0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void kd_sha256_add(kd_sha256 *sha, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    while (length > 0) {
        size_t filled = sha->length % sizeof sha->block, part = sizeof sha->block - filled;
        if (part > length) part = length;
        memcpy(sha->block + filled, from, part);
        sha->length += part;
        from += part;
        length -= part;
        if (filled + part == sizeof sha->block) compress(sha->state, sha->block);
    }
}

void kd_sha256_end(kd_sha256 *sha, char out[KD_SHA256_TEXT])
{
    uint64_t bits = sha->length * 8;
    uint8_t  tail[8], one = 0x80, none = 0;
    kd_sha256_add(sha, &one, 1);
    while (sha->length % sizeof sha->block != 56) kd_sha256_add(sha, &none, 1);
    for (int i = 0; i < 8; i++) tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    kd_sha256_add(sha, tail, sizeof tail);
    for (int i = 0; i < 8; i++) snprintf(out + 8 * i, 9, "%08x", sha->state[i]);
}

kd_status kd_sha256_of_file(char out[KD_SHA256_TEXT], const char *path, kd_error *err)
{
    kd_sha256 sha;
    char      bytes[1 << 16];
    ssize_t   length = 0;
    int       fd;
    kd_status status = kd_fs_open(&fd, path, err);
    if (status != KD_OK) return status;
    kd_sha256_begin(&sha);
    while ((length = kd_fs_read_some(fd, bytes, sizeof bytes)) > 0)
        kd_sha256_add(&sha, bytes, (size_t)length);
    if (length < 0) status = kd_fail_errno(err, errno, "%s", path);
    close(fd);
    kd_sha256_end(&sha, out);
    return status;
}
