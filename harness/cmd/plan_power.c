/* plan_power.c - a store's students, and one table of results/seeds.h for each metric. */
#include "harness/cmd/plan_power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/store/catalogue.h"
#include "results/role.h"
#include "results/seeds.h"
#include "results/writer.h"

/* "0.5,1,2" as numbers above 0; the caller frees them. */
static kd_status parse_points(const char *text, double **out, size_t *count, kd_error *err)
{
    char *list = kd_strdup(text), *rest = list, *word;
    *out = kd_alloc(strlen(text) + 1, sizeof **out);
    *count = 0;
    kd_status status = KD_OK;
    while (status == KD_OK && (word = strsep(&rest, ",")) != NULL) {
        double *points = &(*out)[(*count)++];
        if (!kd_parse_real(word, points) || !(*points > 0 && *points < 1e6))
            status = kd_fail(err, KD_EUSAGE, "--points: '%s' is no difference above 0", word);
    }
    free(list);
    return status;
}

static size_t count_seeds(const kd_study *study)
{
    const kd_grid *grid = kd_study_grid(study);
    kd_map        *seen = kd_map_create();
    for (size_t cell = 0; cell < kd_grid_count(grid); cell++)
        kd_map_put_number(seen, kd_grid_value(grid, cell, "seed"), 0);
    size_t count = kd_map_count(seen);
    kd_map_destroy(seen);
    return count;
}

static kd_status take_students(kd_cells *out, const kd_catalogue *catalogue, kd_error *err)
{
    kd_left_out      left_out;
    size_t           count = 0;
    const kd_record *records = catalogue ? kd_catalogue_records(catalogue, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(records[i].kind, "model") == 0) kd_vec_push(out, &records[i]);
    return kd_cells_keep_role(out, NULL, &left_out, err);
}

static kd_status make_tables(kd_power_tables *out, const kd_cells *cells, kd_seeds_query *query,
                             const kd_arg_list *words, kd_error *err)
{
    static const char *const usual[] = { "f1" };
    kd_status status = kd_metrics_resolve(&out->metrics, cells, words->count ? words->items : usual,
                                          words->count ? words->count : 1, query->split, err);
    for (size_t i = 0; i < out->metrics.count && status == KD_OK; i++) {
        kd_table *table;
        query->metric = out->metrics.items[i].name;
        status = kd_seeds_table(&table, cells, query, err);
        if (status == KD_OK) kd_vec_push(&out->tables, table);
    }
    return status;
}

kd_status kd_power_open(kd_power_tables *out, const kd_study *study, const kd_store *store,
                        const kd_power_query *query, kd_error *err)
{
    const char    *report = kd_grid_value(kd_study_grid(study), 0, "data.report");
    kd_seeds_query seeds = { .split = report ? report : "test", .planned = count_seeds(study) };
    kd_catalogue  *catalogue = NULL;
    kd_cells       cells = KD_VEC_INIT;
    double        *points = NULL;
    *out = (kd_power_tables){ KD_VEC_INIT, KD_VEC_INIT };
    kd_status status = parse_points(query->points, &points, &seeds.difference_count, err);
    seeds.differences = points;
    if (status == KD_OK && store) status = kd_catalogue_open(&catalogue, store, NULL, err);
    if (status == KD_OK) status = take_students(&cells, catalogue, err);
    if (status == KD_OK) status = make_tables(out, &cells, &seeds, &query->metric, err);
    kd_vec_fini(&cells);
    kd_catalogue_close(catalogue);
    free(points);
    return status;
}

void kd_power_print(const kd_power_tables *tables, kd_str *out)
{
    for (size_t i = 0; i < tables->tables.count; i++) {
        kd_str_add_char(out, '\n');
        kd_writer_markdown.write(tables->tables.items[i], out);
    }
}

static void put_row(kd_json_writer *w, const kd_table *table, size_t row)
{
    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_entry *entry = kd_table_entry(table, row, c);
        const char     *name = table->columns.items[c].name;
        if (entry->kind == KD_ENTRY_TEXT)
            kd_json_put_text(w, name, entry->text);
        else
            kd_json_put_real(w, name, entry->kind == KD_ENTRY_NUMBER ? entry->value : NAN);
    }
}

void kd_power_put(const kd_power_tables *tables, kd_json_writer *w)
{
    kd_json_key(w, "power");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < tables->tables.count; i++)
        for (size_t row = 0; row < kd_table_row_count(tables->tables.items[i]); row++) {
            kd_json_begin(w, '{');
            kd_json_put_text(w, "metric", tables->metrics.items[i].name);
            put_row(w, tables->tables.items[i], row);
            kd_json_end(w, '}');
        }
    kd_json_end(w, ']');
}

void kd_power_close(kd_power_tables *tables)
{
    for (size_t i = 0; i < tables->tables.count; i++) kd_table_destroy(tables->tables.items[i]);
    kd_vec_fini(&tables->tables);
    kd_vec_fini(&tables->metrics);
}
