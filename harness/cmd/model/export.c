/* export.c - `kdgrid model export`: an object of a study as a published checkpoint. */
#include <string.h>

#include "harness/base/log.h"
#include "harness/cmd/model/model.h"
#include "harness/objects/model.h"
#include "harness/store/keys.h"
#include "models/text/tokenizer.h"
#include "models/text/vocab.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"

/* What an object of a model holds. */
typedef struct {
    kd_loaded_model loaded;
    kd_str          labels, vocab;
} model;

/* The words of vocab.txt, or NULL when no WordPiece tokenizer can use them. */
static kd_vocab *parse_vocab(const char *text)
{
    kd_vocab *vocab = kd_vocab_create();
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        kd_vocab_add(vocab, text, (size_t)(end - text));
    if (kd_vocab_find(vocab, "[UNK]", 5) >= 0) return vocab;
    kd_vocab_destroy(vocab);
    return NULL;
}

/* How the corpus was cut, from the settings that the object was told. */
static kd_token_options token_options(kd_object *object)
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
            const kd_setting *row =
                kd_setting_find(kd_token_settings, record.settings[i].key + strlen(prefix));
            if (row) kd_setting_put(row, &options, record.settings[i].value, &ignored);
        }
    kd_arena_destroy(arena);
    return options;
}

/* Say how words are cut, when there are pieces to cut them into. */
static kd_status describe_words(kd_pretrained_words *out, const model *m, kd_object *object,
                                kd_error *err)
{
    kd_token_options options = token_options(object);
    kd_vocab        *vocab = parse_vocab(m->vocab.text);
    kd_tokenizer    *tokenizer;
    *out = (kd_pretrained_words){ .labels = m->labels.text };
    if (!vocab) {
        kd_log_warning("no WordPiece vocabulary: vocab.txt is not written");
        return KD_OK;
    }
    kd_status status = kd_tokenizer_from_vocab(&tokenizer, vocab, &options, err);
    if (status != KD_OK) return status;
    bool is_uncased = kd_tokenizer_is_uncased(tokenizer);
    out->vocab = m->vocab.text;
    out->is_lowered = is_uncased || options.lowercase;
    out->keeps_accents = !is_uncased;
    out->max_pieces = options.max_pieces;
    kd_tokenizer_destroy(tokenizer);
    return KD_OK;
}

static kd_status write_folder(const model *m, kd_object *object, const char *folder, kd_error *err)
{
    kd_pretrained_words words;
    kd_error            why;
    if (kd_layout_check(kd_model_arch(m->loaded.model), &why) != KD_OK)
        kd_log_warning("%s: config.json is in kdgrid's own words: %s", folder, why.text);
    kd_status status = describe_words(&words, m, object, err);
    return status == KD_OK
               ? kd_pretrained_save(folder, m->loaded.model, m->loaded.params, &words, err)
               : status;
}

static kd_status export(kd_object *object, const char *folder, kd_error *err)
{
    model     m = { .labels = KD_STR_INIT, .vocab = KD_STR_INIT };
    kd_status status = kd_model_object_read(&m.loaded, object, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_LABELS, &m.labels, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_VOCAB, &m.vocab, err);
    if (status == KD_OK) status = write_folder(&m, object, folder, err);
    kd_str_fini(&m.labels);
    kd_str_fini(&m.vocab);
    kd_loaded_model_fini(&m.loaded);
    return status;
}

static kd_status export_file(const char *path, const char *folder, kd_error *err)
{
    kd_object *object = NULL;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status == KD_OK) status = export(object, folder, err);
    kd_object_close(object);
    return status;
}

kd_status kd_cmd_model_export(int argc, char **argv, kd_error *err)
{
    static const kd_model_transfer verb = {
        .name = "model export",
        .usage = "FILE.h5|CELL|best -o DIR [--store DIR]",
        .about = "Writes a network of a study as config.json, model.safetensors, vocab.txt and\n"
                 "tokenizer_config.json. Where the usual Python library has a class for it, names\n"
                 "and keys are those of that class; else they are our own, see docs/WEIGHTS.md.\n"
                 "CELL is an id, its first digits or a label (docs/FINDING.md).",
        .output = "DIR",
        .output_help = "the folder to write, made when absent",
        .run = export_file,
        .by_name = true,
    };
    return kd_model_transfer_run(&verb, argc, argv, err);
}
