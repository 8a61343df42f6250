/* model_job.h - one training, from its inputs to what its object keeps of it.
 *
 *     node --> settings, inputs          model_inputs.c
 *          --> network, first weights    cell_model.c
 *          --> trainer, checkpoints      model_training.c
 *          --> history, measures, times  model_report.c
 */
#ifndef KD_CELL_MODEL_JOB_H
#define KD_CELL_MODEL_JOB_H

#include "distill/trainer.h"
#include "harness/cell/cell_internal.h"
#include "harness/objects/model.h"
#include "harness/objects/states.h"
#include "harness/objects/targets.h"

/* Where the settings of each role stand. `mark` begins a key that only that role sets; the last
 * one has none. */
typedef struct {
    const char *mark;
    const char *arch, *train, *distill;
    const char *seed, *init, *label_names;
} kd_model_keys;

/* Everything of one training, from its inputs to its trainer. */
typedef struct {
    const kd_resolved     *node;
    const kd_cell_context *context;
    const kd_model_keys   *role;

    kd_cell_options       options;
    kd_arch               arch;
    kd_train_options      train;
    kd_optim_options      optim;
    const kd_method      *method;
    kd_distill_options    distill; /* of that method */
    kd_mask_options       mask;    /* of a text */
    kd_unlabelled_options unlabelled;
    kd_measure_options    measure;
    kd_precision          precision, inference;
    int                   seed;

    kd_dataset        dataset;
    bool              has_dataset;
    kd_dataset        reading; /* its training split in the pieces of a teacher with its own */
    bool              has_reading;
    kd_loaded_targets targets;
    bool              has_targets;
    kd_loaded_states  states; /* what the method compares of a teacher, where that is kept */
    bool              has_states;
    kd_masker        *masker;  /* of a text's words, else NULL */
    kd_loaded_model   teacher; /* when the method asks it in every step */
    kd_params        *params;
    kd_model         *model;
    kd_trainer       *trainer;
    double            shown;    /* the task's figure at the last evaluation */
    double            saved_at; /* clock of the last checkpoint */
    kd_status         save_status;
    kd_error          save_error;
} kd_model_job;

/* model_inputs.c: fill a job whose node and context are set, by its settings and from the store. */
kd_status kd_model_job_read(kd_model_job *job, kd_error *err);
kd_status kd_model_job_load(kd_model_job *job, kd_error *err);

/* model_training.c: train a network that has its first weights, from a checkpoint on where there is one. */
kd_status kd_model_job_train(kd_model_job *job, kd_error *err);

/* model_report.c: put what is told of a trained network beside its weights. */
kd_status kd_model_job_report(kd_model_job *job, kd_object_draft *draft, kd_error *err);

#endif
