/* tfevents.c - two messages by hand, framed. */
#include "harness/review/tfevents.h"

#include <pthread.h>
#include <string.h>

/* ---- CRC-32C ---- */

#define POLYNOMIAL 0x82F63B78u /* Castagnoli's, lowest bit first */

static uint32_t crc_of_byte[256];

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        crc_of_byte[i] = crc;
    }
}

uint32_t kd_tfevents_crc(const void *bytes, size_t length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const unsigned char  *at = bytes;
    uint32_t              crc = 0xFFFFFFFFu;
    pthread_once(&once, make_table);
    while (length-- > 0) crc = crc >> 8 ^ crc_of_byte[(crc ^ *at++) & 0xFF];
    return crc ^ 0xFFFFFFFFu;
}

static uint32_t mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

/* ---- numbers, lowest byte first ---- */

static void add_fixed(kd_str *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) kd_str_add_char(out, (char)(value >> 8 * i & 0xFF));
}

static void add_varint(kd_str *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) kd_str_add_char(out, (char)(value | 0x80));
    kd_str_add_char(out, (char)value);
}

/* ---- fields ---- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void add_key(kd_str *out, int field, int wire)
{
    add_varint(out, (uint64_t)field << 3 | (uint64_t)wire);
}

static void add_bytes(kd_str *out, int field, const void *bytes, size_t length)
{
    add_key(out, field, BYTES);
    add_varint(out, length);
    kd_str_add_bytes(out, bytes, length);
}

static void add_double(kd_str *out, int field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(out, field, FIXED64);
    add_fixed(out, bits, 8);
}

static void add_float(kd_str *out, int field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(out, field, FIXED32);
    add_fixed(out, bits, 4);
}

/* ---- records ---- */

static void add_record(kd_str *out, const kd_str *event)
{
    size_t before = out->length;
    add_fixed(out, event->length, 8);
    add_fixed(out, mask(kd_tfevents_crc(out->text + before, 8)), 4);
    kd_str_add_bytes(out, event->text, event->length);
    add_fixed(out, mask(kd_tfevents_crc(event->text, event->length)), 4);
}

void kd_tfevents_begin(kd_str *out, double wall_s)
{
    static const char version[] = "brain.Event:2";
    kd_str            event = KD_STR_INIT;
    add_double(&event, 1, wall_s);
    add_bytes(&event, 3, version, sizeof version - 1);
    add_record(out, &event);
    kd_str_fini(&event);
}

void kd_tfevents_add(kd_str *out, double wall_s, int64_t step, const char *tag, double value)
{
    kd_str event = KD_STR_INIT, summary = KD_STR_INIT, one = KD_STR_INIT;
    add_bytes(&one, 1, tag, strlen(tag));
    add_float(&one, 2, (float)value);
    add_bytes(&summary, 1, one.text, one.length);
    add_double(&event, 1, wall_s);
    add_key(&event, 2, VARINT);
    add_varint(&event, (uint64_t)step);
    add_bytes(&event, 5, summary.text, summary.length);
    add_record(out, &event);
    kd_str_fini(&one);
    kd_str_fini(&summary);
    kd_str_fini(&event);
}
