/* args.h - the command line of one verb, as a table of options.
 *
 *     const kd_arg table[] = {
 *         { 'n', "workers", KD_ARG_INT, &workers, "N", "start N MPI workers" },
 *         KD_ARG_JSON(as_json),
 *         KD_ARG_END
 *     };
 *     kd_args args = { "run", "EXPERIMENT.cfg [-n WORKERS] [--store DIR]", about, table };
 *     status = kd_args_parse(&args, argc, argv, err);
 *     if (status != KD_OK || args.helped) return status;
 *
 * GNU habits: --name value, --name=value, -n 4, -n4, flags joined (-ab), options anywhere, --
 * ends them. --help and -h print the page made from this very table.
 */
#ifndef KD_BASE_ARGS_H
#define KD_BASE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

typedef enum {
    KD_ARG_FLAG, /* bool * */
    KD_ARG_INT,  /* int * */
    KD_ARG_REAL, /* double * */
    KD_ARG_TEXT, /* const char **, borrowed from argv */
    KD_ARG_LIST, /* kd_arg_list *, one more item each time it is given */
} kd_arg_type;

typedef struct {
    const char **items; /* borrowed from argv */
    size_t       count;
} kd_arg_list;

typedef struct {
    char        letter; /* 0 for none */
    const char *name;   /* without the dashes */
    kd_arg_type type;
    void       *out;   /* holds the default; written when the option is given */
    const char *value; /* what the help page calls the value; NULL for a flag */
    const char *help;
    const char *
        choices; /* words with blanks between that the value is one of; NULL where others go, too */
} kd_arg;
#define KD_ARG_END                             \
    {                                          \
        0, NULL, KD_ARG_FLAG, NULL, NULL, NULL \
    }

/* clang-format off */
/* Options that many verbs have, each with one letter and one wording; `out` is the variable. */
#define KD_ARG_STORE(out) { 's', "store", KD_ARG_TEXT, &(out), "DIR", "where results are kept (store)" }
#define KD_ARG_PROFILE(out) { 'p', "profile", KD_ARG_TEXT, &(out), "NAME", "a profile of the experiment file" }
#define KD_ARG_DEFINE(out) { 'D', "define", KD_ARG_LIST, &(out), "KEY=VALUE", "put a setting over the file's; may be repeated" }
#define KD_ARG_JSON(out) { 0, "json", KD_ARG_FLAG, &(out), NULL, "print JSON" }
/* clang-format on */

typedef struct {
    const char   *verb;  /* "run" */
    const char   *usage; /* what follows the verb */
    const char   *about; /* sentences for the help page; may have several lines */
    const kd_arg *table;
    /* what the parse found */
    bool          helped; /* the help page was printed; there is nothing more to do */
    char        **words;  /* the words that are not options, borrowed from argv */
    int           count;
} kd_args;

/* Read argv[1..argc-1]; argv is reordered so that the plain words stand together. KD_EUSAGE with
 * a suggestion for an option that does not exist, a value that is missing or no number. */
kd_status kd_args_parse(kd_args *args, int argc, char **argv, kd_error *err);

/* KD_EUSAGE unless the count of plain words is within [least, most] (-1 for no upper limit). */
kd_status kd_args_expect(const kd_args *args, int least, int most, kd_error *err);

/* The help page, as --help prints it. */
void kd_args_page(const kd_args *args, kd_str *out);

/* Who gets the command line of a verb that is asked for --help, in place of its page on stdout: who makes
 * something else of the tables (harness/cmd/tour.h). None, as at first, prints the page. */
typedef struct {
    void (*read)(void *user, const kd_args *args); /* or NULL */
    void *user;
} kd_args_reader;

void kd_args_read_pages(kd_args_reader to);

/* Free what the lists hold. */
void kd_args_fini(kd_args *args);

#endif
