/* stream_zstd.c - the door to zstd. Frames behind each other are one file; one that would want a window of more than 128 MiB
 * is refused, as zstd itself does. */
#include <stdlib.h>
#include <zstd.h>

#include "harness/base/stream_internal.h"

typedef struct {
    ZSTD_DStream *z;
    bool          is_between; /* two frames, or before the first */
} state;

static void *begin(void)
{
    state *s = kd_alloc(1, sizeof *s);
    s->is_between = true;
    if (!(s->z = ZSTD_createDStream())) kd_out_of_memory("a window of zstd");
    return s;
}

static bool unpack(void *own, kd_stream_input *in, void *bytes, size_t room, size_t *got,
                   bool *whole)
{
    state         *s = own;
    ZSTD_outBuffer out = { bytes, room, 0 };
    ZSTD_inBuffer  from = { in->at, (size_t)(in->end - in->at), 0 };
    size_t         wanted = 0;
    while (out.pos < out.size && !(s->is_between && from.pos == from.size)) {
        size_t before = out.pos;
        wanted = ZSTD_decompressStream(s->z, &out, &from);
        if (ZSTD_isError(wanted)) break;
        s->is_between = wanted == 0;
        if (from.pos == from.size && out.pos == before) break;
    }
    in->at += from.pos;
    *got = out.pos;
    *whole = s->is_between;
    return !ZSTD_isError(wanted);
}

static void end(void *own)
{
    state *s = own;
    ZSTD_freeDStream(s->z);
    free(s);
}

const kd_unpacker kd_unpack_zstd = {
    .name = "zstd",
    .magic = { 0x28, 0xb5, 0x2f, 0xfd },
    .magic_size = 4,
    .begin = begin,
    .unpack = unpack,
    .end = end,
};
