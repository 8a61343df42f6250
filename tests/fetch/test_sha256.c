/* The vectors of FIPS 180-4, and every split of a text into two pieces. */
#include <stdlib.h>
#include <string.h>

#include "harness/fetch/sha256.h"
#include "tests/support/support.h"

static void digest(char out[KD_SHA256_TEXT], const char *text, size_t cut)
{
    kd_sha256 sha;
    kd_sha256_begin(&sha);
    kd_sha256_add(&sha, text, cut);
    kd_sha256_add(&sha, text + cut, strlen(text) - cut);
    kd_sha256_end(&sha, out);
}

static void test_gives_the_digests_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    char got[KD_SHA256_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t cut = 0; cut <= strlen(cases[i].text); cut++) {
            digest(got, cases[i].text, cut);
            assert_string_equal(got, cases[i].digest);
        }
}

static void test_gives_the_digest_of_a_million_letters(void **state)
{
    (void)state;
    char *text = malloc(1000001), got[KD_SHA256_TEXT];
    memset(text, 'a', 1000000);
    text[1000000] = '\0';
    digest(got, text, 12345);
    free(text);
    assert_string_equal(got, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_gives_the_digest_of_a_file(void **state)
{
    (void)state;
    char     got[KD_SHA256_TEXT];
    kd_error err;
    assert_ok(kd_sha256_of_file(got, kd_test_file("abc", "abc"), &err), &err);
    assert_string_equal(got, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_fails(KD_ENOINPUT, "nowhere", kd_sha256_of_file(got, "nowhere", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_the_digests_of_the_standard),
        cmocka_unit_test(test_gives_the_digest_of_a_million_letters),
        cmocka_unit_test(test_gives_the_digest_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
