/* metric_title.c - names of metrics as words: "F1 of pieces (devel)" for "devel.token_micro.f1". */
#include <stdio.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/store/keys.h"
#include "results/metric_internal.h"

/* Of no split. */
static const struct {
    const char *name, *title;
} whole[] = {
    { KD_KEY_TIME KD_KEY_TRAIN_S, "train" },
    { KD_KEY_TIME KD_KEY_CELL_S, "whole cell" },
    { KD_KEY_TIME "cpu_s", "CPU" },
    { KD_KEY_TIME "tokens_per_s", "pieces trained" },
    { KD_KEY_TIME KD_KEY_PEAK_MIB, "peak memory" },
    { KD_KEY_MIB, "size" },
    { KD_KEY_TRAIN_MIB, "size in training" },
    { KD_KEY_PARAMETERS, "parameters" },
    { "size.operations_per_token", "operations a piece" },
    { "train.epochs", "epochs" },
    { "train.updates", "updates" },
    { "train.clipped_updates", "clipped updates" },
    { "train.sentences", "sentences read" },
    { "train.tokens", "pieces read" },
    { "train.best_epoch", "best epoch" },
    { "train.best_update", "best update" },
};

/* Of a split, by what follows it. */
static const struct {
    const char *name, *title;
} single[] = {
    { "accuracy", "accuracy" },
    { "f1", "F1" },
    { "em", "exact match" },
    { "strict", "strict accuracy" },
    { "lenient", "lenient accuracy" },
    { "mrr", "MRR" },
    { "masked.accuracy", "masked words found" },
    { "masked.perplexity", "perplexity" },
    { "masked.loss", "loss" },
};

/* These have parts (F1, precision, recall), of all or of a type; the first that fits. */
static const struct {
    const char *name, *before, *after;
} in_parts[] = {
    { "entity_strict.macro", "macro ", "" },
    { "entity_strict", "", "" },
    { "entity_lenient.piece", "lenient ", " of pieces" },
    { "entity_lenient", "lenient ", "" },
    { "token_micro", "", " of pieces" },
    { "relation", "", "" },
    { "document", "", "" },
    { "pair.macro", "macro ", "" },
    { "pair", "", "" },
};

static bool add_whole(kd_str *out, const char *name)
{
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(name, whole[i].name) == 0) {
            kd_str_add(out, whole[i].title);
            return true;
        }
    return false;
}

/* "time.latency.f32.p95_ms" */
static bool add_latency(kd_str *out, const char *name)
{
    static const char prefix[] = KD_KEY_TIME "latency.";
    const char       *precision = name + sizeof prefix - 1, *dot, *part;

    if (!kd_starts_with(name, prefix) || !kd_ends_with(name, "_ms")) return false;
    if ((dot = strchr(precision, '.')) == NULL) return false;
    part = dot + 1;
    if (kd_starts_with(part, "p95_"))
        kd_str_add(out, "95th percentile of latency");
    else
        kd_str_addf(out, "%.*s latency", (int)strcspn(part, "_"), part);
    kd_str_addf(out, " (%.*s)", (int)(dot - precision), precision);
    return true;
}

static bool add_single(kd_str *out, const char *measure)
{
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (strcmp(measure, single[i].name) == 0) {
            kd_str_add(out, single[i].title);
            return true;
        }
    return false;
}

static const char *part_of(const char *word)
{
    if (strcmp(word, "f1") == 0) return "F1";
    return strcmp(word, "precision") == 0 || strcmp(word, "recall") == 0 ? word : NULL;
}

/* "entity_strict.f1", or "entity_strict.Gene.f1" */
static bool add_part(kd_str *out, const char *measure)
{
    for (size_t i = 0; i < sizeof in_parts / sizeof *in_parts; i++) {
        const char *rest = measure + strlen(in_parts[i].name), *last, *part;
        if (!kd_starts_with(measure, in_parts[i].name) || *rest != '.') continue;
        last = strrchr(rest, '.');
        if ((part = part_of(last + 1)) == NULL) return false;
        kd_str_addf(out, "%s%s%s", in_parts[i].before, part, in_parts[i].after);
        if (last > rest) kd_str_addf(out, " of %.*s", (int)(last - rest - 1), rest + 1);
        return true;
    }
    return false;
}

void kd_metric_set_title(kd_metric *metric)
{
    const char *name = metric->name, *dot = strchr(name, '.');
    kd_str      title = KD_STR_INIT;

    if (!add_whole(&title, name) && !add_latency(&title, name)) {
        if (dot != NULL && (add_single(&title, dot + 1) || add_part(&title, dot + 1)))
            kd_str_addf(&title, " (%.*s)", (int)(dot - name), name);
        else
            kd_str_add(&title, name);
    }
    snprintf(metric->title, sizeof metric->title, "%s", title.text);
    kd_str_fini(&title);
}
