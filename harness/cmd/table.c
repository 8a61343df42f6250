/* table.c - `kdgrid table`: an experiment file and a store, or a store alone, to the paper's tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/results.h"
#include "harness/cmd/table_studies.h"
#include "harness/plan/session.h"
#include "results/check.h"

typedef struct {
    const char *subject; /* an experiment file or a store */
    const char *store, *study, *table, *profile, *format, *check;
    const char *rows, *columns, *best_of, *best_by;
    kd_arg_list overrides, where, metric, baseline, also, ratio;
    bool        as_json, is_list, with_sources, helped;
} options;

static const char about[] =
    "Prints the tables of an experiment file from what the store has: mean and standard deviation\n"
    "over seeds, the number of runs, training time, size, and published figures beside ours. A "
    "file\n"
    "without a tables section gets one table whose rows are its axes.\n"
    "With a store in place of the file: the tables of the studies that it was run for, as they "
    "were\n"
    "run; that takes neither experiment file nor corpora.\n"
    "--check compares a Markdown, LaTeX or HTML file with the store and ends with exit code 3, and "
    "the\n"
    "places, when a number has drifted.";

/* Whether some option asks for a table in place of the file's. */
static bool asks(const options *o)
{
    return o->rows != NULL || o->columns != NULL ||
           o->metric.count + o->baseline.count + o->also.count + o->ratio.count > 0;
}

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        KD_ARG_STORE(o->store),
        { 0, "study", KD_ARG_TEXT, &o->study, "NAME",
          "of a store: this study alone, by name or id" },
        { 0, "list", KD_ARG_FLAG, &o->is_list, NULL, "of a store: the studies that it keeps" },
        { 0, "table", KD_ARG_TEXT, &o->table, "NAME", "of several tables this one alone" },
        KD_ARG_PROFILE(o->profile),
        KD_ARG_DEFINE(o->overrides),
        { 0, "rows", KD_ARG_TEXT, &o->rows, "KEY,...",
          "one table with these rows in place of the file's" },
        { 0, "columns", KD_ARG_TEXT, &o->columns, "KEY,...", "the same, with these columns" },
        KD_ARG_METRIC(o->metric, "the same, with these metrics"),
        { 0, "baseline", KD_ARG_LIST, &o->baseline, "KEY=VALUE",
          "the same, its scores tested against the place with this value; repeatable" },
        { 0, "also", KD_ARG_LIST, &o->also, "ROLE[=LABEL]",
          "the same, with a row for the teacher or the ensemble; repeatable" },
        { 0, "ratio", KD_ARG_LIST, &o->ratio, "METRIC=OF",
          "the same, with a column of it beside teacher, ensemble or KEY=VALUE,...; repeatable" },
        KD_ARG_WHERE(o->where),
        KD_ARG_BEST_OF(o->best_of),
        KD_ARG_BEST_BY(o->best_by),
        { 0, "by", KD_ARG_TEXT, &o->best_by, "NAME", "the same as --best-by" },
        KD_ARG_FORMAT(o->format),
        KD_ARG_FORMAT_JSON(o->as_json),
        { 0, "check", KD_ARG_TEXT, &o->check, "FILE", "say where a file differs from the store" },
        { 0, "sources", KD_ARG_FLAG, &o->with_sources, NULL, "name the cells behind each number" },
        KD_ARG_END
    };
    kd_args   args = { .verb = "table",
                       .usage = "EXPERIMENT.cfg [--store DIR] | STORE [--study NAME]",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    o->subject = args.words[0];
    if (o->as_json) o->format = "json";
    if ((o->study != NULL || o->is_list) && !kd_fs_is_folder(o->subject))
        return kd_fail(err, KD_EUSAGE, "table: --study and --list go with a store");
    if (o->table != NULL && asks(o))
        return kd_fail(err, KD_EUSAGE,
                       "table: --table names a table of the file, and --rows and the like make "
                       "another");
    return KD_OK;
}

/* A file is held against what is whole. */
static kd_cmd_figures figures_of(const options *o)
{
    return o->check != NULL ? KD_CMD_FROM_OBJECTS : KD_CMD_FROM_CATALOGUE;
}

/* ---- what the verb does with them ---- */

/* The study's table of this name, or NULL. */
static const kd_study_table *find_table(const kd_study *study, const char *name)
{
    size_t                count;
    const kd_study_table *tables = kd_study_tables(study, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].name, name) == 0) return &tables[i];
    return NULL;
}

/* What the options say of the study's tables; what they name lives in the arena. */
static kd_status ask(const options *o, kd_table_source *source, kd_arena *arena, kd_error *err)
{
    kd_table_wish   wish = { .baseline = o->baseline, .also = o->also, .ratio = o->ratio };
    kd_str          words = KD_STR_INIT;
    kd_study_table *asked;
    kd_status       status;

    source->where = o->where;
    source->names_sources = o->with_sources;
    if ((status = kd_cmd_best_of(&source->best_of, o->best_of, o->best_by, arena, err)) != KD_OK)
        return status;
    if (o->table != NULL) source->asked = find_table(source->study, o->table);
    if (!asks(o)) return KD_OK;
    for (size_t i = 0; i < o->metric.count; i++) kd_str_addf(&words, "%s,", o->metric.items[i]);
    wish.metrics = kd_cmd_split_list(arena, words.text, &wish.metric_count);
    kd_str_fini(&words);
    wish.rows = kd_cmd_split_list(arena, o->rows != NULL ? o->rows : "", &wish.row_count);
    wish.columns =
        kd_cmd_split_list(arena, o->columns != NULL ? o->columns : "", &wish.column_count);
    asked = kd_arena_zero(arena, 1, sizeof *asked);
    status = kd_study_table_ask(asked, source->study, &wish, arena, err);
    source->asked = asked;
    return status;
}

typedef KD_VEC(const kd_table_source *) sources;

/* Of --table only the studies that have it stay; KD_EUSAGE, with what there is, where none has. */
static kd_status keep_named(const options *o, sources *of, kd_error *err)
{
    kd_str names = KD_STR_INIT;
    size_t kept = 0;

    if (o->table == NULL) return KD_OK;
    for (size_t s = 0; s < of->count; s++) {
        size_t                count;
        const kd_study_table *tables = kd_study_tables(of->items[s]->study, &count);
        for (size_t i = 0; i < count; i++)
            kd_str_addf(&names, "%s%s", names.length > 0 ? ", " : "", tables[i].name);
        if (of->items[s]->asked != NULL) of->items[kept++] = of->items[s];
    }
    of->count = kept;
    if (kept == 0)
        kd_fail(err, KD_EUSAGE, "--table: no table is called %s; there %s%s", o->table,
                names.length > 0 ? "are " : "is one without a name", names.text);
    kd_str_fini(&names);
    return kept > 0 ? KD_OK : KD_EUSAGE;
}

static kd_status print_sources(kd_str *out, const sources *of, const char *prefix, kd_error *err)
{
    for (size_t s = 0; s < of->count; s++)
        for (size_t i = 0; i < kd_table_source_count(of->items[s]); i++) {
            kd_table *table;
            kd_status status = kd_study_table_create(&table, of->items[s], i, err);
            if (status != KD_OK) return status;
            kd_str_add_char(out, '\n');
            kd_table_print_sources(out, table, prefix);
            kd_table_destroy(table);
        }
    return KD_OK;
}

static kd_status count_places(size_t *places, kd_str *out, const kd_table_source *source,
                              const char *path, const char *text, const kd_writer *form,
                              kd_error *err)
{
    for (size_t i = 0; i < kd_table_source_count(source); i++) {
        kd_table *table;
        kd_status status = kd_study_table_create(&table, source, i, err);
        if (status != KD_OK) return status;
        if (form->folds_counts) kd_table_fold_counts(table);
        *places += kd_table_check(table, form, path, text, out);
        kd_table_destroy(table);
    }
    return KD_OK;
}

/* The places where the file differs go to `out`; KD_ECHECK when there are some. */
static kd_status check_file(kd_str *out, const sources *of, const char *path, const kd_writer *form,
                            kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    size_t    places = 0;
    kd_status status = kd_fs_read(path, &text, err);

    for (size_t s = 0; status == KD_OK && s < of->count; s++)
        status = count_places(&places, out, of->items[s], path, text.text, form, err);
    kd_str_fini(&text);
    if (status != KD_OK || places == 0) return status;
    return kd_fail(err, KD_ECHECK, "%s differs from the store in %zu place%s", path, places,
                   places == 1 ? "" : "s");
}

static kd_status find_writer(const options *o, const kd_writer **out, kd_error *err)
{
    *out = o->check != NULL ? kd_writer_for_file(o->check) : NULL;
    if (o->format == NULL && *out != NULL) return KD_OK;
    return kd_writer_find(out, o->format != NULL ? o->format : "md", err);
}

static kd_status answer(const options *o, const sources *of, kd_error *err)
{
    const kd_writer *writer;
    kd_str           out = KD_STR_INIT;
    kd_status        status = find_writer(o, &writer, err);

    if (status == KD_OK && o->check != NULL) {
        status = check_file(&out, of, o->check, writer, err);
    } else if (status == KD_OK) {
        status = kd_table_print_studies(&out, of->items, of->count, writer, err);
        if (status == KD_OK && o->with_sources && writer->source_prefix != NULL)
            status = print_sources(&out, of, writer->source_prefix, err);
    }
    fputs(out.text, stdout);
    kd_str_fini(&out);
    return status;
}

/* Whether a store has yet to be made: nothing is there, or a folder with nothing in it. */
static bool is_to_come(const char *folder)
{
    char   **names = NULL;
    size_t   count = 1;
    kd_error none;

    if (!kd_fs_exists(folder)) return true;
    if (!kd_fs_is_folder(folder) || kd_fs_list(folder, &names, &count, &none) != KD_OK)
        return false;
    kd_fs_free_names(names, count);
    return count == 0;
}

/* A file is held against figures, so --check needs all that they stand on. */
static kd_session_way way_of(const options *o, bool is_early)
{
    if (!is_early) return KD_SESSION_READS;
    return o->check != NULL ? KD_SESSION_PLANS : KD_SESSION_SHOWS;
}

static kd_status open_tables(kd_cmd_tables *tables, const options *o, const kd_session *s,
                             kd_error *err)
{
    if (s->plan != NULL)
        return kd_cmd_tables_open(tables, s->study, s->plan, s->store, figures_of(o), err);
    kd_cmd_tables_open_lacking(tables, s->study, &s->lacks);
    return KD_OK;
}

static kd_status print_of_file(const options *o, kd_error *err)
{
    kd_study_options study_options = { .profile = o->profile, .overrides = o->overrides };
    bool             is_early = is_to_come(o->store);
    kd_arena        *arena = kd_arena_create(0);
    kd_session       s;
    kd_cmd_tables    tables = { 0 };
    sources          of = KD_VEC_INIT;
    kd_status        status =
        kd_session_open(&s, o->subject, &study_options, o->store, way_of(o, is_early), err);

    if (status == KD_OK && is_early)
        kd_log_warning("there is no store %s yet; what is measured is left empty", o->store);
    if (status == KD_OK) status = open_tables(&tables, o, &s, err);
    if (status == KD_OK) status = ask(o, &tables.source, arena, err);
    if (status == KD_OK) {
        kd_vec_push(&of, &tables.source);
        status = keep_named(o, &of, err);
    }
    if (status == KD_OK) status = answer(o, &of, err);
    kd_arena_destroy(arena);
    kd_vec_fini(&of);
    kd_cmd_tables_close(&tables);
    kd_session_close(&s);
    return status;
}

/* ---- what a store has by itself ---- */

static kd_status list_studies(const options *o, const kd_cmd_studies *studies, kd_error *err)
{
    const kd_writer *writer;
    kd_status        status = find_writer(o, &writer, err);
    kd_table        *table;

    if (status != KD_OK) return status;
    table = kd_cmd_studies_table(studies);
    kd_cmd_print_table(table, writer);
    kd_table_destroy(table);
    return KD_OK;
}

/* The latest of each name. */
static kd_status print_studies(const options *o, kd_cmd_studies *studies, kd_error *err)
{
    sources   of = KD_VEC_INIT;
    size_t    left_out = 0;
    kd_arena *arena = kd_arena_create(0);
    kd_status status = KD_OK;

    for (size_t i = 0; i < studies->count && status == KD_OK; i++) {
        kd_cmd_study *study = &studies->items[i];
        status = ask(o, &study->tables.source, arena, err);
        if (study->is_superseded && o->study == NULL)
            left_out++;
        else
            kd_vec_push(&of, &study->tables.source);
    }
    if (left_out > 0)
        kd_log_info("%zu earlier form%s of these studies %s left out; --list has all", left_out,
                    left_out == 1 ? "" : "s", left_out == 1 ? "is" : "are");
    if (status == KD_OK) status = keep_named(o, &of, err);
    if (status == KD_OK) status = answer(o, &of, err);
    kd_arena_destroy(arena);
    kd_vec_fini(&of);
    return status;
}

static kd_status print_of_store(const options *o, kd_error *err)
{
    kd_store      *store;
    kd_cmd_studies studies = KD_VEC_INIT;
    kd_status      status;

    if (o->profile != NULL || o->overrides.count > 0)
        return kd_fail(err, KD_EUSAGE, "table: --profile and --define go with an experiment file");
    status = kd_store_open(&store, o->subject, KD_STORE_READ, err);
    if (status != KD_OK) return status;
    status = kd_cmd_studies_open(&studies, store, o->study, figures_of(o), err);
    if (status == KD_OK && studies.count == 0)
        status = kd_fail(err, KD_ENOINPUT,
                         "%s keeps no study: `kdgrid run` keeps what it runs, and `kdgrid table "
                         "EXPERIMENT.cfg --store %s` prints the tables of a file",
                         o->subject, o->subject);
    if (status == KD_OK)
        status = o->is_list ? list_studies(o, &studies, err) : print_studies(o, &studies, err);
    kd_cmd_studies_close(&studies);
    kd_store_close(store);
    return status;
}

kd_status kd_cmd_table(int argc, char **argv, kd_error *err)
{
    options   o = { .store = "store" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped)
        status = kd_fs_is_folder(o.subject) ? print_of_store(&o, err) : print_of_file(&o, err);
    free(o.overrides.items);
    free(o.where.items);
    free(o.metric.items);
    free(o.baseline.items);
    free(o.also.items);
    free(o.ratio.items);
    return status;
}
