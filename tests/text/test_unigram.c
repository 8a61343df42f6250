/* The unigram model against the pieces of SentencePiece itself (tests/golden/tokens.json; the
 * small model beside it was trained by SentencePiece on our own strings). */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "models/text/charsmap.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

#define B "\xE2\x96\x81" /* the model's blank, U+2581 */

static void test_cuts_as_sentencepiece_does(void **state)
{
    (void)state;
    kd_json_document        *golden = kd_golden_open("tokens.json");
    const kd_json           *root = kd_json_root(golden), *unigram = kd_json_get(root, "unigram");
    static const char *const names[] = { "cased", "uncased" };
    for (int i = 0; i < 2; i++) {
        kd_tokenizer *tokenizer = kd_test_open(kd_golden_path("unigram.model"), names[i]);
        kd_assert_pieces(tokenizer, kd_json_get(root, "texts"), kd_json_get(unigram, names[i]));
        kd_tokenizer_destroy(tokenizer);
    }
    kd_json_close(golden);
}

static void test_gives_back_what_it_knows(void **state)
{
    (void)state;
    static const char *const texts[] = { "gene", "the gene (and the cell)", "acetamide-acetamide",
                                         "" };
    kd_tokenizer            *tokenizer = kd_test_open(kd_golden_path("unigram.model"), "cased");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kd_ids ids = KD_VEC_INIT;
        kd_str back = KD_STR_INIT;
        kd_tokenizer_encode(tokenizer, texts[i], strlen(texts[i]), &ids);
        kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
        assert_string_equal(back.text, texts[i]);
        kd_str_fini(&back);
        kd_vec_fini(&ids);
    }
    kd_tokenizer_destroy(tokenizer);
}

static void test_cuts_the_published_vocabulary(void **state)
{
    (void)state;
    const char *folder = kd_shared_path("data/vocab/albert-base-v2");
    if (!folder) {
        print_message("the published vocabulary is not here: skipped\n");
        return;
    }
    /* Pieces by sentencepiece 0.1.97 with this model. */
    kd_tokenizer *tokenizer = kd_test_open(folder, "auto");
    assert_true(kd_tokenizer_is_uncased(tokenizer));
    assert_int_equal(kd_vocab_size(kd_tokenizer_vocab(tokenizer)), 30000);
    kd_assert_cut(tokenizer, "GENE  expression", B "gene " B "expression");
    kd_assert_cut(tokenizer, "2010, 5,", B "2010 , " B "5 ,");
    kd_tokenizer_destroy(tokenizer);
}

/* ---- models made by hand ---- */

static void add_piece(kd_str *model, const char *text, float score, int type)
{
    kd_str piece = KD_STR_INIT;
    kd_str_addf(&piece, "\n%c%s\x15", (int)strlen(text), text); /* 1: text, 2: a fixed 32 */
    kd_str_add_bytes(&piece, &score, 4);
    kd_str_addf(&piece, "\x18%c", type);
    kd_str_addf(model, "\n%c", (int)piece.length);
    kd_str_add_bytes(model, piece.text, piece.length);
    kd_str_fini(&piece);
}

static const char *write_model(const kd_str *model)
{
    static char *path;
    kd_error     err;
    if (!path) path = kd_fs_join(kd_test_folder(), "made.model");
    assert_ok(kd_fs_write(path, model->text, model->length, &err), &err);
    return path;
}

static void test_takes_the_best_sum_not_the_longest_piece(void **state)
{
    (void)state;
    kd_str model = KD_STR_INIT;
    add_piece(&model, "<unk>", 0.0f, 2);
    add_piece(&model, B, -1.0f, 1);
    add_piece(&model, "abc", -9.0f, 1);
    add_piece(&model, "a", -2.0f, 1);
    add_piece(&model, "bc", -3.0f, 1);
    add_piece(&model, "[x]", -50.0f, 4); /* user-defined: its score does not count */
    kd_tokenizer *tokenizer = kd_test_open(write_model(&model), "cased");
    kd_assert_cut(tokenizer, "abc", B " a bc");
    kd_assert_cut(tokenizer, "a[x]zzz bc", B " a [x] <unk> " B " bc");
    kd_tokenizer_destroy(tokenizer);
    kd_str_fini(&model);
}

static void test_cuts_numbers_from_their_commas_as_albert_does(void **state)
{
    (void)state;
    kd_str                   model = KD_STR_INIT;
    static const char *const pieces[] = { B, B "1", B "1,", "1", "2", "2,", ",", "x" };
    add_piece(&model, "<unk>", 0.0f, 2);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        add_piece(&model, pieces[i], -1.0f, 1);
    kd_tokenizer *cased = kd_test_open(write_model(&model), "cased");
    kd_tokenizer *uncased = kd_test_open(write_model(&model), "uncased");
    kd_assert_cut(cased, "1, x2,", B "1, " B " x 2,");
    kd_assert_cut(uncased, "1, x2,", B "1 , " B " x 2 ,");
    kd_tokenizer_destroy(cased);
    kd_tokenizer_destroy(uncased);
    kd_str_fini(&model);
}

static void assert_refused(const kd_str *model, const char *words)
{
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    assert_fails(KD_EDATA, words, kd_tokenizer_open(&tokenizer, write_model(model), &options, &err),
                 &err);
}

static void test_refuses_models_it_cannot_follow(void **state)
{
    (void)state;
    kd_str model = KD_STR_INIT;
    assert_refused(&model, "made.model: a model without pieces");
    add_piece(&model, "a", -1.0f, 1);
    assert_refused(&model, "made.model: no unknown piece");
    add_piece(&model, "<unk>", 0.0f, 2);
    size_t good = model.length;
    struct {
        const char *text;
        float       score;
        int         type;
        const char *words;
    } cases[] = {
        { "a", -1.0f, 1, "made.model: piece 2: 'a' is there already" },
        { "", -1.0f, 1, "made.model: piece 2: it is empty" },
        { "\xFF", -1.0f, 1, "made.model: piece 2: it is empty, holds a NUL, or is not UTF-8" },
        { "b", -1.0f / 0.0f, 1, "made.model: piece 2: its score is not finite" },
        { "b", -1.0f, 6, "models with byte pieces are not read" },
        { "b", -1.0f, 2, "a second unknown piece" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_str_cut(&model, good);
        add_piece(&model, cases[i].text, cases[i].score, cases[i].type);
        assert_refused(&model, cases[i].words);
    }
    kd_str_cut(&model, good);
    kd_str_add_bytes(&model, "\x12\x02\x18\x02", 4); /* trainer: model type 2 */
    assert_refused(&model, "a SentencePiece model of type 2, not unigram");
    kd_str_cut(&model, good);
    kd_str_add_bytes(&model, "\x1A\x05\x12\x03xyz", 7); /* normalizer: a map of three bytes */
    assert_refused(&model, "the map of characters is damaged");
    kd_str_fini(&model);
}

static void test_names_the_byte_where_a_file_breaks_off(void **state)
{
    (void)state;
    kd_str model = KD_STR_INIT;
    add_piece(&model, "<unk>", 0.0f, 2);
    kd_str_add_bytes(&model, "\n\x7F", 2); /* promises 127 bytes */
    assert_refused(&model, "made.model: byte 16: not a SentencePiece model, or a damaged one");
    kd_str_fini(&model);
}

/* Whatever a damaged file says, reading stays inside it: this is for the sanitizers. */
static void test_survives_changed_bytes(void **state)
{
    (void)state;
    kd_error         err;
    kd_str           good = KD_STR_INIT;
    kd_rng           rng = kd_rng_root(11);
    kd_token_options options = kd_test_options("auto");
    int              opened = 0;
    assert_ok(kd_fs_read(kd_golden_path("unigram.model"), &good, &err), &err);
    for (int round = 0; round < 300; round++) {
        kd_str model = KD_STR_INIT;
        kd_str_add_bytes(&model, good.text, good.length);
        for (int i = 0; i < 3; i++)
            model.text[kd_rng_below(&rng, model.length)] = (char)kd_rng_below(&rng, 256);
        kd_tokenizer *tokenizer;
        kd_ids        ids = KD_VEC_INIT;
        if (kd_tokenizer_open(&tokenizer, write_model(&model), &options, &err) == KD_OK) {
            kd_tokenizer_encode(tokenizer, "the gene \xEF\xAC\x81 (x)", 16, &ids);
            kd_tokenizer_destroy(tokenizer);
            opened++;
        }
        kd_vec_fini(&ids);
        kd_str_fini(&model);
    }
    kd_str_fini(&good);
    assert_in_range(opened, 1, 299); /* some are noticed, some still are models */
}

static void test_finds_the_longest_mapping(void **state)
{
    (void)state;
    /* A double array by hand for "a" -> "x" (text 0) and "ab" -> "yz" (text 2): the root's
     * children begin at 256, those of "a" at 512, that of "ab" at 768. */
    static uint32_t units[1024];
    char            bytes[4 + sizeof units + 5];
    uint32_t        length = sizeof units;
    units[0] = 256u << 10;
    units[256 ^ 'a'] = (uint32_t)((256 ^ 'a') ^ 512) << 10 | 1u << 8 | 'a';
    units[512] = 0x80000000u | 0;
    units[512 ^ 'b'] = (uint32_t)((512 ^ 'b') ^ 768) << 10 | 1u << 8 | 'b';
    units[768] = 0x80000000u | 2;
    memcpy(bytes, &length, 4);
    memcpy(bytes + 4, units, sizeof units);
    memcpy(bytes + 4 + sizeof units, "x\0yz", 5);

    kd_error    err;
    kd_charsmap map;
    size_t      matched = 0;
    assert_ok(kd_charsmap_read(&map, bytes, sizeof bytes, &err), &err);
    assert_string_equal(kd_charsmap_find(&map, "abc", 3, &matched), "yz");
    assert_int_equal(matched, 2);
    assert_string_equal(kd_charsmap_find(&map, "ac", 2, &matched), "x");
    assert_int_equal(matched, 1);
    assert_null(kd_charsmap_find(&map, "ba", 2, &matched));
    kd_charsmap_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_as_sentencepiece_does),
        cmocka_unit_test(test_gives_back_what_it_knows),
        cmocka_unit_test(test_cuts_the_published_vocabulary),
        cmocka_unit_test(test_takes_the_best_sum_not_the_longest_piece),
        cmocka_unit_test(test_cuts_numbers_from_their_commas_as_albert_does),
        cmocka_unit_test(test_refuses_models_it_cannot_follow),
        cmocka_unit_test(test_names_the_byte_where_a_file_breaks_off),
        cmocka_unit_test(test_survives_changed_bytes),
        cmocka_unit_test(test_finds_the_longest_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
