/* data.c - `kdgrid data`: its verbs. */
#include "harness/cmd/data/data.h"

#include "harness/base/fs.h"
#include "harness/cmd/cmd.h"

static const kd_verb verbs[] = {
#define X(verb, summary) { #verb, kd_cmd_data_##verb, summary },
    KD_DATA_VERBS(X)
#undef X
};

const kd_verb_table kd_cmd_data_verbs = { "data", "Corpora, tag files, vocabularies, scores.",
                                          verbs, sizeof verbs / sizeof *verbs };

/* What is given by hand may come through a pipe, and is read more than once. */
static kd_status gather_pipes(int argc, char **argv, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 1; i < argc && status == KD_OK; i++) status = kd_fs_gather(argv[i], err);
    return status;
}

kd_status kd_cmd_data(int argc, char **argv, kd_error *err)
{
    kd_status status = gather_pipes(argc, argv, err);
    return status == KD_OK ? kd_verbs_run(&kd_cmd_data_verbs, argc, argv, err) : status;
}
