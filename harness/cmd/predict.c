/* predict.c - `kdgrid predict`: a trained network on texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/cmd/asking.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/use/flow.h"

typedef struct {
    kd_finding  finding;
    const char *from, *to, *folder, *precision, *tokenizer, *task, *reading;
    double      none_above;
    int         threads;
    bool        lines, cuts, strict, has_scores, as_json;
} predict_options;

/* ---- forms ---- */

static kd_status choose_forms(const predict_options *o, kd_intake_options *in,
                              kd_output_options *out, kd_error *err)
{
    in->form = KD_FORM_AUTO;
    out->form = isatty(STDOUT_FILENO) ? KD_FORM_TEXT : KD_FORM_JSONL;
    if (o->as_json) out->form = KD_FORM_JSONL;
    if (o->folder) out->form = KD_FORM_BRAT;
    if (o->from && !kd_form_parse(&in->form, o->from))
        return kd_fail(err, KD_EUSAGE, "predict: --from is text, tsv, jsonl or brat, not %s",
                       o->from);
    if (o->to && !kd_form_parse(&out->form, o->to))
        return kd_fail(err, KD_EUSAGE, "predict: --to is text, tsv, jsonl or brat, not %s", o->to);
    if ((out->form == KD_FORM_BRAT) != (o->folder != NULL))
        return kd_fail(err, KD_EUSAGE, "predict: --to brat and -o DIR go together");
    if (o->has_scores && out->form != KD_FORM_TSV)
        return kd_fail(err, KD_EUSAGE, "predict: --scores is a column of --to tsv");
    return KD_OK;
}

static kd_status choose_reading(kd_reading *out, const char *word, kd_error *err)
{
    static const char *const words[] = { [KD_READ_STRICT] = "strict",
                                         [KD_READ_CONLLEVAL] = "conlleval",
                                         [KD_READ_SEQEVAL] = "seqeval" };
    for (kd_reading r = KD_READ_STRICT; r <= KD_READ_SEQEVAL; r++)
        if (strcmp(word, words[r]) == 0) {
            *out = r;
            return KD_OK;
        }
    return kd_fail(err, KD_EUSAGE, "predict: --reading is strict, conlleval or seqeval, not %s",
                   word);
}

/* What is read must not be written over. */
static kd_status check_folder(const char *folder, char *const *words, int count, kd_error *err)
{
    struct stat ours, theirs;
    kd_status   status = kd_fs_make_folders(folder, err);
    if (status != KD_OK) return status;
    if (stat(folder, &ours) != 0) return KD_OK;
    for (int i = 0; i < count; i++) {
        char *beside = kd_fs_is_folder(words[i]) ? kd_strdup(words[i]) : kd_fs_folder(words[i]);
        bool  is_same = stat(beside, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
                       ours.st_ino == theirs.st_ino;
        free(beside);
        if (is_same)
            return kd_fail(err, KD_EUSAGE, "predict: -o %s is where %s is read", folder, words[i]);
    }
    return KD_OK;
}

/* ---- what it says at the end ---- */

/* "1 sentence", "2 sentences" */
static const char *counted(char *out, size_t size, int64_t count, const char *one, const char *many)
{
    snprintf(out, size, "%lld %s", (long long)count, count == 1 ? one : many);
    return out;
}

/* Whether these are the classes of a task whose sentences all have their marks. */
static bool are_known_relations(const kd_labels *labels)
{
    for (const kd_relation_task *task = kd_relation_tasks; task->name; task++) {
        bool knows_all = true;
        for (int k = 0; k < kd_labels_count(labels); k++)
            knows_all &= kd_list_has(task->classes, kd_labels_name(labels, k));
        if (knows_all) return true;
    }
    return false;
}

/* A class of somebody's own may be of whole sentences; where some of them have marks it is not. */
static void tell_unmarked(const kd_trained *trained, const kd_flow_counts *counts)
{
    char a[64];
    if (counts->unmarked == 0 ||
        (counts->unmarked == counts->sentences && !are_known_relations(trained->labels)))
        return;
    kd_log_warning(
        "%s no two marks (as @GENE$ and @CHEMICAL$), so what is said of it stands for no pair",
        counted(a, sizeof a, counts->unmarked, "sentence has", "sentences have"));
}

static void tell(const kd_predictor *predictor, const predict_options *o, const kd_intake *intake,
                 const kd_flow_counts *counts, int64_t mentions, double seconds)
{
    kd_intake_counts read = kd_intake_counted(intake);
    kd_task          task = kd_predictor_trained(predictor)->task;
    char             took[64], a[64], b[64];
    if (read.skipped)
        kd_log_warning("%s passed over",
                       counted(a, sizeof a, read.skipped, "line was", "lines were"));
    if (read.cut_sentences)
        kd_log_warning("%s too long for one and cut",
                       counted(a, sizeof a, read.cut_sentences, "sentence was", "sentences were"));
    if (counts->long_rows)
        kd_log_info("%s more than %d pieces and %s",
                    counted(a, sizeof a, counts->long_rows, "sentence has", "sentences have"),
                    kd_predictor_longest(predictor),
                    o->cuts || kd_task_is_of_class(kd_predictor_trained(predictor)->task)
                        ? "lost what is beyond"
                        : "went through in overlapping windows");
    tell_unmarked(kd_predictor_trained(predictor), counts);
    if (task == KD_TASK_QA)
        counted(a, sizeof a, counts->sentences, "question", "questions");
    else
        counted(a, sizeof a, counts->sentences, "sentence", "sentences");
    kd_log_info("%s, %s in %s", a,
                task == KD_TASK_NER  ? counted(b, sizeof b, mentions, "mention", "mentions")
                : task == KD_TASK_QA ? counted(b, sizeof b, mentions, "answer", "answers")
                                     : counted(b, sizeof b, mentions, "class", "classes"),
                kd_clock_words(took, sizeof took, seconds));
}

static kd_status check_input(const kd_intake *intake, const kd_flow_counts *counts, kd_task task,
                             kd_error *err)
{
    if (counts->sentences > 0 || kd_intake_counted(intake).skipped == 0) return KD_OK;
    return kd_fail(err, KD_EDATA, "no line of the input could be read%s",
                   kd_task_of(task)->texts == 2
                       ? "; of a document of questions `kdgrid data convert questions` makes lines"
                       : "");
}

/* ---- the verb ---- */

/* How far it is, now and then. */
typedef struct {
    double begin_s, told_s;
} watching;

static void tell_progress(void *user, const kd_flow_counts *counts)
{
    enum { EVERY_S = 10 };
    watching *w = user;
    double    now_s = kd_clock_s();
    if (now_s < w->told_s + EVERY_S) return;
    w->told_s = now_s;
    kd_log_info("%lld sentences so far, %.0f a second", (long long)counts->sentences,
                (double)counts->sentences / (now_s - w->begin_s));
}

static kd_status run_flow(const kd_predictor *predictor, const predict_options *o,
                          kd_intake *intake, kd_output *output, kd_error *err)
{
    kd_flow_counts counts;
    double         begin_s = kd_clock_s();
    watching       w = { begin_s, begin_s };
    kd_status      status = kd_flow_run(predictor, intake, output, o->threads,
                                        (kd_flow_watch){ tell_progress, &w }, &counts, err);
    if (status == KD_OK || counts.sentences > 0 || kd_intake_counted(intake).skipped > 0)
        tell(predictor, o, intake, &counts, kd_output_mentions(output), kd_clock_s() - w.begin_s);
    return status == KD_OK
               ? check_input(intake, &counts, kd_predictor_trained(predictor)->task, err)
               : status;
}

static kd_status run(const kd_predictor *predictor, const predict_options *o, char **words,
                     int count, kd_error *err)
{
    static char       dash[] = "-", *only[] = { dash };
    kd_intake        *intake = NULL;
    kd_output        *output = NULL;
    const kd_trained *t = kd_predictor_trained(predictor);
    kd_intake_options in = { .task = t->task, .lines_end = o->lines, .strict = o->strict };
    kd_output_options out = { .task = t->task,
                              .labels = t->labels,
                              .to = stdout,
                              .folder = o->folder,
                              .is_coloured = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
                              .has_scores = o->has_scores };
    if (count == 0) words = only, count = 1;
    out.names_files = count > 1;
    kd_status status = choose_forms(o, &in, &out, err);
    if (status == KD_OK) status = choose_reading(&out.reading, o->reading, err);
    if (status == KD_OK && o->folder) status = check_folder(o->folder, words, count, err);
    if (status == KD_OK)
        status = kd_intake_open(&intake, (const char *const *)words, (size_t)count, &in, err);
    if (status == KD_OK) status = kd_output_create(&output, &out, err);
    if (status == KD_OK) status = run_flow(predictor, o, intake, output, err);
    kd_output_destroy(output);
    kd_intake_close(intake);
    return status;
}

static kd_status open_and_run(const predict_options *o, const kd_args *args, kd_error *err)
{
    kd_predictor        *predictor = NULL;
    kd_predictor_options options = { .tokenizer = o->tokenizer,
                                     .task = o->task,
                                     .precision = o->precision,
                                     .none_above = o->none_above,
                                     .cuts = o->cuts };
    char                *path;
    kd_status            status = kd_finding_path(&path, &o->finding, args->words[0], err);
    if (status == KD_OK) status = kd_predictor_open(&predictor, path, &options, err);
    if (status == KD_OK) status = run(predictor, o, args->words + 1, args->count - 1, err);
    kd_predictor_close(predictor);
    free(path);
    return status;
}

kd_status kd_cmd_predict(int argc, char **argv, kd_error *err)
{
    predict_options o = { .reading = "strict", .none_above = NAN };
    const kd_arg    table[] = {
           KD_ARGS_FINDING(o.finding),
           { 'f', "from", KD_ARG_TEXT, &o.from, "FORM",
             "text, tsv, jsonl or brat; else by the name's end, text for stdin",
             "text tsv jsonl brat" },
           { 't', "to", KD_ARG_TEXT, &o.to, "FORM",
             "jsonl, tsv, brat or text (text on a terminal, else jsonl)", "jsonl tsv brat text" },
           KD_ARG_JSON(o.as_json),
           { 'o', "output", KD_ARG_TEXT, &o.folder, "DIR", "where .ann and .txt go, with --to brat" },
           { 0, "lines", KD_ARG_FLAG, &o.lines, NULL, "an end of line ends a sentence of a text" },
           { 0, "scores", KD_ARG_FLAG, &o.has_scores, NULL, "tsv: a column of probabilities" },
           { 0, "reading", KD_ARG_TEXT, &o.reading, "NAME",
             "of tags as mentions: strict, conlleval or seqeval (strict)",
             "strict conlleval seqeval" },
           { 0, "cut", KD_ARG_FLAG, &o.cuts, NULL,
             "cut what is too long, as evaluation does, in place of windows" },
           { 0, "strict", KD_ARG_FLAG, &o.strict, NULL, "stop at the first bad line" },
           KD_ARGS_ASKING(o),
           { 0, "threads", KD_ARG_INT, &o.threads, "N", "that work at once (all cores)" },
           KD_ARG_END,
    };
    kd_args args = {
        "predict", "MODEL [FILE|DIR|-]... [OPTION]...",
        "Finds mentions in texts, classes of them, or answers to questions. MODEL is a cell (its "
        "id, first digits "
        "or label,\nor best; docs/FINDING.md), the file of an object, or a published folder. "
        "FILE is a text,\nwords a line (.tsv, .conll), or JSON lines with \"text\", or with "
        "\"question\" and \"context\"; DIR has "
        ".txt files (BRAT).\ndocs/PREDICT.md shows what goes in and comes out.",
        table
    };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 1, -1, err);
    if (status == KD_OK && !args.helped) status = kd_asking_threads(&o.threads, "predict", err);
    if (status == KD_OK && !args.helped) status = open_and_run(&o, &args, err);
    kd_args_fini(&args);
    return status;
}
