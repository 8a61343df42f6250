/* model.h - a trained network in the store, complete in itself.
 *
 *     arch                   text: "kind = bilstm", a setting a line, sizes resolved
 *     labels, vocab          texts, as in a corpus object
 *     weights/<name>         f32, named as the usual Python libraries do
 */
#ifndef KD_OBJECTS_MODEL_H
#define KD_OBJECTS_MODEL_H

#include "harness/objects/dataset.h"
#include "models/model.h"

/* A network and its weights, ready to apply. */
typedef struct {
    kd_model  *model;
    kd_params *params;
} kd_loaded_model;

/* `labels` and `vocab` are texts, a name a line. */
kd_status kd_model_object_put(kd_object_draft *draft, const kd_model *model,
                              const kd_params *params, const char *labels, const char *vocab,
                              kd_error *err);

/* KD_EDATA when the object is no model or a weight is missing, of another shape or not finite. The
 * caller finis what it got. */
kd_status kd_model_object_load(kd_loaded_model *out, const kd_store *store, kd_id id,
                               kd_error *err);
kd_status kd_model_object_read(kd_loaded_model *out, kd_object *object, kd_error *err);
void      kd_loaded_model_fini(kd_loaded_model *loaded);

/* A network by its path: a folder with a published checkpoint, or the file of an object. */
kd_status kd_loaded_model_open(kd_loaded_model *out, const char *path, kd_error *err);

/* An architecture as the text "arch" of any object, and back. KD_EDATA when it is no such text. */
kd_status kd_arch_put(kd_object_draft *draft, const kd_arch *arch, kd_error *err);
kd_status kd_arch_get(kd_arch *arch, kd_object *object, kd_error *err);

/* KD_EDATA when the labels of a model, by name and order, are not those of the corpus. */
kd_status kd_model_object_agrees(const kd_store *store, kd_id id, const kd_dataset *dataset,
                                 kd_error *err);

#endif
