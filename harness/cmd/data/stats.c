/* stats.c - `kdgrid data stats`: what is in corpora, and which sentences two of them have.
 */
#include <stdlib.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"
#include "models/text/stats.h"
#include "models/text/unlabelled.h"

typedef struct {
    kd_task           task;
    kd_corpus_options reading;
    kd_arg_list       unlabelled; /* paths, behind those of the corpora */
    kd_labels        *labels;
    int               count;
    kd_corpus        *corpora;
    kd_corpus_stats  *stats;
} survey;

static kd_status read_unlabelled(survey *s, const char *path, kd_error *err)
{
    kd_corpus *corpus = &s->corpora[s->count++];

    kd_corpus_init(corpus, s->task, path, NULL);
    if (!kd_unlabelled_suits(s->task))
        return kd_fail(err, KD_EUSAGE, "--unlabelled: is for ner and re, not for %s",
                       kd_task_name(s->task));
    return kd_unlabelled_read(corpus, path, 0, err);
}

static kd_status read_survey(survey *s, char **paths, int count, kd_error *err)
{
    kd_status status = KD_OK;
    size_t    all = (size_t)count + s->unlabelled.count;

    s->corpora = kd_alloc(all, sizeof *s->corpora);
    s->stats = kd_alloc(all, sizeof *s->stats);
    for (int i = 0; i < count && status == KD_OK; i++) {
        status = kd_corpus_read(&s->corpora[i], paths[i], s->task, &s->reading, s->labels, err);
        s->count += status == KD_OK;
    }
    for (size_t i = 0; i < s->unlabelled.count && status == KD_OK; i++)
        status = read_unlabelled(s, s->unlabelled.items[i], err);
    /* Only now are all kinds known. */
    for (int i = 0; i < s->count && status == KD_OK; i++)
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

/* Documents of JSON and folders have no lines. */
static void print_places(const kd_corpus *corpus, kd_note note, kd_str *out)
{
    const kd_note_place *place = &corpus->notes[note];

    kd_str_addf(out, "  note, %lld times: %s", (long long)place->count, kd_note_text(note));
    for (int i = 0; i < place->count && i < KD_NOTE_PLACES && place->lines[i] > 0; i++)
        kd_str_addf(out, "%s %d", i > 0 ? "," : "; line", place->lines[i]);
    bool has_more = place->count > KD_NOTE_PLACES && place->lines[0] > 0;
    kd_str_add(out, has_more ? " ...\n" : "\n");
}

static void print_kinds(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    static const char *const titles[] = { [KD_TASK_NER] = "mentions by type",
                                          [KD_TASK_RE] = "rows by class",
                                          [KD_TASK_HOC] = "rows by hallmark",
                                          [KD_TASK_PAIR] = "pairs by class" };

    kd_str_addf(out, "  %s:", titles[corpus->task]);
    for (int k = 0; k < stats->kinds; k++) {
        const char *name = kd_corpus_stats_kind(corpus, k);

        kd_str_say(out, "%s %s %lld", k > 0 ? "," : "", *name ? name : "(bare)",
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

static bool is_unlabelled(const kd_corpus *corpus)
{
    return kd_unlabelled_suits(corpus->task) && !corpus->labels;
}

static void print_long_ones(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    kd_str_addf(out, "  %d sentences have more than %d words", stats->long_ones, KD_LONG_SENTENCE);
    if (stats->long_line > 0) kd_str_addf(out, ", the first in line %d", stats->long_line);
    kd_str_add(out, corpus->task == KD_TASK_QA
                        ? ": what has more pieces than data.max_pieces goes through in windows\n"
                        : ": what is behind data.max_pieces is cut off\n");
}

static void print_corpus(const kd_corpus *corpus, const kd_corpus_stats *stats, kd_str *out)
{
    bool has_tags = corpus->task == KD_TASK_NER && corpus->labels;

    kd_str_say(out, "%s: %s", corpus->name,
               is_unlabelled(corpus) ? "unlabelled" : kd_task_name(corpus->task));
    if (has_tags) kd_str_addf(out, ", %s", kd_scheme_name(corpus->scheme));
    kd_str_addf(out, "\n  %d sentences, %lld tokens, mean %.1f, longest %d\n", stats->sentences,
                (long long)stats->words, (double)stats->words / stats->sentences, stats->longest);
    if (has_tags)
        kd_str_addf(out,
                    "  %lld mentions (%lld of one token, longest %d), %lld invalid transitions\n",
                    (long long)stats->mentions, (long long)stats->single, stats->longest_mention,
                    (long long)corpus->notes[KD_NOTE_INVALID].count);
    if (corpus->task == KD_TASK_QA)
        kd_str_addf(out, "  %d questions, %lld answers; %d rows without one in their text\n",
                    stats->questions, (long long)stats->answers, stats->unanswered);
    if (stats->kinds > 0) print_kinds(corpus, stats, out);
    if (corpus->task == KD_TASK_HOC) {
        print_set_sizes(stats, out);
        kd_str_addf(out, "  %d documents\n", stats->documents);
    }
    if (stats->repeated > 0)
        kd_str_addf(out, "  %d sentences are equal to an earlier one\n", stats->repeated);
    if (stats->long_ones > 0) print_long_ones(corpus, stats, out);
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
                kd_str_say(out, "%s:%d: the first of %d sentences that are also in %s (line %d)\n",
                           s->corpora[later].name, same.line, same.count, s->corpora[earlier].name,
                           same.earlier_line);
        }
}

static void write_notes(kd_json_writer *w, const kd_corpus *corpus)
{
    kd_json_key(w, "notes");
    kd_json_begin(w, '[');
    for (kd_note note = 0; note < KD_NOTE_COUNT; note++) {
        const kd_note_place *place = &corpus->notes[note];

        if (place->count == 0) continue;
        kd_json_begin(w, '{');
        kd_json_put_text(w, "note", kd_note_name(note));
        kd_json_put_text(w, "text", kd_note_text(note));
        kd_json_put_int(w, "count", place->count);
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
    kd_json_put_text(w, "file", corpus->name);
    kd_json_put_text(w, "task", kd_task_name(corpus->task));
    if (is_unlabelled(corpus)) kd_json_put_bool(w, "unlabelled", true);
    kd_json_put_int(w, "sentences", stats->sentences);
    kd_json_put_int(w, "tokens", stats->words);
    kd_json_put_int(w, "longest_sentence", stats->longest);
    kd_json_put_int(w, "long_sentences", stats->long_ones);
    kd_json_put_int(w, "repeated_sentences", stats->repeated);
    if (corpus->task == KD_TASK_NER && corpus->labels) {
        kd_json_put_text(w, "scheme", kd_scheme_name(corpus->scheme));
        kd_json_put_int(w, "mentions", stats->mentions);
        kd_json_put_int(w, "single_token_mentions", stats->single);
        kd_json_put_int(w, "longest_mention", stats->longest_mention);
        kd_json_put_int(w, "invalid_transitions", corpus->notes[KD_NOTE_INVALID].count);
    }
    if (corpus->task == KD_TASK_HOC) {
        kd_json_put_int(w, "documents", stats->documents);
        kd_json_key(w, "by_set_size");
        kd_json_begin(w, '[');
        for (int k = 0; k <= KD_HALLMARKS; k++) kd_json_int(w, stats->by_set_size[k]);
        kd_json_end(w, ']');
    }
    if (corpus->task == KD_TASK_QA) {
        kd_json_put_int(w, "questions", stats->questions);
        kd_json_put_int(w, "answers", stats->answers);
        kd_json_put_int(w, "unanswered", stats->unanswered);
    }
    if (stats->kinds > 0) {
        kd_json_key(w, corpus->task == KD_TASK_NER ? "types" : "classes");
        kd_json_begin(w, '{');
        for (int k = 0; k < stats->kinds; k++)
            kd_json_put_int(w, kd_corpus_stats_kind(corpus, k), stats->by_kind[k]);
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
            kd_json_put_text(&w, "file", s->corpora[later].name);
            kd_json_put_text(&w, "also_in", s->corpora[earlier].name);
            kd_json_put_int(&w, "sentences", same.count);
            kd_json_end(&w, '}');
        }
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

kd_status kd_cmd_data_stats(int argc, char **argv, kd_error *err)
{
    const char  *task = NULL, *scheme = NULL, *relation = NULL, *tag_column = NULL;
    bool         as_json = false;
    survey       s = { .labels = kd_labels_create() };
    const kd_arg table[] = {
        { 0, "task", KD_ARG_TEXT, &task, "TASK",
          "ner, re, hoc, qa, pair or text; else guessed, never text", "ner re hoc qa pair text" },
        { 0, "scheme", KD_ARG_TEXT, &scheme, "NAME", "auto, iob1, iob2 or iobes",
          "auto iob1 iob2 iobes" },
        { 0, "relation", KD_ARG_TEXT, &relation, "NAME", "auto, chemprot, gad, ddi, i2b2 or other",
          "auto chemprot gad ddi i2b2 other" },
        { 0, "tag-column", KD_ARG_TEXT, &tag_column, "N",
          "of words and tags: the column of the tags, from 1 (the last)" },
        { 0, "unlabelled", KD_ARG_LIST, &s.unlabelled, "PATH",
          "a file or folder, read as data.unlabelled reads it; repeatable" },
        KD_ARG_JSON(as_json),
        KD_ARG_END,
    };
    kd_args   args = { "data stats", "FILE...",
                       "Count what is in corpora, check them, and find sentences that two have.\n"
                         "Give the training split first.",
                       table };
    kd_str    out = KD_STR_INIT;
    kd_status status = kd_args_parse(&args, argc, argv, err);

    kd_setting_defaults(kd_corpus_settings, &s.reading);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 1, -1, err)) != KD_OK ||
        (status = kd_data_set(kd_corpus_settings, &s.reading, "scheme", scheme, err)) != KD_OK ||
        (status = kd_data_set(kd_corpus_settings, &s.reading, "relation", relation, err)) !=
            KD_OK ||
        (status = kd_data_set(kd_corpus_settings, &s.reading, "tag_column", tag_column, err)) !=
            KD_OK ||
        (status = kd_data_choose_task(&s.task, task, args.words[0], err)) != KD_OK ||
        (status = read_survey(&s, args.words, args.count, err)) != KD_OK)
        goto done;
    if (as_json)
        write_survey(&s, &out);
    else
        print_survey(&s, &out);
    status = kd_data_print(&out, err);
done:
    close_survey(&s);
    kd_str_fini(&out);
    kd_args_fini(&args);
    return status;
}
