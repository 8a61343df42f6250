/* h5_mend.c - Jenkins' lookup3 over the blocks that carry it (HDF5 File Format Specification 3.0).
 */
#include "tests/fuzz/h5_mend.h"

#include <string.h>

static uint32_t rotate(uint32_t x, int k)
{
    return (x << k) | (x >> (32 - k));
}

static uint32_t word_at(const uint8_t *bytes, size_t size)
{
    uint32_t word = 0;
    for (size_t i = 0; i < size && i < 4; i++) word |= (uint32_t)bytes[i] << 8 * i;
    return word;
}

static void mix(uint32_t *a, uint32_t *b, uint32_t *c)
{
    static const int k[] = { 4, 6, 8, 16, 19, 4 };
    for (int i = 0; i < 6; i++) {
        *a -= *c, *a ^= rotate(*c, k[i]), *c += *b;
        uint32_t first = *a;
        *a = *b, *b = *c, *c = first;
    }
}

static uint32_t finish(uint32_t a, uint32_t b, uint32_t c)
{
    c ^= b, c -= rotate(b, 14);
    a ^= c, a -= rotate(c, 11);
    b ^= a, b -= rotate(a, 25);
    c ^= b, c -= rotate(b, 16);
    a ^= c, a -= rotate(c, 4);
    b ^= a, b -= rotate(a, 14);
    c ^= b, c -= rotate(b, 24);
    return c;
}

/* "lookup3" of 2006, hashlittle with 0 to begin with. */
static uint32_t lookup3(const uint8_t *bytes, size_t size)
{
    uint32_t a = 0xdeadbeef + (uint32_t)size, b = a, c = a;
    for (; size > 12; size -= 12, bytes += 12) {
        a += word_at(bytes, 4), b += word_at(bytes + 4, 4), c += word_at(bytes + 8, 4);
        mix(&a, &b, &c);
    }
    if (size == 0) return c;
    a += word_at(bytes, size);
    if (size > 4) b += word_at(bytes + 4, size - 4);
    if (size > 8) c += word_at(bytes + 8, size - 8);
    return finish(a, b, c);
}

static void put_sum(uint8_t *block, size_t length)
{
    uint32_t sum = lookup3(block, length);
    memcpy(block + length, &sum, sizeof sum);
}

/* The length of an object header's first block up to its checksum; 0 when it does not fit. */
static size_t header_length(const uint8_t *block, size_t room)
{
    if (room < 32 || block[4] != 2) return 0;
    size_t at = 6 + (block[5] & 0x20 ? 16 : 0) + (block[5] & 0x10 ? 4 : 0);
    size_t width = (size_t)1 << (block[5] & 3), size = word_at(block + at, width);
    if (width == 8) return 0;
    at += width;
    return size < room && at + size + 4 <= room ? at + size : 0;
}

void kd_h5_mend(uint8_t *bytes, size_t size)
{
    if (size >= 48 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0 && bytes[8] >= 2)
        put_sum(bytes, 44);
    for (size_t i = 0; i + 4 <= size; i++) {
        size_t length = memcmp(bytes + i, "OHDR", 4) == 0 ? header_length(bytes + i, size - i) : 0;
        if (length) put_sum(bytes + i, length);
    }
}
