/* score.c - `kdgrid score`: a model on a corpus that has the answers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/slips.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/cmd/asking.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/finding.h"
#include "harness/use/judge.h"

typedef struct {
    kd_finding  finding;
    kd_arg_list by;
    const char *train, *tag_column, *precision, *tokenizer, *task;
    double      none_above;
    int         threads, errors, draws;
    bool        in_windows, as_json;
} score_options;

/* Groupings by their words. */
static const struct {
    const char *word;
    size_t      offset; /* of the groups in a judgement */
} groupings[] = {
    { "type", offsetof(kd_judgement, by_type) },
    { "length", offsetof(kd_judgement, by_length) },
    { "seen", offsetof(kd_judgement, by_seen) },
};
enum { GROUPINGS = sizeof groupings / sizeof *groupings };

static const kd_judged_groups *groups_of(const kd_judgement *j, int g)
{
    return (const kd_judged_groups *)(const void *)((const char *)j + groupings[g].offset);
}

static bool is_asked(const score_options *o, int g)
{
    for (size_t i = 0; i < o->by.count; i++)
        if (strcmp(o->by.items[i], groupings[g].word) == 0) return true;
    return o->by.count == 0 || o->as_json;
}

static kd_status check_options(const score_options *o, kd_error *err)
{
    for (size_t i = 0; i < o->by.count; i++) {
        bool is_known = false;
        for (int g = 0; g < GROUPINGS; g++)
            is_known |= strcmp(o->by.items[i], groupings[g].word) == 0;
        if (!is_known)
            return kd_fail(err, KD_EUSAGE, "score: --by is type, length or seen, not %s",
                           o->by.items[i]);
    }
    if (o->errors < 0 || o->draws < 0)
        return kd_fail(err, KD_EUSAGE, "score: --errors and --draws are no less than 0");
    return KD_OK;
}

/* ---- for people ---- */

/* The end of a line, `blanks` behind what it has. */
static void print_interval(kd_interval interval, int blanks, kd_str *out)
{
    if (!isnan(interval.low))
        kd_str_addf(out, "%*s%.4f-%.4f", blanks, "", interval.low, interval.high);
    kd_str_add_char(out, '\n');
}

static void print_metrics(const kd_judgement *j, kd_str *out)
{
    kd_str_addf(out, "%-28s %9s %9s %9s  %s\n", "metric", "f1", "precision", "recall",
                "f1 with 95 %");
    for (size_t i = 0; i < j->metrics.count; i++) {
        const kd_judged_metric *m = &j->metrics.items[i];
        if (!kd_ends_with(m->name, ".f1")) continue;
        kd_str_addf(out, "%-28.*s %9.4f %9.4f %9.4f", (int)(strlen(m->name) - strlen(".f1")),
                    m->name, m->value, m[1].value, m[2].value);
        print_interval(m->interval, 2, out);
    }
    for (size_t i = 0; i < j->metrics.count; i++)
        if (!strchr(j->metrics.items[i].name, '.')) {
            kd_str_addf(out, "%-28s %9.4f", j->metrics.items[i].name, j->metrics.items[i].value);
            print_interval(j->metrics.items[i].interval, 22, out);
        }
}

/* Each figure, and below it where it lies; so a row is no wider than a terminal. */
static void print_figures(const double figures[3], const kd_interval intervals[3], kd_str *out)
{
    for (int i = 0; i < 3; i++) kd_str_addf(out, " %13.4f", figures[i]);
    if (!isnan(intervals[0].low)) kd_str_addf(out, "\n%37s", "");
    for (int i = 0; i < 3 && !isnan(intervals[0].low); i++)
        kd_str_addf(out, " %.4f-%.4f", intervals[i].low, intervals[i].high);
    kd_str_add_char(out, '\n');
}

static void print_group(const kd_judged_group *g, kd_str *out)
{
    kd_str name = KD_STR_INIT;
    kd_str_add_visible(&name, g->name, strlen(g->name));
    kd_str_addf(out, "%-16s", name.text);
    kd_str_fini(&name);
    if (g->tally.gold + g->tally.predicted > 0)
        kd_str_addf(out, " %6d %6d %6d", g->tally.tp, g->tally.predicted, g->tally.gold);
    else
        kd_str_addf(out, "%21s", "");
    print_figures((const double[]){ g->prf.f1, g->prf.precision, g->prf.recall },
                  (const kd_interval[]){ g->f1, g->precision, g->recall }, out);
}

static void print_groups(const score_options *o, const kd_judgement *j, kd_str *out)
{
    kd_str_addf(out, "\n%-16s %6s %6s %6s %13s %13s %13s\n", "with 95 %", "right", "said", "gold",
                "f1", "precision", "recall");
    print_group(&j->whole, out);
    for (int g = 0; g < GROUPINGS; g++)
        for (size_t i = 0; is_asked(o, g) && i < groups_of(j, g)->count; i++)
            print_group(&groups_of(j, g)->items[i], out);
}

/* A sentence with marks: [gold], {said}. */
static void print_slip(const kd_judgement *j, const kd_slip *slip, kd_str *out)
{
    int begin = j->corpus.begin.items[slip->sentence],
        count = j->corpus.begin.items[slip->sentence + 1] - begin;
    kd_str line = KD_STR_INIT;
    for (int w = 0; w < count; w++) {
        const kd_word *word = &j->corpus.words.items[begin + w];
        if (w > 0) kd_str_add_char(&line, ' ');
        if (w == slip->gold.first) kd_str_add_char(&line, '[');
        if (w == slip->said.first) kd_str_add_char(&line, '{');
        kd_str_add_visible(&line, word->text, word->length);
        if (w == slip->said.last) kd_str_add_char(&line, '}');
        if (w == slip->gold.last) kd_str_add_char(&line, ']');
    }
    if (!isnan(slip->sure)) kd_str_addf(&line, " (%.2f)", (double)slip->sure);
    kd_str_add_filled(out, "", 0, 4, line.text);
    kd_str_fini(&line);
}

static void print_slips(const score_options *o, const kd_judgement *j, kd_str *out)
{
    const char *unsorted = kd_slips_unsorted(j->corpus.task);
    if (unsorted) {
        kd_str_add_char(out, '\n');
        kd_str_add_filled(out, "", 0, 0, unsorted);
    }
    if (j->kinds.count > 0)
        kd_str_add(out, o->errors ? "\nerrors, [in the corpus] and {said}\n" : "\nerrors\n");
    for (size_t k = 0; k < j->kinds.count; k++) {
        int shown = 0;
        kd_str_addf(out, "%6lld  ", (long long)j->kinds.items[k].count);
        kd_str_add_visible(out, j->kinds.items[k].name, strlen(j->kinds.items[k].name));
        kd_str_add_char(out, '\n');
        for (size_t i = 0; i < j->slips.count && shown < o->errors; i++)
            if (j->slips.items[i].kind == (int)k) {
                print_slip(j, &j->slips.items[i], out);
                shown++;
            }
    }
}

static void print_reliability(const kd_judgement *j, kd_str *out)
{
    for (size_t i = 0; i < j->reliability.count; i++) {
        const kd_reliability *r = &j->reliability.items[i];
        kd_str_addf(out, "\nhow sure of %s: ECE %.4f\n%-9s %8s %9s %9s\n", r->of, r->ece, "score",
                    r->of, "mean", "right");
        for (int b = 0; b < KD_BINS; b++)
            if (r->count[b] > 0)
                kd_str_addf(out, "%.1f - %.1f %8lld %9.4f %9.4f\n", (double)b / KD_BINS,
                            (double)(b + 1) / KD_BINS, (long long)r->count[b], r->sure[b],
                            r->right[b]);
    }
}

static void print_text(const score_options *o, const kd_judgement *j, kd_str *out)
{
    print_metrics(j, out);
    print_groups(o, j, out);
    print_slips(o, j, out);
    print_reliability(j, out);
}

/* ---- JSON ---- */

static void write_interval(kd_json_writer *w, kd_interval interval)
{
    kd_json_begin(w, '[');
    kd_json_real(w, interval.low);
    kd_json_real(w, interval.high);
    kd_json_end(w, ']');
}

/* Of those metrics that have one. */
static void write_intervals(kd_json_writer *w, const kd_judgement *j)
{
    kd_json_key(w, "intervals");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < j->metrics.count; i++) {
        if (isnan(j->metrics.items[i].interval.low)) continue;
        kd_json_key(w, j->metrics.items[i].name);
        write_interval(w, j->metrics.items[i].interval);
    }
    kd_json_end(w, '}');
}

static void write_figure(kd_json_writer *w, const char *name, double value, kd_interval interval)
{
    kd_json_put_real(w, name, value);
    char *key = kd_sprintf("%s_interval", name);
    kd_json_key(w, key);
    write_interval(w, interval);
    free(key);
}

static void write_group(kd_json_writer *w, const kd_judged_group *g)
{
    kd_json_begin(w, '{');
    kd_json_put_text(w, "name", g->name);
    write_figure(w, "f1", g->prf.f1, g->f1);
    write_figure(w, "precision", g->prf.precision, g->precision);
    write_figure(w, "recall", g->prf.recall, g->recall);
    kd_json_put_int(w, "tp", g->tally.tp);
    kd_json_put_int(w, "predicted", g->tally.predicted);
    kd_json_put_int(w, "gold", g->tally.gold);
    kd_json_end(w, '}');
}

static void write_span(kd_json_writer *w, const char *name, const kd_span *span)
{
    kd_json_key(w, name);
    if (span->first < 0) {
        kd_json_null(w);
        return;
    }
    kd_json_begin(w, '[');
    kd_json_int(w, span->first);
    kd_json_int(w, span->last);
    kd_json_end(w, ']');
}

static void write_slips(kd_json_writer *w, const kd_judgement *j)
{
    kd_json_key(w, "kinds_of_error");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < j->kinds.count; i++)
        kd_json_put_int(w, j->kinds.items[i].name, j->kinds.items[i].count);
    kd_json_end(w, '}');
    kd_json_key(w, "errors");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < j->slips.count; i++) {
        const kd_slip *slip = &j->slips.items[i];
        kd_json_begin(w, '{');
        kd_json_put_text(w, "kind", j->kinds.items[slip->kind].name);
        kd_json_put_int(w, "sentence", slip->sentence);
        if (j->corpus.task == KD_TASK_NER) {
            write_span(w, "gold", &slip->gold);
            write_span(w, "said", &slip->said);
        }
        kd_json_put_real(w, "score", (double)slip->sure);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void write_reals(kd_json_writer *w, const char *name, const double *x)
{
    kd_json_key(w, name);
    kd_json_begin(w, '[');
    for (int b = 0; b < KD_BINS; b++) kd_json_real(w, x[b]);
    kd_json_end(w, ']');
}

static void write_reliability(kd_json_writer *w, const kd_judgement *j)
{
    kd_json_key(w, "reliability");
    kd_json_begin(w, '{');
    for (size_t i = 0; i < j->reliability.count; i++) {
        const kd_reliability *r = &j->reliability.items[i];
        double                count[KD_BINS];
        for (int b = 0; b < KD_BINS; b++) count[b] = (double)r->count[b];
        kd_json_key(w, r->of);
        kd_json_begin(w, '{');
        kd_json_put_real(w, "ece", r->ece);
        write_reals(w, "count", count);
        write_reals(w, "score", r->sure);
        write_reals(w, "right", r->right);
        kd_json_end(w, '}');
    }
    kd_json_end(w, '}');
}

static void print_json(const score_options *o, const kd_judgement *j, kd_str *out)
{
    kd_json_writer w;
    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "corpus", j->corpus.name);
    kd_json_put_int(&w, "sentences", kd_corpus_sentences(&j->corpus));
    kd_json_put_int(&w, "cut_sentences", j->stats.cut_sentences);
    kd_json_key(&w, "metrics");
    kd_json_begin(&w, '{');
    for (size_t i = 0; i < j->metrics.count; i++)
        kd_json_put_real(&w, j->metrics.items[i].name, j->metrics.items[i].value);
    kd_json_end(&w, '}');
    write_intervals(&w, j);
    kd_json_key(&w, "whole");
    write_group(&w, &j->whole);
    for (int g = 0; g < GROUPINGS; g++) {
        char *key = kd_sprintf("by_%s", groupings[g].word);
        kd_json_key(&w, key);
        free(key);
        kd_json_begin(&w, '[');
        for (size_t i = 0; is_asked(o, g) && i < groups_of(j, g)->count; i++)
            write_group(&w, &groups_of(j, g)->items[i]);
        kd_json_end(&w, ']');
    }
    write_slips(&w, j);
    write_reliability(&w, j);
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* ---- the verb ---- */

static void tell_notes(const kd_corpus *corpus)
{
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(corpus, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
}

static kd_status run(const score_options *o, const char *path, const char *corpus, kd_error *err)
{
    kd_predictor        *predictor = NULL;
    kd_predictor_options opening = { .tokenizer = o->tokenizer,
                                     .task = o->task,
                                     .precision = o->precision,
                                     .none_above = o->none_above,
                                     .cuts = !o->in_windows };
    kd_judge_options     judging = { .train = o->train,
                                     .tag_column = o->tag_column,
                                     .threads = o->threads,
                                     .draws = (size_t)o->draws };
    kd_judgement         judgement;
    kd_str               out = KD_STR_INIT;
    kd_status            status = kd_predictor_open(&predictor, path, &opening, err);
    if (status == KD_OK) status = kd_judge_run(&judgement, predictor, corpus, &judging, err);
    if (status == KD_OK) {
        tell_notes(&judgement.corpus);
        (o->as_json ? print_json : print_text)(o, &judgement, &out);
        fputs(out.text, stdout);
        kd_judgement_fini(&judgement);
    }
    kd_str_fini(&out);
    kd_predictor_close(predictor);
    return status;
}

kd_status kd_cmd_score(int argc, char **argv, kd_error *err)
{
    score_options o = { .draws = 1000, .none_above = NAN };
    const kd_arg  table[] = {
         KD_ARGS_FINDING(o.finding),
         { 'b', "by", KD_ARG_LIST, &o.by, "WHAT",
           "figures by type, length or seen; repeatable (all)", "type length seen" },
         { 'n', "errors", KD_ARG_INT, &o.errors, "N", "show N sentences of each kind of error (0)" },
         { 0, "train", KD_ARG_TEXT, &o.train, "CORPUS",
           "what counts as seen (the model's own corpus, where it is known)" },
         { 0, "tag-column", KD_ARG_TEXT, &o.tag_column, "N",
           "of words and tags: the column of the tags, from 1 (as in the model's own corpus)" },
         { 0, "windows", KD_ARG_FLAG, &o.in_windows, NULL,
           "see what is too long in windows, as predict does, and do not cut it" },
         { 0, "draws", KD_ARG_INT, &o.draws, "N", "of each interval (1000)" },
         KD_ARGS_ASKING(o),
         { 0, "threads", KD_ARG_INT, &o.threads, "N", "that work at once (all cores)" },
         KD_ARG_JSON(o.as_json),
         KD_ARG_END,
    };
    kd_args args = {
        "score", "MODEL CORPUS [--by WHAT] [--errors N] [OPTION]...",
        "All metrics of a model on a corpus, as its cell was measured: with intervals, by "
        "type, by\nlength and by whether training had seen the words; kinds of errors; and "
        "how well its\nscores say how often it is right. MODEL as for predict; CORPUS in the "
        "form of the task\n(docs/CORPORA.md), or a folder of BRAT.",
        table
    };
    char     *path = NULL;
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) status = kd_args_expect(&args, 2, 2, err);
    if (status == KD_OK && !args.helped) status = check_options(&o, err);
    if (status == KD_OK && !args.helped) status = kd_asking_threads(&o.threads, "score", err);
    if (status == KD_OK && !args.helped)
        status = kd_finding_path(&path, &o.finding, args.words[0], err);
    if (status == KD_OK && !args.helped) status = run(&o, path, args.words[1], err);
    free(path);
    kd_args_fini(&args);
    return status;
}
