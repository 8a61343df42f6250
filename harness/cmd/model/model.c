/* model.c - `kdgrid model`: the table of its verbs. */
#include "harness/cmd/model/model.h"

#include <stdlib.h>

#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"

static kd_status transfer(const kd_model_transfer *verb, const kd_finding *finding,
                          const char *word, const char *to, kd_error *err)
{
    char     *path;
    kd_status status = kd_finding_path(&path, finding, word, err);
    if (status == KD_OK) status = verb->run(path, to, err);
    free(path);
    return status;
}

kd_status kd_model_transfer_run(const kd_model_transfer *verb, int argc, char **argv, kd_error *err)
{
    const char  *to = NULL;
    kd_finding   finding = { .folder = NULL };
    const kd_arg output = { 'o', "output", KD_ARG_TEXT, &to, verb->output, verb->output_help };
    const kd_arg by_path[] = { output, KD_ARG_END },
                 by_name[] = { output, KD_ARGS_FINDING(finding), KD_ARG_END };
    kd_args   args = { verb->name, verb->usage, verb->about, verb->by_name ? by_name : by_path };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, 1, err);
    if (status == KD_OK && !args.helped && !to)
        status = kd_fail(err, KD_EUSAGE, "%s: -o %s is missing", verb->name, verb->output);
    if (status == KD_OK && !args.helped)
        status = verb->by_name ? transfer(verb, &finding, args.words[0], to, err)
                               : verb->run(args.words[0], to, err);
    kd_args_fini(&args);
    return status;
}

static const kd_verb verbs[] = {
#define X(verb, summary) { #verb, kd_cmd_model_##verb, summary },
    KD_MODEL_VERBS(X)
#undef X
};

const kd_verb_table kd_cmd_model_verbs = { "model", "Networks: their sizes, and published weights.",
                                           verbs, sizeof verbs / sizeof *verbs };

kd_status kd_cmd_model(int argc, char **argv, kd_error *err)
{
    return kd_verbs_run(&kd_cmd_model_verbs, argc, argv, err);
}
