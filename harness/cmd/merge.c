/* merge.c - `kdgrid merge`: the objects of several stores in one. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/log.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "harness/store/merge.h"

static const char about[] =
    "Copies the objects of stores into one, which is made when it is absent. An object that is "
    "there\n"
    "already is compared: equal cells have equal contents, and where they have not, both places "
    "are\n"
    "named, what is there stays, and the exit code is 3. The sources are only read.\n"
    "\n"
    "--without-weights keeps what tables and pages are made from: settings, figures, histories,\n"
    "counts and how it went. Weights, corpora, vocabularies and outputs are left out, and a run "
    "on\n"
    "that store makes them again; merged with the whole store, the whole objects take their place.";

static void warn(void *user, const char *text)
{
    (void)user;
    kd_log_warning("%s", text);
}

static kd_status open_sources(kd_store **sources, char **folders, int count, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < count && status == KD_OK; i++)
        status = kd_store_open(&sources[i], folders[i], KD_STORE_READ, err);
    return status;
}

static kd_status merge(const char *output, const char *group, bool without_weights,
                       kd_store **sources, int count, kd_error *err)
{
    const kd_merge_options options = { .without_weights = without_weights, .visit = warn };
    kd_store              *store;
    kd_merge_counts        counts;
    kd_status              status = kd_store_open(&store, output, KD_STORE_CREATE, err);
    if (status != KD_OK) return status;
    if (group) status = kd_store_share(store, group, err);
    if (status == KD_OK)
        status = kd_merge_run(store, (const kd_store *const *)sources, (size_t)count, &options,
                              &counts, err);
    kd_store_close(store);
    if (status != KD_OK) return status;
    kd_say("%s: %zu objects %s, %zu were there already, %zu differ, %zu are damaged\n", output,
           counts.copied, without_weights ? "kept without weights" : "copied", counts.equal,
           counts.unequal, counts.damaged);
    if (counts.unequal + counts.damaged)
        return kd_fail(err, KD_ECHECK, "%s: %zu objects differ, %zu are damaged", output,
                       counts.unequal, counts.damaged);
    return KD_OK;
}

kd_status kd_cmd_merge(int argc, char **argv, kd_error *err)
{
    const char  *output = NULL, *group = NULL;
    bool         without_weights = false;
    const kd_arg table[] = { { 'o', "output", KD_ARG_TEXT, &output, "STORE",
                               "the store that gets them all" },
                             { 0, "group", KD_ARG_TEXT, &group, "NAME",
                               "give that store to this group, to read and write" },
                             { 0, "without-weights", KD_ARG_FLAG, &without_weights, NULL,
                               "only what tables and pages are made from" },
                             KD_ARG_END };
    kd_args      args = { .verb = "merge",
                          .usage = "STORE... -o STORE [--without-weights]",
                          .about = about,
                          .table = table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, -1, err)) != KD_OK) return status;
    if (!output) return kd_fail(err, KD_EUSAGE, "merge: -o STORE is missing");

    kd_store **sources = kd_alloc((size_t)args.count, sizeof *sources);
    status = open_sources(sources, args.words, args.count, err);
    if (status == KD_OK) status = merge(output, group, without_weights, sources, args.count, err);
    for (int i = 0; i < args.count; i++) kd_store_close(sources[i]);
    free(sources);
    return status;
}
