/* trained.c - what an object, or a published folder, says of how it is asked. */
#include "harness/use/trained.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/contents.h"
#include "models/text/vocab.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"

/* ---- labels ---- */

/* The scheme that these names are of: only IOBES has E or S; without B it is IOB1. */
static kd_scheme guess_scheme(const char *names)
{
    bool seen[KD_PART_S + 1] = { false };
    for (const char *line = names; *line;) {
        size_t      length = strcspn(line, "\n"), type_length;
        const char *type;
        kd_part     part;
        if (kd_tag_parse(line, length, &part, &type, &type_length)) seen[part] = true;
        line += length + (line[length] == '\n');
    }
    if (seen[KD_PART_E] || seen[KD_PART_S]) return KD_SCHEME_IOBES;
    if (seen[KD_PART_B]) return KD_SCHEME_IOB2;
    return seen[KD_PART_I] ? KD_SCHEME_IOB1 : KD_SCHEME_NONE;
}

/* Names in an order of their own, as published networks have them: the table is in ours, and
 * `columns` says which label each of the network's columns is. */
static kd_status order_labels(kd_trained *t, const char *names, kd_scheme scheme, kd_error *err)
{
    kd_labels_destroy(t->labels);
    t->labels = kd_labels_create();
    kd_labels_add_class(t->labels, "O", 1);
    for (const char *line = names; *line;) {
        size_t      length = strcspn(line, "\n"), type_length;
        const char *type;
        kd_part     part;
        if (!kd_tag_parse(line, length, &part, &type, &type_length))
            kd_labels_add_class(t->labels, line, length);
        else if (part != KD_PART_O)
            kd_labels_add_type(t->labels, scheme, type, type_length);
        kd_vec_push(&t->columns, 0);
        line += length + (line[length] == '\n');
    }
    size_t k = 0;
    for (const char *line = names; *line; k++) {
        size_t length = strcspn(line, "\n");
        t->columns.items[k] = kd_labels_find(t->labels, line, length);
        if (t->columns.items[k] < 0)
            return kd_fail(err, KD_EDATA, "label %zu, %.*s, is no tag of %s", k, (int)length, line,
                           kd_scheme_name(scheme));
        line += length + (line[length] == '\n');
    }
    return KD_OK;
}

static kd_status settle_labels(kd_trained *t, const char *names, kd_scheme scheme, kd_error *err)
{
    if (t->task != KD_TASK_NER) scheme = KD_SCHEME_NONE;
    if (t->task == KD_TASK_QA) names = "start\nend\n"; /* which no file has to say */
    if (t->task == KD_TASK_NER && scheme == KD_SCHEME_NONE) scheme = guess_scheme(names);
    if (t->task == KD_TASK_NER && scheme == KD_SCHEME_NONE)
        return kd_fail(err, KD_EDATA, "its labels are no tags (%.*s, ...)",
                       (int)strcspn(names, "\n"), names);
    t->labels = kd_labels_create();
    kd_status status = kd_labels_of_text(t->labels, names, scheme, NULL);
    if (status != KD_OK) status = order_labels(t, names, scheme, err);
    int columns = kd_model_arch(t->network.model)->labels;
    int named = t->columns.count ? (int)t->columns.count : kd_labels_count(t->labels);
    if (status == KD_OK && t->task != KD_TASK_QA && named != columns)
        return kd_fail(err, KD_EDATA, "%d labels have names, the network has %d", named, columns);
    if (status == KD_OK && kd_labels_count(t->labels) > INT16_MAX)
        return kd_fail(err, KD_EDATA, "%d labels, at most %d", columns, INT16_MAX);
    if (status == KD_OK && t->task == KD_TASK_HOC && columns > KD_TRAINED_CLASSES)
        return kd_fail(err, KD_EDATA, "%d classes at once, at most %d", columns,
                       KD_TRAINED_CLASSES);
    return status;
}

/* Two tasks have one class for a sentence, and only their corpora differ. */
static kd_status choose_task(kd_trained *t, const char *named, kd_error *err)
{
    kd_task task;
    if (!named) return KD_OK;
    kd_status status = kd_task_choose(&task, named, kd_task_is_answered, err);
    if (status != KD_OK) return status;
    if (kd_task_of(task)->answer != kd_task_of(t->task)->answer)
        return kd_fail(err, KD_EUSAGE, "--task %s: its head (%s) does not answer so", named,
                       kd_head_word(kd_model_arch(t->network.model)->head));
    t->task = task;
    return KD_OK;
}

static kd_status settle_task(kd_trained *t, kd_error *err)
{
    kd_head_kind head = kd_model_arch(t->network.model)->head;
    switch (head) {
    case KD_HEAD_TAGS:
        t->task = KD_TASK_NER;
        return KD_OK;
    case KD_HEAD_CLASS:
        t->task = KD_TASK_RE;
        return KD_OK;
    case KD_HEAD_MULTILABEL:
        t->task = KD_TASK_HOC;
        return KD_OK;
    case KD_HEAD_SPAN:
        t->task = KD_TASK_QA;
        return KD_OK;
    default:
        return kd_fail(err, KD_EDATA, "its head (%s) answers with neither tags, classes nor places",
                       kd_head_word(head));
    }
}

/* ---- an object ---- */

/* The corpus' object, where it lies in the same store as the model's: "objects/ab/<id>.h5". */
static kd_status open_corpus(kd_object **out, const char *path, kd_id id, kd_error *err)
{
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    char     *folder = kd_fs_folder(path), *above = kd_fs_folder(folder);
    char     *corpus = kd_sprintf("%s/%.2s/%s.h5", above, text, text);
    kd_status status = kd_object_open_file(out, corpus, err);
    free(corpus);
    free(above);
    free(folder);
    return status;
}

static kd_status parse_node(kd_resolved *out, kd_arena *arena, kd_object *object, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_object_get_text(object, "resolved", &text, err);
    if (status == KD_OK && text.length == 0) status = kd_fail(err, KD_ENOINPUT, "of no study");
    if (status == KD_OK) status = kd_resolved_parse(out, arena, text.text, "resolved", err);
    kd_str_fini(&text);
    return status;
}

/* SQuAD's form says by its version whether some question has no answer. */
static void learn_of_none(kd_trained *t, kd_object *corpus)
{
    kd_str text = KD_STR_INIT;
    t->knows_none = kd_object_get_text(corpus, "train/questions", &text, NULL) == KD_OK;
    t->has_none = t->knows_none && strstr(text.text, "\"is_impossible\":") != NULL;
    kd_str_fini(&text);
}

/* What only the corpus knows. A model whose corpus is gone does without. */
static void learn_from_corpus(kd_trained *t, kd_scheme *scheme, const char *path, kd_id id)
{
    kd_object *corpus = NULL;
    kd_str     word = KD_STR_INIT;
    if (open_corpus(&corpus, path, id, NULL) == KD_OK) {
        t->has_corpus = parse_node(&t->corpus, t->arena, corpus, NULL) == KD_OK;
        if (kd_object_get_text(corpus, "scheme", &word, NULL) == KD_OK)
            kd_scheme_parse(scheme, word.text);
        if (t->task == KD_TASK_QA) learn_of_none(t, corpus);
    }
    kd_str_fini(&word);
    kd_object_close(corpus);
}

/* Its settings, those of its corpus among them; the defaults for an object of no study. */
static kd_status learn_settings(kd_trained *t, kd_scheme *scheme, kd_object *object,
                                const char *path, kd_error *err)
{
    kd_resolved     node;
    kd_cell_options options;
    kd_setting_defaults(kd_token_settings, &t->tokens);
    if (parse_node(&node, t->arena, object, NULL) != KD_OK) return KD_OK;
    kd_status status = kd_resolved_fill(&node, "data.", kd_token_settings, &t->tokens, err);
    if (status == KD_OK) status = kd_resolved_fill(&node, "", kd_cell_settings, &options, err);
    if (status != KD_OK) return status;
    if (kd_task_of(options.task)->answer == kd_task_of(t->task)->answer) t->task = options.task;
    t->precision = kd_cell_inference(&options);
    learn_from_corpus(t, scheme, path, kd_resolved_input_id(&node, KD_INPUT_CORPUS));
    return KD_OK;
}

static kd_status read_object(kd_trained *t, kd_object *object, const char *path, const char *task,
                             kd_error *err)
{
    kd_str    labels = KD_STR_INIT;
    kd_scheme scheme = KD_SCHEME_NONE;
    kd_status status = kd_model_object_read(&t->network, object, err);
    if (status == KD_OK) status = settle_task(t, err);
    if (status == KD_OK) status = learn_settings(t, &scheme, object, path, err);
    if (status == KD_OK) status = choose_task(t, task, err);
    if (status == KD_OK) status = kd_object_get_text(object, "labels", &labels, err);
    if (status == KD_OK) status = settle_labels(t, labels.text, scheme, err);
    if (status == KD_OK) status = kd_object_get_text(object, "vocab", &t->vocab, err);
    kd_str_fini(&labels);
    return status;
}

static kd_status open_object(kd_trained *t, const char *path, const char *task, kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status != KD_OK) return status;
    status = read_object(t, object, path, task, err);
    kd_object_close(object);
    return status;
}

/* ---- a folder ---- */

#define CONFIG_LONGEST ((size_t)1 << 20)

/* tokenizer_config.json, where it is: a vocab.txt does not say what was done to letters before. */
static kd_status read_tokenizer_config(kd_token_options *out, const char *folder, kd_error *err)
{
    kd_json_document *document;
    char             *path = kd_fs_join(folder, "tokenizer_config.json");
    bool              is_there = kd_fs_exists(path);
    kd_status status = is_there ? kd_json_open_within(&document, path, CONFIG_LONGEST, err) : KD_OK;
    free(path);
    if (!is_there || status != KD_OK) return status;
    const kd_json *root = kd_json_root(document), *lower = kd_json_get(root, "do_lower_case");
    if (lower) {
        bool lowers = kd_json_to_bool(lower, false);
        bool strips = kd_json_to_bool(kd_json_get(root, "strip_accents"), lowers);
        out->letters = lowers && strips ? KD_LETTERS_UNCASED : KD_LETTERS_CASED;
        out->lowercase = lowers && !strips;
    }
    /* "no limit" is published as 1e30 */
    double longest = kd_json_to_real(kd_json_get(root, "model_max_length"), 0);
    if (longest >= 3 && longest < out->max_pieces) out->max_pieces = (int)longest;
    kd_json_close(document);
    return KD_OK;
}

/* What the head leaves open, config.json may say in a word of ours; any other word is of other people's tasks. */
static void learn_task(kd_trained *t, const char *folder)
{
    kd_json_document *document;
    kd_task           task;
    char             *path = kd_fs_join(folder, KD_CONFIG_FILE);
    if (kd_json_open_within(&document, path, CONFIG_LONGEST, NULL) == KD_OK) {
        const char *word = kd_json_to_text(kd_json_get(kd_json_root(document), KD_CONFIG_TASK), "");
        if (kd_task_parse(&task, word) && kd_task_of(task)->answer == kd_task_of(t->task)->answer)
            t->task = task;
        kd_json_close(document);
    }
    free(path);
}

static kd_status open_folder(kd_trained *t, const char *path, const char *task, kd_error *err)
{
    kd_pretrained checkpoint;
    kd_status     status = kd_pretrained_load(&checkpoint, path, err);
    if (status != KD_OK) return status;
    t->network = (kd_loaded_model){ checkpoint.model, checkpoint.params };
    checkpoint.model = NULL;
    checkpoint.params = NULL;
    kd_setting_defaults(kd_token_settings, &t->tokens);
    if ((status = settle_task(t, err)) == KD_OK) learn_task(t, path);
    if (status == KD_OK && (status = choose_task(t, task, err)) == KD_OK &&
        (status = settle_labels(t, checkpoint.labels, KD_SCHEME_NONE, err)) == KD_OK)
        status = read_tokenizer_config(&t->tokens, path, err);
    t->tokenizer = kd_strdup(path);
    kd_pretrained_fini(&checkpoint);
    return status;
}

/* ---- the tokenizer ---- */

/* Whether the object's pieces are all that cutting takes. */
static bool is_wordpiece(const kd_trained *t)
{
    return strstr(t->vocab.text, "[UNK]\n") && t->tokens.tokenizer != KD_TOKENIZER_JSON;
}

/* Another kind's file, if it lies where the corpus found it and is the same. */
static kd_status find_file_of_corpus(kd_trained *t, kd_error *err)
{
    const kd_resolved_file *file =
        t->has_corpus ? kd_resolved_file_of(&t->corpus, KD_FILE_VOCAB) : NULL;
    if (!file)
        return kd_fail(err, KD_EDATA,
                       "has no tokenizer with it: name its file or folder with --tokenizer");
    kd_status status = kd_contents_check(file->path, file->contents, err);
    if (status != KD_OK) return kd_while(err, KD_EDATA, "its tokenizer is gone (--tokenizer)");
    t->tokenizer = kd_strdup(file->path);
    return KD_OK;
}

kd_status kd_trained_tokenizer(kd_tokenizer **out, const kd_trained *t, kd_error *err)
{
    if (t->tokenizer) return kd_tokenizer_open(out, t->tokenizer, &t->tokens, err);
    return kd_tokenizer_from_vocab(out, kd_vocab_of_lines(t->vocab.text), &t->tokens, err);
}

static kd_status settle_tokenizer(kd_trained *t, const char *named, kd_error *err)
{
    kd_tokenizer *tokenizer;
    kd_status     status = KD_OK;
    if (named) {
        free(t->tokenizer);
        t->tokenizer = kd_strdup(named);
    } else if (!t->tokenizer && !is_wordpiece(t)) {
        status = find_file_of_corpus(t, err);
    }
    if (status == KD_OK) status = kd_trained_tokenizer(&tokenizer, t, err);
    if (status != KD_OK) return status;
    const kd_vocab *vocab = kd_tokenizer_vocab(tokenizer);
    kd_specials     specials = kd_vocab_specials(vocab);
    int             words = kd_model_arch(t->network.model)->vocab;
    if (kd_vocab_size(vocab) > words)
        status = kd_fail(err, KD_EDATA, "the tokenizer has %d pieces, the network %d words",
                         kd_vocab_size(vocab), words);
    else if (specials.cls < 0 || specials.sep < 0 || specials.unk < 0)
        status =
            kd_fail(err, KD_EDATA, "the vocabulary lacks [CLS], [SEP] or [UNK] (<s>, </s>, <unk>)");
    else
        status = kd_vocab_check_pieces(vocab, t->vocab.text, NULL, err);
    kd_tokenizer_destroy(tokenizer);
    return status;
}

/* ---- all of it ---- */

static kd_status read_path(kd_trained *out, const char *path, const char *task, kd_error *err)
{
    *out = (kd_trained){ .precision = KD_F32, .arena = kd_arena_create(0) };
    kd_str_init(&out->vocab);
    return (kd_fs_is_folder(path) ? open_folder : open_object)(out, path, task, err);
}

kd_status kd_trained_labels(kd_labels **out, const char *path, kd_error *err)
{
    kd_trained t;
    kd_status  status = read_path(&t, path, NULL, err);
    *out = NULL;
    if (status == KD_OK && t.columns.count > 0)
        status = kd_fail(err, KD_EDATA, "%s: its labels are in an order of their own", path);
    if (status == KD_OK) {
        *out = t.labels;
        t.labels = NULL;
    }
    kd_trained_fini(&t);
    return status;
}

kd_status kd_trained_open(kd_trained *out, const char *path, const char *tokenizer,
                          const char *task, kd_error *err)
{
    kd_status status = read_path(out, path, task, err);
    if (status == KD_OK) status = settle_tokenizer(out, tokenizer, err);
    if (status == KD_OK) {
        kd_model_obey(out->network.model, out->labels);
        return KD_OK;
    }
    kd_trained_fini(out);
    bool is_named = err && kd_starts_with(err->text, path);
    return is_named ? status : kd_while(err, status, "%s", path);
}

void kd_trained_fini(kd_trained *t)
{
    kd_loaded_model_fini(&t->network);
    kd_labels_destroy(t->labels);
    kd_vec_fini(&t->columns);
    free(t->tokenizer);
    kd_str_fini(&t->vocab);
    kd_arena_destroy(t->arena);
    *t = (kd_trained){ .labels = NULL };
    kd_str_init(&t->vocab);
}
