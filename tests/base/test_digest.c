/* test_digest.c - ids are digests of contents, in a form that people can copy. */
#include "harness/base/digest.h"
#include "tests/support/support.h"

static void test_agrees_with_the_published_digest_of_nothing(void **state)
{
    (void)state;
    char text[KD_ID_TEXT];
    kd_id_text(text, kd_id_of_bytes("", 0));
    assert_string_equal(text, "99aa06d3014798d86001c324468d497f"); /* XXH3_128bits of no bytes */
}

static void test_keeps_texts_apart(void **state)
{
    (void)state;
    kd_digest *digest = kd_digest_create();
    kd_digest_add_text(digest, "ab");
    kd_digest_add_text(digest, "c");
    kd_id one = kd_digest_id(digest);
    kd_digest_reset(digest);
    kd_digest_add_text(digest, "a");
    kd_digest_add_text(digest, "bc");
    assert_false(kd_id_equal(one, kd_digest_id(digest)));
    assert_int_equal(kd_id_compare(one, one), 0);
    kd_digest_destroy(digest);
}

static void test_reads_its_own_text_and_no_other(void **state)
{
    (void)state;
    kd_id id = { 0x0123456789abcdefu, 0xfedcba9876543210u }, back;
    char  text[KD_ID_TEXT];
    kd_id_text(text, id);
    assert_string_equal(text, "0123456789abcdeffedcba9876543210");
    assert_true(kd_id_parse(&back, text) && kd_id_equal(id, back));
    static const char *const bad[] = { "", "0123", "0123456789ABCDEFfedcba9876543210",
                                       "0123456789abcdeffedcba98765432100",
                                       "g123456789abcdeffedcba9876543210" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(kd_id_parse(&back, bad[i]));
}

static void test_digests_files_by_contents(void **state)
{
    (void)state;
    kd_error err;
    kd_id    a, b;
    assert_ok(kd_id_of_file(&a, kd_test_file("one", "same"), &err), &err);
    assert_ok(kd_id_of_file(&b, kd_test_file("two", "same"), &err), &err);
    assert_true(kd_id_equal(a, b));
    assert_fails(KD_ENOINPUT, "nowhere", kd_id_of_file(&a, "nowhere", &err), &err);
    assert_true(kd_checksum("x", 1, 0) != kd_checksum("x", 1, 1));
    kd_running_checksum *running = kd_checksum_begin(7);
    kd_checksum_add(running, "one ", 4);
    kd_checksum_add(running, "", 0);
    kd_checksum_add(running, "two", 3);
    assert_true(kd_checksum_end(running) == kd_checksum("one two", 7, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_published_digest_of_nothing),
        cmocka_unit_test(test_keeps_texts_apart),
        cmocka_unit_test(test_reads_its_own_text_and_no_other),
        cmocka_unit_test(test_digests_files_by_contents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
