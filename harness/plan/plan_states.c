/* plan_states.c - whether what a method compares of the inside of a teacher is kept, and how large
 * it is.
 *
 * Kept or not is part of a student's id, so it may depend on nothing but settings and files: not on
 * what a store has, and not on the corpus that is made from them only later. What is known of that
 * here are the sizes of its files, so the estimate leans to the large side. The node that makes the
 * states knows the corpus, and holds it against the same budget (cell_states.c). */
#include <stdlib.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"
#include "models/text/corpus.h"

/* Of the benchmark corpora, lengths have squares whose mean is 1.22 to 1.28 times the square of
 * their mean, and pieces are 0.79 to 1.25 times what the files promise. */
#define SPREAD 1.3
#define MARGIN 1.3

static kd_status read_networks(const char *const *values, kd_arch *student, kd_arch *teacher,
                               kd_error *err)
{
    kd_status status = kd_plan_read(kd_arch_settings(), "student.", values, student, err);
    if (status != KD_OK) return status;
    return kd_plan_read(kd_arch_settings(), "teacher.", values, teacher, err);
}

kd_status kd_plan_read_method(const char *const *values, const kd_method **method,
                              kd_distill_options *options, kd_error *err)
{
    *method = kd_method_find(kd_plan_value(values, "distill.method"));
    KD_CHECK(*method, "plan: the schema allows a method that is not there");
    *options = (kd_distill_options){ .room = { 0 } };
    return kd_plan_read((*method)->settings, "distill.", values, options, err);
}

kd_status kd_plan_inside_of(const char *const *values, kd_inside *out, kd_error *err)
{
    kd_distill_options options;
    kd_arch            student, teacher;
    const kd_method   *method;
    kd_status          status = kd_plan_read_method(values, &method, &options, err);
    if (status == KD_OK) status = read_networks(values, &student, &teacher, err);
    if (status == KD_OK)
        kd_method_inside(out, method, &options, kd_plan_task(values), &student, &teacher);
    return status;
}

static int count_layers(const kd_inside *inside, kd_inside_kind kind)
{
    int count = 0;
    for (int l = 0; l <= KD_LAYERS_MAX; l++) count += inside->has[kind][l];
    return count;
}

kd_status kd_plan_states_bytes(const char *const *values, const kd_inside *inside,
                               const kd_plan_sizes *sizes, double *bytes, kd_error *err)
{
    kd_arch   student, teacher;
    kd_status status = read_networks(values, &student, &teacher, err);
    if (status != KD_OK) return status;
    double rows = inside->is_of_firsts ? sizes->train / sizes->length : sizes->train;
    double numbers = count_layers(inside, KD_INSIDE_HIDDEN) * rows * teacher.hidden;
    double map = teacher.encoder.heads * sizes->train * sizes->length * SPREAD;
    numbers +=
        (count_layers(inside, KD_INSIDE_PROBS) + count_layers(inside, KD_INSIDE_SCORES)) * map;
    *bytes = MARGIN * numbers * kd_plan_number_bytes(values);
    return KD_OK;
}

bool kd_plan_may_keep(const char *const *values, double bytes)
{
    return bytes > 0 && bytes <= atof(kd_plan_value(values, "targets.states_gib")) * (1 << 30);
}

static void add_size(double gib, kd_str *out)
{
    if (gib < 0.1)
        kd_str_addf(out, "about %.1f MiB", gib * 1024);
    else
        kd_str_addf(out, "about %.1f GiB", gib);
}

void kd_plan_inside_words(const kd_plan_node *node, kd_str *out)
{
    double gib = (double)node->states_gib;
    if (node->inside == KD_PLAN_KEEPS) {
        kd_str_add(out, "its teacher's states are kept, ");
        add_size(gib, out);
    }
    if (node->inside == KD_PLAN_ASKS) kd_str_add(out, "its teacher is asked in every step");
    if (node->inside != KD_PLAN_ASKS || gib == 0) return;
    kd_str_add(out, ": kept, its states would take ");
    add_size(gib, out);
    kd_str_add(out, ", more than targets.states_gib");
}
