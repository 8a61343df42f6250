/* study_tables.c - the tables that the studies' own experiment files ask for, from what stores keep of those. */
#include <stdlib.h>
#include <string.h>

#include "harness/config/kept.h"
#include "harness/store/studies.h"
#include "results/page/html.h"
#include "results/page/page_internal.h"
#include "results/study_table.h"

enum { STUDIES_MOST = 8 };

/* What the section is made from, while it is: a store's figures, and what was said already. */
typedef struct {
    kd_str             *out, *notes;
    const kd_report    *report;
    const kd_store     *store;
    const kd_catalogue *catalogue;
    KD_VEC(char *) names; /* of studies that were shown: an earlier text of one is superseded */
} telling;

static bool is_superseded(const telling *t, const char *name)
{
    for (size_t i = 0; i < t->names.count; i++)
        if (strcmp(t->names.items[i], name) == 0) return true;
    return false;
}

/* Those of the file; without any the scores above say all. */
static void add_tables(telling *t, const kd_kept_study *kept)
{
    kd_table_source source = { .study = kept->study,
                               .ids = kept->ids,
                               .catalogue = t->catalogue,
                               .store = t->store,
                               .where = t->report->where,
                               .names_sources = true };
    size_t          count;

    kd_study_tables(kept->study, &count);
    for (size_t i = 0; i < count; i++) {
        kd_table *table;
        kd_error  why;
        if (kd_study_table_create(&table, &source, i, &why) != KD_OK) {
            kd_str_addf(t->notes, "%s\n", why.text);
            continue;
        }
        kd_html_table(t->out, table, kd_table_row_count(table) > 30);
        kd_table_destroy(table);
    }
}

static void add_study(telling *t, kd_id id)
{
    char         *path = kd_studies_path(t->store, id);
    kd_kept_study kept;
    kd_error      why;

    if (kd_studies_verify(path, id, &why) != KD_OK) {
        kd_str_addf(t->notes, "%s\n", why.text);
    } else {
        if (kd_kept_open(&kept, path, &why) != KD_OK)
            kd_str_addf(t->notes, "%s; its tables are left out\n", why.text);
        else if (!is_superseded(t, kd_study_name(kept.study))) {
            kd_vec_push(&t->names, kd_strdup(kd_study_name(kept.study)));
            add_tables(t, &kept);
        }
        kd_kept_close(&kept);
    }
    free(path);
}

static void add_store(telling *t, const kd_store *store)
{
    kd_stored_study *studies = NULL;
    kd_catalogue    *catalogue;
    size_t           count = 0;
    kd_error         why;

    if (kd_studies_list(store, &studies, &count, &why) != KD_OK || count == 0) {
        free(studies);
        return;
    }
    if (kd_catalogue_open(&catalogue, store, NULL, &why) == KD_OK) {
        t->store = store;
        t->catalogue = catalogue;
        for (size_t i = 0; i < count && i < STUDIES_MOST; i++) add_study(t, studies[i].id);
        kd_catalogue_close(catalogue);
    } else {
        kd_str_addf(t->notes, "%s\n", why.text);
    }
    free(studies);
}

void kd_section_tables(kd_str *out, const kd_report *report)
{
    kd_str  notes = KD_STR_INIT;
    telling t = { .out = out, .notes = &notes, .report = report };

    for (size_t i = 0; i < report->parts.count && report->students.count > 0; i++)
        add_store(&t, report->parts.items[i].store);
    kd_html_lines(out, notes.text);
    for (size_t i = 0; i < t.names.count; i++) free(t.names.items[i]);
    kd_vec_fini(&t.names);
    kd_str_fini(&notes);
}
