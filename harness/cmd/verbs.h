/* verbs.h - a table of verbs: found, run, printed.
 *
 * The program is one (cmd.h), and some of its verbs are tables again (bench, data, model, targets).
 */
#ifndef KD_CMD_VERBS_H
#define KD_CMD_VERBS_H

#include <stdbool.h>

#include "harness/base/status.h"

typedef struct {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
    const char *summary;
} kd_verb;

typedef struct {
    const char    *owner; /* "data" */
    const char    *about; /* one sentence */
    const kd_verb *verbs;
    int            count;
} kd_verb_table;

/* "help", "--help" or "-h"; the verb of that name, or NULL; KD_EUSAGE with the nearest name. */
bool           kd_verbs_asks_help(const char *word);
const kd_verb *kd_verbs_find(const kd_verb_table *table, const char *name);
kd_status      kd_verbs_unknown(const kd_verb_table *table, const char *name, kd_error *err);

/* Run the verb that argv[1] names, or print the page of all of them for --help and for no name. KD_EUSAGE
 * with the nearest name when there is none of this one. argv[0] is the owner. */
kd_status kd_verbs_run(const kd_verb_table *table, int argc, char **argv, kd_error *err);

/* The verbs with their summaries, a line each. */
void kd_verbs_print(const kd_verb_table *table);

/* Who gets a table that is asked for its page, as kd_args_read_pages says it of a verb. */
typedef struct {
    void (*read)(void *user, const kd_verb_table *table); /* or NULL */
    void *user;
} kd_verbs_reader;

void kd_verbs_read_pages(kd_verbs_reader reader);

#endif
