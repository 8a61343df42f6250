/* It says what tells two nodes apart, and finds what a study no longer asks for. */
#include "harness/dispatch/changes.h"

#include <string.h>

#include "tests/support/support.h"

static kd_resolved_setting before_set[] = { { "seed", "1" }, { "train.lr", "0.1" }, { "x", "a" } };
static kd_resolved_file    before_files[] = { { KD_FILE_TRAIN, "a.tsv", { 1, 2 } } };

static kd_resolved node(kd_resolved_setting *set, size_t set_count, kd_resolved_file *files)
{
    return (kd_resolved){
        .kind = KD_NODE_CORPUS, .set = set, .set_count = set_count, .files = files, .file_count = 1
    };
}

static void assert_words(const kd_resolved *now, size_t count, const char *words)
{
    kd_str      out = KD_STR_INIT;
    kd_resolved before = node(before_set, 3, before_files);
    assert_int_equal(kd_changes_compare(&out, &before, now), count);
    assert_string_equal(out.text, words);
    kd_str_fini(&out);
}

static void test_says_what_tells_two_nodes_apart(void **state)
{
    (void)state;
    kd_resolved_setting edited[] = { { "seed", "1" }, { "train.lr", "0.2" }, { "x", "a" } };
    kd_resolved_setting fewer[] = { { "seed", "1" }, { "train.lr", "0.1" } };
    kd_resolved_setting more[] = {
        { "a", "0" }, { "seed", "1" }, { "train.lr", "0.1" }, { "x", "a" }
    };
    kd_resolved_file other[] = { { KD_FILE_TRAIN, "b.tsv", { 1, 3 } } };
    kd_resolved_file moved[] = { { KD_FILE_TRAIN, "elsewhere/a.tsv", { 1, 2 } } };
    kd_resolved_file added[] = { { KD_FILE_VOCAB, "v.txt", { 1, 2 } } };
    kd_resolved      now = node(before_set, 3, before_files);
    assert_words(&now, 0, "");
    now = node(before_set, 3, moved);
    assert_words(&now, 0, "");
    now = node(edited, 3, before_files);
    assert_words(&now, 1, "train.lr was 0.1 and is 0.2");
    now = node(fewer, 2, before_files);
    assert_words(&now, 1, "x is gone");
    now = node(more, 4, added);
    assert_words(&now, 2, "a is new, v.txt is new");
    now = node(edited, 3, other);
    assert_words(&now, 2, "train.lr was 0.1 and is 0.2, b.tsv has other contents");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_says_what_tells_two_nodes_apart) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
