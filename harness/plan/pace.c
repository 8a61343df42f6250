/* pace.c - a network's effort and its method's, by the rates of a machine. */
#include "harness/plan/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "harness/plan/plan_internal.h"
#include "models/text/corpus.h"

/* What no rate is measured for: a weight that is drawn and in the end written. */
#define FIRST_S 3e-8

/* Pieces of a batch whose sentences are lengthened to its longest, for each that is no PAD: of BC2GM, 32 sentences in the
 * order of the file or in any. */
#define PADDED 3.0

/* Pieces of a sentence where nobody knows any, and the most that a record may claim. */
#define USUAL_LENGTH 24.0
#define MOST_LENGTH  1e6

/* Where the settings of a part stand. */
static const struct {
    const char *arch, *train;
} places[] = { [KD_PART_NONE] = { "student.", "train." },
               [KD_PART_TEACHER] = { "teacher.", "teacher.train." },
               [KD_PART_STUDENT] = { "student.", "train." },
               [KD_PART_START] = { "student.", "finetune.train." },
               [KD_PART_GROUND] = { "student.", "train." } };

const char *kd_plan_train_keys(kd_plan_part part)
{
    return places[part].train;
}

static double length_of(const kd_corpus_size *size)
{
    double length = size->sentences > 0 ? size->train / size->sentences : USUAL_LENGTH;
    return fmin(fmax(length, 1), MOST_LENGTH);
}

/* A network as a cell makes it: with the corpus's vocabulary and labels, and the task's head. */
static kd_status measure_network(const char *prefix, const char *const *values,
                                 const kd_corpus_size *size, kd_arch *arch, kd_model_size *out,
                                 kd_error *err)
{
    kd_status status = kd_plan_read_network(prefix, values, size->vocab, 9, arch, err);
    if (status != KD_OK) return status;
    if (size->labels) arch->labels = size->labels;
    int longest = kd_arch_longest(arch), length = (int)length_of(size);
    return kd_plan_measure_size(out, arch, length < longest ? length : longest, err);
}

/* Numbers of a teacher's inside that a method compares at each piece. */
static kd_status count_compared(const char *const *values, const kd_corpus_size *size, double *out,
                                kd_error *err)
{
    kd_inside     inside;
    kd_plan_sizes one = { .train = 1, .length = length_of(size) };
    kd_status     status = kd_plan_inside_of(values, &inside, err);
    if (status == KD_OK) status = kd_plan_states_bytes(values, &inside, &one, out, err);
    *out /= kd_plan_number_bytes(values);
    return status;
}

/* Weights that a method has beside the network: each is part of a product at each piece. */
static kd_status count_projections(const char *const *values, const kd_arch *student,
                                   const kd_arch *teacher, double *out, kd_error *err)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_params         *params = kd_params_create();
    kd_status          status = kd_plan_read_method(values, &method, &options, err);
    if (status == KD_OK)
        status = kd_method_declare(method, params, &options, student, teacher, err);
    *out = (double)kd_params_total(params);
    kd_params_destroy(params);
    return status;
}

/* What a student asks of a teacher's inside: the comparison itself, and the teacher's pass forward where
 * nothing is kept. */
static kd_status add_comparison(kd_training_pace *out, const char *const *values,
                                const kd_arch *student, kd_plan_inside inside,
                                const kd_corpus_size *size, const kd_rates *rates, kd_error *err)
{
    kd_arch       teacher;
    kd_model_size of_teacher;
    kd_effort     effort = { 0 };
    double        compared = 0, projected = 0;
    kd_status     status;
    if (inside == KD_PLAN_LOOKS_NOWHERE) return KD_OK;
    status = measure_network("teacher.", values, size, &teacher, &of_teacher, err);
    if (status == KD_OK) status = count_compared(values, size, &compared, err);
    if (status == KD_OK) status = count_projections(values, student, &teacher, &projected, err);
    if (status != KD_OK) return status;
    effort.products = 2 * projected;
    effort.values = compared;
    out->token += kd_rates_token(rates, &effort);
    if (inside == KD_PLAN_ASKS) out->token += kd_rates_token(rates, &of_teacher.effort) / 3;
    return KD_OK;
}

/* Whether a student reads PAD behind its sentences, too. */
static bool reads_padding(const char *const *values, kd_plan_part part)
{
    const kd_method   *method;
    kd_distill_options options;
    kd_error           err;
    return part == KD_PART_STUDENT &&
           kd_plan_read_method(values, &method, &options, &err) == KD_OK &&
           options.shared.padding == KD_PADDING_SOURCE;
}

/* Each once for practice and once by the clock, in f32 and in what else the network is used in. */
static double time_alone(const char *const *values, const kd_effort *effort, kd_precision precision,
                         const kd_machine *machine)
{
    double f32 = kd_rates_token(kd_machine_rates(machine, KD_F32), effort) / 3;
    double low = kd_rates_token(kd_machine_rates(machine, KD_BF16), effort) / 3;
    bool   has_int8 = strcmp(kd_plan_value(values, "measure.int8"), "true") == 0;
    return 2 * (f32 + (precision != KD_F32 ? low : 0) + (has_int8 ? low : 0));
}

kd_status kd_training_pace_of(kd_training_pace *out, const char *const *values, kd_plan_part part,
                              kd_plan_inside inside, const kd_corpus_size *size,
                              const kd_machine *machine, kd_error *err)
{
    kd_arch       arch;
    kd_model_size network;
    kd_status     status = measure_network(places[part].arch, values, size, &arch, &network, err);
    if (status != KD_OK) return status;
    *out =
        (kd_training_pace){ .kind = arch.kind, .threads = atoi(kd_plan_value(values, "threads")) };
    if (!kd_precision_parse(kd_plan_value(values, "precision"), &out->precision))
        out->precision = KD_F32;
    const kd_rates *rates = kd_machine_rates(machine, out->precision);
    out->token = kd_rates_token(rates, &network.effort);
    out->look = out->token / 3;
    if (reads_padding(values, part)) out->token *= PADDED;
    out->alone = time_alone(values, &network.effort, out->precision, machine);
    out->update = (double)network.parameters * rates->update;
    out->begin = KD_PLAN_START_S + (double)network.parameters * FIRST_S;
    return add_comparison(out, values, &arch, inside, size, rates, err);
}
