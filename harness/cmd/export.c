/* export.c - `kdgrid export`: figures, answers and curves for other programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/cmd/results.h"
#include "harness/cmd/rows.h"
#include "harness/review/account.h"
#include "harness/review/predictions.h"
#include "harness/review/tfevents.h"

typedef struct {
    const char *format, *role, *states, *cell, *split, *out;
    kd_finding  finding; /* its --where also chooses the cells of tables and curves */
    char      **folders;
    int         folder_count;
} options;

static const char about[] =
    "Writes what a store holds in forms that other programs read:\n"
    "    csv, csv-raw   a line a cell with every setting and every metric\n"
    "    jsonl          the same as JSON objects, a line each\n"
    "    conll          a cell's answers: token, gold, predicted; a line a word\n"
    "    sigf           a cell's counts of each sentence: right, predicted, gold\n"
    "    tensorboard    histories as event files, a folder a cell, below --out\n"
    "csv-raw leaves out the apostrophe before what a spreadsheet would compute. Cells of all "
    "roles\n"
    "and states are there unless --role, --state or --where choose; docs/FINDING.md has examples "
    "for\n"
    "pandas and R.";

/* ---- tables ---- */

static kd_status open_listing(kd_listing *listing, const options *o, kd_error *err)
{
    const kd_listing_choice choice = { o->finding.where.items, o->finding.where.count,
                                       o->role ? o->role : "all", o->states };
    kd_status               status =
        kd_listing_open(listing, (const char *const *)o->folders, (size_t)o->folder_count, err);
    kd_log_warnings(listing->notice.text);
    if (status == KD_OK) status = kd_listing_keep(listing, &choice, err);
    return status;
}

static kd_status export_table(const options *o, kd_error *err)
{
    static const char *const own[] = { "id", "state", "role", "label", "store" };
    kd_listing               listing;
    kd_listing_columns       columns = KD_VEC_INIT;
    kd_status                status = open_listing(&listing, o, err);
    for (size_t i = 0; status == KD_OK && i < sizeof own / sizeof *own; i++)
        status = kd_listing_add(&columns, &listing, own[i], err);
    if (status == KD_OK) {
        const kd_listing_columns by_id = KD_VEC_INIT;
        kd_listing_add_settings(&columns, &listing);
        kd_listing_add_metrics(&columns, &listing);
        kd_listing_sort(&listing, &by_id);
        if (strcmp(o->format, "jsonl") == 0)
            kd_rows_json(&listing, &columns, false);
        else
            kd_rows_csv(&listing, &columns, strcmp(o->format, "csv-raw") == 0);
    }
    kd_vec_fini(&columns);
    kd_listing_close(&listing);
    return status;
}

/* ---- one cell's answers ---- */

static kd_status choose_split(kd_split *out, const char *word, kd_error *err)
{
    for (*out = KD_DEVEL; *out < KD_SPLITS; ++*out)
        if (strcmp(kd_split_word(*out), word) == 0) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "--split: expected devel or test, found '%s'", word);
}

static kd_status export_answers(const options *o, kd_error *err)
{
    kd_store *store;
    kd_id     id;
    kd_split  split;
    kd_str    out = KD_STR_INIT, notice = KD_STR_INIT;
    kd_status status = choose_split(&split, o->split, err);
    if (status == KD_OK && !o->cell)
        status = kd_fail(err, KD_EUSAGE, "--format %s: --cell CELL is missing", o->format);
    if (status == KD_OK && o->folder_count > 1)
        status = kd_fail(err, KD_EUSAGE, "--format %s: a cell is of one store", o->format);
    if (status != KD_OK ||
        (status = kd_store_open(&store, o->folders[0], KD_STORE_READ, err)) != KD_OK)
        return status;
    status = kd_finding_cell(&id, &o->finding, store, o->cell, err);
    if (status == KD_OK)
        status = strcmp(o->format, "sigf") == 0
                     ? kd_predictions_counts(&out, store, id, split, err)
                     : kd_predictions_conll(&out, store, id, split, &notice, err);
    kd_log_warnings(notice.text);
    if (status == KD_OK) fwrite(out.text, 1, out.length, stdout);
    kd_store_close(store);
    kd_str_fini(&out);
    kd_str_fini(&notice);
    return status;
}

/* ---- curves ---- */

typedef struct {
    const kd_listed         *cell;
    kd_account_column       *history;
    size_t                   count;
    const kd_account_column *update; /* the steps */
    double                   end_s;  /* of the last record of the cell, since 1970; 0 without one */
} curves;

/* When a moment was: its share of the training before the last record of the cell. */
static double wall_of(const curves *c, size_t i)
{
    const double *train_s = kd_record_number(&c->cell->record, "time.train_s");
    double        last = c->update->values[c->update->count - 1];
    return train_s && last > 0 ? c->end_s - *train_s * (1 - c->update->values[i] / last) : c->end_s;
}

static void add_events(kd_str *out, const curves *c)
{
    kd_tfevents_begin(out, wall_of(c, 0));
    for (size_t k = 0; k < c->count; k++) {
        const kd_account_column *column = &c->history[k];
        bool                     is_part = kd_starts_with(column->name, "part.");
        char *tag = kd_sprintf("%s%s", is_part ? "part/" : "", column->name + (is_part ? 5 : 0));
        for (size_t i = 0; column != c->update && i < column->count; i++)
            if (!isnan(column->values[i]))
                kd_tfevents_add(out, wall_of(c, i), (int64_t)c->update->values[i], tag,
                                column->values[i]);
        free(tag);
    }
}

/* "1597675d0680-hidden=32,method=none,seed=1": what TensorBoard calls a run. */
static char *name_run(const kd_listed *cell)
{
    enum { LONGEST = 100 };
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=._+-";
    const char *label = cell->tally ? cell->tally->label : "";
    char        id[KD_ID_TEXT];
    kd_str      name = KD_STR_INIT;
    kd_id_text(id, cell->record.id);
    kd_str_addf(&name, "%.12s%s", id, *label ? "-" : "");
    for (int i = 0; label[i] && i < LONGEST; i++)
        kd_str_add_char(&name, label[i] == ' ' ? ',' : strchr(plain, label[i]) ? label[i] : '_');
    return kd_str_take(&name);
}

static kd_status write_events(const curves *c, const char *folder, kd_error *err)
{
    kd_str events = KD_STR_INIT;
    char  *name = name_run(c->cell), *run = kd_fs_join(folder, name);
    char  *path = kd_sprintf("%s/events.out.tfevents.%010.0f.kdgrid", run, floor(c->end_s));
    add_events(&events, c);
    kd_status status = kd_fs_make_folders(run, err);
    if (status == KD_OK) status = kd_fs_write(path, events.text, events.length, err);
    kd_str_fini(&events);
    free(path);
    free(run);
    free(name);
    return status;
}

/* An object that cannot be read is named, and does not stand in the others' way. */
static kd_status export_cell(const kd_listed *cell, const kd_store *store, const char *folder,
                             size_t *written, kd_error *err)
{
    curves     c = { .cell = cell, .end_s = cell->tally ? cell->tally->time_s : 0 };
    kd_arena  *arena = kd_arena_create(0);
    kd_object *object = NULL;
    kd_error   why;
    kd_status  status = KD_OK;
    if (kd_object_open(&object, store, cell->record.id, &why) != KD_OK ||
        kd_account_history(&c.history, &c.count, object, arena, &why) != KD_OK)
        kd_log_warning("%s", why.text);
    else
        c.update = kd_account_column_of(c.history, c.count, "update");
    if (c.update && c.update->count > 0) {
        status = write_events(&c, folder, err);
        ++*written;
    }
    kd_object_close(object);
    kd_arena_destroy(arena);
    return status;
}

static kd_status export_curves(const options *o, kd_error *err)
{
    kd_listing listing;
    size_t     written = 0;
    if (!o->out) return kd_fail(err, KD_EUSAGE, "--format tensorboard: --out DIR is missing");
    kd_status status = open_listing(&listing, o, err);
    for (size_t i = 0; status == KD_OK && i < listing.cells.count; i++) {
        const kd_listed *cell = kd_listed_of(listing.cells.items[i]);
        kd_store        *store;
        if (strcmp(cell->state, "done") != 0) continue;
        if ((status = kd_store_open(&store, cell->record.store, KD_STORE_READ, err)) != KD_OK)
            break;
        status = export_cell(cell, store, o->out, &written, err);
        kd_store_close(store);
    }
    if (status == KD_OK) kd_log_info("%s: histories of %zu cells", o->out, written);
    kd_listing_close(&listing);
    return status;
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    kd_status (*write)(const options *o, kd_error *err);
} formats[] = {
    { "csv", export_table },     { "csv-raw", export_table }, { "jsonl", export_table },
    { "conll", export_answers }, { "sigf", export_answers },  { "tensorboard", export_curves },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static kd_status write(const options *o, kd_error *err)
{
    const char *names[FORMATS], *nearest;
    for (int i = 0; i < FORMATS; i++) {
        names[i] = formats[i].name;
        if (strcmp(names[i], o->format) == 0) return formats[i].write(o, err);
    }
    nearest = kd_nearest(o->format, names, FORMATS);
    return kd_fail(err, KD_EUSAGE,
                   "no format '%s'%s%s%s: choose csv, csv-raw, jsonl, conll, sigf or tensorboard",
                   o->format, nearest ? "; did you mean " : "", nearest ? nearest : "",
                   nearest ? "?" : "");
}

kd_status kd_cmd_export(int argc, char **argv, kd_error *err)
{
    options      o = { .format = "csv", .split = "test" };
    const kd_arg table[] = {
        { 'f', "format", KD_ARG_TEXT, &o.format, "FORM", "what is written (csv)",
          "csv csv-raw jsonl conll sigf tensorboard" },
        { 'w', "where", KD_ARG_LIST, &o.finding.where, "KEY=VALUE",
          "only cells with this value; repeatable" },
        { 0, "state", KD_ARG_TEXT, &o.states, "STATE,...",
          "only cells that stand so: done, failed" },
        { 0, "role", KD_ARG_TEXT, &o.role, "ROLE", "student, teacher, start, all (all)",
          "student teacher start all" },
        { 0, "cell", KD_ARG_TEXT, &o.cell, "CELL", "of conll and sigf: an id, a label or 'best'" },
        { 'm', "metric", KD_ARG_LIST, &o.finding.metric, "NAME,...",
          "what 'best' is chosen by (devel's f1)" },
        { 0, "split", KD_ARG_TEXT, &o.split, "NAME", "of conll and sigf: devel or test (test)",
          "devel test" },
        { 'o', "out", KD_ARG_TEXT, &o.out, "DIR", "where event files go" },
        KD_ARG_END
    };
    kd_args args = {
        .verb = "export", .usage = "STORE... [--format FORM]", .about = about, .table = table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, -1, err);
    o.folders = args.words;
    o.folder_count = args.count;
    if (status == KD_OK && !args.helped) status = write(&o, err);
    kd_args_fini(&args);
    return status;
}
