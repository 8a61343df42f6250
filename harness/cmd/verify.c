/* verify.c - `kdgrid verify CELL`: does it come out the same when it is run again? */
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/child/stop.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/dispatch/run.h"
#include "harness/review/verify.h"

static const char about[] =
    "Runs cells again from what their objects keep and compares the "
    "contents. CELL is an id, its first\n"
    "digits, a label or 'best' (docs/FINDING.md). The store is only read. Other "
    "contents end with\n"
    "exit code 3, and with what differs and what could be why: another program, "
    "library or kind of CPU.";

/* ---- telling ---- */

static void print_text(const kd_verification *v)
{
    char took[32];
    kd_say("%s: %s, made again in %s: %s\n", v->id, v->kind,
           kd_clock_words(took, sizeof took, v->wall_s),
           v->is_same ? "the same contents" : "OTHER CONTENTS");
    for (size_t i = 0; i < v->differences.count; i++) kd_say("  %s\n", v->differences.items[i]);
    for (size_t i = 0; i < v->reasons.count; i++) kd_say("  perhaps: %s\n", v->reasons.items[i]);
}

static void print_lines(kd_json_writer *json, const char *key, const kd_verify_lines *list)
{
    kd_json_key(json, key);
    kd_json_begin(json, '[');
    for (size_t i = 0; i < list->count; i++) kd_json_text(json, list->items[i]);
    kd_json_end(json, ']');
}

static void print_json(const kd_verification *v, kd_json_writer *json)
{
    kd_json_begin(json, '{');
    kd_json_key(json, "id");
    kd_json_text(json, v->id);
    kd_json_key(json, "kind");
    kd_json_text(json, v->kind);
    kd_json_key(json, "same");
    kd_json_bool(json, v->is_same);
    kd_json_key(json, "seconds");
    kd_json_real(json, v->wall_s);
    print_lines(json, "differences", &v->differences);
    print_lines(json, "reasons", &v->reasons);
    kd_json_end(json, '}');
}

/* ---- the verb ---- */

/* *differs is raised when the contents do. */
static kd_status verify(const kd_store *store, kd_id id, const char *program, kd_json_writer *json,
                        int *differs, kd_error *err)
{
    kd_verification v;
    kd_status       status = kd_verify(&v, store, id, program, err);
    if (status == KD_OK) {
        *differs += !v.is_same;
        if (json)
            print_json(&v, json);
        else
            print_text(&v);
    }
    kd_verification_fini(&v);
    return status;
}

static kd_status verify_all(const kd_finding *finding, char **words, int count, bool as_json,
                            kd_error *err)
{
    kd_store      *store;
    kd_str         out = KD_STR_INIT;
    kd_json_writer json;
    int            differs = 0;
    char          *program = kd_run_program("kdgrid");
    kd_status      status = kd_store_open(&store, finding->folder, KD_STORE_READ, err);
    kd_json_start(&json, &out, 2);
    kd_json_begin(&json, '[');
    for (int i = 0; i < count && status == KD_OK; i++) {
        kd_id id;
        status = kd_finding_cell(&id, finding, store, words[i], err);
        if (status == KD_OK)
            status = verify(store, id, program, as_json ? &json : NULL, &differs, err);
    }
    kd_json_end(&json, ']');
    if (as_json && status == KD_OK) puts(out.text);
    if (status == KD_OK && differs)
        status = kd_fail(err, KD_ECHECK, "%d of %d came out with other contents", differs, count);
    kd_str_fini(&out);
    kd_store_close(store);
    free(program);
    return status;
}

kd_status kd_cmd_verify(int argc, char **argv, kd_error *err)
{
    kd_finding   finding = { .folder = "store" };
    bool         as_json = false;
    const kd_arg table[] = {
        KD_ARGS_FINDING(finding),
        KD_ARG_JSON(as_json),
        KD_ARG_END,
    };
    kd_args args = {
        .verb = "verify", .usage = "CELL|best... [--store DIR]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, -1, err);
    if (status == KD_OK && !args.helped) {
        kd_stop_install();
        status = verify_all(&finding, args.words, args.count, as_json, err);
    }
    kd_args_fini(&args);
    return status;
}
