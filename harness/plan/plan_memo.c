/* plan_memo.c - the rows that decide each of the things that are remembered: by what they say of themselves
 * (kd_row_flags), by who reads them, and by whose network they are. */
#include "harness/plan/plan_memo.h"

#include <stdlib.h>
#include <string.h>

/* A row by whose value others are read or not. */
static bool chooses(const kd_schema_row *schema, int row)
{
    size_t count;
    kd_schema_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (schema[i].selector == row || schema[i].gate == row) return true;
    return false;
}

/* What is told at one value and part of an id at another shapes the text of the id. */
static bool decides_shape(const kd_schema_row *schema, int row)
{
    return chooses(schema, row) || schema[row].setting->before ||
           schema[row].setting->flags & (KD_ROW_KIND | KD_ROW_PATH);
}

/* What is kept of a teacher. */
static bool decides_states(const kd_schema_row *schema, int row)
{
    return schema[row].readers & KD_READ_STATES || schema[row].setting->flags & KD_ROW_LAYERS;
}

static bool decides_base(const kd_schema_row *schema, int row)
{
    return decides_shape(schema, row) || decides_states(schema, row) ||
           schema[row].readers &
               (KD_READ_CORPUS | KD_READ_TEACHER | KD_READ_TARGETS | KD_READ_READING);
}

static bool decides_base_with_start(const kd_schema_row *schema, int row)
{
    return decides_base(schema, row) || schema[row].readers & KD_READ_START;
}

static bool decides_cost(const kd_schema_row *schema, int row)
{
    return kd_starts_with(schema[row].key, "student.") || schema[row].setting->flags & KD_ROW_SIZE;
}

/* All but what streams of chance begin with. */
static bool decides_time(const kd_schema_row *schema, int row)
{
    return !kd_ends_with(schema[row].key, "seed");
}

static bool decides_fit(const kd_schema_row *schema, int row)
{
    return kd_starts_with(schema[row].key, "student.") ||
           kd_starts_with(schema[row].key, "distill.") ||
           (kd_starts_with(schema[row].key, "teacher.") &&
            !kd_starts_with(schema[row].key, "teacher.train."));
}

typedef bool (*row_test)(const kd_schema_row *schema, int row);

static const row_test tests[] = {
    [KD_MEMO_SHAPE] = decides_shape,
    [KD_MEMO_BASE] = decides_base,
    [KD_MEMO_BASE_WITH_START] = decides_base_with_start,
    [KD_MEMO_COST] = decides_cost,
    [KD_MEMO_TIME] = decides_time,
    [KD_MEMO_FIT] = decides_fit,
};

bool kd_plan_varies(const kd_plan *plan, int row)
{
    size_t     count;
    const int *varying = kd_grid_varying(plan->grid, &count);
    for (size_t i = 0; i < count; i++)
        if (varying[i] == row) return true;
    return false;
}

void kd_plan_memo_init(kd_plan_memo *memo, const kd_plan *plan, kd_memo_of what)
{
    memo->rows = kd_alloc(plan->rows, sizeof *memo->rows);
    for (size_t row = 0; row < plan->rows; row++)
        if (tests[what](plan->schema, (int)row) && kd_plan_varies(plan, (int)row))
            memo->rows[memo->count++] = (int)row;
}

kd_id kd_plan_memo_key(const kd_plan_memo *memo, const char *const *values)
{
    enum { MOST = 512 }; /* no schema has so many rows */
    const char *picked[MOST];
    KD_CHECK(memo->count <= MOST, "plan: %d rows decide one thing", memo->count);
    for (int i = 0; i < memo->count; i++) picked[i] = values[memo->rows[i]];
    return kd_id_of_bytes(picked, (size_t)memo->count * sizeof *picked);
}

void kd_plan_memo_fini(kd_plan_memo *memo)
{
    free(memo->rows);
    kd_id_map_fini(&memo->known);
}
