/* model_training.c - a training that can be stopped: its trainer, its checkpoints, and who watches it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/cell/measure.h"
#include "harness/cell/model_job.h"
#include "harness/store/checkpoint.h"

/* ---- checkpoints ---- */

/* The blocks that a checkpoint holds beside the trainer's own state. */
static const struct {
    const char          *name;
    kd_params_block_kind kind;
} blocks[] = { { "values", KD_VALUES }, { "first", KD_FIRST }, { "second", KD_SECOND } };

enum { BLOCKS = sizeof blocks / sizeof *blocks };

static kd_status put_checkpoint(kd_model_job *j, kd_checkpoint_draft *draft, const kd_str *state,
                                kd_error *err)
{
    size_t    span = kd_params_span(j->params);
    kd_status status = KD_OK;
    for (int i = 0; i < BLOCKS && status == KD_OK; i++)
        status = kd_checkpoint_put_f32(draft, blocks[i].name,
                                       kd_params_block(j->params, blocks[i].kind), span, err);
    if (status == KD_OK)
        status =
            kd_checkpoint_put_f32(draft, "best", kd_trainer_best_weights(j->trainer), span, err);
    if (status == KD_OK)
        status = kd_checkpoint_put_state(draft, "trainer", state->text, state->length, err);
    return status;
}

static kd_status save(kd_model_job *j, kd_error *err)
{
    kd_checkpoint_draft *draft;
    kd_str               state = KD_STR_INIT;
    kd_status            status = kd_store_make_work(j->context->store, j->node->id, err);
    kd_trainer_save(j->trainer, &state);
    if (status == KD_OK)
        status = kd_checkpoint_create(&draft, j->context->store, j->node->id,
                                      kd_trainer_updates(j->trainer), err);
    if (status == KD_OK) {
        status = put_checkpoint(j, draft, &state, err);
        if (status == KD_OK)
            status = kd_checkpoint_commit(draft, err);
        else
            kd_checkpoint_discard(draft);
    }
    j->saved_at = kd_clock_s();
    kd_str_fini(&state);
    return status;
}

/* The trainer's own part; nothing when there is no checkpoint. */
typedef struct {
    char  *bytes;
    size_t length;
} trainer_state;

static kd_status get_checkpoint(kd_model_job *j, kd_checkpoint *checkpoint, trainer_state *state,
                                kd_error *err)
{
    size_t    span = kd_params_span(j->params), length = kd_checkpoint_size(checkpoint, "trainer");
    kd_status status = KD_OK;
    for (int i = 0; i < BLOCKS && status == KD_OK; i++)
        status = kd_checkpoint_get_f32(checkpoint, blocks[i].name,
                                       kd_params_block(j->params, blocks[i].kind), span, err);
    if (status == KD_OK)
        status = kd_checkpoint_get_f32(checkpoint, "best", kd_trainer_best_weights(j->trainer),
                                       span, err);
    *state = (trainer_state){ kd_alloc(length, 1), length };
    if (status == KD_OK)
        status = kd_checkpoint_get_state(checkpoint, "trainer", state->bytes, length, err);
    return status;
}

/* The state stays empty when there is no checkpoint. */
static kd_status find_checkpoint(kd_model_job *j, trainer_state *state, kd_error *err)
{
    kd_checkpoint *checkpoint = NULL;
    kd_str         notice = KD_STR_INIT;
    kd_status      status =
        kd_checkpoint_open(&checkpoint, j->context->store, j->node->id, &notice, err);
    kd_log_warnings(notice.text);
    if (status == KD_OK && checkpoint) {
        status = get_checkpoint(j, checkpoint, state, err);
        kd_log_info("goes on from update %lld", (long long)kd_checkpoint_position(checkpoint));
    }
    kd_checkpoint_close(checkpoint);
    kd_str_fini(&notice);
    return status;
}

/* All ranks begin as the first one does: another may see an older checkpoint than it, or none. */
static void take_from_first(const kd_model_job *j, trainer_state *state)
{
    const kd_peers *peers = j->context->peers;
    size_t          length = state->length, bytes = kd_params_span(j->params) * sizeof(float);
    peers->give(peers->user, &length, sizeof length);
    if (peers->rank > 0) *state = (trainer_state){ kd_alloc(length + 1, 1), length };
    peers->give(peers->user, state->bytes, length);
    for (int i = 0; i < BLOCKS; i++)
        peers->give(peers->user, kd_params_block(j->params, blocks[i].kind), bytes);
    peers->give(peers->user, kd_trainer_best_weights(j->trainer), bytes);
    kd_params_touch(j->params);
}

static kd_status restore(kd_model_job *j, kd_error *err)
{
    const kd_peers *peers = j->context->peers;
    trainer_state   state = { 0 };
    kd_status       status = KD_OK;
    if (!peers || peers->rank == 0) status = find_checkpoint(j, &state, err);
    if (status == KD_OK && peers) take_from_first(j, &state);
    if (status == KD_OK && state.length)
        status = kd_trainer_restore(j->trainer, state.bytes, state.length, err);
    free(state.bytes);
    return status;
}

/* ---- watching ---- */

static double judge(void *user, const float *logits, int rows, int labels)
{
    kd_model_job *j = user;
    (void)rows;
    const kd_crf *crf = kd_model_crf(j->model);
    const char   *by = j->train.select_by;
    if (*by) return kd_measure_by(&j->dataset, KD_DEVEL, crf, logits, labels, by, &j->shown);
    return j->shown = kd_measure_main(&j->dataset, KD_DEVEL, crf, logits, labels);
}

static double judge_words(void *user, const kd_masked_score *score)
{
    kd_model_job *j = user;
    const char   *by = j->train.select_by;
    j->shown = kd_masked_accuracy(score);
    return *by ? kd_measure_words_by(score, by) : j->shown;
}

/* Names of types are known here alone, so it is tried on logits of zero. */
static kd_status check_selection(const kd_model_job *j, kd_error *err)
{
    const kd_pack *devel = &j->dataset.split[KD_DEVEL];
    int            rows = kd_pack_rows(devel);
    int            labels = kd_labels_count(j->dataset.labels);
    if (!*j->train.select_by || devel->sentences == 0 || j->masker) return KD_OK;
    float *zeroes = kd_alloc((size_t)rows * (size_t)labels, sizeof *zeroes);
    bool   has = !isnan(
          kd_measure_by(&j->dataset, KD_DEVEL, NULL, zeroes, labels, j->train.select_by, NULL));
    free(zeroes);
    if (has) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%sselect_by: devel has no %s", j->role->train,
                   j->train.select_by);
}

static void on_epoch(void *user, const kd_epoch_report *report)
{
    const kd_model_job *j = user;
    if (!j->context->on_progress) return;
    double            score = isnan(report->score) ? NAN : j->shown;
    kd_progress_point point = { report->loss, score, report->epoch, report->epochs };
    j->context->on_progress(j->context->user, &point);
}

/* True ends the run; a checkpoint that cannot be written ends it too, with its own failure. */
static bool at_safe_point(void *user, kd_trainer *trainer)
{
    kd_model_job          *j = user;
    const kd_cell_context *c = j->context;
    (void)trainer;
    bool   stop = c->should_stop && c->should_stop(c->user);
    double every = j->train.checkpoint_s;
    bool   is_due = every > 0 && kd_clock_s() - j->saved_at >= every;
    if (!stop && !is_due) return false;
    j->save_status = save(j, &j->save_error);
    return stop || j->save_status != KD_OK;
}

static kd_status prepare_trainer(kd_model_job *j, kd_error *err)
{
    kd_training training = {
        .train = &j->dataset.split[KD_TRAIN],
        .keys = j->role->train,
        .devel = j->dataset.split[KD_DEVEL].sentences ? &j->dataset.split[KD_DEVEL] : NULL,
        .judge = { judge, j, judge_words },
        .model = j->model,
        .params = j->params,
        .train_options = &j->train,
        .optim_options = &j->optim,
        .method = j->method,
        .distill_options = &j->distill,
        .targets = j->has_targets ? &j->targets.targets : NULL,
        .teacher = j->teacher.model,
        .reading = j->has_reading ? &j->reading.split[KD_TRAIN] : NULL,
        .states = j->has_states ? &j->states.states : NULL,
        .masker = j->masker,
        .pad = kd_dataset_pad(&j->dataset),
        .unlabelled_share = j->unlabelled.unlabelled_share,
        .precision = j->precision,
        .threads = j->options.threads,
        .peers = j->context->peers,
        .root = kd_rng_root((uint64_t)j->seed),
        .watch = { on_epoch, at_safe_point, j },
    };
    kd_status status = check_selection(j, err);
    if (status == KD_OK) status = kd_trainer_create(&j->trainer, &training, err);
    if (status == KD_OK) status = restore(j, err);
    j->saved_at = kd_clock_s();
    return status;
}

static kd_status run(kd_model_job *j, kd_error *err)
{
    kd_gemm_set_threads(j->options.threads);
    kd_status status = kd_trainer_run(j->trainer, err);
    if (j->save_status == KD_OK) return status;
    *err = j->save_error;
    return j->save_status;
}

kd_status kd_model_job_train(kd_model_job *j, kd_error *err)
{
    kd_status status = prepare_trainer(j, err);
    return status == KD_OK ? run(j, err) : status;
}
