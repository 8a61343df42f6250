/* fsck.c - `kdgrid fsck`: whether a store is whole, and mending it. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "harness/store/fsck.h"

static const char about[] = "Reads every journal, object and checkpoint of a store and says what "
                            "is damaged, missing, left\n"
                            "over or foreign. A problem that stays ends with exit code 3. With "
                            "--repair damaged files go to\n"
                            "STORE/damaged/, torn journals are cut, what no journal tells of is "
                            "recorded, and half-written\n"
                            "files are removed; the next run computes again what was lost.";

/* Findings go to `json` when there is one, else to stdout. */
static void print_finding(void *user, const kd_fsck_finding *finding)
{
    kd_json_writer *json = user;
    if (!json) {
        kd_say("%s: %s: %s%s\n", finding->is_problem ? "problem" : "note", finding->kind,
               finding->text, finding->is_mended ? " [mended]" : "");
        return;
    }
    kd_json_begin(json, '{');
    kd_json_key(json, "kind");
    kd_json_text(json, finding->kind);
    kd_json_key(json, "problem");
    kd_json_bool(json, finding->is_problem);
    kd_json_key(json, "mended");
    kd_json_bool(json, finding->is_mended);
    kd_json_key(json, "text");
    kd_json_text(json, finding->text);
    kd_json_end(json, '}');
}

static void print_count(kd_json_writer *json, const char *name, size_t count)
{
    kd_json_key(json, name);
    kd_json_int(json, (int64_t)count);
}

static kd_status run_json(const kd_store *store, bool repair, kd_fsck_counts *counts, kd_error *err)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer json;
    kd_json_start(&json, &out, 2);
    kd_json_begin(&json, '{');
    kd_json_key(&json, "store");
    kd_json_text(&json, kd_store_folder(store));
    kd_json_key(&json, "findings");
    kd_json_begin(&json, '[');
    kd_status status = kd_fsck_run(store, repair, print_finding, &json, counts, err);
    kd_json_end(&json, ']');
    print_count(&json, "records", counts->records);
    print_count(&json, "objects", counts->objects);
    print_count(&json, "checkpoints", counts->checkpoints);
    print_count(&json, "problems", counts->problems);
    print_count(&json, "notes", counts->notes);
    print_count(&json, "mended", counts->mended);
    kd_json_end(&json, '}');
    if (status == KD_OK) puts(out.text);
    kd_str_fini(&out);
    return status;
}

static kd_status run_text(const kd_store *store, bool repair, kd_fsck_counts *counts, kd_error *err)
{
    kd_status status = kd_fsck_run(store, repair, print_finding, NULL, counts, err);
    if (status != KD_OK) return status;
    kd_say("%s: %zu objects, %zu journal records, %zu checkpoints; problems: %zu, mended: %zu, "
           "notes: %zu\n",
           kd_store_folder(store), counts->objects, counts->records, counts->checkpoints,
           counts->problems, counts->mended, counts->notes);
    return KD_OK;
}

kd_status kd_cmd_fsck(int argc, char **argv, kd_error *err)
{
    bool         repair = false, as_json = false;
    const kd_arg table[] = { { 0, "repair", KD_ARG_FLAG, &repair, NULL, "mend what can be mended" },
                             KD_ARG_JSON(as_json),
                             KD_ARG_END };
    kd_args      args = {
             .verb = "fsck", .usage = "STORE [--repair] [--json]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;

    kd_store      *store;
    kd_fsck_counts counts;
    status = kd_store_open(&store, args.words[0], repair ? KD_STORE_WRITE : KD_STORE_READ, err);
    if (status != KD_OK) return status;
    status =
        as_json ? run_json(store, repair, &counts, err) : run_text(store, repair, &counts, err);
    kd_store_close(store);
    size_t left = counts.problems - counts.mended;
    if (status == KD_OK && left)
        return kd_fail(err, KD_ECHECK, "%s: %zu problem%s%s", args.words[0], left,
                       left == 1 ? "" : "s",
                       repair ? " left" : "; --repair mends what can be mended");
    return status;
}
