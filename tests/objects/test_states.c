/* test_states.c - labels that differ are named, and kept states are those of their corpus and
 * whole. */
#include "harness/objects/states.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/objects/model.h"
#include "tests/store/fixture.h"

/* ---- labels ---- */

static void test_names_the_label_that_differs(void **state)
{
    (void)state;
    static const struct {
        const char *labels, *words;
    } cases[] = {
        { "O\nI-Gene\nB-Gene\n", "label 1 is I-Gene, and the corpus calls it B-Gene" },
        { "O\nB-Gene\nI-Drug\n", "label 2 is I-Drug, and the corpus calls it I-Gene" },
        { "O\nB-Gene\n", "there are fewer names than in the corpus, from label 2 on: I-Gene" },
        { "O\nB-Gene\nI-Gene\nX\n", "there are more names than in the corpus, from label 3 on: X" },
        { "", "there are fewer names than in the corpus, from label 0 on: O" },
    };
    kd_error         err;
    const kd_dataset dataset = { .labels_text = "O\nB-Gene\nI-Gene\n" };
    kd_store        *store = fixture_store("labels");
    assert_ok(kd_dataset_agrees(&dataset, dataset.labels_text, &err), &err);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(KD_EDATA, cases[i].words, kd_dataset_agrees(&dataset, cases[i].labels, &err),
                     &err);
        kd_object_draft *draft = fixture_model(store, fixture_id(i));
        assert_ok(kd_object_put_text(draft, "labels", cases[i].labels, &err), &err);
        fixture_finish(draft);
        assert_fails(KD_EDATA, cases[i].words,
                     kd_model_object_agrees(store, fixture_id(i), &dataset, &err), &err);
        assert_non_null(strstr(err.text, "labels of the teacher"));
    }
    kd_store_close(store);
}

/* ---- states ---- */

enum { LAYERS = 3, WIDTH = 4, HEADS = 2, SENTENCES = 3 };

static int32_t ends[] = { 0, 2, 5, 6 };

static kd_pack make_pack(void)
{
    return (
        kd_pack){ .task = KD_TASK_NER, .sentences = SENTENCES, .pieces = 6, .piece_begin = ends };
}

static kd_arch make_arch(void)
{
    kd_arch arch;
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = KD_KIND_BERT;
    arch.layers = LAYERS;
    arch.hidden = WIDTH;
    arch.encoder.heads = HEADS;
    return arch;
}

/* The i-th number of an array. */
static float number(kd_inside_kind kind, int layer, int i)
{
    return (float)(1000 * (int)kind + 100 * layer + i);
}

/* Hidden states 0 and 3, maps 2 and 3, numbered as `number` says; put in two goes. */
static kd_status write_states(const kd_store *store, kd_id id, bool is_half, float factor,
                              kd_error *err)
{
    kd_inside         inside = { .is_of_firsts = false };
    kd_object_draft  *draft;
    kd_states_writer *writer;
    kd_pack           pack = make_pack();
    kd_arch           arch = make_arch();
    float             numbers[64];
    kd_status         status;
    inside.has[KD_INSIDE_HIDDEN][0] = inside.has[KD_INSIDE_HIDDEN][3] = true;
    inside.has[KD_INSIDE_PROBS][2] = inside.has[KD_INSIDE_PROBS][3] = true;
    assert_ok(kd_object_create(&draft, store, id, "states", "", err), err);
    assert_ok(kd_states_writer_begin(&writer, draft, &inside, &arch, &pack, is_half, err), err);
    kd_inside_taker taker = kd_states_writer_taker(writer);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= LAYERS; l++) {
            int count = k == KD_INSIDE_HIDDEN ? 6 * WIDTH : HEADS * (2 * 2 + 3 * 3 + 1);
            if (!inside.has[k][l]) continue;
            for (int i = 0; i < count; i++) numbers[i] = factor * number(k, l, i);
            status = taker.take(taker.user, k, l, numbers, 8, err);
            if (status == KD_OK)
                status = taker.take(taker.user, k, l, numbers + 8, (size_t)count - 8, err);
            if (status != KD_OK) {
                kd_states_writer_abandon(writer);
                kd_object_discard(draft);
                return status;
            }
        }
    assert_ok(kd_states_writer_end(writer, err), err);
    return kd_object_commit(draft, err);
}

static void assert_sentence(const kd_outputs *out, const kd_rows *rows, int place, int sentence)
{
    static const int maps[] = { 0, HEADS * 4, HEADS * 13, HEADS * 14 };
    const float     *hidden = out->hidden[3]->x + rows->begin[place] * WIDTH;
    int              before = 0;
    for (int i = 0; i < (ends[sentence + 1] - ends[sentence]) * WIDTH; i++)
        assert_close(hidden[i], number(KD_INSIDE_HIDDEN, 3, ends[sentence] * WIDTH + i), 0);
    for (int p = 0; p < place; p++) {
        int length = rows->begin[p + 1] - rows->begin[p];
        before += HEADS * length * length;
    }
    for (int i = maps[sentence]; i < maps[sentence + 1]; i++)
        assert_close(out->probs[1]->x[before + i - maps[sentence]], number(KD_INSIDE_PROBS, 2, i),
                     0);
}

static void test_hands_out_sentences_in_any_order(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("states");
    kd_pack   pack = make_pack();
    for (int half = 0; half < 2; half++) { /* all these numbers are exact as halves */
        kd_loaded_states loaded;
        kd_id            id = fixture_id(10 + (unsigned)half);
        assert_ok(write_states(store, id, half, 1, &err), &err);
        assert_ok(kd_loaded_states_open(&loaded, store, id, &pack, &err), &err);
        assert_int_equal(loaded.states.teacher.layers, LAYERS);
        assert_false(loaded.states.inside.is_of_firsts);
        kd_states_reader *reader = kd_states_reader_create(&loaded.states, &pack);
        kd_tape          *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
        const int32_t     order[] = { 2, 0, 1 }, begin[] = { 0, 1, 3, 6 };
        kd_rows           rows = { 3, begin };
        kd_outputs        out = kd_states_read(reader, tape, order, &rows);
        assert_int_equal(out.hidden_count, LAYERS + 1);
        assert_null(out.hidden[1]);
        assert_null(out.probs[0]);
        assert_ptr_equal(out.last, out.hidden[3]);
        for (int i = 0; i < 3; i++) assert_sentence(&out, &rows, i, order[i]);
        kd_tape_destroy(tape);
        kd_states_reader_destroy(reader);
        kd_loaded_states_fini(&loaded);
    }
    kd_store_close(store);
}

static void test_refuses_states_of_another_corpus_and_damage(void **state)
{
    (void)state;
    kd_error         err;
    kd_loaded_states loaded;
    kd_store        *store = fixture_store("refused");
    kd_id            id = fixture_id(20);
    kd_pack          pack = make_pack(), other = make_pack();
    int32_t          longer[] = { 0, 2, 5, 7 };
    other.piece_begin = longer;
    other.pieces = 7;
    assert_ok(write_states(store, id, false, 1, &err), &err);
    assert_fails(KD_EDATA, "'hidden/train/0' is (6,4), expected (7,4): of another corpus",
                 kd_loaded_states_open(&loaded, store, id, &other, &err), &err);
    kd_loaded_states_fini(&loaded);
    int32_t moved[] = { 0, 1, 5, 6 }; /* as many pieces, cut into other sentences */
    other.piece_begin = moved;
    other.pieces = 6;
    assert_fails(KD_EDATA, "'probs/train/2' is (28,0), expected (36,0): of another corpus",
                 kd_loaded_states_open(&loaded, store, id, &other, &err), &err);
    kd_loaded_states_fini(&loaded);

    char  *path = kd_store_object_path(store, id);
    size_t length;
    char  *bytes = fixture_read(path, &length);
    float  first = number(KD_INSIDE_PROBS, 3, 0);
    for (size_t i = 0; i + sizeof first <= length; i++) /* wherever HDF5 may have written it */
        if (memcmp(bytes + i, &first, sizeof first) == 0) fixture_flip(path, i, 1);
    assert_fails(KD_EDATA, "checksum", kd_loaded_states_open(&loaded, store, id, &pack, &err),
                 &err);
    kd_loaded_states_fini(&loaded);
    free(bytes);
    free(path);
    kd_store_close(store);
}

static void test_refuses_numbers_that_a_half_cannot_hold(void **state)
{
    (void)state;
    kd_error  err;
    kd_store *store = fixture_store("halves");
    kd_id     id = fixture_id(30);
    assert_fails(KD_EDATA, "hidden of layer 3 reach 72000, more than f16 holds: set targets.format",
                 write_states(store, id, true, 240, &err), &err);
    assert_false(kd_store_has(store, id));
    assert_ok(write_states(store, id, false, 240, &err), &err);
    assert_fails(KD_EDATA, "hold a number that is not finite",
                 write_states(store, fixture_id(31), false, 3e38f, &err), &err);
    kd_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_label_that_differs),
        cmocka_unit_test(test_hands_out_sentences_in_any_order),
        cmocka_unit_test(test_refuses_states_of_another_corpus_and_damage),
        cmocka_unit_test(test_refuses_numbers_that_a_half_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
