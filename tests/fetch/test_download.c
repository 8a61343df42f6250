/* What comes is whole and right, or it does not come. */
#include "harness/fetch/download.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "tests/fetch/server.h"
#include "tests/support/support.h"

enum { LENGTH = 300000 };

static char        text[LENGTH + 1], other[LENGTH / 2 + 1], sha_of_text[KD_SHA256_TEXT];
static const char *address;

static void fill(char *out, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        out[i] = (char)('a' + (seed = seed * 1103515245u + 12345u) / 65536 % 26);
}

static int start(void **state)
{
    kd_sha256 sha;
    (void)state;
    fill(text, LENGTH, 1);
    fill(other, LENGTH / 2, 2);
    kd_sha256_begin(&sha);
    kd_sha256_add(&sha, text, LENGTH);
    kd_sha256_end(&sha, sha_of_text);
    address = kd_server_start(text, other);
    return 0;
}

/* The file that `path` of the server becomes, by the name of the test. */
static kd_download of(const char *path, const char *name)
{
    return (kd_download){ .url = kd_sprintf("%s%s", address, path),
                          .path = kd_sprintf("%s/%s", kd_test_folder(), name),
                          .most = 1 << 20,
                          .patience_s = 2 };
}

static kd_status get(const kd_download *what, kd_error *err)
{
    char sha256[KD_SHA256_TEXT];
    return kd_download_file(what, sha256, err);
}

static void forget(kd_download *what)
{
    free((char *)what->url);
    free((char *)what->path);
}

static bool is_there(const kd_download *what, const char *suffix)
{
    char *path = kd_sprintf("%s%s", what->path, suffix);
    bool  is = kd_fs_exists(path);
    free(path);
    return is;
}

static void assert_file(const kd_download *what, const char *want)
{
    kd_str   got = KD_STR_INIT;
    kd_error err;
    assert_ok(kd_fs_read(what->path, &got, &err), &err);
    assert_int_equal(got.length, strlen(want));
    assert_memory_equal(got.text, want, got.length);
    assert_false(is_there(what, ".part"));
    assert_false(is_there(what, ".etag"));
    kd_str_fini(&got);
}

static void test_fetches_a_file(void **state)
{
    (void)state;
    kd_download what = of("/whole/a", "a");
    char        sha256[KD_SHA256_TEXT];
    kd_error    err;
    what.sha256 = sha_of_text;
    what.bytes = LENGTH;
    assert_ok(kd_download_file(&what, sha256, &err), &err);
    assert_string_equal(sha256, sha_of_text);
    assert_file(&what, text);
    forget(&what);
}

static void test_goes_on_where_it_broke_off(void **state)
{
    (void)state;
    kd_download what = of("/broken/a", "broken");
    kd_error    err;
    int         before = kd_server_continued();
    what.sha256 = sha_of_text;
    assert_fails(KD_EUNAVAILABLE, "150000 bytes; the same command goes on", get(&what, &err), &err);
    assert_false(is_there(&what, ""));
    assert_ok(get(&what, &err), &err);
    assert_int_equal(kd_server_continued(), before + 1);
    assert_file(&what, text);
    forget(&what);
}

static void test_begins_anew_when_the_file_has_changed(void **state)
{
    (void)state;
    kd_download what = of("/changed/a", "changed");
    kd_error    err;
    assert_fails(KD_EUNAVAILABLE, "goes on", get(&what, &err), &err);
    assert_ok(get(&what, &err), &err);
    assert_file(&what, other);
    forget(&what);
}

static void test_does_not_join_what_does_not_fit(void **state)
{
    (void)state;
    kd_download what = of("/twisted/a", "twisted");
    kd_error    err;
    assert_fails(KD_EUNAVAILABLE, "goes on", get(&what, &err), &err);
    assert_fails(KD_EUNAVAILABLE, "another part", get(&what, &err), &err);
    assert_false(is_there(&what, ""));
    forget(&what);
}

static void test_keeps_nothing_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *sha256;
        int64_t     bytes, most;
        const char *words;
    } cases[] = {
        { "00", 0, 1 << 20, "and should be 00" },
        { NULL, LENGTH + 1, 0, "300000 bytes came where there should be 300001" },
        { NULL, LENGTH - 1, 0, "longer than the 299999 bytes" },
        { NULL, 0, 1000, "longer than the 1000 bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_download what = of("/whole/a", "wrong");
        kd_error    err;
        what.sha256 = cases[i].sha256;
        what.bytes = cases[i].bytes;
        what.most = cases[i].most;
        assert_fails(KD_EDATA, cases[i].words, get(&what, &err), &err);
        assert_false(is_there(&what, ""));
        forget(&what);
    }
}

static void test_goes_where_it_may_alone(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        kd_status   kind;
        const char *words;
    } cases[] = {
        { "/loop", KD_EUNAVAILABLE, "more than 5 redirects" },
        { "/away", KD_EUSAGE, "only https" },
        { "/gone", KD_EUNAVAILABLE, "the server answers 404" },
        { "/silent", KD_EUNAVAILABLE, "after 0 bytes" },
        { "http://192.0.2.1/a", KD_EUSAGE, "only https" },
        { "http://127.0.0.1.example.org/a", KD_EUSAGE, "only https" },
        { "http://127.0.0.1@192.0.2.1/a", KD_EUSAGE, "only https" },
        { "ftp://127.0.0.1/a", KD_EUSAGE, "only https" },
        { "file:///etc/passwd", KD_EUSAGE, "is no address" },
        { "nowhere", KD_EUSAGE, "is no address" },
        { "http://127.0.0.1:1/a", KD_EUNAVAILABLE, "after 0 bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_download what = of(cases[i].url, "elsewhere");
        kd_error    err;
        if (*cases[i].url != '/') {
            free((char *)what.url);
            what.url = kd_strdup(cases[i].url);
        }
        assert_fails(cases[i].kind, cases[i].words, get(&what, &err), &err);
        assert_false(is_there(&what, ""));
        forget(&what);
    }
}

static bool stop(void *user, int64_t done, int64_t total)
{
    (void)done, (void)total;
    ++*(int *)user;
    return false;
}

static void test_stops_when_asked(void **state)
{
    (void)state;
    kd_download what = of("/whole/a", "stopped");
    kd_error    err;
    int         calls = 0;
    what.told = stop;
    what.user = &calls;
    assert_fails(KD_ESTOPPED, "asked to stop", get(&what, &err), &err);
    assert_true(calls > 0);
    forget(&what);
}

static void test_leaves_a_part_to_who_has_it(void **state)
{
    (void)state;
    kd_download what = of("/whole/a", "shared");
    kd_error    err;
    char       *part = kd_sprintf("%s.part", what.path);
    int         fd = open(part, O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_fails(KD_EUNAVAILABLE, "another process fetches it", get(&what, &err), &err);
    close(fd);
    assert_ok(get(&what, &err), &err);
    free(part);
    forget(&what);
}

static void test_follows_no_link(void **state)
{
    (void)state;
    kd_download what = of("/whole/a", "linked");
    kd_error    err;
    char       *part = kd_sprintf("%s.part", what.path);
    const char *victim = kd_test_file("victim", "precious");
    assert_int_equal(symlink(victim, part), 0);
    assert_int_not_equal(get(&what, &err), KD_OK);
    assert_int_equal(kd_fs_size(victim), 8);
    free(part);
    forget(&what);
}

/* A limit of a file's size stands for a disk that is full. */
static void test_tells_of_a_disk_that_is_full(void **state)
{
    (void)state;
    kd_download   what = of("/whole/a", "full");
    kd_error      err;
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 100000, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    kd_status status = get(&what, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_fails(KD_EIO, "full.part", status, &err);
    assert_false(is_there(&what, ""));
    forget(&what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fetches_a_file),
        cmocka_unit_test(test_goes_on_where_it_broke_off),
        cmocka_unit_test(test_begins_anew_when_the_file_has_changed),
        cmocka_unit_test(test_does_not_join_what_does_not_fit),
        cmocka_unit_test(test_keeps_nothing_that_is_wrong),
        cmocka_unit_test(test_goes_where_it_may_alone),
        cmocka_unit_test(test_stops_when_asked),
        cmocka_unit_test(test_leaves_a_part_to_who_has_it),
        cmocka_unit_test(test_follows_no_link),
        cmocka_unit_test(test_tells_of_a_disk_that_is_full),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
