/* compare.c - `kdgrid compare`: which of two settings is better, by how much, how sure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "results/among.h"
#include "results/compare.h"
#include "results/writer.h"

typedef struct {
    kd_compare_query query;
    kd_arg_list      metric;
    const char      *among, *baseline, *by, *format;
    bool             is_explained, as_json, for_programs, helped;
    char           **folders;
    int              folder_count;
} options;

static const char about[] =
    "Compares the cells that satisfy --a with those that satisfy --b: means, the difference with "
    "a\n"
    "95 % interval, and p-values of three tests, corrected for the number of comparisons. --by "
    "makes\n"
    "one comparison for each value of the keys.\n"
    "    kdgrid compare store --a distill.method=kl --b distill.method=none\n"
    "With --among KEY all values of a setting are compared, each with each or all with --baseline, "
    "in\n"
    "one family; a verdict in words follows for each pair.\n"
    "    kdgrid compare store --among distill.method --baseline none --explain";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        { 0, "a", KD_ARG_LIST, &o->query.a, "KEY=VALUE", "one side; repeated, all must hold" },
        { 0, "b", KD_ARG_LIST, &o->query.b, "KEY=VALUE", "the other side" },
        KD_ARG_WHERE(o->query.where),
        { 0, "among", KD_ARG_TEXT, &o->among, "KEY",
          "in place of --a and --b: each value with each" },
        { 0, "baseline", KD_ARG_TEXT, &o->baseline, "VALUE", "with --among: all with this one" },
        { 0, "explain", KD_ARG_FLAG, &o->is_explained, NULL, "with --among: the reasoning" },
        { 0, "by", KD_ARG_TEXT, &o->by, "KEY,...", "settings whose values make the comparisons" },
        KD_ARG_METRIC(o->metric, "what is compared (f1); each by itself"),
        KD_ARG_ROLE(o->query.role),
        KD_ARG_SPLIT(o->query.split),
        KD_ARG_FORMAT(o->format),
        KD_ARG_FORMAT_JSON(o->as_json),
        KD_ARG_END
    };
    kd_args   args = { .verb = "compare",
                       .usage = "STORE... --a KEY=VALUE --b KEY=VALUE | --among KEY",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if (o->as_json) o->format = "json";
    o->for_programs = kd_starts_with(o->format, "csv") || strcmp(o->format, "json") == 0;
    o->folders = args.words;
    o->folder_count = args.count;
    if (o->among == NULL && (o->baseline != NULL || o->is_explained))
        return kd_fail(err, KD_EUSAGE, "compare: --baseline and --explain go with --among KEY");
    if (o->among != NULL && o->query.a.count + o->query.b.count > 0)
        return kd_fail(err, KD_EUSAGE, "compare: --among stands in place of --a and --b");
    return kd_args_expect(&args, 1, -1, err);
}

static kd_status make_table(kd_table **out, const options *o, const kd_stores *stores,
                            kd_arena *arena, kd_error *err)
{
    const kd_compare_query *q = &o->query;
    kd_among_query among = { q->where,  o->among, o->baseline, q->by,           q->by_count,
                             q->metric, q->split, q->role,     o->is_explained, o->for_programs };

    if (o->among == NULL) return kd_compare_table(out, stores, q, arena, err);
    return kd_among_table(out, stores, &among, arena, err);
}

/* A table for each metric; several are written as a study's are. */
static kd_status print_tables(options *o, const kd_stores *stores, const kd_metrics *metrics,
                              const kd_writer *writer, kd_arena *arena, kd_error *err)
{
    bool      are_several = metrics->count > 1;
    kd_str    out = KD_STR_INIT;
    kd_status status = KD_OK;

    if (are_several) kd_str_add(&out, writer->first);
    for (size_t i = 0; status == KD_OK && i < metrics->count; i++) {
        kd_table *table = NULL;
        o->query.metric = metrics->items[i].name;
        status = make_table(&table, o, stores, arena, err);
        if (status != KD_OK) break;
        if (are_several)
            kd_table_note(table,
                          "Holm corrects for the rows of this metric, not for the %zu "
                          "metrics.",
                          metrics->count);
        if (i > 0) kd_str_add(&out, writer->between);
        writer->write(table, &out);
        kd_table_destroy(table);
    }
    if (are_several) kd_str_add(&out, writer->last);
    if (status == KD_OK) fputs(out.text, stdout);
    kd_str_fini(&out);
    return status;
}

static kd_status compare(options *o, kd_error *err)
{
    static const char *const main_metric = "f1";
    bool                     is_said = o->metric.count > 0;
    const kd_writer         *writer;
    kd_arena                *arena = kd_arena_create(0);
    kd_metrics               metrics = KD_VEC_INIT;
    kd_stores                stores;
    kd_status                status = kd_cmd_stores_open(&stores, o->folders, o->folder_count, err);

    o->query.by = kd_cmd_split_list(arena, o->by, &o->query.by_count);
    if (status == KD_OK) status = kd_writer_find(&writer, o->format, err);
    if (status == KD_OK)
        status =
            kd_metrics_resolve(&metrics, &stores.cells, is_said ? o->metric.items : &main_metric,
                               is_said ? o->metric.count : 1, o->query.split, err);
    if (status == KD_OK) status = print_tables(o, &stores, &metrics, writer, arena, err);
    kd_vec_fini(&metrics);
    kd_stores_close(&stores);
    kd_arena_destroy(arena);
    return status;
}

kd_status kd_cmd_compare(int argc, char **argv, kd_error *err)
{
    options   o = { .query = { .split = "test" }, .by = "", .format = "md" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = compare(&o, err);
    free(o.metric.items);
    free(o.query.where.items);
    free(o.query.a.items);
    free(o.query.b.items);
    return status;
}
