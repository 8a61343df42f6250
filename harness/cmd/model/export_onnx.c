/* export_onnx.c - a network as a folder for other runtimes: the graph, how words are cut, and a script
 * that reads both, where there is what it needs.
 *
 * model.onnx tells in its metadata what the script has to know: "head", "labels" (a name a line),
 * "longest" (pieces of a row, 0 for no limit), "texts" of a row, how many "separators" stand between two, and the ids
 * "cls", "sep" and "pad". */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/cmd/model/export.h"

/* The files of predict/ that make predict.py: how it begins, one that cuts words, one that answers, how it ends. */
extern const char kd_script_begin[], kd_script_wordpiece[], kd_script_tokenizers[],
    kd_script_tags[], kd_script_tags_crf[], kd_script_class[], kd_script_multilabel[],
    kd_script_pairs[], kd_script_end[];

static void note_number(kd_onnx *g, const char *key, int64_t number)
{
    kd_str text = KD_STR_INIT;

    kd_str_addf(&text, "%lld", (long long)number);
    kd_onnx_note(g, key, text.text);
    kd_str_fini(&text);
}

static void note_all(kd_onnx *g, const kd_exported *from)
{
    const kd_arch *arch = kd_model_arch(from->model);
    int            longest = kd_arch_longest(arch), most = from->words->max_pieces;

    if (most == 0 || most > longest) most = longest;
    kd_onnx_note(g, "head", kd_head_word(arch->head));
    kd_onnx_note(g, "labels", from->words->labels ? from->words->labels : "");
    note_number(g, "longest", most == INT_MAX ? 0 : most);
    note_number(g, "texts", from->has_two_texts ? 2 : 1);
    if (!from->tokenizer) return;
    note_number(g, "separators", kd_vocab_separators(kd_tokenizer_vocab(from->tokenizer)));
    kd_specials s = kd_vocab_specials(kd_tokenizer_vocab(from->tokenizer));
    note_number(g, "cls", s.cls);
    note_number(g, "sep", s.sep);
    note_number(g, "pad", s.pad < 0 ? 0 : s.pad);
}

static kd_status write_graph(const char *folder, const kd_exported *from, kd_error *err)
{
    char     *path = kd_fs_join(folder, "model.onnx");
    kd_onnx  *graph = NULL;
    kd_status status = kd_model_graph(&graph, from->model,
                                      (kd_graph_form){ .is_int8 = from->precision == KD_INT8,
                                                       .has_two_texts = from->has_two_texts },
                                      err);

    if (status == KD_OK) status = kd_fs_make_folders(folder, err);
    if (status == KD_OK) {
        note_all(graph, from);
        status = kd_onnx_write(graph, path, err);
    }
    kd_onnx_destroy(graph);
    free(path);
    return status;
}

/* It cuts words and names labels. */
static bool script_works(const kd_exported *from)
{
    return from->tokenizer && kd_head_has_labels(kd_model_arch(from->model)->head);
}

static const char *script_of_answers(const kd_exported *from)
{
    if (from->has_two_texts) return kd_script_pairs;
    switch (kd_model_arch(from->model)->head) {
    case KD_HEAD_TAGS:
        return kd_model_crf(from->model) ? kd_script_tags_crf : kd_script_tags;
    case KD_HEAD_MULTILABEL:
        return kd_script_multilabel;
    default:
        return kd_script_class;
    }
}

/* For this network alone, so that it is short. */
static kd_status write_script(const char *path, const kd_exported *from, kd_error *err)
{
    bool   is_wordpiece = strcmp(kd_tokenizer_kind_name(from->tokenizer), "wordpiece") == 0;
    kd_str script = KD_STR_INIT;

    kd_str_add(&script, kd_script_begin);
    kd_str_add(&script, is_wordpiece ? kd_script_wordpiece : kd_script_tokenizers);
    kd_str_add(&script, script_of_answers(from));
    kd_str_add(&script, kd_script_end);
    kd_status status = kd_fs_write(path, script.text, script.length, err);
    kd_str_fini(&script);
    return status;
}

kd_status kd_export_onnx(const char *folder, const kd_exported *from, kd_error *err)
{
    char     *tokenizer = kd_fs_join(folder, KD_TOKENIZER_FILE);
    char     *script = kd_fs_join(folder, "predict.py");
    kd_status status = write_graph(folder, from, err);

    if (status == KD_OK && from->tokenizer)
        status = kd_tokenizer_write(from->tokenizer, tokenizer, err);
    if (status == KD_OK && script_works(from)) status = write_script(script, from, err);
    free(tokenizer);
    free(script);
    return status;
}
