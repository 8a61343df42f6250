/* trainer.c - the loop: batch, lesson, way back, update; evaluation after an epoch or some updates.
 *
 *     for each epoch
 *         order of sentences (sampler.h)             words to hide: stream "mask", epoch
 *         for each update
 *             for each of its batches              streams "dropout", "teacher", batch since the start
 *                 gather [-> hide words] -> network -> lesson -> loss -> way back
 *             clip and update
 *             does a moment end here?              after an epoch, or after some updates
 *                 evaluate on devel, keep the best weights
 *             safe point
 *
 * With peers a batch is cut, and the way back of an update's last batch sends gradients on as they become complete.
 *
 * A safe point lies between two updates, where all gradients are zero. What stands in
 * `kd_trainer_position` and in the parameters' blocks is then all there is to save. */
#include "distill/trainer_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"

/* ---- moments ---- */

static void read_clock(kd_trainer *t)
{
    double now = kd_clock_s();
    t->at.train_s += now - t->since;
    t->since = now;
}

/* What of devel is ours to look at. */
static kd_stretch own_stretch(const kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    return peers ? kd_stretch_of(t->with.devel, peers->rank, peers->count)
                 : kd_stretch_of(t->with.devel, 0, 1);
}

static void add_scores(const kd_peers *peers, kd_masked_score *score)
{
    double sums[] = { (double)score->asked, (double)score->right, score->loss };
    peers->total(peers->user, sums, 3);
    *score = (kd_masked_score){ (int64_t)sums[0], (int64_t)sums[1], sums[2] };
}

static double evaluate_words(kd_trainer *t)
{
    kd_masked_score score;
    kd_predict_masked_stretch(t->with.model, t->with.devel, own_stretch(t), t->with.masker,
                              t->with.precision, t->with.threads, NULL, &score);
    if (t->with.peers) add_scores(t->with.peers, &score);
    return t->with.judge.score_words(t->with.judge.user, &score);
}

/* Where one has a row the others have zeroes. */
static void add_logits(const kd_peers *peers, float *logits, size_t count)
{
    peers->begin(peers->user, logits, count, KD_WIRE_F32);
    peers->finish(peers->user);
}

static double evaluate_labels(kd_trainer *t)
{
    float *logits;
    int    rows, labels;
    kd_predict_stretch(t->with.model, t->with.devel, own_stretch(t), t->with.precision,
                       t->with.threads, &logits, &rows, &labels);
    if (t->with.peers) add_logits(t->with.peers, logits, (size_t)rows * (size_t)labels);
    double score = t->with.judge.score(t->with.judge.user, logits, rows, labels);
    free(logits);
    return score;
}

/* Peers go by one score, wherever they are. */
static double evaluate(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    double          score = t->with.masker ? evaluate_words(t) : evaluate_labels(t);
    if (peers) peers->give(peers->user, &score, sizeof score);
    return score;
}

static bool is_last_update(const kd_trainer *t)
{
    return t->at.updates == t->updates_in_all;
}

static bool is_epoch_over(const kd_trainer *t)
{
    return t->at.batch == t->batches_an_epoch;
}

static bool is_evaluated(const kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    if (!t->with.devel) return false;
    if (is_last_update(t)) return true;
    if (o->evaluate_steps) return t->at.updates % o->evaluate_steps == 0;
    return is_epoch_over(t) && (t->at.epoch + 1) % o->evaluate == 0;
}

static void keep_if_best(kd_trainer *t, double score)
{
    bool selects = t->with.train_options->select == KD_SELECT_BEST;
    bool is_better = t->at.best < 0 || score > t->moments.items[t->at.best].score;
    if (selects && !is_better) {
        t->at.stale++;
        return;
    }
    t->at.stale = is_better ? 0 : t->at.stale + 1;
    t->at.best = (int32_t)t->moments.count;
    memcpy(t->best, kd_params_block(t->with.params, KD_VALUES),
           kd_params_span(t->with.params) * sizeof *t->best);
}

static void forget_batches(kd_trainer *t)
{
    t->at.since_moment = 0;
    t->at.loss_sum = 0;
    memset(t->at.part_sum, 0, sizeof t->at.part_sum);
    memset(t->at.part_batches, 0, sizeof t->at.part_batches);
}

static void finish_moment(kd_trainer *t)
{
    kd_moment moment = { .epoch = t->at.epoch + 1, .update = t->at.updates, .score = NAN };
    moment.loss = t->at.loss_sum / t->at.since_moment;
    for (int i = 0; i < KD_LOSS_PARTS_MAX; i++)
        moment.part[i] = t->at.part_batches[i] ? t->at.part_sum[i] / t->at.part_batches[i] : NAN;
    read_clock(t);
    moment.seconds = t->at.train_s;
    if (is_evaluated(t)) {
        moment.score = evaluate(t);
        keep_if_best(t, moment.score);
        t->since = kd_clock_s(); /* evaluation is no training time */
    }
    kd_vec_push(&t->moments, moment);
    t->at.moments = (int32_t)t->moments.count;
    forget_batches(t);
}

static void tell(const kd_trainer *t)
{
    if (!t->with.watch.on_epoch) return;
    const kd_moment *last = &t->moments.items[t->moments.count - 1];
    kd_epoch_report  report = {
         .epoch = last->epoch,
         .epochs = t->epochs,
         .loss = last->loss,
         .score = last->score,
         .best = t->at.best < 0 ? NAN : t->moments.items[t->at.best].score,
    };
    t->with.watch.on_epoch(t->with.watch.user, &report);
}

static bool has_ended(const kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    return t->at.updates >= t->updates_in_all || (o->patience > 0 && t->at.stale >= o->patience);
}

/* Of peers rank 0 is asked, and writes the checkpoint; the others do as it says. */
static bool asked_to_stop(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    bool            is_asked = t->with.watch.at_safe_point && (!peers || peers->rank == 0);
    read_clock(t);
    double stop = is_asked && t->with.watch.at_safe_point(t->with.watch.user, t);
    if (peers) peers->total(peers->user, &stop, 1);
    t->since = kd_clock_s(); /* nor is a checkpoint */
    return stop > 0;
}

static void take_best_weights(kd_trainer *t)
{
    if (t->at.best < 0) return;
    memcpy(kd_params_block(t->with.params, KD_VALUES), t->best,
           kd_params_span(t->with.params) * sizeof *t->best);
    kd_params_touch(t->with.params);
}

kd_status kd_trainer_run(kd_trainer *t, kd_error *err)
{
    t->since = kd_clock_s();
    while (!has_ended(t)) {
        kd_status status = kd_trainer_learn_update(t, err);
        if (status != KD_OK) return status;
        if (is_epoch_over(t) || is_last_update(t) || is_evaluated(t)) {
            finish_moment(t);
            tell(t);
        }
        if (is_epoch_over(t)) {
            t->at.epoch++;
            t->at.batch = 0;
        }
        if (!has_ended(t) && asked_to_stop(t))
            return kd_fail(err, KD_ESTOPPED, "stopped in epoch %d of %d", t->at.epoch + 1,
                           t->epochs);
    }
    read_clock(t);
    take_best_weights(t);
    return KD_OK;
}

/* ---- save and restore ---- */

int64_t kd_trainer_updates(const kd_trainer *t)
{
    return t->at.updates;
}

float *kd_trainer_best_weights(kd_trainer *t)
{
    return t->best;
}

void kd_trainer_save(const kd_trainer *t, kd_str *out)
{
    kd_str_add_bytes(out, &t->at, sizeof t->at);
    kd_str_add_bytes(out, t->moments.items, t->moments.count * sizeof *t->moments.items);
}

kd_status kd_trainer_restore(kd_trainer *t, const void *bytes, size_t length, kd_error *err)
{
    kd_trainer_position at;
    if (length < sizeof at) return kd_fail(err, KD_EDATA, "a checkpoint's state is too short");
    memcpy(&at, bytes, sizeof at);
    if (at.setup != t->at.setup || at.moments < 0 ||
        length != sizeof at + (size_t)at.moments * sizeof(kd_moment))
        return kd_fail(err, KD_EDATA, "a checkpoint's state is of another training");
    t->at = at;
    kd_vec_reset(&t->moments);
    kd_vec_reserve(&t->moments, (size_t)at.moments);
    if (at.moments > 0) /* before the first epoch has ended there is no block to fill */
        memcpy(t->moments.items, (const char *)bytes + sizeof at,
               (size_t)at.moments * sizeof(kd_moment));
    t->moments.count = (size_t)at.moments;
    kd_optim_resume(t->optim, at.updates);
    kd_params_touch(t->with.params);
    return KD_OK;
}

kd_history kd_trainer_history(const kd_trainer *t)
{
    kd_history history = { .count = (int)t->moments.count,
                           .moments = t->moments.items,
                           .part_count = t->at.part_count,
                           .best = t->at.best,
                           .epochs = t->at.epoch + (t->at.batch > 0),
                           .updates = t->at.updates,
                           .clipped = t->at.clipped,
                           .train_s = t->at.train_s,
                           .sentences = t->at.sentences,
                           .tokens = t->at.tokens };
    for (int i = 0; i < t->at.part_count; i++) history.part_names[i] = t->at.part_name[i];
    return history;
}
