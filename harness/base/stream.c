/* stream.c - a window over the file, and what unpacks it. */
#include "harness/base/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/stream_internal.h"

enum { WINDOW = 1 << 18 };

static const kd_unpacker *const unpackers[] = { &kd_unpack_gzip, &kd_unpack_zstd };

struct kd_stream {
    char              *path;
    int                fd;
    int64_t            size, taken; /* when it was opened; that were read */
    const kd_unpacker *unpacker;    /* NULL: plain */
    void              *state;
    bool               is_whole; /* what is unpacked so far may be the end */
    kd_stream_input    in;
    unsigned char      window[WINDOW];
};

static kd_status changed(const kd_stream *s, kd_error *err)
{
    return kd_fail(err, KD_EIO, "%s: changed its length while it was read, from %lld bytes to %lld",
                   s->path, (long long)s->size, (long long)s->taken);
}

/* The next window; empty at the end. */
static kd_status refill(kd_stream *s, kd_error *err)
{
    ssize_t got = kd_fs_read_some(s->fd, s->window, WINDOW);
    if (got < 0) return kd_fail_errno(err, errno, "%s", s->path);
    s->taken += got;
    s->in = (kd_stream_input){ s->window, s->window + got, got == 0 };
    if (s->taken > s->size || (got == 0 && s->taken != s->size)) return changed(s, err);
    return KD_OK;
}

static const kd_unpacker *unpacker_of(const kd_stream_input *in)
{
    for (size_t i = 0; i < sizeof unpackers / sizeof *unpackers; i++) {
        const kd_unpacker *u = unpackers[i];
        if (in->end - in->at >= u->magic_size &&
            memcmp(in->at, u->magic, (size_t)u->magic_size) == 0)
            return u;
    }
    return NULL;
}

kd_status kd_stream_open(kd_stream **out, const char *path, kd_error *err)
{
    struct stat about;
    int         fd;
    kd_status   status = kd_fs_open(&fd, path, err);
    if (status != KD_OK) return status;
    kd_stream *s = kd_alloc(1, sizeof *s);
    s->fd = fd;
    s->path = kd_strdup(path);
    if (fstat(fd, &about) != 0)
        status = kd_fail_errno(err, errno, "%s", path);
    else
        s->size = about.st_size;
    if (status == KD_OK) status = refill(s, err);
    if (status != KD_OK) {
        kd_stream_close(s);
        return status;
    }
    s->unpacker = unpacker_of(&s->in);
    if (s->unpacker) s->state = s->unpacker->begin();
    *out = s;
    return KD_OK;
}

static size_t copy(kd_stream_input *in, void *bytes, size_t room)
{
    size_t count = (size_t)(in->end - in->at);
    if (count > room) count = room;
    memcpy(bytes, in->at, count);
    in->at += count;
    return count;
}

static kd_status damaged(const kd_stream *s, const char *how, kd_error *err)
{
    return kd_fail(err, KD_EDATA, "%s: byte %lld: %s %s", s->path,
                   (long long)(s->taken - (s->in.end - s->in.at)), how, s->unpacker->name);
}

static kd_status unpack(kd_stream *s, void *bytes, size_t room, size_t *got, kd_error *err)
{
    if (!s->unpacker->unpack(s->state, &s->in, bytes, room, got, &s->is_whole))
        return damaged(s, "is damaged", err);
    if (*got == 0 && s->in.is_last && !s->is_whole) return damaged(s, "ends in the middle of", err);
    return KD_OK;
}

kd_status kd_stream_read(kd_stream *s, void *bytes, size_t room, size_t *got, kd_error *err)
{
    kd_status status = KD_OK;
    *got = 0;
    while (status == KD_OK && *got == 0) {
        bool was_last = s->in.is_last;
        if (s->unpacker)
            status = unpack(s, bytes, room, got, err);
        else
            *got = copy(&s->in, bytes, room);
        if (status != KD_OK || *got > 0 || was_last) break;
        if (s->in.at == s->in.end) status = refill(s, err);
    }
    return status;
}

void kd_stream_close(kd_stream *s)
{
    if (!s) return;
    if (s->unpacker) s->unpacker->end(s->state);
    close(s->fd);
    free(s->path);
    free(s);
}
