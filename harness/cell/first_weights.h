/* first_weights.h - what a network is before it is trained, when it is not drawn at random.
 *
 *     a published checkpoint's folder   --+
 *     a model object's .h5 file         --+--> the whole network, by name
 *     the student after fine-tuning     --+
 *     a model of another study          --+
 *     the teacher                       -----> some of its layers, or its embedding block
 *
 * A head that is trained on comes along when its labels are the corpus's, by name and order; another
 * one begins anew, as a pooler does that is not there. Where it is trained no further, or somebody
 * says what its labels are, they are matched by name: each of the corpus has to be there, in any
 * order, and what the corpus has not is dropped. Pieces have to be numbered alike, and whatever a
 * weight depends on has to agree.
 */
#ifndef KD_CELL_FIRST_WEIGHTS_H
#define KD_CELL_FIRST_WEIGHTS_H

#include "harness/objects/model.h"

/* Where weights go: a network that is allocated. Keys in messages are those of its role. */
typedef struct {
    const char       *whose; /* "student." or "teacher." */
    const char       *init;  /* "finetune.init" */
    const char       *train; /* "finetune.train." */
    const kd_arch    *arch;
    kd_params        *params;
    const kd_dataset *dataset;
    const char       *label_names; /* of the source's head, commas between; "" for its own */
    bool              is_final;    /* it is trained no further, so all of it has to be there */
} kd_first_weights;

/* KD_ECONFIG or KD_EDATA, saying which size, weight or vocabulary does not agree. */
kd_status kd_first_weights_of_path(const kd_first_weights *to, const char *path, kd_error *err);
kd_status kd_first_weights_of_object(const kd_first_weights *to, const kd_store *store, kd_id id,
                                     kd_error *err);

/* The embedding block, and the layers that `which` (student.init_layers) names. */
kd_status kd_first_weights_of_layers(const kd_first_weights *to, const kd_loaded_model *teacher,
                                     const char *which, kd_error *err);
kd_status kd_first_weights_of_embeddings(const kd_first_weights *to, const kd_loaded_model *teacher,
                                         kd_error *err);

#endif
