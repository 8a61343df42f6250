/* study_table_check.c - a study's tables before there are results. */
#include <string.h>

#include "distill/score.h"
#include "harness/config/expected.h"
#include "results/metric.h"
#include "results/study_table.h"

/* Whether a cell of this task will have the number; true for what is no measure of a split. */
static bool may_have(kd_task task, const char *word)
{
    static const char *const splits[] = { "devel", "test" };
    const char              *dot = strchr(word, '.');
    bool                     is_of_split = false;
    if (!dot) return kd_metric_is_alias(word);
    for (int s = 0; s < 2; s++)
        is_of_split |= strlen(splits[s]) == (size_t)(dot - word) &&
                       strncmp(word, splits[s], (size_t)(dot - word)) == 0;
    return !is_of_split || kd_metric_is_alias(word) || kd_score_has(task, dot + 1);
}

/* The tasks of all cells, as bits; a study nearly always has one. */
static unsigned tasks_of(const kd_study *study)
{
    kd_expected       *expected = kd_expected_create(study);
    size_t             count, cells = kd_expected_count(expected);
    const char *const *varying = kd_expected_varying(expected, &count);
    bool               varies = false;
    unsigned           tasks = 0;
    kd_task            task;
    for (size_t i = 0; i < count; i++) varies |= strcmp(varying[i], "task") == 0;
    for (size_t i = 0; i < (varies ? cells : cells > 0); i++) {
        kd_expected_take(expected, i);
        if (kd_task_parse(&task, kd_expected_said(expected, "task"))) tasks |= 1u << task;
    }
    kd_expected_destroy(expected);
    return tasks;
}

static kd_status refuse_metric(const kd_study *study, const char *whose, const char *word,
                               unsigned tasks, kd_error *err)
{
    kd_str names = KD_STR_INIT;
    for (kd_task task = KD_TASK_NER; (int)task < KD_TASK_COUNT; task++)
        if (tasks & 1u << task) {
            if (names.length) kd_str_add_char(&names, ' ');
            kd_score_names(task, &names);
        }
    kd_fail(err, KD_ECONFIG,
            "%s: %s: no cell will have the metric %s; expected f1, train_s, size_mib or, after "
            "a split and a dot, one of: %s",
            kd_study_path(study), whose, word, names.text);
    kd_str_fini(&names);
    return KD_ECONFIG;
}

static bool any_may_have(unsigned tasks, const char *word)
{
    bool has = tasks == 0;
    for (kd_task task = KD_TASK_NER; (int)task < KD_TASK_COUNT; task++)
        has |= tasks & 1u << task && may_have(task, word);
    return has;
}

kd_status kd_study_tables_check(const kd_study *study, kd_error *err)
{
    size_t                count, tune_count;
    const kd_study_table *tables = kd_study_tables(study, &count);
    const kd_study_tune  *tunes = kd_study_tunes(study, &tune_count);
    unsigned              tasks = tasks_of(study);
    kd_str                whose = KD_STR_INIT;
    kd_status             status = KD_OK;
    for (size_t t = 0; t < count; t++) {
        kd_str_reset(&whose);
        kd_str_addf(&whose, "table %s", tables[t].name);
        for (size_t m = 0; status == KD_OK && m < tables[t].metric_count; m++)
            if (!any_may_have(tasks, tables[t].metrics[m]))
                status = refuse_metric(study, whose.text, tables[t].metrics[m], tasks, err);
    }
    for (size_t t = 0; status == KD_OK && t < tune_count; t++)
        if (tunes[t].by && !any_may_have(tasks, tunes[t].by))
            status = refuse_metric(study, "tune", tunes[t].by, tasks, err);
    kd_str_fini(&whose);
    return status;
}
