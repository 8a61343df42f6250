/* model.c - `kdgrid model`: the table of its verbs. */
#include "harness/cmd/model/model.h"

#include "harness/cmd/cmd.h"

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
