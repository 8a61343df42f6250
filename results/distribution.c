/* distribution.c - tails by the incomplete beta and gamma functions, or by the trapezoidal rule;
 * quantiles by Newton's method, or by halving.
 *
 * The trapezoidal rule over the whole line is exact but for some exp(-1/step) where an integrand is
 * smooth and dies out on both sides (Trefethen and Weideman 2014), as the two here do. */
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

/* ---- chi-squared and F ---- */

/* P(a, x) = x^a e^-x / Gamma(a+1) * (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...)   (DLMF 8.7.1) */
static double gamma_series(double x, double a)
{
    double term = 1.0, sum = 1.0;

    for (int n = 1; n < 100000 && term > DBL_EPSILON * sum; n++) sum += term *= x / (a + n);
    return sum * exp(a * log(x) - x - lgamma(a + 1.0));
}

/* Q(a, x) = x^a e^-x / Gamma(a) * 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...)))   (DLMF 8.9.2)
 */
static double gamma_fraction(double x, double a)
{
    double b = x + 1.0 - a, c = 1.0 / DBL_MIN, d = 1.0 / b, value = d;

    for (int n = 1; n < 100000; n++) {
        double step = -n * (n - a);
        b += 2.0;
        d = step * d + b;
        c = b + step / c;
        if (fabs(d) < DBL_MIN) d = DBL_MIN;
        if (fabs(c) < DBL_MIN) c = DBL_MIN;
        d = 1.0 / d;
        value *= c * d;
        if (fabs(c * d - 1.0) < DBL_EPSILON) break;
    }
    return value * exp(a * log(x) - x - lgamma(a));
}

double kd_chi_squared_tail(double x, double df)
{
    double a = 0.5 * df, half = 0.5 * x;

    if (isnan(x)) return NAN;
    if (x <= 0.0) return 1.0;
    if (isinf(x)) return 0.0;
    return half < a + 1.0 ? 1.0 - gamma_series(half, a) : gamma_fraction(half, a);
}

/* P(F > f) = I_x(df2/2, df1/2) with x = df2 / (df2 + df1 f) */
double kd_f_tail(double f, double df1, double df2)
{
    double whole = df2 + df1 * f;

    if (isnan(f)) return NAN;
    if (f <= 0.0) return 1.0;
    if (isinf(f)) return 0.0;
    return incomplete_beta(df2 / whole, df1 * f / whole, 0.5 * df2, 0.5 * df1);
}

/* ---- noncentral t ---- */

/* P(T > t) is the mean of Phi(shift - t s) over s = sqrt(X / df). With s = e^u the density is
 *
 *     2 (df/2)^(df/2) / Gamma(df/2) * exp(df u - df/2 e^(2u))
 *
 * in u, which is below e^-40 of its top outside of -40/df - 2 sqrt(40/df) .. 2 sqrt(40/df). */
double kd_noncentral_t_tail(double t, double df, double shift)
{
    enum { STEPS = 4000 };
    double wide = 2.0 * sqrt(40.0 / df), from = -40.0 / df - wide, step = (wide - from) / STEPS;
    double scale = log(2.0) + 0.5 * df * log(0.5 * df) - lgamma(0.5 * df), sum = 0;

    if (isnan(t) || isnan(df) || isnan(shift)) return NAN;
    for (int i = 0; i <= STEPS; i++) {
        double u = from + i * step, s = exp(u);
        sum += kd_normal_tail(t * s - shift) * exp(scale + df * u - 0.5 * df * s * s);
    }
    return fmin(1.0, sum * step);
}

/* ---- the range ---- */

/* With z the largest, all others lie below it, but not all above z - r:
 *
 *     P(R > r) = integral of k phi(z) [Phi(z)^(k-1) - (Phi(z) - Phi(z-r))^(k-1)] dz */
double kd_range_tail(double r, int k)
{
    const double step = 1.0 / 32, wide = 9.0;
    double       sum = 0;

    if (isnan(r)) return NAN;
    if (r <= 0.0) return 1.0;
    for (int i = 0; i * step < r + 2.0 * wide; i++) {
        double z = i * step - wide;
        double below = kd_normal_tail(-z), far = kd_normal_tail(r - z) / below;
        sum += normal_density(z, 0.0) * pow(below, k - 1) * -expm1((k - 1) * log1p(-far));
    }
    return fmin(1.0, k * step * sum);
}

double kd_range_quantile(double p, int k)
{
    double low = 0.0, high = 1.0;

    while (kd_range_tail(high, k) > 1.0 - p) high *= 2.0;
    while (high - low > 4.0 * DBL_EPSILON * high) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) break;
        if (kd_range_tail(middle, k) > 1.0 - p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}
