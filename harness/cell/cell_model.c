/* cell_model.c - train one network: a teacher, a student, or what a student is before.
 *
 *     corpus, [targets], [states], [teacher], [start]
 *         -> network -> [checkpoint] -> trainer -> measures -> object
 *
 * They differ in nothing but the prefixes of their settings. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/log.h"
#include "harness/cell/first_weights.h"
#include "harness/cell/model_job.h"
#include "harness/cell/vectors.h"
#include "harness/config/contents.h"
#include "harness/config/options.h"

/* ---- the network and its first weights ---- */

static kd_status choose_head(kd_model_job *j, kd_error *err)
{
    kd_error  own;
    kd_status status = kd_task_choose_head(j->dataset.task, &j->arch, &own);
    return status == KD_OK ? KD_OK : kd_fail(err, status, "%s%s", j->role->arch, own.text);
}

static int longest_row(const kd_dataset *dataset)
{
    int longest = 0;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) {
        int own = kd_pack_longest(&dataset->split[s]);
        if (own > longest) longest = own;
    }
    return longest;
}

static kd_status check_lengths(const kd_model_job *j, kd_error *err)
{
    int longest = longest_row(&j->dataset);
    if (longest <= kd_arch_longest(&j->arch)) return KD_OK;
    return kd_fail(err, KD_ECONFIG,
                   "%spositions: %d are too few for a sentence of %d pieces; raise it, or cut "
                   "sentences by data.max_pieces",
                   j->role->arch, j->arch.positions, longest);
}

/* Distances to mentions that no sentence has would be weights that say nothing. */
static kd_status check_marks(const kd_model_job *j, kd_error *err)
{
    const kd_pack *train = &j->dataset.split[KD_TRAIN];
    if (!kd_arch_reads_marks(&j->arch)) return KD_OK;
    for (int i = 0; i < 2 * train->sentences; i++)
        if (train->marks && train->marks[i] >= 0) return KD_OK;
    return kd_fail(err, KD_ECONFIG,
                   "%sdistances: no sentence has a mention that is masked as in @GENE$, or the "
                   "vocabulary has no pieces for it",
                   j->role->arch);
}

/* Weights of the method's own, beside the student's. */
static kd_status declare_method(kd_model_job *j, kd_error *err)
{
    const kd_arch *student = kd_model_arch(j->model), *teacher;
    if (!j->teacher.model && !j->has_states) return KD_OK;
    teacher = j->has_states ? &j->states.states.teacher : kd_model_arch(j->teacher.model);
    kd_status status = kd_method_fits(j->method, &j->distill, student, teacher, err);
    if (status != KD_OK) return status;
    return kd_method_declare(j->method, j->params, &j->distill, student, teacher, err);
}

static kd_status build_network(kd_model_job *j, kd_error *err)
{
    kd_status status = choose_head(j, err);
    if (status == KD_OK) status = check_lengths(j, err);
    if (status == KD_OK) status = check_marks(j, err);
    if (status != KD_OK) return status;
    j->arch.vocab = j->dataset.vocab_size;
    j->arch.labels = kd_labels_count(j->dataset.labels);
    j->params = kd_params_create();
    status = kd_model_create(&j->model, j->params, &j->arch, err);
    if (status == KD_OK) status = declare_method(j, err);
    if (status != KD_OK) return status;
    kd_model_obey(j->model, j->dataset.labels);
    kd_rng root = kd_rng_root((uint64_t)j->seed), init = kd_rng_split(&root, "init", 0);
    kd_params_allocate(j->params, true);
    kd_params_init(j->params, &init);
    return KD_OK;
}

static kd_status start_as_teacher(kd_model_job *j, const kd_first_weights *to, const char *init,
                                  kd_error *err)
{
    const char     *which = kd_resolved_value(j->node, "student.init_layers");
    kd_id           id;
    kd_loaded_model teacher;
    kd_status       status = kd_cell_input(&id, j->node, KD_INPUT_TEACHER, err);
    if (status != KD_OK) return status;
    status = kd_model_object_load(&teacher, j->context->store, id, err);
    if (status != KD_OK) return status;
    status =
        strcmp(init, KD_INIT_TEACHER_LAYERS) == 0
            ? kd_first_weights_of_layers(to, &teacher, which ? which : KD_INIT_LAYERS_SPREAD, err)
            : kd_first_weights_of_embeddings(to, &teacher, err);
    kd_loaded_model_fini(&teacher);
    kd_params_touch(j->params);
    return status == KD_OK ? status : kd_while(err, status, "student.init");
}

static kd_status start_as_file(kd_model_job *j, const kd_first_weights *to, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, KD_FILE_INIT);
    if (!file) return kd_fail(err, KD_EDATA, "%s: the node has no file init", j->role->init);
    kd_status status = kd_contents_check(file->path, file->contents, err);
    return status == KD_OK ? kd_first_weights_of_path(to, file->path, err) : status;
}

static kd_status start_weights(kd_model_job *j, kd_error *err)
{
    const char      *init = kd_resolved_value(j->node, j->role->init);
    const char      *names = kd_resolved_value(j->node, j->role->label_names);
    kd_first_weights to = { .whose = j->role->arch,
                            .init = j->role->init,
                            .train = j->role->train,
                            .arch = kd_model_arch(j->model),
                            .params = j->params,
                            .dataset = &j->dataset,
                            .label_names = names ? names : "",
                            .is_final = j->train.epochs == 0 && j->train.steps == 0 };
    kd_id            id;
    bool      is_model = init && (kd_option_is_study(init) || !strcmp(init, KD_INIT_FINE_TUNED));
    kd_status status;
    if (!init || strcmp(init, KD_INIT_SCRATCH) == 0) return KD_OK;
    if (!is_model && kd_option_is_path(init)) return start_as_file(j, &to, err);
    if (!is_model) return start_as_teacher(j, &to, init, err);
    status = kd_cell_input(&id, j->node, KD_INPUT_START, err);
    return status == KD_OK ? kd_first_weights_of_object(&to, j->context->store, id, err) : status;
}

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static kd_status read_vectors(kd_model_job *j, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, KD_FILE_VECTORS);
    kd_vectors_options      how;
    kd_vectors_hits         hits;
    if (!file) return KD_OK;
    kd_status status = kd_contents_check(file->path, file->contents, err);
    if (status == KD_OK)
        status = kd_resolved_fill(j->node, "student.", kd_vectors_settings, &how, err);
    if (status == KD_OK)
        status =
            kd_vectors_fill(j->params, kd_model_arch(j->model), j->dataset.vocab_text,
                            &j->dataset.split[KD_TRAIN], file->path, how.vectors_rule, &hits, err);
    if (status != KD_OK) return kd_while(err, status, "student.vectors");
    kd_log_info("%d of %d pieces begin with a vector of %s, %d with the mean of those of words; of "
                "all pieces of train %.1f %% and %.1f %%",
                hits.own, hits.pieces, file->path, hits.mean, percent(hits.uses_own, hits.uses),
                percent(hits.uses_mean, hits.uses));
    return KD_OK;
}

/* ---- from beginning to end ---- */

static kd_status learn(kd_model_job *j, kd_error *err)
{
    kd_status status = kd_model_job_read(j, err);
    if (status == KD_OK) status = kd_model_job_load(j, err);
    if (status == KD_OK) status = build_network(j, err);
    if (status == KD_OK) status = start_weights(j, err);
    if (status == KD_OK) status = read_vectors(j, err);
    return status == KD_OK ? kd_model_job_train(j, err) : status;
}

static void release(kd_model_job *j)
{
    kd_trainer_destroy(j->trainer);
    kd_masker_destroy(j->masker);
    kd_model_destroy(j->model);
    kd_params_destroy(j->params);
    kd_loaded_model_fini(&j->teacher);
    if (j->has_targets) kd_loaded_targets_fini(&j->targets);
    if (j->has_states) kd_loaded_states_fini(&j->states);
    if (j->has_dataset) kd_dataset_fini(&j->dataset);
    if (j->has_reading) kd_dataset_fini(&j->reading);
}

kd_status kd_cell_make_model(const kd_resolved *node, const kd_cell_context *context,
                             kd_object_draft *draft, kd_error *err)
{
    kd_model_job j = { .node = node, .context = context };
    kd_status    status = learn(&j, err);
    if (status == KD_OK && draft)
        status = kd_model_object_put(draft, j.model, j.params, j.dataset.labels_text,
                                     j.dataset.vocab_text, err);
    if (status == KD_OK && draft) status = kd_model_job_report(&j, draft, err);
    release(&j);
    return status;
}
