/* judge.c - a corpus through a model, and every metric of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/use/judge_internal.h"
#include "models/tensor/parallel.h"

/* ---- asking ---- */

typedef struct {
    kd_judging *judging;
    kd_asker  **askers;
    float      *logits;
    int         spans;
} asking;

static void ask_span(void *user, int begin, int end)
{
    asking *a = user;
    int     count = a->judging->pack.sentences;
    for (int s = begin; s < end; s++)
        kd_asker_logits(a->askers[s], &a->judging->pack, (int)((int64_t)count * s / a->spans),
                        (int)((int64_t)count * (s + 1) / a->spans), a->logits);
}

static kd_status ask(kd_judging *j, kd_error *err)
{
    asking    a = { .judging = j, .spans = j->options->threads };
    kd_status status = KD_OK;
    a.askers = kd_alloc((size_t)a.spans, sizeof(kd_asker *));
    for (int s = 0; s < a.spans && status == KD_OK; s++)
        status = kd_asker_create(&a.askers[s], j->predictor, err);
    if (status == KD_OK)
        status = kd_asker_pack(a.askers[0], &j->out->corpus, &j->pack, &j->out->stats, err);
    if (status == KD_OK) {
        size_t rows = (size_t)kd_pack_rows(&j->pack);
        size_t labels = (size_t)kd_labels_count(kd_predictor_trained(j->predictor)->labels);
        a.logits = kd_alloc(rows * labels, sizeof *a.logits);
        kd_parallel(a.spans, a.spans, 1, ask_span, &a);
        kd_replies_read(&j->replies, &j->said, j->predictor, &j->pack, a.logits);
    }
    for (int s = 0; s < a.spans; s++) kd_asker_destroy(a.askers[s]);
    free(a.askers);
    free(a.logits);
    return status;
}

/* ---- metrics ---- */

static void take_metric(void *user, const char *name, double value)
{
    kd_judgement *out = user;
    kd_vec_push(&out->metrics, (kd_judged_metric){ kd_strdup(name), value, { NAN, NAN } });
}

static void put_metrics(kd_judging *j)
{
    kd_counts *by_sentence = kd_alloc((size_t)j->pack.sentences, sizeof *by_sentence);
    kd_measure_each(j->out->labels, &j->pack, &j->said, by_sentence, take_metric, j->out);
    free(by_sentence);
}

/* ---- labels ---- */

/* Add what tags, or classes, are called, from one on: "Gene, Disease". */
static void add_names(kd_str *out, const kd_labels *labels, kd_task task, int from)
{
    bool is_tags = task == KD_TASK_NER;
    int  count = is_tags ? kd_labels_types(labels) : kd_labels_count(labels);
    for (int i = from; i < count; i++)
        kd_str_addf(out, "%s%s", i > from ? ", " : "",
                    is_tags ? kd_labels_type(labels, i) : kd_labels_name(labels, i));
}

/* Whether any word, or row, has a label that the model has: one before `known`, but O. */
static bool shares_labels(const kd_corpus *corpus, const kd_labels *labels, int known)
{
    int outside = corpus->task == KD_TASK_NER ? kd_labels_outside(labels) : -1;
    for (size_t i = 0; i < corpus->tags.count; i++)
        if (corpus->tags.items[i] != outside && corpus->tags.items[i] < known) return true;
    for (size_t i = 0; i < corpus->classes.count; i++)
        if (corpus->classes.items[i] < known) return true;
    return false;
}

/* What the model cannot say counts as missed, which is told; where it could say nothing of the corpus, figures of 0
 * would only hide that. */
static kd_status check_labels(const kd_judging *j, const char *path, kd_error *err)
{
    const kd_trained *t = kd_predictor_trained(j->predictor);
    const kd_labels  *all = j->out->labels;
    kd_str            strange = KD_STR_INIT, known = KD_STR_INIT;
    kd_status         status = KD_OK;
    bool              is_tags = t->task == KD_TASK_NER;
    if (kd_labels_count(all) == kd_labels_count(t->labels)) return KD_OK;
    add_names(&strange, all, t->task,
              is_tags ? kd_labels_types(t->labels) : kd_labels_count(t->labels));
    add_names(&known, t->labels, t->task, 0);
    if (shares_labels(&j->out->corpus, all, kd_labels_count(t->labels)))
        kd_log_warning("%s: the model knows no %s; it says %s", path, strange.text, known.text);
    else
        status = kd_fail(err, KD_EDATA, "%s: its labels are %s, the model's are %s", path,
                         strange.text, known.text);
    kd_str_fini(&strange);
    kd_str_fini(&known);
    return status;
}

/* ---- the corpus ---- */

/* What is no matter of labels is read as the model's own corpus was, where that is known. */
static kd_status choose_reading(kd_corpus_options *out, const kd_trained *t, const char *tag_column,
                                kd_error *err)
{
    kd_corpus_options own;
    kd_setting_defaults(kd_corpus_settings, out);
    if (t->has_corpus &&
        kd_resolved_fill(&t->corpus, "data.", kd_corpus_settings, &own, err) == KD_OK) {
        out->tag_column = own.tag_column;
        out->drop_unterminated = own.drop_unterminated;
    }
    if (tag_column && kd_setting_put(kd_setting_find(kd_corpus_settings, "tag_column"), out,
                                     tag_column, err) != KD_OK)
        return kd_while(err, KD_EUSAGE, "--tag-column");
    return KD_OK;
}

/* A folder of splits is no corpus of its own. */
static kd_status tell_splits(const char *path, kd_task task, kd_status status, kd_error *err)
{
    char *test = kd_sprintf("%s/%s.%s", path, kd_split_word(KD_TEST), kd_task_of(task)->suffix);
    if (kd_fs_exists(test))
        status =
            kd_fail(err, status, "%s: a folder of splits; name one of them, as %s", path, test);
    free(test);
    return status;
}

static kd_status read_corpus(kd_judging *j, const char *path, kd_error *err)
{
    const kd_trained *t = kd_predictor_trained(j->predictor);
    kd_str            names = KD_STR_INIT;
    kd_status         status = choose_reading(&j->reading, t, j->options->tag_column, err);
    if (status != KD_OK) return status;
    j->out->labels = kd_labels_create();
    kd_labels_to_text(t->labels, &names);
    status = kd_labels_of_text(j->out->labels, names.text, kd_labels_scheme(t->labels), err);
    kd_str_fini(&names);
    if (status == KD_OK)
        status = kd_corpus_read(&j->out->corpus, path, t->task, &j->reading, j->out->labels, err);
    if (status != KD_OK)
        return kd_fs_is_folder(path) ? tell_splits(path, t->task, status, err) : status;
    if (kd_corpus_sentences(&j->out->corpus) == 0)
        return kd_fail(err, KD_EDATA, "%s: no sentences", path);
    for (size_t i = 0; i < j->out->corpus.documents.count; i++)
        if (j->out->corpus.documents.items[i] >= j->out->documents)
            j->out->documents = j->out->corpus.documents.items[i] + 1;
    return check_labels(j, path, err);
}

/* ---- all of it ---- */

kd_status kd_judge_run(kd_judgement *out, const kd_predictor *predictor, const char *corpus,
                       const kd_judge_options *options, kd_error *err)
{
    kd_judging j = { .out = out, .predictor = predictor, .options = options };
    *out = (kd_judgement){ .labels = NULL };
    kd_status status = read_corpus(&j, corpus, err);
    if (status == KD_OK) status = ask(&j, err);
    if (status == KD_OK) status = kd_judge_mentions(&j, err);
    if (status == KD_OK) {
        put_metrics(&j);
        kd_judge_groups(&j);
        kd_judge_intervals(&j);
        kd_judge_slips(&j);
        kd_judge_reliability(&j);
    }
    kd_pack_fini(&j.pack);
    kd_replies_fini(&j.replies);
    kd_said_fini(&j.said);
    kd_vec_fini(&j.gold);
    kd_vec_fini(&j.found);
    free(j.worth);
    if (status != KD_OK) kd_judgement_fini(out);
    return status;
}

static void free_groups(kd_judged_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) free(groups->items[i].name);
    kd_vec_fini(groups);
}

void kd_judgement_fini(kd_judgement *out)
{
    for (size_t i = 0; i < out->metrics.count; i++) free(out->metrics.items[i].name);
    for (size_t i = 0; i < out->kinds.count; i++) free(out->kinds.items[i].name);
    kd_vec_fini(&out->metrics);
    kd_vec_fini(&out->kinds);
    kd_vec_fini(&out->slips);
    kd_vec_fini(&out->reliability);
    free(out->whole.name);
    free_groups(&out->by_type);
    free_groups(&out->by_length);
    free_groups(&out->by_seen);
    if (out->corpus.name) kd_corpus_fini(&out->corpus);
    kd_labels_destroy(out->labels);
    *out = (kd_judgement){ .labels = NULL };
}
