/* plan_training.c - whether a training makes sense: something trains the weights that a network
 * begins with, and what selects is a number that there is.
 *
 *     first weights                    with epochs and steps 0
 *     drawn, or parts of a teacher     refused: at least the head is drawn
 *     the student, fine-tuned          as that left them
 *     a folder, a model's .h5          as they came, when there is a head for the task
 *     another study's model            the same
 *
 * Whether the labels of that head are the corpus's is seen by the cell, which knows them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/masked.h"
#include "distill/score.h"
#include "harness/base/fs.h"
#include "harness/base/guard.h"
#include "harness/config/options.h"
#include "harness/plan/plan_grounds.h"
#include "harness/store/keys.h"
#include "harness/store/object.h"
#include "models/text/corpus.h"
#include "models/weights/config.h"
#include "models/weights/pretrained.h"

#define WORDS_BIAS "weights/cls.predictions.bias" /* of a head over words, in an object */

static bool is_zero(const char *const *values, const char *prefix, const char *name)
{
    char *key = kd_sprintf("%s%s", prefix, name);
    bool  zero = atof(kd_plan_value(values, key)) == 0;
    free(key);
    return zero;
}

typedef struct {
    const char *path;
    kd_task     task;
    bool        has;
} head_look;

/* Of a text it is one over words; for other tasks, one that has labels. */
static kd_status look_for_head(void *user, kd_error *err)
{
    head_look *look = user;
    kd_object *object = NULL;
    kd_str     labels = KD_STR_INIT;
    kd_status  status = kd_object_open_file(&object, look->path, err);
    if (status == KD_OK) status = kd_object_get_text(object, KD_KEY_LABELS, &labels, err);
    look->has = labels.length > 0;
    if (status == KD_OK && look->task == KD_TASK_TEXT)
        status = kd_object_has(object, WORDS_BIAS, &look->has, err);
    kd_object_close(object);
    kd_str_fini(&labels);
    return status;
}

/* First in a child: the file may be somebody else's, and `run` plans where a crash would end the study. */
static kd_status object_has_head(bool *has, const char *path, kd_task task, kd_error *err)
{
    head_look look = { .path = path, .task = task };
    kd_status status = kd_guard_one(look_for_head, &look, err);
    if (status == KD_OK) status = look_for_head(&look, err);
    *has = look.has;
    return status;
}

static kd_status folder_has_head(bool *has, const char *path, kd_task task, kd_error *err)
{
    kd_arch   arch;
    kd_status status = kd_pretrained_arch(&arch, path, err);
    if (status == KD_OK)
        *has = task == KD_TASK_TEXT ? arch.head == KD_HEAD_MLM : kd_head_has_labels(arch.head);
    return status;
}

static kd_status check_file(kd_plan *plan, const char *train, const char *init,
                            const char *const *values, kd_error *err)
{
    kd_plan_files files = { 0 };
    bool          has = false;
    kd_status     status = kd_plan_file_of(plan, KD_FILE_INIT, init, values, &files, err);
    if (status != KD_OK || files.count == 0) return status; /* not there: the plan tells */
    const char *path = files.file[0].path;
    char       *key = kd_sprintf("%sepochs", train);
    kd_task     task = kd_plan_task(values);
    status = kd_fs_is_folder(path) ? folder_has_head(&has, path, task, err)
                                   : object_has_head(&has, path, task, err);
    if (status != KD_OK)
        kd_while(err, status, "%s", kd_study_place(plan->study, init));
    else if (!has)
        status = kd_fail(err, KD_ECONFIG,
                         "%s: 0 trains nothing, and %s = %s has no head for the task: it would be "
                         "drawn",
                         kd_study_place(plan->study, key), init, kd_plan_value(values, init));
    free(key);
    return status;
}

/* A model of the same task has its head. */
static kd_status check_ground(kd_plan *plan, const char *train, const char *init,
                              const char *const *values, kd_error *err)
{
    kd_ground_cell cell;
    kd_status      status = kd_ground_find(plan, init, values, &cell, err);
    if (status != KD_OK || !cell.plan || kd_ground_task(&cell) == kd_plan_task(values))
        return status;
    char *key = kd_sprintf("%sepochs", train);
    status =
        kd_fail(err, KD_ECONFIG,
                "%s: 0 trains nothing, and %s = %s has no head for the task: it would be drawn",
                kd_study_place(plan->study, key), init, cell.named);
    free(key);
    return status;
}

kd_status kd_plan_check_selection(const kd_plan *plan, const char *train, const char *const *values,
                                  kd_error *err)
{
    char       *key = kd_sprintf("%sselect_by", train);
    const char *name = kd_plan_value(values, key);
    kd_task     task = kd_plan_task(values);
    kd_status   status = KD_OK;
    if (*name && !kd_score_has(task, name)) {
        kd_str names = KD_STR_INIT;
        kd_score_names(task, &names);
        status =
            kd_fail(err, KD_ECONFIG, "%s: expected a number of the task, as one of: %s; found %s",
                    kd_study_place(plan->study, key), names.text, name);
        kd_str_fini(&names);
    }
    free(key);
    return status;
}

static int whole(const char *const *values, const char *train, const char *key)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s", train, key);
    return atoi(kd_plan_value(values, full));
}

int kd_plan_ranks(const char *train, const char *const *values)
{
    return whole(values, train, "ranks");
}

kd_status kd_plan_check_ranks(const kd_plan *plan, const char *train, const char *const *values,
                              kd_error *err)
{
    int ranks = kd_plan_ranks(train, values), batch = whole(values, train, "batch");
    if (ranks <= batch) return KD_OK;
    char     *key = kd_sprintf("%sranks", train);
    kd_status status = kd_fail(err, KD_ECONFIG, "%s: %d are more than the %d sentences of a batch",
                               kd_study_place(plan->study, key), ranks, batch);
    free(key);
    return status;
}

kd_status kd_plan_check_masks(const kd_plan *plan, const char *train, const char *const *values,
                              kd_error *err)
{
    kd_mask_options options;
    kd_error        own;
    kd_status       status = KD_OK;
    if (kd_plan_task(values) != KD_TASK_TEXT) return KD_OK;
    status = kd_plan_read(kd_mask_settings, train, values, &options, err);
    if (status != KD_OK || kd_mask_check(&options, &own) == KD_OK) return status;
    char       *key = kd_sprintf("%s%.*s", train, (int)strcspn(own.text, ":"), own.text);
    const char *rest = own.text + strcspn(own.text, ":");
    status = kd_fail(err, KD_ECONFIG, "%s%s", kd_study_place(plan->study, key), rest);
    free(key);
    return status;
}

kd_status kd_plan_check_trained(kd_plan *plan, const char *train, const char *init,
                                const char *const *values, kd_error *err)
{
    const char *from = kd_plan_value(values, init);
    if (!is_zero(values, train, "epochs") || !is_zero(values, train, "steps")) return KD_OK;
    if (strcmp(from, KD_INIT_FINE_TUNED) == 0) return KD_OK;
    if (kd_option_is_study(from)) return check_ground(plan, train, init, values, err);
    if (kd_option_is_path(from)) return check_file(plan, train, init, values, err);
    char     *key = kd_sprintf("%sepochs", train);
    kd_status status =
        kd_fail(err, KD_ECONFIG, "%s: 0 trains nothing, and with %s = %s weights are drawn",
                kd_study_place(plan->study, key), init, from);
    free(key);
    return status;
}
