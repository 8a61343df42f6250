/* test_tfevents.c - the checksum by its published value, and a whole file by its bytes. */
#include <string.h>

#include "harness/review/tfevents.h"
#include "tests/support/support.h"

/* RFC 3720, B.4, has the vectors of zeros and ones; "123456789" is the usual check value. */
static void test_knows_the_checksum(void **state)
{
    unsigned char bytes[32];
    (void)state;
    assert_int_equal(kd_tfevents_crc("123456789", 9), 0xE3069283u);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(kd_tfevents_crc(bytes, sizeof bytes), 0x8A9136AAu);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(kd_tfevents_crc(bytes, sizeof bytes), 0x62A8AB43u);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    assert_int_equal(kd_tfevents_crc(bytes, sizeof bytes), 0x46DD794Eu);
}

/* Between the frames: wall time 1.0, step 300, summary { value { tag "loss", simple_value 0.5 } }. */
static void test_writes_an_event_by_the_field(void **state)
{
    static const unsigned char want[] = { 0x09, 0,    0,   0,    0,    0,    0,    0xF0, 0x3F,
                                          0x10, 0xAC, 2,   0x2A, 0x0D, 0x0A, 0x0B, 0x0A, 4,
                                          'l',  'o',  's', 's',  0x15, 0,    0,    0,    0x3F };
    kd_str                     out = KD_STR_INIT;
    (void)state;
    kd_tfevents_add(&out, 1.0, 300, "loss", 0.5);
    assert_int_equal(out.length, 8 + 4 + sizeof want + 4);
    assert_int_equal((unsigned char)out.text[0], sizeof want);
    assert_memory_equal(out.text + 12, want, sizeof want);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_the_checksum),
        cmocka_unit_test(test_writes_an_event_by_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
