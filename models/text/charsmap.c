/* charsmap.c - longest match in a double array; the layout of a unit is in darts-clone's
 * manual (S. Yata): bit 31 marks a value, bits 0-7 the label, bit 8 a child that is a value,
 * bits 10-30 the offset of the children, shifted by eight more when bit 9 is set. */
#include "models/text/charsmap.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MASK 0x7FFFFFFFu
#define LABEL_MASK 0x800000FFu

static bool has_value(uint32_t unit)
{
    return (unit >> 8 & 1) != 0;
}
static uint32_t offset_of(uint32_t unit)
{
    return unit >> 10 << ((unit & 1u << 9) >> 6);
}

kd_status kd_charsmap_read(kd_charsmap *out, const char *bytes, size_t length, kd_error *err)
{
    uint32_t trie_length = 0;
    *out = (kd_charsmap){ 0 };
    if (length == 0) return KD_OK;
    if (length >= 4) memcpy(&trie_length, bytes, 4);
    trie_length = le32toh(trie_length);
    if (length < 4 || trie_length > length - 4 || trie_length % 4 != 0 || trie_length == 0)
        return kd_fail(err, KD_EDATA, "the map of characters is damaged: %zu bytes, a trie of %u",
                       length, trie_length);

    out->unit_count = trie_length / 4;
    out->units = kd_alloc(out->unit_count, 4);
    memcpy(out->units, bytes + 4, trie_length);
    for (size_t i = 0; i < out->unit_count; i++) out->units[i] = le32toh(out->units[i]);
    out->texts_length = length - 4 - trie_length;
    out->texts = kd_alloc(out->texts_length + 1, 1);
    memcpy(out->texts, bytes + 4 + trie_length, out->texts_length);
    return KD_OK;
}

const char *kd_charsmap_find(const kd_charsmap *map, const char *text, size_t length,
                             size_t *matched)
{
    const char *found = NULL;
    if (map->unit_count == 0) return NULL;

    uint32_t at = offset_of(map->units[0]);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        at ^= byte;
        if (at >= map->unit_count || (map->units[at] & LABEL_MASK) != byte) break;
        uint32_t unit = map->units[at];
        at ^= offset_of(unit);
        if (!has_value(unit) || at >= map->unit_count) continue;
        uint32_t place = map->units[at] & VALUE_MASK;
        if (place > map->texts_length) continue;
        found = map->texts + place;
        *matched = i + 1;
    }
    return found;
}

void kd_charsmap_fini(kd_charsmap *map)
{
    free(map->units);
    free(map->texts);
    *map = (kd_charsmap){ 0 };
}
