/* study_published.c - cells that begin with a published folder have its sizes, where nobody said others. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "harness/config/init_folder.h"
#include "harness/config/options.h"
#include "harness/config/schema.h"
#include "harness/config/study_internal.h"
#include "models/text/task.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"

/* The sizes of an encoder's tables, beside what its kind says of itself. */
#define TABLES      "positions segments"
/* What a head of sentences stands on, and any head. */
#define BEFORE_HEAD "pooler pooler_activation pooling distances distance_limit"
#define IN_HEAD     "classifier"

const kd_init_place kd_init_places[] = {
    { "student.init", "student.", false },
    { "finetune.init", "student.", true },
    { "teacher.init", "teacher.", false },
    { NULL, NULL, false },
};

kd_status kd_init_folder_read(kd_arch *out, bool *is_known, const char *folder, kd_error *err)
{
    char        *config = kd_fs_join(folder, KD_CONFIG_FILE);
    kd_published said = { .labels = NULL };
    kd_arch      whole;
    kd_error     why;
    kd_status    status = KD_OK;
    *is_known = kd_fs_exists(config);
    if (*is_known) status = kd_config_read(&said, config, err);
    if (status == KD_OK) *out = said.arch;
    kd_published_fini(&said);
    free(config);
    if (status != KD_OK || kd_pretrained_arch(&whole, folder, &why) != KD_OK) return status;
    *is_known = true;
    *out = whole;
    return KD_OK;
}

bool kd_init_folder_settles(const kd_arch *folder, const char *key)
{
    const kd_model_kind *kind = kd_arch_kind(folder);
    return strcmp(key, "kind") == 0 || kd_list_has(kind->agreeing, key) ||
           (kind->is_encoder && kd_list_has(TABLES, key));
}

bool kd_init_folder_brings(const kd_arch *folder, const char *key)
{
    if (kd_head_is_of_sentence(folder->head) && kd_list_has(BEFORE_HEAD, key)) return true;
    return kd_head_has_labels(folder->head) && kd_list_has(IN_HEAD, key);
}

/* ---- rules of the grid ---- */

static int row_of(const kd_init_place *place, const char *name)
{
    char *key = kd_sprintf("%s%s", place->arch, name);
    int   row = kd_schema_find(key);
    free(key);
    KD_CHECK(row >= 0, "study: the schema has no row %s%s", place->arch, name);
    return row;
}

static void add_test(kd_arena *arena, kd_grid_condition *when, int row, const char *value)
{
    const char **values = kd_arena_alloc(arena, 1, sizeof *values);
    values[0] = value;
    when->tests[when->count++] = (kd_grid_test){ row, values, 1 };
}

/* Cells whose network begins with the folder and is of its kind. */
static kd_grid_condition begins_with(kd_study *study, const kd_init_place *place, const char *name,
                                     const char *kind)
{
    enum { TESTS = 4 };
    kd_grid_condition when = { kd_arena_alloc(study->arena, TESTS, sizeof *when.tests), 0 };
    add_test(study->arena, &when, kd_schema_find(place->init), name);
    add_test(study->arena, &when, row_of(place, "kind"), kind);
    if (place->is_before)
        add_test(study->arena, &when, kd_schema_find("student.init"), KD_INIT_FINE_TUNED);
    return when;
}

/* Tasks that the head may be taken on for. */
static void add_tasks(kd_arena *arena, kd_grid_condition *when, kd_head_kind head)
{
    const char **values = kd_arena_alloc(arena, KD_TASK_COUNT, sizeof *values);
    size_t       count = 0;
    for (kd_task task = KD_TASK_NER; (int)task < KD_TASK_COUNT; task++) {
        kd_answer answer = kd_task_of(task)->answer;
        bool      is_of_sentence = answer == KD_ANSWER_CLASS || answer == KD_ANSWER_SET;
        if (kd_head_is_of_sentence(head) ? is_of_sentence : answer == KD_ANSWER_TAGS)
            values[count++] = kd_task_name(task);
    }
    when->tests[when->count++] = (kd_grid_test){ kd_schema_find("task"), values, count };
}

static void add_rules(kd_study *study, const kd_init_place *place, const char *name,
                      const kd_arch *folder)
{
    const char       *kind = kd_arch_kind(folder)->name;
    kd_grid_condition always = begins_with(study, place, name, kind);
    kd_grid_condition with_head = begins_with(study, place, name, kind);
    add_tasks(study->arena, &with_head, folder->head);
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        bool   settles = kd_init_folder_settles(folder, row->key);
        kd_str value = KD_STR_INIT;
        if (!strcmp(row->key, "kind") || !(settles || kd_init_folder_brings(folder, row->key)))
            continue;
        kd_setting_print(row, folder, &value);
        kd_grid_follow(study->grid,
                       &(kd_grid_rule){ settles ? always : with_head, row_of(place, row->key),
                                        kd_arena_strdup(study->arena, value.text) });
        kd_str_fini(&value);
    }
}

/* ---- a folder in a few lines, for who keeps the study without it ---- */

static void put_folder(kd_str *out, const kd_arch *folder)
{
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        kd_str_addf(out, "%s ", row->key);
        kd_setting_print(row, folder, out);
        kd_str_add_char(out, '\n');
    }
}

/* False for lines that another version wrote otherwise: nothing follows from them. */
static bool take_folder(kd_arch *out, const char *text)
{
    const kd_setting *rows = kd_arch_settings();
    char             *copy = kd_strdup(text), *rest = copy, *line;
    bool              is_right = true;
    kd_error          why;
    kd_setting_defaults(rows, out);
    while (is_right && (line = strsep(&rest, "\n")) && *line) {
        const char       *key = strsep(&line, " ");
        const kd_setting *row = kd_setting_find(rows, key);
        is_right = line && row && kd_setting_put(row, out, line, &why) == KD_OK;
    }
    free(copy);
    return is_right;
}

static bool find_kept(kd_arch *out, const kd_study_file *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].name, name) == 0) return take_folder(out, files[i].text);
    return false;
}

static void keep_folder(kd_study *study, const char *name, const kd_arch *folder)
{
    kd_str text = KD_STR_INIT;
    put_folder(&text, folder);
    kd_vec_push(&study->files, (kd_study_file){ name, kd_arena_strdup(study->arena, text.text) });
    kd_str_fini(&text);
}

/* ---- which folders there are ---- */

static bool find_on_disk(kd_arch *out, const kd_study *study, const char *name)
{
    kd_error why;
    bool     is_known = false;
    char    *path = kd_study_find_file(study, name);
    if (path && kd_fs_is_folder(path) && kd_init_folder_read(out, &is_known, path, &why) != KD_OK)
        is_known = false;
    free(path);
    return is_known;
}

/* A study that was kept has what was kept with it, wherever it has gone. */
static bool find_new(kd_arch *out, kd_study *study, const char *name)
{
    const kd_study_options *o = study->options;
    bool                    is_known =
        o->text ? find_kept(out, o->files, o->file_count, name) : find_on_disk(out, study, name);
    if (is_known) keep_folder(study, name, out);
    return is_known;
}

/* Of one that cannot be read nothing follows here: who makes a network of it says what is wrong. Each cell is held against all
 * rules, so a folder that several positions name has its rules once. */
static void look_at(kd_study *study, const kd_init_place *place, kd_map *seen, const char *name)
{
    kd_arch folder;
    if (!name || kd_map_get(seen, name) != NULL) return;
    kd_map_put_number(seen, name, 0);
    if (!kd_option_is_path(name) || kd_option_is_study(name)) return;
    if (find_kept(&folder, study->files.items, study->files.count, name) ||
        find_new(&folder, study, name))
        add_rules(study, place, name, &folder);
}

static void look_along(kd_study *study, const kd_init_place *place, kd_map *seen,
                       const kd_dimensions *dimensions)
{
    int row = kd_schema_find(place->init);
    for (size_t d = 0; d < dimensions->count; d++) {
        const kd_grid_dimension *dim = &dimensions->items[d];
        for (size_t c = 0; c < dim->column_count; c++)
            for (size_t i = 0; dim->columns[c].row == row && i < dim->length; i++)
                look_at(study, place, seen, dim->columns[c].values[i]);
    }
}

void kd_study_follow_folders(kd_study *study)
{
    for (const kd_init_place *place = kd_init_places; place->init; place++) {
        kd_map *seen = kd_map_create();
        look_at(study, place, seen, study->base[kd_schema_find(place->init)]);
        look_along(study, place, seen, &study->dimensions);
        look_along(study, place, seen, &study->included);
        kd_map_destroy(seen);
    }
}
