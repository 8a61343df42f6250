/* resolved.h - one node of the graph, resolved: everything that a process needs to do it.
 *
 * The text form is what a cell reads, what an object keeps and what its id is made from:
 *
 *     kdgrid-cell 1
 *     node model
 *     id 3f0c...                         32 digits
 *     input corpus 8a11...               what it stands on, by role
 *     input targets 77d0...
 *     file vocab 5b2e... data/vocab.txt  contents digest, path
 *     set distill.alpha = 0.5            only the settings that this node reads, sorted
 *     set student.hidden = 300
 *     tell teacher.layers = 4            settings further up, for people and tables only
 *     from student.hidden = axis         who said what, where it is no default; for people
 *
 * The id digests the node's kind, the schema and numerics versions, the `set` lines with
 * "student.", "teacher." and "finetune." all written "model.", the ids of the inputs and the
 * digests of the files; never a path, an order of lines, a `tell` or `from` line or a place in the study. A
 * setting that is younger than ids is told where it says what was done before (setting.h), so a
 * cell keeps its id when the program learns to do something else.
 */
#ifndef KD_CONFIG_RESOLVED_H
#define KD_CONFIG_RESOLVED_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/setting.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/config/node.h"

typedef struct {
    const char *key, *value;
} kd_resolved_setting;

typedef struct {
    kd_input_role role;
    kd_id         id;
} kd_resolved_input;

typedef struct {
    kd_file_role role;
    const char  *path;
    kd_id        contents;
} kd_resolved_file;

/* Open; all memory is in the arena that it was made with. */
typedef struct {
    kd_node_kind         kind;
    kd_id                id;
    kd_resolved_setting *set;
    size_t               set_count;
    kd_resolved_setting *tell;
    size_t               tell_count;
    kd_resolved_setting *from; /* the values are words of kd_study_origin */
    size_t               from_count;
    kd_resolved_input   *inputs;
    size_t               input_count;
    kd_resolved_file    *files;
    size_t               file_count;
} kd_resolved;

/* Behind the key of a setting that names an experiment file: a `from` line with the whole path of that. */
#define KD_RESOLVED_STUDY ".file"

/* Sort, and give the node its id. */
void kd_resolved_seal(kd_resolved *node);

/* To text and back. `name` stands before the line number in an error; a node whose text does
 * not give its id is KD_EDATA. */
void      kd_resolved_print(const kd_resolved *node, kd_str *out);
kd_status kd_resolved_parse(kd_resolved *out, kd_arena *arena, const char *text, const char *name,
                            kd_error *err);

/* Fill `options` with the table's defaults, then with every line under `prefix` ("train."
 * takes "train.lr" to the row "lr"): the `tell` lines first, then the `set` lines over them. A row
 * that is younger than the text does what was done before. */
kd_status kd_resolved_fill(const kd_resolved *node, const char *prefix, const kd_setting *table,
                           void *options, kd_error *err);

/* One value (set, then tell), one input, one file; NULL or none when absent. */
const char             *kd_resolved_value(const kd_resolved *node, const char *key);
kd_id                   kd_resolved_input_id(const kd_resolved *node, kd_input_role role);
const kd_resolved_file *kd_resolved_file_of(const kd_resolved *node, kd_file_role role);

#endif
