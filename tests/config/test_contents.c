/* test_contents.c - what counts of the files that a study names. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/contents.h"
#include "models/weights/folder.h"
#include "tests/support/support.h"

enum { FILES_MAX = 12 };

/* A new folder of these files, each of which holds its own name. */
static char *make_folder(const char *name, const char *const *files)
{
    char    *folder = kd_fs_join(kd_test_folder(), name);
    kd_error err;
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    for (; *files; files++) {
        char *path = kd_fs_join(folder, *files);
        assert_ok(kd_fs_write(path, *files, strlen(*files), &err), &err);
        free(path);
    }
    return folder;
}

static void put(const char *folder, const char *file, const char *text)
{
    char    *path = kd_fs_join(folder, file);
    kd_error err;
    assert_ok(kd_fs_write(path, text, strlen(text), &err), &err);
    free(path);
}

static kd_id contents_of(const char *folder, const char *file)
{
    char    *path = file ? kd_fs_join(folder, file) : kd_strdup(folder);
    kd_id    id = { 0, 0 };
    int64_t  bytes;
    kd_error err;
    assert_ok(kd_contents_of(&id, &bytes, path, &err), &err);
    free(path);
    return id;
}

static void assert_lists(const char *folder, const char *const *want)
{
    kd_map  *names = kd_map_create();
    kd_error err;
    size_t   count = 0;
    assert_ok(kd_folder_list(names, folder, &err), &err);
    for (; want[count]; count++)
        if (!kd_map_get(names, want[count])) fail_msg("%s is not in the list", want[count]);
    assert_int_equal(kd_map_count(names), count);
    kd_map_destroy(names);
}

static void test_lists_what_readers_open(void **state)
{
    (void)state;
    static const char *const cases[][2][FILES_MAX] = {
        { { "config.json", "model.safetensors", "vocab.txt", "README.md", "optimizer.pt" },
          { "config.json", "model.safetensors", "vocab.txt" } },
        { { "vocab.json", "merges.txt", "tokenizer_config.json" }, { "vocab.json", "merges.txt" } },
        { { "spiece.model" }, { "spiece.model" } },
        { { "spiece.model", "tokenizer.json" }, { "spiece.model" } }, /* it would not be asked */
        { { "tokenizer.json", "notes.txt" }, { "tokenizer.json" } },
        { { "a.txt", "a.ann", "b.txt", "a.bak" }, { "a.txt", "a.ann", "b.txt" } },
        { { "b1.json", "b2.json", "README" }, { "b1.json", "b2.json" } }, /* of questions */
        { { "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json" },
          { "model.safetensors", "pytorch_model.bin" } }, /* the index would not be opened */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char  name[] = { 'l', (char)('0' + i), 0 };
        char *folder = make_folder(name, cases[i][0]);
        assert_lists(folder, cases[i][1]);
        free(folder);
    }
}

static void test_lists_an_index_and_its_shards(void **state)
{
    (void)state;
    char *folder = make_folder("shards", (const char *[]){ "a.bin", "b.bin", "c.bin", NULL });
    put(folder, "pytorch_model.bin.index.json",
        "{\"weight_map\":{\"x\":\"b.bin\",\"y\":\"a.bin\",\"z\":\"b.bin\"}}");
    assert_lists(folder,
                 (const char *[]){ "pytorch_model.bin.index.json", "a.bin", "b.bin", NULL });
    put(folder, "pytorch_model.bin.index.json", "{\"weight_map\":{\"x\":\"../b.bin\"}}");
    kd_id    id;
    int64_t  bytes;
    kd_error err;
    assert_fails(KD_EDATA, "index.json: x: expected the name of a file beside it",
                 kd_contents_of(&id, &bytes, folder, &err), &err);
    free(folder);
}

/* Names in their order, each with its file's digest: ids of cells were made so from the first. */
static void test_digests_a_folder_as_it_always_did(void **state)
{
    (void)state;
    static const char *const files[] = {
        "config.json",       "merges.txt",   "model.safetensors",
        "pytorch_model.bin", "spiece.model", "vocab.json",
        "vocab.txt",         "other.txt",    NULL,
    };
    char      *folder = make_folder("all", files);
    kd_digest *digest = kd_digest_create();
    for (int i = 0; i < 7; i++) {
        kd_id id = kd_id_of_bytes(files[i], strlen(files[i]));
        kd_digest_add_text(digest, files[i]);
        kd_digest_add_bytes(digest, &id, sizeof id);
    }
    kd_id want = kd_digest_id(digest);
    assert_true(kd_id_equal(contents_of(folder, NULL), want));
    assert_true(kd_id_equal(contents_of(folder, "vocab.json"), want));
    assert_true(kd_id_equal(contents_of(folder, "vocab.txt"), kd_id_of_bytes("vocab.txt", 9)));
    kd_digest_destroy(digest);
    free(folder);
}

static void test_counts_both_files_of_a_vocabulary(void **state)
{
    (void)state;
    char *folder =
        make_folder("two", (const char *[]){ "x-vocab.json", "x-merges.txt", "merges.txt", NULL });
    kd_id before = contents_of(folder, "x-vocab.json");
    put(folder, "merges.txt", "of another vocabulary");
    assert_true(kd_id_equal(contents_of(folder, "x-vocab.json"), before));
    put(folder, "x-merges.txt", "others");
    assert_false(kd_id_equal(contents_of(folder, "x-vocab.json"), before));
    free(folder);
}

static void test_refuses_a_folder_of_nothing(void **state)
{
    (void)state;
    char    *folder = make_folder("nothing", (const char *[]){ "README.md", NULL });
    kd_id    id;
    int64_t  bytes;
    kd_error err;
    assert_fails(KD_ENOINPUT, "nothing: is a folder without a vocabulary or weights",
                 kd_contents_of(&id, &bytes, folder, &err), &err);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_what_readers_open),
        cmocka_unit_test(test_lists_an_index_and_its_shards),
        cmocka_unit_test(test_digests_a_folder_as_it_always_did),
        cmocka_unit_test(test_counts_both_files_of_a_vocabulary),
        cmocka_unit_test(test_refuses_a_folder_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
