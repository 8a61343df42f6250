/* tokenizer_json.c - a whole tokenizer in one file, tokenizer.json, as the usual library writes it.
 *
 *     { "added_tokens":   [ { "id": 0, "content": "[PAD]", "special": true, ... }, ... ],
 *       "normalizer":     { "type": "BertNormalizer", ... },      pipeline.h
 *       "pre_tokenizer":  { "type": "BertPreTokenizer" },         pipeline.h
 *       "post_processor": { "type": "TemplateProcessing", ... },  must be [CLS] A [SEP]
 *       "model":          { "type": "WordPiece", "vocab": ... } } wordpiece.c, bpe.c, unigram.c
 *
 * `truncation` and `padding` are passed over, because rows are packed here by settings of their
 * own; `decoder` too, because a kind puts its own pieces together. Whatever else would change
 * pieces and is not built is refused by its key.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/json.h"
#include "models/text/tokenizer_internal.h"

#define FILE_MOST  ((size_t)64 << 20) /* bytes; the tree takes many times that */
#define DEPTH_MOST 8                  /* Sequences inside Sequences */

static const struct {
    const char              *type;
    const kd_tokenizer_kind *kind;
} models[] = { { "WordPiece", &kd_wordpiece }, { "BPE", &kd_bpe }, { "Unigram", &kd_unigram } };

static const char *text_of(const kd_json *object, const char *key)
{
    return kd_json_to_text(kd_json_get(object, key), "");
}

static bool bool_of(const kd_json *object, const char *key, bool fallback)
{
    return kd_json_to_bool(kd_json_get(object, key), fallback);
}

static bool is_absent(const kd_json *value)
{
    return !value || kd_json_type_of(value) == KD_JSON_NULL;
}

/* ---- pieces ---- */

/* [["piece", score], ...]; the scores are the model's to read. */
static kd_status read_listed_pieces(kd_vocab *vocab, const kd_json *list, kd_error *err)
{
    for (size_t id = 0; id < kd_json_count(list); id++) {
        const kd_json *pair = kd_json_at(list, id);
        bool           is_pair = kd_json_type_of(pair) == KD_JSON_ARRAY && kd_json_count(pair) == 2;
        const char    *piece = is_pair ? kd_json_to_text(kd_json_at(pair, 0), "") : "";
        if (!*piece) return kd_fail(err, KD_EDATA, "vocab[%zu]: expected a piece and a score", id);
        if (kd_vocab_add(vocab, piece, strlen(piece)) < 0)
            return kd_fail(err, KD_EDATA, "vocab[%zu]: '%.80s' is there already", id, piece);
    }
    if (kd_vocab_size(vocab) == 0) return kd_fail(err, KD_EDATA, "vocab: no pieces");
    return KD_OK;
}

static kd_status read_pieces(kd_tokenizer *t, const kd_json *model, kd_error *err)
{
    const kd_json *pieces = kd_json_get(model, "vocab");
    if (is_absent(pieces)) return kd_fail(err, KD_EDATA, "vocab: expected pieces");
    if (t->kind != &kd_unigram) return kd_pieces_read(t->vocab, pieces, "vocab", err);
    if (kd_json_type_of(pieces) != KD_JSON_ARRAY)
        return kd_fail(err, KD_EDATA, "vocab: expected an array of pieces and scores");
    return read_listed_pieces(t->vocab, pieces, err);
}

/* An added token is a piece that the model has under this id, or the next one. */
static kd_status add_token(kd_tokenizer *t, const kd_json *token, kd_error *err)
{
    const char *content = text_of(token, "content");
    int64_t     id = kd_json_to_int(kd_json_get(token, "id"), -1);
    if (!*content) return kd_fail(err, KD_EDATA, "content: expected a text");
    int32_t known = kd_vocab_find(t->vocab, content, strlen(content));
    if (known < 0) known = kd_vocab_add(t->vocab, content, strlen(content));
    if (known != id)
        return kd_fail(err, KD_EDATA, "id: '%.80s' has %lld, expected %d", content, (long long)id,
                       known);
    if (bool_of(token, "special", false)) kd_map_put_number(t->special, content, id);
    return KD_OK;
}

static kd_status each_token(kd_tokenizer *t, const kd_json *root,
                            kd_status (*visit)(kd_tokenizer *, const kd_json *, kd_error *),
                            kd_error *err)
{
    const kd_json *tokens = kd_json_get(root, "added_tokens");
    if (is_absent(tokens)) return KD_OK;
    if (kd_json_type_of(tokens) != KD_JSON_ARRAY)
        return kd_fail(err, KD_EDATA, "added_tokens: expected an array");
    for (size_t i = 0; i < kd_json_count(tokens); i++) {
        kd_status status = visit(t, kd_json_at(tokens, i), err);
        if (status != KD_OK) return kd_while(err, status, "added_tokens[%zu]", i);
    }
    return KD_OK;
}

/* Tokens that are not special are searched for in text. */
static kd_status search_token(kd_tokenizer *t, const kd_json *token, kd_error *err)
{
    if (bool_of(token, "special", false)) return KD_OK;
    kd_added added = {
        .id = (int32_t)kd_json_to_int(kd_json_get(token, "id"), -1),
        .is_raw = !bool_of(token, "normalized", true),
        .is_word = bool_of(token, "single_word", false),
        .eats_left = bool_of(token, "lstrip", false),
        .eats_right = bool_of(token, "rstrip", false),
    };
    return kd_pipeline_add_token(t->pipeline, text_of(token, "content"), added, err);
}

/* ---- steps ---- */

static kd_status read_bert_normalizer(kd_step *step, const kd_json *from)
{
    step->cleans = bool_of(from, "clean_text", true);
    step->parts_ideographs = bool_of(from, "handle_chinese_chars", true);
    step->lowers = bool_of(from, "lowercase", true);
    step->strips_accents = bool_of(from, "strip_accents", step->lowers);
    return KD_OK;
}

static kd_status read_replace(kd_step *step, const kd_json *from, kd_error *err)
{
    const kd_json *pattern = kd_json_get(from, "pattern");
    const char    *regex = kd_json_to_text(kd_json_get(pattern, "Regex"), NULL);
    const char    *plain = text_of(pattern, "String");
    if (regex && strcmp(regex, " {2,}") != 0)
        return kd_fail(err, KD_EDATA, "pattern: the expression '%.80s' is not built", regex);
    if (!regex && !*plain) return kd_fail(err, KD_EDATA, "pattern: expected a text");
    step->is_run = regex != NULL;
    step->from = regex ? NULL : kd_strdup(plain);
    step->to = kd_strdup(text_of(from, "content"));
    return KD_OK;
}

static kd_status read_charsmap(kd_step *step, const kd_json *from, kd_error *err)
{
    const char *text = text_of(from, "precompiled_charsmap");
    kd_status   status = kd_charsmap_read_base64(&step->map, text, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "precompiled_charsmap");
}

static kd_status read_metaspace(kd_step *step, const kd_json *from, kd_error *err)
{
    static const char *const schemes[] = { "always", "first", "never" };
    bool                     adds = bool_of(from, "add_prefix_space", true);
    const char              *scheme =
        kd_json_to_text(kd_json_get(from, "prepend_scheme"), adds ? "always" : "never");
    step->to = kd_strdup(kd_json_to_text(kd_json_get(from, "replacement"), "\xE2\x96\x81"));
    step->splits = bool_of(from, "split", true);
    if (!*step->to) return kd_fail(err, KD_EDATA, "replacement: expected a character");
    for (size_t i = 0; i < 3; i++)
        if (strcmp(scheme, schemes[i]) == 0) {
            step->prepend = (kd_prepend)i;
            return KD_OK;
        }
    return kd_fail(err, KD_EDATA, "prepend_scheme: '%.40s' is not built", scheme);
}

/* The settings of a step. */
static kd_status fill_step(kd_step *step, const kd_json *from, kd_error *err)
{
    switch (step->kind) {
    case KD_STEP_BERT_NORMALIZER:
        return read_bert_normalizer(step, from);
    case KD_STEP_STRIP:
        step->is_left = bool_of(from, "strip_left", true);
        step->is_right = bool_of(from, "strip_right", true);
        return KD_OK;
    case KD_STEP_REPLACE:
        return read_replace(step, from, err);
    case KD_STEP_PREPEND:
        step->to = kd_strdup(text_of(from, "prepend"));
        return KD_OK;
    case KD_STEP_PRECOMPILED:
        return read_charsmap(step, from, err);
    case KD_STEP_BYTE_LEVEL:
        step->adds_blank = bool_of(from, "add_prefix_space", true);
        step->splits = bool_of(from, "use_regex", true);
        return KD_OK;
    case KD_STEP_METASPACE:
        return read_metaspace(step, from, err);
    default:
        return KD_OK;
    }
}

/* The two lists of steps, and what a Sequence calls its own. */
typedef struct {
    const char  *key, *members;
    kd_step_kind first, end;
} step_list;

static const step_list normalizers = { "normalizer", "normalizers", 0, KD_STEP_FIRST_SPLIT };
static const step_list pre_tokenizers = { "pre_tokenizer", "pretokenizers", KD_STEP_FIRST_SPLIT,
                                          KD_STEP_COUNT };

static kd_status read_step(kd_pipeline *p, const step_list *list, const kd_json *from,
                           kd_error *err)
{
    const char *type = text_of(from, "type");
    for (kd_step_kind kind = list->first; kind < list->end; kind++)
        if (strcmp(type, kd_step_name(kind)) == 0) {
            kd_status status = fill_step(kd_pipeline_add(p, kind), from, err);
            return status == KD_OK ? KD_OK : kd_while(err, status, "%s", type);
        }
    return kd_fail(err, KD_EDATA, "type: '%.40s' is not built", type);
}

static kd_status read_steps(kd_pipeline *p, const step_list *list, const kd_json *from, int depth,
                            kd_error *err)
{
    if (is_absent(from)) return KD_OK;
    if (strcmp(text_of(from, "type"), "Sequence") != 0) return read_step(p, list, from, err);
    if (depth == DEPTH_MOST) return kd_fail(err, KD_EDATA, "more than %d Sequences", DEPTH_MOST);
    const kd_json *members = kd_json_get(from, list->members);
    if (!members || kd_json_type_of(members) != KD_JSON_ARRAY)
        return kd_fail(err, KD_EDATA, "%s: expected an array", list->members);
    for (size_t i = 0; i < kd_json_count(members); i++) {
        kd_status status = read_steps(p, list, kd_json_at(members, i), depth + 1, err);
        if (status != KD_OK) return kd_while(err, status, "%s[%zu]", list->members, i);
    }
    return KD_OK;
}

/* ByteLevel hands bytes to BPE: nothing else may come after it, or take them. */
static kd_status check_bytes(const kd_tokenizer *t, kd_error *err)
{
    const kd_pipeline *p = t->pipeline;
    for (size_t i = 0; i < p->split.count; i++) {
        if (p->split.items[i].kind != KD_STEP_BYTE_LEVEL) continue;
        if (t->kind != &kd_bpe)
            return kd_fail(err, KD_EDATA, "pre_tokenizer: ByteLevel before %s is not built",
                           t->kind->name);
        if (i + 1 < p->split.count)
            return kd_fail(err, KD_EDATA, "pre_tokenizer: %s after ByteLevel is not built",
                           kd_step_name(p->split.items[i + 1].kind));
    }
    return KD_OK;
}

static kd_status read_pipeline(kd_tokenizer *t, const kd_json *root, kd_error *err)
{
    static const step_list *const lists[] = { &normalizers, &pre_tokenizers };
    for (int i = 0; i < 2; i++) {
        const kd_json *from = kd_json_get(root, lists[i]->key);
        kd_status      status = read_steps(t->pipeline, lists[i], from, 0, err);
        if (status != KD_OK) return kd_while(err, status, "%s", lists[i]->key);
    }
    return check_bytes(t, err);
}

/* ---- what is put around a text ---- */

static bool is_piece(const kd_tokenizer *t, const char *piece, int32_t id)
{
    return id >= 0 && strcmp(kd_vocab_piece(t->vocab, id), piece) == 0;
}

/* "single": [CLS] A [SEP]. */
static bool is_usual_template(const kd_tokenizer *t, const kd_json *single)
{
    kd_specials    specials = kd_vocab_specials(t->vocab);
    const kd_json *first = kd_json_get(kd_json_at(single, 0), "SpecialToken");
    const kd_json *text = kd_json_get(kd_json_at(single, 1), "Sequence");
    const kd_json *last = kd_json_get(kd_json_at(single, 2), "SpecialToken");
    return kd_json_count(single) == 3 && text && is_piece(t, text_of(first, "id"), specials.cls) &&
           is_piece(t, text_of(last, "id"), specials.sep);
}

static bool is_usual_pair(const kd_tokenizer *t, const kd_json *from)
{
    kd_specials specials = kd_vocab_specials(t->vocab);
    const char *cls = kd_json_to_text(kd_json_at(kd_json_get(from, "cls"), 0), "");
    const char *sep = kd_json_to_text(kd_json_at(kd_json_get(from, "sep"), 0), "");
    return is_piece(t, cls, specials.cls) && is_piece(t, sep, specials.sep);
}

static kd_status check_post(const kd_tokenizer *t, const kd_json *from, int depth, kd_error *err)
{
    if (is_absent(from)) return KD_OK;
    const char *type = text_of(from, "type");
    if (strcmp(type, "ByteLevel") == 0) return KD_OK; /* moves offsets only */
    if (strcmp(type, "Sequence") == 0 && depth < DEPTH_MOST) {
        const kd_json *members = kd_json_get(from, "processors");
        kd_status      status = KD_OK;
        for (size_t i = 0; members && i < kd_json_count(members) && status == KD_OK; i++)
            status = check_post(t, kd_json_at(members, i), depth + 1, err);
        return status;
    }
    bool is_usual;
    if (strcmp(type, "TemplateProcessing") == 0)
        is_usual = is_usual_template(t, kd_json_get(from, "single"));
    else if (strcmp(type, "BertProcessing") == 0 || strcmp(type, "RobertaProcessing") == 0)
        is_usual = is_usual_pair(t, from);
    else
        return kd_fail(err, KD_EDATA, "type: '%.40s' is not built", type);
    return is_usual ? KD_OK
                    : kd_fail(err, KD_EDATA, "%s: other than [CLS] text [SEP] is not built", type);
}

/* ---- the file ---- */

static const kd_tokenizer_kind *find_model(const char *type)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(models[i].type, type) == 0) return models[i].kind;
    return NULL;
}

static kd_status read_model(kd_tokenizer *t, const kd_json *root, kd_error *err)
{
    const kd_json           *model = kd_json_get(root, "model");
    const char              *type = text_of(model, "type");
    const kd_tokenizer_kind *kind = find_model(type);
    if (!kind) return kd_fail(err, KD_EDATA, "model.type: '%.40s' is not built", type);
    t->kind = kind;
    t->vocab = kd_vocab_create();

    kd_status status = read_pieces(t, model, err);
    if (status != KD_OK) return kd_while(err, status, "model");
    if ((status = each_token(t, root, add_token, err)) != KD_OK) return status;
    if ((status = read_pipeline(t, root, err)) != KD_OK) return status;
    status = kind->read_model(t, model, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "model");
}

static kd_status read_root(kd_tokenizer *t, const kd_json *root, kd_error *err)
{
    if (kd_json_type_of(root) != KD_JSON_OBJECT)
        return kd_fail(err, KD_EDATA, "expected an object");
    kd_status status = read_model(t, root, err);
    if (status == KD_OK) status = each_token(t, root, search_token, err);
    if (status != KD_OK) return status;
    status = check_post(t, kd_json_get(root, "post_processor"), 0, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "post_processor");
}

static kd_status open_one_file(kd_tokenizer *t, const char *path, kd_error *err)
{
    kd_json_document *document;
    kd_status         status = kd_json_open_within(&document, path, FILE_MOST, err);
    if (status != KD_OK) return status;
    t->pipeline = kd_pipeline_create();
    t->special = kd_map_create();
    status = read_root(t, kd_json_root(document), err);
    if (status != KD_OK) kd_while(err, status, "%s", path);
    kd_json_close(document);
    return status;
}

static void close_nothing(void *state)
{
    (void)state;
}

const kd_tokenizer_kind kd_one_file = {
    .name = "json",
    .file = KD_TOKENIZER_FILE,
    .suffix = "tokenizer.json",
    .open = open_one_file,
    .close = close_nothing,
};
