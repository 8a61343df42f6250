/* targets.c - `kdgrid targets`: logits that are computed elsewhere.
 *
 *     targets corpus EXPERIMENT        the corpora that students learn from, made, for whoever
 *                                      computes
 *     targets import FILE EXPERIMENT   a file of logits, checked against them and kept in the store
 *
 * Both make nodes of the study's own graph, so a run finds them there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/args.h"
#include "harness/base/say.h"
#include "harness/cell/cell.h"
#include "harness/cmd/cmd.h"
#include "harness/config/study.h"
#include "harness/plan/session.h"

typedef struct {
    const char *folder, *profile;
    kd_arg_list overrides;
} options;

typedef struct {
    kd_session opened;
    kd_plan   *plan; /* of what was opened */
    kd_store  *store;
    kd_arena  *arena;
} session;

static kd_status open_session(session *s, const options *o, const char *experiment, kd_error *err)
{
    kd_study_options how = { .profile = o->profile, .overrides = o->overrides };
    kd_status        status =
        kd_session_open(&s->opened, experiment, &how, o->folder, KD_SESSION_MAKES, err);
    s->arena = kd_arena_create(0);
    if (status == KD_OK) status = kd_session_make(&s->opened, o->folder, err);
    s->plan = s->opened.plan;
    s->store = s->opened.store;
    return status;
}

static void close_session(session *s)
{
    kd_session_close(&s->opened);
    kd_arena_destroy(s->arena);
}

/* ---- nodes ---- */

/* Make one node, whose inputs are there, and print where it is. */
static kd_status make(session *s, size_t number, kd_error *err)
{
    kd_resolved     node;
    kd_str          text = KD_STR_INIT, label = KD_STR_INIT;
    kd_cell_context context = { .store = s->store };
    kd_status       status = kd_plan_resolve(s->plan, number, s->arena, &node, err);
    if (status == KD_OK) {
        kd_resolved_print(&node, &text);
        status = kd_cell_run(&node, text.text, &context, err);
    }
    if (status == KD_OK) {
        char *path = kd_store_object_path(s->store, node.id);
        kd_plan_label(s->plan, number, &label);
        kd_say("%s: %s\n", label.text, path);
        free(path);
    }
    kd_str_fini(&label);
    kd_str_fini(&text);
    return status;
}

/* Whether a student stands on this corpus, or what one is told of it, and not only a teacher. */
static bool is_for_students(const session *s, size_t corpus)
{
    size_t         count;
    const int32_t *users = kd_plan_users(s->plan, corpus, &count);
    for (size_t u = 0; u < count; u++) {
        const kd_plan_node *user = kd_plan_node_at(s->plan, (size_t)users[u]);
        if (user->part == KD_PART_STUDENT || user->kind == KD_NODE_TARGETS) return true;
    }
    return false;
}

static kd_status make_corpora(session *s, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t n = 0; n < kd_plan_count(s->plan) && status == KD_OK; n++)
        if (kd_plan_node_at(s->plan, n)->kind == KD_NODE_CORPUS && is_for_students(s, n))
            status = make(s, n, err);
    return status;
}

static kd_status make_targets(session *s, const char *experiment, kd_error *err)
{
    kd_status status = KD_OK;
    size_t    made = 0;
    for (size_t n = 0; n < kd_plan_count(s->plan) && status == KD_OK; n++) {
        const kd_plan_node *node = kd_plan_node_at(s->plan, n);
        if (node->kind != KD_NODE_TARGETS) continue;
        status = make(s, (size_t)node->inputs[0], err);
        if (status == KD_OK) status = make(s, n, err);
        made++;
    }
    if (status == KD_OK && !made)
        return kd_fail(err, KD_ECONFIG, "%s: no cell learns from logits", experiment);
    return status;
}

/* ---- the verbs ---- */

static kd_status corpus(const options *o, char **words, kd_error *err)
{
    session   s = { 0 };
    kd_status status = open_session(&s, o, words[0], err);
    if (status == KD_OK) status = make_corpora(&s, err);
    close_session(&s);
    return status;
}

/* The study with targets.file = FILE, wherever it names another or none. */
static kd_status import(const options *o, char **words, kd_error *err)
{
    session   s = { 0 };
    options   with = *o;
    char     *path = realpath(words[0], NULL);
    char     *file = kd_sprintf("targets.file=%s", path ? path : words[0]);
    kd_status status = KD_OK;
    with.overrides.items = kd_alloc(o->overrides.count + 1, sizeof *with.overrides.items);
    if (o->overrides.count)
        memcpy(with.overrides.items, o->overrides.items,
               o->overrides.count * sizeof *with.overrides.items);
    with.overrides.items[with.overrides.count++] = file;
    if (!path) status = kd_fail(err, KD_ENOINPUT, "%s: there is no such file", words[0]);
    if (status == KD_OK) status = open_session(&s, &with, words[1], err);
    if (status == KD_OK) status = make_targets(&s, words[1], err);
    if (status == KD_OK) kd_say("a study uses them by targets = { file = \"%s\"; }\n", words[0]);
    close_session(&s);
    free(with.overrides.items);
    free(file);
    free(path);
    return status;
}

struct form {
    const char *name, *usage;
    int         words;
    kd_status (*run)(const options *o, char **words, kd_error *err);
    const char *about;
};

static const struct form corpus_form = {
    "targets corpus", "EXPERIMENT.cfg [--store DIR]", 1, corpus,
    "Makes the corpora that the study's students learn from and prints where they are: their\n"
    "pieces are what logits are computed of elsewhere. docs/FORMATS.md has an example."
};

static const struct form import_form = {
    "targets import", "FILE.h5 EXPERIMENT.cfg [--store DIR]", 2, import,
    "Takes logits that were computed elsewhere into the store, in place of a teacher's. Names of\n"
    "labels, their order and every piece of every sentence must be the corpus's. docs/FORMATS.md\n"
    "has the layout of the file."
};

static kd_status run(const struct form *form, int argc, char **argv, kd_error *err)
{
    options      o = { .folder = "store" };
    const kd_arg table[] = {
        KD_ARG_STORE(o.folder),
        KD_ARG_PROFILE(o.profile),
        KD_ARG_DEFINE(o.overrides),
        KD_ARG_END,
    };
    kd_args   args = { form->name, form->usage, form->about, table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status == KD_OK && !args.helped) {
        status = kd_args_expect(&args, form->words, form->words, err);
        if (status == KD_OK) status = form->run(&o, args.words, err);
    }
    free(o.overrides.items);
    return status;
}

static kd_status run_corpus(int argc, char **argv, kd_error *err)
{
    return run(&corpus_form, argc, argv, err);
}

static kd_status run_import(int argc, char **argv, kd_error *err)
{
    return run(&import_form, argc, argv, err);
}

kd_status kd_cmd_targets(int argc, char **argv, kd_error *err)
{
    static const kd_verb verbs[] = {
        { "corpus", run_corpus, "make the corpora that logits are computed of" },
        { "import", run_import, "take logits into a store, in place of a teacher's" },
    };
    const kd_verb_table table = { "targets", "Logits that were computed elsewhere.", verbs,
                                  sizeof verbs / sizeof *verbs };
    return kd_verbs_run(&table, argc, argv, err);
}
