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
    const char      *among, *baseline, *by, *format, *best_of, *best_by;
    bool             is_explained, is_ranked, is_wide, as_json, for_programs, helped;
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
    "    kdgrid compare store --among distill.method --baseline none --explain\n"
    "Of several corpora a table of ranks follows, with Friedman's test; --ranks prints it alone.";

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
        { 0, "ranks", KD_ARG_FLAG, &o->is_ranked, NULL,
          "with --among: ranks over several corpora alone" },
        { 0, "by", KD_ARG_TEXT, &o->by, "KEY,...", "settings whose values make the comparisons" },
        KD_ARG_METRIC(o->metric, "what is compared (f1); each by itself"),
        KD_ARG_ROLE(o->query.role),
        KD_ARG_BEST_OF(o->best_of),
        KD_ARG_BEST_BY(o->best_by),
        KD_ARG_WIDE(o->is_wide),
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
    o->for_programs =
        o->format != NULL && (kd_starts_with(o->format, "csv") || strcmp(o->format, "json") == 0);
    o->folders = args.words;
    o->folder_count = args.count;
    if (o->among == NULL && (o->baseline != NULL || o->is_explained || o->is_ranked))
        return kd_fail(err, KD_EUSAGE,
                       "compare: --baseline, --explain and --ranks go with --among KEY");
    if (o->among != NULL && o->query.a.count + o->query.b.count > 0)
        return kd_fail(err, KD_EUSAGE, "compare: --among stands in place of --a and --b");
    return kd_args_expect(&args, 1, -1, err);
}

/* The tables of one metric: pairs, ranks, or both. */
typedef struct {
    kd_table *table[2];
    int       count;
} answers;

static kd_status make_tables(answers *out, const options *o, const kd_stores *stores,
                             kd_arena *arena, kd_error *err)
{
    const kd_compare_query *q = &o->query;
    kd_among_query          among = { .where = q->where,
                                      .among = o->among,
                                      .baseline = o->baseline,
                                      .by = q->by,
                                      .by_count = q->by_count,
                                      .metric = q->metric,
                                      .split = q->split,
                                      .choice = q->choice,
                                      .role = q->role,
                                      .is_explained = o->is_explained,
                                      .has_verdicts = o->for_programs };
    kd_table               *ranks = NULL;
    kd_status               status = KD_OK;

    *out = (answers){ { NULL }, 0 };
    if (o->among == NULL) {
        status = kd_compare_table(&out->table[0], stores, q, arena, err);
        out->count = status == KD_OK;
        return status;
    }
    if (!o->is_ranked) status = kd_among_table(&out->table[0], stores, &among, arena, err);
    if (status != KD_OK) return status;
    out->count = !o->is_ranked;
    if (o->is_ranked || !o->for_programs)
        status = kd_among_ranks(&ranks, stores, &among, arena, err);
    if (status == KD_OK && ranks != NULL) out->table[out->count++] = ranks;
    if (status == KD_OK && out->count == 0)
        status = kd_fail(err, KD_EUSAGE,
                         "--ranks: there are no two values of %s on two corpora (data.corpus)",
                         o->among);
    return status;
}

/* Without --format at the width of the terminal. */
static void add_table(const options *o, kd_table *table, const kd_writer *writer, kd_str *told,
                      kd_str *out)
{
    if (o->format == NULL && !o->is_wide)
        kd_cmd_add_fitting(table, told, out);
    else
        writer->write(table, out);
}

static void note_family(kd_table *table, size_t metrics)
{
    kd_table_note(table, "Holm corrects for the rows of this metric, not for the %zu metrics.",
                  metrics);
}

/* A table for each metric; several are written as a study's are. */
static kd_status print_tables(options *o, const kd_stores *stores, const kd_metrics *metrics,
                              const kd_writer *writer, kd_arena *arena, kd_error *err)
{
    bool        are_several = metrics->count > 1;
    const char *before = are_several ? writer->first : "";
    kd_str      out = KD_STR_INIT, told = KD_STR_INIT;
    kd_status   status = KD_OK;

    for (size_t i = 0; status == KD_OK && i < metrics->count; i++) {
        answers made;
        o->query.metric = metrics->items[i].name;
        status = make_tables(&made, o, stores, arena, err);
        for (int t = 0; t < made.count; t++) {
            if (are_several && t == 0 && !o->is_ranked) note_family(made.table[t], metrics->count);
            kd_str_add(&out, before);
            add_table(o, made.table[t], writer, &told, &out);
            kd_table_destroy(made.table[t]);
            before = writer->between;
        }
    }
    if (are_several) kd_str_add(&out, writer->last);
    if (status == KD_OK) fputs(out.text, stdout);
    kd_str_fini(&told);
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
    if (status == KD_OK)
        status = kd_writer_find(&writer, o->format != NULL ? o->format : "md", err);
    if (status == KD_OK)
        status = kd_cmd_best_of(&o->query.choice, o->best_of, o->best_by, arena, err);
    if (status == KD_OK && o->by[0] != '\0')
        status = kd_cmd_check_by(&stores.cells, o->by, o->best_of, err);
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
    options   o = { .query = { .split = "test" }, .by = "" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = compare(&o, err);
    free(o.metric.items);
    free(o.query.where.items);
    free(o.query.a.items);
    free(o.query.b.items);
    return status;
}
