/* test_piece_vectors.c - which vector a piece begins with, by hand. */
#include "models/text/piece_vectors.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

enum { MOST = 16, DIM = 2 };

/* Pieces with blanks between, of which "|" ends a word and "/" a sentence, as a pack of this vocabulary. */
typedef struct {
    kd_vocab *vocab;
    kd_pack   pack;
    int32_t   ids[64], word[64], begin[8];
    float     matrix[MOST * DIM];
} scene;

static int32_t id_of(scene *s, const char *piece, size_t length)
{
    int32_t id = kd_vocab_find(s->vocab, piece, length);
    return id >= 0 ? id : kd_vocab_add(s->vocab, piece, length);
}

static void set_scene(scene *s, const char *pieces)
{
    int n = 0, b = 0, w = 0;
    *s = (scene){ .vocab = kd_vocab_create() };
    id_of(s, "[UNK]", 5);
    for (const char *at = pieces; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (*at == '|') {
            w++;
        } else if (*at == '/') {
            s->begin[++b] = n;
            w = 0;
        } else {
            s->ids[n] = id_of(s, at, length);
            s->word[n++] = w;
        }
        at += length;
    }
    s->begin[++b] = n;
    s->pack = (kd_pack){ .task = KD_TASK_NER,
                         .sentences = b,
                         .pieces = n,
                         .ids = s->ids,
                         .word = s->word,
                         .piece_begin = s->begin };
    for (int i = 0; i < MOST * DIM; i++) s->matrix[i] = -9;
}

static kd_vectors_hits fill(scene *s, const char *file, kd_vectors_rule rule)
{
    kd_vectors_hits hits, counted;
    kd_error        err;
    const char     *path = kd_test_file("vectors.txt", file);
    assert_ok(kd_piece_vectors(s->matrix, DIM, path, s->vocab, &s->pack, rule, &hits, &err), &err);
    assert_ok(kd_piece_vectors(NULL, DIM, path, s->vocab, &s->pack, rule, &counted, &err), &err);
    assert_memory_equal(&hits, &counted, sizeof hits);
    return hits;
}

static void assert_row(scene *s, const char *piece, float x, float y)
{
    int32_t id = kd_vocab_find(s->vocab, piece, strlen(piece));
    assert_true(id >= 0);
    assert_close((double)s->matrix[id * DIM], (double)x, 1e-6);
    assert_close((double)s->matrix[id * DIM + 1], (double)y, 1e-6);
}

#define FILE_OF_THREE "kin 1 2\nkinase 4 8\nligase 12 16\n"
/* kinase twice, ligase once; zase has no vector; kin stands alone as well. */
#define SENTENCES     "Kin ##ase | lig ##ase / Kin ##ase | z ##ase | Kin | [UNK]"

static void test_gives_words_their_vectors(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, SENTENCES);
    kd_vectors_hits hits = fill(&s, FILE_OF_THREE, KD_VECTORS_WORDS);
    assert_row(&s, "Kin", 1, 2);
    assert_row(&s, "##ase", -9, -9);
    assert_row(&s, "lig", -9, -9);
    assert_int_equal(hits.pieces, 5);
    assert_int_equal(hits.own, 1);
    assert_int_equal(hits.mean, 0);
    assert_int_equal(hits.uses, 9); /* [UNK] is none */
    assert_int_equal(hits.uses_own, 3);
    kd_vocab_destroy(s.vocab);
}

static void test_gives_parts_the_mean_of_their_words(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, SENTENCES);
    kd_vectors_hits hits = fill(&s, FILE_OF_THREE, KD_VECTORS_PARTS);
    assert_row(&s, "Kin", 1, 2); /* a word has its own */
    assert_row(&s, "##ase", (4 + 4 + 12) / 3.0f, (8 + 8 + 16) / 3.0f);
    assert_row(&s, "lig", 12, 16);
    assert_row(&s, "z", -9, -9); /* of a word that no file has */
    assert_row(&s, "[UNK]", -9, -9);
    assert_int_equal(hits.own, 1);
    assert_int_equal(hits.mean, 2);
    assert_int_equal(hits.uses_own, 3);
    assert_int_equal(hits.uses_mean, 5);
    kd_vocab_destroy(s.vocab);
}

/* A piece that is twice in a word counts twice in it. */
static void test_counts_a_part_as_often_as_it_is_there(void **state)
{
    (void)state;
    scene s;
    set_scene(&s, "a ##b ##b | c ##b");
    fill(&s, "abb 1 2\ncb 4 8\n", KD_VECTORS_PARTS);
    assert_row(&s, "##b", (1 + 1 + 4) / 3.0f, (2 + 2 + 8) / 3.0f);
    assert_row(&s, "a", 1, 2);
    kd_vocab_destroy(s.vocab);
}

/* Where a mark says what begins a word, the others continue it, and the mark is none of its letters. */
static void test_knows_marks_of_begins(void **state)
{
    (void)state;
    static const char *const marks[] = { "\xc4\xa0", "\xe2\x96\x81" };
    for (int i = 0; i < 2; i++) {
        scene s;
        char *pieces = kd_sprintf("%skin ase | lig ase / %skin | ase", marks[i], marks[i]);
        char *kin = kd_sprintf("%skin", marks[i]);
        set_scene(&s, pieces);
        fill(&s, FILE_OF_THREE, KD_VECTORS_PARTS);
        assert_row(&s, kin, 1, 2);
        assert_row(&s, "lig", 12, 16);
        assert_row(&s, "ase", (4 + 12) / 2.0f,
                   (8 + 16) / 2.0f); /* alone it is a word without a vector */
        kd_vectors_hits hits;
        kd_error        err;
        assert_fails(KD_ECONFIG, "has a vector for none of 4 pieces",
                     kd_piece_vectors(s.matrix, DIM, kd_test_file("v.txt", FILE_OF_THREE), s.vocab,
                                      &s.pack, KD_VECTORS_WORDS, &hits, &err),
                     &err);
        kd_vocab_destroy(s.vocab);
        free(pieces);
        free(kin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_words_their_vectors),
        cmocka_unit_test(test_gives_parts_the_mean_of_their_words),
        cmocka_unit_test(test_counts_a_part_as_often_as_it_is_there),
        cmocka_unit_test(test_knows_marks_of_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
