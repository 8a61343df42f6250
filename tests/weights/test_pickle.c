/* Pickles of state_dicts: tensors come out, and nothing else is ever built. */
#include <string.h>

#include "models/weights/pickle.h"
#include "tests/support/support.h"

#define BYTES(text) text, sizeof(text) - 1

/* {"w": a (2,3) F16 at offset 4 of storage "7", which has 10 elements} */
#define STORAGE "(X\7\0\0\0storagectorch\nHalfStorage\nX\1\0\0\0007X\3\0\0\0cpuK\x0AtQ"
#define TENSOR                                                                   \
    "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE "K\4K\2K\3\x86K\3K\1\x86\x89" \
    "ccollections\nOrderedDict\n)RtR"
#define DICT "\x80\2}q\0X\1\0\0\0w" TENSOR "s."

static kd_status keep(const kd_pickled *tensor, void *user, kd_error *err)
{
    (void)err;
    *(kd_pickled *)user = *tensor;
    return KD_OK;
}

static void test_builds_a_tensor(void **state)
{
    (void)state;
    kd_arena  *arena = kd_arena_create(0);
    kd_pickled t;
    kd_error   err;
    assert_ok(kd_pickle_read(BYTES(DICT), arena, keep, &t, &err), &err);
    assert_string_equal(t.name, "w");
    assert_string_equal(t.storage, "7");
    assert_int_equal(t.type, KD_DTYPE_F16);
    assert_int_equal(t.elements, 10);
    assert_int_equal(t.offset, 4);
    assert_int_equal(t.rank, 2);
    assert_int_equal(t.dim[0], 2);
    assert_int_equal(t.stride[0], 3);
    kd_arena_destroy(arena);
}

static void test_refuses_what_is_no_state_dict(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t      length;
        const char *words;
    } cases[] = {
        { BYTES(""), "cut short" },
        { BYTES("\x80\4}."), "protocol 2" },
        { BYTES("\x80\2cos\nsystem\nX\2\0\0\0ls\x85R."), "names the global 'os.system'" },
        { BYTES("\x80\2c__builtin__\neval\n."), "names the global '__builtin__.eval'" },
        { BYTES("\x80\2cos"), "names the global ''" },
        { BYTES("\x80\2K\1."), "wrong kind" },
        { BYTES("\x80\2}K\1K\2s."), "a key without a name: is no tensor" },
        { BYTES("\x80\2}X\1\0\0\0aK\2s."), "a: is no tensor" },
        { BYTES("\x80\2}(K\1u."), "a key has no value" },
        { BYTES("\x80\2}u."), "there is no mark" },
        { BYTES("\x80\2s."), "the stack is empty" },
        { BYTES("\x80\2h\5."), "the memo has no such place" },
        { BYTES("\x80\2}r\xFF\xFF\xFF\xFF."), "the memo has a hole" },
        { BYTES("\x80\2X\xFF\xFF\xFF\xFF"), "cut short" },
        { BYTES("\x80\2X\3\0\0\0a\0b."), "a NUL" },
        { BYTES("\x80\2\x87."), "too short for a tuple" },
        { BYTES("\x80\2\x8A\x09"), "more than 64 bits" },
        { BYTES("\x80\2ccollections\nOrderedDict\nK\1\x85R."), "calls what is no function" },
        { BYTES("\x80\2ctorch._utils\n_rebuild_tensor_v2\n)R."), "expected storage, offset" },
        { BYTES("\x80\2ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE
                "K\0J\xFF\xFF\xFF\xFF\x85K\1\x85tR."),
          "expected storage, offset" },
        { BYTES("\x80\2)Q."), "expected the id of a storage" },
        { BYTES("\x80\2i"), "an opcode" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arena  *arena = kd_arena_create(0);
        kd_pickled t;
        kd_error   err;
        assert_fails(KD_EDATA, cases[i].words,
                     kd_pickle_read(cases[i].bytes, cases[i].length, arena, keep, &t, &err), &err);
        kd_arena_destroy(arena);
    }
}

static void test_refuses_every_shortened_pickle(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof DICT - 1; length++) {
        kd_arena  *arena = kd_arena_create(0);
        kd_pickled t;
        kd_error   err;
        assert_int_equal(kd_pickle_read(DICT, length, arena, keep, &t, &err), KD_EDATA);
        kd_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builds_a_tensor),
        cmocka_unit_test(test_refuses_what_is_no_state_dict),
        cmocka_unit_test(test_refuses_every_shortened_pickle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
