/* cmd_model_export.c - `kdgrid model export`: an object of a study as a published checkpoint. */
#include "harness/base/args.h"
#include "harness/cell/model_object.h"
#include "harness/cmd_model.h"
#include "models/weights/checkpoint.h"

static kd_status export(kd_object *object, const char *folder, kd_error *err)
{
    kd_loaded_model loaded;
    kd_str          labels = KD_STR_INIT, vocab = KD_STR_INIT;
    kd_status       status = kd_model_object_read(&loaded, object, err);
    if (status == KD_OK) status = kd_object_get_text(object, "labels", &labels, err);
    if (status == KD_OK) status = kd_object_get_text(object, "vocab", &vocab, err);
    if (status == KD_OK)
        status =
            kd_checkpoint_save(folder, loaded.model, loaded.params, labels.text, vocab.text, err);
    kd_str_fini(&labels);
    kd_str_fini(&vocab);
    kd_loaded_model_fini(&loaded);
    return status;
}

kd_status kd_model_export(int argc, char **argv, kd_error *err)
{
    const char  *folder = NULL;
    const kd_arg table[] = {
        { 'o', "output", KD_ARG_TEXT, &folder, "DIR", "the folder to write, made when absent" },
        KD_ARG_END,
    };
    kd_args    args = { "model export", "FILE.h5 -o DIR",
                        "Writes a BERT or DistilBERT of a study as config.json, model.safetensors "
                           "and vocab.txt,\nwith the names that the usual Python library reads.",
                        table };
    kd_object *object = NULL;
    kd_status  status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    if (!folder) return kd_fail(err, KD_EUSAGE, "model export: -o DIR is missing");
    status = kd_object_open_file(&object, args.words[0], err);
    if (status == KD_OK) status = export(object, folder, err);
    kd_object_close(object);
    return status;
}
