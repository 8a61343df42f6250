/* schedule.c - the shapes a(tau), by name. */
#include "distill/schedule.h"

#include <math.h>

static double linear(double tau)
{
    return tau;
}

static double cosine(double tau)
{
    return (1 - cos(M_PI * tau)) / 2;
}

static double exponential(double tau)
{
    return (1 - exp(-5 * tau)) / (1 - exp(-5));
}

static double step(double tau)
{
    return tau >= 0.5;
}

static double constant(double tau)
{
    (void)tau;
    return 0.5;
}

static double (*const shapes[])(double tau) = {
#define X(name, word, function) [KD_SHAPE_##name] = function,
    KD_SHAPES(X)
#undef X
};

const kd_choice kd_shape_words[] = {
#define X(name, word, function) { word, KD_SHAPE_##name },
    KD_SHAPES(X)
#undef X
        KD_CHOICE_END,
};

double kd_schedule_progress(int update, int updates)
{
    return updates > 1 ? (double)update / (updates - 1) : 0;
}

bool kd_schedule_is_off(const kd_part_schedule *part)
{
    return part->shape == KD_SHAPE_OFF;
}

double kd_schedule_weight(const kd_part_schedule *part, double tau)
{
    if (kd_schedule_is_off(part)) return 0;
    return part->from + (part->to - part->from) * shapes[part->shape](tau);
}
