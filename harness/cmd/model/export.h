/* export.h - the forms of `kdgrid model export`. */
#ifndef KD_CMD_MODEL_EXPORT_H
#define KD_CMD_MODEL_EXPORT_H

#include "harness/objects/model.h"
#include "harness/store/object.h"
#include "models/weights/pretrained.h"

/* A network of a study on its way out; all is borrowed. */
typedef struct {
    const kd_model            *model;
    const kd_params           *params;
    const kd_pretrained_words *words;
    const kd_tokenizer        *tokenizer;     /* that its corpus was cut by; NULL: not at hand */
    kd_precision               precision;     /* of products */
    bool                       has_two_texts; /* its rows are of two texts */
    const char                *loading;       /* how such a folder is used, in Markdown */
} kd_exported;

#define KD_CARD_FILE   "README.md"
#define KD_CARD_SIGNED "Written by kdgrid " /* in its last line */

/* README.md of any form: labels, metrics, size, how to load it, settings; from the object. */
kd_status kd_export_card(const char *folder, const kd_exported *from, kd_object *object,
                         kd_error *err);

/* model.onnx, tokenizer.json and predict.py, in a folder that is made. */
kd_status kd_export_onnx(const char *folder, const kd_exported *from, kd_error *err);

#endif
