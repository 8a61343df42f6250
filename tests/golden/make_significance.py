#!/usr/bin/python3
"""Make significance.json, figures that tests of results/ are held to beside those of stats.json.

    apt-get install python3-scipy python3-mpmath; ./make_significance.py > significance.json

Tests come from scipy, distributions from mpmath with 30 digits. What no library has is computed here
by other means than the program's: orders by a fine grid of quantiles, two levels of resampling by
really drawing both, expected maxima by listing all draws.
"""
import itertools
import json
import math

import mpmath
import numpy as np
from scipy import optimize, stats

mpmath.mp.dps = 30

MANY = [round(0.80 + 0.01 * math.sin(2.3 * i), 6) for i in range(20)]
MORE = [round(0.801 + 0.012 * math.sin(1.1 * i + 1), 6) for i in range(15)]
A5 = [0.7742, 0.7786, 0.7668, 0.8004, 0.7951]
B5 = [0.8010, 0.8130, 0.7998, 0.8165, 0.8210]
C3 = [0.8121, 0.8163, 0.8009]


# ---- distributions

def chi_squared_tail(x, df):
    return mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, mpmath.inf, regularized=True)


def f_tail(f, d1, d2):
    x = mpmath.mpf(d2) / (d2 + mpmath.mpf(d1) * f)
    return mpmath.betainc(mpmath.mpf(d2) / 2, mpmath.mpf(d1) / 2, 0, x, regularized=True)


def noncentral_t_tail(t, df, shift):
    t, df, shift = map(mpmath.mpf, (t, df, shift))
    def chi(s):
        return (2 * (df / 2) ** (df / 2) / mpmath.gamma(df / 2) * s ** (df - 1)
                * mpmath.exp(-df * s * s / 2))
    points = [0, 0.5, 1, 1.5, 2, 3, 5, 10]
    return mpmath.quad(lambda s: mpmath.ncdf(shift - t * s) * chi(s), points)


def range_tail(r, k):
    """By the smallest, where the program goes by the largest: 1 - k int phi(z) (F(z+r) - F(z))^(k-1)."""
    r = mpmath.mpf(r)
    inside = mpmath.quad(
        lambda z: k * mpmath.npdf(z) * (mpmath.ncdf(z + r) - mpmath.ncdf(z)) ** (k - 1),
        [-14 - r, -7 - r, -r, -r / 2, 0, 7, 14])
    return 1 - inside


def range_quantile(p, k):
    start = stats.studentized_range.ppf(p, k, np.inf)
    return mpmath.findroot(lambda r: range_tail(r, k) - (1 - mpmath.mpf(p)), start, tol=1e-20)


def t_quantile(p, df):
    """scipy 1.10 has some 10 digits of it."""
    def miss(t):
        x = mpmath.mpf(df) / (df + t * t)
        return mpmath.betainc(mpmath.mpf(df) / 2, 0.5, 0, x, regularized=True) / 2 - (1 - mpmath.mpf(p))
    return float(mpmath.findroot(miss, stats.t.ppf(p, df)))


# ---- two sides

def paired(d):
    r = stats.ttest_1samp(d, 0.0)
    half = t_quantile(0.975, len(d) - 1) * stats.sem(d)
    return {"x": list(d), "t": float(r.statistic), "p": float(r.pvalue),
            "low": float(np.mean(d) - half), "high": float(np.mean(d) + half)}


def f1(tp, both):
    return np.where(both > 0, 2.0 * tp / np.maximum(both, 1), 0.0)


def make_counts(seed, runs, sentences, skill, taste):
    """Sides of one `sentences` have the same gold; each has sentences of its own that it finds easy."""
    gold = np.random.default_rng(5).integers(0, 5, sentences)
    rng = np.random.default_rng(seed)
    ease = skill + rng.normal(0, taste, sentences)
    out = []
    for _ in range(runs):
        tp = rng.binomial(gold, np.clip(ease + rng.normal(0, 0.02), 0, 1))
        out.append([[int(t), int(t + e), int(g)] for t, e, g in
                    zip(tp, rng.binomial(2, 0.2, sentences), gold)])
    return out


def two_level(a, b, draws):
    """Both levels really drawn: the variance of the mean difference over resampled sentences, over
    resampled runs, and over both. From these three the program's closed form follows."""
    rng = np.random.default_rng(11)
    n = len(a[0])
    tp = [np.array(x)[:, :, 0] for x in (a, b)]
    both = [np.array(x)[:, :, 1] + np.array(x)[:, :, 2] for x in (a, b)]
    sentences, pigeonhole = [], []
    for _ in range(draws):
        w = np.bincount(rng.integers(0, n, n), minlength=n)
        f = [f1(t @ w, m @ w) for t, m in zip(tp, both)]
        sentences.append(f[0].mean() - f[1].mean())
        picked = [x[rng.integers(0, len(x), len(x))] for x in f]
        pigeonhole.append(picked[0].mean() - picked[1].mean())
    f = [f1(t.sum(1), m.sum(1)) for t, m in zip(tp, both)]
    seeds = [x.var(ddof=1) / len(x) for x in f]
    # pigeonhole = sentences + (n-1)/n (seeds + own), with as many runs on both sides
    runs = len(a)
    own = (np.var(pigeonhole) - np.var(sentences)) * runs / (runs - 1) - sum(seeds)
    beyond = max(0.0, np.var(sentences) - own)
    v = sum(seeds) + beyond
    df = v ** 2 / sum(s ** 2 / (runs - 1) for s in seeds)
    d = float(f[0].mean() - f[1].mean())
    return {"a": a, "b": b, "difference": d, "seeds_sd": math.sqrt(sum(seeds)),
            "sentences_sd": math.sqrt(beyond), "df": float(df),
            "p": float(2 * stats.t.sf(abs(d) / math.sqrt(v), df)),
            "half": float(stats.t.ppf(0.975, df) * math.sqrt(v))}


# ---- order

def chance(a, b):
    """Newcombe's method 5 from Hanley and McNeil's Q1 and Q2, solved for both limits."""
    m, n = len(a), len(b)
    both = (m + n) / 2
    seen = float(np.mean([(x > y) + 0.5 * (x == y) for x in a for y in b]))
    def variance(c):
        q1, q2 = c / (2 - c), 2 * c * c / (1 + c)
        return (c * (1 - c) + (both - 1) * (q1 - c * c + q2 - c * c)) / (m * n)
    def limit(end):
        miss = lambda c: (c - seen) ** 2 - stats.norm.ppf(0.975) ** 2 * variance(c)
        return end if seen == end else optimize.brentq(miss, seen + 1e-9 * np.sign(end - seen), end - np.sign(end - seen) * 1e-15, xtol=1e-14)
    return {"a": a, "b": b, "chance": seen, "low": limit(0.0), "high": limit(1.0)}


def violation(a, b, t):
    x = np.sort(a)[np.minimum((t * len(a)).astype(int), len(a) - 1)]
    y = np.sort(b)[np.minimum((t * len(b)).astype(int), len(b) - 1)]
    d = y - x
    return float(np.sum(d[d > 0] ** 2) / np.sum(d ** 2))


def almost(a, b):
    rng = np.random.default_rng(4)
    coarse, fine = (np.arange(g) / g + 0.5 / g for g in (2000, 20000))
    drawn = [violation(rng.choice(a, len(a)), rng.choice(b, len(b)), coarse) for _ in range(5000)]
    found = violation(a, b, fine)
    scale = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    sigma = np.std([scale * (d - found) for d in drawn])
    return {"a": a, "b": b, "violation": found,
            "bound": float(min(1.0, found - stats.norm.ppf(0.05) * sigma / scale))}


# ---- several corpora, power

def friedman(score):
    x = np.array(score)
    n, k = x.shape
    r = stats.friedmanchisquare(*x.T)
    f = (n - 1) * r.statistic / (n * (k - 1) - r.statistic)
    return {"score": score, "ranks": stats.rankdata(-x, axis=1).mean(axis=0).tolist(),
            "chi_squared": float(r.statistic), "p_chi_squared": float(r.pvalue), "f": float(f),
            "p_f": float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))}


def nemenyi(n, k):
    spread = math.sqrt(k * (k + 1) / (6 * n))
    q = stats.studentized_range.ppf(0.95, k, np.inf)
    return [n, k, float(q / math.sqrt(2) * spread), float(2 * stats.norm.sf(1 / spread))]


def power(is_paired, sd_a, sd_b, n_a, n_b, d):
    va, vb = sd_a ** 2 / n_a, 0 if is_paired else sd_b ** 2 / n_b
    df = n_a - 1 if is_paired else (va + vb) ** 2 / (va ** 2 / (n_a - 1) + vb ** 2 / (n_b - 1))
    edge, shift = t_quantile(0.975, df), d / math.sqrt(va + vb)
    return stats.nct.sf(edge, df, shift) + stats.nct.cdf(-edge, df, shift)


# ---- choosing

def expected_best(by, report):
    """All draws of 1 to 5 with replacement; the best by `by` is reported, equal ones by halves."""
    out = {"by": by, "report": report, "mean": [], "sd": []}
    for n in range(1, 6):
        first = second = 0.0
        for draw in itertools.product(range(len(by)), repeat=n):
            best = max(by[i] for i in draw)
            # of all that are equal in value, not only those drawn: that is what chance gives
            equal = [report[i] for i in range(len(by)) if by[i] == best]
            first += np.mean(equal)
            second += np.mean(np.square(equal))
        total = len(by) ** n
        out["mean"].append(float(first / total))
        out["sd"].append(float(math.sqrt(second / total - (first / total) ** 2)))
    return out


def rows(f, cases):
    return [[*c, float(f(*c))] for c in cases]


def dump(figures):
    """A key a line, which diffs well."""
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in figures.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


print(dump({
    "chi_squared_tail": rows(chi_squared_tail, itertools.product((0.1, 1.0, 3.84, 12.0, 60.0),
                                                                 (1, 2, 5, 11.5))),
    "f_tail": rows(f_tail, itertools.product((0.2, 1.0, 3.1, 25.0), (1, 3, 8), (2, 9, 40.5))),
    "noncentral_t_tail": rows(noncentral_t_tail, itertools.product((0.5, 2.1, 4.3),
                                                                   (2, 4.4, 38), (0.7, 3.0))),
    "range_tail": rows(range_tail, itertools.product((0.3, 1.0, 3.3, 7.0), (2, 3, 10, 40))),
    "range_quantile": rows(range_quantile, itertools.product((0.9, 0.95, 0.99), (2, 3, 5, 10, 20))),
    "paired": [paired([round(x - y, 6) for x, y in zip(A5, B5)]),
               paired([0.5, 0.25, 1.0, 2.0, -0.125, 4.0, 8.0])],
    "two_level": [two_level(make_counts(1, 4, 80, 0.80, 0.0), make_counts(2, 4, 80, 0.72, 0.0), 200000),
                  two_level(make_counts(1, 3, 80, 0.80, 0.4), make_counts(2, 3, 80, 0.72, 0.4), 200000)],
    "chance": [chance(B5, A5), chance(C3, A5), chance(MANY, MORE), chance([1, 2, 2, 3], [2, 2, 4])],
    "almost": [almost(MORE, MANY), almost(MANY, MORE), almost(C3, A5)],
    "friedman": [friedman([[0.80, 0.82, 0.79, 0.85], [0.70, 0.74, 0.74, 0.73], [0.88, 0.87, 0.86, 0.89],
                           [0.61, 0.66, 0.60, 0.66], [0.77, 0.79, 0.75, 0.80]]),
                 friedman([[1, 2, 3], [2, 1, 3], [1, 3, 2], [2, 2, 2], [3, 1, 1], [1, 2, 3]])],
    "nemenyi": [nemenyi(n, k) for n in (3, 10) for k in (2, 4, 9)],
    "power": rows(power, [(0, 1.0, 1.0, 3, 3, 2.0), (0, 1.0, 2.0, 5, 5, 1.5), (0, 0.7, 0.2, 3, 8, 0.9),
                          (1, 1.0, 0, 5, 0, 1.0), (1, 0.5, 0, 10, 0, 0.2), (0, 1.0, 1.0, 30, 30, 0.5)]),
    "expected_best": [expected_best(A5, A5), expected_best(A5, B5),
                      expected_best([1, 2, 2, 3], [5.0, 1.0, 2.0, 4.0])],
}))
