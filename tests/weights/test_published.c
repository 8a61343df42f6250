/* Checkpoints that PyTorch wrote, in every form of file, against what they say there; and what we
 * write of them has the names that a file of their class has. The files come from
 * tests/golden/make_checkpoints.py. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/pretrained.h"
#include "models/weights/weights.h"
#include "tests/support/support.h"
#include "tests/weights/same.h"

#define WITHIN 3e-6 /* float32 against float64, of max(1, |figure|) */

static const struct {
    const char  *folder;
    kd_head_kind head;
} cases[] = {
    { "bert-tags", KD_HEAD_TAGS },                /* .bin, gamma and beta, matrices turned */
    { "bert-class", KD_HEAD_CLASS },              /* safetensors F32 */
    { "bert-multilabel", KD_HEAD_MULTILABEL },    /* .bin shards, BF16 */
    { "bert-mlm", KD_HEAD_MLM },                  /* safetensors shards, BF16; no class named */
    { "bert-span", KD_HEAD_SPAN },                /* safetensors F16 */
    { "bert-none", KD_HEAD_NONE },                /* .bin, F16, no prefix */
    { "roberta-tags", KD_HEAD_TAGS },             /* safetensors F32 */
    { "roberta-class", KD_HEAD_CLASS },           /* .bin; no class and no label named */
    { "roberta-multilabel", KD_HEAD_MULTILABEL }, /* safetensors BF16 */
    { "roberta-mlm", KD_HEAD_MLM },               /* .bin, with the tied decoder */
    { "roberta-span", KD_HEAD_SPAN },             /* safetensors F16 */
    { "roberta-none", KD_HEAD_NONE },             /* no prefix, a pooler */
    { "albert-tags", KD_HEAD_TAGS },              /* safetensors F32 */
    { "albert-class", KD_HEAD_CLASS },            /* .bin; no class and no label named */
    { "albert-multilabel", KD_HEAD_MULTILABEL },  /* .bin shards, BF16 */
    { "albert-mlm", KD_HEAD_MLM },         /* .bin, the tied decoder, the order of sentences */
    { "albert-span", KD_HEAD_SPAN },       /* safetensors F16, GELU with erf */
    { "albert-none", KD_HEAD_NONE },       /* no prefix, a pooler */
    { "mobilebert-tags", KD_HEAD_TAGS },   /* safetensors F32 */
    { "mobilebert-class", KD_HEAD_CLASS }, /* .bin; the first state itself is classified */
    { "mobilebert-multilabel", KD_HEAD_MULTILABEL }, /* safetensors BF16, a pooler */
    { "mobilebert-mlm", KD_HEAD_MLM },               /* .bin; tied, next sentences */
    { "mobilebert-span", KD_HEAD_SPAN },             /* safetensors F16, GELU */
    { "mobilebert-none", KD_HEAD_NONE },             /* no prefix, no pooler */
    { "distilbert-tags", KD_HEAD_TAGS },             /* safetensors BF16 */
    { "distilbert-class", KD_HEAD_CLASS },           /* safetensors F16 */
    { "distilbert-mlm", KD_HEAD_MLM },               /* .bin, a storage of two names */
    { "distilbert-span", KD_HEAD_SPAN },             /* safetensors F32 */
};
enum { CASES = sizeof cases / sizeof *cases };

static const char *folder_of(int i)
{
    static char path[4096];
    snprintf(path, sizeof path, "checkpoints/%s", cases[i].folder);
    return kd_golden_path(path);
}

static kd_json_document *open_want(const char *folder)
{
    char             *path = kd_fs_join(folder, "want.json");
    kd_json_document *document;
    kd_error          err;
    assert_ok(kd_json_open(&document, path, &err), &err);
    free(path);
    return document;
}

static void assert_matrix(const kd_tensor *got, const kd_json *want)
{
    assert_int_equal(kd_json_count(want), got->n);
    for (int n = 0; n < got->n; n++) {
        const kd_json *row = kd_json_at(want, (size_t)n);
        assert_int_equal(kd_json_count(row), got->d);
        for (int d = 0; d < got->d; d++)
            assert_close(kd_tensor_row(got, n)[d], kd_json_to_real(kd_json_at(row, (size_t)d), NAN),
                         WITHIN);
    }
}

static void assert_says(const kd_pretrained *loaded, const kd_json *sentence, const kd_json *said)
{
    int32_t       ids[16];
    const int32_t begin[] = { 0, (int32_t)kd_json_count(sentence) };
    kd_tape      *tape = kd_tape_create(&(kd_tape_options){ 0 });
    for (size_t i = 0; i < kd_json_count(sentence); i++)
        ids[i] = (int32_t)kd_json_to_int(kd_json_at(sentence, i), -1);
    kd_batch       batch = { ids, NULL, { 1, begin }, NULL, NULL };
    kd_outputs     out = kd_model_apply(loaded->model, tape, &batch, &(kd_wants){ .hidden = true });
    const kd_json *hidden = kd_json_get(said, "hidden");
    if (kd_json_get(said, "logits"))
        assert_matrix(out.logits, kd_json_get(said, "logits"));
    else
        assert_null(out.logits);
    assert_int_equal(kd_json_count(hidden), out.hidden_count);
    for (int l = 0; l < out.hidden_count; l++)
        assert_matrix(out.hidden[l], kd_json_at(hidden, (size_t)l));
    kd_tape_destroy(tape);
}

static void test_says_what_pytorch_says(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        const char       *folder = folder_of(i);
        kd_json_document *document = open_want(folder);
        const kd_json    *sentences = kd_json_get(kd_json_root(document), "sentences");
        const kd_json    *said = kd_json_get(kd_json_root(document), "said");
        kd_pretrained     loaded;
        kd_error          err;
        print_message("           %s\n", cases[i].folder);
        assert_ok(kd_pretrained_load(&loaded, folder, &err), &err);
        assert_int_equal(kd_model_arch(loaded.model)->head, cases[i].head);
        assert_int_equal(kd_json_count(said), 3);
        for (size_t b = 0; b < 3; b++)
            assert_says(&loaded, kd_json_at(sentences, b), kd_json_at(said, b));
        kd_pretrained_fini(&loaded);
        kd_json_close(document);
    }
}

/* No missing and no unexpected name. */
static void assert_names(const char *folder, const kd_json *want)
{
    kd_weights *weights;
    kd_error    err;
    assert_ok(kd_weights_open(&weights, folder, &err), &err);
    for (size_t i = 0; i < kd_json_count(want); i++)
        if (!kd_weights_find(weights, kd_json_to_text(kd_json_at(want, i), "?")))
            fail_msg("no %s", kd_json_to_text(kd_json_at(want, i), "?"));
    assert_int_equal(kd_weights_count(weights), kd_json_count(want));
    kd_weights_close(weights);
}

static void test_writes_the_names_of_the_class_and_reads_them_again(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        const char       *from = folder_of(i);
        char             *to = kd_fs_join(kd_test_folder(), cases[i].folder);
        kd_json_document *document = open_want(from);
        kd_pretrained     loaded, again;
        kd_error          err;
        assert_ok(kd_pretrained_load(&loaded, from, &err), &err);
        assert_ok(kd_pretrained_save(to, loaded.model, loaded.params,
                                     &(kd_pretrained_words){ .labels = loaded.labels }, &err),
                  &err);
        assert_names(to, kd_json_get(kd_json_root(document), "names"));
        assert_ok(kd_pretrained_load(&again, to, &err), &err);
        assert_same(&loaded, &again);
        assert_string_equal(loaded.labels, again.labels);
        kd_pretrained_fini(&loaded);
        kd_pretrained_fini(&again);
        kd_json_close(document);
        free(to);
    }
}

static void test_reads_labels_and_vocabulary(void **state)
{
    (void)state;
    kd_pretrained loaded;
    kd_str        vocab = KD_STR_INIT;
    kd_error      err;
    assert_ok(kd_pretrained_load(&loaded, folder_of(0), &err), &err);
    assert_string_equal(loaded.labels, "O\nB-Gene\nI-Gene\n");
    assert_ok(kd_pretrained_vocab(&vocab, folder_of(0), loaded.model, &err), &err);
    assert_non_null(strstr(vocab.text, "[MASK]\nthe\ngene\n"));
    kd_str_reset(&vocab);
    assert_ok(kd_pretrained_vocab(&vocab, folder_of(1), loaded.model, &err), &err);
    assert_int_equal(vocab.length, 0); /* that folder has none */
    kd_str_fini(&vocab);
    kd_pretrained_fini(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_pytorch_says),
        cmocka_unit_test(test_writes_the_names_of_the_class_and_reads_them_again),
        cmocka_unit_test(test_reads_labels_and_vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
