/* tfevents.h - event files, as TensorBoard reads them.
 *
 *     length (u64) | masked CRC of it (u32) | event | masked CRC of it (u32)      a record; little-endian
 *
 * The frame is that of TFRecord, the CRC is CRC-32C (Castagnoli), turned by 15 bits plus a constant
 * so that a CRC of data with CRCs in it is one. An event is a message of protocol buffers: wall time (1, double),
 * step (2, varint), and either the file's version (3, text) or a summary (5) of values (1) that have a tag (1,
 * text) and a number (2, float). tensorflow/core/util/event.proto and summary.proto name the fields.
 */
#ifndef KD_REVIEW_TFEVENTS_H
#define KD_REVIEW_TFEVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/str.h"

/* The first record of every file. */
void kd_tfevents_begin(kd_str *out, double wall_s);

/* One number of a curve. */
void kd_tfevents_add(kd_str *out, double wall_s, int64_t step, const char *tag, double value);

/* CRC-32C, not masked: 0xE3069283 of "123456789". */
uint32_t kd_tfevents_crc(const void *bytes, size_t length);

#endif
