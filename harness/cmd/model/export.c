/* export.c - `kdgrid model export`: an object of a study as a published checkpoint, or in ONNX. */
#include "harness/cmd/model/export.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/finding.h"
#include "harness/cmd/model/model.h"
#include "harness/store/keys.h"
#include "harness/use/trained.h"
#include "models/text/tokenizer.h"
#include "models/text/vocab.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"
#include "models/weights/weights.h"

/* What an object of a model holds. */
typedef struct {
    kd_loaded_model loaded;
    kd_str          labels, vocab;
} model;

/* The words of vocab.txt, or NULL when no WordPiece tokenizer can use them. */
static kd_vocab *parse_vocab(const char *text)
{
    kd_vocab *vocab = kd_vocab_of_lines(text);
    if (kd_vocab_find(vocab, "[UNK]", 5) >= 0) return vocab;
    kd_vocab_destroy(vocab);
    return NULL;
}

/* How the corpus was cut, and by which file, from the settings that the object was told. */
static kd_token_options token_options(kd_object *object, kd_str *path)
{
    static const char prefix[] = "data.";
    kd_token_options  options;
    kd_record         record;
    kd_error          ignored;
    kd_arena         *arena = kd_arena_create(0);
    kd_setting_defaults(kd_token_settings, &options);
    if (kd_object_record(object, arena, &record, &ignored) == KD_OK)
        for (size_t i = 0; i < record.setting_count; i++) {
            if (!kd_starts_with(record.settings[i].key, prefix)) continue;
            const char       *key = record.settings[i].key + strlen(prefix);
            const kd_setting *row = kd_setting_find(kd_token_settings, key);
            if (row) kd_setting_put(row, &options, record.settings[i].value, &ignored);
            if (strcmp(key, "vocab") == 0) kd_str_add(path, record.settings[i].value);
        }
    kd_arena_destroy(arena);
    return options;
}

/* These and no others. */
static bool has_pieces(const kd_vocab *vocab, const char *lines)
{
    int32_t count;
    return kd_vocab_check_pieces(vocab, lines, &count, NULL) == KD_OK &&
           count == kd_vocab_size(vocab);
}

/* An object holds pieces and no merges or scores: those are where the study had them. */
static kd_tokenizer *find_tokenizer(const model *m, const char *path,
                                    const kd_token_options *options)
{
    kd_tokenizer *tokenizer;
    kd_error      why;
    if (!*path || kd_tokenizer_open(&tokenizer, path, options, &why) != KD_OK) return NULL;
    if (has_pieces(kd_tokenizer_vocab(tokenizer), m->vocab.text)) return tokenizer;
    kd_tokenizer_destroy(tokenizer);
    return NULL;
}

/* Say how words are cut, when there are pieces to cut them into; `own` is for the caller to free, `path` is lent to
 * `out`. */
static kd_status describe_words(kd_pretrained_words *out, kd_tokenizer **own, kd_str *path,
                                const model *m, kd_object *object, kd_error *err)
{
    kd_token_options options = token_options(object, path);
    kd_vocab        *vocab = parse_vocab(m->vocab.text);
    kd_status        status = KD_OK;
    *out = (kd_pretrained_words){ .labels = m->labels.text, .max_pieces = options.max_pieces };
    *own = NULL;
    if (vocab)
        status = kd_tokenizer_from_vocab(own, vocab, &options, err);
    else
        *own = find_tokenizer(m, path->text, &options);
    if (status == KD_OK && !*own && !path->length)
        kd_log_warning("no WordPiece vocabulary: no tokenizer is written");
    else if (status == KD_OK && !*own)
        kd_log_warning("%s: is not there, or not as the study had it: no tokenizer is written",
                       path->text);
    if (status != KD_OK) return status;
    if (!vocab) {
        out->tokenizer = *own;
        out->cut = options;
        /* Words that were lowered first the files alone would cut otherwise. */
        if (*own && !options.lowercase && options.letters == KD_LETTERS_AUTO)
            out->files = path->text;
        return KD_OK;
    }
    bool is_uncased = kd_tokenizer_is_uncased(*own);
    out->vocab = m->vocab.text;
    out->is_lowered = is_uncased || options.lowercase;
    out->keeps_accents = !is_uncased;
    return KD_OK;
}

/* ---- the forms ---- */

static kd_status write_published(const char *folder, const kd_exported *from, kd_error *err)
{
    kd_error why;
    if (from->precision != KD_F32)
        return kd_fail(err, KD_EUSAGE, "model export: only --format onnx has --precision int8");
    if (kd_layout_check(kd_model_arch(from->model), &why) != KD_OK)
        kd_log_warning("%s: config.json is in kdgrid's own words: %s", folder, why.text);
    return kd_pretrained_save(folder, from->model, from->params, from->words, err);
}

static const struct form {
    const char *name;
    kd_status (*write)(const char *folder, const kd_exported *from, kd_error *err);
    bool        decodes; /* asks the rules of a CRF */
    const char *loading;
} forms[] = {
    { "published", write_published, false,
      "`kdgrid predict THIS-FOLDER TEXTS`, where its head answers a task. Where `config.json` "
      "names a class in `architectures`, "
      "the usual Python\nlibrary loads the folder as that class; where its `model_type` is "
      "`kdgrid`, "
      "`model.safetensors` has the\nnames of PyTorch's own modules." },
    { "onnx", kd_export_onnx, true,
      "`python3 predict.py <TEXTS` needs `onnxruntime`. The graph takes `input_ids` and "
      "`attention_mask`\n(batch, length), 1 where a piece stands and 0 behind the last, and gives "
      "`logits`." },
};

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, name) == 0) return &forms[i];
    return NULL;
}

/* ---- the verb ---- */

/* What the command line asks for. */
typedef struct {
    const struct form *form;
    kd_precision       precision;
    const char        *folder;
} wish;

/* Its head says so of questions; of classes its task does, which an object of no study does not have. */
static bool has_two_texts(const model *m, kd_object *object)
{
    kd_record   record;
    kd_error    ignored;
    kd_task     task;
    kd_arena   *arena = kd_arena_create(0);
    bool        are_two = kd_model_arch(m->loaded.model)->head == KD_HEAD_SPAN;
    bool        is_told = kd_object_record(object, arena, &record, &ignored) == KD_OK;
    const char *word = is_told ? kd_record_value(&record, "task") : NULL;
    if (word && kd_task_parse(&task, word)) are_two |= kd_task_of(task)->texts == 2;
    kd_arena_destroy(arena);
    return are_two;
}

static bool is_signed(const char *card)
{
    kd_str   text = KD_STR_INIT;
    kd_error ignored;
    bool     is = kd_fs_read(card, &text, &ignored) == KD_OK && strstr(text.text, KD_CARD_SIGNED);
    kd_str_fini(&text);
    return is;
}

/* An earlier export may be written over, and nobody's own files. */
static kd_status check_folder(const char *folder, kd_error *err)
{
    static const char *const names[] = { KD_CARD_FILE, KD_CONFIG_FILE, KD_WEIGHTS_FILE,
                                         "model.onnx", "predict.py" };
    kd_status                status = KD_OK;
    char                    *card = kd_fs_join(folder, KD_CARD_FILE);
    for (size_t i = 0; i < sizeof names / sizeof *names && status == KD_OK && !is_signed(card);
         i++) {
        char *path = kd_fs_join(folder, names[i]);
        if (kd_fs_exists(path))
            status = kd_fail(err, KD_ECREATE,
                             "%s is there already, and of no export; name another folder", path);
        free(path);
    }
    free(card);
    return status;
}

static kd_status write_form(const model *m, kd_object *object, const wish *w, kd_error *err)
{
    kd_pretrained_words words;
    kd_exported         from = { .model = m->loaded.model,
                                 .params = m->loaded.params,
                                 .words = &words,
                                 .precision = w->precision,
                                 .loading = w->form->loading };
    kd_tokenizer       *tokenizer = NULL;
    kd_str              path = KD_STR_INIT;
    kd_status           status = describe_words(&words, &tokenizer, &path, m, object, err);
    from.tokenizer = tokenizer;
    from.has_two_texts = has_two_texts(m, object);
    if (from.has_two_texts && kd_model_arch(m->loaded.model)->head == KD_HEAD_CLASS)
        words.task = kd_task_name(KD_TASK_PAIR);
    if (status == KD_OK) status = w->form->write(w->folder, &from, err);
    if (status == KD_OK) status = kd_export_card(w->folder, &from, object, err);
    kd_tokenizer_destroy(tokenizer);
    kd_str_fini(&path);
    return status;
}

/* What a CRF allows is in no weight: the scheme of the labels says it. */
static kd_status obey_labels(kd_model *network, const char *path, kd_error *err)
{
    kd_labels *labels = NULL;
    kd_status  status = kd_model_crf(network) ? kd_trained_labels(&labels, path, err) : KD_OK;
    if (labels) kd_model_obey(network, labels);
    kd_labels_destroy(labels);
    return status;
}

static kd_status export(kd_object *object, const char *path, const wish *w, kd_error *err)
{
    model     m = { .labels = KD_STR_INIT, .vocab = KD_STR_INIT };
    kd_status status = kd_model_object_read(&m.loaded, object, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_LABELS, &m.labels, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_VOCAB, &m.vocab, err);
    if (status == KD_OK && w->form->decodes) status = obey_labels(m.loaded.model, path, err);
    if (status == KD_OK) status = write_form(&m, object, w, err);
    kd_str_fini(&m.labels);
    kd_str_fini(&m.vocab);
    kd_loaded_model_fini(&m.loaded);
    return status;
}

static kd_status export_found(const kd_finding *finding, const char *word, const wish *w,
                              kd_error *err)
{
    char      *path;
    kd_object *object = NULL;
    kd_status  status = kd_finding_path(&path, finding, word, err);
    if (status == KD_OK) status = check_folder(w->folder, err);
    if (status == KD_OK) status = kd_object_open_file(&object, path, err);
    if (status == KD_OK) status = export(object, path, w, err);
    kd_object_close(object);
    free(path);
    return status;
}

static kd_status check_words(wish *w, const char *format, const char *precision, kd_error *err)
{
    if (!w->folder) return kd_fail(err, KD_EUSAGE, "model export: -o DIR is missing");
    w->form = find_form(format);
    if (!w->form)
        return kd_fail(err, KD_EUSAGE, "model export: --format is published or onnx, not %s",
                       format);
    if (!kd_precision_parse(precision, &w->precision) || w->precision == KD_BF16)
        return kd_fail(err, KD_EUSAGE, "model export: --precision is f32 or int8, not %s",
                       precision);
    return KD_OK;
}

kd_status kd_cmd_model_export(int argc, char **argv, kd_error *err)
{
    wish         w = { .folder = NULL };
    const char  *format = "published", *precision = "f32";
    kd_finding   finding = { .folder = NULL };
    const kd_arg table[] = {
        { 'o', "output", KD_ARG_TEXT, &w.folder, "DIR", "the folder to write, made when absent" },
        { 0, "format", KD_ARG_TEXT, &format, "FORM", "published or onnx (published)",
          "published onnx" },
        { 0, "precision", KD_ARG_TEXT, &precision, "P",
          "of the products in an ONNX graph: f32 or int8 (f32)", "f32 int8" },
        KD_ARGS_FINDING(finding),
        KD_ARG_END,
    };
    kd_args args = {
        "model export", "FILE.h5|CELL|best -o DIR [--format FORM] [OPTION]...",
        "Writes a network of a study as config.json, model.safetensors, vocab.txt (for\n"
        "other kinds of pieces tokenizer.json, and vocab.json with merges.txt or\n"
        "spiece.model), tokenizer_config.json and README.md, a card of its data, method,\n"
        "metrics and size. Where the\n"
        "usual Python library has a class for it, names and keys are those of that\n"
        "class; else they are our own, see docs/WEIGHTS.md. With --format onnx: as\n"
        "model.onnx, tokenizer.json, predict.py and README.md, see docs/EXPORT.md. CELL is an id,\n"
        "its first digits or a label (docs/FINDING.md).",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped) status = check_words(&w, format, precision, err);
    if (status == KD_OK && !args.helped) status = export_found(&finding, args.words[0], &w, err);
    kd_args_fini(&args);
    return status;
}
