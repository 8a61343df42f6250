/* tables.c - what the tables of a study are made from. */
#include "harness/cmd/tables.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "results/role.h"

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

/* Whether a table has rows of what students learned from. */
static bool has_extras(const kd_study *study)
{
    size_t                count;
    const kd_study_table *tables = kd_study_tables(study, &count);

    for (size_t i = 0; i < count; i++)
        if (tables[i].extra_count > 0) return true;
    return false;
}

/* The objects of the cells; with them those that are no students, where a table speaks of such. */
static kd_status read_objects(kd_catalogue **out, const kd_study *study, const kd_store *store,
                              const kd_id *ids, size_t count, kd_str *notice, kd_error *err)
{
    kd_catalogue    *all;
    const kd_record *records;
    size_t           record_count, wanted = count;
    kd_id           *more;
    kd_status        status;

    if (!has_extras(study)) return kd_catalogue_read(out, store, ids, count, notice, err);
    if ((status = kd_catalogue_open(&all, store, NULL, err)) != KD_OK) return status;
    records = kd_catalogue_records(all, &record_count);
    more = kd_alloc(count + record_count + 1, sizeof *more);
    memcpy(more, ids, count * sizeof *more);
    for (size_t i = 0; i < record_count; i++)
        if (strcmp(records[i].kind, "targets") == 0 ||
            (strcmp(records[i].kind, "model") == 0 &&
             kd_record_role(&records[i]) == KD_ROLE_TEACHER))
            more[wanted++] = records[i].id;
    kd_catalogue_close(all);
    status = kd_catalogue_read(out, store, more, wanted, notice, err);
    free(more);
    return status;
}

/* What there is of the cells that out->ids names. */
static kd_status open_figures(kd_cmd_tables *out, const kd_store *store, size_t count,
                              kd_cmd_figures figures, kd_error *err)
{
    kd_str    notice = KD_STR_INIT;
    kd_status status = KD_OK;

    out->source.ids = out->ids;
    out->source.store = store;
    if (store == NULL) return KD_OK;
    status =
        figures == KD_CMD_FROM_OBJECTS
            ? read_objects(&out->catalogue, out->source.study, store, out->ids, count, &notice, err)
            : kd_catalogue_open(&out->catalogue, store, &notice, err);
    kd_log_warnings(notice.text);
    kd_str_fini(&notice);
    if (status != KD_OK) return status;
    out->source.catalogue = out->catalogue;
    find_missing(out, store, count);
    return KD_OK;
}

static bool parameters_of(void *plan, size_t cell, double *network, double *beside)
{
    return kd_plan_parameters_of(plan, cell, network, beside);
}

kd_status kd_cmd_tables_open(kd_cmd_tables *out, const kd_study *study, kd_plan *plan,
                             const kd_store *store, kd_cmd_figures figures, kd_error *err)
{
    size_t count = kd_grid_count(kd_study_grid(study));

    *out = (kd_cmd_tables){ .source = {
                                .study = study, .parameters_of = parameters_of, .user = plan } };
    out->ids = kd_alloc(count + 1, sizeof *out->ids);
    for (size_t i = 0; i < count; i++) out->ids[i] = kd_plan_id_of_cell(plan, i);
    return open_figures(out, store, count, figures, err);
}

kd_status kd_cmd_tables_open_kept(kd_cmd_tables *out, const kd_kept_study *kept,
                                  const kd_store *store, kd_cmd_figures figures, kd_error *err)
{
    size_t count = kd_grid_count(kd_study_grid(kept->study));

    *out = (kd_cmd_tables){ .source.study = kept->study };
    out->ids = kd_alloc(count + 1, sizeof *out->ids);
    memcpy(out->ids, kept->ids, count * sizeof *out->ids);
    return open_figures(out, store, count, figures, err);
}

/* Without its files nobody knows a cell's id; each has one that no other has, and no store. */
void kd_cmd_tables_open_lacking(kd_cmd_tables *out, const kd_study *study, const kd_lacks *lacks)
{
    size_t count = kd_grid_count(kd_study_grid(study));
    kd_str note = KD_STR_INIT;

    *out = (kd_cmd_tables){ .bare = kd_plan_create_bare(study) };
    out->source =
        (kd_table_source){ .study = study, .parameters_of = parameters_of, .user = out->bare };
    out->ids = kd_alloc(count + 1, sizeof *out->ids);
    for (size_t i = 0; i < count; i++) out->ids[i].low = i + 1;
    kd_str_add(&note, "Nothing is measured; missing are ");
    kd_lacks_names(lacks, &note);
    kd_str_add_char(&note, '.');
    out->note = kd_str_take(&note);
    out->source.ids = out->ids;
    out->source.note = out->note;
}

void kd_cmd_tables_close(kd_cmd_tables *tables)
{
    free(tables->note);
    kd_plan_destroy(tables->bare);
    kd_vec_fini(&tables->missing);
    kd_catalogue_close(tables->catalogue);
    free(tables->ids);
}

kd_status kd_cmd_tables_print(kd_str *out, const kd_study *study, kd_plan *plan,
                              const kd_store *store, kd_error *err)
{
    kd_cmd_tables tables;
    kd_status status = kd_cmd_tables_open(&tables, study, plan, store, KD_CMD_FROM_CATALOGUE, err);

    if (status == KD_OK)
        status = kd_table_print_study(out, &tables.source, &kd_writer_markdown, err);
    kd_cmd_tables_close(&tables);
    return status;
}
