/* study.h - an experiment file, read: cells, tables and the job that runs them.
 *
 *     file -> profile -> KDGRID_... -> -D key=value      the later wins
 *        `-- study: name, task, seeds, settings, axes or cells, include, exclude, tune
 *        `-- tables: what the paper prints
 *        `-- slurm: where it runs
 *
 * Every mistake is one line, "quickstart.cfg:7: student.hiden: unknown key; did you mean
 * student.hidden?"; reading goes on after it, so that a person sees up to ten at once, and nothing is
 * done before all of it is right.
 */
#ifndef KD_CONFIG_STUDY_H
#define KD_CONFIG_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/problems.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/config/grid.h"
#include "harness/config/slurm_options.h"

typedef struct kd_study kd_study;

/* A file that a study names, with what it says. */
typedef struct {
    const char *name, *text;
} kd_study_file;

typedef struct {
    const char        *profile;     /* NULL for none */
    bool               may_lack_it; /* a file without a profile of that name is read as it stands */
    kd_arg_list        overrides;   /* "key=value", as -D gives them */
    const char *const *environment; /* NULL for this process's own */
    kd_problems       *problems;    /* where mistakes are listed; NULL for nowhere */
    const char *site; /* the file of the site (site.h), below the experiment's; NULL for none */
    /* What the experiment file, its lists of cells and published folders say, when they are not read: kept.h. */
    const char *text;
    const kd_study_file *files;
    size_t               file_count;
} kd_study_options;

/* ---- tables, as the file describes them; values are canonical ---- */

typedef struct {
    const char *key, *value;
} kd_table_match;

/* A figure that somebody else printed. It belongs to the row and column that it matches. */
typedef struct {
    const kd_table_match *match;
    size_t                match_count;
    const char           *metric; /* NULL for the table's first */
    double                value;
    bool                  is_not_stated; /* the source is known not to say it: value = "n/a" */
    const char           *text;          /* as printed there ("47M"), or NULL */
    const char           *source;        /* where it stands, or NULL */
} kd_table_published;

#define KD_PUBLISHED_NOT_STATED "n/a"

/* What a key, or one value of it, is called in print. */
typedef struct {
    const char *key;
    const char *value; /* NULL for the key itself */
    const char *label;
} kd_table_label;

/* What students learned from has rows of its own, above theirs. */
#define KD_TABLE_EXTRAS(X) \
    X(TEACHER, "teacher")  \
    X(ENSEMBLE, "ensemble")
typedef enum {
#define X(name, word) KD_TABLE_##name,
    KD_TABLE_EXTRAS(X)
#undef X
} kd_table_extra_kind;
typedef struct {
    kd_table_extra_kind   kind;
    const char           *label; /* in the first column */
    const kd_table_match *where; /* only what cells with these values learned from */
    size_t                where_count;
} kd_table_extra;

/* A column that sets a metric against what a reference has of it: 98.8 % of it, or -39.26 % from it. */
typedef enum { KD_RATIO_USUAL, KD_RATIO_PERCENT, KD_RATIO_CHANGE } kd_ratio_kind;
typedef struct {
    const char           *metric; /* one of the table's, as it says it */
    kd_ratio_kind         kind;   /* usual: percent of a score, change of all else */
    int                   digits;
    const kd_table_match *of; /* the place with these values in place of its own */
    size_t                of_count;
    int                   extra; /* or a row of `extras`; -1 for none */
} kd_table_ratio;

/* Among which figures of one metric the best is marked. */
typedef enum { KD_BEST_OF_COLUMN, KD_BEST_OF_ROW, KD_BEST_OF_BLOCK, KD_BEST_OF_NONE } kd_table_best;

typedef struct {
    const char               *name;  /* "quickstart"; the study's name when the file gives none */
    const char               *title; /* the caption, or NULL */
    const char               *split; /* "test", "devel" */
    const char *const        *rows;  /* keys whose values make the rows */
    size_t                    row_count;
    const char *const        *columns; /* keys whose values make the columns; may be none */
    size_t                    column_count;
    const char *const        *metrics; /* "f1", "train_s", "size_mib"; at least one */
    size_t                    metric_count;
    const kd_table_match     *where; /* only cells with these values */
    size_t                    where_count;
    const kd_table_published *published;
    size_t                    published_count;
    const kd_table_label     *labels;
    size_t                    label_count;
    const char               *label;      /* of LaTeX's \ref, or NULL */
    bool                      is_percent; /* scores are shown in percent */
    bool                      has_digits;
    int                       digits;       /* of scores, when it has */
    kd_table_best             best;         /* set in bold */
    int                       size_digits;  /* of sizes in MiB; -1: one, or two below 10 MiB */
    bool                      cuts_sizes;   /* digits beyond are dropped, not rounded */
    bool                      marks_second; /* underlined */
    bool                      is_aligned;   /* by siunitx, in LaTeX */
    const kd_table_extra     *extras;       /* rows besides those of the cells */
    size_t                    extra_count;
    const kd_table_ratio     *ratios;
    size_t                    ratio_count;
    const kd_table_match
          *baseline; /* what scores are tested against: the place with these values */
    size_t baseline_count;
} kd_study_table;

/* What devel chooses before a table reports it on test: the values of these keys, together. */
typedef struct {
    const char *const *keys;
    size_t             key_count;
    const char        *by; /* a metric, such as "devel.f1"; NULL when the file does not say */
} kd_study_tune;

/* Read and check everything. The caller closes it; all that it gives lives until then. `err` is the
 * first mistake, with how many more there are. */
kd_status kd_study_open(kd_study **out, const char *path, const kd_study_options *options,
                        kd_error *err);

/* The same for a verb: several mistakes are logged, a line each, and `err` says how many. */
kd_status kd_study_open_telling(kd_study **out, const char *path, const kd_study_options *options,
                                kd_error *err);

const char             *kd_study_name(const kd_study *study);    /* "quickstart" */
const char             *kd_study_path(const kd_study *study);    /* as it was given */
const char             *kd_study_profile(const kd_study *study); /* NULL for none */
const kd_grid          *kd_study_grid(const kd_study *study);
const kd_study_table   *kd_study_tables(const kd_study *study, size_t *count);
const kd_study_tune    *kd_study_tunes(const kd_study *study, size_t *count);
const kd_slurm_options *kd_study_slurm(const kd_study *study);

/* "quickstart.cfg:12: student.hidden" of a setting as it stands, or "default: ..." when nobody
 * said it; for checks that only the plan can make. */
const char *kd_study_place(const kd_study *study, const char *key);

/* Who said what a row of the schema holds: "axis", "file: quickstart.cfg:12", "profile: ...",
 * "environment: KDGRID_...", "command line: -D"; NULL where it is the built-in default. */
const char *kd_study_origin(const kd_study *study, int row);

/* The file or folder that a setting names: beside the experiment file, below the current
 * folder, below $KDGRID_DATA, whichever is there first. NULL for none; the caller frees it. */
char *kd_study_find_file(const kd_study *study, const char *name);

/* Where a name was looked for that is in none of them: " in experiments, in . or in /data
 * (KDGRID_DATA)"; nothing for a whole path. */
const char *kd_study_searched(const kd_study *study, const char *name);

/* Every setting with its value and where it came from, for --show-config. */
void kd_study_show(const kd_study *study, kd_str *out);
void kd_study_show_json(const kd_study *study, kd_json_writer *w);

void kd_study_close(kd_study *study); /* NULL is fine */

#endif
