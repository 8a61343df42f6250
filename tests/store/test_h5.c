/* It keeps what is put, under one name at once or not at all, and sees damage. */
#include "harness/store/h5.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/fs.h"
#include "tests/store/fixture.h"

static char *new_path(const char *name)
{
    return kd_fs_join(kd_test_folder(), name);
}

static void test_reads_back_every_type(void **state)
{
    (void)state;
    static const kd_h5_type types[] = { KD_H5_F32, KD_H5_F64, KD_H5_F16, KD_H5_BF16, KD_H5_I16,
                                        KD_H5_I32, KD_H5_I64, KD_H5_U8,  KD_H5_U32,  KD_H5_U64 };
    unsigned char           bytes[12 * 8], back[12 * 8];
    char                   *path = new_path("types.h5"), name[32];
    kd_error                err;
    kd_h5                  *h5;
    kd_h5_member            member;

    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7 + 1);
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(name, sizeof name, "group/%s", kd_h5_type_word(types[i]));
        assert_ok(kd_h5_put(h5, name, types[i], bytes, 3, 4, &err), &err);
        snprintf(name, sizeof name, "line/%s", kd_h5_type_word(types[i]));
        assert_ok(kd_h5_put(h5, name, types[i], bytes, 12, 0, &err), &err);
    }
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_open(&h5, path, &err), &err);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t length = 12 * kd_h5_type_bytes(types[i]);
        snprintf(name, sizeof name, "group/%s", kd_h5_type_word(types[i]));
        assert_ok(kd_h5_find(h5, name, &member, &err), &err);
        assert_int_equal(member.type, types[i]);
        assert_int_equal(member.rows, 3);
        assert_int_equal(member.cols, 4);
        assert_ok(kd_h5_get(h5, name, types[i], back, 3, 4, &err), &err);
        assert_memory_equal(back, bytes, length);
        snprintf(name, sizeof name, "line/%s", kd_h5_type_word(types[i]));
        assert_ok(kd_h5_get(h5, name, types[i], back, 12, 0, &err), &err);
        assert_memory_equal(back, bytes, length);
    }
    kd_h5_close(h5);
    free(path);
}

static void test_reads_back_texts_tables_and_marks(void **state)
{
    (void)state;
    static const kd_record_setting pairs[] = { { "a", "" },
                                               { "", "b" },
                                               { "schl\xc3\xbcssel", "two words" } };
    static const kd_record_metric  numbers[] = { { "f1", 0.1 }, { "long.name", -1e300 } };
    char                          *path = new_path("tables.h5");
    kd_error                       err;
    kd_h5                         *h5;
    kd_str                         text = KD_STR_INIT;
    kd_arena                      *arena = kd_arena_create(0);
    kd_record_setting             *got_pairs;
    kd_record_metric              *got_numbers;
    size_t                         count;
    int64_t                        number;

    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put_text(h5, "text", "first\nsecond\n", &err), &err);
    assert_ok(kd_h5_put_text(h5, "nothing", "", &err), &err);
    assert_ok(kd_h5_put_pairs(h5, "pairs", pairs, 3, &err), &err);
    assert_ok(kd_h5_put_pairs(h5, "none/pairs", NULL, 0, &err), &err);
    assert_ok(kd_h5_put_numbers(h5, "numbers", numbers, 2, &err), &err);
    assert_ok(kd_h5_put_numbers(h5, "none/numbers", NULL, 0, &err), &err);
    assert_ok(kd_h5_put_mark(h5, "mark", "word", &err), &err);
    assert_ok(kd_h5_put_mark(h5, "empty", "", &err), &err);
    assert_ok(kd_h5_put_count(h5, "count", -5, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_open(&h5, path, &err), &err);
    assert_ok(kd_h5_get_text(h5, "text", &text, &err), &err);
    assert_string_equal(text.text, "first\nsecond\n");
    assert_ok(kd_h5_get_text(h5, "nothing", &text, &err), &err);
    assert_string_equal(text.text, "");
    assert_ok(kd_h5_get_pairs(h5, "pairs", arena, &got_pairs, &count, &err), &err);
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(got_pairs[i].key, pairs[i].key);
        assert_string_equal(got_pairs[i].value, pairs[i].value);
    }
    assert_ok(kd_h5_get_numbers(h5, "numbers", arena, &got_numbers, &count, &err), &err);
    assert_int_equal(count, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(got_numbers[i].name, numbers[i].name);
        assert_true(got_numbers[i].value == numbers[i].value);
    }
    assert_ok(kd_h5_get_pairs(h5, "none/pairs", arena, &got_pairs, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(kd_h5_get_numbers(h5, "none/numbers", arena, &got_numbers, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(kd_h5_get_mark(h5, "mark", &text, &err), &err);
    assert_string_equal(text.text, "word");
    assert_ok(kd_h5_get_mark(h5, "empty", &text, &err), &err);
    assert_string_equal(text.text, "");
    assert_ok(kd_h5_get_count(h5, "count", &number, &err), &err);
    assert_int_equal(number, -5);
    kd_h5_close(h5);
    kd_str_fini(&text);
    kd_arena_destroy(arena);
    free(path);
}

static void test_keeps_big_arrays_and_many_names(void **state)
{
    (void)state;
    enum { ROWS = 5000, COLS = 77, NAMES = 300 };
    float *data = kd_alloc(ROWS * COLS, sizeof *data), *back = kd_alloc(ROWS * COLS, sizeof *back);
    char  *path = new_path("big.h5"), name[32];
    kd_error            err;
    kd_h5              *h5;
    const kd_h5_member *members;
    size_t              count;

    for (size_t i = 0; i < ROWS * COLS; i++) data[i] = (float)i * 0.5f;
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put(h5, "weights/big", KD_H5_F32, data, ROWS, COLS, &err), &err);
    for (int i = NAMES - 1; i >= 0; i--) {
        snprintf(name, sizeof name, "weights/layer.%03d", i);
        assert_ok(kd_h5_put(h5, name, KD_H5_F32, data, 1, (size_t)i + 1, &err), &err);
    }
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_open(&h5, path, &err), &err);
    assert_ok(kd_h5_get(h5, "weights/big", KD_H5_F32, back, ROWS, COLS, &err), &err);
    assert_memory_equal(back, data, ROWS * COLS * sizeof *data);
    assert_ok(kd_h5_members(h5, &members, &count, &err), &err);
    assert_int_equal(count, NAMES + 1);
    assert_string_equal(members[0].name, "weights/big");
    for (int i = 0; i < NAMES; i++) assert_int_equal(members[i + 1].cols, i + 1);
    kd_h5_close(h5);
    free(path);
    free(data);
    free(back);
}

/* A text of odd length stands before the arrays, so that what is not aligned would be seen. */
static void test_shows_arrays_where_they_lie(void **state)
{
    (void)state;
    enum { BIG = 20001, SMALL = 5 };
    uint16_t   *data = kd_alloc(BIG, sizeof *data);
    char       *path = new_path("view.h5"), *text = kd_alloc(20002, 1);
    kd_arena   *arena = kd_arena_create(0);
    kd_error    err;
    kd_h5      *h5;
    const void *big, *again, *small;
    size_t      rows, cols;

    memset(text, 'x', 20001);
    for (int i = 0; i < BIG; i++) data[i] = (uint16_t)(i * 3);
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put_text(h5, "a", text, &err), &err);
    assert_ok(kd_h5_put(h5, "big", KD_H5_F16, data, BIG / 3, 3, &err), &err);
    assert_ok(kd_h5_put(h5, "small", KD_H5_F16, data, SMALL, 0, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_open(&h5, path, &err), &err);
    assert_ok(kd_h5_view(h5, "big", KD_H5_F16, arena, &big, &rows, &cols, &err), &err);
    assert_true(rows == BIG / 3 && cols == 3 && (uintptr_t)big % 64 == 0);
    assert_memory_equal(big, data, BIG * sizeof *data);
    assert_ok(kd_h5_view(h5, "big", KD_H5_F16, arena, &again, &rows, &cols, &err), &err);
    assert_ptr_equal(again, big); /* the file itself, and no copy */
    assert_ok(kd_h5_view(h5, "small", KD_H5_F16, arena, &small, &rows, &cols, &err), &err);
    assert_true(rows == SMALL && cols == 0);
    assert_memory_equal(small, data, SMALL * sizeof *data);
    assert_fails(KD_EDATA, "'big' is f16, expected f32",
                 kd_h5_view(h5, "big", KD_H5_F32, arena, &again, &rows, &cols, &err), &err);
    kd_h5_close(h5);
    kd_arena_destroy(arena);
    free(data);
    free(text);
    free(path);
}

/* Piece by piece or at once: the same arrays with the same checksums. */
static void test_writes_arrays_piece_by_piece(void **state)
{
    (void)state;
    enum { ROWS = 300000, COLS = 5, LINE = 70001, FEW = 20 };
    float        *data = kd_alloc((size_t)ROWS * COLS, sizeof *data);
    uint16_t     *line = kd_alloc(LINE, sizeof *line);
    char         *whole = new_path("whole.h5"), *pieces = new_path("pieces.h5");
    kd_error      err;
    kd_h5        *h5;
    kd_h5_stream *a, *b, *c;
    uint64_t      sums[2];

    for (size_t i = 0; i < (size_t)ROWS * COLS; i++) data[i] = (float)i / 7;
    for (int i = 0; i < LINE; i++) line[i] = (uint16_t)(i * 5);
    assert_ok(kd_h5_create(&h5, whole, NULL, &err), &err);
    assert_ok(kd_h5_put(h5, "group/a", KD_H5_F32, data, ROWS, COLS, &err), &err);
    assert_ok(kd_h5_put(h5, "group/b", KD_H5_F16, line, LINE, 0, &err), &err);
    assert_ok(kd_h5_put(h5, "group/c", KD_H5_F32, data, FEW, 0, &err), &err); /* in its header */
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_create(&h5, pieces, NULL, &err), &err);
    assert_ok(kd_h5_begin(&a, h5, "group/a", KD_H5_F32, ROWS, COLS, &err), &err);
    assert_ok(kd_h5_begin(&b, h5, "group/b", KD_H5_F16, LINE, 0, &err), &err);
    assert_ok(kd_h5_begin(&c, h5, "group/c", KD_H5_F32, FEW, 0, &err), &err);
    for (size_t at = 0, count; at < ROWS; at += count) { /* the three by turns */
        count = at % 7 == 0 ? 1 : ROWS - at < 9999 ? ROWS - at : 9999;
        assert_ok(kd_h5_append(a, data + at * COLS, count * COLS, &err), &err);
        if (at == 0) assert_ok(kd_h5_append(b, line, 1, &err), &err);
        if (at < FEW) assert_ok(kd_h5_append(c, data + at, at == 0 ? 1 : FEW - 1, &err), &err);
    }
    assert_ok(kd_h5_append(b, line + 1, LINE - 1, &err), &err);
    assert_ok(kd_h5_end(a, &err), &err);
    assert_ok(kd_h5_end(b, &err), &err);
    assert_ok(kd_h5_end(c, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);

    const char *const paths[] = { whole, pieces };
    for (int i = 0; i < 2; i++) {
        kd_h5_member member;
        const float *back;
        const void  *view;
        size_t       rows, cols;
        kd_arena    *arena = kd_arena_create(0);
        assert_ok(kd_h5_open(&h5, paths[i], &err), &err);
        assert_ok(kd_h5_verify(h5, "group/a", &err), &err);
        assert_ok(kd_h5_verify(h5, "group/b", &err), &err);
        assert_ok(kd_h5_verify(h5, "group/c", &err), &err);
        assert_ok(kd_h5_find(h5, "group/a", &member, &err), &err);
        assert_int_equal(member.rows, ROWS);
        assert_int_equal(member.cols, COLS);
        sums[i] = member.checksum;
        assert_ok(kd_h5_view(h5, "group/a", KD_H5_F32, arena, &view, &rows, &cols, &err), &err);
        back = view;
        assert_memory_equal(back, data, (size_t)ROWS * COLS * sizeof *data);
        kd_arena_destroy(arena);
        kd_h5_close(h5);
    }
    assert_true(sums[0] == sums[1]);
    free(whole);
    free(pieces);
    free(line);
    free(data);
}

static void test_sees_damage_in_a_big_array(void **state)
{
    (void)state;
    enum { COUNT = 3 << 20 };
    float        *data = kd_alloc(COUNT, sizeof *data);
    char         *path = new_path("big_damage.h5");
    kd_error      err;
    kd_h5        *h5;
    kd_h5_stream *stream;
    for (int i = 0; i < COUNT; i++) data[i] = (float)i;
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_begin(&stream, h5, "a", KD_H5_F32, COUNT, 0, &err), &err);
    assert_ok(kd_h5_append(stream, data, COUNT, &err), &err);
    assert_ok(kd_h5_end(stream, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);
    int file = open(path, O_RDWR);
    assert_true(file >= 0 && pwrite(file, "x", 1, 9 << 20) == 1);
    close(file);
    assert_ok(kd_h5_open(&h5, path, &err), &err);
    assert_fails(KD_EDATA, "'a' is damaged", kd_h5_verify(h5, "a", &err), &err);
    kd_h5_close(h5);
    free(path);
    free(data);
}

static void test_abandons_an_array_without_a_trace(void **state)
{
    (void)state;
    char         *path = new_path("abandoned.h5");
    const float   one = 1;
    kd_error      err;
    kd_h5        *h5;
    kd_h5_stream *stream, *again;
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_begin(&stream, h5, "a", KD_H5_F32, 100, 0, &err), &err);
    assert_ok(kd_h5_append(stream, &one, 1, &err), &err);
    assert_fails(KD_EIO, "cannot create the dataset 'a'",
                 kd_h5_begin(&again, h5, "a", KD_H5_F32, 100, 0, &err), &err);
    kd_h5_abandon(stream);
    kd_h5_discard(h5);
    assert_false(kd_fs_exists(path));
    free(path);
}

static void test_names_what_does_not_fit(void **state)
{
    (void)state;
    static const int32_t data[4] = { 1, 2, 3, 4 };
    int32_t              back[4];
    char                *path = new_path("shape.h5");
    kd_error             err;
    kd_h5               *h5;
    kd_str               text = KD_STR_INIT;
    kd_h5_member         member;
    int64_t              number;

    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put(h5, "a/b", KD_H5_I32, data, 2, 2, &err), &err);
    assert_fails(KD_EIO, "shape.h5: cannot create the dataset 'a/b'",
                 kd_h5_put(h5, "a/b", KD_H5_I32, data, 2, 2, &err), &err);
    assert_ok(kd_h5_commit(h5, &err), &err);

    assert_ok(kd_h5_open(&h5, path, &err), &err);
    assert_fails(KD_EDATA, "shape.h5: 'a/b' is i32 (2,2), expected i32 (4,0)",
                 kd_h5_get(h5, "a/b", KD_H5_I32, back, 4, 0, &err), &err);
    assert_fails(KD_EDATA, "'a/b' is i32 (2,2), expected f32 (2,2)",
                 kd_h5_get(h5, "a/b", KD_H5_F32, back, 2, 2, &err), &err);
    assert_fails(KD_EDATA, "'a/b' is i32, expected text", kd_h5_get_text(h5, "a/b", &text, &err),
                 &err);
    assert_fails(KD_EDATA, "has no readable dataset 'a/c'", kd_h5_find(h5, "a/c", &member, &err),
                 &err);
    assert_fails(KD_EDATA, "has no attribute 'id'", kd_h5_get_mark(h5, "id", &text, &err), &err);
    assert_fails(KD_EDATA, "has no attribute 'id'", kd_h5_get_count(h5, "id", &number, &err), &err);
    kd_h5_close(h5);
    free(path);
}

static void test_refuses_what_is_no_hdf5_file(void **state)
{
    (void)state;
    kd_error err;
    kd_h5   *h5;
    char    *path = new_path("plain.h5");
    fixture_write(path, "this is text", 12);
    assert_fails(KD_EDATA, "plain.h5: is not a whole HDF5 file: ", kd_h5_open(&h5, path, &err),
                 &err);
    assert_fails(KD_ENOINPUT, "/nowhere.h5: ", kd_h5_open(&h5, "/nowhere.h5", &err), &err);
    assert_null(h5);
    free(path);
}

static void test_discards_without_a_trace(void **state)
{
    (void)state;
    kd_error err;
    kd_h5   *h5;
    char    *folder = new_path("discard"), *path = kd_fs_join(folder, "x.h5"), **names;
    size_t   count;
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_h5_create(&h5, path, NULL, &err), &err);
    assert_ok(kd_h5_put_text(h5, "t", "text", &err), &err);
    kd_h5_discard(h5);
    assert_ok(kd_fs_list(folder, &names, &count, &err), &err);
    assert_int_equal(count, 0);
    kd_fs_free_names(names, count);
    free(path);
    free(folder);
}

static void test_cannot_create_without_a_folder(void **state)
{
    (void)state;
    kd_error err;
    kd_h5   *h5;
    assert_fails(KD_ECREATE, "/nowhere/x.h5: cannot create",
                 kd_h5_create(&h5, "/nowhere/x.h5", NULL, &err), &err);
}

/* In a child, for which files must end at 1 MB: as a full disk, but with a limit of our own. */
static int write_beyond_the_limit(const char *path)
{
    static float  data[1 << 18];
    struct rlimit limit = { 1 << 20, 1 << 20 };
    kd_error      err;
    kd_h5        *h5;
    kd_status     status = KD_OK;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (kd_h5_create(&h5, path, NULL, &err) != KD_OK) return 1;
    for (int i = 0; i < 8 && status == KD_OK; i++)
        status = kd_h5_put(h5, i % 2 ? "odd" : "even", KD_H5_F32, data, 1 << 18, 0, &err);
    if (status != KD_EIO || !strstr(err.text, "cannot write") ||
        !strstr(err.text, "File too large"))
        return 2;
    kd_h5_discard(h5);
    if (kd_fs_exists(path)) return 3;
    return 0;
}

static void test_says_that_the_disk_is_full(void **state)
{
    (void)state;
    char  *path = new_path("full.h5"), **names;
    size_t count;
    int    end;
    pid_t  child = fork();
    if (child == 0) _exit(write_beyond_the_limit(path));
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end));
    assert_int_equal(WEXITSTATUS(end), 0);
    assert_int_equal(kd_fs_list(kd_test_folder(), &names, &count, NULL), KD_OK);
    for (size_t i = 0; i < count; i++) assert_int_equal(kd_fs_making_of(names[i]), KD_FS_NO_DRAFT);
    kd_fs_free_names(names, count);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back_every_type),
        cmocka_unit_test(test_reads_back_texts_tables_and_marks),
        cmocka_unit_test(test_keeps_big_arrays_and_many_names),
        cmocka_unit_test(test_shows_arrays_where_they_lie),
        cmocka_unit_test(test_writes_arrays_piece_by_piece),
        cmocka_unit_test(test_sees_damage_in_a_big_array),
        cmocka_unit_test(test_abandons_an_array_without_a_trace),
        cmocka_unit_test(test_names_what_does_not_fit),
        cmocka_unit_test(test_refuses_what_is_no_hdf5_file),
        cmocka_unit_test(test_discards_without_a_trace),
        cmocka_unit_test(test_cannot_create_without_a_folder),
        cmocka_unit_test(test_says_that_the_disk_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
