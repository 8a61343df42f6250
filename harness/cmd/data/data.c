/* data.c - `kdgrid data`: its verbs, and what they share. */
#include "harness/cmd/data/data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"

/* ---- what the verbs share ---- */

kd_status kd_data_finish(kd_error *err)
{
    if (fflush(stdout) != 0 || ferror(stdout)) return kd_fail_errno(err, errno, "standard output");
    return KD_OK;
}

kd_status kd_data_print(const kd_str *out, kd_error *err)
{
    fwrite(out->text, 1, out->length, stdout);
    return kd_data_finish(err);
}

void kd_data_tell_notes(const kd_corpus *corpus)
{
    kd_str notes = KD_STR_INIT;
    kd_corpus_tell(corpus, &notes);
    kd_log_warnings(notes.text);
    kd_str_fini(&notes);
}

kd_status kd_data_set(const kd_setting *table, void *options, const char *key, const char *value,
                      kd_error *err)
{
    if (!value) return KD_OK;
    if (kd_setting_put(kd_setting_find(table, key), options, value, err) == KD_OK) return KD_OK;
    return kd_while(err, KD_EUSAGE, "--%s", key);
}

kd_status kd_data_choose_task(kd_task *out, const char *name, const char *path, kd_error *err)
{
    if (!name) return kd_corpus_guess_task(out, path, err);
    if (kd_task_parse(out, name)) return KD_OK;
    return kd_fail(err, KD_EUSAGE, "--task: expected ner, re, hoc or text, found '%s'", name);
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
