/* plan_reading.c - a corpus in two kinds of pieces: the student's by data.*, and those of a teacher with a vocabulary of
 * its own by teacher.data.*.
 *
 *     student --+--> targets, by words --+--> teacher --> corpus (plain, read by the teacher)
 *               |         or states      `--> corpus (augmented, read by the teacher)
 *               `--> corpus (augmented)
 *
 * What stands on the teacher's reading has teacher.data.* in the place of data.*, so its ids are those of a study
 * without a second vocabulary. Augmentation works on words and knows no pieces: both readings have the same sentences. */
#include <string.h>

#include "harness/plan/plan_internal.h"

#define DATA   "data."
#define READER "teacher.data."

bool kd_plan_reads_apart(const char *const *values)
{
    return *kd_plan_value(values, READER "vocab") != 0;
}

void kd_plan_read_as_teacher(const kd_plan *plan, const char **values)
{
    for (size_t row = 0; row < plan->rows; row++) {
        const char *key = plan->schema[row].key;
        if (!kd_starts_with(key, READER)) continue;
        int of_corpus = kd_schema_find(key + strlen(READER) - strlen(DATA));
        KD_CHECK(of_corpus >= 0, "plan: %s has no twin", key);
        values[of_corpus] = values[row];
    }
}

/* Pieces that no loss has trained would speak for a word; and who is asked in the step speaks by first pieces. */
static kd_status check_mean(const kd_plan *plan, const char *const *values, kd_error *err)
{
    bool        is_mean = strcmp(kd_plan_value(values, KD_WORDS_KEY), "mean") == 0;
    bool        has_crf = strcmp(kd_plan_value(values, "teacher.crf"), "true") == 0;
    bool        inherits = strcmp(kd_plan_value(values, READER "inherit"), "true") == 0;
    bool        is_live = strcmp(kd_plan_value(values, "distill.teacher_mode"), "train") == 0;
    const char *why = is_live   ? "distill.teacher_mode = train has the first one speak"
                      : has_crf ? "teacher.crf scores first pieces alone"
                      : !inherits
                          ? "with teacher.data.inherit = false first pieces alone are learned"
                          : NULL;
    if (!is_mean || kd_plan_task(values) != KD_TASK_NER || !why) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: mean is over all pieces of a word, and %s",
                   kd_study_place(plan->study, KD_WORDS_KEY), why);
}

static kd_status check_method(const kd_plan *plan, const char *const *values, kd_error *err)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_arch            student, teacher;
    kd_status          status = kd_plan_read_method(values, &method, &options, err);
    if (status == KD_OK)
        status = kd_plan_read(kd_arch_settings(), "student.", values, &student, err);
    if (status == KD_OK)
        status = kd_plan_read(kd_arch_settings(), "teacher.", values, &teacher, err);
    if (status != KD_OK) return status;
    status = kd_method_fits_apart(method, &options, kd_plan_task(values), &student, &teacher, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", kd_study_path(plan->study));
}

kd_status kd_plan_check_reading(const kd_plan *plan, const char *const *values,
                                bool begins_as_teacher, kd_error *err)
{
    if (!kd_plan_reads_apart(values)) return KD_OK;
    if (begins_as_teacher)
        return kd_fail(err, KD_ECONFIG,
                       "%s: %s takes over embeddings, and teacher.data.vocab gives the teacher "
                       "other pieces than the student's",
                       kd_study_place(plan->study, "student.init"),
                       kd_plan_value(values, "student.init"));
    kd_status status = check_method(plan, values, err);
    return status == KD_OK ? check_mean(plan, values, err) : status;
}
