/* model_report.c - what is kept of a training beside the weights: its history, the network's size, what it is worth on
 * devel and test, and how fast it is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/process.h"
#include "harness/cell/latency.h"
#include "harness/cell/measure.h"
#include "harness/cell/model_job.h"
#include "harness/store/keys.h"

static double of_epoch(const kd_moment *m, int part)
{
    (void)part;
    return m->epoch;
}
static double of_update(const kd_moment *m, int part)
{
    (void)part;
    return (double)m->update;
}
static double of_loss(const kd_moment *m, int part)
{
    (void)part;
    return m->loss;
}
static double of_score(const kd_moment *m, int part)
{
    (void)part;
    return m->score;
}
static double of_part(const kd_moment *m, int part)
{
    return m->part[part];
}

static kd_status put_column(kd_object_draft *draft, const char *name, const kd_history *history,
                            double (*value)(const kd_moment *moment, int part), int part,
                            kd_error *err)
{
    double *values = kd_alloc((size_t)history->count + 1, sizeof *values);
    for (int i = 0; i < history->count; i++) values[i] = value(&history->moments[i], part);
    kd_status status = kd_object_put_history(draft, name, values, (size_t)history->count, err);
    free(values);
    return status;
}

static kd_status put_columns(kd_object_draft *draft, const kd_history *history, kd_error *err)
{
    kd_status status;
    if ((status = put_column(draft, "epoch", history, of_epoch, 0, err)) != KD_OK ||
        (status = put_column(draft, "update", history, of_update, 0, err)) != KD_OK ||
        (status = put_column(draft, "loss", history, of_loss, 0, err)) != KD_OK ||
        (status = put_column(draft, "score", history, of_score, 0, err)) != KD_OK)
        return status;
    for (int i = 0; i < history->part_count && status == KD_OK; i++) {
        char *name = kd_sprintf("part.%s", history->part_names[i]);
        status = put_column(draft, name, history, of_part, i, err);
        free(name);
    }
    return status;
}

static kd_status put_history(kd_model_job *j, kd_object_draft *draft, kd_error *err)
{
    kd_history history = kd_trainer_history(j->trainer);
    kd_object_put_metric(draft, "train.epochs", history.epochs);
    kd_object_put_metric(draft, "train.updates", (double)history.updates);
    kd_object_put_metric(draft, "train.clipped_updates", (double)history.clipped);
    kd_object_put_metric(draft, "train.sentences", history.sentences);
    kd_object_put_metric(draft, "train.tokens", history.tokens);
    if (history.best >= 0) {
        kd_object_put_metric(draft, "train.best_epoch", history.moments[history.best].epoch);
        kd_object_put_metric(draft, "train.best_update",
                             (double)history.moments[history.best].update);
    }
    kd_object_put_timing(draft, KD_KEY_TRAIN_S, history.train_s);
    if (history.train_s > 0)
        kd_object_put_timing(draft, "tokens_per_s", history.tokens / history.train_s);
    return history.count ? put_columns(draft, &history, err) : KD_OK;
}

static kd_status put_size(kd_model_job *j, kd_object_draft *draft, kd_error *err)
{
    kd_model_size size;
    int           length = kd_pack_mean(&j->dataset.split[KD_TRAIN]);
    kd_status     status = kd_model_measure(&size, kd_model_arch(j->model), length, err);
    if (status != KD_OK) return status;
    kd_object_put_metric(draft, KD_KEY_PARAMETERS, (double)size.parameters);
    kd_object_put_metric(draft, KD_KEY_MIB, size.mib);
    kd_object_put_metric(draft, "size.operations_per_token", size.operations_per_token);
    size_t all = kd_params_total(j->params);
    if (all > size.parameters) kd_model_size_add(&size, all - size.parameters);
    kd_object_put_metric(draft, KD_KEY_TRAIN_MIB, size.mib);
    return KD_OK;
}

/* Whoever watches saw the last epoch, whose weights need not be those that are kept. */
static void tell_kept(const kd_model_job *j, double score)
{
    kd_history        history = kd_trainer_history(j->trainer);
    kd_progress_point point = { NAN, score, history.epochs, j->train.epochs };
    if (!j->context->on_progress) return;
    if (history.count > 0) point.loss = history.moments[history.count - 1].loss;
    j->context->on_progress(j->context->user, &point);
}

static kd_status put_words(kd_model_job *j, kd_object_draft *draft, kd_split split, kd_error *err)
{
    const kd_pack  *pack = &j->dataset.split[split];
    kd_counts      *by_row = kd_alloc((size_t)pack->sentences, sizeof *by_row);
    kd_masked_score score;
    kd_predict_masked(j->model, pack, j->masker, j->inference, j->options.threads, by_row, &score);
    kd_status status = kd_measure_put_words(draft, &j->dataset, split, &score, by_row, err);
    free(by_row);
    if (split == KD_DEVEL) tell_kept(j, kd_masked_accuracy(&score));
    return status;
}

static kd_status put_answers(kd_model_job *j, kd_object_draft *draft, kd_split split, kd_error *err)
{
    const kd_crf *crf = kd_model_crf(j->model);
    float        *logits;
    int           rows, labels;
    kd_predict_logits(j->model, &j->dataset.split[split], j->inference, j->options.threads, &logits,
                      &rows, &labels);
    kd_status status = kd_measure_put(draft, &j->dataset, split, crf, logits, labels, err);
    if (split == KD_DEVEL) tell_kept(j, kd_measure_main(&j->dataset, split, crf, logits, labels));
    free(logits);
    return status;
}

static kd_status put_measures(kd_model_job *j, kd_object_draft *draft, kd_error *err)
{
    kd_status status = KD_OK;
    for (kd_split s = KD_DEVEL; s <= KD_TEST && status == KD_OK; s++) {
        if (!j->dataset.split[s].sentences) continue;
        status = j->masker ? put_words(j, draft, s, err) : put_answers(j, draft, s, err);
    }
    return status;
}

/* How long a sentence takes, in one precision: timings "latency.f32.median_ms" and so on. */
static void put_latency(kd_model_job *j, kd_object_draft *draft, kd_precision precision)
{
    kd_latency  latency;
    const char *word = kd_precision_word(precision);
    kd_latency_measure(&latency, j->model, &j->dataset.split[KD_DEVEL], j->measure.latency,
                       precision);
    const struct {
        const char *name;
        double      ms;
    } rows[] = { { "median", latency.median_ms },
                 { "p95", latency.p95_ms },
                 { "mean", latency.mean_ms } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        snprintf(name, sizeof name, "latency.%s.%s_ms", word, rows[i].name);
        kd_object_put_timing(draft, name, rows[i].ms);
    }
}

/* An encoder has a latency on a task; words at every place of a sentence nobody asks for. */
static void put_latencies(kd_model_job *j, kd_object_draft *draft)
{
    if (j->masker) return;
    if (j->measure.latency == 0 || j->dataset.split[KD_DEVEL].sentences == 0) return;
    put_latency(j, draft, KD_F32);
    if (j->precision == KD_BF16 || j->inference == KD_BF16) put_latency(j, draft, KD_BF16);
    if (j->measure.int8 || j->inference == KD_INT8) put_latency(j, draft, KD_INT8);
}

/* Of this process, the largest it has been. */
static void put_memory(kd_object_draft *draft)
{
    kd_object_put_timing(draft, KD_KEY_PEAK_MIB, (double)kd_process_peak_bytes() / (1 << 20));
}

kd_status kd_model_job_report(kd_model_job *j, kd_object_draft *draft, kd_error *err)
{
    kd_status status = put_history(j, draft, err);
    if (status == KD_OK) status = put_size(j, draft, err);
    if (status == KD_OK) status = put_measures(j, draft, err);
    if (status != KD_OK) return status;
    put_memory(draft); /* before what is measured for its own sake takes any */
    put_latencies(j, draft);
    return KD_OK;
}
