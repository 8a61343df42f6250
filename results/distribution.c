/* distribution.c - tails by the incomplete beta function, quantiles by Newton's method. */
#include "results/distribution.h"

#include <float.h>
#include <math.h>

/* K(x; a, b) in I_x(a,b) = x^a (1-x)^b / (a B(a,b)) * 1/K, where
 *
 *     K = 1 + d1/(1 + d2/(1 + ...)),   d(2m)   =  m (b-m) x / ((a+2m-1)(a+2m))
 *                                      d(2m+1) = -(a+m)(a+b+m) x / ((a+2m)(a+2m+1))
 *
 * (DLMF 8.17.22), evaluated from the front by Lentz's method. It converges within some
 * sqrt(max(a,b)) steps for x < (a+1)/(a+b+2). */
static double beta_fraction(double x, double a, double b)
{
    double value = 1.0, c = 1.0, d = 0.0;

    for (int j = 1; j < 100000; j++) {
        int    half = j / 2;
        double m = half, q = a + 2.0 * m;
        double step = j % 2 ? -(a + m) * (a + b + m) * x / (q * (q + 1.0))
                            : m * (b - m) * x / ((q - 1.0) * q);
        d = 1.0 + step * d;
        c = 1.0 + step / c;
        if (fabs(d) < DBL_MIN) d = DBL_MIN;
        if (fabs(c) < DBL_MIN) c = DBL_MIN;
        d = 1.0 / d;
        value *= c * d;
        if (fabs(c * d - 1.0) < DBL_EPSILON) break;
    }
    return value;
}

/* I_x(a,b). y = 1 - x comes from the caller, who knows it without cancellation. */
static double incomplete_beta(double x, double y, double a, double b)
{
    double front;

    if (x <= 0.0) return 0.0;
    if (y <= 0.0) return 1.0;
    if (x > (a + 1.0) / (a + b + 2.0)) return 1.0 - incomplete_beta(y, x, b, a);
    front = exp(a * log(x) + b * log(y) + lgamma(a + b) - lgamma(a) - lgamma(b));
    return front / a / beta_fraction(x, a, b);
}

/* P(T > t) = I_x(df/2, 1/2) / 2 with x = df / (df + t^2), for t >= 0 */
double kd_t_tail(double t, double df)
{
    double whole = df + t * t;

    if (isnan(t)) return NAN;
    if (isinf(t)) return t > 0 ? 0.0 : 1.0;
    if (t < 0) return 1.0 - kd_t_tail(-t, df);
    return 0.5 * incomplete_beta(df / whole, t * t / whole, 0.5 * df, 0.5);
}

static double t_density(double t, double df)
{
    double scale = lgamma(0.5 * (df + 1.0)) - lgamma(0.5 * df) - 0.5 * log(df * M_PI);

    return exp(scale - 0.5 * (df + 1.0) * log1p(t * t / df));
}

double kd_normal_tail(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

static double normal_tail(double z, double unused)
{
    (void)unused;
    return kd_normal_tail(z);
}

static double normal_density(double z, double unused)
{
    (void)unused;
    return exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
}

/* The x >= 0 whose tail is q <= 1/2. A tail is convex there, so Newton's method from 0 comes
 * ever closer from the left and never passes the root. */
static double invert_tail(double q, double (*tail)(double, double),
                          double (*density)(double, double), double df)
{
    double x = 0.0;

    for (int i = 0; i < 2000; i++) {
        double step = (tail(x, df) - q) / density(x, df);
        x += step;
        if (fabs(step) <= 4.0 * DBL_EPSILON * x) break;
    }
    return x;
}

double kd_t_quantile(double p, double df)
{
    if (p < 0.5) return -invert_tail(p, kd_t_tail, t_density, df);
    return invert_tail(1.0 - p, kd_t_tail, t_density, df);
}

double kd_normal_quantile(double p)
{
    if (p < 0.5) return -invert_tail(p, normal_tail, normal_density, 0.0);
    return invert_tail(1.0 - p, normal_tail, normal_density, 0.0);
}
