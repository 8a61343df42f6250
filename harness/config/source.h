/* source.h - an experiment file as a tree that remembers where everything was said.
 *
 *     file        study = { student = { hidden = 300; }; };      quickstart.cfg:4
 *     profile     profiles = { laptop = { student = { hidden = 32; }; }; };
 *     environment KDGRID_STUDENT__HIDDEN=48
 *     command     -D student.hidden=64
 *
 * Each later one replaces what an earlier one said, and the tree keeps the origin of what
 * stands now. This is the only door to libconfig; `@include "common/x.cfg"` is looked for
 * beside the file that was opened. Paths of values are dotted: "study.student.hidden".
 */
#ifndef KD_CONFIG_SOURCE_H
#define KD_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

typedef enum {
    KD_VALUE_GROUP, /* { name = value; ... } */
    KD_VALUE_LIST,  /* [ ... ] or ( ... ), of any mixture of values */
    KD_VALUE_BOOL,
    KD_VALUE_INT,
    KD_VALUE_REAL,
    KD_VALUE_TEXT,
} kd_value_type;

/* Who said it, from the weakest to the strongest. */
typedef enum {
    KD_ORIGIN_DEFAULT,
    KD_ORIGIN_FILE,
    KD_ORIGIN_PROFILE,
    KD_ORIGIN_ENVIRONMENT,
    KD_ORIGIN_COMMAND,
} kd_origin;

/* One value of the tree. Open for reading; owned by the source and alive as long as it. */
typedef struct kd_value kd_value;
struct kd_value {
    const char     *name; /* "hidden"; NULL inside a list */
    kd_value_type   type;
    kd_origin       origin;
    const char     *text;  /* of a scalar, as text; NULL for a group or list */
    const char     *where; /* "quickstart.cfg", "-D", "KDGRID_STUDENT__HIDDEN" */
    int             line;  /* 0 when `where` has no lines */
    const kd_value *parent;
    kd_value       *first, *last, *next; /* members, in the order of the file */
    size_t          count;
};

typedef struct kd_source kd_source;

/* Read `path` and what it includes. KD_ENOINPUT when it is absent, KD_ECONFIG with file:line
 * when it is no configuration. The caller closes it. */
kd_status kd_source_open(kd_source **out, const char *path, kd_error *err);

/* The same from a text that is at hand; `name` stands where a file's name would. */
kd_status kd_source_parse(kd_source **out, const char *text, const char *name, kd_error *err);

/* Lay the members of group `over` on top of `target`: groups are merged, all else replaced.
 * What was laid on has origin `origin`. */
void kd_source_overlay(kd_source *source, kd_value *target, const kd_value *over, kd_origin origin);

/* Say `path` (below `target`) anew. `text` is a bool, a number, a list "[1, 2]", a quoted text, or
 * any other text as it is. KD_ECONFIG when a list does not end, or a group stands there. */
kd_status kd_source_put(kd_source *source, kd_value *target, const char *path, const char *text,
                        kd_origin origin, const char *where, kd_error *err);

/* All that was read as one text, included files in their places; kd_source_parse reads it again. */
const char *kd_source_said(const kd_source *source);

/* The root; a member by dotted path, NULL when absent; the one a person may have meant. */
kd_value       *kd_source_root(kd_source *source);
const kd_value *kd_value_get(const kd_value *group, const char *path);

/* The member group, made empty when it is absent. */
kd_value *kd_source_group(kd_source *source, kd_value *target, const char *name);

/* Memory that lives as long as the source. */
kd_arena *kd_source_arena(kd_source *source);

/* "quickstart.cfg:12: study.student.hidden" for an error; without "study." where `below` says
 * from which group names are counted (NULL for the root). The text lives as long as the source. */
const char *kd_source_place(kd_source *source, const kd_value *value, const kd_value *below);

/* "quickstart.cfg:12", "-D", "KDGRID_STUDENT__HIDDEN". */
const char *kd_source_where(kd_source *source, const kd_value *value);

/* "a group", "a list", "the integer 7", "the text \"x\"", for "expected ..., found ...". */
const char *kd_value_words(kd_source *source, const kd_value *value);

const char *kd_origin_word(kd_origin origin); /* "command line" */

void kd_source_close(kd_source *source); /* NULL is fine */

/* Add a text in quotes, as such a file has it. */
void kd_source_quote(kd_str *out, const char *text);

#endif
