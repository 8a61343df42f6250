/* first_weights.c - a network's first weights, from somewhere else. */
#include "harness/cell/first_weights.h"

#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/config/options.h"
#include "harness/store/keys.h"
#include "models/text/tokenizer.h"
#include "models/weights/head_labels.h"
#include "models/weights/pretrained.h"

/* A whole network and how it names things; texts are empty where nobody says. */
typedef struct {
    const kd_arch   *arch;
    const kd_params *params;
    kd_str           labels, vocab; /* a name a line */
    kd_head_labels   matched;       /* where the head's labels are found by name */
} source;

/* ---- does it agree ---- */

static kd_status check_setting(const kd_first_weights *to, const source *from,
                               const kd_setting *row, kd_error *err)
{
    kd_str    here = KD_STR_INIT, there = KD_STR_INIT;
    kd_status status = KD_OK;
    kd_setting_print(row, to->arch, &here);
    kd_setting_print(row, from->arch, &there);
    if (strcmp(here.text, there.text) != 0)
        status = kd_fail(err, KD_ECONFIG, "%s is %s there, and %s%s = %s", row->key, there.text,
                         to->whose, row->key, here.text);
    kd_str_fini(&here);
    kd_str_fini(&there);
    return status;
}

static kd_status check_arch(const kd_first_weights *to, const source *from, kd_error *err)
{
    const kd_setting *row = kd_arch_settings();
    const char       *agreeing = kd_arch_kind(to->arch)->agreeing;
    kd_status         status = check_setting(to, from, kd_setting_find(row, "kind"), err);
    for (; row->key && status == KD_OK; row++)
        if (kd_list_has(agreeing, row->key)) status = check_setting(to, from, row, err);
    return status;
}

static kd_status check_vocab(const kd_first_weights *to, const source *from, kd_error *err)
{
    if (from->arch->vocab != to->arch->vocab)
        return kd_fail(err, KD_EDATA,
                       "it knows %d pieces and the corpus has %d; give data.vocab its vocabulary",
                       from->arch->vocab, to->arch->vocab);
    if (from->vocab.length && strcmp(from->vocab.text, to->dataset->vocab_text) != 0)
        return kd_fail(err, KD_EDATA,
                       "its vocabulary is not the corpus's; give data.vocab that vocabulary");
    return KD_OK;
}

/* ---- copy ---- */

static bool is_same_shape(const kd_param *a, const kd_param *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) == 0;
}

/* What nothing trains would say anything. */
static kd_status begin_anew(const kd_first_weights *to, const char *name, kd_error *err)
{
    if (to->is_final)
        return kd_fail(err, KD_ECONFIG,
                       "it has no %s, and %sepochs = 0 would leave it as it is drawn", name,
                       to->train);
    kd_log_info("%s is new", name);
    return KD_OK;
}

/* A head or a pooler that is not there stays as it was drawn. */
static kd_status copy_weight(const kd_first_weights *to, const source *from, kd_param *p,
                             kd_error *err)
{
    const kd_param *of = kd_params_find(from->params, p->name);
    bool            can_be_new =
        kd_name_is_of_head(p->name) || kd_name_is_of_pooler(p->name, kd_arch_kind(to->arch));
    if (!of && can_be_new) return begin_anew(to, p->name, err);
    if (!of) return kd_fail(err, KD_EDATA, "it has no %s", p->name);
    if (from->matched.of && kd_head_labels_has(p->name))
        return kd_head_labels_copy(&from->matched, to->params, p, from->params, of, err);
    if (!is_same_shape(p, of)) return kd_fail(err, KD_EDATA, "%s has another shape there", p->name);
    memcpy(kd_param_block(to->params, p, KD_VALUES), kd_param_block(from->params, of, KD_VALUES),
           p->length * sizeof(float));
    return KD_OK;
}

/* Where it is trained no further, or somebody says what its labels are, a head's are found by
 * name. */
static kd_status match_labels(const kd_first_weights *to, source *from, kd_error *err)
{
    bool is_named = *to->label_names != '\0';
    if (from->labels.length == 0 || !(to->is_final || is_named)) return KD_OK;
    kd_status status = KD_OK;
    if (is_named) {
        kd_str_reset(&from->labels);
        status = kd_head_labels_name(&from->labels, to->label_names, from->arch->labels, err);
        if (status != KD_OK) return kd_while(err, status, "%slabel_names", to->whose);
    }
    status = kd_head_labels_match(&from->matched, from->labels.text, to->dataset->labels_text, err);
    if (status != KD_OK && !is_named)
        return kd_while(err, status, "%sepochs = 0 leaves its head as it is (see %slabel_names)",
                        to->train, to->whose);
    if (status == KD_OK && from->matched.dropped)
        kd_log_info("%d of its %d labels are not the corpus's: they are left out",
                    from->matched.dropped, from->matched.there);
    return status;
}

/* A head that learned beside a CRF says something else without it. */
static kd_status check_crf(const kd_first_weights *to, const source *from, kd_error *err)
{
    if (!from->arch->crf || to->arch->crf) return KD_OK;
    if (to->is_final)
        return kd_fail(err, KD_ECONFIG,
                       "it has a CRF, and %sepochs = 0 would leave its head: set %scrf", to->train,
                       to->whose);
    kd_log_info("its CRF is left out");
    return KD_OK;
}

static kd_status copy_all(const kd_first_weights *to, source *from, kd_error *err)
{
    kd_status status = check_arch(to, from, err);
    if (status == KD_OK) status = check_vocab(to, from, err);
    if (status == KD_OK) status = match_labels(to, from, err);
    if (status == KD_OK) status = check_crf(to, from, err);
    bool takes_head = from->matched.of || strcmp(from->labels.text, to->dataset->labels_text) == 0;
    for (int i = 0; i < kd_params_count(to->params) && status == KD_OK; i++) {
        kd_param *p = kd_params_at(to->params, i);
        if (kd_starts_with(p->name, KD_METHOD_PREFIX)) continue;
        status = !takes_head && kd_name_is_of_head(p->name) ? begin_anew(to, p->name, err)
                                                            : copy_weight(to, from, p, err);
    }
    kd_head_labels_fini(&from->matched);
    kd_params_touch(to->params);
    return status;
}

/* ---- published folders ---- */

/* Of a vocab.txt, or of what else the folder has that cuts words; nothing where it has neither. */
static kd_status read_pieces(kd_str *out, const char *folder, const kd_model *model, kd_error *err)
{
    kd_token_options options;
    kd_tokenizer    *tokenizer = NULL;
    kd_status        status = kd_pretrained_vocab(out, folder, model, err);
    bool             has_any = false;
    for (int i = 0; kd_tokenizer_file(i); i++) {
        char *path = kd_fs_join(folder, kd_tokenizer_file(i));
        has_any |= kd_fs_exists(path);
        free(path);
    }
    if (status != KD_OK || out->length > 0 || !has_any) return status;
    kd_setting_defaults(kd_token_settings, &options);
    status = kd_tokenizer_open(&tokenizer, folder, &options, err);
    if (status == KD_OK) kd_vocab_print(kd_tokenizer_vocab(tokenizer), out);
    kd_tokenizer_destroy(tokenizer);
    return status;
}

static kd_status copy_folder(const kd_first_weights *to, const char *folder, kd_error *err)
{
    kd_pretrained loaded = { 0 };
    source        from = { .labels = KD_STR_INIT, .vocab = KD_STR_INIT };
    kd_status     status = kd_pretrained_load(&loaded, folder, err);
    if (status == KD_OK) status = read_pieces(&from.vocab, folder, loaded.model, err);
    if (status == KD_OK) {
        from.arch = kd_model_arch(loaded.model);
        from.params = loaded.params;
        kd_str_add(&from.labels, loaded.labels);
        status = copy_all(to, &from, err);
    }
    kd_pretrained_fini(&loaded);
    kd_str_fini(&from.labels);
    kd_str_fini(&from.vocab);
    return status;
}

/* ---- model objects ---- */

static kd_status copy_object(const kd_first_weights *to, kd_object *object, kd_error *err)
{
    kd_loaded_model loaded = { 0 };
    source          from = { .labels = KD_STR_INIT, .vocab = KD_STR_INIT };
    kd_status       status;
    if ((status = kd_object_get_text(object, KD_KEY_LABELS, &from.labels, err)) == KD_OK &&
        (status = kd_object_get_text(object, KD_KEY_VOCAB, &from.vocab, err)) == KD_OK &&
        (status = kd_model_object_read(&loaded, object, err)) == KD_OK) {
        from.arch = kd_model_arch(loaded.model);
        from.params = loaded.params;
        status = copy_all(to, &from, err);
        kd_loaded_model_fini(&loaded);
    }
    kd_str_fini(&from.labels);
    kd_str_fini(&from.vocab);
    return status;
}

kd_status kd_first_weights_of_path(const kd_first_weights *to, const char *path, kd_error *err)
{
    kd_object *object = NULL;
    kd_status  status;
    if (kd_fs_is_folder(path)) {
        status = copy_folder(to, path, err);
    } else if ((status = kd_object_open_file(&object, path, err)) == KD_OK) {
        status = copy_object(to, object, err);
        kd_object_close(object);
    }
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s: %s", to->init, path);
}

kd_status kd_first_weights_of_object(const kd_first_weights *to, const kd_store *store, kd_id id,
                                     kd_error *err)
{
    kd_object *object = NULL;
    kd_status  status = kd_object_open(&object, store, id, err);
    if (status == KD_OK) status = copy_object(to, object, err);
    kd_object_close(object);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", to->init);
}

/* ---- a teacher ---- */

/* What begins with `prefix` here from what begins with `there` in the teacher; a kind without such
 * a part has no prefix. */
static kd_status copy_part(const kd_first_weights *to, const char *prefix,
                           const kd_loaded_model *teacher, const char *there, int *copied,
                           kd_error *err)
{
    *copied = 0;
    if (!prefix || !there) return KD_OK;
    return kd_params_copy(to->params, prefix, teacher->params, there, copied, err);
}

static kd_status copy_layer(const kd_first_weights *to, int layer, const kd_loaded_model *teacher,
                            int of, kd_error *err)
{
    int       copied;
    char     *here = kd_sprintf("%s%d.", kd_arch_kind(to->arch)->layer, layer);
    char     *there = kd_sprintf("%s%d.", kd_arch_kind(kd_model_arch(teacher->model))->layer, of);
    kd_status status = copy_part(to, here, teacher, there, &copied, err);
    free(here);
    free(there);
    return status;
}

kd_status kd_first_weights_of_layers(const kd_first_weights *to, const kd_loaded_model *teacher,
                                     const char *which, kd_error *err)
{
    const kd_arch       *whole = kd_model_arch(teacher->model);
    const kd_model_kind *here = kd_arch_kind(to->arch), *there = kd_arch_kind(whole);
    int       layers = to->arch->layers, of = whole->layers, copied, chosen[KD_LAYERS_MAX];
    kd_status status = kd_init_layers(chosen, which, layers, of, err);
    if (status == KD_OK)
        status = copy_part(to, here->embeddings, teacher, there->embeddings, &copied, err);
    if (status != KD_OK) return status;
    if (!here->layer || !there->layer || copied == 0)
        return kd_fail(err, KD_ECONFIG, "%d layers of a %s cannot come from %d layers of a %s",
                       layers, here->name, of, there->name);
    for (int l = 0; l < layers && status == KD_OK; l++)
        status = copy_layer(to, l, teacher, chosen[l], err);
    return status;
}

kd_status kd_first_weights_of_embeddings(const kd_first_weights *to, const kd_loaded_model *teacher,
                                         kd_error *err)
{
    const kd_model_kind *here = kd_arch_kind(to->arch),
                        *there = kd_arch_kind(kd_model_arch(teacher->model));
    int       copied;
    kd_status status = copy_part(to, here->embeddings, teacher, there->embeddings, &copied, err);
    if (status == KD_OK && copied == 0)
        return kd_fail(err, KD_ECONFIG,
                       "the student, a %s, has no embedding block that the teacher's, a %s's, fits",
                       here->name, there->name);
    return status;
}
