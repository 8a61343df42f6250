/* model.c - `kdgrid model`: the table of its verbs. */
#include <string.h>

#include "harness/base/args.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/model/model.h"

kd_status kd_model_transfer_run(const kd_model_transfer *verb, int argc, char **argv, kd_error *err)
{
    const char  *to = NULL;
    const kd_arg table[] = {
        { 'o', "output", KD_ARG_TEXT, &to, verb->output, verb->output_help },
        KD_ARG_END,
    };
    kd_args   args = { verb->name, verb->usage, verb->about, table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    if (!to) return kd_fail(err, KD_EUSAGE, "%s: -o %s is missing", verb->name, verb->output);
    return verb->run(args.words[0], to, err);
}

static const struct {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
} verbs[] = {
    { "info", kd_model_info },     { "tensors", kd_model_tensors }, { "forward", kd_model_forward },
    { "import", kd_model_import }, { "export", kd_model_export },
};

kd_status kd_cmd_model(int argc, char **argv, kd_error *err)
{
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1, err);
    const kd_arg table[] = { KD_ARG_END };
    kd_args      args = { "model", "info|tensors|forward|import|export ...",
                          "Networks: their sizes, and published weights.\n\n"
                               "  info      layers, dimensions, parameters, size, operations\n"
                               "  tensors   names, types, shapes and digests in a file of weights\n"
                               "  forward   logits of a network for token ids\n"
                               "  import    a published checkpoint as an object\n"
                               "  export    an object of a study as a published checkpoint",
                          table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (args.count == 0) return kd_args_expect(&args, 1, -1, err);
    return kd_fail(err, KD_EUSAGE,
                   "model: there is no %s; there are: info, tensors, forward, import, export",
                   args.words[0]);
}
