/* doctor.c - nodes of the plan, one after another, each looked at once by what matters of it. */
#include "harness/review/doctor_internal.h"

#include <limits.h>
#include <stdlib.h>

#include "distill/trainer.h"
#include "harness/cell/source_corpus.h"
#include "models/model.h"
#include "models/text/pack_build.h"
#include "models/text/piece_vectors.h"
#include "results/study_table.h"

/* ---- vectors of a network ---- */

/* How much of what a student reads begins with a vector, by the rule that it has. Augmentation would change the
 * counts of a mean a little, and is left out. */
static kd_status count_vectors(kd_doctor *d, const kd_source_corpus *source,
                               const kd_resolved *node, const char *path, kd_error *err)
{
    kd_arch            arch;
    kd_vectors_options how;
    kd_vectors_hits    hits;
    kd_pack            pack;
    const kd_corpus   *train = &source->split[KD_TRAIN];
    kd_status          status = kd_resolved_fill(node, "student.", kd_arch_settings(), &arch, err);
    if (status == KD_OK)
        status = kd_resolved_fill(node, "student.", kd_vectors_settings, &how, err);
    if (status == KD_OK)
        status = kd_pack_build(&pack, train, source->tokenizer, &source->tokens, NULL, err);
    if (status != KD_OK) return status;
    status = kd_piece_vectors(NULL, arch.embedding, path, kd_tokenizer_vocab(source->tokenizer),
                              &pack, how.vectors_rule, &hits, err);
    kd_pack_fini(&pack);
    if (status != KD_OK) return status;
    kd_doctor_share_at_least(d, "pieces", train->name,
                             "pieces that begin with a vector of their own",
                             kd_doctor_share(hits.uses_own, hits.uses), 0);
    if (how.vectors_rule == KD_VECTORS_PARTS)
        kd_doctor_share_at_least(d, "pieces", train->name,
                                 "pieces that begin with the mean of their words'",
                                 kd_doctor_share(hits.uses_mean, hits.uses), 0);
    return KD_OK;
}

static kd_status check_pieces_of_vectors(kd_doctor *d, const kd_resolved *node, const char *path,
                                         kd_error *err)
{
    kd_resolved      of;
    kd_source_corpus source;
    size_t           corpus = kd_plan_find(d->plan, kd_resolved_input_id(node, KD_INPUT_CORPUS));
    kd_status        status = kd_plan_resolve(d->plan, corpus, d->arena, &of, err);
    if (status != KD_OK) return status;
    status = kd_source_corpus_open(&source, &of, err);
    if (status == KD_OK && !source.is_streamed) status = count_vectors(d, &source, node, path, err);
    kd_source_corpus_close(&source);
    return status;
}

/* The vectors that the study itself names. */
static kd_status check_own_vectors(kd_doctor *d, const kd_resolved *node,
                                   const kd_doctor_corpus *corpus, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(node, KD_FILE_VECTORS);
    kd_status               status = KD_OK;
    if (!file) return KD_OK;
    char *key = kd_sprintf("vectors %s %s", file->path, corpus->name);
    if (!kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        status = kd_doctor_check_vectors(d, corpus->words, corpus->name, file->path, err);
    }
    const char *rule = kd_resolved_value(node, "student.vectors_rule");
    free(key);
    key = kd_sprintf("pieces %s %s %s", file->path, corpus->name, rule ? rule : "");
    if (status == KD_OK && !kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        status = check_pieces_of_vectors(d, node, file->path, err);
        if (status != KD_OK) kd_while(err, status, "student.vectors");
    }
    free(key);
    return status;
}

/* ---- a network and its training ---- */

static void check_network(kd_doctor *d, const char *where, const kd_arch *arch,
                          const kd_train_options *train, const kd_doctor_corpus *corpus)
{
    int longest = kd_arch_longest(arch);
    if (longest < INT_MAX && corpus->longest > 0) /* else its pieces are not known yet */
        kd_doctor_count_at_most(d, "positions", where,
                                "pieces of the longest row, against its positions", corpus->longest,
                                longest);
    kd_doctor_count_at_most(d, "batch", where, "sentences of a batch, against those of train",
                            train->batch, corpus->sentences);
}

/* Cells by the thousand differ in what no check asks for, so each combination is looked at once. */
static kd_status examine_model(kd_doctor *d, const kd_resolved *node, bool is_teacher,
                               kd_error *err)
{
    kd_arch                 arch;
    kd_train_options        train;
    const char             *name = is_teacher ? "teacher" : "student";
    const kd_doctor_corpus *corpus = kd_doctor_corpus_of(d, node);
    kd_status               status = kd_resolved_fill(node, is_teacher ? "teacher." : "student.",
                                                      kd_arch_settings(), &arch, err);
    if (status == KD_OK)
        status = kd_resolved_fill(node, is_teacher ? "teacher.train." : "train.", kd_train_settings,
                                  &train, err);
    if (status != KD_OK || !corpus) return status;
    if ((status = kd_doctor_check_checkpoint(d, node, corpus, err)) != KD_OK ||
        (status = check_own_vectors(d, node, corpus, err)) != KD_OK)
        return status;

    char *key = kd_sprintf("%s %d %d %d %d", name, kd_arch_longest(&arch), train.batch,
                           corpus->longest, corpus->sentences);
    if (!kd_map_get(d->seen, key)) {
        kd_map_put_number(d->seen, key, 0);
        check_network(d, name, &arch, &train, corpus);
    }
    free(key);
    return KD_OK;
}

/* Also of another study. */
static bool is_teacher(const kd_plan *plan, size_t number)
{
    size_t         there;
    const kd_plan *home = kd_plan_home(plan, number, &there);
    return kd_plan_node_at(home, there)->part == KD_PART_TEACHER;
}

static kd_status examine_node(kd_doctor *d, size_t number, kd_error *err)
{
    const kd_plan_node *node = kd_plan_node_at(d->plan, number);
    kd_resolved         resolved;
    if (node->kind == KD_NODE_STATES) return KD_OK;
    kd_arena_mark mark = kd_arena_here(d->arena);
    kd_status     status = kd_plan_resolve(d->plan, number, d->arena, &resolved, err);
    if (status == KD_OK && node->kind == KD_NODE_CORPUS)
        status = kd_doctor_examine_corpus(d, &resolved, node->is_apart, err);
    else if (status == KD_OK && node->kind == KD_NODE_TARGETS)
        status = kd_doctor_examine_targets(d, &resolved, err);
    else if (status == KD_OK)
        status = examine_model(d, &resolved, is_teacher(d->plan, number), err);
    kd_arena_rewind(d->arena, mark);
    return status;
}

static kd_status examine_plan(kd_doctor *d, kd_study *study, kd_error *err)
{
    kd_lacks  lacks = KD_VEC_INIT;
    kd_status status = kd_study_tables_check(study, err);
    if (status == KD_OK)
        status = kd_plan_create(&d->plan, study, &(kd_plan_options){ .lacks = &lacks }, err);
    if (status == KD_ENOINPUT && lacks.count > 0)
        status = kd_lacks_tell(&lacks, kd_study_path(study), err);
    kd_lacks_fini(&lacks);
    for (size_t i = 0; status == KD_OK && i < kd_plan_count(d->plan); i++)
        status = examine_node(d, i, err);
    return status;
}

kd_status kd_doctor_examine(kd_diagnosis **out, kd_study *study, const kd_doctor_limits *limits,
                            kd_error *err)
{
    kd_doctor d = { .limits = limits,
                    .told = kd_alloc(1, sizeof *d.told),
                    .arena = kd_arena_create(0),
                    .seen = kd_map_create() };
    kd_status status = examine_plan(&d, study, err);
    for (size_t i = 0; i < d.corpora.count; i++) kd_doctor_corpus_fini(&d.corpora.items[i]);
    kd_vec_fini(&d.corpora);
    kd_id_map_fini(&d.numbers);
    kd_map_destroy(d.seen);
    kd_arena_destroy(d.arena);
    kd_plan_destroy(d.plan);
    if (status == KD_OK)
        *out = d.told;
    else
        kd_diagnosis_destroy(d.told);
    return status;
}
