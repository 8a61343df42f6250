/* plan_builder.h - how cells become nodes.
 *
 *     values of a cell --+--> shape   what kind of cell this is: which settings its student reads, and the
 *                        |            text that its id is made from        plan_shape.c
 *                        +--> base    the nodes that its student stands on  plan_base.c
 *                        +--> cost    of its student's network
 *                        `--> student: a node, with the id of shape, base and its own values   plan_build.c
 *
 * A million cells differ in a handful of settings, so most of the work for one of them was done for another.
 * Shape, base and cost are remembered by the values of the rows that decide them (plan_memo.h).
 */
#ifndef KD_PLAN_PLAN_BUILDER_H
#define KD_PLAN_PLAN_BUILDER_H

#include "harness/plan/plan_grounds.h"
#include "harness/plan/plan_memo.h"

/* One stretch of a shape's text, and the row whose value follows it (-1 for none). */
typedef struct {
    size_t begin, length;
    int    row;
} kd_shape_piece;

/* What cells with the same kinds, methods and files have in common. */
typedef struct {
    bool has_targets, has_teacher, has_start; /* what the student stands on beside its corpus */
    bool begins_as_teacher;                   /* with weights of it */
    bool begins_as_other;                     /* with those of another study's model, its start */
    bool is_taught_by_other;                  /* such a model is asked for its targets */
    bool is_taught_by_file;                   /* its targets were computed elsewhere */
    bool compares;                            /* its method looks inside both networks */
    bool has_to_fit;                          /* so, or a CRF has a say in it */
    kd_plan_files init;
    int           ranks;
    int           threads; /* of all of them */
    kd_str        text;    /* its settings in id order, values of varying rows left out */
    KD_VEC(kd_shape_piece) pieces;
} kd_plan_shape;

/* What a cell's student stands on; it follows from more than the shape does. */
typedef struct {
    int32_t       shape;
    int32_t       corpus, targets, states, start; /* nodes, -1 for none */
    int32_t       reading; /* the corpus in the teacher's own pieces; -1: it reads the student's */
    bool          asks;    /* the student needs the teacher itself */
    double        states_gib; /* what is or would be kept; 0: nothing can be */
    int32_t       teachers[KD_TEACHERS_MAX];
    int           teacher_count;
    kd_str        head;  /* of the id: what comes before the settings */
    kd_plan_sizes sizes; /* of the corpus, augmented */
    kd_plan_model taught_by;
} kd_plan_base;

typedef struct {
    kd_plan     *plan;
    kd_error    *err;
    const char **values; /* of the cell in hand */
    kd_arena    *scratch;
    kd_plan_memo shape_of, base_of, cost_of, fit_of;
    KD_VEC(kd_plan_shape) shapes;
    KD_VEC(kd_plan_base) bases;
    KD_VEC(kd_plan_model) costs;
    int        *id_order;    /* rows, as an id orders them */
    const char *trained;     /* the student.init that was last found to need no training */
    const char *passed_over; /* a method that the study's unlabelled text is not for; NULL: none */
    bool        has_unlabelled; /* a cell reads it */
    KD_VEC(int32_t) seen;       /* nodes that the cell in hand was counted at */
    kd_str text;                /* of the id that is being made */
} kd_builder;

/* plan_shape.c: the shape of the cell in hand, by number. */
kd_status kd_builder_find_shape(kd_builder *b, int32_t *out);
void      kd_plan_shape_fini(kd_plan_shape *shape);

/* KD_ECONFIG when a network's head, which the cell learns from its task, cannot have the CRF of `key`; when a
 * method is not for the task. */
kd_status kd_builder_check_crf(kd_builder *b, const char *key);
kd_status kd_builder_check_method(kd_builder *b, const kd_method *method);

/* The id of the student of the cell in hand. */
kd_id kd_builder_student_id(kd_builder *b, const kd_plan_shape *shape, const kd_plan_base *base);

/* plan_nodes.c: the node with this id, made if it is new. */
int32_t kd_builder_put_node(kd_builder *b, const kd_plan_node *node);

/* The cell that the setting `key` of the cell in hand names joins the graph with all that it stands on; -1 in `out` where
 * it names none. */
kd_status kd_builder_put_ground(kd_builder *b, const char *key, size_t cell, int32_t *out);

/* The corpus whose vocabulary the corpus of the cell in hand is read by, as a node; -1 for one of its own or a file. */
int32_t kd_builder_put_vocabulary(kd_builder *b, size_t cell);

/* Count the cell in hand at everything that its student stands on, however deep. */
void kd_builder_count_all(kd_builder *b, int32_t student);

/* plan_base.c: what the cell in hand stands on; borrowed until the next base is made. */
kd_status kd_builder_find_base(kd_builder *b, size_t cell, const kd_plan_base **out);
void      kd_plan_base_fini(kd_plan_base *base);

/* What the network of `prefix` costs; KD_ECONFIG, with the place, when there is none with such settings, or it has no
 * head for the task. */
kd_status kd_builder_measure(kd_builder *b, const char *prefix, kd_plan_model *out);

/* How often the training of `prefix` ("teacher.train.") goes over its corpus, and what that takes. */
double kd_builder_epochs(const kd_builder *b, const char *prefix, const kd_plan_sizes *sizes);
double kd_plan_training_operations(const kd_plan_model *model, double epochs,
                                   const kd_plan_sizes *sizes);

#endif
