/* same_rows.c - a table of the rows seen so far, by their first bytes: rows that are unlike seldom share these. */
#include "models/tensor/same_rows.h"

#include <string.h>

enum { LOOKED_AT = 16 }; /* bytes */

static uint64_t hash_of(const float *row, size_t bytes)
{
    uint64_t words[LOOKED_AT / sizeof(uint64_t)] = { 0 };
    memcpy(words, row, bytes < LOOKED_AT ? bytes : LOOKED_AT);
    uint64_t mixed = (words[0] ^ words[1] * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    return mixed ^ mixed >> 32;
}

void kd_same_rows_find(kd_same_rows *out, kd_tape *tape, const float *x, int n, int d)
{
    size_t width = (size_t)d, bytes = width * sizeof *x, slots = 16;
    while (slots < 2 * (size_t)n) slots *= 2;
    int32_t *seen = kd_tape_scratch(tape, slots, sizeof *seen); /* a number of `first`, or -1 */
    *out = (kd_same_rows){ .first = kd_tape_scratch(tape, (size_t)n + 1, sizeof *out->first),
                           .which = kd_tape_scratch(tape, (size_t)n + 1, sizeof *out->which) };
    memset(seen, -1, slots * sizeof *seen);
    for (int32_t r = 0; r < n; r++) {
        const float *row = x + (size_t)r * width;
        size_t       at = hash_of(row, bytes) & (slots - 1);
        while (seen[at] >= 0 && memcmp(x + (size_t)out->first[seen[at]] * width, row, bytes) != 0)
            at = (at + 1) & (slots - 1);
        if (seen[at] < 0) {
            out->first[out->count] = r;
            seen[at] = out->count++;
        }
        out->which[r] = seen[at];
    }
}
