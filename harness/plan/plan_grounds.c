/* plan_grounds.c - which studies there are, and which of their cells are meant. */
#include "harness/plan/plan_grounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"

/* ---- opening ---- */

static int find_path(const kd_grounds *grounds, const char *real)
{
    for (size_t i = 0; i < grounds->items.count; i++)
        if (strcmp(grounds->items.items[i].path, real) == 0) return (int)i;
    return -1;
}

/* A study that is being planned and would have to be planned first. */
static kd_status fail_circle(const kd_plan *plan, const char *key, int number, kd_error *err)
{
    const kd_ground *items = plan->grounds->items.items;
    kd_str           way = KD_STR_INIT;
    for (size_t i = (size_t)number; i < plan->grounds->items.count; i++)
        if (!items[i].is_ready && !items[i].lacks)
            kd_str_addf(&way, "%s, which stands on ", kd_study_path(items[i].plan->study));
    kd_status status =
        kd_fail(err, KD_ECONFIG, "%s: a circle: %s%s", kd_study_place(plan->study, key), way.text,
                kd_study_path(items[number].plan->study));
    kd_str_fini(&way);
    return status;
}

static kd_status open_ground(kd_plan *plan, const char *path, const char *real, int *out,
                             kd_error *err)
{
    static const char *const nothing[] = { NULL };
    kd_grounds              *grounds = plan->grounds;
    kd_study_options         options = { .profile = grounds->profile,
                                         .may_lack_it = true,
                                         .environment = nothing };
    kd_study                *study;
    size_t                   lacks = plan->lacks->count;
    kd_status                status = kd_study_open(&study, path, &options, err);
    if (status != KD_OK) return status;
    int number = (int)grounds->items.count;
    kd_vec_push(&grounds->items, ((kd_ground){ .path = kd_strdup(real), .study = study }));
    status = grounds->plan_study(grounds, number, plan->lacks, err);
    grounds->items.items[number].lacks = plan->lacks->count > lacks;
    grounds->items.items[number].is_ready = plan->lacks->count == lacks;
    *out = number;
    return status;
}

/* -1 in `out` where it is nowhere, or lacks files: the plan tells. */
static kd_status find_study(kd_plan *plan, const char *key, const char *name, int *out,
                            kd_error *err)
{
    char     *path = kd_study_find_file(plan->study, name);
    char     *real = path ? realpath(path, NULL) : NULL;
    kd_status status = KD_OK;
    *out = real ? find_path(plan->grounds, real) : -1;
    if (!real)
        kd_lacks_add(plan->lacks, plan->study, key, name);
    else if (*out < 0)
        status = open_ground(plan, path, real, out, err);
    free(real);
    free(path);
    if (status != KD_OK || *out < 0) return status;
    const kd_ground *g = &plan->grounds->items.items[*out];
    if (!g->is_ready && !g->lacks) return fail_circle(plan, key, *out, err);
    if (g->lacks) *out = -1;
    return KD_OK;
}

/* ---- choosing ---- */

enum { CONDITIONS_MOST = 16, NAMED_MOST = 4 };

typedef struct {
    const char *key, *value; /* canonical */
} condition;

typedef struct {
    condition of[CONDITIONS_MOST];
    int       count;
} conditions;

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t", text[length - 1])) text[--length] = 0;
    return text;
}

/* "seed = 1" */
static kd_status read_condition(kd_plan *plan, const char *key, char *text, conditions *out,
                                kd_error *err)
{
    const char *place = kd_study_place(plan->study, key);
    char       *equals = strchr(text, '=');
    if (!equals || out->count == CONDITIONS_MOST)
        return kd_fail(err, KD_ECONFIG,
                       "%s: expected conditions as \"seed = 1; student.hidden = 8\""
                       ", found %s",
                       place, text);
    *equals = 0;
    char       *name = trim(text), *value = trim(equals + 1);
    int         row = kd_schema_find(name);
    const char *near = row < 0 ? kd_schema_nearest(name) : NULL;
    kd_str      canonical = KD_STR_INIT;
    if (row < 0)
        return near ? kd_fail(err, KD_ECONFIG, "%s: %s: unknown key; did you mean %s?", place, name,
                              near)
                    : kd_fail(err, KD_ECONFIG, "%s: %s: unknown key", place, name);
    kd_status status = kd_setting_canonical(plan->schema[row].setting, value, &canonical, err);
    if (status == KD_OK)
        out->of[out->count++] =
            (condition){ plan->schema[row].key, kd_arena_strdup(plan->arena, canonical.text) };
    else
        kd_while(err, status, "%s: %s", place, name);
    kd_str_fini(&canonical);
    return status;
}

static kd_status read_conditions(kd_plan *plan, const char *key, const char *text, conditions *out,
                                 kd_error *err)
{
    char     *copy = kd_strdup(text), *rest = copy, *part;
    kd_status status = KD_OK;
    *out = (conditions){ .count = 0 };
    while (status == KD_OK && (part = strsep(&rest, ";")))
        if (*trim(part)) status = read_condition(plan, key, trim(part), out, err);
    free(copy);
    return status;
}

/* How many of the conditions, from the first on, the cell meets. */
static int count_met(const kd_grid *grid, size_t cell, const conditions *c)
{
    int met = 0;
    while (met < c->count && !strcmp(kd_grid_value(grid, cell, c->of[met].key), c->of[met].value))
        met++;
    return met;
}

/* The values of a setting among the cells that meet all conditions before it. */
static void add_values(const kd_grid *grid, const conditions *c, int number, kd_str *out)
{
    kd_map *seen = kd_map_create();
    for (size_t cell = 0; cell < kd_grid_count(grid); cell++) {
        const char *value = kd_grid_value(grid, cell, c->of[number].key);
        if (count_met(grid, cell, c) < number || kd_map_get(seen, value)) continue;
        kd_map_put_number(seen, value, 1);
        if (kd_map_count(seen) > NAMED_MOST) break;
        kd_str_addf(out, "%s%s", out->length ? ", " : "", *value ? value : "none");
    }
    kd_map_destroy(seen);
}

static kd_status fail_none(const kd_plan *plan, const char *where, const char *name,
                           const kd_grid *grid, const conditions *c, kd_error *err)
{
    kd_str values = KD_STR_INIT;
    int    most = 0;
    for (size_t cell = 0; cell < kd_grid_count(grid); cell++) {
        int met = count_met(grid, cell, c);
        if (met > most) most = met;
    }
    add_values(grid, c, most, &values);
    kd_status status = kd_fail(err, KD_ECONFIG, "%s: no cell of %s has %s = %s; did you mean %s?",
                               kd_study_place(plan->study, where), name, c->of[most].key,
                               c->of[most].value, values.text);
    kd_str_fini(&values);
    return status;
}

static kd_status fail_several(const kd_plan *plan, const char *key, const char *where,
                              const char *name, const kd_plan *of, const conditions *c,
                              kd_error *err)
{
    kd_str labels = KD_STR_INIT;
    size_t count = 0;
    for (size_t cell = 0; cell < kd_grid_count(of->grid); cell++) {
        if (count_met(of->grid, cell, c) < c->count) continue;
        if (count++ < NAMED_MOST) {
            kd_str_add(&labels, labels.length ? "; " : "");
            kd_grid_label(of->grid, cell, &labels);
        }
    }
    kd_status status = kd_fail(err, KD_ECONFIG,
                               "%s: %s has %zu cells that may be meant (%.200s%s); say by %s which",
                               kd_study_place(plan->study, key), name, count, labels.text,
                               count > NAMED_MOST ? "; ..." : "", where);
    kd_str_fini(&labels);
    return status;
}

/* Cells that are one and the same count as one. */
static kd_status choose(kd_plan *plan, const char *key, const char *where, const char *text,
                        kd_ground_cell *out, kd_error *err)
{
    const kd_plan *of = out->plan;
    conditions     c;
    kd_status      status = read_conditions(plan, where, text, &c, err);
    int32_t        found = -1;
    bool           is_one = true;
    if (status != KD_OK) return status;
    for (size_t cell = 0; cell < kd_grid_count(of->grid); cell++) {
        if (count_met(of->grid, cell, &c) < c.count) continue;
        is_one = is_one && (found < 0 || found == of->cell_nodes[cell]);
        found = of->cell_nodes[cell];
    }
    if (found < 0) return fail_none(plan, where, out->named, of->grid, &c, err);
    if (!is_one) return fail_several(plan, key, where, out->named, of, &c, err);
    out->node = (size_t)found;
    return KD_OK;
}

/* ---- what was found is found again ---- */

static const kd_found_ground *recall(const kd_plan *plan, const char *key, const char *value,
                                     const char *where)
{
    for (size_t i = 0; i < plan->found.count; i++) {
        const kd_found_ground *f = &plan->found.items[i];
        if (!strcmp(f->key, key) && !strcmp(f->value, value) && !strcmp(f->where, where)) return f;
    }
    return NULL;
}

static void remember(kd_plan *plan, const char *key, const char *value, const char *where,
                     const kd_ground_cell *cell)
{
    kd_vec_push(&plan->found, ((kd_found_ground){ .key = kd_arena_strdup(plan->arena, key),
                                                  .value = kd_arena_strdup(plan->arena, value),
                                                  .where = kd_arena_strdup(plan->arena, where),
                                                  .plan = cell->plan,
                                                  .node = cell->node }));
}

kd_status kd_ground_find(kd_plan *plan, const char *key, const char *const *values,
                         kd_ground_cell *out, kd_error *err)
{
    const char *value = kd_plan_value(values, key);
    char        where_key[64];
    int         number;
    snprintf(where_key, sizeof where_key, "%s_where", key);
    const char *where = kd_plan_value(values, where_key);
    *out = (kd_ground_cell){ .named = value };
    if (!kd_option_is_study(value))
        return *where ? kd_fail(err, KD_ECONFIG,
                                "%s: is read where %s names an experiment file (.cfg), found %s",
                                kd_study_place(plan->study, where_key), key, value)
                      : KD_OK;
    const kd_found_ground *known = recall(plan, key, value, where);
    if (known) {
        *out = (kd_ground_cell){ known->plan, known->node, value };
        return KD_OK;
    }
    kd_status status = find_study(plan, key, value, &number, err);
    if (status != KD_OK || number < 0) return status;
    out->plan = plan->grounds->items.items[number].plan;
    status = choose(plan, key, where_key, where, out, err);
    if (status == KD_OK) remember(plan, key, value, where, out);
    return status;
}
