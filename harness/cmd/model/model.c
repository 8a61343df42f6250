/* model.c - `kdgrid model`: the table of its verbs. */
#include "harness/cmd/model/model.h"
#include "harness/base/args.h"
#include "harness/cmd/cmd.h"

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

static const kd_verb verbs[] = {
#define X(verb, summary) { #verb, kd_cmd_model_##verb, summary },
    KD_MODEL_VERBS(X)
#undef X
};

kd_status kd_cmd_model(int argc, char **argv, kd_error *err)
{
    const kd_verb_table table = { "model", "Networks: their sizes, and published weights.", verbs,
                                  sizeof verbs / sizeof *verbs };
    return kd_verbs_run(&table, argc, argv, err);
}
