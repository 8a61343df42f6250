/* scale.c - steps by Heckbert's "nice numbers for graph labels" (Graphics Gems, 1990). */
#include "results/chart/scale.h"

#include <math.h>

/* The smallest of 1, 2, 5, 10 times a power of ten that is no less than x. */
static double nice_step(double x)
{
    double power = pow(10.0, floor(log10(x))), part = x / power;
    double nice = part <= 1.0 + 1e-9 ? 1 : part <= 2.0 + 1e-9 ? 2 : part <= 5.0 + 1e-9 ? 5 : 10;
    return nice * power;
}

void kd_scale_init(kd_scale *scale, double low, double high, double from, double to, int ticks)
{
    if (!isfinite(low) || !isfinite(high) || low > high) low = 0.0, high = 1.0;
    /* below this, doubles of the axis would not be told apart */
    if (high - low <= 1e-9 * fmax(fabs(low), fabs(high)) || high - low < 1e-300) {
        double room = fmax(fabs(low) * 0.1, 1e-3);
        low -= room;
        high += room;
    }
    *scale = (kd_scale){ .from = from, .to = to, .step = nice_step((high - low) / (ticks - 1)) };
    scale->low = floor(low / scale->step + 1e-9) * scale->step;
    scale->high = ceil(high / scale->step - 1e-9) * scale->step;
}

void kd_scale_init_log(kd_scale *scale, double low, double high, double from, double to, int ticks)
{
    if (!(low > 0) || !isfinite(high) || high / low < 20.0) {
        kd_scale_init(scale, low, high, from, to, ticks);
        return;
    }
    *scale = (kd_scale){ .low = low / 1.3, .high = high * 1.3, .from = from, .to = to };
    scale->is_log = true;
}

double kd_scale_at(const kd_scale *scale, double x)
{
    double part = scale->is_log ? log(x / scale->low) / log(scale->high / scale->low)
                                : (x - scale->low) / (scale->high - scale->low);
    return scale->from + part * (scale->to - scale->from);
}

static size_t log_ticks(const kd_scale *scale, double *out)
{
    static const double parts[] = { 1, 2, 5 };
    int                 first = (int)floor(log10(scale->low));
    int                 last = (int)ceil(log10(scale->high));
    int                 used = scale->high / scale->low <= 2000.0 ? 3 : 1;
    int                 stride = 1 + (last - first) / 10;
    size_t              count = 0;

    for (int power = first; power <= last; power += stride)
        for (int p = 0; p < used && count < KD_SCALE_TICKS; p++) {
            double tick = parts[p] * pow(10.0, power);
            if (tick >= scale->low && tick <= scale->high) out[count++] = tick;
        }
    return count;
}

size_t kd_scale_ticks(const kd_scale *scale, double out[KD_SCALE_TICKS])
{
    size_t count = 0;

    if (scale->is_log) return log_ticks(scale, out);
    for (int i = 0; count < KD_SCALE_TICKS; i++) {
        double tick = (ceil(scale->low / scale->step - 1e-6) + i) * scale->step;
        if (tick > scale->high + 1e-6 * scale->step) break;
        out[count++] = tick;
    }
    return count;
}

void kd_scale_print(const kd_scale *scale, double tick, kd_str *out)
{
    double size = scale->is_log ? tick : fmax(fabs(scale->low), fabs(scale->high));
    double step = scale->is_log ? tick : scale->step, unit = 1.0;
    int    decimals;

    if (size >= 1e6) unit = 1e6;
    if (size >= 1e4 && size < 1e6) unit = 1e3;
    decimals = (int)-floor(log10(step / unit) + 1e-9);
    if (size >= 1e15 || decimals > 9) {
        kd_str_addf(out, "%.3g", tick);
        return;
    }
    kd_str_addf(out, "%.*f%s", decimals > 0 ? decimals : 0, tick == 0 ? 0.0 : tick / unit,
                unit >= 1e6   ? "M"
                : unit >= 1e3 ? "k"
                              : "");
}
