/* cmd_data.c - `kdgrid data`: what is in corpora, how right predicted labels are, more
 * sentences, invented ones. */
#include "harness/cmd_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/augment.h"
#include "distill/score.h"
#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/cmd.h"
#include "models/text/stats.h"
#include "models/text/synth.h"

/* ---- what the verbs share ---- */

static kd_status print_out(const kd_str *out, kd_error *err)
{
    fwrite(out->text, 1, out->length, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) return kd_fail_errno(err, errno, "standard output");
    return KD_OK;
}

/* What a reader accepted by a rule goes to stderr, a line each. */
static void tell_notes(const kd_corpus *corpus)
{
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(corpus, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
}

/* A setting from an option of the same name; NULL leaves its default. */
static kd_status set(const kd_setting *table, void *options, const char *key, const char *value,
                     kd_error *err)
{
    if (!value) return KD_OK;
    if (kd_setting_put(kd_setting_find(table, key), options, value, err) == KD_OK) return KD_OK;
    return kd_while(err, KD_EUSAGE, "--%s", key);
}

static kd_status choose_task(kd_task *out, const char *name, const char *path, kd_error *err)
{
    if (!name) return kd_corpus_guess_task(out, path, err);
    if (kd_task_parse(out, name)) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "--task: expected ner, re, hoc or text, found '%s'", name);
}

/* Options that a table of settings describes, so that its rows are the only list of them. */
enum { OPTIONS_MOST = 16 };

typedef struct {
    kd_arg      args[OPTIONS_MOST];
    const char *values[OPTIONS_MOST];
    int         count;
} option_list;

static void add_option(option_list *list, kd_arg arg)
{
    KD_CHECK(list->count + 1 < OPTIONS_MOST, "data: too many options");
    list->args[list->count++] = arg;
    list->args[list->count] = (kd_arg)KD_ARG_END;
}

static void add_settings(option_list *list, const kd_setting *table)
{
    for (; table->key; table++)
        add_option(list, (kd_arg){ 0, table->key, KD_ARG_TEXT, &list->values[list->count], "VALUE",
                                   table->help });
}

static kd_status take_settings(const option_list *list, const kd_setting *table, void *options,
                               kd_error *err)
{
    kd_status status = KD_OK;

    kd_setting_defaults(table, options);
    for (int i = 0; i < list->count && status == KD_OK; i++)
        if (list->values[i]) status = set(table, options, list->args[i].name, list->values[i], err);
    return status;
}

/* ---- stats ---- */

typedef struct {
    kd_task           task;
    kd_corpus_options reading;
    kd_labels        *labels;
    int               count;
    kd_corpus        *corpora;
    kd_corpus_stats  *stats;
} survey;

static kd_status read_survey(survey *s, char **paths, int count, kd_error *err)
{
    kd_status status = KD_OK;

    s->corpora = kd_alloc((size_t)count, sizeof *s->corpora);
    s->stats = kd_alloc((size_t)count, sizeof *s->stats);
    for (int i = 0; i < count && status == KD_OK; i++) {
        status = kd_corpus_read(&s->corpora[i], paths[i], s->task, &s->reading, s->labels, err);
        s->count += status == KD_OK;
    }
    /* Only now are all kinds known. */
    for (int i = 0; i < count && status == KD_OK; i++)
        kd_corpus_stats_make(&s->stats[i], &s->corpora[i]);
    return status;
}

static void close_survey(survey *s)
{
    for (int i = 0; i < s->count; i++) {
        kd_corpus_stats_fini(&s->stats[i]);
        kd_corpus_fini(&s->corpora[i]);
    }
    free(s->corpora);
    free(s->stats);
    kd_labels_destroy(s->labels);
}

static void print_places(const kd_corpus *corpus, kd_note note, kd_str *out)
{
    const kd_note_place *place = &corpus->notes[note];

    kd_str_addf(out, "  note, %lld times: %s; line", (long long)place->count, kd_note_text(note));
    for (int i = 0; i < place->count && i < KD_NOTE_PLACES; i++)
        kd_str_addf(out, "%s %d", i > 0 ? "," : "", place->lines[i]);
    kd_str_add(out, place->count > KD_NOTE_PLACES ? " ...\n" : "\n");
}

static void print_kinds(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    static const char *const titles[] = { "mentions by type", "rows by class", "rows by hallmark" };

    kd_str_addf(out, "  %s:", titles[corpus->task]);
    for (int k = 0; k < stats->kinds; k++) {
        const char *name = kd_corpus_stats_kind(corpus, k);

        kd_str_addf(out, "%s %s %lld", k > 0 ? "," : "", *name ? name : "(bare)",
                    (long long)stats->by_kind[k]);
    }
    kd_str_add_char(out, '\n');
}

static void print_set_sizes(const kd_corpus_stats *stats, kd_str *out)
{
    kd_str_add(out, "  rows by number of hallmarks:");
    for (int k = 0; k <= KD_HALLMARKS; k++)
        if (stats->by_set_size[k] > 0)
            kd_str_addf(out, " %d: %lld", k, (long long)stats->by_set_size[k]);
    kd_str_add_char(out, '\n');
}

static void print_corpus(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    kd_str_addf(out, "%s: %s", corpus->name, kd_task_name(corpus->task));
    if (corpus->task == KD_TASK_NER) kd_str_addf(out, ", %s", kd_scheme_name(corpus->scheme));
    kd_str_addf(out, "\n  %d sentences, %lld tokens, mean %.1f, longest %d\n", stats->sentences,
                (long long)stats->words, (double)stats->words / stats->sentences, stats->longest);
    if (corpus->task == KD_TASK_NER)
        kd_str_addf(out,
                    "  %lld mentions (%lld of one token, longest %d), %lld invalid transitions\n",
                    (long long)stats->mentions, (long long)stats->single, stats->longest_mention,
                    (long long)corpus->notes[KD_NOTE_INVALID].count);
    if (corpus->task != KD_TASK_TEXT) print_kinds(corpus, stats, out);
    if (corpus->task == KD_TASK_HOC) {
        print_set_sizes(stats, out);
        kd_str_addf(out, "  %d documents\n", stats->documents);
    }
    if (stats->repeated > 0)
        kd_str_addf(out, "  %d sentences are equal to an earlier one\n", stats->repeated);
    for (kd_note note = 0; note < KD_NOTE_COUNT; note++)
        if (corpus->notes[note].count > 0) print_places(corpus, note, out);
}

static void print_survey(const survey *s, kd_str *out)
{
    for (int i = 0; i < s->count; i++) print_corpus(&s->corpora[i], &s->stats[i], out);
    for (int later = 1; later < s->count; later++)
        for (int earlier = 0; earlier < later; earlier++) {
            kd_duplicates same = kd_corpus_duplicates(&s->corpora[earlier], &s->corpora[later]);

            if (same.count > 0)
                kd_str_addf(out, "%s:%d: the first of %d sentences that are also in %s (line %d)\n",
                            s->corpora[later].name, same.line, same.count, s->corpora[earlier].name,
                            same.earlier_line);
        }
}

static void key_int(kd_json_writer *w, const char *key, int64_t number)
{
    kd_json_put_int(w, key, number);
}

static void key_text(kd_json_writer *w, const char *key, const char *text)
{
    kd_json_put_text(w, key, text);
}

static void write_notes(kd_json_writer *w, const kd_corpus *corpus)
{
    kd_json_key(w, "notes");
    kd_json_begin(w, '[');
    for (kd_note note = 0; note < KD_NOTE_COUNT; note++) {
        const kd_note_place *place = &corpus->notes[note];

        if (place->count == 0) continue;
        kd_json_begin(w, '{');
        key_text(w, "note", kd_note_name(note));
        key_text(w, "text", kd_note_text(note));
        key_int(w, "count", place->count);
        kd_json_key(w, "lines");
        kd_json_begin(w, '[');
        for (int i = 0; i < place->count && i < KD_NOTE_PLACES; i++)
            kd_json_int(w, place->lines[i]);
        kd_json_end(w, ']');
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void write_corpus(kd_json_writer *w, const kd_corpus *corpus, const kd_corpus_stats *stats)
{
    kd_json_begin(w, '{');
    key_text(w, "file", corpus->name);
    key_text(w, "task", kd_task_name(corpus->task));
    key_int(w, "sentences", stats->sentences);
    key_int(w, "tokens", stats->words);
    key_int(w, "longest_sentence", stats->longest);
    key_int(w, "repeated_sentences", stats->repeated);
    if (corpus->task == KD_TASK_NER) {
        key_text(w, "scheme", kd_scheme_name(corpus->scheme));
        key_int(w, "mentions", stats->mentions);
        key_int(w, "single_token_mentions", stats->single);
        key_int(w, "longest_mention", stats->longest_mention);
        key_int(w, "invalid_transitions", corpus->notes[KD_NOTE_INVALID].count);
    }
    if (corpus->task == KD_TASK_HOC) {
        key_int(w, "documents", stats->documents);
        kd_json_key(w, "by_set_size");
        kd_json_begin(w, '[');
        for (int k = 0; k <= KD_HALLMARKS; k++) kd_json_int(w, stats->by_set_size[k]);
        kd_json_end(w, ']');
    }
    if (corpus->task != KD_TASK_TEXT) {
        kd_json_key(w, corpus->task == KD_TASK_NER ? "types" : "classes");
        kd_json_begin(w, '{');
        for (int k = 0; k < stats->kinds; k++)
            key_int(w, kd_corpus_stats_kind(corpus, k), stats->by_kind[k]);
        kd_json_end(w, '}');
    }
    write_notes(w, corpus);
    kd_json_end(w, '}');
}

static void write_survey(const survey *s, kd_str *out)
{
    kd_json_writer w;

    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "files");
    kd_json_begin(&w, '[');
    for (int i = 0; i < s->count; i++) write_corpus(&w, &s->corpora[i], &s->stats[i]);
    kd_json_end(&w, ']');
    kd_json_key(&w, "duplicates");
    kd_json_begin(&w, '[');
    for (int later = 1; later < s->count; later++)
        for (int earlier = 0; earlier < later; earlier++) {
            kd_duplicates same = kd_corpus_duplicates(&s->corpora[earlier], &s->corpora[later]);

            kd_json_begin(&w, '{');
            key_text(&w, "file", s->corpora[later].name);
            key_text(&w, "also_in", s->corpora[earlier].name);
            key_int(&w, "sentences", same.count);
            kd_json_end(&w, '}');
        }
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

kd_status kd_cmd_data_stats(int argc, char **argv, kd_error *err)
{
    const char  *task = NULL, *scheme = NULL, *relation = NULL;
    bool         as_json = false;
    const kd_arg table[] = {
        { 0, "task", KD_ARG_TEXT, &task, "TASK", "ner, re, hoc or text; else guessed, never text" },
        { 0, "scheme", KD_ARG_TEXT, &scheme, "NAME", "auto, iob1, iob2 or iobes" },
        { 0, "relation", KD_ARG_TEXT, &relation, "NAME",
          "auto, chemprot, gad, ddi, i2b2 or other" },
        { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON" },
        KD_ARG_END,
    };
    kd_args   args = { "data stats", "FILE...",
                       "Count what is in corpora, check them, and find sentences that two have.\n"
                         "Give the training split first.",
                       table };
    survey    s = { .labels = kd_labels_create() };
    kd_str    out = KD_STR_INIT;
    kd_status status = kd_args_parse(&args, argc, argv, err);

    kd_setting_defaults(kd_corpus_settings, &s.reading);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 1, -1, err)) != KD_OK ||
        (status = set(kd_corpus_settings, &s.reading, "scheme", scheme, err)) != KD_OK ||
        (status = set(kd_corpus_settings, &s.reading, "relation", relation, err)) != KD_OK ||
        (status = choose_task(&s.task, task, args.words[0], err)) != KD_OK ||
        (status = read_survey(&s, args.words, args.count, err)) != KD_OK)
        goto done;
    if (as_json)
        write_survey(&s, &out);
    else
        print_survey(&s, &out);
    status = print_out(&out, err);
done:
    close_survey(&s);
    kd_str_fini(&out);
    kd_args_fini(&args);
    return status;
}

/* ---- score ---- */

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
};
enum { METRICS = sizeof metrics / sizeof *metrics };

/* One metric over a pair of files, with all details. */
typedef struct {
    const metric *metric;
    kd_tally      total; /* empty for document */
    kd_prf        micro, macro;
    double        accuracy;
    int           kinds, rows; /* sentences, or documents */
    kd_tally     *by_kind, *by_row;
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

static kd_tally judge_ner(judgement *j, const kd_score_pair *pair, kd_tallies detail)
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

    kd_tallies detail = { j->by_kind, j->by_row };

    if (m->task == KD_TASK_NER) j->total = judge_ner(j, pair, detail);
    if (m->task == KD_TASK_RE)
        j->total = kd_score_classes(pair->labels, gold, predicted, j->rows, detail);
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

static void print_prf(const char *name, kd_prf prf, const kd_tally *tally, kd_str *out)
{
    kd_str_addf(out, "%-24s %9.6f %9.6f %9.6f", name, prf.precision, prf.recall, prf.f1);
    if (tally) kd_str_addf(out, " %8d %9d %8d", tally->tp, tally->predicted, tally->gold);
    kd_str_add_char(out, '\n');
}

static void print_judgement(const judgement *j, const kd_labels *labels, kd_str *out)
{
    bool has_counts = j->metric->task != KD_TASK_HOC;

    print_prf(j->metric->name, j->micro, has_counts ? &j->total : NULL, out);
    for (int k = 0; k < j->kinds; k++) {
        const kd_tally *tally = &j->by_kind[k];
        char            name[64];

        if (tally->predicted == 0 && tally->gold == 0) continue;
        snprintf(name, sizeof name, "  %s", kind_name(j, labels, k));
        print_prf(name, kd_prf_of(*tally), tally, out);
    }
    print_prf("  macro", j->macro, NULL, out);
}

static void write_prf(kd_json_writer *w, kd_prf prf)
{
    kd_json_put_real(w, "precision", prf.precision);
    kd_json_put_real(w, "recall", prf.recall);
    kd_json_put_real(w, "f1", prf.f1);
}

static void write_tally(kd_json_writer *w, kd_tally tally)
{
    key_int(w, "tp", tally.tp);
    key_int(w, "predicted", tally.predicted);
    key_int(w, "gold", tally.gold);
}

static void write_counts(kd_json_writer *w, const judgement *j)
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
    if (j->metric->task != KD_TASK_HOC) write_tally(w, j->total);
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
        write_tally(w, j->by_kind[k]);
        write_prf(w, kd_prf_of(j->by_kind[k]));
        kd_json_end(w, '}');
    }
    kd_json_end(w, '}');
    if (wants_counts) write_counts(w, j);
    kd_json_end(w, '}');
}

/* All metrics of the task, or the one that was asked for. */
static kd_status choose_metrics(bool chosen[METRICS], kd_task task, const char *name, kd_error *err)
{
    bool any = false;

    for (int m = 0; m < METRICS; m++) {
        chosen[m] = metrics[m].task == task && (!name || strcmp(metrics[m].name, name) == 0);
        any |= chosen[m];
    }
    if (any) return KD_OK;
    if (!name) return kd_fail(err, KD_EUSAGE, "--task: %s has no score", kd_task_name(task));
    return kd_fail(
        err, KD_EUSAGE, "--metric: '%s' is none of %s, which has %s", name, kd_task_name(task),
        task == KD_TASK_NER  ? "entity_strict, entity_lenient, entity_seqeval, token_micro"
        : task == KD_TASK_RE ? "relation"
                             : "document");
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
    key_int(&w, "sentences", kd_corpus_sentences(&pair->gold));
    key_int(&w, "invalid_gold", pair->gold.notes[KD_NOTE_INVALID].count);
    key_int(&w, "invalid_predicted", pair->predicted.notes[KD_NOTE_INVALID].count);
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

kd_status kd_cmd_data_score(int argc, char **argv, kd_error *err)
{
    const char  *task_name = NULL, *scheme = NULL, *name = NULL, *unit = "piece";
    bool         as_json = false, wants_counts = false;
    const kd_arg table[] = {
        { 0, "task", KD_ARG_TEXT, &task_name, "TASK", "ner, re or hoc; else guessed" },
        { 0, "scheme", KD_ARG_TEXT, &scheme, "NAME", "auto, iob1, iob2 or iobes, of both files" },
        { 0, "metric", KD_ARG_TEXT, &name, "NAME",
          "entity_strict, entity_lenient (conlleval), entity_seqeval, token_micro, relation, "
          "document" },
        { 0, "unit", KD_ARG_TEXT, &unit, "UNIT",
          "piece: tokens as they stand (default); word: without those that begin with ##" },
        { 0, "counts", KD_ARG_FLAG, &wants_counts, NULL,
          "print tp, predicted, gold of each sentence by the metric (the task's first)" },
        { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON" },
        KD_ARG_END,
    };
    kd_args           args = { "data score", "GOLD [PREDICTED]",
                               "Score predicted labels: two files with the same sentences, or one with the\n"
                                         "columns token, gold, predicted.",
                               table };
    kd_corpus_options reading;
    kd_score_pair     pair = { .labels = NULL };
    kd_task           task;
    bool              chosen[METRICS], is_open = false;
    kd_str            out = KD_STR_INIT;
    kd_status         status = kd_args_parse(&args, argc, argv, err);

    kd_setting_defaults(kd_corpus_settings, &reading);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 1, 2, err)) != KD_OK ||
        (status = set(kd_corpus_settings, &reading, "scheme", scheme, err)) != KD_OK ||
        (status = choose_task(&task, task_name, args.words[0], err)) != KD_OK ||
        (status = check_unit(unit, task, err)) != KD_OK ||
        (status = choose_metrics(chosen, task, name, err)) != KD_OK ||
        (status = kd_score_open(&pair, args.words[0], args.count > 1 ? args.words[1] : NULL, task,
                                &reading, err)) != KD_OK)
        goto done;
    is_open = true;
    tell_notes(&pair.gold);
    if (args.count > 1) tell_notes(&pair.predicted);
    if (strcmp(unit, "word") == 0) kd_score_by_word(&pair);
    if (as_json)
        write_scores(&pair, chosen, wants_counts, &out);
    else
        print_scores(&pair, chosen, wants_counts, &out);
    status = print_out(&out, err);
done:
    if (is_open) kd_score_close(&pair);
    kd_str_fini(&out);
    kd_args_fini(&args);
    return status;
}

/* ---- augment ---- */

static void print_growth(const kd_corpus *in, const kd_corpus *out)
{
    const kd_corpus *both[] = { in, out };

    for (int i = 0; i < 2; i++) {
        kd_corpus_stats stats;

        kd_corpus_stats_make(&stats, both[i]);
        printf("%s: %d sentences, %lld tokens, %lld mentions\n", i == 0 ? "read" : "written",
               stats.sentences, (long long)stats.words, (long long)stats.mentions);
        kd_corpus_stats_fini(&stats);
    }
}

kd_status kd_cmd_data_augment(int argc, char **argv, kd_error *err)
{
    option_list        list = { .count = 0 };
    kd_args            args = { "data augment", "IN OUT",
                                "Add sentences made from those of IN by label-wise replacement, mention\n"
                                           "replacement and segment shuffle: OUT has 1 + 3 passes times as many.",
                                list.args };
    kd_augment_options options;
    kd_labels         *labels = kd_labels_create();
    kd_corpus          in = { .name = NULL }, out = { .name = NULL };
    kd_status          status;

    add_settings(&list, kd_augment_settings);
    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 2, 2, err)) != KD_OK ||
        (status = take_settings(&list, kd_augment_settings, &options, err)) != KD_OK ||
        (status = kd_corpus_read(&in, args.words[0], KD_TASK_NER, NULL, labels, err)) != KD_OK)
        goto done;
    tell_notes(&in);
    if ((status = kd_augment(&out, &in, &options, err)) != KD_OK ||
        (status = kd_corpus_write(&out, args.words[1], err)) != KD_OK)
        goto done;
    print_growth(&in, &out);
done:
    kd_corpus_fini(&out);
    kd_corpus_fini(&in);
    kd_labels_destroy(labels);
    kd_args_fini(&args);
    return status;
}

/* ---- synth ---- */

static void tell_split(const kd_corpus *corpus, const kd_synth_split *split, const char *path,
                       FILE *to)
{
    fprintf(to, "%s: %d sentences", path, kd_corpus_sentences(corpus));
    if (corpus->task != KD_TASK_TEXT)
        fprintf(to,
                ", %lld %s, %lld wrongly labelled, %lld with an ambiguous and %lld with an unseen "
                "name; best F1 %.4f",
                (long long)split->mentions, corpus->task == KD_TASK_RE ? "pairs" : "mentions",
                (long long)split->wrong, (long long)split->ambiguous, (long long)split->unseen,
                split->best_f1);
    fprintf(to, "\n");
}

static kd_status write_split(const kd_corpus *corpus, const kd_synth_split *split, const char *path,
                             kd_error *err)
{
    kd_status status = kd_corpus_write(corpus, path, err);

    if (status == KD_OK) tell_split(corpus, split, path, stdout);
    return status;
}

/* The training split itself, with what there is to say of it on stderr. */
static kd_status print_split(const kd_corpus *corpus, const kd_synth_split *split, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status;

    kd_corpus_print(corpus, &text);
    tell_split(corpus, split, corpus->name, stderr);
    status = print_out(&text, err);
    kd_str_fini(&text);
    return status;
}

/* Three files in a folder, or the training split alone: in a file, or on stdout. */
static kd_status write_splits(const kd_corpus splits[3], const kd_synth_report *report,
                              const char *output, kd_error *err)
{
    const kd_synth_split *reports[] = { &report->train, &report->devel, &report->test };
    const char           *suffix = splits[0].task == KD_TASK_TEXT ? "txt" : "tsv";
    kd_status             status;

    if (!output) return print_split(&splits[0], reports[0], err);
    if (kd_ends_with(output, ".tsv") || kd_ends_with(output, ".txt"))
        return write_split(&splits[0], reports[0], output, err);
    status = kd_fs_make_folders(output, err);
    for (int i = 0; i < 3 && status == KD_OK; i++) {
        char *path = kd_sprintf("%s/%s.%s", output, splits[i].name, suffix);

        status = write_split(&splits[i], reports[i], path, err);
        free(path);
    }
    return status;
}

kd_status kd_cmd_data_synth(int argc, char **argv, kd_error *err)
{
    const char      *task_name = "ner", *output = NULL;
    option_list      list = { .count = 0 };
    kd_args          args = { "data synth", "[-o FOLDER|FILE.tsv]",
                              "Invent a corpus with a known best score: train, devel and test in FOLDER,\n"
                                       "or train alone in FILE, or on stdout.",
                              list.args };
    kd_synth_options options;
    kd_synth_report  report;
    kd_corpus        splits[3] = { { .name = NULL } };
    kd_labels       *labels = kd_labels_create();
    kd_task          task;
    kd_status        status;

    add_settings(&list, kd_synth_settings);
    add_option(&list, (kd_arg){ 0, "task", KD_ARG_TEXT, &task_name, "TASK", "ner, re or text" });
    add_option(&list, (kd_arg){ 'o', "output", KD_ARG_TEXT, &output, "PATH",
                                "a folder, or a file .tsv or .txt" });
    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK ||
        (status = take_settings(&list, kd_synth_settings, &options, err)) != KD_OK ||
        (status = choose_task(&task, task_name, NULL, err)) != KD_OK)
        goto done;
    if (task == KD_TASK_HOC) {
        status = kd_fail(err, KD_EUSAGE, "--task: expected ner, re or text, found 'hoc'");
        goto done;
    }
    kd_synth_make(&splits[0], &splits[1], &splits[2], task, &options, labels, &report);
    status = write_splits(splits, &report, output, err);
    if (status == KD_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = kd_fail_errno(err, errno, "standard output");
done:
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    kd_labels_destroy(labels);
    kd_args_fini(&args);
    return status;
}

/* ---- the table of verbs ---- */

static const struct {
    const char *name;
    kd_status (*run)(int argc, char **argv, kd_error *err);
    const char *summary;
} verbs[] = {
    { "stats", kd_cmd_data_stats, "count, check, find duplicates" },
    { "score", kd_cmd_data_score, "score predicted labels" },
    { "augment", kd_cmd_data_augment, "make more training sentences" },
    { "synth", kd_cmd_data_synth, "invent a corpus" },
    { "tokenize", kd_cmd_data_tokenize, "text to pieces" },
    { "vocab", kd_cmd_data_vocab, "make a vocabulary from a corpus" },
    { "embeddings", kd_cmd_data_embeddings, "what a file of word vectors covers" },
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void print_verbs(void)
{
    printf("usage: kdgrid data VERB [OPTION]... [FILE]...\n\n");
    for (int i = 0; i < VERBS; i++) printf("  %-11s %s\n", verbs[i].name, verbs[i].summary);
    printf("\n`kdgrid data VERB --help` says more.\n");
}

kd_status kd_cmd_data(int argc, char **argv, kd_error *err)
{
    const char *names[VERBS], *verb = argc > 1 ? argv[1] : NULL, *near;

    if (!verb || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        print_verbs();
        return verb ? KD_OK : kd_fail(err, KD_EUSAGE, "data: a verb is missing");
    }
    for (int i = 0; i < VERBS; i++) {
        if (strcmp(verb, verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1, err);
        names[i] = verbs[i].name;
    }
    near = kd_nearest(verb, names, VERBS);
    return kd_fail(err, KD_EUSAGE, "data has no verb '%s'%s%s%s", verb,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}
