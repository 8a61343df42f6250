/* table.c - `kdgrid table`: an experiment file and a store to the paper's tables. */
#include "harness/cmd/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "harness/plan/session.h"
#include "results/check.h"

typedef struct {
    const char *experiment, *store, *profile, *format, *check;
    kd_arg_list overrides, where;
    bool        as_json, with_sources, helped;
} options;

static const char about[] =
    "Prints the tables of an experiment file from what the store has: mean and standard deviation\n"
    "over seeds, the number of runs, training time, size, and published figures beside ours. A "
    "file\n"
    "without a tables section gets one table whose rows are its axes.\n"
    "--check compares a Markdown or LaTeX file with the store and ends with exit code 3, and the\n"
    "places, when a number has drifted.";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        KD_ARG_STORE(o->store),
        KD_ARG_PROFILE(o->profile),
        KD_ARG_DEFINE(o->overrides),
        KD_ARG_WHERE(o->where),
        KD_ARG_FORMAT(o->format),
        KD_ARG_FORMAT_JSON(o->as_json),
        { 0, "check", KD_ARG_TEXT, &o->check, "FILE", "say where a file differs from the store" },
        { 0, "sources", KD_ARG_FLAG, &o->with_sources, NULL, "name the cells behind each number" },
        KD_ARG_END
    };
    kd_args   args = { .verb = "table",
                       .usage = "EXPERIMENT.cfg [--store DIR] [--format FORM]",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    o->experiment = args.words[0];
    if (o->as_json) o->format = "json";
    return KD_OK;
}

/* ---- what tables are made from ---- */

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(*(const kd_id *)a, *(const kd_id *)b);
}

/* Keep what is missing of the study's own cells. */
static void keep_cells(kd_missing *missing, const kd_id *ids, size_t count)
{
    kd_id *sorted = kd_alloc(count + 1, sizeof *sorted);
    size_t kept = 0;

    memcpy(sorted, ids, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_id);
    for (size_t i = 0; i < missing->count; i++)
        if (kd_store_list_has(sorted, count, missing->items[i].id))
            missing->items[kept++] = missing->items[i];
    missing->count = kept;
    free(sorted);
}

/* Also for forms that have no notes. */
static void warn_of_missing(const kd_missing *missing)
{
    kd_missing_counts counts = { 0 };
    kd_str            words = KD_STR_INIT;

    if (missing->count == 0) return;
    for (size_t i = 0; i < missing->count; i++) kd_missing_count(&counts, missing->items[i].why);
    kd_missing_add_words(&words, &counts);
    kd_log_warning("cells that were made before and are missing now: %s", words.text);
    kd_str_fini(&words);
}

/* A store whose journals cannot be read still has its figures. */
static void find_missing(kd_cmd_tables *tables, const kd_store *store, size_t count)
{
    kd_error why;

    if (kd_missing_find(&tables->missing, store, tables->catalogue, &why) != KD_OK) {
        kd_log_warning("%s; what is missing is not counted", why.text);
        return;
    }
    keep_cells(&tables->missing, tables->ids, count);
    warn_of_missing(&tables->missing);
    tables->source.missing = &tables->missing;
}

kd_status kd_cmd_tables_open(kd_cmd_tables *out, const kd_study *study, const kd_plan *plan,
                             const kd_store *store, kd_cmd_figures figures, kd_error *err)
{
    size_t    count = kd_grid_count(kd_study_grid(study));
    kd_str    notice = KD_STR_INIT;
    kd_status status;

    *out = (kd_cmd_tables){ .source.study = study };
    out->ids = kd_alloc(count + 1, sizeof *out->ids);
    for (size_t i = 0; i < count; i++) out->ids[i] = kd_plan_id_of_cell(plan, i);
    status = figures == KD_CMD_FROM_OBJECTS
                 ? kd_catalogue_read(&out->catalogue, store, out->ids, count, &notice, err)
                 : kd_catalogue_open(&out->catalogue, store, &notice, err);
    kd_log_warnings(notice.text);
    kd_str_fini(&notice);
    if (status != KD_OK) return status;
    out->source.ids = out->ids;
    out->source.catalogue = out->catalogue;
    find_missing(out, store, count);
    return KD_OK;
}

void kd_cmd_tables_close(kd_cmd_tables *tables)
{
    kd_vec_fini(&tables->missing);
    kd_catalogue_close(tables->catalogue);
    free(tables->ids);
}

kd_status kd_cmd_tables_print(kd_str *out, const kd_study *study, const kd_plan *plan,
                              const kd_store *store, kd_error *err)
{
    kd_cmd_tables tables;
    kd_status status = kd_cmd_tables_open(&tables, study, plan, store, KD_CMD_FROM_CATALOGUE, err);

    if (status == KD_OK)
        status = kd_table_print_study(out, &tables.source, &kd_writer_markdown, err);
    kd_cmd_tables_close(&tables);
    return status;
}

/* ---- what the verb does with them ---- */

static kd_status print_sources(kd_str *out, const kd_table_source *source, kd_error *err)
{
    for (size_t i = 0; i < kd_study_table_count(source->study); i++) {
        kd_table *table;
        kd_status status = kd_study_table_create(&table, source, i, err);
        if (status != KD_OK) return status;
        kd_str_add_char(out, '\n');
        kd_table_print_sources(out, table);
        kd_table_destroy(table);
    }
    return KD_OK;
}

/* The places where the file differs go to `out`; KD_ECHECK when there are some. */
static kd_status check_file(kd_str *out, const kd_table_source *source, const char *path,
                            const kd_writer *form, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    size_t    places = 0;
    kd_status status = kd_fs_read(path, &text, err);

    for (size_t i = 0; status == KD_OK && i < kd_study_table_count(source->study); i++) {
        kd_table *table;
        status = kd_study_table_create(&table, source, i, err);
        if (status != KD_OK) break;
        places += kd_table_check(table, form, path, text.text, out);
        kd_table_destroy(table);
    }
    kd_str_fini(&text);
    if (status != KD_OK || places == 0) return status;
    return kd_fail(err, KD_ECHECK, "%s differs from the store in %zu place%s", path, places,
                   places == 1 ? "" : "s");
}

static kd_status answer(const options *o, const kd_table_source *source, kd_error *err)
{
    const kd_writer *writer = o->check != NULL ? kd_writer_for_file(o->check) : NULL;
    kd_str           out = KD_STR_INIT;
    kd_status        status = KD_OK;

    if (o->format != NULL || writer == NULL)
        status = kd_writer_find(&writer, o->format != NULL ? o->format : "md", err);
    if (status == KD_OK && o->check != NULL) {
        status = check_file(&out, source, o->check, writer, err);
    } else if (status == KD_OK) {
        status = kd_table_print_study(&out, source, writer, err);
        if (status == KD_OK && o->with_sources) status = print_sources(&out, source, err);
    }
    fputs(out.text, stdout);
    kd_str_fini(&out);
    return status;
}

static kd_status print_tables(const options *o, kd_error *err)
{
    kd_study_options study_options = { o->profile, o->overrides, NULL };
    kd_session       s;
    kd_cmd_tables    tables = { 0 };
    kd_status        status =
        kd_session_open(&s, o->experiment, &study_options, o->store, KD_SESSION_READS, err);

    if (status != KD_OK) goto done;
    status = kd_cmd_tables_open(&tables, s.study, s.plan, s.store,
                                o->check ? KD_CMD_FROM_OBJECTS : KD_CMD_FROM_CATALOGUE, err);
    if (status != KD_OK) goto done;
    tables.source.where = o->where;
    status = answer(o, &tables.source, err);
done:
    kd_cmd_tables_close(&tables);
    kd_session_close(&s);
    return status;
}

kd_status kd_cmd_table(int argc, char **argv, kd_error *err)
{
    options   o = { .store = "store" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = print_tables(&o, err);
    free(o.overrides.items);
    free(o.where.items);
    return status;
}
