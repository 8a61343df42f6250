/* score.c - `kdgrid data score`: how right predicted labels are. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/score.h"
#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"

typedef struct {
    const char *name;
    kd_task     task;
    kd_reading  reading; /* of spans; token_micro and the others have none */
} metric;

static const metric metrics[] = {
    { "entity_strict", KD_TASK_NER, KD_READ_STRICT },
    { "entity_lenient", KD_TASK_NER, KD_READ_CONLLEVAL },
    { "entity_seqeval", KD_TASK_NER, KD_READ_SEQEVAL },
    { "token_micro", KD_TASK_NER, KD_READ_STRICT },
    { "relation", KD_TASK_RE, KD_READ_STRICT },
    { "document", KD_TASK_HOC, KD_READ_STRICT },
    { "pair", KD_TASK_PAIR, KD_READ_STRICT },
};
enum { METRICS = sizeof metrics / sizeof *metrics };

/* One metric over a pair of files, with all details. */
typedef struct {
    const metric *metric;
    kd_counts     total; /* empty for document */
    kd_prf        micro, macro;
    double        accuracy;
    int           kinds, rows; /* sentences, or documents */
    kd_counts    *by_kind, *by_row;
} judgement;

static bool counts_tags(const metric *m)
{
    return strcmp(m->name, "token_micro") == 0;
}

static const char *kind_name(const judgement *j, const kd_labels *labels, int kind)
{
    return j->metric->task == KD_TASK_NER && !counts_tags(j->metric) ? kd_labels_type(labels, kind)
                                                                     : kd_labels_name(labels, kind);
}

static kd_counts judge_ner(judgement *j, const kd_score_pair *pair, kd_detail detail)
{
    const kd_corpus *gold = &pair->gold;
    const int16_t   *predicted = pair->predicted.tags.items;

    j->accuracy = kd_score_tag_accuracy(gold->tags.items, predicted, (int)gold->tags.count);
    if (counts_tags(j->metric))
        return kd_score_tags(pair->labels, gold->tags.items, predicted, gold->begin.items, j->rows,
                             detail);
    return kd_score_spans(pair->labels, j->metric->reading, gold->tags.items, predicted,
                          gold->begin.items, j->rows, detail);
}

static int count_documents(const kd_corpus *corpus)
{
    int count = 0;

    for (size_t row = 0; row < corpus->documents.count; row++)
        if (corpus->documents.items[row] >= count) count = corpus->documents.items[row] + 1;
    return count;
}

static void judge(judgement *j, const metric *m, const kd_score_pair *pair)
{
    const int32_t *gold = pair->gold.classes.items, *predicted = pair->predicted.classes.items;

    *j = (judgement){ .metric = m, .rows = kd_corpus_sentences(&pair->gold) };
    j->kinds = m->task == KD_TASK_NER && !counts_tags(m) ? kd_labels_types(pair->labels)
                                                         : kd_labels_count(pair->labels);
    j->by_kind = kd_alloc((size_t)j->kinds + 1, sizeof *j->by_kind);
    j->by_row = kd_alloc((size_t)j->rows + 1, sizeof *j->by_row);

    kd_detail detail = { j->by_kind, j->by_row };

    if (m->task == KD_TASK_NER) j->total = judge_ner(j, pair, detail);
    if (kd_task_is_of_class(m->task))
        j->total =
            kd_score_classes(pair->labels, m->task == KD_TASK_RE, gold, predicted, j->rows, detail);
    if (m->task != KD_TASK_NER) j->accuracy = kd_score_class_accuracy(gold, predicted, j->rows);
    j->micro = kd_prf_of(j->total);
    if (m->task == KD_TASK_HOC) {
        j->micro = kd_score_documents(gold, predicted, pair->gold.documents.items, j->rows, detail);
        j->rows = count_documents(&pair->gold);
    }
    j->macro = kd_prf_macro(j->by_kind, j->kinds);
}

static void fini_judgement(judgement *j)
{
    free(j->by_kind);
    free(j->by_row);
}

static void print_prf(const char *name, kd_prf prf, const kd_counts *counts, kd_str *out)
{
    kd_str_say(out, "%-24s %9.6f %9.6f %9.6f", name, prf.precision, prf.recall, prf.f1);
    if (counts) kd_str_addf(out, " %8d %9d %8d", counts->tp, counts->predicted, counts->gold);
    kd_str_add_char(out, '\n');
}

static void print_judgement(const judgement *j, const kd_labels *labels, kd_str *out)
{
    bool has_counts = j->metric->task != KD_TASK_HOC;

    print_prf(j->metric->name, j->micro, has_counts ? &j->total : NULL, out);
    for (int k = 0; k < j->kinds; k++) {
        const kd_counts *counts = &j->by_kind[k];
        char             name[64];

        if (counts->predicted == 0 && counts->gold == 0) continue;
        snprintf(name, sizeof name, "  %s", kind_name(j, labels, k));
        print_prf(name, kd_prf_of(*counts), counts, out);
    }
    print_prf("  macro", j->macro, NULL, out);
}

static void write_prf(kd_json_writer *w, kd_prf prf)
{
    kd_json_put_real(w, "precision", prf.precision);
    kd_json_put_real(w, "recall", prf.recall);
    kd_json_put_real(w, "f1", prf.f1);
}

static void write_counts(kd_json_writer *w, kd_counts counts)
{
    kd_json_put_int(w, "tp", counts.tp);
    kd_json_put_int(w, "predicted", counts.predicted);
    kd_json_put_int(w, "gold", counts.gold);
}

static void write_rows(kd_json_writer *w, const judgement *j)
{
    kd_json_key(w, "counts");
    kd_json_begin(w, '[');
    for (int row = 0; row < j->rows; row++) {
        kd_json_begin(w, '[');
        kd_json_int(w, j->by_row[row].tp);
        kd_json_int(w, j->by_row[row].predicted);
        kd_json_int(w, j->by_row[row].gold);
        kd_json_end(w, ']');
    }
    kd_json_end(w, ']');
}

static void write_judgement(kd_json_writer *w, const judgement *j, const kd_labels *labels,
                            bool wants_counts)
{
    kd_json_key(w, j->metric->name);
    kd_json_begin(w, '{');
    if (j->metric->task != KD_TASK_HOC) write_counts(w, j->total);
    write_prf(w, j->micro);
    kd_json_key(w, "macro");
    kd_json_begin(w, '{');
    write_prf(w, j->macro);
    kd_json_end(w, '}');
    kd_json_key(w, counts_tags(j->metric) ? "per_tag" : "per_type");
    kd_json_begin(w, '{');
    for (int k = 0; k < j->kinds; k++) {
        if (j->by_kind[k].predicted == 0 && j->by_kind[k].gold == 0) continue;
        kd_json_key(w, kind_name(j, labels, k));
        kd_json_begin(w, '{');
        write_counts(w, j->by_kind[k]);
        write_prf(w, kd_prf_of(j->by_kind[k]));
        kd_json_end(w, '}');
    }
    kd_json_end(w, '}');
    if (wants_counts) write_rows(w, j);
    kd_json_end(w, '}');
}

/* The metrics of a task that a name or a pattern means. */
static kd_status choose_metric(bool chosen[METRICS], kd_task task, const char *name, kd_error *err)
{
    const char *names[METRICS];
    size_t      count = 0;
    bool        any = false;
    kd_str      list = KD_STR_INIT;

    for (int m = 0; m < METRICS; m++) {
        if (metrics[m].task != task) continue;
        names[count++] = metrics[m].name;
        kd_str_addf(&list, "%s%s", count > 1 ? ", " : "", metrics[m].name);
        if (fnmatch(name, metrics[m].name, FNM_NOESCAPE) != 0) continue;
        chosen[m] = any = true;
    }
    if (!any) {
        const char *near = kd_nearest(name, names, count);
        kd_fail(err, KD_EUSAGE, "--metric: '%s' is none of %s, which has %s%s%s%s", name,
                kd_task_name(task), list.text, near ? "; did you mean " : "", near ? near : "",
                near ? "?" : "");
    }
    kd_str_fini(&list);
    return any ? KD_OK : KD_EUSAGE;
}

/* All metrics of the task, or those that were asked for. */
static kd_status choose_metrics(bool chosen[METRICS], kd_task task, const kd_arg_list *asked,
                                kd_error *err)
{
    kd_status status = KD_OK;
    bool      any = false;

    for (int m = 0; m < METRICS; m++) chosen[m] = asked->count == 0 && metrics[m].task == task;
    for (size_t i = 0; status == KD_OK && i < asked->count; i++) {
        char *list = kd_strdup(asked->items[i]), *rest = list, *name;
        while (status == KD_OK && (name = strsep(&rest, ",")) != NULL)
            if (*name != '\0') status = choose_metric(chosen, task, name, err);
        free(list);
    }
    for (int m = 0; m < METRICS; m++) any |= chosen[m];
    if (status == KD_OK && !any && asked->count > 0)
        return kd_fail(err, KD_EUSAGE, "--metric: no name of a metric");
    if (status == KD_OK && !any)
        return kd_fail(err, KD_EUSAGE, "--task: %s has no score", kd_task_name(task));
    return status;
}

static void print_counts(const judgement *j, kd_str *out)
{
    for (int row = 0; row < j->rows; row++)
        kd_str_addf(out, "%d\t%d\t%d\n", j->by_row[row].tp, j->by_row[row].predicted,
                    j->by_row[row].gold);
}

static void print_scores(const kd_score_pair *pair, const bool *chosen, bool wants_counts,
                         kd_str *out)
{
    judgement j;
    double    accuracy = 0;

    if (!wants_counts)
        kd_str_addf(out, "%-24s %9s %9s %9s %8s %9s %8s\n", "metric", "precision", "recall", "f1",
                    "tp", "predicted", "gold");
    for (int m = 0; m < METRICS; m++) {
        if (!chosen[m]) continue;
        judge(&j, &metrics[m], pair);
        if (wants_counts)
            print_counts(&j, out);
        else
            print_judgement(&j, pair->labels, out);
        accuracy = j.accuracy;
        fini_judgement(&j);
        if (wants_counts) return;
    }
    kd_str_addf(out, "%-24s %9.6f\n", "accuracy", accuracy);
}

static void write_scores(const kd_score_pair *pair, const bool *chosen, bool wants_counts,
                         kd_str *out)
{
    kd_json_writer w;
    judgement      j = { .accuracy = 0 };

    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_int(&w, "sentences", kd_corpus_sentences(&pair->gold));
    kd_json_put_int(&w, "invalid_gold", pair->gold.notes[KD_NOTE_INVALID].count);
    kd_json_put_int(&w, "invalid_predicted", pair->predicted.notes[KD_NOTE_INVALID].count);
    for (int m = 0; m < METRICS; m++) {
        if (!chosen[m]) continue;
        judge(&j, &metrics[m], pair);
        write_judgement(&w, &j, pair->labels, wants_counts);
        fini_judgement(&j);
    }
    kd_json_put_real(&w, "accuracy", j.accuracy);
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

static kd_status check_unit(const char *unit, kd_task task, kd_error *err)
{
    if (strcmp(unit, "word") != 0 && strcmp(unit, "piece") != 0)
        return kd_fail(err, KD_EUSAGE, "--unit: expected word or piece, found '%s'", unit);
    if (strcmp(unit, "word") == 0 && task != KD_TASK_NER)
        return kd_fail(err, KD_EUSAGE, "--unit: %s has no pieces", kd_task_name(task));
    return KD_OK;
}

/* Answers are texts and not labels, so what chooses among metrics of those has no meaning. */
static kd_status score_questions(const kd_args *args, const kd_arg_list *asked, bool as_json,
                                 bool wants_counts, kd_str *out, kd_error *err)
{
    if (args->count < 2)
        return kd_fail(err, KD_EUSAGE, "data score: questions need a file of answers as well");
    if (asked->count > 0)
        return kd_fail(err, KD_EUSAGE, "--metric: answers to questions have all their figures");
    return kd_data_score_questions(args->words[0], args->words[1], as_json, wants_counts, out, err);
}

kd_status kd_cmd_data_score(int argc, char **argv, kd_error *err)
{
    const char  *task_name = NULL, *scheme = NULL, *unit = "piece";
    bool         as_json = false, wants_counts = false;
    kd_arg_list  asked = { NULL, 0 };
    const kd_arg table[] = {
        { 0, "task", KD_ARG_TEXT, &task_name, "TASK", "ner, re, hoc, qa or pair; else guessed",
          "ner re hoc qa pair" },
        { 0, "scheme", KD_ARG_TEXT, &scheme, "NAME", "auto, iob1, iob2 or iobes, of both files",
          "auto iob1 iob2 iobes" },
        { 'm', "metric", KD_ARG_LIST, &asked, "NAME,...",
          "entity_strict, entity_lenient (conlleval), entity_seqeval, token_micro, relation, "
          "document, pair" },
        { 0, "unit", KD_ARG_TEXT, &unit, "UNIT",
          "piece: tokens as they stand (default); word: without those that begin with ##" },
        { 0, "counts", KD_ARG_FLAG, &wants_counts, NULL,
          "print tp, predicted, gold of each sentence by the metric (the task's first)" },
        KD_ARG_JSON(as_json),
        KD_ARG_END,
    };
    kd_args args = {
        "data score", "GOLD [PREDICTED]",
        "Score predicted labels: two files with the same sentences, or one with the\n"
        "columns token, gold, predicted. Of questions, a file of answers: docs/CORPORA.md.",
        table
    };
    kd_corpus_options reading;
    kd_score_pair     pair = { .labels = NULL };
    kd_task           task;
    bool              chosen[METRICS], is_open = false;
    kd_str            out = KD_STR_INIT;
    kd_status         status = kd_args_parse(&args, argc, argv, err);

    kd_setting_defaults(kd_corpus_settings, &reading);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 1, 2, err)) != KD_OK ||
        (status = kd_data_set(kd_corpus_settings, &reading, "scheme", scheme, err)) != KD_OK ||
        (status = kd_data_choose_task(&task, task_name, args.words[0], err)) != KD_OK ||
        (status = check_unit(unit, task, err)) != KD_OK)
        goto done;
    if (task == KD_TASK_QA) {
        status = score_questions(&args, &asked, as_json, wants_counts, &out, err);
        if (status == KD_OK) status = kd_data_print(&out, err);
        goto done;
    }
    if ((status = choose_metrics(chosen, task, &asked, err)) != KD_OK ||
        (status = kd_score_open(&pair, args.words[0], args.count > 1 ? args.words[1] : NULL, task,
                                &reading, err)) != KD_OK)
        goto done;
    is_open = true;
    kd_data_tell_notes(&pair.gold);
    if (args.count > 1) kd_data_tell_notes(&pair.predicted);
    if (strcmp(unit, "word") == 0) kd_score_by_word(&pair);
    if (as_json)
        write_scores(&pair, chosen, wants_counts, &out);
    else
        print_scores(&pair, chosen, wants_counts, &out);
    status = kd_data_print(&out, err);
done:
    if (is_open) kd_score_close(&pair);
    kd_str_fini(&out);
    kd_args_fini(&args);
    return status;
}
