/* trainer_internal.h - what the files of the trainer share.
 *
 *     trainer_create.c    the settings, what is checked before training, what is held while it goes on
 *     trainer_update.c    one update: student, teacher, loss, way back
 *     trainer.c           the loop, evaluation, safe points
 */
#ifndef KD_DISTILL_TRAINER_INTERNAL_H
#define KD_DISTILL_TRAINER_INTERNAL_H

#include "distill/batch.h"
#include "distill/buckets.h"
#include "distill/sampler.h"
#include "distill/trainer.h"
#include "harness/base/vec.h"

enum { KD_PART_NAME = 16 };

/* Where training stands. Plain bytes: kd_trainer_save copies it. */
typedef struct {
    uint64_t setup;      /* digest of what must agree when it is restored */
    int32_t  epoch;      /* that is running, from 0 */
    int32_t  batch;      /* next batch of it */
    int64_t  batches;    /* since the start */
    int64_t  updates;    /* since the start */
    int32_t  best;       /* index into the moments, -1 for none */
    int32_t  stale;      /* evaluations since then */
    int32_t  moments;    /* how many there are */
    int32_t  part_count; /* kinds of parts met so far */
    char     part_name[KD_LOSS_PARTS_MAX][KD_PART_NAME];
    int32_t  since_moment;                          /* batches since the last one */
    int32_t  part_batches[KD_LOSS_PARTS_MAX];       /* of those that had the part */
    double   loss_sum, part_sum[KD_LOSS_PARTS_MAX]; /* over those batches */
    double   first_loss;                            /* of the first batch of all */
    int64_t  clipped;
    double   train_s, sentences, tokens;
} kd_trainer_position;

struct kd_trainer {
    kd_training         with;
    unsigned            needs; /* of the method, with its settings */
    kd_tape            *tape;
    kd_tape            *teacher_tape; /* without gradients; NULL when no teacher is asked */
    kd_states_reader   *states;       /* in its place; NULL when nothing is kept */
    kd_batcher         *batcher;
    kd_batcher         *reader;  /* of the teacher's own pieces; NULL: it reads the student's */
    kd_buckets         *buckets; /* NULL without peers */
    kd_share            share;   /* of the batch in hand, in the student's pieces, */
    kd_share            asked;   /* and in the teacher's own */
    kd_optim           *optim;
    kd_sampler         *sampler;
    int                 batches_an_epoch;
    int                 epochs; /* that the updates reach into */
    int64_t             updates_in_all;
    kd_trainer_position at;
    KD_VEC(kd_moment) moments;
    float *best;  /* weights of the best evaluation */
    double since; /* when the clock of train_s was last read */
};

/* The batches of the next update, and the update. */
kd_status kd_trainer_learn_update(kd_trainer *trainer, kd_error *err);

#endif
