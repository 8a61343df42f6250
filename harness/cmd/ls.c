/* ls.c - `kdgrid ls`: the cells of a store, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "harness/cmd/rows.h"
#include "harness/config/study.h"

typedef struct {
    const char *role, *states, *sort, *columns, *study, *profile;
    kd_arg_list where, metric, overrides;
    bool        as_json, as_csv, is_wide;
} options;

static const char about[] =
    "Lists the cells of one or several stores, a line each: the beginning of the id, how it "
    "stands,\n"
    "the settings that vary, the main metrics. Cells that run, failed or were stopped are there, "
    "too.\n"
    "A column is id, state, role, label, store, a setting or a metric, also as a pattern:\n"
    "    kdgrid ls store --where distill.method=kl --sort -devel.f1\n"
    "    kdgrid ls store --columns 'id,seed,test.entity_strict.*.f1' --csv\n"
    "With --study the lines are that study's cells, also those that no run has begun.\n"
    "What is wider than the terminal (80 columns where there is none) is left out; --wide has all.";

/* ---- columns ---- */

/* Figures of the task on devel and test, of those that any cell has. */
static void add_main_metrics(kd_listing_columns *out, const kd_listing *listing)
{
    static const char *const words[] = { "devel.f1", "test.f1" };
    for (size_t i = 0; i < sizeof words / sizeof *words && listing->cells.count > 0; i++) {
        kd_error none;
        kd_listing_add(out, listing, words[i], &none);
    }
}

static kd_status add_list(kd_listing_columns *out, const kd_listing *listing, const char *list,
                          kd_error *err)
{
    char     *copy = kd_strdup(list), *rest = copy, *word;
    kd_status status = KD_OK;
    while (status == KD_OK && (word = strsep(&rest, ",")) != NULL)
        if (*word) status = kd_listing_add(out, listing, word, err);
    free(copy);
    return status;
}

static kd_status choose_columns(kd_listing_columns *out, const options *o,
                                const kd_listing *listing, kd_error *err)
{
    kd_status status = KD_OK;
    if (o->columns) return add_list(out, listing, o->columns, err);
    if ((status = add_list(out, listing, "id,state", err)) != KD_OK) return status;
    kd_listing_add_varying(out, listing);
    for (size_t i = 0; status == KD_OK && i < o->metric.count; i++)
        status = add_list(out, listing, o->metric.items[i], err);
    if (o->metric.count == 0) add_main_metrics(out, listing);
    return status;
}

/* "-f1,seed"; without it, by the settings that vary. */
static kd_status sort(kd_listing *listing, const char *words, kd_error *err)
{
    kd_listing_columns by = KD_VEC_INIT;
    char              *copy = kd_strdup(words ? words : ""), *rest = copy, *word;
    kd_status          status = KD_OK;
    if (!words) kd_listing_add_varying(&by, listing);
    while (status == KD_OK && (word = strsep(&rest, ",")) != NULL) {
        bool   descends = *word == '-';
        size_t before = by.count;
        if (word[descends]) status = kd_listing_add(&by, listing, word + descends, err);
        for (size_t i = before; i < by.count; i++) by.items[i].descending = descends;
    }
    if (status == KD_OK) kd_listing_sort(listing, &by);
    if (status != KD_OK) kd_while(err, status, "--sort");
    kd_vec_fini(&by);
    free(copy);
    return status;
}

/* ---- the verb ---- */

static void print_json(const kd_listing *listing, const kd_listing_columns *columns)
{
    printf("{\"waiting\": %zu, \"cells\": [\n", listing->waiting);
    kd_rows_json(listing, columns, true);
    printf("]}\n");
}

static void print_text(const options *o, const kd_listing *listing,
                       const kd_listing_columns *columns)
{
    kd_str left_out = KD_STR_INIT;
    kd_rows_text(listing, columns, o->is_wide || o->columns ? 0 : kd_rows_terminal());
    kd_left_out_say(&left_out, &listing->left_out);
    if (left_out.length > 0) kd_log_info("%s", left_out.text);
    if (listing->waiting > 0)
        kd_log_info("%zu more wait; a cell is listed once it has begun", listing->waiting);
    if (listing->cells.count == 0) kd_log_info("there is no such cell");
    kd_str_fini(&left_out);
}

static kd_status list(const options *o, kd_listing *listing, kd_error *err)
{
    kd_listing_choice  choice = { o->where.items, o->where.count, o->role, o->states };
    kd_listing_columns columns = KD_VEC_INIT;
    kd_status          status = kd_listing_keep(listing, &choice, err);
    if (status == KD_OK) status = choose_columns(&columns, o, listing, err);
    if (status == KD_OK) status = sort(listing, o->sort, err);
    if (status == KD_OK && o->as_json)
        print_json(listing, &columns);
    else if (status == KD_OK && o->as_csv)
        kd_rows_csv(listing, &columns, false);
    else if (status == KD_OK)
        print_text(o, listing, &columns);
    kd_vec_fini(&columns);
    return status;
}

/* The lines become the cells of the study that somebody named. */
static kd_status take_study(const options *o, kd_listing *listing, kd_error *err)
{
    kd_study_options study_options = { .profile = o->profile, .overrides = o->overrides };
    kd_plan_options  plan_options = { NULL, NULL };
    kd_study        *study = NULL;
    kd_plan         *plan = NULL;
    kd_status        status;
    if (!o->study && (o->profile || o->overrides.count > 0))
        return kd_fail(err, KD_EUSAGE, "ls: --profile and --define go with --study FILE");
    if (!o->study) return KD_OK;
    if ((status = kd_study_open_telling(&study, o->study, &study_options, err)) == KD_OK &&
        (status = kd_plan_create(&plan, study, &plan_options, err)) == KD_OK)
        status = kd_listing_of_study(listing, plan, kd_grid_count(kd_study_grid(study)), err);
    kd_plan_destroy(plan);
    kd_study_close(study);
    return status;
}

kd_status kd_cmd_ls(int argc, char **argv, kd_error *err)
{
    static const char *const here[] = { "store" };
    options                  o = { 0 };
    const kd_arg             table[] = {
                    KD_ARG_WHERE(o.where),
                    { 0, "state", KD_ARG_TEXT, &o.states, "STATE,...",
                      "only cells that stand so: done, failed" },
                    KD_ARG_ROLE(o.role),
                    { 0, "sort", KD_ARG_TEXT, &o.sort, "COLUMN,...", "a '-' before one turns it round" },
                    { 'c', "columns", KD_ARG_TEXT, &o.columns, "COLUMN,...", "these columns alone" },
                    KD_ARG_METRIC(o.metric, "metrics in place of f1 on devel and test"),
                    { 0, "wide", KD_ARG_FLAG, &o.is_wide, NULL, "all columns, however wide" },
                    { 0, "study", KD_ARG_TEXT, &o.study, "FILE",
                      "only the cells of this study, also those that wait" },
                    KD_ARG_PROFILE(o.profile),
                    KD_ARG_DEFINE(o.overrides),
                    KD_ARG_JSON(o.as_json),
                    { 0, "csv", KD_ARG_FLAG, &o.as_csv, NULL, "print CSV" },
                    KD_ARG_END
    };
    kd_args    args = { .verb = "ls", .usage = "[STORE]...", .about = about, .table = table };
    kd_listing listing;
    kd_status  status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) {
        const char *const *folders = args.count > 0 ? (const char *const *)args.words : here;
        status = kd_listing_open(&listing, folders, args.count > 0 ? (size_t)args.count : 1, err);
        kd_log_warnings(listing.notice.text);
        if (status == KD_OK) status = take_study(&o, &listing, err);
        if (status == KD_OK) status = list(&o, &listing, err);
        kd_listing_close(&listing);
    }
    kd_args_fini(&args);
    return status;
}
