/* expected.c - the cells that a study will have. */
#include "harness/config/expected.h"

#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/base/str.h"
#include "harness/config/options.h"
#include "harness/config/schema.h"

struct kd_expected {
    const kd_grid *grid;
    const char   **values;  /* of the cell in hand, one per row of the schema */
    const char   **varying; /* keys */
    size_t         varying_count;
};

kd_expected *kd_expected_create(const kd_study *study)
{
    kd_expected         *e = kd_alloc(1, sizeof *e);
    size_t               rows;
    const kd_schema_row *schema = kd_schema_rows(&rows);
    const int           *varying;

    e->grid = kd_study_grid(study);
    e->values = kd_alloc(rows, sizeof *e->values);
    varying = kd_grid_varying(e->grid, &e->varying_count);
    e->varying = kd_alloc(e->varying_count + 1, sizeof *e->varying);
    for (size_t i = 0; i < e->varying_count; i++) e->varying[i] = schema[varying[i]].key;
    return e;
}

void kd_expected_destroy(kd_expected *e)
{
    if (e == NULL) return;
    free(e->values);
    free(e->varying);
    free(e);
}

size_t kd_expected_count(const kd_expected *e)
{
    return kd_grid_count(e->grid);
}

const char *const *kd_expected_varying(const kd_expected *e, size_t *count)
{
    *count = e->varying_count;
    return e->varying;
}

void kd_expected_take(kd_expected *e, size_t i)
{
    kd_grid_cell(e->grid, i, e->values);
}

const char *kd_expected_said(const kd_expected *e, const char *key)
{
    int row = kd_schema_find(key);
    return row >= 0 ? e->values[row] : NULL;
}

static bool has_teacher(const kd_expected *e)
{
    const kd_method *method = kd_method_find(kd_expected_said(e, "distill.method"));

    return method->needs != KD_NEEDS_NOTHING ||
           kd_init_is_of_teacher(kd_expected_said(e, "student.init"));
}

const char *kd_expected_read(const kd_expected *e, const char *key)
{
    const unsigned own = KD_READ_CORPUS | KD_READ_STUDENT;
    int            row = kd_schema_find(key);
    bool           is_own, is_read;

    if (row < 0) return NULL;
    is_own = kd_schema_rows(NULL)[row].readers & own;
    if (kd_starts_with(key, "teacher."))
        is_read = has_teacher(e);
    else
        is_read = !is_own || kd_schema_reads(row, own, e->values);
    return is_read ? e->values[row] : NULL;
}

const char *kd_expected_remark(const kd_expected *e)
{
    return kd_method_find(kd_expected_said(e, "distill.method"))->label;
}

bool kd_expected_is_setting(const char *key)
{
    return kd_schema_find(key) >= 0;
}

kd_status kd_expected_check_setting(const char *key, const char *who, kd_error *err)
{
    const char *nearest;

    if (kd_expected_is_setting(key)) return KD_OK;
    nearest = kd_schema_nearest(key);
    return kd_fail(err, KD_EUSAGE, "%s: no setting is called %s%s%s%s", who, key,
                   nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "?" : "");
}
