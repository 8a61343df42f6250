/* aggregate.c - `kdgrid aggregate`: mean, spread and interval over one or several stores. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "harness/cmd/rows.h"
#include "results/aggregate_table.h"
#include "results/fit.h"

typedef struct {
    const char *by, *split, *role, *format, *best_of, *best_by;
    kd_arg_list metric, where;
    bool        is_curve, is_wide, as_json, helped;
    char      **folders;
    int         folder_count;
} options;

static const char about[] =
    "Groups the models of one or several stores by settings and prints n, mean, standard\n"
    "deviation and a 95 % interval of one or more metrics. A cell that several stores hold counts\n"
    "once. A metric is its full name (test.entity_strict.precision), f1, train_s, size_mib, or a\n"
    "pattern of names: --metric 'test.entity_strict.*.f1' has all types.\n"
    "With --best-of train.lr each group reports the learning rate that devel chose, and says of "
    "how\n"
    "many; --curve has the best to expect of 1, 2, ... of them in its place.";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = { { 'b', "by", KD_ARG_TEXT, &o->by, "KEY,...",
                               "settings whose values make the groups" },
                             KD_ARG_METRIC(o->metric, "what is measured (f1); repeatable"),
                             KD_ARG_WHERE(o->where),
                             KD_ARG_ROLE(o->role),
                             KD_ARG_BEST_OF(o->best_of),
                             KD_ARG_BEST_BY(o->best_by),
                             { 0, "curve", KD_ARG_FLAG, &o->is_curve, NULL,
                               "with --best-of: the expected best of so many values" },
                             KD_ARG_SPLIT(o->split),
                             KD_ARG_WIDE(o->is_wide),
                             KD_ARG_FORMAT(o->format),
                             KD_ARG_FORMAT_JSON(o->as_json),
                             KD_ARG_END };
    kd_args      args = { .verb = "aggregate",
                          .usage = "STORE... --by KEY,... [--metric NAME,...]",
                          .about = about,
                          .table = table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if (o->as_json) o->format = "json";
    o->folders = args.words;
    o->folder_count = args.count;
    if (o->is_curve && o->best_of == NULL)
        return kd_fail(err, KD_EUSAGE, "aggregate: --curve goes with --best-of KEY");
    return kd_args_expect(&args, 1, -1, err);
}

/* ---- shared with compare and table ---- */

kd_status kd_cmd_stores_open(kd_stores *out, char **folders, int count, kd_error *err)
{
    kd_status status = kd_stores_open(out, (const char *const *)folders, (size_t)count, err);

    kd_log_warnings(out->notice.text);
    return status;
}

const char **kd_cmd_split_list(kd_arena *arena, const char *text, size_t *count)
{
    const char **items = kd_arena_alloc(arena, strlen(text) + 1, sizeof *items);

    *count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (length > 0) items[(*count)++] = kd_arena_strndup(arena, text, length);
        text += length + (text[length] == ',');
    }
    return items;
}

void kd_cmd_print_table(const kd_table *table, const kd_writer *writer)
{
    kd_str out = KD_STR_INIT;

    writer->write(table, &out);
    fputs(out.text, stdout);
    kd_str_fini(&out);
}

void kd_cmd_add_fitting(kd_table *table, kd_str *told, kd_str *out)
{
    size_t width = kd_rows_terminal(), all = table->columns.count, count;
    kd_str left_out = KD_STR_INIT;

    count = kd_table_fit(table, width, &left_out);
    if (count > 0 && (told == NULL || strcmp(told->text, left_out.text) != 0))
        kd_log_info("%zu column%s of %zu %s left out (--wide has all): %s", count,
                    count == 1 ? "" : "s", all, count == 1 ? "is" : "are", left_out.text);
    kd_table_write_fitting(table, width, out);
    if (told != NULL) {
        kd_str_reset(told);
        kd_str_add(told, left_out.text);
    }
    kd_str_fini(&left_out);
}

kd_status kd_cmd_best_of(const kd_best_of **out, const char *best_of, const char *best_by,
                         kd_arena *arena, kd_error *err)
{
    kd_best_of *choice;

    *out = NULL;
    if (best_of == NULL && best_by != NULL)
        return kd_fail(err, KD_EUSAGE, "--best-by goes with --best-of KEY");
    if (best_of == NULL) return KD_OK;
    choice = kd_arena_zero(arena, 1, sizeof *choice);
    choice->keys = kd_cmd_split_list(arena, best_of, &choice->key_count);
    choice->by = best_by;
    *out = choice;
    return choice->key_count > 0 ? KD_OK : kd_fail(err, KD_EUSAGE, "--best-of: no key");
}

kd_status kd_cmd_check_by(const kd_cells *cells, const char *by, const char *best_of, kd_error *err)
{
    kd_metric metric;

    if (best_of == NULL || cells->count == 0 || kd_cells_check_key(cells, by, NULL) == KD_OK ||
        kd_metric_resolve(&metric, cells, by, "devel", NULL) != KD_OK)
        return KD_OK;
    return kd_fail(err, KD_EUSAGE,
                   "--by %s is a metric, and --by has the keys of groups; --best-by says what "
                   "chooses",
                   by);
}

/* ---- the verb ---- */

static kd_status fail_without_keys(const kd_cells *cells, kd_error *err)
{
    kd_str varying = KD_STR_INIT;

    kd_cells_list_varying(cells, &varying);
    kd_fail(err, KD_EUSAGE, "aggregate: --by KEY,... is missing; what differs is %s", varying.text);
    kd_str_fini(&varying);
    return KD_EUSAGE;
}

static const char *const main_metric = "f1";

/* Without --format at the width of the terminal; else as it is. */
static void print(const options *o, kd_table *table, const kd_writer *writer)
{
    kd_str out = KD_STR_INIT;

    if (o->format == NULL && !o->is_wide)
        kd_cmd_add_fitting(table, NULL, &out);
    else
        writer->write(table, &out);
    fputs(out.text, stdout);
    kd_str_fini(&out);
}

static kd_status answer(const options *o, kd_stores *stores, const kd_writer *writer, kd_error *err)
{
    kd_cells          *cells = &stores->cells;
    kd_arena          *arena = kd_arena_create(0);
    kd_aggregate_query query = { .metrics = o->metric.items,
                                 .metric_count = o->metric.count,
                                 .split = o->split,
                                 .role = o->role,
                                 .missing = stores->missing };
    kd_table          *table = NULL;
    kd_status          status = KD_OK;

    for (size_t i = 0; status == KD_OK && i < o->where.count; i++)
        status = kd_cells_keep(cells, o->where.items[i], err);
    if (status == KD_OK) {
        if (o->metric.count == 0) query.metrics = &main_metric, query.metric_count = 1;
        query.keys = kd_cmd_split_list(arena, o->by, &query.key_count);
        status = kd_cmd_best_of(&query.choice, o->best_of, o->best_by, arena, err);
    }
    if (status == KD_OK) status = kd_cmd_check_by(cells, o->by, o->best_of, err);
    if (status == KD_OK)
        status = (o->is_curve ? kd_aggregate_curves : kd_aggregate_table)(&table, cells, &query,
                                                                          arena, err);
    if (status == KD_OK) print(o, table, writer);
    kd_table_destroy(table);
    kd_arena_destroy(arena);
    return status;
}

static kd_status aggregate(const options *o, kd_error *err)
{
    const kd_writer *writer;
    kd_stores        stores;
    kd_status        status = kd_cmd_stores_open(&stores, o->folders, o->folder_count, err);

    if (status == KD_OK)
        status = kd_writer_find(&writer, o->format != NULL ? o->format : "md", err);
    if (status == KD_OK && o->by == NULL) status = fail_without_keys(&stores.cells, err);
    if (status == KD_OK) status = answer(o, &stores, writer, err);
    kd_stores_close(&stores);
    return status;
}

kd_status kd_cmd_aggregate(int argc, char **argv, kd_error *err)
{
    options   o = { .split = "test" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = aggregate(&o, err);
    free(o.metric.items);
    free(o.where.items);
    return status;
}
