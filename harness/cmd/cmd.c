/* cmd.c - the program is a table of verbs, and some of them are tables again. */
#include "harness/cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/guard.h"
#include "harness/base/program.h"
#include "harness/base/setting.h"
#include "harness/base/str.h"
#include "harness/config/schema.h"

static const kd_verb verbs[] = {
#define X(verb, summary) { #verb, kd_cmd_##verb, summary },
    KD_VERBS(X)
#undef X
        { "help", NULL, "this page; of a VERB or setting's KEY; `help config`: all settings" },
};

static const kd_verb_table program = { "", "", verbs, sizeof verbs / sizeof *verbs };

const kd_verb_table *kd_cmd_program(void)
{
    return &program;
}

static void print_overview(void)
{
    printf("kdgrid %s - knowledge-distillation studies for biomedical text mining\n\n"
           "usage: kdgrid VERB [OPTION]... [ARGUMENT]...\n\nverbs:\n",
           kd_program_version);
    kd_verbs_print(&program);
    printf("\nexit codes:\n");
    for (int i = 0; i < KD_STATUS_COUNT; i++)
        printf("  %-3d %s\n", kd_status_exit((kd_status)i), kd_status_meaning((kd_status)i));
    printf("\nA first study: kdgrid new first --template quickstart\n"
           "               kdgrid run first.cfg -n 2 --store store\n");
}

static void print_settings(void)
{
    kd_str text = KD_STR_INIT;
    kd_schema_document(&text);
    fputs(text.text, stdout);
    kd_str_fini(&text);
}

/* ---- help on a word ---- */

static kd_status print_page(const kd_verb *verb, int argc, char **words, kd_error *err)
{
    char *argv[4], dashes[] = "--help";
    int   count = 0;
    while (count < argc && count < 2) argv[count] = words[count], count++;
    argv[count++] = dashes;
    argv[count] = NULL;
    return verb->run(count, argv, err);
}

static const kd_verb_table *const owners[] = {
#define X(owner) &kd_cmd_##owner##_verbs,
    KD_VERB_OWNERS(X)
#undef X
};
enum { OWNERS = sizeof owners / sizeof *owners };

/* `help stats`: the pages of all verbs of verbs that are called so. */
static kd_status print_subverbs(char *word, int *found, kd_error *err)
{
    kd_status status = KD_OK;
    *found = 0;
    for (int i = 0; i < OWNERS && status == KD_OK; i++) {
        const kd_verb *verb = kd_verbs_find(owners[i], word);
        if (!verb) continue;
        if ((*found)++ > 0) printf("\n");
        status = print_page(verb, 1, &word, err);
    }
    return status;
}

/* Behind the page of a verb: what else has its name. */
static void print_others(const char *word)
{
    if (kd_schema_has_group(word))
        printf("\n`kdgrid help %s.` lists the settings of that name.\n", word);
    for (int i = 0; i < OWNERS; i++)
        if (kd_verbs_find(owners[i], word))
            printf("\n`kdgrid help %s %s` is about another verb of that name.\n", owners[i]->owner,
                   word);
}

static bool print_setting(const char *word)
{
    kd_str text = KD_STR_INIT;
    bool   is_one = kd_schema_explain(word, &text);
    fputs(text.text, stdout);
    kd_str_fini(&text);
    return is_one;
}

/* What has a dot, or is near no verb, may have been meant to be a setting. */
static kd_status unknown_word(const char *word, kd_error *err)
{
    kd_error    verb;
    const char *near = kd_schema_nearest(word);
    kd_status   status = kd_verbs_unknown(&program, word, &verb);
    if (near && (strchr(word, '.') || !strstr(verb.text, "did you mean")))
        return kd_fail(err, KD_EUSAGE, "no setting is called %s; did you mean %s?", word, near);
    *err = verb;
    return status;
}

/* `help VERB` and `help data stats` are `VERB --help` and `data stats --help`. A word that is both a verb and
 * a group of settings is the verb; with a dot behind it is the group. */
static kd_status help_on(int argc, char **words, kd_error *err)
{
    const kd_verb *verb = kd_verbs_find(&program, words[0]);
    kd_status      status;
    int            found;
    if (!strcmp(words[0], "config")) {
        print_settings();
        return KD_OK;
    }
    if (verb && verb->run) {
        status = print_page(verb, argc, words, err);
        if (status == KD_OK && argc == 1) print_others(words[0]);
        return status;
    }
    if (verb) {
        print_overview();
        return KD_OK;
    }
    if (print_setting(words[0])) return KD_OK;
    status = print_subverbs(words[0], &found, err);
    return found > 0 ? status : unknown_word(words[0], err);
}

/* Verbs that read HDF5 files which may be other people's: stores, weights and targets from elsewhere. */
#define READS_FILES_OF_OTHERS                                                                    \
    "aggregate compare doctor export fsck gc log ls merge model plan plot predict report score " \
    "serve show status table targets verify"

static kd_status run_verb(const kd_verb *verb, int argc, char **argv, kd_error *err)
{
    kd_status status = kd_list_has(READS_FILES_OF_OTHERS, verb->name) ? kd_guard_enter(err) : KD_OK;
    return status == KD_OK ? verb->run(argc, argv, err) : status;
}

kd_status kd_cmd_run_program(int argc, char **argv, kd_error *err)
{
    const char *name = argc > 1 ? argv[1] : "help";
    if (kd_verbs_asks_help(name)) {
        if (argc > 2) return help_on(argc - 2, argv + 2, err);
        print_overview();
        return argc > 1 ? KD_OK : kd_fail(err, KD_EUSAGE, "a verb is missing");
    }
    if (!strcmp(name, "--version")) name = "version";
    const kd_verb *verb = kd_verbs_find(&program, name);
    return verb ? run_verb(verb, argc - 1, argv + 1, err) : kd_verbs_unknown(&program, name, err);
}
