/* plan.h - a study as a build graph: what has to be made, out of what, and what is there already.
 *
 *     cell 0 --> student --+--> targets --+--> teacher ... --> corpus (unaugmented)
 *     cell 1 --> student --+      |       `--> corpus (augmented)
 *                |   |     |      `--> file, in place of teachers
 *                |   |     `--> states --> the first teacher, corpus (augmented)
 *                |   `--> fine-tuned student --> corpus (unaugmented)
 *                `--> corpus
 *
 * Corpora are read in the student's pieces; those of teachers, targets and states in the teacher's, where it has a
 * vocabulary of its own (plan_reading.c). What is augmented has unlabelled text too, where a method learns logits.
 * Equal needs have equal ids and are one node, however many cells name them. A node holds a
 * few numbers; its text (kd_resolved) is made when somebody asks, so that a million cells
 * fit in memory. Nodes stand in an order in which inputs come before what needs them.
 *
 * A study may stand on others (plan_grounds.h): a student, a teacher, or what a student was before, may begin as a model of
 * theirs, and such a model may be asked for targets. Those studies have plans of their own, and what is needed of them is in
 * this one too, as copies of nodes that are at home there.
 */
#ifndef KD_PLAN_PLAN_H
#define KD_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/arena.h"
#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/config/options.h"
#include "harness/config/resolved.h"
#include "harness/config/study.h"
#include "harness/plan/lacks.h"

#define KD_PLAN_INPUTS (1 + KD_TEACHERS_MAX) /* a node stands on at most so many others */

/* What a node is for. */
typedef enum {
    KD_PART_NONE,
    KD_PART_TEACHER, /* a teacher, or its corpus, which is never augmented */
    KD_PART_STUDENT, /* the result of at least one cell */
    KD_PART_START,   /* what a student is when its distillation begins, or its corpus */
    KD_PART_GROUND,  /* a student of another study, on which this one stands */
} kd_plan_part;

/* How a cell comes by what its method compares of the inside of a teacher. */
typedef enum {
    KD_PLAN_LOOKS_NOWHERE, /* it compares logits at most */
    KD_PLAN_KEEPS,         /* a states node has it */
    KD_PLAN_ASKS,          /* the teacher's network is asked in every step */
} kd_plan_inside;

/* Open for reading. */
typedef struct {
    kd_id   id;
    double  operations;             /* of this node alone */
    double  bytes;                  /* of its object on disk, about */
    double  seconds;                /* on its cores; 0 until somebody estimates (estimate.h) */
    double  remaining;              /* seconds of the longest path from here to an end, what is done
                                       left out */
    int64_t cell;                   /* the first cell that needs it */
    int32_t inputs[KD_PLAN_INPUTS]; /* node numbers */
    uint8_t input_count;
    uint8_t kind;        /* kd_node_kind */
    uint8_t part;        /* kd_plan_part */
    uint8_t member;      /* of several teachers: which one, from 0 */
    uint8_t inside;      /* kd_plan_inside */
    bool    has_start;   /* its last input is the model to start from */
    bool    is_grounded; /* that, or who is asked, is one of another study */
    int16_t home;        /* the number of the study in whose plan it is at home; 0: the first */
    int32_t there;       /* its number in that plan */
    bool    is_apart;    /* made of, or by, a teacher that reads in pieces of its own */
    bool    is_done;     /* the store has it */
    bool    is_needed;   /* it has to be made: not done, and something not done needs it */
    int16_t threads;     /* cores it asks for: those of each of its ranks */
    int16_t ranks;       /* that share its training */
    float   shared_s;    /* of its seconds, those that more ranks would share */
    int32_t cells;       /* how many cells need it, directly or not */
    float   states_gib;  /* what its method compares takes kept, about; 0: it cannot be kept */
} kd_plan_node;

typedef struct {
    bool (*is_done)(kd_id id, void *user); /* NULL when nothing is done */
    void     *user;
    kd_lacks *lacks; /* gets what is missing, for who can tell all of it; NULL is fine */
} kd_plan_options;

typedef struct kd_plan kd_plan;

/* Plan the study, which is borrowed and must outlive the plan. Reads (and digests) the files that
 * the corpora name. KD_ECONFIG with the setting's place, or KD_ENOINPUT, after a look at all cells, as
 * kd_lacks_fail says it. */
kd_status kd_plan_create(kd_plan **out, const kd_study *study, const kd_plan_options *options,
                         kd_error *err);

/* A plan of nothing, of a study that lacks files: it can be asked for the sizes of networks alone. */
kd_plan *kd_plan_create_bare(const kd_study *study);

/* How many numbers the network of a cell's student has, about: how many labels there are only its corpus says; and how many
 * its method trains beside it. False when its vocabulary is not there. */
bool kd_plan_parameters_of(kd_plan *plan, size_t cell, double *network, double *beside);

/* Ask again what is done: what is needed, and how much of it, follows. The nodes and their ids stay. */
void kd_plan_look(kd_plan *plan, const kd_plan_options *options);

/* The studies of the graph: number 0 is the one that was asked for, the others are those on which it stands, NULL behind
 * the last. A plan of one answers as any other does; it lives as long as the first. */
kd_plan        *kd_plan_of_study(const kd_plan *plan, size_t number);
const kd_study *kd_plan_study(const kd_plan *plan);

/* The plan in which a node is at home, and its number there. */
kd_plan *kd_plan_home(const kd_plan *plan, size_t node, size_t *there);

size_t              kd_plan_count(const kd_plan *plan);
const kd_plan_node *kd_plan_node_at(const kd_plan *plan, size_t node);

/* The node that is the result of a cell, and that cell's id. */
size_t kd_plan_node_of_cell(const kd_plan *plan, size_t cell);
kd_id  kd_plan_id_of_cell(const kd_plan *plan, size_t cell);

/* The number of a node by id; SIZE_MAX when the plan has none. */
size_t kd_plan_find(const kd_plan *plan, kd_id id);

/* The nodes that stand on this one. */
const int32_t *kd_plan_users(const kd_plan *plan, size_t node, size_t *count);

/* Everything a process needs to make the node. */
kd_status kd_plan_resolve(kd_plan *plan, size_t node, kd_arena *arena, kd_resolved *out,
                          kd_error *err);

/* Where a node gets the inside of its teacher, in words that go on after others; none when it looks
 * nowhere. */
void kd_plan_inside_words(const kd_plan_node *node, kd_str *out);

/* What a person calls a node, by the settings that vary and that it reads: "hidden=64 method=none seed=2", "teacher seed=0". */
void kd_plan_label(const kd_plan *plan, size_t node, kd_str *out);

/* What is known of a corpus beyond its files' sizes. */
typedef struct {
    double train, devel, test; /* pieces */
    double sentences;          /* of train */
    double unlabelled;         /* pieces beside train's, and sentences */
    double unlabelled_sentences;
    int    vocab, labels;
    bool is_augmented; /* train has what augmentation added; else it is counted from the settings */
} kd_corpus_size;

/* Seconds of the longest path of what is to do, were the models of a part trained by `ranks` wherever fewer do it now.
 * The exchange of gradients comes on top. After kd_plan_estimate. */
double kd_plan_longest_s(const kd_plan *plan, kd_plan_part part, int ranks);

/* Tell the sizes of the corpus of a node, before kd_plan_estimate (estimate.h). */
void kd_plan_tell_size(kd_plan *plan, size_t corpus, const kd_corpus_size *size);

void kd_plan_destroy(kd_plan *plan); /* NULL is fine */

#endif
