/* trainer.h - epochs or steps over a packed corpus: the one way in which anything is trained.
 *
 *     create -> [restore] -> run -> history, weights -> destroy
 *                             |
 *                             +-- watch: after every evaluation and at every safe point
 *
 * Teachers, students and distillation differ in their kd_lesson alone. The trainer knows no
 * MPI, no HDF5 and no method by name. It selects on devel: when it ends well, the parameters
 * hold the weights of the best evaluation (or the last, by setting).
 *
 * With peers (peers.h) each rank does its cut of every batch, and the weights are the same on all of them at every
 * moment; they decide alike, since they know the loss of the whole batch and rank 0's word. The batches, what is hidden
 * in them and what drops out do not depend on how many ranks there are: only the order of sums does.
 *
 * Same setup, same bits: every random choice comes from a stream named after its epoch or
 * update, so a run that was stopped at a safe point and restored goes on exactly as it would have.
 */
#ifndef KD_DISTILL_TRAINER_H
#define KD_DISTILL_TRAINER_H

#include "distill/masked.h"
#include "distill/method.h"
#include "distill/peers.h"
#include "distill/states.h"
#include "distill/targets.h"
#include "models/tensor/optim.h"

/* Which weights are kept: the best on devel, or the last. */
typedef enum { KD_SELECT_BEST, KD_SELECT_LAST } kd_selection;

typedef struct {
    int          epochs;         /* 0 leaves the first weights as they are */
    int          steps;          /* updates in all; 0: as many as the epochs have */
    int          batch;          /* sentences an update, before accumulation */
    int          accumulate;     /* batches an update */
    bool         shuffle;        /* else the order of the file */
    int          evaluate;       /* evaluate every so many epochs */
    int          evaluate_steps; /* every so many updates instead; 0: by epochs */
    int          patience;       /* stop after so many evaluations without a better one; 0 never */
    kd_selection select;
    char         select_by[64]; /* the number on devel that selects; empty: the task's own */
    double       explode;       /* how many times the first loss is too much; 0: any loss will do */
    double checkpoint_s; /* between checkpoints, for who writes them; 0: none but that of a stop */
    int    ranks;        /* that share every batch */
    kd_wire_form wire;
} kd_train_options;

extern const kd_setting kd_train_settings[];

/* Where training stands, for people. */
typedef struct {
    int    epoch, epochs;
    double loss;  /* mean of the last epoch */
    double score; /* of the last evaluation; NAN before the first */
    double best;  /* of the best one */
} kd_epoch_report;

/* The end of an epoch, or an evaluation inside it, as the history keeps it; means are over
 * the batches since the moment before. */
typedef struct {
    int     epoch;                   /* from 1 */
    int64_t update;                  /* how many were done */
    double  seconds;                 /* of training since the start, over all runs of the cell */
    double  loss, score;             /* score is NAN where nothing was evaluated */
    double  part[KD_LOSS_PARTS_MAX]; /* over the batches that had it; NAN where none had */
} kd_moment;

typedef struct {
    int         count;
    kd_moment  *moments; /* borrowed from the trainer */
    int         part_count;
    const char *part_names[KD_LOSS_PARTS_MAX]; /* borrowed as well */
    int         best;             /* index into moments, -1 when nothing was evaluated */
    int         epochs;           /* that were begun */
    int64_t     updates, clipped; /* clipped: those whose gradient was shortened */
    double      train_s;
    double      sentences, tokens; /* seen; tokens are pieces */
} kd_history;

typedef struct kd_trainer kd_trainer;

/* Called by the trainer; `user` comes back. Either may be NULL. */
typedef struct {
    /* After every epoch, and after every evaluation inside one. */
    void (*on_epoch)(void *user, const kd_epoch_report *report);
    /* Between updates, often: true asks to stop here (KD_ESTOPPED). The trainer may be saved from
     * inside. Of peers it is rank 0 that is asked. */
    bool (*at_safe_point)(void *user, kd_trainer *trainer);
    void *user;
} kd_trainer_watch;

/* How devel is judged: from logits in the pack's order (kd_predict_logits) to the score that
 * selects, higher being better. */
typedef struct {
    double (*score)(void *user, const float *logits, int rows, int labels);
    void *user;
    double (*score_words)(void *user, const kd_masked_score *score); /* of a text, in its place */
} kd_judge;

/* Everything is borrowed for the trainer's life. */
typedef struct {
    const char               *keys; /* before a setting in messages: "teacher.train.", "train." */
    const kd_pack            *train, *devel; /* devel may be NULL: the last weights are kept */
    kd_judge                  judge;
    kd_model                 *model;
    kd_params                *params; /* allocated to train, filled with the first weights */
    const kd_train_options   *train_options;
    const kd_optim_options   *optim_options;
    const kd_method          *method;
    const kd_distill_options *distill_options; /* of that method */
    const kd_targets         *targets;         /* NULL unless the method needs logits */
    kd_model                 *teacher;         /* NULL unless it is asked in every step */
    const kd_pack   *reading; /* train in the teacher's own pieces; NULL: it reads the student's */
    const kd_states *states;  /* what it has inside, where that is kept; NULL: it is asked */
    kd_masker       *masker;  /* hides the words of a text; NULL for other tasks */
    int32_t          pad;     /* the piece that lengthens sentences, where that is set */
    double unlabelled_share;  /* of a batch, of the pack's sentences without labels (sampler.h) */
    kd_precision     precision;
    int              threads;
    const kd_peers  *peers; /* that share every batch; NULL: it trains alone */
    kd_rng           root;  /* of all its random streams */
    kd_trainer_watch watch;
} kd_training;

/* KD_ECONFIG when the parts do not fit together (targets of another corpus, a method that is
 * not defined for the task, a batch larger than the corpus, more ranks than a batch has sentences). */
kd_status kd_trainer_create(kd_trainer **out, const kd_training *training, kd_error *err);

/* Go on to the end. KD_ESTOPPED when the watch asked for it, KD_EDIVERGED (with epoch and
 * update in the text) when the loss or a gradient is not finite, or when the loss is more than
 * `explode` times the first one (or 1, when that was less). */
kd_status kd_trainer_run(kd_trainer *trainer, kd_error *err);

/* Updates done since the start, also by runs before a restore. */
int64_t kd_trainer_updates(const kd_trainer *trainer);

/* Where it stands, as bytes, at a safe point or after the end; the parameters' blocks and
 * kd_trainer_best_weights are saved beside it. */
void kd_trainer_save(const kd_trainer *trainer, kd_str *out);

/* Put it there again, before kd_trainer_run: KD_EDATA when the bytes are of another setup.
 * The caller has put the parameters' blocks back and fills kd_trainer_best_weights. */
kd_status kd_trainer_restore(kd_trainer *trainer, const void *bytes, size_t length, kd_error *err);

/* kd_params_span(params) floats: the weights of the best evaluation so far; borrowed. */
float *kd_trainer_best_weights(kd_trainer *trainer);

/* What happened; borrowed, lives as long as the trainer. */
kd_history kd_trainer_history(const kd_trainer *trainer);

void kd_trainer_destroy(kd_trainer *trainer);

/* ---- what training and everything after it share ---- */

/* Logits of the whole pack, without dropout, in its order: (pieces, K) for NER, (B, K) else. The
 * caller frees *logits. */
void kd_predict_logits(const kd_model *model, const kd_pack *pack, kd_precision precision,
                       int threads, float **logits, int *rows, int *labels);

/* One of `parts` stretches of a pack, about as many pieces in each. */
typedef struct {
    int first, end; /* sentences */
} kd_stretch;

kd_stretch kd_stretch_of(const kd_pack *pack, int part, int parts);

/* The same for a stretch alone; rows of other sentences are 0. */
void kd_predict_stretch(const kd_model *model, const kd_pack *pack, kd_stretch of,
                        kd_precision precision, int threads, float **logits, int *rows,
                        int *labels);
void kd_predict_masked_stretch(const kd_model *model, const kd_pack *pack, kd_stretch of,
                               kd_masker *masker, kd_precision precision, int threads,
                               kd_counts *by_row, kd_masked_score *out);

/* Ask for masked words of the whole pack, without dropout. `by_row` (B), zero before, gets (right, asked, asked);
 * NULL: no one does. */
void kd_predict_masked(const kd_model *model, const kd_pack *pack, kd_masker *masker,
                       kd_precision precision, int threads, kd_counts *by_row,
                       kd_masked_score *out);

/* Logits (B,K) of one more piece, `pad`, behind each sentence. Tags only. */
void kd_predict_padding(const kd_model *model, const kd_pack *pack, int32_t pad,
                        kd_precision precision, int threads, float **logits);

/* The best label of each row. */
void kd_predict_labels(const float *logits, int rows, int labels, int32_t *out);

#endif
