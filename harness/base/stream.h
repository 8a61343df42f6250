/* stream.h - the bytes of a file from its beginning to its end, unpacked on the way.
 *
 *     open -> read read ... read of nothing -> close
 *
 * Whether a file is plain, gzip or zstd is told by its first bytes, and not by its name. Memory is that of a window,
 * however large the file is and whatever it claims to hold. A file that has another length at its end than
 * it had when it was opened was written or cut meanwhile, and is refused.
 */
#ifndef KD_BASE_STREAM_H
#define KD_BASE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"

typedef struct kd_stream kd_stream;

/* The caller owns the stream. KD_ENOINPUT when there is no such file, KD_EDATA when it is none. */
kd_status kd_stream_open(kd_stream **out, const char *path, kd_error *err);

/* At most `room` of the next bytes; 0 in *got is the end. KD_EDATA, with the place in the file, for bytes that do
 * not unpack or end in the middle; KD_EIO when the file has changed its length or cannot be read. */
kd_status kd_stream_read(kd_stream *stream, void *bytes, size_t room, size_t *got, kd_error *err);

void kd_stream_close(kd_stream *stream); /* NULL is fine */

#endif
