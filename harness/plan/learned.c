/* learned.c - records of finished models, held against what they should have taken. */
#include "harness/plan/learned.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/base/vec.h"
#include "harness/config/schema.h"
#include "harness/plan/pace.h"
#include "harness/plan/plan_internal.h"
#include "harness/plan/summary.h"
#include "harness/store/catalogue.h"
#include "harness/store/keys.h"
#include "models/text/corpus.h"

enum { ENOUGH = 3 };

typedef KD_VEC(double) ratios;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double kd_learned_of(double *values, int count)
{
    if (count == 0) return 1;
    qsort(values, (size_t)count, sizeof *values, by_value);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    return count < ENOUGH ? pow(median, (double)count / ENOUGH) : median;
}

/* ---- a record ---- */

static double number_of(const kd_record *record, const char *name)
{
    const double *number = kd_record_number(record, name);
    return number ? *number : 0;
}

/* All settings, as defaults and as the record has them. */
static void read_values(const kd_record *record, const char **values)
{
    size_t               rows;
    const kd_schema_row *schema = kd_schema_rows(&rows);
    for (size_t i = 0; i < rows; i++) values[i] = schema[i].setting->fallback;
    for (size_t i = 0; i < record->setting_count; i++) {
        int row = kd_schema_find(record->settings[i].key);
        if (row >= 0) values[row] = record->settings[i].value;
    }
}

/* A student is told what its start and its teacher are like, but not the other way round. */
static kd_plan_part part_of(const kd_record *record)
{
    if (kd_record_value(record, "train.epochs")) return KD_PART_STUDENT;
    if (kd_record_value(record, "finetune.train.epochs")) return KD_PART_START;
    return kd_record_value(record, "teacher.train.epochs") ? KD_PART_TEACHER : KD_PART_NONE;
}

/* Whether this program knows the words of a record, which another one may have written. */
static bool is_known(const char *const *values)
{
    kd_task task;
    return kd_method_find(kd_plan_value(values, "distill.method")) &&
           kd_task_parse(&task, kd_plan_value(values, "task"));
}

static bool asks_a_teacher(const char *const *values)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_error           err;
    return kd_plan_read_method(values, &method, &options, &err) != KD_OK ||
           kd_method_needs(method, &options, kd_plan_task(values)) & KD_NEEDS_NETWORK;
}

/* Of the training. Where the cell counted them; else its cores are taken to have been busy all along. */
static double core_seconds(const kd_record *record)
{
    double train_s = number_of(record, "time.train_s"), cell_s = number_of(record, "time.cell_s");
    double cpu_s = number_of(record, "time.cpu_s");
    const char *threads = kd_record_value(record, "threads");
    if (cpu_s > 0 && cell_s > 0) return train_s * cpu_s / cell_s;
    return train_s * (threads ? atoi(threads) : 1);
}

/* False for a record that says nothing: of another kind, of another version, or of too short a time. */
static bool measure(const kd_record *record, const char **values, const kd_machine *machine,
                    kd_training_pace *pace, double *ratio)
{
    static const double least_s = 0.02;
    double              tokens = number_of(record, "train.tokens"), took = core_seconds(record);
    kd_corpus_size size = { .train = tokens, .sentences = number_of(record, "train.sentences") };
    kd_plan_part   part = part_of(record);
    kd_error       err;
    if (strcmp(record->kind, "model") != 0 || part == KD_PART_NONE || took < least_s) return false;
    read_values(record, values);
    if (!is_known(values) || (part == KD_PART_STUDENT && asks_a_teacher(values))) return false;
    if (kd_training_pace_of(pace, values, part, KD_PLAN_LOOKS_NOWHERE, &size, machine, &err) !=
        KD_OK)
        return false;
    double update =
        number_of(record, "size.parameters") * kd_machine_rates(machine, pace->precision)->update;
    double expected = tokens * pace->token + number_of(record, "train.updates") * update;
    *ratio = took / expected;
    return expected > 0 && isfinite(*ratio) && *ratio > 0;
}

/* Of a model of the plan: its peak beside what it should have taken; 0 for every other record. */
static double memory_ratio(const kd_plan *plan, const kd_record *record)
{
    double mib = number_of(record, KD_KEY_TIME KD_KEY_PEAK_MIB);
    size_t node = mib > 0 ? kd_plan_find(plan, record->id) : SIZE_MAX;
    if (node == SIZE_MAX || strcmp(record->kind, "model") != 0) return 0;
    return mib * (1 << 20) / kd_plan_memory_of(plan, kd_plan_node_at(plan, node));
}

/* ---- all of them ---- */

static void tell_size(kd_plan *plan, const kd_record *record)
{
    size_t corpus = kd_plan_find(plan, record->id);
    if (corpus == SIZE_MAX || strcmp(record->kind, "corpus") != 0) return;
    kd_corpus_size size = { .train = number_of(record, "train.pieces"),
                            .devel = number_of(record, "devel.pieces"),
                            .test = number_of(record, "test.pieces"),
                            .sentences = number_of(record, "train.sentences"),
                            .unlabelled = number_of(record, KD_KEY_UNLABELLED_PIECES),
                            .unlabelled_sentences = number_of(record, KD_KEY_UNLABELLED),
                            .is_augmented = true };
    size.train -= size.unlabelled;
    size.sentences -= size.unlabelled_sentences;
    kd_plan_tell_size(plan, corpus, &size);
}

void kd_learn(kd_learned *out, kd_plan *plan, const kd_record *records, size_t count,
              const kd_machine *machine)
{
    enum { GROUPS = KD_KIND_COUNT * KD_RATES_PRECISIONS };
    ratios group[GROUPS] = { { 0 } };
    size_t rows;
    kd_schema_rows(&rows);
    const char **values = kd_alloc(rows, sizeof *values);
    double       memory = 0;
    *out = (kd_learned){ 0 };
    for (size_t i = 0; i < count; i++) {
        kd_training_pace pace;
        double           ratio;
        if (plan) {
            tell_size(plan, &records[i]);
            memory = fmax(memory, memory_ratio(plan, &records[i]));
        }
        if (!measure(&records[i], values, machine, &pace, &ratio)) continue;
        kd_vec_push(&group[(int)pace.kind * KD_RATES_PRECISIONS + (pace.precision != KD_F32)],
                    ratio);
        out->cells++;
    }
    for (int g = 0; g < GROUPS; g++) {
        out->of[g / KD_RATES_PRECISIONS][g % KD_RATES_PRECISIONS] =
            (kd_learned_factor){ kd_learned_of(group[g].items, (int)group[g].count),
                                 (int)group[g].count };
        kd_vec_fini(&group[g]);
    }
    out->memory = memory > 0 ? memory : 1;
    free(values);
}

void kd_learn_of_store(kd_learned *out, kd_plan *plan, const kd_store *store,
                       const kd_machine *machine)
{
    kd_catalogue *catalogue = NULL;
    size_t        count = 0;
    if (store) kd_catalogue_peek(&catalogue, store, NULL);
    const kd_record *records = catalogue ? kd_catalogue_records(catalogue, &count) : NULL;
    kd_learn(out, plan, records, count, machine);
    kd_catalogue_close(catalogue);
}

void kd_learned_words(const kd_learned *learned, kd_str *out)
{
    if (learned->cells)
        kd_str_addf(out, " and on what %d finished model%s took", learned->cells,
                    learned->cells == 1 ? "" : "s");
}
