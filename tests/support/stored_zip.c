/* stored_zip.c - local header, bytes; at the end the central directory (PKWARE's APPNOTE 4.3). */
#include "tests/support/stored_zip.h"

#include <string.h>

static uint32_t crc_of(const unsigned char *bytes, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void add_16(kd_str *out, uint32_t number)
{
    kd_str_add_bytes(out, &(uint16_t){ (uint16_t)number }, 2);
}

static void add_32(kd_str *out, uint32_t number)
{
    kd_str_add_bytes(out, &number, 4);
}

/* What both headers of a member share: version to its extra field's length. */
static void add_facts(kd_str *out, const char *name, uint32_t crc, size_t length)
{
    add_16(out, 20);         /* version that can read it */
    add_16(out, 0);          /* flags */
    add_16(out, 0);          /* stored */
    add_32(out, 0x00210000); /* 1980-01-01 */
    add_32(out, crc);
    add_32(out, (uint32_t)length);
    add_32(out, (uint32_t)length);
    add_16(out, (uint32_t)strlen(name));
    add_16(out, 0);
}

void kd_stored_zip_add(kd_stored_zip *zip, const char *name, const void *bytes, size_t length)
{
    uint32_t crc = crc_of(bytes, length), place = (uint32_t)zip->file.length;
    add_32(&zip->file, 0x04034b50);
    add_facts(&zip->file, name, crc, length);
    kd_str_add(&zip->file, name);
    kd_str_add_bytes(&zip->file, bytes, length);
    add_32(&zip->directory, 0x02014b50);
    add_16(&zip->directory, 20); /* version that made it */
    add_facts(&zip->directory, name, crc, length);
    add_16(&zip->directory, 0); /* comment */
    add_16(&zip->directory, 0); /* disk */
    add_16(&zip->directory, 0);
    add_32(&zip->directory, 0);
    add_32(&zip->directory, place);
    kd_str_add(&zip->directory, name);
    zip->count++;
}

void kd_stored_zip_end(kd_stored_zip *zip)
{
    uint32_t place = (uint32_t)zip->file.length;
    kd_str_add_bytes(&zip->file, zip->directory.text, zip->directory.length);
    add_32(&zip->file, 0x06054b50);
    add_16(&zip->file, 0);
    add_16(&zip->file, 0);
    add_16(&zip->file, zip->count);
    add_16(&zip->file, zip->count);
    add_32(&zip->file, (uint32_t)zip->directory.length);
    add_32(&zip->file, place);
    add_16(&zip->file, 0);
}

void kd_stored_zip_fini(kd_stored_zip *zip)
{
    kd_str_fini(&zip->file);
    kd_str_fini(&zip->directory);
}
