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

/* ---- base64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

kd_status kd_charsmap_read_base64(kd_charsmap *out, const char *text, kd_error *err)
{
    kd_str   bytes = KD_STR_INIT;
    uint32_t bits = 0;
    size_t   length = strlen(text), at = 0;
    while (length > 0 && text[length - 1] == '=') length--;
    for (; at < length; at++) {
        const char *digit = strchr(digits, text[at]);
        if (!digit) break;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (at % 4 != 0) kd_str_add_char(&bytes, (char)(bits >> (6 - 2 * (at % 4))));
    }
    kd_status status;
    if (at < length)
        status = kd_fail(err, KD_EDATA, "character %zu is not base64", at + 1);
    else
        status = kd_charsmap_read(out, bytes.text, bytes.length, err);
    kd_str_fini(&bytes);
    return status;
}

static void add_base64(kd_str *out, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16;
        if (i + 1 < length) bits |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < length) bits |= bytes[i + 2];
        for (size_t k = 0; k < 4; k++)
            kd_str_add_char(out, i + k > length ? '=' : digits[bits >> (18 - 6 * k) & 63]);
    }
}

void kd_charsmap_add_base64(const kd_charsmap *map, kd_str *out)
{
    kd_str   bytes = KD_STR_INIT;
    uint32_t number = htole32((uint32_t)(4 * map->unit_count));
    if (map->unit_count == 0) return;
    kd_str_add_bytes(&bytes, &number, 4);
    for (size_t i = 0; i < map->unit_count; i++) {
        number = htole32(map->units[i]);
        kd_str_add_bytes(&bytes, &number, 4);
    }
    kd_str_add_bytes(&bytes, map->texts, map->texts_length);
    add_base64(out, (const unsigned char *)bytes.text, bytes.length);
    kd_str_fini(&bytes);
}

void kd_charsmap_copy(kd_charsmap *out, const kd_charsmap *map)
{
    *out = *map;
    out->units = kd_alloc(map->unit_count + 1, 4);
    out->texts = kd_alloc(map->texts_length + 1, 1);
    if (map->unit_count > 0) memcpy(out->units, map->units, 4 * map->unit_count);
    if (map->texts_length > 0) memcpy(out->texts, map->texts, map->texts_length);
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
