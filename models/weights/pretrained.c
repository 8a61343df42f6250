/* pretrained.c - weights find their place by name. */
#include "models/weights/pretrained.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "models/text/vocab.h"
#include "models/weights/bare.h"
#include "models/weights/config.h"
#include "models/weights/names.h"
#include "models/weights/safetensors.h"
#include "models/weights/weights.h"

/* ---- loading ---- */

/* Our name -> tensor, without those that are set aside. */
static kd_status name_all(kd_map *ours, const kd_weights *weights, const kd_layout *layout,
                          kd_error *err)
{
    kd_str    name = KD_STR_INIT;
    kd_status status = KD_OK;
    for (size_t i = 0; i < kd_weights_count(weights) && status == KD_OK; i++) {
        const kd_weight *weight = kd_weights_at(weights, i);
        if (!kd_name_ours(weight->name, layout, &name)) continue;
        if (kd_map_get(ours, name.text))
            status = kd_fail(err, KD_EDATA, "%s: is there under two names", weight->name);
        kd_map_put_number(ours, name.text, (int64_t)i);
    }
    kd_str_fini(&name);
    return status;
}

static const kd_weight *find(const kd_map *ours, const kd_weights *weights, const char *name)
{
    const kd_map_value *place = kd_map_get(ours, name);
    return place ? kd_weights_at(weights, (size_t)place->number) : NULL;
}

/* The weight that gives the labels: behind a hidden layer it has a name of its own. */
static const kd_map_value *find_classifier(const kd_map *ours)
{
    const kd_map_value *linear = kd_map_get(ours, "classifier.weight");
    return linear ? linear : kd_map_get(ours, "classifier.out_proj.weight");
}

/* The head of a checkpoint whose config.json names none. */
static kd_head_kind find_head(const kd_published *p, const kd_map *ours)
{
    if (kd_map_get(ours, "cls.predictions.bias")) return KD_HEAD_MLM;
    if (kd_map_get(ours, "qa_outputs.weight")) return KD_HEAD_SPAN;
    if (!find_classifier(ours)) return KD_HEAD_NONE;
    if (!p->arch.encoder.pooler && !kd_map_get(ours, "classifier.dense.weight"))
        return KD_HEAD_TAGS;
    return p->is_set ? KD_HEAD_MULTILABEL : KD_HEAD_CLASS;
}

static kd_status count_labels(kd_published *p, const kd_map *ours, const kd_weights *weights,
                              kd_error *err)
{
    const kd_map_value *place = find_classifier(ours);
    const kd_weight    *classifier = place ? kd_weights_at(weights, (size_t)place->number) : NULL;
    if (!classifier)
        return kd_fail(err, KD_EDATA,
                       "classifier.weight: is missing, and config.json names a head");
    if (classifier->rank != 2 || classifier->dim[0] < 1 || classifier->dim[0] > 1000000)
        return kd_fail(err, KD_EDATA, "%s: is not (labels, hidden)", classifier->name);
    p->arch.labels = (int)classifier->dim[0];
    return KD_OK;
}

static bool has_pooler(const kd_map *ours, const kd_model_kind *kind)
{
    for (size_t i = 0; i < kd_map_count(ours); i++)
        if (kd_name_is_of_pooler(kd_map_key(ours, i), kind)) return true;
    return false;
}

/* Whether the tensors are those of the family that config.json names. */
static kd_status check_family(const kd_published *p, const kd_map *ours, kd_error *err)
{
    const char *prefix = kd_arch_kind(&p->arch)->embeddings;
    bool        has = prefix == NULL;
    for (size_t i = 0; i < kd_map_count(ours) && !has; i++)
        has = kd_starts_with(kd_map_key(ours, i), prefix);
    if (has) return KD_OK;
    return kd_fail(err, KD_EDATA,
                   KD_CONFIG_FILE ": model_type: is %s, and no weight has a name of that family",
                   p->layout->model_type);
}

/* One that is not the word embedding would be dropped. */
static kd_status check_decoder(const kd_published *p, kd_error *err)
{
    if (!p->is_untied || p->arch.head != KD_HEAD_MLM) return KD_OK;
    return kd_fail(err, KD_EDATA,
                   KD_CONFIG_FILE ": tie_word_embeddings: the decoder of these networks is tied");
}

/* A class that reads the pooler has what its key says. */
static kd_status check_pooler(const kd_published *p, bool is_said, kd_error *err)
{
    const char *key = p->layout->pooler;
    bool        is_there = p->arch.encoder.pooler;
    if (!key || is_said == is_there || !(p->layout->pooled & 1u << p->arch.head)) return KD_OK;
    return kd_fail(err, KD_EDATA, KD_CONFIG_FILE ": %s: is %s, and a pooler is %s", key,
                   is_said ? "true" : "false", is_there ? "there" : "missing");
}

/* What only the tensors tell: whether there is a pooler, which head, and how many labels. */
static kd_status complete_arch(kd_published *p, const kd_map *ours, const kd_weights *weights,
                               kd_error *err)
{
    kd_status status = KD_OK;
    if (p->layout != &kd_layout_own) {
        if ((status = check_family(p, ours, err)) != KD_OK) return status;
        bool is_said = p->arch.encoder.pooler;
        p->arch.encoder.pooler = has_pooler(ours, kd_arch_kind(&p->arch));
        if (p->is_bare) p->arch.head = find_head(p, ours);
        status = check_pooler(p, is_said, err);
        if (status == KD_OK) status = check_decoder(p, err);
        if (status == KD_OK && kd_head_has_labels(p->arch.head))
            status = count_labels(p, ours, weights, err);
    }
    if (status == KD_OK && p->labels && kd_head_has_labels(p->arch.head) &&
        p->label_count != p->arch.labels)
        status =
            kd_fail(err, KD_EDATA, KD_CONFIG_FILE ": id2label: names %d labels, the head has %d",
                    p->label_count, p->arch.labels);
    return status;
}

static kd_status check_shape(const kd_param *p, const kd_weight *weight, kd_error *err)
{
    bool is_equal = weight->rank == p->rank;
    for (int i = 0; is_equal && i < p->rank; i++) is_equal = weight->dim[i] == p->dim[i];
    if (is_equal) return KD_OK;
    kd_weight want = { .rank = p->rank };
    kd_str    found = KD_STR_INIT, expected = KD_STR_INIT;
    for (int i = 0; i < p->rank; i++) want.dim[i] = p->dim[i];
    kd_weight_shape(weight, &found);
    kd_weight_shape(&want, &expected);
    kd_status status = kd_fail(err, KD_EDATA, "%s: shape is %s, config.json makes it %s",
                               weight->name, found.text, expected.text);
    kd_str_fini(&found);
    kd_str_fini(&expected);
    return status;
}

/* Both ways: no weight without a tensor, no tensor without a weight. */
static kd_status check_all(const kd_params *params, const kd_map *ours, const kd_weights *weights,
                           kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < kd_params_count(params) && status == KD_OK; i++) {
        const kd_param  *p = kd_params_at(params, i);
        const kd_weight *weight = find(ours, weights, p->name);
        status = weight ? check_shape(p, weight, err)
                        : kd_fail(err, KD_EDATA, "%s: is missing", p->name);
    }
    for (size_t i = 0; i < kd_map_count(ours) && status == KD_OK; i++)
        if (!kd_params_find(params, kd_map_key(ours, i)))
            status = kd_fail(err, KD_EDATA, "%s: is no weight of the network of config.json",
                             kd_weights_at(weights, (size_t)kd_map_at(ours, i)->number)->name);
    return status;
}

static kd_status decode_all(kd_params *params, const kd_map *ours, const kd_weights *weights,
                            kd_error *err)
{
    kd_status status = KD_OK;
    kd_params_allocate(params, false);
    for (int i = 0; i < kd_params_count(params) && status == KD_OK; i++) {
        const kd_param  *p = kd_params_at(params, i);
        const kd_weight *weight = find(ours, weights, p->name);
        status = kd_weight_decode(weight, kd_param_block(params, p, KD_VALUES), err);
        kd_weights_unload(weights, weight);
    }
    kd_params_touch(params);
    return status;
}

static char *labels_of(const kd_published *p)
{
    kd_str text = KD_STR_INIT;
    for (int k = 0; kd_head_has_labels(p->arch.head) && k < p->arch.labels; k++) {
        char *label = kd_label_at(p->labels, k);
        kd_str_addf(&text, "%s\n", label);
        free(label);
    }
    return kd_str_take(&text);
}

static kd_status read_arch(kd_arch *arch, kd_published *published, const kd_weights *weights,
                           kd_error *err)
{
    kd_map   *ours = kd_map_create();
    kd_status status = name_all(ours, weights, published->layout, err);
    if (status == KD_OK) status = complete_arch(published, ours, weights, err);
    *arch = published->arch;
    kd_map_destroy(ours);
    return status;
}

/* What the folder says of the network, and its tensors. */
static kd_status open_folder(kd_published *published, kd_weights **weights, const char *folder,
                             kd_error *err)
{
    char     *config = kd_fs_join(folder, KD_CONFIG_FILE);
    bool      is_bare = kd_fs_is_folder(folder) && !kd_fs_exists(config);
    kd_status status = is_bare ? KD_OK : kd_config_read(published, config, err);
    if (status == KD_OK) status = kd_weights_open(weights, folder, err);
    if (status == KD_OK && is_bare && (status = kd_bare_read(published, *weights, err)) != KD_OK)
        kd_while(err, status, "%s", folder);
    free(config);
    return status;
}

kd_status kd_pretrained_arch(kd_arch *arch, const char *folder, kd_error *err)
{
    kd_weights  *weights = NULL;
    kd_published published = { .labels = NULL };
    kd_status    status = open_folder(&published, &weights, folder, err);
    if (status == KD_OK && (status = read_arch(arch, &published, weights, err)) != KD_OK)
        kd_while(err, status, "%s", folder);
    kd_published_fini(&published);
    kd_weights_close(weights);
    return status;
}

static kd_status build(kd_pretrained *out, kd_published *published, const kd_weights *weights,
                       kd_error *err)
{
    kd_map   *ours = kd_map_create();
    kd_status status = name_all(ours, weights, published->layout, err);
    if (status == KD_OK) status = complete_arch(published, ours, weights, err);
    if (status == KD_OK) {
        out->params = kd_params_create();
        status = kd_model_create(&out->model, out->params, &published->arch, err);
        if (status == KD_ECONFIG) status = KD_EDATA; /* the file's fault, not a study's */
    }
    if (status == KD_OK) status = check_all(out->params, ours, weights, err);
    if (status == KD_OK) status = decode_all(out->params, ours, weights, err);
    if (status == KD_OK) out->labels = labels_of(published);
    kd_map_destroy(ours);
    return status;
}

kd_status kd_pretrained_load(kd_pretrained *out, const char *folder, kd_error *err)
{
    kd_weights  *weights = NULL;
    kd_published published = { .labels = NULL };
    *out = (kd_pretrained){ NULL, NULL, NULL };
    kd_status status = open_folder(&published, &weights, folder, err);
    if (status == KD_OK && (status = build(out, &published, weights, err)) != KD_OK)
        kd_while(err, status, "%s", folder);
    if (status != KD_OK) kd_pretrained_fini(out);
    kd_published_fini(&published);
    kd_weights_close(weights);
    return status;
}

void kd_pretrained_fini(kd_pretrained *checkpoint)
{
    kd_model_destroy(checkpoint->model);
    kd_params_destroy(checkpoint->params);
    free(checkpoint->labels);
    *checkpoint = (kd_pretrained){ NULL, NULL, NULL };
}

kd_status kd_pretrained_vocab(kd_str *out, const char *folder, const kd_model *model, kd_error *err)
{
    char     *path = kd_fs_join(folder, KD_VOCAB_FILE);
    kd_vocab *vocab = NULL;
    int       most = kd_model_arch(model)->vocab;
    kd_status status = kd_fs_exists(path) ? kd_vocab_read(&vocab, path, err) : KD_OK;
    if (status == KD_OK && vocab && kd_vocab_size(vocab) > most)
        status = kd_fail(err, KD_EDATA, "%s: has %d pieces, the network has %d words", path,
                         kd_vocab_size(vocab), most);
    for (int32_t id = 0; status == KD_OK && vocab && id < kd_vocab_size(vocab); id++)
        kd_str_addf(out, "%s\n", kd_vocab_piece(vocab, id));
    kd_vocab_destroy(vocab);
    free(path);
    return status;
}

/* ---- saving ---- */

/* Classes that do not read the pooler are published without one. */
static bool is_published(const kd_param *p, const kd_arch *arch)
{
    return kd_layout_of(arch) == &kd_layout_own ||
           !kd_name_is_of_pooler(p->name, kd_arch_kind(arch)) ||
           kd_layout_of(arch)->pooled & 1u << arch->head;
}

static kd_status save_weights(const char *path, const kd_params *params, const kd_arch *arch,
                              kd_error *err)
{
    size_t     total = (size_t)kd_params_count(params), count = 0;
    kd_arena  *arena = kd_arena_create(0);
    kd_weight *tensors = kd_arena_zero(arena, total, sizeof *tensors);
    kd_str     name = KD_STR_INIT;
    for (size_t i = 0; i < total; i++) {
        const kd_param *p = kd_params_at(params, (int)i);
        if (!is_published(p, arch)) continue;
        kd_name_published(p->name, kd_layout_of(arch), arch->head == KD_HEAD_NONE, &name);
        tensors[count] = (kd_weight){ .name = kd_arena_strdup(arena, name.text),
                                      .type = KD_DTYPE_F32,
                                      .rank = p->rank,
                                      .bytes = (const char *)kd_param_block(params, p, KD_VALUES),
                                      .length = p->length * sizeof(float) };
        for (int k = 0; k < p->rank; k++) tensors[count].dim[k] = p->dim[k];
        count++;
    }
    kd_status status = kd_safetensors_write(path, tensors, count, err);
    kd_str_fini(&name);
    kd_arena_destroy(arena);
    return status;
}

static void write_wordpiece(kd_json_writer *w, const kd_arch *arch,
                            const kd_pretrained_words *words)
{
    kd_json_put_text(w, "tokenizer_class", kd_layout_of(arch)->tokenizer);
    kd_json_put_bool(w, "do_lower_case", words->is_lowered);
    kd_json_put_bool(w, "strip_accents", words->is_lowered && !words->keeps_accents);
    kd_json_put_bool(w, "tokenize_chinese_chars", true);
    kd_json_put_text(w, "pad_token", "[PAD]");
    kd_json_put_text(w, "unk_token", "[UNK]");
    kd_json_put_text(w, "cls_token", "[CLS]");
    kd_json_put_text(w, "sep_token", "[SEP]");
    kd_json_put_text(w, "mask_token", "[MASK]");
}

/* All else is in tokenizer.json. */
static void write_specials(kd_json_writer *w, const kd_vocab *vocab)
{
    kd_specials s = kd_vocab_specials(vocab);
    const struct {
        const char *key;
        int32_t     id;
    } tokens[] = { { "pad_token", s.pad },
                   { "unk_token", s.unk },
                   { "cls_token", s.cls },
                   { "sep_token", s.sep },
                   { "mask_token", s.mask } };
    kd_json_put_text(w, "tokenizer_class", "PreTrainedTokenizerFast");
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (tokens[i].id >= 0)
            kd_json_put_text(w, tokens[i].key, kd_vocab_piece(vocab, tokens[i].id));
}

/* How the usual library has to cut words to meet the pieces that the network was trained on. */
static kd_status save_tokenizer(const char *path, const kd_arch *arch,
                                const kd_pretrained_words *words, kd_error *err)
{
    int            longest = kd_arch_longest(arch);
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 2);
    kd_json_begin(&w, '{');
    if (words->tokenizer)
        write_specials(&w, kd_tokenizer_vocab(words->tokenizer));
    else
        write_wordpiece(&w, arch, words);
    if (longest == INT_MAX) longest = arch->positions;
    if (words->max_pieces > 0 && words->max_pieces < longest) longest = words->max_pieces;
    kd_json_put_int(&w, "model_max_length", longest);
    kd_json_end(&w, '}');
    kd_str_add_char(&text, '\n');
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}

static kd_status save_words(const char *folder, const kd_arch *arch,
                            const kd_pretrained_words *words, kd_error *err)
{
    char     *vocab = kd_fs_join(folder, words->tokenizer ? KD_TOKENIZER_FILE : KD_VOCAB_FILE);
    char     *tokenizer = kd_fs_join(folder, "tokenizer_config.json");
    kd_status status = words->tokenizer
                           ? kd_tokenizer_write(words->tokenizer, vocab, err)
                           : kd_fs_write(vocab, words->vocab, strlen(words->vocab), err);
    if (status == KD_OK && words->files)
        status = kd_tokenizer_copy(words->files, &words->cut, folder, err);
    if (status == KD_OK) status = save_tokenizer(tokenizer, arch, words, err);
    free(vocab);
    free(tokenizer);
    return status;
}

kd_status kd_pretrained_save(const char *folder, const kd_model *model, const kd_params *params,
                             const kd_pretrained_words *words, kd_error *err)
{
    const kd_arch *arch = kd_model_arch(model);
    char          *config = kd_fs_join(folder, KD_CONFIG_FILE);
    char          *weights = kd_fs_join(folder, KD_WEIGHTS_FILE);
    kd_status      status = kd_fs_make_folders(folder, err);
    if (status == KD_OK) status = kd_config_write(config, arch, words->labels, words->task, err);
    if (status == KD_OK) status = save_weights(weights, params, arch, err);
    if (status == KD_OK && (words->vocab || words->tokenizer))
        status = save_words(folder, arch, words, err);
    free(config);
    free(weights);
    return status;
}
