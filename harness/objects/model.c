/* model.c - architecture as settings, weights by name. */
#include "harness/objects/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/base/fs.h"
#include "harness/store/keys.h"
#include "models/weights/pretrained.h"

/* ---- put ---- */

static void arch_to_text(const kd_arch *arch, kd_str *out)
{
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        if (!kd_setting_used_by(row, kd_arch_kind(arch)->name)) continue;
        kd_str_addf(out, "%s = ", row->key);
        kd_setting_print(row, arch, out);
        kd_str_add_char(out, '\n');
    }
}

kd_status kd_arch_put(kd_object_draft *draft, const kd_arch *arch, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    arch_to_text(arch, &text);
    kd_status status = kd_object_put_text(draft, KD_KEY_ARCH, text.text, err);
    kd_str_fini(&text);
    return status;
}

static kd_status put_weights(kd_object_draft *draft, const kd_params *params, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < kd_params_count(params) && status == KD_OK; i++) {
        const kd_param *p = kd_params_at(params, i);
        if (kd_starts_with(p->name, KD_METHOD_PREFIX)) continue; /* of the training alone */
        char  *name = kd_sprintf("weights/%s", p->name);
        size_t rows = p->rank == 1 ? p->length : (size_t)p->dim[0];
        size_t cols = p->rank == 1 ? 0 : p->length / rows;
        status =
            kd_object_put_f32(draft, name, kd_param_block(params, p, KD_VALUES), rows, cols, err);
        free(name);
    }
    return status;
}

kd_status kd_model_object_put(kd_object_draft *draft, const kd_model *model,
                              const kd_params *params, const char *labels, const char *vocab,
                              kd_error *err)
{
    kd_status status;
    if ((status = kd_arch_put(draft, kd_model_arch(model), err)) == KD_OK &&
        (status = kd_object_put_text(draft, KD_KEY_LABELS, labels, err)) == KD_OK &&
        (status = kd_object_put_text(draft, KD_KEY_VOCAB, vocab, err)) == KD_OK)
        status = put_weights(draft, params, err);
    return status;
}

/* ---- load ---- */

static kd_status arch_from_text(kd_arch *arch, char *text, kd_error *err)
{
    kd_setting_defaults(kd_arch_settings(), arch);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char             *equals = strstr(line, " = ");
        const kd_setting *row = NULL;
        if (equals) {
            *equals = 0;
            row = kd_setting_find(kd_arch_settings(), line);
        }
        if (!row) return kd_fail(err, KD_EDATA, "arch: no setting is called %s", line);
        kd_status status = kd_setting_put(row, arch, equals + 3, err);
        if (status != KD_OK) return kd_while(err, KD_EDATA, "arch: %s", line);
    }
    return KD_OK;
}

kd_status kd_arch_get(kd_arch *arch, kd_object *object, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_object_get_text(object, KD_KEY_ARCH, &text, err);
    if (status == KD_OK) status = arch_from_text(arch, text.text, err);
    kd_str_fini(&text);
    return status;
}

static kd_status check_finite(const kd_param *p, const float *values, kd_error *err)
{
    for (size_t i = 0; i < p->length; i++)
        if (!isfinite(values[i]))
            return kd_fail(err, KD_EDATA, "weights/%s: number %zu is %g", p->name, i,
                           (double)values[i]);
    return KD_OK;
}

static kd_status load_weights(kd_params *params, kd_object *object, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < kd_params_count(params) && status == KD_OK; i++) {
        const kd_param *p = kd_params_at(params, i);
        char           *name = kd_sprintf("weights/%s", p->name);
        size_t          rows = p->rank == 1 ? p->length : (size_t)p->dim[0];
        size_t          cols = p->rank == 1 ? 0 : p->length / rows;
        float          *values = kd_param_block(params, p, KD_VALUES);
        status = kd_object_get(object, name, KD_H5_F32, values, rows, cols, err);
        if (status == KD_OK) status = check_finite(p, values, err);
        free(name);
    }
    kd_params_touch(params);
    return status;
}

/* Before the network gets memory. */
static kd_status check_shapes(const kd_params *params, kd_object *object, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < kd_params_count(params) && status == KD_OK; i++) {
        const kd_param *p = kd_params_at(params, i);
        kd_h5_member    found;
        char           *name = kd_sprintf("weights/%s", p->name);
        status = kd_object_find(object, name, &found, err);
        size_t columns = found.cols ? found.cols : 1;
        if (status == KD_OK && (found.rows != (p->rank == 1 ? p->length : (size_t)p->dim[0]) ||
                                found.rows * columns != p->length))
            status = kd_fail(err, KD_EDATA, "%s: is of another shape than its arch says", name);
        free(name);
    }
    return status;
}

static kd_status load(kd_loaded_model *out, kd_object *object, kd_error *err)
{
    kd_arch   arch;
    kd_status status = kd_arch_get(&arch, object, err);
    if (status != KD_OK) return status;
    out->params = kd_params_create();
    status = kd_model_create(&out->model, out->params, &arch, err);
    if (status == KD_ECONFIG) status = KD_EDATA; /* the file's fault, not a study's */
    if (status == KD_OK) status = check_shapes(out->params, object, err);
    if (status != KD_OK) return status;
    kd_params_allocate(out->params, false);
    return load_weights(out->params, object, err);
}

kd_status kd_model_object_read(kd_loaded_model *out, kd_object *object, kd_error *err)
{
    *out = (kd_loaded_model){ NULL, NULL };
    kd_status status = load(out, object, err);
    if (status != KD_OK) kd_loaded_model_fini(out);
    return status;
}

kd_status kd_model_object_load(kd_loaded_model *out, const kd_store *store, kd_id id, kd_error *err)
{
    kd_object *object = NULL;
    *out = (kd_loaded_model){ NULL, NULL };
    kd_status status = kd_object_open(&object, store, id, err);
    if (status == KD_OK) status = kd_model_object_read(out, object, err);
    kd_object_close(object);
    if (status == KD_OK) return KD_OK;
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    return kd_while(err, status, "model %s", text);
}

static kd_status open_object(kd_loaded_model *out, const char *path, kd_error *err)
{
    kd_object *object;
    kd_status  status = kd_object_open_file(&object, path, err);
    if (status != KD_OK) return status;
    status = kd_model_object_read(out, object, err);
    kd_object_close(object);
    return status;
}

static kd_status open_checkpoint(kd_loaded_model *out, const char *path, kd_error *err)
{
    kd_pretrained checkpoint;
    kd_status     status = kd_pretrained_load(&checkpoint, path, err);
    if (status != KD_OK) return status;
    *out = (kd_loaded_model){ checkpoint.model, checkpoint.params };
    checkpoint.model = NULL;
    checkpoint.params = NULL;
    kd_pretrained_fini(&checkpoint);
    return KD_OK;
}

kd_status kd_loaded_model_open(kd_loaded_model *out, const char *path, kd_error *err)
{
    *out = (kd_loaded_model){ NULL, NULL };
    return kd_fs_is_folder(path) ? open_checkpoint(out, path, err) : open_object(out, path, err);
}

void kd_loaded_model_fini(kd_loaded_model *loaded)
{
    kd_model_destroy(loaded->model);
    kd_params_destroy(loaded->params);
    *loaded = (kd_loaded_model){ NULL, NULL };
}

kd_status kd_model_object_agrees(const kd_store *store, kd_id id, const kd_dataset *dataset,
                                 kd_error *err)
{
    kd_object *object;
    kd_str     labels = KD_STR_INIT;
    kd_status  status = kd_object_open(&object, store, id, err);
    if (status != KD_OK) return status;
    status = kd_object_get_text(object, KD_KEY_LABELS, &labels, err);
    if (status == KD_OK) status = kd_dataset_agrees(dataset, labels.text, err);
    if (status != KD_OK) {
        char text[KD_ID_TEXT];
        kd_id_text(text, id);
        kd_while(err, status, "labels of the teacher %s", text);
    }
    kd_object_close(object);
    kd_str_fini(&labels);
    return status;
}
