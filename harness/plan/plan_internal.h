/* plan_internal.h - what the files that make a plan share. */
#ifndef KD_PLAN_PLAN_INTERNAL_H
#define KD_PLAN_PLAN_INTERNAL_H

#include "distill/method.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/config/options.h"
#include "harness/config/schema.h"
#include "harness/plan/id_map.h"
#include "harness/plan/plan.h"
#include "models/model.h"

/* A file or folder that a corpus, a vocabulary or first weights come from. */
typedef struct {
    kd_file_role role;
    const char  *path;
    kd_id        contents;
    int64_t      bytes;
    int          pieces; /* of a vocabulary, once they were counted; -1 where they could not be */
} kd_plan_file;

#define KD_PLAN_FILES (4 + KD_UNLABELLED_MAX) /* of one node at most */

typedef struct {
    kd_plan_file file[KD_PLAN_FILES];
    int          count;
} kd_plan_files;

#define KD_PLAN_SENTENCE 24.0 /* pieces of an average sentence */

/* Pieces that pass through a model in training and evaluation. */
typedef struct {
    double train, devel, test;
    double unlabelled; /* beside those of train */
    double length;     /* of an average sentence */
} kd_plan_sizes;

/* Once through all that a student's corpus has to learn from, for who is asked of it; and what an epoch of a student goes
 * through, where a share of its batches is unlabelled. */
double kd_plan_pack_pieces(const kd_plan_sizes *sizes);
double kd_plan_epoch_pieces(const char *const *values, const kd_plan_sizes *sizes);

/* What a setting names to begin a network with: a published folder, or what is none. */
typedef struct {
    const char *name; /* as the setting has it */
    bool        is_known;
    kd_arch     arch; /* of its network */
} kd_plan_published;

/* kd_plan_tell_size */
typedef struct {
    size_t         corpus;
    kd_corpus_size size;
} kd_told_size;

/* A study of the graph, and all of them. */
typedef struct {
    char     *path;  /* real */
    kd_study *study; /* owned, and so is the plan, but of number 0 */
    kd_plan  *plan;
    bool      is_ready; /* else it is being planned, or lacks files */
    bool      lacks;
} kd_ground;

typedef struct kd_grounds {
    const char *profile; /* that was asked for; NULL for none */
    KD_VEC(kd_ground) items;
    /* Plan the study of a number, whose place in the list has it already. */
    kd_status (*plan_study)(struct kd_grounds *grounds, int number, kd_lacks *lacks, kd_error *err);
} kd_grounds;

/* plan_grounds.c: a cell of another study that was found, and plan_grounds_fit.c: in which pieces its corpus is read. */
typedef struct {
    const char *key, *value, *where; /* the setting, and what it says */
    kd_plan    *plan;
    size_t      node;
} kd_found_ground;

typedef struct {
    int32_t     corpus;
    const void *pieces; /* kd_ground_pieces, in the plan's arena */
} kd_found_pieces;

struct kd_plan {
    kd_grounds          *grounds; /* all studies of the graph; owned by the plan of number 0 */
    int                  number;
    const kd_study      *study;
    const kd_grid       *grid;
    const kd_schema_row *schema;
    size_t               rows;
    kd_arena            *arena;
    KD_VEC(kd_plan_node) nodes;
    kd_id_map numbers;    /* id to node */
    int32_t  *cell_nodes; /* the result of each cell */
    int32_t  *user_begin; /* (nodes + 1) where the users of a node begin in `users` */
    int32_t  *users;
    kd_lacks *lacks;   /* while it is built: what is not there */
    kd_map   *digests; /* real path to an index into `contents` */
    KD_VEC(kd_plan_file) contents;
    KD_VEC(kd_told_size) sizes;
    KD_VEC(kd_plan_published) published;
    KD_VEC(kd_found_ground) found;
    KD_VEC(kd_found_pieces) pieces;
};

/* The plan in which a node is at home, and its number there. */
static inline kd_plan *kd_plan_home_of(const kd_plan *plan, size_t node, size_t *there)
{
    const kd_plan_node *n = &plan->nodes.items[node];
    *there = (size_t)n->there;
    return plan->grounds->items.items[n->home].plan;
}

/* plan_grounds_fit.c: the values of a cell of the plan: its grid's, without unlabelled text that its method does not read, with
 * the vocabulary of what it stands on (plan_grounds.h). KD_ECONFIG when it asks for another one. */
kd_status kd_plan_cell(kd_plan *plan, size_t cell, const char **values, kd_error *err);

/* plan_build.c: a node for every need of every cell. */
kd_status kd_plan_build(kd_plan *plan, kd_error *err);

/* plan_files.c: the files that these values name for the corpus, its vocabulary by `vocab_key`; that of `key`, if it
 * names one. */
kd_status kd_plan_corpus_files(kd_plan *plan, const char *vocab_key, const char *const *values,
                               kd_plan_files *out, kd_error *err);
kd_status kd_plan_file_of(kd_plan *plan, kd_file_role role, const char *key,
                          const char *const *values, kd_plan_files *out, kd_error *err);

/* How many pieces a corpus is read in, by the settings that begin with `data` ("data.", "teacher.data."): as many as its
 * vocabulary file has, or is to have where it is built. Of a file that cannot be read it is a guess: who reads it in
 * earnest says what is wrong with it. */
int kd_plan_count_pieces(kd_plan *plan, const char *data, const char *const *values);

/* plan_reading.c: whether the teacher reads by a vocabulary of its own; the values of what stands on its reading of the
 * corpus; KD_ECONFIG when a student of such a teacher would need its pieces. */
bool      kd_plan_reads_apart(const char *const *values);
void      kd_plan_read_as_teacher(const kd_plan *plan, const char **values);
kd_status kd_plan_check_reading(const kd_plan *plan, const char *const *values,
                                bool begins_as_teacher, kd_error *err);

/* plan_published.c: KD_EDATA, with the place, when the config.json of a folder that the network of `prefix` begins with is none, and
 * KD_ECONFIG when somebody said another size than it has. */
kd_status kd_plan_check_published(kd_plan *plan, const char *prefix, const char *const *values,
                                  kd_error *err);

/* plan_training.c: KD_ECONFIG when a network with these keys would be used with weights that are
 * drawn and that nothing trains: `train` is "teacher.train.", `init` "teacher.init". A published
 * folder or an object without a head is such a one. */
kd_status kd_plan_check_trained(kd_plan *plan, const char *train, const char *init,
                                const char *const *values, kd_error *err);

/* KD_ECONFIG when select_by names no number of the task. */
kd_status kd_plan_check_selection(const kd_plan *plan, const char *train, const char *const *values,
                                  kd_error *err);

/* KD_ECONFIG when there are more ranks than a batch has sentences. */
kd_status kd_plan_check_ranks(const kd_plan *plan, const char *train, const char *const *values,
                              kd_error *err);

/* How many ranks train with the settings of `train` ("teacher.train."). */
int kd_plan_ranks(const char *train, const char *const *values);

/* KD_ECONFIG when the masks of a text are more than all. */
kd_status kd_plan_check_masks(const kd_plan *plan, const char *train, const char *const *values,
                              kd_error *err);

/* plan_network.c: KD_ECONFIG when the network of `prefix` ("student.") has no head for the task; the
 * text begins with the setting, without its prefix. Whether first weights can be parts of a teacher. */
kd_status kd_plan_check_head(const char *prefix, const char *const *values, kd_error *err);
kd_status kd_plan_check_parts(const kd_plan *plan, const char *const *values, kd_error *err);

/* plan_resolve.c: whether a row is part of the id of a node with these values. */
bool kd_plan_is_set(const kd_plan *plan, int row, unsigned reader, const char *const *values);

/* What a node reads itself and what it is told of the nodes that it stands on. */
typedef struct {
    unsigned own, above;
} kd_plan_scope;

kd_plan_scope kd_plan_scope_of(const kd_plan *plan, const kd_plan_node *node);
bool kd_plan_is_told(const kd_plan *plan, int row, kd_plan_scope sc, const char *const *values);

/* A cell's values as this node has them: without augmentation, with its own seed, in the teacher's pieces. */
void kd_plan_adapt(const kd_plan *plan, const kd_plan_node *node, const char **values,
                   kd_arena *arena);

/* The text of a node for a cell with these values. */
kd_status kd_plan_resolve_values(kd_plan *plan, const kd_plan_node *node, const char *const *values,
                                 kd_arena *arena, kd_resolved *out, kd_error *err);

/* plan_cost.c: how many pieces a corpus has; what a model costs. */
typedef struct {
    double per_piece;  /* operations of one piece, forward */
    double parameters; /* numbers in its weights */
    double labels;     /* numbers that it says of a piece */
} kd_plan_model;

/* plan_cost.c: a network with the head that its task gives it; `vocab` and `labels` stand for what only a corpus tells,
 * a vocab of 0 for as many pieces as one that is built is to have. */
kd_status kd_plan_read_network(const char *prefix, const char *const *values, int vocab, int labels,
                               kd_arch *out, kd_error *err);

/* kd_model_measure of a network as it is trained: a head over words is asked at 15 of 100 pieces, whatever is set. */
kd_status kd_plan_measure_size(kd_model_size *out, const kd_arch *arch, int length, kd_error *err);

void      kd_plan_measure_corpus(const char *const *values, const kd_plan_files *files,
                                 kd_plan_sizes *out);
kd_status kd_plan_measure_model(kd_plan *plan, const char *prefix, const char *const *values,
                                kd_plan_model *out, kd_error *err);

/* plan_states.c: what the cell's method compares of its teacher; how many bytes that takes, and
 * whether so much may be kept. */
kd_status kd_plan_inside_of(const char *const *values, kd_inside *out, kd_error *err);
kd_status kd_plan_states_bytes(const char *const *values, const kd_inside *inside,
                               const kd_plan_sizes *sizes, double *bytes, kd_error *err);
bool      kd_plan_may_keep(const char *const *values, double bytes);

/* plan_values.c: where a cell's method learns nothing of a teacher's logits it has no unlabelled text, whatever the study
 * says. */
void kd_plan_leave_unlabelled(const char **values);

/* The task of a cell with these values. */
kd_task kd_plan_task(const char *const *values);

/* The method of a cell with these values, and its settings. */
kd_status kd_plan_read_method(const char *const *values, const kd_method **method,
                              kd_distill_options *options, kd_error *err);

/* plan_values.c: fill a struct of settings from the rows whose keys begin with `prefix`. */
kd_status kd_plan_read(const kd_setting *table, const char *prefix, const char *const *values,
                       void *out, kd_error *err);

/* plan.c: from the students that are needed and the seconds of nodes, what else is needed and how long the
 * longest path from each takes. */
void kd_plan_look_ahead(kd_plan *plan);

/* The value of a key that the schema certainly has. */
const char *kd_plan_value(const char *const *values, const char *key);

/* Bytes of one number of a table of targets or states. */
double kd_plan_number_bytes(const char *const *values);

#endif
