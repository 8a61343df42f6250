/* report.h - what a page and its figures are made from: stores, read once.
 *
 *     stores --> cells --> students --by what varies--> groups
 *       |          '-----> teachers and starts
 *       |--> histories of the students
 *       '--> how the cells stand, and what failed
 *
 *     open -> figures.h, page.h -> close
 *
 * What varies besides the seed makes the groups, with as few keys as tell all groups apart (a method's own
 * temperature says nothing that the method does not say). One of them is what the study compares:
 * "distill.method" where it varies.
 */
#ifndef KD_PAGE_REPORT_H
#define KD_PAGE_REPORT_H

#include "harness/base/args.h"
#include "harness/review/account.h"
#include "results/stores.h"

typedef struct {
    const kd_account_column *update, *loss, *score; /* NULL where the object has none */
    const kd_account_column *columns;               /* all of them, with parts of the loss */
    size_t                   count;
} kd_report_history;

typedef struct {
    const char *folder;
    kd_store   *store;
    kd_standing standing;
    bool        stands; /* its journals could be read */
} kd_report_part;

typedef struct kd_gaps kd_gaps; /* gaps.h */

/* Facts of the students' objects: each value that any has, in the order in which they come. */
enum { KD_REPORT_FACTS = 5 };
extern const char *const kd_report_fact_words[KD_REPORT_FACTS]; /* "kdgrid", "commit", ... */
typedef struct {
    KD_VEC(const char *) values;
} kd_report_fact;

typedef struct {
    kd_stores    stores;
    kd_arg_list  where;            /* that cells were kept by; borrowed */
    kd_cells     students, others; /* others: teachers, starts, and models that a study stands on */
    const char **keys;             /* that make the groups */
    size_t       key_count;
    size_t       among;  /* of those keys; key_count when nothing varies */
    const char **values; /* of that key, in order */
    size_t       value_count;
    kd_groups    groups; /* of the students */
    const char **names;  /* of the groups: "hidden 16, method kl" */
    kd_metrics   asked;  /* what was asked for by name; none: the task's */
    bool         has_score;
    kd_metric    score;           /* the first of those; else of the task on test, else on devel */
    kd_report_history *histories; /* of the students, in their order */
    const char       **stamps;    /* when each was committed, or "" */
    size_t             without_history;
    kd_report_fact     facts[KD_REPORT_FACTS];
    kd_str             notice; /* what is odd, a line each */
    kd_arena          *arena;
    /* private */
    const kd_gaps    **gaps; /* what gaps.c made, once it did */
    KD_VEC(kd_report_part) parts;
} kd_report;

/* What is asked of the stores: only cells with these values, as kd_cells_keep takes them, and scores by these words, as
 * kd_metrics_resolve does. */
typedef struct {
    kd_arg_list where, metric;
} kd_report_query;

/* Open every folder. `out` is initialised in any case; the caller closes it. `query` may be NULL. A store without
 * finished cells is no failure. KD_EUSAGE for a condition or a metric that no cell meets, and for a metric of which more
 * is not better, for figures and warnings rank by it. */
kd_status kd_report_open(kd_report *out, const char *const *folders, size_t count,
                         const kd_report_query *query, kd_error *err);

/* Let the score be another of those that were asked for. */
void kd_report_turn_to(kd_report *report, size_t asked);

/* The number of a group's value of the key that is compared: what makes its colour in all figures. */
int kd_report_series(const kd_report *report, const kd_group *group);

/* What a value of that key is called: itself, or "no unlabelled" where there is none. In the arena. */
const char *kd_report_value_name(const kd_report *report, const char *value);

/* What a group is called without that key: "hidden 16", "" where there is no other. In the arena. */
const char *kd_report_rest(const kd_report *report, const kd_group *group);

/* Of a cell of the students, or NULL. */
const kd_report_history *kd_report_history_of(const kd_report *report, const kd_record *cell);

/* The name of the study that the store's last run was of, or, where that was a merge, of the study that was run last in
 * what it came from; "" when nobody says it. */
const char *kd_report_study(const kd_report *report);

/* The store that a cell came from, or NULL. */
const kd_store *kd_report_store_of(const kd_report *report, const kd_record *cell);

/* A metric if any cell of `cells` has it. */
bool kd_report_metric(const kd_cells *cells, const char *word, kd_metric *out);

/* Add "3 cells: 1a2b3c4, 5d6e7f8, 90a1b2c": the first eight, then how many more. */
void kd_report_add_cells(kd_str *out, const kd_id *ids, size_t count);

void kd_report_close(kd_report *report);

#endif
