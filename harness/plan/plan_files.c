/* plan_files.c - settings that name files, and what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/contents.h"
#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"
#include "models/text/tokenizer.h"
#include "models/text/unlabelled.h"

/* Each path is digested once a plan. */
static kd_status file_at(kd_plan *plan, const char *path, kd_plan_file *out, kd_error *err)
{
    int64_t known = kd_map_number(plan->digests, path, -1);
    if (known < 0) {
        kd_plan_file file = { .path = kd_arena_strdup(plan->arena, path) };
        kd_status    status = kd_contents_of(&file.contents, &file.bytes, path, err);
        if (status != KD_OK) return status;
        known = (int64_t)plan->contents.count;
        kd_map_put_number(plan->digests, path, known);
        kd_vec_push(&plan->contents, file);
    }
    kd_file_role role = out->role;
    *out = plan->contents.items[known];
    out->role = role;
    return KD_OK;
}

/* Add the file or folder `name`, joined with `part` unless that is NULL, which `key` named. While the plan is built what
 * is not there is noted and left out, so that all of it can be told. */
static kd_status add_file(kd_plan *plan, kd_file_role role, const char *key, const char *name,
                          const char *part, kd_plan_files *out, kd_error *err)
{
    char        *joined = part ? kd_fs_join(name, part) : kd_strdup(name);
    char        *found = kd_study_find_file(plan->study, joined);
    char        *real = found ? realpath(found, NULL) : NULL;
    kd_plan_file file = { .role = role };
    kd_status    status = KD_OK;
    if (real)
        status = file_at(plan, real, &file, err);
    else if (plan->lacks)
        kd_lacks_add(plan->lacks, plan->study, key, joined);
    else
        status = kd_fail(err, KD_ENOINPUT, "there is no %s%s", joined,
                         kd_study_searched(plan->study, joined));
    if (status != KD_OK)
        kd_while(err, status, "%s", kd_study_place(plan->study, key));
    else if (real)
        out->file[out->count++] = file;
    free(real);
    free(found);
    free(joined);
    return status;
}

/* The training file must be there, the others too unless nothing is to be evaluated. */
static kd_status add_split(kd_plan *plan, kd_file_role split, const char *const *values,
                           kd_plan_files *out, kd_error *err)
{
    char        key[32], part[32];
    const char *corpus = kd_plan_value(values, "data.corpus");
    snprintf(key, sizeof key, "data.%s", kd_file_role_word(split));
    snprintf(part, sizeof part, "%s.%s", kd_file_role_word(split),
             kd_task_of(kd_plan_task(values))->suffix);
    const char *own = kd_plan_value(values, key);
    if (*own) return add_file(plan, split, key, own, NULL, out, err);
    if (kd_plan_task(values) == KD_TASK_TEXT) /* what nobody names is held out of it */
        return split == KD_FILE_TRAIN ? add_file(plan, split, "data.corpus", corpus, NULL, out, err)
                                      : KD_OK;
    return add_file(plan, split, "data.corpus", corpus, part, out, err);
}

static kd_status add_splits(kd_plan *plan, const char *const *values, kd_plan_files *out,
                            kd_error *err)
{
    static const kd_file_role splits[] = { KD_FILE_TRAIN, KD_FILE_DEVEL, KD_FILE_TEST };
    static const char *const  keys[] = { "data.train", "data.devel", "data.test" };
    bool      is_synth = !strcmp(kd_plan_value(values, "data.corpus"), KD_CORPUS_SYNTH);
    kd_status status = KD_OK;
    for (size_t i = 0; i < 3 && status == KD_OK; i++) {
        if (!is_synth)
            status = add_split(plan, splits[i], values, out, err);
        else if (*kd_plan_value(values, keys[i]))
            status = kd_fail(err, KD_ECONFIG,
                             "%s: a file stands beside an invented corpus; give data.corpus a name",
                             kd_study_place(plan->study, keys[i]));
    }
    return status;
}

/* Whether the task has labels of this sort. */
static kd_status check_labels(const kd_plan *plan, const char *const *values, kd_error *err)
{
    kd_task task = kd_plan_task(values);
    if (strcmp(kd_plan_value(values, "data.labels"), "source") != 0 || task == KD_TASK_NER)
        return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: source is for tags, not for the task %s",
                   kd_study_place(plan->study, "data.labels"), kd_task_name(task));
}

static kd_status check_unlabelled(const kd_plan *plan, const char *const *values, kd_error *err)
{
    kd_task     task = kd_plan_task(values);
    const char *place = kd_study_place(plan->study, "data.unlabelled");
    bool        is_synth = !strcmp(kd_plan_value(values, "data.unlabelled"), KD_CORPUS_SYNTH);
    if (!kd_unlabelled_suits(task))
        return kd_fail(err, KD_ECONFIG, "%s: is for tags and relations, not for the task %s", place,
                       kd_task_name(task));
    if (is_synth && strcmp(kd_plan_value(values, "data.corpus"), KD_CORPUS_SYNTH) != 0)
        return kd_fail(err, KD_ECONFIG, "%s: synth goes with data.corpus = synth", place);
    if (is_synth && !strcmp(kd_plan_value(values, "data.unlabelled_sentences"), "0"))
        return kd_fail(err, KD_ECONFIG,
                       "%s: synth needs data.unlabelled_sentences, for it has no end", place);
    return KD_OK;
}

/* Each name of the list is a file or a folder, in the role of its place. */
static kd_status add_unlabelled(kd_plan *plan, const char *const *values, kd_plan_files *out,
                                kd_error *err)
{
    const char *list = kd_plan_value(values, "data.unlabelled"), *name;
    size_t      length;
    kd_status   status = *list ? check_unlabelled(plan, values, err) : KD_OK;
    if (!kd_option_is_path(list)) return status;
    for (int i = 0; status == KD_OK && kd_option_next_name(&list, &name, &length); i++) {
        if (length == 0 || i == KD_UNLABELLED_MAX)
            return kd_fail(err, KD_ECONFIG, "%s: %s",
                           kd_study_place(plan->study, "data.unlabelled"),
                           length ? "names more than 8 files; a folder may hold any number of them"
                                  : "a name is empty");
        char *own = kd_strndup(name, length);
        status = add_file(plan, kd_file_unlabelled(i), "data.unlabelled", own, NULL, out, err);
        free(own);
    }
    return status;
}

kd_status kd_plan_corpus_files(kd_plan *plan, const char *vocab_key, const char *const *values,
                               kd_plan_files *out, kd_error *err)
{
    const char *vocab = kd_plan_value(values, vocab_key);
    kd_status   status = check_labels(plan, values, err);
    if (status == KD_OK) status = add_splits(plan, values, out, err);
    if (status == KD_OK) status = add_unlabelled(plan, values, out, err);
    if (status == KD_OK && kd_option_is_path(vocab))
        status = add_file(plan, KD_FILE_VOCAB, vocab_key, vocab, NULL, out, err);
    return status;
}

kd_status kd_plan_file_of(kd_plan *plan, kd_file_role role, const char *key,
                          const char *const *values, kd_plan_files *out, kd_error *err)
{
    const char *path = kd_plan_value(values, key);
    if (!kd_option_is_path(path) || kd_option_is_study(path)) return KD_OK;
    return add_file(plan, role, key, path, NULL, out, err);
}

/* Once a plan: the file is in hand, for it was digested. */
static int count_in(kd_plan *plan, const char *path, const kd_token_options *options)
{
    kd_plan_file *file = &plan->contents.items[kd_map_number(plan->digests, path, -1)];
    kd_tokenizer *tokenizer;
    kd_error      why;
    if (file->pieces != 0) return file->pieces;
    file->pieces = -1;
    if (kd_tokenizer_open(&tokenizer, path, options, &why) != KD_OK) return -1;
    file->pieces = kd_vocab_size(kd_tokenizer_vocab(tokenizer));
    kd_tokenizer_destroy(tokenizer);
    return file->pieces;
}

int kd_plan_count_pieces(kd_plan *plan, const char *data, const char *const *values)
{
    kd_token_options options;
    kd_plan_files    files = { 0 };
    kd_error         why;
    char             vocab[32], size[32];
    int              pieces = 0;
    snprintf(vocab, sizeof vocab, "%svocab", data);
    snprintf(size, sizeof size, "%svocab_size", data);
    if (kd_plan_read(kd_token_settings, data, values, &options, &why) == KD_OK &&
        kd_plan_file_of(plan, KD_FILE_VOCAB, vocab, values, &files, &why) == KD_OK &&
        files.count > 0)
        pieces = count_in(plan, files.file[0].path, &options);
    return pieces > 0 ? pieces : atoi(kd_plan_value(values, size));
}
