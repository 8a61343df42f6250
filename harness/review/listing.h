/* listing.h - the cells of stores as rows: for who looks for one, or takes all of them elsewhere.
 *
 *     objects    (catalogue) --+
 *     what runs  (members)   --+--> cells, each once --keep--> --columns, sort--> rows
 *     attempts   (journals)  --+
 *
 *     open -> keep -> columns -> sort -> (who prints them) -> close
 *
 * A cell without an object has the settings that its text in STORE/work says, or, where that is gone or
 * another user's, those of its label. What waits is known by number alone, for a cell is known once it has
 * begun; but the cells of a planned study all are. Nothing is written and no lock is taken. A million cells are sorted lists of records.
 */
#ifndef KD_REVIEW_LISTING_H
#define KD_REVIEW_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/plan/plan.h"
#include "harness/review/standing.h"
#include "harness/store/catalogue.h"
#include "results/role.h"

/* One cell. `record` comes first: a record of kd_listing.cells is a cell (kd_listed_of). */
typedef struct {
    kd_record            record;
    const char          *state; /* a word of kd_standing_word; "missing", "damaged", "waiting" */
    const kd_tally_cell *tally; /* NULL when no journal has it */
    const kd_live_cell  *live;  /* how far it is; NULL unless it runs */
} kd_listed;

typedef struct {
    kd_store     *store;
    kd_catalogue *catalogue;
    kd_standing   standing;
} kd_listing_part; /* what comes from one store */

typedef struct {
    kd_cells    cells;    /* models, in order; may be filtered in place */
    size_t      waiting;  /* cells of runs that go on, beside those */
    kd_left_out left_out; /* of other roles */
    kd_str      notice;   /* lines about what is odd, each ended by a newline */
    /* private */
    kd_arena   *arena;
    KD_VEC(kd_listing_part) parts;
    KD_VEC(kd_listed) all;
} kd_listing;

/* Open every folder. `out` is initialised in any case; the caller closes it. A cell that several stores
 * hold is there once: as done where one has its object. */
kd_status kd_listing_open(kd_listing *out, const char *const *folders, size_t count, kd_error *err);

/* Keep the cells of a study, and add those that no store knows yet, which wait. Before anything else is asked
 * of the listing; the plan is borrowed for the call. */
kd_status kd_listing_of_study(kd_listing *listing, kd_plan *plan, size_t cells, kd_error *err);

static inline const kd_listed *kd_listed_of(const kd_record *record)
{
    return (const kd_listed *)(const void *)record;
}

typedef struct {
    const char *const *where; /* as kd_cells_keep takes them */
    size_t             where_count;
    const char        *role;   /* as kd_cells_keep_role takes it */
    const char        *states; /* "done,failed"; NULL for all */
} kd_listing_choice;

/* KD_EUSAGE with a suggestion for a key, a value, a role or a state that no cell has. */
kd_status kd_listing_keep(kd_listing *listing, const kd_listing_choice *choice, kd_error *err);

/* ---- columns ---- */

/* clang-format off */
/*    name   word      what is no setting and no metric */
#define KD_LISTING_OWN(X) \
    X(ID,    "id")        \
    X(STATE, "state")     \
    X(ROLE,  "role")      \
    X(LABEL, "label")     \
    X(STORE, "store")
/* clang-format on */

typedef enum {
#define X(name, word) KD_LISTING_##name,
    KD_LISTING_OWN(X)
#undef X
        KD_LISTING_SETTING,
    KD_LISTING_METRIC
} kd_listing_kind;

typedef struct {
    kd_listing_kind kind;
    const char     *name;       /* "student.hidden", "test.entity_strict.f1", "id" */
    bool            is_number;  /* a setting whose every value is one */
    bool            is_bool;    /* true or false */
    kd_metric       metric;     /* of a metric */
    bool            descending; /* when sorted by it */
} kd_listing_column;

typedef KD_VEC(kd_listing_column) kd_listing_columns;

/* Add the column that a word means: one of the own ones, a setting, else a metric as kd_metrics_resolve
 * takes it, with lists and patterns. KD_EUSAGE with a suggestion. Names live as long as the listing. */
kd_status kd_listing_add(kd_listing_columns *out, const kd_listing *listing, const char *word,
                         kd_error *err);

/* The settings that differ between the cells, those first that tell them apart (results/telling.h), the seed last; all
 * settings; all metrics. */
void kd_listing_add_varying(kd_listing_columns *out, const kd_listing *listing);
void kd_listing_add_settings(kd_listing_columns *out, const kd_listing *listing);
void kd_listing_add_metrics(kd_listing_columns *out, const kd_listing *listing);

/* Sort by these, the first first; what has no value comes last, whatever the direction, and where all are
 * alike the id decides. */
void kd_listing_sort(kd_listing *listing, const kd_listing_columns *by);

/* What a cell has in a column: a text, or a number for a metric. Neither when it has none. */
typedef struct {
    const char *text;
    double      number; /* NaN without one */
} kd_listing_value;

kd_listing_value kd_listing_read(const kd_listing_column *column, const kd_listed *cell,
                                 char id[KD_ID_TEXT]);

void kd_listing_close(kd_listing *listing);

#endif
