/* make.c - `kdgrid data augment` and `kdgrid data synth`: more sentences, and invented
 * ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/augment.h"
#include "harness/base/args.h"
#include "harness/base/say.h"
#include "harness/cmd/data/data.h"
#include "models/text/stats.h"
#include "models/text/synth.h"
#include "models/text/unlabelled.h"

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
        if (list->values[i])
            status = kd_data_set(table, options, list->args[i].name, list->values[i], err);
    return status;
}

/* ---- augment ---- */

static void print_growth(const kd_corpus *in, const kd_corpus *out)
{
    const kd_corpus *both[] = { in, out };

    for (int i = 0; i < 2; i++) {
        kd_corpus_stats stats;

        kd_corpus_stats_make(&stats, both[i]);
        kd_say("%s: %d sentences, %lld tokens, %lld mentions\n", i == 0 ? "read" : "written",
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
    kd_data_tell_notes(&in);
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
    static const char *const things[] = { [KD_TASK_NER] = "mentions",
                                          [KD_TASK_RE] = "pairs",
                                          [KD_TASK_HOC] = "rows",
                                          [KD_TASK_QA] = "questions",
                                          [KD_TASK_PAIR] = "questions" };

    fprintf(to, "%s: %d sentences", path, kd_corpus_sentences(corpus));
    if (corpus->task != KD_TASK_TEXT)
        fprintf(to,
                ", %lld %s, %lld wrongly labelled, %lld with an ambiguous and %lld with an unseen "
                "name; best F1 %.4f",
                (long long)split->mentions, things[corpus->task], (long long)split->wrong,
                (long long)split->ambiguous, (long long)split->unseen, split->best_f1);
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
    status = kd_data_print(&text, err);
    kd_str_fini(&text);
    return status;
}

/* Else a folder. */
static bool is_file(const char *output)
{
    return kd_ends_with(output, ".tsv") || kd_ends_with(output, ".txt") ||
           kd_ends_with(output, ".json");
}

/* Three files in a folder, or the training split alone: in a file, or on stdout. */
static kd_status write_splits(const kd_corpus splits[3], const kd_synth_report *report,
                              const char *output, kd_error *err)
{
    const kd_synth_split *reports[] = { &report->train, &report->devel, &report->test };
    kd_task               task = splits[0].task;
    const char           *suffix = task == KD_TASK_TEXT ? "txt" : kd_task_of(task)->suffix;
    kd_status             status;

    if (!output) return print_split(&splits[0], reports[0], err);
    if (is_file(output)) return write_split(&splits[0], reports[0], output, err);
    status = kd_fs_make_folders(output, err);
    for (int i = 0; i < 3 && status == KD_OK; i++) {
        char *path = kd_sprintf("%s/%s.%s", output, splits[i].name, suffix);

        status = write_split(&splits[i], reports[i], path, err);
        free(path);
    }
    return status;
}

/* A sentence a line, in FOLDER/unlabelled.txt. */
static kd_status write_unlabelled(kd_task task, const kd_synth_options *options, int sentences,
                                  const char *folder, kd_error *err)
{
    kd_corpus more;
    kd_str    text = KD_STR_INIT;
    char     *path = kd_sprintf("%s/unlabelled.txt", folder);
    kd_status status;

    kd_synth_unlabelled(&more, task, options, sentences);
    for (int b = 0; b < sentences; b++) {
        for (int i = more.begin.items[b]; i < more.begin.items[b + 1]; i++)
            kd_str_addf(&text, "%s%.*s", i > more.begin.items[b] ? " " : "",
                        (int)more.words.items[i].length, more.words.items[i].text);
        kd_str_add_char(&text, '\n');
    }
    status = kd_fs_write(path, text.text, text.length, err);
    if (status == KD_OK) kd_say("%s: %d sentences without labels\n", path, sentences);
    kd_corpus_fini(&more);
    kd_str_fini(&text);
    free(path);
    return status;
}

static kd_status check_unlabelled(kd_task task, int sentences, const char *output, kd_error *err)
{
    if (sentences == 0) return KD_OK;
    if (sentences < 0) return kd_fail(err, KD_EUSAGE, "--unlabelled: expected 0 or more");
    if (!kd_unlabelled_suits(task))
        return kd_fail(err, KD_EUSAGE, "--unlabelled: is for ner and re, not for %s",
                       kd_task_name(task));
    if (output && !is_file(output)) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "--unlabelled: needs a folder, see --output");
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
    int              unlabelled = 0;

    add_settings(&list, kd_synth_settings);
    add_option(&list, (kd_arg){ 0, "task", KD_ARG_TEXT, &task_name, "TASK",
                                "ner, re, hoc, qa, text or pair", "ner re hoc qa text pair" });
    add_option(&list, (kd_arg){ 'o', "output", KD_ARG_TEXT, &output, "PATH",
                                "a folder, or a file .tsv, .txt or .json" });
    add_option(&list, (kd_arg){ 0, "unlabelled", KD_ARG_INT, &unlabelled, "N",
                                "also N sentences without labels, in FOLDER/unlabelled.txt" });
    status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) goto done;
    if ((status = kd_args_expect(&args, 0, 0, err)) != KD_OK ||
        (status = take_settings(&list, kd_synth_settings, &options, err)) != KD_OK ||
        (status = kd_task_choose(&task, task_name, NULL, err)) != KD_OK)
        goto done;
    if ((status = check_unlabelled(task, unlabelled, output, err)) != KD_OK) goto done;
    kd_synth_make(&splits[0], &splits[1], &splits[2], task, &options, labels, &report);
    status = write_splits(splits, &report, output, err);
    if (status == KD_OK && unlabelled > 0)
        status = write_unlabelled(task, &options, unlabelled, output, err);
    if (status == KD_OK) status = kd_data_finish(err);
done:
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    kd_labels_destroy(labels);
    kd_args_fini(&args);
    return status;
}
