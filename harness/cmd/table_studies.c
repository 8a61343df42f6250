/* table_studies.c - the studies that a store keeps, opened with their figures. */
#include "harness/cmd/table_studies.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/store/studies.h"

/* As the one study of `out` that comes next; it is closed with it. */
static kd_status open_one(kd_cmd_studies *out, const kd_store *store, const kd_stored_study *stored,
                          kd_error *err)
{
    kd_cmd_study study = { .id = stored->id, .run_s = (int64_t)stored->run.tv_sec };
    char        *path = kd_studies_path(store, stored->id);
    kd_status    status = kd_studies_verify(path, stored->id, err);

    if (status == KD_OK && (status = kd_kept_open(&study.kept, path, err)) != KD_OK)
        kd_kept_close(&study.kept);
    free(path);
    if (status != KD_OK) return status;
    for (size_t i = 0; i < out->count && !study.is_superseded; i++)
        study.is_superseded =
            strcmp(kd_study_name(out->items[i].kept.study), kd_study_name(study.kept.study)) == 0;
    kd_vec_push(out, study);
    return KD_OK;
}

static bool is_meant(const kd_cmd_study *study, const char *word)
{
    char id[KD_ID_TEXT];

    kd_id_text(id, study->id);
    if (strcmp(kd_study_name(study->kept.study), word) == 0) return !study->is_superseded;
    return strlen(word) >= 4 && kd_starts_with(id, word);
}

static void close_one(kd_cmd_study *study)
{
    kd_cmd_tables_close(&study->tables);
    kd_kept_close(&study->kept);
}

/* Leave the one that is meant. */
static kd_status choose(kd_cmd_studies *studies, const char *word, kd_error *err)
{
    kd_str       names = KD_STR_INIT;
    size_t       count = 0;
    kd_cmd_study chosen = { .run_s = 0 };

    for (size_t i = 0; i < studies->count; i++) count += is_meant(&studies->items[i], word);
    for (size_t i = 0; i < studies->count; i++) {
        kd_cmd_study *study = &studies->items[i];
        if (!study->is_superseded)
            kd_str_addf(&names, "%s%s", names.length > 0 ? ", " : "",
                        kd_study_name(study->kept.study));
        if (count == 1 && is_meant(study, word))
            chosen = *study;
        else if (count == 1)
            close_one(study);
    }
    if (count == 1) {
        kd_vec_reset(studies);
        kd_vec_push(studies, chosen);
    } else {
        kd_fail(err, KD_EUSAGE, "--study %s: %s; there are %s", word,
                count > 1 ? "several begin so" : "no such study is kept", names.text);
    }
    kd_str_fini(&names);
    return count == 1 ? KD_OK : KD_EUSAGE;
}

kd_status kd_cmd_studies_open(kd_cmd_studies *out, const kd_store *store, const char *word,
                              kd_cmd_figures figures, kd_error *err)
{
    kd_stored_study *stored;
    size_t           count;
    kd_status        status = kd_studies_list(store, &stored, &count, err);

    for (size_t i = 0; status == KD_OK && i < count; i++) {
        kd_error why;
        if (open_one(out, store, &stored[i], &why) != KD_OK)
            kd_log_warning("%s; this study is left out", why.text);
    }
    free(stored);
    if (status == KD_OK && word != NULL) status = choose(out, word, err);
    for (size_t i = 0; status == KD_OK && i < out->count; i++)
        status = kd_cmd_tables_open_kept(&out->items[i].tables, &out->items[i].kept, store, figures,
                                         err);
    return status;
}

void kd_cmd_studies_close(kd_cmd_studies *studies)
{
    for (size_t i = 0; i < studies->count; i++) close_one(&studies->items[i]);
    kd_vec_fini(studies);
}

/* ---- their list ---- */

static size_t count_done(const kd_cmd_study *study)
{
    size_t count = kd_grid_count(kd_study_grid(study->kept.study)), done = 0;

    for (size_t i = 0; i < count; i++)
        done += kd_catalogue_find(study->tables.catalogue, study->kept.ids[i]) != NULL;
    return done;
}

kd_table *kd_cmd_studies_table(const kd_cmd_studies *studies)
{
    kd_table *table = kd_table_create(NULL);
    char      text[64];

    kd_table_add_column(table, KD_COLUMN_LABEL, "id", "id", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "study", "study", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "cells", "cells", 0);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "done", "done", 0);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "tables", "tables", 0);
    kd_table_add_column(table, KD_COLUMN_TEXT, "run", "kept since", -1);
    for (size_t i = 0; i < studies->count; i++) {
        const kd_cmd_study *study = &studies->items[i];
        kd_entry           *row = kd_table_add_row(table);
        kd_id_text(text, study->id);
        row[0].raw = kd_arena_strdup(table->arena, text);
        text[7] = '\0';
        kd_entry_set_text(table, &row[0], text);
        kd_entry_set_text(table, &row[1], kd_study_name(study->kept.study));
        kd_entry_set_number(&row[2], (double)kd_grid_count(kd_study_grid(study->kept.study)));
        kd_entry_set_number(&row[3], (double)count_done(study));
        kd_entry_set_number(&row[4], (double)kd_study_table_count(study->kept.study));
        kd_entry_set_text(table, &row[5], kd_clock_stamp(text, sizeof text, (double)study->run_s));
    }
    return table;
}
