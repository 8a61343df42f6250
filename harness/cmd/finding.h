/* finding.h - the options of verbs that take a cell or a model by name; finding.c has the rest.
 *
 *     kd_finding   f = { .folder = NULL };
 *     const kd_arg table[] = { KD_ARGS_FINDING(f), KD_ARG_END };
 *     ...
 *     kd_args_fini(&args);
 */
#ifndef KD_CMD_FINDING_H
#define KD_CMD_FINDING_H

#include "harness/base/args.h"
#include "harness/review/find.h"

typedef struct {
    const char *folder; /* of the store; NULL when nobody named one */
    const char *role;   /* of what is best; NULL: a student */
    kd_arg_list where, metric;
    bool        without_object; /* cells that have none are found, too */
} kd_finding;

/* clang-format off */
#define KD_ARGS_BEST(f)                                                                        \
    { 'w', "where", KD_ARG_LIST, &(f).where, "KEY=VALUE", "what 'best' is chosen among; repeatable" }, \
    { 'm', "metric", KD_ARG_LIST, &(f).metric, "NAME,...", "what 'best' is chosen by (devel's f1)" },            \
    { 0, "role", KD_ARG_TEXT, &(f).role, "ROLE", "what 'best' is: student, teacher, start or all (student)", "student teacher start all" }
#define KD_ARGS_FINDING(f) KD_ARG_STORE((f).folder), KD_ARGS_BEST(f)
/* clang-format on */

/* The cell of an open store; how "best" was chosen is told on stderr. */
kd_status kd_finding_cell(kd_id *out, const kd_finding *finding, const kd_store *store,
                          const char *word, kd_error *err);

/* The file of what `word` names: its object where --store, or --where, --metric or --role, was given, where it is
 * "best" or where it is digits and no file; else the word itself, a path. The caller frees it. */
kd_status kd_finding_path(char **out, const kd_finding *finding, const char *word, kd_error *err);

#endif
