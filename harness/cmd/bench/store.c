/* store.c - `kdgrid bench store`: the catalogue of many cells, and questions to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "distill/method.h"
#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/guard.h"
#include "harness/base/vec.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/config/kept.h"
#include "harness/store/catalogue.h"
#include "harness/store/journal.h"
#include "harness/store/object.h"
#include "harness/store/studies.h"

#define METRICS  100
#define SETTINGS 24

typedef struct {
    int  cells, objects, repeats;
    bool as_json;
} store_options;

enum { COMMIT, REBUILD, WRITE, AGGREGATE, MEMORY, LS, LS_MEMORY, TABLE, TABLE_MEMORY, FIGURES };

static const kd_figure blank[FIGURES] = {
    [COMMIT] = { "commit_per_s", "objects committed, durably", "1/s" },
    [REBUILD] = { "rebuild_per_s", "catalogue rebuilt from objects", "1/s" },
    [WRITE] = { "write_s", "catalogue written", "s" },
    [AGGREGATE] = { "aggregate_s", "aggregate: catalogue opened and grouped", "s" },
    [MEMORY] = { "memory_mib", "  of which memory", "MiB" },
    [LS] = { "ls_s", "ls: all cells, sorted by a metric", "s" },
    [LS_MEMORY] = { "ls_memory_mib", "  of which memory", "MiB" },
    [TABLE] = { "table_s", "table: those of a study, by its axes", "s" },
    [TABLE_MEMORY] = { "table_memory_mib", "  of which memory", "MiB" },
};

/* ---- made-up records ---- */

/* Settings of a study of which three vary, and metrics whose names all cells share. */
typedef struct {
    char names[METRICS][40], keys[SETTINGS][40];
    char hidden[25][8], seeds[4096][8];
} texts;

static texts *make_texts(void)
{
    texts *t = kd_alloc(1, sizeof *t);
    for (int m = 0; m < METRICS; m++)
        snprintf(t->names[m], sizeof t->names[m], "test.class_%02d.f1", m);
    snprintf(t->names[0], sizeof t->names[0], "test.entity_strict.f1");
    for (int k = 0; k < SETTINGS; k++) snprintf(t->keys[k], sizeof t->keys[k], "train.key_%02d", k);
    snprintf(t->keys[0], sizeof t->keys[0], "distill.method");
    snprintf(t->keys[1], sizeof t->keys[1], "seed");
    snprintf(t->keys[2], sizeof t->keys[2], "student.hidden");
    for (int h = 0; h < 25; h++) snprintf(t->hidden[h], sizeof t->hidden[h], "%d", 8 * (h + 1));
    for (int s = 0; s < 4096; s++) snprintf(t->seeds[s], sizeof t->seeds[s], "%d", s);
    return t;
}

static const char *value_of(const texts *t, int key, int cell)
{
    if (key == 0) return kd_methods[1 - cell % 2]->name;
    if (key == 1) return t->seeds[cell / 50 % 4096];
    return key == 2 ? t->hidden[cell / 2 % 25] : "1e-3";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const kd_record_metric *)a)->name, ((const kd_record_metric *)b)->name);
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(((const kd_record *)a)->id, ((const kd_record *)b)->id);
}

typedef struct {
    kd_record         *records;
    kd_record_setting *settings;
    kd_record_metric  *metrics;
} made;

static void make_records(made *m, const texts *t, int cells)
{
    size_t count = (size_t)cells;
    m->records = kd_alloc(count, sizeof *m->records);
    m->settings = kd_alloc(count * SETTINGS, sizeof *m->settings);
    m->metrics = kd_alloc(count * METRICS, sizeof *m->metrics);
    for (int c = 0; c < cells; c++) {
        kd_record_setting *settings = m->settings + (size_t)c * SETTINGS;
        kd_record_metric  *metrics = m->metrics + (size_t)c * METRICS;
        for (int k = 0; k < SETTINGS; k++)
            settings[k] = (kd_record_setting){ t->keys[k], value_of(t, k, c) };
        for (int i = 0; i < METRICS; i++)
            metrics[i] = (kd_record_metric){ t->names[i], (c * 31 + i) % 997 / 997.0 };
        qsort(metrics, METRICS, sizeof *metrics, by_name);
        m->records[c] = (kd_record){ .id = kd_id_of_bytes(&c, sizeof c),
                                     .kind = "model",
                                     .settings = settings,
                                     .setting_count = SETTINGS,
                                     .metrics = metrics,
                                     .metric_count = METRICS };
    }
    qsort(m->records, count, sizeof *m->records, by_id);
}

static void free_records(made *m)
{
    free(m->records);
    free(m->settings);
    free(m->metrics);
}

/* ---- objects ---- */

static kd_status commit_object(const kd_store *store, const kd_record *record, kd_error *err)
{
    kd_object_draft *draft;
    kd_status        status = kd_object_create(&draft, store, record->id, record->kind, "", err);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < record->setting_count; i++)
        kd_object_put_setting(draft, record->settings[i].key, record->settings[i].value);
    for (size_t i = 0; i < record->metric_count; i++)
        kd_object_put_metric(draft, record->metrics[i].name, record->metrics[i].value);
    return kd_object_commit(draft, err);
}

/* Commit them one by one, as cells do, and build a catalogue from nothing. */
static kd_status time_objects(const store_options *o, const made *m, const char *folder,
                              kd_figure *f, kd_error *err)
{
    kd_store     *store = NULL;
    kd_catalogue *catalogue = NULL;
    int           count = o->objects < o->cells ? o->objects : o->cells;
    kd_status     status = kd_store_open(&store, folder, KD_STORE_CREATE, err);
    double        begin_s = kd_clock_s();
    for (int i = 0; i < count && status == KD_OK; i++)
        status = commit_object(store, &m->records[i], err);
    if (status == KD_OK) {
        kd_figure_add(&f[COMMIT], count / (kd_clock_s() - begin_s));
        begin_s = kd_clock_s();
        status = kd_catalogue_open(&catalogue, store, NULL, err);
    }
    if (status == KD_OK) kd_figure_add(&f[REBUILD], count / (kd_clock_s() - begin_s));
    kd_catalogue_close(catalogue);
    kd_store_close(store);
    return status;
}

/* ---- the catalogue ---- */

/* The names of objects are enough: the catalogue knows what is in them. */
static kd_status put_names(const kd_store *store, const made *m, int cells, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < cells && status == KD_OK; i++) {
        status = kd_store_make_shard(store, m->records[i].id, err);
        char *path = kd_store_object_path(store, m->records[i].id);
        FILE *file = status == KD_OK ? fopen(path, "we") : NULL;
        if (status == KD_OK && !file) status = kd_fail(err, KD_EIO, "%s: cannot create", path);
        if (file) fclose(file);
        free(path);
    }
    return status;
}

/* What `aggregate` holds against the objects, to count what is missing. */
static kd_status put_journal(const kd_store *store, const made *m, int cells, kd_error *err)
{
    kd_journal *journal;
    kd_status   status = kd_journal_open(&journal, store, err);
    if (status != KD_OK) return status;
    for (int i = 0; i < cells; i++)
        kd_journal_append(journal, &(kd_journal_entry){ .type = KD_JOURNAL_ADOPTED,
                                                        .id = m->records[i].id,
                                                        .worker = -1 });
    status = kd_journal_commit(journal, err);
    kd_journal_close(journal);
    return status;
}

/* A study whose grid has two methods, 25 widths and as many seeds as the cells are enough for. */
static void write_study(kd_str *out, int cells)
{
    kd_str_add(out, "study = { name = \"many\"; seeds = [1");
    for (int s = 2; s <= cells / 50; s++) kd_str_addf(out, ",%d", s);
    kd_str_add(out, "]; axes = ( { key = \"student.hidden\"; values = [8");
    for (int h = 2; h <= 25; h++) kd_str_addf(out, ",%d", 8 * h);
    kd_str_add(out, "]; }, { key = \"distill.method\"; values = [\"none\", \"kl\"]; } ); };\n");
}

/* As `run` keeps it, beside the ids of its cells. */
static kd_status keep_study(const kd_store *store, const char *path, const made *m, kd_error *err)
{
    kd_study *study;
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_study_open(&study, path, &(kd_study_options){ 0 }, err);
    if (status != KD_OK) return status;
    size_t count = kd_grid_count(kd_study_grid(study));
    kd_id *ids = kd_alloc(count, sizeof *ids);
    for (size_t i = 0; i < count; i++) ids[i] = m->records[i].id;
    kd_kept_write(&text, study, ids);
    status = kd_studies_put(store, text.text, text.length, err);
    free(ids);
    kd_str_fini(&text);
    kd_study_close(study);
    return status;
}

static kd_status put_study(const kd_store *store, const made *m, int cells, kd_error *err)
{
    char  *path = kd_fs_join(kd_store_folder(store), "many.cfg");
    kd_str text = KD_STR_INIT;
    write_study(&text, cells);
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    if (status == KD_OK) status = keep_study(store, path, m, err);
    kd_str_fini(&text);
    free(path);
    return status;
}

/* The seconds and the memory of one verb, as two figures. */
static kd_status time_verb(const char *const *verb, const char *output, kd_figure *seconds,
                           kd_figure *memory, kd_error *err)
{
    kd_verb_cost cost;
    kd_status    status = kd_bench_verb(verb, output, &cost, err);
    if (status != KD_OK) return status;
    kd_figure_add(seconds, cost.seconds);
    kd_figure_add(memory, cost.peak_mib);
    return KD_OK;
}

static kd_status time_writing(const kd_store *store, const made *m, const store_options *o,
                              kd_figure *f, kd_error *err)
{
    double    begin_s = kd_clock_s();
    kd_status status = kd_catalogue_write(store, m->records, (size_t)o->cells, err);
    if (status == KD_OK) kd_figure_add(&f[WRITE], kd_clock_s() - begin_s);
    return status;
}

static kd_status time_questions(const char *folder, const char *output, kd_figure *f, kd_error *err)
{
    const char *const aggregate[] = { "aggregate", folder, "--by", "student.hidden,distill.method",
                                      NULL },
                      *const ls[] = { "ls", folder, "--sort", "-test.f1", NULL },
                      *const table[] = { "table",     folder,           "--metric", "f1",
                                         "--columns", "distill.method", NULL };
    kd_status                status = time_verb(aggregate, output, &f[AGGREGATE], &f[MEMORY], err);
    if (status == KD_OK) status = time_verb(ls, output, &f[LS], &f[LS_MEMORY], err);
    if (status == KD_OK) status = time_verb(table, output, &f[TABLE], &f[TABLE_MEMORY], err);
    return status;
}

/* ---- in turn ---- */

typedef struct {
    const store_options *options;
    char                *small, *large; /* folders of two stores */
    kd_figure           *figures;       /* that a child fills, too */
} bench;

static kd_status make_stores_of(const bench *b, const made *m, kd_error *err)
{
    const store_options *o = b->options;
    kd_store            *store = NULL;
    kd_status            status = KD_OK;
    for (int i = 0; i < o->repeats && status == KD_OK; i++) {
        status = time_objects(o, m, b->small, b->figures, err);
        kd_fs_remove(b->small, NULL);
    }
    if (status == KD_OK) status = kd_store_open(&store, b->large, KD_STORE_CREATE, err);
    if (status == KD_OK) status = put_names(store, m, o->cells, err);
    if (status == KD_OK) status = put_journal(store, m, o->cells, err);
    if (status == KD_OK) status = put_study(store, m, o->cells, err);
    for (int i = 0; i < o->repeats && status == KD_OK; i++)
        status = time_writing(store, m, o, b->figures, err);
    kd_store_close(store);
    return status;
}

/* In a child: whoever starts a verb lends it the mark of how large he was himself. */
static kd_status make_stores(void *user, kd_error *err)
{
    const bench *b = user;
    texts       *t = make_texts();
    made         m;
    make_records(&m, t, b->options->cells);
    kd_status status = make_stores_of(b, &m, err);
    free_records(&m);
    free(t);
    return status;
}

static kd_status bench_in(const store_options *o, const char *folder, kd_figure *figures,
                          kd_error *err)
{
    bench     b = { o, kd_fs_join(folder, "objects"), kd_fs_join(folder, "catalogue"), figures };
    char     *output = kd_fs_join(folder, "out");
    kd_status status = kd_guard_one(make_stores, &b, err);
    for (int i = 0; i < o->repeats && status == KD_OK; i++)
        status = time_questions(b.large, output, figures, err);
    free(output);
    free(b.small);
    free(b.large);
    return status;
}

static kd_status run_bench(const store_options *o, kd_figure *figures, kd_error *err)
{
    char     *folder = NULL;
    kd_status status = kd_bench_folder(&folder, err);
    if (status != KD_OK) return status;
    status = bench_in(o, folder, figures, err);
    kd_fs_remove(folder, NULL);
    free(folder);
    return status;
}

kd_status kd_bench_store(int argc, char **argv, kd_error *err)
{
    store_options o = { .cells = 100000, .objects = 1000, .repeats = 3 };
    const kd_arg  table[] = {
         { 0, "cells", KD_ARG_INT, &o.cells, "N", "of the catalogue, 100 metrics each (100000)" },
         { 0, "objects", KD_ARG_INT, &o.objects, "N", "that are committed and read (1000)" },
         { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of the bench (3)" },
         KD_ARG_JSON(o.as_json),
         KD_ARG_END
    };
    kd_args   args = { "bench store", "[OPTION]...",
                       "How many objects a second are committed and catalogued, and how long\n"
                         "`kdgrid aggregate`, `ls` and `table` take over the catalogue of many cells.",
                       table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.cells < 50 || o.repeats < 1 || o.objects < 1)
        return kd_fail(err, KD_EUSAGE,
                       "bench store: expected 50 cells or more, and numbers of 1 or more");
    kd_figure *figures =
        mmap(NULL, sizeof blank, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (figures == MAP_FAILED) return kd_fail_errno(err, errno, "bench store");
    memcpy(figures, blank, sizeof blank);
    status = run_bench(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    munmap(figures, sizeof blank);
    return status;
}
