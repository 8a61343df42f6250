/* test_stream.c - what is packed comes out as it went in, and what is spoilt is named. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "harness/base/stream.h"
#include "tests/support/support.h"

#define TEXT "one line\none line\none line\n"
#define MORE "and more\n"

/* TEXT and MORE, packed by gzip and by zstd. */
static const unsigned char gzip_text[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0xcf, 0x4b, 0x55, 0xc8, 0xc9,
    0xcc, 0x4b, 0xe5, 0xca, 0xc7, 0x60, 0x00, 0x00, 0x20, 0xec, 0x36, 0xb4, 0x1b, 0x00, 0x00, 0x00,
};
static const unsigned char gzip_more[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xcc, 0x4b, 0x51, 0xc8,
    0xcd, 0x2f, 0x4a, 0xe5, 0x02, 0x00, 0x6b, 0xc0, 0xe8, 0xbd, 0x09, 0x00, 0x00, 0x00,
};
static const unsigned char zstd_text[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x7d, 0x00, 0x00, 0x48, 0x6f, 0x6e, 0x65, 0x20,
    0x6c, 0x69, 0x6e, 0x65, 0x0a, 0x01, 0x00, 0xf4, 0xca, 0x11, 0xfc, 0x91, 0x92, 0x26,
};
static const unsigned char zstd_more[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x49, 0x00, 0x00, 0x61, 0x6e,
    0x64, 0x20, 0x6d, 0x6f, 0x72, 0x65, 0x0a, 0xac, 0x09, 0xc3, 0x47,
};

static char *write_file(const char *name, const void *a, size_t a_length, const void *b,
                        size_t b_length)
{
    kd_error err;
    char    *path = kd_sprintf("%s/%s", kd_test_folder(), name);
    char    *both = kd_alloc(a_length + b_length + 1, 1);
    memcpy(both, a, a_length);
    if (b_length) memcpy(both + a_length, b, b_length);
    assert_ok(kd_fs_write(path, both, a_length + b_length, &err), &err);
    free(both);
    return path;
}

/* All of a file, `room` bytes at a time. */
static kd_status read_all(const char *path, size_t room, kd_str *out, kd_error *err)
{
    kd_stream *stream;
    char       bytes[64];
    size_t     got = 1;
    kd_str_reset(out);
    kd_status status = kd_stream_open(&stream, path, err);
    if (status != KD_OK) return status;
    while (got > 0 && (status = kd_stream_read(stream, bytes, room, &got, err)) == KD_OK)
        kd_str_add_bytes(out, bytes, got);
    kd_stream_close(stream);
    return status;
}

static void test_gives_what_was_packed(void **state)
{
    (void)state;
    const struct {
        const char *name, *want;
        const void *a, *b;
        size_t      a_length, b_length;
    } files[] = {
        { "plain", TEXT, TEXT, "", sizeof TEXT - 1, 0 },
        { "empty", "", "", "", 0, 0 },
        { "one.gz", TEXT, gzip_text, "", sizeof gzip_text, 0 },
        { "two.gz", TEXT MORE, gzip_text, gzip_more, sizeof gzip_text, sizeof gzip_more },
        { "one.zst", TEXT, zstd_text, "", sizeof zstd_text, 0 },
        { "two.zst", TEXT MORE, zstd_text, zstd_more, sizeof zstd_text, sizeof zstd_more },
    };
    const size_t rooms[] = { 1, 7, 64 };
    kd_str       out = KD_STR_INIT;
    kd_error     err;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path =
            write_file(files[i].name, files[i].a, files[i].a_length, files[i].b, files[i].b_length);
        for (size_t r = 0; r < 3; r++) {
            assert_ok(read_all(path, rooms[r], &out, &err), &err);
            assert_string_equal(out.text, files[i].want);
        }
        free(path);
    }
    kd_str_fini(&out);
}

static void test_names_what_is_spoilt(void **state)
{
    (void)state;
    kd_str        out = KD_STR_INIT;
    kd_error      err;
    unsigned char spoilt[sizeof gzip_text];
    memcpy(spoilt, gzip_text, sizeof spoilt);
    spoilt[sizeof spoilt - 6] ^= 1; /* of the checksum at its end */
    const struct {
        const char *name, *words;
        const void *bytes;
        size_t      length;
    } files[] = {
        { "cut.gz", "ends in the middle of gzip", gzip_text, sizeof gzip_text - 3 },
        { "spoilt.gz", "is damaged gzip", spoilt, sizeof spoilt },
        { "cut.zst", "ends in the middle of zstd", zstd_text, sizeof zstd_text - 3 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = write_file(files[i].name, files[i].bytes, files[i].length, "", 0);
        assert_fails(KD_EDATA, files[i].words, read_all(path, 64, &out, &err), &err);
        assert_fails(KD_EDATA, files[i].name, read_all(path, 64, &out, &err), &err);
        free(path);
    }
    char *more = write_file("more.gz", gzip_text, sizeof gzip_text, "more", 4);
    assert_fails(KD_EDATA, "is damaged gzip", read_all(more, 64, &out, &err), &err);
    assert_fails(KD_ENOINPUT, "none", read_all("none", 64, &out, &err), &err);
    free(more);
    kd_str_fini(&out);
}

/* A file that is longer or shorter at its end than at its opening is another file than was asked for. */
static void test_refuses_a_file_that_changes(void **state)
{
    (void)state;
    enum { LARGE = 1 << 20 };
    char      *large = kd_alloc(LARGE, 1), bytes[64];
    kd_stream *stream;
    kd_error   err;
    size_t     got;
    memset(large, 'x', LARGE);
    for (int change = -1; change <= 1; change += 2) {
        char     *path = write_file("changes", large, LARGE, "", 0);
        kd_status status;
        assert_ok(kd_stream_open(&stream, path, &err), &err);
        assert_int_equal(truncate(path, LARGE + change * (LARGE / 2)), 0);
        do {
            status = kd_stream_read(stream, bytes, sizeof bytes, &got, &err);
        } while (status == KD_OK && got > 0);
        assert_fails(KD_EIO, "changed its length while it was read", status, &err);
        kd_stream_close(stream);
        free(path);
    }
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_what_was_packed),
        cmocka_unit_test(test_names_what_is_spoilt),
        cmocka_unit_test(test_refuses_a_file_that_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
