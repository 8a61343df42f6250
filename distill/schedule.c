/* schedule.c - the shapes a(tau), by name. */
#include "distill/schedule.h"

#include <math.h>
#include <string.h>

#include "harness/base/status.h"

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

static const struct {
    const char *name;
    double (*shape)(double tau);
} shapes[] = {
    { "linear", linear }, { "cosine", cosine },  { "exp", exponential },
    { "step", step },     { "const", constant },
};

double kd_schedule_progress(int update, int updates)
{
    return updates > 1 ? (double)update / (updates - 1) : 0;
}

bool kd_schedule_is_off(const kd_part_schedule *part)
{
    return strcmp(part->schedule, KD_SCHEDULE_OFF) == 0;
}

double kd_schedule_weight(const kd_part_schedule *part, double tau)
{
    if (kd_schedule_is_off(part)) return 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i].name, part->schedule) == 0)
            return part->from + (part->to - part->from) * shapes[i].shape(tau);
    KD_CHECK(false, "no schedule %s", part->schedule);
    return 0;
}
