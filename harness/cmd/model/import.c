/* import.c - `kdgrid model import`: a published checkpoint as an object in a file. */
#include "harness/base/args.h"
#include "harness/base/log.h"
#include "harness/base/program.h"
#include "harness/cmd/model/model.h"
#include "harness/objects/model.h"
#include "harness/store/keys.h"
#include "models/weights/pretrained.h"

static kd_status put_size(kd_object_draft *draft, const kd_model *model, kd_error *err)
{
    kd_model_size size;
    kd_status     status = kd_model_measure(&size, kd_model_arch(model), KD_USUAL_LENGTH, err);
    if (status != KD_OK) return status;
    kd_object_put_metric(draft, KD_KEY_PARAMETERS, (double)size.parameters);
    kd_object_put_metric(draft, KD_KEY_MIB, size.mib);
    return KD_OK;
}

static kd_status put_all(kd_object_draft *draft, const kd_pretrained *from, const char *vocab,
                         kd_error *err)
{
    kd_object_put_provenance(draft, &(kd_provenance){ .version = kd_program_version,
                                                      .commit = kd_program_commit,
                                                      .is_dirty = kd_program_is_dirty,
                                                      .libraries = kd_program_libraries,
                                                      .cpu = kd_program_cpu() });
    kd_status status =
        kd_model_object_put(draft, from->model, from->params, from->labels, vocab, err);
    return status == KD_OK ? put_size(draft, from->model, err) : status;
}

static kd_status import(const char *folder, const char *path, kd_error *err)
{
    kd_pretrained    checkpoint;
    kd_object_draft *draft;
    kd_str           vocab = KD_STR_INIT;
    kd_status        status = kd_pretrained_load(&checkpoint, folder, err);
    if (status != KD_OK) return status;
    status = kd_pretrained_vocab(&vocab, folder, checkpoint.model, err);
    if (status == KD_OK && !vocab.length)
        kd_log_warning("%s has no vocab.txt: the object has no vocabulary", folder);
    if (status == KD_OK && (status = kd_object_create_file(&draft, path, "model", err)) == KD_OK) {
        kd_object_put_fact(draft, "imported", folder);
        if ((status = put_all(draft, &checkpoint, vocab.text, err)) == KD_OK)
            status = kd_object_commit(draft, err);
        else
            kd_object_discard(draft);
    }
    kd_str_fini(&vocab);
    kd_pretrained_fini(&checkpoint);
    return status;
}

kd_status kd_cmd_model_import(int argc, char **argv, kd_error *err)
{
    const char  *path = NULL;
    const kd_arg table[] = {
        { 'o', "output", KD_ARG_TEXT, &path, "FILE.h5", "the file to write" },
        KD_ARG_END,
    };
    kd_args args = {
        "model import", "DIR -o FILE.h5",
        "Reads a published network of a kind that is built here (docs/WEIGHTS.md), or\n"
        "what `model export` wrote: config.json, vocab.txt, and model.safetensors, its\n"
        "shards, or pytorch_model.bin; and writes it as an object.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped && !path)
        status = kd_fail(err, KD_EUSAGE, "model import: -o FILE.h5 is missing");
    if (status == KD_OK && !args.helped) status = import(args.words[0], path, err);
    kd_args_fini(&args);
    return status;
}
