/* report.c - open, keep, group; then the histories, an object each. */
#include "results/page/report.h"

#include <stdlib.h>
#include <string.h>

#include "harness/config/kept.h"
#include "harness/config/options.h"
#include "harness/store/keys.h"
#include "harness/store/merge.h"
#include "harness/store/object.h"
#include "harness/store/studies.h"
#include "results/role.h"
#include "results/telling.h"

enum { CELLS_NAMED = 8 };

/* ---- what varies ---- */

static void choose_keys(kd_report *r)
{
    size_t all;

    r->keys = kd_cells_telling(&r->students, r->arena, &r->key_count, &all);
    while (r->among < r->key_count && strcmp(r->keys[r->among], "distill.method") != 0) r->among++;
    if (r->among == r->key_count && r->key_count > 0) r->among = 0;
}

/* ---- names ---- */

/* "hidden" for "student.hidden", the whole key where two would be alike. */
static const char *short_key(const kd_report *r, size_t key)
{
    const char *dot = strrchr(r->keys[key], '.'), *tail = dot != NULL ? dot + 1 : r->keys[key];

    for (size_t k = 0; k < r->key_count; k++)
        if (k != key && (kd_ends_with(r->keys[k], tail))) return r->keys[key];
    return tail;
}

/* Without one key, or with all when `without` is none of them. */
static const char *name_group(const kd_report *r, const kd_group *group, size_t without)
{
    kd_str      name = KD_STR_INIT;
    const char *kept;

    for (size_t k = 0; k < r->key_count; k++) {
        if (k == without || group->values[k] == NULL) continue;
        kd_str_addf(&name, "%s%s %s", name.length > 0 ? ", " : "", short_key(r, k),
                    group->values[k]);
    }
    kept = kd_arena_strdup(r->arena, name.text);
    kd_str_fini(&name);
    return kept;
}

const char *kd_report_value_name(const kd_report *report, const char *value)
{
    if (value != NULL) return value;
    return kd_arena_sprintf(report->arena, "no %s", short_key(report, report->among));
}

/* A name of nothing but what is lacked says so. */
static const char *name_or_lack(const kd_report *r, const kd_group *group, size_t without)
{
    const char *name = name_group(r, group, without);
    size_t      first = without == 0 ? 1 : 0;

    if (*name != '\0' || first >= r->key_count) return name;
    return kd_arena_sprintf(r->arena, "no %s", short_key(r, first));
}

const char *kd_report_rest(const kd_report *report, const kd_group *group)
{
    return name_or_lack(report, group, report->among);
}

static void name_groups(kd_report *r)
{
    r->names = kd_arena_alloc(r->arena, r->groups.count + 1, sizeof *r->names);
    for (size_t g = 0; g < r->groups.count; g++) {
        r->names[g] = name_or_lack(r, &r->groups.groups[g], r->key_count);
        if (r->names[g][0] == '\0') r->names[g] = "all students";
    }
}

static int by_value(const void *a, const void *b)
{
    return kd_value_compare(*(const char *const *)a, *(const char *const *)b);
}

static void list_values(kd_report *r)
{
    r->values = kd_arena_alloc(r->arena, r->groups.count + 1, sizeof *r->values);
    for (size_t g = 0; g < r->groups.count && r->among < r->key_count; g++) {
        const char *value = r->groups.groups[g].values[r->among];
        size_t      v = 0;
        while (v < r->value_count && kd_value_compare(r->values[v], value) != 0) v++;
        if (v == r->value_count) r->values[r->value_count++] = value;
    }
    qsort(r->values, r->value_count, sizeof *r->values, by_value);
}

int kd_report_series(const kd_report *report, const kd_group *group)
{
    int v = 0;

    while ((size_t)v < report->value_count &&
           kd_value_compare(report->values[v], group->values[report->among]) != 0)
        v++;
    return (size_t)v < report->value_count ? v : 0;
}

void kd_report_add_cells(kd_str *out, const kd_id *ids, size_t count)
{
    kd_str_addf(out, "%zu cell%s", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count && i < CELLS_NAMED; i++) {
        char id[KD_ID_TEXT];
        kd_id_text(id, ids[i]);
        kd_str_addf(out, "%s%.7s", i > 0 ? ", " : ": ", id);
    }
    if (count > CELLS_NAMED) kd_str_addf(out, " and %zu more", count - CELLS_NAMED);
}

/* ---- numbers ---- */

bool kd_report_metric(const kd_cells *cells, const char *word, kd_metric *out)
{
    kd_error none;

    return cells->count > 0 && kd_metric_resolve(out, cells, word, "test", &none) == KD_OK;
}

void kd_report_turn_to(kd_report *report, size_t asked)
{
    KD_CHECK(asked < report->asked.count, "report: no metric %zu of %zu", asked,
             report->asked.count);
    report->score = report->asked.items[asked];
    *report->gaps = NULL; /* they were of the one before */
}

static kd_status choose_asked(kd_report *r, const kd_arg_list *words, kd_error *err)
{
    kd_status status =
        kd_metrics_resolve(&r->asked, &r->students, words->items, words->count, "test", err);

    for (size_t i = 0; status == KD_OK && i < r->asked.count; i++)
        if (r->asked.items[i].better <= 0)
            status = kd_fail(err, KD_EUSAGE,
                             "%s: more of it is not better, and this ranks by scores; kdgrid "
                             "aggregate has it",
                             r->asked.items[i].name);
    if (status != KD_OK) return kd_while(err, status, "--metric");
    kd_report_turn_to(r, 0);
    r->has_score = true;
    return KD_OK;
}

/* Before there is a student every word is as good as another. */
static kd_status choose_score(kd_report *r, const kd_arg_list *words, kd_error *err)
{
    if (words->count > 0 && r->students.count > 0) return choose_asked(r, words, err);
    r->has_score = kd_report_metric(&r->students, "f1", &r->score) ||
                   kd_report_metric(&r->students, "devel.f1", &r->score);
    return KD_OK;
}

/* ---- histories ---- */

const kd_store *kd_report_store_of(const kd_report *report, const kd_record *cell)
{
    for (size_t i = 0; i < report->parts.count; i++)
        if (strcmp(report->parts.items[i].folder, cell->store) == 0)
            return report->parts.items[i].store;
    return NULL;
}

/* As the sentence of a page has them, and as objects have them. */
const char *const        kd_report_fact_words[KD_REPORT_FACTS] = { "kdgrid", "commit", "with", "on",
                                                                   "host" };
static const char *const fact_keys[KD_REPORT_FACTS] = { "program.version", "program.commit",
                                                        "libraries", "cpu", "host" };

static void add_fact(kd_report_fact *fact, const char *value)
{
    for (size_t v = 0; v < fact->values.count; v++)
        if (strcmp(fact->values.items[v], value) == 0) return;
    kd_vec_push(&fact->values, value);
}

/* Those of the program and the machine, and when the object came to be. */
static void read_facts(kd_report *r, kd_object *object, const char **stamp)
{
    kd_record_setting *facts;
    size_t             count;
    kd_error           none;

    if (kd_object_facts(object, r->arena, &facts, &count, &none) != KD_OK) return;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(facts[i].key, "committed") == 0) *stamp = facts[i].value;
        for (int f = 0; f < KD_REPORT_FACTS; f++)
            if (strcmp(facts[i].key, fact_keys[f]) == 0) add_fact(&r->facts[f], facts[i].value);
    }
}

static bool read_history(kd_report *r, const kd_record *cell, kd_report_history *out,
                         const char **stamp)
{
    const kd_store    *store = kd_report_store_of(r, cell);
    kd_object         *object;
    kd_account_column *columns;
    size_t             count = 0;
    kd_error           why;

    if (store == NULL) return false;
    if (kd_object_open(&object, store, cell->id, &why) != KD_OK) {
        kd_str_addf(&r->notice, "%s\n", why.text);
        return false;
    }
    read_facts(r, object, stamp);
    if (kd_account_history(&columns, &count, object, r->arena, &why) != KD_OK) {
        kd_str_addf(&r->notice, "%s\n", why.text);
        count = 0;
    }
    kd_object_close(object);
    if (count == 0) return false;
    out->columns = columns;
    out->count = count;
    out->update = kd_account_column_of(columns, count, "update");
    out->loss = kd_account_column_of(columns, count, "loss");
    out->score = kd_account_column_of(columns, count, "score");
    return out->update != NULL;
}

static void read_histories(kd_report *r)
{
    r->histories = kd_arena_zero(r->arena, r->students.count + 1, sizeof *r->histories);
    r->stamps = kd_arena_alloc(r->arena, r->students.count + 1, sizeof *r->stamps);
    for (size_t i = 0; i < r->students.count; i++) {
        r->stamps[i] = "";
        r->without_history +=
            !read_history(r, r->students.items[i], &r->histories[i], &r->stamps[i]);
    }
}

static int by_place(const void *a, const void *b)
{
    return kd_id_compare((*(const kd_record *const *)a)->id, (*(const kd_record *const *)b)->id);
}

const kd_report_history *kd_report_history_of(const kd_report *report, const kd_record *cell)
{
    const kd_record **found = report->students.count == 0
                                  ? NULL
                                  : bsearch(&cell, report->students.items, report->students.count,
                                            sizeof *report->students.items, by_place);

    if (found == NULL) return NULL;
    const kd_report_history *history = &report->histories[found - report->students.items];
    return history->update != NULL ? history : NULL;
}

/* ---- open and close ---- */

static kd_status open_part(kd_report *r, const char *folder, kd_error *err)
{
    kd_report_part part = { .folder = folder };
    kd_error       why;
    kd_status      status = kd_store_open(&part.store, folder, KD_STORE_READ, err);

    if (status != KD_OK) return status;
    part.stands = kd_standing_take(&part.standing, part.store, &why) == KD_OK;
    if (!part.stands) kd_str_addf(&r->notice, "%s\n", why.text);
    kd_vec_push(&r->parts, part);
    return KD_OK;
}

static bool begins_as_others(const kd_record *cell)
{
    static const char *const keys[] = { "student.init", "finetune.init", "teacher.init" };

    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const char *value = kd_record_value(cell, keys[k]);
        if (value != NULL && kd_option_is_study(value)) return true;
    }
    return false;
}

/* The model that a cell begins as, by the text of its object; none where that cannot be read. */
static kd_id start_of(const kd_report *r, const kd_record *cell)
{
    const kd_store *store = kd_report_store_of(r, cell);
    kd_object      *object = NULL;
    kd_str          text = KD_STR_INIT;
    kd_arena       *arena = kd_arena_create(0);
    kd_resolved     node;
    kd_id           id = { 0, 0 };

    if (store != NULL && kd_object_open(&object, store, cell->id, NULL) == KD_OK &&
        kd_object_get_text(object, KD_KEY_RESOLVED, &text, NULL) == KD_OK &&
        kd_resolved_parse(&node, arena, text.text, "cell", NULL) == KD_OK)
        id = kd_resolved_input_id(&node, KD_INPUT_START);
    kd_object_close(object);
    kd_arena_destroy(arena);
    kd_str_fini(&text);
    return id;
}

typedef KD_VEC(kd_id) id_vec;

static bool has_id(const id_vec *ids, kd_id id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (kd_id_equal(ids->items[i], id)) return true;
    return false;
}

/* Models as which somebody of another study begins: it stands on them, and is not about them. */
static void find_stood_on(const kd_report *r, id_vec *out)
{
    for (size_t i = 0; i < r->stores.cells.count; i++) {
        kd_id start = { 0, 0 };
        if (begins_as_others(r->stores.cells.items[i]))
            start = start_of(r, r->stores.cells.items[i]);
        if (!kd_id_is_none(start) && !has_id(out, start)) kd_vec_push(out, start);
    }
}

static void tell_roles(kd_report *r)
{
    id_vec stood_on = KD_VEC_INIT;

    find_stood_on(r, &stood_on);
    for (size_t i = 0; i < r->stores.cells.count; i++) {
        const kd_record *cell = r->stores.cells.items[i];
        if (kd_record_role(cell) == KD_ROLE_STUDENT && !has_id(&stood_on, cell->id))
            kd_vec_push(&r->students, cell);
        else
            kd_vec_push(&r->others, cell);
    }
    if (r->students.count > 0)
        qsort(r->students.items, r->students.count, sizeof *r->students.items, by_place);
    kd_vec_fini(&stood_on);
}

kd_status kd_report_open(kd_report *out, const char *const *folders, size_t count,
                         const kd_report_query *query, kd_error *err)
{
    static const kd_report_query all = { .where = { 0 } };
    kd_status                    status;

    if (query == NULL) query = &all;
    *out = (kd_report){ .arena = kd_arena_create(0), .where = query->where };
    out->gaps = kd_arena_zero(out->arena, 1, sizeof *out->gaps);
    kd_str_init(&out->notice);
    status = kd_stores_open(&out->stores, folders, count, err);
    for (size_t i = 0; status == KD_OK && i < count; i++) status = open_part(out, folders[i], err);
    for (size_t i = 0; status == KD_OK && i < out->where.count; i++)
        status = kd_cells_keep(&out->stores.cells, out->where.items[i], err);
    if (status != KD_OK) return status;
    kd_str_add(&out->notice, out->stores.notice.text);
    tell_roles(out);
    choose_keys(out);
    kd_cells_group(&out->students, out->keys, out->key_count, KD_ORDER_OF_VALUES, out->arena,
                   &out->groups);
    name_groups(out);
    list_values(out);
    if ((status = choose_score(out, &query->metric, err)) != KD_OK) return status;
    read_histories(out);
    return KD_OK;
}

/* Of the study that a store was run for last; NULL when none can be read. */
static const char *name_of_kept(const kd_report *r, const kd_store *store)
{
    kd_stored_study *studies = NULL;
    size_t           count = 0;
    const char      *name = NULL;
    kd_error         none;

    if (kd_studies_list(store, &studies, &count, &none) == KD_OK && count > 0) {
        char         *path = kd_studies_path(store, studies[0].id);
        kd_kept_study kept;
        if (kd_kept_open(&kept, path, &none) == KD_OK)
            name = kd_arena_strdup(r->arena, kd_study_name(kept.study));
        kd_kept_close(&kept);
        free(path);
    }
    free(studies);
    return name;
}

const char *kd_report_study(const kd_report *report)
{
    for (size_t i = 0; i < report->parts.count; i++) {
        const kd_report_part *part = &report->parts.items[i];
        const char           *name = part->stands ? part->standing.run.name : "", *kept = NULL;
        if (!part->stands || part->standing.run.number == 0 || name[0] == '\0') continue;
        if (strcmp(name, KD_MERGE_NAME) == 0) kept = name_of_kept(report, part->store);
        return kept != NULL ? kept : name;
    }
    return "";
}

void kd_report_close(kd_report *report)
{
    for (size_t i = 0; i < report->parts.count; i++) {
        if (report->parts.items[i].stands) kd_standing_drop(&report->parts.items[i].standing);
        kd_store_close(report->parts.items[i].store);
    }
    for (int f = 0; f < KD_REPORT_FACTS; f++) kd_vec_fini(&report->facts[f].values);
    kd_vec_fini(&report->asked);
    kd_vec_fini(&report->parts);
    kd_vec_fini(&report->students);
    kd_vec_fini(&report->others);
    kd_str_fini(&report->notice);
    kd_stores_close(&report->stores);
    kd_arena_destroy(report->arena);
}
