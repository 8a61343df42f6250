/* doctor_internal.h - what the files of the doctor share.
 *
 *     doctor.c           nodes of a plan, one after another; networks and their training
 *     doctor_corpus.c    what is wrong with sentences, labels, pieces and vectors
 *     doctor_labels.c    labels of checkpoints and of files of targets against those of the data
 *     doctor_told.c      the list of what was told
 */
#ifndef KD_REVIEW_DOCTOR_INTERNAL_H
#define KD_REVIEW_DOCTOR_INTERNAL_H

#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "harness/plan/id_map.h"
#include "harness/plan/plan.h"
#include "harness/review/doctor.h"

struct kd_diagnosis {
    KD_VEC(kd_checkup) checkups;
};

/* What the checks of networks need to know of a corpus that has been read. */
typedef struct {
    int     sentences; /* of train, not augmented, and unlabelled ones */
    int     longest;   /* pieces of the longest row, as packed */
    char   *labels;    /* a name a line, in the order of ids */
    char   *name;      /* of train */
    kd_map *words;     /* of train, with how often they occur */
} kd_doctor_corpus;

typedef struct {
    const kd_doctor_limits *limits;
    kd_diagnosis           *told;
    kd_plan                *plan;
    kd_arena               *arena;
    KD_VEC(kd_doctor_corpus) corpora;
    kd_id_map numbers; /* a corpus node's id to its index in `corpora` */
    kd_map   *seen;    /* what has been checked, by what matters of it; corpora to their index */
} kd_doctor;

/* ---- what is told ---- */

static inline double kd_doctor_share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

/* A figure of `where` ("train.tsv") against its limit; `check` and `what` are borrowed for good. */
void kd_doctor_count_at_most(kd_doctor *doctor, const char *check, const char *where,
                             const char *what, int64_t value, int64_t limit);
void kd_doctor_count_at_least(kd_doctor *doctor, const char *check, const char *where,
                              const char *what, int64_t value, int64_t limit);
void kd_doctor_share_at_most(kd_doctor *doctor, const char *check, const char *where,
                             const char *what, double value, double limit);
void kd_doctor_share_at_least(kd_doctor *doctor, const char *check, const char *where,
                              const char *what, double value, double limit);

/* ---- corpora ---- */

/* Look at the corpus of a node, unless one that is alike was looked at. It is apart where it is in a teacher's own pieces. */
kd_status kd_doctor_examine_corpus(kd_doctor *doctor, const kd_resolved *node, bool is_apart,
                                   kd_error *err);

/* That of the node's input; NULL when it has none. */
const kd_doctor_corpus *kd_doctor_corpus_of(const kd_doctor *doctor, const kd_resolved *node);

void kd_doctor_corpus_fini(kd_doctor_corpus *corpus);

/* Words of train, with how often they occur, against a file of vectors. */
kd_status kd_doctor_check_vectors(kd_doctor *doctor, const kd_map *counts, const char *where,
                                  const char *path, kd_error *err);

/* ---- labels ---- */

/* Weights of the head that stand for other labels would be taken for those of the data. Names that
 * the study gives them are held against the head by the cell. */
kd_status kd_doctor_check_checkpoint(kd_doctor *doctor, const kd_resolved *node,
                                     const kd_doctor_corpus *corpus, kd_error *err);

/* Columns of a file of targets have to be the labels of the data, all of them, in their order. */
kd_status kd_doctor_examine_targets(kd_doctor *doctor, const kd_resolved *node, kd_error *err);

#endif
