/* stream_gzip.c - the door to zlib. A file may be several packed ones behind each other, as some programs write it. */
#include <stdlib.h>
#include <zlib.h>

#include "harness/base/stream_internal.h"

enum { GZIP_ALONE = 15 + 16 }; /* the largest window; a header of gzip and no other */

typedef struct {
    z_stream z;
    bool     is_between; /* two packed files, or before the first */
} state;

static void *begin(void)
{
    state *s = kd_alloc(1, sizeof *s);
    s->is_between = true;
    if (inflateInit2(&s->z, GZIP_ALONE) != Z_OK) kd_out_of_memory("a window of zlib");
    return s;
}

static bool step(state *s, kd_stream_input *in)
{
    s->z.next_in = (Bytef *)in->at;
    s->z.avail_in = (uInt)(in->end - in->at);
    if (s->is_between && inflateReset(&s->z) != Z_OK) return false;
    s->is_between = false;
    int result = inflate(&s->z, Z_NO_FLUSH);
    in->at = s->z.next_in;
    if (result == Z_STREAM_END) s->is_between = true;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static bool unpack(void *own, kd_stream_input *in, void *bytes, size_t room, size_t *got,
                   bool *whole)
{
    state *s = own;
    s->z.next_out = bytes;
    s->z.avail_out = (uInt)room;
    bool is_right = true;
    while (is_right && s->z.avail_out > 0 && in->at < in->end) is_right = step(s, in);
    /* What zlib holds back when its room was full it gives without any more bytes. */
    if (is_right && s->z.avail_out > 0 && !s->is_between) is_right = step(s, in);
    *got = room - s->z.avail_out;
    *whole = s->is_between;
    return is_right;
}

static void end(void *own)
{
    state *s = own;
    inflateEnd(&s->z);
    free(s);
}

const kd_unpacker kd_unpack_gzip = {
    .name = "gzip",
    .magic = { 0x1f, 0x8b },
    .magic_size = 2,
    .begin = begin,
    .unpack = unpack,
    .end = end,
};
