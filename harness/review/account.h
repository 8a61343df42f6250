/* account.h - all that a store knows of one cell, for who looks at it.
 *
 *     object (or STORE/work/<id>/cell, where there is none) --+
 *     journals, what runs                                   --+--> account
 *     the texts of what it stands on                        --+
 *
 * What is not to be had is empty: a cell that runs has no metrics, one whose text is gone has no settings.
 * Nothing is written and no lock is taken.
 */
#ifndef KD_REVIEW_ACCOUNT_H
#define KD_REVIEW_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/config/resolved.h"
#include "harness/review/standing.h"
#include "harness/store/object.h"

typedef struct {
    const char *name; /* "loss" */
    double     *values;
    size_t      count; /* moments, the same for all */
} kd_account_column;

typedef struct {
    const char *role;
    kd_id       id;
    const char *label; /* "" where no journal has it */
    bool        is_there;
} kd_account_input;

typedef struct {
    kd_id                id;
    const char          *kind;  /* "model"; "" while unknown */
    const char          *role;  /* of a model: "student", "teacher", "start"; else NULL */
    const char          *state; /* as kd_listed has it */
    const kd_tally_cell *tally; /* NULL when no journal has it */
    const char          *text;  /* that its process was given; "" when it is not to be had */
    const kd_resolved *nodes; /* the cell, then what it stands on as far as it is there; or none */
    size_t             node_count;
    kd_record          record; /* settings and metrics; of an object */
    kd_record_setting *facts;
    size_t             fact_count;
    kd_account_column *history;
    size_t             column_count;
    kd_account_input  *inputs;
    size_t             input_count;
    /* private */
    kd_arena          *arena;
    kd_standing        standing;
} kd_account;

/* The caller closes it after a success. KD_EDATA when the cell's object cannot be read. */
kd_status kd_account_open(kd_account *out, const kd_store *store, kd_id id, kd_error *err);

/* Who gave a setting of the cell its value: words of kd_study_origin, "default", or NULL when the text is
 * older than such words. */
const char *kd_account_origin(const kd_account *account, const kd_resolved_setting *setting);

/* A fact by its key, or NULL. */
const char *kd_account_fact(const kd_account *account, const char *key);

void kd_account_close(kd_account *account);

/* The history of any object, sorted by name, in the arena; none where it has none. KD_EDATA when it cannot be
 * read or its columns are not of one length. */
kd_status kd_account_history(kd_account_column **out, size_t *count, kd_object *object,
                             kd_arena *arena, kd_error *err);

/* One of its columns by name, or NULL. */
const kd_account_column *kd_account_column_of(const kd_account_column *history, size_t count,
                                              const char *name);

#endif
