/* stream_internal.h - what unpacks: one struct a form, each in the file that is its library's door. */
#ifndef KD_BASE_STREAM_INTERNAL_H
#define KD_BASE_STREAM_INTERNAL_H

#include <stdbool.h>

#include "harness/base/stream.h"

/* Bytes that came from the file and are not unpacked yet; whoever takes some moves `at`. */
typedef struct {
    const unsigned char *at, *end;
    bool                 is_last; /* there are none behind `end` */
} kd_stream_input;

/* One that unpacks; `state` is its own. */
typedef struct {
    const char   *name;       /* "gzip" */
    unsigned char magic[4];   /* how its files begin */
    int           magic_size; /* bytes of it */
    void *(*begin)(void);
    /* Unpack into `room` bytes; less only when `in` is used up, or at the end. `whole` tells whether what was taken so far
     * could be the end of a file. False when the bytes are damaged. */
    bool (*unpack)(void *state, kd_stream_input *in, void *bytes, size_t room, size_t *got,
                   bool *whole);
    void (*end)(void *state);
} kd_unpacker;

extern const kd_unpacker kd_unpack_gzip, kd_unpack_zstd;

#endif
